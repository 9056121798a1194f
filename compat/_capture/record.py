"""Running a step once while everything it records stays one program, and finding out what that program is of.

Inputs are the arrays of the tensors it touched, and its arguments; results are the new arrays of those it wrote, the
gradients it left, and what it returned. A step for which this is not the whole truth, because something it made is kept
elsewhere or can still be differentiated, runs as any other code does.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable, Sequence
from typing import Any

from compat._amp.state import state as autocast
from compat._capture.guards import Modules, Names, modes
from compat._capture.hosted import Deferred, Hosted, tensor_options
from compat._capture.journal import Journal, capturing
from compat._capture.keys import Key, Keys, host_generators
from compat._capture.numbers import Number, Numbers, bare
from compat._capture.options import Options
from compat._capture.results import keep, leaves_of, put_together, take_apart, unspent
from compat._capture.slots import Slot, apart, proxy
from compat._engine import metrics
from compat._engine.entry import Entry
from compat._engine.live import Live
from compat._engine.program import UNCAPTURABLE, Captured, ctx, cut, fresh, record
from compat._engine.value import Aval, Value
from compat._random import Generator
from compat._tensor.storage import Storage
from compat._tensor.tensor import Tensor
from funcgrad.ops.random import following

_copies: dict[Aval, Entry] = {}
_following: dict[Aval, Entry] = {}


HISTORY = "leaves a tensor with a history that backward() could use"
DIFFERENTIABLE = "a result can be differentiated"


class Recording:
    """A step that was run once.

    Attributes:
      program: What it recorded.
      result: What it returned.
      why: Why it is not captured; None if it is.
      slots: The values of tensors that were there before.
      arguments: Per tensor argument: (value given to the step, value at its end).
      grads: (tensor, the gradient tensor that the step left there).
      found: Tensors whose gradient the step starts from, whichever tensor it is; it is an argument after all others.
      cleared: Tensors whose gradient the step removed.
      placed: (tensor, gradient tensor that was there before) where it put another one.
      leaves: The results, taken apart; ``form`` says how.
      draws: How many times it drew random numbers from each key.
      hosted: What schedulers do in it.
      deferred: What those do after it whose rates are tensors.
      told: The numbers of optimizers and schedulers that it returns.
      numbers: Those among its arguments that may be others in the next call.
      loops: Of each loop over batches, the number of results recorded before every round and after the last.
    """

    def __init__(self, keys: Keys, fn: Callable[..., Any], strict: bool, loose: bool) -> None:
        """A recording to be.

        Args:
          keys: Where random numbers come from.
          fn: The step.
          strict: Whether what cannot be captured is an error.
          loose: Whether the gradients that it finds are other tensors each time.
        """
        names = Names(fn)
        self.names, self.keys, self.strict, self._loose = names, keys, strict, loose
        self.optimizers: list[Options] = []
        self.modules = Modules()
        self.modes = modes()
        self._numbers = host_generators()
        self.draws: dict[Key, int] = {}
        self.hosted: list[Hosted] = []
        self.deferred: list[Deferred] = []
        self.told: list[Live] = []
        self._loose_numbers: list[Live] = []
        self._hosting = False
        self.loops: list[list[int]] = []
        self.why: str | None = None
        self._fn = fn
        for m in names.modules:
            self.modules.add(m)

    # What the layers above tell -----------------------------------------------------------------------------------

    def module(self, m: Any) -> None:
        """A module is called."""
        self.modules.add(m)

    @contextlib.contextmanager
    def optimizer(self, o: Any) -> Any:
        """An optimizer steps."""
        self._options(o).stepped = True
        self.journal.sharing = True
        try:
            yield
        finally:
            self.journal.sharing = False

    def _options(self, o: Any) -> Options:
        seen = next((x for x in self.optimizers if x.optimizer is o), None)
        if seen is None:
            seen = Options(o)
            seen.begin(len(self.hosted))
            self.optimizers.append(seen)
        return seen

    def host(self, scheduler: Any, call: Callable[[], Any]) -> Any:
        """A scheduler steps: Python does that, now and at every call."""
        if self._hosting:
            return call()  # by another one
        if tensor_options(scheduler):
            self.deferred.append(Deferred(scheduler, call, self.program))
            return None
        self._options(scheduler.optimizer).stepped = True
        for o in self.optimizers:
            o.end()
        self._check_options()
        self.hosted.append(Hosted(scheduler, call))
        recorded, self._hosting = self.program.n, True
        try:
            result = call()
        finally:
            self._hosting = False
        if self.program.n != recorded:
            self.program.refuse("steps a scheduler that computes with tensors, such as rates that are tensors; do that "
                                "outside")
        for o in self.optimizers:
            o.note()
            o.begin(len(self.hosted))
        return result

    def rates(self, scheduler: Any) -> list[Any]:
        """The rates that a scheduler wrote last, as numbers that the step may return."""
        own = scheduler.__dict__
        if self._hosting:
            return own["_last_lr"]
        if any(d.scheduler is scheduler for d in self.deferred):
            self.program.refuse("asks for rates that are tensors after their scheduler has stepped; do that outside")
        made = [Live.at(own, "_last_lr", i, len(self.hosted)) if x.__class__ is float else x
                for i, x in enumerate(own["_last_lr"])]
        self._loose_numbers += [x for x in made if x.__class__ is Live]
        return made

    def draw(self, generator: Generator | None) -> tuple[Value, int]:
        """A generator's key, and the number of the next draw from it."""
        key = self.keys.of(generator)
        if key not in self.draws:
            key.begin()
        n = self.draws[key] = self.draws.get(key, 0) + 1
        return key.tensor._value(), n - 1

    @property
    def position(self) -> int:
        """How many times the step drew from the default generator: a checkpoint goes back to it."""
        return self.draws.get(self.keys.of(None), 0)

    @position.setter
    def position(self, n: int) -> None:
        key = self.keys.of(None)
        if key in self.draws:
            self.draws[key] = n

    # The run ------------------------------------------------------------------------------------------------------

    def run(self, leaves: Sequence[Any], form: Any, moving: Sequence[int] = ()) -> None:
        """Run the step on these arguments, taken apart.

        Args:
          leaves: Them.
          form: Their structure.
          moving: The positions of the numbers that may be others in the next call.
        """
        self.numbers = Numbers([leaves[i] for i in moving])
        self._moving = dict(zip(moving, self.numbers.given, strict=True))
        with capturing:
            self._run(leaves, form)

    def _run(self, leaves: Sequence[Any], form: Any) -> None:
        cut("captured step")
        state = ctx.now
        outside = state.prog
        proxies = [proxy(x) if isinstance(x, Tensor) and not x._is_param else self._moving.get(i, x)
                   for i, x in enumerate(leaves)]
        self.program = state.prog = Captured(outside.device)
        Captured.watcher, before = self, Captured.watcher
        self.journal = Journal()
        cache, autocast.cache = autocast.cache, {}  # a weight that the step casts is cast in each call
        try:
            if before is not None:
                raise RuntimeError(UNCAPTURABLE.format(metrics.user_line(), "is already being captured"))
            args, kwargs = put_together(form, iter(proxies))
            for o in self.names.optimizers:
                self._options(o)
            with self.journal:
                self.result = self._fn(*args, **kwargs)
            autocast.cache.clear()
            for o in self.optimizers:
                o.end()
            if state.prog is not self.program:
                raise RuntimeError("internal: a captured step lost its program")
            self._changes()
            self._classify(leaves, proxies)
            if self.strict and self.why not in (None, DIFFERENTIABLE):
                raise RuntimeError(UNCAPTURABLE.format(self._where(), self.why))
        except BaseException:
            Captured.watcher = before
            state.prog = fresh(outside.device)
            self.journal.undo()
            for restore in self.names.restorers:
                restore()
            for h in reversed(self.hosted):
                h.state.restore()
            for o in self.optimizers:
                o.undo()
            raise
        finally:
            Captured.watcher, autocast.cache = before, cache
        self.journal.forget_views()
        if self.why is None:
            state.prog = fresh(outside.device)
        else:
            self.program.floats[:], self.program.ints[:] = map(bare, self.program.floats), map(bare, self.program.ints)
            self.program.release()
            for x, p in zip(leaves, proxies, strict=True):
                if isinstance(p, Tensor) and p is not x and p._value() is not self.given[id(p)]:
                    x._write(p._value())
            cut("captured step")

    def _where(self) -> str:
        code = getattr(self._fn, "__code__", None)
        return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else repr(self._fn)

    def _changes(self) -> None:
        """Refuse a step that changes what only Python could change again."""
        line = self._where()
        if threading.active_count() == 1 and self._numbers != host_generators():  # or a loader's worker may have drawn
            raise RuntimeError(UNCAPTURABLE.format(line, "draws from Python's or NumPy's random numbers, which a call "
                                                         "that does not run Python could not; use torch's"))
        changed = self.names.changed() or self.modules.changed()
        if changed is not None:
            raise RuntimeError(UNCAPTURABLE.format(line, f"changes {changed}, which a call that does not run Python "
                                                         "could not; do that outside"))
        if any(d.early() for d in self.deferred):
            raise RuntimeError(UNCAPTURABLE.format(line, "goes on with rates that are tensors after their scheduler "
                                                         "has stepped; let it step last, or outside"))
        if any(x.asked for x in self._loose_numbers):
            raise RuntimeError(UNCAPTURABLE.format(line, "computes with what get_last_lr() returns, which it may only "
                                                         "return; read the optimizer's groups instead"))
        self._check_options()

    def _check_options(self) -> None:
        for o in self.optimizers:
            if not o.same():
                if not o.same_state():
                    self.why = "begins an optimizer's state each time"
                else:
                    what = "changes the options of an optimizer; do that outside"
                    raise RuntimeError(UNCAPTURABLE.format(self._where(), what))

    def _classify(self, leaves: Sequence[Any], proxies: Sequence[Any]) -> None:
        j = self.journal
        for key in self.draws:
            v = key.tensor._value()
            e = _following.get(v.aval)
            if e is None:
                e = _following[v.aval] = Entry("key", lambda k: (following(k),), [v.aval])
            key.tensor._write(record(e, v))
        self.given = {id(t): j.tensors[id(t)].value if id(t) in j.tensors else t._value()
                       for t in proxies if isinstance(t, Tensor) and not t._is_param}
        self.leaves = []
        self.form = take_apart(self.result, self.leaves)
        own = [x for x, p in zip(leaves, proxies, strict=True) if p is not x and isinstance(x, Tensor)]
        if any(id(x) in j.tensors or id(x._st) in j.storages for x in own):
            raise NotImplementedError("torch.compile(fullgraph=True) with a tensor that is an argument and a variable "
                                      "of the function at once is not implemented")
        self._find_slots()
        self._find_grads()
        for t in self.leaves:
            if isinstance(t, Tensor) and (t._rg or t._base is not None) and unspent(t):
                self.why = self.why or DIFFERENTIABLE
        self.arguments = []
        for t in proxies:
            if id(t) in self.given:
                shared = t._st is None or (id(t._st) in j.made and j.made[id(t._st)][1] is self.given[id(t)])
                if not shared or t._grad is not None or t._node is not None:
                    self.why = self.why or "changes more of an argument than its elements"
                self.arguments.append((self.given[id(t)], self.final(t._value()) if t._value() is not self.given[
                    id(t)] else None))
        self._find_found()
        if any(last is not None for _, last in self.arguments) and not apart(own):
            raise NotImplementedError("torch.compile(fullgraph=True) with arguments that share memory, of which one is "
                                      "written, is not implemented")
        self._find_results()
        self._find_optimizers()
        if self.why is None and self._escapes():
            gc.collect()
            self.why = self._escapes()
        self.bumps = self._find_bumps()

    def _find_slots(self) -> None:
        j = self.journal
        slots: dict[int, Slot] = {}

        def slot(first: Value) -> Slot:
            return slots.setdefault(id(first), Slot(first))

        def ends(s: Slot, last: Value, holders: list[Any], holder: Any) -> None:
            if s.last is not s.first and s.last is not last or (s.last is s.first and last is not s.first and (
                    s.tensors or s.storages)):
                self.why = self.why or "makes tensors that share their elements part"
            s.last = last
            holders.append(holder)

        swapped = set()
        for t, attributes, first in j.tensors.values():
            if id(t) in self.given:
                continue
            st, old = t.__dict__.get("_st"), attributes.get("_st")
            if t._node is not None and t._node is not attributes.get("_node"):
                self.why = self.why or HISTORY
            if st is None:
                if first is None:
                    self.why = self.why or "resizes a tensor"
                    continue
                ends(slot(first), t._v, slot(first).tensors, t)
            elif old is None and id(st) in j.made and j.made[id(st)][1] is first:
                if not any(st is s for s in slot(first).storages):
                    ends(slot(first), st._value, slot(first).storages, st)
            elif st is not old:
                simple = id(st) in j.made and t._view is None and attributes.get("_view") is None
                if not simple or old is None or id(old) not in j.storages:
                    self.why = self.why or "gives a tensor the memory of another one"
                    continue
                swapped.add(id(old))
                s = slot(j.storages[id(old)][2])
                ends(s, st._value, s.swapped, t)
        for st, _, first in j.storages.values():
            if id(st) not in swapped:
                ends(slot(first), st._value, slot(first).storages, st)
            elif st._value is not first:
                self.why = self.why or "gives a tensor the memory of another one"
        self.slots = list(slots.values())
        seen: set[int] = set()
        for s in self.slots:
            if s.last is not s.first:
                last = self.final(s.last)
                if id(last) in seen:
                    last = self._copy(last)
                seen.add(id(last))
                s.last = last
                s.hold(last)

    def final(self, v: Value) -> Value:
        """A value as a result of the program, which it may not be if it existed already."""
        if v.buf is None and v.num is None and v.prog is self.program and not v.slot & 3:
            return v
        return self._copy(v)

    def _copy(self, v: Value) -> Value:
        e = _copies.get(v.aval)
        if e is None:
            e = _copies[v.aval] = Entry("copy", lambda x: (x,), [v.aval])
        return record(e, v)

    def _find_found(self) -> None:
        """Gradients that the step finds and that are other tensors each time: further arguments, in effect."""
        self.found: list[Tensor] = []
        self.found_grads: list[Tensor] = []
        for t, g in list(self.journal.grads.values()) if self._loose else ():
            own = None if g is None or g._view is not None else g._st
            s = next((s for s in self.slots if any(x is g for x in s.tensors) or any(
                x is own for x in s.storages)), None)
            if g is not None and s is not None and s.holders() == 1 and (t._grad is g or t._grad is None):
                self.slots.remove(s)
                self.found.append(t)
                self.found_grads.append(g)
                self.arguments.append((s.first, None if s.last is s.first or t._grad is None else s.last))
                del self.journal.tensors[id(g)], self.journal.grads[id(t)]

    def _find_grads(self) -> None:
        j = self.journal
        self.grads, self.cleared, self.placed = [], [], []
        seen = set()
        for t, attributes, _ in j.tensors.values():
            old, new = attributes.get("_grad"), t.__dict__.get("_grad")
            if new is old:
                continue
            if new is None:
                self.cleared.append(t)
            elif id(new) in j.tensors:
                self.placed.append((t, new))
            else:
                if new._node is not None or new._rg or id(new) in seen or id(t) in self.given:
                    self.why = self.why or HISTORY
                seen.add(id(new))
                last = self.final(new._value())
                new.__dict__.update(_v=last, _st=None, _view=None, _base=None)
                self.grads.append((t, new))

    def _find_results(self) -> None:
        """What each result is: (kind, what it is made from)."""
        made = {id(g): k for k, (_, g) in enumerate(self.grads)}
        given = {x: i for i, x in enumerate(self.given)}
        self.returns, self.fresh = [], []
        for x in self.leaves:
            if x.__class__ is Live:
                self.returns.append(("number", len(self.told)))
                self.told.append(x)
            elif isinstance(x, Number):
                self.returns.append(("given", x.at))
            elif not isinstance(x, Tensor):
                self.returns.append(("same", x))
            elif id(x) in given:
                self.returns.append(("argument", given[id(x)]))
            elif id(x) in made:
                self.returns.append(("gradient", made[id(x)]))
            elif id(x) in self.journal.tensors:
                self.returns.append(("same", x))
            elif self._ours(x._st):
                self.returns.append(("alias", keep(x, "_v")))
            else:
                self.returns.append(("new", (len(self.fresh), keep(x, "_v", "_st", "_view", "_base", "_ver"))))
                self.fresh.append(self.final(x._value()))

    def _find_optimizers(self) -> None:
        """Those that the step depends on."""
        read = {id(x) for x in (*self.program.floats, *self.told) if x.__class__ is Live}
        self.optimizers = [o for o in self.optimizers if o.stepped or any(x.asked or id(x) in read for x in o.live)]
        for o in self.optimizers:
            o.settle()

    def result_for(self, leaves: Sequence[Any]) -> Any:
        """What the step returned; an argument is the caller's own."""
        tensors = [x for x in leaves if isinstance(x, Tensor) and not x._is_param]
        own = dict(zip(self.given, tensors, strict=True))
        return put_together(self.form, iter([own.get(id(x), x) if isinstance(x, Tensor) else bare(x)
                                             for x in self.leaves]))

    def _find_bumps(self) -> list[Any]:
        bumps = [ver for ver, n in self.journal.versions.values() for _ in range(ver.n - n)]
        known = {id(ver) for ver, _ in self.journal.versions.values()}
        for t, _, _ in self.journal.tensors.values():
            ver = t.__dict__.get("_ver")
            if ver is not None and id(ver) not in known and id(t) not in self.given:
                known.add(id(ver))
                bumps += [ver] * ver.n
        return bumps

    def _escapes(self) -> str | None:
        """Whether a tensor that the step made is kept by somebody else than its caller."""
        allowed: set[int] = set()
        for t in [*(x for x in self.leaves if isinstance(x, Tensor)), *(g for _, g in self.grads)]:
            allowed |= {id(t), id(t._base), *leaves_of(t)}
        for r in self.journal.born:
            t = r()
            if t is None or id(t) in allowed:
                continue
            v = t.__dict__.get("_v")
            st = t.__dict__.get("_st")
            v = st._value if v is None and st is not None else v
            if v is not None and v.buf is None and v.num is None and v.prog is self.program and not self._ours(st):
                return "keeps a tensor that it made; return it, or write it into one that exists"
        return None

    def _ours(self, st: Storage | None) -> bool:
        return st is not None and (id(st) in self.journal.storages or any(
            st is x for s in self.slots for x in s.storages))


    def forget(self) -> None:
        """Let go of what was noted about the run: values that the step may overwrite now."""
        p = self.program
        p.code, p.vals, p.inputs = [], [], []
        self.leaves, self.slots, self.arguments, self.grads, self.result = [], [], [], [], None
        self.journal = Journal()


__all__ = ["Recording"]
