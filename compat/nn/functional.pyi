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

from compat.nn._functional.activation import gumbel_softmax as gumbel_softmax
from compat.nn._functional.activation import rrelu as rrelu
from compat.nn._functional.activation import rrelu_ as rrelu_
from compat.nn._functional.attention import _canonical_mask as _canonical_mask
from compat.nn._functional.attention import _none_or_dtype as _none_or_dtype
from compat.nn._functional.attention import multi_head_attention_forward as multi_head_attention_forward
from compat.nn._functional.attention import scaled_dot_product_attention as scaled_dot_product_attention
from compat.nn._functional.distance import cosine_similarity as cosine_similarity
from compat.nn._functional.distance import normalize as normalize
from compat.nn._functional.distance import pairwise_distance as pairwise_distance
from compat.nn._functional.distance import pdist as pdist
from compat.nn._functional.dropout import alpha_dropout as alpha_dropout
from compat.nn._functional.dropout import dropout as dropout
from compat.nn._functional.dropout import dropout1d as dropout1d
from compat.nn._functional.dropout import dropout2d as dropout2d
from compat.nn._functional.dropout import dropout3d as dropout3d
from compat.nn._functional.dropout import feature_alpha_dropout as feature_alpha_dropout
from compat.nn._functional.linear import bilinear as bilinear
from compat.nn._functional.linear import linear as linear
from compat.nn._functional.linear_cross_entropy import linear_cross_entropy as linear_cross_entropy
from compat.nn._functional.loss import binary_cross_entropy as binary_cross_entropy
from compat.nn._functional.loss import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from compat.nn._functional.loss import cosine_embedding_loss as cosine_embedding_loss
from compat.nn._functional.loss import cross_entropy as cross_entropy
from compat.nn._functional.loss import gaussian_nll_loss as gaussian_nll_loss
from compat.nn._functional.loss import hinge_embedding_loss as hinge_embedding_loss
from compat.nn._functional.loss import huber_loss as huber_loss
from compat.nn._functional.loss import kl_div as kl_div
from compat.nn._functional.loss import l1_loss as l1_loss
from compat.nn._functional.loss import margin_ranking_loss as margin_ranking_loss
from compat.nn._functional.loss import mse_loss as mse_loss
from compat.nn._functional.loss import multi_margin_loss as multi_margin_loss
from compat.nn._functional.loss import multilabel_margin_loss as multilabel_margin_loss
from compat.nn._functional.loss import multilabel_soft_margin_loss as multilabel_soft_margin_loss
from compat.nn._functional.loss import nll_loss as nll_loss
from compat.nn._functional.loss import poisson_nll_loss as poisson_nll_loss
from compat.nn._functional.loss import smooth_l1_loss as smooth_l1_loss
from compat.nn._functional.loss import soft_margin_loss as soft_margin_loss
from compat.nn._functional.loss import triplet_margin_loss as triplet_margin_loss
from compat.nn._functional.loss import triplet_margin_with_distance_loss as triplet_margin_with_distance_loss
from compat.nn._functional.normalization import batch_norm as batch_norm
from compat.nn._functional.normalization import group_norm as group_norm
from compat.nn._functional.normalization import instance_norm as instance_norm
from compat.nn._functional.normalization import layer_norm as layer_norm
from compat.nn._functional.normalization import local_response_norm as local_response_norm
from compat.nn._functional.normalization import rms_norm as rms_norm
from compat.nn._functional.pooling import fractional_max_pool2d as fractional_max_pool2d
from compat.nn._functional.pooling import fractional_max_pool2d_with_indices as fractional_max_pool2d_with_indices
from compat.nn._functional.pooling import fractional_max_pool3d as fractional_max_pool3d
from compat.nn._functional.pooling import fractional_max_pool3d_with_indices as fractional_max_pool3d_with_indices
from compat.nn._functional.pooling import lp_pool1d as lp_pool1d
from compat.nn._functional.pooling import lp_pool2d as lp_pool2d
from compat.nn._functional.pooling import lp_pool3d as lp_pool3d
from compat.nn._functional.pooling import max_unpool1d as max_unpool1d
from compat.nn._functional.pooling import max_unpool2d as max_unpool2d
from compat.nn._functional.pooling import max_unpool3d as max_unpool3d
from compat.nn._functional.resampling import upsample_bilinear as upsample_bilinear
from compat.nn._functional.resampling import upsample_nearest as upsample_nearest
from compat.nn._functional.sparse import embedding as embedding
from compat.nn._functional.sparse import embedding_bag as embedding_bag
from compat.nn._functional.sparse import one_hot as one_hot

_Number: TypeAlias = builtins.int | builtins.float | builtins.complex

def absent(name: builtins.str, instead: builtins.str = '') -> Callable[..., Any]:
    """Decorates a function or class of which compat has no more than the signature: a call is refused."""
def adaptive_avg_pool1d(input: Tensor, output_size: builtins.int | Sequence[builtins.int], *, out: Any = None) -> Tensor:
    """Means over `output_size` windows of nearly equal size that cover the input."""
def adaptive_avg_pool2d(input: Tensor, output_size: builtins.int | Sequence[builtins.int | None], *, out: Any = None) -> Tensor:
    """Means over a grid of nearly equal windows that cover the image; None keeps a size."""
def adaptive_avg_pool3d(input: Tensor, output_size: builtins.int | Sequence[builtins.int | None], *, out: Any = None) -> Tensor:
    """Means over a grid of nearly equal windows that cover the volume; None keeps a size."""
@overload
def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: Literal[False] = False) -> Tensor:
    """Maxima over a grid of windows that cover the input; optionally with flat positions."""
@overload
def adaptive_max_pool1d(input: Tensor, output_size: Any, *, return_indices: Literal[True]) -> builtins.tuple[Tensor, Tensor]: ...
def adaptive_max_pool1d_with_indices(*args: Any, **kwargs: Any) -> Any:
    """Maxima over a grid of windows that cover the input; optionally with flat positions."""
@overload
def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: Literal[False] = False) -> Tensor:
    """Maxima over a grid of windows that cover the input; optionally with flat positions."""
@overload
def adaptive_max_pool2d(input: Tensor, output_size: Any, *, return_indices: Literal[True]) -> builtins.tuple[Tensor, Tensor]: ...
def adaptive_max_pool2d_with_indices(*args: Any, **kwargs: Any) -> Any:
    """Maxima over a grid of windows that cover the input; optionally with flat positions."""
@overload
def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: Literal[False] = False) -> Tensor:
    """Maxima over a grid of windows that cover the input; optionally with flat positions."""
@overload
def adaptive_max_pool3d(input: Tensor, output_size: Any, *, return_indices: Literal[True]) -> builtins.tuple[Tensor, Tensor]: ...
def adaptive_max_pool3d_with_indices(*args: Any, **kwargs: Any) -> Any:
    """Maxima over a grid of windows that cover the input; optionally with flat positions."""
def affine_grid(theta: Tensor, size: Sequence[builtins.int], align_corners: builtins.bool | None = None) -> Tensor:
    """Points of an output of `size`, mapped by affine matrices."""
def avg_pool1d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, ceil_mode: builtins.bool = False, count_include_pad: builtins.bool = True, *, out: Any = None) -> Tensor:
    """Mean of every window of ``(N, C, L)`` or ``(C, L)``."""
def avg_pool2d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, ceil_mode: builtins.bool = False, count_include_pad: builtins.bool = True, divisor_override: builtins.int | None = None, *, out: Any = None) -> Tensor:
    """Mean of every window of an image; padding zeros count unless `count_include_pad` is false."""
def avg_pool3d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, ceil_mode: builtins.bool = False, count_include_pad: builtins.bool = True, divisor_override: builtins.int | None = None, *, out: Any = None) -> Tensor:
    """Mean of every window of ``(N, C, D, H, W)`` or ``(C, D, H, W)``."""
def celu(input: Tensor, *args: Any, inplace: builtins.bool = False, **kwargs: Any) -> Tensor:
    """``max(0, input) + min(0, alpha * (exp(input / alpha) - 1))``."""
def celu_(input: Tensor, alpha: builtins.float = 1.0) -> Tensor:
    """In place: see ``celu``."""
def channel_shuffle(input: Tensor, groups: builtins.int, *, out: Any = None) -> Tensor:
    """Interleave `groups` groups of channels (dimension 1)."""
def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: builtins.int | Sequence[builtins.int] = 1, padding: builtins.str | builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, groups: builtins.int = 1, *, out: Any = None) -> Tensor:
    """Cross-correlation of ``(N, C, L)`` or ``(C, L)`` with kernels ``(O, C / groups, K)``."""
def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: builtins.int | Sequence[builtins.int] = 1, padding: builtins.str | builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, groups: builtins.int = 1, *, out: Any = None) -> Tensor:
    """Cross-correlation of images with kernels."""
def conv3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: builtins.int | Sequence[builtins.int] = 1, padding: builtins.str | builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, groups: builtins.int = 1, *, out: Any = None) -> Tensor:
    """Cross-correlation of ``(N, C, D, H, W)`` with kernels ``(O, C / groups, KD, KH, KW)``."""
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: builtins.int = 0) -> Tensor:
    """Convolution over the first dimension of ``(time, batch, channels)``, with weights ``(width, in, out)``."""
def conv_transpose1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: builtins.int | Sequence[builtins.int] = 1, padding: builtins.int | Sequence[builtins.int] = 0, output_padding: builtins.int | Sequence[builtins.int] = 0, groups: builtins.int = 1, dilation: builtins.int | Sequence[builtins.int] = 1, *, out: Any = None) -> Tensor:
    """Adjoint of `conv1d`; kernels are ``(C, O / groups, K)``."""
def conv_transpose2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: builtins.int | Sequence[builtins.int] = 1, padding: builtins.int | Sequence[builtins.int] = 0, output_padding: builtins.int | Sequence[builtins.int] = 0, groups: builtins.int = 1, dilation: builtins.int | Sequence[builtins.int] = 1, *, out: Any = None) -> Tensor:
    """Adjoint of `conv2d`: every element of the input adds its multiple of the kernel; ``(C, O / groups, KH, KW)``."""
def conv_transpose3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: builtins.int | Sequence[builtins.int] = 1, padding: builtins.int | Sequence[builtins.int] = 0, output_padding: builtins.int | Sequence[builtins.int] = 0, groups: builtins.int = 1, dilation: builtins.int | Sequence[builtins.int] = 1, *, out: Any = None) -> Tensor:
    """Adjoint of `conv3d`; kernels are ``(C, O / groups, KD, KH, KW)``."""
def ctc_loss(log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: builtins.int = 0, reduction: builtins.str = 'mean', zero_infinity: builtins.bool = False) -> Tensor:
    """Minus the log-likelihood of labels that are not aligned with the input."""
def elu(input: Tensor, *args: Any, inplace: builtins.bool = False, **kwargs: Any) -> Tensor:
    """``scale * input`` where positive, else ``scale * alpha * (exp(input_scale * input) - 1)``."""
def elu_(input: Tensor, alpha: builtins.float = 1.0, scale: builtins.float = 1.0, input_scale: builtins.float = 1.0) -> Tensor:
    """In place: see ``elu``."""
def fold(input: Tensor, output_size: builtins.int | Sequence[builtins.int], kernel_size: builtins.int | Sequence[builtins.int], dilation: builtins.int | Sequence[builtins.int] = 1, padding: builtins.int | Sequence[builtins.int] = 0, stride: builtins.int | Sequence[builtins.int] = 1, *, out: Any = None) -> Tensor:
    """Adjoint of `unfold`: sum the columns back into an image."""
def gelu(input: Tensor, approximate: builtins.str = 'none', *, out: Any = None) -> Tensor: ...
def glu(input: Tensor, dim: builtins.int = -1, *, axis: builtins.int = ..., out: Any = None) -> Tensor:
    """First half of `dim` times the sigmoid of the second."""
def grid_sample(input: Tensor, grid: Tensor, mode: builtins.str = 'bilinear', padding_mode: builtins.str = 'zeros', align_corners: builtins.bool | None = None) -> Tensor:
    """Read images at points whose coordinates, x first, run from -1 to 1 across the image."""
def grouped_mm(*args: Any, **kwargs: Any) -> NoReturn:
    """Not implemented."""
def hardshrink(input: Tensor, lambd: builtins.float = 0.5, *, out: Any = None) -> Tensor:
    """`input`, but 0 within ``[-lambd, lambd]``."""
def hardsigmoid(input: Tensor, *args: Any, inplace: builtins.bool = False, **kwargs: Any) -> Tensor:
    """``min(max(input + 3, 0), 6) / 6``."""
def hardswish(input: Tensor, *args: Any, inplace: builtins.bool = False, **kwargs: Any) -> Tensor:
    """``input * hardsigmoid(input)``."""
def hardtanh(input: Tensor, min_val: builtins.float = -1.0, max_val: builtins.float = 1.0, inplace: builtins.bool = False) -> Tensor:
    """`input` limited to ``[min_val, max_val]``; unlike ``clamp`` the derivative at the bounds is 0."""
def hardtanh_(input: Tensor, min_val: builtins.float = -1.0, max_val: builtins.float = 1.0) -> Tensor:
    """In place: see ``hardtanh``."""
def interpolate(input: Tensor, size: Any = None, scale_factor: Any = None, mode: builtins.str = 'nearest', align_corners: builtins.bool | None = None, recompute_scale_factor: builtins.bool | None = None, antialias: builtins.bool = False) -> Tensor:
    """Resize the spatial dimensions to a size or by a factor."""
def leaky_relu(input: Tensor, *args: Any, inplace: builtins.bool = False, **kwargs: Any) -> Tensor:
    """`input` where positive, else ``negative_slope * input``."""
def leaky_relu_(input: Tensor, negative_slope: builtins.float = 0.01) -> Tensor:
    """In place: see ``leaky_relu``."""
def log_softmax(input: Tensor, dim: builtins.int | None = None, _stacklevel: builtins.int = 3, dtype: _DType | builtins.type | None = None) -> Tensor:
    """Logarithm of ``softmax``."""
def logsigmoid(input: Tensor, *, out: Any = None) -> Tensor:
    """``log(sigmoid(input))`` without overflow."""
@overload
def max_pool1d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, ceil_mode: builtins.bool = False, return_indices: Literal[False] = False) -> Tensor:
    """Maximum of every window; with return_indices also its flat position."""
@overload
def max_pool1d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, ceil_mode: builtins.bool = False, *, return_indices: Literal[True]) -> builtins.tuple[Tensor, Tensor]: ...
def max_pool1d_with_indices(*args: Any, **kwargs: Any) -> Any:
    """Maximum of every window; with return_indices also its flat position."""
@overload
def max_pool2d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, ceil_mode: builtins.bool = False, return_indices: Literal[False] = False) -> Tensor:
    """Maximum of every window; with return_indices also its flat position."""
@overload
def max_pool2d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, ceil_mode: builtins.bool = False, *, return_indices: Literal[True]) -> builtins.tuple[Tensor, Tensor]: ...
def max_pool2d_with_indices(*args: Any, **kwargs: Any) -> Any:
    """Maximum of every window; with return_indices also its flat position."""
@overload
def max_pool3d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, ceil_mode: builtins.bool = False, return_indices: Literal[False] = False) -> Tensor:
    """Maximum of every window; with return_indices also its flat position."""
@overload
def max_pool3d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, ceil_mode: builtins.bool = False, *, return_indices: Literal[True]) -> builtins.tuple[Tensor, Tensor]: ...
def max_pool3d_with_indices(*args: Any, **kwargs: Any) -> Any:
    """Maximum of every window; with return_indices also its flat position."""
def mish(input: Tensor, *args: Any, inplace: builtins.bool = False, **kwargs: Any) -> Tensor:
    """``input * tanh(softplus(input))``."""
def native_channel_shuffle(*args: Any, **kwargs: Any) -> NoReturn:
    """Not implemented."""
def pad(input: Tensor, pad: Sequence[builtins.int], mode: builtins.str = 'constant', value: builtins.float | None = None) -> Tensor:
    """Pad the last dimensions; `pad` lists (before, after) from the last dimension backwards."""
def pixel_shuffle(input: Tensor, upscale_factor: builtins.int, *, out: Any = None) -> Tensor:
    """``(*, C r r, H, W)`` to ``(*, C, H r, W r)``: channels become finer pixels."""
def pixel_unshuffle(input: Tensor, downscale_factor: builtins.int, *, out: Any = None) -> Tensor:
    """``(*, C, H r, W r)`` to ``(*, C r r, H, W)``: the inverse of `pixel_shuffle`."""
def prelu(input: Tensor, weight: Tensor, *, out: Any = None) -> Tensor:
    """`leaky_relu` with one learned slope, or one for each channel (dimension 1, or 0 of a vector)."""
def relu(input: Tensor, *args: Any, inplace: builtins.bool = False, **kwargs: Any) -> Tensor:
    """``max(input, 0)``; its derivative at 0 is 0."""
def relu6(input: Tensor, *args: Any, inplace: builtins.bool = False, **kwargs: Any) -> Tensor:
    """``min(max(input, 0), 6)``; its derivative at 0 and 6 is 0."""
def relu_(input: Tensor) -> Tensor:
    """In place: see ``relu``."""
def scaled_grouped_mm(*args: Any, **kwargs: Any) -> NoReturn:
    """Not implemented."""
def scaled_mm(*args: Any, **kwargs: Any) -> NoReturn:
    """Not implemented."""
def selu(input: Tensor, *args: Any, inplace: builtins.bool = False, **kwargs: Any) -> Tensor:
    """`elu` with the alpha and scale that keep activations normalised (Klambauer et al. 2017)."""
def selu_(input: Tensor) -> Tensor:
    """In place: see ``selu``."""
def sigmoid(input: Tensor, *, out: Any = None) -> Tensor:
    """``1 / (1 + exp(-input))``."""
def silu(input: Tensor, *args: Any, inplace: builtins.bool = False, **kwargs: Any) -> Tensor:
    """``input * sigmoid(input)``."""
def softmax(input: Tensor, dim: builtins.int | None = None, _stacklevel: builtins.int = 3, dtype: _DType | builtins.type | None = None) -> Tensor:
    """Exponentials normalised to sum 1 along `dim`."""
def softmin(input: Tensor, dim: builtins.int | None = None, _stacklevel: builtins.int = 3, dtype: _DType | builtins.type | None = None) -> Tensor:
    """``softmax`` of the negated input."""
def softplus(input: Tensor, beta: builtins.float = 1.0, threshold: builtins.float = 20.0, *, out: Any = None) -> Tensor:
    """``log(1 + exp(beta * input)) / beta``, and `input` itself where ``beta * input > threshold``."""
def softshrink(input: Tensor, lambd: builtins.float = 0.5) -> Any:
    """`input` moved towards 0 by `lambd`, 0 within ``[-lambd, lambd]``."""
def softsign(input: Tensor, *, out: Any = None) -> Tensor:
    """``input / (1 + abs(input))``."""
def tanh(input: Tensor, *, out: Any = None) -> Tensor:
    """Hyperbolic tangent."""
def tanhshrink(input: Tensor, *, out: Any = None) -> Tensor:
    """``input - tanh(input)``."""
def threshold(input: Tensor, *args: Any, inplace: builtins.bool = False, **kwargs: Any) -> Tensor:
    """`input` where it exceeds `threshold`, else `value`."""
def threshold_(input: Tensor, threshold: builtins.float, value: builtins.float) -> Tensor:
    """In place: see ``threshold``."""
def unfold(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], dilation: builtins.int | Sequence[builtins.int] = 1, padding: builtins.int | Sequence[builtins.int] = 0, stride: builtins.int | Sequence[builtins.int] = 1, *, out: Any = None) -> Tensor:
    """The blocks a kernel sees, as columns: ``(N, C, H, W)`` to ``(N, C * KH * KW, blocks)``."""
def upsample(input: Tensor, size: Any = None, scale_factor: Any = None, mode: builtins.str = 'nearest', align_corners: builtins.bool | None = None) -> Tensor:
    """The old name of ``interpolate``."""
