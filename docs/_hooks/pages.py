"""The hook of MkDocs that runs the programs in the pages and puts what they print below them.

Blocks that follow each other become tabs: PyTorch, compat, funcgrad. compat and funcgrad run while the site is built;
PyTorch too if it is installed, and otherwise its recorded outputs are shown. What does not agree is a warning, and that
ends a strict build.
"""

import importlib.metadata
import logging
import os
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")  # before anything imports jax

from docs._hooks.blocks import PYTORCH, ROOT, Block, find_blocks, for_compat, recorded, run

log = logging.getLogger("mkdocs.plugins.programs")

Outputs = dict[tuple[str, int], str]  # of (runner, start of the block)


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Called by MkDocs for each page, before it is converted."""
    path = Path(page.file.abs_src_path)
    # MkDocs has cut the front matter off; lines in messages are those of the file.
    text = path.read_text(encoding="utf-8-sig")
    blocks = find_blocks(text)
    if not blocks:
        return markdown
    head = text[: len(text) - len(markdown)] if text.endswith(markdown) else ""
    outputs = collect(blocks, path)
    return "".join(assemble(text, blocks, outputs))[len(head) :]


def collect(blocks: Sequence[Block], path: Path) -> Outputs:
    """What the blocks print under each runner; warns of what does not agree."""
    found: Outputs = {}

    def keep(runner: str, kind: str, printed: Sequence[str]) -> None:
        starts = [block.start for block in blocks if block.kind == kind]
        found.update(((runner, start), text) for start, text in zip(starts, printed, strict=True))

    for kind in ("torch", "funcgrad"):
        try:
            keep(f"recorded {kind}", kind, recorded(blocks, kind, path))
        except LookupError as error:
            log.warning("%s", error)
    if pytorch_is_installed():
        keep("torch", "torch", run(blocks, "torch", path))
    else:
        found.update({("torch", start): text for (runner, start), text in found.items() if runner == "recorded torch"})
    keep("compat", "torch", run(blocks, "compat", path))
    keep("funcgrad", "funcgrad", run(blocks, "funcgrad", path))
    for block in blocks:
        shown = {name: found.get((name, block.start)) for name in ("torch", "compat", "funcgrad")}
        expected = found.get((f"recorded {block.kind}", block.start))
        if block.kind == "torch":
            compare(block, path, "PyTorch's output is not the recorded one", expected, shown["torch"])
            if not block.differs:
                compare(block, path, "compat's output is not PyTorch's", expected, shown["compat"])
        else:
            compare(block, path, "the output is not the recorded one", expected, shown["funcgrad"])
    return found


def pytorch_is_installed() -> bool:
    """Whether PyTorch of the version that compat follows is there."""
    try:
        return importlib.metadata.version("torch").partition("+")[0] == PYTORCH
    except importlib.metadata.PackageNotFoundError:
        return False


def compare(block: Block, path: Path, complaint: str, expected: str | None, printed: str | None) -> None:
    """Warns if two outputs differ; None is an output that has been complained of already."""
    if expected is not None and printed is not None and expected != printed:
        log.warning("%s:%d: %s:\n%s\n---\n%s", path.relative_to(ROOT), block.line, complaint, expected, printed)


def assemble(text: str, blocks: Sequence[Block], outputs: Outputs) -> Iterator[str]:
    """The page with tabs and outputs in the place of its blocks."""
    at = 0
    for group in groups(text, blocks):
        yield text[at : group[0].start]
        yield render(group, outputs)
        at = group[-1].end
    yield text[at:]


def groups(text: str, blocks: Sequence[Block]) -> list[list[Block]]:
    """Blocks of different kinds with nothing but blank lines between them."""
    found: list[list[Block]] = []
    for block in blocks:
        last = found[-1] if found else None
        if last and not text[last[-1].end : block.start].strip() and block.kind not in {b.kind for b in last}:
            last.append(block)
        else:
            found.append([block])
    return found


def render(group: Sequence[Block], outputs: Outputs) -> str:
    """A group as tabs; a funcgrad block alone needs none."""
    if [block.kind for block in group] == ["funcgrad"]:
        return shown(group[0].code, outputs.get(("funcgrad", group[0].start), ""), group[0].picture)
    tabs = []
    for block in group:
        printed = {name: outputs.get((name, block.start), "") for name in ("torch", "compat", "funcgrad")}
        if block.kind == "funcgrad":
            tabs.append(tab("funcgrad", shown(block.code, printed["funcgrad"], block.picture)))
            continue
        tabs.append(tab(f"PyTorch {PYTORCH}", shown(block.code, printed["torch"], block.picture)))
        remark = f"\nThe output differs from PyTorch's: {block.differs}\n" if block.differs else ""
        tabs.append(tab("compat", shown(for_compat(block.code), printed["compat"], block.picture) + remark))
    return "\n".join(tabs)


def tab(title: str, body: str) -> str:
    """One of several tabs, in the syntax of pymdownx.tabbed."""
    return f'=== "{title}"\n\n{textwrap.indent(body, "    ")}\n'


def shown(code: str, output: str, picture: bool) -> str:
    """Code, and below it what it prints."""
    body = f"```python\n{code}```\n"
    if picture:
        return f'{body}\n<div class="picture">{output}</div>\n'
    return body + (f'\n```text title="Output"\n{output}\n```\n' if output else "")
