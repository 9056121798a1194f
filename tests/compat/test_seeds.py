"""Fifty seeds: after twenty steps of training the weights are PyTorch's."""

import numpy as np
import pytest

import compat
from tests.helpers import torch_or_none
from tests.oracle.seed_cases import COUNT, SEEDS, train


@pytest.mark.parametrize("seed", range(COUNT))
def test_weights_after_twenty_steps(seed: int) -> None:
    torch = torch_or_none()
    if torch is None:
        with np.load(SEEDS) as kept:
            expected = kept["weights"][seed]
    else:
        expected = train(torch, seed)
    actual = train(compat, seed)
    assert actual.shape == expected.shape
    # relative to the size of what is compared: a weight that happens to be next to 0 has the error of its neighbours
    assert np.linalg.norm(actual - expected) <= 1e-5 * np.linalg.norm(expected)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).mean())
