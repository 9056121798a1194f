"""Losses: what a prediction costs, given what it should have been.

Every loss takes ``reduction``: ``"none"`` returns the loss of each element (or sample), ``"mean"`` and ``"sum"`` one
number. A target, like every array here, may itself require a gradient unless it holds classes.
"""
# pyright: reportArgumentType=false, reportAssignmentType=false, reportAttributeAccessIssue=false
# pyright: reportGeneralTypeIssues=false, reportOperatorIssue=false
# (a number may arrive traced, as a 0-d array, which no annotation says)


import math

import jax
import jax.numpy as jnp
from jax import lax

from funcgrad.dtypes import default_dtype, is_floating, is_integral, promote, scalar, torch_name
from funcgrad.ops import pointwise, pointwise_unary, special
from funcgrad.ops import reduction as reductions
from funcgrad.ops._common import broadcast, operands
from funcgrad.ops.activation import log_softmax, logsigmoid
from funcgrad.ops.loss_checks import (
    check_class_probabilities,
    check_nll_sizes,
    require_broadcast_into,
    require_classes,
    require_long,
)
from funcgrad.shapes import broadcast_shapes
from funcgrad.typing import Array, ArrayLike, Number, Reduction

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "margin_ranking_loss",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "pairwise_distance",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
]


def _reduced(loss: Array, reduction: str) -> Array:
    if reduction == "none":
        return loss
    if reduction == "mean":
        return reductions.mean(loss)
    if reduction == "sum":
        return reductions.sum(loss)
    raise ValueError(f"{reduction} is not a valid value for reduction")


def _require_floating(name: str, x: Array) -> None:
    if not is_floating(x.dtype):
        raise NotImplementedError(f"\"{name}\" not implemented for '{torch_name(x.dtype)}'")


# ---------------------------------------------------------------- regression
def l1_loss(input: Array, target: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Absolute error, ``|input - target|``; its derivative where they are equal is 0.

    Args:
      input: Predictions, any shape.
      target: What they should be, broadcast against `input`.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      The broadcast shape for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if the shapes do not broadcast.

    Example:
      >>> float(l1_loss(jnp.array([1.0, 3.0]), jnp.array([0.0, 1.0])))
      1.5

    Source:
      PyTorch, ``torch.nn.functional.l1_loss``.
    """
    return _reduced(pointwise_unary.abs(pointwise.sub(input, target)), reduction)


def mse_loss(input: Array, target: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Squared error, ``(input - target)^2``.

    Args:
      input: Predictions, any shape.
      target: What they should be, broadcast against `input`.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      The broadcast shape for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if the shapes do not broadcast.
      NotImplementedError: if both are integers.

    Example:
      >>> float(mse_loss(jnp.array([1.0, 3.0]), jnp.array([0.0, 1.0])))
      2.5

    Source:
      PyTorch, ``torch.nn.functional.mse_loss``.
    """
    input, target = operands(input, target)
    _require_floating("mse_cpu", input)
    return _reduced(jnp.square(input - target), reduction)


def smooth_l1_loss(input: Array, target: Array, *, reduction: Reduction = "mean", beta: Number = 1.0) -> Array:
    r"""Squared error near zero, absolute error beyond.

    .. math:: d^2 / 2\beta \text{ if } |d| < \beta \text{ else } |d| - \beta / 2, \quad d = \text{input} - \text{target}

    Args:
      input: Predictions, any shape.
      target: What they should be, broadcast against `input`.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.
      beta: Where the two meet; 0 gives `l1_loss`.

    Returns:
      The broadcast shape for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if the shapes do not broadcast.

    Example:
      >>> smooth_l1_loss(jnp.array([0.5, 3.0]), jnp.array([0.0, 0.0]), reduction="none").tolist()
      [0.125, 2.5]

    Source:
      Girshick 2015, eq. 3; PyTorch, ``torch.nn.functional.smooth_l1_loss``.
    """
    input, target = operands(input, target)
    _require_floating("smooth_l1_cpu", input)
    beta = scalar(beta, input.dtype)
    half = scalar(0.5, input.dtype)
    distance = pointwise_unary.abs(input - target)
    square = half * distance * distance / jnp.where(beta > 0, beta, 1)
    return _reduced(jnp.where(distance < beta, square, distance - half * beta), reduction)


def huber_loss(input: Array, target: Array, *, reduction: Reduction = "mean", delta: Number = 1.0) -> Array:
    r"""Half the squared error up to `delta`, beyond it the tangent: ``delta * (|input - target| - delta / 2)``.

    Args:
      input: Predictions, any shape.
      target: What they should be, broadcast against `input`.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.
      delta: Where the two meet, positive.

    Returns:
      The broadcast shape for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if the shapes do not broadcast.

    Example:
      >>> huber_loss(jnp.array([0.5, 3.0]), jnp.array([0.0, 0.0]), reduction="none", delta=2.0).tolist()
      [0.125, 4.0]

    Source:
      Huber 1964; PyTorch, ``torch.nn.functional.huber_loss``.
    """
    input, target = operands(input, target)
    _require_floating("huber_cpu", input)
    delta, half = scalar(delta, input.dtype), scalar(0.5, input.dtype)
    distance = pointwise_unary.abs(input - target)
    square = half * distance * distance
    return _reduced(jnp.where(distance <= delta, square, delta * (distance - half * delta)), reduction)


# ---------------------------------------------------------------- two classes
def _log_at_least(x: Array) -> Array:
    return jnp.maximum(x, scalar(-100.0, x.dtype))


@jax.custom_jvp
def _binary(input: Array, target: Array) -> Array:
    one = scalar(1.0, input.dtype)
    return (target - one) * _log_at_least(jnp.log1p(-input)) - target * _log_at_least(jnp.log(input))


@_binary.defjvp
def _binary_jvp(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    x, y = primals
    of_input = (x - y) / jnp.maximum((1 - x) * x, scalar(1e-12, x.dtype))
    # finite also where PyTorch's is not, so that a target without a tangent adds nothing
    of_target = _log_at_least(jnp.log1p(-x)) - _log_at_least(jnp.log(x))
    return _binary(x, y), tangents[0] * of_input + tangents[1] * of_target


def binary_cross_entropy(
    input: Array, target: Array, weight: Array | None = None, *, reduction: Reduction = "mean"
) -> Array:
    r"""Cross entropy of probabilities of the class 1.

    .. math:: -w \left(y \log x + (1 - y) \log (1 - x)\right)

    Logarithms stop at -100. Prefer `binary_cross_entropy_with_logits`, which loses no precision near 0 and 1.

    Args:
      input: Probabilities, in [0, 1].
      target: Classes, or probabilities of class 1, in [0, 1]; shape and dtype of `input`.
      weight: Weight of each element, broadcast.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      Shape of `input` for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if the dtypes differ.

    Example:
      >>> round(float(binary_cross_entropy(jnp.array([0.5, 0.5]), jnp.array([0.0, 1.0]))), 4)
      0.6931

    Source:
      PyTorch, ``torch.nn.functional.binary_cross_entropy``.
    """
    _require_floating("binary_cross_entropy", input)
    if target.dtype != input.dtype:
        raise RuntimeError(f"Found dtype {torch_name(target.dtype)} but expected {torch_name(input.dtype)}")
    loss = _binary(*broadcast(input, target))
    return _reduced(loss if weight is None else loss * weight.astype(loss.dtype), reduction)


def binary_cross_entropy_with_logits(
    input: Array,
    target: Array,
    weight: Array | None = None,
    pos_weight: Array | None = None,
    *,
    reduction: Reduction = "mean",
) -> Array:
    r"""Cross entropy of logits of the class 1.

    .. math:: -w \left(p\, y \log \sigma(x) + (1 - y) \log \sigma(-x)\right)

    Args:
      input: Logits.
      target: Classes, or probabilities of class 1, in [0, 1]; shape of `input`.
      weight: Weight of each element, broadcast.
      pos_weight: Weight p of class 1, broadcast: above 1 it raises recall.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      Shape of `input` for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if `target` is no floating array.

    Example:
      >>> round(float(binary_cross_entropy_with_logits(jnp.array([0.0, 2.0]), jnp.array([0.0, 1.0]))), 4)
      0.41

    Source:
      PyTorch, ``torch.nn.functional.binary_cross_entropy_with_logits``.
    """
    if not is_floating(target.dtype):
        raise RuntimeError(
            f"result type {torch_name(input.dtype)} can't be cast to the desired output type {torch_name(target.dtype)}"
        )
    input, target = operands(input, target)
    if pos_weight is not None:
        broadcast_shapes(pos_weight.shape, target.shape)
    for x in (weight, pos_weight):
        require_broadcast_into(input, x)
    one = scalar(1.0, input.dtype)
    log_weight = one if pos_weight is None else (pos_weight.astype(input.dtype) - one) * target + one
    loss = (one - target) * input - log_weight * logsigmoid(input)
    return _reduced(loss if weight is None else loss * weight.astype(loss.dtype), reduction)


def soft_margin_loss(input: Array, target: Array, *, reduction: Reduction = "mean") -> Array:
    r"""``log(1 + exp(-target * input))``, for targets of -1 and 1.

    Args:
      input: Scores.
      target: -1 or 1, broadcast against `input`.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      The broadcast shape for ``"none"``, else ``()``; dtype of `input`.

    Raises:
      RuntimeError: if the shapes do not broadcast, or `input` is no floating array.

    Example:
      >>> round(float(soft_margin_loss(jnp.array([0.0]), jnp.array([1.0]))), 4)
      0.6931

    Source:
      PyTorch, ``torch.nn.functional.soft_margin_loss``, which overflows where ``-target * input`` is large.
    """
    dtype = input.dtype
    input, target = operands(input, target)
    if not is_floating(dtype):
        wide = input.dtype if is_floating(input.dtype) else default_dtype()
        raise RuntimeError(
            f"result type {torch_name(wide)} can't be cast to the desired output type {torch_name(dtype)}"
        )
    info = jnp.finfo(input.dtype)
    # rounded at once: XLA would keep more of half precision than PyTorch, which gives infinity beyond its range
    exponential = lax.reduce_precision(jnp.exp(-target * input), info.nexp, info.nmant)
    return _reduced(jnp.log(1 + exponential).astype(dtype), reduction)


# ---------------------------------------------------------------- classes
@jax.custom_jvp
def _pick(x: Array, index: Array) -> Array:
    """``x[n, index[n, d], d]`` of (N, C, D)."""
    return jnp.take_along_axis(x, index[:, None], 1, mode="clip")[:, 0]


@_pick.defjvp
def _pick_jvp(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    x, index = primals
    # a comparison in place of a gather: its transpose fuses with what follows, that of a gather is a scatter
    chosen = lax.broadcasted_iota(index.dtype, x.shape, 1) == index[:, None]
    return _pick(x, index), jnp.where(chosen, tangents[0], jnp.zeros((), x.dtype)).sum(1)


def nll_loss(
    input: Array,
    target: Array,
    weight: Array | None = None,
    *,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log likelihood of the target classes.

    .. math:: \ell_n = -w_{y_n} x_{n, y_n} \mathbf{1}[y_n \neq \text{ignore\_index}]

    The mean divides by the weights of the kept targets; it is nan, with zero gradient, when none is kept, as in
    PyTorch.

    Args:
      input: Log-probabilities (nats), float, shape ``(N, C, *D)`` or ``(C,)``.
      target: Class indices in ``[0, C)``, integer, shape ``(N, *D)`` or ``()``.
      weight: Weight of each class, shape ``(C,)``; ones if None.
      ignore_index: Targets equal to it add neither loss, weight nor gradient.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      Shape of ``target`` for ``"none"``, else ``()``; dtype of ``input``.

    Raises:
      ValueError: if batch sizes differ, or ``reduction`` is unknown.
      RuntimeError: if other sizes, or the dtypes of classes or weights, are wrong.

    Example:
      >>> logp = jnp.log(jnp.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]]))
      >>> nll_loss(logp, jnp.array([0, 1]), jnp.array([1.0, 3.0, 1.0])).round(4)
      Array(0.2565, dtype=float32)

    Source:
      PyTorch, ``torch.nn.functional.nll_loss``.
    """
    check_nll_sizes(input, target, weight)
    if input.ndim == 1:
        x, y = input.reshape(1, -1, 1), target.reshape(1, 1)
    else:
        x, y = (a.reshape(*a.shape[:k], math.prod(a.shape[k:])) for a, k in ((input, 2), (target, 1)))
    zero = jnp.zeros((), input.dtype)
    kept = y != ignore_index  # (N, D)
    y = jnp.where(kept, y, jnp.zeros((), y.dtype))
    weights = jnp.ones((), input.dtype) if weight is None else weight.at[y].get(mode="clip")
    weights = jnp.where(kept, weights, zero)
    # selected twice: 0 * -inf of an ignored target is nan, and its loss and gradient are 0, not -0
    loss = jnp.where(kept, -jnp.where(kept, _pick(x, y), zero) * weights, zero)
    if reduction == "none":
        return loss.reshape(target.shape)
    total = reductions.sum(loss)
    if reduction == "sum":
        return total
    if reduction != "mean":
        raise ValueError(f"{reduction} is not a valid value for reduction")
    of = reductions.sum(weights)
    return jnp.where(of == 0, scalar(math.nan, input.dtype), total / jnp.where(of == 0, 1, of))


def cross_entropy(
    input: Array,
    target: Array,
    weight: Array | None = None,
    *,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: Number = 0.0,
) -> Array:
    r"""Cross entropy of logits and target classes, or target probabilities.

    .. math:: \ell_n = -\sum_c w_c\, q_{n,c} \log \mathrm{softmax}(x_n)_c

    with q one-hot at the target class, or the target itself, mixed with the uniform distribution by `label_smoothing`.

    Args:
      input: Logits, shape ``(N, C, *D)`` or ``(C,)``.
      target: Classes, integer, shape ``(N, *D)`` or ``()``; or probabilities of `input`'s shape.
      weight: Weight of each class, shape ``(C,)``; ones if None.
      ignore_index: Classes equal to it add neither loss, weight nor gradient.
      reduction: ``"none"``, ``"mean"`` (of classes over the kept targets' weights, of probabilities over samples) or
        ``"sum"``.
      label_smoothing: Part of the target that is spread evenly over all classes, in [0, 1].

    Returns:
      Shape of the classes for ``"none"``, else ``()``; dtype of ``input``.

    Raises:
      ValueError: if batch sizes differ, or ``reduction`` is unknown.
      RuntimeError: if other sizes, or the dtypes of classes or weights, are wrong.

    Example:
      >>> round(float(cross_entropy(jnp.array([[0.0, 0.0]]), jnp.array([1]))), 4)
      0.6931

    Source:
      PyTorch, ``torch.nn.functional.cross_entropy``; Szegedy et al. 2016, section 7, for smoothing.
    """
    dim = 0 if input.ndim == 1 else 1
    logp = log_softmax(input, dim)
    shape = [-1 if d == dim else 1 for d in range(input.ndim)]
    classes = input.shape[dim]
    plain = isinstance(label_smoothing, int | float) and label_smoothing == 0
    smoothing = scalar(label_smoothing, input.dtype)
    if input.shape == target.shape:
        check_class_probabilities(target.dtype, ignore_index)
        q = target if plain else target * (1 - smoothing) + smoothing / classes
        product = logp * q if weight is None else logp * q * weight.reshape(shape)
        loss = -product.sum(dim)
        if reduction == "mean":
            return loss.sum() / (input.size // classes)
        return _reduced(loss, reduction)
    nll = nll_loss(logp, target, weight, ignore_index=ignore_index, reduction=reduction)
    if plain:
        return nll
    kept = target != ignore_index
    spread = -(logp if weight is None else logp * weight.reshape(shape)).sum(dim)
    spread = jnp.where(kept, spread, 0)
    if reduction == "mean":
        weights = kept.astype(logp.dtype)
        if weight is not None:
            weights = weights * weight[jnp.where(kept, target, 0)]
        spread = spread.sum() / weights.sum()
    elif reduction == "sum":
        spread = spread.sum()
    return nll * (1 - smoothing) + spread * (smoothing / classes)


def _as_rows(input: Array, target: Array, ndim: int) -> tuple[Array, Array]:
    """A single sample as a batch of one."""
    if input.ndim < 2:
        return input.reshape(1, -1), target.reshape(1, -1) if ndim == 2 else target.reshape(1)
    return input, target.reshape(input.shape[0]) if ndim == 1 else target


def multi_margin_loss(
    input: Array,
    target: Array,
    p: int = 1,
    margin: Number = 1.0,
    weight: Array | None = None,
    *,
    reduction: Reduction = "mean",
) -> Array:
    r"""Hinge loss of every other class.

    .. math:: \frac{1}{C} \sum_{i \ne y} w_y \max(0, m - x_y + x_i)^p

    Args:
      input: Scores, shape ``(N, C)`` or ``(C,)``.
      target: Classes, shape ``(N,)`` or ``()``.
      p: 1 or 2.
      margin: How far the target's score should lead.
      weight: Weight of each class, shape ``(C,)``.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      Shape of `target` for ``"none"``, else ``()``.

    Raises:
      ValueError: if `p` is neither 1 nor 2.
      RuntimeError: if the sizes are wrong.

    Example:
      >>> round(float(multi_margin_loss(jnp.array([[0.1, 0.2, 0.8]]), jnp.array([2]))), 4)
      0.2333

    Source:
      PyTorch, ``torch.nn.functional.multi_margin_loss``.
    """
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    require_classes(input)
    samples, classes = input.shape if input.ndim == 2 else (1, input.size)
    if target.ndim > 1 or target.size != samples:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size {[samples]}, but got {list(target.shape)}. Input has shape "
            f"{list(input.shape)}."
        )
    if weight is not None and (weight.ndim > 1 or weight.size != classes):
        raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
    _require_floating("multi_margin_loss_cpu_kernel", input)
    require_long(target)
    x, y = _as_rows(input, target, 1)
    gap = scalar(margin, x.dtype) - _pick(x, y)[:, None] + x  # (N, C)
    other = lax.broadcasted_iota(y.dtype, x.shape, 1) != y[:, None]
    loss = jnp.where(other & (gap > 0), gap if p == 1 else gap * gap, jnp.zeros((), x.dtype))
    if weight is not None:
        loss = loss * weight[y][:, None]
    loss = loss.sum(1) / x.shape[1]
    return _reduced(loss.reshape(()) if target.ndim == 0 else loss, reduction)


def multilabel_margin_loss(input: Array, target: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Hinge loss of samples with several classes: each of them should lead every other class by 1.

    .. math:: \frac{1}{C} \sum_{j \in y} \sum_{i \notin y} \max(0, 1 - x_j + x_i)

    Args:
      input: Scores, shape ``(N, C)`` or ``(C,)``.
      target: The classes of each sample, shape of `input`; -1 ends the list.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      Shape ``(N,)`` or ``()`` for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if the shapes differ.

    Example:
      >>> x, y = jnp.array([[0.1, 0.2, 0.4, 0.8]]), jnp.array([[3, 0, -1, 1]])
      >>> round(float(multilabel_margin_loss(x, y)), 4)
      0.85

    Source:
      PyTorch, ``torch.nn.functional.multilabel_margin_loss``.
    """
    require_classes(input)
    if input.shape != target.shape if input.ndim == 2 else target.ndim > 1 or target.size != input.size:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    _require_floating("multilabel_margin_loss_forward_out_frame", input)
    require_long(target)
    x, y = _as_rows(input, target, 2)
    listed = lax.cumprod((y >= 0).astype(x.dtype), 1) > 0  # (N, C): before the first -1
    index = jnp.maximum(y, 0)
    classes = lax.broadcasted_iota(y.dtype, (1, 1, x.shape[1]), 2)
    is_target = ((index[:, :, None] == classes) & listed[:, :, None]).any(1)  # (N, C)
    gap = 1 - jnp.take_along_axis(x, index, 1, mode="clip")[:, :, None] + x[:, None]  # (N, listed, other)
    counts = listed[:, :, None] & ~is_target[:, None] & (gap > 0)
    loss = jnp.where(counts, gap, jnp.zeros((), x.dtype)).sum((1, 2)) / x.shape[1]
    return _reduced(loss.reshape(()) if input.ndim < 2 else loss, reduction)


def multilabel_soft_margin_loss(
    input: Array, target: Array, weight: Array | None = None, *, reduction: Reduction = "mean"
) -> Array:
    r"""Binary cross entropy of logits, averaged over the classes (the last dimension).

    Args:
      input: Logits, shape ``(*, C)``.
      target: 0 or 1, shape of `input`.
      weight: Weight of each class, broadcast.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      Shape ``(*,)`` for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if the shapes do not broadcast.

    Example:
      >>> round(float(multilabel_soft_margin_loss(jnp.zeros((1, 2)), jnp.array([[0.0, 1.0]]))), 4)
      0.6931

    Source:
      PyTorch, ``torch.nn.functional.multilabel_soft_margin_loss``.
    """
    input, target = operands(input, target)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    loss = loss if weight is None else loss * weight
    return _reduced(loss.sum(-1) / input.shape[-1], reduction)


# ---------------------------------------------------------------- distributions
def kl_div(input: Array, target: Array, *, reduction: str = "mean", log_target: bool = False) -> Array:
    r"""Pointwise Kullback-Leibler divergence, ``target * (log(target) - input)``.

    Args:
      input: Log-probabilities.
      target: Probabilities, or their logarithms if `log_target`.
      reduction: ``"none"``, ``"mean"`` (over all elements), ``"sum"`` or ``"batchmean"`` (the sum over the batch size:
        the divergence as it is defined).
      log_target: What `target` holds.

    Returns:
      The broadcast shape for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if the shapes do not broadcast, or one holds integers.

    Example:
      >>> p = jnp.array([[0.5, 0.5]])
      >>> round(float(kl_div(jnp.log(jnp.array([[0.25, 0.75]])), p, reduction="batchmean")), 4)
      0.1438

    Source:
      PyTorch, ``torch.nn.functional.kl_div``.
    """
    if is_integral(input.dtype) or is_integral(target.dtype):
        raise RuntimeError("kl_div: Integral inputs not supported.")
    input, target = operands(input, target)
    loss = jnp.exp(target) * (target - input) if log_target else special.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return loss.sum() / input.shape[0] if input.ndim else loss
    return _reduced(loss, reduction)


def poisson_nll_loss(
    input: Array,
    target: Array,
    *,
    log_input: bool = True,
    full: bool = False,
    eps: Number = 1e-8,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log likelihood of counts: ``exp(input) - target * input``.

    Of an expected count itself, not its logarithm, it is ``input - target * log(input + eps)``.

    Args:
      input: Logarithms of the expected counts, or the expected counts.
      target: Counts.
      log_input: Whether `input` holds logarithms.
      full: Whether to add Stirling's approximation of ``log(target!)`` where the target exceeds 1.
      eps: Keeps the logarithm finite.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      The broadcast shape for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if the shapes do not broadcast.

    Example:
      >>> float(poisson_nll_loss(jnp.array([0.0]), jnp.array([3.0])))
      1.0

    Source:
      PyTorch, ``torch.nn.functional.poisson_nll_loss``.
    """
    input, target = operands(input, target)
    if log_input:
        loss = jnp.exp(input) - target * input
    else:
        loss = input - target * jnp.log(input + scalar(eps, input.dtype))
    if full:
        many = target > 1
        t = jnp.where(many, target, 1)
        loss = loss + jnp.where(many, t * jnp.log(t) - t + 0.5 * jnp.log(2 * math.pi * t), 0)
    return _reduced(loss, reduction)


def gaussian_nll_loss(
    input: Array,
    target: Array,
    var: ArrayLike,
    *,
    full: bool = False,
    eps: Number = 1e-6,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log likelihood of normal distributions, ``(log(var) + (input - target)^2 / var) / 2``.

    Args:
      input: Means.
      target: Samples, broadcast.
      var: Variances: a number, `input`'s shape, or that with the last dimension 1 or missing.
      full: Whether to add the constant ``log(2 pi) / 2``.
      eps: Least variance used; the bound takes no part in the gradient.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      The broadcast shape for ``"none"``, else ``()``.

    Raises:
      ValueError: if `var` has another shape.

    Example:
      >>> round(float(gaussian_nll_loss(jnp.array([1.0]), jnp.array([3.0]), jnp.array([2.0]))), 4)
      1.3466

    Source:
      Nix and Weigend 1994; PyTorch, ``torch.nn.functional.gaussian_nll_loss``.
    """
    input, target = promote(input, target)
    var = jnp.asarray(var, input.dtype)
    if var.ndim and var.shape != input.shape:
        if input.shape[:-1] == var.shape:
            var = var[..., None]
        elif not (input.shape[:-1] == var.shape[:-1] and var.shape[-1] == 1):
            raise ValueError("var is of incorrect size")
    var = var + lax.stop_gradient(jnp.maximum(var, scalar(eps, var.dtype)) - var)
    loss = 0.5 * (jnp.log(var) + jnp.square(input - target) / var)
    return _reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


# ---------------------------------------------------------------- distances
def pairwise_distance(x1: Array, x2: Array, p: float = 2.0, eps: Number = 1e-6, keepdim: bool = False) -> Array:
    r"""The p-norm of ``x1 - x2 + eps`` over the last dimension.

    Args:
      x1: Vectors.
      x2: Vectors, broadcast against them.
      p: Order of the norm, fixed when compiling.
      eps: Keeps the gradient finite where the vectors are equal.
      keepdim: Whether the last dimension stays, as 1.

    Returns:
      The broadcast shape less its last dimension.

    Raises:
      RuntimeError: if the shapes do not broadcast.

    Example:
      >>> round(float(pairwise_distance(jnp.array([3.0, 4.0]), jnp.zeros(2))), 4)
      5.0

    Source:
      PyTorch, ``torch.nn.functional.pairwise_distance``.
    """
    x1, x2 = operands(x1, x2)
    return reductions.vector_norm(x1 - x2 + scalar(eps, x1.dtype), p, -1, keepdim)


def cosine_similarity(x1: Array, x2: Array, dim: int = 1, eps: Number = 1e-8) -> Array:
    r"""Cosine of the angle between vectors along `dim`; norms below `eps` count as `eps`.

    Args:
      x1: Vectors.
      x2: Vectors, broadcast against them.
      dim: The dimension of the vectors.
      eps: Least norm used; the bound takes no part in the gradient.

    Returns:
      The broadcast shape less `dim`.

    Raises:
      RuntimeError: if the shapes do not broadcast.

    Example:
      >>> round(float(cosine_similarity(jnp.array([1.0, 0.0]), jnp.array([1.0, 1.0]), 0)), 4)
      0.7071

    Source:
      PyTorch, ``torch.nn.functional.cosine_similarity``.
    """
    sides = []
    for x in broadcast(*promote(x1, x2)):
        norm = reductions.vector_norm(x, 2, dim, True)
        sides.append(x / (norm + lax.stop_gradient(jnp.maximum(norm, scalar(eps, x.dtype)) - norm)))
    return (sides[0] * sides[1]).sum(dim)


def hinge_embedding_loss(
    input: Array, target: Array, margin: Number = 1.0, *, reduction: Reduction = "mean"
) -> Array:
    r"""The distance `input` where the target is 1, ``max(0, margin - input)`` where it is -1.

    Args:
      input: Distances.
      target: -1 or 1, broadcast.
      margin: How far apart unlike pairs should be.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      The broadcast shape for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if the shapes do not broadcast.

    Example:
      >>> hinge_embedding_loss(jnp.array([0.25, 0.25]), jnp.array([1, -1]), reduction="none").tolist()
      [0.25, 0.75]

    Source:
      PyTorch, ``torch.nn.functional.hinge_embedding_loss``.
    """
    input, target = broadcast(input, target)
    zero = jnp.zeros((), input.dtype)
    apart = jnp.where(target != 1, pointwise.clamp_min(scalar(margin, input.dtype) - input, 0), zero)
    return _reduced(apart + jnp.where(target != -1, input, zero), reduction)


def margin_ranking_loss(
    input1: Array, input2: Array, target: Array, margin: Number = 0.0, *, reduction: Reduction = "mean"
) -> Array:
    r"""``max(0, -target * (input1 - input2) + margin)``.

    Args:
      input1: Scores.
      input2: Scores they are compared with.
      target: 1 where the first should be larger, -1 where the second should.
      margin: By how much.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      The broadcast shape for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if the numbers of dimensions differ, or the shapes do not broadcast.

    Example:
      >>> float(margin_ranking_loss(jnp.array([1.0]), jnp.array([3.0]), jnp.array([1])))
      2.0

    Source:
      PyTorch, ``torch.nn.functional.margin_ranking_loss``.
    """
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{list(input1.shape)}, input2: {list(input2.shape)}, target: {list(target.shape)} "
        )
    input1, input2, target = operands(input1, input2, target)
    loss = pointwise.clamp_min(-target * (input1 - input2) + scalar(margin, input1.dtype), 0)
    return _reduced(loss, reduction)


def cosine_embedding_loss(
    input1: Array, input2: Array, target: Array, margin: Number = 0.0, *, reduction: Reduction = "mean"
) -> Array:
    r"""``1 - cos(input1, input2)`` where the target is 1, ``max(0, cos(input1, input2) - margin)`` where it is -1.

    Args:
      input1: Vectors, shape ``(N, D)`` or ``(D,)``.
      input2: Vectors they are compared with.
      target: -1 or 1, shape ``(N,)`` or ``()``.
      margin: Cosine up to which unlike pairs cost nothing.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      Shape of `target` for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if the shapes are wrong.

    Example:
      >>> x = jnp.array([[1.0, 0.0]])
      >>> float(cosine_embedding_loss(x, x, jnp.array([-1])))
      1.0

    Source:
      PyTorch, ``torch.nn.functional.cosine_embedding_loss``.
    """
    if target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if not input1.ndim == input2.ndim == target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )
    input1, input2 = operands(input1, input2)
    eps = scalar(1e-12, input1.dtype)
    squares = ((x * x).sum(-1) + eps for x in (input1, input2))
    cos = (input1 * input2).sum(-1) / jnp.sqrt(math.prod(squares))
    zero = jnp.zeros((), cos.dtype)
    apart = pointwise.clamp_min(cos - scalar(margin, cos.dtype), 0)
    return _reduced(jnp.where(target == 1, 1 - cos, zero) + jnp.where(target == -1, apart, zero), reduction)


def triplet_margin_loss(
    anchor: Array,
    positive: Array,
    negative: Array,
    margin: Number = 1.0,
    p: float = 2.0,
    eps: Number = 1e-6,
    swap: bool = False,
    *,
    reduction: Reduction = "mean",
) -> Array:
    r"""``max(0, d(anchor, positive) - d(anchor, negative) + margin)`` of `pairwise_distance`.

    Args:
      anchor: Vectors.
      positive: Vectors that should be near.
      negative: Vectors that should be far.
      margin: How much farther.
      p: Order of the norm, fixed when compiling.
      eps: Keeps the gradient finite where vectors are equal.
      swap: Whether the distance of positive and negative counts if it is smaller (Balntas et al. 2016).
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
      The broadcast shape less its last dimension for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if the shapes do not broadcast.

    Example:
      >>> a, far = jnp.array([[0.0, 0.0]]), jnp.array([[3.0, 4.0]])
      >>> float(triplet_margin_loss(a, a, far))
      0.0

    Source:
      Schroff et al. 2015; PyTorch, ``torch.nn.functional.triplet_margin_loss``.
    """
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = pointwise.minimum(far, pairwise_distance(positive, negative, p, eps))
    return _reduced(pointwise.clamp_min(scalar(margin, near.dtype) + near - far, 0), reduction)
