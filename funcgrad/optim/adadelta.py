"""Adadelta with PyTorch's rule: steps in the units of the parameters, scaled by a learning rate all the same."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import optax

from funcgrad.optim._arithmetic import (
    add,
    addcmul,
    as_complex,
    as_real,
    complement,
    decay_gradients,
    mul,
    product,
    quotient,
    sqrt,
    wide,
)
from funcgrad.optim._transformation import Hyperparameter, LearningRate, check_range, from_kernel, none_if_zero
from funcgrad.typing import Array, Number

__all__ = ["adadelta", "adadelta_step"]


def adadelta_step(
    params: Sequence[Array],
    grads: Sequence[Array],
    square_avgs: Sequence[Array],
    acc_deltas: Sequence[Array],
    steps: Sequence[Array],
    *,
    lr: Number,
    rho: Number = 0.9,
    eps: Number = 1e-6,
    weight_decay: Number | None = None,
    maximize: bool = False,
) -> tuple[list[Array], list[Array], list[Array], list[Array]]:
    """One step of Adadelta: along the gradient times the ratio of two root mean squares, of past steps and gradients.

    None for `weight_decay` leaves it out.

    Returns:
      The new parameters, mean squares of the gradients, mean squares of the steps and step counts.

    Example:
      >>> zero, step = jnp.zeros(1), jnp.zeros(())
      >>> w, *_ = adadelta_step([jnp.ones(1)], [jnp.full(1, 5.0)], [zero], [zero], [step], lr=1.0, rho=0.75, eps=0.25)
      >>> w[0].round(4)
      Array([0.0194], dtype=float32)
    """
    grads = as_real(decay_gradients(params, grads, weight_decay, maximize))
    fresh_share = complement(rho)
    squares = [
        addcmul(mul(avg, rho), grad, grad, fresh_share) for avg, grad in zip(as_real(square_avgs), grads, strict=True)
    ]
    old = as_real(acc_deltas)
    deltas = [
        product(quotient(_root(moved, eps), _root(square, eps)), grad)
        for moved, square, grad in zip(old, squares, grads, strict=True)
    ]
    moves = [addcmul(mul(moved, rho), delta, delta, fresh_share) for moved, delta in zip(old, deltas, strict=True)]
    new = [add(param, delta, -wide(lr)) for param, delta in zip(as_real(params), deltas, strict=True)]
    return (
        as_complex(new, params),
        as_complex(squares, params),
        as_complex(moves, params),
        [step + 1 for step in steps],
    )


def _root(square: Array, eps: Number) -> Array:
    return sqrt(add(square, jnp.ones_like(square), eps))


def adadelta(
    lr: LearningRate = 1.0,
    rho: Hyperparameter = 0.9,
    eps: Hyperparameter = 1e-6,
    weight_decay: Hyperparameter = 0.0,
    *,
    maximize: bool = False,
) -> optax.GradientTransformation:
    r"""Adadelta, PyTorch's rule.

    Answers "is ``step()`` always plain gradient descent?": no, each optimiser scales the gradients by its own rule.

    .. math::
       v \leftarrow \rho v + (1 - \rho) g^2, \quad \Delta = \sqrt{\frac{u + \epsilon}{v + \epsilon}}\, g, \quad
       u \leftarrow \rho u + (1 - \rho) \Delta^2, \quad p \leftarrow p - \eta \Delta

    Args:
      lr: Factor :math:`\eta` of the step, or a schedule of the count of updates.
      rho: Decay rate :math:`\rho` of the two means.
      eps: Added to the means, inside of the roots.
      weight_decay: Factor of the parameters added to their gradients.
      maximize: Whether to climb instead of descend.

    Returns:
      An optax transformation; with weight decay its ``update`` needs the parameters.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> tx = adadelta(rho=0.75, eps=0.25)
      >>> updates, state = tx.update(jnp.array([2.0]), tx.init(jnp.zeros(1)))
      >>> updates.round(4)
      Array([-0.8944], dtype=float32)

    Source:
      PyTorch, ``torch.optim.Adadelta``; Zeiler 2012.
    """
    check_range("learning rate", lr)
    check_range("rho value", rho, at_most=1.0)
    check_range("epsilon value", eps)
    check_range("weight_decay value", weight_decay)
    decay = none_if_zero(weight_decay)

    def kernel(
        params: Sequence[Array],
        grads: Sequence[Array],
        squares: Sequence[Array],
        moves: Sequence[Array],
        *,
        count: Array,
        lr: Any,
    ) -> Sequence[Sequence[Any]]:
        return adadelta_step(
            params, grads, squares, moves, [], lr=lr, rho=rho, eps=eps, weight_decay=decay, maximize=maximize
        )[:-1]

    slots = {"square_avg": jnp.zeros_like, "acc_delta": jnp.zeros_like}
    return from_kernel(kernel, slots, lr, reads_params=decay is not None)
