"""Names that PyTorch has and compat does not: they are there to be imported and compared, and using one says so.

A module whose ``__getattr__`` is made by `later` gives, for every name that it does not define, a placeholder class.
``isinstance(x, torch.fx.GraphModule)`` is then False and ``from torch.distributed import fsdp`` an import that works,
while a call, or an instance of a subclass, raises NotImplementedError with the full name.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any, NoReturn

# modules of placeholders alone, parents first
ABSENT = """
    _C _decomp _dynamo _dynamo.backends _dynamo.backends.registry _inductor ao ao.nn ao.nn.quantized ao.ns
    ao.pruning ao.quantization ao.quantization.quantize_fx classes export export.dynamic_shapes fx fx.experimental
    fx.experimental.optimization fx.experimental.proxy_tensor fx.graph fx.graph_module fx.interpreter fx.node
    fx.passes fx.passes.graph_drawer fx.passes.shape_prop fx.passes.split_module fx.proxy fx.subgraph_rewriter
    futures hub library monitor nested onnx onnx.operators onnx.symbolic_helper onnx.utils ops ops.aten ops.profiler
    package quantization sparse utils._python_dispatch utils.cpp_extension utils.mobile_optimizer utils.model_zoo"""
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
    sparse_coo sparse_coo_tensor sparse_csc sparse_csc_tensor sparse_csr sparse_csr_tensor spmm sspaddmm
    sym_constrain_range sym_constrain_range_for_size sym_fresh_size thread_safe_generator uint1 uint2 uint3
    uint4 uint5 uint6 uint7 values_copy wait"""
_placeholders: dict[str, type] = {}


class Placeholder(type):
    """The class of placeholders."""

    absent: str

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        """Say what is not implemented."""
        raise NotImplementedError(f"{cls.absent} is not implemented in compat")

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
    names = submodules.split()
    if names:
        here = sys.modules[module]
        here.__path__ = getattr(here, "__path__", [])  # whoever has submodules is a package
    for name in names:
        parent, _, last = f"{module}.{name}".rpartition(".")
        made = types.ModuleType(f"{parent}.{last}", f"``torch.{name}``: placeholders; see ``compat._later``.")
        made.__path__ = []
        made.__getattr__ = later(made.__name__)  # type: ignore[method-assign]
        sys.modules[made.__name__] = made
        setattr(sys.modules[parent], last, made)

    prefix = "torch" + module.removeprefix("compat")

    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {prefix!r} has no attribute {name!r}")
        return placeholder(f"{prefix}.{name}")

    return __getattr__
