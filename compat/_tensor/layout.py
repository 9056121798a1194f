"""How a tensor's elements are stored."""

from __future__ import annotations


class layout:  # noqa: N801 - torch's own name
    """How a tensor's elements are stored: ``torch.strided`` or ``torch.sparse_coo``."""

    def __init__(self, name: str) -> None:
        """A layout of this name."""
        self.name = name

    def __repr__(self) -> str:
        """Like ``torch.strided``."""
        return f"torch.{self.name}"


strided = layout("strided")
sparse_coo = layout("sparse_coo")
