"""Programs that XLA:CPU gets wrong, found by looking at what it made of them.

XLA hands matrix products and reductions to a library (YNN), as "fusions" that may contain both. Where a reduction takes
the product up, and an operand of the product is made of copies of fewer numbers (``(x @ torch.ones(n, n)).sum()``), the
library reads what nobody has written: the result is another one each time, or nan (jaxlib 0.10.2 to 0.12.0 at least).
In jaxlib before 0.12 it also loses the end of long ones (jax-ml/jax#39103), and dies of seven or more dimensions
(jax-ml/jax#40412).

Such a program is compiled again with products alone given to the library, which is right, and slower to reduce. All
others stay as they are: without the library a sum over all of a matrix takes five times as long.
"""

from __future__ import annotations

import re
from importlib.metadata import version

OPTIONS = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT"}
LONG = 1 << 14  # seen from 16,385 on
RANK = 7

_called = re.compile(r'calls=(%[\w.\-]+), .*"kind":"__ynn_fusion"')
_computation = re.compile(r"^(%[\w.\-]+) \(.*\{\n((?:  .*\n)*)\}", re.MULTILINE)
_instruction = re.compile(r"^  (?:ROOT )?(%[\w.\-]+) = \w+\[([\d,]*)\]\S* ([\w\-]+)\((.*?)\)(?:, |$)", re.MULTILINE)
_name = re.compile(r"%[\w.\-]+")
_old = tuple(map(int, re.findall(r"\d+", version("jaxlib"))[:2])) < (0, 12)


def doubtful(text: str, old: bool = _old) -> bool:
    """Whether a compiled program (its HLO) is one of those.

    Args:
      text: What ``compiled.as_text()`` says.
      old: Whether it is from a jaxlib with the faults that 0.12 no longer has.
    """
    if "__ynn_fusion" not in text or not (old or " dot(" in text):
        return False
    called = set(_called.findall(text))
    return any(_wrong(body, old) for name, body in _computation.findall(text) if name in called)


def _wrong(body: str, old: bool) -> bool:
    made = {name: (shape.split(",") if shape else [], op, _name.findall(operands))
            for name, shape, op, operands in _instruction.findall(body)}
    if old and any(len(shape) >= RANK for shape, _, _ in made.values()):
        return True
    if not any(op.startswith("reduce") for _, op, _ in made.values()):
        return False
    for shape, op, operands in made.values():
        if op == "dot" and ((old and any(int(n) >= LONG for n in shape)) or any(_copies(made, x) for x in operands)):
            return True
    return False


def _copies(made: dict[str, tuple[list[str], str, list[str]]], name: str) -> bool:
    """Whether an array in the fusion is made of nothing but copies of fewer numbers."""
    _, op, operands = made[name]
    if op in ("broadcast", "constant", "iota"):
        return True
    return bool(operands) and all(_copies(made, x) for x in operands)


__all__ = ["OPTIONS", "doubtful"]
