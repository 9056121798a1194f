"""Records what PyTorch gives for the distributions: ``python -m tests.oracle.record_distributions [FILE]``."""

import sys
from pathlib import Path

import torch

from tests.oracle import write
from tests.oracle.distribution_cases import DISTRIBUTIONS, ROWS, observe
from tests.spec.compare import encode


def main(path: Path) -> None:
    """Writes every row's observation to ``path``."""
    torch.set_num_threads(1)
    torch.distributions.utils  # noqa: B018 - a submodule that rows use
    write(path, torch.__version__, {f"{kind}: {row}": encode(observe(kind, row, torch), "torch") for kind, row in ROWS})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DISTRIBUTIONS)
