"""Making a batch of samples (`torch.utils.data._utils.collate`)."""

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from compat._dtype import float64
from compat._ops.data import as_tensor, tensor
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor
from compat.utils.data._utils.rows import stacked

default_collate_err_msg_format = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)
CollateMap = dict[type | tuple[type, ...], Callable[..., Any]]


def _is_opaque(array: np.ndarray) -> bool:
    """Whether a NumPy array holds strings or objects, which no tensor can."""
    return array.dtype.kind in "SaUO"


def _rebuild_mapping(original: Mapping[Any, Any], items: dict[Any, Any]) -> Any:
    """A mapping like the original (its extra attributes too, if it can be copied) with other values."""
    try:
        if isinstance(original, MutableMapping):
            clone = copy.copy(original)
            clone.update(items)
            return clone
        return type(original)(items)  # pyright: ignore[reportCallIssue]
    except TypeError:  # a kind of mapping that can be made in neither way
        return items


def _rebuild_sequence(original: Sequence[Any], items: list[Any]) -> Any:
    """A sequence like the original with other items."""
    try:
        if isinstance(original, MutableSequence):
            clone = copy.copy(original)
            for i, item in enumerate(items):
                clone[i] = item
            return clone
        return type(original)(items)  # pyright: ignore[reportCallIssue]
    except TypeError:
        return items


def default_convert(data: Any) -> Any:
    """A sample with its NumPy arrays and scalars made tensors, whatever they are nested in.

    Args:
      data: The sample.

    Returns:
      The same structure; a tuple becomes a list, a named tuple stays one; what is no array comes back as it is.
    """
    if isinstance(data, Tensor):
        return data
    if isinstance(data, np.ndarray | np.generic) and not isinstance(data, np.str_ | np.bytes_):
        return data if isinstance(data, np.ndarray) and _is_opaque(data) else as_tensor(data)
    if isinstance(data, Mapping):
        return _rebuild_mapping(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple):
        items = [default_convert(item) for item in data]
        return type(data)(*items) if hasattr(data, "_fields") else items
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return _rebuild_sequence(data, [default_convert(item) for item in data])
    return data


def collate(batch: Sequence[Any], *, collate_fn_map: CollateMap | None = None) -> Any:
    """Make a batch of samples, with the functions that a map gives for the types of its leaves.

    Args:
      batch: The samples.
      collate_fn_map: From types, or tuples of types, to `function(batch, collate_fn_map=...)`.

    Returns:
      The structure of a sample, with batches for leaves; a tuple becomes a list, a named tuple stays one.

    Raises:
      TypeError: if a leaf's type is in neither the map nor a container.
      RuntimeError: if lists of different lengths meet.
    """
    elem = batch[0]
    function = _function_for(elem, collate_fn_map or {})
    if function is not None:
        return function(batch, collate_fn_map=collate_fn_map)
    if isinstance(elem, Mapping):
        columns = {key: collate([sample[key] for sample in batch], collate_fn_map=collate_fn_map) for key in elem}
        return _rebuild_mapping(elem, columns)
    if isinstance(elem, tuple) and hasattr(elem, "_fields"):
        fields = zip(*batch, strict=False)
        return type(elem)(*(collate(samples, collate_fn_map=collate_fn_map) for samples in fields))
    if isinstance(elem, Sequence):
        if any(len(sample) != len(elem) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        items = [collate(samples, collate_fn_map=collate_fn_map) for samples in zip(*batch, strict=True)]
        return items if isinstance(elem, tuple) else _rebuild_sequence(elem, items)
    raise TypeError(default_collate_err_msg_format.format(type(elem)))


def _function_for(elem: Any, collate_fn_map: CollateMap) -> Callable[..., Any] | None:
    if type(elem) in collate_fn_map:
        return collate_fn_map[type(elem)]
    return next((function for kinds, function in collate_fn_map.items() if isinstance(elem, kinds)), None)


def collate_tensor_fn(batch: Sequence[Tensor], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """Tensors of one shape, stacked."""
    on_host = stacked(batch)
    return ops.stack(list(batch), 0) if on_host is None else on_host


def collate_numpy_array_fn(batch: Sequence[np.ndarray], *, collate_fn_map: CollateMap | None = None) -> Any:
    """NumPy arrays of one shape, stacked into a tensor."""
    if _is_opaque(batch[0]):
        raise TypeError(default_collate_err_msg_format.format(batch[0].dtype))
    if len({(item.shape, item.dtype) for item in batch}) == 1:
        return as_tensor(np.stack(batch))  # one copy on the host, where the arrays are
    return collate([as_tensor(item) for item in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch: Sequence[np.generic], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """NumPy scalars, as a vector of their dtype."""
    return as_tensor(batch)


def collate_float_fn(batch: Sequence[float], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """Python floats, as a vector of doubles."""
    return tensor(batch, dtype=float64)


def collate_int_fn(batch: Sequence[int], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """Python integers or bools, as a vector."""
    return tensor(batch)


def collate_str_fn(batch: Sequence[Any], *, collate_fn_map: CollateMap | None = None) -> Any:
    """Strings, as they are."""
    return batch


default_collate_fn_map: CollateMap = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


def default_collate(batch: Sequence[Any]) -> Any:
    """Make a batch of samples: tensors, arrays and numbers are stacked along a new first dimension.

    Args:
      batch: The samples.

    Returns:
      The structure of a sample, with tensors for its leaves; strings stay lists.

    Raises:
      TypeError: if a leaf is no tensor, array, number or string.
      RuntimeError: if shapes differ, or lists of different lengths meet.

    Example:
      >>> default_collate([(0.5, "a"), (1.5, "b")])
      [tensor([0.5000, 1.5000], dtype=torch.float64), ('a', 'b')]
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)
