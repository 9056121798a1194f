"""The programs in the documentation print under compat what PyTorch printed, and under funcgrad what the pages show."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs._hooks.blocks import DOCS, Runner, find_blocks, for_compat, pages, recorded, recording_of, run, to_record
from docs._hooks.pages import assemble, compare
from tests.conftest import ROOT
from tests.helpers import torch_or_none

PAGES = pages()
LIVE = pytest.mark.skipif(torch_or_none() is None, reason="PyTorch live; FUNCGRAD_ORACLE=live asks for it")


@pytest.mark.parametrize("runner", ["compat", "funcgrad", pytest.param("torch", marks=LIVE)])
@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_programs_print_what_is_recorded(path: Path, runner: Runner) -> None:
    blocks = find_blocks(path.read_text(encoding="utf-8"))
    kind = "funcgrad" if runner == "funcgrad" else "torch"
    own = [block for block in blocks if block.kind == kind]
    for block, expected, printed in zip(own, recorded(blocks, kind, path), run(blocks, runner, path), strict=True):
        place = f"{path}:{block.line}"
        if runner == "compat" and block.differs:
            assert printed != expected, f"{place}: it no longer differs; take the reason away"
        else:
            assert to_record(block, printed) == expected, place


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: str(path.relative_to(DOCS)))
def test_every_program_is_found(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(re.findall(r"^\s*```python +\S", text, re.M)) == len(find_blocks(text))


def _commands(page: Path) -> list[tuple[str, str, Path]]:
    """The commands that a page shows, each with what it shows of their output."""
    return [(*found, page) for found in re.findall(r"^```console\n\$ (.*)\n((?s:.*?))^```", page.read_text(), re.M)]


@pytest.mark.parametrize(
    ("command", "shown", "page"), [c for page in sorted(DOCS.glob("*.md")) for c in _commands(page)]
)
def test_commands_print_what_is_shown(command: str, shown: str, page: Path, tmp_path: Path) -> None:
    for name, program in re.findall(r'^```py title="(.*)"\n((?s:.*?))^```', page.read_text(), re.M):
        (tmp_path / name).write_text(program)
    done = subprocess.run(
        [sys.executable, *command.split()[1:]], capture_output=True, text=True, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COMPAT_CACHE_DIR": ""},
    )  # fmt: skip
    printed = (done.stdout + done.stderr).replace(f"{tmp_path}{os.sep}", "")
    if "--report" in command:  # what was counted and timed, in whatever number
        shown, printed = (re.sub(r" +\d+(\.\d+)?", " #", text) for text in (shown, printed))
    assert printed == shown


def test_every_recording_has_its_page() -> None:
    assert sorted((DOCS / "outputs").rglob("*.json")) == sorted(map(recording_of, PAGES))


def test_imports_of_compat() -> None:
    code = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\nfrom torch.utils.data import Dataset\n"
    assert for_compat(code) == (
        "import compat as torch\nimport compat.nn.functional as F\nfrom compat import nn\n"
        "from compat.utils.data import Dataset\n"
    )


def test_a_block_says_what_it_is() -> None:
    (block,) = find_blocks("text\n\n```python torch differs: there is no reason\nprint(1)\n```\n")
    assert (block.kind, block.code, block.line, block.differs) == ("torch", "print(1)\n", 4, "there is no reason")
    with pytest.raises(ValueError, match="only a block of funcgrad's prints a picture"):
        find_blocks("```python torch picture\n```\n")
    with pytest.raises(ValueError, match="unknown words"):
        find_blocks("```python funcgrad pictures\n```\n")


def test_a_page_shows_code_and_outputs_in_tabs() -> None:
    pair = "```python torch\nimport torch\n```\n\n```python funcgrad\nprint(2)\n```\n"
    text = f"before\n{pair}between\n```python funcgrad\n```\n"
    blocks = find_blocks(text)
    outputs = {"torch": {blocks[0].start: "1"}, "compat": {blocks[0].start: "1"}, "funcgrad": {blocks[1].start: "2"}}
    page = "".join(assemble(text, blocks, outputs))
    assert re.findall('=== "(.*)"', page) == ["PyTorch 2.13.0", "compat", "funcgrad"]
    assert "    import compat as torch\n" in page
    assert re.findall("    ```text.*\\n    (.*)\\n", page) == ["1", "1", "2"]
    assert page.startswith("before\n") and "between\n```python\n```\n" in page


def test_another_output_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    path = PAGES[0]
    block = find_blocks(path.read_text(encoding="utf-8"))[0]
    compare(block, path, "compat", "1", "1")
    assert not caplog.messages
    compare(block, path, "compat", "1", "2")
    (message,) = caplog.messages
    assert message.startswith(f"{path.relative_to(ROOT)}:{block.line}: compat prints something else than was recorded:")


def test_a_changed_block_is_not_recorded() -> None:
    path = PAGES[0]
    blocks = find_blocks(path.read_text(encoding="utf-8"))
    changed = [block._replace(code=block.code + "\n") for block in blocks]
    with pytest.raises(LookupError, match="is not recorded"):
        recorded(changed, "torch" if blocks[0].kind == "torch" else "funcgrad", path)
