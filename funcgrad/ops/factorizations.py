"""Factorizations with a report of failure, products of reflectors, and LAPACK's packed forms."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import lax

from funcgrad.dtypes import is_complex, is_integral, torch_name
from funcgrad.ops._common import not_implemented
from funcgrad.ops.cholesky import cholesky
from funcgrad.ops.linalg import _check_matrix, _check_square, _mh, solve_triangular
from funcgrad.typing import Array

__all__ = [
    "cholesky_ex",
    "geqrf",
    "householder_product",
    "inv_ex",
    "lu_factor_ex",
    "lu_unpack",
    "ormqr",
    "solve_ex",
    "triangular_solve",
]


class Checked(NamedTuple):
    """A result, and for each matrix 0 or the place, from one, where the elimination failed."""

    result: Array
    info: Array


class FactorChecked(NamedTuple):
    """Packed factors, pivots, and for each matrix 0 or the place of the first zero pivot."""

    LU: Array
    pivots: Array
    info: Array


class Unpacked(NamedTuple):
    """Permutation, unit lower and upper triangular factor."""

    P: Array
    L: Array
    U: Array


class Packed(NamedTuple):
    """Reflectors under, and R on and over, the diagonal; and the reflectors' factors."""

    a: Array
    tau: Array


class Solved(NamedTuple):
    """The solution, and the matrix of the system."""

    solution: Array
    cloned_coefficient: Array


def _first(bad: Array) -> Array:
    """Position, from one, of the first True of the last dimension; 0 if there is none."""
    if not bad.shape[-1]:
        return jnp.zeros(bad.shape[:-1], "int32")
    return jnp.where(bad.any(-1), jnp.argmax(bad, -1) + 1, 0).astype("int32")


def _pivots(A: Array) -> Array:
    """Pivots of elimination without exchange: a Hermitian matrix is positive definite if they are positive."""

    def step(k: int, state: tuple[Array, Array]) -> tuple[Array, Array]:
        a, pivots = state
        pivot = a[..., k, k]
        column = a[..., :, k] * (jnp.arange(a.shape[-1]) > k)
        rest = a - column[..., :, None] * column[..., None, :].conj() / pivot[..., None, None]
        return rest, pivots.at[..., k].set(pivot.real)

    start = jnp.zeros(A.shape[:-1], A.real.dtype)
    if not A.size:
        return start
    return lax.fori_loop(0, A.shape[-1], step, (A, start))[1]


def cholesky_ex(input: Array, *, upper: bool = False, check_errors: bool = False) -> Checked:
    """`cholesky`, and where it failed: the order of the first leading minor that is not positive."""
    L = cholesky(input, upper=upper)
    lower = lax.stop_gradient(_mh(input) if upper else input)
    hermitian = jnp.tril(lower) + _mh(jnp.tril(lower, -1))
    return Checked(L, _first(~(_pivots(hermitian) > 0)))


def _zero_pivot(A: Array) -> Array:
    packed = lax.linalg.lu(lax.stop_gradient(A))[0]
    return _first(jnp.diagonal(packed, axis1=-2, axis2=-1) == 0)


def inv_ex(A: Array, *, check_errors: bool = False) -> Checked:
    """`inv`, and the place of the first zero pivot of a singular matrix."""
    _check_square("inv", A)
    return Checked(jnp.linalg.inv(A), _zero_pivot(A))


def solve_ex(A: Array, B: Array, *, left: bool = True, check_errors: bool = False) -> Checked:
    """`solve`, and the place of the first zero pivot of a singular matrix."""
    _check_square("solve", A)
    if not left:
        return Checked(jnp.linalg.solve(A.mT, B.mT).mT, _zero_pivot(A))
    vector = B.ndim == 1 or (B.ndim == A.ndim - 1 and B.shape == A.shape[:-1])
    x = jnp.linalg.solve(A, B[..., None])[..., 0] if vector else jnp.linalg.solve(A, B)
    return Checked(x, _zero_pivot(A))


def lu_factor_ex(A: Array, *, pivot: bool = True, check_errors: bool = False) -> FactorChecked:
    """`lu_factor`, and the place of the first zero pivot of a singular matrix."""
    _check_matrix("lu_factor", A)
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    packed, pivots, _ = lax.linalg.lu(A)
    zero = jnp.diagonal(lax.stop_gradient(packed), axis1=-2, axis2=-1) == 0
    return FactorChecked(packed, (pivots + 1).astype("int32"), _first(zero))


def lu_unpack(LU_data: Array, LU_pivots: Array, unpack_data: bool = True, unpack_pivots: bool = True) -> Unpacked:
    """The three factors of a packed factorization."""
    m, n = LU_data.shape[-2:]
    k = min(m, n)
    empty = jnp.zeros((0,), LU_data.dtype)
    P = L = U = empty
    if unpack_pivots:
        order = lax.linalg.lu_pivots_to_permutation(LU_pivots - 1, m)
        P = (order[..., None, :] == jnp.arange(m)[:, None]).astype(LU_data.dtype)
    if unpack_data:
        L = jnp.tril(LU_data[..., :, :k], -1) + jnp.eye(m, k, dtype=LU_data.dtype)
        U = jnp.triu(LU_data[..., :k, :])
    return Unpacked(P, L, U)


def geqrf(input: Array) -> Packed:
    """The factorization Q R with Q as a product of reflectors, which `householder_product` multiplies out."""
    _check_matrix("geqrf", input)
    a, tau = jnp.linalg.qr(input, "raw")
    return Packed(a.mT, tau)


def _reflectors(a: Array) -> Array:
    """The reflectors' vectors, in columns: what is under the diagonal, and ones on it."""
    m, n = a.shape[-2:]
    return jnp.tril(a, -1) + jnp.eye(m, n, dtype=a.dtype)


def householder_product(input: Array, tau: Array) -> Array:
    """First columns of the product of the reflectors ``I - tau v v*``, v in the columns of `input`."""
    _check_matrix("householder_product", input)
    m, n = input.shape[-2:]
    if m < n:
        raise RuntimeError(
            "torch.linalg.householder_product: input.shape[-2] must be greater than or equal to input.shape[-1]"
        )
    if tau.dtype != input.dtype:
        raise RuntimeError(
            f"torch.linalg.householder_product: tau dtype {torch_name(tau.dtype)} does not match input dtype "
            f"{torch_name(input.dtype)}"
        )
    vectors = _reflectors(input)
    out = jnp.broadcast_to(jnp.eye(m, n, dtype=input.dtype), input.shape)
    for i in reversed(range(tau.shape[-1])):
        out = _reflected(vectors[..., i], tau[..., i], out)
    return out


def _reflected(v: Array, tau: Array, x: Array) -> Array:
    row = v[..., None, :].conj() @ x  # (..., 1, n)
    return x - tau[..., None, None] * v[..., :, None] * row


def _check_ormqr(input: Array, tau: Array, other: Array, left: bool) -> None:
    for name, x in (("input", input), ("other", other)):
        if x.ndim < 2:
            raise RuntimeError(f"torch.ormqr: {name} must have at least 2 dimensions.")
    side = -2 if left else -1
    if tau.ndim != input.ndim - 1:
        raise RuntimeError(
            "torch.ormqr: Expected tau to have one dimension less than input, but got tau.ndim equal to "
            f"{tau.ndim} and input.ndim is equal to {input.ndim}"
        )
    if tau.shape[-1] != min(other.shape[side], input.shape[-1]):
        raise RuntimeError(f"torch.ormqr: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])")
    if other.shape[side] != input.shape[-2]:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be equal to input.shape[-2]")
    if other.ndim != input.ndim:
        raise RuntimeError(
            "torch.ormqr: Expected other to have the same number of dimensions as input, but got other.ndim equal to "
            f"{other.ndim} and input.ndim is equal to {input.ndim}"
        )
    for name, batch in (("tau", tau.shape[:-1]), ("other", other.shape[:-2])):
        if batch != input.shape[:-2]:
            raise RuntimeError(
                f"torch.ormqr: Expected batch dimensions of {name} to be equal to input.shape[:-2], but got "
                f"{list(batch)}"
            )
    for name, x in (("tau", tau), ("other", other)):
        if x.dtype != input.dtype:
            raise RuntimeError(
                f"torch.ormqr: Expected input and {name} to have the same dtype, but input has dtype"
                f"{torch_name(input.dtype)} and {name} has dtype {torch_name(x.dtype)}"
            )
    if is_integral(input.dtype):
        raise not_implemented("ormqr_cpu", input.dtype)


def ormqr(input: Array, tau: Array, other: Array, left: bool = True, transpose: bool = False) -> Array:
    """A matrix times the orthogonal matrix of reflectors, or its (conjugate) transpose, from the left or the right."""
    _check_ormqr(input, tau, other, left)
    if not left:
        # (C Q)* = Q* C*
        return _mh(ormqr(input, tau, _mh(other), True, not transpose))
    vectors, out = _reflectors(input), other
    each = range(tau.shape[-1])
    for i in each if transpose else reversed(each):
        t = tau[..., i].conj() if transpose and is_complex(tau.dtype) else tau[..., i]
        out = _reflected(vectors[..., i], t, out)
    return out


def triangular_solve(
    b: Array, A: Array, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Solved:
    """X with ``A X = b`` for a triangular A; and A."""
    matrix = A.mT if transpose else A
    return Solved(solve_triangular(matrix, b, upper=upper != transpose, unitriangular=unitriangular), A)
