"""Connectionist temporal classification: the likelihood of labels that are not aligned with the input."""

import jax.numpy as jnp
from jax import lax

from funcgrad.typing import Array

__all__ = ["ctc_loss"]

_NEVER = -1e30  # stands for log 0: finite, so that gradients are


def ctc_loss(
    log_probs: Array, targets: Array, input_lengths: Array, target_lengths: Array, blank: int = 0
) -> Array:
    r"""Minus the log-likelihood of each sequence of labels, summed over its alignments with the input.

    An alignment names a class at every time; merging repetitions and dropping blanks leaves the labels. The gradient is
    PyTorch's, right for log-probabilities that come from a log-softmax.

    Args:
      log_probs: Log-probabilities of classes, shape ``(T, N, C)``.
      targets: Labels, integer, padded, shape ``(N, S)``; none is `blank`.
      input_lengths: Times that count, shape ``(N,)``.
      target_lengths: Labels that count, shape ``(N,)``.
      blank: The class that stands for no label.

    Returns:
      Shape ``(N,)``; inf where the input is too short for the labels.

    Example:
      >>> logp = jnp.log(jnp.full((2, 1, 2), 0.5))
      >>> ctc_loss(logp, jnp.array([[1]]), jnp.array([2]), jnp.array([1])).round(4).tolist()
      [0.28769999742507935]

    Source:
      Graves et al. 2006, eqs. 6-8; PyTorch, ``torch.nn.functional.ctc_loss``.
    """
    times, batch, _ = log_probs.shape
    states = 2 * targets.shape[1] + 1
    # a blank before, between and after the labels
    labels = jnp.full((batch, states), blank, targets.dtype).at[:, 1::2].set(targets)
    skip = (labels != blank) & (labels != jnp.roll(labels, 2, 1)) & (jnp.arange(states) >= 2)
    emitted = jnp.take_along_axis(log_probs, jnp.broadcast_to(labels, (times, batch, states)), 2)  # (T, N, states)
    never = jnp.asarray(_NEVER, log_probs.dtype)
    alpha = jnp.where(jnp.arange(states) < 2, emitted[0], never)

    def advance(alpha: Array, now: tuple[Array, Array]) -> tuple[Array, None]:
        t, emission = now
        one = jnp.pad(alpha, ((0, 0), (1, 0)), constant_values=never)[:, :-1]
        two = jnp.pad(alpha, ((0, 0), (2, 0)), constant_values=never)[:, :states]
        paths = jnp.stack([alpha, one, jnp.where(skip, two, never)])
        top = lax.stop_gradient(paths.max(0))
        new = jnp.log(jnp.exp(paths - top).sum(0)) + top + emission
        return jnp.where((t < input_lengths)[:, None], jnp.maximum(new, never), alpha), None

    alpha, _ = lax.scan(advance, alpha, (jnp.arange(1, times), emitted[1:]))
    last = jnp.take_along_axis(alpha, 2 * target_lengths[:, None], 1)[:, 0]
    label = jnp.take_along_axis(alpha, jnp.maximum(2 * target_lengths - 1, 0)[:, None], 1)[:, 0]
    loss = -jnp.logaddexp(last, jnp.where(target_lengths > 0, label, never))
    counted = (jnp.arange(times)[:, None] < input_lengths)[:, :, None]
    mass = jnp.where(counted, jnp.exp(log_probs), 0).sum((0, 2))
    loss = loss + (mass - lax.stop_gradient(mass))
    return jnp.where(loss > -_NEVER / 1e3, jnp.inf, loss)
