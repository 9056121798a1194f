"""Records what PyTorch answers to the operator rows: ``python -m tests.oracle.record_ops [FILE]``, with torch."""

import sys
import warnings
from pathlib import Path

import torch

from tests.op_table import ERRORS, ROWS, error_of, evaluate
from tests.oracle import write
from tests.oracle.kept import OPS
from tests.spec.compare import encode


def main(path: Path) -> None:
    """Writes every row's and every error's answer to ``path``."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    cases = {key: encode(evaluate(row, torch), "torch") for key, row in ROWS.items()}
    write(path, torch.__version__, cases | {call: error_of(call, torch) for call in ERRORS})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else OPS)
