"""What autocast makes of every operator row: the dtypes of its results, or the error.

A row of ``tests.op_table`` is called in a region of each lower precision, once with its inputs as they are and once
with float32 inputs in that precision: the lists of lower precision show in the first, those of float32 in the second.
Where PyTorch raises an error, for want of a kernel in half precision, nothing is compared.
"""

import warnings
from typing import Any

import numpy as np

from tests.op_table import ROWS, Row, make_inputs

PRECISIONS = ("bfloat16", "float16")
CASES = {f"{key} in {p}{given}": (row, p, bool(given)) for key, row in ROWS.items() for p in PRECISIONS
         for given in ("", " of halves")}  # fmt: skip


def result_dtypes(row: Row, precision: str, halves: bool, torch: Any) -> list[str]:
    """The dtypes of the results; the error's type and first line, if there is one."""
    given = {}
    for name, value in make_inputs(row).items():
        t = torch.tensor(value)
        given[name] = t.to(getattr(torch, precision)) if halves and t.dtype == torch.float32 else t
    names = {"torch": torch, "F": torch.nn.functional, "inf": np.inf, "nan": np.nan}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with torch.autocast("cpu", getattr(torch, precision)):
                result = eval(row.call, {**names, **given})
        except Exception as error:  # noqa: BLE001 - the exception is the observation
            return ["error", type(error).__name__, (str(error).strip().splitlines() or [""])[0].rstrip()]
    flat = list(result) if isinstance(result, (tuple, list)) else [result]
    return [str(t.dtype) if torch.is_tensor(t) else type(t).__name__ for t in flat]
