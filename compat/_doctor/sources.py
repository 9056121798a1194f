"""The files to check: Python, and notebooks, whose code cells become one program."""

from __future__ import annotations

import ast
import json
import os
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SKIPPED = frozenset(("__pycache__", "build", "dist", "env", "node_modules", "site-packages", "venv"))
SUFFIXES = (".py", ".ipynb")


@dataclass
class Source:
    """A file that could be parsed, or why it could not.

    Attributes:
      path: Where it is.
      shown: Its name as the user gave it, or as it lies in the folder that the user gave.
      tree: What it says; empty after an error.
      cells: For a notebook, the number of the cell and of the line in it, of each line of code.
      error: What is wrong with it, and in which line; None if nothing is.
    """

    path: Path
    shown: str
    tree: ast.Module = field(default_factory=lambda: ast.Module([], []))
    cells: list[tuple[int, int]] | None = None
    error: tuple[str, int] | None = None

    def place(self, line: int, column: int) -> str:
        """``file:line:column``, with the cell for a notebook: ``file.ipynb[cell 3]:line:column``."""
        if self.cells is None or not 0 < line <= len(self.cells):
            return f"{self.shown}:{line}:{column}"
        cell, line = self.cells[line - 1]
        return f"{self.shown}[cell {cell}]:{line}:{column}"


def find(paths: Iterable[str]) -> Iterator[Source]:
    """The files that the paths name, parsed; folders are walked, but for hidden ones and environments.

    Args:
      paths: Files and folders.

    Raises:
      OSError: if a path that was named cannot be read.
    """
    for name in paths:
        if os.path.isdir(name):
            yield from (read(path, str(path)) for path in sorted(_walk(name)))
        else:
            yield read(Path(name), name)


def _walk(folder: str) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = [f for f in folders if f[0] != "." and f not in SKIPPED and not _is_environment(here, f)]
        yield from (Path(here, f) for f in files if f.endswith(SUFFIXES) and f[0] != ".")


def _is_environment(here: str, folder: str) -> bool:
    return os.path.exists(os.path.join(here, folder, "pyvenv.cfg"))


def read(path: Path, shown: str) -> Source:
    """One file, parsed.

    Args:
      path: Where it is.
      shown: Its name for the user.

    Raises:
      OSError: if it cannot be read.
    """
    source = Source(path.resolve(), shown)
    try:
        if path.suffix == ".ipynb":
            text, source.cells = _notebook(path.read_text(encoding="utf-8"))
        else:
            with tokenize.open(path) as file:  # heeds the encoding that the file declares
                text = file.read()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes and comparisons, which are the program's own affair
            source.tree = ast.parse(text, str(path))
    except SyntaxError as error:
        source.error = f"syntax error: {error.msg}", error.lineno or 1
    except (ValueError, KeyError, TypeError, RecursionError) as error:  # another encoding, no notebook, a null byte
        source.error = f"cannot be read: {error}", 1
    return source


def _notebook(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The code of a notebook, without what only IPython understands; and the cell and line of each line."""
    lines, places = [], []
    for number, cell in enumerate(json.loads(text)["cells"], 1):
        if cell["cell_type"] != "code":
            continue
        code = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        foreign = code.lstrip().startswith("%%")
        for at, line in enumerate(code.splitlines(), 1):
            words = line.lstrip()
            magic = foreign or words.startswith(("%", "!", "?")) or words.rstrip().endswith("?")
            # `pass` keeps a block that consists of a magic alone
            lines.append(line[: len(line) - len(words)] + "pass" if magic and words else line)
            places.append((number, at))
    return "\n".join(lines) + "\n", places
