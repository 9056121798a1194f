"""torch.dtype objects, their numpy counterparts, and what can be asked about them (finfo, iinfo, promotion)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from funcgrad import dtypes as core


class dtype:  # noqa: N801 - torch's own name
    """The data type of a tensor; one object each, compared by identity.

    Attributes:
      name: The name without the ``torch.`` prefix.
      numpy: The numpy (or ml_dtypes) type of the same layout, None if there is none.
      scalar_name: PyTorch's internal name (``"Float"``), as its error messages show it.
      is_floating_point: Whether values are real floating point numbers.
      is_complex: Whether values are complex numbers.
      itemsize: Bytes an element.
    """

    __slots__ = ("name", "numpy", "scalar_name", "is_floating_point", "is_complex", "itemsize", "_signed")

    name: str
    numpy: np.dtype | None
    scalar_name: str
    is_floating_point: bool
    is_complex: bool
    itemsize: int
    _signed: bool | None

    def __new__(cls, *args: object, **kwargs: object) -> dtype:
        """Refuse: the objects of this module are all there are."""
        raise TypeError("cannot create 'torch.dtype' instances")

    def __repr__(self) -> str:
        """Return ``torch.float32``."""
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple:
        """Pickle by name, so that unpickling gives the same object."""
        return _named, (self.name,)

    def __copy__(self) -> dtype:
        """Return itself."""
        return self

    def __deepcopy__(self, memo: dict) -> dtype:
        """Return itself."""
        return self

    @property
    def is_signed(self) -> bool:
        """Whether negative values can be represented."""
        if self._signed is None:
            raise RuntimeError("isSignedType not supported for quantized types")
        return self._signed

    def to_real(self) -> dtype:
        """Return the type of this type's real part (itself unless complex)."""
        return _TO_REAL.get(self.name, self)

    def to_complex(self) -> dtype:
        """Return the complex type whose parts have this type (itself if complex)."""
        if self.is_complex:
            return self
        if self.name not in _TO_COMPLEX:
            raise RuntimeError(f"Unknown Complex ScalarType for {self.scalar_name}")
        return _TO_COMPLEX[self.name]


def _make(
    name: str, scalar_name: str, numpy: Any = None, kind: str = "int", signed: bool | None = True, itemsize: int = 1
) -> dtype:
    self = object.__new__(dtype)
    self.name, self.scalar_name, self._signed = name, scalar_name, signed
    self.numpy = None if numpy is None else np.dtype(numpy)
    self.is_floating_point, self.is_complex = kind == "float", kind == "complex"
    self.itemsize = itemsize if self.numpy is None else self.numpy.itemsize
    return self


float64 = _make("float64", "Double", np.float64, "float")
float32 = _make("float32", "Float", np.float32, "float")
float16 = _make("float16", "Half", np.float16, "float")
bfloat16 = _make("bfloat16", "BFloat16", ml_dtypes.bfloat16, "float")
float8_e4m3fn = _make("float8_e4m3fn", "Float8_e4m3fn", ml_dtypes.float8_e4m3fn, "float")
float8_e5m2 = _make("float8_e5m2", "Float8_e5m2", ml_dtypes.float8_e5m2, "float")
float8_e4m3fnuz = _make("float8_e4m3fnuz", "Float8_e4m3fnuz", ml_dtypes.float8_e4m3fnuz, "float")
float8_e5m2fnuz = _make("float8_e5m2fnuz", "Float8_e5m2fnuz", ml_dtypes.float8_e5m2fnuz, "float")
float8_e8m0fnu = _make("float8_e8m0fnu", "Float8_e8m0fnu", ml_dtypes.float8_e8m0fnu, "float", False)
complex32 = _make("complex32", "ComplexHalf", None, "complex", itemsize=4)  # a name only: XLA has no such type
complex64 = _make("complex64", "ComplexFloat", np.complex64, "complex")
complex128 = _make("complex128", "ComplexDouble", np.complex128, "complex")
int64 = _make("int64", "Long", np.int64)
int32 = _make("int32", "Int", np.int32)
int16 = _make("int16", "Short", np.int16)
int8 = _make("int8", "Char", np.int8)
uint8 = _make("uint8", "Byte", np.uint8, signed=False)
uint16 = _make("uint16", "UInt16", np.uint16, signed=False)
uint32 = _make("uint32", "UInt32", np.uint32, signed=False)
uint64 = _make("uint64", "UInt64", np.uint64, signed=False)
bool_ = _make("bool", "Bool", np.bool_, "bool", False)
# Quantised types exist as names: code that merely mentions them must run.
qint8 = _make("qint8", "QInt8", signed=None)
quint8 = _make("quint8", "QUInt8", signed=None)
qint32 = _make("qint32", "QInt32", signed=None, itemsize=4)

_ALL = (
    float64,
    float32,
    float16,
    bfloat16,
    float8_e4m3fn,
    float8_e5m2,
    float8_e4m3fnuz,
    float8_e5m2fnuz,
    float8_e8m0fnu,
    complex32,
    complex64,
    complex128,
    int64,
    int32,
    int16,
    int8,
    uint8,
    uint16,
    uint32,
    uint64,
    bool_,
    qint8,
    quint8,
    qint32,
)
ALIASES = {
    "double": float64,
    "float": float32,
    "half": float16,
    "long": int64,
    "int": int32,
    "short": int16,
    "chalf": complex32,
    "cfloat": complex64,
    "cdouble": complex128,
}
NAMES: dict[str, dtype] = {d.name: d for d in _ALL} | ALIASES
_TO_COMPLEX = {"float64": complex128, "float32": complex64, "bfloat16": complex64, "float16": complex32}
_TO_REAL = {"complex128": float64, "complex64": float32, "complex32": float16}
_OF_NUMPY: dict[np.dtype, dtype] = {d.numpy: d for d in _ALL if d.numpy is not None}
NUMPY_REFUSED = (
    "can't convert np.ndarray of type {}. The only supported types are: float64, float32, float16, "
    "complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool."
)


def _named(name: str) -> dtype:
    return NAMES[name]


def from_numpy(numpy_dtype: Any) -> dtype:
    """Return the dtype of a numpy dtype.

    Args:
      numpy_dtype: Anything ``np.dtype`` takes.

    Returns:
      The dtype of the same layout.

    Raises:
      TypeError: PyTorch's text, if there is none (strings, objects, big-endian numbers).

    Example:
      >>> from_numpy("int16")
      torch.int16
    """
    found = _OF_NUMPY.get(np.dtype(numpy_dtype))
    if found is None:
        raise TypeError(NUMPY_REFUSED.format(f"numpy.{np.dtype(numpy_dtype).type.__name__}"))
    return found


def to_numpy(of: dtype) -> np.dtype:
    """Return the numpy dtype of a dtype.

    Args:
      of: The dtype.

    Returns:
      The numpy or ml_dtypes type of the same layout.

    Raises:
      TypeError: if XLA and numpy have no such type (complex32, quantised types).

    Example:
      >>> to_numpy(int16)
      dtype('int16')
    """
    if of.numpy is None:
        raise TypeError(f"{of!r} tensors are not supported: XLA has no such type")
    return of.numpy


# ---------------------------------------------------------------- the default dtype
def get_default_dtype() -> dtype:
    """Return the dtype of new floating point tensors."""
    return from_numpy(core.default_dtype())


def set_default_dtype(d: dtype, /) -> None:
    """Set the dtype of new floating point tensors, and with it that of new complex ones.

    Args:
      d: A floating point dtype.

    Raises:
      TypeError: PyTorch's text, for anything else.
    """
    if not isinstance(d, dtype):
        raise TypeError("invalid dtype object: only floating-point types are supported as the default type")
    if not d.is_floating_point or d.itemsize == 1:
        raise TypeError("only floating-point types are supported as the default type")
    old, new = core.default_dtype(), to_numpy(d)
    if new != old:
        core.set_default_dtype(new)
        for tell in default_changed:
            tell(old, new)


default_changed: list[Callable[[np.dtype, np.dtype], None]] = []  # called with the old default dtype and the new one


def default_complex_dtype() -> dtype:
    """Return the complex dtype that goes with the default dtype."""
    default = get_default_dtype()
    return complex64 if default.itemsize < 8 else complex128


# ---------------------------------------------------------------- promotion between dtypes
_SHELL_INTS = (uint16, uint32, uint64)


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """Return the smallest dtype that holds the values of both, by PyTorch's lattice.

    Args:
      type1: A dtype.
      type2: A dtype.

    Returns:
      The promoted dtype.

    Raises:
      RuntimeError: for pairs PyTorch does not promote (float8, wide unsigned integers).

    Example:
      >>> promote_types(int32, float16)
      torch.float16
    """
    if type1 is type2:
        return type1
    pair = (type1, type2)
    if any(d.name.startswith("float8") for d in pair):
        raise RuntimeError(
            "Promotion for Float8 Types is not supported, "
            f"attempted to promote {type1.scalar_name} and {type2.scalar_name}"
        )
    if any(d.is_floating_point for d in pair) and any(d in _SHELL_INTS for d in pair):
        return next(d for d in pair if d.is_floating_point)
    if any(d in _SHELL_INTS for d in pair):
        raise RuntimeError(
            "Promotion for uint16, uint32, uint64 types is not supported, "
            f"attempted to promote {type1.scalar_name} and {type2.scalar_name}"
        )
    return from_numpy(core.promote_types(to_numpy(type1), to_numpy(type2)))


def can_cast(from_: dtype, to: dtype) -> bool:
    """Return whether a result of one dtype may be written into another: never to a lower category.

    Args:
      from_: The dtype of the values.
      to: The dtype of the destination.

    Returns:
      False for complex to real, floating to integer, anything to bool (but bool), signed to unsigned integer.

    Example:
      >>> can_cast(int64, float32), can_cast(float32, int64)
      (True, False)
    """
    if from_.is_complex and not to.is_complex:
        return False
    if from_.is_floating_point and not (to.is_floating_point or to.is_complex):
        return False
    return not (from_ is not bool_ and to is bool_)


# ---------------------------------------------------------------- finfo and iinfo
_DIGITS10 = {8: {"float64": 15}, 4: {"float32": 6}, 2: {"float16": 3, "bfloat16": 2}}


class finfo:  # noqa: N801 - torch's own name
    """The numerical properties of a floating point dtype (of the parts, for a complex one)."""

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")

    def __init__(self, type: dtype | None = None) -> None:
        """Read the properties of ``type``, by default of the default dtype."""
        of = _checked("finfo", get_default_dtype() if type is None else type)
        if not (of.is_floating_point or of.is_complex):
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            )
        real = of.to_real()
        info = ml_dtypes.finfo(to_numpy(real))
        self.bits, self.dtype = 8 * real.itemsize, real.name
        self.eps, self.max, self.min = float(info.eps), float(info.max), float(info.min)
        self.tiny = self.smallest_normal = float(info.smallest_normal)
        self.resolution = 10.0 ** -_DIGITS10.get(real.itemsize, {}).get(real.name, 0)

    def __repr__(self) -> str:
        """Return the fields as PyTorch shows them."""
        numbers = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        return f"finfo({', '.join(f'{n}={getattr(self, n):g}' for n in numbers)}, dtype={self.dtype})"

    def __eq__(self, other: object) -> bool:
        """Compare the dtypes."""
        return isinstance(other, finfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        """Hash the dtype."""
        return hash(self.dtype)


class iinfo:  # noqa: N801 - torch's own name
    """The range of an integer dtype."""

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, type: dtype) -> None:
        """Read the range of ``type``."""
        of = _checked("iinfo", type)
        if of is bool_:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        if of.is_floating_point or of.is_complex:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        info = np.iinfo(to_numpy(of))
        self.bits, self.dtype = 8 * of.itemsize, of.name
        self.max, self.min = int(info.max), int(info.min)

    def __repr__(self) -> str:
        """Return the fields as PyTorch shows them."""
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"

    def __eq__(self, other: object) -> bool:
        """Compare the dtypes."""
        return isinstance(other, iinfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        """Hash the dtype."""
        return hash(self.dtype)


def _checked(caller: str, of: object) -> dtype:
    if isinstance(of, dtype):
        return of
    raise TypeError(f"{caller}(): argument 'type' (position 1) must be torch.dtype, not {type(of).__name__}")


# ---------------------------------------------------------------- legacy type strings
class TensorType(NamedTuple):
    """What a legacy type string such as ``"torch.cuda.FloatTensor"`` means."""

    dtype: dtype
    device: str


def type_string(of: dtype, device_type: str = "cpu") -> str:
    """Return what ``Tensor.type()`` shows for a dtype on a kind of device.

    Args:
      of: The dtype.
      device_type: ``"cpu"``, ``"cuda"`` ...

    Returns:
      For example ``"torch.cuda.FloatTensor"``.

    Example:
      >>> type_string(int64)
      'torch.LongTensor'
    """
    return f"torch.{'' if device_type == 'cpu' else device_type + '.'}{of.scalar_name}Tensor"


_TYPE_STRINGS = {type_string(d, device): TensorType(d, device) for d in _ALL for device in ("cpu", "cuda")}


def parse_type_string(text: str) -> TensorType:
    """Return the dtype and device of a legacy type string.

    Args:
      text: For example ``"torch.FloatTensor"``.

    Returns:
      The dtype and the kind of device.

    Raises:
      ValueError: PyTorch's text, if there is no such type.

    Example:
      >>> parse_type_string("torch.HalfTensor").dtype
      torch.float16
    """
    if text not in _TYPE_STRINGS:
        raise ValueError(f"invalid type: '{text}'")
    return _TYPE_STRINGS[text]
