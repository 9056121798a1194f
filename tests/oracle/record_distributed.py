"""Records what two processes of PyTorch observe: ``python -m tests.oracle.record_distributed [FILE]``."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from tests.oracle import ROOT, write


def main(path: Path) -> None:
    """Writes the observations to ``path``."""
    with tempfile.TemporaryDirectory() as folder:
        seen = Path(folder) / "seen.json"
        program = ["-m", "tests.oracle.distributed_cases", str(seen), "torch"]
        launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
        subprocess.run([*launcher, *program], cwd=ROOT, check=True, timeout=120)
        write(path, torch.__version__, json.loads(seen.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("distributed.json"))
