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

from docs._hooks.blocks import PYTORCH, ROOT, Block, Kind, find_blocks, for_compat, recorded, run, to_record

log = logging.getLogger("mkdocs.plugins.programs")

Outputs = dict[str, dict[int, str]]  # of each runner: what the block that starts there prints


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Called by MkDocs for each page, before it is converted."""
    blocks = find_blocks(markdown)
    if not blocks:
        return markdown
    return "".join(assemble(markdown, blocks, collect(blocks, Path(page.file.abs_src_path))))


def collect(blocks: Sequence[Block], path: Path) -> Outputs:
    """What the blocks print under each runner; warns of what is not as recorded."""
    expected: dict[int, str] = {}
    for kind in ("torch", "funcgrad"):
        try:
            expected |= placed(blocks, kind, recorded(blocks, kind, path))
        except LookupError as error:
            log.warning("%s", error)
    live = pytorch_is_installed()
    outputs = {
        "torch": placed(blocks, "torch", run(blocks, "torch", path)) if live else expected,
        "compat": placed(blocks, "torch", run(blocks, "compat", path)),
        "funcgrad": placed(blocks, "funcgrad", run(blocks, "funcgrad", path)),
    }
    for block in blocks:
        for runner in ("torch", "compat") if block.kind == "torch" else ("funcgrad",):
            if block.start in expected and not (runner == "compat" and block.differs):
                compare(block, path, runner, expected[block.start], outputs[runner][block.start])
    return outputs


def placed(blocks: Sequence[Block], kind: Kind, printed: Sequence[str]) -> dict[int, str]:
    """Outputs of the blocks of a kind, by where the blocks start."""
    return dict(zip([block.start for block in blocks if block.kind == kind], printed, strict=True))


def pytorch_is_installed() -> bool:
    """Whether PyTorch of the version that compat follows is there."""
    try:
        return importlib.metadata.version("torch").partition("+")[0] == PYTORCH
    except importlib.metadata.PackageNotFoundError:
        return False


def compare(block: Block, path: Path, runner: str, expected: str, printed: str) -> None:
    """Warns if a block prints something else than what was recorded."""
    printed = to_record(block, printed)
    if expected != printed:
        place = f"{path.relative_to(ROOT)}:{block.line}"
        log.warning("%s: %s prints something else than was recorded:\n%s\n---\n%s", place, runner, expected, printed)


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

    def body(block: Block, runner: str) -> str:
        code = for_compat(block.code) if runner == "compat" else block.code
        return shown(code, outputs[runner].get(block.start, ""), block.picture)

    if [block.kind for block in group] == ["funcgrad"]:
        return body(group[0], "funcgrad")
    tabs = []
    for block in group:
        if block.kind == "funcgrad":
            tabs.append(tab("funcgrad", body(block, "funcgrad")))
            continue
        remark = f"\nThe output differs from PyTorch's: {block.differs}\n" if block.differs else ""
        tabs.append(tab(f"PyTorch {PYTORCH}", body(block, "torch")))
        tabs.append(tab("compat", body(block, "compat") + remark))
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
