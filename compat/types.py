"""``torch.types``: names for annotations."""

import os
from collections.abc import Sequence
from typing import IO, TypeAlias

from compat._device import device as _device_class
from compat._dtype import dtype as _dtype_class
from compat._later import later
from compat._size import Size as Size
from compat._tensor.layout import layout as _layout_class
from compat._tensor.tensor import Tensor as Tensor

__getattr__ = later(__name__)

Number: TypeAlias = int | float | bool
Device: TypeAlias = _device_class | str | int | None
FileLike: TypeAlias = str | os.PathLike[str] | IO[bytes]
IntLikeType: TypeAlias = int
FloatLikeType: TypeAlias = float
BoolLikeType: TypeAlias = bool
_int, _float, _bool, _complex = int, float, bool, complex
_dtype, _device, _layout = _dtype_class, _device_class, _layout_class
_size: TypeAlias = Size | list[int] | tuple[int, ...]
_symsize = _size
_TensorOrTensors: TypeAlias = Tensor | Sequence[Tensor]
