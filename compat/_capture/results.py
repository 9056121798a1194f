"""What a step is given and returns: nested containers taken apart into tensors, and put together again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compat._tensor.tensor import Tensor


def take_apart(x: Any, leaves: list[Any]) -> Any:
    """The form of nested tuples, lists and dicts; what is in them goes to ``leaves``."""
    cls = x.__class__
    if cls is tuple or isinstance(x, list):
        return (cls, tuple([take_apart(y, leaves) for y in x]))
    if cls is dict:
        return (cls, tuple(x), tuple([take_apart(y, leaves) for y in x.values()]))
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return (cls, tuple([take_apart(y, leaves) for y in x]), None)
    leaves.append(x)
    return None


def put_together(form: Any, leaves: Any) -> Any:
    """What was taken apart, with the next leaves of an iterator."""
    if form is None:
        return next(leaves)
    cls = form[0]
    if cls is dict:
        return dict(zip(form[1], [put_together(f, leaves) for f in form[2]], strict=True))
    inside = [put_together(f, leaves) for f in form[1]]
    return inside if cls is list else cls(inside) if len(form) == 2 else cls(*inside)


def _history(t: Tensor) -> Iterator[Any]:
    """The nodes that a tensor came from."""
    stack, seen = [t._node], set()
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        yield node
        stack += [e[0] for e in _edges(node) if type(e) is tuple]


def _edges(node: Any) -> Any:
    return node.links if node.plain else node.edges


def unspent(t: Tensor) -> bool:
    """Whether a tensor's history could still be used: something that backward() reads is kept in it."""
    return any(node.saved or node.results or (not node.freed and not node.plain) for node in _history(t))


def leaves_of(t: Tensor) -> set[int]:
    """The ids of the leaves that a tensor came from."""
    return {id(e) for node in _history(t) for e in _edges(node) if e is not None and type(e) is not tuple}


def keep(t: Tensor, *without: str) -> dict[str, Any]:
    """The attributes of a tensor for others of its kind."""
    return {k: x for k, x in t.__dict__.items() if k not in without}


__all__ = ["keep", "leaves_of", "put_together", "take_apart", "unspent"]
