"""What a timeline's events say in words."""

from __future__ import annotations

from collections.abc import Sequence

from compat.viz._events import Compiled, Cut, Event, Group, Ran, Read, Recorded, grouped

__all__ = ["facts_of", "lane_of", "name_of", "table", "totals"]

_NAMES_WIDTH = 60


def lane_of(event: Event) -> int:
    """The number of the lane that shows an event: 0 Python, which cuts, 1 compiling, 2 XLA, 3 reads."""
    return 1 if isinstance(event, Compiled) else 2 if isinstance(event, Ran) else 3 if isinstance(event, Read) else 0


def name_of(event: Event) -> str:
    """What a bar or a slice of an event is called."""
    if isinstance(event, Recorded):
        return event.name
    if isinstance(event, Group):
        return f"{event.place} {_shortened(event.names)}"
    if isinstance(event, Cut):
        return f"cut: {event.reason}"
    if isinstance(event, Compiled):
        return event.source
    return f"run {_count(event.operations, 'operation')}" if isinstance(event, Ran) else f"read {_what(event)}"


def facts_of(event: Event) -> dict[str, str | list[str]]:
    """What is known of an event."""
    facts: dict[str, str | list[str]] = {"line": event.line, "begins": _time(event.start)}
    if not isinstance(event, Cut):
        facts["takes"] = _time(event.seconds)
    if isinstance(event, Recorded):
        facts["results"] = list(event.results)
    elif isinstance(event, Group):
        facts["operations"] = [f"{one.name} {', '.join(one.results)}" for one in event.events]
    elif isinstance(event, Cut):
        facts |= {"reason": event.reason, "operations": str(event.operations)}
        if event.earlier:
            facts["recorded before the timeline"] = str(event.earlier)
    elif isinstance(event, Compiled):
        facts |= {"reason": event.reason, "source": event.source}
    elif isinstance(event, Ran):
        facts["operations"] = str(event.operations)
    elif isinstance(event, Read):
        facts |= {"what": event.what, "bytes": f"{event.nbytes:,}"}
    return facts


def totals(events: Sequence[Event], pending: int) -> str:
    """How many of everything, and how long it took."""
    recorded, cuts, compiled, ran, read = ([e for e in events if isinstance(e, kind)]
                                           for kind in (Recorded, Cut, Compiled, Ran, Read))
    loaded = [e for e in compiled if isinstance(e, Compiled) and e.source != "compiled"]
    parts = [f"{_count(len(recorded), 'operation')} recorded in {_time(_seconds(recorded))}", _count(len(cuts), "cut"),
             f"{len(compiled) - len(loaded)} compiled in {_time(_seconds(compiled) - _seconds(loaded))}"]
    if loaded:
        parts.append(f"{len(loaded)} loaded in {_time(_seconds(loaded))}")
    parts += [f"{len(ran)} run in {_time(_seconds(ran))}", _count(len(read), "read")]
    return ", ".join([*parts, *([f"{pending} pending"] if pending else [])])


def table(events: Sequence[Event], pending: int) -> str:
    """One line for each event; operations that one line of the program recorded share theirs."""
    rows = [("at ms", "for ms", "", "by", "")]
    for event in grouped(events):
        took = "" if isinstance(event, Cut) else f"{event.seconds * 1e3:.2f}"
        rows.append((f"{event.start * 1e3:.2f}", took, *_row(event)))
    widths = [max(len(row[k]) for row in rows) for k in range(4)]
    lines = [f"{at:>{widths[0]}}  {took:>{widths[1]}}  {what:<{widths[2]}}  {place:<{widths[3]}}  {detail}".rstrip()
             for at, took, what, place, detail in rows]
    return "\n".join([totals(events, pending), *lines])


def _row(event: Event) -> tuple[str, str, str]:
    if isinstance(event, Group):
        return f"record {len(event.events)}", event.place, _shortened(event.names)
    if isinstance(event, Cut):
        earlier = f" ({event.earlier} of them from before)" if event.earlier else ""
        return "cut", event.place, f"{event.reason}: {_count(event.operations, 'operation')}{earlier}"
    if isinstance(event, Compiled):
        compiled = event.source == "compiled"
        return ("compile", event.place, "") if compiled else ("load", event.place, event.source)
    if isinstance(event, Ran):
        return "run", event.place, _count(event.operations, "operation")
    return "read", event.place, _what(event)


def _what(event: Event) -> str:
    assert isinstance(event, Read)
    return event.what


def _seconds(events: Sequence[Event]) -> float:
    return sum(event.seconds for event in events)


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.2f} ms"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")


def _shortened(text: str) -> str:
    return text if len(text) <= _NAMES_WIDTH else text[:_NAMES_WIDTH - 1] + "…"
