"""Programs that XLA:CPU gets wrong, found by looking at what it made of them.

XLA hands matrix products and reductions to a library (YNN), as "fusions" that may contain both. Where a reduction takes
the product up, and an operand of the product is made of copies of fewer numbers (``(x @ torch.ones(n, n)).sum()``), the
library reads what nobody has written: the result is another one each time, or nan (seen in jaxlib 0.10.2 and 0.12.0.1).
Before 0.12 it also loses the end of long ones (jax-ml/jax#39103), and dies of seven or more dimensions
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
    copies: set[str] = set()  # arrays made of nothing but copies of fewer numbers
    misread = reduced = False
    for name, shape, op, operands in _instruction.findall(body):
        sizes, names = [int(n) for n in shape.split(",") if n], _name.findall(operands)
        if old and len(sizes) >= RANK:
            return True
        if op == "dot":
            misread = misread or not copies.isdisjoint(names) or (old and max(sizes, default=0) >= LONG)
        reduced = reduced or op.startswith("reduce")
        if op in ("broadcast", "constant", "iota") or (names and copies.issuperset(names)):
            copies.add(name)
    return misread and reduced


__all__ = ["OPTIONS", "doubtful"]
