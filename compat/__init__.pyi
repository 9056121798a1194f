# Written by `python -m compat._stubs`; do not edit.
# ruff: noqa
import builtins
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Literal, NoReturn, TypeAlias, overload

from compat import return_types as _return_types
from compat._device import device as _Device
from compat._dtype import dtype as _DType
from compat._random import Generator as _Generator
from compat._settings import memory_format as _MemoryFormat
from compat._size import Size as _Size
from compat._tensor.layout import layout as _Layout

from compat import _C as _C
from compat import accelerator as accelerator
from compat import amp as amp
from compat import autograd as autograd
from compat import backends as backends
from compat import compiler as compiler
from compat import cpu as cpu
from compat import cuda as cuda
from compat import distributed as distributed
from compat import distributions as distributions
from compat import func as func
from compat import futures as futures
from compat import hub as hub
from compat import interop as interop
from compat import jit as jit
from compat import masked as masked
from compat import mps as mps
from compat import mtia as mtia
from compat import multiprocessing as multiprocessing
from compat import nn as nn
from compat import optim as optim
from compat import overrides as overrides
from compat import profiler as profiler
from compat import random as random
from compat import return_types as return_types
from compat import serialization as serialization
from compat import sparse as sparse
from compat import storage as storage
from compat import testing as testing
from compat import torch_version as torch_version
from compat import types as types
from compat import utils as utils
from compat import version as version
from compat import viz as viz
from compat import xpu as xpu
from compat._alias import disable as disable
from compat._alias import enable as enable
from compat._autograd.modes import enable_grad as enable_grad
from compat._autograd.modes import inference_mode as inference_mode
from compat._autograd.modes import is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled
from compat._autograd.modes import is_anomaly_enabled as is_anomaly_enabled
from compat._autograd.modes import is_grad_enabled as is_grad_enabled
from compat._autograd.modes import is_inference_mode_enabled as is_inference_mode_enabled
from compat._autograd.modes import no_grad as no_grad
from compat._autograd.modes import set_grad_enabled as set_grad_enabled
from compat._device import device as device
from compat._device import get_default_device as get_default_device
from compat._device import set_default_device as set_default_device
from compat._dtype import can_cast as can_cast
from compat._dtype import dtype as dtype
from compat._dtype import finfo as finfo
from compat._dtype import get_default_dtype as get_default_dtype
from compat._dtype import iinfo as iinfo
from compat._dtype import promote_types as promote_types
from compat._dtype import set_default_dtype as set_default_dtype
from compat._engine.metrics import metrics as metrics
from compat._legacy_types import set_default_tensor_type as set_default_tensor_type
from compat._random import Generator as Generator
from compat._random import default_generator as default_generator
from compat._random import get_rng_state as get_rng_state
from compat._random import initial_seed as initial_seed
from compat._random import manual_seed as manual_seed
from compat._random import seed as seed
from compat._random import set_rng_state as set_rng_state
from compat._settings import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
from compat._settings import broadcast_shapes as broadcast_shapes
from compat._settings import compile as compile
from compat._settings import get_float32_matmul_precision as get_float32_matmul_precision
from compat._settings import get_num_interop_threads as get_num_interop_threads
from compat._settings import get_num_threads as get_num_threads
from compat._settings import is_complex as is_complex
from compat._settings import is_conj as is_conj
from compat._settings import is_floating_point as is_floating_point
from compat._settings import is_inference as is_inference
from compat._settings import is_neg as is_neg
from compat._settings import is_nonzero as is_nonzero
from compat._settings import is_signed as is_signed
from compat._settings import is_warn_always_enabled as is_warn_always_enabled
from compat._settings import memory_format as memory_format
from compat._settings import numel as numel
from compat._settings import result_type as result_type
from compat._settings import set_float32_matmul_precision as set_float32_matmul_precision
from compat._settings import set_num_interop_threads as set_num_interop_threads
from compat._settings import set_num_threads as set_num_threads
from compat._settings import set_warn_always as set_warn_always
from compat._settings import typename as typename
from compat._settings import use_deterministic_algorithms as use_deterministic_algorithms
from compat._settings import vander as vander
from compat._size import Size as Size
from compat._tensor.layout import layout as layout
from compat._tensor.layout import sparse_coo as sparse_coo
from compat._tensor.layout import strided as strided
from compat._tensor.printing import get_printoptions as get_printoptions
from compat._tensor.printing import set_printoptions as set_printoptions
from compat._tensor.tensor import Tensor as Tensor
from compat._tensor.tensor import is_tensor as is_tensor
from compat.amp import GradScaler as GradScaler
from compat.amp import autocast as autocast
from compat.func import vmap as vmap
from compat.serialization import load as load
from compat.serialization import save as save
from compat.storage import TypedStorage as TypedStorage
from compat.storage import UntypedStorage as UntypedStorage
from compat.storage import is_storage as is_storage

_Number: TypeAlias = builtins.int | builtins.float | builtins.complex

from compat.cuda._state import AcceleratorError as AcceleratorError
BFloat16Storage: builtins.type[Any]
BFloat16Tensor: builtins.type[Any]
BoolStorage: builtins.type[Any]
BoolTensor: builtins.type[Any]
BufferDict: Any
ByteStorage: builtins.type[Any]
ByteTensor: builtins.type[Any]
CharStorage: builtins.type[Any]
CharTensor: builtins.type[Any]
ComplexDoubleStorage: builtins.type[Any]
ComplexFloatStorage: builtins.type[Any]
from compat._symbols import DisableTorchFunctionSubclass as DisableTorchFunction
from compat._symbols import DisableTorchFunctionSubclass as DisableTorchFunctionSubclass
DoubleStorage: builtins.type[Any]
DoubleTensor: builtins.type[Any]
from compat.cuda._state import Event as Event
FloatStorage: builtins.type[Any]
FloatTensor: builtins.type[Any]
Future: Any
HalfStorage: builtins.type[Any]
HalfTensor: builtins.type[Any]
IntStorage: builtins.type[Any]
IntTensor: builtins.type[Any]
LongStorage: builtins.type[Any]
LongTensor: builtins.type[Any]
from compat.cuda._state import OutOfMemoryError as OutOfMemoryError
QInt32Storage: Any
QInt8Storage: Any
QUInt2x4Storage: Any
QUInt4x2Storage: Any
QUInt8Storage: Any
ScriptModule: Any
ShortStorage: builtins.type[Any]
ShortTensor: builtins.type[Any]
from compat.cuda._state import Stream as Stream
SymBool = builtins.bool
SymFloat = builtins.float
SymInt = builtins.int
Tag: Any
__version__: builtins.str
def abs(input: Tensor, *, out: Any = None) -> Tensor:
    """Absolute value, of complex numbers the modulus; its derivative at 0 is 0."""
def abs_(input: Tensor) -> Tensor:
    """In place: see ``abs``."""
def absolute(input: Tensor, *, out: Any = None) -> Tensor:
    """Absolute value, of complex numbers the modulus; its derivative at 0 is 0."""
def absolute_(input: Tensor) -> Tensor:
    """In place: see ``abs``."""
def acos(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse cosine, in radians."""
def acos_(input: Tensor) -> Tensor:
    """In place: see ``acos``."""
def acosh(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse hyperbolic cosine."""
def acosh_(input: Tensor) -> Tensor:
    """In place: see ``acosh``."""
def adaptive_avg_pool1d(input: Tensor, output_size: builtins.int | Sequence[builtins.int], *, out: Any = None) -> Tensor:
    """Means over `output_size` windows of nearly equal size that cover the input."""
@overload
def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: Literal[False] = False) -> Tensor:
    """Maxima over a grid of windows that cover the input; optionally with flat positions."""
@overload
def adaptive_max_pool1d(input: Tensor, output_size: Any, *, return_indices: Literal[True]) -> builtins.tuple[Tensor, Tensor]: ...
def add(input: Tensor | _Number, other: Tensor | _Number, *, alpha: _Number = 1, out: Any = None) -> Tensor:
    """``input + alpha * other``; of bools, the logical or."""
def add_(input: Tensor | _Number, other: Tensor | _Number, *, alpha: _Number = 1) -> Tensor:
    """In place: see ``add``."""
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
    """``beta * input + alpha * sum(bmm(batch1, batch2), 0)``."""
def addbmm_(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
    """In place: see ``addbmm``."""
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: _Number = 1, out: Any = None) -> Tensor:
    """``input + value * tensor1 / tensor2``; integers are refused."""
def addcdiv_(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: _Number = 1) -> Tensor:
    """In place: see ``addcdiv``."""
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: _Number = 1, out: Any = None) -> Tensor:
    """``input + value * tensor1 * tensor2``."""
def addcmul_(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: _Number = 1) -> Tensor:
    """In place: see ``addcmul``."""
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
    """``beta * input + alpha * (mat1 @ mat2)``, input broadcast to the product's shape."""
def addmm_(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
    """In place: see ``addmm``."""
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
    """``beta * input + alpha * (mat @ vec)``."""
def addmv_(input: Tensor, mat: Tensor, vec: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
    """In place: see ``addmv``."""
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
    """``beta * input + alpha * outer(vec1, vec2)``."""
def addr_(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
    """In place: see ``addr``."""
def adjoint(input: Tensor) -> Tensor:
    """The last two dimensions exchanged, conjugated."""
def affine_grid_generator(theta: Tensor, size: Sequence[builtins.int], align_corners: builtins.bool) -> Tensor:
    """See ``torch.nn.functional.affine_grid``."""
def alias(input: Tensor) -> Tensor:
    """A view of the whole tensor."""
def alias_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``alias`` views."""
def all(input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """Whether every element is nonzero; true of nothing."""
def allclose(input: Tensor, other: Any, rtol: builtins.float = 1e-05, atol: builtins.float = 1e-08, equal_nan: builtins.bool = False) -> builtins.bool:
    """Whether all elements of two tensors are close, see ``isclose``."""
def alpha_dropout(input: Tensor, p: builtins.float, train: builtins.bool) -> Tensor:
    """See ``torch.nn.functional.alpha_dropout``."""
def alpha_dropout_(input: Tensor, p: builtins.float, train: builtins.bool) -> Tensor:
    """In place: see ``torch.nn.functional.alpha_dropout``."""
def amax(input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """Largest element over `dim`; ties share the gradient."""
def amin(input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """Smallest element over `dim`; ties share the gradient."""
def aminmax(input: Tensor, *, dim: builtins.int | None = None, keepdim: builtins.bool = False, axis: builtins.int | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> _return_types.aminmax:
    """Smallest and largest element; ties share the gradient."""
def angle(input: Tensor, *, out: Any = None) -> Tensor:
    """Argument of complex numbers; of real ones 0 or pi."""
def any(input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """Whether some element is nonzero."""
ao: Any
def arange(*args: Any, out: Any = None, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False, **kwargs: Any) -> Tensor:
    """``start``, ``start + step``, ... below ``end``."""
def arccos(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse cosine, in radians."""
def arccos_(input: Tensor) -> Tensor:
    """In place: see ``acos``."""
def arccosh(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse hyperbolic cosine."""
def arccosh_(input: Tensor) -> Tensor:
    """In place: see ``acosh``."""
def arcsin(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse sine, in radians."""
def arcsin_(input: Tensor) -> Tensor:
    """In place: see ``asin``."""
def arcsinh(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse hyperbolic sine."""
def arcsinh_(input: Tensor) -> Tensor:
    """In place: see ``asinh``."""
def arctan(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse tangent, in radians."""
def arctan2(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Angle of the point with ordinate `input` and abscissa `other`, in radians."""
def arctan2_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``atan2``."""
def arctan_(input: Tensor) -> Tensor:
    """In place: see ``atan``."""
def arctanh(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse hyperbolic tangent."""
def arctanh_(input: Tensor) -> Tensor:
    """In place: see ``atanh``."""
def argmax(input: Tensor, dim: builtins.int | None = None, keepdim: builtins.bool = False, *, axis: builtins.int | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """Index of the largest element, the first of ties, a nan before all; of the flattened array if `dim` is None."""
def argmin(input: Tensor, dim: builtins.int | None = None, keepdim: builtins.bool = False, *, axis: builtins.int | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """Index of the smallest element, the first of ties, a nan before all; of the flattened array if `dim` is None."""
def argsort(input: Tensor, dim: builtins.int = -1, descending: builtins.bool = False, stable: builtins.bool = False, *, axis: builtins.int = ..., out: Any = None) -> Tensor:
    """Indices that sort `input` along `dim`; ties keep their order."""
def argwhere(input: Tensor) -> Tensor:
    """Indices of the elements that are not zero, one row each."""
def as_strided(input: Tensor, size: Sequence[builtins.int], stride: Sequence[builtins.int], storage_offset: builtins.int | None = None) -> Tensor:
    """Any sizes, strides and offset over the tensor's storage."""
as_strided_: Any
def as_strided_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``as_strided`` views."""
def as_strided_scatter(input: Tensor, src: Tensor, size: Sequence[builtins.int], stride: Sequence[builtins.int], storage_offset: builtins.int | None = None) -> Tensor:
    """A copy in which `src` stands where ``as_strided`` looks."""
def as_tensor(data: Any, dtype: _DType | builtins.type | None = None, device: _Device | builtins.str | builtins.int | None = None, **kwargs: Any) -> Tensor:
    """``data`` as a tensor, without a copy where that is possible."""
def asarray(data: Any, dtype: _DType | builtins.type | None = None, device: _Device | builtins.str | builtins.int | None = None, **kwargs: Any) -> Tensor:
    """``data`` as a tensor, without a copy where that is possible."""
def asin(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse sine, in radians."""
def asin_(input: Tensor) -> Tensor:
    """In place: see ``asin``."""
def asinh(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse hyperbolic sine."""
def asinh_(input: Tensor) -> Tensor:
    """In place: see ``asinh``."""
def atan(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse tangent, in radians."""
def atan2(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Angle of the point with ordinate `input` and abscissa `other`, in radians."""
def atan2_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``atan2``."""
def atan_(input: Tensor) -> Tensor:
    """In place: see ``atan``."""
def atanh(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse hyperbolic tangent."""
def atanh_(input: Tensor) -> Tensor:
    """In place: see ``atanh``."""
@overload
def atleast_1d(tensor: Tensor, /) -> Tensor:
    """At least one dimension."""
@overload
def atleast_1d(*tensors: Any) -> builtins.tuple[Tensor, ...]: ...
@overload
def atleast_2d(tensor: Tensor, /) -> Tensor:
    """At least two dimensions, new ones in front."""
@overload
def atleast_2d(*tensors: Any) -> builtins.tuple[Tensor, ...]: ...
@overload
def atleast_3d(tensor: Tensor, /) -> Tensor:
    """At least three dimensions, as NumPy adds them."""
@overload
def atleast_3d(*tensors: Any) -> builtins.tuple[Tensor, ...]: ...
def autocast_decrement_nesting() -> builtins.int:
    """Count one autocast region less; returns how many are left."""
def autocast_increment_nesting() -> builtins.int:
    """Count one more autocast region around this point; returns how many there are."""
def avg_pool1d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, ceil_mode: builtins.bool = False, count_include_pad: builtins.bool = True, *, out: Any = None) -> Tensor:
    """Mean of every window of ``(N, C, L)`` or ``(C, L)``."""
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
    """``beta * input + alpha * bmm(batch1, batch2)``."""
def baddbmm_(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
    """In place: see ``baddbmm``."""
def bartlett_window(window_length: builtins.int, periodic: builtins.bool = True, *more: Any, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, pin_memory: builtins.bool = False, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """A triangle."""
def batch_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None, training: builtins.bool, momentum: builtins.float, eps: builtins.float, cudnn_enabled: builtins.bool = True) -> Tensor:
    """See ``torch.nn.functional.batch_norm``, whose arguments are in another order, and which looks at ``eps``."""
batch_norm_backward_elemt: Any
batch_norm_backward_reduce: Any
batch_norm_elemt: Any
batch_norm_gather_stats: Any
batch_norm_gather_stats_with_counts: Any
batch_norm_stats: Any
batch_norm_update_stats: Any
def bernoulli(input: Tensor, p: builtins.float | None = None, *, generator: _Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Return a one with each probability of ``input`` (or with ``p`` for all), zero otherwise."""
bfloat16: _DType
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input1 @ weight[k] @ input2 + bias[k]`` for each k."""
def binary_cross_entropy_with_logits(*args: Any, **kwargs: Any) -> Tensor:
    """Cross entropy of logits and targets in [0, 1]."""
def bincount(input: Tensor, weights: Tensor | None = None, minlength: builtins.int = 0, *, out: Any = None) -> Tensor:
    """How often each integer from 0 to the largest occurs, or the sums of their `weights`."""
def binomial(count: Tensor, prob: Tensor, generator: _Generator | None = None) -> Tensor:
    """Return successes among ``count`` trials of probability ``prob``, element by element."""
bit: Any
bits16: Any
bits1x8: Any
bits2x4: Any
bits4x2: Any
bits8: Any
def bitwise_and(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Bits set in both; of bools, the logical and."""
def bitwise_and_(input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """In place: see ``bitwise_and``."""
def bitwise_left_shift(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input << other``; 0 if shifted out."""
def bitwise_left_shift_(input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """In place: see ``bitwise_left_shift``."""
def bitwise_not(input: Tensor, *, out: Any = None) -> Tensor:
    """All bits inverted; of bools, the logical not."""
def bitwise_not_(input: Tensor) -> Tensor:
    """In place: see ``bitwise_not``."""
def bitwise_or(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Bits set in either; of bools, the logical or."""
def bitwise_or_(input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """In place: see ``bitwise_or``."""
def bitwise_right_shift(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input >> other``, copying the sign; all sign if shifted out."""
def bitwise_right_shift_(input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """In place: see ``bitwise_right_shift``."""
def bitwise_xor(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Bits set in exactly one; of bools, the logical xor."""
def bitwise_xor_(input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """In place: see ``bitwise_xor``."""
def blackman_window(window_length: builtins.int, periodic: builtins.bool = True, *more: Any, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, pin_memory: builtins.bool = False, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """Two cosines."""
def block_diag(*tensors: Tensor) -> Tensor:
    """Block diagonal matrix; vectors are rows, numbers 1x1 blocks."""
def bmm(input: Tensor, mat2: Tensor, *, out: Any = None) -> Tensor:
    """Products of matrices pair by pair, ``(b, n, m) @ (b, m, p)``."""
bool: _DType
def broadcast_tensors(*tensors: Tensor) -> builtins.tuple[Tensor, ...]:
    """All tensors expanded to their common shape: views."""
def broadcast_to(input: Tensor, size: Sequence[builtins.int]) -> Tensor:
    """``input.expand(size)``."""
def bucketize(input: Tensor | _Number, boundaries: Tensor, *, out_int32: builtins.bool = False, right: builtins.bool = False, out: Any = None) -> Tensor:
    """Index of the bucket between `boundaries` (1-d, increasing) into which each element falls."""
def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All tuples with one element of each vector, shape ``(n, k)``; a single vector is returned as it is."""
def cat(tensors: Sequence[Tensor], dim: builtins.int = 0, *, axis: builtins.int = ..., out: Any = None) -> Tensor:
    """Join along an existing dimension; dtypes promote, and empty 1-D arrays fit anywhere."""
ccol_indices_copy: Any
def cdist(x1: Tensor, x2: Tensor, p: builtins.float = 2.0, compute_mode: builtins.str = '') -> Tensor:
    """p-norm distances of all pairs of rows."""
cdouble: _DType
def ceil(input: Tensor, *, out: Any = None) -> Tensor:
    """Smallest integer not below; its derivative is 0."""
def ceil_(input: Tensor) -> Tensor:
    """In place: see ``ceil``."""
def celu(input: Tensor, alpha: builtins.float = 1.0, *, out: Any = None) -> Tensor:
    """``max(0, input) + min(0, alpha * (exp(input / alpha) - 1))``."""
def celu_(input: Tensor, alpha: builtins.float = 1.0) -> Tensor:
    """In place: see ``celu``."""
cfloat: _DType
def chain_matmul(*matrices: Any) -> Tensor:
    """Product of several matrices."""
chalf: _DType
def channel_shuffle(input: Tensor, groups: builtins.int, *, out: Any = None) -> Tensor:
    """Interleave `groups` groups of channels (dimension 1)."""
channels_last: _MemoryFormat
channels_last_3d: _MemoryFormat
def cholesky(input: Tensor, upper: builtins.bool = False) -> Tensor:
    """Cholesky factor: see ``torch.linalg.cholesky``."""
def cholesky_inverse(input: Tensor, upper: builtins.bool = False, *, out: Any = None) -> Tensor:
    """Inverse of the matrix whose Cholesky factor is `input`."""
def cholesky_solve(input: Tensor, L: Tensor, upper: builtins.bool = False, *, out: Any = None) -> Tensor:
    """X with ``A @ X = input`` for the matrix A whose Cholesky factor is `L`."""
choose_qparams_optimized: Any
def chunk(input: Tensor, chunks: builtins.int, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
    """At most ``chunks`` parts of equal size."""
def clamp(input: Tensor, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None, *, out: Any = None) -> Tensor:
    """`input` limited to ``[min, max]``; the gradient passes inside and at the bounds. If ``min > max``, `max` wins."""
def clamp_(input: Tensor, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None) -> Tensor:
    """In place: see ``clamp``."""
def clamp_max(input: Tensor, max: Tensor | _Number, *, out: Any = None) -> Tensor:
    """`input`, but at most `max`."""
def clamp_max_(input: Tensor, max: Tensor | _Number) -> Tensor:
    """In place: see ``clamp_max``."""
def clamp_min(input: Tensor, min: Tensor | _Number, *, out: Any = None) -> Tensor:
    """`input`, but at least `min`."""
def clamp_min_(input: Tensor, min: Tensor | _Number) -> Tensor:
    """In place: see ``clamp_min``."""
classes: Any
def clear_autocast_cache() -> None:
    """Forget the cast forms of weights."""
def clip(input: Tensor, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None, *, out: Any = None) -> Tensor:
    """`input` limited to ``[min, max]``; the gradient passes inside and at the bounds. If ``min > max``, `max` wins."""
def clip_(input: Tensor, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None) -> Tensor:
    """In place: see ``clamp``."""
def clone(input: Tensor, *, memory_format: _MemoryFormat | None = None, out: Any = None) -> Tensor:
    """A copy (JAX arrays being immutable, the array itself); the format is accepted and ignored."""
col_indices_copy: Any
def column_stack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """Join columns, vectors counting as one column."""
def combinations(input: Tensor, r: builtins.int = 2, with_replacement: builtins.bool = False, *, out: Any = None) -> Tensor:
    """All sets of `r` elements, in the order of positions, shape ``(n, r)``."""
def compiled_with_cxx11_abi() -> builtins.bool:
    """True."""
def complex(real: Any, imag: Any, *, out: Any = None) -> Any:
    """Complex number from its parts, which must have one floating dtype; `out` must have the result's."""
complex128: _DType
complex32: _DType
complex64: _DType
def concat(tensors: Sequence[Tensor], dim: builtins.int = 0, *, axis: builtins.int = ..., out: Any = None) -> Tensor:
    """Join along an existing dimension; dtypes promote, and empty 1-D arrays fit anywhere."""
def concatenate(tensors: Sequence[Tensor], dim: builtins.int = 0, *, axis: builtins.int = ..., out: Any = None) -> Tensor:
    """Join along an existing dimension; dtypes promote, and empty 1-D arrays fit anywhere."""
def cond(pred: Any, true_fn: Callable[..., Any], false_fn: Callable[..., Any], operands: builtins.tuple | builtins.list = ...) -> Any:
    """One of two functions of the operands; Python decides, at once."""
def conj(input: Tensor) -> Tensor:
    """Complex conjugate; a real tensor is returned as it is."""
def conj_physical(input: Tensor, *, out: Any = None) -> Tensor:
    """Complex conjugate."""
def conj_physical_(input: Tensor) -> Tensor:
    """In place: see ``conj_physical``."""
def constant_pad_nd(input: Tensor, pad: Sequence[builtins.int], value: _Number = 0, *, out: Any = None) -> Tensor:
    """Surround with `value`; negative amounts crop."""
contiguous_format: _MemoryFormat
def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: builtins.int | Sequence[builtins.int] = 1, padding: builtins.str | builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, groups: builtins.int = 1, *, out: Any = None) -> Tensor:
    """Cross-correlation of ``(N, C, L)`` or ``(C, L)`` with kernels ``(O, C / groups, K)``."""
def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: builtins.int | Sequence[builtins.int] = 1, padding: builtins.str | builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, groups: builtins.int = 1, *, out: Any = None) -> Tensor:
    """Cross-correlation of images with kernels."""
def conv3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: builtins.int | Sequence[builtins.int] = 1, padding: builtins.str | builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, groups: builtins.int = 1, *, out: Any = None) -> Tensor:
    """Cross-correlation of ``(N, C, D, H, W)`` with kernels ``(O, C / groups, KD, KH, KW)``."""
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: builtins.int = 0) -> Tensor:
    """Convolution over the first dimension of ``(time, batch, channels)``, with weights ``(width, in, out)``."""
def conv_transpose1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: builtins.int | Sequence[builtins.int] = 1, padding: builtins.int | Sequence[builtins.int] = 0, output_padding: builtins.int | Sequence[builtins.int] = 0, groups: builtins.int = 1, dilation: builtins.int | Sequence[builtins.int] = 1, *, out: Any = None) -> Tensor:
    """Adjoint of `conv1d`; kernels are ``(C, O / groups, K)``."""
def conv_transpose2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: builtins.int | Sequence[builtins.int] = 1, padding: builtins.int | Sequence[builtins.int] = 0, output_padding: builtins.int | Sequence[builtins.int] = 0, groups: builtins.int = 1, dilation: builtins.int | Sequence[builtins.int] = 1, *, out: Any = None) -> Tensor:
    """Adjoint of `conv2d`: every element of the input adds its multiple of the kernel; ``(C, O / groups, KH, KW)``."""
def conv_transpose3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: builtins.int | Sequence[builtins.int] = 1, padding: builtins.int | Sequence[builtins.int] = 0, output_padding: builtins.int | Sequence[builtins.int] = 0, groups: builtins.int = 1, dilation: builtins.int | Sequence[builtins.int] = 1, *, out: Any = None) -> Tensor:
    """Adjoint of `conv3d`; kernels are ``(C, O / groups, KD, KH, KW)``."""
def convolution(input: Tensor, weight: Tensor, bias: Tensor | None, stride: Sequence[builtins.int], padding: Sequence[builtins.int], dilation: Sequence[builtins.int], transposed: builtins.bool, output_padding: Sequence[builtins.int], groups: builtins.int) -> Tensor:
    """Any convolution: see ``torch.nn.functional.conv2d`` and ``conv_transpose2d``."""
def copysign(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Magnitude of `input` with the sign of `other`; the derivative at 0 is 0."""
def copysign_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In place: see ``copysign``."""
def corrcoef(input: Tensor, *, out: Any = None) -> Tensor:
    """Correlation of variables in rows, clipped to [-1, 1], of complex numbers in both parts."""
def cos(input: Tensor, *, out: Any = None) -> Tensor:
    """Cosine of radians."""
def cos_(input: Tensor) -> Tensor:
    """In place: see ``cos``."""
def cosh(input: Tensor, *, out: Any = None) -> Tensor:
    """Hyperbolic cosine."""
def cosh_(input: Tensor) -> Tensor:
    """In place: see ``cosh``."""
def cosine_embedding_loss(*args: Any, **kwargs: Any) -> Tensor:
    """``1 - cos`` where the target is 1, ``max(0, cos - margin)`` where it is -1."""
def cosine_similarity(x1: Tensor, x2: Tensor, dim: builtins.int = 1, eps: builtins.float = 1e-08) -> Tensor:
    """The cosine of the angle between vectors along ``dim``; norms below ``eps`` count as it."""
def count_nonzero(input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, *, axis: builtins.int | Sequence[builtins.int] | None = ..., out: Any = None) -> Tensor:
    """Number of nonzero elements, int64."""
def cov(input: Tensor, *, correction: builtins.int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None, out: Any = None) -> Tensor:
    """Covariance of variables in rows, observations in columns."""
def cross(input: Tensor, other: Tensor, dim: builtins.int | None = None) -> Tensor:
    """Vector product along a dimension of size three (the first such one if None)."""
crow_indices_copy: Any
def ctc_loss(log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: builtins.int = 0, reduction: builtins.int = 1, zero_infinity: builtins.bool = False) -> Tensor:
    """See ``torch.nn.functional.ctc_loss``."""
def cummax(input: Tensor, dim: builtins.int, *, out: Any = None) -> _return_types.cummax:
    """Running maximum along `dim` and its index, the last of ties; nan from the first nan on."""
def cummin(input: Tensor, dim: builtins.int, *, out: Any = None) -> _return_types.cummin:
    """Running minimum along `dim` and its index, the last of ties; nan from the first nan on."""
def cumprod(input: Tensor, dim: builtins.int, *, dtype: _DType | builtins.type | None = None, out: Any = None) -> Tensor:
    """Running product along `dim`; its gradient is right at zeros too."""
def cumprod_(input: Tensor, dim: builtins.int, *, dtype: _DType | builtins.type | None = None) -> Tensor:
    """In place: see ``cumprod``."""
def cumsum(input: Tensor, dim: builtins.int, *, dtype: _DType | builtins.type | None = None, out: Any = None) -> Tensor:
    """Running sum along `dim`; of bools and integers in int64."""
def cumsum_(input: Tensor, dim: builtins.int, *, dtype: _DType | builtins.type | None = None) -> Tensor:
    """In place: see ``cumsum``."""
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: builtins.float | None = None, dim: builtins.int = -1) -> Tensor:
    """Integrals up to each sample but the first, by the trapezoidal rule."""
def deg2rad(input: Tensor, *, out: Any = None) -> Tensor:
    """Degrees to radians."""
def deg2rad_(input: Tensor) -> Tensor:
    """In place: see ``deg2rad``."""
def dequantize(input: Tensor) -> Tensor:
    """The tensor: no tensor is quantized."""
def det(*args: Any, **kwargs: Any) -> Tensor:
    """Determinant."""
def detach(input: Tensor) -> Tensor:
    """The same elements without history."""
detach_: Any
def detach_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``detach`` views."""
def diag(input: Tensor, diagonal: builtins.int = 0, *, out: Any = None) -> Tensor:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
def diag_embed(input: Tensor, offset: builtins.int = 0, dim1: builtins.int = -2, dim2: builtins.int = -1, *, out: Any = None) -> Tensor:
    """Matrices with the last dimension on a diagonal of the new dimensions `dim1` and `dim2`."""
def diagflat(input: Tensor, offset: builtins.int = 0) -> Tensor:
    """Square matrix with the flattened input on a diagonal."""
def diagonal(input: Tensor, offset: builtins.int = 0, dim1: builtins.int = 0, dim2: builtins.int = 1) -> Tensor:
    """The diagonal of two dimensions, as the last one."""
def diagonal_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``diagonal`` views."""
def diagonal_scatter(input: Tensor, src: Tensor, offset: builtins.int = 0, dim1: builtins.int = 0, dim2: builtins.int = 1, *, out: Any = None) -> Tensor:
    """`input` with a diagonal replaced."""
def diff(input: Tensor, n: builtins.int = 1, dim: builtins.int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """Differences of neighbours along `dim`, taken `n` times."""
def digamma(input: Tensor, *, out: Any = None) -> Tensor:
    """Derivative of `lgamma`."""
def digamma_(input: Tensor) -> Tensor:
    """In place: see ``digamma``."""
def dist(input: Tensor, other: Tensor, p: Any = 2, *, out: Any = None) -> Tensor:
    """`vector_norm` of the difference."""
def div(input: Tensor | _Number, other: Tensor | _Number, *, rounding_mode: builtins.str | None = None, out: Any = None) -> Tensor: ...
def div_(input: Tensor | _Number, other: Tensor | _Number, *, rounding_mode: builtins.str | None = None) -> Tensor:
    """In place: see ``div``."""
def divide(input: Tensor | _Number, other: Tensor | _Number, *, rounding_mode: builtins.str | None = None, out: Any = None) -> Tensor: ...
def divide_(input: Tensor | _Number, other: Tensor | _Number, *, rounding_mode: builtins.str | None = None) -> Tensor:
    """In place: see ``div``."""
def dot(input: Tensor, tensor: Tensor, *, out: Any = None) -> Tensor:
    """Sum of products of two vectors, without conjugation."""
double: _DType
def dropout(input: Tensor, p: builtins.float, train: builtins.bool) -> Tensor:
    """See ``torch.nn.functional.dropout``."""
def dropout_(input: Tensor, p: builtins.float, train: builtins.bool) -> Tensor:
    """In place: see ``torch.nn.functional.dropout``."""
dsmm: Any
def dsplit(input: Tensor, indices_or_sections: Any) -> builtins.tuple[Tensor, ...]:
    """`tensor_split` along dimension 2."""
def dstack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """Join along the third dimension."""
e: builtins.float
def eig(*args: Any, **kwargs: Any) -> NoReturn:
    """Removed from PyTorch; raises."""
def einsum(equation: Any, *operands: Any) -> Tensor: ...
def embedding(weight: Tensor, indices: Tensor, padding_idx: builtins.int = -1, scale_grad_by_freq: builtins.bool = False, sparse: builtins.bool = False) -> Tensor:
    """The rows of `weight` at `indices`; the gradient is dense whatever `sparse` says."""
def embedding_bag(weight: Tensor, indices: Tensor, offsets: Tensor, scale_grad_by_freq: builtins.bool = False, mode: builtins.int = 0, sparse: builtins.bool = False, per_sample_weights: Tensor | None = None, include_last_offset: builtins.bool = False, padding_idx: builtins.int | None = None) -> builtins.tuple[Tensor, Tensor, Tensor, Tensor]:
    """See ``torch.nn.functional.embedding_bag``; the other results, PyTorch's own bookkeeping, are empty."""
def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: builtins.float, norm_type: builtins.float) -> Tensor:
    """In place: rows named by `indices` shortened to `max_norm`."""
def empty(*size: Any, out: Any = None, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False, names: Any = None, memory_format: _MemoryFormat | None = None, **kwargs: Any) -> Tensor:
    """A tensor of the given size: see ``torch.empty``."""
def empty_like(input: Tensor, *, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, memory_format: _MemoryFormat | None = None, pin_memory: builtins.bool = False) -> Tensor:
    """Of the size and dtype of another tensor: see ``torch.empty_like``."""
def empty_permuted(size: Sequence[builtins.int], physical_layout: Sequence[builtins.int], **factory: Any) -> Tensor:
    """An uninitialised tensor whose memory has its dimensions in another order."""
empty_quantized: Any
def empty_strided(size: Any, stride: Any, *, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False) -> Tensor:
    """An uninitialised tensor of the given strides."""
def eq(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input == other``."""
def eq_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In place: see ``eq``."""
def equal(input: Tensor, other: Any) -> builtins.bool:
    """Whether two tensors have the same shape and elements."""
def erf(input: Tensor, *, out: Any = None) -> Tensor:
    """Error function."""
def erf_(input: Tensor) -> Tensor:
    """In place: see ``erf``."""
def erfc(input: Tensor, *, out: Any = None) -> Tensor:
    """``1 - erf(input)``."""
def erfc_(input: Tensor) -> Tensor:
    """In place: see ``erfc``."""
def erfinv(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse of `erf`."""
def erfinv_(input: Tensor) -> Tensor:
    """In place: see ``erfinv``."""
def exp(input: Tensor, *, out: Any = None) -> Tensor:
    """Exponential."""
def exp2(input: Tensor, *, out: Any = None) -> Tensor:
    """Power of two."""
def exp2_(input: Tensor) -> Tensor:
    """In place: see ``exp2``."""
def exp_(input: Tensor) -> Tensor:
    """In place: see ``exp``."""
def expand_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``expand`` views."""
def expm1(input: Tensor, *, out: Any = None) -> Tensor:
    """``exp(input) - 1``, precise near 0."""
def expm1_(input: Tensor) -> Tensor:
    """In place: see ``expm1``."""
export: Any
def eye(n: builtins.int, m: builtins.int | None = None, *, out: Any = None, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False) -> Tensor:
    """Ones on the diagonal of an n by m matrix."""
fake_quantize_per_channel_affine: Any
fake_quantize_per_tensor_affine: Any
def feature_alpha_dropout(input: Tensor, p: builtins.float, train: builtins.bool) -> Tensor:
    """See ``torch.nn.functional.feature_alpha_dropout``."""
feature_alpha_dropout_: Any
def feature_dropout(input: Tensor, p: builtins.float, train: builtins.bool) -> Tensor:
    """Drops whole channels: see ``torch.nn.functional.dropout2d``."""
feature_dropout_: Any
from compat import fft as fft
def fill(input: Tensor, value: Any) -> Tensor:
    """A copy with one value everywhere."""
def fill_(input: Tensor, value: Any) -> Tensor:
    """In place: one value everywhere."""
def fill_diagonal_(input: Tensor, fill_value: builtins.float, wrap: builtins.bool = False) -> Tensor:
    """In place: one value on the main diagonal; `wrap` begins a new one below the square of a tall matrix."""
def fix(input: Tensor, *, out: Any = None) -> Tensor:
    """Integer part, towards zero; its derivative is 0."""
def fix_(input: Tensor) -> Tensor:
    """In place: see ``trunc``."""
def flatten(input: Tensor, start_dim: builtins.int = 0, end_dim: builtins.int = -1) -> Tensor:
    """Join the dimensions from ``start_dim`` to ``end_dim``."""
@overload
def flip(input: Tensor, dims: builtins.int | Sequence[builtins.int] | None, *, out: Any = None) -> Tensor:
    """Reverse the order along `dims`."""
@overload
def flip(input: Tensor, *dims: builtins.int) -> Tensor: ...
def fliplr(input: Tensor, *, out: Any = None) -> Tensor:
    """Reverse the columns."""
def flipud(input: Tensor, *, out: Any = None) -> Tensor:
    """Reverse the rows."""
float: _DType
float16: _DType
float32: _DType
float4_e2m1fn_x2: Any
float64: _DType
float8_e4m3fn: _DType
float8_e4m3fnuz: _DType
float8_e5m2: _DType
float8_e5m2fnuz: _DType
float8_e8m0fnu: _DType
def float_power(input: Tensor, exponent: Any) -> Tensor:
    """Power computed in float64, or in complex128 if either operand is complex."""
def floor(input: Tensor, *, out: Any = None) -> Tensor:
    """Largest integer not above; its derivative is 0."""
def floor_(input: Tensor) -> Tensor:
    """In place: see ``floor``."""
def floor_divide(input: Tensor, other: Any, *, out: Any = None) -> Tensor:
    """Quotient rounded down, computed from the exact remainder as Python does, so that it agrees with `remainder`."""
def floor_divide_(input: Tensor, other: Any) -> Tensor:
    """In place: see ``floor_divide``."""
def fmax(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Larger of the two, ignoring a nan; equal operands give the gradient to the first."""
def fmin(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Smaller of the two, ignoring a nan; equal operands give the gradient to the first."""
def fmod(input: Tensor, other: Any, *, out: Any = None) -> Tensor:
    """``input - other * trunc(input / other)``: has the dividend's sign."""
def fmod_(input: Tensor, other: Any) -> Tensor:
    """In place: see ``fmod``."""
fork: Any
def frac(input: Tensor, *, out: Any = None) -> Tensor:
    """Fractional part, with the sign of `input`; its derivative is 1."""
def frac_(input: Tensor) -> Tensor:
    """In place: see ``frac``."""
def frexp(input: Tensor, *, out: Any = None) -> _return_types.frexp:
    """``input = mantissa * 2 ** exponent``; the exponent's derivative is 0."""
def frobenius_norm(input: Tensor, dim: Any = ..., keepdim: builtins.bool = False, *, out: Any = None) -> Tensor:
    """See ``torch.linalg.vector_norm``."""
def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor with the elements of anything that speaks dlpack: on its memory, if that is the CPU's and writable."""
from_file: Any
def from_numpy(ndarray: Tensor) -> Tensor:
    """A tensor on a NumPy array's memory: changes of one show in the other."""
def frombuffer(buffer: Any, *, dtype: _DType | builtins.type | None, count: builtins.int = -1, offset: builtins.int = 0, requires_grad: builtins.bool = False) -> Tensor:
    """A tensor on a buffer's memory."""
def full(size: Any, fill_value: Any, *, out: Any = None, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, names: Any = None, pin_memory: builtins.bool = False) -> Tensor:
    """A tensor of one value."""
def full_like(input: Tensor, fill_value: Any, *, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, memory_format: _MemoryFormat | None = None, pin_memory: builtins.bool = False) -> Tensor:
    """One value in the size and dtype of another tensor."""
fused_moving_avg_obs_fake_quant: Any
fx: Any
def gammainc(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Regularised lower incomplete gamma function."""
def gammainc_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``gammainc``."""
def gammaincc(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Regularised upper incomplete gamma function."""
def gammaincc_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``gammaincc``."""
def gather(input: Tensor, dim: builtins.int, index: Tensor, *, sparse_grad: builtins.bool = False, out: Any = None) -> Tensor:
    """``out[i][j] = input[index[i][j]][j]`` for dim 0; index may be smaller than input elsewhere."""
def gcd(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Greatest common divisor of integers."""
def gcd_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``gcd``."""
def ge(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input >= other``."""
def ge_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In place: see ``ge``."""
def geqrf(input: Tensor, *, out: Any = None) -> _return_types.geqrf:
    """The factorization Q R with Q as a product of reflectors, which `householder_product` multiplies out."""
def ger(input: Tensor, vec2: Tensor, *, out: Any = None) -> Tensor:
    """All products of the elements of two vectors, ``(n,), (m,) -> (n, m)``; dtypes promote."""
def get_autocast_cpu_dtype(*args: Any) -> Any:
    """The older name of ``torch.get_autocast_dtype('cpu')``."""
def get_autocast_dtype(device_type: builtins.str) -> _DType:
    """The lower precision of a device type: bfloat16 on the CPU and float16 on GPUs, unless set otherwise."""
def get_autocast_gpu_dtype(*args: Any) -> Any:
    """The older name of ``torch.get_autocast_dtype('cuda')``."""
def get_autocast_ipu_dtype(*args: Any) -> Any:
    """The older name of ``torch.get_autocast_dtype('ipu')``."""
def get_autocast_xla_dtype(*args: Any) -> Any:
    """The older name of ``torch.get_autocast_dtype('xla')``."""
def get_deterministic_debug_mode() -> builtins.int:
    """What ``set_deterministic_debug_mode`` set."""
def get_device(input: Tensor) -> builtins.int:
    """The index of the tensor's GPU; -1 on the CPU."""
def get_device_module(device: _Device | builtins.str | builtins.int | None = None) -> Any:
    """``torch.cuda`` or ``torch.cpu``; without argument that of the accelerator, if there is one."""
def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: builtins.int = 1) -> builtins.tuple[Tensor, ...]:
    """Derivatives of samples by central differences, one-sided at the ends."""
def greater(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input > other``."""
def greater_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In place: see ``gt``."""
def greater_equal(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input >= other``."""
def greater_equal_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In place: see ``ge``."""
def grid_sampler(input: Tensor, grid: Tensor, interpolation_mode: builtins.int, padding_mode: builtins.int, align_corners: builtins.bool) -> Tensor:
    """See ``torch.nn.functional.grid_sample``."""
def grid_sampler_2d(input: Tensor, grid: Tensor, interpolation_mode: builtins.int, padding_mode: builtins.int, align_corners: builtins.bool) -> Tensor:
    """See ``torch.nn.functional.grid_sample``."""
def grid_sampler_3d(input: Tensor, grid: Tensor, interpolation_mode: builtins.int, padding_mode: builtins.int, align_corners: builtins.bool) -> Tensor:
    """See ``torch.nn.functional.grid_sample``."""
def group_norm(input: Tensor, num_groups: builtins.int, weight: Tensor | None = None, bias: Tensor | None = None, eps: builtins.float = 1e-05, cudnn_enabled: builtins.bool = True) -> Tensor:
    """See ``torch.nn.functional.group_norm``."""
def gru(input: Tensor, hx: Any, params: Sequence[Tensor], has_biases: builtins.bool, num_layers: builtins.int, dropout: builtins.float, train: builtins.bool, bidirectional: builtins.bool, batch_first: builtins.bool) -> builtins.tuple[Tensor, ...]:
    """The layers of ``torch.nn.GRU``: output and final states."""
def gru_cell(input: Tensor, hx: Any, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> Any:
    """One step of a recurrent layer."""
def gt(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input > other``."""
def gt_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In place: see ``gt``."""
half: _DType
def hamming_window(window_length: builtins.int, periodic: builtins.bool = True, *more: Any, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, pin_memory: builtins.bool = False, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """``alpha - beta cos``."""
def hann_window(window_length: builtins.int, periodic: builtins.bool = True, *more: Any, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, pin_memory: builtins.bool = False, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """A cosine from 0 over 1 to 0."""
def hardshrink(input: Tensor, lambd: builtins.float = 0.5, *, out: Any = None) -> Tensor:
    """`input`, but 0 within ``[-lambd, lambd]``."""
has_lapack: builtins.bool
has_mkl: builtins.bool
has_openmp: builtins.bool
has_spectral: builtins.bool
def hash_tensor(input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = ..., *, keepdim: builtins.bool = False, mode: builtins.int = 0, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """Exclusive or of the elements' bits over `dim` (everything if empty), as uint64."""
def heaviside(input: Tensor, values: Tensor, *, out: Any = None) -> Tensor:
    """0 below zero, 1 above, `values` at zero."""
def heaviside_(input: Tensor, values: Tensor) -> Tensor:
    """In place: see ``heaviside``."""
def hinge_embedding_loss(*args: Any, **kwargs: Any) -> Tensor:
    """``input`` where the target is 1, ``max(0, margin - input)`` where it is -1."""
def histc(input: Tensor, bins: builtins.int = 100, min: _Number = 0, max: _Number = 0, *, out: Any = None) -> Tensor:
    """Counts in `bins` equal intervals of ``[min, max]``, of the whole range if both are equal."""
def histogram(input: Tensor, bins: Any = 100, *, range: Sequence[builtins.float] | None = None, weight: Tensor | None = None, density: builtins.bool = False, out: Any = None) -> Any:
    """Weight of the elements between bounds, given as a tensor or as a number of equal bins."""
def histogramdd(input: Tensor, bins: Any, range: Sequence[builtins.float] | None = None, weight: Tensor | None = None, density: builtins.bool = False) -> Any:
    """Weight of points in boxes: the last dimension of `input` are coordinates."""
hsmm: Any
def hsplit(input: Tensor, indices_or_sections: Any) -> builtins.tuple[Tensor, ...]:
    """`tensor_split` along dimension 1."""
hspmm: Any
def hstack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """Join columns: along dimension 1, or 0 for vectors."""
def hypot(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Length of the vector ``(input, other)``."""
def hypot_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``hypot``."""
def i0(input: Tensor, *, out: Any = None) -> Tensor:
    """Modified Bessel function of order 0."""
def i0_(input: Tensor) -> Tensor:
    """In place: see ``i0``."""
def igamma(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Regularised lower incomplete gamma function."""
def igamma_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``gammainc``."""
def igammac(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Regularised upper incomplete gamma function."""
def igammac_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``gammaincc``."""
def imag(input: Tensor) -> Tensor:
    """Imaginary parts, a view."""
def index_add(input: Tensor, dim: builtins.int, index: Tensor, source: Tensor, *, alpha: _Number = 1, out: Any = None) -> Tensor:
    """Add ``alpha`` times the slices of `source` to those of `input` named by `index`; duplicates accumulate."""
def index_add_(input: Tensor, dim: builtins.int, index: Tensor, source: Tensor, *, alpha: _Number = 1) -> Tensor:
    """In place: see ``index_add``."""
def index_copy(input: Tensor, dim: builtins.int, index: Tensor, source: Tensor, *, out: Any = None) -> Tensor:
    """Write the slices of `source` over those of `input` named by `index`."""
def index_copy_(input: Tensor, dim: builtins.int, index: Tensor, source: Tensor) -> Tensor:
    """In place: see ``index_copy``."""
def index_fill(input: Tensor, dim: builtins.int, index: Tensor, value: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Write one number over the slices of `input` named by `index`."""
def index_fill_(input: Tensor, dim: builtins.int, index: Tensor, value: Tensor | _Number) -> Tensor:
    """In place: see ``index_fill``."""
def index_put(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: builtins.bool = False) -> Tensor:
    """Write (or add) `values`, broadcast, at ``input[indices]``."""
def index_put_(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: builtins.bool = False) -> Tensor:
    """In place: see ``index_put``."""
def index_reduce(input: Tensor, dim: builtins.int, index: Tensor, source: Tensor, reduce: Literal['sum', 'prod', 'mean', 'amax', 'amin'], *, include_self: builtins.bool = True, out: Any = None) -> Tensor:
    """Combine the slices of `source` sent to the same slice of `input`."""
def index_reduce_(input: Tensor, dim: builtins.int, index: Tensor, source: Tensor, reduce: Literal['sum', 'prod', 'mean', 'amax', 'amin'], *, include_self: builtins.bool = True) -> Tensor:
    """In place: see ``index_reduce``."""
def index_select(input: Tensor, dim: builtins.int, index: Tensor, *, out: Any = None) -> Tensor:
    """The slices of `input` along `dim` that a vector of indices names."""
indices_copy: Any
inf: builtins.float
def init_num_threads() -> None:
    """Nothing to do."""
def inner(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Sums of products over the last dimension of both; a plain product if either is 0-d."""
def instance_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None, use_input_stats: builtins.bool, momentum: builtins.float, eps: builtins.float, cudnn_enabled: builtins.bool = True) -> Tensor:
    """See ``torch.nn.functional.instance_norm``, whose arguments are in another order."""
int: _DType
int1: Any
int16: _DType
int2: Any
int3: Any
int32: _DType
int4: Any
int5: Any
int6: Any
int64: _DType
int7: Any
int8: _DType
int_repr: Any
def inverse(input: Tensor) -> Tensor:
    """Inverse of a square matrix."""
def is_autocast_cache_enabled() -> builtins.bool:
    """Whether a weight that is cast keeps its cast form until the outermost region ends."""
def is_autocast_cpu_enabled(*args: Any) -> Any:
    """The older name of ``torch.is_autocast_enabled('cpu')``."""
def is_autocast_enabled(device_type: builtins.str = 'cuda') -> builtins.bool: ...
def is_autocast_ipu_enabled(*args: Any) -> Any:
    """The older name of ``torch.is_autocast_enabled('ipu')``."""
def is_autocast_xla_enabled(*args: Any) -> Any:
    """The older name of ``torch.is_autocast_enabled('xla')``."""
def is_deterministic_algorithms_warn_only_enabled() -> builtins.bool:
    """What ``use_deterministic_algorithms`` set."""
def is_distributed(input: Tensor) -> builtins.bool:
    """False: there is one process."""
def is_same_size(input: Tensor, other: Tensor) -> builtins.bool:
    """Whether shapes are equal."""
def is_vulkan_available() -> builtins.bool:
    """False."""
def isclose(input: Tensor, other: Any, rtol: builtins.float = 1e-05, atol: builtins.float = 1e-08, equal_nan: builtins.bool = False) -> Any:
    """Whether ``abs(input - other) <= atol + rtol * abs(other)``, element by element."""
def isfinite(input: Tensor, *, out: Any = None) -> Tensor:
    """Whether neither infinite nor nan."""
def isin(elements: Tensor | _Number, test_elements: Tensor | _Number, *, assume_unique: builtins.bool = False, invert: builtins.bool = False, out: Any = None) -> Tensor:
    """Whether each element is one of `test_elements`."""
def isinf(input: Tensor, *, out: Any = None) -> Tensor:
    """Whether infinite."""
def isnan(input: Tensor, *, out: Any = None) -> Tensor:
    """Whether not a number; of complex numbers, either part."""
def isneginf(input: Tensor, *, out: Any = None) -> Tensor:
    """Whether -inf."""
def isposinf(input: Tensor, *, out: Any = None) -> Tensor:
    """Whether +inf."""
def isreal(input: Tensor, *, out: Any = None) -> Tensor:
    """Whether the imaginary part is 0."""
def istft(input: Tensor, n_fft: builtins.int, hop_length: builtins.int | None = None, win_length: builtins.int | None = None, window: Tensor | None = None, center: builtins.bool = True, normalized: builtins.bool = False, onesided: builtins.bool | None = None, length: builtins.int | None = None, return_complex: builtins.bool = False) -> Tensor:
    """The signal whose `stft` it is, in the least squares sense."""
jagged: Any
def kaiser_window(window_length: builtins.int, periodic: builtins.bool = True, *more: Any, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, pin_memory: builtins.bool = False, requires_grad: builtins.bool = False, **named: Any) -> Tensor:
    """Bessel functions of the order 0."""
def kl_div(*args: Any, **kwargs: Any) -> Tensor: ...
def kron(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Kronecker product; the shorter shape is padded with ones in front."""
def kthvalue(input: Tensor, k: builtins.int, dim: builtins.int = -1, keepdim: builtins.bool = False, *, axis: builtins.int = ..., keepdims: builtins.bool = ..., out: Any = None) -> _return_types.kthvalue:
    """The `k`-th smallest element (counted from 1) along `dim` and its index."""
def layer_norm(input: Tensor, normalized_shape: Sequence[builtins.int], weight: Tensor | None = None, bias: Tensor | None = None, eps: builtins.float = 1e-05, cudnn_enable: builtins.bool = True) -> Tensor:
    """See ``torch.nn.functional.layer_norm``."""
def lcm(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Least common multiple of integers, not negative."""
def lcm_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``lcm``."""
def ldexp(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """``input * 2 ** other``."""
def ldexp_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``ldexp``."""
def le(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input <= other``."""
def le_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In place: see ``le``."""
def lerp(input: Tensor, end: Tensor, weight: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input + weight * (end - input)``, computed from the nearer end."""
def lerp_(input: Tensor, end: Tensor, weight: Tensor | _Number) -> Tensor:
    """In place: see ``lerp``."""
def less(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input < other``."""
def less_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In place: see ``lt``."""
def less_equal(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input <= other``."""
def less_equal_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In place: see ``le``."""
def lgamma(input: Tensor, *, out: Any = None) -> Tensor:
    """Logarithm of the absolute value of the gamma function."""
def lgamma_(input: Tensor) -> Tensor:
    """In place: see ``lgamma``."""
library: Any
from compat import linalg as linalg
def linspace(start: Any, end: Any, steps: Any = None, *extra: Any, out: Any = None, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False, base: Any = 10.0) -> Tensor:
    """Evenly spaced numbers: see ``torch.linspace``."""
lobpcg: Any
def log(input: Tensor, *, out: Any = None) -> Tensor:
    """Natural logarithm."""
def log10(input: Tensor, *, out: Any = None) -> Tensor:
    """Logarithm to base 10."""
def log10_(input: Tensor) -> Tensor:
    """In place: see ``log10``."""
def log1p(input: Tensor, *, out: Any = None) -> Tensor:
    """``log(1 + input)``, precise near 0."""
def log1p_(input: Tensor) -> Tensor:
    """In place: see ``log1p``."""
def log2(input: Tensor, *, out: Any = None) -> Tensor:
    """Logarithm to base 2."""
def log2_(input: Tensor) -> Tensor:
    """In place: see ``log2``."""
def log_(input: Tensor) -> Tensor:
    """In place: see ``log``."""
def log_softmax(input: Tensor, dim: builtins.int, dtype: _DType | builtins.type | None = None) -> Tensor:
    """Logarithm of ``softmax``."""
def logaddexp(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """``log(exp(input) + exp(other))`` without overflow."""
def logaddexp2(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """``log2(2 ** input + 2 ** other)`` without overflow."""
def logcumsumexp(input: Tensor, dim: builtins.int, *, out: Any = None) -> Tensor:
    """Running `logsumexp` along `dim`."""
def logdet(input: Tensor, *, out: Any = None) -> Tensor:
    """Logarithm of the determinant, nan where that is negative."""
def logical_and(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Whether both are nonzero."""
def logical_and_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``logical_and``."""
def logical_not(input: Tensor, *, out: Any = None) -> Tensor:
    """Whether `input` is zero."""
def logical_not_(input: Tensor) -> Tensor:
    """In place: see ``logical_not``."""
def logical_or(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Whether either is nonzero."""
def logical_or_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``logical_or``."""
def logical_xor(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Whether exactly one is nonzero."""
def logical_xor_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``logical_xor``."""
def logit(input: Tensor, eps: builtins.float | None = None, *, out: Any = None) -> Tensor:
    """``log(input / (1 - input))``, of `input` limited to ``[eps, 1 - eps]`` if `eps` is given."""
def logit_(input: Tensor, eps: builtins.float | None = None) -> Tensor:
    """In place: see ``logit``."""
def logspace(start: Any, end: Any, steps: Any = None, *extra: Any, out: Any = None, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False, base: Any = 10.0) -> Tensor:
    """Evenly spaced numbers: see ``torch.logspace``."""
def logsumexp(input: Tensor, dim: builtins.int | Sequence[builtins.int] | None, keepdim: builtins.bool = False, *, keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """``log(sum(exp(input)))`` without overflow; -inf of nothing."""
long: _DType
def lstm(input: Tensor, hx: Any, params: Sequence[Tensor], has_biases: builtins.bool, num_layers: builtins.int, dropout: builtins.float, train: builtins.bool, bidirectional: builtins.bool, batch_first: builtins.bool) -> builtins.tuple[Tensor, ...]:
    """The layers of ``torch.nn.LSTM``: output and final states."""
def lstm_cell(input: Tensor, hx: Any, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> Any:
    """One step of a recurrent layer."""
def lstsq(*args: Any, **kwargs: Any) -> NoReturn:
    """Removed from PyTorch; raises."""
def lt(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input < other``."""
def lt_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In place: see ``lt``."""
def lu(A: Tensor, pivot: builtins.bool = True, get_infos: builtins.bool = False, out: Any = None) -> Any:
    """Packed factors and pivots: see ``torch.linalg.lu_factor``."""
def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Any = None) -> Tensor:
    """Solution of a factored system: see ``torch.linalg.lu_solve``, whose arguments are reversed."""
def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: builtins.bool = True, unpack_pivots: builtins.bool = True, *, out: Any = None) -> _return_types.lu_unpack:
    """The three factors of a packed factorization."""
def margin_ranking_loss(*args: Any, **kwargs: Any) -> Tensor:
    """``max(0, -target * (input1 - input2) + margin)``."""
def masked_fill(input: Tensor, mask: Tensor, value: Tensor | _Number, *, out: Any = None) -> Tensor:
    """`input` with `value` where `mask` holds."""
def masked_fill_(input: Tensor, mask: Tensor, value: Tensor | _Number) -> Tensor:
    """In place: see ``masked_fill``."""
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor, *, out: Any = None) -> Tensor:
    """Replace the elements under the mask by those of `source`, in order."""
def masked_scatter_(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """In place: see ``masked_scatter``."""
def masked_select(input: Tensor, mask: Tensor, *, out: Any = None) -> Tensor:
    """The elements under a mask, as a vector."""
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """Matrix product of vectors, matrices, and batches of them, with the nodes that PyTorch records for each."""
def matrix_exp(*args: Any, **kwargs: Any) -> Tensor:
    """Matrix exponential."""
def matrix_power(input: Tensor, n: builtins.int) -> Tensor:
    """A square matrix multiplied with itself ``n`` times; negative powers of the inverse."""
def matrix_rank(*args: Any, **kwargs: Any) -> NoReturn:
    """Removed from PyTorch; raises."""
@overload
def max(input: Tensor) -> Tensor:
    """Largest element, of everything, along `dim`, or of two tensors."""
@overload
def max(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...
@overload
def max(input: Tensor, dim: builtins.int, keepdim: builtins.bool = False, *, out: Any = None) -> _return_types.max: ...
@overload
def max(input: Tensor, *, axis: builtins.int, keepdim: builtins.bool = False, out: Any = None) -> _return_types.max: ...
@overload
def max_pool1d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, ceil_mode: builtins.bool = False, return_indices: Literal[False] = False) -> Tensor:
    """Maximum of every window; with return_indices also its flat position."""
@overload
def max_pool1d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, ceil_mode: builtins.bool = False, *, return_indices: Literal[True]) -> builtins.tuple[Tensor, Tensor]: ...
def max_pool1d_with_indices(*args: Any, **kwargs: Any) -> Any:
    """Maximum of every window; with return_indices also its flat position."""
@overload
def max_pool2d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, ceil_mode: builtins.bool = False, return_indices: Literal[False] = False) -> Tensor:
    """Maximum of every window; with return_indices also its flat position."""
@overload
def max_pool2d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, ceil_mode: builtins.bool = False, *, return_indices: Literal[True]) -> builtins.tuple[Tensor, Tensor]: ...
@overload
def max_pool3d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, ceil_mode: builtins.bool = False, return_indices: Literal[False] = False) -> Tensor:
    """Maximum of every window; with return_indices also its flat position."""
@overload
def max_pool3d(input: Tensor, kernel_size: builtins.int | Sequence[builtins.int], stride: builtins.int | Sequence[builtins.int] | None = None, padding: builtins.int | Sequence[builtins.int] = 0, dilation: builtins.int | Sequence[builtins.int] = 1, ceil_mode: builtins.bool = False, *, return_indices: Literal[True]) -> builtins.tuple[Tensor, Tensor]: ...
def maximum(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Larger of the two, nan if either is; equal operands share the gradient."""
def mean(input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, dtype: _DType | builtins.type | None = None, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """Mean over `dim`; integers need a floating `dtype`."""
@overload
def median(input: Tensor) -> Tensor:
    """Median of everything, or along `dim` with its index; the lower one of an even number."""
@overload
def median(input: Tensor, dim: builtins.int, keepdim: builtins.bool = False) -> _return_types.median: ...
def meshgrid(*tensors: Tensor, indexing: builtins.str | None = None) -> builtins.tuple[Tensor, ...]: ...
@overload
def min(input: Tensor) -> Tensor:
    """Smallest element, of everything, along `dim`, or of two tensors."""
@overload
def min(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...
@overload
def min(input: Tensor, dim: builtins.int, keepdim: builtins.bool = False, *, out: Any = None) -> _return_types.min: ...
@overload
def min(input: Tensor, *, axis: builtins.int, keepdim: builtins.bool = False, out: Any = None) -> _return_types.min: ...
def minimum(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Smaller of the two, nan if either is; equal operands share the gradient."""
def mm(input: Tensor, mat2: Tensor, *, out: Any = None) -> Tensor:
    """Product of two matrices, ``(n, m) @ (m, p)``."""
def mode(input: Tensor, dim: builtins.int = -1, keepdim: builtins.bool = False, *, axis: builtins.int = ..., keepdims: builtins.bool = ..., out: Any = None) -> _return_types.mode:
    """Most frequent value along `dim`, the smallest of several, and the last index where it stands."""
monitor: Any
def moveaxis(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Dimensions moved to other places."""
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Dimensions moved to other places."""
def msort(input: Tensor, *, out: Any = None) -> Tensor:
    """Values sorted along the first dimension."""
def mul(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input * other``; of bools, the logical and."""
def mul_(input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """In place: see ``mul``."""
def multigammaln(input: Tensor, p: builtins.int, *, out: Any = None) -> Tensor:
    """Logarithm of the multivariate gamma function of dimension `p`."""
def multigammaln_(input: Tensor, p: builtins.int) -> Tensor:
    """In place: see ``multigammaln``."""
def multinomial(input: Tensor, num_samples: builtins.int, replacement: builtins.bool = False, *, generator: _Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Return indices drawn with the probabilities of each row, which need not be normalised."""
def multiply(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input * other``; of bools, the logical and."""
def multiply_(input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """In place: see ``mul``."""
def mv(input: Tensor, vec: Tensor, *, out: Any = None) -> Tensor:
    """Product of a matrix and a vector, ``(n, m) @ (m,)``."""
def mvlgamma(input: Tensor, p: builtins.int, *, out: Any = None) -> Tensor:
    """Logarithm of the multivariate gamma function of dimension `p`."""
def mvlgamma_(input: Tensor, p: builtins.int) -> Tensor:
    """In place: see ``multigammaln``."""
nan: builtins.float
def nan_to_num(input: Tensor, nan: _Number | None = None, posinf: _Number | None = None, neginf: _Number | None = None, *, out: Any = None) -> Tensor:
    """Replace nan (by 0) and the infinities (by the extreme finite numbers), or by what is given."""
def nan_to_num_(input: Tensor, nan: _Number | None = None, posinf: _Number | None = None, neginf: _Number | None = None) -> Tensor:
    """In place: see ``nan_to_num``."""
def nanmean(input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, dtype: _DType | builtins.type | None = None, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """Mean of what is not nan."""
@overload
def nanmedian(input: Tensor) -> Tensor:
    """Median of what is not nan, of everything, or along `dim` with its index."""
@overload
def nanmedian(input: Tensor, dim: builtins.int, keepdim: builtins.bool = False) -> _return_types.nanmedian: ...
def nanquantile(input: Tensor, q: Any, dim: builtins.int | None = None, keepdim: builtins.bool = False, *, interpolation: builtins.str = 'linear', out: Any = None) -> Tensor:
    """As `quantile`, of what is not nan."""
def nansum(input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, dtype: _DType | builtins.type | None = None, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """Sum that counts nan as 0."""
def narrow(input: Tensor, dim: builtins.int, start: Any, length: builtins.int) -> Tensor:
    """``length`` elements of a dimension from ``start``."""
def narrow_copy(input: Tensor, dim: builtins.int, start: builtins.int, length: builtins.int, *, out: Any = None) -> Tensor:
    """A copy of what ``narrow`` views, whose checks come in another order and with other words."""
def native_batch_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None, training: builtins.bool, momentum: builtins.float, eps: builtins.float) -> builtins.tuple[Tensor, Tensor, Tensor]:
    """Batch normalization, its means and the inverses of its deviations; both empty in evaluation."""
def native_channel_shuffle(input: Tensor, groups: builtins.int, *, out: Any = None) -> Tensor:
    """Interleave `groups` groups of channels (dimension 1)."""
def native_dropout(input: Tensor, p: builtins.float, train: builtins.bool | None) -> builtins.tuple[Tensor, Tensor]:
    """Dropout, and the mask of what was kept."""
def native_group_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, N: builtins.int, C: builtins.int, HxW: builtins.int, group: builtins.int, eps: builtins.float) -> builtins.tuple[Tensor, Tensor, Tensor]:
    """Group normalization, its means and the inverses of its deviations."""
def native_layer_norm(input: Tensor, normalized_shape: Sequence[builtins.int], weight: Tensor | None, bias: Tensor | None, eps: builtins.float) -> builtins.tuple[Tensor, Tensor, Tensor]:
    """Layer normalization, its means and the inverses of its deviations."""
native_norm: Any
def ne(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input != other``."""
def ne_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In place: see ``ne``."""
def neg(input: Tensor, *, out: Any = None) -> Tensor:
    """``-input``; bools are refused."""
def neg_(input: Tensor) -> Tensor:
    """In place: see ``neg``."""
def negative(input: Tensor, *, out: Any = None) -> Tensor:
    """``-input``; bools are refused."""
def negative_(input: Tensor) -> Tensor:
    """In place: see ``neg``."""
nested: Any
newaxis: None
def nextafter(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Next representable number after `input` towards `other`."""
def nextafter_(input: Tensor, other: Tensor) -> Tensor:
    """In place: see ``nextafter``."""
@overload
def nonzero(input: Tensor, *, as_tuple: Literal[False] = False, out: Tensor | None = None) -> Tensor:
    """Indices of the elements that are not zero, one row each, or one vector per dimension."""
@overload
def nonzero(input: Tensor, *, as_tuple: Literal[True]) -> builtins.tuple[Tensor, ...]: ...
def nonzero_static(input: Tensor, *, size: builtins.int, fill_value: builtins.int = -1, out: Any = None) -> Tensor:
    """Positions of the nonzero elements, cut or filled up to `size` rows."""
def norm(input: Tensor, p: Any = 'fro', dim: Any = None, keepdim: builtins.bool = False, dtype: _DType | builtins.type | None = None, out: Any = None) -> Tensor: ...
def norm_except_dim(v: Tensor, pow: builtins.int = 2, dim: builtins.int = 0) -> Tensor:
    """Norms over all dimensions but one, which keep their dimensions; of everything for -1."""
def normal(mean: Any, std: Any = 1.0, size: Any = None, *, generator: _Generator | None = None, out: Tensor | None = None, dtype: _DType | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False) -> Tensor:
    """Return normal numbers with given means and deviations."""
def not_equal(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input != other``."""
def not_equal_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In place: see ``ne``."""
def nuclear_norm(input: Tensor, dim: Any = None, keepdim: builtins.bool = False, *, out: Any = None) -> Tensor:
    """Sum of the singular values."""
def ones(*size: Any, out: Any = None, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False, names: Any = None, memory_format: _MemoryFormat | None = None, **kwargs: Any) -> Tensor:
    """A tensor of the given size: see ``torch.ones``."""
def ones_like(input: Tensor, *, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, memory_format: _MemoryFormat | None = None, pin_memory: builtins.bool = False) -> Tensor:
    """Of the size and dtype of another tensor: see ``torch.ones_like``."""
onnx: Any
ops: Any
def orgqr(input: Tensor, tau: Tensor) -> Tensor:
    """See ``torch.linalg.householder_product``."""
def ormqr(input: Tensor, tau: Tensor, other: Tensor, left: builtins.bool = True, transpose: builtins.bool = False, *, out: Any = None) -> Tensor:
    """A matrix times the product of reflectors, or its (conjugate) transpose, from the left or the right."""
def outer(input: Tensor, vec2: Tensor, *, out: Any = None) -> Tensor:
    """All products of the elements of two vectors, ``(n,), (m,) -> (n, m)``; dtypes promote."""
package: Any
def pairwise_distance(x1: Tensor, x2: Tensor, p: builtins.float = 2.0, eps: builtins.float = 1e-06, keepdim: builtins.bool = False) -> Tensor:
    """The p-norm of ``x1 - x2 + eps`` over the last dimension."""
def pca_lowrank(A: Tensor, q: builtins.int | None = None, center: builtins.bool = True, niter: builtins.int = 2) -> builtins.tuple[Tensor, ...]:
    """Approximately the first `q` principal components of the rows."""
def pdist(input: Tensor, p: builtins.int | builtins.float = 2.0, *, out: Any = None) -> Tensor:
    """p-norm distances of all pairs of different rows, in the order (0, 1), (0, 2) ..."""
per_channel_affine: Any
per_channel_affine_float_qparams: Any
per_channel_symmetric: Any
per_tensor_affine: Any
per_tensor_symmetric: Any
def permute(input: Tensor, *dims: Any, **kwargs: Any) -> Tensor:
    """The dimensions in another order."""
def permute_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``permute`` views."""
pi: builtins.float
def pinverse(input: Tensor, rcond: builtins.float = 1e-15) -> Tensor:
    """Moore-Penrose inverse."""
def pixel_shuffle(input: Tensor, upscale_factor: builtins.int, *, out: Any = None) -> Tensor:
    """``(*, C r r, H, W)`` to ``(*, C, H r, W r)``: channels become finer pixels."""
def pixel_unshuffle(input: Tensor, downscale_factor: builtins.int, *, out: Any = None) -> Tensor:
    """``(*, C, H r, W r)`` to ``(*, C r r, H, W)``: the inverse of `pixel_shuffle`."""
def poisson(input: Tensor, generator: _Generator | None = None) -> Tensor:
    """Return a Poisson count for each rate, in the dtype of ``input``."""
def poisson_nll_loss(*args: Any, **kwargs: Any) -> Tensor:
    """``exp(input) - target * input``, or ``input - target * log(input + eps)``; ``full`` adds Stirling's term."""
def polar(abs: Tensor, angle: Tensor, *, out: Any = None) -> Tensor:
    """Complex number from modulus and argument."""
def polygamma(n: builtins.int, input: Any, *, out: Any = None) -> Tensor:
    """The `n`-th derivative of ``digamma``."""
def positive(input: Tensor) -> Tensor:
    """`input` itself; bools are refused."""
def pow(input: Tensor, exponent: Any, *, out: Any = None) -> Tensor:
    """``input ** exponent``; the derivative at exponent 0 is 0, also at input 0."""
def pow_(input: Tensor, exponent: Any) -> Tensor:
    """In place: see ``pow``."""
def prelu(input: Tensor, weight: Tensor, *, out: Any = None) -> Tensor:
    """`leaky_relu` with one learned slope, or one for each channel (dimension 1, or 0 of a vector)."""
preserve_format: _MemoryFormat
def prod(input: Tensor, dim: builtins.int | None = None, keepdim: builtins.bool = False, *, dtype: _DType | builtins.type | None = None, axis: builtins.int | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """Product over one dimension or everything; its gradient is right at zeros too."""
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: builtins.bool = False, *, out: Any = None) -> Tensor:
    """Write (or add) `source` over elements of the flattened input."""
def put_(input: Tensor, index: Tensor, source: Tensor, accumulate: builtins.bool = False) -> Tensor:
    """In place: see ``put``."""
q_per_channel_axis: Any
q_per_channel_scales: Any
q_per_channel_zero_points: Any
q_scale: Any
q_zero_point: Any
qint32: _DType
qint8: _DType
def qr(input: Tensor, some: builtins.bool = True) -> Any:
    """Orthogonal times upper triangular: see ``torch.linalg.qr``."""
qscheme: Any
def quantile(input: Tensor, q: Any, dim: builtins.int | None = None, keepdim: builtins.bool = False, *, interpolation: builtins.str = 'linear', out: Any = None) -> Tensor:
    """Quantiles of `input` along `dim`, one or a leading dimension of them; nan if there is a nan."""
quantization: Any
quantize_per_channel: Any
quantize_per_tensor: Any
quantize_per_tensor_dynamic: Any
quantized_batch_norm: Any
quantized_gru: Any
quantized_gru_cell: Any
quantized_lstm: Any
quantized_lstm_cell: Any
quantized_max_pool1d: Any
quantized_max_pool2d: Any
quantized_max_pool3d: Any
quantized_rnn_relu_cell: Any
quantized_rnn_tanh_cell: Any
quint2x4: Any
quint4x2: Any
quint8: _DType
def rad2deg(input: Tensor, *, out: Any = None) -> Tensor:
    """Radians to degrees."""
def rad2deg_(input: Tensor) -> Tensor:
    """In place: see ``rad2deg``."""
def rand(*size: Any, generator: _Generator | None = None, out: Tensor | None = None, dtype: _DType | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False, names: Any = None, **keyword: Any) -> Tensor:
    """Return a tensor of numbers uniform in [0, 1)."""
def rand_like(input: Tensor, *, dtype: _DType | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, memory_format: _MemoryFormat | None = None, generator: _Generator | None = None) -> Tensor:
    """Return numbers uniform in [0, 1) in the shape, dtype and layout of ``input`` unless told otherwise."""
def randint(*args: Any, generator: _Generator | None = None, out: Tensor | None = None, dtype: _DType = ..., layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False, **named: Any) -> Tensor:
    """Return a tensor of integers in [low, high): ``randint(high, size)`` or ``randint(low, high, size)``."""
def randint_like(input: Tensor, *bounds: Any, dtype: _DType | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, memory_format: _MemoryFormat | None = None, generator: _Generator | None = None, **named: Any) -> Tensor:
    """Return integers in [low, high) like ``input``: ``randint_like(input, high)`` or ``(input, low, high)``."""
def randn(*size: Any, generator: _Generator | None = None, out: Tensor | None = None, dtype: _DType | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False, names: Any = None, **keyword: Any) -> Tensor:
    """Return a tensor of standard normal numbers; arguments as for `rand`. A complex one has variance 1 in all."""
def randn_like(input: Tensor, *, dtype: _DType | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, memory_format: _MemoryFormat | None = None, generator: _Generator | None = None) -> Tensor:
    """Return standard normal numbers in the shape, dtype and layout of ``input`` unless told otherwise."""
def randperm(n: builtins.int, *, generator: _Generator | None = None, out: Tensor | None = None, dtype: _DType = ..., layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False) -> Tensor:
    """Return a random permutation of 0 ... n - 1."""
def range(start: Any = 0, end: Any = None, step: Any = 1, **kwargs: Any) -> Tensor:
    """Deprecated: like arange, with ``end`` included."""
def ravel(input: Tensor) -> Tensor:
    """One dimension."""
def real(input: Tensor) -> Tensor:
    """Real parts: a view of complex numbers, the tensor itself otherwise."""
def reciprocal(input: Tensor, *, out: Any = None) -> Tensor:
    """``1 / input``."""
def reciprocal_(input: Tensor) -> Tensor:
    """In place: see ``reciprocal``."""
def relu(input: Tensor, *, out: Any = None) -> Tensor:
    """``max(input, 0)``; its derivative at 0 is 0."""
def relu_(input: Tensor) -> Tensor:
    """In place: see ``relu``."""
def remainder(input: Tensor, other: Any, *, out: Any = None) -> Tensor:
    """``input - other * floor(input / other)``: has the divisor's sign."""
def remainder_(input: Tensor, other: Any) -> Tensor:
    """In place: see ``remainder``."""
def renorm(input: Tensor, p: Any, dim: builtins.int, maxnorm: _Number, *, out: Any = None) -> Tensor:
    """Scale the slices along `dim` whose p-norm exceeds `maxnorm` down to it."""
def renorm_(input: Tensor, p: Any, dim: builtins.int, maxnorm: _Number) -> Tensor:
    """In place: see ``renorm``."""
def repeat_interleave(input: Tensor, repeats: Any = None, dim: builtins.int | None = None, *, output_size: builtins.int | None = None) -> Tensor:
    """Every element (every slice along `dim`) several times in a row; flattened if dim is None."""
def reshape(input: Tensor, *shape: Any, **kwargs: Any) -> Tensor:
    """The same elements in another shape: a view where the strides allow it, else a copy."""
def resize_as_(self: Tensor, the_template: Tensor, *, memory_format: _MemoryFormat | None = None) -> Tensor:
    """In place: another tensor's size."""
resize_as_sparse_: Any
def resolve_conj(input: Tensor) -> Tensor:
    """`input`: conjugates are computed, never left pending."""
def resolve_neg(input: Tensor) -> Any:
    """`input`: conjugates are computed, never left pending."""
def rms_norm(input: Tensor, normalized_shape: Sequence[builtins.int], weight: Tensor | None = None, eps: _Number | None = None, *, out: Any = None) -> Tensor:
    """Divide by the root mean square over the last dimensions; `eps` is the dtype's own if None."""
def rnn_relu(input: Tensor, hx: Any, params: Sequence[Tensor], has_biases: builtins.bool, num_layers: builtins.int, dropout: builtins.float, train: builtins.bool, bidirectional: builtins.bool, batch_first: builtins.bool) -> builtins.tuple[Tensor, ...]:
    """The layers of ``torch.nn.RNN``: output and final states."""
def rnn_relu_cell(input: Tensor, hx: Any, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> Any:
    """One step of a recurrent layer."""
def rnn_tanh(input: Tensor, hx: Any, params: Sequence[Tensor], has_biases: builtins.bool, num_layers: builtins.int, dropout: builtins.float, train: builtins.bool, bidirectional: builtins.bool, batch_first: builtins.bool) -> builtins.tuple[Tensor, ...]:
    """The layers of ``torch.nn.RNN``: output and final states."""
def rnn_tanh_cell(input: Tensor, hx: Any, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None) -> Any:
    """One step of a recurrent layer."""
def roll(input: Tensor, shifts: builtins.int | Sequence[builtins.int], dims: builtins.int | Sequence[builtins.int] | None = None, *, out: Any = None) -> Tensor:
    """Shift elements along `dims`, those pushed out coming back at the other end; flattened if no dims."""
def rot90(input: Tensor, k: builtins.int = 1, dims: Sequence[builtins.int] = ..., *, out: Any = None) -> Tensor:
    """Rotate by `k` quarter turns in the plane of two dimensions, from the first towards the second."""
def round(input: Tensor, *, decimals: builtins.int = 0, out: Any = None) -> Tensor:
    """Nearest integer, or multiple of ``10 ** -decimals``; halves go to the even neighbour. The derivative is 0."""
def round_(input: Tensor, *, decimals: builtins.int = 0) -> Tensor:
    """In place: see ``round``."""
row_indices_copy: Any
def row_stack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """Join rows, vectors counting as one row."""
def rrelu(input: Tensor, lower: builtins.float = 0.125, upper: builtins.float = 0.3333333333333333, training: builtins.bool = False, inplace: builtins.bool = False) -> Tensor:
    """Leaky ReLU with a slope drawn for each negative element in training, their mean in evaluation."""
def rrelu_(input: Tensor, lower: builtins.float = 0.125, upper: builtins.float = 0.3333333333333333, training: builtins.bool = False) -> Tensor:
    """:func:`rrelu` in place."""
def rsqrt(input: Tensor, *, out: Any = None) -> Tensor:
    """``1 / sqrt(input)``."""
def rsqrt_(input: Tensor) -> Tensor:
    """In place: see ``rsqrt``."""
def rsub(input: Tensor, other: Tensor | _Number, *, alpha: _Number = 1, out: Any = None) -> Tensor:
    """``other - alpha * input``; bools are refused."""
saddmm: Any
def scalar_tensor(s: Any, *, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, pin_memory: builtins.bool = False, requires_grad: builtins.bool = False) -> Tensor:
    """A 0-d tensor."""
def scatter(input: Tensor, dim: builtins.int, index: Tensor, src: Any = None, *, value: Any = None, reduce: builtins.str | None = None, out: Any = None) -> Tensor:
    """Write `src` (or one number) at ``out[index[i][j]][j]`` for dim 0; `reduce` adds or multiplies instead."""
def scatter_add(input: Tensor, dim: builtins.int, index: Tensor, src: Tensor, *, out: Any = None) -> Tensor:
    """Add `src` at ``out[index[i][j]][j]`` for dim 0; duplicates accumulate."""
def scatter_add_(input: Tensor, dim: builtins.int, index: Tensor, src: Tensor) -> Tensor:
    """In place: see ``scatter_add``."""
def scatter_reduce(input: Tensor, dim: builtins.int, index: Tensor, src: Tensor, reduce: Literal['sum', 'prod', 'mean', 'amax', 'amin'], *, include_self: builtins.bool = True, out: Any = None) -> Tensor:
    """Combine all elements of `src` sent to the same place; without include_self the old value there is dropped."""
def scatter_reduce_(input: Tensor, dim: builtins.int, index: Tensor, src: Tensor, reduce: Literal['sum', 'prod', 'mean', 'amax', 'amin'], *, include_self: builtins.bool = True) -> Tensor:
    """In place: see ``scatter_reduce``."""
def searchsorted(sorted_sequence: Tensor, input: Tensor | _Number, *, out_int32: builtins.bool = False, right: builtins.bool = False, side: builtins.str | None = None, sorter: Tensor | None = None, out: Any = None) -> Tensor:
    """Where in the rows of `sorted_sequence` to insert `input` to keep them sorted."""
def segment_reduce(data: Tensor, reduce: builtins.str, *, lengths: Tensor | None = None, indices: Tensor | None = None, offsets: Tensor | None = None, axis: builtins.int = 0, unsafe: builtins.bool = False, initial: builtins.float | None = None) -> Tensor:
    """Sum, mean, product, maximum or minimum of consecutive segments, of given lengths or offsets."""
def select(input: Tensor, dim: builtins.int, index: builtins.int) -> Tensor:
    """One position of a dimension, which is dropped."""
def select_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``select`` views."""
def select_scatter(input: Tensor, src: Tensor, dim: builtins.int, index: builtins.int, *, out: Any = None) -> Tensor:
    """`input` with slice `index` of `dim` replaced."""
def selu(input: Tensor, *, out: Any = None) -> Tensor:
    """`elu` with the alpha and scale that keep activations normalised (Klambauer et al. 2017)."""
def selu_(input: Tensor) -> Tensor:
    """In place: see ``selu``."""
set_anomaly_enabled: Any
def set_autocast_cache_enabled(enabled: builtins.bool) -> None:
    """Whether weights that are cast keep their cast form until the outermost region ends."""
def set_autocast_cpu_dtype(*args: Any) -> Any:
    """The older name of ``torch.set_autocast_dtype('cpu', dtype)``."""
def set_autocast_cpu_enabled(*args: Any) -> Any:
    """The older name of ``torch.set_autocast_enabled('cpu', enabled)``."""
def set_autocast_dtype(device_type: builtins.str, dtype: _DType) -> None:
    """Set the lower precision of a device type in this thread."""
def set_autocast_enabled(device_type: Any, enabled: builtins.bool | None = None) -> None: ...
def set_autocast_gpu_dtype(*args: Any) -> Any:
    """The older name of ``torch.set_autocast_dtype('cuda', dtype)``."""
def set_autocast_ipu_dtype(*args: Any) -> Any:
    """The older name of ``torch.set_autocast_dtype('ipu', dtype)``."""
def set_autocast_ipu_enabled(*args: Any) -> Any:
    """The older name of ``torch.set_autocast_enabled('ipu', enabled)``."""
def set_autocast_xla_dtype(*args: Any) -> Any:
    """The older name of ``torch.set_autocast_dtype('xla', dtype)``."""
def set_autocast_xla_enabled(*args: Any) -> Any:
    """The older name of ``torch.set_autocast_enabled('xla', enabled)``."""
def set_deterministic_debug_mode(debug_mode: builtins.int | builtins.str) -> None: ...
def set_flush_denormal(mode: builtins.bool) -> builtins.bool:
    """False: XLA decides by itself what becomes of denormal numbers."""
def sgn(input: Tensor, *, out: Any = None) -> Tensor:
    """`sign`; of complex numbers ``input / abs(input)``, 0 at 0."""
def sgn_(input: Tensor) -> Tensor:
    """In place: see ``sgn``."""
short: _DType
def sigmoid(input: Tensor, *, out: Any = None) -> Tensor:
    """``1 / (1 + exp(-input))``."""
def sigmoid_(input: Tensor) -> Tensor:
    """In place: see ``sigmoid``."""
def sign(input: Tensor, *, out: Any = None) -> Tensor:
    """-1, 0 or 1; complex numbers are refused. Its derivative is 0."""
def sign_(input: Tensor) -> Tensor:
    """In place: see ``sign``."""
from compat import signal as signal
def signbit(input: Tensor, *, out: Any = None) -> Tensor:
    """Whether the sign bit is set; true for -0.0."""
def sin(input: Tensor, *, out: Any = None) -> Tensor:
    """Sine of radians."""
def sin_(input: Tensor) -> Tensor:
    """In place: see ``sin``."""
def sinc(input: Tensor, *, out: Any = None) -> Tensor:
    """``sin(pi * input) / (pi * input)``, 1 at 0."""
def sinc_(input: Tensor) -> Tensor:
    """In place: see ``sinc``."""
def sinh(input: Tensor, *, out: Any = None) -> Tensor:
    """Hyperbolic sine."""
def sinh_(input: Tensor) -> Tensor:
    """In place: see ``sinh``."""
def slice_copy(input: Tensor, dim: builtins.int = 0, start: builtins.int | None = None, end: builtins.int | None = None, step: builtins.int = 1) -> Tensor:
    """A copy of a slice along a dimension."""
slice_inverse: Any
def slice_scatter(input: Tensor, src: Tensor, dim: builtins.int = 0, start: builtins.int | None = None, end: builtins.int | None = None, step: builtins.int = 1, *, axis: builtins.int = ..., out: Any = None) -> Tensor:
    """`input` with ``[start:end:step]`` of `dim` replaced."""
def slogdet(*args: Any, **kwargs: Any) -> Any:
    """Sign and logarithm of the absolute value of the determinant."""
smm: Any
def softmax(input: Tensor, dim: builtins.int, dtype: _DType | builtins.type | None = None) -> Tensor:
    """Exponentials normalised to sum 1 along `dim`; cast to `dtype` first if given."""
def solve(*args: Any, **kwargs: Any) -> NoReturn:
    """Removed from PyTorch; raises."""
def sort(input: Tensor, dim: builtins.int = -1, descending: builtins.bool = False, stable: builtins.bool = False, *, axis: builtins.int = ..., out: Any = None) -> _return_types.sort:
    """Sorted values along `dim` and their former indices; ties keep their order, asked for or not."""
sparse_bsc: Any
sparse_bsc_tensor: Any
sparse_bsr: Any
sparse_bsr_tensor: Any
sparse_compressed_tensor: Any
def sparse_coo_tensor(indices: Any, values: Any = None, size: Sequence[builtins.int] | None = None, *, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, pin_memory: builtins.bool = False, requires_grad: builtins.bool = False, check_invariants: builtins.bool | None = None, is_coalesced: builtins.bool | None = None) -> Tensor:
    """A sparse tensor with the values at the columns of the indices."""
sparse_csc: Any
sparse_csc_tensor: Any
sparse_csr: Any
sparse_csr_tensor: Any
from compat import special as special
def split(tensor: Tensor, split_size_or_sections: Any, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
    """Parts of a dimension: equal ones of a size (the last may be smaller), or of the given sizes."""
def split_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> builtins.tuple[Tensor, ...]:
    """A copy of what ``split`` views."""
def split_with_sizes(input: Tensor, split_sizes: Any, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
    """Parts of the given sizes."""
def split_with_sizes_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> builtins.tuple[Tensor, ...]:
    """A copy of what ``split_with_sizes`` views."""
def spmm(input: Tensor, mat2: Tensor) -> Tensor:
    """As ``mm``."""
def sqrt(input: Tensor, *, out: Any = None) -> Tensor:
    """Square root; its derivative at 0 is inf."""
def sqrt_(input: Tensor) -> Tensor:
    """In place: see ``sqrt``."""
def square(input: Tensor, *, out: Any = None) -> Tensor:
    """``input ** 2``; of bools, in int64."""
def square_(input: Tensor) -> Tensor:
    """In place: see ``square``."""
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Without dimensions of size one: all, or the given ones."""
def squeeze_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``squeeze`` views."""
sspaddmm: Any
def stack(tensors: Sequence[Tensor], dim: builtins.int = 0, *, axis: builtins.int = ..., out: Any = None) -> Tensor:
    """Join along a new dimension."""
def std(input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = ..., axis: Any = None, out: Any = None) -> Tensor:
    """Standard deviation, its divisor the count less `correction` (1, or 0 if not `unbiased`)."""
def std_mean(input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = ..., axis: Any = None, out: Any = None) -> builtins.tuple[Tensor, ...]:
    """Standard deviation and mean."""
def stft(input: Tensor, n_fft: builtins.int, hop_length: builtins.int | None = None, win_length: builtins.int | None = None, window: Tensor | None = None, center: builtins.bool = True, pad_mode: builtins.str = 'reflect', normalized: builtins.bool = False, onesided: builtins.bool | None = None, return_complex: builtins.bool | None = None, align_to_window: builtins.bool | None = None) -> Tensor:
    """Spectra of overlapping frames: ``(*, frequencies, frames)``."""
def sub(input: Tensor | _Number, other: Tensor | _Number, *, alpha: _Number = 1, out: Any = None) -> Tensor:
    """``input - alpha * other``; bools are refused."""
def sub_(input: Tensor | _Number, other: Tensor | _Number, *, alpha: _Number = 1) -> Tensor:
    """In place: see ``sub``."""
def subtract(input: Tensor | _Number, other: Tensor | _Number, *, alpha: _Number = 1, out: Any = None) -> Tensor:
    """``input - alpha * other``; bools are refused."""
def subtract_(input: Tensor | _Number, other: Tensor | _Number, *, alpha: _Number = 1) -> Tensor:
    """In place: see ``sub``."""
def sum(input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, dtype: _DType | builtins.type | None = None, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """Sum over `dim`; of bools and integers in int64."""
def svd(input: Tensor, some: builtins.bool = True, compute_uv: builtins.bool = True, *, out: Any = None) -> Any:
    """Singular value decomposition with V, not its conjugate transpose: see ``torch.linalg.svd``."""
def svd_lowrank(A: Tensor, q: builtins.int | None = 6, niter: builtins.int | None = 2, M: Tensor | None = None) -> builtins.tuple[Tensor, ...]:
    """Approximately the first `q` singular values and vectors of a matrix, or of ``A - M``."""
def swapaxes(input: Tensor, axis0: builtins.int, axis1: builtins.int) -> Tensor:
    """Two dimensions exchanged: see ``transpose``."""
def swapdims(input: Tensor, dim0: builtins.int, dim1: builtins.int) -> Tensor:
    """Two dimensions exchanged."""
sym_constrain_range: Any
sym_constrain_range_for_size: Any
sym_float = builtins.float
sym_fresh_size: Any
sym_int = builtins.int
def sym_ite(b: builtins.bool, t: Any, f: Any) -> Any:
    """``t if b else f``."""
sym_max: builtins.builtin_function_or_method
sym_min: builtins.builtin_function_or_method
def sym_not(a: Any) -> builtins.bool:
    """``not a``."""
sym_sqrt: builtins.builtin_function_or_method
def sym_sum(args: Any) -> Any:
    """The sum of a sequence of numbers."""
def symeig(*args: Any, **kwargs: Any) -> NoReturn:
    """Removed from PyTorch; raises."""
def t(input: Tensor) -> Tensor:
    """A matrix transposed; vectors and scalars as they are."""
def t_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``t`` views."""
def take(input: Tensor, index: Tensor, *, out: Any = None) -> Tensor:
    """Elements of the flattened input; negative indices count from the end."""
def take_along_dim(input: Tensor, indices: Tensor, dim: builtins.int | None = None, *, axis: builtins.int | None = ..., out: Any = None) -> Tensor:
    """As `gather`, with the other dimensions broadcast and indices modulo the size; flattened if dim is None."""
def tan(input: Tensor, *, out: Any = None) -> Tensor:
    """Tangent of radians."""
def tan_(input: Tensor) -> Tensor:
    """In place: see ``tan``."""
def tanh(input: Tensor, *, out: Any = None) -> Tensor:
    """Hyperbolic tangent."""
def tanh_(input: Tensor) -> Tensor:
    """In place: see ``tanh``."""
def tensor(data: Any, *, dtype: _DType | builtins.type | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False) -> Tensor:
    """A leaf with a copy of ``data``: numbers, nested sequences, arrays, tensors."""
def tensor_split(input: Tensor, indices_or_sections: Any, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
    """Parts at the given indices, or as equal as possible."""
def tensordot(a: Tensor, b: Tensor, dims: builtins.int | Sequence[Sequence[builtins.int]] = 2, *, out: Any = None) -> Tensor:
    """Sum of products over the last dimensions of `a` and the first of `b`, or over the pairs in `dims`."""
thread_safe_generator: Any
def threshold(input: Tensor, threshold: builtins.float, value: builtins.float, *, out: Any = None) -> Tensor:
    """`input` where it exceeds `threshold`, else `value`."""
def threshold_(input: Tensor, threshold: builtins.float, value: builtins.float) -> Tensor:
    """In place: see ``threshold``."""
@overload
def tile(input: Tensor, dims: Sequence[builtins.int], *, out: Any = None) -> Tensor:
    """As `repeat`, missing leading dims counting as 1."""
@overload
def tile(input: Tensor, *dims: builtins.int) -> Tensor: ...
def to_dlpack(tensor: Tensor) -> Any:
    """The elements for another library, as a DLPack capsule."""
def topk(input: Tensor, k: builtins.int, dim: builtins.int = -1, largest: builtins.bool = True, sorted: builtins.bool = True, *, axis: builtins.int = ..., out: Any = None) -> _return_types.topk:
    """The `k` largest (or smallest) elements along `dim` and their indices, in order."""
def trace(input: Tensor, *, out: Any = None) -> Tensor:
    """Sum of the diagonal of a matrix; integers sum in int64."""
def transpose(input: Tensor, dim0: builtins.int, dim1: builtins.int) -> Tensor:
    """Two dimensions exchanged."""
def transpose_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``transpose`` views."""
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: builtins.float | None = None, dim: builtins.int = -1) -> Tensor:
    """Integral by the trapezoidal rule, over sample points `x` or equal steps `dx`."""
def trapz(y: Tensor, x: Tensor | None = None, *, dx: builtins.float | None = None, dim: builtins.int = -1) -> Tensor:
    """Integral by the trapezoidal rule, over sample points `x` or equal steps `dx`."""
def triangular_solve(b: Tensor, A: Tensor, upper: builtins.bool = True, transpose: builtins.bool = False, unitriangular: builtins.bool = False, *, out: Any = None) -> _return_types.triangular_solve:
    """X with ``A X = b`` for a triangular A; and A."""
def tril(input: Tensor, diagonal: builtins.int = 0, *, out: Any = None) -> Tensor:
    """Lower triangle, zeros above the diagonal."""
def tril_(input: Tensor, diagonal: builtins.int = 0) -> Tensor:
    """In place: see ``tril``."""
def tril_indices(row: builtins.int, col: builtins.int, offset: builtins.int = 0, *, dtype: _DType | builtins.type | None = None, device: _Device | builtins.str | builtins.int | None = None, layout: _Layout | None = None, pin_memory: builtins.bool = False) -> Tensor:
    """Row and column of every element of the lower triangle, shape ``(2, n)``."""
def triplet_margin_loss(*args: Any, **kwargs: Any) -> Tensor:
    """``max(0, |anchor - positive| - |anchor - negative| + margin)``."""
def triu(input: Tensor, diagonal: builtins.int = 0, *, out: Any = None) -> Tensor:
    """Upper triangle, zeros below the diagonal."""
def triu_(input: Tensor, diagonal: builtins.int = 0) -> Tensor:
    """In place: see ``triu``."""
def triu_indices(row: builtins.int, col: builtins.int, offset: builtins.int = 0, *, dtype: _DType | builtins.type | None = None, device: _Device | builtins.str | builtins.int | None = None, layout: _Layout | None = None, pin_memory: builtins.bool = False) -> Tensor:
    """Row and column of every element of the upper triangle, shape ``(2, n)``."""
def true_divide(input: Tensor | _Number, other: Tensor | _Number, *, rounding_mode: builtins.str | None = None, out: Any = None) -> Tensor: ...
def true_divide_(input: Tensor | _Number, other: Tensor | _Number, *, rounding_mode: builtins.str | None = None) -> Tensor:
    """In place: see ``div``."""
def trunc(input: Tensor, *, out: Any = None) -> Tensor:
    """Integer part, towards zero; its derivative is 0."""
def trunc_(input: Tensor) -> Tensor:
    """In place: see ``trunc``."""
uint1: Any
uint16: _DType
uint2: Any
uint3: Any
uint32: _DType
uint4: Any
uint5: Any
uint6: Any
uint64: _DType
uint7: Any
uint8: _DType
def unbind(input: Tensor, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
    """The slices along a dimension."""
def unbind_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> builtins.tuple[Tensor, ...]:
    """A copy of what ``unbind`` views."""
def unflatten(input: Tensor, dim: builtins.int, sizes: Sequence[builtins.int]) -> Tensor:
    """Split one dimension into several."""
def unfold_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``unfold`` views."""
def unique(input: Tensor, sorted: builtins.bool = True, return_inverse: builtins.bool = False, return_counts: builtins.bool = False, dim: builtins.int | None = None) -> Any:
    """Distinct elements in increasing order, or distinct slices along `dim`."""
def unique_consecutive(input: Tensor, return_inverse: builtins.bool = False, return_counts: builtins.bool = False, dim: builtins.int | None = None) -> Any:
    """The first of each run of equal elements, or of equal slices along `dim`."""
def unravel_index(indices: Tensor, shape: Any) -> builtins.tuple[Tensor, ...]:
    """Coordinates of positions in a row-major array of a shape."""
def unsafe_chunk(input: Tensor, chunks: builtins.int, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
    """As ``chunk``."""
def unsafe_split(input: Tensor, split_size: builtins.int, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
    """As ``split``."""
def unsafe_split_with_sizes(input: Tensor, split_sizes: Sequence[builtins.int], dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
    """As ``split_with_sizes``."""
def unsqueeze(input: Tensor, dim: builtins.int) -> Tensor:
    """A new dimension of size one."""
def unsqueeze_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``unsqueeze`` views."""
values_copy: Any
def var(input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = ..., axis: Any = None, out: Any = None) -> Tensor:
    """Variance, its divisor the count less `correction` (1, or 0 if not `unbiased`)."""
def var_mean(input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = ..., axis: Any = None, out: Any = None) -> builtins.tuple[Tensor, ...]:
    """Variance and mean."""
def vdot(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Sum of products of two vectors, the first conjugated."""
def view_as_complex(input: Tensor) -> Tensor:
    """Pairs as complex numbers."""
def view_as_complex_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``view_as_complex`` views."""
def view_as_real(input: Tensor) -> Tensor:
    """Complex numbers as pairs, in a new last dimension."""
def view_as_real_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``view_as_real`` views."""
def view_copy(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    """A copy of what ``view`` views."""
def vsplit(input: Tensor, indices_or_sections: Any) -> builtins.tuple[Tensor, ...]:
    """`tensor_split` along dimension 0."""
def vstack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """Join rows, vectors counting as one row."""
wait: Any
@overload
def where(condition: Tensor, input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """`input` where `condition` holds, else `other`; of a condition alone, the indices where it holds."""
@overload
def where(condition: Tensor) -> builtins.tuple[Tensor, ...]: ...
def while_loop(cond_fn: Callable[..., Any], body_fn: Callable[..., Any], carried_inputs: builtins.tuple | builtins.list) -> Any:
    """Repeat a function of its own results while a condition on them holds; Python loops."""
def xlogy(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input * log(other)``, 0 where `input` is 0 unless `other` is nan."""
def xlogy_(input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """In place: see ``xlogy``."""
def zero_(input: Tensor) -> Tensor:
    """In place: zeros."""
def zeros(*size: Any, out: Any = None, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False, names: Any = None, memory_format: _MemoryFormat | None = None, **kwargs: Any) -> Tensor:
    """A tensor of the given size: see ``torch.zeros``."""
def zeros_like(input: Tensor, *, dtype: _DType | builtins.type | None = None, layout: _Layout | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, memory_format: _MemoryFormat | None = None, pin_memory: builtins.bool = False) -> Tensor:
    """Of the size and dtype of another tensor: see ``torch.zeros_like``."""
