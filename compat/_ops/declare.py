"""One row an operator; every spelling is derived from it.

``op(kernel, ...)`` makes the function, the Tensor method, the in-place variant, the dunders and the aliases from the
kernel's signature and the row's flags; ``composite`` publishes a function written over other operators the same way.
"""

from __future__ import annotations

import collections
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compat._dtype import default_changed
from compat._ops.generate import generate
from compat._ops.operator import Op
from compat._ops.parameters import EMPTY

TABLE: dict[str, Op] = {}
_set_aside: dict[tuple[str, Any], dict[Any, Any]] = {}
ops = types.SimpleNamespace()
FUNCTIONS: dict[str, Callable] = {}
METHODS: dict[str, Callable] = {}
NAMESPACES: dict[str, dict[str, Callable]] = collections.defaultdict(dict)


def _change_default(old: Any, new: Any) -> None:
    """Entries hold what the default dtype made of their operation: those of another default dtype are set aside."""
    for name, o in TABLE.items():
        if o.entries:
            _set_aside[name, old] = dict(o.entries)
            o.entries.clear()  # the derived functions hold this dict
        o.entries.update(_set_aside.get((name, new), {}))


default_changed.append(_change_default)


def _add(where: dict[str, Callable], name: str, fn: Callable) -> None:
    if name in where:
        raise ValueError(f"operator {name!r} is declared twice")
    where[name] = fn


def op(kernel: Callable, name: str | None = None, *, method: bool = True, function: bool = True,
       nn: bool | str = False, namespaces: str = "", inplace: bool = False, dunder: str = "", rdunder: str = "",
       aliases: str = "", **row: Any) -> Op:
    """Declare an operator.

    Args:
      kernel: The pure function in ``funcgrad``.
      name: Its name; the kernel's if None.
      method: Whether it is a Tensor method.
      function: Whether it is in the ``torch`` namespace.
      nn: Whether (or as what name) it is in ``torch.nn.functional``.
      namespaces: Further namespaces, space separated, each ``ns`` or ``ns:name``.
      inplace: Whether ``name_`` exists.
      dunder: Dunder methods that are this operator.
      rdunder: Dunder methods that are this operator with arguments swapped.
      aliases: Further names.
      **row: See ``Op``: promote, node, saves, vjp, differentiable, nondiff, returns, host, check, check_params,
      varargs, operator, constant, opmath, bools, unfold.

    Returns:
      The declared operator.

    Raises:
      ValueError: if a name is taken.
    """
    name = name or kernel.__name__
    row.pop("out", None)
    o = Op(kernel, name, **row)
    o.fn = generate(o)
    if name in TABLE:
        raise ValueError(f"operator {name!r} is declared twice")
    TABLE[name] = o
    setattr(ops, name, o.fn)
    names = [name, *aliases.split()]
    _publish(o.fn, names, method, function, nn, namespaces)
    unary = sum(p.default is EMPTY for p in o.params) == 1
    for d in dunder.split():
        if unary:
            _add(METHODS, d, o.fn)
        else:
            _add_dunder(d, generate(o, "dunder"))
    for d in rdunder.split():
        # arithmetic that commutes need not make a tensor of the number on the left
        _add_dunder(d, generate(o, "dunder" if name in _COMMUTATIVE else "reflected"))
    if inplace:
        fn = _inplace_function(o)
        setattr(ops, name + "_", fn)
        _publish(fn, [n + "_" for n in names], method, function, False, "")
        for d in dunder.split():
            if d in _INPLACE_DUNDERS:
                _add_dunder("__i" + d[2:], generate(o, "idunder"))
    return o


_COMMUTATIVE = frozenset(("add", "mul", "bitwise_and", "bitwise_or", "bitwise_xor"))
_INPLACE_DUNDERS = {f"__{n}__" for n in "add sub mul truediv floordiv mod pow and or xor lshift rshift matmul".split()}


def _add_dunder(name: str, fn: Callable) -> None:
    _add(METHODS, name, fn)
    _locate(fn, "", f"Tensor.{name}")


def _publish(fn: Callable, names: Sequence[str], method: bool, function: bool, nn: bool | str, namespaces: str) -> None:
    for n in names:
        if method:
            _add(METHODS, n, fn)
        if function:
            _add(FUNCTIONS, n, fn)
    if nn:
        _add(NAMESPACES["nn.functional"], names[0] if nn is True else nn, fn)
    spaces = [(space, other or names[0]) for space, _, other in (ns.partition(":") for ns in namespaces.split())]
    for space, n in spaces:
        _add(NAMESPACES[space], n, fn)
    if function:
        _locate(fn, "", names[0])
    elif nn:
        _locate(fn, "nn.functional", names[0] if nn is True else nn)
    elif spaces:
        _locate(fn, *spaces[0])
    elif method:
        _locate(fn, "", f"Tensor.{names[0]}")


def _locate(fn: Callable, space: str, name: str) -> None:
    """Say where a function is found: pickle stores functions by that."""
    fn.__module__ = f"compat.{space}".rstrip(".")
    fn.__qualname__ = name


def _inplace_function(o: Op) -> Callable:
    fn = generate(o, "inplace")
    fn.__doc__ = f"In place: see ``{o.name}``."
    return fn


def composite(fn: Callable | None = None, *, name: str | None = None, method: bool = True, function: bool = True,
              nn: bool | str = False, namespaces: str = "", inplace: bool = False, aliases: str = "") -> Any:
    """Publish a function written over other operators; it has no node of its own."""
    if fn is None:
        return lambda f: composite(f, name=name, method=method, function=function, nn=nn, namespaces=namespaces,
                                   inplace=inplace, aliases=aliases)
    n = name or fn.__name__
    setattr(ops, n, fn)
    names = [n, *aliases.split()]
    _publish(fn, names, method, function, nn, namespaces)
    if inplace:
        def inplace_fn(self: Any, *args: Any, **kwargs: Any) -> Any:
            return self.copy_(fn(self, *args, **kwargs))

        inplace_fn.__name__, inplace_fn.__doc__ = n + "_", f"In place: see ``{n}``."
        setattr(ops, n + "_", inplace_fn)
        _publish(inplace_fn, [m + "_" for m in names], method, function, False, "")
    return fn


def namespace(name: str) -> Mapping[str, Callable]:
    """The derived functions of a namespace such as ``nn.functional`` or ``linalg``."""
    return NAMESPACES[name]
