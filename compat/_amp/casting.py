"""What autocast does: the listed functions cast their arguments where it is on.

A function knows nothing of autocast until the first region of the process begins. Then every listed one is led to a
function that looks at the thread's state first (see ``compat._ops.generate.reroute``). A program that never begins a
region pays nothing. What runs inside a listed function runs with autocast off, as in PyTorch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jax

from compat import _dtype, _nn_functions
from compat._amp.lists import ELSEWHERE, FURTHER, LISTS
from compat._amp.state import NAMES as NAMES
from compat._amp.state import Casting, eligible, state
from compat._engine.program import ctx
from compat._ops.conversion import convert
from compat._ops.declare import METHODS, NAMESPACES, ops
from compat._ops.generate import reroute
from compat._tensor.tensor import Tensor
from compat.nn import functional as F
from compat.nn._functional import recurrent

Policy = Callable[[Callable, str, _dtype.dtype, tuple, dict], Any]
_BANNED = (
    "torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast.\nMany models use a sigmoid "
    "layer right before the binary cross entropy layer.\nIn this case, combine the two layers using "
    "torch.nn.functional.binary_cross_entropy_with_logits\nor torch.nn.BCEWithLogitsLoss.  "
    "binary_cross_entropy_with_logits and BCEWithLogits are\nsafe to autocast."
)


# ---------------------------------------------------------------- casts


def cast(x: Any, to: _dtype.dtype, kind: str) -> Any:
    """An argument, or each of a list of them, in another dtype; itself where autocast leaves it."""
    if x.__class__ is list or x.__class__ is tuple:
        return x.__class__(cast(y, to, kind) for y in x)
    if not eligible(x, kind) or x._aval.dtype == to.numpy:
        return x
    weight = (state.cache_enabled and x._rg and x._node is None and x._base is None and x.dtype is _dtype.float32
              and to is state.dtypes[kind])
    if not weight or isinstance(x._value().buf, jax.core.Tracer):
        return convert(x, to)
    # one cast for all uses, so that the gradients of all are added in the lower precision, as PyTorch adds them
    key = id(x), to
    known = state.cache.get(key)
    if known is not None and (known[1]._rg or not ctx.grad):
        return known[1]
    made = convert(x, to)
    state.cache[key] = x, made
    return made


def _all(args: tuple, kwargs: dict, to: _dtype.dtype, kind: str) -> tuple[tuple, dict]:
    return tuple(cast(x, to, kind) for x in args), {k: cast(x, to, kind) for k, x in kwargs.items()}


def _tensors(args: Sequence[Any]) -> Iterator[Tensor]:
    for x in args:
        if isinstance(x, Tensor):
            yield x
        elif x.__class__ is list or x.__class__ is tuple:
            yield from _tensors(x)


# ---------------------------------------------------------------- what is done


def _lower(plain: Callable, kind: str, dtype: _dtype.dtype, args: tuple, kwargs: dict) -> Any:
    args, kwargs = _all(args, kwargs, dtype, kind)
    return plain(*args, **kwargs)


def _fp32(plain: Callable, kind: str, dtype: _dtype.dtype, args: tuple, kwargs: dict) -> Any:
    args, kwargs = _all(args, kwargs, _dtype.float32, kind)
    return plain(*args, **kwargs)


def _fp32_result(plain: Callable, kind: str, dtype: _dtype.dtype, args: tuple, kwargs: dict) -> Any:
    first = next(_tensors((*args, *kwargs.values())), None)
    given = kwargs.get("dtype") is not None or any(isinstance(a, _dtype.dtype) for a in args)
    if eligible(first, kind) and not given:
        kwargs["dtype"] = _dtype.float32
    return plain(*args, **kwargs)


def _promote(plain: Callable, kind: str, dtype: _dtype.dtype, args: tuple, kwargs: dict) -> Any:
    to = dtype
    for x in _tensors((*args, *kwargs.values())):
        if eligible(x, kind):
            if x.dtype is _dtype.float32:
                to = _dtype.float32
            elif x.dtype is not dtype and to is not _dtype.float32:
                raise RuntimeError("Unexpected floating ScalarType in at::autocast::prioritize")
    args, kwargs = _all(args, kwargs, to, kind)
    return plain(*args, **kwargs)


def _banned(plain: Callable, kind: str, dtype: _dtype.dtype, args: tuple, kwargs: dict) -> Any:
    raise RuntimeError(_BANNED)


def _apart(plain: Callable, kind: str, dtype: _dtype.dtype, args: tuple, kwargs: dict) -> Any:
    return plain(*args, **kwargs)


def _lower_result(plain: Callable, kind: str, dtype: _dtype.dtype, args: tuple, kwargs: dict) -> Any:
    return cast(plain(*args, **kwargs), dtype, kind)


def _einsum(plain: Callable, kind: str, dtype: _dtype.dtype, args: tuple, kwargs: dict) -> Any:
    """From the left, pairs of operands are multiplied: in lower precision where that sums a common index."""
    operands = list(_tensors(args))
    if len(operands) < 2 or not isinstance(args[0], str):
        return plain(*args, **kwargs)
    steps = _contractions(args[0], operands)
    if all(steps):
        return _lower(plain, kind, dtype, args, kwargs)
    lowest = operands[0].dtype
    for sums, x in zip(steps, operands[1:], strict=True):
        lowest = dtype if sums else _dtype.promote_types(lowest, x.dtype)
    result = plain(*args, **kwargs)
    return cast(result, lowest, kind) if any(steps) else result


def _contractions(equation: str, operands: Sequence[Tensor]) -> list[bool]:
    """For each product of what is left of an operand with it: whether it sums an index that both have."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    labels = [part.replace("...", "") for part in left.split(",")]
    if not arrow:
        right = "".join(c for c in left if c.isalpha() and left.count(c) == 1)
    wide = [{c for c, n in zip(part, x.shape[-len(part) :] if part else (), strict=False) if n != 1}
            for part, x in zip(labels, operands, strict=True)]  # fmt: skip
    seen, steps = wide[0], []
    for i in range(1, len(wide)):
        later = set(right).union(*labels[i + 1 :])
        steps.append(bool((seen & wide[i]) - later))
        seen = {c for c in seen | wide[i] if c in later}
    return steps


POLICIES: dict[str, Policy] = {
    "lower_precision_fp": _lower, "fp32": _fp32, "fp32_set_opt_dtype": _fp32_result, "promote": _promote,
    "banned": _banned, "einsum": _einsum, "lower_result": _lower_result, "apart": _apart,
}  # fmt: skip


# ---------------------------------------------------------------- which functions those are

_nll, _norms, _upsample = (ops.nll_loss,), (NAMESPACES["linalg"]["vector_norm"], ops.linalg_norm), (ops._upsample,)
_SAMPLERS = ("grid_sampler", "grid_sampler_2d", "grid_sampler_3d")
_UPSAMPLERS = [name for name in LISTS["cuda"]["fp32"].split() if "upsample" in name]
# where it is not the function of that name among ``ops``
FUNCTIONS: Mapping[str, Sequence[Callable]] = {
    **dict.fromkeys(_SAMPLERS, (ops._grid_sample,)),
    **dict.fromkeys(_UPSAMPLERS, _upsample),
    **dict.fromkeys(("gru_cell", "lstm_cell", "rnn_relu_cell", "rnn_tanh_cell"), (recurrent.cell,)),
    **{f"reflection_pad{n}d": (ops._reflection_pad,) for n in (1, 2)},
    **{f"replication_pad{n}d": (ops._replication_pad,) for n in (1, 2, 3)},
    **{name: (getattr(F, name),) for name in """
        bilinear cosine_embedding_loss hinge_embedding_loss huber_loss kl_div l1_loss linear margin_ranking_loss
        poisson_nll_loss scaled_dot_product_attention smooth_l1_loss triplet_margin_loss""".split()},
    "_lu_with_info": (ops.lu,),
    "adaptive_max_pool3d": (ops._adaptive_max_pool3d,),
    "affine_grid_generator": (ops._affine_grid,),
    "convolution": (_nn_functions.convolution,),
    "cross_entropy_loss": (F.cross_entropy,),
    "fractional_max_pool2d": (ops._fractional_max_pool2d,),
    "fractional_max_pool3d": (ops._fractional_max_pool3d,),
    "linalg_matrix_norm": (ops.matrix_norm,),
    "linalg_multi_dot": (NAMESPACES["linalg"]["multi_dot"],),
    "linalg_vector_norm": _norms,
    "max_unpool1d": (ops._max_unpool1d,),
    "max_unpool2d": (ops._max_unpool2d,),
    "max_unpool3d": (ops._max_unpool3d,),
    "mkldnn_rnn_layer": (recurrent.layers,),
    "native_layer_norm": (_nn_functions.native_layer_norm,),
    "nll_loss2d": _nll,
    "pow": (ops.pow, METHODS["__rpow__"]),
}


def _given(name: str, at: int, args: tuple, kwargs: dict, default: Any = None) -> Any:
    return kwargs[name] if name in kwargs else args[at] if len(args) > at else default


def _fused_layers(kind: str, args: tuple, kwargs: dict) -> bool:
    """On GPUs all recurrent layers are one operator, on the CPU only LSTMs of padded sequences."""
    special = _given("projected", 8, args, kwargs) or _given("lengths", 9, args, kwargs) is not None
    return kind != "cpu" or (args[0] == "LSTM" and not special)


# functions of which a list names only some uses: whether a call is one of those
ONLY: Mapping[str, Callable[[str, tuple, dict], bool]] = {
    "max_pool3d": lambda kind, args, kwargs: not _given("return_indices", 6, args, kwargs),
    "mkldnn_rnn_layer": _fused_layers,
    "reflection_pad1d": lambda kind, args, kwargs: len(_given("pad", 1, args, kwargs)) < 6,
    "reflection_pad2d": lambda kind, args, kwargs: len(_given("pad", 1, args, kwargs)) < 6,
}


def functions(name: str) -> list[Callable]:
    """The functions that a name on a list stands for: the operator's own, and Python's spellings of it."""
    if name in ELSEWHERE:
        return []
    found = list(FUNCTIONS.get(name) or (getattr(ops, name),))
    return [*found, METHODS["__matmul__"]] if name == "mm" else found


def targets() -> dict[Callable, dict[str, tuple[str, Policy]]]:
    """By function and device type: the name on the list, and what is done."""
    found: dict[Callable, dict[str, tuple[str, Policy]]] = {}
    for table in (LISTS, FURTHER):
        for kind, lists in table.items():
            for policy, names in lists.items():
                for name in names.split():
                    for fn in functions(name):
                        found.setdefault(fn, {})[kind] = name, POLICIES[policy]
    return found


# ---------------------------------------------------------------- leading them here


def _led(fn: Callable, rules: Mapping[str, tuple[str, Policy]]) -> None:
    """Have calls of a function look at the state first."""

    def led(*args: Any, **kwargs: Any) -> Any:
        active = state.active
        if active is None or kwargs.get("out") is not None:
            return plain(*args, **kwargs)
        return _inside(plain, rules, active, args, kwargs)

    plain = reroute(fn, led)


def _present(args: tuple, kwargs: dict) -> set[str]:
    """The device types that the arguments lie on."""
    return {x._aval.device.type for x in _tensors((*args, *kwargs.values()))}


def _inside(plain: Callable, rules: Mapping[str, tuple[str, Policy]], active: tuple, args: tuple, kwargs: dict) -> Any:
    """A call where autocast is on for some device types."""
    present = _present(args, kwargs)
    for kind, dtype in active:
        rule = rules.get(kind)
        if rule is None or kind not in present:
            continue
        name, policy = rule
        only = ONLY.get(name)
        if only is not None and not only(kind, args, kwargs):
            continue
        state.active = tuple(pair for pair in active if pair[0] != kind) or None
        try:
            return policy(plain, kind, dtype, args, kwargs)
        finally:
            state.active = active
    return plain(*args, **kwargs)


_lock = threading.Lock()
_installed: list[bool] = []


def install() -> None:
    """Lead the listed functions here, if they are not yet."""
    if not _installed:
        with _lock:
            if not _installed:
                for fn, rules in targets().items():
                    _led(fn, rules)
                _installed.append(True)


Casting.install = staticmethod(install)
