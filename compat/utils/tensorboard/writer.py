"""The writers of event files (`torch.utils.tensorboard.writer`): tensorboardX's, with PyTorch's signatures."""

from __future__ import annotations

import io
import itertools
import os
import time
import wave
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorboardX
from tensorboardX import summary
from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto.event_pb2 import Event, SessionLog
from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData
from tensorboardX.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboardX.proto.tensor_pb2 import TensorProto
from tensorboardX.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboardX.utils import figure_to_image

from compat._dtype import float32
from compat._tensor.tensor import Tensor
from compat.utils.tensorboard._graph import graph_of

_numbers = itertools.count()  # of the files of this program
# How a dtype is written: the type's name, its field, and the elements for that field.
_TENSORS: dict[str, tuple[str, str, Callable[[np.ndarray], list[Any]]]] = {
    "float32": ("DT_FLOAT", "float_val", np.ndarray.tolist), "float64": ("DT_DOUBLE", "double_val", np.ndarray.tolist),
    "int8": ("DT_INT8", "int_val", np.ndarray.tolist), "uint8": ("DT_UINT8", "int_val", np.ndarray.tolist),
    "int16": ("DT_INT16", "int_val", np.ndarray.tolist), "int32": ("DT_INT32", "int_val", np.ndarray.tolist),
    "int64": ("DT_INT64", "int64_val", np.ndarray.tolist), "bool": ("DT_BOOL", "bool_val", np.ndarray.tolist),
    "float16": ("DT_HALF", "half_val", lambda a: a.view(np.uint16).tolist()),
    "bfloat16": ("DT_BFLOAT16", "half_val", lambda a: a.view(np.uint16).tolist()),
    "complex64": ("DT_COMPLEX64", "scomplex_val", lambda a: a.view(np.float32).tolist()),
    "complex128": ("DT_COMPLEX128", "dcomplex_val", lambda a: a.view(np.float64).tolist()),
}  # fmt: skip


def plain(value: Any) -> Any:
    """A value with its tensors as NumPy arrays, whatever they are nested in.

    Args:
      value: The value.

    Returns:
      The same structure; types that NumPy lacks become float32.
    """
    if isinstance(value, Tensor):
        t = value.detach().cpu()
        return np.array((t.to(float32) if t.dtype.name.startswith(("bfloat", "float8")) else t)._host())
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(plain(item) for item in value) if type(value) in (list, tuple) else value
    return value


class _Events:
    """One event file, written by the caller: what is flushed is there, which a queue to a thread cannot promise."""

    def __init__(self, logdir: str, flush_secs: float, filename_suffix: str) -> None:
        self.logdir, self.flush_secs, self.suffix = logdir, flush_secs, filename_suffix
        os.makedirs(logdir, exist_ok=True)
        self.file: EventsWriter | None = None
        self.reopen()

    def get_logdir(self) -> str:
        """Return the folder."""
        return self.logdir

    def reopen(self) -> None:
        """Begin another file, if this one was closed."""
        if self.file is None:
            name = f".{os.getpid()}.{next(_numbers)}{self.suffix}"
            self.file = EventsWriter(os.path.join(self.logdir, "events"), name)
            self.flushed = time.monotonic()

    def add_event(self, event: Any) -> None:
        """Write an event; nothing, once the file was closed."""
        if self.file is not None:
            self.file.write_event(event)
            if time.monotonic() - self.flushed > self.flush_secs:
                self.flush()

    def flush(self) -> None:
        """Bring to disk what was written."""
        if self.file is not None:
            self.file.flush()
            self.flushed = time.monotonic()

    def close(self) -> None:
        """Bring to disk what was written, and end the file."""
        if self.file is not None:
            self.file.close()
            self.file = None


class FileWriter(tensorboardX.writer.FileWriter):
    """Writes events to a file in a folder.

    Args:
      log_dir: The folder.
      max_queue: Ignored: events do not wait.
      flush_secs: How often they are brought to disk at least.
      filename_suffix: Added to the names of files.
    """

    def __init__(self, log_dir: Any, max_queue: int = 10, flush_secs: float = 120, filename_suffix: str = "") -> None:
        self.event_writer: Any = _Events(str(log_dir), flush_secs, filename_suffix)
        self._default_metadata: dict[str, Any] = {}
        weakref.finalize(self, self.event_writer.close)  # at the program's end, too


class SummaryWriter(tensorboardX.SummaryWriter):
    """Writes what TensorBoard shows to an event file; tensors are accepted wherever NumPy arrays are.

    Args:
      log_dir: The folder; ``runs/DATE_HOST`` if None.
      comment: Added to that name.
      purge_step: What was written for this step and later ones is hidden.
      max_queue: How many events wait before they are written.
      flush_secs: How often they are written at least.
      filename_suffix: Added to the names of files.

    Example:
      >>> import tempfile
      >>> import compat as torch
      >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
      ...     writer.add_scalar("loss", torch.tensor(0.5), 1)

    Source:
      PyTorch, ``torch.utils.tensorboard.SummaryWriter``.
    """

    def __init__(self, log_dir: Any = None, comment: str = "", purge_step: int | None = None, max_queue: int = 10,
                 flush_secs: int = 120, filename_suffix: str = "") -> None:
        super().__init__(None if log_dir is None else str(log_dir), comment, purge_step, max_queue, flush_secs,
                         filename_suffix)
        self.log_dir, self.max_queue, self.flush_secs = self.logdir, max_queue, flush_secs
        self.filename_suffix = filename_suffix

    def get_logdir(self) -> str:
        """Return the folder."""
        return self.log_dir

    def _get_file_writer(self) -> FileWriter:
        """The writer, made when it is first needed and after a close."""
        if self.all_writers is None or self.file_writer is None:
            self.file_writer = FileWriter(self.logdir, self._max_queue, self._flush_secs, self._filename_suffix)
            self.all_writers = {self.file_writer.get_logdir(): self.file_writer}
            if self.purge_step is not None:
                step = self.purge_step
                self.file_writer.add_event(Event(step=step, file_version="brain.Event:2"))
                self.file_writer.add_event(Event(step=step, session_log=SessionLog(status=SessionLog.START)))
                self.purge_step = None
        return self.file_writer

    def _add(self, made: Summary, step: Any, walltime: float | None) -> None:
        self._get_file_writer().add_summary(made, plain(step), walltime)

    # Numbers and texts ----------------------------------------------------------------------------------------------
    def add_scalar(self, tag: str, scalar_value: Any, global_step: Any = None, walltime: float | None = None,
                   new_style: bool = False, double_precision: bool = False) -> None:
        """Add a number.

        Args:
          tag: What it is.
          scalar_value: The number, or a tensor of one element.
          global_step: When it was.
          walltime: The time, if it is not now.
          new_style: Whether to write it as a tensor, which loads faster.
          double_precision: Whether that tensor is of doubles.

        Raises:
          AssertionError: if it has more elements.
        """
        self._add(_scalar(tag, scalar_value, new_style, double_precision), global_step, walltime)

    def add_scalars(self, main_tag: str, tag_scalar_dict: dict[str, Any], global_step: Any = None,
                    walltime: float | None = None) -> None:
        """Add several numbers to one diagram, each in a folder of its own.

        Args:
          main_tag: What they are.
          tag_scalar_dict: The numbers by name.
          global_step: When they were.
          walltime: The time, if it is not now.
        """
        walltime = time.time() if walltime is None else walltime
        folder = self._get_file_writer().get_logdir()
        for tag, value in tag_scalar_dict.items():
            name = f"{folder}/{main_tag.replace('/', '_')}_{tag}"
            if name not in self.all_writers:
                self.all_writers[name] = FileWriter(name, self.max_queue, self.flush_secs, self.filename_suffix)
            self.all_writers[name].add_summary(_scalar(main_tag, value), plain(global_step), walltime)

    def add_tensor(self, tag: str, tensor: Tensor, global_step: Any = None, walltime: float | None = None) -> None:
        """Add a tensor, all of it.

        Args:
          tag: What it is.
          tensor: The tensor.
          global_step: When it was.
          walltime: The time, if it is not now.

        Raises:
          ValueError: if its dtype cannot be written.
        """
        if tensor.dtype.name not in _TENSORS:
            raise ValueError(f"{tag} has unsupported tensor dtype {tensor.dtype}")
        kind, field, elements = _TENSORS[tensor.dtype.name]
        shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=n) for n in tensor.shape])
        flat = np.ascontiguousarray(tensor.detach().cpu()._host()).reshape(-1)
        made = TensorProto(dtype=kind, tensor_shape=shape, **{field: elements(flat)})  # pyright: ignore
        self._add(_titled(tag, "tensor", made), global_step, walltime)

    def add_text(self, tag: str, text_string: str, global_step: Any = None, walltime: float | None = None) -> None:
        """Add a text, in Markdown.

        Args:
          tag: What it is.
          text_string: The text.
          global_step: When it was.
          walltime: The time, if it is not now.
        """
        super().add_text(tag, text_string, plain(global_step), walltime)

    def add_hparams(self, hparam_dict: dict[str, Any], metric_dict: dict[str, Any],  # pyright: ignore
                    hparam_domain_discrete: dict[str, list[Any]] | None = None, run_name: str | None = None,
                    global_step: Any = None) -> None:
        """Add the hyperparameters of a run and what came of them, in a folder of their own.

        Args:
          hparam_dict: The hyperparameters: numbers, bools, texts, tensors of one element.
          metric_dict: The results.
          hparam_domain_discrete: All values that a hyperparameter may have.
          run_name: The folder's name; the time if None.
          global_step: When the results were.

        Raises:
          TypeError: if one of the first two is no dictionary.
        """
        if type(hparam_dict) is not dict or type(metric_dict) is not dict:
            raise TypeError("hparam_dict and metric_dict should be dictionary.")
        given = {name: v.item() if isinstance(v, Tensor) else v for name, v in hparam_dict.items()}
        exp, ssi, sei = summary.hparams(given, plain(metric_dict))
        if hparam_domain_discrete:
            _add_domains(exp, given, hparam_domain_discrete)
        folder = os.path.join(self._get_file_writer().get_logdir(), run_name or str(time.time()))
        with SummaryWriter(folder) as writer:
            for part in (exp, ssi, sei):
                writer._get_file_writer().add_summary(part, plain(global_step))
            for name, value in metric_dict.items():
                writer.add_scalar(name, value, global_step)

    # Distributions --------------------------------------------------------------------------------------------------
    def add_histogram(self, tag: str, values: Any, global_step: Any = None, bins: Any = "tensorflow",
                      walltime: float | None = None, max_bins: int | None = None) -> None:
        """Add a histogram.

        Args:
          tag: What it is.
          values: The values.
          global_step: When they were.
          bins: How to divide them: ``"tensorflow"``, or what `numpy.histogram` takes.
          walltime: The time, if it is not now.
          max_bins: How many bins there may be.
        """
        super().add_histogram(tag, plain(values), plain(global_step), plain(bins), walltime, max_bins)

    def add_histogram_raw(self, tag: str, min: Any, max: Any, num: Any, sum: Any, sum_squares: Any,
                          bucket_limits: Any, bucket_counts: Any, global_step: Any = None,
                          walltime: float | None = None) -> None:
        """Add a histogram that was counted already.

        Args:
          tag: What it is.
          min: The least value.
          max: The greatest.
          num: How many there are.
          sum: Their sum.
          sum_squares: The sum of their squares.
          bucket_limits: The upper bound of each bin.
          bucket_counts: How many are in it.
          global_step: When they were.
          walltime: The time, if it is not now.

        Raises:
          ValueError: if there are not as many bounds as counts.
        """
        if len(bucket_limits) != len(bucket_counts):
            raise ValueError("len(bucket_limits) != len(bucket_counts), see the document.")
        numbers = [x.item() if isinstance(x, Tensor) else x for x in (min, max, num, sum, sum_squares)]
        super().add_histogram_raw(tag, *numbers, plain(bucket_limits), plain(bucket_counts), plain(global_step),
                                  walltime)

    def add_pr_curve(self, tag: str, labels: Any, predictions: Any, global_step: Any = None, num_thresholds: int = 127,
                     weights: Any = None, walltime: float | None = None) -> None:
        """Add precision and recall at several thresholds.

        Args:
          tag: What it is.
          labels: The truth, 0 or 1.
          predictions: The probabilities that were predicted.
          global_step: When they were.
          num_thresholds: How many thresholds.
          weights: Of the samples.
          walltime: The time, if it is not now.
        """
        super().add_pr_curve(tag, plain(labels), plain(predictions), plain(global_step), num_thresholds,
                             plain(weights), walltime)

    def add_pr_curve_raw(self, tag: str, true_positive_counts: Any, false_positive_counts: Any,
                         true_negative_counts: Any, false_negative_counts: Any, precision: Any, recall: Any,
                         global_step: Any = None, num_thresholds: int = 127, weights: Any = None,
                         walltime: float | None = None) -> None:
        """Add precision and recall that were computed already.

        Args:
          tag: What it is.
          true_positive_counts: At each threshold.
          false_positive_counts: At each threshold.
          true_negative_counts: At each threshold.
          false_negative_counts: At each threshold.
          precision: At each threshold.
          recall: At each threshold.
          global_step: When they were.
          num_thresholds: How many thresholds.
          weights: Of the samples.
          walltime: The time, if it is not now.
        """
        curves = (true_positive_counts, false_positive_counts, true_negative_counts, false_negative_counts, precision,
                  recall)  # fmt: skip
        super().add_pr_curve_raw(tag, *map(plain, curves), plain(global_step), num_thresholds, plain(weights), walltime)

    # Pictures, sounds, shapes ---------------------------------------------------------------------------------------
    def add_image(self, tag: str, img_tensor: Any, global_step: Any = None, walltime: float | None = None,
                  dataformats: str = "CHW") -> None:
        """Add a picture.

        Args:
          tag: What it is.
          img_tensor: The picture: bytes, or numbers from 0 to 1.
          global_step: When it was.
          walltime: The time, if it is not now.
          dataformats: The order of its dimensions.
        """
        super().add_image(tag, plain(img_tensor), plain(global_step), walltime, dataformats)

    def add_images(self, tag: str, img_tensor: Any, global_step: Any = None, walltime: float | None = None,
                   dataformats: str = "NCHW") -> None:
        """Add several pictures side by side.

        Args:
          tag: What they are.
          img_tensor: The pictures: bytes, or numbers from 0 to 1.
          global_step: When they were.
          walltime: The time, if it is not now.
          dataformats: The order of their dimensions.
        """
        if isinstance(img_tensor, list):  # pictures of their own instead of a batch
            dataformats = "CHW" if dataformats == "NCHW" else dataformats
        super().add_images(tag, plain(img_tensor), plain(global_step), walltime, dataformats)

    def add_image_with_boxes(self, tag: str, img_tensor: Any, box_tensor: Any, global_step: Any = None,
                             walltime: float | None = None, rescale: float = 1, dataformats: str = "CHW",
                             labels: Any = None) -> None:
        """Add a picture with boxes drawn in it.

        Args:
          tag: What it is.
          img_tensor: The picture.
          box_tensor: ``(x0, y0, x1, y1)`` of each box.
          global_step: When it was.
          walltime: The time, if it is not now.
          rescale: How much larger to write it.
          dataformats: The order of its dimensions.
          labels: A text for each box, or for one.
        """
        labels = [labels] if isinstance(labels, str) else labels
        made = summary.image_boxes(tag, plain(img_tensor), plain(box_tensor), rescale, dataformats, labels)
        self._add(made, global_step, walltime)

    def add_figure(self, tag: str, figure: Any, global_step: Any = None, close: bool = True,
                   walltime: float | None = None) -> None:
        """Add a figure of matplotlib's.

        Args:
          tag: What it is.
          figure: The figure, or a list of figures of one size.
          global_step: When it was.
          close: Whether to close it.
          walltime: The time, if it is not now.
        """
        add = self.add_images if isinstance(figure, list) else self.add_image
        formats = "NCHW" if isinstance(figure, list) else "CHW"
        add(tag, figure_to_image(figure, close), global_step, walltime, formats)

    def add_video(self, tag: str, vid_tensor: Any, global_step: Any = None, fps: float = 4,  # pyright: ignore
                  walltime: float | None = None) -> None:
        """Add a video; needs moviepy.

        Args:
          tag: What it is.
          vid_tensor: The frames, ``(N, T, C, H, W)``.
          global_step: When it was.
          fps: Frames a second.
          walltime: The time, if it is not now.
        """
        super().add_video(tag, plain(vid_tensor), plain(global_step), fps, walltime)

    def add_audio(self, tag: str, snd_tensor: Any, global_step: Any = None, sample_rate: int = 44100,
                  walltime: float | None = None) -> None:
        """Add a sound.

        Args:
          tag: What it is.
          snd_tensor: The samples, from -1 to 1.
          global_step: When it was.
          sample_rate: Samples a second.
          walltime: The time, if it is not now.

        Raises:
          AssertionError: if there are several channels.
        """
        samples = np.clip(np.asarray(plain(snd_tensor)).squeeze(), -1, 1)
        if samples.ndim != 1:
            raise AssertionError("input tensor should be 1 dimensional.")
        content = io.BytesIO()
        with wave.open(content, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(sample_rate)
            file.writeframes((samples * np.iinfo(np.int16).max).astype("<i2").tobytes())
        sound = Summary.Audio(sample_rate=sample_rate, num_channels=1, length_frames=samples.size,
                              encoded_audio_string=content.getvalue(), content_type="audio/wav")
        self._add(Summary(value=[Summary.Value(tag=tag, audio=sound)]), global_step, walltime)

    def add_mesh(self, tag: str, vertices: Any, colors: Any = None, faces: Any = None, config_dict: Any = None,
                 global_step: Any = None, walltime: float | None = None) -> None:
        """Add a mesh or a cloud of points.

        Args:
          tag: What it is.
          vertices: The points, ``(N, points, 3)``.
          colors: Their colours, bytes.
          faces: Indices of the corners of each triangle.
          config_dict: How to look at it.
          global_step: When it was.
          walltime: The time, if it is not now.
        """
        super().add_mesh(tag, plain(vertices), plain(colors), plain(faces), config_dict, plain(global_step), walltime)

    def add_embedding(self, mat: Any, metadata: Any = None, label_img: Any = None, global_step: Any = None,
                      tag: str = "default", metadata_header: Any = None) -> None:
        """Add vectors for the projector.

        Args:
          mat: The vectors, one a row.
          metadata: A label for each.
          label_img: A picture for each.
          global_step: When they were.
          tag: What they are.
          metadata_header: Names of the labels' columns.
        """
        super().add_embedding(plain(mat), plain(metadata), plain(label_img), plain(global_step), tag, metadata_header)

    # Graphs ---------------------------------------------------------------------------------------------------------
    def add_graph(self, model: Any, input_to_model: Any = None, verbose: bool = False,
                  use_strict_trace: bool = True) -> None:
        """Add a module's graph: it is run once, and what its backward pass would visit is drawn.

        Args:
          model: The module.
          input_to_model: Its argument, or a list or tuple of its arguments.
          verbose: Whether to print the graph.
          use_strict_trace: Ignored: nothing is traced.
        """
        graph = graph_of(model, input_to_model)
        if verbose:
            print(graph)  # noqa: T201 - it was asked for
        self._get_file_writer().add_onnx_graph(graph)

    def add_onnx_graph(self, prototxt: Any) -> None:  # pyright: ignore
        """Add the graph of a model in ONNX; needs the package onnx.

        Args:
          prototxt: The path of the model.
        """
        super().add_onnx_graph(prototxt)


def _scalar(tag: str, value: Any, new_style: bool = False, double: bool = False) -> Summary:
    number = np.asarray(plain(value)).squeeze()
    if number.ndim != 0:
        raise AssertionError(f"Tensor should contain one element (0 dimensions). \
            Was given size: {number.size} and {number.ndim} dimensions.")
    if not new_style:
        return Summary(value=[Summary.Value(tag=tag, simple_value=float(number))])
    if double:
        return _titled(tag, "scalars", TensorProto(double_val=[float(number)], dtype="DT_DOUBLE"))  # pyright: ignore
    return _titled(tag, "scalars", TensorProto(float_val=[float(number)], dtype="DT_FLOAT"))  # pyright: ignore


def _titled(tag: str, plugin: str, tensor: TensorProto) -> Summary:
    about = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))
    return Summary(value=[Summary.Value(tag=tag, tensor=tensor, metadata=about)])


def _add_domains(experiment: Summary, given: dict[str, Any], domains: dict[str, list[Any]]) -> None:
    """Note all values that hyperparameters may have."""
    about = experiment.value[0].metadata.plugin_data
    content = HParamsPluginData.FromString(about.content)
    infos = {info.name: info for info in content.experiment.hparam_infos}
    for name, values in domains.items():
        if name not in given or any(type(v) is not type(given[name]) for v in values):
            raise TypeError(f"parameter: hparam_domain_discrete[{name}] must be a list of same type as "
                            f"hparam_dict[{name}].")
        infos[name].domain_discrete.extend(values)
    about.content = content.SerializeToString()


__all__ = ["FileWriter", "SummaryWriter"]
