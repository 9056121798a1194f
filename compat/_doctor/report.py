"""The answers as text and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from compat._doctor.sources import Source

STATUSES = ("supported", "different", "missing", "unknown")
_WORDS = {"unknown": "not in PyTorch"}


@dataclass(frozen=True)
class Finding:
    """A name in a program, and what becomes of it; or what is wrong with a file.

    Attributes:
      source: The file.
      line: The line.
      column: The column, from 1.
      name: The name; empty for a file's error.
      status: One of ``STATUSES``, or "error".
      note: What there is to say.
    """

    source: Source
    line: int
    column: int
    name: str
    status: str
    note: str

    @property
    def place(self) -> str:
        """``file:line:column``."""
        return self.source.place(self.line, self.column)


def counts(findings: Iterable[Finding]) -> Counter[str]:
    """How many different names have each status."""
    return Counter(status for status, _ in {(f.status, f.name or f.place) for f in findings})


def text(findings: list[Finding], files: int) -> str:
    """A line a name, in columns, and a summary.

    What is supported or differs has one line for each file, with the number of its uses; what is missing, one for each.
    """
    rows = [(f.place, _WORDS.get(f.status, f.status), f.name + (f" ({n} uses)" if n > 1 else ""), f.note)
            for f, n in _shortened(findings)]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(3)]
    lines = ["  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[3]]).rstrip()
             for row in rows]
    found = counts(findings)
    said = ", ".join(f"{found[s]} {_WORDS.get(s, s)}" for s in STATUSES if found[s] or s != "unknown")
    errors = f"; {found['error']} could not be read" if found["error"] else ""
    names = sum(found[s] for s in STATUSES)
    lines.append(f"{_number(files, 'file')}, {_number(names, 'name')} of PyTorch: {said}{errors}")
    return "\n".join(lines)


def _number(n: int, word: str) -> str:
    return f"{n} {word}" + ("" if n == 1 else "s")


def _shortened(findings: list[Finding]) -> Iterator[tuple[Finding, int]]:
    uses = Counter((f.source.shown, f.name, f.status, f.note) for f in findings)
    for f in findings:
        if f.status not in ("supported", "different"):
            yield f, 1
        elif n := uses.pop((f.source.shown, f.name, f.status, f.note), 0):
            yield f, n


def as_json(findings: list[Finding], files: int) -> str:
    """Every use of every name, for tools."""
    uses = []
    for f in findings:
        cell, line = f.source.cells[f.line - 1] if f.source.cells and f.line <= len(f.source.cells) else (None, f.line)
        uses.append({"file": f.source.shown, "cell": cell, "line": line, "column": f.column, "name": f.name,
                     "status": f.status, "note": f.note})
    found = counts(findings)
    return json.dumps({"files": files, "names": {s: found[s] for s in (*STATUSES, "error")}, "uses": uses}, indent=1)
