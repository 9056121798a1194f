"""Packages that need PyTorch itself: what to do without them."""

_DATASETS = "its data sets are in other packages (`datasets`, scikit-learn, tensorflow-datasets)"
# What each lacks here is code of its own in C++ or CUDA, compiled against PyTorch's.
PACKAGES = {
    "apex": "torch.amp and torch.optim have its mixed precision and its optimizers",
    "deepspeed": "compat trains in one process; leave it out",
    "fairscale": "compat trains in one process; leave it out",
    "flash_attn": "torch.nn.functional.scaled_dot_product_attention computes the same",
    "torch_scatter": "Tensor.scatter_reduce_ and Tensor.index_add_ compute the same",
    "torch_sparse": "Tensor.scatter_reduce_ and Tensor.index_add_ do what its products do",
    "torch_xla": "compat runs on XLA already; leave it out",
    "torchaudio": f"soundfile or librosa read audio, torch.stft computes spectrograms; {_DATASETS}",
    "torchtext": f"{_DATASETS}, and `tokenizers` has its tokenizers",
    "torchvision": f"{_DATASETS}; Pillow or NumPy do its transforms; its models are modules to copy into the program",
    "triton": "it compiles kernels for GPUs that PyTorch launches; write the operation with torch's functions",
    "xformers": "torch.nn.functional.scaled_dot_product_attention computes the same",
}


def advice(package: str) -> str:
    """One sentence for somebody who imports the package.

    Args:
      package: A key of ``PACKAGES``.

    Example:
      >>> advice("xformers").partition(":")[0]
      "xformers needs PyTorch's own C++ libraries, which are not here, installed or not"
    """
    return f"{package} needs PyTorch's own C++ libraries, which are not here, installed or not: {PACKAGES[package]}"
