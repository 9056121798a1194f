# Written by `python -m compat._stubs`; do not edit.
# ruff: noqa
import builtins
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Literal, NoReturn, TypeAlias, overload

from compat import return_types as _return_types
from compat._device import device as _Device
from compat._dtype import dtype as _DType
from compat._random import Generator as _Generator
from compat._settings import memory_format as _MemoryFormat
from compat._size import Size as _Size
from compat._tensor.layout import layout as _Layout
from compat._tensor.tensor import Tensor as Tensor


_Number: TypeAlias = builtins.int | builtins.float | builtins.complex

from funcgrad.ops.linalg import _LinAlgError as LinAlgError
def cholesky(A: Tensor, *, upper: builtins.bool = False, out: Any = None) -> Tensor:
    """Triangular factor L of ``L @ L^H``; only the lower triangle of A is read (the upper if `upper`)."""
def cholesky_ex(*args: Any, check_errors: builtins.bool = False, out: Any = None, **kwargs: Any) -> Any:
    """Cholesky factor, and where the factorization failed."""
def cond(A: Tensor, p: Any = None, *, out: Any = None) -> Tensor:
    """Condition number: the ratio of extreme singular values, or ``norm(A, p) * norm(inv(A), p)``."""
def cross(input: Tensor, other: Tensor, dim: builtins.int = -1, *, axis: builtins.int = ..., out: Any = None) -> Tensor:
    """Vector product along a dimension of size 3; the other dimensions broadcast."""
def det(A: Tensor, *, out: Any = None) -> Tensor:
    """Determinant."""
def diagonal(A: Tensor, *, offset: builtins.int = 0, dim1: builtins.int = -2, dim2: builtins.int = -1) -> Tensor:
    """The diagonal, of matrices in the last two dimensions."""
def eig(A: Tensor, *, out: Any = None) -> _return_types.linalg_eig:
    """Eigenvalues and eigenvectors of a square matrix; always complex."""
def eigh(A: Tensor, UPLO: builtins.str = 'L', *, out: Any = None) -> _return_types.linalg_eigh:
    """Ascending eigenvalues and eigenvectors of a Hermitian matrix, of which one triangle is read."""
def eigvals(A: Tensor, *, out: Any = None) -> Tensor:
    """Eigenvalues of a square matrix; always complex."""
def eigvalsh(A: Tensor, UPLO: builtins.str = 'L', *, out: Any = None) -> Tensor:
    """Ascending eigenvalues of a Hermitian matrix, of which one triangle is read."""
def householder_product(input: Tensor, tau: Tensor, *, out: Any = None) -> Tensor:
    """First columns of the product of reflectors ``I - tau v v*``."""
def inv(A: Tensor, *, out: Any = None) -> Tensor:
    """Inverse of a square matrix."""
def inv_ex(*args: Any, check_errors: builtins.bool = False, out: Any = None, **kwargs: Any) -> Any:
    """Inverse, and the first zero pivot."""
def ldl_factor(self: Tensor, *, hermitian: builtins.bool = False, out: Any = None) -> Any:
    """Packed factors of a symmetric (or Hermitian) matrix, and pivots."""
def ldl_factor_ex(*args: Any, check_errors: builtins.bool = False, out: Any = None, **kwargs: Any) -> Any:
    """Packed factors of a symmetric (or Hermitian) matrix, pivots, and the first zero pivot."""
def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: builtins.bool = False, out: Any = None) -> Tensor:
    """X with ``A @ X = B`` for the matrix that `ldl_factor_ex` factored; batches broadcast."""
def lstsq(A: Tensor, B: Tensor, rcond: _Number | None = None, *, driver: builtins.str | None = None, out: Any = None) -> _return_types.linalg_lstsq:
    """X that minimises ``|A @ X - B|``."""
def lu(A: Tensor, *, pivot: builtins.bool = True, out: Any = None) -> _return_types.linalg_lu:
    """``P @ L @ U`` by Gaussian elimination with partial pivoting."""
def lu_factor(A: Tensor, *, pivot: builtins.bool = True, out: Any = None) -> _return_types.linalg_lu_factor:
    """`lu` packed as LAPACK does."""
def lu_factor_ex(*args: Any, check_errors: builtins.bool = False, out: Any = None, **kwargs: Any) -> Any:
    """Packed factors, pivots, and the first zero pivot."""
def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: builtins.bool = True, adjoint: builtins.bool = False, out: Any = None) -> Tensor:
    """Solution of a system whose matrix was factored by `lu_factor`."""
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """Matrix product of vectors, matrices, and batches of them, with the nodes that PyTorch records for each."""
def matrix_exp(A: Tensor, *, out: Any = None) -> Tensor:
    """Matrix exponential."""
def matrix_norm(A: Tensor, ord: Any = 'fro', dim: builtins.tuple[builtins.int, builtins.int] = ..., keepdim: builtins.bool = False, *, dtype: _DType | builtins.type | None = None, axis: builtins.tuple[builtins.int, builtins.int] = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor: ...
def matrix_power(input: Tensor, n: builtins.int) -> Tensor:
    """A square matrix multiplied with itself ``n`` times; negative powers of the inverse."""
def matrix_rank(A: Tensor, tol: _Number | None = None, hermitian: builtins.bool = False, *, atol: _Number | None = None, rtol: _Number | None = None, out: Any = None) -> Tensor:
    """Number of singular values above ``max(atol, rtol * largest)``; `tol` is an `atol` with no `rtol`."""
def multi_dot(tensors: Any) -> Tensor:
    """Product of several matrices, in the cheapest order for three, else from the left."""
def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: builtins.bool = False, *, dtype: _DType | builtins.type | None = None, out: Any = None) -> Tensor:
    """Norm of matrices for two dimensions (or a matrix with an order), of vectors otherwise."""
def pinv(A: Tensor, rcond: _Number | None = None, hermitian: builtins.bool = False, *, atol: _Number | None = None, rtol: _Number | None = None, out: Any = None) -> Tensor:
    """Moore-Penrose inverse; singular values up to ``max(atol, rtol * largest)`` count as zero (`rcond`: `rtol`)."""
def qr(A: Tensor, mode: builtins.str = 'reduced', *, out: Any = None) -> _return_types.linalg_qr: ...
def slogdet(A: Tensor, *, out: Any = None) -> _return_types.linalg_slogdet:
    """Sign and logarithm of the absolute value of the determinant."""
def solve(A: Tensor, B: Tensor, *, left: builtins.bool = True, out: Any = None) -> Tensor:
    """X with ``A @ X = B`` (or ``X @ A = B``); B may be a vector, or a batch of them."""
def solve_ex(*args: Any, check_errors: builtins.bool = False, out: Any = None, **kwargs: Any) -> Any:
    """Solution, and the first zero pivot."""
def solve_triangular(A: Tensor, B: Tensor, *, upper: builtins.bool, left: builtins.bool = True, unitriangular: builtins.bool = False, out: Any = None) -> Tensor:
    """X with ``A @ X = B`` for a triangular A, of which only that triangle is read."""
def svd(A: Tensor, full_matrices: builtins.bool = True, *, driver: builtins.str | None = None, out: Any = None) -> _return_types.linalg_svd:
    """Singular values, descending, with the left (columns of U) and right (rows of Vh) vectors."""
def svdvals(A: Tensor, *, driver: builtins.str | None = None, out: Any = None) -> Tensor:
    """Singular values, descending."""
def tensorinv(A: Tensor, ind: builtins.int = 2, *, out: Any = None) -> Tensor:
    """Inverse of `tensordot` with `A`, whose first `ind` dimensions are one side."""
def tensorsolve(A: Tensor, B: Tensor, dims: builtins.tuple[builtins.int, ...] | None = None, *, out: Any = None) -> Tensor:
    """X with ``tensordot(A, X, X.ndim) = B``; `dims` of A are moved to its end first."""
def vander(x: Tensor, N: builtins.int | None = None, *, out: Any = None) -> Tensor:
    """Rows of powers 0 to N-1 of the elements."""
def vecdot(x: Tensor, y: Tensor, *, dim: builtins.int = -1, axis: builtins.int = ..., out: Any = None) -> Tensor:
    """Sum of products along a dimension, the first factor conjugated."""
def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: builtins.bool = False, *, dtype: _DType | builtins.type | None = None, out: Any = None) -> Any:
    """Norm of the elements as one vector, or over `dim`."""
