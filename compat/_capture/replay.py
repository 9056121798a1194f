"""A captured step as a call: arrays of tensors in, one XLA program, new arrays bound to the same tensors.

This runs at every step, so it is written for speed: a check compares identities in C, and as long as nobody but the
tensors themselves holds a value (reference counts tell), the new array takes the old one's place in it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from operator import attrgetter, is_
from sys import getrefcount
from typing import Any

from compat._capture import guards
from compat._capture.plan import Plan
from compat._capture.quick import MISS, Writer, modes, new_tensor
from compat._capture.record import Recording
from compat._capture.results import put_together
from compat._capture.slots import Slot, apart
from compat._engine import metrics
from compat._engine.bundle import Bundle, array_of
from compat._engine.compile import call_program
from compat._engine.inline import quickest
from compat._engine.packed import Packed, packed
from compat._engine.program import concrete
from compat._engine.value import Aval, Value, from_buffer
from compat._tensor.tensor import Tensor

_new = object.__new__
_v, _st, _value, _host, _grad, _rg, _buf = map(attrgetter, ("_v", "_st", "_value", "host", "_grad", "_rg", "buf"))
_floor = list(map(getrefcount, [object()]))[0]  # references that the list and the call themselves hold


MANY = 16  # values from which on it is quicker to ask for all at once
_MAPPED = list(map(getrefcount, [object()]))[0]  # references that a list and asking for all in it hold
_HELD = 3  # references to a buffer that its value, a list of buffers and the question hold


class _Last:
    """The replay that was called last. Only it holds on to values, lest others keep memory that nobody needs."""

    replay: Callable[[], Replay | None] = staticmethod(lambda: None)  # a weak reference: it dies with its step


class Replay:
    """A captured step."""

    def __init__(self, r: Recording) -> None:
        """Build the program of a recording, and run it for the first time."""
        self._names, self._modules, self._optimizers, self._modes = r.names, r.modules, r.optimizers, r.modes
        self._keys = list(r.draws)
        self._deferred = [d.call for d in r.deferred]
        self._found = r.found
        self.numbers = r.numbers
        self._plan = plan = Plan(r)
        self._read_grads_of = [t for t, _ in r.journal.grads.values()]
        self._read_grads = [g for _, g in r.journal.grads.values()]
        before = [b.tensor for b in r.journal.tensors.values() if id(b.tensor) not in r.given]
        inner = {id(x) for o in r.optimizers for x in o.holds()} | {id(b._grad) for b in before}
        self._flags_of = [t for t in before if id(t) not in inner and t._aval.inexact]  # where it makes a difference
        self._flags = list(map(_rg, self._flags_of))
        self._ids = {*map(id, before), *(id(st) for s in plan.slots for st in s.storages)}
        swapped = {id(t) for s in plan.slots for t in s.swapped}
        self._housed = [t for t in before if t._st is not None and id(t) not in swapped]
        self._houses = list(map(_st, self._housed))
        self._cleared, self._placed = r.cleared, r.placed
        self._bumps = [(ver, sum(x is ver for x in r.bumps)) for ver in {id(x): x for x in r.bumps}.values()]
        self._grad_of = [t for t, _ in r.grads]
        none = {id(t) for t, g in r.journal.grads.values() if g is None}
        self._blank = {i for i, t in enumerate(self._grad_of) if id(t) in none}  # where the step finds none, it says
        self._templates = [{k: x for k, x in g.__dict__.items() if k not in ("_v", "_st", "_view", "_base", "_ver")}
                           for _, g in r.grads]
        self._grad_avals = [g._v.aval for _, g in r.grads]
        self._grad_versions = [None if g._ver is None else g._ver.n for _, g in r.grads]
        only = plan.form is None and plan.returns[0][0] == "new"
        self._alone: dict[str, Any] | None = plan.returns[0][1][1] if only else None  # the one result, if it is new
        self._pack = Packed([self._grad_avals[i] for i in plan.packed]) if plan.packed else None
        self._pool = Packed([s.aval for s in plan.slots[-plan.pooled:]]) if plan.pooled else None
        self._call: Any = None
        self._calls = 0
        self._quick: Callable[..., Any] | None = None
        self._begin(r)

    def _begin(self, r: Recording) -> None:
        """Run the step that was recorded."""
        plan = self._plan
        buffers = [array_of(plan.slots[k].first) for k in plan.reads]
        flat = [packed(array_of(s.first) for s in plan.slots[-plan.pooled:])] if plan.pooled else []
        arguments = [array_of(r.arguments[i][0]) for i in plan.takes]
        self._values = [s.last for s in plan.slots]
        self._grads = [g for _, g in r.grads]
        self._grad_values = [g._v for g in self._grads]
        for s in plan.slots:
            s.first = s.last = None
        self._first_found, recorded = r.found_grads, r.program.n
        r.forget()
        _own(buffers, plan.donated, _HELD - 1)  # of the values nothing is left
        outs = self._execute(*plan.numbers, *flat, *buffers, *arguments, *plan.constants)
        metrics.calls += 1
        metrics.cuts["captured step"] += 1
        metrics.recorded += recorded
        for v, k in zip(self._values, plan.picks, strict=False):
            v.buf = outs[k]
        for i, k in plan.grads_at:
            self._grad_values[i].buf = outs[k]
        if self._pack is not None:
            self._pack_values()
            self._pack.flat = outs[plan.pack_at]
        for s, buf in plan.settled:
            self._values[plan.slots.index(s)].buf = buf
        if self._pool is not None:
            self._pool.flat, self._pool.values = outs[plan.pool_at], self._values[-plan.pooled:]
            self._pool.renew()
        self._outs: Any = outs
        self._fill()

    def _execute(self, *args: Any) -> list[Any]:
        """Call the program; from the second or third time on the calls go to it directly."""
        plan = self._plan
        outs = call_program(plan.program, list(args), plan.source, "captured step")
        metrics.calls -= 1  # it counts, and so does who calls this
        self._calls += 1
        if self._calls > 2 and plan.program.compiled is None and plan.program.jitted is None:
            self._call = quickest(plan.program.call)
            if self._quick is not None:
                self._writer.names["execute"] = self._call
        return outs

    # Calls ----------------------------------------------------------------------------------------------------------

    def __call__(self, arguments: Sequence[Tensor], given: Sequence[float] = ()) -> Any:
        """Run the step, if it holds for these arguments and the state of everything else; else return ``MISS``.

        Args:
          arguments: The tensors.
          given: The numbers among the arguments that may be others than those captured.
        """
        if given:
            values = self.numbers.follow(given)
            if values is None:
                return MISS
            self._plan.given, self._plan.stale = values, True
        if _Last.replay() is self and self._quick is not None:
            result = self._quick(*arguments)
            if result is not MISS:
                return result
        if not (self._check() and self._fits(arguments)):  # the first may find that an argument is a view of a tensor
            return MISS
        last = _Last.replay()
        if last is not self:
            if last is not None:
                last._release()
            _Last.replay = weakref.ref(self)
        self._prepare()
        return self._quick(*arguments)  # type: ignore[misc]

    def first_result(self, arguments: Sequence[Tensor]) -> Any:
        """What the recorded step returned, and what it did to its arguments."""
        outs, self._outs = self._outs, None
        self._write_arguments(outs, [*arguments, *self._first_found])
        self._first_found = []
        return self._result(outs, arguments)

    def _write_arguments(self, outs: list[Any], arguments: Sequence[Tensor]) -> None:
        for i, k in self._plan.writes:
            arguments[i]._write(from_buffer(outs[k], arguments[i].device))

    def _result(self, outs: list[Any], arguments: Sequence[Tensor]) -> Any:
        plan = self._plan
        fresh = plan.fresh(outs)
        leaves = []
        for kind, x in plan.returns:
            if kind == "same":
                leaves.append(x)
            elif kind == "argument":
                leaves.append(arguments[x])
            elif kind == "gradient":
                leaves.append(self._grads[x])
            elif kind == "number":
                leaves.append(plan.turns.told[x])
            elif kind == "given":
                leaves.append(plan.given[x])
            elif kind == "alias":
                t = _new(Tensor)
                t.__dict__.update(x)
                leaves.append(t)
            else:
                leaves.append(_tensor(*fresh[x[0]], x[1]))
        return put_together(plan.form, iter(leaves))

    def _write_quick(self) -> None:
        """Write the code of the usual call."""
        plan, w = self._plan, Writer()
        arguments = [f"a{i}" for i in range(len(plan.avals))]
        parameters = ", ".join(arguments[:len(arguments) - len(self._found)])
        modes(w, self._modes)
        for a, t in zip(arguments[len(arguments) - len(self._found):], self._found, strict=True):
            w.lines += [f"{a} = {w.name('t', t)}._grad", f"if {a} is None: return MISS"]
        self._write_arguments_test(w, arguments)
        if self._names.cells:
            tests = [f"{w.name('cell', c)}.cell_contents is not {w.name('content', x)}" for c, x in self._names.cells]
            w.lines += ["try:", f" if {' or '.join(tests)}: return MISS", "except ValueError: return MISS"]
        if self._names.others:
            w.miss_if([f"not {w.name('names', self._names)}.same()"])
        w.miss_if([f"changes.count != {w.name('modules', self._modules)}.count",
                   *(f"not {w.name('key', key)}.fresh()" for key in self._keys),
                   *(f"{w.name('t', t)}._rg is not {x}" for t, x in zip(self._flags_of, self._flags, strict=True)),
                   *(f"{w.name('t', t)}._grad is not {w.name('g', g)}" for t, g in zip(
                       self._read_grads_of, self._read_grads, strict=True)),
                   *(f"{w.name('t', t)}._st is not {w.name('st', st)}" for t, st in zip(
                       self._housed, self._houses, strict=True))])
        for options in (w.name("options", o) for o in self._optimizers):
            w.lines += [f"if not {options}.same():", f" if not {options}.follow(): return MISS", " P.stale = True"]
        many = plan.changed > MANY
        for k, s in enumerate(plan.slots):
            tests = [f"{w.name('t', t)}._v is not V{k}" for t in s.tensors]
            for st in s.storages:
                n = w.name("st", st)
                tests += [f"{n}._value is not V{k}", f"{n}.host is not None"]
            tests += [f"{w.name('t', t)}._st is not D{k}" for t in s.swapped]
            if k < plan.changed and not many:
                # a value that changes is named here, in the list of values, and by each of its holders
                tests.append(f"getrefcount(V{k}) != {s.holders() + 3}")
            w.miss_if(tests)
        if many:  # one list more, and no variable's own
            w.lines.append("if list(map(getrefcount, VL)) != VR: return MISS")
        several = len(self._grad_of) > MANY and not self._blank
        for i, t in enumerate(self._grad_of):
            found_none = i in self._blank
            w.miss_if([*([] if found_none else [f"{w.name('t', t)}._grad is not G{i}"]), f"G{i}._v is not H{i}",
                       *([] if several else [f"getrefcount(G{i}) != {4 - found_none}",
                                             f"getrefcount(H{i}) != {4 + (i in plan.packed)}"])])
        if several:
            w.names["GR"] = [3 + _MAPPED] * len(self._grad_of)
            w.names["HR"] = [3 + _MAPPED + (i in plan.packed) for i in range(len(self._grad_of))]
            w.lines.append("if list(map(getrefcount, GL)) != GR or list(map(getrefcount, HL)) != HR: return MISS")
        given = ["P.numbers[0]", "P.numbers[1]"][:len(plan.numbers)]
        if plan.pooled:
            given.append("Q.flat")
            w.lines.append("if list(map(getrefcount, Q.values)) != QR: return MISS")
            w.names["QR"] = [3 + _MAPPED] * plan.pooled  # the tensor, the list of values, and a name here
        w.lines.append(f"if {'P.stale' if not plan.always else 'True'} and not P.refresh(): return MISS")
        if many:
            w.lines += [f"b = [{', '.join(f'V{at}.buf' for at in plan.reads[:plan.donated])}]",
                        f"if b and max(map(getrefcount, b)) > {_HELD}: own(b)"]
            given.append("*b")
        for k, at in enumerate(plan.reads):
            if k >= plan.donated:
                given.append(f"V{at}.buf")
            elif not many:
                w.lines += [f"b{k} = V{at}.buf", f"if getrefcount(b{k}) > {_HELD}: b{k} = b{k}.copy()"]
                given.append(f"b{k}")
        for i in plan.takes:
            given.append(f"c{i}")
        given += [w.name("c", c) for c in plan.constants]
        # somebody who watches what runs, such as a profiler, is told of it
        w.lines += ["run = execute if s.watch is None else watched", f"o = run({', '.join(given)})",
                    "metrics.calls += 1"]
        w.names.update(watched=self._execute, own=_own)
        w.lines += [f"V{k}.buf = o[{at}]" for k, at in enumerate(plan.picks)]
        if plan.pooled:
            w.lines += [f"Q.flat = o[{plan.pool_at}]", "if Q.read: Q.renew()"]
        w.lines += [f"H{i}.buf = o[{at}]" for i, at in plan.grads_at]
        if self._pack is not None:
            w.lines += [f"K.flat = o[{plan.pack_at}]", "if K.read: K.renew()"]
        for s, buf in plan.settled:
            w.lines.append(f"if V{plan.slots.index(s)}.buf is not {w.name('c', buf)}: "
                           f"{w.name('settle', self._settle)}({w.name('s', s)}, {w.name('c', buf)})")
        w.lines += [f"{w.name('ver', ver)}.n += {n}" for ver, n in self._bumps]
        w.lines += [f"{w.name('t', t)}._grad = None" for t in self._cleared]
        w.lines += [f"{w.name('t', t)}._grad = {w.name('g', g)}" for t, g in self._placed]
        w.lines += [f"{w.name('t', self._grad_of[i])}._grad = G{i}" for i in sorted(self._blank)]
        given = f"({''.join(a + ', ' for a in arguments)})"
        if plan.writes:
            w.lines.append(f"{w.name('write', self._write_arguments)}(o, {given})")
        w.lines += [f"{w.name('step', call)}()" for call in self._deferred]
        if self._alone is not None:
            (at, aval), = plan.fresh_at
            new_tensor(w, f"o[{at}]", aval, self._alone)
            w.lines.append("return t")
        else:
            w.lines.append(f"return {w.name('result', self._result)}(o, {given})")
        w.names["execute"] = self._call or self._execute
        self._writer, self._quick = w, w.function(parameters)

    def _write_arguments_test(self, w: Writer, arguments: list[str]) -> None:
        plan = self._plan
        for i, a in enumerate(arguments):
            ids = w.name("ids", self._ids)
            w.lines += [f"v = {a}._v", "if v is None:", f" if id({a}._st) in {ids}: return MISS", f" v = {a}._read()"]
            w.miss_if([f"v.aval is not {w.name('aval', plan.avals[i])}", f"{a}._rg", f"id({a}) in {ids}"])
            if i in plan.takes:
                w.lines += [f"c{i} = v.buf", f"if c{i} is None or c{i}.__class__ is {w.name('bundle', Bundle)}: "
                            f"c{i} = {w.name('concrete', concrete)}(v)"]
        if plan.writes:
            w.miss_if([f"not {w.name('apart', apart)}(({''.join(a + ', ' for a in arguments)}))"])

    # What the usual call relies on ------------------------------------------------------------------------------------

    def loose(self) -> bool:
        """Whether it only does not hold because gradients that it starts from are other tensors now."""
        return any(t._grad is not g and t._grad is not None and g is not None
                   for t, g in zip(self._read_grads_of, self._read_grads, strict=True))

    def _fits(self, arguments: Sequence[Tensor]) -> bool:
        for t, a in zip([*arguments, *(t._grad for t in self._found)], self._plan.avals, strict=True):
            if t is None or t._aval is not a or t._rg or id(t) in self._ids or id(t._st) in self._ids:
                return False
        return not self._plan.writes or apart([*arguments, *(t._grad for t in self._found)])

    def _check(self) -> bool:
        """Whether the step holds for the state of everything but its arguments; brings what may differ up to date."""
        if (self._modes != guards.modes() or list(map(_rg, self._flags_of)) != self._flags or not self._names.same()
                or not self._modules.same() or not all(map(is_, map(_grad, self._read_grads_of), self._read_grads))
                or not all(map(is_, map(_st, self._housed), self._houses))):
            return False
        self._plan.stale = True
        if not all(o.same() or o.follow() for o in self._optimizers):
            return False
        for key in self._keys:
            key.begin()
        return self._reread()

    def _prepare(self) -> None:
        """Bring all to the state that the usual call relies on."""
        for k, s in enumerate(self._plan.slots[:self._plan.changed]):
            v = self._values[k]
            if s.swapped or getrefcount(v) > s.holders() + 3:  # the holders, the list, here, and the question
                # somebody else holds it: the tensors get a value of their own
                self._values[k] = from_buffer(array_of(v), s.aval.device)
                s.hold(self._values[k])
            del v
        if self._pool is not None:
            self._fill_pool()
        self._own_grads()
        self._fill()

    def _fill_pool(self) -> None:
        """Gather small tensors of optimizers' states, wherever their elements are now, in one array."""
        slots = self._plan.slots[-self._plan.pooled:]
        pool = self._pool = self._pool.successor()  # type: ignore[union-attr]
        pool.flat = packed(concrete(v) for v in self._values[-len(slots):])
        pool.values = [_empty(s.aval) for s in slots]
        for s, v in zip(slots, pool.values, strict=True):
            s.hold(v)
        self._values[-len(slots):] = pool.values
        pool.renew()

    def _reread(self) -> bool:
        """Look up the values that tensors have; False if one has another shape or dtype."""
        for s in self._plan.slots:
            if any(st.host is not None and st.shared() is not None for st in s.storages):
                return False
            for t in [t for t in s.tensors if t._v is None]:
                self._house(s, t)
            held = [*map(_v, s.tensors), *map(_value, s.storages), *map(_house_value, s.swapped)]
            v = held[0]
            if v is None or v.aval is not s.aval or any(x is not v for x in held):
                return False
            if v.buf is None or v.buf.__class__ is Bundle:
                buf = concrete(v)
                if v.num is not None:
                    s.hold(from_buffer(buf, v.aval.device))
                else:
                    v.buf = buf
        self._values = [_held(s) for s in self._plan.slots]
        return True

    def _house(self, s: Slot, t: Tensor) -> None:
        """A tensor's value moved into a storage, because something shares it since."""
        st = t._st
        if st is not None and t._view is None:
            s.tensors = [x for x in s.tensors if x is not t]
            if not any(x is st for x in s.storages):
                s.storages.append(st)
            self._housed.append(t)
            self._houses.append(st)
            self._ids.add(id(st))
            if self._quick is not None:  # it was written for the tensor; nothing must be held by what it names
                self._quick = None
                self._writer.names.clear()

    def _settle(self, s: Slot, buf: Any) -> None:
        """Let a slot hold elements that do not depend on anything, which it usually does already."""
        s.hold(from_buffer(buf, s.aval.device))

    def _release(self) -> None:
        """Let go of all values, because others may change them now; the next call looks them up again."""
        self._values, self._grads, self._grad_values = [], [], []
        if self._quick is not None:
            for name in [n for n in self._writer.names if n[0] in "VGHD" and (n[1:].isdigit() or n[1:] == "L")]:
                del self._writer.names[name]

    def _fill(self) -> None:
        """Let the code of the usual call know the values."""
        plan = self._plan
        if self._quick is None:
            self._write_quick()
        names = self._writer.names
        if plan.changed > MANY:
            names["VL"] = self._values[:plan.changed]
            names["VR"] = [s.holders() + 2 + _MAPPED for s in plan.slots[:plan.changed]]
        for k, v in enumerate(self._values):
            names[f"V{k}"] = v
            if plan.slots[k].swapped:
                names[f"D{k}"] = plan.slots[k].swapped[0]._st
        for i, (g, v) in enumerate(zip(self._grads, self._grad_values, strict=True)):
            names[f"G{i}"], names[f"H{i}"] = g, v
        names["K"], names["Q"], names["P"] = self._pack, self._pool, plan
        if len(self._grad_of) > MANY:
            names["GL"], names["HL"] = self._grads[:], self._grad_values[:]

    def _own_grads(self) -> None:
        """Give every tensor whose gradient the step makes a new one, unless nobody else has the last one."""
        if len(self._grads) == len(self._grad_of) and all(
                (i in self._blank or t._grad is g) and g._v is v and getrefcount(g) == 6 - (i in self._blank)
                and getrefcount(v) == 6 + (i in self._plan.packed)
                for i, (t, g, v) in enumerate(zip(self._grad_of, self._grads, self._grad_values, strict=True))):
            return
        if self._pack is not None:
            self._pack.unpack()  # whoever has them keeps what they are
        self._grads, self._grad_values = [], []
        for t, template, version, a in zip(self._grad_of, self._templates, self._grad_versions, self._grad_avals,
                                           strict=True):
            g = _tensor(None, a, template)
            if version is not None:
                g._version_object().n = version
            if len(self._grads) not in self._blank:
                t._grad = g
            self._grads.append(g)
            self._grad_values.append(g._v)  # type: ignore[arg-type]
        if self._pack is not None:
            self._pack_values()

    def _pack_values(self) -> None:
        """Let the small gradients be taken from one array."""
        pack = self._pack = self._pack.successor()  # type: ignore[union-attr]
        pack.values = [self._grad_values[i] for i in self._plan.packed]
        pack.renew()


def _own(buffers: list[Any], n: int | None = None, most: int = _HELD) -> None:
    """Put copies in the place of buffers that somebody else has, too."""
    for k in range(len(buffers) if n is None else n):
        if getrefcount(buffers[k]) > most:
            buffers[k] = buffers[k].copy()


def _held(s: Slot) -> Value:
    return s.tensors[0]._v if s.tensors else s.storages[0]._value if s.storages else s.swapped[0]._st._value


def _house_value(t: Tensor) -> Value | None:
    return t._st._value if t._st is not None and t._view is None else None


def _empty(a: Aval) -> Value:
    v = Value()
    v.aval, v.buf, v.num, v.safe, v.prog, v.slot = a, None, None, None, None, 0
    return v


def _tensor(buf: Any, a: Aval, template: dict[str, Any]) -> Tensor:
    t, v = _new(Tensor), Value()
    v.aval, v.buf, v.num, v.safe, v.prog, v.slot = a, buf, None, None, None, 0
    t._v = v
    t.__dict__.update(template)
    return t


__all__ = ["Replay"]
