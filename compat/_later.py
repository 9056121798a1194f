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
    ao.pruning ao.quantization ao.quantization.quantize_fx classes distributions distributions.bernoulli
    distributions.beta distributions.binomial distributions.categorical distributions.constraints
    distributions.distribution distributions.gamma distributions.kl distributions.multinomial
    distributions.multivariate_normal distributions.normal distributions.poisson distributions.transforms
    distributions.uniform export export.dynamic_shapes fx fx.experimental fx.experimental.optimization
    fx.experimental.proxy_tensor fx.graph fx.graph_module fx.interpreter fx.node fx.passes fx.passes.graph_drawer
    fx.passes.shape_prop fx.passes.split_module fx.proxy fx.subgraph_rewriter futures hub library monitor
    nested onnx onnx.operators onnx.symbolic_helper onnx.utils ops ops.aten ops.profiler package quantization
    sparse utils._python_dispatch utils.cpp_extension utils.mobile_optimizer utils.model_zoo"""
# names of the torch namespace itself
ABSENT_NAMES = """
    BFloat16Storage BoolStorage BufferDict ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage
    DoubleStorage FloatStorage Future HalfStorage IntStorage LongStorage ScriptModule ShortStorage Tag
    TypedStorage UntypedStorage choose_qparams_optimized empty_quantized fake_quantize_per_channel_affine
    fake_quantize_per_tensor_affine fork hash_tensor hsmm hspmm lobpcg per_channel_affine per_channel_symmetric
    per_tensor_affine per_tensor_symmetric quantize_per_channel quantize_per_tensor quantize_per_tensor_dynamic
    quantized_batch_norm quantized_max_pool1d quantized_max_pool2d saddmm smm sparse_bsc_tensor sparse_bsr_tensor
    sparse_compressed_tensor sparse_coo_tensor sparse_csc_tensor sparse_csr_tensor spmm sspaddmm wait"""
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

    def __repr__(cls) -> str:
        """The name in PyTorch."""
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
