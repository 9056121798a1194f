"""Recurrences, step by step, over padded sequences."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compat._ops import creation
from compat._ops.data import tensor
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor
from compat.nn._functional.dropout import dropout
from compat.nn._functional.linear import linear


def cell(mode: str, x: Tensor, state: tuple[Tensor, ...], weights: Sequence[Tensor], bias: bool,
         projected: bool = False) -> tuple[Tensor, ...]:
    """One step: the next state from the input ``(N, I)`` and the state ``(N, H)``."""
    w_ih, w_hh, *rest = weights
    b_ih, b_hh = rest[:2] if bias else (None, None)
    _check_cell(x, state, w_ih.size(1), w_hh.size(1))
    return _step(mode, linear(x, w_ih, b_ih), state, w_hh, b_hh, rest[-1] if projected else None)


def _check_cell(x: Tensor, state: tuple[Tensor, ...], input_size: int, hidden_size: int) -> None:
    if x.size(1) != input_size:
        raise RuntimeError(f"input has inconsistent input_size: got {x.size(1)} expected {input_size}")
    for i, each in enumerate(state):
        if each.size(0) != x.size(0):
            raise RuntimeError(f"Input batch size {x.size(0)} doesn't match hidden{i} batch size {each.size(0)}")
        if each.size(1) != hidden_size:
            raise RuntimeError(f"hidden{i} has inconsistent hidden_size: got {each.size(1)}, expected {hidden_size}")


def _step(mode: str, gates_in: Tensor, state: tuple[Tensor, ...], w_hh: Tensor, b_hh: Tensor | None,
          w_hr: Tensor | None) -> tuple[Tensor, ...]:
    """One step from the input's part of the gates."""
    h = state[0]
    gates_h = linear(h, w_hh, b_hh)
    if mode == "LSTM":
        i, f, g, o = (gates_in + gates_h).chunk(4, 1)
        c = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        return (h if w_hr is None else linear(h, w_hr)), c
    if mode == "GRU":
        r_in, z_in, n_in = gates_in.chunk(3, 1)
        r_h, z_h, n_h = gates_h.chunk(3, 1)
        r, z = (r_in + r_h).sigmoid(), (z_in + z_h).sigmoid()
        n = (n_in + r * n_h).tanh()
        return (n + z * (h - n),)
    total = gates_in + gates_h
    return (total.tanh() if mode == "RNN_TANH" else total.relu(),)


def layers(mode: str, x: Tensor, state: tuple[Tensor, ...], weights: Sequence[Sequence[Tensor]], bias: bool,
           num_layers: int, drop: float, bidirectional: bool, projected: bool,
           lengths: Sequence[int] | None) -> tuple[Tensor, tuple[Tensor, ...]]:
    """All layers over ``x`` ``(L, N, I)``: the output ``(L, N, directions * H)`` and the final states."""
    directions = 2 if bidirectional else 1
    final: list[tuple[Tensor, ...]] = []
    for i in range(num_layers):
        outs = []
        for d in range(directions):
            k = i * directions + d
            out, last = _direction(mode, x, tuple(s[k] for s in state), weights[k], bias, projected, d == 1, lengths)
            outs.append(out)
            final.append(last)
        x = outs[0] if directions == 1 else ops.cat(outs, -1)
        if drop > 0.0 and i < num_layers - 1:
            x = dropout(x, drop, True)
    return x, tuple(ops.stack(list(parts)) for parts in zip(*final, strict=True))


def _direction(mode: str, x: Tensor, state: tuple[Tensor, ...], weights: Sequence[Tensor], bias: bool, projected: bool,
               reverse: bool, lengths: Sequence[int] | None) -> tuple[Tensor, tuple[Tensor, ...]]:
    """One layer in one direction; beyond a sequence's length the state stays and the output is 0."""
    w_ih, w_hh, *rest = weights
    b_ih, b_hh = rest[:2] if bias else (None, None)
    w_hr = rest[-1] if projected else None
    gates = linear(x, w_ih, b_ih)  # (L, N, gates): one product for all steps
    limit = None if lengths is None else tensor(list(lengths), device=x.device)
    h, *c = state
    # the weights as autocast has them, which a product of a step by itself would ask for
    out, *last = ops._recurrent(gates, h, w_hh.to(gates.dtype), (*c, None)[0], *_as(gates, (b_hh, w_hr)), limit,
                                mode=mode, reverse=reverse)
    return out, tuple(last)


def _as(like: Tensor, tensors: Sequence[Tensor | None]) -> list[Tensor | None]:
    """The tensors in another one's dtype."""
    return [t if t is None else t.to(like.dtype) for t in tensors]


def padded(packed: Any) -> tuple[Tensor, list[int]]:
    """The sequences ``(L, N, *)`` of a PackedSequence, longest first, and their lengths."""
    sizes = [int(n) for n in packed.batch_sizes.tolist()]
    rows = packed.data.split(sizes)
    n = sizes[0]
    full = []
    for step, size in zip(rows, sizes, strict=True):
        if size < n:
            fill = creation.zeros((n - size, *step.shape[1:]), dtype=step.dtype, device=step.device)
            step = ops.cat([step, fill])
        full.append(step)
    return ops.stack(full), [sum(size > i for size in sizes) for i in range(n)]


def repacked(output: Tensor, like: Any) -> Any:
    """An output ``(L, N, *)`` as a PackedSequence in the layout of ``like``."""
    sizes = [int(n) for n in like.batch_sizes.tolist()]
    data = ops.cat([output[t][:size] for t, size in enumerate(sizes)])
    return type(like)(data, like.batch_sizes, like.sorted_indices, like.unsorted_indices)
