"""Lookups in tables."""
from __future__ import annotations

import numpy as np

from compat import _dtype
from compat._autograd.modes import no_grad
from compat._engine.traced import is_traced
from compat._ops import creation
from compat._ops.data import tensor
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Rows of zeros with a one at the given class; as many classes as the largest needs if ``num_classes`` is -1."""
    if tensor.dtype != _dtype.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if num_classes >= 0 and is_traced(tensor._value()):
        return _one_hot(tensor, num_classes)
    values = tensor._host()
    if values.size == 0:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return creation.zeros((*tensor.shape, num_classes), dtype=_dtype.int64)
    if values.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(values.max()) + 1
    elif values.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return _one_hot(tensor, num_classes)


def _one_hot(tensor: Tensor, num_classes: int) -> Tensor:
    classes = creation.arange(num_classes, device=tensor.device)
    return (tensor.unsqueeze(-1) == classes).to(_dtype.int64)


def _checked_padding(padding_idx: int | None, rows: int) -> int:
    if padding_idx is None:
        return -1
    if padding_idx > 0 and padding_idx >= rows or padding_idx < 0 and padding_idx < -rows:
        raise AssertionError("Padding_idx must be within num_embeddings")
    return padding_idx % rows if padding_idx < 0 else padding_idx


def _renorm(weight: Tensor, input: Tensor, max_norm: float, norm_type: float) -> None:
    """Scales the rows looked up down to ``max_norm``, in the table."""
    with no_grad():
        index = tensor(np.unique(input._host()))
        rows = weight.index_select(0, index)
        norm = rows.norm(norm_type, dim=1, keepdim=True)
        scaled = ops.where(norm > max_norm, rows * (max_norm / (norm + 1e-7)), rows)
        weight.index_copy_(0, index, scaled)


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None,
              norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False) -> Tensor:
    """The rows of ``weight`` at ``input``."""
    if weight.dim() != 2:
        raise RuntimeError("'weight' must be 2-D")
    padding_idx = _checked_padding(padding_idx, weight.shape[0])
    if max_norm is not None:
        _renorm(weight, input, max_norm, norm_type)
    return ops.embedding(weight, input, padding_idx, scale_grad_by_freq, sparse)


def embedding_bag(input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: float | None = None,
                  norm_type: float = 2, scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False,
                  per_sample_weights: Tensor | None = None, include_last_offset: bool = False,
                  padding_idx: int | None = None) -> Tensor:
    """Sum, mean or maximum of the rows in each bag; an empty bag gives zeros."""
    _check_bags(input, offsets, per_sample_weights, mode)
    if input.dim() == 2:
        starts = np.arange(0, input.numel(), input.shape[1]) if input.shape[1] else np.zeros(input.shape[0], int)
        index = input.reshape(-1)
        per_sample_weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    else:
        starts, index = offsets._host(), input
        starts = starts[:-1] if include_last_offset else starts
        if starts.size and starts[0] != 0:
            raise RuntimeError("offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
                               f"position 0. However, got {starts[0]}")
    if max_norm is not None:
        _renorm(weight, index, max_norm, norm_type)
    bags, n = len(starts), index.numel()
    bag_of = np.searchsorted(starts, np.arange(n), side="right") - 1
    keep = np.ones(n, bool)
    if padding_idx is not None:
        keep = index._host() != _checked_padding(padding_idx, weight.shape[0])
    rows = ops.embedding(weight, index, -1 if padding_idx is None else padding_idx, scale_grad_by_freq, sparse)
    half = mode != "max" and weight.dtype in (_dtype.float16, _dtype.bfloat16)
    if half:  # summed in float32, as in PyTorch
        rows = rows.to(_dtype.float32)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.unsqueeze(-1)
    where = tensor(bag_of[keep])
    if not keep.all():
        rows = rows.index_select(0, tensor(np.flatnonzero(keep)))
    out = creation.zeros((bags, weight.shape[1]), dtype=rows.dtype, device=weight.device)
    if mode == "max":
        at = where.unsqueeze(-1).expand(-1, weight.shape[1])
        return out.scatter_reduce(0, at, rows, "amax", include_self=False)
    out = out.index_add(0, where, rows)
    if mode == "mean":
        counts = np.maximum(np.bincount(bag_of[keep], minlength=bags), 1)
        out = out / tensor(counts, dtype=rows.dtype).unsqueeze(-1)
    return out.to(weight.dtype) if half else out


def _check_bags(input: Tensor, offsets: Tensor | None, per_sample_weights: Tensor | None, mode: str) -> None:
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum or mean or max")
    if input.dim() == 2 and offsets is not None:
        raise ValueError("if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed "
                         f"length sequences. However, found offsets of type {type(offsets)}")
    if input.dim() == 1 and offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if input.dim() == 1 and offsets.dim() != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    if input.dim() not in (1, 2):
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")
    if per_sample_weights is not None:
        if mode != "sum":
            raise NotImplementedError("embedding_bag: per_sample_weights was not None. per_sample_weights is only "
                                      f"supported for mode='sum' (got mode='{mode}'). Please open a feature request on "
                                      "GitHub.")
        if per_sample_weights.shape != input.shape:
            raise ValueError(f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it "
                             f"must have the same shape as the input ({input.shape})")
