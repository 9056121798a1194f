"""Records PyTorch's weights after a run of each seed: ``python -m tests.oracle.record_seeds [FILE]``, with torch."""

import sys
from pathlib import Path

import numpy as np
import torch

from tests.oracle.seed_cases import COUNT, SEEDS, train


def main(file: Path) -> None:
    """Writes every seed's weights to `file`."""
    torch.set_num_threads(1)
    np.savez_compressed(file, torch=np.array(torch.__version__),
                        weights=np.stack([train(torch, seed) for seed in range(COUNT)]))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
