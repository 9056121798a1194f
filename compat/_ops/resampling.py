"""Rows of resizing and of reading images at points, and ``interpolate``."""

import warnings
from collections.abc import Sequence
from typing import Any

from compat._ops.declare import composite, op, ops
from compat._tensor.tensor import Tensor
from funcgrad.ops import resampling as K

_NODES = {
    "nearest": "Nearest",
    "nearest-exact": "NearestExact",
    "linear": "Linear",
    "bilinear": "Bilinear",
    "bicubic": "Bicubic",
    "trilinear": "Trilinear",
}


def _upsample_node(arguments: dict[str, Any]) -> str:
    tail = "AA" if arguments["antialias"] else ""
    return f"Upsample{_NODES[arguments['mode']]}{len(arguments['input'].shape) - 2}D{tail}Backward0"


op(K.upsample, "_upsample", node=_upsample_node, saves="none", method=False, function=False)
op(K.pixel_shuffle, saves="none", method=False, nn=True)
op(K.pixel_unshuffle, saves="none", method=False, nn=True)
op(
    K.grid_sample,
    "_grid_sample",
    node=lambda a: f"GridSampler{len(a['input'].shape) - 2}DBackward0",
    method=False,
    function=False,
)
op(K.affine_grid, "_affine_grid", node="AffineGridGeneratorBackward0", saves="none", method=False, function=False)


@composite(method=False, function=False, nn=True)
def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Resize the spatial dimensions to a size or by a factor."""
    size = [int(s) for s in size] if isinstance(size, tuple | list) else size
    if antialias and not (mode in ("bilinear", "bicubic") and input.dim() == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor as input"
        )
    shape = tuple(input.shape)
    sizes, scales = K.upsample_size(shape, size, scale_factor, mode, align_corners, recompute_scale_factor)
    if mode == "area":
        return getattr(ops, f"adaptive_avg_pool{len(sizes)}d")(input, sizes)
    return ops._upsample(input, sizes, mode, bool(align_corners), scales, antialias)


@composite(method=False, function=False, nn=True)
def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """The old name of ``interpolate``."""
    warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode, align_corners)


@composite(method=False, function=False, nn=True)
def grid_sample(
    input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Tensor:
    """Read images at points whose coordinates, x first, run from -1 to 1 across the image."""
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
            "specify align_corners=True if the old behavior is desired. See the documentation of grid_sample for "
            "details.",
            stacklevel=2,
        )
    return ops._grid_sample(input, grid, mode, padding_mode, bool(align_corners))


@composite(method=False, function=False, nn=True)
def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """Points of an output of `size`, mapped by affine matrices."""
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
            "specify align_corners=True if the old behavior is desired. See the documentation of grid_sample for "
            "details.",
            stacklevel=2,
        )
    return ops._affine_grid(theta, tuple(size), bool(align_corners))
