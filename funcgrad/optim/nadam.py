"""NAdam with PyTorch's rule: Adam with Nesterov's momentum, whose factor grows with the steps."""

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
    sqrt,
    wide,
)
from funcgrad.optim._transformation import Hyperparameter, LearningRate, check_range, from_kernel, none_if_zero
from funcgrad.typing import Array, Number

__all__ = ["nadam", "nadam_momentum", "nadam_step"]

_GROWTH = 0.96  # of the momentum, towards beta1: Dozat's constant


def nadam_momentum(step: Any, beta1: Any, momentum_decay: Any) -> Any:
    """The factor of the momentum at the step with this number, from 1 on: ``beta1 / 2`` growing to ``beta1``.

    Works on arrays and on Python's numbers alike.

    Example:
      >>> round(nadam_momentum(1, 0.9, 0.004), 4), round(nadam_momentum(10000, 0.9, 0.004), 4)
      (0.4501, 0.8121)
    """
    return beta1 * (1.0 - 0.5 * _GROWTH ** (step * momentum_decay))


def nadam_step(
    params: Sequence[Array],
    grads: Sequence[Array],
    exp_avgs: Sequence[Array],
    exp_avg_sqs: Sequence[Array],
    mu_products: Sequence[Array],
    steps: Sequence[Array],
    *,
    lr: Number,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    weight_decay: Number | None = None,
    momentum_decay: Number = 4e-3,
    decoupled: bool = False,
    maximize: bool = False,
) -> tuple[list[Array], list[Array], list[Array], list[Array], list[Array]]:
    """One step of NAdam; `decoupled` shrinks the parameters themselves instead of changing their gradients.

    `steps` counts the updates made before this one and `mu_products` is the product of their momenta, each a 0-d float
    for each parameter. None for `weight_decay` leaves it out.

    Returns:
      The new parameters, first moments, second moments, products of momenta and step counts.

    Example:
      >>> zero, one, step = jnp.zeros(1), jnp.ones(()), jnp.zeros(())
      >>> w, *_ = nadam_step([jnp.ones(1)], [jnp.full(1, 5.0)], [zero], [zero], [one], [step], lr=0.1)
      >>> w[0].round(4)
      Array([0.8944], dtype=float32)
    """
    grads = as_real(decay_gradients(params, grads, None if decoupled else weight_decay, maximize))
    bases = as_real(shrink(params, lr, weight_decay) if decoupled else params)
    new_steps = [step + 1 for step in steps]
    firsts = [lerp(avg, grad, complement(beta1)) for avg, grad in zip(as_real(exp_avgs), grads, strict=True)]
    seconds = [
        addcmul(mul(avg, beta2), grad, grad, complement(beta2))
        for avg, grad in zip(as_real(exp_avg_sqs), grads, strict=True)
    ]
    new, products = [], []
    for base, grad, first, second, product, step in zip(
        bases, grads, firsts, seconds, mu_products, new_steps, strict=True
    ):
        momentum = nadam_momentum(wide(step), beta1, momentum_decay)
        following = nadam_momentum(wide(step) + 1, beta1, momentum_decay)
        product = mul(product, momentum)
        root = sqrt(div(second, one_minus_power(beta2, step)))
        scale = add(root, jnp.ones_like(root), eps)
        ahead = addcdiv(base, grad, scale, -wide(lr) * (1 - momentum) / (1 - wide(product)))
        new.append(addcdiv(ahead, first, scale, -wide(lr) * following / (1 - wide(product) * following)))
        products.append(product)
    return as_complex(new, params), as_complex(firsts, params), as_complex(seconds, params), products, new_steps


def nadam(
    lr: LearningRate = 2e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: Hyperparameter = 1e-8,
    weight_decay: Hyperparameter = 0.0,
    momentum_decay: Hyperparameter = 4e-3,
    *,
    decoupled_weight_decay: bool = False,
    maximize: bool = False,
) -> optax.GradientTransformation:
    r"""NAdam, PyTorch's rule.

    Answers "is ``step()`` always plain gradient descent?": no, each optimiser scales the gradients by its own rule.

    .. math::
       \mu_t = \beta_1 \left(1 - \tfrac{1}{2}\, 0.96^{t\psi}\right), \quad
       p \leftarrow p - \eta \left(\frac{(1 - \mu_t)\, g}{1 - \prod_{i \le t} \mu_i}
       + \frac{\mu_{t+1}\, m}{1 - \prod_{i \le t + 1} \mu_i}\right) \Big/
       \left(\sqrt{v / (1 - \beta_2^t)} + \epsilon\right)

    with :math:`m, v` the two moments of `adam`.

    Args:
      lr: Learning rate :math:`\eta`, or a schedule of the count of updates.
      betas: Decay rates of the two moments. They are Python numbers: in float32, ``1 - 0.999`` keeps four digits.
      eps: Added to the root, outside of it.
      weight_decay: Factor of the parameters, added to their gradients or (decoupled) taken off the parameters.
      momentum_decay: How fast :math:`\psi` the momentum grows.
      decoupled_weight_decay: Whether to decay the parameters by ``lr * weight_decay`` instead of the gradients.
      maximize: Whether to climb instead of descend.

    Returns:
      An optax transformation; with weight decay its ``update`` needs the parameters.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> tx = nadam(lr=0.1)
      >>> updates, state = tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))
      >>> updates.round(4)
      Array([-0.1056,  0.1056], dtype=float32)

    Source:
      PyTorch, ``torch.optim.NAdam``; Dozat 2016.
    """
    check_range("learning rate", lr)
    check_range("epsilon value", eps)
    check_range("beta parameter at index 0", betas[0], below=1.0)
    check_range("beta parameter at index 1", betas[1], below=1.0)
    check_range("weight_decay value", weight_decay)
    check_range("momentum_decay value", momentum_decay)
    decay = none_if_zero(weight_decay)

    def kernel(
        params: Sequence[Array],
        grads: Sequence[Array],
        firsts: Sequence[Array],
        seconds: Sequence[Array],
        products: Sequence[Array],
        *,
        count: Array,
        lr: Any,
    ) -> Sequence[Sequence[Any]]:
        return nadam_step(
            params,
            grads,
            firsts,
            seconds,
            products,
            [count.astype(jnp.float32)] * len(grads),
            lr=lr,
            beta1=betas[0],
            beta2=betas[1],
            eps=eps,
            weight_decay=decay,
            momentum_decay=momentum_decay,
            decoupled=decoupled_weight_decay,
            maximize=maximize,
        )[:-1]

    slots = {
        "exp_avg": jnp.zeros_like,
        "exp_avg_sq": jnp.zeros_like,
        "mu_product": lambda param: jnp.ones((), jnp.float32),
    }
    return from_kernel(kernel, slots, lr, reads_params=decay is not None)
