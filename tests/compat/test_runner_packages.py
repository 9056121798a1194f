"""Packages of pure Python that import torch, under the runner."""

import importlib.util
from pathlib import Path

import pytest
from packaging.version import Version

import compat
from compat.torch_version import TorchVersion
from tests.helpers import torch_or_none
from tests.test_runner import output


def needs(package: str) -> pytest.MarkDecorator:
    """Skips where the package is not installed; `make test` installs it."""
    return pytest.mark.skipif(importlib.util.find_spec(package) is None, reason=f"{package} is not installed")


@needs("einops")
def test_einops(tmp_path: Path) -> None:
    source = """
        import torch
        from torch import nn
        from einops import asnumpy, einsum, pack, parse_shape, rearrange, reduce, repeat, unpack
        from einops.layers.torch import EinMix, Rearrange, Reduce

        x = torch.arange(24.0).reshape(2, 3, 4).requires_grad_()
        print(rearrange(x, "b (h k) w -> (b w) h k", k=3).shape, repeat(x, "b h w -> b h w c", c=2).shape)
        print([round(reduce(x, "b h w -> b", kind).sum().item(), 1) for kind in ("min", "max", "mean", "sum")])
        print(einsum(x, x, "b h w, b v w -> h v").shape, parse_shape(x, "b h w"))
        packed, shapes = pack([x, x[:, 0]], "b *")
        print(packed.shape, [t.shape for t in unpack(packed, shapes, "b *")])
        net = nn.Sequential(Rearrange("b h w -> b (h w)"), nn.Linear(12, 4), EinMix("b c -> b d", "c d", c=4, d=2))
        net(x).sum().backward()
        print(net[0], x.grad.shape, type(asnumpy(x.detach())).__name__, Reduce("b h w -> b", "prod")(x).grad_fn is None)
    """
    assert output(tmp_path, source).splitlines() == [
        "torch.Size([8, 1, 3]) torch.Size([2, 3, 4, 2])",
        "[12.0, 34.0, 23.0, 276.0]",
        "torch.Size([3, 3]) {'b': 2, 'h': 3, 'w': 4}",
        "torch.Size([2, 16]) [torch.Size([2, 3, 4]), torch.Size([2, 4])]",
        "Rearrange('b h w -> b (h w)') torch.Size([2, 3, 4]) ndarray False",
    ]


@needs("torchinfo")
def test_torchinfo(tmp_path: Path) -> None:
    source = """
        import torch
        from torch import nn
        from torchinfo import summary

        net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 10))
        print(summary(net, (2, 1, 4, 4), verbose=0, col_names=("input_size", "output_size", "num_params", "mult_adds")))
        print(summary(nn.LSTM(3, 5, batch_first=True), (2, 7, 3), verbose=0))
    """
    text = output(tmp_path, source)
    for line in (
        "├─Conv2d: 1-1                            [2, 1, 4, 4]              [2, 4, 2, 2]              40               "
        "         320",
        "├─Linear: 1-4                            [2, 16]                   [2, 10]                   170              "
        "         340",
        "LSTM                                     [2, 7, 5]                 200",
    ):
        assert line in text


@needs("torchmetrics")
def test_torchmetrics(tmp_path: Path) -> None:
    source = """
        import copy
        import torch
        import torchmetrics
        from torchmetrics import MeanMetric, MetricCollection
        from torchmetrics.classification import BinaryAUROC, MulticlassAccuracy, MulticlassConfusionMatrix
        from torchmetrics.regression import MeanSquaredError, PearsonCorrCoef

        scores = torch.tensor([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]])
        target = torch.tensor([0, 1, 2, 2])
        both = MetricCollection({"acc": MulticlassAccuracy(3), "table": MulticlassConfusionMatrix(3)})
        for half in (slice(0, 2), slice(2, 4)):
            both.update(scores[half], target[half])
        print(both.compute())
        mean = MeanMetric()
        for x in (1.0, torch.tensor([2.0, 3.0])):
            mean.update(x)
        print(mean.compute(), BinaryAUROC()(torch.tensor([0.1, 0.6, 0.4]), torch.tensor([0, 1, 1])))
        x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 5.0])
        print(MeanSquaredError()(x, y), PearsonCorrCoef()(x, y))
        accuracy = MulticlassAccuracy(3, average="micro")
        accuracy.persistent(True)
        accuracy.update(scores, target)
        print(list(accuracy.state_dict()), copy.deepcopy(accuracy).compute(), accuracy.to("cpu").device)


        class Count(torchmetrics.Metric):
            def __init__(self):
                super().__init__()
                self.add_state("n", default=torch.tensor(0), dist_reduce_fx="sum")

            def update(self, x):
                self.n += x.numel()

            def compute(self):
                return self.n


        count = Count()
        count.update(x)
        print(count(y), count.compute())
        count.reset()
        print(count.n)
    """
    # what PyTorch prints
    assert output(tmp_path, source).splitlines() == [
        "{'acc': tensor(0.8333), 'table': tensor([[1, 0, 0],",
        "        [0, 1, 0],",
        "        [0, 1, 1]])}",
        "tensor(2.) tensor(1.)",
        "tensor(1.3333) tensor(0.9608)",
        "['tp', 'fp', 'tn', 'fn'] tensor(0.7500) cpu",
        "tensor(3) tensor(6)",
        "tensor(0)",
    ]


def test_tqdm(tmp_path: Path) -> None:
    source = """
        import sys
        import torch
        from torch.utils.data import DataLoader, TensorDataset
        from tqdm import tqdm, trange

        loader = DataLoader(TensorDataset(torch.arange(6.0)), batch_size=2)
        with tqdm(loader, desc="epoch", file=sys.stdout, mininterval=1e9, bar_format="{desc} {n_fmt}/{total_fmt}{postfix}") as bar:
            for (x,) in bar:
                bar.set_postfix(sum=x.sum().item(), refresh=False)
        print([int(i) for i in tqdm(torch.arange(3), disable=True)], len(tqdm(torch.zeros(5), disable=True)))
    """  # noqa: E501 - a line of the program
    text = output(tmp_path, source)
    assert "epoch 3/3, sum=9" in text
    assert text.splitlines()[-1] == "[0, 1, 2] 5"


def test_a_module_of_short_names_in_the_style_of_textbooks(tmp_path: Path) -> None:
    helper = """
        import inspect
        import sys
        import torch
        from torch import nn

        this = sys.modules[__name__]
        ones, arange, matmul, normal, float32 = torch.ones, torch.arange, torch.matmul, torch.normal, torch.float32
        reduce_sum = lambda x, *args, **kwargs: x.sum(*args, **kwargs)
        argmax = lambda x, *args, **kwargs: x.argmax(*args, **kwargs)
        astype = lambda x, *args, **kwargs: x.type(*args, **kwargs)

        class Saves:
            def save(self):
                frame = inspect.currentframe().f_back
                self.saved = {k: v for k, v in inspect.getargvalues(frame)[3].items() if k not in ("self", "__class__")}

        class Model(nn.Module, Saves):
            def __init__(self, width, rate=0.1):
                super().__init__()
                self.save()
                self.net = nn.Linear(width, 1)

            def forward(self, x):
                return self.net(x)

        def device():
            return torch.device("cuda:0" if torch.cuda.device_count() else "cpu")

        def accuracy(scores, y):
            return float(reduce_sum(astype(astype(argmax(scores, axis=1), y.dtype) == y, y.dtype)))

        def sgd(params, rate):
            with torch.no_grad():
                for p in params:
                    p -= rate * p.grad
                    p.grad.zero_()
    """
    (tmp_path / "short.py").write_text("\n".join(line[8:] for line in helper.splitlines()))
    source = """
        import short as s
        model = s.Model(2)
        x = s.arange(8, dtype=s.float32).reshape(4, 2) / 8
        for _ in range(300):
            ((model(x) - x.sum(1, keepdim=True)) ** 2).mean().backward()
            s.sgd(model.parameters(), 0.5)
        print(model.saved, s.accuracy(s.this.ones(2, 3), s.torch.tensor([0, 1])), s.device())
        print(((model(x) - x.sum(1, keepdim=True)) ** 2).mean().item() < 1e-3)
    """
    assert output(tmp_path, source) == "{'width': 2, 'rate': 0.1} 1.0 cpu\nTrue\n"


# ---- what libraries ask of torch itself
VERSIONS = ["2.8", "2.13", "2.13.0", "2.13.1", "3", "parrot", (2, 8), (2, 13), [2, 14, 1], "2.13.0a1", "10.0", ""]


@pytest.mark.parametrize("other", VERSIONS)
def test_versions_compare_as_versions(other: object) -> None:
    torch = torch_or_none()
    ours = compat.__version__
    assert isinstance(ours, str) and ours == "2.13.0" and hash(ours) == hash("2.13.0")
    if torch is not None:
        theirs = torch.torch_version.TorchVersion("2.13.0")
        for compare in ("__lt__", "__le__", "__eq__", "__ge__", "__gt__"):
            assert said(ours, compare, other) == said(theirs, compare, other)
    elif other not in ("parrot", ""):
        text = other if isinstance(other, str) else ".".join(map(str, other))  # type: ignore[arg-type]
        assert (ours < other) == (Version("2.13.0") < Version(text))


def said(version: str, compare: str, other: object) -> object:
    try:
        return getattr(version, compare)(other)
    except Exception as error:  # noqa: BLE001 - whatever either raises
        return type(error)


def test_versions_are_texts_elsewhere() -> None:
    assert TorchVersion("2.13.0+cpu").split("+") == ["2.13.0", "cpu"]
    assert f"{compat.__version__}" == "2.13.0" and compat.__version__[0] == "2"
    assert compat.__version__ >= Version("2.1") and compat.__version__ > (1, 9)


def test_what_libraries_call_of_the_extension_module() -> None:
    assert compat._C._log_api_usage_once("library.feature") is None
    assert compat._C._get_tracing_state() is None


PRIVATE_PREFIX = "_compat_"
SUBCLASSED = [
    "nn.Module",
    "optim.Optimizer",
    "optim.lr_scheduler.LRScheduler",
    "utils.data.Dataset",
    "utils.data.Sampler",
    "autograd.Function",
    "distributions.Distribution",
    "distributions.transforms.Transform",
]


@pytest.mark.skipif(torch_or_none() is None, reason="asks PyTorch live; FUNCGRAD_ORACLE=live asks for it")
@pytest.mark.parametrize("name", SUBCLASSED)
def test_private_names_leave_room_for_subclasses(name: str) -> None:
    """A private name of ours that PyTorch lacks could be one that a program's subclass has given to something else."""
    ours, theirs = compat, torch_or_none()
    for part in name.split("."):
        ours, theirs = getattr(ours, part), getattr(theirs, part)
    extra = [n for n in set(dir(ours)) - set(dir(theirs)) if not n.startswith(("__", PRIVATE_PREFIX))]
    assert not extra
