"""Files of the safetensors package, for `torch.load`; ``safetensors.torch`` itself works under ``python -m compat``."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np

from compat import _dtype
from compat._checkpoint.locations import locator
from compat._engine.program import host_put
from compat._engine.value import from_buffer
from compat._tensor.tensor import Tensor, make

_DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U8": "uint8", "U16": "uint16", "U32": "uint32", "U64": "uint64", "BOOL": "bool",
    "C64": "complex64", "F8_E4M3": "float8_e4m3fn", "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2": "float8_e5m2",
    "F8_E5M2FNUZ": "float8_e5m2fnuz", "F8_E8M0": "float8_e8m0fnu",
}  # fmt: skip


def load(path: Path, map_location: Any) -> dict[str, Tensor]:
    """Read the tensors of a file.

    Args:
      path: The file.
      map_location: A device or its name; the CPU if None.

    Returns:
      The tensors by name.

    Raises:
      RuntimeError: if safetensors is not installed, or ``map_location`` is something else.
      SafetensorError: if the file is damaged.
    """
    try:
        package = importlib.import_module("safetensors")
    except ImportError as error:
        raise RuntimeError("Attempting to load a safetensors file but safetensors is not installed. Please install "
                           "safetensors with: pip install safetensors") from error
    if isinstance(map_location, dict) or callable(map_location) and not hasattr(map_location, "type"):
        kind = "dict" if isinstance(map_location, dict) else "callable"
        raise RuntimeError(f"Loading safetensors file with {kind} map_location is not supported. Use a device string "
                           "or torch.device instead.")
    where = locator(map_location)("cpu")
    made = {}
    for name, told in package.deserialize(path.read_bytes()):
        if told["dtype"] not in _DTYPES:
            raise NotImplementedError(f"torch.load of tensors of {told['dtype']} is not implemented in compat")
        kind = _dtype.to_numpy(_dtype.NAMES[_DTYPES[told["dtype"]]])
        array = np.frombuffer(bytearray(told["data"]), np.uint8).view(kind).reshape(told["shape"])
        made[name] = make(from_buffer(host_put(array, where), where))
    return made
