"""Kernels: pure functions over JAX arrays with PyTorch's names, numerics, dtypes and gradient conventions.

One module a family; none knows about tensors, tapes or devices.
"""
