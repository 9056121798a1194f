"""Adam and AdamW with PyTorch's bias correction, AMSGrad and weight decay."""

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
    div,
    lerp,
    mul,
    one_minus_power,
    shrink,
    wide,
)
from funcgrad.optim._transformation import Hyperparameter, LearningRate, check_range, from_kernel, none_if_zero
from funcgrad.typing import Array, Number

__all__ = ["adam", "adam_step", "adamw"]


def adam_step(
    params: Sequence[Array],
    grads: Sequence[Array],
    exp_avgs: Sequence[Array],
    exp_avg_sqs: Sequence[Array],
    max_exp_avg_sqs: Sequence[Array | None],
    steps: Sequence[Array],
    *,
    lr: Number,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    weight_decay: Number | None = None,
    decoupled: bool = False,
    amsgrad: bool = False,
    maximize: bool = False,
) -> tuple[list[Array], list[Array], list[Array], list[Array | None], list[Array]]:
    """One step of Adam; `decoupled` shrinks the parameters themselves, as AdamW does.

    `steps` counts the updates made before this one, a 0-d float for each parameter. The largest second moments are
    read and written with `amsgrad` alone, and may be None without. None for `weight_decay` leaves it out.

    Returns:
      The new parameters, first moments, second moments, largest second moments and step counts.

    Example:
      >>> zero, step = jnp.zeros(1), jnp.zeros(())
      >>> w, *_, steps = adam_step([jnp.ones(1)], [jnp.full(1, 5.0)], [zero], [zero], [None], [step], lr=0.1)
      >>> w[0].round(4), steps
      (Array([0.9], dtype=float32), [Array(1., dtype=float32)])
    """
    grads = as_real(decay_gradients(params, grads, None if decoupled else weight_decay, maximize))
    bases = as_real(shrink(params, lr, weight_decay) if decoupled else params)
    new_steps = [step + 1 for step in steps]
    firsts = [lerp(avg, grad, complement(beta1)) for avg, grad in zip(as_real(exp_avgs), grads, strict=True)]
    seconds = [
        addcmul(mul(avg, beta2), grad, grad, complement(beta2))
        for avg, grad in zip(as_real(exp_avg_sqs), grads, strict=True)
    ]
    largest: list[Any] = list(max_exp_avg_sqs)
    if amsgrad:
        largest = [jnp.maximum(top, avg) for top, avg in zip(as_real(largest), seconds, strict=True)]
    new = []
    for base, first, second, step in zip(bases, firsts, largest if amsgrad else seconds, new_steps, strict=True):
        correction2 = jnp.sqrt(one_minus_power(beta2, step))
        denominator = add(div(jnp.sqrt(second), correction2), jnp.ones_like(second), eps)
        new.append(addcdiv(base, first, denominator, -wide(lr) / one_minus_power(beta1, step)))
    return (
        as_complex(new, params),
        as_complex(firsts, params),
        as_complex(seconds, params),
        as_complex(largest, params) if amsgrad else largest,
        new_steps,
    )


def adam(
    lr: LearningRate = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: Hyperparameter = 1e-8,
    weight_decay: Hyperparameter = 0.0,
    *,
    amsgrad: bool = False,
    maximize: bool = False,
    decoupled_weight_decay: bool = False,
) -> optax.GradientTransformation:
    r"""Adam, PyTorch's rule.

    Answers "is ``step()`` always plain gradient descent?": no, each optimiser scales the gradients by its own rule.

    .. math::
       m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \quad
       p \leftarrow p - \frac{\eta}{1 - \beta_1^t}\, m \Big/ \left(\sqrt{v / (1 - \beta_2^t)} + \epsilon\right)

    Args:
      lr: Learning rate :math:`\eta`, or a schedule of the count of updates.
      betas: Decay rates of the two moments. They are Python numbers: in float32, ``1 - 0.999`` keeps four digits.
      eps: Added to the root, outside of it.
      weight_decay: Factor of the parameters, added to their gradients or (decoupled) taken off the parameters.
      amsgrad: Whether to divide by the largest second moment so far, taken before its bias correction.
      maximize: Whether to climb instead of descend.
      decoupled_weight_decay: Whether to decay the parameters by ``lr * weight_decay`` instead of the gradients.

    Returns:
      An optax transformation; with weight decay its ``update`` needs the parameters.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> tx = adam(lr=0.5)
      >>> updates, state = tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))
      >>> updates.round(4)
      Array([-0.5,  0.5], dtype=float32)

    Source:
      PyTorch, ``torch.optim.Adam``; Kingma and Ba 2015; Reddi et al. 2018 for AMSGrad.
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
        exp_avgs: Sequence[Array],
        exp_avg_sqs: Sequence[Array],
        *largest: Sequence[Array],
        count: Array,
        lr: Any,
    ) -> Sequence[Sequence[Any]]:
        new, firsts, seconds, kept, _ = adam_step(
            params,
            grads,
            exp_avgs,
            exp_avg_sqs,
            largest[0] if largest else [None] * len(grads),
            [count.astype(jnp.float32)] * len(grads),
            lr=lr,
            beta1=betas[0],
            beta2=betas[1],
            eps=eps,
            weight_decay=decay,
            decoupled=decoupled_weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
        )
        return (new, firsts, seconds, kept) if largest else (new, firsts, seconds)

    slots: dict[str, Any] = {"exp_avg": jnp.zeros_like, "exp_avg_sq": jnp.zeros_like}
    if amsgrad:
        slots["max_exp_avg_sq"] = jnp.zeros_like
    return from_kernel(kernel, slots, lr, reads_params=decay is not None)


def adamw(
    lr: LearningRate = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: Hyperparameter = 1e-8,
    weight_decay: Hyperparameter = 1e-2,
    *,
    amsgrad: bool = False,
    maximize: bool = False,
) -> optax.GradientTransformation:
    r"""AdamW, PyTorch's rule: `adam` whose weight decay bypasses the moments.

    Answers "is ``step()`` always plain gradient descent?", as `adam` does.

    .. math:: p \leftarrow (1 - \eta\lambda)\, p - \text{Adam's step}

    Args:
      lr: Learning rate :math:`\eta`, or a schedule of the count of updates.
      betas: Decay rates of the two moments.
      eps: Added to the root, outside of it.
      weight_decay: Factor :math:`\lambda` by which, times the learning rate, the parameters shrink.
      amsgrad: Whether to divide by the largest second moment so far.
      maximize: Whether to climb instead of descend.

    Returns:
      An optax transformation; with weight decay its ``update`` needs the parameters.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> tx = adamw(lr=0.1, weight_decay=0.5)
      >>> updates, state = tx.update(jnp.zeros(1), tx.init(jnp.ones(1)), jnp.ones(1))
      >>> updates.round(4)
      Array([-0.05], dtype=float32)

    Source:
      PyTorch, ``torch.optim.AdamW``; Loshchilov and Hutter 2019.
    """
    return adam(lr, betas, eps, weight_decay, amsgrad=amsgrad, maximize=maximize, decoupled_weight_decay=True)
