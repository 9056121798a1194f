"""The command line of ``python -m compat --check``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from compat._doctor import report
from compat._doctor.answers import answer
from compat._doctor.report import Finding
from compat._doctor.scan import Program
from compat._doctor.sources import Source, find

USAGE = "usage: python -m compat --check [--json] SCRIPT_OR_DIR ..."


def main(arguments: Sequence[str]) -> int:
    """Checks files and folders, and prints what compat makes of the names of PyTorch in them.

    Args:
      arguments: Those after ``--check``.

    Returns:
      The exit status: 0, or 1 if something is missing, or 2 if a file cannot be read or the arguments are wrong.
    """
    paths = [a for a in arguments if not a.startswith("-")]
    options = {a for a in arguments if a.startswith("-")}
    if wrong := options - {"--json"}:
        return _refuse(f"unknown option {min(wrong)}")
    if not paths:
        return _refuse("nothing to check")
    try:
        sources = list(find(paths))
    except OSError as error:
        return _refuse(f"can't open {error.filename!r}: {error.strerror}")
    found = check(sources)
    sys.stdout.write((report.as_json if options else report.text)(found, len(sources)) + "\n")
    status = report.counts(found)
    return 2 if status["error"] else 1 if status["missing"] or status["unknown"] else 0


def _refuse(reason: str) -> int:
    sys.stderr.write(f"{USAGE}\npython -m compat --check: {reason}\n")
    return 2


def check(sources: Sequence[Source]) -> list[Finding]:
    """Every use of a name of PyTorch in the files, in the order of the files and lines."""
    return sorted(_findings(sources), key=lambda f: (f.source.shown, f.line, f.column, f.name))


def _findings(sources: Sequence[Source]) -> Iterator[Finding]:
    for scanner in Program(sources).run():
        source = scanner.source
        if source.error is not None:
            yield Finding(source, source.error[1], 1, "", "error", source.error[0])
        told = {use: answer(use) for use in dict.fromkeys(scanner.uses)}
        added = {use.name for use, what in told.items() if what is None}  # by the program itself
        for use, what in told.items():
            if what is not None and use.name not in added:
                yield Finding(source, use.line, use.column, use.name, what.status, what.note)
