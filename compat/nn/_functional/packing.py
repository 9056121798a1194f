"""Sequences of different lengths: padded to one tensor, or packed step by step without padding."""
from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from compat import _dtype
from compat._ops import creation
from compat._ops.data import tensor
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor

_Fields = namedtuple("PackedSequence", ["data", "batch_sizes", "sorted_indices", "unsorted_indices"])


class PackedSequence(_Fields):
    """The steps of sequences sorted by length: all first steps, all second steps, and so on.

    Attributes:
      data: Steps, ``(sum of lengths, *)``.
      batch_sizes: How many sequences have a step t, ``(longest,)``.
      sorted_indices: Where the sorted sequences stood; None if they were sorted.
      unsorted_indices: Where the sequences stand now; None if they were sorted.
    """

    def __new__(cls, data: Any, batch_sizes: Tensor | None = None, sorted_indices: Tensor | None = None,
                unsorted_indices: Tensor | None = None) -> PackedSequence:
        if batch_sizes is None:
            data, batch_sizes = data[0], data[1]
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def _with_data(self, fn: Callable[[Tensor], Tensor]) -> PackedSequence:
        data = fn(self.data)
        return self if data is self.data else type(self)(data, *self[1:])

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Converts or moves the data."""
        return self._with_data(lambda t: t.to(*args, **kwargs))

    def cpu(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Moves the data to the CPU."""
        return self._with_data(lambda t: t.cpu())

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Moves the data to the accelerator."""
        return self._with_data(lambda t: t.cuda(*args, **kwargs))

    def float(self) -> PackedSequence:
        """The data as float32."""
        return self._with_data(lambda t: t.float())

    def double(self) -> PackedSequence:
        """The data as float64."""
        return self._with_data(lambda t: t.double())

    def half(self) -> PackedSequence:
        """The data as float16."""
        return self._with_data(lambda t: t.half())

    def long(self) -> PackedSequence:
        """The data as int64."""
        return self._with_data(lambda t: t.long())

    def int(self) -> PackedSequence:
        """The data as int32."""
        return self._with_data(lambda t: t.int())

    @property
    def is_cuda(self) -> bool:
        """Whether the data is on a GPU."""
        return self.data.is_cuda

    def is_pinned(self) -> bool:
        """Whether the data is in page-locked memory."""
        return self.data.is_pinned()


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """Where each index stands in a permutation."""
    if permutation is None:
        return None
    places = creation.arange(permutation.numel(), device=permutation.device)
    return creation.empty_like(permutation).scatter_(0, permutation, places)


def pack_padded_sequence(input: Tensor, lengths: Any, batch_first: bool = False,
                         enforce_sorted: bool = True) -> PackedSequence:
    """Packs padded sequences ``(L, N, *)``, or ``(N, L, *)`` if batch first.

    Args:
      input: The sequences.
      lengths: Of each.
      batch_first: Which layout it is.
      enforce_sorted: Whether sequences must come longest first; otherwise they are sorted here.
    """
    lengths = [int(n) for n in (lengths.tolist() if isinstance(lengths, Tensor) else lengths)]
    sorted_indices = None
    if not enforce_sorted:
        values, sorted_indices = tensor(lengths, dtype=_dtype.int64).sort(descending=True)
        lengths = values.tolist()
        input = input.index_select(0 if batch_first else 1, sorted_indices)
    if batch_first:
        input = input.transpose(0, 1)
    if len(lengths) != input.shape[1]:
        raise RuntimeError(f"Expected `len(lengths)` to be equal to batch_size, but got {len(lengths)} (batch_size="
                           f"{input.shape[1]})")
    if any(n <= 0 for n in lengths):
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is "
                           "<= 0")
    if any(a < b for a, b in zip(lengths, lengths[1:], strict=False)):
        raise RuntimeError("`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can "
                           "pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this "
                           "requirement if you do not need ONNX exportability.")
    sizes = [sum(n > t for n in lengths) for t in range(lengths[0])]
    data = ops.cat([input[t, :size] for t, size in enumerate(sizes)])
    return PackedSequence(data, tensor(sizes, dtype=_dtype.int64), sorted_indices)


def pad_packed_sequence(sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0,
                        total_length: int | None = None) -> tuple[Tensor, Tensor]:
    """The inverse of :func:`pack_padded_sequence`: the padded sequences and their lengths."""
    sizes = [int(n) for n in sequence.batch_sizes.tolist()]
    longest, n = len(sizes), sizes[0]
    if total_length is not None and total_length < longest:
        raise ValueError("Expected total_length to be at least the length of the longest sequence in input, but got "
                         f"total_length={total_length} and max sequence length being {longest}")
    steps = []
    for step, size in zip(sequence.data.split(sizes), sizes, strict=True):
        fill = creation.full((n - size, *step.shape[1:]), padding_value, dtype=step.dtype, device=step.device)
        steps.append(step if size == n else ops.cat([step, fill]))
    for _ in range((total_length or longest) - longest):
        steps.append(creation.full_like(steps[0], padding_value))
    padded = ops.stack(steps)
    lengths = tensor([sum(size > i for size in sizes) for i in range(n)], dtype=_dtype.int64)
    if sequence.unsorted_indices is not None:
        padded = padded.index_select(1, sequence.unsorted_indices)
        lengths = lengths.index_select(0, sequence.unsorted_indices)
    return (padded.transpose(0, 1) if batch_first else padded), lengths


def pad_sequence(sequences: Any, batch_first: bool = False, padding_value: float = 0.0,
                 padding_side: str = "right") -> Tensor:
    """Tensors ``(L_i, *)`` in one, ``(longest, N, *)`` or ``(N, longest, *)``."""
    if padding_side not in ("left", "right"):
        raise ValueError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    if isinstance(sequences, Tensor):
        sequences = sequences.unbind(0)
    elif not isinstance(sequences, Iterable):
        raise RuntimeError("pad_sequence: Expected iterable for input sequences, but got arg of type: "
                           f"{type(sequences)}")
    sequences = list(sequences)
    longest = max(s.shape[0] for s in sequences)
    rows = []
    for s in sequences:
        fill = creation.full((longest - s.shape[0], *s.shape[1:]), padding_value, dtype=s.dtype, device=s.device)
        rows.append(s if s.shape[0] == longest else ops.cat([s, fill] if padding_side == "right" else [fill, s]))
    return ops.stack(rows, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The inverse of :func:`pad_sequence`."""
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[:int(n)] for row, n in zip(rows, lengths.tolist(), strict=True)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Packs tensors ``(L_i, *)``."""
    lengths = [s.shape[0] for s in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The inverse of :func:`pack_sequence`."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


