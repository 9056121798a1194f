"""Records PyTorch's layers and losses: ``python -m tests.oracle.record_nn [FILE]``, with torch."""

import json
import sys
from pathlib import Path

import numpy as np
import torch

from tests.oracle.nn_cases import NN, observe, outcome, text
from tests.rows.nn import ROWS, TEXTS
from tests.rows.nn_programs import PROGRAMS


def main(file: Path) -> None:
    """Writes every answer to `file`."""
    torch.set_num_threads(1)
    seen = {f"{name}/{what}": value for name, row in ROWS.items() for what, value in observe(torch, row).items()}
    seen["torch"] = np.array(torch.__version__)
    seen["texts"] = np.array([text(torch, expression) for expression in TEXTS])
    seen["programs"] = np.array(json.dumps({name: outcome(torch, fn) for name, fn in PROGRAMS.items()}))
    np.savez_compressed(file, **seen)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else NN)
