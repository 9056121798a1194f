"""Random numbers, seeds, states, dropout masks and nn.init: PyTorch's CPU stream, value by value."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import compat
from compat._boxmuller import fused_doubles
from compat._random import Generator, seed_thread
from tests.oracle import answers
from tests.oracle.tensor_cases import RANDOM, TENSORS, observe
from tests.spec.compare import differences, encode


@pytest.fixture(scope="session")
def torch_answers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, Any]:
    return answers("tests.oracle.record_tensors", TENSORS, tmp_path_factory, worker_id)


@pytest.mark.parametrize("row", RANDOM)
def test_row(row: str, torch_answers: dict[str, Any]) -> None:
    # One bit of float32; the last bits of an orthogonal basis depend on the order of sums in the QR decomposition.
    rtol, atol = (1e-4, 1e-6) if "orthogonal_" in row else (1.2e-7, 1e-12)
    lines = differences(torch_answers[row], encode(observe(row, compat), "compat"), rtol, atol)
    assert not lines, "\n".join([row, *lines])


def test_threads_share_a_generator_without_losing_or_repeating_numbers() -> None:
    generator = Generator().manual_seed(5)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda _: compat.rand(500, generator=generator).numpy(), range(20)))
    together = compat.rand(10_000, generator=Generator().manual_seed(5)).numpy()
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.sort(together))


def test_a_thread_may_have_a_default_generator_of_its_own() -> None:
    def work(seed: int) -> list[float]:
        seed_thread(seed)
        return compat.rand(3).tolist()

    compat.manual_seed(1)
    expected = compat.rand(3).tolist()
    compat.manual_seed(2)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work, 1).result() == expected
    state = compat.get_rng_state()
    assert compat.initial_seed() == 2
    assert compat.equal(state, compat.manual_seed(2).get_state())


@pytest.mark.parametrize("twin", [Generator.clone_state, copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))])
def test_copies_continue_alike_and_apart(twin: Any) -> None:
    generator = Generator().manual_seed(3)
    compat.randn(3, generator=generator)  # leaves a second normal number behind
    other = twin(generator)
    first = compat.randn(2, generator=generator).tolist()
    assert compat.randn(2, generator=other).tolist() == first
    assert compat.randn(2, generator=other).tolist() != first


def test_fork_rng_restores_the_stream_even_after_an_error() -> None:
    compat.manual_seed(0)
    state = compat.get_rng_state()
    with pytest.raises(ZeroDivisionError), compat.random.fork_rng():
        compat.manual_seed(99)
        raise ZeroDivisionError
    assert compat.equal(compat.get_rng_state(), state)


def test_fused_multiply_add_rounds_once() -> None:
    a, b = 1.0 + 2.0**-52, 1.0 - 2.0**-52  # a * b rounds to 1, exactly it is 1 - 2**-104
    assert fused_doubles(np.array([a]), b, -1.0)[0] == -(2.0**-104)


def test_random_fills_of_tensors_with_history_pass_no_gradient_on() -> None:
    x = compat.ones(3, requires_grad=True)
    y = x * 2
    y.uniform_()
    (y * 3).sum().backward()
    assert y.grad_fn is not None
    assert y.grad_fn.name() == "UniformBackward0"
    assert x.grad.tolist() == [0.0, 0.0, 0.0]
