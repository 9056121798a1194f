"""Activation layers, derived from their functions; PReLU and MultiheadAttention, which have parameters."""
from __future__ import annotations

import warnings
from dataclasses import InitVar
from typing import Any

from compat._tensor.tensor import Tensor
from compat.nn import functional as F
from compat.nn import init
from compat.nn.modules._layer import Layer, layer
from compat.nn.modules.linear import NonDynamicallyQuantizableLinear
from compat.nn.modules.module import Module
from compat.nn.parameter import Parameter, new_parameter

__all__ = ["CELU", "ELU", "GELU", "GLU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU",
           "LogSigmoid", "LogSoftmax", "Mish", "MultiheadAttention", "PReLU", "RReLU", "ReLU", "ReLU6", "SELU", "SiLU",
           "Sigmoid", "Softmax", "Softmax2d", "Softmin", "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink",
           "Threshold"]


class Activation(Layer):
    """A function of each element, perhaps in place."""

    _shown_if_true = ("inplace",)


@layer
class Threshold(Activation):
    """``x`` where it is above ``threshold``, else ``value``."""

    threshold: float
    value: float
    inplace: bool = False
    _function = staticmethod(F.threshold)


@layer
class ReLU(Activation):
    """``max(x, 0)``."""

    inplace: bool = False
    _function = staticmethod(F.relu)


@layer
class RReLU(Activation):
    """Leaky ReLU whose slope is drawn between two bounds in training, and is their mean in evaluation."""

    lower: float = 1.0 / 8
    upper: float = 1.0 / 3
    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        """The activation of the input."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


@layer
class Hardtanh(Activation):
    """``x`` kept between two bounds."""

    min_val: float = -1.0
    max_val: float = 1.0
    inplace: bool = False
    min_value: InitVar[float | None] = None
    max_value: InitVar[float | None] = None
    _function = staticmethod(F.hardtanh)

    def __post_init__(self, min_value: float | None = None, max_value: float | None = None) -> None:
        """Takes the bounds' old names, too."""
        for new, value in (("min_val", min_value), ("max_val", max_value)):
            if value is not None:
                warnings.warn(f"keyword argument `{new}ue` is deprecated and rename to `{new}`", FutureWarning,
                              stacklevel=3)
                setattr(self, new, value)
        if self.max_val <= self.min_val:
            raise AssertionError(f"max_val ({self.max_val}) must be greater than min_val ({self.min_val})")


class ReLU6(Hardtanh):
    """``min(max(x, 0), 6)``."""

    _shown = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)


@layer
class Sigmoid(Activation):
    """``1 / (1 + exp(-x))``."""

    _function = staticmethod(F.sigmoid)


@layer
class Hardsigmoid(Activation):
    """``min(max(x + 3, 0), 6) / 6``."""

    inplace: bool = False
    _shown = ()
    _function = staticmethod(F.hardsigmoid)


@layer
class Tanh(Activation):
    """Hyperbolic tangent."""

    _function = staticmethod(F.tanh)


@layer
class SiLU(Activation):
    """``x * sigmoid(x)``."""

    inplace: bool = False
    _function = staticmethod(F.silu)


@layer
class Mish(Activation):
    """``x * tanh(softplus(x))``."""

    inplace: bool = False
    _function = staticmethod(F.mish)


@layer
class Hardswish(Activation):
    """``x * hardsigmoid(x)``."""

    inplace: bool = False
    _shown = ()
    _function = staticmethod(F.hardswish)


@layer
class ELU(Activation):
    """``x`` where positive, else ``alpha * (exp(x) - 1)``."""

    alpha: float = 1.0
    inplace: bool = False
    _function = staticmethod(F.elu)


@layer
class CELU(Activation):
    """``max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0)``."""

    alpha: float = 1.0
    inplace: bool = False
    _function = staticmethod(F.celu)


@layer
class SELU(Activation):
    """ELU scaled so that means 0 and variances 1 reproduce themselves."""

    inplace: bool = False
    _function = staticmethod(F.selu)


@layer
class GLU(Activation):
    """The first half of ``dim`` times the sigmoid of the second."""

    dim: int = -1
    _function = staticmethod(F.glu)


@layer
class GELU(Activation):
    """``x * Phi(x)``, exactly or by tanh."""

    approximate: str = "none"
    _function = staticmethod(F.gelu)


@layer
class Hardshrink(Activation):
    """``x`` where ``|x| > lambd``, else 0."""

    lambd: float = 0.5
    _function = staticmethod(F.hardshrink)

    def extra_repr(self) -> str:
        """The bound."""
        return f"{self.lambd}"


@layer
class LeakyReLU(Activation):
    """``x`` where positive, else ``negative_slope * x``."""

    negative_slope: float = 0.01
    inplace: bool = False
    _function = staticmethod(F.leaky_relu)


@layer
class LogSigmoid(Activation):
    """``log(sigmoid(x))``."""

    _function = staticmethod(F.logsigmoid)


@layer
class Softplus(Activation):
    """``log(1 + exp(beta * x)) / beta``; ``x`` where ``beta * x`` is above ``threshold``."""

    beta: float = 1.0
    threshold: float = 20.0
    _function = staticmethod(F.softplus)


@layer
class Softshrink(Activation):
    """``x`` moved towards 0 by ``lambd``, 0 where that crosses it."""

    lambd: float = 0.5
    _function = staticmethod(F.softshrink)

    def extra_repr(self) -> str:
        """The shift."""
        return str(self.lambd)


@layer
class Softsign(Activation):
    """``x / (1 + |x|)``."""

    _function = staticmethod(F.softsign)


@layer
class Tanhshrink(Activation):
    """``x - tanh(x)``."""

    _function = staticmethod(F.tanhshrink)


@layer
class Softmin(Activation):
    """Softmax of ``-x``."""

    dim: int | None = None
    _function = staticmethod(F.softmin)

    def forward(self, input: Tensor) -> Tensor:
        """Weights that sum to 1 over ``dim``."""
        return F.softmin(input, self.dim, _stacklevel=5)


@layer
class Softmax(Activation):
    """``exp(x)`` over its sum along ``dim``."""

    dim: int | None = None

    def forward(self, input: Tensor) -> Tensor:
        """Weights that sum to 1 over ``dim``."""
        return F.softmax(input, self.dim, _stacklevel=5)


@layer
class Softmax2d(Activation):
    """Softmax over the channels of each pixel."""

    def forward(self, input: Tensor) -> Tensor:
        """Weights that sum to 1 over the channels."""
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return F.softmax(input, -3, _stacklevel=5)


@layer
class LogSoftmax(Activation):
    """Logarithm of softmax along ``dim``."""

    dim: int | None = None

    def forward(self, input: Tensor) -> Tensor:
        """Log-weights along ``dim``."""
        return F.log_softmax(input, self.dim, _stacklevel=5)


class PReLU(Module):
    """``x`` where positive, else a learned slope times ``x``."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = new_parameter(num_parameters, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """All slopes to ``init``."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """The activation of the input."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """How many slopes."""
        return f"num_parameters={self.num_parameters}"


class MultiheadAttention(Module):
    """Attention with several heads: projections in, softmax(q k / sqrt(d)) v for each head, projection out.

    Args:
      embed_dim: Size of the model, a multiple of ``num_heads``.
      num_heads: How many heads share it.
      dropout: Probability with which an attention weight is dropped in training.
      bias: Whether the projections have biases.
      add_bias_kv: Whether a learned key and value are added to the sequences.
      add_zero_attn: Whether a key and value of zeros are added.
      kdim: Size of the keys; ``embed_dim`` if None.
      vdim: Size of the values; ``embed_dim`` if None.
      batch_first: ``(N, L, E)`` rather than ``(L, N, E)``.
      device: Where the parameters are.
      dtype: Of the parameters.
    """

    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True,
                 add_bias_kv: bool = False, add_zero_attn: bool = False, kdim: int | None = None,
                 vdim: int | None = None, batch_first: bool = False, device: Any = None, dtype: Any = None) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and "
                             f"num_heads={num_heads} instead")
        super().__init__()
        where = {"device": device, "dtype": dtype}
        self.embed_dim, self.num_heads, self.dropout, self.batch_first = embed_dim, num_heads, dropout, batch_first
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")

        def weight(*shape: int) -> Parameter:
            return new_parameter(shape, **where)

        if self._qkv_same_embed_dim:
            self.in_proj_weight = weight(3 * embed_dim, embed_dim)
            for name in ("q_proj_weight", "k_proj_weight", "v_proj_weight"):
                self.register_parameter(name, None)
        else:
            self.q_proj_weight = weight(embed_dim, embed_dim)
            self.k_proj_weight = weight(embed_dim, self.kdim)
            self.v_proj_weight = weight(embed_dim, self.vdim)
            self.register_parameter("in_proj_weight", None)
        if bias:
            self.in_proj_bias = weight(3 * embed_dim)
        else:
            self.register_parameter("in_proj_bias", None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, **where)
        self.bias_k = weight(1, 1, embed_dim) if add_bias_kv else None
        self.bias_v = weight(1, 1, embed_dim) if add_bias_kv else None
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        if self._qkv_same_embed_dim:
            init.xavier_uniform_(self.in_proj_weight)
        else:
            for projection in (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
                init.xavier_uniform_(projection)
        if self.in_proj_bias is not None:
            init.constant_(self.in_proj_bias, 0.0)
            init.constant_(self.out_proj.bias, 0.0)
        if self.bias_k is not None:
            init.xavier_normal_(self.bias_k)
        if self.bias_v is not None:
            init.xavier_normal_(self.bias_v)

    def __setstate__(self, state: dict) -> None:
        state.setdefault("_qkv_same_embed_dim", True)
        super().__setstate__(state)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None,
                need_weights: bool = True, attn_mask: Tensor | None = None, average_attn_weights: bool = True,
                is_causal: bool = False) -> tuple[Tensor, Tensor | None]:
        """Attends with ``query`` to ``key`` and ``value``.

        Args:
          query: ``(L, E)``, ``(L, N, E)`` or, batch first, ``(N, L, E)``.
          key: As query, with its own length and ``kdim``.
          value: As key, with ``vdim``.
          key_padding_mask: ``(N, S)``: True (or minus infinity) where a key is padding.
          need_weights: Whether the attention weights are returned, too.
          attn_mask: ``(L, S)`` or ``(N * heads, L, S)``: True where attending is not allowed, or added to the scores.
          average_attn_weights: Whether the weights returned are the mean over heads.
          is_causal: A hint that ``attn_mask`` is the causal one.

        Returns:
          The output, shaped as query, and the weights ``(N, L, S)`` (by head ``(N, heads, L, S)``) or None.
        """
        batched = query.dim() == 3
        key_padding_mask = F._canonical_mask(key_padding_mask, "key_padding_mask", F._none_or_dtype(attn_mask),
                                             "attn_mask", query.dtype)
        attn_mask = F._canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, False)
        if self.batch_first and batched:  # the same tensor stays the same, so that projections can be shared
            flipped = {id(t): t.transpose(1, 0) for t in (query, key, value)}
            query, key, value = (flipped[id(t)] for t in (query, key, value))
        separate = {} if self._qkv_same_embed_dim else {
            "use_separate_proj_weight": True, "q_proj_weight": self.q_proj_weight,
            "k_proj_weight": self.k_proj_weight, "v_proj_weight": self.v_proj_weight}
        output, weights = F.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias, self.bias_k,
            self.bias_v, self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias,
            training=self.training, key_padding_mask=key_padding_mask, need_weights=need_weights, attn_mask=attn_mask,
            average_attn_weights=average_attn_weights, is_causal=is_causal, **separate)
        return (output.transpose(1, 0) if self.batch_first and batched else output), weights

    def merge_masks(self, attn_mask: Tensor | None, key_padding_mask: Tensor | None,
                    query: Tensor) -> tuple[Tensor | None, int | None]:
        """One mask of both, and its kind: 0 attention, 1 padding, 2 both, None without a mask."""
        if attn_mask is None:
            return key_padding_mask, (None if key_padding_mask is None else 1)
        n, length = query.shape[0], query.shape[1]
        if attn_mask.dim() == 3:
            merged = attn_mask.view(n, -1, length, length)
        else:
            merged = attn_mask.view(1, 1, length, length).expand(n, self.num_heads, -1, -1)
        if key_padding_mask is None:
            return attn_mask, 0
        return merged + key_padding_mask.view(n, 1, 1, length).expand(-1, self.num_heads, -1, -1), 2


