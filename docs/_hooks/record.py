"""Records what the programs in the pages print: ``python -m docs._hooks.record [PAGE ...]``; needs PyTorch."""

import os
import sys
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")  # before anything imports jax

import torch

from docs._hooks.blocks import PYTORCH, ROOT, pages, record, recording_of


def main(names: list[str]) -> None:
    """Records the pages named, or all."""
    version = torch.__version__.partition("+")[0]
    if version != PYTORCH:
        raise SystemExit(f"the outputs are those of PyTorch {PYTORCH}; this is {version}")
    for path in [Path(name).resolve() for name in names] or pages():
        record(path)
        print(recording_of(path).relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
