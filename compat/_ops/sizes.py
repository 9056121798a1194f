"""Sizes, as functions that make or reshape tensors take them."""

from __future__ import annotations

from operator import index as as_index


def sizes_of(args: tuple) -> tuple[int, ...]:
    """``f(2, 3)`` or ``f((2, 3))`` as (2, 3); 0-d integer tensors count as integers."""
    if len(args) == 1 and isinstance(args[0], tuple | list):
        args = tuple(args[0])
    return tuple(a if type(a) is int else as_index(a) for a in args)


def sizes_for(name: str, args: tuple, what: str = "size") -> tuple[int, ...]:
    """As ``sizes_of``, with PyTorch's message for what is no size."""
    try:
        return sizes_of(args)
    except (TypeError, ValueError):
        many = tuple(args[0]) if len(args) == 1 and isinstance(args[0], tuple | list) else args
        at = next((i for i, a in enumerate(many) if not hasattr(a, "__index__")), 0)
        if at:
            raise TypeError(f"{name}(): argument '{what}' failed to unpack the object at pos {at + 1} with error "
                            f'"type must be tuple of ints,but got {type(many[at]).__name__}"') from None
        given = type(args[0]).__name__ if args else "nothing"
        raise TypeError(f"{name}(): argument '{what}' (position 1) must be tuple of ints, not {given}") from None
