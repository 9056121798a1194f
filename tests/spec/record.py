"""Records what PyTorch itself answers: ``python -m tests.spec.record [FILE]``, with torch installed.

Run after changing a case; the tests compare compat with the file wherever torch is not asked live.
"""

import sys
from pathlib import Path

import torch

from tests.oracle import write
from tests.oracle.kept import SPEC
from tests.spec.catalogue import load, observe, source_id


def main(path: Path) -> None:
    """Writes every case's answer to ``path``."""
    torch.set_num_threads(1)
    write(path, torch.__version__, {name: [source_id(case), observe(case, torch)] for name, case in load().items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SPEC)
