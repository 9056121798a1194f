"""Stochastic gradient descent with PyTorch's momentum."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import optax

from funcgrad.optim._arithmetic import add, complement, decay_gradients, mul, wide
from funcgrad.optim._transformation import Hyperparameter, LearningRate, check_range, from_kernel, none_if_zero
from funcgrad.typing import Array, Number

__all__ = ["sgd", "sgd_step"]


def sgd_step(
    params: Sequence[Array],
    grads: Sequence[Array],
    momentum_buffers: Sequence[Array | None],
    *,
    lr: Number,
    momentum: Number | None = None,
    dampening: Number = 0.0,
    weight_decay: Number | None = None,
    nesterov: bool = False,
    maximize: bool = False,
) -> tuple[list[Array], list[Array | None]]:
    """One step of SGD: ``buffer = momentum * buffer + (1 - dampening) * grad; param -= lr * buffer``.

    A buffer of None becomes the gradient itself, undamped. None for `momentum` or `weight_decay` leaves it out.

    Returns:
      The new parameters and the new buffers.

    Example:
      >>> w, buffers = sgd_step([jnp.ones(1)], [jnp.array([2.0])], [None], lr=0.25, momentum=0.9)
      >>> w, buffers
      ([Array([0.5], dtype=float32)], [Array([2.], dtype=float32)])
    """
    directions = decay_gradients(params, grads, weight_decay, maximize)
    buffers: list[Any] = list(momentum_buffers)
    if momentum is not None:
        fresh_share = complement(dampening)
        buffers = [
            grad if buffer is None else add(mul(buffer, momentum), grad, fresh_share)
            for buffer, grad in zip(buffers, directions, strict=True)
        ]
        if nesterov:
            directions = [add(grad, buffer, momentum) for grad, buffer in zip(directions, buffers, strict=True)]
        else:
            directions = buffers
    step_size = -wide(lr)
    return [add(param, grad, step_size) for param, grad in zip(params, directions, strict=True)], buffers


def sgd(
    lr: LearningRate = 1e-3,
    momentum: Hyperparameter = 0.0,
    dampening: Hyperparameter = 0.0,
    weight_decay: Hyperparameter = 0.0,
    *,
    nesterov: bool = False,
    maximize: bool = False,
) -> optax.GradientTransformation:
    r"""Stochastic gradient descent, PyTorch's rule.

    Answers "what does ``opt.step()`` do?": it maps gradients to changes of the parameters and forgets nothing else;
    clearing the gradients is `zero_grad`'s business.

    .. math:: b \leftarrow \mu b + (1 - d)\,(g + \lambda p), \qquad p \leftarrow p - \eta\, b

    The first step sets :math:`b` to the gradient, undamped. Unlike in optax, the learning rate is no part of the
    buffer.

    Args:
      lr: Learning rate :math:`\eta`, or a schedule of the count of updates.
      momentum: Factor :math:`\mu` of the buffer; 0 keeps none.
      dampening: Share :math:`d` of the gradient withheld from the buffer.
      weight_decay: Factor :math:`\lambda` of the parameters added to their gradients.
      nesterov: Whether to step along the gradient plus ``momentum`` times the buffer.
      maximize: Whether to climb instead of descend.

    Returns:
      An optax transformation; with weight decay its ``update`` needs the parameters.

    Raises:
      ValueError: if a number is out of its range, or ``nesterov`` lacks momentum or has dampening.

    Example:
      >>> tx = sgd(lr=0.1)
      >>> updates, state = tx.update(jnp.ones(2), tx.init(jnp.zeros(2)))
      >>> updates
      Array([-0.1, -0.1], dtype=float32)

    Source:
      PyTorch, ``torch.optim.SGD``; Sutskever et al. 2013 for the momentum.
    """
    check_range("learning rate", lr)
    check_range("momentum value", momentum)
    check_range("weight_decay value", weight_decay)
    damped = isinstance(dampening, (int, float)) and dampening != 0
    if nesterov and (none_if_zero(momentum) is None or damped):
        raise ValueError("Nesterov momentum requires a momentum and zero dampening")
    factor, decay = none_if_zero(momentum), none_if_zero(weight_decay)

    def kernel(
        params: Sequence[Array], grads: Sequence[Array], *buffers: Sequence[Array], count: Array, lr: Any
    ) -> Sequence[Sequence[Any]]:
        # Buffers begin as zeros, so that the state keeps its structure; an undamped first step makes them the gradient.
        damping: Any = jnp.where(count == 0, 0.0, wide(dampening))
        new, kept = sgd_step(
            params,
            grads,
            buffers[0] if buffers else [None] * len(grads),
            lr=lr,
            momentum=factor,
            dampening=damping,
            weight_decay=decay,
            nesterov=nesterov,
            maximize=maximize,
        )
        return (new, kept) if buffers else (new,)

    slots = {} if factor is None else {"momentum_buffer": jnp.zeros_like}
    return from_kernel(kernel, slots, lr, reads_params=decay is not None)
