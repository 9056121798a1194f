"""Adamax with PyTorch's rule: Adam by the largest gradient of late instead of the root mean square."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import optax

from funcgrad.optim._arithmetic import (
    add,
    addcdiv,
    as_complex,
    as_real,
    complement,
    decay_gradients,
    lerp,
    mul,
    one_minus_power,
    wide,
)
from funcgrad.optim._transformation import Hyperparameter, LearningRate, check_range, from_kernel, none_if_zero
from funcgrad.typing import Array, Number

__all__ = ["adamax", "adamax_step"]


def adamax_step(
    params: Sequence[Array],
    grads: Sequence[Array],
    exp_avgs: Sequence[Array],
    exp_infs: Sequence[Array],
    steps: Sequence[Array],
    *,
    lr: Number,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    weight_decay: Number | None = None,
    maximize: bool = False,
) -> tuple[list[Array], list[Array], list[Array], list[Array]]:
    """One step of Adamax: along the mean gradient over the decaying maximum of ``abs(grad) + eps``.

    `steps` counts the updates made before this one, a 0-d float for each parameter. None for `weight_decay` leaves it
    out.

    Returns:
      The new parameters, means, maxima and step counts.

    Example:
      >>> zero, step = jnp.zeros(1), jnp.zeros(())
      >>> w, *_ = adamax_step([jnp.ones(1)], [jnp.full(1, 5.0)], [zero], [zero], [step], lr=0.1)
      >>> w[0].round(4)
      Array([0.9], dtype=float32)
    """
    grads = as_real(decay_gradients(params, grads, weight_decay, maximize))
    new_steps = [step + 1 for step in steps]
    means = [lerp(avg, grad, complement(beta1)) for avg, grad in zip(as_real(exp_avgs), grads, strict=True)]
    maxima = [
        jnp.maximum(mul(top, beta2), add(jnp.abs(grad), jnp.ones_like(grad), eps))
        for top, grad in zip(as_real(exp_infs), grads, strict=True)
    ]
    new = [
        addcdiv(param, mean, top, -wide(lr) / one_minus_power(beta1, step))
        for param, mean, top, step in zip(as_real(params), means, maxima, new_steps, strict=True)
    ]
    return as_complex(new, params), as_complex(means, params), as_complex(maxima, params), new_steps


def adamax(
    lr: LearningRate = 2e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: Hyperparameter = 1e-8,
    weight_decay: Hyperparameter = 0.0,
    *,
    maximize: bool = False,
) -> optax.GradientTransformation:
    r"""Adamax, PyTorch's rule.

    Answers "is ``step()`` always plain gradient descent?": no, each optimiser scales the gradients by its own rule.

    .. math::
       m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad u \leftarrow \max(\beta_2 u, |g| + \epsilon), \quad
       p \leftarrow p - \frac{\eta}{1 - \beta_1^t}\, m / u

    Args:
      lr: Learning rate :math:`\eta`, or a schedule of the count of updates.
      betas: Decay rates of the mean and of the maximum.
      eps: Added to the gradient's size.
      weight_decay: Factor of the parameters added to their gradients.
      maximize: Whether to climb instead of descend.

    Returns:
      An optax transformation; with weight decay its ``update`` needs the parameters.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> tx = adamax(lr=0.5)
      >>> updates, state = tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))
      >>> updates.round(4)
      Array([-0.5,  0.5], dtype=float32)

    Source:
      PyTorch, ``torch.optim.Adamax``; Kingma and Ba 2015.
    """
    check_range("learning rate", lr)
    check_range("epsilon value", eps)
    check_range("beta parameter at index 0", betas[0], below=1.0)
    check_range("beta parameter at index 1", betas[1], below=1.0)
    check_range("weight_decay value", weight_decay)
    decay = none_if_zero(weight_decay)

    def kernel(
        params: Sequence[Array],
        grads: Sequence[Array],
        means: Sequence[Array],
        maxima: Sequence[Array],
        *,
        count: Array,
        lr: Any,
    ) -> Sequence[Sequence[Any]]:
        steps, (beta1, beta2) = [count.astype(jnp.float32)] * len(grads), betas
        return adamax_step(
            params,
            grads,
            means,
            maxima,
            steps,
            lr=lr,
            beta1=beta1,
            beta2=beta2,
            eps=eps,
            weight_decay=decay,
            maximize=maximize,
        )[:-1]

    slots = {"exp_avg": jnp.zeros_like, "exp_inf": jnp.zeros_like}
    return from_kernel(kernel, slots, lr, reads_params=decay is not None)
