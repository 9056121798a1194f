"""Muon with PyTorch's rule: momentum made orthogonal, for the matrices of hidden layers."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax

from funcgrad.dtypes import opmath, scalar
from funcgrad.optim._arithmetic import add, complement, lerp, shrink, wide
from funcgrad.optim._transformation import Hyperparameter, LearningRate, from_kernel
from funcgrad.typing import Array, Number

__all__ = ["ADJUSTMENTS", "COEFFICIENTS", "check_iteration", "muon", "muon_step", "orthogonalized"]

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic, steepest at 0; Jordan's
ADJUSTMENTS = ("original", "match_rms_adamw")


def check_iteration(ns_steps: int, coefficients: Sequence[Number]) -> None:
    """Raises PyTorch's ValueError for 100 iterations or more, and for coefficients that are not three."""
    if ns_steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")


def orthogonalized(
    matrix: Array, coefficients: Sequence[Number] = COEFFICIENTS, ns_steps: int = 5, eps: Number = 1e-7
) -> Array:
    """Roughly the orthogonal factor ``U @ V.T`` of ``matrix = U @ S @ V.T``, in bfloat16.

    Newton and Schulz's iteration with a quintic that sends singular values into about (0.7, 1.2) instead of to 1.

    Args:
      matrix: ``(m, n)``.
      coefficients: Of the quintic's three terms.
      ns_steps: How often it is applied, a Python integer.
      eps: Least norm to divide by.

    Returns:
      ``(m, n)``, bfloat16.

    Raises:
      ValueError: if the matrix is none, there are not three coefficients, or 100 iterations or more.

    Example:
      >>> orthogonalized(jnp.diag(jnp.array([3.0, 3.0]))).astype(jnp.float32).diagonal().round(1)
      Array([1.1, 1.1], dtype=float32)
    """
    check_iteration(ns_steps, coefficients)
    if matrix.ndim != 2:
        raise ValueError("Input tensor gradient must be a 2D matrix")
    first, third, fifth = coefficients
    is_tall = matrix.shape[0] > matrix.shape[1]  # the products are of the shorter side
    x = _rounded(matrix.astype(jnp.float32))
    x = x.T if is_tall else x
    norm = _rounded(jnp.sqrt(jnp.sum(jnp.square(x.astype(jnp.float32)))))
    x = _rounded(x.astype(jnp.float32) / jnp.maximum(norm, scalar(eps, x.dtype)).astype(jnp.float32))
    for _ in range(ns_steps):
        gram = _rounded(_product(x, x.T))
        polynomial = _rounded(_scaled(gram, third) + _product(gram, gram) * scalar(fifth, jnp.float32))
        x = _rounded(_scaled(x, first) + _product(polynomial, x))
    return x.T if is_tall else x


def _product(a: Array, b: Array) -> Array:
    return jnp.matmul(a, b, preferred_element_type=jnp.float32)


def _scaled(x: Array, factor: Number) -> Array:
    return x.astype(jnp.float32) * scalar(factor, jnp.float32)


def _rounded(x: Array) -> Array:
    """To bfloat16, once for each sum: the iteration enlarges what is rounded more often, or not at all."""
    info = jnp.finfo(jnp.bfloat16)
    return jax.lax.reduce_precision(x, info.nexp, info.nmant).astype(jnp.bfloat16)


def muon_step(
    params: Sequence[Array],
    grads: Sequence[Array],
    momentum_buffers: Sequence[Array],
    *,
    lr: Number,
    weight_decay: Number = 0.1,
    momentum: Number = 0.95,
    coefficients: Sequence[Number] = COEFFICIENTS,
    eps: Number = 1e-7,
    nesterov: bool = True,
    ns_steps: int = 5,
    adjust_lr_fn: str | None = None,
) -> tuple[list[Array], list[Array]]:
    """One step of Muon: the parameters shrink, and go along the orthogonalised momentum.

    Returns:
      The new parameters and buffers.

    Example:
      >>> w, _ = muon_step([jnp.eye(2)], [jnp.eye(2)], [jnp.zeros((2, 2))], lr=0.5, weight_decay=0.5)
      >>> w[0].diagonal().round(1)
      Array([0.2, 0.2], dtype=float32)
    """
    buffers = [lerp(buf, grad, complement(momentum)) for buf, grad in zip(momentum_buffers, grads, strict=True)]
    new = []
    for base, grad, buffer in zip(shrink(params, lr, weight_decay), grads, buffers, strict=True):
        along = lerp(grad, buffer, momentum) if nesterov else buffer
        along = orthogonalized(along, coefficients, ns_steps, eps).astype(opmath(base.dtype))
        new.append(add(base, along, -wide(lr) * _ratio(base.shape, adjust_lr_fn)))
    return new, buffers


def _ratio(shape: tuple[int, ...], adjust_lr_fn: str | None) -> float:
    """What the learning rate of a matrix is multiplied by."""
    if adjust_lr_fn == "match_rms_adamw":
        return 0.2 * math.sqrt(max(shape))
    return math.sqrt(max(1, shape[0] / shape[1]))


def muon(
    lr: LearningRate = 1e-3,
    weight_decay: Hyperparameter = 0.1,
    momentum: Hyperparameter = 0.95,
    nesterov: bool = True,
    ns_coefficients: tuple[float, float, float] = COEFFICIENTS,
    eps: Hyperparameter = 1e-7,
    ns_steps: int = 5,
    adjust_lr_fn: str | None = None,
) -> optax.GradientTransformation:
    r"""Muon, PyTorch's rule, for matrices; give other parameters to `adamw`, by ``optax.multi_transform``.

    Answers "is ``step()`` always plain gradient descent?": no, here all singular values of a step are about equal.

    .. math::
       b \leftarrow \mu b + (1 - \mu) g, \qquad
       p \leftarrow (1 - \eta\lambda)\, p - \eta\, r\, \text{orthogonalized}(\mu b + (1 - \mu) g)

    Args:
      lr: Learning rate :math:`\eta`, or a schedule of the count of updates.
      weight_decay: Factor :math:`\lambda` by which, times the learning rate, the parameters shrink.
      momentum: Decay rate :math:`\mu` of the mean gradient.
      nesterov: Whether to look ahead, as above, instead of going along :math:`b` itself.
      ns_coefficients: See `orthogonalized`.
      eps: See `orthogonalized`.
      ns_steps: See `orthogonalized`.
      adjust_lr_fn: How a matrix's shape enters by :math:`r`: ``"original"`` (None likewise) or ``"match_rms_adamw"``.

    Returns:
      An optax transformation; its ``update`` needs the parameters.

    Raises:
      ValueError: if a number is out of its range, or a parameter is no matrix.

    Example:
      >>> tx = muon(lr=0.5)
      >>> w = jnp.zeros((2, 2))
      >>> updates, state = tx.update(jnp.eye(2), tx.init(w), w)
      >>> updates.diagonal().round(1)
      Array([-0.6, -0.6], dtype=float32)

    Source:
      PyTorch, ``torch.optim.Muon``; Jordan et al. 2024; Liu et al. 2025 for ``"match_rms_adamw"``.
    """
    for value, label in ((lr, "Learning rate"), (momentum, "momentum"), (weight_decay, "weight decay")):
        if isinstance(value, (int, float)) and not value >= 0.0:
            raise ValueError(f"{label} should be >= 0 but is: {value}")
    if adjust_lr_fn is not None and adjust_lr_fn not in ADJUSTMENTS:
        raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")

    def fill(param: Array) -> Array:
        if param.ndim != 2:
            raise ValueError(
                f"Muon only supports 2D parameters whereas we found a parameter with size: {tuple(param.shape)}"
            )
        return jnp.zeros_like(param)

    def kernel(
        params: Sequence[Array], grads: Sequence[Array], buffers: Sequence[Array], *, count: Array, lr: Any
    ) -> Sequence[Sequence[Any]]:
        return muon_step(
            params,
            grads,
            buffers,
            lr=lr,
            weight_decay=weight_decay,
            momentum=momentum,
            coefficients=ns_coefficients,
            eps=eps,
            nesterov=nesterov,
            ns_steps=ns_steps,
            adjust_lr_fn=adjust_lr_fn,
        )

    return from_kernel(kernel, {"momentum_buffer": fill}, lr, reads_params=True, why="Muon")
