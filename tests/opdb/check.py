"""One entry of PyTorch's database of operators: values, gradients and errors, compat's against PyTorch's."""

import os
import re
import tomllib
import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

import compat
from tests.opdb.half import at_least_as_exact
from tests.opdb.translate import aliased, function, translate

# (rtol, atol) by dtype. Float32: XLA adds in another order than PyTorch's loops; half precision: one unit in the last
# place and a half, because PyTorch rounds intermediate results that XLA keeps.
TOLERANCES = {
    torch.float64: (1e-7, 1e-7), torch.complex128: (1e-7, 1e-7),
    torch.float32: (1e-4, 1e-5), torch.complex64: (1e-4, 1e-5),
    torch.float16: (3e-3, 1e-3), torch.bfloat16: (2e-2, 1e-2),
}  # fmt: skip
FURTHER = (torch.complex64, torch.int64, torch.bool, torch.bfloat16, torch.float16, torch.uint8)
# whose elements are whatever the memory held: only dtype and shape can be compared
UNINITIALISED = {"empty", "empty_like", "empty_permuted", "empty_strided", "new_empty", "new_empty_strided"}
# (entry, part, dtype or "") where PyTorch's own answer is wrong
_SCOPE = tomllib.loads((Path(__file__).parent / "scope.toml").read_text(encoding="utf-8"))
UNTRUE = {(s["name"], s["part"], s.get("dtype", "")) for s in _SCOPE["untrue"]}
# how many samples of the main dtype, and of each further one
SAMPLES = int(os.environ.get("OPDB_SAMPLES", "10"))
FEW = max(SAMPLES * 3 // 10, 1)


def flat(x: Any) -> list[Any]:
    """The tensors and numbers of a result, in order."""
    if isinstance(x, list | tuple):
        return [z for y in x for z in flat(y)]
    return [] if x is None else [x]


def host(x: Any) -> Any:
    """A tensor of either library as a NumPy array; anything else as it is."""
    if not hasattr(x, "detach"):
        return x
    x = x.detach()
    if isinstance(x, torch.Tensor):
        x = x.resolve_conj().resolve_neg()
        x = x.clone() if torch._is_zerotensor(x) else x  # zeros without memory, which NumPy cannot read
    if str(x.dtype) == "torch.bfloat16":
        return np.asarray(x.float().numpy())
    return np.asarray(x.numpy())


def _differs(got: Any, want: Any, tolerance: tuple[float, float]) -> str | None:
    if hasattr(want, "detach") != hasattr(got, "detach"):
        return f"got a {type(got).__name__}, expected a {type(want).__name__}"
    if hasattr(want, "detach"):
        if str(got.dtype) != str(want.dtype):
            return f"dtype {got.dtype}, expected {want.dtype}"
        if tuple(got.shape) != tuple(want.shape):
            return f"shape {tuple(got.shape)}, expected {tuple(want.shape)}"
    a, b = host(got), host(want)
    if isinstance(b, torch.dtype | str):
        return None if str(a) == str(b) else f"got {a}, expected {b}"
    rtol, atol = tolerance
    try:
        np.testing.assert_allclose(a, b, rtol, atol)
    except (AssertionError, TypeError) as error:
        return " ".join(str(error).split())[:300]
    return None


def compare(got: Any, want: Any, scale: float = 1.0) -> str | None:
    """How two results differ, or None."""
    a, b = flat(got), flat(want)
    if len(a) != len(b):
        return f"{len(a)} results, expected {len(b)}"
    for i, (x, y) in enumerate(zip(a, b, strict=True)):
        rtol, atol = TOLERANCES.get(getattr(y, "dtype", torch.float64), (1e-6, 1e-6))
        what = _differs(x, y, (rtol * scale, atol * scale))
        if what:
            return f"result {i}: {what}"
    return None


# Where elements are equal, PyTorch leaves their order open unless asked for a stable sort. Of these entries the indices
# are compared by what stands there, and must be distinct; the position of ``dim`` among the arguments.
_ORDERS = {"sort": 0, "argsort": 0, "topk": 1, "kthvalue": 1}


def _without_ties(name: str, sample: tuple[Any, tuple, dict], result: Any) -> list[Any]:
    """A result of an entry of `_ORDERS` as values that do not depend on the order of equal elements."""
    *values, index = flat(result)
    x, i = np.atleast_1d(host(sample[0])), np.atleast_1d(host(index))
    args = sample[1][_ORDERS[name] :]
    dim = (args[0] if args else sample[2].get("dim", -1)) % x.ndim
    if i.ndim < x.ndim:  # kthvalue, which does not keep the dimension
        i = np.expand_dims(i, dim)
    i = i.reshape([n if d == dim else m for d, (n, m) in enumerate(zip(i.shape, x.shape, strict=True))])
    distinct = bool((np.diff(np.sort(i, dim), axis=dim) > 0).all())
    return [*values, str(index.dtype), tuple(index.shape), np.take_along_axis(x, i, dim), distinct]


# Elements that are sums of much larger terms: exact to the rounding of the largest element, here as in PyTorch.
_BY_LARGEST = {"matrix_exp"}


def _compare_entry(name: str, sample: tuple[Any, tuple, dict], got: Any, want: Any) -> str | None:
    if name in _BY_LARGEST and want.numel():
        most = max(float(want.abs().max()), 1.0)
        got, want = got / most, want / most
    if name not in _ORDERS or sample[2].get("stable"):
        return compare(got, want)
    # the same elements on both sides: `sample` is PyTorch's
    return compare(_without_ties(name, sample, got), _without_ties(name, sample, want))


def main_dtype(op: Any) -> torch.dtype:
    """float32, or the first dtype that the entry takes."""
    supported = op.supported_dtypes("cpu")
    order = (torch.float32, torch.float64, torch.complex64, torch.int64, torch.bool, torch.uint8, torch.int32)
    return next((d for d in order if d in supported), next(iter(supported)))


def _samples(op: Any, dtype: torch.dtype, grad: bool, count: int) -> list[Any]:
    torch.manual_seed(0)
    return list(islice(op.sample_inputs("cpu", dtype, requires_grad=grad), count))


def _run(f: Any, s: Any, seed: Any) -> Any:
    seed(7)
    return f(s[0], *s[1], **s[2])


def _call(sample: Any) -> tuple[Any, tuple, dict]:
    return sample.input, tuple(sample.args), dict(sample.kwargs)


class Case(NamedTuple):
    """A sample: what to call it, its arguments for PyTorch, and the same for compat, twice."""

    label: str
    given: tuple[Any, tuple, dict]
    mine: tuple[Any, tuple, dict]
    spare: tuple[Any, tuple, dict]
    process: Callable[[Any], Any]
    want: Any = None


def cases(op: Any, kinds: Iterable[tuple[torch.dtype, int]], grad: bool) -> Iterator[Case]:
    """The first samples of each dtype."""
    for dtype, count in kinds:
        for i, sample in enumerate(_samples(op, dtype, grad, count)):
            given = _call(sample)
            mine, spare = (tuple(translate(x) for x in given) for _ in range(2))
            label = f"{dtype} sample {i} {sample.summary()[:300]}"
            yield Case(label, given, mine, spare, sample.output_process_fn_grad)


def _attempt(run: Callable[..., Any], *args: Any) -> tuple[Any, str | None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return run(*args), None
        except Exception as error:  # noqa: BLE001 - reported as what differs
            return None, f"{type(error).__name__}: {str(error)[:300]}"


def differences(given: list[Case], mine: Callable[[Case, tuple], Any],
                judge: Callable[[Case, Any], str | None]) -> Iterator[str]:
    """What differs. All cases are recorded before one is read, so that they are compiled as one program."""
    made = [_attempt(mine, case, case.mine) for case in given]
    alone, got = [], None
    for case, (got, what) in zip(given, made, strict=True):
        if what is None:
            differs, what = _attempt(judge, case, got)
            if what is not None:  # maybe another case's fault
                alone.append(case)
                continue
            what = differs
        if what:
            yield f"{case.label}: {what}"
    del made, got
    for case in alone:
        got, what = _attempt(mine, case, case.spare)
        if what is None:
            differs, what = _attempt(judge, case, got)
            what = what or differs
        if what:
            yield f"{case.label}: {what}"


def forward(op: Any) -> Iterator[str]:
    """What differs in values, dtypes and shapes."""
    f = function(op.op, op.name)
    first = main_dtype(op)
    further = [d for d in FURTHER if d in op.supported_dtypes("cpu") and d is not first
               and (op.name, "forward", str(d).removeprefix("torch.")) not in UNTRUE]
    given = []
    for case in cases(op, [(first, SAMPLES), *((d, FEW) for d in further)], False):
        want = case.process(_run(op.op, case.given, torch.manual_seed))
        if not any(getattr(x, "dtype", None) is torch.complex32 for x in flat(want)):  # out of scope, see scope.toml
            given.append(case._replace(want=want))

    def judge(case: Case, got: Any) -> str | None:
        if op.name in UNINITIALISED:
            return compare(compat.zeros_like(got), torch.zeros_like(case.want))
        what = _compare_entry(op.name, case.given, got, case.want)
        if what and at_least_as_exact(lambda x: _run(op.op, x, torch.manual_seed), case.given, got, case.want):
            return None
        return what

    yield from differences(given, lambda case, x: case.process(_run(f, x, compat.manual_seed)), judge)


def _leaves(s: tuple[Any, tuple, dict]) -> list[Any]:
    return [x for x in flat([s[0], list(s[1]), list(s[2].values())]) if getattr(x, "requires_grad", False)]


def cotangent(library: Any, like: Any) -> Any:
    """Fixed, with no symmetry that could hide a mistake. It asks for the shape and dtype alone, so nothing runs yet."""
    name, shape = str(like.dtype).removeprefix("torch."), tuple(like.shape)
    dtype = np.dtype("float32" if name == "bfloat16" else name)
    k = np.arange(int(np.prod(shape)), dtype=np.float64).reshape(shape)
    x = np.cos(1.7 * k + 0.3) + 0.1
    return library.tensor((x + 1j * np.sin(k + 0.2) if dtype.kind == "c" else x).astype(dtype)).to(like.dtype)


def _pull(library: Any, out: Any, leaves: list[Any]) -> list[Any]:
    outs = [x for x in flat(out) if getattr(x, "requires_grad", False)]
    if not outs:
        return [None for _ in leaves]
    seeds = [cotangent(library, x) for x in outs]
    return list(library.autograd.grad(outs, leaves, seeds, allow_unused=True))


def gradient(op: Any) -> Iterator[str]:
    """What differs in the gradients, with a fixed cotangent."""
    f = function(op.op, op.name)
    backward = op.supported_backward_dtypes("cpu")
    kinds = ((torch.float64, SAMPLES), (torch.float32, SAMPLES), (torch.complex128, FEW))
    chosen = [(d, n) for d, n in kinds if d in backward and not (d is torch.float32 and torch.float64 in backward)]
    given = []
    for case in cases(op, chosen, True):
        out = case.process(_run(op.op, case.given, torch.manual_seed))
        given.append(case._replace(want=_pull(torch, out, _leaves(case.given))))

    def judge(case: Case, got: Any) -> str | None:
        there = [g is None for g in got], [g is None for g in case.want]
        return compare(got, case.want, 10.0) if there[0] == there[1] else f"no gradient: {there}"

    def mine(case: Case, x: tuple) -> Any:
        return _pull(compat, case.process(_run(f, x, compat.manual_seed)), _leaves(x))

    yield from differences(given, mine, judge)


def _accepts(f: Any, given: Any) -> bool:
    """Whether PyTorch itself takes what the database calls wrong: ``clamp_max(t, 2)``, say, which is no error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _run(f, given, torch.manual_seed)
        except Exception:  # noqa: BLE001 - of whatever type; compat's is compared with what the database expects
            return False
    return True


def _mine(given: Any) -> Any:
    """The same input for compat, or the error of making it: of tensors on the meta device, say."""
    try:
        return aliased(given)
    except (TypeError, RuntimeError, NotImplementedError) as error:
        return error


def errors(op: Any) -> Iterator[tuple[bool, str]]:
    """Of each wrong input: whether compat refuses it with PyTorch's type and message, and what it did."""
    torch.manual_seed(0)
    try:
        f = function(op.op, op.name)
    except AttributeError as error:
        f = None
        missing = str(error)
    inputs = [(wrong, _call(wrong.sample_input)) for wrong in op.error_inputs("cpu")]
    # before any call: inputs may share an ``out=``, which a call that PyTorch refuses leaves resized without memory
    inputs = [(wrong, given, _mine(given) if f is not None else None) for wrong, given in inputs]
    for i, (wrong, given, mine) in enumerate(inputs):
        sample = wrong.sample_input
        if f is None:
            yield False, missing
            continue
        if _accepts(op.op, given):
            continue
        if isinstance(mine, Exception):
            yield False, f"error {i} {sample.summary()[:200]}: compat has no such input: {mine}"
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                got = _run(f, mine, compat.manual_seed)
            yield False, (f"error {i} {sample.summary()[:200]}: no error, got {str(got)[:80]}; expected "
                          f"{wrong.error_regex}")
        except Exception as error:  # noqa: BLE001 - compared below
            same = type(error) is wrong.error_type or issubclass(type(error), wrong.error_type)
            good = same and re.search(wrong.error_regex, str(error)) is not None
            yield good, (f"error {i} {sample.summary()[:200]}: {type(error).__name__}: {str(error)[:300]}; expected "
                         f"{wrong.error_type.__name__}: {wrong.error_regex}")
