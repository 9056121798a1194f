"""``torch.hub``: its progress bar; models are not fetched."""

from __future__ import annotations

import importlib
from typing import Any

from compat._later import later

_absent = later(__name__)


def __getattr__(name: str) -> Any:
    """The bar of `tqdm`, which programs import from here; what else there is says that it is not implemented."""
    return importlib.import_module("tqdm").tqdm if name == "tqdm" else _absent(name)
