"""Recurrent layers over whole sequences.

The steps are one loop of the compiled program, not one operation after the other: what is compiled does not grow with
the sequence.
"""

from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
from jax import lax

from funcgrad.ops.products import linear
from funcgrad.typing import Array

__all__ = ["recurrent", "recurrent_vjp"]

Mode = Literal["LSTM", "GRU", "RNN_TANH", "RNN_RELU"]


def _lstm_gates(x: Array) -> tuple[Array, Array, Array, Array]:
    """An LSTM's gates. A sigmoid of all four at once, one of them in vain, takes XLA:CPU half the time of three."""
    i, f, _, o = jnp.split(jax.nn.sigmoid(x), 4, -1)
    return i, f, jnp.tanh(jnp.split(x, 4, -1)[2]), o


def _next(
    mode: Mode, gates_in: Array, state: tuple[Array, ...], w_hh: Array, b_hh: Array | None, w_hr: Array | None
) -> tuple[Array, ...]:
    """The state after one step."""
    gates_h = linear(state[0].astype(gates_in.dtype), w_hh, b_hh)
    if mode == "LSTM":
        i, f, g, o = _lstm_gates(gates_in + gates_h)
        c = f * state[1] + i * g
        h = o * jnp.tanh(c)
        return (h if w_hr is None else linear(h.astype(w_hr.dtype), w_hr)), c
    if mode == "GRU":
        r_in, z_in, n_in = jnp.split(gates_in, 3, -1)
        r_h, z_h, n_h = jnp.split(gates_h, 3, -1)
        r, z = jax.nn.sigmoid(r_in + r_h), jax.nn.sigmoid(z_in + z_h)
        n = jnp.tanh(n_in + r * n_h)
        return (n + z * (state[0] - n),)
    total = gates_in + gates_h
    return (jnp.tanh(total) if mode == "RNN_TANH" else jax.nn.relu(total),)


def _first(mode: Mode, gates: Array, h: Array, c: Array | None, projected: bool) -> tuple[Array, ...]:
    """The state before the first step, with the dtypes and, in a ``shard_map``, the axes of those after it.

    Gates of half precision, as autocast makes them, leave a cell state, and what is mixed with the old state, wider.
    """
    if c is not None:
        c = c.astype(jnp.promote_types(gates.dtype, c.dtype))
    if mode == "GRU":
        kind = jnp.promote_types(gates.dtype, h.dtype)
    else:
        kind = gates.dtype if c is None or projected else c.dtype
    return _along(gates, h.astype(kind)) if c is None else _along(gates, h.astype(kind), c)


def _along(gates: Array, *state: Array) -> tuple[Array, ...]:
    """The state as one that differs along those axes of a ``shard_map`` that the gates differ along."""
    axes = _varying(gates)
    return tuple(lax.pcast(s, tuple(missing), to="varying") if (missing := axes - _varying(s)) else s for s in state)


def _varying(x: Array) -> frozenset[str]:
    """The axes of a ``shard_map`` that an array's parts differ along."""
    kind = jax.typeof(x)
    return getattr(getattr(kind, "manual_axis_type", None), "varying", None) or getattr(kind, "vma", frozenset())


def recurrent(
    gates: Array,
    h: Array,
    w_hh: Array,
    c: Array | None = None,
    b_hh: Array | None = None,
    w_hr: Array | None = None,
    lengths: Array | None = None,
    mode: Mode = "LSTM",
    reverse: bool = False,
) -> tuple[Array, ...]:
    """One layer in one direction.

    Args:
      gates: The input's part of the gates at each step, ``(L, N, gates)``.
      h: The first hidden state, ``(N, H)``.
      w_hh: The weight of the hidden state, ``(gates, H)``.
      c: An LSTM's first cell state.
      b_hh: The bias of the hidden state.
      w_hr: An LSTM's projection of the hidden state.
      lengths: The sequences' lengths; beyond one the state stays and the output is 0. All are whole if None.
      mode: Which kind of layer.
      reverse: Whether the last step comes first.

    Returns:
      The output at each step, and the last hidden state; an LSTM's last cell state too.

    Example:
      >>> out, last = recurrent(jnp.ones((3, 1, 2)), jnp.zeros((1, 2)), jnp.eye(2), mode="RNN_RELU")
      >>> out[:, 0, 0].tolist(), last.tolist()
      ([1.0, 2.0, 3.0], [[3.0, 3.0]])

    Source:
      PyTorch, ``torch.nn.LSTM``, ``torch.nn.GRU``, ``torch.nn.RNN``.
    """

    def step(state: tuple[Array, ...], given: tuple[Array, Array]) -> tuple[tuple[Array, ...], Array]:
        gates_in, t = given
        new = _next(mode, gates_in, state, w_hh, b_hh, w_hr)
        if lengths is None:
            return new, new[0]
        alive = lengths[:, None] > t
        kept = tuple(jnp.where(alive, a, b) for a, b in zip(new, state, strict=True))
        return kept, new[0] * alive.astype(new[0].dtype)

    first = _first(mode, gates, h, c, w_hr is not None)
    last, out = lax.scan(step, first, (gates, jnp.arange(gates.shape[0])), reverse=reverse)
    return out, *last


def recurrent_vjp(
    cotangents: tuple[Array, ...],
    results: tuple[Array, ...],
    gates: Array,
    h: Array,
    w_hh: Array,
    c: Array | None = None,
    b_hh: Array | None = None,
    w_hr: Array | None = None,
    lengths: Array | None = None,
    mode: Mode = "LSTM",
    reverse: bool = False,
) -> tuple[Array, ...]:
    """Backward of `recurrent`: to ``gates``, ``h``, ``w_hh``, ``c``, ``b_hh`` and ``w_hr``, as far as there are such.

    What jax derives goes through the sequence again to know the gates. But an LSTM's output holds all hidden states, so
    that its gates are one product, and what is left for the loops is a product and a few multiplications a step.
    """
    given = [x for x in (gates, h, w_hh, c, b_hh) if x is not None]
    if mode != "LSTM" or w_hr is not None or lengths is not None or len({x.dtype for x in given}) > 1:
        forward = partial(recurrent, lengths=lengths, mode=mode, reverse=reverse)
        grads = jax.vjp(forward, gates, h, w_hh, c, b_hh, w_hr)[1](cotangents)
        return tuple(g for g in grads if g is not None)
    out, (h, c) = results[0], _along(gates, h, c)
    hidden = jnp.concatenate([out[1:], h[None]] if reverse else [h[None], out[:-1]])  # before each step, (L, N, H)
    i, f, g, o = _lstm_gates(gates + linear(hidden, w_hh, b_hh))

    def cell(c: Array, given: tuple[Array, Array]) -> tuple[Array, Array]:
        f, new = given
        return f * c + new, c

    cells = lax.scan(cell, c, (f, i * g), reverse=reverse)[1]
    t = jnp.tanh(f * cells + i * g)
    # the derivatives of the cell by what the first three gates are made of, and of the output by the last and the cell
    by_gates = jnp.concatenate([g * i * (1 - i), cells * f * (1 - f), i * (1 - g * g), t * o * (1 - o)], -1)
    by_cell = o * (1 - t * t)

    def back(d: tuple[Array, Array], given: tuple[Array, ...]) -> tuple[tuple[Array, Array], Array]:
        f, by_gates, by_cell, d_out = given
        d_h = d[0] + d_out
        d_c = d[1] + d_h * by_cell
        d_gates = jnp.concatenate([d_c, d_c, d_c, d_h], -1) * by_gates
        return (d_gates @ w_hh, d_c * f), d_gates

    last = _along(gates, *cotangents[1:])
    (d_h, d_c), d_gates = lax.scan(back, last, (f, by_gates, by_cell, cotangents[0]), reverse=not reverse)
    d_w = jnp.einsum("lng,lnh->gh", d_gates, hidden)
    return d_gates, d_h, d_w, d_c, *(() if b_hh is None else (d_gates.sum((0, 1)),))
