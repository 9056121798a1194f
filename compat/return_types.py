"""``torch.return_types``: the classes of structured results."""

from compat._ops import TABLE as _TABLE

_types = {op.returns.__name__: op.returns for op in _TABLE.values() if op.returns is not None}
globals().update(_types)
__all__ = sorted(_types)
