"""Records what PyTorch's autocast makes of the operator rows: ``python -m tests.oracle.record_amp [FILE]``, with torch.

And which operators it has a rule for, by device type, as its dispatcher knows them.
"""

import sys
from pathlib import Path

import torch

from tests.amp_table import CASES, result_dtypes
from tests.oracle import write
from tests.oracle.kept import AMP


def listed(key: str) -> list[str]:
    """The operators with a kernel of their own for a dispatch key, without namespace and overload."""
    names = torch._C._dispatch_get_all_op_names()
    own = [n for n in names if any(line.startswith(f"{key}:") for line in torch._C._dispatch_dump(n).splitlines())]
    return sorted({n.removeprefix("aten::").partition(".")[0] for n in own})


def main(path: Path) -> None:
    """Writes every row's dtypes to ``path``, and the lists."""
    torch.set_num_threads(1)
    rows = {key: result_dtypes(*case, torch) for key, case in CASES.items()}
    lists = {f"listed for {kind}": listed(f"Autocast{kind.upper()}") for kind in ("cpu", "cuda")}
    write(path, torch.__version__, rows | lists)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else AMP)
