"""Handles that take a registered hook away again (`torch.utils.hooks`)."""

from compat._hooks import RemovableHandle as RemovableHandle
from compat._hooks import unserializable_hook as unserializable_hook

__all__ = ["RemovableHandle", "unserializable_hook"]
