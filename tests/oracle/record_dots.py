"""Records what torchviz draws of PyTorch's graphs: ``python -m tests.oracle.record_dots [FILE]``, with torch."""

import sys
import warnings
from pathlib import Path

import torch

from tests.oracle import write
from tests.oracle.dot_cases import CASES, canonical
from tests.oracle.kept import DOTS

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # torchviz uses distutils
    from torchviz import make_dot


def main(path: Path) -> None:
    """Writes every case's graph to ``path``."""
    write(path, torch.__version__, {name: canonical(draw(torch, make_dot).source) for name, draw in CASES.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DOTS)
