"""torch.Size: the shape of a tensor, a tuple of ints with the number of elements."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, SupportsIndex


class Size(tuple[int, ...]):
    """A tuple of ints; adding, slicing and repeating give Sizes again.

    Example:
      >>> Size([2, 3]) + (4,)
      torch.Size([2, 3, 4])
      >>> Size([2, 3]).numel()
      6
    """

    __slots__ = ()

    def __new__(cls, sizes: Iterable = ()) -> Size:
        """Make a Size of an iterable of ints (or of what can be an index, such as 0-d integer tensors)."""
        if type(sizes) is Size:
            return sizes
        items = tuple(sizes)
        for item in items:
            if type(item) is not int:
                return tuple.__new__(cls, map(_index, items, range(len(items))))
        return tuple.__new__(cls, items)

    def numel(self) -> int:
        """Return the number of elements of a tensor of this shape."""
        return math.prod(self)

    def __repr__(self) -> str:
        """Return ``torch.Size([2, 3])``."""
        return f"torch.Size({list(self)!r})"

    def __reduce__(self) -> tuple:
        """Pickle as a Size of a tuple."""
        return Size, (tuple(self),)

    def __getitem__(self, index: SupportsIndex | slice) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return one size, or the Size of a slice."""
        got = tuple.__getitem__(self, index)
        return tuple.__new__(Size, got) if isinstance(index, slice) else got

    def __add__(self, other: tuple) -> Size:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Concatenate with another tuple."""
        if not isinstance(other, tuple):
            raise TypeError(f"can only concatenate tuple (not {type(other).__name__}) to torch.Size")
        return Size(tuple.__add__(self, other))

    def __radd__(self, other: tuple) -> Size:
        """Concatenate to another tuple."""
        if not isinstance(other, tuple):
            return NotImplemented
        return Size(tuple.__add__(other, self))

    def __mul__(self, times: SupportsIndex) -> Size:
        """Repeat."""
        return tuple.__new__(Size, tuple.__mul__(self, times))

    __rmul__ = __mul__


def _index(item: object, position: int) -> int:
    index = getattr(type(item), "__index__", None)
    if index is None:
        raise TypeError(f"torch.Size() takes an iterable of 'int' (item {position} is '{type(item).__name__}')")
    return int(index(item))
