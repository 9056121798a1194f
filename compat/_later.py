"""Names that PyTorch has and compat does not: they are there to be imported and compared, and using one says so.

A module whose ``__getattr__`` is made by `later` gives, for every name that it does not define, a placeholder class.
``isinstance(x, torch.fx.GraphModule)`` is then False and ``from torch.distributed import fsdp`` an import that works,
while a call, or an instance of a subclass, raises NotImplementedError with the full name and the line that used it.
"""

from __future__ import annotations

import collections
import functools
import importlib
import sys
import types
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from compat import _names
from compat._engine.metrics import user_line

# modules of placeholders alone, parents first
ABSENT = """
    _decomp _dynamo _dynamo.backends _dynamo.backends.registry _inductor ao ao.nn ao.nn.quantized ao.ns
    ao.pruning ao.quantization ao.quantization.quantize_fx classes export export.dynamic_shapes fx fx.experimental
    fx.experimental.optimization fx.experimental.proxy_tensor fx.graph fx.graph_module fx.interpreter fx.node
    fx.passes fx.passes.graph_drawer fx.passes.shape_prop fx.passes.split_module fx.proxy fx.subgraph_rewriter
    library monitor nested onnx onnx.operators onnx.symbolic_helper onnx.utils ops ops.aten ops.profiler
    package quantization utils._python_dispatch utils.cpp_extension utils.mobile_optimizer utils.model_zoo"""
# names of the torch namespace itself
ABSENT_NAMES = """
    BufferDict Future QInt32Storage QInt8Storage QUInt2x4Storage QUInt4x2Storage QUInt8Storage ScriptModule Tag
    as_strided_ batch_norm_backward_elemt
    batch_norm_backward_reduce batch_norm_elemt batch_norm_gather_stats batch_norm_gather_stats_with_counts
    batch_norm_stats batch_norm_update_stats bit bits16 bits1x8 bits2x4 bits4x2 bits8 ccol_indices_copy
    choose_qparams_optimized col_indices_copy crow_indices_copy detach_ dsmm empty_quantized
    fake_quantize_per_channel_affine fake_quantize_per_tensor_affine feature_alpha_dropout_ feature_dropout_
    float4_e2m1fn_x2 fork from_file fused_moving_avg_obs_fake_quant
    hsmm hspmm indices_copy int1 int2 int3 int4 int5 int6 int7 int_repr
    jagged lobpcg native_norm per_channel_affine
    per_channel_affine_float_qparams per_channel_symmetric per_tensor_affine per_tensor_symmetric
    q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point qscheme
    quantize_per_channel quantize_per_tensor quantize_per_tensor_dynamic quantized_batch_norm quantized_gru
    quantized_gru_cell quantized_lstm quantized_lstm_cell quantized_max_pool1d quantized_max_pool2d
    quantized_max_pool3d quantized_rnn_relu_cell quantized_rnn_tanh_cell quint2x4 quint4x2 resize_as_sparse_
    row_indices_copy saddmm set_anomaly_enabled
    slice_inverse smm sparse_bsc sparse_bsc_tensor sparse_bsr sparse_bsr_tensor sparse_compressed_tensor
    sparse_csc sparse_csc_tensor sparse_csr sparse_csr_tensor sspaddmm
    sym_constrain_range sym_constrain_range_for_size sym_fresh_size thread_safe_generator uint1 uint2 uint3
    uint4 uint5 uint6 uint7 values_copy wait"""
T = TypeVar("T", bound=Callable)
fell_short: collections.Counter[tuple[str, str]] = collections.Counter()  # (name, line of the program) of each use
_placeholders: dict[str, type] = {}


def refuse(name: str, instead: str = "") -> NoReturn:
    """Say that a name is not implemented, and which line of the program used it.

    Args:
      name: The full name in PyTorch.
      instead: What to do instead, for the message.

    Raises:
      NotImplementedError: always.
    """
    where = user_line()
    fell_short[name, where] += 1
    raise NotImplementedError(f"{name} is not implemented in compat{instead and '; ' + instead} (used at {where})")


def absent(name: str, instead: str = "") -> Callable[[T], T]:
    """Decorates a function or class of which compat has no more than the signature: a call is refused.

    Args:
      name: The full name in PyTorch.
      instead: What to do instead, for the message.

    Returns:
      The decorator.
    """

    def mark(what: Any) -> Any:
        def refused(*args: Any, **kwargs: Any) -> NoReturn:
            refuse(name, instead)

        if isinstance(what, type):
            what.absent, what.__init__ = name, functools.wraps(what.__init__)(refused)
            return what
        refused.absent = name
        return functools.update_wrapper(refused, what)

    return mark


def name_of_absent(what: Any) -> str | None:
    """The name in PyTorch of a placeholder, or of what `absent` decorates; None for all else."""
    if isinstance(what, Placeholder) or isinstance(what, type | types.FunctionType) and "absent" in vars(what):
        return what.absent
    return None


class Placeholder(type):
    """The class of placeholders."""

    absent: str

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        """Say what is not implemented."""
        refuse(cls.absent)

    def __getattr__(cls, name: str) -> Any:
        """A member's placeholder: ``torch.distributed.ReduceOp.SUM``."""
        if name.startswith("_"):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        return placeholder(f"{cls.absent}.{name}")

    def __str__(cls) -> str:
        """The name in PyTorch, as a constant such as a layout stands in messages."""
        return cls.absent

    def __repr__(cls) -> str:
        """The name in PyTorch, and that it is missing."""
        return f"<{cls.absent}, which compat does not have>"


def placeholder(name: str) -> Any:
    """The placeholder of a full name such as ``torch.fx.GraphModule``; always the same one."""
    made = _placeholders.get(name)
    if made is None:
        last = name.rpartition(".")[2]
        # what is named an error can stand in an except clause
        bases = (RuntimeError,) if last.endswith(("Error", "Exception")) else ()
        made = _placeholders[name] = Placeholder(last, bases, {"absent": name, "__module__": "compat._later"})
    return made


def later(module: str, submodules: str = "") -> Callable[[str], Any]:
    """The ``__getattr__`` of a module: placeholders for what it lacks.

    Args:
      module: The module's ``__name__``, in compat.
      submodules: Space separated dotted names of submodules, parents first, that consist of placeholders alone.

    Returns:
      The function.
    """
    for name in submodules.split():
        later_module(f"{module}.{name}")
    prefix = _names.in_torch(module)

    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {prefix!r} has no attribute {name!r}")
        return placeholder(f"{prefix}.{name}")

    return __getattr__


def later_module(name: str) -> types.ModuleType:
    """A new module of placeholders alone, below one that is there; ``name`` is its name in compat."""
    parent, _, last = name.rpartition(".")
    above = sys.modules[parent]
    above.__path__ = getattr(above, "__path__", [])  # whoever has submodules is a package
    made = types.ModuleType(name, f"``{_names.in_torch(name)}``: placeholders; see ``compat._later``.")
    made.__path__ = []
    made.__getattr__ = later(name)  # type: ignore[method-assign]
    sys.modules[name] = made
    setattr(above, last, made)
    return made


def complete(package: str) -> None:
    """Lets the modules that are there now give placeholders for the names that PyTorch's have and they lack.

    What PyTorch does not have either stays an AttributeError. Modules with a ``__getattr__`` of their own keep it.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != package or not _names.is_module(_names.in_torch(name)):
            continue
        if "__getattr__" not in vars(module):
            module.__getattr__ = _known(name)  # type: ignore[method-assign]
        if "__path__" not in vars(module) and _names.is_package(_names.in_torch(name)):
            module.__path__ = []


def _known(module: str) -> Callable[[str], Any]:
    prefix = _names.in_torch(module)

    def __getattr__(name: str) -> Any:
        if name.startswith("__") or name not in _names.defined_by(prefix):
            raise AttributeError(f"module {prefix!r} has no attribute {name!r}")
        if _names.is_listed(f"{prefix}.{name}"):
            try:
                return submodule(f"{module}.{name}")
            except ImportError as error:  # of a package that is not installed: who asks is told no
                raise AttributeError(f"module {prefix!r} has no attribute {name!r}: {error}") from error
        return placeholder(f"{prefix}.{name}")

    return __getattr__


def submodule(name: str) -> types.ModuleType:
    """The module of compat by this name, or one of placeholders in the place of a module that only PyTorch has.

    Args:
      name: The full name, in compat.

    Raises:
      ModuleNotFoundError: if PyTorch has no such module either.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name or not _names.is_module(_names.in_torch(name)):
            raise
    return later_module(name)
