"""A timeline of the engine: what was recorded, cut, compiled, run and read, and by which line of the program."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from compat._engine.entry import Entry
from compat._engine.metrics import user_line
from compat._engine.program import Program, State, Watch, ctx
from compat._engine.value import Aval, Value
from compat.viz._events import Compiled, Cut, Event, Ran, Read, Recorded, grouped
from compat.viz._table import facts_of, lane_of, name_of, table, totals
from funcgrad.pages.timeline import Bar, timeline_page

__all__ = ["Timeline", "timeline"]

_LANES = ("Python: recording", "compiling", "XLA: running", "reading to the host")


class _Attended(list):
    """A program's code while a timeline is open: it tells of each operation that is added.

    So recording itself has no hook, and costs nothing when no timeline is open.
    """

    __slots__ = ("watcher",)

    def __init__(self, code: Iterable[Any], watcher: _Watcher) -> None:
        super().__init__(code)
        self.watcher = watcher

    def append(self, x: Any) -> None:
        super().append(x)
        if x.__class__ is Entry:
            self.watcher.recorded(x)

    def __iadd__(self, code: Iterable[Any]) -> _Attended:
        super().extend(code)
        for x in code:
            if x.__class__ is Entry:
                self.watcher.recorded(x)
        return self


class _Watcher(Watch):
    """Writes down what the engine tells; the timeline around this one is told as well.

    Args:
      events: Where to.
      outer: Who watched before.
      earlier: How many operations are pending now.
    """

    def __init__(self, events: list[Event], outer: Any, earlier: int) -> None:
        self.events, self.outer, self.earlier = events, outer, earlier
        self.opened = self.last = time.perf_counter()

    def attend(self, code: list[Any]) -> list[Any]:
        return _Attended(code, self)

    def recorded(self, entry: Entry) -> None:
        if self.outer is not None:
            self.outer.recorded(entry)
        self._note(Recorded, self.last, entry.name, tuple(map(_described, entry.outs)))

    def cut(self, p: Program, reason: str) -> None:
        if self.outer is not None:
            self.outer.cut(p, reason)
        earlier, self.earlier = self.earlier, 0
        self._note(Cut, time.perf_counter(), reason, _operations(p.code), earlier)

    def compiled(self, reason: str, begun: float, source: str) -> None:
        if self.outer is not None:
            self.outer.compiled(reason, begun, source)
        self._note(Compiled, begun, reason, source)

    def ran(self, p: Program, begun: float) -> None:
        if self.outer is not None:
            self.outer.ran(p, begun)
        self._note(Ran, begun, _operations(p.code))

    def read(self, v: Value, begun: float) -> None:
        if self.outer is not None:
            self.outer.read(v, begun)
        self._note(Read, begun, _described(v.aval), v.aval.nbytes)

    def _note(self, kind: Any, begun: float, *facts: Any) -> None:
        now = time.perf_counter()
        seconds = 0.0 if kind is Cut else now - begun
        self.events.append(kind(begun - self.opened, seconds, user_line(), *facts))
        self.last = time.perf_counter()  # what noting takes is nobody's


class Timeline:
    """What the engine does in one thread while this is open, as a context manager; see `timeline`.

    Attributes:
      events: What happened, in order.
      pending: How many operations were still to be run when it was closed.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.pending = 0
        self._opened = False
        self._state: State | None = None  # of the thread that opened it, while it is open
        self._outer: Watch | None = None

    def __enter__(self) -> Timeline:
        if self._opened:
            raise RuntimeError("this timeline has been opened before; make another one with compat.viz.timeline()")
        self._opened = True
        state = self._state = ctx.now
        self._outer = state.watch
        state.watch = _Watcher(self.events, self._outer, _operations(state.prog.code))
        state.prog.code = state.watch.attend(state.prog.code)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        state, watch = self._state, self._outer
        assert state is not None
        self._state = self._outer = None
        state.watch = watch
        code = state.prog.code
        self.pending = _operations(code)
        state.prog.code = list(code) if watch is None else watch.attend(code)

    # What it shows -----------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        """The totals."""
        return f"<Timeline: {totals(self.events, self.pending)}>"

    def __str__(self) -> str:
        """A table of what happened."""
        return table(self.events, self.pending)

    def to_html(self, path: str | Path | None = None) -> str:
        """A page with a lane each for Python, compiling, XLA and reads; zoom, and click a bar to read what it was.

        Args:
          path: File to write as well.

        Returns:
          The HTML document, which loads nothing and needs no network.
        """
        bars = [Bar(lane_of(event), event.start, event.seconds, name_of(event), facts_of(event))
                for event in grouped(self.events)]
        text = timeline_page(bars, _LANES, "Timeline: " + totals(self.events, self.pending))
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def to_chrome_trace(self, path: str | Path | None = None) -> str:
        """The events as ``chrome://tracing`` and Perfetto load them.

        Args:
          path: File to write as well.

        Returns:
          The JSON text: complete events (phase ``X``) with times in microseconds, a thread for each lane, and an
          instant (phase ``i``) for each cut.
        """
        process = os.getpid()
        told: list[dict[str, Any]] = [_metadata("process_name", process, 0, name="compat")]
        for lane, name in enumerate(_LANES):
            told.append(_metadata("thread_name", process, lane, name=name))
            told.append(_metadata("thread_sort_index", process, lane, sort_index=lane))
        for event in self.events:
            args = {key: fact for key, fact in facts_of(event).items() if key not in ("begins", "takes")}
            common = {"name": name_of(event), "cat": type(event).__name__.lower(), "pid": process,
                      "tid": lane_of(event), "ts": round(event.start * 1e6, 3), "args": args}
            if isinstance(event, Cut):
                told.append({**common, "ph": "i", "s": "p"})
            else:
                told.append({**common, "ph": "X", "dur": round(event.seconds * 1e6, 3)})
        text = json.dumps({"traceEvents": told, "displayTimeUnit": "ms"})
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text


def timeline() -> Timeline:
    """Record what the engine does in the calling thread while a ``with`` block runs.

    For each operation: its name and the program's line. For each program: why it was cut, whether and how long it was
    compiled, how long it ran; and each read of a value. While the timeline is open every program is waited for, so that
    its seconds are its own: Python and XLA, which otherwise work at the same time, take turns.

    Timelines may be nested. Work of other threads (a DataLoader's workers) is not shown.

    Returns:
      The timeline, to be opened by ``with``. Its ``events`` are dataclasses; ``print`` shows a table; ``to_html`` and
      ``to_chrome_trace`` write pictures of it.

    Example:
      >>> with timeline() as seen:
      ...     total = (torch.ones(3) + 1).sum().item()
      >>> [event.name for event in seen.events if isinstance(event, Recorded)]
      ['ones', 'add', 'sum']
      >>> [(event.reason, event.operations - event.earlier) for event in seen.events if isinstance(event, Cut)]
      [('value read', 3)]

    Source:
      None in PyTorch; ``torch.profiler.profile`` and its ``export_chrome_trace`` are nearest.
    """
    return Timeline()


def _metadata(kind: str, process: int, thread: int, **args: Any) -> dict[str, Any]:
    return {"name": kind, "ph": "M", "pid": process, "tid": thread, "args": args}


def _operations(code: Iterable[Any]) -> int:
    return sum(1 for x in code if x.__class__ is Entry)


def _described(aval: Aval) -> str:
    return f"{tuple(aval.shape)} {aval.dtype.name}"
