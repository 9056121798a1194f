"""Records what PyTorch gives for the rows about tensors: ``python -m tests.oracle.record_tensors [FILE]``."""

import sys
from pathlib import Path

import torch

from tests.oracle import write
from tests.oracle.tensor_cases import PRINTING, RANDOM, TENSORS, TYPES, observe
from tests.spec.compare import encode


def main(path: Path) -> None:
    """Writes every row's observation to ``path``."""
    torch.set_num_threads(1)
    write(path, torch.__version__, {row: encode(observe(row, torch), "torch") for row in RANDOM + TYPES + PRINTING})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TENSORS)
