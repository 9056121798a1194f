"""``torch.nn.functional``: the operators declared for it, and the functions made of several of them.

A function here takes the place of an operator of the same name, to which it adds what PyTorch does in Python: old
arguments, checks, ``inplace``. What PyTorch has and compat does not raises NotImplementedError with its name.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from compat._later import absent
from compat._ops.declare import namespace, ops
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

_ELSEWHERE = """
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool1d_with_indices
    adaptive_max_pool2d adaptive_max_pool2d_with_indices adaptive_max_pool3d adaptive_max_pool3d_with_indices
    affine_grid avg_pool1d avg_pool2d avg_pool3d celu channel_shuffle conv1d conv2d conv3d conv_tbc conv_transpose1d
    conv_transpose2d conv_transpose3d ctc_loss elu fold fractional_max_pool2d_with_indices
    fractional_max_pool3d_with_indices gelu glu grid_sample grouped_mm hardshrink hardsigmoid hardswish
    hardtanh interpolate leaky_relu log_softmax logsigmoid max_pool1d max_pool1d_with_indices
    max_pool2d max_pool2d_with_indices max_pool3d max_pool3d_with_indices mish pad pixel_shuffle
    pixel_unshuffle prelu relu relu6 scaled_grouped_mm scaled_mm selu
    silu softmax softmin softplus softshrink softsign tanhshrink threshold
    unfold upsample""".split()
_AS_OPERATOR = "celu_ elu_ hardtanh_ leaky_relu_ relu_ selu_ threshold_ native_channel_shuffle".split()


def _not_implemented(name: str) -> Callable[..., NoReturn]:
    """The function in the place of one that compat lacks."""

    def missing(*args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""

    missing.__name__ = missing.__qualname__ = name
    return absent(f"torch.nn.functional.{name}")(missing)


_declared = dict(namespace("nn.functional"))
for _name in _AS_OPERATOR:
    globals()[_name] = getattr(ops, _name, None) or _not_implemented(_name)
for _name in sorted({*_declared, *_ELSEWHERE}):
    globals().setdefault(_name, _declared.get(_name) or _not_implemented(_name))
