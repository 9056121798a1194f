"""What the tape uses of the layers above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from compat._engine.value import Value


class Above:
    """Functions of higher layers, by name.

    Imports go downwards: tensors hold nodes, operators work on tensors. Yet the tape hands tensors out, and with
    ``create_graph`` computes with operators; and ``Tensor(...)`` calls the factories. So those who define these put
    them here when they are imported: ``compat._tensor.tensor`` the first, ``compat._ops`` the others.
    """

    make: Callable[[Value], Any]
    construct: Callable[[type, tuple, dict], Any]
    add: Callable[[Any, Any], Any]
    cast: Callable[[Any, Any], Any]
    stack: Callable[[Sequence[Any]], Any]
