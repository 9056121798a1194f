"""Kernels: pure functions over JAX arrays with PyTorch's names, numerics, dtypes and gradient conventions, one module a family."""
