"""RAdam with PyTorch's rule: Adam that trusts its second moments only once they rest on enough gradients."""

import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import optax

from funcgrad.dtypes import opmath, scalar
from funcgrad.optim._arithmetic import (
    add,
    addcmul,
    as_complex,
    as_real,
    complement,
    decay_gradients,
    div,
    lerp,
    mul,
    one_minus_power,
    product,
    shrink,
    sqrt,
    wide,
)
from funcgrad.optim._transformation import Hyperparameter, LearningRate, check_range, from_kernel, none_if_zero
from funcgrad.typing import Array, Number

__all__ = ["radam", "radam_step"]

_LEAST_LENGTH = 5.0  # PyTorch's threshold; the paper's is 4


def radam_step(
    params: Sequence[Array],
    grads: Sequence[Array],
    exp_avgs: Sequence[Array],
    exp_avg_sqs: Sequence[Array],
    steps: Sequence[Array],
    *,
    lr: Number,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    weight_decay: Number | None = None,
    decoupled: bool = False,
    maximize: bool = False,
) -> tuple[list[Array], list[Array], list[Array], list[Array]]:
    """One step of RAdam; `decoupled` shrinks the parameters themselves instead of changing their gradients.

    `steps` counts the updates made before this one, a 0-d float for each parameter. None for `weight_decay` leaves it
    out.

    Returns:
      The new parameters, first moments, second moments and step counts.

    Example:
      >>> zero, step = jnp.zeros(1), jnp.zeros(())
      >>> w, *_ = radam_step([jnp.ones(1)], [jnp.full(1, 5.0)], [zero], [zero], [step], lr=0.1)
      >>> w[0].round(4)
      Array([0.5], dtype=float32)
    """
    grads = as_real(decay_gradients(params, grads, None if decoupled else weight_decay, maximize))
    bases = as_real(shrink(params, lr, weight_decay) if decoupled else params)
    new_steps = [step + 1 for step in steps]
    firsts = [lerp(avg, grad, complement(beta1)) for avg, grad in zip(as_real(exp_avgs), grads, strict=True)]
    seconds = [
        addcmul(mul(avg, beta2), grad, grad, complement(beta2))
        for avg, grad in zip(as_real(exp_avg_sqs), grads, strict=True)
    ]
    new = []
    for base, first, second, step in zip(bases, firsts, seconds, new_steps, strict=True):
        plain = mul(div(first, one_minus_power(beta1, step)), lr)
        trusted, rectifier = _rectifier(beta2, step)
        # Where it is not trusted its root is not taken: a derivative of that would be nan at 0, chosen or not.
        root = sqrt(jnp.where(trusted, second, jnp.ones_like(second)))
        adaptive = _over(jnp.sqrt(one_minus_power(beta2, step)), add(root, jnp.ones_like(root), eps))
        new.append(add(base, jnp.where(trusted, mul(product(plain, adaptive), rectifier), plain), -1))
    return as_complex(new, params), as_complex(firsts, params), as_complex(seconds, params), new_steps


def _over(number: Array, tensor: Array) -> Array:
    math_type = opmath(tensor.dtype)
    return (scalar(number, math_type) / tensor.astype(math_type)).astype(tensor.dtype)


def _rectifier(beta2: Number, step: Array) -> tuple[Array, Array]:
    """Whether the second moment is to be trusted after so many steps, and what its step is then multiplied by.

    With ``b = -log(beta2)`` and ``x = b * t``, the length ``(1 + beta2) / (1 - beta2) - 2 * t / (exp(x) - 1)`` is
    written as ``rest + 2 / b * (1 - x / (exp(x) - 1))``: as it stands, two numbers near 2000 leave one near 5, and
    float32 would keep three digits of it.
    """
    if isinstance(beta2, (int, float)):
        rate = wide(-math.log(beta2) if beta2 > 0 else _VANISHED)
        longest = wide((1 + beta2) / (1 - beta2))
        rest = wide((1 + beta2) / (1 - beta2) + 2 / math.log(beta2) if beta2 > 0 else 1 - 2 / _VANISHED)
    else:
        rate = jnp.minimum(-jnp.log(wide(beta2)), _VANISHED)
        longest = (1 + wide(beta2)) / (1 - wide(beta2))
        rest = longest - 2 / rate
    x = rate * wide(step)
    series = x * (1 / 2 - x * (1 / 12 - x**2 * (1 / 720 - x**2 * (1 / 30240 - x**2 / 1209600))))
    direct = 1 + x * jnp.exp(-x) / jnp.expm1(-x)
    length = rest + 2 / rate * jnp.where(x < 1, series, direct)
    trusted = length > _LEAST_LENGTH
    length = jnp.where(trusted, length, longest)
    ratio = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
    return trusted, jnp.sqrt(jnp.where(trusted, ratio, jnp.ones_like(ratio)))


_VANISHED = 80.0  # -log of a beta2 that no longer counts


def radam(
    lr: LearningRate = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: Hyperparameter = 1e-8,
    weight_decay: Hyperparameter = 0.0,
    *,
    decoupled_weight_decay: bool = False,
    maximize: bool = False,
) -> optax.GradientTransformation:
    r"""RAdam, PyTorch's rule.

    Answers "is ``step()`` always plain gradient descent?": no, each optimiser scales the gradients by its own rule.

    .. math::
       \rho_\infty = \frac{2}{1 - \beta_2} - 1, \quad
       \rho_t = \rho_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t}, \quad
       r_t = \sqrt{\frac{(\rho_t - 4)(\rho_t - 2)\rho_\infty}{(\rho_\infty - 4)(\rho_\infty - 2)\rho_t}}

    .. math::
       p \leftarrow p - \eta\, \frac{m}{1 - \beta_1^t} \cdot
       \begin{cases} r_t \sqrt{1 - \beta_2^t} / (\sqrt{v} + \epsilon) & \rho_t > 5 \\ 1 & \text{else} \end{cases}

    with :math:`m, v` the two moments of `adam`.

    Args:
      lr: Learning rate :math:`\eta`, or a schedule of the count of updates.
      betas: Decay rates of the two moments. They are Python numbers: in float32, ``1 - 0.999`` keeps four digits.
      eps: Added to the root, outside of it.
      weight_decay: Factor of the parameters, added to their gradients or (decoupled) taken off the parameters.
      decoupled_weight_decay: Whether to decay the parameters by ``lr * weight_decay`` instead of the gradients.
      maximize: Whether to climb instead of descend.

    Returns:
      An optax transformation; with weight decay its ``update`` needs the parameters.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> tx = radam(lr=0.5)
      >>> updates, state = tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))
      >>> updates.round(4)
      Array([-1.5,  2. ], dtype=float32)

    Source:
      PyTorch, ``torch.optim.RAdam``; Liu et al. 2020.
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
        firsts: Sequence[Array],
        seconds: Sequence[Array],
        *,
        count: Array,
        lr: Any,
    ) -> Sequence[Sequence[Any]]:
        return radam_step(
            params,
            grads,
            firsts,
            seconds,
            [count.astype(jnp.float32)] * len(grads),
            lr=lr,
            beta1=betas[0],
            beta2=betas[1],
            eps=eps,
            weight_decay=decay,
            decoupled=decoupled_weight_decay,
            maximize=maximize,
        )[:-1]

    slots = {"exp_avg": jnp.zeros_like, "exp_avg_sq": jnp.zeros_like}
    return from_kernel(kernel, slots, lr, reads_params=decay is not None)
