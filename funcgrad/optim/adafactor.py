"""Adafactor with PyTorch's rule: second moments of a matrix kept as one row and one column, steps sized like it."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import optax

from funcgrad.dtypes import opmath, scalar
from funcgrad.optim._arithmetic import add, decay_gradients, div, lerp, product, quotient, shrink, sqrt, wide
from funcgrad.optim._transformation import Hyperparameter, LearningRate, from_kernel, none_if_zero
from funcgrad.typing import Array, ArrayLike, Number

__all__ = ["adafactor", "adafactor_step"]


def adafactor_step(
    params: Sequence[Array],
    grads: Sequence[Array],
    row_vars: Sequence[Array | None],
    col_vars: Sequence[Array | None],
    variances: Sequence[Array | None],
    steps: Sequence[Array],
    *,
    lr: Number,
    beta2_decay: Number = -0.8,
    eps1: Number | None = None,
    eps2: Number = 1e-3,
    d: Number = 1.0,
    weight_decay: Number | None = None,
    maximize: bool = False,
) -> tuple[list[Array], list[Array | None], list[Array | None], list[Array | None], list[Array]]:
    """One step of Adafactor.

    A parameter of two or more dimensions has a row and a column of second moments, over its last two dimensions; the
    entry of `variances` is None then, and the only one that is not for another. `steps` counts the updates made before
    this one, a 0-d float for each parameter. None for `eps1` is the machine epsilon of the first parameter; None for
    `weight_decay` leaves it out.

    Returns:
      The new parameters, moments by row, by column and by element, and step counts.

    Example:
      >>> zero, step = jnp.zeros(1), jnp.zeros(())
      >>> w, *_ = adafactor_step([jnp.ones(1)], [jnp.full(1, 5.0)], [None], [None], [zero], [step], lr=0.1)
      >>> w[0].round(4)
      Array([0.9], dtype=float32)
    """
    grads = decay_gradients(params, grads, None, maximize)
    bases = shrink(params, lr, weight_decay)
    new_steps = [step + 1 for step in steps]
    new, rows, columns, elements = [], [], [], []
    for param, base, grad, row, column, element, step in zip(
        params, bases, grads, row_vars, col_vars, variances, new_steps, strict=True
    ):
        if eps1 is None:
            eps1 = float(jnp.finfo(param.dtype).eps)
        fresh_share = jnp.power(wide(step), wide(beta2_decay))
        rate = jnp.minimum(wide(lr), 1 / jnp.sqrt(wide(step)))
        size = jnp.sqrt(wide(max(param.size, 1)))
        scale = _larger(wide(_norm(param)) / size, eps2) * rate
        if row is not None and column is not None:
            row = lerp(row, _mean_square(grad, -1), fresh_share)
            column = lerp(column, _mean_square(grad, -2), fresh_share)
            moment = quotient(product(row, column), _at_least(row.mean(-2, keepdims=True), eps1))
        elif element is not None:
            moment = element = lerp(element, product(grad, grad), fresh_share)
        else:
            raise ValueError("a parameter of one dimension needs its variance, one of more its row and column")
        step_along = product(_inverse_root(_at_least(moment, wide(eps1) * wide(eps1))), grad)
        clipping = _larger(wide(_norm(step_along)) / (size * wide(d)), 1.0)
        new.append(add(base, step_along, -scale / clipping))
        rows.append(row)
        columns.append(column)
        elements.append(element)
    return new, rows, columns, elements, new_steps


def _norm(x: Array) -> Array:
    return jnp.sqrt(jnp.sum(jnp.square(x.astype(opmath(x.dtype))))).astype(x.dtype)


def _mean_square(x: Array, axis: int) -> Array:
    # The norm is rounded to the tensor's type before it is squared, as PyTorch's is.
    sums = jnp.sum(jnp.square(x.astype(opmath(x.dtype))), axis, keepdims=True)
    return div(jnp.square(jnp.sqrt(sums).astype(x.dtype)), x.shape[axis])


def _inverse_root(x: Array) -> Array:
    return quotient(jnp.ones_like(x), sqrt(x))


def _at_least(x: Array, bound: ArrayLike) -> Array:
    return jnp.maximum(x, scalar(bound, x.dtype))


def _larger(number: Array, least: Number) -> Array:
    """The larger of two numbers, `least` if the other is nan: Python's ``max(least, number)``."""
    return jnp.where(number > least, number, wide(least))


def adafactor(
    lr: LearningRate = 1e-2,
    beta2_decay: Hyperparameter = -0.8,
    eps: tuple[float | None, float] = (None, 1e-3),
    d: Hyperparameter = 1.0,
    weight_decay: Hyperparameter = 0.0,
    *,
    maximize: bool = False,
) -> optax.GradientTransformation:
    r"""Adafactor, PyTorch's rule; of an ``m`` by ``n`` matrix it remembers ``m + n`` numbers.

    Answers "is ``step()`` always plain gradient descent?": no, each optimiser scales the gradients by its own rule.

    .. math::
       V = \frac{R\, C}{\max(\text{mean}(R), \epsilon_1)}, \quad
       U = \frac{g}{\max(\sqrt{V}, \epsilon_1)}, \quad
       p \leftarrow p - \max(\epsilon_2, \text{rms}(p)) \min\left(\eta, t^{-1/2}\right)
       \frac{U}{\max(1, \text{rms}(U) / d)}

    with :math:`R, C` running means of :math:`g^2` over rows and columns, whose newest share is :math:`t^\tau`.

    Args:
      lr: Largest step :math:`\eta` relative to the parameter's size, or a schedule of the count of updates.
      beta2_decay: Power :math:`\tau` of the newest share, 0 or less.
      eps: :math:`\epsilon_1`, None for the machine epsilon of the dtype, and :math:`\epsilon_2`.
      d: Root mean square :math:`d` beyond which a step is clipped, 1 or more.
      weight_decay: Factor by which, times the learning rate, the parameters shrink.
      maximize: Whether to climb instead of descend.

    Returns:
      An optax transformation; its ``update`` needs the parameters.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> tx = adafactor(lr=0.1)
      >>> w = jnp.ones((2, 2))
      >>> updates, state = tx.update(jnp.full((2, 2), 3.0), tx.init(w), w)
      >>> (w + updates).round(4)
      Array([[0.9, 0.9],
             [0.9, 0.9]], dtype=float32)

    Source:
      PyTorch, ``torch.optim.Adafactor``; Shazeer and Stern 2018.
    """
    for value, is_fine, label in (
        (lr, lambda x: x >= 0, "Learning rate should be >= 0"),
        (beta2_decay, lambda x: x <= 0, "beta2_decay should be <= 0"),
        (eps[0], lambda x: x >= 0, "epsilon1 should be >= 0"),
        (eps[1], lambda x: x >= 0, "epsilon2 should be >= 0"),
        (d, lambda x: x >= 1, "Clipping threshold d should be >= 1"),
        (weight_decay, lambda x: x >= 0, "weight_decay should be >= 0"),
    ):
        if isinstance(value, (int, float)) and not is_fine(value):
            raise ValueError(f"{label} but is: {value}")
    decay = none_if_zero(weight_decay)

    def kernel(
        params: Sequence[Array],
        grads: Sequence[Array],
        rows: Sequence[Any],
        columns: Sequence[Any],
        elements: Sequence[Any],
        *,
        count: Array,
        lr: Any,
    ) -> Sequence[Sequence[Any]]:
        return adafactor_step(
            params,
            grads,
            rows,
            columns,
            elements,
            [count.astype(jnp.float32)] * len(grads),
            lr=lr,
            beta2_decay=beta2_decay,
            eps1=eps[0],
            eps2=eps[1],
            d=d,
            weight_decay=decay,
            maximize=maximize,
        )[:-1]

    slots: dict[str, Any] = {
        "row_var": lambda p: jnp.zeros_like(p[..., :1]) if p.ndim > 1 else None,
        "col_var": lambda p: jnp.zeros_like(p[..., :1, :]) if p.ndim > 1 else None,
        "variance": lambda p: None if p.ndim > 1 else jnp.zeros_like(p),
    }
    return from_kernel(kernel, slots, lr, reads_params=True, why="Adafactor")
