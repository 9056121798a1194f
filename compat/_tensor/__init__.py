"""Tensors: storages, views, the Tensor class, indexing and printing."""
