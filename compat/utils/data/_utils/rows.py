"""Whole batches of a TensorDataset at once: one gather a tensor in host memory, instead of one index a sample."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compat._autograd.modes import is_grad_enabled
from compat._engine.program import concrete, host_put
from compat._engine.value import Value, from_buffer
from compat._tensor.tensor import Tensor, make


class RowGatherer:
    """A function from indices to the list of the tensors' rows there.

    What it does not do at once (tensors on accelerators or with gradients to record, odd indices, indices out of range)
    it leaves to the way by samples, which also has the right errors.

    Args:
      tensors: The dataset's tensors.
      by_samples: The same function, sample by sample.
    """

    def __init__(self, tensors: Sequence[Tensor], by_samples: Callable[[list[Any]], Any]) -> None:
        self._tensors = tensors
        self._by_samples = by_samples
        self._seen: dict[int, tuple[Value, np.ndarray]] = {}

    def __call__(self, indices: list[Any]) -> Any:
        if is_grad_enabled() and any(tensor.requires_grad for tensor in self._tensors):
            return self._by_samples(indices)
        if any(type(i) is not int for i in indices) or any(tensor.device.type != "cpu" for tensor in self._tensors):
            return self._by_samples(indices)
        try:
            rows = [np.take(self._array(tensor), indices, axis=0) for tensor in self._tensors]
        except IndexError:
            return self._by_samples(indices)
        return [make(from_buffer(host_put(row))) for row in rows]

    def _array(self, tensor: Tensor) -> np.ndarray:
        """The tensor's elements in host memory, not copied."""
        storage = tensor._st
        if storage is not None and storage.host is not None and tensor._view is None:
            return storage.host.array  # memory shared with NumPy: read where it is
        value = tensor._value()
        seen = self._seen.get(id(tensor))
        if seen is None or seen[0] is not value:  # values are immutable: another one means an in-place change
            seen = self._seen[id(tensor)] = (value, np.asarray(concrete(value)))
        return seen[1]
