"""PyTorch's concepts and numerics as pure functions over JAX arrays."""
