"""Decompositions, inverses and norms of matrices, and of batches of matrices in the last two dimensions."""

import math
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.linalg import expm
from jax.scipy.linalg import solve_triangular as _solve_triangular

from funcgrad.dtypes import (
    canonical,
    is_complex,
    is_integral,
    opmath,
    promote_types,
    real_dtype,
    scalar,
    sum_dtype,
    torch_name,
)
from funcgrad.ops.reduction import vector_norm
from funcgrad.shapes import wrap_dim
from funcgrad.typing import Array, DType, Number

__all__ = [
    "cond",
    "det",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "logdet",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_solve",
    "matrix_exp",
    "matrix_norm",
    "matrix_rank",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
]


class SVD(NamedTuple):
    """Singular value decomposition, ``U @ diag(S) @ Vh``."""

    U: Array
    S: Array
    Vh: Array


class QR(NamedTuple):
    """Orthogonal and upper triangular factor."""

    Q: Array
    R: Array


class Eigen(NamedTuple):
    """Eigenvalues and, in columns, eigenvectors."""

    eigenvalues: Array
    eigenvectors: Array


class SLogDet(NamedTuple):
    """Sign and logarithm of the absolute value of a determinant."""

    sign: Array
    logabsdet: Array


class LU(NamedTuple):
    """Permutation, unit lower and upper triangular factor."""

    P: Array
    L: Array
    U: Array


class LUFactor(NamedTuple):
    """Both triangles in one matrix, and the rows swapped at each step, counted from one."""

    LU: Array
    pivots: Array


class LeastSquares(NamedTuple):
    """Solution of a least squares problem and what is known about it."""

    solution: Array
    residuals: Array
    rank: Array
    singular_values: Array


def _check_matrix(name: str, A: Array) -> None:
    if A.ndim < 2:
        raise RuntimeError(f"linalg.{name}: The input tensor A must have at least 2 dimensions.")
    if is_integral(A.dtype):
        raise RuntimeError(
            f"linalg.{name}: Expected a floating point or complex tensor as input. Got {torch_name(A.dtype)}"
        )


def _check_square(name: str, A: Array) -> None:
    _check_matrix(name, A)
    if A.shape[-1] != A.shape[-2]:
        raise RuntimeError(
            f"linalg.{name}: A must be batches of square matrices, but they are {A.shape[-2]} by {A.shape[-1]} matrices"
        )


def _mh(A: Array) -> Array:
    return A.mT.conj() if is_complex(A.dtype) else A.mT


# ---------------------------------------------------------------- inverses, determinants, systems
def inv(A: Array) -> Array:
    """Inverse of a square matrix."""
    _check_square("inv", A)
    return jnp.linalg.inv(A)


def pinv(
    A: Array,
    rcond: Number | None = None,
    hermitian: bool = False,
    *,
    atol: Number | None = None,
    rtol: Number | None = None,
) -> Array:
    """Moore-Penrose inverse; singular values up to ``max(atol, rtol * largest)`` count as zero (`rcond`: `rtol`)."""
    if A.ndim < 2 or is_integral(A.dtype):
        raise RuntimeError(
            f"linalg.pinv({torch_name(A.dtype)}{{{list(A.shape)}}}): expected a tensor with 2 or more dimensions of "
            "float, double, cfloat or cdouble types"
        )
    read = _from_lower(lax.stop_gradient(A)) if hermitian else A
    return _pinv(A, _relative_cutoff(read, atol, rcond if rtol is None else rtol), hermitian)


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _pinv(A: Array, cutoff: Array, hermitian: bool) -> Array:
    """Pseudo-inverse; singular values up to ``cutoff`` times the largest count as zero."""
    # singular values serve a Hermitian matrix as well, of which one triangle is read
    U, S, Vh = jnp.linalg.svd(_from_lower(A) if hermitian else A, full_matrices=False)
    kept = S > jnp.asarray(cutoff)[..., None] * S[..., :1]
    inverse = jnp.where(kept, 1 / jnp.where(kept, S, 1), 0).astype(S.dtype)
    return _mh(Vh) @ (inverse[..., None] * _mh(U))


@_pinv.defjvp
def _pinv_jvp(hermitian: bool, primals: tuple[Array, Array], tangents: tuple[Array, Any]) -> tuple[Array, Array]:
    A, dA = primals[0], tangents[0]  # Golub and Pereyra 1973, eq. 4.12
    P = _pinv(*primals, hermitian)
    # A P and P A are Hermitian, but for a matrix that is not, read as if it was: there these adjoints are PyTorch's
    left = dA - _mh(A @ P) @ dA  # (I - A P) dA, whose adjoint enters
    right = dA - dA @ _mh(P @ A)  # dA (I - P A)
    return P, -P @ dA @ P + P @ _mh(P) @ _mh(left) + _mh(right) @ _mh(P) @ P


def _relative_cutoff(A: Array, atol: Number | None, rtol: Number | None) -> Array:
    """PyTorch's two tolerances as one relative one."""
    real = real_dtype(A.dtype)
    if rtol is None:
        default = max(A.shape[-2:]) * float(jnp.finfo(real).eps)
        rtol = default if atol is None else jnp.where(jnp.asarray(atol) > 0, 0.0, default)
    cutoff = scalar(rtol, real)
    if atol is None:
        return cutoff
    largest = lax.stop_gradient(jnp.linalg.svd(A, compute_uv=False)[..., 0])
    return jnp.maximum(cutoff, scalar(atol, real) / jnp.where(largest == 0, 1, largest))


def det(A: Array) -> Array:
    """Determinant."""
    _check_square("det", A)
    if not A.shape[-1]:
        return jnp.ones(A.shape[:-2], A.dtype)  # JAX's derivative indexes the first row
    return jnp.linalg.det(A)


def slogdet(A: Array) -> SLogDet:
    """Sign and logarithm of the absolute value of the determinant."""
    _check_square("slogdet", A)
    return SLogDet(*jnp.linalg.slogdet(A))


def logdet(input: Array) -> Array:
    """Logarithm of the determinant, nan where that is negative."""
    _check_square("logdet", input)
    sign, logabs = jnp.linalg.slogdet(input)
    if is_complex(input.dtype):
        return jnp.log(sign) + logabs
    return jnp.where(sign == -1, jnp.full((), np.nan, logabs.dtype), logabs)


def _is_vector_rhs(A: Array, B: Array) -> bool:
    return B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])


def solve(A: Array, B: Array, *, left: bool = True) -> Array:
    """X with ``A @ X = B`` (or ``X @ A = B``); B may be a vector, or a batch of them."""
    _check_square("solve", A)
    vector = _is_vector_rhs(A, B)
    b = B[..., None] if vector else B
    if not left and not vector:
        return solve(A.mT, B.mT).mT
    if A.shape[-1] != b.shape[-2]:
        raise RuntimeError(
            "linalg.solve: Incompatible shapes of A and B for the equation AX = B "
            f"({A.shape[-2]}x{A.shape[-1]} and {b.shape[-2]}x{b.shape[-1]})"
        )
    out = jnp.linalg.solve(A, b)
    return out[..., 0] if vector else out


def solve_triangular(A: Array, B: Array, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Array:
    """X with ``A @ X = B`` for a triangular A, of which only that triangle is read."""
    if not left:
        return solve_triangular(A.mT, B.mT, upper=not upper, unitriangular=unitriangular).mT
    batch = jnp.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    a, b = (jnp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (A, B))
    return _solve_triangular(a, b, lower=not upper, unit_diagonal=unitriangular)


_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


def lstsq(A: Array, B: Array, rcond: Number | None = None, *, driver: str | None = None) -> LeastSquares:
    """X that minimises ``|A @ X - B|``.

    `driver`, a LAPACK routine in PyTorch, decides what else is told: ``"gelsy"``, the default, the rank; ``"gels"`` the
    residuals of a system with more rows than columns, which is taken to have full rank; ``"gelsd"`` and ``"gelss"`` all
    that and the singular values. What is not told is empty.
    """
    if driver not in (None, *_DRIVERS):
        raise RuntimeError(f"torch.linalg.lstsq: parameter `driver` should be one of ({', '.join(_DRIVERS)})")
    _check_matrix("lstsq", A)
    vector = _is_vector_rhs(A, B)
    b = B[..., None] if vector else B
    real = real_dtype(A.dtype)
    cutoff = scalar(max(A.shape[-2:]) * float(jnp.finfo(real).eps) if rcond is None else rcond, real)
    x = _pinv(A, cutoff, False) @ b
    residuals = values = jnp.zeros((0,), real)
    rank = jnp.zeros((0,), canonical("int64"))
    if driver not in (None, "gelsy") and A.shape[-2] > A.shape[-1]:
        rest = A @ x - b
        residuals = jnp.sum((rest * rest.conj()).real, -2)
        residuals = residuals[..., 0] if vector else residuals
    if driver != "gels":
        rank = matrix_rank(A, rtol=cutoff)
    if driver in ("gelsd", "gelss"):
        values = svdvals(lax.stop_gradient(A))
    return LeastSquares(x[..., 0] if vector else x, residuals, rank, values)


def tensorinv(A: Array, ind: int = 2) -> Array:
    """Inverse of `tensordot` with `A`, whose first `ind` dimensions are one side."""
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    left, right = math.prod(A.shape[:ind]), math.prod(A.shape[ind:])
    if left != right:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{right} != {left}"
        )
    return jnp.linalg.inv(A.reshape(left, right)).reshape(*A.shape[ind:], *A.shape[:ind])


def tensorsolve(A: Array, B: Array, dims: tuple[int, ...] | None = None) -> Array:
    """X with ``tensordot(A, X, X.ndim) = B``; `dims` of A are moved to its end first."""
    if dims is not None:
        A = jnp.moveaxis(A, dims, tuple(range(A.ndim - len(dims), A.ndim)))
    shape = A.shape[B.ndim :]
    return jnp.linalg.solve(A.reshape(B.size, math.prod(shape)), B.reshape(-1)).reshape(shape)


# ---------------------------------------------------------------- decompositions
@jax.custom_jvp
def _from_lower(A: Array) -> Array:
    """The Hermitian matrix with A's lower triangle; its gradient is spread over both triangles."""
    below, diagonal = jnp.tril(A, -1), jnp.triu(jnp.tril(A))
    return below + _mh(below) + (diagonal.real.astype(A.dtype) if is_complex(A.dtype) else diagonal)


@_from_lower.defjvp
def _from_lower_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    return _from_lower(primals[0]), (tangents[0] + _mh(tangents[0])) / 2


def qr(A: Array, mode: str = "reduced") -> QR:
    """Orthogonal times upper triangular; mode ``"reduced"``, ``"complete"`` or ``"r"`` (Q empty)."""
    _check_matrix("qr", A)
    if mode == "r":
        return QR(jnp.zeros((0,), A.dtype), jnp.linalg.qr(A, "r"))
    if mode not in ("reduced", "complete"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    return QR(*jnp.linalg.qr(A, mode if A.shape[-2] > A.shape[-1] else "reduced"))


def svd(A: Array, full_matrices: bool = True, *, driver: str | None = None) -> SVD:
    """Singular values, descending, with the left (columns of U) and right (rows of Vh) vectors."""
    _check_matrix("svd", A)
    _no_driver(driver)
    U, S, Vh = jnp.linalg.svd(A, full_matrices=False)
    m, n = A.shape[-2:]
    if full_matrices and m != n:
        # the vectors that only complete a basis carry no gradient
        U_all, _, Vh_all = jnp.linalg.svd(lax.stop_gradient(A), full_matrices=True)
        U = jnp.concatenate([U, U_all[..., :, n:]], -1) if m > n else U
        Vh = jnp.concatenate([Vh, Vh_all[..., m:, :]], -2) if n > m else Vh
    return SVD(U, S, Vh)


def _no_driver(driver: str | None) -> None:
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )


def svdvals(A: Array, *, driver: str | None = None) -> Array:
    """Singular values, descending."""
    _check_matrix("svdvals", A)
    _no_driver(driver)
    return jnp.linalg.svd(A, full_matrices=False, compute_uv=False)


def eigh(A: Array, UPLO: str = "L") -> Eigen:
    """Ascending eigenvalues and eigenvectors of a Hermitian matrix, of which one triangle is read."""
    _check_square("eigh", A)
    vectors, values = lax.linalg.eigh(_from_lower(A if UPLO == "L" else _mh(A)), symmetrize_input=False)
    return Eigen(values, vectors)


def eigvalsh(A: Array, UPLO: str = "L") -> Array:
    """Ascending eigenvalues of a Hermitian matrix, of which one triangle is read."""
    return eigh(A, UPLO).eigenvalues


def eig(A: Array) -> Eigen:
    """Eigenvalues and eigenvectors of a square matrix; always complex."""
    _check_square("eig", A)
    if not A.shape[-1]:
        wide = promote_types(A.dtype, np.dtype("complex64"))
        return Eigen(jnp.zeros(A.shape[:-1], wide), jnp.zeros(A.shape, wide))  # JAX's derivative looks for a maximum
    # PyTorch's convention too: vectors of norm one, derivatives only meaningful for what their phase does not change
    return Eigen(*lax.linalg.eig(A, compute_left_eigenvectors=False, enable_eigvec_derivs=True))


def eigvals(A: Array) -> Array:
    """Eigenvalues of a square matrix; always complex."""
    _check_square("eigvals", A)
    return jnp.linalg.eigvals(A)


def lu(A: Array, *, pivot: bool = True) -> LU:
    """``P @ L @ U`` by Gaussian elimination with partial pivoting."""
    _check_matrix("lu", A)
    if not pivot:
        raise RuntimeError("linalg.lu: LU without pivoting is not implemented on the CPU")
    packed, _, permutation = lax.linalg.lu(A)
    m, n = A.shape[-2:]
    k = min(m, n)
    L = jnp.tril(packed[..., :, :k], -1) + jnp.eye(m, k, dtype=A.dtype)
    P = (permutation[..., None, :] == jnp.arange(m)[:, None]).astype(A.dtype)
    return LU(P, L, jnp.triu(packed[..., :k, :]))


def lu_factor(A: Array, *, pivot: bool = True) -> LUFactor:
    """`lu` packed as LAPACK does."""
    _check_matrix("lu_factor", A)
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    packed, pivots, _ = lax.linalg.lu(A)
    return LUFactor(packed, (pivots + 1).astype("int32"))


def lu_solve(LU: Array, pivots: Array, B: Array, *, left: bool = True, adjoint: bool = False) -> Array:
    """Solution of a system whose matrix was factored by `lu_factor`."""
    if not left:
        return lu_solve(LU, pivots, _mh(B), adjoint=not adjoint).mT.conj()
    order = lax.linalg.lu_pivots_to_permutation(pivots - 1, LU.shape[-2])
    L, U = jnp.tril(LU, -1) + jnp.eye(LU.shape[-1], dtype=LU.dtype), jnp.triu(LU)
    if adjoint:
        x = solve_triangular(_mh(L), solve_triangular(_mh(U), B, upper=False), upper=True)
        return jnp.take_along_axis(x, jnp.argsort(order)[..., None], -2)
    return solve_triangular(
        U, solve_triangular(L, jnp.take_along_axis(B, order[..., None], -2), upper=False), upper=True
    )


def matrix_exp(A: Array) -> Array:
    """Matrix exponential."""
    _check_square("matrix_exp", A)
    return expm(A.astype(opmath(A.dtype))).astype(A.dtype)


def vander(x: Array, N: int | None = None) -> Array:
    """Rows of powers 0 to N-1 of the elements."""
    if x.dtype == np.bool_:
        raise RuntimeError("linalg.vander supports floating point, complex, and integer tensors, but got Bool")
    x = (x if x.ndim else x.reshape(1)).astype(sum_dtype(x.dtype))
    n = x.shape[-1] if N is None else N
    powers = [jnp.ones_like(x)]
    for _ in range(n - 1):
        powers.append(powers[-1] * x)
    return jnp.stack(powers[:n], -1)


# ---------------------------------------------------------------- norms
def matrix_norm(
    A: Array, ord: Any = "fro", dim: tuple[int, int] = (-2, -1), keepdim: bool = False, *, dtype: DType | None = None
) -> Array:
    """Norm of matrices: ``"fro"``, ``"nuc"``, or 1, 2, inf and their negatives (smallest instead of largest).

    Example:
      >>> matrix_norm(jnp.array([[3.0, 0.0], [0.0, 4.0]]), "nuc").item()
      7.0
    """
    _check_matrix("matrix_norm", A)
    if dtype is not None:
        A = A.astype(dtype)
    rows, cols = (wrap_dim(d, A.ndim) for d in dim)
    if rows == cols:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if ord == "fro":
        return vector_norm(A, 2, (rows, cols), keepdim)
    if ord not in ("nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    x = jnp.moveaxis(A, (rows, cols), (-2, -1))
    if ord in ("nuc", 2, -2):
        s = svdvals(x)
        out = s.sum(-1) if ord == "nuc" else s.max(-1) if ord == 2 else s.min(-1)
    else:
        sums = jnp.sum(vector_norm(x[..., None], 1, (-1,)), -2 if abs(ord) == 1 else -1)
        out = sums.max(-1) if ord > 0 else sums.min(-1)
    return jnp.expand_dims(out, (rows, cols)) if keepdim else out


def norm(A: Array, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: DType | None = None) -> Array:
    """`matrix_norm` for two dimensions (or a matrix with an order), `vector_norm` otherwise."""
    dims = (dim,) if isinstance(dim, int) else dim
    if ord is not None and (len(dims) == 2 if dims is not None else A.ndim == 2):
        return matrix_norm(A, ord, dims or (-2, -1), keepdim, dtype=dtype)
    if isinstance(ord, str):
        raise RuntimeError(
            "linalg.norm: If ord is specified, dim must be None or a tuple of two dims, or A must be 1D or 2D"
        )
    return vector_norm(A, 2 if ord is None else ord, dims, keepdim, dtype=dtype)


def cond(A: Array, p: Any = None) -> Array:
    """Condition number: the ratio of extreme singular values, or ``norm(A, p) * norm(inv(A), p)``."""
    _check_matrix("cond", A)
    if p in (None, 2, -2):
        s = svdvals(A)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return matrix_norm(A, p) * matrix_norm(inv(A), p)


def matrix_rank(
    A: Array,
    tol: Number | None = None,
    hermitian: bool = False,
    *,
    atol: Number | None = None,
    rtol: Number | None = None,
) -> Array:
    """Number of singular values above ``max(atol, rtol * largest)``; `tol` is an `atol` with no `rtol`."""
    if tol is not None:
        atol, rtol = tol, 0.0
    _check_matrix("matrix_rank", A)
    if not A.size:
        return jnp.zeros(A.shape[:-2], canonical("int64"))
    s = jnp.abs(jnp.linalg.eigvalsh(A)) if hermitian else svdvals(A)
    cutoff = _relative_cutoff(A, atol, rtol) * s.max(-1)
    return jnp.sum(s > jnp.asarray(cutoff)[..., None], -1).astype(canonical("int64"))


def vecdot(x: Array, y: Array, *, dim: int = -1) -> Array:
    """Sum of products along a dimension, the first factor conjugated."""
    return jnp.sum(x.conj() * y, dim)


# ---------------------------------------------------------------- errors that depend on values
class _LinAlgError(RuntimeError):
    """A matrix that is singular or not positive definite."""


LinAlgError = _LinAlgError  # PyTorch's public name; messages and tracebacks show the private one


def _batch_element(index: tuple[int, ...], shape: tuple[int, ...]) -> str:
    return f"(Batch element {int(np.ravel_multi_index(index, shape))}): " if shape else ""


def check_cholesky(A: np.ndarray, upper: bool = False) -> None:
    """Raise PyTorch's error for a matrix that is not positive definite."""
    for at in np.ndindex(A.shape[:-2]):
        a = A[at].conj().T if upper else A[at]
        try:
            np.linalg.cholesky(np.tril(a) + np.tril(a, -1).conj().T)
        except np.linalg.LinAlgError:
            raise LinAlgError(
                f"linalg.cholesky: {_batch_element(at, A.shape[:-2])}The factorization could not be completed because "
                f"the input is not positive-definite (the leading minor of order {_bad_minor(a)} is not "
                "positive-definite)."
            ) from None


def _bad_minor(a: np.ndarray) -> int:
    a = np.tril(a) + np.tril(a, -1).conj().T
    for k in range(1, len(a) + 1):
        try:
            np.linalg.cholesky(a[:k, :k])
        except np.linalg.LinAlgError:
            return k
    return len(a)


def check_inv(A: np.ndarray) -> None:
    """Raise PyTorch's error for a matrix that elimination finds singular."""
    for at in np.ndindex(A.shape[:-2]):
        k = _zero_pivot(A[at])
        if k:
            raise LinAlgError(
                f"linalg.inv: {_batch_element(at, A.shape[:-2])}The diagonal element {k} is zero, the inversion could "
                "not be completed because the input matrix is singular."
            )


def check_solve(A: np.ndarray) -> None:
    """Raise PyTorch's error for a matrix that elimination finds singular."""
    for at in np.ndindex(A.shape[:-2]):
        if _zero_pivot(A[at]):
            raise LinAlgError(
                f"torch.linalg.solve: {_batch_element(at, A.shape[:-2])}The solver failed because the input matrix is "
                "singular."
            )


def _zero_pivot(a: np.ndarray) -> int:
    """Position, from one, of the first pivot that is exactly zero; 0 if there is none."""
    try:
        np.linalg.inv(a)
    except np.linalg.LinAlgError:
        u = a.astype(np.result_type(a.dtype, "float64"))
        for k in range(len(u)):
            best = k + int(np.argmax(np.abs(u[k:, k])))
            if u[best, k] == 0:
                return k + 1
            u[[k, best]] = u[[best, k]]
            u[k + 1 :] -= np.outer(u[k + 1 :, k] / u[k, k], u[k])
        return len(u)
    return 0
