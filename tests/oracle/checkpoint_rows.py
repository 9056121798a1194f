"""Objects to save: every dtype, layout, kind of sharing and container of a checkpoint, for either library."""

import zipfile
from collections import Counter, OrderedDict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

FILES = Path(__file__).with_name("checkpoints.zip")  # PyTorch's, of each row: NAME.pt, NAME.old, NAME.txt
DTYPES = ("float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex64 complex128 uint16 uint32 "
          "uint64 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu").split()  # fmt: skip


def _bits(torch: ModuleType, name: str) -> Any:
    """Twelve elements of a dtype whose bytes are all different, but for nan, whose bits no arithmetic keeps."""
    of = getattr(torch, name)
    content = np.random.default_rng(0).integers(0, 128 if "float8" in name else 256, 12 * of.itemsize, np.uint8)
    if name == "bool":
        content %= 2
    if of.is_floating_point and of.itemsize > 1 or of.is_complex:  # no exponent of ones
        step = of.itemsize // 2 if of.is_complex else of.itemsize
        content[step - 1 :: step] &= 0xBF
    return torch.tensor(content).view(of)


def _base(torch: ModuleType) -> Any:
    return torch.arange(24, dtype=torch.float32).reshape(4, 6)


def _several(torch: ModuleType) -> Any:
    base = _base(torch)
    return {"base": base, "same": base, "rows": base[1:3], "columns": base.t(), "column": base[:, 2],
            "other": base.clone(), "windows": base.view(-1).unfold(0, 5, 2)}  # fmt: skip


def _tied(torch: ModuleType) -> Any:
    model = torch.nn.Sequential(torch.nn.Embedding(3, 2), torch.nn.Linear(2, 3, bias=False))
    model[1].weight = model[0].weight
    return model.state_dict()


def _marked(torch: ModuleType, made: Any) -> Any:
    made.note, made._no_decay = "kept", True
    return made


def _buffers(torch: ModuleType) -> Any:
    return [torch.nn.Buffer(torch.ones(2)), torch.nn.Buffer(torch.ones(2), persistent=False)]


def _optimizer(torch: ModuleType, name: str, **options: Any) -> Any:
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.1, **options)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    for _ in range(2):
        optimizer.zero_grad()
        model(torch.ones(1, 3)).sum().backward()
        optimizer.step()
        scheduler.step()
    return {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}


def _state_dict(torch: ModuleType) -> Any:
    torch.manual_seed(0)
    model = torch.nn.Sequential(OrderedDict(conv=torch.nn.Conv2d(1, 2, 3), norm=torch.nn.BatchNorm2d(2)))
    return model.state_dict()


ROWS: dict[str, Callable[[ModuleType], Any]] = {
    **{name: lambda torch, name=name: _bits(torch, name) for name in DTYPES},
    "transposed": lambda torch: _base(torch).t(),
    "column": lambda torch: _base(torch)[:, 2],
    "steps": lambda torch: _base(torch)[::2, 1::3],
    "part": lambda torch: _base(torch)[1:3],
    "element": lambda torch: _base(torch)[2, 3],
    "diagonal": lambda torch: _base(torch).diagonal(1),
    "expanded": lambda torch: torch.tensor([[1.0], [2.0]]).expand(2, 3),
    "number expanded": lambda torch: torch.tensor(3).expand(4, 2),
    "overlapping": lambda torch: torch.arange(6.0).as_strided((3, 3), (1, 1), 1),
    "permuted": lambda torch: torch.arange(24).reshape(2, 3, 4).permute(2, 0, 1),
    "channels last": lambda torch: torch.ones(1, 2, 3, 1),
    "bits of floats": lambda torch: torch.ones(4).view(torch.int32)[1:],
    "real part": lambda torch: torch.tensor([1 + 2j, 3 - 4j]).real,
    "shared": _several,
    "tied": _tied,
    "several uint16 on one storage": lambda torch: [t := torch.tensor([1, 2, 3], dtype=torch.uint16), t[1:]],
    "0-d": lambda torch: [torch.tensor(2.5), torch.tensor(True), torch.tensor(1 + 2j)],
    "empty": lambda torch: [torch.zeros(0), torch.zeros(0, 3), torch.zeros(2, 0, 4, dtype=torch.int16)],
    "leaf": lambda torch: torch.tensor([1.5], requires_grad=True),
    "parameters": lambda torch: [torch.nn.Parameter(torch.ones(2)),
                                 torch.nn.Parameter(torch.arange(3), requires_grad=False)],
    "marked": lambda torch: [_marked(torch, torch.ones(2)), _marked(torch, torch.nn.Parameter(torch.ones(2)))],
    "buffers": _buffers,
    "state_dict": _state_dict,
    "SGD": lambda torch: _optimizer(torch, "SGD", momentum=0.9),
    "Adam": lambda torch: _optimizer(torch, "Adam", amsgrad=True),
    "Adagrad": lambda torch: _optimizer(torch, "Adagrad"),
    "containers": lambda torch: OrderedDict(a=[1, (2, [3, {}]), None, True], b={1: {"x": torch.ones(1)}, (1, "k"): 2.5},
                                            c=Counter("aab"), d={1, "s"}, e=[(), [], {}, set()]),
    "values": lambda torch: ["text", "ünï\ud800", b"\x00\xff", bytearray(b"ab"), 1 + 2j, -1, 255, 256, 65536, -(2**31),
                             2**31, 10**40, -(10**40), 1e300, float("inf"), torch.Size([2, 3]), torch.float32,
                             torch.bool, torch.float8_e5m2, torch.device("cpu"), torch.device("cuda", 1),
                             torch.strided],
    "itself": lambda torch: _holds_itself(),
}  # fmt: skip


def _holds_itself() -> list[Any]:
    made: list[Any] = [1]
    made.append({"again": made})
    return made


def described(x: Any, of_storage: Callable[[Any], tuple[Any, bytes]]) -> Any:
    """What must survive, bit for bit: types, dtypes, layouts, flags, elements, attributes, and who shares memory.

    Args:
      x: The object.
      of_storage: A tensor's storage (its identity) and its elements' bytes.
    """
    storages: dict[Any, int] = {}
    seen: dict[int, int] = {}

    def one(x: Any) -> Any:
        if isinstance(x, list | dict):
            if id(x) in seen:
                return ["seen", seen[id(x)]]
            seen[id(x)] = len(seen)
        if hasattr(x, "detach"):
            key, content = of_storage(x)
            number = storages.setdefault(key, len(storages)) if x.numel() else None
            layout = [list(x.shape), list(x.stride()) if x.numel() else [], x.storage_offset() if x.numel() else 0]
            own = {n: v for n, v in sorted(vars(x).items()) if n in ("note", "_no_decay", "persistent", "_is_buffer")}
            return [type(x).__name__, str(x.dtype), layout, x.requires_grad, content.hex(), number, own]
        if isinstance(x, dict):
            attributes = {n: one(v) for n, v in sorted(getattr(x, "__dict__", {}).items())}
            return [type(x).__name__, [[one(k), one(v)] for k, v in x.items()], attributes]
        if isinstance(x, list | tuple):
            return [type(x).__name__, [one(v) for v in x]]
        return [type(x).__name__, sorted(map(repr, x)) if isinstance(x, set) else repr(x)]

    return one(x)


def of_pytorch(x: Any) -> tuple[Any, bytes]:
    """A tensor of PyTorch's storage, and its bytes."""
    torch = __import__("torch")
    packed = x.detach().resolve_conj().resolve_neg().contiguous().reshape(-1)
    return x.untyped_storage().data_ptr(), packed.view(torch.uint8).numpy().tobytes() if x.numel() else b""


def of_compat(x: Any) -> tuple[Any, bytes]:
    """A tensor of compat's storage, and its bytes."""
    return id(x._st) if x._st is not None else id(x), np.ascontiguousarray(x.detach()._host()).tobytes()


def recorded(name: str, old: bool) -> bytes:
    """The file in which PyTorch saved a row."""
    with zipfile.ZipFile(FILES) as files:
        return files.read(f"{name}.{'old' if old else 'pt'}")


def recorded_description(name: str) -> str:
    """PyTorch's object, described."""
    with zipfile.ZipFile(FILES) as files:
        return files.read(f"{name}.txt").decode("utf-8", "surrogatepass")
