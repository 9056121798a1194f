"""Products of vectors, matrices and tensors.

The kernels check shapes and dtypes as PyTorch does: its products refuse to promote, so a float64 matrix never meets a
float32 one silently.
"""

import math
import string
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.dtypes import is_integral, opmath, promote, promote_types, scalar, sum_dtype, torch_name
from funcgrad.ops._common import not_implemented, rounded
from funcgrad.shapes import broadcast_shapes, wrap_dim
from funcgrad.typing import Array, Number

__all__ = [
    "addbmm",
    "addmm",
    "addmv",
    "addr",
    "affine",
    "baddbmm",
    "bmm",
    "chain_matmul",
    "cross",
    "dot",
    "einsum",
    "inner",
    "kron",
    "linear",
    "matmul",
    "matrix_power",
    "mm",
    "multi_dot",
    "mv",
    "outer",
    "tensordot",
    "trace",
    "vdot",
]

_C_NAMES = {
    "float32": "float",
    "float64": "double",
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "int64": "int64_t",
    "int32": "int",
    "int16": "short",
    "int8": "signed char",
    "uint8": "unsigned char",
    "bool": "bool",
    "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
}


def _sizes(x: Array) -> str:
    return "x".join(map(str, x.shape))


def _contract(a: Array, b: Array) -> Array:
    """``a @ b``; bool has no product in XLA's matrix units, so it goes through integers."""
    if a.dtype == np.bool_:
        return (a.astype("int32") @ b.astype("int32")) > 0
    return a @ b


def _check_mm(a: Array, b: Array) -> None:
    if a.shape[1] != b.shape[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({_sizes(a)} and {_sizes(b)})")


def mm(input: Array, mat2: Array) -> Array:
    """Product of two matrices, ``(n, m) @ (m, p)``.

    Example:
      >>> mm(jnp.ones((2, 3)), jnp.ones((3, 1))).shape
      (2, 1)
    """
    if input.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if mat2.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    _check_mm(input, mat2)
    if input.dtype != mat2.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {_C_NAMES[input.dtype.name]} != "
            f"{_C_NAMES[mat2.dtype.name]}"
        )
    return _contract(input, mat2)


def mv(input: Array, vec: Array) -> Array:
    """Product of a matrix and a vector, ``(n, m) @ (m,)``."""
    if input.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {input.ndim}, {vec.ndim}")
    if input.shape[1] != vec.shape[0]:
        raise RuntimeError(f"size mismatch, got input ({input.shape[0]}), mat ({_sizes(input)}), vec ({vec.shape[0]})")
    if input.dtype != vec.dtype:
        v, m = torch_name(vec.dtype), torch_name(input.dtype)
        raise RuntimeError(f"addmv input tensors must have the same dtype, but got {v}, {m}, and {v}")
    return _contract(input, vec)


def _check_dot(name: str, a: Array, b: Array) -> None:
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"{name} : expected both vectors to have same dtype, but found {torch_name(a.dtype)} and "
            f"{torch_name(b.dtype)}"
        )
    if a.shape != b.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{a.shape[0]}] and src [{b.shape[0]}] to have the same number "
            f"of elements, but got {a.shape[0]} and {b.shape[0]} elements respectively"
        )


def dot(input: Array, tensor: Array) -> Array:
    """Sum of products of two vectors, without conjugation."""
    _check_dot("dot", input, tensor)
    return _contract(input, tensor)


def vdot(input: Array, other: Array) -> Array:
    """Sum of products of two vectors, the first conjugated."""
    _check_dot("vdot", input, other)
    return _contract(input.conj(), other)


def _check_batches(a: Array, b: Array) -> None:
    if a.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor")
    if b.ndim != 3:
        raise RuntimeError("batch2 must be a 3D tensor")
    if a.shape[0] != b.shape[0] or a.shape[2] != b.shape[1]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{a.shape[0]}, {a.shape[2]}] but got: "
            f"[{b.shape[0]}, {b.shape[1]}]."
        )
    if a.dtype != b.dtype:
        raise RuntimeError(f"expected scalar type {torch_name(a.dtype)} but found {torch_name(b.dtype)}")


def bmm(input: Array, mat2: Array) -> Array:
    """Products of matrices pair by pair, ``(b, n, m) @ (b, m, p)``."""
    _check_batches(input, mat2)
    return _contract(input, mat2)


def matmul(input: Array, other: Array) -> Array:
    """Matrix product with PyTorch's rules for 1-D arguments and broadcast batches."""
    if not input.ndim or not other.ndim:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {input.ndim}D and {other.ndim}D"
        )
    if input.ndim == 1 and other.ndim == 1:
        return dot(input, other)
    if input.ndim == 2 and other.ndim == 1:
        return mv(input, other)
    if input.ndim <= 2 and other.ndim == 2:
        return mm(input[None], other)[0] if input.ndim == 1 else mm(input, other)
    a = input[None] if input.ndim == 1 else input
    b = other[:, None] if other.ndim == 1 else other
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    if b.ndim <= 2:
        _check_mm(a.reshape(math.prod(batch) * a.shape[-2], a.shape[-1]), b)
    a_rows, b_rows = (jnp.broadcast_to(x, (*batch, *x.shape[-2:])).reshape(-1, *x.shape[-2:]) for x in (a, b))
    _check_batches(a_rows, b_rows)
    out = _contract(a, b)
    if input.ndim == 1:
        return out[..., 0, :]
    return out[..., 0] if other.ndim == 1 else out


def linear(input: Array, weight: Array, bias: Array | None = None) -> Array:
    """``input @ weight.T + bias``, for input of any rank.

    Example:
      >>> linear(jnp.ones((5, 4, 3)), jnp.ones((2, 3)), jnp.zeros(2)).shape
      (5, 4, 2)
    """
    rows = input.reshape(-1, input.shape[-1]) if input.ndim else input
    out = mm(rows, weight.T) if bias is None else addmm(bias, rows, weight.T)
    return out.reshape(*input.shape[:-1], weight.shape[0])


def outer(input: Array, vec2: Array) -> Array:
    """All products of the elements of two vectors, ``(n,), (m,) -> (n, m)``; dtypes promote."""
    for name, x in (("self", input), ("vec2", vec2)):
        if x.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x.ndim}-D")
    input, vec2 = promote(input, vec2)
    return input[:, None] * vec2


def inner(input: Array, other: Array) -> Array:
    """Sums of products over the last dimension of both; a plain product if either is 0-d."""
    if not input.ndim or not other.ndim:
        input, other = promote(input, other)
        return input * other
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(input.shape)} and {list(other.shape)}"
        )
    return tensordot(input, other, ([-1], [-1]))


def _expand(x: Array, shape: tuple[int, ...]) -> Array:
    """Broadcast `x` to `shape`, or PyTorch's complaint about ``expand``."""
    if x.ndim > len(shape):
        raise RuntimeError(
            f"expand(torch.{torch_name(x.dtype)}Tensor{{{list(x.shape)}}}, size={list(shape)}): the number of sizes "
            f"provided ({len(shape)}) must be greater or equal to the number of dimensions in the tensor ({x.ndim})"
        )
    lead = len(shape) - x.ndim
    for i in range(x.ndim - 1, -1, -1):
        if x.shape[i] not in (1, shape[lead + i]):
            raise RuntimeError(
                f"The expanded size of the tensor ({shape[lead + i]}) must match the existing size ({x.shape[i]}) at "
                f"non-singleton dimension {lead + i}.  Target sizes: {list(shape)}.  Tensor sizes: {list(x.shape)}"
            )
    return jnp.broadcast_to(x, shape)


def _blend(input: Array, product: Array, beta: Number, alpha: Number) -> Array:
    """``beta * input + alpha * product``; a beta of 0 ignores input's nans, as in BLAS."""
    dtype = product.dtype
    if isinstance(beta, int | float) and beta == 1 and isinstance(alpha, int | float) and alpha == 1:
        return input + product
    b, a = scalar(beta, dtype), scalar(alpha, dtype)
    return jnp.where(b == 0, jnp.zeros((), dtype), b * jnp.where(b == 0, jnp.zeros((), dtype), input)) + a * product


def _rounded(x: Array) -> Array:
    return rounded(x, x.dtype)


def addmm(input: Array, mat1: Array, mat2: Array, *, beta: Number = 1, alpha: Number = 1) -> Array:
    """``beta * input + alpha * (mat1 @ mat2)``, input broadcast to the product's shape."""
    for name, m in (("mat1", mat1), ("mat2", mat2)):
        if m.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {m.ndim}-D tensor")
    _check_mm(mat1, mat2)
    shape = (mat1.shape[0], mat2.shape[1])
    input = _expand(input, shape)
    if input.dtype != mat2.dtype:
        a, b = torch_name(input.dtype), torch_name(mat2.dtype)
        raise RuntimeError(f"self and mat2 must have the same dtype, but got {a} and {b}")
    if mat1.dtype != mat2.dtype:
        a, b = torch_name(mat1.dtype), torch_name(mat2.dtype)
        raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {a} and {b}")
    return _blend(input, _contract(mat1, mat2), beta, alpha)


def affine(bias: Array, input: Array, weight: Array) -> Array:
    """``input @ weight.T + bias`` of all vectors along the input's last dimension, as the rows of a matrix.

    Example:
      >>> affine(jnp.zeros(2), jnp.ones((5, 4, 3)), jnp.ones((2, 3))).shape
      (20, 2)
    """
    return addmm(bias, input if input.ndim == 2 else input.reshape(-1, input.shape[-1]), weight.T)


def addmv(input: Array, mat: Array, vec: Array, *, beta: Number = 1, alpha: Number = 1) -> Array:
    """``beta * input + alpha * (mat @ vec)``."""
    if mat.ndim != 2 or vec.ndim != 1 or input.ndim > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {input.ndim}, {mat.ndim}, {vec.ndim}")
    rows = input.shape[0] if input.ndim else 1
    if mat.shape[1] != vec.shape[0] or rows not in (1, mat.shape[0]):
        raise RuntimeError(f"size mismatch, got input ({rows}), mat ({_sizes(mat)}), vec ({vec.shape[0]})")
    return _blend(jnp.broadcast_to(input, mat.shape[:1]), _contract(mat, vec), beta, alpha)


def addr(input: Array, vec1: Array, vec2: Array, *, beta: Number = 1, alpha: Number = 1) -> Array:
    """``beta * input + alpha * outer(vec1, vec2)``."""
    for name, x in (("vec1", vec1), ("vec2", vec2)):
        if x.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {x.ndim}-D")
    input, vec1, vec2 = promote(_expand(input, (vec1.shape[0], vec2.shape[0])), vec1, vec2)
    if opmath(input.dtype) == input.dtype:
        return _blend(input, vec1[:, None] * vec2, beta, alpha)
    # PyTorch's loop rounds every step to half precision, which XLA otherwise keeps in float32
    a, b = scalar(alpha, input.dtype), scalar(beta, input.dtype)
    product = _rounded(_rounded(a * vec1)[:, None] * vec2)
    return jnp.where(b == 0, product, _rounded(_rounded(b * input) + product))


def baddbmm(input: Array, batch1: Array, batch2: Array, *, beta: Number = 1, alpha: Number = 1) -> Array:
    """``beta * input + alpha * bmm(batch1, batch2)``."""
    _check_batches(batch1, batch2)
    input = _expand(input, (*batch1.shape[:2], batch2.shape[2]))
    wide = opmath(batch1.dtype)
    if wide == batch1.dtype:
        return _blend(input, _contract(batch1, batch2), beta, alpha)
    # half precision: sum and blend in float32, rounded once
    product = _contract(batch1.astype(wide), batch2.astype(wide))
    return _blend(input.astype(wide), product, beta, alpha).astype(batch1.dtype)


def addbmm(input: Array, batch1: Array, batch2: Array, *, beta: Number = 1, alpha: Number = 1) -> Array:
    """``beta * input + alpha * sum(bmm(batch1, batch2), 0)``."""
    _check_batches(batch1, batch2)
    input = _expand(input, (batch1.shape[1], batch2.shape[2]))
    wide = opmath(batch1.dtype)
    if wide == batch1.dtype:
        return _blend(input, jnp.einsum("bij,bjk->ik", batch1, batch2), beta, alpha)
    # PyTorch adds batch after batch, the running sum in half precision, which is what its rounding errors come from
    if not batch1.shape[0]:
        return _blend(input, jnp.zeros_like(input), beta, alpha)
    products = _contract(batch1.astype(wide), batch2.astype(wide))
    a = scalar(alpha, wide)
    first = rounded(_blend(input.astype(wide), products[0], beta, alpha), batch1.dtype)

    def step(total: Array, product: Array) -> tuple[Array, None]:
        return rounded(total + a * product, batch1.dtype), None

    return lax.scan(step, first, products[1:])[0].astype(batch1.dtype)


def _parse_sublists(operands: Sequence) -> tuple[str, list[Array]]:
    """Turn ``(a, [0, 1], b, [1, 2], [0, 2])`` into an equation and its operands."""
    letters = string.ascii_uppercase + string.ascii_lowercase

    def text(sub: Sequence) -> str:
        return "".join("..." if i is Ellipsis else letters[i] for i in sub)

    pairs = list(zip(operands[0::2], operands[1::2], strict=False))
    equation = ",".join(text(sub) for _, sub in pairs)
    if len(operands) % 2:
        equation += "->" + text(operands[-1])
    return equation, [x for x, _ in pairs]


def _check_einsum(equation: str, operands: Sequence[Array]) -> None:
    left, _, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        more = "more" if len(operands) > len(terms) else "fewer"
        raise RuntimeError(f"einsum(): {more} operands were provided than specified in the equation")
    seen: dict[str, int] = {}
    for n, (term, x) in enumerate(zip(terms, operands, strict=True)):
        head, dots, tail = term.partition("...")
        count = len(head) + len(tail)
        if (x.ndim < count) if dots else (x.ndim != count):
            what = "is more than" if dots else "does not match"
            end = "" if dots else " and no ellipsis was given"
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({count}) {what} the number of dimensions "
                f"({x.ndim}) for operand {n}{end}"
            )
        sizes = x.shape[: len(head)] + x.shape[x.ndim - len(tail) :]
        for letter, size in zip(head + tail, sizes, strict=True):
            if seen.get(letter, 1) != 1 and size not in (1, seen[letter]):
                raise RuntimeError(
                    f"einsum(): subscript {letter} has size {size} for operand {n} which does not broadcast with "
                    f"previously seen size {seen[letter]}"
                )
            seen[letter] = max(seen.get(letter, 1), size)
    for letter in right.replace("...", ""):
        if letter not in seen:
            raise RuntimeError(
                f"einsum(): output subscript {letter} does not appear in the equation for any input operand"
            )


def _uppercase_first(equation: str) -> str:
    """Write the output out: without ``->`` PyTorch sorts A-Z before a-z, after the ellipsis, as NumPy does."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    if arrow:
        return f"{left}->{right}"
    letters = left.replace(",", "").replace("...", "")
    single = sorted(c for c in set(letters) if letters.count(c) == 1)
    return f"{left}->{'...' if '...' in left else ''}{''.join(single)}"


def _einsum_dtype(equation: str, operands: Sequence[Array]) -> np.dtype:
    """Dtype of an `einsum`, or the error of the product that does not take its operands.

    PyTorch works from the left. A subscript of one operand alone is summed, which turns integers into int64, before
    the operand is multiplied; what is then left to sum is left to ``bmm``, which does not promote.
    """
    left, _, right = equation.partition("->")
    wide: list[set[str]] = []  # of each operand, the subscripts that are summed and of size other than 1
    for term, x in zip(left.split(","), operands, strict=True):
        head, dots, tail = term.partition("...")
        middle = x.ndim - len(head) - len(tail)
        inner = [str(i) for i in range(middle, 0, -1)] if dots and "..." not in right else [""] * middle
        letters = [*head, *inner, *tail]
        wide.append({c for c, n in zip(letters, x.shape, strict=True) if c and n != 1 and c not in right})
        if len(operands) == 1:
            summed = any(c and c not in right for c in letters)
            return sum_dtype(x.dtype) if summed else x.dtype
    dtype, have = operands[0].dtype, wide[0]
    for i in range(1, len(operands)):
        other, new, later = operands[i].dtype, wide[i], set().union(*wide[i + 1 :])
        if have - new - later:
            dtype = sum_dtype(dtype)
        if new - have - later:
            other = sum_dtype(other)
        both = have & new - later
        if both and dtype != other:
            raise RuntimeError(f"expected scalar type {torch_name(dtype)} but found {torch_name(other)}")
        if both and dtype == np.bool_:
            raise not_implemented("bmm", dtype)
        dtype, have = promote_types(dtype, other), (have | new) & later
    return dtype


def einsum(equation: str, operands: Sequence[Array]) -> Array:
    """Sum of products over named subscripts; sizes of 1 broadcast.

    Example:
      >>> einsum("bij,jk->bik", [jnp.ones((2, 3, 4)), jnp.ones((4, 5))]).shape
      (2, 3, 5)
    """
    _check_einsum(equation, operands)
    equation = _uppercase_first(equation)
    dtype = operands[0].dtype
    if is_integral(dtype) or any(x.dtype != dtype for x in operands):
        dtype = _einsum_dtype(equation, operands)
        operands = [x.astype(dtype) for x in operands]
    return jnp.einsum(equation, *operands)


def tensordot(a: Array, b: Array, dims: int | Sequence[Sequence[int]] = 2) -> Array:
    """Sum of products over the last dimensions of `a` and the first of `b`, or over the pairs in `dims`."""
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        pairs = (tuple(range(-dims, 0)), tuple(range(dims)))
    else:
        pairs = (tuple(dims[0]), tuple(dims[1]))
    if len(pairs[0]) != len(pairs[1]):
        raise RuntimeError("both dimension lists should have same length")
    for i, j in zip(*pairs, strict=True):
        if a.shape[i] != b.shape[j] and a.shape[i] != 1 and b.shape[j] != 1:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a.shape[i]} in dim {i} and second has size "
                f"{b.shape[j]} in dim {j}"
            )
    if a.dtype != b.dtype:
        raise RuntimeError("both inputs should have same dtype")
    # a size of 1 counts for as many as the other has: that one is summed first
    one_a = [j for i, j in zip(*pairs, strict=True) if a.shape[i] == 1 != b.shape[j]]
    one_b = [i for i, j in zip(*pairs, strict=True) if b.shape[j] == 1 != a.shape[i]]
    b = b.sum(tuple(one_a), keepdims=True, dtype=b.dtype) if one_a else b
    a = a.sum(tuple(one_b), keepdims=True, dtype=a.dtype) if one_b else a
    return jnp.tensordot(a, b, pairs)


def kron(input: Array, other: Array) -> Array:
    """Kronecker product; the shorter shape is padded with ones in front."""
    input, other = promote(input, other)
    if input.dtype == np.bool_:
        return jnp.kron(input.astype("uint8"), other.astype("uint8")).astype(bool)
    return jnp.kron(input, other)


def cross(input: Array, other: Array, dim: int = -1) -> Array:
    """Vector product along a dimension of size 3; the other dimensions broadcast."""
    if input.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    wrapped = wrap_dim(dim, input.ndim)
    if input.shape[wrapped] != 3 or other.shape[wrapped] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {input.shape[wrapped]} and "
            f"{other.shape[wrapped]}"
        )
    shape = broadcast_shapes(input.shape, other.shape)
    a, b = (jnp.broadcast_to(x, shape) for x in (input, other))
    return jnp.roll(a, -1, wrapped) * jnp.roll(b, -2, wrapped) - jnp.roll(a, -2, wrapped) * jnp.roll(b, -1, wrapped)


def trace(input: Array) -> Array:
    """Sum of the diagonal of a matrix; integers sum in int64."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    diagonal = jnp.diagonal(input)
    if jnp.issubdtype(input.dtype, jnp.integer) or input.dtype == np.bool_:
        diagonal = diagonal.astype("int64")
    return diagonal.sum()


def matrix_power(input: Array, n: int) -> Array:
    """``input`` multiplied by itself `n` times; negative powers use the inverse."""
    if input.ndim < 2 or input.shape[-1] != input.shape[-2]:
        sizes = f"{input.shape[-2]} by {input.shape[-1]}" if input.ndim > 1 else f"{input.ndim}-D"
        raise RuntimeError(f"linalg.matrix_power: A must be batches of square matrices, but they are {sizes} matrices")
    return jnp.linalg.matrix_power(input, n)


def multi_dot(tensors: Sequence[Array]) -> Array:
    """Product of several matrices in the cheapest order; the first and the last may be vectors."""
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    return jnp.linalg.multi_dot(list(tensors))


def chain_matmul(matrices: Sequence[Array]) -> Array:
    """Product of several matrices in the cheapest order; a single one is returned as it is."""
    return matrices[0] if len(matrices) == 1 else multi_dot(matrices)
