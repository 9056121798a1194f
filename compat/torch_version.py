"""``torch.torch_version``: a version that is a text and compares as a version: "2.13.0" comes after "2.8"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from packaging.version import InvalidVersion, Version

from compat.version import __version__ as _ours

__all__ = ["TorchVersion"]


class TorchVersion(str):
    """A version as text, compared number by number with texts, sequences of numbers and packaging's versions.

    With what is no version it compares as text.

    Example:
      >>> TorchVersion("2.13.0") >= "2.8", TorchVersion("2.13.0") > (2, 14), TorchVersion("2.13.0") == "parrot"
      (True, False, False)
    """

    __slots__ = ()
    __hash__ = str.__hash__

    def _compare(self, other: Any, method: str) -> bool:
        try:
            return getattr(Version(self), method)(_version(other))
        except InvalidVersion:
            return getattr(str, method)(self, other)

    def __eq__(self, other: Any) -> bool:
        return self._compare(other, "__eq__")

    def __lt__(self, other: Any) -> bool:
        return self._compare(other, "__lt__")

    def __le__(self, other: Any) -> bool:
        return self._compare(other, "__le__")

    def __gt__(self, other: Any) -> bool:
        return self._compare(other, "__gt__")

    def __ge__(self, other: Any) -> bool:
        return self._compare(other, "__ge__")


def _version(of: Any) -> Version:
    if isinstance(of, Version):
        return of
    if isinstance(of, str):
        return Version(of)
    if isinstance(of, Iterable):
        return Version(".".join(map(str, of)))
    raise InvalidVersion(of)


__version__ = TorchVersion(_ours)
