"""``torch.sparse``: tensors of coordinate layout, as far as programs on graphs use them."""

from compat._later import later
from compat._ops.declare import ops
from compat._ops.sparse import LEGACY
from compat._ops.sparse import sparse_mm as mm
from compat._ops.sparse import sparse_sum as sum

addmm = ops.addmm
globals().update(LEGACY)
__getattr__ = later(__name__, "semi_structured")
__all__ = ["addmm", "mm", "sum"]
