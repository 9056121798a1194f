"""What distributions share: broadcast parameters, probabilities and logits, lazy properties, triangles as vectors."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable
from typing import Any

from compat._autograd.modes import enable_grad
from compat._dtype import finfo, get_default_dtype
from compat._ops import ops
from compat._tensor.tensor import Tensor, is_tensor

__all__ = [
    "broadcast_all",
    "logits_to_probs",
    "clamp_probs",
    "probs_to_logits",
    "lazy_property",
    "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]


def broadcast_all(*values: Any) -> Any:
    """Make tensors of one shape from tensors and numbers.

    A number takes the dtype and device of the first tensor, or the default ones if there is none.

    Args:
      *values: Tensors that broadcast together, and numbers.

    Returns:
      A tuple of tensors.

    Raises:
      ValueError: if a value is neither.

    Source:
      PyTorch, ``torch.distributions.utils.broadcast_all``.
    """
    if not all(is_tensor(v) or isinstance(v, numbers.Number) for v in values):
        raise ValueError("Input arguments must all be instances of Number, torch.Tensor or objects implementing "
                         "__torch_function__.")
    like = next((v for v in values if is_tensor(v)), None)
    options = {"dtype": get_default_dtype()} if like is None else {"dtype": like.dtype, "device": like.device}
    tensors = [v if is_tensor(v) else ops.tensor(v, **options) for v in values]
    return tuple(ops.broadcast_tensors(*tensors))


def standard_normal(shape: Any, like: Tensor) -> Tensor:
    """Standard normal numbers of a shape, of the dtype and on the device of another tensor."""
    return ops.randn(tuple(shape), dtype=like.dtype, device=like.device)


def rand(shape: Any, like: Tensor) -> Tensor:
    """Numbers uniform in [0, 1), of the dtype and on the device of another tensor."""
    return ops.rand(tuple(shape), dtype=like.dtype, device=like.device)


def empty(shape: Any, like: Tensor) -> Tensor:
    """A tensor to be filled, of the dtype and on the device of another tensor."""
    return ops.empty(tuple(shape), dtype=like.dtype, device=like.device)


def one_hot(indices: Tensor, size: int, like: Tensor) -> Tensor:
    """Vectors with a one at each index, of the dtype of another tensor."""
    return (indices.unsqueeze(-1) == ops.arange(size, device=indices.device)).to(like)


def sum_rightmost(value: Any, dim: int) -> Any:
    """The sum over the last ``dim`` dimensions."""
    return value if dim == 0 else value.reshape(value.shape[: value.dim() - dim] + (-1,)).sum(-1)


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Return the probabilities of logits.

    Args:
      logits: Unnormalised log probabilities over the last dimension; log odds if binary.
      is_binary: Whether every element is by itself.

    Returns:
      Probabilities.

    Source:
      PyTorch, ``torch.distributions.utils.logits_to_probs``.
    """
    return ops.sigmoid(logits) if is_binary else ops.softmax(logits, -1)


def clamp_probs(probs: Tensor) -> Tensor:
    """Return probabilities held within the open interval (0, 1), an epsilon of their dtype from its ends."""
    eps = finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """Return the logits of probabilities: log odds if binary, else their logarithms, after `clamp_probs`."""
    clamped = clamp_probs(probs)
    return ops.log(clamped) - ops.log1p(-clamped) if is_binary else ops.log(clamped)


class lazy_property:  # noqa: N801
    """A property computed when first read, with gradients whatever the mode, and kept on the instance after that.

    Example:
      >>> class A:
      ...     @lazy_property
      ...     def x(self):
      ...         return 1
      >>> A().x
      1

    Source:
      PyTorch, ``torch.distributions.utils.lazy_property``.
    """

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        """Keep the function that computes it."""
        self.wrapped = wrapped
        functools.update_wrapper(self, wrapped)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """The value; the property itself when read from the class."""
        if instance is None:
            return self
        with enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """Return the lower triangles of matrices as vectors, row by row.

    Args:
      mat: (..., n, n).
      diag: The last diagonal included, in [-n, n).

    Returns:
      (..., number of elements).

    Raises:
      ValueError: if ``diag`` is out of range.

    Source:
      PyTorch, ``torch.distributions.utils.tril_matrix_to_vec``.
    """
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    rows, columns = ops.tril_indices(n, n, diag).unbind()
    return mat[..., rows, columns]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """Return lower triangular matrices of the vectors that `tril_matrix_to_vec` gives.

    Args:
      vec: (..., D).
      diag: The last diagonal that ``vec`` has.

    Returns:
      (..., n, n).

    Raises:
      ValueError: if D is not the size of such a triangle.

    Source:
      PyTorch, ``torch.distributions.utils.vec_to_tril_matrix``.
    """
    size = vec.shape[-1]
    # (n + diag)(n + diag + 1) / 2 = D + |diag| * (diag + 1) / 2, solved for n
    n = (-(1 + 2 * diag) + ((1 + 2 * diag) ** 2 + 8 * size + 4 * abs(diag) * (diag + 1)) ** 0.5) / 2
    eps = finfo(vec.dtype).eps
    if round(n) - n > eps:
        raise ValueError(f"The size of last dimension is {size} which cannot be expressed as the lower triangular part "
                         "of a square D x D matrix.")
    n = round(n)
    mat = ops.zeros((*vec.shape[:-1], n, n), dtype=vec.dtype, device=vec.device)
    rows, columns = ops.tril_indices(n, n, diag).unbind()
    mat[..., rows, columns] = vec
    return mat
