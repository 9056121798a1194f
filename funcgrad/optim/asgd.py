"""ASGD with PyTorch's rule: gradient descent with a decaying rate, and an average of where it has been."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import optax

from funcgrad.optim._arithmetic import add, as_complex, as_real, decay_gradients, mul, wide
from funcgrad.optim._transformation import Hyperparameter, LearningRate, check_range, from_kernel, none_if_zero
from funcgrad.typing import Array, Number

__all__ = ["asgd", "asgd_rate", "asgd_share", "asgd_step"]


def asgd_rate(step: Any, lr: Any, lambd: Any, alpha: Any) -> Any:
    """The learning rate after so many steps: ``lr / (1 + lambd * lr * step) ** alpha``, of arrays or numbers.

    Example:
      >>> asgd_rate(3, 1.0, 1.0, 0.5)
      0.5
    """
    return lr / (1 + lambd * lr * step) ** alpha


def asgd_share(step: Any, t0: Any) -> Any:
    """The share of the newest parameters in the average after so many steps, of arrays or numbers.

    Example:
      >>> asgd_share(3, 10), asgd_share(14, 10)
      (1.0, 0.25)
    """
    late = step - t0
    return 1 / (max(1, late) if isinstance(late, (int, float)) else jnp.maximum(1, late))


def asgd_step(
    params: Sequence[Array],
    grads: Sequence[Array],
    axs: Sequence[Array],
    mus: Sequence[Array],
    etas: Sequence[Array],
    *,
    lambd: Number = 1e-4,
    weight_decay: Number | None = None,
    maximize: bool = False,
) -> tuple[list[Array], list[Array]]:
    """One step of ASGD: ``param -= eta * (grad + lambd * param)``, and a share `mu` of it into the average.

    `etas` and `mus` are a 0-d float for each parameter, by `asgd_rate` and `asgd_share`. None for `weight_decay`
    leaves it out.

    Returns:
      The new parameters and averages.

    Example:
      >>> half = jnp.asarray(0.5)
      >>> w, averages = asgd_step([jnp.ones(1)], [jnp.ones(1)], [jnp.ones(1)], [half], [half], lambd=0.0)
      >>> w[0], averages[0]
      (Array([0.5], dtype=float32), Array([0.75], dtype=float32))
    """
    new, averages = [], []
    signed = as_real(decay_gradients(params, grads, weight_decay, maximize))
    for param, grad, average, mu, eta in zip(as_real(params), signed, as_real(axs), mus, etas, strict=True):
        after = add(mul(param, 1 - wide(lambd) * wide(eta)), grad, -wide(eta))
        # A share of 1 takes the parameter as it is: the sum would round, and an infinite average would stay.
        averages.append(jnp.where(mu == 1, after, average + mul(after - average, mu)))
        new.append(after)
    return as_complex(new, params), as_complex(averages, params)


def asgd(
    lr: LearningRate = 1e-2,
    lambd: Hyperparameter = 1e-4,
    alpha: Hyperparameter = 0.75,
    t0: Hyperparameter = 1e6,
    weight_decay: Hyperparameter = 0.0,
    *,
    maximize: bool = False,
) -> optax.GradientTransformation:
    r"""ASGD, PyTorch's rule; the averages are ``state.slots["ax"]``.

    .. math:: p \leftarrow p - \eta_t (g + \lambda p), \qquad \eta_{t+1} = \frac{\eta}{(1 + \lambda \eta t)^\alpha}

    .. math:: a \leftarrow a + \mu_t (p - a), \qquad \mu_{t+1} = \frac{1}{\max(1, t - t_0)}

    Args:
      lr: Learning rate :math:`\eta`, or a schedule of the count of updates.
      lambd: Decay :math:`\lambda`, of the parameters and of the rate.
      alpha: Power :math:`\alpha` of the rate's decay.
      t0: The count of updates at which averaging begins.
      weight_decay: Factor of the parameters added to their gradients.
      maximize: Whether to climb instead of descend.

    Returns:
      An optax transformation; its ``update`` needs the parameters.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> tx = asgd(lr=0.5)
      >>> updates, state = tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)), jnp.zeros(2))
      >>> updates
      Array([-1.5,  2. ], dtype=float32)

    Source:
      PyTorch, ``torch.optim.ASGD``; Polyak and Juditsky 1992; Xu 2011 for the rates.
    """
    check_range("learning rate", lr)
    check_range("weight_decay value", weight_decay)
    decay = none_if_zero(weight_decay)

    def kernel(
        params: Sequence[Array],
        grads: Sequence[Array],
        averages: Sequence[Array],
        mus: Sequence[Array],
        etas: Sequence[Array],
        *,
        count: Array,
        lr: Any,
    ) -> Sequence[Sequence[Any]]:
        new, averages = asgd_step(
            params, grads, averages, mus, etas, lambd=lambd, weight_decay=decay, maximize=maximize
        )
        step = wide(count + 1)
        eta = asgd_rate(step, wide(lr), wide(lambd), wide(alpha)).astype(jnp.float32)
        mu = asgd_share(step, wide(t0)).astype(jnp.float32)
        return new, averages, [mu] * len(grads), [eta] * len(grads)

    def first_rate(param: Array) -> Array:
        return jnp.asarray(lr(jnp.zeros((), jnp.int32)) if callable(lr) else lr, jnp.float32)

    slots = {"ax": jnp.zeros_like, "mu": lambda param: jnp.ones((), jnp.float32), "eta": first_rate}
    return from_kernel(kernel, slots, lr, reads_params=True, why="ASGD")
