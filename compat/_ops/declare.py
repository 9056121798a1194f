"""One row an operator; every spelling is derived from it.

``op(kernel, ...)`` reads the kernel's signature: which parameters are tensors, which are numbers that may change, which are
static (see ``funcgrad.typing``). From that and the row's flags it makes the function, the Tensor method, the in-place
variant, the dunders, the aliases, and the entry that the engine records. The function is generated as source, because
recording costs about as much as one Python call: the common case, tensors in their places, is straight-line code, and
everything else goes through ``Op.bind``.
"""

from __future__ import annotations

import collections
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from compat import _dtype
from compat._autograd.node import attach, attach_many, default_node_name, node_class
from compat._engine.entry import Entry, struct
from compat._engine.program import ctx, host_put, record, record_many
from compat._engine.value import CPU, Aval, Value, from_buffer
from compat._tensor.tensor import NUMBERS, Tensor, is_tensor, make, tensor_from_host
from compat._tensor.views import origin, peek
from compat._tensor.inplace import assign_out, finish_inplace, start_inplace
from funcgrad import dtypes
from funcgrad.typing import Array, ArrayLike, Number

Kind = typing.Literal["tensor", "tensor?", "list", "like", "like?", "number", "number?", "static"]
_NUMERIC = {Number: "number", float: "number", Number | None: "number?", float | None: "number?"}
_TENSOR = {Array: "tensor", np.ndarray: "tensor", Array | None: "tensor?", ArrayLike: "like", ArrayLike | None: "like?",
           Sequence[Array]: "list", Array | Sequence[Array]: "list", list[Array]: "list", tuple[Array, ...]: "list",
           Sequence[Array | None]: "list"}
EMPTY = inspect.Parameter.empty


class Param(typing.NamedTuple):
    """One parameter of a kernel."""

    name: str
    kind: Kind
    default: Any
    keyword_only: bool


class Op:
    """A declared operator."""

    def __init__(self, kernel: Callable, name: str, **row: Any) -> None:
        """Read the kernel's signature and keep the row."""
        self.kernel, self.name = kernel, name
        self.params = tuple(_params(kernel))
        self.by_name = {p.name: p for p in self.params}
        self.promote: tuple[str, ...] = tuple(row.pop("promote", "").replace(",", " ").split())
        self.node_name = row.pop("node", None)
        self.saves = row.pop("saves", "inputs")
        self.vjp = row.pop("vjp", None)
        self.differentiable = row.pop("differentiable", True)
        self.nondiff_names = str(row.pop("nondiff", "") or "").replace(",", " ").split()
        self.host = row.pop("host", False)
        self.check = row.pop("check", None)
        self.check_accepts = frozenset(inspect.signature(self.check).parameters) if self.check else frozenset()
        self.check_params = tuple(str(row.pop("check_params", "") or "").replace(",", " ").split())
        self.returns = _return_type(row.pop("returns", None))
        self.varargs = row.pop("varargs", None)
        self.row = row
        self.entries: dict[Any, Entry] = {}
        fields = self.returns._fields if self.returns else ()
        self.nondiff = frozenset(fields.index(n) if n in fields else int(n) for n in self.nondiff_names)
        self.fn: Callable = _generate(self)

    # The slow path ------------------------------------------------------------------------------------------------

    def bind(self, args: tuple, kwargs: dict) -> tuple[Any, list[Any]]:
        """(out, arguments in parameter order), checked and brought into canonical form."""
        out = kwargs.pop("out", None)
        return out, [self._canonical(p, a, i) for i, (p, a) in enumerate(zip(self.params, self._match(args, kwargs),
                                                                             strict=True))]

    def _match(self, args: tuple, kwargs: dict) -> list[Any]:
        given = {}
        positional = [p for p in self.params if not p.keyword_only]
        if self.varargs and len(args) >= 1:
            at = next(i for i, p in enumerate(positional) if p.name == self.varargs)
            rest = args[at:]
            if len(rest) > 1 or (len(rest) == 1 and not isinstance(rest[0], tuple | list)):
                args = (*args[:at], tuple(rest))
        if len(args) > len(positional):
            raise TypeError(f"{self.name}() takes {len(positional)} positional argument{'s' * (len(positional) != 1)} "
                            f"but {len(args)} were given")
        for p, a in zip(positional, args, strict=False):
            given[p.name] = a
        for k, a in kwargs.items():
            k = k if k in self.by_name else _NUMPY_NAMES.get(k, k)
            if k not in self.by_name:
                raise TypeError(f"{self.name}() got an unexpected keyword argument '{k}'")
            if k in given:
                raise TypeError(f"{self.name}() got multiple values for argument '{k}'")
            given[k] = a
        out = []
        for p in self.params:
            a = given.get(p.name, p.default)
            if a is EMPTY:
                missing = [f'"{q.name}"' for q in self.params if q.default is EMPTY and q.name not in given]
                raise TypeError(f"{self.name}() missing {len(missing)} required positional arguments: "
                                f"{', '.join(missing)}")
            out.append(a)
        return out

    def _canonical(self, p: Param, a: Any, position: int) -> Any:
        kind = p.kind
        if kind == "static":
            return static(a)
        if kind == "list":
            if not isinstance(a, tuple | list):
                raise TypeError(f"{self.name}(): argument '{p.name}' (position {position + 1}) must be tuple of Tensors, "
                                f"not {type(a).__name__}")
            for i, t in enumerate(a):
                if not is_tensor(t) and t is not None:
                    raise TypeError(f"expected Tensor as element {i} in argument {position}, but got "
                                    f"{type(t).__name__}")
            return tuple(a)
        if a is None:
            if kind.endswith("?"):
                return None
        elif kind.startswith("number"):
            if is_tensor(a) and a.dim() == 0:
                return a if a._number() is None else a._number()
            n = _number(a)
            if n is not None:
                return n
        elif is_tensor(a):
            return a
        elif kind.startswith("like"):
            n = _number(a)
            if n is not None:
                return n
            if isinstance(a, np.ndarray | jax.Array):
                return tensor_from_host(np.asarray(a)) if isinstance(a, np.ndarray) else make(from_buffer(a))
        elif isinstance(a, jax.Array):
            return make(from_buffer(a))
        want = {"number": "Number", "number?": "Number"}.get(kind, "Tensor")
        raise TypeError(f"{self.name}(): argument '{p.name}' (position {position + 1}) must be {want}, not "
                        f"{type(a).__name__}")

    def lower(self, values: Sequence[Any]) -> tuple[Entry, list[Any], list[Any]]:
        """(entry, its inputs, their tensors) of canonical arguments."""
        ins: list[Any] = []
        tensors: list[Any] = []
        key: list[Any] = []
        for p, a in zip(self.params, values, strict=True):
            if p.kind == "list":
                vs = [None if t is None else t._value() for t in a]
                ins += [v for v in vs if v is not None]
                tensors += [t for t in a if t is not None]
                key.append(tuple(None if v is None else v.aval for v in vs))
            elif p.kind == "static":
                key.append(a)
            elif a is None or a is p.default:
                key.append(None)
            elif is_tensor(a):
                v = a._value()
                ins.append(v)
                tensors.append(a)
                key.append(v.aval)
            else:
                ins.append(a)
                tensors.append(None)
                key.append(type(a))
        k = tuple(key)
        e = self.entries.get(k)
        if e is None:
            moved = _same_device(tensors)
            if moved is not None:
                it = iter(moved)
                return self.lower([_replace(p, a, it) for p, a in zip(self.params, values, strict=True)])
            e = self.intern(k)
        if self.check is not None:
            self._run_check(values)
        return e, ins, tensors

    def intern(self, key: tuple) -> Entry:
        """The entry of a key, made (and its shapes and dtypes checked) on first use."""
        specs: list[Any] = []
        plan: list[tuple[Param, Any]] = []  # (param, positions of its inputs, or its static value)
        for p, k in zip(self.params, key, strict=True):
            if p.kind == "list":
                at = [None if a is None else len(specs) + sum(b is not None for b in k[:i]) for i, a in enumerate(k)]
                plan.append((p, at))
                specs += [a for a in k if a is not None]
            elif p.kind == "static":
                plan.append((p, _to_kernel(k)))
            elif k is None:
                plan.append((p, p.default))
            else:
                plan.append((p, (len(specs),)))
                specs.append(k)
        casts = self._casts(specs, plan)

        def raw(*arrays: Any) -> tuple:
            kwargs = {}
            for p, at in plan:
                if p.kind == "list":
                    kwargs[p.name] = [None if i is None else arrays[i] for i in at]
                elif p.kind == "static" or type(at) is not tuple:
                    kwargs[p.name] = at
                else:
                    i = at[0]
                    kwargs[p.name] = arrays[i].astype(casts[i]) if i in casts else arrays[i]
            out = self.kernel(**kwargs)
            return tuple(out) if isinstance(out, tuple | list) else (out,)

        e = Entry(self.name, raw, specs)
        self._describe(e, plan)
        return self.entries.setdefault(key, e)

    def _casts(self, specs: list[Any], plan: list[tuple[Param, Any]]) -> dict[int, np.dtype]:
        """Python numbers among the promoting parameters arrive in the common dtype."""
        at = {p.name: i[0] for p, i in plan if p.kind in ("tensor", "like", "tensor?", "like?") and type(i) is tuple}
        names = [n for n in self.promote if n in at]
        if all(type(specs[at[n]]) is Aval for n in names):
            return {}
        examples = [struct(specs[at[n]]) if type(specs[at[n]]) is Aval else specs[at[n]](1) for n in names]
        with jax.enable_x64(True):
            common = dtypes.result_type(*examples)
        return {at[n]: common for n in names if type(specs[at[n]]) is not Aval}

    def _describe(self, e: Entry, plan: list[tuple[Param, Any]]) -> None:
        edges, arguments, where = [], {}, {}
        for p, at in plan:
            arguments[p.name] = at
            if p.kind == "list":
                edges += [i for i in at if i is not None and e.ins[i].inexact]
            elif p.kind != "static" and type(at) is tuple:
                i = at[0]
                where[p.name] = i
                arguments[p.name] = e.ins[i]
                if (type(e.ins[i]) is Aval and e.ins[i].inexact) or (p.name in self.promote and not self.row.get(
                        "scalar_edge", True) is False and p.kind == "like" and self.name not in NO_SCALAR_EDGE):
                    edges.append(i)
        for p, at in plan:
            if p.kind != "list":
                shown = "self" if p.name == "input" else p.name
                e.names[f"_saved_{shown}"] = [at[0]] if p.kind != "static" and type(at) is tuple else at
        e.edges = tuple(edges)
        e.diff = self.differentiable and any(a.inexact for a in e.outs)
        name = self.node_name
        if callable(name):
            name = name(arguments)
        e.node = node_class(name or default_node_name(self.name))
        if self.vjp is not None:
            e.explicit = self._rule(plan, where)

    def _rule(self, plan: list[tuple[Param, Any]], where: dict[str, int]) -> tuple:
        """The row's vjp, brought to (cotangents, results, chosen inputs) -> {position: cotangent}."""
        names = list(inspect.signature(self.vjp).parameters)[2:]
        uses = [where[n] for n in names if n in where]
        fixed = {p.name: at for p, at in plan if p.name in names and p.name not in where}
        tensors = [where[p.name] for p, _ in plan if p.name in where and p.kind in ("tensor", "tensor?", "like", "like?")]
        vjp = self.vjp

        def rule(cotangents: tuple, results: tuple, chosen: Mapping[int, Any]) -> dict[int, Any]:
            g = cotangents[0] if len(cotangents) == 1 else cotangents
            r = None if not results else results[0] if len(results) == 1 else results
            got = vjp(g, r, **{n: chosen[where[n]] for n in names if n in where}, **fixed)
            return dict(zip(tensors, got if isinstance(got, tuple | list) else (got,), strict=False))

        return rule, uses, self.saves in ("result", "both")

    def _run_check(self, values: Sequence[Any]) -> None:
        """Refuse integers out of range, if the row has such a check; a tensor's value is looked at once."""
        given = {p.name: a for p, a in zip(self.params, values, strict=True)}
        names = self.check_params or ("index",)
        tokens = []  # (what was asked of a value, the value)
        statics = tuple(a if p.kind == "static" else a.shape if is_tensor(a) else None
                        for p, a in zip(self.params, values, strict=True))
        for n in names:
            listed = given[n] if isinstance(given.get(n), tuple) else (given.get(n),)
            for i, t in enumerate(listed):
                if is_tensor(t):
                    v, place = origin(t)
                    tokens.append(((self.name, statics, n, i, place), v))
        if any(v.buf is not None and isinstance(v.buf, jax.core.Tracer) for _, v in tokens):
            return
        if all(v.safe is not None and mark in v.safe for mark, v in tokens):
            return
        accepted = self.check_accepts
        every = {n: _seen(a, n in names) for n, a in given.items() if n in accepted}
        self.check(**every)
        for mark, v in tokens:
            if v.safe is None:
                v.safe = set()
            v.safe.add(mark)

    def call_slow(self, args: tuple, kwargs: dict) -> Any:
        """Any call that the generated function does not handle by itself."""
        out, values = self.bind(args, kwargs)
        if self.host:
            return self._call_host(values, out)
        e, ins, tensors = self.lower(values)
        if out is not None:
            return assign_out(self.name, out, record_many(e, ins), e, tensors, self.returns)
        if e.single and self.returns is None:
            t = make(record(e, *ins))
            if ctx.inference:
                t._inf = True
            if ctx.grad and e.diff and any(x is not None and x._rg for x in tensors):
                attach(e, t, tensors, ins)
            return t
        return self.wrap_many(e, ins, tensors)

    def call_operator(self, operands: tuple, other: Any) -> Any:
        """A dunder's slow path: NotImplemented for what is no operand."""
        if not _operand(other):
            return NotImplemented
        first, second = operands
        if first.__class__ in NUMBERS and self.params[0].kind == "tensor":
            first = tensor_from_number(first, second)
        return self.call_slow((first, second), {})

    def wrap_many(self, e: Entry, ins: Sequence[Any], tensors: Sequence[Any]) -> Any:
        """Record an operation with several results and wrap them."""
        outs = [make(v) for v in record_many(e, ins)]
        if ctx.inference:
            for t in outs:
                t._inf = True
        if ctx.grad and e.diff and any(x is not None and x._rg for x in tensors):
            attach_many(e, outs, tensors, ins, self.nondiff)
        return self.returns(*outs) if self.returns is not None else tuple(outs)

    def _call_host(self, values: Sequence[Any], out: Any) -> Any:
        given = {}
        device = CPU
        for p, a in zip(self.params, values, strict=True):
            if p.kind == "list":
                given[p.name] = [None if t is None else t._host() for t in a]
            elif is_tensor(a):
                device = a._value().aval.device
                given[p.name] = a._host()
            else:
                given[p.name] = _to_kernel(a)
        result = self.kernel(**given)
        many = isinstance(result, tuple | list)
        outs = [make(from_buffer(host_put(np.array(r), device), device)) for r in (result if many else (result,))]
        if out is not None:
            out._write(outs[0]._value())
            return out
        if self.returns is not None:
            return self.returns(*outs)
        return tuple(outs) if many else outs[0]

    def call_inplace(self, args: tuple, kwargs: dict) -> Any:
        """``x.name_(...)``: the result replaces x's elements."""
        _, values = self.bind(args, kwargs)
        target = values[0]
        start_inplace(target)
        e, ins, tensors = self.lower(values)
        return finish_inplace(self.name, target, record_many(e, ins)[0], e, tensors, ins)


class _Shaped:
    """What a check sees of a tensor it has no need to read."""

    def __init__(self, t: Any) -> None:
        self.shape, self.ndim, self.dtype = tuple(t.shape), t.dim(), t._value().aval.dtype


def _seen(a: Any, read: bool) -> Any:
    """An argument as a check sees it: the tensors it reads as NumPy arrays."""
    if isinstance(a, tuple):
        return tuple(_seen(x, read) for x in a)
    if not is_tensor(a):
        return a
    return peek(a) if read else _Shaped(a)


NO_SCALAR_EDGE = {"pow", "clamp", "clamp_min", "clamp_max", "masked_fill", "fmod", "remainder", "float_power", "fill",
                  "lerp", "threshold", "hardtanh", "maximum", "minimum"}
_NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x2": "other", "self": "input"}


def _same_device(tensors: Sequence[Any]) -> list[Any] | None:
    """None if all tensors are on one device; else with 0-d CPU ones moved; an error if others differ."""
    devices = [t._value().aval.device for t in tensors if t is not None]
    first = next((d for t, d in zip([t for t in tensors if t is not None], devices, strict=True) if t.dim()), None)
    if first is None or all(d == first for d in devices):
        return None
    moved = []
    for t in tensors:
        if t is None:
            continue
        d = t._value().aval.device
        if d != first and (t.dim() or d.type != "cpu"):
            raise RuntimeError("Expected all tensors to be on the same device, but found at least two devices, "
                               f"{_named(first)} and {_named(d)}!")
        moved.append(t if d == first else t.to(first))
    return moved


def _named(d: Any) -> str:
    return str(d) if d.type == "cpu" or d.index is not None else f"{d}:0"


def _replace(p: Param, a: Any, it: Any) -> Any:
    if p.kind == "list":
        return tuple(None if t is None else next(it) for t in a)
    return next(it) if is_tensor(a) else a


def _number(a: Any) -> Any:
    """A Python number, from Python's or NumPy's; None for anything else."""
    if type(a) in NUMBERS:
        return a
    if isinstance(a, np.generic):
        return a.item()
    if isinstance(a, bool | int | float | complex):
        return next(t(a) for t in (bool, int, float, complex) if isinstance(a, t))
    return None


def static(a: Any) -> Any:
    """A hashable form of a static argument: lists become tuples, 0-d integer tensors numbers."""
    if isinstance(a, tuple | list) and not hasattr(a, "_fields"):
        return tuple(static(x) for x in a)
    if is_tensor(a):
        return a.item()
    if isinstance(a, np.generic):
        return a.item()
    return a


def _to_kernel(a: Any) -> Any:
    """A static argument as the kernels take it: NumPy dtypes for torch's."""
    return _dtype.to_numpy(a) if isinstance(a, _dtype.dtype) else a


def _params(kernel: Callable) -> list[Param]:
    hints = typing.get_type_hints(kernel)
    out = []
    for name, p in inspect.signature(kernel).parameters.items():
        hint = hints.get(name, Any)
        kind = _TENSOR.get(hint) or _NUMERIC.get(hint) or "static" if _hashable(hint) else "static"
        out.append(Param(name, kind, p.default, p.kind is p.KEYWORD_ONLY))  # type: ignore[arg-type]
    return out


def _hashable(x: Any) -> bool:
    try:
        hash(x)
    except TypeError:
        return False
    return True


_return_types: dict[str, type] = {}


def _return_type(spec: Any) -> Any:
    """A structured result type such as ``torch.return_types.max``."""
    if spec is None:
        return None
    name, fields = spec
    cls = _return_types.get(name)
    if cls is None:
        fields = fields.replace(",", " ").split() if isinstance(fields, str) else list(fields)
        base = collections.namedtuple(name, fields)

        def __repr__(self: Any) -> str:
            inner = ",\n".join(f"{f}={v!r}" for f, v in zip(self._fields, self, strict=True))
            return f"torch.return_types.{name}(\n{inner})"

        cls = type(name, (base,), {"__repr__": __repr__, "__module__": "torch.return_types", "__slots__": ()})
        _return_types[name] = cls
    return cls


# Generated functions ----------------------------------------------------------------------------------------------


def _generate(op: Op, form: str = "function") -> Callable:
    """The source of one spelling of an operator, compiled.

    Straight-line code for the common call; ``op.call_slow`` (or its kin) for everything else.

    Args:
      op: The operator.
      form: ``"function"``; ``"inplace"``; ``"dunder"`` and ``"reflected"`` take just two operands and return
        NotImplemented for what is none.
    """
    lines: list[str] = []
    scope: dict[str, Any] = {"op": op, "make": make, "ctx": ctx, "record": record, "record_many": record_many,
                             "attach": attach, "NUMBERS": NUMBERS, "get": op.entries.get}
    signature, call, keys, ins, tensors, rg = [], [], [], [], [], []
    binary = form in ("dunder", "reflected")
    starred = binary
    for i, p in enumerate(op.params):
        if binary and i > 1:
            keys.append("None" if p.kind != "static" else f"d{i}")
            scope[f"d{i}"] = p.default
            continue
        if p.keyword_only and not starred:
            signature.append("*")
            starred = True
        if p.default is EMPTY or binary:
            signature.append(p.name)
        else:
            scope[f"d{i}"] = p.default
            signature.append(f"{p.name}=d{i}")
        call.append(f"{p.name}={p.name}")
        _emit(p, i, lines, keys, ins, tensors, rg)
    if not starred and form == "function":
        signature.append("*")
    name = _identifier(op.name) + ("_" if form == "inplace" else "")
    simple = not op.host and op.varargs is None and op.check is None and not any(p.kind == "list" for p in op.params)
    given = ", ".join(call)
    if binary:
        head = f"def {name}({', '.join(signature if form == 'dunder' else signature[::-1])}):"
        fallback = f"return op.call_operator(({', '.join(signature)},), {signature[1 if form == 'dunder' else 0]})"
        test = None
    elif form == "inplace":
        head = f"def {name}({', '.join(signature)}, **extra):"
        fallback, test = f"return op.call_inplace((), dict({given}, **extra))", "not extra"
    else:
        head = f"def {name}({', '.join(signature)}, out=None, **extra):"
        fallback, test = f"return op.call_slow((), dict({given}, out=out, **extra))", "out is None and not extra"
    body = [head]
    if simple:
        body += [f"    if {test}:" if test else "    if True:", "        try:", *[f"            {s}" for s in lines],
                 f"            e = get(({', '.join(keys)},))", "        except (AttributeError, TypeError):",
                 f"            {fallback}", "        if e is not None:"]
        wanted = " or ".join(rg) or "False"
        recorded = f"record(e, {', '.join(ins)})"
        if form == "inplace":
            first = op.params[0].name
            body += [f"            if e.keeps and {first}._view is None and not {first}._inf and not (ctx.grad and e.diff and "
                     f"({wanted})):",
                     f"                {first}._write({recorded})", f"                return {first}"]
        else:
            if op.returns is None:
                body += ["            if e.single:", f"                t = make({recorded})", "                if ctx.grad:",
                         f"                    if e.diff and ({wanted}):",
                         f"                        attach(e, t, ({', '.join(tensors)},), ({', '.join(ins)},))",
                         "                elif ctx.inference:", "                    t._inf = True",
                         "                return t"]
            body += [f"            return op.wrap_many(e, ({', '.join(ins)},), ({', '.join(tensors)},))"]
    body.append(f"    {fallback}")
    if op.varargs is not None:
        inner = "call_inplace" if form == "inplace" else "call_slow"
        body = [f"def {name}(*args, **kwargs):", f"    return op.{inner}(args, kwargs)"]
    exec(compile("\n".join(body), f"<{op.name}>", "exec"), scope)  # noqa: S102 - our own template
    return _dress(scope[name], op, op.name + ("_" if form == "inplace" else ""))


def _identifier(name: str) -> str:
    return name.replace(".", "_")


def _emit(p: Param, i: int, lines: list, keys: list, ins: list, tensors: list, rg: list) -> None:
    n = p.name
    if p.kind == "static":
        keys.append(n)
        return
    if p.kind == "list":
        return
    if p.kind in ("tensor", "like"):
        if p.kind == "like":
            lines += [f"k{i} = {n}.__class__", f"if k{i} in NUMBERS:"]
            if p.default is not EMPTY:
                # a number left at its default is part of the operation
                lines += [f"    if {n} is d{i}: raise TypeError"]
            lines += [f"    v{i} = {n}; t{i} = None", "else:", f"    v{i} = {n}._v",
                      f"    if v{i} is None: v{i} = {n}._read()", f"    k{i} = v{i}.aval; t{i} = {n}"]
            rg.append(f"(t{i} is not None and t{i}._rg)")
            tensors.append(f"t{i}")
        else:
            lines += [f"v{i} = {n}._v", f"if v{i} is None: v{i} = {n}._read()", f"k{i} = v{i}.aval"]
            rg.append(f"{n}._rg")
            tensors.append(n)
        keys.append(f"k{i}")
        ins.append(f"v{i}")
        return
    # optional tensors and numbers: absent (None or the default) or present, so the inputs are a variable tuple
    default = f"{n} is None" if p.default is EMPTY or p.default is None else f"({n} is None or {n} is d{i})"
    lines += [f"if {default}:", f"    k{i} = None; s{i} = (); u{i} = ()"]
    if p.kind.startswith("number"):
        lines += ["else:", f"    k{i} = {n}.__class__", f"    if k{i} not in NUMBERS: raise TypeError",
                  f"    s{i} = ({n},); u{i} = (None,)"]
    elif p.kind == "tensor?":
        lines += ["else:", f"    v{i} = {n}._v", f"    if v{i} is None: v{i} = {n}._read()",
                  f"    k{i} = v{i}.aval; s{i} = (v{i},); u{i} = ({n},)"]
        rg.append(f"({n} is not None and {n}._rg)")
    else:
        lines += [f"elif {n}.__class__ in NUMBERS:", f"    k{i} = {n}.__class__; s{i} = ({n},); u{i} = (None,)",
                  "else:", f"    v{i} = {n}._v", f"    if v{i} is None: v{i} = {n}._read()",
                  f"    k{i} = v{i}.aval; s{i} = (v{i},); u{i} = ({n},)"]
        rg.append(f"(u{i} and u{i}[0] is not None and u{i}[0]._rg)")
    keys.append(f"k{i}")
    ins.append(f"*s{i}")
    tensors.append(f"*u{i}")


def _dress(fn: Callable, op: Op, name: str) -> Callable:
    """Give a derived function its name, documentation and signature."""
    fn.__name__ = name
    fn.__qualname__ = name
    fn.__doc__ = op.kernel.__doc__
    fn.__module__ = "torch"
    fn.__signature__ = inspect.signature(op.kernel)  # type: ignore[attr-defined]
    fn.op = op  # type: ignore[attr-defined]
    return fn


# The table --------------------------------------------------------------------------------------------------------

TABLE: dict[str, Op] = {}
ops = types.SimpleNamespace()
FUNCTIONS: dict[str, Callable] = {}
METHODS: dict[str, Callable] = {}
NAMESPACES: dict[str, dict[str, Callable]] = collections.defaultdict(dict)


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
      **row: See ``Op``: promote, node, saves, vjp, differentiable, nondiff, returns, host, check, check_params, varargs.

    Returns:
      The declared operator.

    Raises:
      ValueError: if a name is taken.
    """
    name = name or kernel.__name__
    row.pop("out", None)
    o = Op(kernel, name, **row)
    if name in TABLE:
        raise ValueError(f"operator {name!r} is declared twice")
    TABLE[name] = o
    setattr(ops, name, o.fn)
    names = [name, *aliases.split()]
    _publish(o.fn, names, method, function, nn, namespaces)
    unary = sum(p.default is EMPTY for p in o.params) == 1
    for d in dunder.split():
        _add(METHODS, d, o.fn if unary else _generate(o, "dunder"))
    for d in rdunder.split():
        # arithmetic that commutes need not make a tensor of the number on the left
        _add(METHODS, d, _generate(o, "dunder" if name in _COMMUTATIVE else "reflected"))
    if inplace:
        fn = _inplace_function(o)
        setattr(ops, name + "_", fn)
        for n in names:
            if method:
                _add(METHODS, n + "_", fn)
            if function:
                _add(FUNCTIONS, n + "_", fn)
        for d in dunder.split():
            if d in _INPLACE_DUNDERS:
                _add(METHODS, "__i" + d[2:], _inplace_dunder(fn))
    return o


_COMMUTATIVE = frozenset(("add", "mul", "bitwise_and", "bitwise_or", "bitwise_xor"))
_INPLACE_DUNDERS = {f"__{n}__" for n in "add sub mul truediv floordiv mod pow and or xor lshift rshift matmul".split()}


def _publish(fn: Callable, names: Sequence[str], method: bool, function: bool, nn: bool | str, namespaces: str) -> None:
    for n in names:
        if method:
            _add(METHODS, n, fn)
        if function:
            _add(FUNCTIONS, n, fn)
    if nn:
        _add(NAMESPACES["nn.functional"], names[0] if nn is True else nn, fn)
    for ns in namespaces.split():
        space, _, other = ns.partition(":")
        _add(NAMESPACES[space], other or names[0], fn)


def _operand(x: Any) -> bool:
    return x.__class__ in NUMBERS or is_tensor(x) or isinstance(x, np.generic | np.ndarray | bool | int | float | complex)


def tensor_from_number(x: Any, like: Any) -> Any:
    """A Python number as a 0-d tensor on the device of another."""
    dtype = {bool: np.dtype(bool), int: np.dtype(np.int64), complex: np.dtype(np.complex64)}.get(
        type(x), np.dtype(dtypes.default_dtype()))
    return make(_number_value(x, dtype, like._value().aval.device))


def _number_value(x: Any, dtype: np.dtype, device: Any) -> Value:
    return from_buffer(host_put(np.asarray(x, dtype), device), device)


def _inplace_dunder(fn: Callable) -> Callable:
    def dunder(self: Any, other: Any) -> Any:
        if not _operand(other):
            return NotImplemented
        return fn(self, other)

    return _renamed(dunder, fn)


def _renamed(new: Callable, old: Callable) -> Callable:
    new.__name__, new.__doc__ = old.__name__, old.__doc__
    new.op = old.op  # type: ignore[attr-defined]
    return new


def _inplace_function(o: Op) -> Callable:
    fn = _generate(o, "inplace")
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
        for m in names:
            if method:
                _add(METHODS, m + "_", inplace_fn)
            if function:
                _add(FUNCTIONS, m + "_", inplace_fn)
    return fn


def namespace(name: str) -> Mapping[str, Callable]:
    """The derived functions of a namespace such as ``nn.functional`` or ``linalg``."""
    return NAMESPACES[name]


def fused(kernel: Callable, lists: Mapping[str, Sequence[Any]], numbers: Mapping[str, Any], static: Mapping[str, Any],
          outputs: Sequence[str]) -> None:
    """Record one operation over lists of tensors, and write the named lists back in place.

    Args:
      kernel: ``kernel(*, <lists>, <numbers>, <static>)`` returning one list per name in ``outputs``.
      lists: Tensors by parameter name; None entries are passed on as None.
      numbers: Numbers by parameter name: inputs of the program.
      static: Other arguments by name: part of its identity.
      outputs: Names of the lists that the kernel returns anew, in its order.
    """
    ins: list[Any] = []
    key: list[Any] = [kernel]
    for name, tensors in lists.items():
        avals = []
        for t in tensors:
            if t is None:
                avals.append(None)
                continue
            v = t._v
            if v is None:
                v = t._read()
            ins.append(v)
            avals.append(v.aval)
        key.append((name, tuple(avals)))
    for name, x in numbers.items():
        ins.append(x if x.__class__ in NUMBERS else x._value())
        key.append((name, type(x) if x.__class__ in NUMBERS else x._value().aval))
    key.append(tuple(static.items()))
    key.append(tuple(outputs))
    k = tuple(key)
    e = _fused.get(k)
    if e is None:
        e = _fused[k] = _fused_entry(kernel, key, dict(static), outputs)
    results = iter(record_many(e, ins))
    for name in outputs:
        for t in lists[name]:
            if t is not None:
                t._write(next(results))


_fused: dict[tuple, Entry] = {}


def _fused_entry(kernel: Callable, key: list[Any], fixed: dict[str, Any], outputs: Sequence[str]) -> Entry:
    groups = [k for k in key[1:-2] if isinstance(k[1], tuple)]
    scalars = [k for k in key[1:-2] if not isinstance(k[1], tuple)]
    specs = [a for _, avals in groups for a in avals if a is not None] + [k for _, k in scalars]

    def raw(*arrays: Any) -> tuple:
        it = iter(arrays)
        kwargs: dict[str, Any] = {n: [None if a is None else next(it) for a in avals] for n, avals in groups}
        kwargs.update({n: next(it) for n, _ in scalars})
        out = kernel(**kwargs, **fixed)
        out = (out,) if len(outputs) == 1 and not isinstance(out, tuple) else out
        return tuple(x for xs in out for x in xs if x is not None)

    return Entry(kernel.__name__, raw, specs)
