"""What losses refuse: sizes and dtypes, and classes that do not exist."""

import jax
import numpy as np

from funcgrad.dtypes import is_floating, torch_name
from funcgrad.ops._common import not_implemented
from funcgrad.shapes import broadcast_shapes
from funcgrad.typing import Array

__all__ = [
    "check_class_probabilities",
    "check_multi_margin",
    "check_multilabel_margin",
    "check_nll",
    "check_nll_sizes",
    "require_broadcast_into",
    "require_classes",
    "require_long",
]


def require_broadcast_into(input: Array, x: Array | None) -> None:
    """Refuse weights that are not of `input`'s shape once broadcast."""
    shape = input.shape if x is None else broadcast_shapes(input.shape, x.shape)
    if shape != input.shape:
        raise RuntimeError(
            f"output with shape {list(input.shape)} doesn't match the broadcast shape {list(shape)}"
        )


def check_class_probabilities(dtype: np.dtype, ignore_index: int) -> None:
    """Raise PyTorch's errors for a target of the logits' shape, which can only be the classes' probabilities."""
    if not is_floating(dtype):
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {torch_name(dtype)}"
        )
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")


def check_nll_sizes(input: Array, target: Array, weight: Array | None) -> None:
    """Raise PyTorch's errors for sizes and dtypes that `nll_loss` does not take."""
    x, y = list(input.shape), list(target.shape)
    if not x:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if len(x) > 1 and x[:1] != y[:1]:
        raise ValueError(
            f"Expected input batch_size ({x[0]}) to match target batch_size ({y[0] if y else 1})."
        )
    if len(x) <= 2 and len(y) > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if len(x) == 4:
        if len(y) != 3:
            raise RuntimeError(
                f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {len(y)}"
            )
        if x[2:] != y[1:]:
            raise RuntimeError(f"size mismatch (got input: {x} , target: {y}")
    elif len(x) > 2 and x[2:] != y[1:]:
        raise RuntimeError(f"Expected target size {[x[0], *x[2:]]}, got {y}")
    if target.dtype not in (np.dtype("int64"), np.dtype("uint8")) and not _narrow_integers(target):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {torch_name(target.dtype)}")
    if len(x) == 1 and y not in ([], [1]):
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {y[0]}")
    if len(x) > 2 and target.dtype == np.dtype("uint8"):
        raise RuntimeError("expected scalar type Long but found Byte")
    if not is_floating(input.dtype):
        raise not_implemented("nll_loss_out_frame", input.dtype)
    classes = x[1] if len(x) > 1 else x[0]
    if weight is None:
        return
    if weight.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.shape)}"
        )
    if weight.dtype != input.dtype:
        raise RuntimeError(f"expected scalar type {torch_name(input.dtype)} but found {torch_name(weight.dtype)}")


def check_nll(target: np.ndarray, input: Array, ignore_index: int) -> None:
    """Raise PyTorch's error for a class outside ``[0, C)``."""
    classes = input.shape[1] if len(input.shape) > 1 else input.shape[0]
    bad = (target != ignore_index) & ((target < 0) | (target >= classes))
    if bad.any():
        raise IndexError(f"Target {int(target[bad].flat[0])} is out of bounds.")


def _narrow_integers(target: Array) -> bool:
    """Without x64, JAX's integers are int32."""
    return target.dtype == np.dtype("int32") and not jax.config.jax_enable_x64


def require_classes(input: Array) -> None:
    """Refuse scores of no classes."""
    if input.ndim > 2 or 0 in input.shape[-1:]:
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        )


def require_long(target: Array) -> None:
    """Refuse classes that are not int64."""
    if target.dtype != np.dtype("int64") and not _narrow_integers(target):
        raise RuntimeError(f"expected scalar type Long but found {torch_name(target.dtype)}")


def _classes(shape: tuple[int, ...]) -> int:
    return shape[-1] if shape else 1


def check_multi_margin(target: np.ndarray, input: Array) -> None:
    """Raise PyTorch's error for a class outside ``[0, C)``."""
    if ((target < 0) | (target >= _classes(input.shape))).any():
        raise RuntimeError("target out of range")


def check_multilabel_margin(target: np.ndarray, input: Array) -> None:
    """Raise PyTorch's error for a class outside ``[-1, C)``."""
    if ((target < -1) | (target >= _classes(input.shape))).any():
        raise RuntimeError("argument #2 'target' is out of range")
