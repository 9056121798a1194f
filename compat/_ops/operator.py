"""An operator: from a call to the entry that the engine records.

``Op`` reads the kernel's signature: which parameters are tensors, which are numbers that may change, which are static
(see ``funcgrad.typing``). A call is bound to the parameters and brought into canonical form; the form's key finds the
entry, which is made, and its shapes and dtypes checked, on first use. What is here is the complete path, slow where it
has to be; ``compat._ops.generate`` writes a straight-line function for the common call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from compat._autograd.node import attach, attach_many, default_node_name, node_class
from compat._engine.entry import Entry, struct
from compat._engine.program import ctx, host_put, record, record_many
from compat._engine.value import CPU, Aval, from_buffer
from compat._ops.examination import Picked, examine
from compat._ops.overloads import invalid_combination
from compat._ops.parameters import (
    EMPTY,
    Param,
    is_operand,
    parameters_of,
    python_number,
    replaced,
    return_type,
    same_device,
    static,
    to_kernel,
)
from compat._tensor.inplace import assign_out, finish_inplace, start_inplace
from compat._tensor.sparse import call_sparse, is_sparse
from compat._tensor.tensor import NUMBERS, is_tensor, make, tensor_from_host
from funcgrad import dtypes

NO_SCALAR_EDGE = {"pow", "clamp", "clamp_min", "clamp_max", "masked_fill", "fmod", "remainder", "float_power", "fill",
                  "lerp", "threshold", "hardtanh", "maximum", "minimum"}
_NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x2": "other", "self": "input"}


class Op:
    """A declared operator."""

    def __init__(self, kernel: Callable, name: str, **row: Any) -> None:
        """Read the kernel's signature and keep the row."""
        self.kernel, self.name = kernel, name
        self.params = tuple(parameters_of(kernel))
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
        self.returns = return_type(row.pop("returns", None))
        self.varargs = row.pop("varargs", None)
        self.picks = row.pop("picks", False)
        self.operator: Callable | None = row.pop("operator", None)  # what a dunder is for operands without an entry
        self.signatures: Sequence[str] | None = row.pop("signatures", None)
        self.row = row
        self.entries: dict[Any, Entry] = {}
        self.varying = [i for i, p in enumerate(self.params) if p.kind != "static"]
        fixed = [p for p in self.params if p.kind == "static"]
        self.shortens = bool(self.varying) and (bool(fixed) or len(self.varying) == 1) and all(
            p.default is not EMPTY for p in fixed)
        fields = self.returns._fields if self.returns else ()
        self.nondiff = frozenset(fields.index(n) if n in fields else int(n) for n in self.nondiff_names)
        self.fn: Callable  # set by compat._ops.declare

    # The slow path ------------------------------------------------------------------------------------------------

    def bind(self, args: tuple, kwargs: dict) -> tuple[Any, list[Any]]:
        """(out, arguments in parameter order), checked and brought into canonical form."""
        out = kwargs.pop("out", None)
        given = self._match(args, kwargs)
        if self.signatures is not None:
            self._need_tensor(given)
        return out, [self._canonical(p, a, i) for i, (p, a) in enumerate(zip(self.params, given, strict=True))]

    def _need_tensor(self, given: Sequence[Any]) -> None:
        """Refuse numbers in the place of tensors as PyTorch does where a function has several signatures."""
        operands = given[:2]
        must = operands if self.params[0].kind == "like" else operands[:1]  # of these at least one is a tensor
        if all(python_number(a) is not None for a in must):
            raise invalid_combination(self.name.removeprefix("_"), operands, self.signatures)

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
            own = k in self.by_name
            k = k if own else _NUMPY_NAMES.get(k, k)
            if k not in self.by_name:
                raise TypeError(f"{self.name}() got an unexpected keyword argument '{k}'")
            # the generated function passes defaults along: another name for the parameter replaces one
            if k in given and (own or given[k] is not self.by_name[k].default):
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
                raise TypeError(f"{self.name}(): argument '{p.name}' (position {position + 1}) must be tuple of "
                                f"Tensors, not {type(a).__name__}")
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
            n = python_number(a)
            if n is not None:
                return n
        elif is_tensor(a):
            return a
        elif kind.startswith("like"):
            n = python_number(a)
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
                key.append(a.__class__)
        k = tuple(key)
        e = self.entries.get(k)
        if e is None:
            moved = same_device(tensors)
            if moved is not None:
                it = iter(moved)
                return self.lower([replaced(p, a, it) for p, a in zip(self.params, values, strict=True)])
            e = self.intern(k)
        if self.check is not None:
            examine(self, values, e)
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
                plan.append((p, to_kernel(k)))
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
        e = self.entries.setdefault(key, e)
        if self.shortens and all(k is p.default for p, k in zip(self.params, key, strict=True) if p.kind == "static"):
            # what varies is a key too, and found sooner; one input is its own
            short = [key[i] for i in self.varying]
            self.entries[tuple(short) if len(short) > 1 else short[0]] = e
        return e

    def _casts(self, specs: list[Any], plan: list[tuple[Param, Any]]) -> dict[int, np.dtype]:
        """Python numbers among the promoting parameters arrive in the common dtype."""
        at = {p.name: i[0] for p, i in plan if p.kind in ("tensor", "like", "tensor?", "like?") and type(i) is tuple}
        names = [n for n in self.promote if n in at]
        if all(type(specs[at[n]]) is Aval for n in names):
            return {}
        examples = [struct(specs[at[n]]) if type(specs[at[n]]) is Aval else specs[at[n]](1) for n in names]
        with jax.enable_x64(True):
            common = dtypes.result_type(*examples)
        if self.row.get("opmath") and any(type(specs[at[n]]) is Aval and specs[at[n]].ndim for n in names):
            common = dtypes.opmath(common)  # the kernel rounds to half precision itself
        as_given = {bool} if self.row.get("bools") else set()  # whether the kernel asks for True and False as such
        return {at[n]: common for n in names if type(specs[at[n]]) is not Aval and specs[at[n]] not in as_given}

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
                if (type(e.ins[i]) is Aval and e.ins[i].inexact) or (p.name in self.promote and self.row.get(
                        "scalar_edge", True) is not False and p.kind == "like" and self.name not in NO_SCALAR_EDGE):
                    edges.append(i)
        for p, at in plan:
            if p.kind != "list":
                shown = "self" if p.name == "input" else p.name
                e.names[f"_saved_{shown}"] = [at[0]] if p.kind != "static" and type(at) is tuple else at
        constant = self.row.get("constant")  # whether PyTorch's derivative is undefined, which reads as None
        e.edges = () if constant is not None and constant(arguments) else tuple(edges)
        e.diff = self.differentiable and any(a.inexact for a in e.outs)
        name = self.node_name
        if callable(name):
            name = name(arguments)
        e.node = node_class(name or default_node_name(self.name))
        e.unfold = self.row.get("unfold")
        if self.vjp is not None:
            e.explicit = self._rule(plan, where)

    def _rule(self, plan: list[tuple[Param, Any]], where: dict[str, int]) -> tuple:
        """The row's vjp, brought to (cotangents, results, chosen inputs) -> {position: cotangent}."""
        names = list(inspect.signature(self.vjp).parameters)[2:]
        uses = [where[n] for n in names if n in where]
        fixed = {p.name: at for p, at in plan if p.name in names and p.name not in where}
        tensors = [where[p.name] for p, _ in plan if p.name in where
                   and p.kind in ("tensor", "tensor?", "like", "like?")]
        vjp = self.vjp

        def rule(cotangents: tuple, results: tuple, chosen: Mapping[int, Any]) -> dict[int, Any]:
            g = cotangents[0] if len(cotangents) == 1 else cotangents
            r = None if not results else results[0] if len(results) == 1 else results
            got = vjp(g, r, **{n: chosen[where[n]] for n in names if n in where}, **fixed)
            return dict(zip(tensors, got if isinstance(got, tuple | list) else (got,), strict=False))

        return rule, uses, self.saves in ("result", "both")

    def call_slow(self, args: tuple, kwargs: dict) -> Any:
        """Any call that the generated function does not handle by itself."""
        out, values = self.bind(args, kwargs)
        if any(map(is_sparse, values)):
            return call_sparse(self.name, values)
        if self.host:
            return self._call_host(values, out)
        e, ins, tensors = self.lower(values)
        if out is not None:
            return assign_out(self.name, out, record_many(e, ins), e, tensors, self.returns)
        if e.single and self.returns is None:
            t = make(record(e, *ins))
            if self.picks and not e.outs[0].inexact:
                t._v.safe = Picked(values[0])
            if ctx.inference:
                t._inf = True
            if ctx.grad and e.diff and any(x is not None and x._rg for x in tensors):
                attach(e, t, tensors, ins)
            return t
        return self.wrap_many(e, ins, tensors)

    def call_operator(self, operands: tuple, other: Any, spelling: str) -> Any:
        """A dunder's slow path: NotImplemented for what is no operand."""
        _check_self(operands, other, spelling)
        if self.operator is not None:
            return self.operator(*operands)
        if not is_operand(other):
            return NotImplemented
        first, second = operands
        if first.__class__ in NUMBERS and self.params[0].kind == "tensor":
            first = tensor_from_number(first, second)
        return self.call_slow((first, second), {})

    def call_inplace_operator(self, operands: tuple, other: Any) -> Any:
        """An in-place dunder's slow path."""
        return self.call_inplace(operands, {}) if is_operand(other) else NotImplemented

    def wrap_many(self, e: Entry, ins: Sequence[Any], tensors: Sequence[Any]) -> Any:
        """Record an operation, whatever its results, and wrap them."""
        outs = [make(v) for v in record_many(e, ins)]
        if ctx.inference:
            for t in outs:
                t._inf = True
        if ctx.grad and e.diff and any(x is not None and x._rg for x in tensors):
            attach_many(e, outs, tensors, ins, self.nondiff)
        if self.returns is not None:
            return self.returns(*outs)
        return outs[0] if e.single else tuple(outs)

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
                given[p.name] = to_kernel(a)
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
        if any(map(is_sparse, values)):
            return call_sparse(self.name + "_", values)
        start_inplace(target)
        e, ins, tensors = self.lower(values)
        return finish_inplace(self.name, target, record_many(e, ins)[0], e, tensors, ins)


def _check_self(operands: tuple, other: Any, spelling: str) -> None:
    """Refuse ``Tensor.__add__(2, t)``: a method's first argument is a tensor."""
    own = operands[1] if other is operands[0] else operands[0]
    if not is_tensor(own):
        name = spelling.rpartition(".")[2]
        raise TypeError(f"descriptor '{name}' for 'torch._C.TensorBase' objects doesn't apply to "
                        f"a '{type(own).__name__}' object")


def tensor_from_number(x: Any, like: Any) -> Any:
    """A Python number as a 0-d tensor on the device of another."""
    dtype = {bool: np.dtype(bool), int: np.dtype(np.int64), complex: np.dtype(np.complex64)}.get(
        type(x), np.dtype(dtypes.default_dtype()))
    device = like._value().aval.device
    return make(from_buffer(host_put(np.asarray(x, dtype), device), device))
