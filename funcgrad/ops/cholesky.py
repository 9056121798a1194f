"""The Cholesky factorization, and what is solved with it."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import solve_triangular as _solve_triangular

from funcgrad.ops.linalg import _check_square, _mh
from funcgrad.typing import Array

__all__ = ["cholesky", "cholesky_inverse", "cholesky_solve"]


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _cholesky(A: Array, upper: bool) -> Array:
    """Lower factor of the Hermitian matrix of which one triangle is read."""
    lower = _mh(A) if upper else A
    return lax.linalg.cholesky(jnp.tril(lower) + _mh(jnp.tril(lower, -1)), symmetrize_input=False)


@_cholesky.defjvp
def _cholesky_jvp(upper: bool, primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    # Murray 2016, eq. 8. As in PyTorch, a tangent that is not Hermitian keeps the imaginary part of its diagonal, and
    # is the same whichever triangle is read.
    L, (dA,) = _cholesky(primals[0], upper), tangents
    inner = _solve_triangular(L, _mh(_solve_triangular(L, _mh(dA), lower=True)), lower=True)
    half = (jnp.tril(inner + _mh(inner), -1) + jnp.eye(L.shape[-1], dtype=L.dtype) * inner) / 2
    return L, L @ half


def cholesky(A: Array, *, upper: bool = False) -> Array:
    """Triangular factor L of ``L @ L^H``; only the lower triangle of A is read (the upper if `upper`)."""
    _check_square("cholesky", A)
    if not A.size:
        return A  # LAPACK's solvers, which the derivative needs, refuse empty matrices
    factor = _cholesky(A, upper)
    return _mh(factor) if upper else factor


def cholesky_inverse(input: Array, upper: bool = False) -> Array:
    """Inverse of the matrix whose Cholesky factor is `input`."""
    return cholesky_solve(jnp.broadcast_to(jnp.eye(input.shape[-1], dtype=input.dtype), input.shape), input, upper)


def cholesky_solve(input: Array, L: Array, upper: bool = False) -> Array:
    """X with ``A @ X = input`` for the matrix A whose Cholesky factor is `L`."""
    factor = _mh(L) if upper else L
    batch = jnp.broadcast_shapes(factor.shape[:-2], input.shape[:-2])
    factor, b = (jnp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (factor, input))

    def both(_: Any, b: Array) -> Array:
        half = _solve_triangular(lax.stop_gradient(factor), b, lower=True)
        return _solve_triangular(_mh(lax.stop_gradient(factor)), half, lower=False)

    def transposed(matvec: Any, b: Array) -> Array:
        return both(matvec, b.conj()).conj()  # A is Hermitian, so that its transpose is its conjugate

    # the gradient is that of L @ L^H for a full L, as in PyTorch, though only its triangle is read
    return lax.custom_linear_solve(lambda x: factor @ (_mh(factor) @ x), b, both, transposed)
