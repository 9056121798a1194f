"""PyTorch's interface on XLA: ``import compat as torch``.

This file is the index of the ``torch`` namespace; there is no logic in it. Functions derived from the operator table
(see ``compat._ops``) are added at the end.
"""

import math as _math

from compat import _C as _C
from compat import _dtype, _later, _legacy_types, _nn_functions, _settings, _symbols
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
from compat._amp.casting import NAMES as _AUTOCAST
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
from compat._ops import FUNCTIONS as _FUNCTIONS
from compat._ops import namespaces as _namespaces
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
from compat.storage import KINDS as _storage_kinds
from compat.storage import TypedStorage as TypedStorage
from compat.storage import UntypedStorage as UntypedStorage
from compat.storage import is_storage as is_storage

__version__ = torch_version.__version__
e, inf, nan, pi = _math.e, _math.inf, _math.nan, _math.pi
newaxis = None
special, linalg, fft, signal = (_namespaces[_n] for _n in ("special", "linalg", "fft", "signal"))
signal.windows = _namespaces["signal.windows"]

globals().update(_FUNCTIONS)
globals().update(_legacy_types.TYPES)
globals().update(_storage_kinds)
globals().update(_settings.FORMATS)
globals().update(_dtype.NAMES)
globals().update(_nn_functions.FUNCTIONS)
globals().update(_symbols.NAMES)
globals().update(_AUTOCAST)
globals().update({name: _later.placeholder(f"torch.{name}") for name in _later.ABSENT_NAMES.split()})
_later.later(__name__, _later.ABSENT)
_later.complete(__name__)
bool = _dtype.bool_
