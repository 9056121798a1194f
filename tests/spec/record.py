"""Records what PyTorch itself answers: ``python -m tests.spec.record [FILE]``, with torch installed.

Run after changing a case; the tests compare compat with the file wherever torch is not asked live.
"""

import json
import sys
from pathlib import Path

import torch

from tests.spec.catalogue import EXPECTED, load, observe, source_id


def main(path: Path) -> None:
    """Writes every case's answer to ``path``, one line a case so that a change of one is a change of one line."""
    torch.set_num_threads(1)
    rows = (
        f"{json.dumps(name)}: {json.dumps([source_id(case), observe(case, torch)], ensure_ascii=False)}"
        for name, case in load().items()
    )
    version = torch.__version__.partition("+")[0]
    text = f'{{"recorded from": "torch {version}", "cases": {{\n' + ",\n".join(rows) + "\n}}\n"
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else EXPECTED)
