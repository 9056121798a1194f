"""Rows of products, decompositions and solvers."""

from __future__ import annotations

import math
from typing import Any

from compat._ops.declare import NAMESPACES, composite, op, ops
from compat._ops.unfolding import unfold
from compat._tensor.tensor import Tensor, is_tensor
from funcgrad.ops import cholesky as H
from funcgrad.ops import covariance as C
from funcgrad.ops import distances as D
from funcgrad.ops import linalg as L
from funcgrad.ops import products as K

op(K.mm, node="MmBackward0", saves="other", dunder="__matmul__", operator=lambda a, b: _matmul(a, b))
op(K.mv, node="MvBackward0", saves="other")
op(K.dot, node="DotBackward0", saves="other")
op(K.vdot, node="VdotBackward0", saves="other", namespaces="")
op(K.bmm, node="BmmBackward0", saves="other")
op(K.addmm, node="AddmmBackward0", saves="other", inplace=True)
op(K.affine, "linear", node="AddmmBackward0", saves="other", method=False, function=False, unfold=unfold)
op(K.addmv, node="AddmvBackward0", saves="other", inplace=True)
op(K.addr, node="AddrBackward0", saves="other", inplace=True)
op(K.addbmm, node="AddbmmBackward0", saves="other", inplace=True)
op(K.baddbmm, node="BaddbmmBackward0", saves="other", inplace=True)
op(K.outer, node="MulBackward0", saves="other", aliases="ger")
op(K.inner, node="UnsafeViewBackward0", saves="other")
op(K.kron, node="UnsafeViewBackward0", saves="other")
op(K.trace, node="TraceBackward0", saves="none")
op(
    K.cross,
    "linalg_cross",
    node="LinalgCrossBackward0",
    method=False,
    function=False,
    namespaces="linalg:cross",
    saves="other",
)
op(K.tensordot, node="ViewBackward0", method=False, saves="other")


def _square_matrix_op(kernel: Any, name: str, **row: Any) -> None:
    """A decomposition lives in ``torch.linalg``; some are torch functions and methods as well."""
    plain = row.pop("plain", False)
    op(kernel, f"linalg_{name}", method=False, function=False, namespaces=f"linalg:{name}", **row)
    if plain:
        fn = getattr(ops, f"linalg_{name}")

        def also(*args: Any, **kwargs: Any) -> Any:
            return fn(*args, **kwargs)

        also.__doc__ = fn.__doc__
        composite(also, name=name)


_square_matrix_op(L.inv, "inv", node="LinalgInvExBackward0", check=L.check_inv, check_params="A")
_square_matrix_op(L.pinv, "pinv", node="LinalgPinvBackward0")
_square_matrix_op(L.det, "det", node="LinalgDetBackward0", plain=True)
_square_matrix_op(
    L.slogdet, "slogdet", node="LinalgSlogdetBackward0", returns=("linalg_slogdet", "sign logabsdet"), plain=True
)
_square_matrix_op(L.solve, "solve", node="LinalgSolveExBackward0", check=L.check_solve, check_params="A")
_square_matrix_op(L.solve_triangular, "solve_triangular", node="LinalgSolveTriangularBackward0")
_square_matrix_op(
    L.lstsq, "lstsq", node="LinalgLstsqBackward0", returns=("linalg_lstsq", "solution residuals rank singular_values"),
                  nondiff="rank singular_values")
_square_matrix_op(L.tensorinv, "tensorinv", node="ViewBackward0")
_square_matrix_op(L.tensorsolve, "tensorsolve", node="ViewBackward0")
_square_matrix_op(H.cholesky, "cholesky", node="LinalgCholeskyExBackward0", check=L.check_cholesky, check_params="A")
_square_matrix_op(L.qr, "qr", node="LinalgQrBackward0", returns=("linalg_qr", "Q R"))
_square_matrix_op(L.svd, "svd", node="LinalgSvdBackward0", returns=("linalg_svd", "U S Vh"))
_square_matrix_op(L.svdvals, "svdvals", node="LinalgSvdBackward0")
_square_matrix_op(L.eigh, "eigh", node="LinalgEighBackward0", returns=("linalg_eigh", "eigenvalues eigenvectors"))
_square_matrix_op(L.eigvalsh, "eigvalsh", node="LinalgEighBackward0")
_square_matrix_op(L.eig, "eig", node="LinalgEigBackward0", returns=("linalg_eig", "eigenvalues eigenvectors"))
_square_matrix_op(L.eigvals, "eigvals", node="LinalgEigBackward0")
_square_matrix_op(L.lu, "lu", node="LinalgLuBackward0", returns=("linalg_lu", "P L U"), nondiff="P")
_square_matrix_op(L.lu_factor, "lu_factor", node="LinalgLuFactorExBackward0", returns=("linalg_lu_factor", "LU pivots"))
_square_matrix_op(L.lu_solve, "lu_solve", node="LinalgLuSolveBackward0")
_square_matrix_op(L.matrix_exp, "matrix_exp", node="LinalgMatrixExpBackward0", plain=True)
op(L.logdet, node="LogdetBackward0")
op(H.cholesky_inverse, node="CholeskyInverseBackward0")
op(H.cholesky_solve, node="CholeskySolveBackward0")


@composite
def inverse(input: Tensor) -> Tensor:
    """Inverse of a square matrix."""
    return ops.linalg_inv(input)


@composite
def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """Moore-Penrose inverse."""
    return ops.linalg_pinv(input, rtol=rcond)


@composite
def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """Cholesky factor: see ``torch.linalg.cholesky``."""
    return ops.linalg_cholesky(input, upper=upper)


@composite
def qr(input: Tensor, some: bool = True) -> Any:
    """Orthogonal times upper triangular: see ``torch.linalg.qr``."""
    return ops.linalg_qr(input, mode="reduced" if some else "complete")


@composite(namespaces="linalg")
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """Matrix product of vectors, matrices, and batches of them, with the nodes that PyTorch records for each."""
    try:
        a, b = input._aval.ndim, other._aval.ndim
    except AttributeError:
        bad, where = ("input", 1) if not is_tensor(input) else ("other", 2)
        kind = type(input if bad == "input" else other).__name__
        raise TypeError(f"matmul(): argument '{bad}' (position {where}) must be Tensor, not {kind}") from None
    if a == 2 and b == 2:
        return ops.mm(input, other)
    if a == 1 and b == 1:
        return ops.dot(input, other)
    if a == 2 and b == 1:
        return ops.mv(input, other)
    if a == 1 and b == 2:
        return ops.mm(input.unsqueeze(0), other).squeeze(0)
    if a == 0 or b == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {a}D and {b}D")
    return _batched(input, other, a, b)


def _batched(x: Tensor, y: Tensor, a: int, b: int) -> Tensor:
    if b <= 2 and a >= 3 and x.is_contiguous():
        # one matrix for the whole batch: fold the batch into the rows
        shape = x._aval.shape
        rows = x.reshape(math.prod(shape[:-1]), shape[-1])
        if b == 1:
            return ops.mv(rows, y).view(shape[:-1])
        return _unsafe_view(ops.mm(rows, y), (*shape[:-1], y._aval.shape[-1]))
    vector_left, vector_right = a == 1, b == 1
    x = x.unsqueeze(0) if vector_left else x
    y = y.unsqueeze(-1) if vector_right else y
    xs, ys = x._aval.shape, y._aval.shape
    batch = _broadcast(xs[:-2], ys[:-2])
    x3 = x.expand(*batch, *xs[-2:]) if xs[:-2] != batch else x
    y3 = y.expand(*batch, *ys[-2:]) if ys[:-2] != batch else y
    n = 1
    for size in batch:
        n *= size
    out = ops.bmm(x3.reshape(n, *xs[-2:]), y3.reshape(n, *ys[-2:]))
    shape = (*batch, *(() if vector_left else (xs[-2],)), *(() if vector_right else (ys[-1],)))
    return _unsafe_view(out, shape)


def _unsafe_view(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """A new shape for a result that nobody else has seen."""
    return ops.unsafe_view(x, shape)


def _broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    from_left = max(len(a), len(b))
    a, b = (1,) * (from_left - len(a)) + a, (1,) * (from_left - len(b)) + b
    for i, (m, n) in enumerate(zip(a, b, strict=True)):
        if m != n and 1 not in (m, n):
            raise RuntimeError(
                f"The size of tensor a ({m}) must match the size of tensor b ({n}) at non-singleton dimension {i}"
            )
    return tuple(n if m == 1 else m for m, n in zip(a, b, strict=True))


def _matmul(self: Tensor, other: Any) -> Any:
    """``self @ other`` where they are not two matrices seen before."""
    return matmul(self, other) if is_tensor(other) else NotImplemented


@composite(name="__rmatmul__", function=False)
def _rmatmul(self: Tensor, other: Any) -> Any:
    """``other @ self``."""
    return matmul(other, self) if is_tensor(other) else NotImplemented


@composite(method=False)
def einsum(equation: Any, *operands: Any) -> Tensor:
    """Einstein summation: ``einsum("ij,jk->ik", a, b)``, operands also as one list, or in the sublist form."""
    if not isinstance(equation, str):
        return _sublists((equation, *operands))
    if len(operands) == 1 and isinstance(operands[0], tuple | list):
        operands = tuple(operands[0])
    return ops.einsum_kernel(equation, list(operands))


def _sublists(args: tuple) -> Tensor:
    """``einsum(a, [0, 1], b, [1, 2], [0, 2])``."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    def text(subs: Any) -> str:
        return "".join("..." if s is Ellipsis else letters[s] for s in subs)

    pairs = len(args) // 2
    equation = ",".join(text(args[2 * i + 1]) for i in range(pairs))
    if len(args) % 2:
        equation += "->" + text(args[-1])
    return ops.einsum_kernel(equation, [args[2 * i] for i in range(pairs)])


op(
    K.einsum,
    "einsum_kernel",
    node=lambda a: "ViewBackward0" if "->" in a["equation"] else "SumBackward1",
    method=False,
    function=False,
)


@composite(namespaces="linalg")
def matrix_power(input: Tensor, n: int) -> Tensor:
    """A square matrix multiplied with itself ``n`` times; negative powers of the inverse."""
    if input.dim() < 2 or input.shape[-1] != input.shape[-2]:
        raise RuntimeError(
            "linalg.matrix_power: A must be batches of square matrices, but they are "
            f"{input.shape[-2]} by {input.shape[-1]} matrices"
            if input.dim() >= 2
            else "linalg.matrix_power: The input tensor A must have at least 2 dimensions."
        )
    if n < 0:
        return matrix_power(ops.linalg_inv(input), -n)
    if n == 0:
        # written into a copy, so that there is a derivative, which is 0
        return input.clone().copy_(ops.eye(input.shape[-1], dtype=input.dtype, device=input.device))
    out, square = None, input
    while n:
        if n & 1:
            out = square if out is None else matmul(out, square)
        n >>= 1
        if n:
            square = matmul(square, square)
    return out if out is not input else input.clone()


@composite(method=False)
def chain_matmul(*matrices: Any) -> Tensor:
    """Product of several matrices."""
    return multi_dot(matrices[0] if len(matrices) == 1 and isinstance(matrices[0], tuple | list) else matrices)


@composite(method=False, function=False, namespaces="linalg")
def multi_dot(tensors: Any) -> Tensor:
    """Product of several matrices, in the cheapest order for three, else from the left."""
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    out = tensors[0]
    for t in tensors[1:]:
        out = matmul(out, t)
    return out


@composite
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """Vector product along a dimension of size three (the first such one if None)."""
    if dim is None:
        dim = next((d for d, n in enumerate(input.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return ops.linalg_cross(input, other, dim=dim)


# ---------------------------------------------------------------- norms, ranks, distances
_matrix_norm_nodes = {"fro": "LinalgVectorNormBackward0", "nuc": "SumBackward1"}


def _matrix_norm_node(arguments: dict[str, Any]) -> str:
    order = arguments["ord"]
    if isinstance(order, str):
        return _matrix_norm_nodes.get(order, "LinalgVectorNormBackward0")
    return "AmaxBackward0" if order > 0 else "AminBackward0"


_hidden = {"method": False, "function": False}
op(L.matrix_norm, node=_matrix_norm_node, namespaces="linalg", **_hidden)
op(L.cond, "linalg_cond", node="DivBackward0", namespaces="linalg:cond", **_hidden)
op(L.matrix_rank, "linalg_matrix_rank", namespaces="linalg:matrix_rank", differentiable=False, **_hidden)
op(L.vander, "linalg_vander", node="CatBackward0", namespaces="linalg:vander", **_hidden)
op(L.vecdot, "linalg_vecdot", node="SumBackward1", namespaces="linalg:vecdot", **_hidden)
op(C.cov, node="SqueezeBackward0", check=C.check_cov, check_params="fweights aweights")
op(C.corrcoef, node="ClampBackward1")
op(D.renorm, inplace=True)
op(D.cdist, "_cdist", node="CdistBackward0", saves="both", **_hidden)
op(D.pdist, saves="both", method=False)
NAMESPACES["linalg"]["LinAlgError"] = L.LinAlgError


@composite(name="linalg_norm", method=False, function=False, namespaces="linalg:norm")
def _linalg_norm(
    A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Tensor:
    """Norm of matrices for two dimensions (or a matrix with an order), of vectors otherwise."""
    dims = (dim,) if isinstance(dim, int) else dim
    if ord is not None and (len(dims) == 2 if dims is not None else A.dim() == 2):
        result = ops.matrix_norm(A, ord, tuple(dims or (-2, -1)), keepdim, dtype=dtype)
    elif isinstance(ord, str):
        raise RuntimeError(
            "linalg.norm: If ord is specified, dim must be None or a tuple of two dims, or A must be 1D or 2D"
        )
    else:
        result = ops._vector_norm(A, 2 if ord is None else ord, dims, keepdim, dtype=dtype)
    return result if out is None else ops._into(out, result)


@composite(method=False)
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "") -> Tensor:
    """p-norm distances of all pairs of rows."""
    del compute_mode  # the differences themselves are computed, the most exact way
    return ops._cdist(x1, x2, p)
