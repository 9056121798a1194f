"""Every row of the table: values, dtypes, gradients and errors against PyTorch's; under vmap against itself."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.helpers import assert_close
from tests.kernel_table import Call, Row, cases, cotangent, differentiable, errors, expected, expected_error, flat

CASES = cases()


@pytest.fixture(autouse=True)
def _wide() -> Any:
    with jax.enable_x64(True):
        yield


def _split(sample: Call) -> tuple[list[np.ndarray], Any]:
    """The arrays of a call, and the call as a function of them."""
    args, kwargs = sample
    arrays: list[np.ndarray] = []

    def hole(x: Any) -> Any:
        if isinstance(x, np.ndarray):
            i = len(arrays)
            arrays.append(x)
            return lambda values: values[i]
        if isinstance(x, list):
            inner = [hole(y) for y in x]
            return lambda values: [f(values) for f in inner]
        return lambda values: x

    holes, named = [hole(a) for a in args], {k: hole(v) for k, v in kwargs.items()}
    return arrays, lambda kernel, values: flat(
        kernel(*[h(values) for h in holes], **{k: h(values) for k, h in named.items()})
    )


def _marked(label: str, row: Row, i: int) -> Any:
    """The first sample of a row is tried always, the rest where there is time (``make crosscheck SLOW=1``)."""
    return pytest.param(label, row, i, id=label, marks=[pytest.mark.slow] if i else [])


@pytest.mark.parametrize(("label", "row", "i"), [_marked(*case) for case in CASES])
def test_values_and_gradients(label: str, row: Row, i: int) -> None:
    """Value and gradients, in one compiled program where the kernel can be jitted."""
    answer = expected(label, row, i)
    arrays, run = _split(row.samples[i])
    wanted = [k for k, x in enumerate(arrays) if row.grad and differentiable(x)]
    values = [jnp.asarray(x) for x in arrays]
    has_gradients = any(k.startswith("g") for k in answer)

    def both(values: list[Any]) -> tuple[list[Any], list[Any]]:
        def of_wanted(*chosen: Any) -> list[Any]:
            full = list(values)
            for k, x in zip(wanted, chosen, strict=True):
                full[k] = x
            return run(row.kernel, full)

        if not has_gradients:
            return run(row.kernel, values), []
        results, pull = jax.vjp(of_wanted, *[values[k] for k in wanted])
        seeds = [
            cotangent(r.shape, r.dtype)
            if jnp.issubdtype(r.dtype, jnp.inexact)
            else np.zeros(r.shape, jax.dtypes.float0)
            for r in results
        ]
        return results, list(pull(seeds))

    results, gradients = (jax.jit(both) if row.jit else both)(values)
    for j, r in enumerate(results):
        assert_close(r, answer[f"v{j}"], row.rtol, row.atol)
    for j, g in enumerate(gradients):
        if f"g{j}" in answer:
            assert_close(g, answer[f"g{j}"], row.rtol, row.atol)


@pytest.mark.slow
@pytest.mark.parametrize(("label", "row", "i"), [c for c in CASES if c[1].jit and c[1].vmap and c[2] == 0])
def test_vmap(label: str, row: Row, i: int) -> None:
    arrays, run = _split(row.samples[i])
    values = [jnp.asarray(x) for x in arrays]
    if not values:
        return
    plain = jax.jit(lambda v: run(row.kernel, v))(values)
    twice = [jnp.stack([v, v]) for v in values]
    for a, b in zip(jax.jit(jax.vmap(lambda v: run(row.kernel, v)))(twice), plain, strict=True):
        assert_close(a[1], b, max(row.rtol, 1e-5), max(row.atol, 1e-6))


@pytest.mark.parametrize(("label", "row", "i"), errors(), ids=[e[0] for e in errors()])
def test_errors(label: str, row: Row, i: int) -> None:
    kind, message = expected_error(label, row, i)
    arrays, run = _split(row.errors[i])
    with pytest.raises(Exception) as caught:  # noqa: PT011, B017 - type and text are compared below
        run(row.kernel, [jnp.asarray(x) for x in arrays])
    assert [type(caught.value).__name__, str(caught.value).splitlines()[0]] == [kind, message]
