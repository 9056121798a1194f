"""Rows of orthogonal polynomials and Bessel functions, all in ``torch.special`` alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from compat._ops.declare import composite, op, ops
from compat._tensor.tensor import is_tensor
from funcgrad.ops import polynomials as K

_hidden = {"method": False, "function": False, "host": True, "differentiable": False}


def _bessel(name: str) -> Callable:
    def kernel(input: np.ndarray) -> np.ndarray:
        return K.bessel(name, input)

    kernel.__doc__ = f"``torch.special.{name}``."
    return kernel


def _polynomial(name: str) -> Callable:
    def kernel(input: np.ndarray, n: np.ndarray) -> np.ndarray:
        return K.polynomial(name, input, n)

    kernel.__doc__ = f"``torch.special.{name}``."
    return kernel


def _publish(name: str) -> None:
    """A polynomial takes a number for either argument."""
    private = op(_polynomial(name), f"_special_{name}", **_hidden).fn

    def function(x: Any, n: Any, *, out: Any = None) -> Any:
        if not is_tensor(x) and not is_tensor(n):
            raise TypeError(
                f"special_{name}() received an invalid combination of arguments - got ({type(x).__name__}, "
                f"{type(n).__name__}), but expected a Tensor for one of x and n"
            )
        points, degree = (t if is_tensor(t) else ops.tensor(t) for t in (x, n))
        result = private(points, degree)
        return result if out is None else ops._into(out, result)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The polynomial of degree `n`: ``torch.special.{name}``."
    composite(function, name=f"special_{name}", method=False, function=False, namespaces=f"special:{name}")


for _name in K.BESSEL:
    op(_bessel(_name), f"special_{_name}", namespaces=f"special:{_name}", **_hidden)
for _name in K.POLYNOMIALS:
    _publish(_name)
