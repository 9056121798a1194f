"""``x[...]`` and ``x[...] = y``.

Integers, slices, None and Ellipsis make views, step by step. What is left, tensors of indices and masks, is one
``index`` or ``index_put_`` on the view.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compat import _dtype
from compat._autograd.modes import no_grad
from compat._ops.declare import ops
from compat._ops.views import slice_dim
from compat._tensor.tensor import Tensor, tensor_from_host, wrap

BAD = "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})"


def _key(index: Any) -> tuple:
    if isinstance(index, tuple):
        return index
    if isinstance(index, list) and len(index) < 32 and any(
            isinstance(i, slice | tuple | list | Tensor | np.ndarray | type(None) | type(Ellipsis)) for i in index):
        return tuple(index)  # PyTorch, too, keeps what NumPy did before it had a rule
    return (index,)


def _consumed(item: Any) -> int:
    """How many dimensions an index item takes."""
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    if isinstance(item, Tensor) and item.dtype is _dtype.bool_:
        return item.dim()
    if isinstance(item, np.ndarray) and item.dtype == bool:
        return item.ndim
    return 1


def _as_index(item: Any, like: Tensor) -> Any:
    """Lists, arrays and 0-d tensors in their canonical form."""
    if isinstance(item, np.ndarray):
        item = tensor_from_host(item, like.device)
    elif isinstance(item, list | tuple | range):
        item = _from_sequence(item)
    elif isinstance(item, str):
        raise TypeError("new(): invalid data type 'str'")
    elif isinstance(item, np.integer):
        return int(item)
    elif isinstance(item, np.bool_):
        return bool(item)
    if isinstance(item, Tensor):
        d = item.dtype
        if d.is_floating_point or d.is_complex:
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        if item.dim() == 0 and d is not _dtype.bool_:
            return int(item.item())
        if item.dim() == 0:
            return bool(item.item())
    return item


def _from_sequence(seq: Any) -> Tensor:
    flat = [s.item() if isinstance(s, Tensor) and s.dim() == 0 else s for s in seq]
    if any(isinstance(s, Tensor) for s in flat):
        return ops.stack([s if isinstance(s, Tensor) else wrap(np.asarray(s)) for s in flat])
    a = np.asarray(flat)
    if a.dtype == object or a.dtype.kind in "US":
        raise TypeError(f"not a sequence of indices: {seq!r}")
    if a.size == 0:
        a = a.astype(np.int64)
    if a.dtype.kind == "f":
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    return wrap(a)


def _basic(x: Tensor, index: Any) -> tuple[Tensor, list[Any]]:
    """(view after the basic items, one entry per dimension of the view: None or an index tensor)."""
    items = [_as_index(i, x) for i in _key(index)]
    n = x.dim()
    used = sum(_consumed(i) for i in items)
    if used > n:
        raise IndexError(f"too many indices for tensor of dimension {n}" if n else
                         "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ "
                         "to convert a 0-dim tensor to a number")
    if sum(i is Ellipsis for i in items) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    d, advanced, at_original = 0, [], 0
    shape = x._aval.shape
    for item in items:
        if item is Ellipsis:
            skip = n - used
            advanced += [None] * skip
            d += skip
            at_original += skip
        elif item is None:
            x = x.unsqueeze(d)
            advanced.append(None)
            d += 1
        elif isinstance(item, bool):
            x = x.unsqueeze(d)
            advanced.append(wrap(np.zeros(1 if item else 0, np.int64)))
            d += 1
        elif isinstance(item, int):
            x = _select(x, d, item, at_original)
            at_original += 1
        elif isinstance(item, slice):
            x = _slice(x, d, item)
            advanced.append(None)
            d += 1
            at_original += 1
        elif isinstance(item, Tensor):
            if item.dtype is _dtype.bool_ or str(item.dtype) == "torch.uint8":
                k = item.dim()
                _check_mask(item, shape, at_original)
                advanced.append(item)
                advanced += [_SAME] * (k - 1)
                d += k
                at_original += k
            else:
                advanced.append(item)
                d += 1
                at_original += 1
        elif hasattr(item, "__index__"):
            x = _select(x, d, item.__index__(), at_original)
            at_original += 1
        else:
            raise IndexError(BAD.format(type(item).__name__))
    return x, advanced


_SAME = object()  # a further dimension of a mask


def _check_mask(mask: Tensor, shape: tuple[int, ...], at: int) -> None:
    for i, n in enumerate(mask._aval.shape):
        if n != shape[at + i]:
            raise IndexError(f"The shape of the mask {list(mask._aval.shape)} at index {i} does not match the shape of "
                             f"the indexed tensor {list(shape)} at index {at + i}")


def _select(x: Tensor, d: int, i: int, original: int) -> Tensor:
    n = x._aval.shape[d]
    if not -n <= i < n:
        raise IndexError(f"index {i} is out of bounds for dimension {original} with size {n}")
    return ops.select(x, d, i)


def _slice(x: Tensor, d: int, s: slice) -> Tensor:
    if any(e is not None and not hasattr(e, "__index__") for e in (s.start, s.stop, s.step)):
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    by = 1 if s.step is None else s.step.__index__()
    if by <= 0:
        raise ValueError("step must be greater than zero" if by else "slice step cannot be zero")
    if s.start is None and s.stop is None and by == 1:
        return x
    return slice_dim(x, d, *(None if e is None else e.__index__() for e in (s.start, s.stop)), by)


def _indices(advanced: list[Any]) -> list[Tensor | None]:
    """Masks become index tensors, one per dimension they cover."""
    out: list[Any] = []
    for item in advanced:
        if item is _SAME:
            continue
        if isinstance(item, Tensor) and (item.dtype is _dtype.bool_ or str(item.dtype) == "torch.uint8"):
            where = np.nonzero(item._host())
            out += [tensor_from_host(w, item.device) for w in where]
        else:
            out.append(item)
    while out and out[-1] is None:
        out.pop()
    return out


def getitem(self: Tensor, index: Any) -> Tensor:
    """``x[index]``: a view for integers, slices, None and Ellipsis; a copy for index tensors, lists and masks."""
    kind = index.__class__
    if kind is int and self._aval.shape:
        n = self._aval.shape[0]
        if not -n <= index < n:
            raise IndexError(f"index {index} is out of bounds for dimension 0 with size {n}")
        return ops.select(self, 0, index)
    x, advanced = _basic(self, index)
    if any(a is not None for a in advanced):
        return ops._index(x, _indices(advanced))
    return ops.alias(x) if x is self else x


def setitem(self: Tensor, index: Any, value: Any) -> None:
    """``x[index] = value``, in place."""
    if not isinstance(value, Tensor | int | float | complex):
        module = type(value).__module__
        kind = f"{module}.{type(value).__name__}" if module == "numpy" else type(value).__name__
        raise TypeError(f"can't assign a {kind} to a {_dtype.type_string(self.dtype, self.device.type)}")
    x, advanced = _basic(self, index)
    if any(a is not None for a in advanced):
        _put(x, advanced, value)
        return
    if not isinstance(value, Tensor):
        x.fill_(value)
        return
    target = x._aval.shape
    shape = value._aval.shape
    while len(shape) > len(target) and shape[0] == 1:
        value = value.squeeze(0)
        shape = shape[1:]
    if len(shape) > len(target):
        kind = _dtype.type_string(value.dtype, value.device.type)
        raise RuntimeError(f"expand({kind}{{{list(shape)}}}, size={list(target)}): the number of sizes "
                           f"provided ({len(target)}) must be greater or equal to the number of dimensions in the "
                           f"tensor ({len(shape)})")
    extra = len(target) - len(shape)
    for i, n in enumerate(shape):
        if n != 1 and n != target[i + extra]:
            raise RuntimeError(f"The expanded size of the tensor ({target[i + extra]}) must match the existing size "
                               f"({n}) at non-singleton dimension {i + extra}.  Target sizes: {list(target)}.  Tensor "
                               f"sizes: {list(shape)}")
    (ops.alias(x) if x is self and self._base is None and self._st is not None else x).copy_(value)


def _put(x: Tensor, advanced: list[Any], value: Any) -> None:
    masks = [a for a in advanced if a is not None and a is not _SAME]
    if len(masks) == 1 and masks[0].dtype is _dtype.bool_ and (not isinstance(value, Tensor) or value.dim() == 0):
        mask = masks[0]
        at = advanced.index(mask)
        rest = x.dim() - at - mask.dim()
        with no_grad():
            full = mask.reshape((1,) * at + tuple(mask._aval.shape) + (1,) * rest)
        x.masked_fill_(full, value)
        return
    if not isinstance(value, Tensor):
        value = tensor_from_host(np.asarray(value).astype(x._aval.dtype), x.device)
    elif value._aval.dtype != x._aval.dtype:
        raise RuntimeError(f"Index put requires the source and destination dtypes match, got {x.dtype.scalar_name} for "
                           f"the destination and {value.dtype.scalar_name} for the source.")
    ops.index_put_(x, _indices(advanced), value)
