"""Records optimizers, loaders, transforms and one-liners: ``python -m tests.oracle.record_training [FILE]``."""

import sys
from pathlib import Path

import torch
import torch.func
import torch.utils.data

from tests.compat.observations import GROUPS, load
from tests.oracle import write
from tests.oracle.kept import TRAINING
from tests.spec.catalogue import observe, source_id


def main(path: Path) -> None:
    """Writes every case's answer to ``path``."""
    torch.set_num_threads(1)
    cases = {name: case for group in GROUPS for name, case in load(group).items()}
    write(path, torch.__version__, {name: [source_id(case), observe(case, torch)] for name, case in cases.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TRAINING)
