"""Memory shared with NumPy: one memory, both ways, for as long as the array lives."""

import gc
import weakref

import numpy as np
import pytest

import compat as torch


def test_from_numpy_both_ways() -> None:
    a = np.arange(6.0).reshape(2, 3)
    t = torch.from_numpy(a)
    row = t[1]
    a[1, 0] = 30
    assert t[1, 0].item() == row[0].item() == 30
    row.mul_(2)
    np.testing.assert_array_equal(a[1], [60, 8, 10])
    t.t()[0, 0] = -1
    assert a[0, 0] == -1


def test_numpy_both_ways_through_views() -> None:
    t = torch.zeros(2, 3)
    a, column = t.numpy(), t[:, 1].numpy()
    t += 1
    column[0] = 5
    np.testing.assert_array_equal(a, [[1, 5, 1], [1, 1, 1]])
    np.testing.assert_array_equal(t.numpy(), a)
    assert t.sum().item() == 10


def test_the_tensor_keeps_the_last_values_when_the_array_goes() -> None:
    a = np.ones(3)
    t = torch.from_numpy(a)
    alive = weakref.ref(a)
    a[2] = 7
    del a
    gc.collect()
    assert t.tolist() == [1, 1, 7]
    assert alive() is None  # once read, the tensor does not keep the array
    t.add_(1)
    assert t.tolist() == [2, 2, 8]


def test_a_slice_of_the_array_is_enough() -> None:
    t = torch.zeros(4)
    part = t.numpy()[2:]
    gc.collect()
    part[0] = 3
    t[3] = 4
    assert t.tolist() == [0, 0, 3, 4]
    assert part.tolist() == [3, 4]


def test_the_array_outlives_the_tensor() -> None:
    t = torch.ones(2) * 3
    a = t.numpy()
    del t
    gc.collect()
    assert a.tolist() == [3, 3]


def test_a_copy_is_a_copy() -> None:
    a = np.ones(2, np.float32)
    t = torch.tensor(a)
    y = torch.from_numpy(a) + 0
    a[0] = 9
    assert t.tolist() == [1, 1]
    assert y.tolist() == [1, 1]


def test_training_on_shared_memory() -> None:
    a = np.zeros(2, np.float32)
    w = torch.from_numpy(a).requires_grad_()
    optimizer = torch.optim.SGD([w], lr=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        ((w - 1) ** 2).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(a, [1, 1])


def test_a_read_only_array_warns() -> None:
    a = np.ones(2)
    a.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        assert torch.from_numpy(a).tolist() == [1, 1]


def test_large_arrays_are_read_afresh() -> None:
    a = np.zeros(10_000)
    t = torch.from_numpy(a)
    assert t.sum().item() == 0
    a[:] = 1
    assert t.sum().item() == 10_000
