"""Rows of the factorizations that report failures, and PyTorch's older names."""

from __future__ import annotations

from typing import Any, NoReturn

from compat._ops.declare import composite, op, ops
from compat._ops.parameters import return_type
from compat._tensor.tensor import Tensor
from funcgrad.ops import factorizations as K
from funcgrad.ops import indefinite as N
from funcgrad.ops.linalg import LinAlgError

_hidden = {"method": False, "function": False}
_LINALG = {"nondiff": "info", **_hidden}

op(K.cholesky_ex, "_cholesky_ex", node="LinalgCholeskyExBackward0", returns=("linalg_cholesky_ex", "L info"), **_LINALG)
op(K.inv_ex, "_inv_ex", node="LinalgInvExBackward0", returns=("linalg_inv_ex", "inverse info"), **_LINALG)
op(K.solve_ex, "_solve_ex", node="LinalgSolveExBackward0", returns=("linalg_solve_ex", "result info"), **_LINALG)
op(
    K.lu_factor_ex,
    "_lu_factor_ex",
    node="LinalgLuFactorExBackward0",
    returns=("linalg_lu_factor_ex", "LU pivots info"),
    nondiff="pivots info",
    **_hidden,
)
op(K.lu_unpack, node="LuUnpackBackward0", returns=("lu_unpack", "P L U"), nondiff="P", method=False)
op(K.geqrf, returns=("geqrf", "a tau"), differentiable=False)
op(
    K.householder_product,
    "_householder_product",
    node="LinalgHouseholderProductBackward0",
    **_hidden,
)
op(K.ormqr, "_ormqr", node="OrmqrBackward0", **_hidden)
op(K.triangular_solve, returns=("triangular_solve", "solution cloned_coefficient"))


def _with_check(name: str, doc: str, failure: str) -> None:
    """Publish a factorization in ``torch.linalg`` that raises only if ``check_errors``."""
    private = getattr(ops, f"_{name}")

    def function(*args: Any, check_errors: bool = False, out: Any = None, **kwargs: Any) -> Any:
        result = private(*args, **kwargs)
        if check_errors and bool((result.info != 0).any()):
            k = int(result.info.flatten()[result.info.flatten().nonzero()[0, 0]])
            kind = RuntimeError if name == "lu_factor_ex" else LinAlgError
            raise kind(failure.format(k))
        if out is None:
            return result
        return type(result)(*[ops._into(target, value) for target, value in zip(out, result, strict=True)])

    function.__name__ = function.__qualname__ = f"linalg_{name}"
    function.__doc__ = doc
    composite(function, name=f"linalg_{name}", namespaces=f"linalg:{name}", **_hidden)


_with_check(
    "cholesky_ex",
    "Cholesky factor, and where the factorization failed.",
    "linalg.cholesky_ex: The factorization could not be completed because the input is not positive-definite (the "
    "leading minor of order {} is not positive-definite).",
)
_with_check(
    "inv_ex",
    "Inverse, and the first zero pivot.",
    "linalg.inv_ex: The diagonal element {} is zero, the inversion could not be completed because the input matrix is "
    "singular.",
)
_with_check(
    "solve_ex",
    "Solution, and the first zero pivot.",
    "torch.linalg.solve_ex: The solver failed because the input matrix is singular.",
)
_with_check(
    "lu_factor_ex",
    "Packed factors, pivots, and the first zero pivot.",
    "torch.linalg.lu_factor_ex: U[{0},{0}] is zero and using it on lu_solve would result in a division by zero. If you "
    "still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)",
)


def _free_of(input: Tensor, tau: Tensor) -> tuple[Tensor, Tensor]:
    """The reflectors; without any, the product depends on nothing, and PyTorch gives no gradients."""
    return (input, tau) if tau.numel() else (input.detach(), tau.detach())


@composite(name="linalg_householder_product", namespaces="linalg:householder_product", **_hidden)
def _householder_product(input: Tensor, tau: Tensor, *, out: Any = None) -> Tensor:
    """First columns of the product of reflectors ``I - tau v v*``."""
    result = ops._householder_product(*_free_of(input, tau))
    return result if out is None else ops._into(out, result)


@composite
def ormqr(
    input: Tensor, tau: Tensor, other: Tensor, left: bool = True, transpose: bool = False, *, out: Any = None
) -> Tensor:
    """A matrix times the product of reflectors, or its (conjugate) transpose, from the left or the right."""
    result = ops._ormqr(*_free_of(input, tau), other, left, transpose)
    return result if out is None else ops._into(out, result)


@composite
def orgqr(input: Tensor, tau: Tensor) -> Tensor:
    """See ``torch.linalg.householder_product``."""
    return ops.linalg_householder_product(input, tau)


_svd_type = return_type(("svd", "U S V"))


@composite
def svd(input: Tensor, some: bool = True, compute_uv: bool = True, *, out: Any = None) -> Any:
    """Singular value decomposition with V, not its conjugate transpose: see ``torch.linalg.svd``."""
    if compute_uv:
        U, S, Vh = ops.linalg_svd(input, full_matrices=not some)
        return _svd_type(U, S, Vh.mH)
    m, n = input.shape[-2:]
    zeros = [input.new_zeros((*input.shape[:-2], k, k)) for k in (m, n)]
    return _svd_type(zeros[0], ops.linalg_svdvals(input), zeros[1])


@composite
def lu(A: Tensor, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """Packed factors and pivots: see ``torch.linalg.lu_factor``."""
    LU, pivots, info = ops._lu_factor_ex(A, pivot=pivot)
    return (LU, pivots, info) if get_infos else (LU, pivots)


@composite
def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Any = None) -> Tensor:
    """Solution of a factored system: see ``torch.linalg.lu_solve``, whose arguments are reversed."""
    return ops.linalg_lu_solve(LU_data, LU_pivots, b)


@composite(name="linalg_diagonal", namespaces="linalg:diagonal", **_hidden)
def _diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonal, of matrices in the last two dimensions."""
    return ops.diagonal(A, offset, dim1, dim2)


# ---------------------------------------------------------------- indefinite symmetric matrices

_host = {"host": True, "differentiable": False, **_hidden}
op(N.ldl_factor_ex, "_ldl_factor_ex", returns=("linalg_ldl_factor_ex", "LD pivots info"), **_host)
op(N.ldl_solve, "linalg_ldl_solve", namespaces="linalg:ldl_solve", **_host)
_with_check(
    "ldl_factor_ex",
    "Packed factors of a symmetric (or Hermitian) matrix, pivots, and the first zero pivot.",
    "torch.linalg.ldl_factor_ex: Unknown error code: {}.",
)
_ldl_type = return_type(("linalg_ldl_factor", "LD pivots"))


@composite(name="linalg_ldl_factor", namespaces="linalg:ldl_factor", **_hidden)
def _ldl_factor(self: Tensor, *, hermitian: bool = False, out: Any = None) -> Any:
    """Packed factors of a symmetric (or Hermitian) matrix, and pivots."""
    LD, pivots, info = ops._ldl_factor_ex(self, hermitian=hermitian)
    if bool((info != 0).any()):
        code = int(info.flatten()[info.flatten() != 0][0])
        raise RuntimeError(f"torch.linalg.ldl_factor: Unknown error code: {code}.")
    results = LD, pivots
    return _ldl_type(*(results if out is None else map(ops._into, out, results)))


# ---------------------------------------------------------------- few singular values


def _range_of(A: Tensor, q: int, niter: int) -> Tensor:
    """Orthonormal basis of approximately the range of A (Halko et al. 2009, algorithm 4.4)."""
    Q = ops.linalg_qr(A @ ops.randn(A.shape[-1], q, dtype=A.dtype, device=A.device)).Q
    for _ in range(niter):
        Q = ops.linalg_qr(A.mH @ Q).Q
        Q = ops.linalg_qr(A @ Q).Q
    return Q


@composite(method=False)
def svd_lowrank(A: Tensor, q: int | None = 6, niter: int | None = 2, M: Tensor | None = None) -> tuple[Tensor, ...]:
    """Approximately the first `q` singular values and vectors of a matrix, or of ``A - M``."""
    x = A if M is None else A - M.expand(A.shape)
    wide = x.shape[-2] < x.shape[-1]
    x = x.mH if wide else x
    Q = _range_of(x, 6 if q is None else q, 2 if niter is None else niter)
    U, S, Vh = ops.linalg_svd(Q.mH @ x, full_matrices=False)
    U, V = Q @ U, Vh.mH
    return (V, S, U) if wide else (U, S, V)


@composite(method=False)
def pca_lowrank(A: Tensor, q: int | None = None, center: bool = True, niter: int = 2) -> tuple[Tensor, ...]:
    """Approximately the first `q` principal components of the rows."""
    q = min(6, *A.shape[-2:]) if q is None else q
    if not 0 <= q <= min(A.shape[-2:]):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(A.shape[-2:])}")
    return svd_lowrank(A - A.mean(-2, keepdim=True) if center else A, q, niter)


# ---------------------------------------------------------------- names that PyTorch removed

_REMOVED = {
    "eig": " `torch.linalg.eig` returns complex tensors of dtype `cfloat` or `cdouble` rather than real tensors "
    "mimicking complex tensors.\n\n"
    "L, _ = torch.eig(A) should be replaced with:\n"
    "L_complex = torch.linalg.eigvals(A)\n\n"
    "and\n\n"
    "L, V = torch.eig(A, eigenvectors=True) should be replaced with:\n"
    "L_complex, V_complex = torch.linalg.eig(A)",
    "symeig": " The default behavior has changed from using the upper triangular portion of the matrix by default "
    "to using the lower triangular portion.\n\n"
    "L, _ = torch.symeig(A, upper=upper) should be replaced with:\n"
    "L = torch.linalg.eigvalsh(A, UPLO='U' if upper else 'L')\n\n"
    "and\n\n"
    "L, V = torch.symeig(A, eigenvectors=True) should be replaced with:\n"
    "L, V = torch.linalg.eigh(A, UPLO='U' if upper else 'L')",
    "solve": " `torch.solve` is deprecated in favor of `torch.linalg.solve`. `torch.linalg.solve` has its arguments "
    "reversed and does not return the LU factorization.\n\n"
    "To get the LU factorization see `torch.lu`, which can be used with `torch.lu_solve` or `torch.lu_unpack`."
    "\n"
    "X = torch.solve(B, A).solution should be replaced with:\n"
    "X = torch.linalg.solve(A, B)",
    "lstsq": " `torch.lstsq` is deprecated in favor of `torch.linalg.lstsq`.\n"
    "`torch.linalg.lstsq` has reversed arguments and does not return the QR decomposition in the returned "
    "tuple (although it returns other information about the problem).\n\n"
    "To get the QR decomposition consider using `torch.linalg.qr`.\n\n"
    "The returned solution in `torch.lstsq` stored the residuals of the solution in the last m - n "
    "columns of the returned value whenever m > n. In torch.linalg.lstsq, the residuals are in the "
    "field 'residuals' of the returned named tuple.\n\n"
    "The unpacking of the solution, as in\n"
    "X, _ = torch.lstsq(B, A).solution[:A.size(1)]\n"
    "should be replaced with:\n"
    "X = torch.linalg.lstsq(A, B).solution",
    "matrix_rank": "\n"
    "Please use the `torch.linalg.matrix_rank` function instead. The parameter 'symmetric' was renamed "
    "in `torch.linalg.matrix_rank()` to 'hermitian'.",
}


def _removed(name: str, instead: str) -> None:
    def function(*args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(f"This function was deprecated since version 1.9 and is now removed.{instead}")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "Removed from PyTorch; raises."
    composite(function, name=name, method=name != "matrix_rank")


for _name, _instead in _REMOVED.items():
    _removed(_name, _instead)

