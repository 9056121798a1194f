"""Batches in host memory: rows gathered and samples stacked by NumPy, instead of by an operation a sample.

What is not done here (tensors on accelerators, with gradients to record, not computed yet, odd indices, indices out of
range) is left to the way by samples, which also has the right errors.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compat._autograd.modes import is_grad_enabled
from compat._engine.program import Tracer, concrete, elements, host_put
from compat._engine.value import Value, from_buffer
from compat._tensor.tensor import Tensor, make

Seen = dict[int, tuple[Value, np.ndarray]]


def _array_of(value: Value, seen: Seen, key: int) -> np.ndarray | None:
    """A value's elements in host memory, not copied; None if that takes a computation."""
    found = seen.get(key)
    if found is not None and found[0] is value:  # values are immutable: another one means an in-place change
        return found[1]
    if value.buf is None or isinstance(value.buf, Tracer):
        return None
    array = elements(value)
    seen[key] = (value, array)
    return array


def _elements(tensor: Tensor, seen: Seen) -> np.ndarray | None:
    """A tensor's elements where they lie, its storage's if it is a view; None if that takes a computation."""
    storage, view = tensor._st, tensor._view
    if storage is None:
        return _array_of(tensor._value(), seen, id(tensor))
    base = storage.host.array if storage.host is not None else _array_of(storage._value, seen, id(storage))
    if view is None or base is None:
        return base
    if base.dtype != view.aval.dtype or not base.flags.c_contiguous:
        return None
    size = base.itemsize
    strides = tuple(stride * size for stride in view.strides)
    return np.ndarray(view.aval.shape, base.dtype, base, view.offset * size, strides)


def _is_plain(tensor: Tensor) -> bool:
    return tensor.device.type == "cpu" and not (tensor.requires_grad and is_grad_enabled())


def stacked(tensors: Sequence[Tensor]) -> Tensor | None:
    """Tensors of one shape and dtype stacked along a new first dimension; None where that is not done here."""
    seen: Seen = {}
    arrays = []
    for tensor in tensors:
        array = _elements(tensor, seen) if _is_plain(tensor) else None
        if array is None or (arrays and (array.shape, array.dtype) != (arrays[0].shape, arrays[0].dtype)):
            return None
        arrays.append(array)
    return make(from_buffer(host_put(np.stack(arrays))))


class RowGatherer:
    """A function from indices to the list of the tensors' rows there.

    Args:
      tensors: The dataset's tensors.
      by_samples: The same function, sample by sample.
    """

    def __init__(self, tensors: Sequence[Tensor], by_samples: Callable[[list[Any]], Any]) -> None:
        self._tensors = tensors
        self._by_samples = by_samples
        self._seen: Seen = {}

    def __call__(self, indices: list[Any]) -> Any:
        if not all(map(_is_plain, self._tensors)) or any(type(i) is not int for i in indices):
            return self._by_samples(indices)
        try:
            rows = [np.take(self._array(tensor), indices, axis=0) for tensor in self._tensors]
        except IndexError:
            return self._by_samples(indices)
        return [make(from_buffer(host_put(row))) for row in rows]

    def _array(self, tensor: Tensor) -> np.ndarray:
        array = _elements(tensor, self._seen)
        if array is None:  # computed once: later batches find the value there
            array = np.asarray(concrete(tensor._value()))
        return array
