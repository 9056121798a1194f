"""``torch.utils.tensorboard``: what is written to event files is what was given, tensors and all."""

import importlib.util
import inspect
import io
import struct
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import compat as torch
from tests.conftest import ROOT
from tests.helpers import torch_or_none

if importlib.util.find_spec("tensorboardX") is None:
    pytest.skip("tensorboardX is not installed: it comes with the extra [tensorboard]", allow_module_level=True)

from tensorboardX.proto.event_pb2 import Event  # noqa: E402 - only where it is installed
from tensorboardX.proto.graph_pb2 import GraphDef  # noqa: E402
from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData  # noqa: E402

from compat.utils.tensorboard import FileWriter, SummaryWriter  # noqa: E402

# protobuf's generated modules and matplotlib's backends are other people's code
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def events(folder: Path) -> list[Any]:
    """The events of the files in a folder (not below it), read record by record."""
    found = []
    for path in sorted(folder.glob("events*")):
        data = path.read_bytes()
        while data:
            (size,) = struct.unpack_from("<Q", data)
            found.append(Event.FromString(data[12 : 12 + size]))
            data = data[16 + size :]
    return found


def values(folder: Path) -> dict[str, list[Any]]:
    """``(step, value)`` by tag."""
    out: dict[str, list[Any]] = {}
    for event in events(folder):
        for value in event.summary.value:
            out.setdefault(value.tag, []).append((event.step, value))
    return out


@pytest.fixture
def writer(tmp_path: Path) -> Any:
    with SummaryWriter(tmp_path) as made:
        yield made


def written(writer: Any) -> dict[str, list[Any]]:
    writer.flush()
    return values(Path(writer.get_logdir()))


def test_scalars(writer: Any, tmp_path: Path) -> None:
    for step in range(3):
        writer.add_scalar("loss", torch.tensor(0.5, requires_grad=True) * step, torch.tensor(step))
    writer.add_scalar("old", np.float64(0.25), walltime=12.5)
    writer.add_scalar("new", 2, new_style=True)
    writer.add_scalar("exact", 0.1, new_style=True, double_precision=True)
    writer.add_scalar("half", torch.tensor([1.5], dtype=torch.bfloat16))
    got = written(writer)
    assert [(step, v.simple_value) for step, v in got["loss"]] == [(0, 0.0), (1, 0.5), (2, 1.0)]
    assert got["new"][0][1].tensor.float_val[0] == 2
    assert got["new"][0][1].metadata.plugin_data.plugin_name == "scalars"
    assert got["exact"][0][1].tensor.double_val[0] == 0.1
    assert got["half"][0][1].simple_value == 1.5
    assert [e.wall_time for e in events(tmp_path) if e.summary.value and e.summary.value[0].tag == "old"] == [12.5]
    with pytest.raises(AssertionError, match=r"Tensor should contain one element \(0 dimensions\)"):
        writer.add_scalar("loss", torch.ones(2))


def test_scalars_of_one_diagram(writer: Any, tmp_path: Path) -> None:
    writer.add_scalars("a/b", {"x": torch.tensor(1.0), "y": 2.0}, 7)
    writer.close()
    for name, wanted in (("x", 1.0), ("y", 2.0)):
        ((step, value),) = values(tmp_path / f"a_b_{name}")["a/b"]
        assert (step, value.simple_value) == (7, wanted)


def test_histograms(writer: Any) -> None:
    writer.add_histogram("h", torch.arange(10.0), 3)
    writer.add_histogram("auto", torch.arange(10.0), bins="auto", max_bins=4)
    writer.add_histogram_raw("raw", 0, 1, torch.tensor(2), 1, 1, torch.tensor([0.5, 1.0]), [1, 1])
    got = written(writer)
    histogram = got["h"][0][1].histo
    assert (histogram.min, histogram.max, histogram.num, histogram.sum, histogram.sum_squares) == (0, 9, 10, 45, 285)
    assert sum(histogram.bucket) == 10
    assert len(got["auto"][0][1].histo.bucket) <= 6
    assert list(got["raw"][0][1].histo.bucket_limit) == [0.5, 1.0]
    with pytest.raises(ValueError, match=r"len\(bucket_limits\) != len\(bucket_counts\), see the document."):
        writer.add_histogram_raw("raw", 0, 1, 2, 1, 1, [0.5], [1, 1])


def pixels(value: Any) -> np.ndarray:
    image = importlib.import_module("PIL.Image")
    return np.asarray(image.open(io.BytesIO(value.image.encoded_image_string)))


def test_images(writer: Any) -> None:
    picture = torch.arange(12).reshape(1, 3, 4).expand(3, 3, 4).to(torch.uint8) * 20
    writer.add_image("bytes", picture, 1)
    writer.add_image("floats", picture.permute(1, 2, 0) / 255, dataformats="HWC")
    writer.add_image("grey", picture[0], dataformats="HW")
    writer.add_images("several", torch.stack([picture, picture]))
    writer.add_image_with_boxes("boxes", torch.zeros(3, 8, 8), torch.tensor([[1, 1, 5, 5]]))
    got = written(writer)
    wanted = picture.permute(1, 2, 0).numpy()
    for tag in ("bytes", "floats", "grey"):
        np.testing.assert_array_equal(pixels(got[tag][0][1]), wanted)
    assert pixels(got["several"][0][1]).shape == (3, 8, 3)
    assert pixels(got["boxes"][0][1]).any()


def test_figures(writer: Any) -> None:
    plt = importlib.import_module("matplotlib.pyplot")
    plt.switch_backend("agg")
    figure = plt.figure(figsize=(2, 1), dpi=50)
    writer.add_figure("one", figure, close=False)
    writer.add_figure("two", [figure, figure])
    got = written(writer)
    assert pixels(got["one"][0][1]).shape == (50, 100, 3)
    assert pixels(got["two"][0][1]).shape == (50, 200, 3)


def test_texts_and_sounds(writer: Any) -> None:
    writer.add_text("t", "**text**", 4)
    writer.add_audio("s", torch.linspace(-1, 2, 100), sample_rate=8000)
    got = written(writer)
    assert next(v for tag, ((_, v),) in got.items() if tag.startswith("t")).tensor.string_val[0] == b"**text**"
    sound = got["s"][0][1].audio
    with wave.open(io.BytesIO(sound.encoded_audio_string)) as file:
        samples = np.frombuffer(file.readframes(100), "<i2")
    assert (sound.sample_rate, samples[0], samples[-1], samples.size) == (8000, -32767, 32767, 100)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32",
                                   "int64", "bool", "complex64"])
def test_tensors(writer: Any, dtype: str) -> None:
    tensor = torch.tensor([[0, 1], [1, 0]]).to(getattr(torch, dtype))
    writer.add_tensor("t", tensor)
    got = written(writer)["t"][0][1].tensor
    assert [d.size for d in got.tensor_shape.dim] == [2, 2]
    ((_, content),) = [(f.name, v) for f, v in got.ListFields() if f.name.endswith("_val")]
    one = {"float16": 0x3C00, "bfloat16": 0x3F80}.get(dtype, 1)
    wanted = [0, 0, one, 0, one, 0, 0, 0] if dtype == "complex64" else [0, one, one, 0]
    assert list(content) == wanted
    with pytest.raises(ValueError, match="t has unsupported tensor dtype torch.uint16"):
        writer.add_tensor("t", torch.zeros(1, dtype=torch.uint16))


def test_curves_and_meshes(writer: Any) -> None:
    labels, predictions = torch.tensor([0, 1, 1, 0]), torch.tensor([0.1, 0.9, 0.4, 0.6])
    writer.add_pr_curve("pr", labels, predictions, num_thresholds=5)
    writer.add_pr_curve_raw("raw", *(torch.ones(2) for _ in range(6)), num_thresholds=2)
    writer.add_mesh("m", torch.rand(1, 4, 3), faces=torch.tensor([[[0, 1, 2]]]))
    got = written(writer)
    counts = np.array(got["pr"][0][1].tensor.float_val).reshape(6, 5)
    assert counts[0].tolist() == [2, 2, 1, 1, 0], "true positives at 0, 1/4 ... 1"
    assert len(got["raw"][0][1].tensor.float_val) == 12
    assert sorted(tag for tag in got if tag.startswith("m_")) == ["m_1", "m_2"], "vertices and faces"


def test_embeddings(writer: Any, tmp_path: Path) -> None:
    vectors = torch.arange(6.0).reshape(3, 2)
    writer.add_embedding(vectors, ["a", "b", "c"], torch.rand(3, 3, 4, 4), global_step=2, tag="e")
    folder = tmp_path / "00002" / "e"
    assert np.loadtxt(folder / "tensors.tsv").tolist() == vectors.tolist()
    assert (folder / "metadata.tsv").read_text().split() == ["a", "b", "c"]
    assert (folder / "sprite.png").is_file()
    assert "00002/e" in (tmp_path / "projector_config.pbtxt").read_text()


def test_hyperparameters(writer: Any, tmp_path: Path) -> None:
    given = {"lr": torch.tensor(0.5), "on": True, "name": "x"}
    writer.add_hparams(given, {"accuracy": torch.tensor(0.75)}, {"name": ["x", "y"]}, "run", 3)
    got = values(tmp_path / "run")
    assert [(step, v.simple_value) for step, v in got["accuracy"]] == [(3, 0.75)]
    content = [HParamsPluginData.FromString(v.metadata.plugin_data.content)
               for tag, items in got.items() if tag.startswith("_hparams_") for _, v in items]
    infos = {i.name: i for c in content for i in c.experiment.hparam_infos}
    assert sorted(infos) == ["lr", "name", "on"]
    assert [v.string_value for v in infos["name"].domain_discrete.values] == ["x", "y"]
    session = next(c.session_start_info for c in content if c.session_start_info.hparams)
    assert session.hparams["lr"].number_value == 0.5
    with pytest.raises(TypeError, match="hparam_dict and metric_dict should be dictionary."):
        writer.add_hparams([], {})
    with pytest.raises(TypeError, match=r"hparam_domain_discrete\[name\] must be a list of same type"):
        writer.add_hparams({"name": "x"}, {"a": 1.0}, {"name": [1]})


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3), torch.nn.ReLU())
        self.head = torch.nn.Linear(3, 2)

    def forward(self, x: Any, shift: Any) -> Any:
        return torch.softmax(self.head(self.body(x)) + shift, -1)


def test_graphs(writer: Any, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    model = Net().train()
    before = {name: t.clone() for name, t in model.state_dict().items()}
    writer.add_graph(model, (torch.ones(2, 4), torch.zeros(2)), verbose=True)
    assert "Net/Linear[head]/Addmm" in capsys.readouterr().out
    writer.flush()
    (content,) = [e.graph_def for e in events(tmp_path) if e.graph_def]
    nodes = {n.name: n for n in GraphDef.FromString(content).node}
    head = "Net/Linear[head]"
    assert set(nodes[f"{head}/Addmm"].input) == {f"{head}/bias", "Net/Sequential[body]/ReLU[2]/Relu", f"{head}/T"}
    assert list(nodes[f"{head}/T"].input) == [f"{head}/weight"]
    assert "Net/Sequential[body]/BatchNorm1d[1]/NativeBatchNorm" in nodes
    assert list(nodes["output/output.1"].input) == ["Net/Softmax"]
    assert set(nodes["Net/Add"].input) == {f"{head}/Addmm", "input/input.1"}
    shapes = {name: [d.size for d in n.attr["_output_shapes"].list.shape[0].dim] for name, n in nodes.items()
              if "_output_shapes" in n.attr}  # fmt: skip
    assert (shapes["input/input.0"], shapes[f"{head}/weight"], shapes["output/output.1"]) == ([2, 4], [2, 3], [2, 2])
    assert all(source in nodes for n in nodes.values() for source in n.input)
    assert model.training and all(torch.equal(t, before[name]) for name, t in model.state_dict().items())
    assert not model._forward_hooks


def test_writers_open_and_close(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    writer = SummaryWriter(comment="-note", filename_suffix=".end")
    assert writer.log_dir.startswith("runs/") and writer.log_dir.endswith("-note")
    writer.add_scalar("a", 1.0)
    writer.close()
    writer.add_scalar("a", 2.0)  # opens another file
    writer.close()
    assert [v.simple_value for _, v in values(tmp_path / writer.log_dir)["a"]] == [1.0, 2.0]
    assert all(p.name.endswith(".end") for p in (tmp_path / writer.log_dir).iterdir())
    assert FileWriter(str(tmp_path / "other")).get_logdir() == str(tmp_path / "other")


# The parameters of PyTorch 2.13's methods.
SIGNATURES = {
    "__init__": "log_dir comment purge_step max_queue flush_secs filename_suffix",
    "add_hparams": "hparam_dict metric_dict hparam_domain_discrete run_name global_step",
    "add_scalar": "tag scalar_value global_step walltime new_style double_precision",
    "add_scalars": "main_tag tag_scalar_dict global_step walltime",
    "add_tensor": "tag tensor global_step walltime",
    "add_histogram": "tag values global_step bins walltime max_bins",
    "add_histogram_raw": "tag min max num sum sum_squares bucket_limits bucket_counts global_step walltime",
    "add_image": "tag img_tensor global_step walltime dataformats",
    "add_images": "tag img_tensor global_step walltime dataformats",
    "add_image_with_boxes": "tag img_tensor box_tensor global_step walltime rescale dataformats labels",
    "add_figure": "tag figure global_step close walltime",
    "add_video": "tag vid_tensor global_step fps walltime",
    "add_audio": "tag snd_tensor global_step sample_rate walltime",
    "add_text": "tag text_string global_step walltime",
    "add_onnx_graph": "prototxt",
    "add_graph": "model input_to_model verbose use_strict_trace",
    "add_embedding": "mat metadata label_img global_step tag metadata_header",
    "add_pr_curve": "tag labels predictions global_step num_thresholds weights walltime",
    "add_mesh": "tag vertices colors faces config_dict global_step walltime",
    "add_custom_scalars": "layout",
    "add_custom_scalars_marginchart": "tags category title",
    "add_custom_scalars_multilinechart": "tags category title",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name: str) -> None:
    assert list(inspect.signature(getattr(SummaryWriter, name)).parameters)[1:] == SIGNATURES[name].split()


def test_signatures_are_pytorchs() -> None:
    real = torch_or_none()
    if real is None or importlib.util.find_spec("tensorboard") is None:
        pytest.skip("needs PyTorch and the package tensorboard")
    theirs = importlib.import_module("torch.utils.tensorboard").SummaryWriter
    for name, wanted in SIGNATURES.items():
        assert list(inspect.signature(getattr(theirs, name)).parameters)[1:] == wanted.split()


def test_without_tensorboardx_it_says_what_to_install() -> None:
    code = ("import sys; sys.modules['tensorboardX'] = None\n"
            "try: import compat.utils.tensorboard\n"
            "except ImportError as error: print(error.name, error)")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == ("tensorboardX torch.utils.tensorboard needs tensorboardX: pip install "
                           "'funcgrad[tensorboard]'\n")
