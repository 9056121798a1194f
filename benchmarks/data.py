"""Batches and initial weights, drawn by NumPy: every backend begins with the same numbers."""

import numpy as np


def batch(n=64, shape=(784,), classes=10):
    """Inputs in [0, 1) and labels."""
    r = np.random.default_rng(0)
    return r.random((n, *shape), dtype=np.float32), r.integers(0, classes, n)


class Initial:
    """Initial weights, in the order in which they are asked for; shapes are PyTorch's, (out, in, ...)."""

    def __init__(self):
        self.random = np.random.default_rng(1)

    def __call__(self, *shape):
        bound = np.prod(shape[1:]) ** -0.5
        return self.random.uniform(-bound, bound, shape).astype(np.float32)
