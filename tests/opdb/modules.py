"""One module of PyTorch's database: its start, values, gradients, state and errors, compat's against PyTorch's."""

import copy
import os
import pickle
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch

import compat
from tests.opdb.check import compare, cotangent, differences, flat
from tests.opdb.half import HALVES, at_least_as_exact
from tests.opdb.translate import distinct, translate

# how many inputs of each module, dtype and mode: drawn, since they are products of all options; all of them for 1000
INPUTS = int(os.environ.get("MODDB_INPUTS", "1000"))
# of values alone: what `gradient` looks at, and what neither XLA nor NumPy has
_LEFT_OUT = (torch.float64, torch.complex128, torch.complex32)


class Given(NamedTuple):
    """What a module is made from and then called with, for one of the two libraries."""

    library: Any
    cls: Any
    made: tuple[tuple, dict]
    called: tuple[tuple, dict]


class Case(NamedTuple):
    """A module input: what PyTorch gets, and the same for compat, twice."""

    label: str
    given: Given
    mine: Given
    spare: Given
    dtype: torch.dtype
    training: bool
    want: Any = None


def _class(info: Any) -> Any:
    return getattr(compat.nn, info.module_cls.__name__)


def modes(info: Any) -> tuple[bool, ...]:
    """Training, and evaluation where it is something else."""
    return (True, False) if info.train_and_eval_differ else (True,)


def _given(info: Any, sample: Any) -> Given:
    forward = sample.forward_input
    called = (tuple(forward.args), dict(forward.kwargs)) if forward is not None else ((), {})
    made = tuple(sample.constructor_input.args), dict(sample.constructor_input.kwargs)
    return Given(torch, info.module_cls, made, called)


def _mine(info: Any, given: Given) -> Given:
    made, called = distinct((given.made, given.called), {})
    return Given(compat, _class(info), made, called)


def cases(info: Any, dtype: torch.dtype, grad: bool) -> Iterator[Case]:
    """The inputs of a dtype, in each mode."""
    for training in modes(info):
        torch.manual_seed(0)
        inputs = list(info.module_inputs_func(info, device="cpu", dtype=dtype, requires_grad=grad, training=training))
        chosen = random.Random(0).sample(range(len(inputs)), min(INPUTS, len(inputs)))
        for i, sample in ((i, inputs[i]) for i in sorted(chosen)):
            given = _given(info, sample)
            mine, spare = _mine(info, given), _mine(info, given)
            label = f"{dtype} {'train' if training else 'eval'} input {i} {sample.desc} {given.made!r:.200}"
            yield Case(" ".join(label.split()), given, mine, spare, dtype, training)


def _dtype(library: Any, dtype: torch.dtype) -> Any:
    return getattr(library, str(dtype).removeprefix("torch."))


def make(given: Given, seed: int = 7) -> Any:
    """The module, from a seed."""
    given.library.manual_seed(seed)
    args, kwargs = given.made
    return given.cls(*args, **kwargs)


def _ready(case: Case, given: Given) -> Any:
    return make(given).to(_dtype(given.library, case.dtype)).train(case.training)


def call(given: Given, module: Any) -> Any:
    """What the module returns, from a seed: of dropout and the like."""
    given.library.manual_seed(11)
    args, kwargs = given.called
    return module(*args, **kwargs)


# ---- the start
def _copied(module: Any) -> dict[str, Any]:
    """The state, as it is now. What a lazy module does not have yet is named by its class."""
    return {k: type(v).__name__ if getattr(v, "cls_to_become", None) is not None else v.detach().clone()
            for k, v in module.state_dict().items()}


def _beginning(case: Case, given: Given) -> Any:
    module = make(given)
    named = [(name, p.requires_grad) for name, p in module.named_parameters()]
    return repr(module), module.extra_repr(), named, _copied(module)


def _same_state(got: dict[str, Any], want: dict[str, Any], exact: bool = True) -> str | None:
    if list(got) != list(want):
        return f"the state has {list(got)}, expected {list(want)}"
    for key, y in want.items():
        x = got[key]
        what = compare(x, y)
        if what is None and exact and hasattr(y, "detach") and not _identical(x, y):
            what = f"not the same: {x}, expected {y}"
        if what:
            return f"{key}: {what}"
    return None


def _identical(x: Any, y: Any) -> bool:
    return np.array_equal(np.asarray(x.detach().numpy()), np.asarray(y.detach().numpy()), equal_nan=True)


def made(info: Any) -> Iterator[str]:
    """What differs in a new module: repr, the names of what is trained, and the values from a seed, to the bit."""
    given = [case._replace(want=_beginning(case, case.given)) for case in cases(info, torch.float32, False)]

    def judge(case: Case, got: Any) -> str | None:
        for what, x, y in zip(("repr", "extra_repr", "parameters"), got, case.want, strict=False):
            if x != y:
                return f"{what}: {x}, expected {y}"
        return _same_state(got[3], case.want[3])

    yield from differences(given, _beginning, judge)


# ---- values and buffers
def _forward(case: Case, given: Given) -> Any:
    module = _ready(case, given)
    with given.library.no_grad():
        return call(given, module), dict(module.named_buffers())


def forward(info: Any) -> Iterator[str]:
    """What differs in the result and in the buffers after it."""
    given = [case._replace(want=_forward(case, case.given))
             for dtype in info.supported_dtypes("cpu") if dtype not in _LEFT_OUT
             for case in cases(info, dtype, False)]

    def judge(case: Case, got: Any) -> str | None:
        what = compare(got[0], case.want[0])
        if what and case.dtype in HALVES and at_least_as_exact(
                lambda called: _again(case, called), case.given.called, got[0], case.want[0]):
            what = None
        return what or _same_state(got[1], case.want[1], exact=False)

    yield from differences(given, _forward, judge)


def _again(case: Case, called: Any) -> Any:
    """PyTorch's result in float32."""
    with torch.no_grad():
        return call(case.given._replace(called=called), make(case.given).train(case.training))


# ---- gradients
def _pulled(case: Case, given: Given) -> Any:
    module = _ready(case, given)
    out = call(given, module)
    args, kwargs = given.called
    leaves = [x for x in flat([*args, *kwargs.values()]) if getattr(x, "requires_grad", False)]
    leaves += [p for p in module.parameters() if p.requires_grad]
    outs = [x for x in flat(out) if getattr(x, "requires_grad", False)]
    seeds = [cotangent(given.library, x) for x in outs]
    grads = given.library.autograd.grad(outs, leaves, seeds, allow_unused=True) if outs and leaves else ()
    return out, list(grads), dict(module.named_buffers())


def gradient(info: Any) -> Iterator[str]:
    """What differs in the gradients of parameters and inputs, with a fixed cotangent (64 bits)."""
    given = [case._replace(want=_pulled(case, case.given)) for dtype in (torch.float64, torch.complex128)
             if dtype in info.supported_dtypes("cpu") for case in cases(info, dtype, True)]

    def judge(case: Case, got: Any) -> str | None:
        there = [g is None for g in got[1]], [g is None for g in case.want[1]]
        if there[0] != there[1]:
            return f"no gradient: {there}"
        return (compare(got[0], case.want[0]) or compare(got[1], case.want[1], 10.0)
                or _same_state(got[2], case.want[2], exact=False))

    yield from differences(given, _pulled, judge)


# ---- state dicts, copies, pickles
def _stateful(case: Case, given: Given) -> Any:
    module = _ready(case, given)
    with given.library.no_grad():
        call(given, module)
    return module


def _to_torch(state: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {k: torch.from_numpy(np.array(v.numpy())) for k, v in state.items()}


def _round_trip(case: Case, mine: Any, given: Given) -> str | None:
    """PyTorch's state into compat's module, and compat's into PyTorch's."""
    theirs, state = case.want, case.want.state_dict()
    other, back = (make(g, 8).to(_dtype(g.library, case.dtype)) for g in (given, case.given))
    answers = (other.load_state_dict({k: translate(v) for k, v in state.items()}, strict=True),
               back.load_state_dict(_to_torch(mine.state_dict()), strict=True))
    if repr(answers[0]) != repr(answers[1]):
        return f"load_state_dict: {answers[0]}, expected {answers[1]}"
    got = other.state_dict()
    if dict(got._metadata) != dict(state._metadata):
        return f"metadata: {got._metadata}, expected {state._metadata}"
    if repr(mine) != repr(theirs):
        return f"repr: {mine!r}, expected {theirs!r}"
    return _same_state(got, state) or _same_state(mine.state_dict(), back.state_dict())


def _copies(mine: Any, theirs: Any) -> str | None:
    for what, copied in (("deepcopy", copy.deepcopy), ("pickle", lambda m: pickle.loads(pickle.dumps(m)))):
        other, expected = copied(mine), copied(theirs)
        if repr(other) != repr(expected) or type(other) is not type(mine) or other.training != expected.training:
            return f"{what}: {other!r}, expected {expected!r}"
        differs = _same_state(other.state_dict(), _to_torch(mine.state_dict()))
        if differs:
            return f"{what}: {differs}"
    return None


def state(info: Any) -> Iterator[str]:
    """What differs in a state dict given to the other library's module, in copies and in pickles."""
    given = [case._replace(want=_stateful(case, case.given)) for case in cases(info, torch.float32, False)
             if case.training]
    yield from differences(given, _stateful, lambda case, mine: _round_trip(case, mine, case.mine)
                           or _copies(mine, case.want))


# ---- errors
def attempt(run: Callable[[], Any]) -> BaseException | None:
    """The error, or else the first warning, of a call."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            run()
        except Exception as error:  # noqa: BLE001 - compared with the other library's
            return error
    return next((w.message for w in seen if isinstance(w.message, Warning)), None)


def same_error(got: BaseException | None, want: BaseException) -> bool:
    """Whether they are of one type (by name: each library has classes of its own) and say the same."""
    return type(got).__name__ == type(want).__name__ and str(got) == str(want)


def errors(info: Any) -> Iterator[tuple[bool, str]]:
    """Of each wrong input: whether compat refuses it with PyTorch's type and message, and what it did."""
    for training in modes(info):
        torch.manual_seed(0)
        inputs = info.module_error_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False,
                                               training=training)
        for i, wrong in enumerate(inputs):
            given = _given(info, wrong.module_error_input)
            mine = _mine(info, given)
            want = attempt(lambda given=given: call(given, make(given).train(training)))  # noqa: B023
            if want is None:
                continue  # PyTorch takes it
            got = attempt(lambda mine=mine: flush(call(mine, make(mine).train(training))))  # noqa: B023
            yield same_error(got, want), (f"error {i} {given.made!r:.200}: {type(got).__name__}: {got!s:.300}; "
                                          f"expected {type(want).__name__}: {want!s:.300}")


def flush(x: Any) -> None:
    """Reads a result, so that what is wrong with it has been found."""
    for y in flat(x):
        if hasattr(y, "detach"):
            y.detach().numpy()
