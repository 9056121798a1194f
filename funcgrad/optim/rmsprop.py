"""RMSprop with PyTorch's rule: epsilon outside the root, momentum after the scaling."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import optax

from funcgrad.optim._arithmetic import (
    add,
    addcdiv,
    addcmul,
    as_complex,
    as_real,
    complement,
    decay_gradients,
    lerp,
    mul,
    wide,
)
from funcgrad.optim._transformation import Hyperparameter, LearningRate, check_range, from_kernel, none_if_zero
from funcgrad.typing import Array, Number

__all__ = ["rmsprop", "rmsprop_step"]


def rmsprop_step(
    params: Sequence[Array],
    grads: Sequence[Array],
    square_avgs: Sequence[Array],
    grad_avgs: Sequence[Array | None],
    momentum_buffers: Sequence[Array | None],
    steps: Sequence[Array],
    *,
    lr: Number,
    alpha: Number = 0.99,
    eps: Number = 1e-8,
    weight_decay: Number | None = None,
    momentum: Number | None = None,
    centered: bool = False,
    maximize: bool = False,
) -> tuple[list[Array], list[Array], list[Array | None], list[Array | None], list[Array]]:
    """One step of RMSprop: ``param -= lr * grad / (sqrt(mean of grad**2) + eps)``.

    Averages of the gradients are read and written with `centered` alone, buffers with `momentum` alone; without, their
    entries may be None. None for `weight_decay` leaves it out.

    Returns:
      The new parameters, mean squares, mean gradients, buffers and step counts.

    Example:
      >>> zero, step = jnp.zeros(1), jnp.zeros(())
      >>> w, *_ = rmsprop_step([jnp.ones(1)], [jnp.full(1, 5.0)], [zero], [None], [None], [step], lr=0.25, alpha=0.75)
      >>> w[0].round(4)
      Array([0.5], dtype=float32)
    """
    grads = as_real(decay_gradients(params, grads, weight_decay, maximize))
    fresh_share = complement(alpha)
    squares = [
        addcmul(mul(avg, alpha), grad, grad, fresh_share) for avg, grad in zip(as_real(square_avgs), grads, strict=True)
    ]
    means: list[Any] = list(grad_avgs)
    buffers: list[Any] = list(momentum_buffers)
    spreads = squares
    if centered:
        means = [lerp(avg, grad, fresh_share) for avg, grad in zip(as_real(means), grads, strict=True)]
        spreads = [addcmul(square, mean, mean, -1) for square, mean in zip(squares, means, strict=True)]
    scales = [add(jnp.sqrt(spread), jnp.ones_like(spread), eps) for spread in spreads]
    currents, step_size = as_real(params), -wide(lr)
    if momentum is None:
        new = [
            addcdiv(param, grad, scale, step_size) for param, grad, scale in zip(currents, grads, scales, strict=True)
        ]
    else:
        buffers = [
            addcdiv(mul(buffer, momentum), grad, scale)
            for buffer, grad, scale in zip(as_real(buffers), grads, scales, strict=True)
        ]
        new = [add(param, buffer, step_size) for param, buffer in zip(currents, buffers, strict=True)]
    return (
        as_complex(new, params),
        as_complex(squares, params),
        as_complex(means, params) if centered else means,
        buffers if momentum is None else as_complex(buffers, params),
        [step + 1 for step in steps],
    )


def rmsprop(
    lr: LearningRate = 1e-2,
    alpha: float = 0.99,
    eps: Hyperparameter = 1e-8,
    weight_decay: Hyperparameter = 0.0,
    momentum: Hyperparameter = 0.0,
    *,
    centered: bool = False,
    maximize: bool = False,
) -> optax.GradientTransformation:
    r"""RMSprop, PyTorch's rule.

    Answers "is ``step()`` always plain gradient descent?": no, each optimiser scales the gradients by its own rule.

    .. math:: v \leftarrow \alpha v + (1 - \alpha) g^2, \qquad p \leftarrow p - \eta\, g / (\sqrt{v} + \epsilon)

    Args:
      lr: Learning rate :math:`\eta`, or a schedule of the count of updates.
      alpha: Decay rate of the averages.
      eps: Added to the root, outside of it (optax puts its own inside by default).
      weight_decay: Factor of the parameters added to their gradients.
      momentum: Factor of a buffer of scaled gradients; 0 keeps none.
      centered: Whether to scale by the standard deviation instead of the root mean square.
      maximize: Whether to climb instead of descend.

    Returns:
      An optax transformation; with weight decay its ``update`` needs the parameters.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> tx = rmsprop(lr=0.5, alpha=0.75)
      >>> updates, state = tx.update(jnp.array([2.0]), tx.init(jnp.zeros(1)))
      >>> updates.round(4)
      Array([-1.], dtype=float32)

    Source:
      PyTorch, ``torch.optim.RMSprop``; Graves 2013 for the centred form.
    """
    check_range("learning rate", lr)
    check_range("epsilon value", eps)
    check_range("momentum value", momentum)
    check_range("weight_decay value", weight_decay)
    check_range("alpha value", alpha)
    decay, factor = none_if_zero(weight_decay), none_if_zero(momentum)
    names = ["square_avg"] + ["grad_avg"] * centered + ["momentum_buffer"] * (factor is not None)

    def kernel(
        params: Sequence[Array], grads: Sequence[Array], *kept: Sequence[Array], count: Array, lr: Any
    ) -> Sequence[Sequence[Any]]:
        slots, absent = dict(zip(names, kept, strict=True)), [None] * len(grads)
        new, squares, means, buffers, _ = rmsprop_step(
            params,
            grads,
            slots["square_avg"],
            slots.get("grad_avg", absent),
            slots.get("momentum_buffer", absent),
            [count] * len(grads),
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=decay,
            momentum=factor,
            centered=centered,
            maximize=maximize,
        )
        results = {"square_avg": squares, "grad_avg": means, "momentum_buffer": buffers}
        return new, *(results[name] for name in names)

    return from_kernel(kernel, dict.fromkeys(names, jnp.zeros_like), lr, reads_params=decay is not None)
