"""Random programs of views and in-place writes, against NumPy, whose views share memory as PyTorch's do.

The programs are affine in their input, so the gradients can be had from NumPy too: the program applied to each unit
vector, less the program applied to zero.
"""

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import compat as torch

SHAPES = [(6,), (3, 4), (2, 3, 2), (1, 3), (2, 0)]


# ---- a program is a list of steps; each picks one of the tensors made so far
@st.composite
def programs(draw: st.DrawFn, writes: bool = True) -> tuple[tuple[int, ...], list[tuple]]:
    """A shape and steps ``(name, which tensor, arguments...)`` that are valid for it."""
    shape = draw(st.sampled_from(SHAPES))
    arrays, steps = [np.zeros(shape)], []
    for _ in range(draw(st.integers(1, 7))):
        which = draw(st.integers(0, len(arrays) - 1))
        a = arrays[which]
        kinds = [*(["flat"] if a.flags.c_contiguous else []), "unsqueeze"]
        kinds += ["transpose", "slice", "select", "narrow"] if a.ndim and a.size else []
        kinds += ["diagonal"] if a.ndim > 1 else []
        kinds += ["add_", "mul_", "zero_", "fill_", "copy_", "setitem", "iadd"] if writes else []
        step = (draw(st.sampled_from(kinds)), which, *_arguments(draw, a, arrays))
        steps.append(step)
        made = apply_numpy(step, arrays)
        if made is not None:
            arrays.append(made)
    return shape, steps


def _arguments(draw: st.DrawFn, a: np.ndarray, arrays: list[np.ndarray]) -> tuple:
    """Everything a step might need, so that steps have one form; each takes what it uses."""
    dim, other_dim = (draw(st.integers(0, max(a.ndim - 1, 0))) for _ in range(2))
    size = a.shape[dim] if a.ndim else 1
    start = draw(st.integers(0, max(size - 1, 0)))
    same_shape = [i for i, b in enumerate(arrays) if b.shape == a.shape]
    return dim, other_dim, start, draw(st.integers(1, 2)), draw(st.sampled_from(same_shape)), draw(st.integers(-3, 3))


def _key(dim: int, start: int, step: int | None) -> tuple:
    return (*[slice(None)] * dim, start if step is None else slice(start, None, step))


def apply_numpy(step: tuple, arrays: list[np.ndarray]) -> np.ndarray | None:
    name, which, dim, other_dim, start, stride, source, number = step
    a = arrays[which]
    views = {
        "flat": lambda: a.reshape(-1),
        "unsqueeze": lambda: np.expand_dims(a, dim),
        "transpose": lambda: a.swapaxes(dim, other_dim),
        "slice": lambda: a[_key(dim, start, stride)],
        "select": lambda: a[(*_key(dim, start, None), ...)],
        "narrow": lambda: a[(*[slice(None)] * dim, slice(start, start + 1))],
        "diagonal": lambda: np.einsum("ii...->...i", _square(a)),
    }
    if name in views:
        return views[name]()
    if name == "setitem":
        a[_key(dim, start, stride) if a.ndim else ...] = number
    elif name == "copy_":
        a[...] = arrays[source].copy()
    else:
        a[...] = {"add_": a + number, "iadd": a + number, "mul_": a * number, "zero_": 0, "fill_": number}[name]
    return None


def _square(a: np.ndarray) -> np.ndarray:
    n = min(a.shape[:2])
    return a[:n, :n]


def apply_torch(step: tuple, tensors: list[Any]) -> Any:
    name, which, dim, other_dim, start, stride, source, number = step
    t = tensors[which]
    views = {
        "flat": lambda: t.view(-1),
        "unsqueeze": lambda: t.unsqueeze(dim),
        "transpose": lambda: t.transpose(dim, other_dim),
        "slice": lambda: t[_key(dim, start, stride)],
        "select": lambda: t.select(dim, start),
        "narrow": lambda: t.narrow(dim, start, 1),
        "diagonal": lambda: t.diagonal(),
    }
    if name in views:
        return views[name]()
    if name == "setitem":
        t[_key(dim, start, stride) if t.dim() else ...] = number
    elif name == "copy_":
        t.copy_(tensors[source].clone())
    elif name == "iadd":
        t += number
    elif name == "zero_":
        t.zero_()
    else:
        getattr(t, name)(number)
    return None


def run_numpy(steps: list[tuple], x: np.ndarray) -> list[np.ndarray]:
    arrays = [x.copy()]
    for step in steps:
        made = apply_numpy(step, arrays)
        if made is not None:
            arrays.append(made)
    return arrays


def start_values(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(1, 1 + int(np.prod(shape)), dtype=np.float32).reshape(shape)


@given(programs())
def test_values(program: tuple) -> None:
    shape, steps = program
    tensors = [torch.tensor(start_values(shape))]
    for step in steps:
        made = apply_torch(step, tensors)
        if made is not None:
            tensors.append(made)
    for got, want in zip(tensors, run_numpy(steps, start_values(shape)), strict=True):
        assert tuple(got.shape) == want.shape
        np.testing.assert_array_equal(got.numpy(), want)


@given(programs())
def test_every_step_is_seen_at_once_through_every_view(program: tuple) -> None:
    shape, steps = program
    tensors, arrays = [torch.tensor(start_values(shape))], [start_values(shape)]
    for step in steps:
        made, want = apply_torch(step, tensors), apply_numpy(step, arrays)
        if want is not None:
            tensors.append(made)
            arrays.append(want)
        for got, expected in zip(tensors, arrays, strict=True):
            np.testing.assert_array_equal(np.array(got.tolist()).reshape(expected.shape), expected)


@given(programs())
def test_versions_are_shared_and_rise_with_each_write(program: tuple) -> None:
    shape, steps = program
    tensors = [torch.tensor(start_values(shape))]
    for step in steps:
        before = tensors[0]._version
        made = apply_torch(step, tensors)
        if made is not None:
            tensors.append(made)
        assert (tensors[0]._version > before) == (made is None)
        assert {t._version for t in tensors} == {tensors[0]._version}


@given(programs())
def test_strides_and_memory(program: tuple) -> None:
    shape, steps = program
    steps = [s for s in steps if apply_is_view(s)]
    tensors, arrays = [torch.tensor(start_values(shape))], [start_values(shape)]
    for step in steps:
        step = (step[0], min(step[1], len(tensors) - 1), *step[2:])
        try:
            want = apply_numpy(step, arrays)
        except (IndexError, ValueError, np.exceptions.AxisError):
            continue  # without the writes and views before it, the step may not fit
        if not np.shares_memory(want, arrays[0]):
            continue  # NumPy copied, as PyTorch's view would refuse
        tensors.append(apply_torch(step, tensors))
        arrays.append(want)
        got = tensors[-1]
        assert got.data_ptr() - tensors[0].data_ptr() == want.ctypes.data - arrays[0].ctypes.data
        long = [i for i, n in enumerate(want.shape) if n > 1]  # the stride of a dimension of one is anybody's
        assert [got.stride()[i] * 4 for i in long] == [want.strides[i] for i in long]
        assert got._base is tensors[0]


def apply_is_view(step: tuple) -> bool:
    return step[0] in ("flat", "unsqueeze", "transpose", "slice", "select", "narrow", "diagonal")


@given(programs())
def test_gradients(program: tuple) -> None:
    shape, steps = program
    x = start_values(shape)

    def loss(values: np.ndarray) -> float:
        return float(sum((a * weights(a.shape, k)).sum() for k, a in enumerate(run_numpy(steps, values))))

    leaf = torch.tensor(x, requires_grad=True)
    tensors = [leaf.clone()]
    for step in steps:
        made = apply_torch(step, tensors)
        if made is not None:
            tensors.append(made)
    total = sum((t * torch.tensor(weights(tuple(t.shape), k))).sum() for k, t in enumerate(tensors))
    total.backward()

    zero = np.zeros(shape, np.float64)
    want = np.zeros(shape, np.float64)
    for i in np.ndindex(*shape):
        unit = zero.copy()
        unit[i] = 1
        want[i] = loss(unit) - loss(zero)
    np.testing.assert_allclose(total.item(), loss(x.astype(np.float64)), rtol=1e-5, atol=1e-3)
    np.testing.assert_allclose(leaf.grad.numpy(), want, rtol=1e-5, atol=1e-3)


def weights(shape: tuple[int, ...], k: int) -> np.ndarray:
    return np.cos(np.arange(int(np.prod(shape))) + k).astype(np.float32).reshape(shape)


def test_writing_through_an_expanded_view_is_refused() -> None:
    t = torch.zeros(1, 3).expand(2, 3)
    with pytest.raises(RuntimeError, match="unsupported operation: more than one element of the written-to tensor"):
        t.add_(1)
