"""Factorization of symmetric matrices that need not be definite, over NumPy arrays.

PyTorch has no derivatives of it either.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy  # its submodules load when they are used

from funcgrad.dtypes import is_integral, torch_name

__all__ = ["ldl_factor_ex", "ldl_solve"]


class LDL(NamedTuple):
    """Factors in one matrix, row exchanges as LAPACK tells them, and the first zero pivot of each matrix."""

    LD: np.ndarray
    pivots: np.ndarray
    info: np.ndarray


def _check(name: str, A: np.ndarray) -> None:
    if A.ndim < 2:
        raise RuntimeError(f"torch.linalg.{name}: The input tensor A must have at least 2 dimensions.")
    if A.shape[-1] != A.shape[-2]:
        raise RuntimeError(
            f"torch.linalg.{name}: A must be batches of square matrices, but they are {A.shape[-2]} by {A.shape[-1]} "
            "matrices"
        )
    if is_integral(A.dtype):
        raise RuntimeError(
            f"torch.linalg.{name}: Expected a floating point or complex tensor as input. Got {torch_name(A.dtype)}"
        )


def _routine(step: str, dtype: np.dtype, hermitian: bool) -> Callable[..., Any]:
    kind = "he" if hermitian and dtype.kind == "c" else "sy"
    return getattr(scipy.linalg.lapack, {"f": "s", "d": "d", "F": "c", "D": "z"}[dtype.char] + kind + step)


def ldl_factor_ex(A: np.ndarray, *, hermitian: bool = False) -> LDL:
    """``L D L^T`` (``L D L^H`` if `hermitian`) by Bunch and Kaufman's elimination; the lower triangle of A is read.

    Raises:
      RuntimeError: if `A` is no batch of square matrices of floats.

    Example:
      >>> ldl_factor_ex(np.array([[2.0, 0.0], [4.0, 9.0]])).pivots.tolist()
      [2, 2]

    Source: PyTorch, ``torch.linalg.ldl_factor_ex``.
    """
    _check("ldl_factor_ex", A)
    out = LDL(np.zeros_like(A), np.zeros(A.shape[:-1], np.int32), np.zeros(A.shape[:-2], np.int32))
    if A.size:
        factor = _routine("trf", A.dtype, hermitian)
        for at in np.ndindex(A.shape[:-2]):
            packed, out.pivots[at], out.info[at] = factor(A[at], lower=1)
            out.LD[at] = np.tril(packed)
    return out


def ldl_solve(LD: np.ndarray, pivots: np.ndarray, B: np.ndarray, *, hermitian: bool = False) -> np.ndarray:
    """X with ``A @ X = B`` for the matrix that `ldl_factor_ex` factored; batches broadcast.

    Raises:
      RuntimeError: if `LD` is no batch of square matrices of floats, or `B` does not fit.

    Example:
      >>> ldl_solve(np.eye(2), np.array([1, 2]), np.ones((2, 1))).tolist()
      [[1.0], [1.0]]

    Source: PyTorch, ``torch.linalg.ldl_solve``.
    """
    _check("ldl_solve", LD)
    if B.ndim < 2 or B.shape[-2] != LD.shape[-2]:
        raise RuntimeError(
            f"linalg.ldl_solve: Incompatible matrix sizes for ldl_solve: each A matrix is {LD.shape[-1]} by "
            f"{LD.shape[-1]} but each B matrix is {' by '.join(map(str, B.shape[-2:]))}"
        )
    batch = np.broadcast_shapes(LD.shape[:-2], B.shape[:-2])
    factors, swaps, b = (
        np.broadcast_to(LD, (*batch, *LD.shape[-2:])),
        np.broadcast_to(pivots, (*batch, pivots.shape[-1])),
        np.broadcast_to(B, (*batch, *B.shape[-2:])),
    )
    out = np.zeros(b.shape, B.dtype)
    if out.size:
        solve = _routine("trs", LD.dtype, hermitian)
        for at in np.ndindex(batch):
            out[at], _ = solve(factors[at], swaps[at], b[at], lower=1)
    return out
