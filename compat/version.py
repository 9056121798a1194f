"""``torch.version``: the version of PyTorch that compat follows."""

__version__ = "2.13.0"
debug = False
git_version = "unknown"
cuda: str | None = None
hip: str | None = None
rocm: str | None = None
xpu: str | None = None
__all__ = ["__version__", "cuda", "debug", "git_version", "hip", "rocm", "xpu"]
