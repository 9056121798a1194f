"""The declarations of all operators, and their installation on the Tensor class."""

from __future__ import annotations

import sys
import types

from compat._autograd.above import Above
from compat._ops import activation as activation
from compat._ops import assignment as assignment
from compat._ops import attention as attention
from compat._ops import calculus as calculus
from compat._ops import conversion as conversion
from compat._ops import convolution as convolution
from compat._ops import counting as counting
from compat._ops import data as data
from compat._ops import factorizations as factorizations
from compat._ops import fourier as fourier
from compat._ops import implicit as implicit
from compat._ops import indexing as indexing
from compat._ops import indexing_ops as indexing_ops
from compat._ops import linalg as linalg
from compat._ops import losses as losses
from compat._ops import memory as memory
from compat._ops import methods as methods
from compat._ops import normalization as normalization
from compat._ops import pointwise as pointwise
from compat._ops import polynomials as polynomials
from compat._ops import pooling as pooling
from compat._ops import random as random
from compat._ops import recurrent as recurrent
from compat._ops import reduction as reduction
from compat._ops import resampling as resampling
from compat._ops import shaping as shaping
from compat._ops import signal as signal
from compat._ops import sorting as sorting
from compat._ops import sparse as sparse
from compat._ops import special as special
from compat._ops import splitting as splitting
from compat._ops import views as views
from compat._ops.declare import FUNCTIONS, METHODS, TABLE, namespace, ops
from compat._tensor.inplace import cast
from compat._tensor.tensor import Tensor, make


def install() -> None:
    """Put every derived method on the class, and give the tape what it uses of operators."""
    for name, fn in METHODS.items():
        if name not in Tensor.__dict__:
            setattr(Tensor, name, fn)
    Tensor.__getitem__ = indexing.getitem
    Tensor.__setitem__ = indexing.setitem
    views.install_properties()
    Above.construct = staticmethod(data.legacy_tensor)
    Above.add, Above.stack = staticmethod(ops.add), staticmethod(ops.stack)
    Above.cast = staticmethod(lambda t, dtype: make(cast(t._value(), dtype)))


def _namespace_module(name: str) -> types.ModuleType:
    """A module made of a namespace's derived functions."""
    module = types.ModuleType(f"compat.{name}", f"``torch.{name}``: derived from the operator table.")
    module.__dict__.update(namespace(name))
    sys.modules[module.__name__] = module
    return module


install()
namespaces = {n: _namespace_module(n) for n in ("special", "linalg", "fft", "signal", "signal.windows")}
__all__ = ["FUNCTIONS", "METHODS", "TABLE", "namespace", "namespaces", "ops"]
