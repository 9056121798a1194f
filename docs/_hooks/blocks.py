"""The programs in the pages: finding them, running them, and what PyTorch printed for them.

A page holds fenced blocks of two kinds::

    ```python torch
    ```python funcgrad

The blocks of one kind, from the top of a page to its end, are one program, which runs in one fresh namespace. A block
of the first kind is written for PyTorch. It runs under PyTorch, and under compat with only its imports changed, and
must print the same. What PyTorch printed is recorded in ``docs/outputs``, and what the second kind printed as well, so
that neither the site nor the tests need PyTorch. After changing a block, record anew::

    .venv-crosscheck/bin/python -m docs._hooks.record

Words after the kind: ``picture``, if a block of the second kind prints an SVG document, of which only the words are
recorded; ``differs: because ...``, with a reason, if compat is meant to print something else.
"""

import contextlib
import hashlib
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
RECORDED = DOCS / "outputs"
PYTORCH = "2.13.0"

Kind = Literal["torch", "funcgrad"]
Runner = Literal["torch", "compat", "funcgrad"]

_BLOCK = re.compile(r"^```python (torch|funcgrad)\b *(.*)\n((?:(?!```).*\n)*?)^```\n", re.M)
_IMPORTS = (
    (re.compile(r"^import torch$", re.M), "import compat as torch"),
    (re.compile(r"^import torch\.(\S+) as ", re.M), r"import compat.\1 as "),
    (re.compile(r"^from torch(?=[. ])", re.M), "from compat"),
)


class Block(NamedTuple):
    """A program's part, as it stands in a page."""

    kind: Kind
    code: str
    picture: bool
    differs: str  # why compat prints something else; empty if it must not
    start: int  # of the block in the page's text
    end: int
    line: int  # of the code's first line in the page


def find_blocks(text: str) -> list[Block]:
    """The blocks of a page, in its order."""
    found = []
    for match in _BLOCK.finditer(text):
        words, _, reason = match[2].partition("differs:")
        if words.split() not in ([], ["picture"]):
            raise ValueError(f"unknown words after ```python {match[1]}: {words.strip()!r}")
        if match[1] == "torch" and words.strip():
            raise ValueError("only a block of funcgrad's prints a picture")
        line = text.count("\n", 0, match.start()) + 2
        kind: Kind = "torch" if match[1] == "torch" else "funcgrad"
        found.append(Block(kind, match[3], "picture" in words, reason.strip(), match.start(), match.end(), line))
    return found


def pages() -> list[Path]:
    """The pages that hold programs."""
    return sorted(path for path in DOCS.rglob("*.md") if find_blocks(path.read_text(encoding="utf-8")))


def for_compat(code: str) -> str:
    """A block as one writes it for compat: its imports say ``compat``."""
    for pattern, replacement in _IMPORTS:
        code = pattern.sub(replacement, code)
    return code


def run(blocks: Sequence[Block], runner: Runner, path: Path) -> list[str]:
    """What each block of the runner's kind prints.

    Args:
      blocks: A page's blocks.
      runner: What runs them: PyTorch, compat, or Python as it is.
      path: The page, for tracebacks.
    """
    kind = "funcgrad" if runner == "funcgrad" else "torch"
    namespace: dict[str, Any] = {"__name__": "__page__"}
    printed = []
    for block in blocks:
        if block.kind != kind:
            continue
        code = for_compat(block.code) if runner == "compat" else block.code
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile("\n" * (block.line - 1) + code, str(path), "exec"), namespace)
        printed.append(out.getvalue().rstrip())
    return printed


def to_record(block: Block, printed: str) -> str:
    """What of an output has to stay as it is: of a picture its words, not where they stand."""
    return "\n".join(re.findall(r">([^<>]+)</text>", printed)) if block.picture else printed


def keys(blocks: Sequence[Block], kind: Kind) -> list[str]:
    """For each block of a kind, the hash of all code that its output depends on."""
    digest, found = hashlib.sha256(kind.encode()), []
    for block in blocks:
        if block.kind == kind:
            digest.update(block.code.encode())
            found.append(digest.hexdigest()[:16])
    return found


def recording_of(path: Path) -> Path:
    """Where a page's outputs are recorded."""
    return RECORDED / path.relative_to(DOCS).with_suffix(".json")


def recorded(blocks: Sequence[Block], kind: Kind, path: Path) -> list[str]:
    """What each block of a kind printed when the page was recorded.

    Raises:
      LookupError: if a block has changed since, or was never recorded.
    """
    file = recording_of(path)
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    wanted = keys(blocks, kind)
    lines = [block.line for block in blocks if block.kind == kind]
    missing = [line for line, key in zip(lines, wanted, strict=True) if key not in known]
    if missing:
        raise LookupError(
            f"{path.relative_to(ROOT)}:{missing[0]}: this block's output is not recorded; "
            "record it with `.venv-crosscheck/bin/python -m docs._hooks.record`"
        )
    return [known[key] for key in wanted]


def record(path: Path) -> None:
    """Runs a page's blocks, PyTorch's under PyTorch, and writes what they print."""
    blocks = find_blocks(path.read_text(encoding="utf-8"))
    known: dict[str, str] = {}
    for kind in ("torch", "funcgrad"):
        own = [block for block in blocks if block.kind == kind]
        printed = map(to_record, own, run(blocks, kind, path))
        known.update(zip(keys(blocks, kind), printed, strict=True))
    file = recording_of(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
