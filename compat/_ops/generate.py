"""The functions of an operator, generated as source.

Recording costs about as much as one Python call, so the common case, tensors in their places, is straight-line code,
and everything else goes through ``Op.call_slow`` and its kin.
"""

from __future__ import annotations

import inspect
import itertools
import threading
import types
from collections.abc import Callable
from typing import Any

from compat._autograd.modes import _Anomaly
from compat._autograd.node import attach, save, save_results, sequence
from compat._engine.program import Pause, add_input, add_number, check, ctx, paused, slot_of
from compat._engine.value import Value
from compat._ops.examination import examine
from compat._ops.operator import Op
from compat._ops.parameters import EMPTY, Param
from compat._tensor.storage import Version
from compat._tensor.tensor import NUMBERS, Tensor


def _first_call(*args: Any, **kwargs: Any) -> Any:
    """What a derived function does until its own code is there."""
    return __build__(*args, **kwargs)  # type: ignore[name-defined] # noqa: F821 - in the function's own globals


def generate(op: Op, form: str = "function") -> Callable:
    """One spelling of an operator. Its code is made when it is first called: most never are.

    Args:
      op: The operator.
      form: See ``_write``.
    """
    name = op.name + ("_" if form in ("inplace", "idunder") else "")
    scope: dict[str, Any] = {}
    fn = types.FunctionType(_first_call.__code__, scope, name)

    def build(*args: Any, **kwargs: Any) -> Any:
        written = _write(op, form, scope)
        with _replacing:
            if fn.__code__ is _first_call.__code__:  # nobody was quicker
                fn.__defaults__, fn.__kwdefaults__ = written.__defaults__, written.__kwdefaults__
                fn.__code__ = written.__code__
        return fn(*args, **kwargs)

    scope["__build__"], scope["me"] = build, fn
    fn.form = form  # type: ignore[attr-defined]
    return _dress(fn, op, name)


_replacing = threading.Lock()
_detours = itertools.count()


def reroute(fn: Any, through: Callable) -> Callable:
    """Lead the calls of a function to another one, for everybody who holds it already.

    Code is replaced, in one step, and not the function: so what is never led anywhere costs nothing.

    Args:
      fn: A derived function, or one written in Python.
      through: What is called instead, with the same arguments.

    Returns:
      A function that does what ``fn`` did.
    """
    if hasattr(fn, "op"):
        plain: Any = generate(fn.op, fn.form)
    else:
        plain = types.FunctionType(fn.__code__, fn.__globals__, fn.__name__, fn.__defaults__, fn.__closure__)
        plain.__kwdefaults__ = fn.__kwdefaults__
    plain.__module__, plain.__qualname__ = fn.__module__, fn.__qualname__
    name = f"__detour_{next(_detours)}__"
    free = ", ".join(fn.__code__.co_freevars)  # a function's new code must have as many, used or not
    source = (f"def outer({free}):\n def detour(*args, **kwargs):\n  return {name}(*args, **kwargs)\n  {free}\n"
              " return detour")
    made: dict[str, Any] = {}
    exec(compile(source, f"<{fn.__name__}>", "exec"), made)  # noqa: S102 - our own template
    detour = made["outer"](*fn.__code__.co_freevars)
    fn.__signature__ = inspect.signature(fn)
    fn.__globals__[name] = through
    with _replacing:
        fn.__code__ = detour.__code__
    return plain


def _write(op: Op, form: str, scope: dict[str, Any]) -> Callable:
    """The source of one spelling of an operator, compiled in ``scope``.

    Straight-line code for the common call; ``op.call_slow`` (or its kin) for everything else.

    Args:
      op: The operator.
      form: ``"function"``; ``"inplace"``; ``"dunder"``, ``"reflected"`` and ``"idunder"`` (in place) take just two
        operands and return NotImplemented for what is none.
      scope: The function's globals.
    """
    lines: list[str] = []
    scope.update(op=op, examine=examine, object_new=object.__new__, Tensor=Tensor, ctx=ctx, Pause=Pause,
                 add_input=add_input, add_number=add_number, attach=attach, check=check, get=op.entries.get,
                 NUMBERS=NUMBERS, paused=paused,
                 slot_of=slot_of, Value=Value, Version=Version, anomaly=_Anomaly, sequence=sequence, save=save,
                 save_results=save_results)
    signature, call, keys, ins, tensors, rg, slots = [], [], [], [], [], [], []
    binary = form in ("dunder", "reflected", "idunder")
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
        own = i == (1 if form == "reflected" else 0) and form != "function"  # a method's self
        _emit(p, i, lines, keys, ins, tensors, rg, slots, own)
    if not starred and form == "function":
        signature.append("*")
    name = _identifier(op.name) + ("_" if form in ("inplace", "idunder") else "")
    looked = [i for i, p in enumerate(op.params) if p.name in (op.check_params or ("index",))] if op.check else []
    unseen = " or ".join(f"v{i}.safe is None or e not in v{i}.safe" for i in looked)  # whether the check would pass
    simple = (not op.host and op.varargs is None and not (op.picks and any(p.kind == "list" for p in op.params))
              and (op.check is None or (bool(looked) and all(op.params[i].kind == "tensor" for i in looked))))
    given = ", ".join(call)
    if binary:
        head = f"def {name}({', '.join(signature[::-1] if form == 'reflected' else signature)}):"
        method = "call_inplace_operator" if form == "idunder" else "call_operator"
        where = "" if form == "idunder" else ", me.__qualname__"
        fallback = f"return op.{method}(({', '.join(signature)},), {signature[0 if form == 'reflected' else 1]}{where})"
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
                 f"            e = {_found(op, keys, binary)}", "        except (AttributeError, TypeError):",
                 f"            {fallback}", "        if e is not None:"]
        if unseen:
            body.append(f"            if {unseen}: examine(op, ({', '.join(p.name for p in op.params)},), e)")
        wanted = " or ".join(rg) or "False"
        emitted = _emitted(slots, ins, 16)
        if form in ("inplace", "idunder"):
            first = op.params[0].name
            apart = _apart(op, first, binary)
            body += ["            s = ctx.now",
                     f"            if e.keeps and e.quick and {first}._view is None and not {first}._inf{apart} "
                     f"and not (s.grad and e.diff and ({wanted})):", *emitted,
                     f"                {first}._write(r)", f"                return {first}"]
        else:
            if op.returns is None:
                body += ["            if e.quick:", "                s = ctx.now", *emitted,
                         "                t = object_new(Tensor)", "                t._v = r",
                         "                if s.grad:",
                         f"                    if e.diff and ({wanted}):",
                         *_attached(rg, tensors, ins, 24),
                         "                elif s.inference:", "                    t._inf = True",
                         "                return t"]
            body += [f"            return op.wrap_many(e, ({', '.join(ins)},), ({', '.join(tensors)},))"]
    body.append(f"    {fallback}")
    if op.varargs is not None:
        inner = "call_inplace" if form == "inplace" else "call_slow"
        body = [f"def {name}(*args, **kwargs):", f"    return op.{inner}(args, kwargs)"]
    exec(compile("\n".join(body), f"<{op.name}>", "exec"), scope)  # noqa: S102 - our own template
    return scope[name]


def _apart(op: Op, first: str, binary: bool) -> str:
    """The condition that no operand shares the memory that is written to."""
    others = []
    for i, p in enumerate(op.params):
        if i and not (binary and i > 1):
            if p.kind in ("tensor", "like"):
                others.append(f"({f't{i} is None or ' if p.kind == 'like' else ''}{p.name}._st is not {first}._st)")
            elif p.kind != "static" and not p.kind.startswith("number"):
                others.append(f"not s{i}")
    return f" and ({first}._st is None or ({' and '.join(others)}))" if others else ""


def _emitted(slots: list[str], ins: list[str], indent: int) -> list[str]:
    """Record ``e`` in the program of the state ``s`` and call its result ``r``: ``program.emit``, in line."""
    lines = ["p = s.prog", "try:"]
    if any(slot.startswith("*") for slot in slots):
        lines += [f"    c = (e, {', '.join(slots)},)"]
        added = ["p.code += c"]
    else:  # appending is quicker than adding a tuple
        lines += [f"    c{i} = {slot}" for i, slot in enumerate(slots)]
        added = ["c = p.code", "c.append(e)", *[f"c.append(c{i})" for i in range(len(slots))]]
    lines += ["except Pause as why:", f"    r = paused(why, e, ({', '.join(ins)},))[0]", "else:",
              *["    " + line for line in added], "    r = Value()", "    r.aval = e.out",
              "    r.buf = r.num = r.safe = None", "    r.prog = p", "    n = p.n", "    r.slot = n << 2",
              "    p.vals.append(r)", "    p.n = n + 1", "    if n >= p.limit: check(p, e)"]
    return [" " * indent + line for line in lines]


def _found(op: Op, keys: list[str], binary: bool) -> str:
    """The entry of a call, by its shorter key where there is one."""
    full = f"get(({', '.join(keys)},))"
    if not op.shortens:
        return full
    varying = [k for k, p in zip(keys, op.params, strict=True) if p.kind != "static"]
    short = f"get({varying[0] if len(varying) == 1 else '(' + ', '.join(varying) + ')'})"
    fixed = [f"{p.name} is d{i}" for i, p in enumerate(op.params) if p.kind == "static" and not (binary and i > 1)]
    return f"{short} if {' and '.join(fixed)} else {full}" if fixed else short


def _attached(rg: list[str], tensors: list[str], ins: list[str], indent: int) -> list[str]:
    """Tie the result ``t`` to the graph: ``node.attach``, in line where every input is one operand."""
    given = f"({', '.join(tensors)},), ({', '.join(ins)},)"
    if any(t.startswith("*") for t in tensors):
        return [" " * indent + f"attach(e, t, {given})"]
    one = len(rg) == 1
    lines = [] if one else ["m = 0; links = []"]
    for i, (test, x) in enumerate(zip(rg, tensors, strict=True)):
        edge = f"{x} if {x}._node is None else ({x}._node, {x}._nr)"
        within = [f"if {x}._base is not None: {x}._refresh()",
                  f"m = 1; links = [{edge}]" if one else f"m |= {1 << i}; links.append({edge})"]
        lines += within if one else [f"if {test}:", *["    " + line for line in within]]
    lines += ["v = e.vjps.get(m)", f"if v is None or anomaly.enabled: attach(e, t, {given})", "else:",
              # what is at its default is stored, too: it is soon read, and sooner there than on the class
              "    g = v.node()", "    g.entry = e", "    g.sequence = next(sequence)",
              "    g.links = links", "    g.vjp = v", "    g.plain = True", "    g.freed = False",
              "    g.saved = (); g.versions = g.results = None",
              f"    if v.saved: save(g, v.saved, {given}, s.saved_hooks)",
              "    t._node = g; t._nr = 0; t._rg = True; t._base = None",
              "    if v.saves_result:",
              "        if s.saved_hooks: save_results(g, (t,))",
              "        else:",
              "            t._ver = w = Version(); w.n = 0",
              "            g.results = ((r, w, 0),)"]
    return [" " * indent + line for line in lines]


def without_example(doc: str | None) -> str | None:
    """A kernel's documentation without its example, which calls the kernel."""
    if doc is None:
        return None
    kept, inside = [], False
    for line in doc.splitlines():
        if line.strip() == "Example:":
            inside = True
        elif inside and line.strip().rstrip(":") in ("Args", "Raises", "References", "Returns", "Source"):
            inside = False
        if not inside:
            kept.append(line)
    return "\n".join(kept).rstrip()


def _identifier(name: str) -> str:
    return name.replace(".", "_")


def _emit(p: Param, i: int, lines: list, keys: list, ins: list, tensors: list, rg: list, slots: list,
          own: bool) -> None:
    n = p.name
    slot = f"(v{i}.slot if v{i}.prog is p else add_input(p, v{i}))"
    if p.kind == "static":
        keys.append(n)
        return
    if p.kind == "list":
        lines += [f"if {n}.__class__ is not list and {n}.__class__ is not tuple: raise TypeError",
                  f"s{i} = [x._v if x._v is not None else x._read() for x in {n}]",
                  f"k{i} = tuple([v.aval for v in s{i}])"]
        keys.append(f"k{i}")
        ins.append(f"*s{i}")
        tensors.append(f"*{n}")
        rg.append(f"any([x._rg for x in {n}])")
        slots.append(f"*[v.slot if v.prog is p else add_input(p, v) for v in s{i}]")
        return
    if p.kind in ("tensor", "like"):
        if p.kind == "like" and not own:
            lines += [f"k{i} = {n}.__class__", f"if k{i} in NUMBERS:"]
            if p.default is not EMPTY:
                # a number left at its default is part of the operation
                lines += [f"    if {n} is d{i}: raise TypeError"]
            lines += [f"    v{i} = {n}; t{i} = None", "else:", f"    v{i} = {n}._v",
                      f"    if v{i} is None: v{i} = {n}._read()", f"    k{i} = v{i}.aval; t{i} = {n}"]
            rg.append(f"(t{i} is not None and t{i}._rg)")
            tensors.append(f"t{i}")
            slot = f"(add_number(p, v{i}) if t{i} is None else {slot[1:]}"
        else:
            lines += [f"v{i} = {n}._v", f"if v{i} is None: v{i} = {n}._read()", f"k{i} = v{i}.aval"]
            rg.append(f"{n}._rg")
            tensors.append(n)
        keys.append(f"k{i}")
        ins.append(f"v{i}")
        slots.append(slot)
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
    if p.kind.startswith("number"):
        slots.append(f"*((add_number(p, {n}),) if s{i} else ())")
    elif p.kind == "tensor?":
        slots.append(f"*({slot[:-1]},) if s{i} else ())")
    else:
        slots.append(f"*((slot_of(p, s{i}[0]),) if s{i} else ())")


def _dress(fn: Callable, op: Op, name: str) -> Callable:
    """Give a derived function its name, documentation and signature."""
    fn.__name__ = name
    fn.__qualname__ = name
    fn.__doc__ = without_example(op.kernel.__doc__)
    fn.__signature__ = inspect.signature(op.kernel)  # type: ignore[attr-defined]
    fn.op = op  # type: ignore[attr-defined]
    return fn
