"""What the ``torch`` namespace has of ``torch.nn.functional``, with that namespace's own order of arguments.

A reduction is a number there: 0 none, which is the default, 1 mean, 2 sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from compat._ops import ops
from compat._tensor.tensor import Tensor
from compat.nn import functional as F
from compat.nn._functional import recurrent as _recurrent
from compat.nn._functional.normalization import batch_norm_any_eps

_REDUCTIONS = ("none", "mean", "sum")
_MODES = ("sum", "mean", "max")
_GRID_MODES, _GRID_PADDINGS = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")


def _reduced(name: str, *parameters: str, reduction: int = 0) -> Callable:
    """A loss that takes its reduction as a number, after the given parameters."""
    loss, default = getattr(F, name), reduction

    def function(*args: Any, **kwargs: Any) -> Tensor:
        given = dict(zip((*parameters, "reduction"), args, strict=False)) | kwargs
        given["reduction"] = _REDUCTIONS[given.get("reduction", default)]
        return loss(**given)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = loss.__doc__
    return function


kl_div = _reduced("kl_div", "input", "target")
poisson_nll_loss = _reduced("poisson_nll_loss", "input", "target", "log_input", "full", "eps")
hinge_embedding_loss = _reduced("hinge_embedding_loss", "input", "target", "margin")
margin_ranking_loss = _reduced("margin_ranking_loss", "input1", "input2", "target", "margin")
cosine_embedding_loss = _reduced("cosine_embedding_loss", "input1", "input2", "target", "margin")
triplet_margin_loss = _reduced("triplet_margin_loss", "anchor", "positive", "negative", "margin", "p", "eps", "swap")
binary_cross_entropy_with_logits = _reduced(
    "binary_cross_entropy_with_logits", "input", "target", "weight", "pos_weight"
)
_ctc = _reduced("ctc_loss", "log_probs", "targets", "input_lengths", "target_lengths", "blank")


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: int = 1,
    zero_infinity: bool = False,
) -> Tensor:
    """See ``torch.nn.functional.ctc_loss``."""
    return _ctc(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity=zero_infinity)


def dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """See ``torch.nn.functional.dropout``."""
    return F.dropout(input, p, train)


def dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """In place: see ``torch.nn.functional.dropout``."""
    return F.dropout(input, p, train, True)


def alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """See ``torch.nn.functional.alpha_dropout``."""
    return F.alpha_dropout(input, p, train)


def alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """In place: see ``torch.nn.functional.alpha_dropout``."""
    return F.alpha_dropout(input, p, train, True)


def feature_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Drops whole channels: see ``torch.nn.functional.dropout2d``."""
    return F.dropout3d(input, p, train) if input.dim() == 5 else F.dropout2d(input, p, train)


def feature_alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """See ``torch.nn.functional.feature_alpha_dropout``."""
    return F.feature_alpha_dropout(input, p, train)


def batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Tensor:
    """See ``torch.nn.functional.batch_norm``, whose arguments are in another order, and which looks at ``eps``."""
    return batch_norm_any_eps(input, running_mean, running_var, weight, bias, training, momentum, eps)


def instance_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Tensor:
    """See ``torch.nn.functional.instance_norm``, whose arguments are in another order."""
    return F.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


def layer_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5, cudnn_enable: bool = True,
) -> Tensor:
    """See ``torch.nn.functional.layer_norm``."""
    return F.layer_norm(input, normalized_shape, weight, bias, eps)


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:
    """See ``torch.nn.functional.group_norm``."""
    return F.group_norm(input, num_groups, weight, bias, eps)


def embedding_bag(
    weight: Tensor,
    indices: Tensor,
    offsets: Tensor,
    scale_grad_by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """See ``torch.nn.functional.embedding_bag``; the other results, PyTorch's own bookkeeping, are empty."""
    out = F.embedding_bag(
        indices,
        weight,
        offsets,
        None,
        2.0,
        scale_grad_by_freq,
        _MODES[mode],
        sparse,
        per_sample_weights,
        include_last_offset,
        padding_idx,
    )
    empty = offsets.new_zeros(0)
    return out, empty, offsets.new_zeros(out.shape[0]), offsets.new_zeros(out.shape[0])


def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """In place: rows named by `indices` shortened to `max_norm`."""
    rows = ops.unique(indices)
    kept = input.detach()
    picked = kept[rows]
    length = ops.norm(picked, norm_type, 1, keepdim=True)
    kept[rows] = picked * ops.where(length > max_norm, max_norm / (length + 1e-7), 1.0)
    return input


def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """See ``torch.nn.functional.grid_sample``."""
    return F.grid_sample(input, grid, _GRID_MODES[interpolation_mode], _GRID_PADDINGS[padding_mode], align_corners)


grid_sampler_2d = grid_sampler_3d = grid_sampler


def affine_grid_generator(theta: Tensor, size: Sequence[int], align_corners: bool) -> Tensor:
    """See ``torch.nn.functional.affine_grid``."""
    return F.affine_grid(theta, size, align_corners)


def convolution(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> Tensor:
    """Any convolution: see ``torch.nn.functional.conv2d`` and ``conv_transpose2d``."""
    n = input.dim() - 2
    if transposed:
        return getattr(F, f"conv_transpose{n}d")(input, weight, bias, stride, padding, output_padding, groups, dilation)
    return getattr(F, f"conv{n}d")(input, weight, bias, stride, padding, dilation, groups)


# Recurrent layers -----------------------------------------------------------------------------------------------


def _recurrence(name: str, mode: str) -> Callable:
    """``torch.lstm`` and its kind, over padded sequences."""

    def function(
        input: Tensor,
        hx: Any,
        params: Sequence[Tensor],
        has_biases: bool,
        num_layers: int,
        dropout: float,
        train: bool,
        bidirectional: bool,
        batch_first: bool,
    ) -> tuple[Tensor, ...]:
        if not isinstance(has_biases, bool):
            raise NotImplementedError(f"torch.{name} of packed sequences is not implemented; use torch.nn's layer")
        state = tuple(hx) if isinstance(hx, tuple | list) else (hx,)
        each = len(params) // (num_layers * (2 if bidirectional else 1))
        weights = [params[i : i + each] for i in range(0, len(params), each)]
        x = input.transpose(0, 1) if batch_first else input
        projected = each == 2 * (1 + has_biases) + 1
        out, last = _recurrent.layers(
            mode, x, state, weights, has_biases, num_layers, dropout if train else 0.0, bidirectional, projected, None
        )
        return (out.transpose(0, 1) if batch_first else out, *last)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The layers of ``torch.nn.{name.partition('_')[0].upper()}``: output and final states."
    return function


def _cell(name: str, mode: str) -> Callable:
    """``torch.lstm_cell`` and its kind."""

    def function(
        input: Tensor, hx: Any, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
    ) -> Any:
        state = tuple(hx) if isinstance(hx, tuple | list) else (hx,)
        if mode == "LSTM" and len(state) != 2:
            raise RuntimeError("lstm_cell expects two hidden states")
        biased = b_ih is not None
        weights = [w_ih, w_hh, b_ih, b_hh] if biased else [w_ih, w_hh]
        new = _recurrent.cell(mode, input, state, weights, biased)
        return new if mode == "LSTM" else new[0]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "One step of a recurrent layer."
    return function


lstm, gru = _recurrence("lstm", "LSTM"), _recurrence("gru", "GRU")
rnn_tanh, rnn_relu = _recurrence("rnn_tanh", "RNN_TANH"), _recurrence("rnn_relu", "RNN_RELU")
lstm_cell, gru_cell = _cell("lstm_cell", "LSTM"), _cell("gru_cell", "GRU")
rnn_tanh_cell, rnn_relu_cell = _cell("rnn_tanh_cell", "RNN_TANH"), _cell("rnn_relu_cell", "RNN_RELU")


# Normalizations with their statistics ---------------------------------------------------------------------------


def native_layer_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Layer normalization, its means and the inverses of its deviations."""
    dims = list(range(input.dim() - len(normalized_shape), input.dim()))
    var, mean = ops.var_mean(input, dims, correction=0, keepdim=True)
    return F.layer_norm(input, normalized_shape, weight, bias, eps), mean, ops.rsqrt(var + eps)


def native_group_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, N: int, C: int, HxW: int, group: int, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Group normalization, its means and the inverses of its deviations."""
    var, mean = ops.var_mean(input.reshape(N, group, -1), -1, correction=0)
    return F.group_norm(input, group, weight, bias, eps), mean, ops.rsqrt(var + eps)


def native_batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Batch normalization, its means and the inverses of its deviations; both empty in evaluation."""
    out = batch_norm_any_eps(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if not training:
        return out, input.new_zeros(0), input.new_zeros(0)
    var, mean = ops.var_mean(input, [d for d in range(input.dim()) if d != 1], correction=0)
    return out, mean, ops.rsqrt(var + eps)


def native_dropout(input: Tensor, p: float, train: bool | None) -> tuple[Tensor, Tensor]:
    """Dropout, and the mask of what was kept."""
    if train is False or p == 0:
        return input.clone(), ops.ones_like(input, dtype=bool)
    kept = ops.rand_like(input) >= p
    return input * kept / (1 - p), kept


bilinear, pairwise_distance = F.bilinear, F.pairwise_distance
cosine_similarity, rrelu, rrelu_ = F.cosine_similarity, F.rrelu, F.rrelu_
native_channel_shuffle = F.channel_shuffle

FUNCTIONS: dict[str, Callable] = {
    f.__name__: f
    for f in (
        affine_grid_generator, alpha_dropout, alpha_dropout_, batch_norm, binary_cross_entropy_with_logits,
        convolution, cosine_embedding_loss, ctc_loss, dropout, dropout_, embedding_bag, embedding_renorm_,
        feature_alpha_dropout, feature_dropout, grid_sampler, gru, gru_cell, group_norm, hinge_embedding_loss,
        instance_norm, kl_div, layer_norm, lstm, lstm_cell, margin_ranking_loss, native_batch_norm, native_dropout,
        native_group_norm, native_layer_norm, poisson_nll_loss, rnn_relu, rnn_relu_cell, rnn_tanh, rnn_tanh_cell,
        triplet_margin_loss,
    )
} | {
    "bilinear": bilinear, "cosine_similarity": cosine_similarity, "grid_sampler_2d": grid_sampler_2d,
    "grid_sampler_3d": grid_sampler_3d, "native_channel_shuffle": native_channel_shuffle,
    "pairwise_distance": pairwise_distance, "rrelu": rrelu, "rrelu_": rrelu_,
}  # fmt: skip
