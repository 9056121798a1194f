"""What PyTorch says of arguments that none of a function's signatures takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compat._tensor.tensor import is_tensor

_OUT = "*, Tensor out = None"
SCALAR_EITHER = {
    second: (f"(Tensor input, Tensor {second}, {_OUT})", f"(Number self, Tensor {second}, {_OUT})",
             f"(Tensor input, Number {second}, {_OUT})")
    for second in ("other", "exponent")
}
"""The signatures of an operator that takes a number in either place, by the second parameter's name."""
SCALAR_SECOND = (f"(Tensor input, Tensor other, {_OUT})", f"(Tensor input, Number other, {_OUT})")
"""The signatures of an operator whose second operand may be a number."""


def invalid_combination(name: str, given: Sequence[Any], signatures: Sequence[str]) -> TypeError:
    """The error of a call that fits none of the signatures."""
    kinds = ", ".join("Tensor" if is_tensor(a) else type(a).__name__ for a in given)
    lines = "".join(f"\n * {s}" for s in signatures)
    return TypeError(f"{name}() received an invalid combination of arguments - got ({kinds}), but expected one of:"
                     f"{lines}\n")
