"""``torch.FloatTensor`` and its like: constructors of one dtype, and types for ``isinstance``."""

from __future__ import annotations

from typing import Any

from compat import _dtype
from compat._ops.data import legacy_tensor
from compat._tensor.tensor import Tensor


class _TypeMeta(type):
    """``isinstance(x, torch.FloatTensor)`` asks for the dtype and device."""

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Tensor) and x.dtype is cls.dtype and x.device.type == cls.kind


def _make(name: str, dtype: _dtype.dtype, kind: str = "cpu") -> type:
    def new(cls: type, *args: Any, **kwargs: Any) -> Tensor:
        if cls.kind != "cpu":  # type: ignore[attr-defined]
            kwargs["device"] = cls.kind  # type: ignore[attr-defined]
        return legacy_tensor(Tensor, args, kwargs, dtype)

    module = "torch" if kind == "cpu" else f"torch.{kind}"
    return _TypeMeta(name, (), {"__new__": new, "dtype": dtype, "kind": kind, "__module__": module,
                                "__doc__": f"Makes {dtype} tensors from data or sizes."})


_NAMES = dict(FloatTensor=_dtype.float32, DoubleTensor=_dtype.float64, HalfTensor=_dtype.float16,
              BFloat16Tensor=_dtype.bfloat16, ByteTensor=_dtype.uint8, CharTensor=_dtype.int8, ShortTensor=_dtype.int16,
              IntTensor=_dtype.int32, LongTensor=_dtype.int64, BoolTensor=_dtype.bool_)
TYPES: dict[str, type] = {n: _make(n, d) for n, d in _NAMES.items()}
CUDA_TYPES: dict[str, type] = {n: _make(n, d, "cuda") for n, d in _NAMES.items()}


def set_default_tensor_type(t: Any, /) -> None:
    """Set the default dtype through a legacy type such as ``torch.DoubleTensor`` or its name."""
    given = _dtype.parse_type_string(t) if isinstance(t, str) else t
    _dtype.set_default_dtype(given.dtype)
