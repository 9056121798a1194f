"""What a timeline holds: one kind of event for each thing that the engine does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

__all__ = ["Compiled", "Cut", "Event", "Group", "Ran", "Read", "Recorded", "grouped"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
      start: Seconds since the timeline was opened.
      seconds: How long it took.
      line: The program's own line that caused it, as ``file:line``.
    """

    start: float
    seconds: float
    line: str

    @property
    def place(self) -> str:
        """The line without its folders."""
        return Path(self.line).name


@dataclass(frozen=True, slots=True)
class Recorded(Event):
    """An operation was recorded.

    Its seconds are those since the event before it: all that Python did to get there, the program's own work included.

    Attributes:
      name: What the operation is called.
      results: Shape and dtype of each of its results.
    """

    name: str
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cut(Event):
    """What was pending had to run.

    Attributes:
      reason: Why.
      operations: How many were pending.
      earlier: How many of these had been recorded before the timeline was opened.
    """

    reason: str
    operations: int
    earlier: int


@dataclass(frozen=True, slots=True)
class Compiled(Event):
    """A program was compiled before it could run.

    Attributes:
      reason: Why the program was cut.
      source: ``"compiled"`` by XLA; ``"from disk"``, where an earlier process had left it; ``"loaded again"``, so that
        it runs in the thread that calls it.
    """

    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Ran(Event):
    """A program ran.

    Attributes:
      operations: How many it was recorded from.
    """

    operations: int


@dataclass(frozen=True, slots=True)
class Read(Event):
    """Elements were copied to the host: ``item()``, ``numpy()``, ``print``, an ``if``.

    Attributes:
      what: Shape and dtype.
      nbytes: How many bytes.
    """

    what: str
    nbytes: int


@dataclass(frozen=True, slots=True)
class Group(Event):
    """Operations recorded one after the other by the same line.

    Attributes:
      events: Theirs.
    """

    events: tuple[Recorded, ...]

    @property
    def names(self) -> str:
        """What they are called, each once, in order."""
        counts = Counter(event.name for event in self.events)
        return " ".join(name if n == 1 else f"{name}×{n}" for name, n in counts.items())


def grouped(events: Sequence[Event]) -> Iterator[Event]:
    """The events, with operations that the same line recorded as one."""
    for line, run in groupby(events, lambda event: event.line if isinstance(event, Recorded) else None):
        if line is None:
            yield from run
            continue
        members = tuple(event for event in run if isinstance(event, Recorded))
        yield Group(members[0].start, sum(event.seconds for event in members), line, members)
