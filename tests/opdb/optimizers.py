"""One optimizer of PyTorch's database: its steps, state and errors, compat's against PyTorch's."""

import copy
import itertools
import pickle
import types
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch

import compat
from tests.opdb.check import compare, cotangent, differences
from tests.opdb.modules import attempt, same_error
from tests.opdb.translate import distinct, translate

# What the database leaves to each of PyTorch's tests: the implementations that an optimizer may be asked for.
FLAGS = ({}, {"foreach": True}, {"foreach": False}, {"fused": True}, {"fused": False}, {"capturable": True},
         {"foreach": True, "fused": True}, {"fused": True, "differentiable": True})  # fmt: skip
STEPS = 3


class Given(NamedTuple):
    """An optimizer to make, and what it is to do, for one of the two libraries."""

    library: Any
    cls: Any
    options: dict
    dtype: str = "float64"
    bias: bool = True
    groups: bool = False
    complex: bool = False
    closure: bool = False
    schedulers: tuple = ()


class Case(NamedTuple):
    """What PyTorch gets, and the same for compat, twice."""

    label: str
    given: Given
    mine: Given
    spare: Given
    want: Any = None


class Training:
    """A small model and its optimizer."""

    def __init__(self, given: Given) -> None:
        lib = self.library = given.library
        lib.manual_seed(3)
        dtype = getattr(lib, given.dtype)
        self.given = given
        self.net = lib.nn.Sequential(lib.nn.Linear(4, 5, given.bias), lib.nn.Tanh(), lib.nn.Linear(5, 2, given.bias))
        self.net.to(dtype)
        k = np.arange(24.0).reshape(6, 4)
        self.x = lib.tensor(np.sin(k)).to(dtype)
        self.y = lib.tensor(np.cos(k[:, :2])).to(dtype)
        self.turn = lib.tensor(np.cos(k[:2, :3]) + 1j * np.sin(k[:2, :3])) if given.complex else None
        self.params = list(self.net.parameters())
        self.params += [(self.turn * (0.5 + 1j)).requires_grad_()] if given.complex else []
        # of one parameter there is never a gradient
        self.params.append(lib.nn.Parameter(lib.ones(2, 2, dtype=dtype)))
        half = [{"params": self.params[:1], "lr": 0.02}, {"params": self.params[1:]}]
        self.opt = given.cls(half if given.groups else self.params, **given.options)
        self.schedulers = [make(self.opt) for make in given.schedulers]
        self.losses = []

    def loss(self) -> Any:
        """The loss, with its gradients."""
        self.opt.zero_grad()
        value = ((self.net(self.x) - self.y) ** 2).mean()
        if self.given.complex:
            value = value + (self.params[-2] * self.turn - 1).abs().square().sum()
        value.backward()
        return value

    def run(self, steps: int = STEPS) -> None:
        """Takes some steps, the last one by a closure."""
        for i in range(steps):
            if self.given.closure or i == steps - 1:
                loss = self.opt.step(self.loss)
            else:
                loss = self.loss()
                self.opt.step()
            self.losses.append(loss.detach())
            for scheduler in self.schedulers:
                on_plateau = isinstance(scheduler, self.library.optim.lr_scheduler.ReduceLROnPlateau)
                scheduler.step(*((loss,) if on_plateau else ()))

    def results(self) -> list[Any]:
        """What is compared."""
        return [[p.detach() for p in self.params], self.losses, self.opt.state_dict(),
                [s.state_dict() for s in self.schedulers]]


def _dims(info: Any) -> dict[str, Any]:
    """Muon takes matrices alone."""
    return {"bias": info.name != "Muon", "closure": info.step_requires_closure}


def _case(label: str, given: Given) -> Case:
    cls = getattr(compat.optim, given.cls.__name__)
    schedulers = tuple(types.FunctionType(s.__code__, vars(compat.optim.lr_scheduler)) for s in given.schedulers)
    mine, spare = (given._replace(library=compat, cls=cls, options=translate(given.options), schedulers=schedulers)
                   for _ in range(2))
    return Case(label, given, mine, spare)


def _options(info: Any) -> list[dict[str, Any]]:
    """The options that the database tries, those for other devices included: what they do on a CPU is defined too."""
    found = []
    for sample in (*info.optim_inputs_func(device="cpu"), *info.optim_inputs_func(device="cuda")):
        if not any(repr(sample.kwargs) == repr(other) for other in found):
            found.append(sample.kwargs)
    return found


def cases(info: Any) -> Iterator[Case]:
    """The options of the database with each flag, in float64; and the first in other circumstances."""
    base = Given(torch, info.optim_cls, {}, **_dims(info))
    for options, flags in itertools.product(_options(info), FLAGS):
        both = {**options, **flags}
        yield _case(f"{both}", base._replace(options=both))
    # few iterations a step of what iterates: near the minimum, rounding alone would say where it goes
    few = {"max_iter": 3} if info.step_requires_closure else {}
    further: list[dict[str, Any]] = [{"dtype": "float32", "options": few}]
    if info.supports_param_groups:
        further.append({"groups": True})
    if info.supports_complex:
        further += [{"complex": True, "options": {**few, **flags}} for flags in ({}, {"foreach": True})
                    if not flags or "foreach" in info.supported_impls]
    further += [{"schedulers": tuple(s)} for s in info.scheduler_inputs]
    for what in further:
        yield _case(f"{what}", base._replace(**what))


def _steps(case: Case, given: Given) -> Any:  # noqa: ARG001 - as `differences` calls it
    out: list[Any] = []

    def run() -> None:
        training = Training(given)
        training.run()
        out.append(training.results())

    error = attempt(run)
    return out[0] if out else error


def same(got: Any, want: Any, scale: float = 1.0) -> str | None:
    """How two structures differ: types, keys in their order, numbers, tensors."""
    if isinstance(want, BaseException) or isinstance(got, BaseException):
        if isinstance(want, BaseException) and isinstance(got, BaseException) and same_error(got, want):
            return None
        return f"{type(got).__name__}: {str(got)[:200]}, expected {type(want).__name__}: {str(want)[:200]}"
    if type(got).__name__ != type(want).__name__ and not {type(got), type(want)} <= {int, float}:
        return f"a {type(got).__name__}, expected a {type(want).__name__}: {got!r:.100}, {want!r:.100}"
    if isinstance(want, dict):
        if list(got) != list(want):
            return f"keys {list(got)}, expected {list(want)}"
        pairs = [(key, got[key], want[key]) for key in want]
    elif isinstance(want, list | tuple):
        if len(got) != len(want):
            return f"{len(got)} of {type(want).__name__}, expected {len(want)}"
        pairs = [(str(i), x, y) for i, (x, y) in enumerate(zip(got, want, strict=True))]
    elif hasattr(want, "detach") or isinstance(want, float | int):
        return compare(got, want, scale)
    else:
        return None if got == want or callable(want) else f"{got!r}, expected {want!r}"
    for key, x, y in pairs:
        what = same(x, y, scale)
        if what:
            return f"{key}: {what}"
    return None


def steps(info: Any) -> Iterator[str]:
    """What differs in parameters, losses and state after some steps, or in the error that PyTorch raises instead."""
    given = [case._replace(want=_steps(case, case.given)) for case in cases(info)]
    yield from differences(given, _steps, lambda case, got: same(got, case.want))


# ---- steps that are differentiated
def _through(case: Case, given: Given) -> Any:  # noqa: ARG001 - as `differences` calls it
    lib, k = given.library, np.arange(6.0).reshape(2, 3)
    start, grad = (lib.tensor(a).requires_grad_() for a in (np.cos(k), np.sin(k + 1)))
    p = start.clone()
    p.grad = grad
    opt = given.cls([p], **given.options)
    opt.step()
    return [p, lib.autograd.grad(p, [start, grad], cotangent(lib, p), allow_unused=True), opt.state_dict()]


def differentiable(info: Any) -> Iterator[str]:
    """What differs in a step that is itself differentiated, by the parameter and by its gradient."""
    given = []
    for options in _options(info):
        if options.get("capturable"):
            continue  # not on a CPU, which `steps` has seen
        case = _case(f"{options}", Given(torch, info.optim_cls, {**options, "differentiable": True}))
        given.append(case._replace(want=_through(case, case.given)))
    yield from differences(given, _through, lambda case, got: same(got, case.want, 10.0))


# ---- state dicts, copies, pickles
def _trained(case: Case, given: Given) -> Training:  # noqa: ARG001 - as `differences` calls it
    training = Training(given)
    training.run()
    return training


def _back(x: Any) -> Any:
    """compat's state for PyTorch."""
    if isinstance(x, dict):
        return {k: _back(v) for k, v in x.items()}
    if isinstance(x, list | tuple):
        return type(x)(map(_back, x))
    return torch.from_numpy(np.array(x.detach().numpy())) if isinstance(x, compat.Tensor) else x


def _handed_over(case: Case, mine: Training) -> str | None:
    """PyTorch's state in compat's optimizer, which goes on from there; compat's in PyTorch's; copies."""
    theirs = copy.deepcopy(case.want.opt.state_dict())
    other, go_on, back = Training(case.mine), Training(case.given), Training(case.given)
    other.net.load_state_dict({k: translate(v) for k, v in case.want.net.state_dict().items()})
    go_on.net.load_state_dict(case.want.net.state_dict())
    other.opt.load_state_dict(translate(theirs))
    go_on.opt.load_state_dict(copy.deepcopy(theirs))
    back.opt.load_state_dict(_back(mine.opt.state_dict()))
    again = Training(case.mine)
    again.opt.load_state_dict(copy.deepcopy(mine.opt.state_dict()))
    what = (same(other.opt.state_dict(), go_on.opt.state_dict())
            or same(again.opt.state_dict(), back.opt.state_dict()))
    if what:
        return f"load_state_dict: {what}"
    if repr(mine.opt) != repr(case.want.opt):
        return f"repr: {mine.opt!r}, expected {case.want.opt!r}"
    for name, copied in (("deepcopy", copy.deepcopy), ("pickle", lambda x: pickle.loads(pickle.dumps(x)))):
        what = same(copied(mine.opt).state_dict(), theirs)
        if what:
            return f"{name}: {what}"
    other.run(2)
    go_on.run(2)
    return same(other.results(), go_on.results())


def state(info: Any) -> Iterator[str]:
    """What differs in a state dict given to the other library's optimizer, in copies and in pickles."""
    given = []
    for options in _options(info):
        if not options.get("capturable"):
            case = _case(f"{options}", Given(torch, info.optim_cls, options, **_dims(info)))
            given.append(case._replace(want=_trained(case, case.given)))
    yield from differences(given, _trained, _handed_over)


# ---- errors
def _refused(cls: Any, params: Any, options: dict) -> Callable[[], None]:
    return lambda: cls(params, **options).step()


def errors(info: Any) -> Iterator[tuple[bool, str]]:
    """Of each wrong input: whether compat refuses it with PyTorch's type and message, and what it did."""
    torch.manual_seed(0)
    for i, wrong in enumerate(info.optim_error_inputs_func(device="cpu", dtype=torch.float32)):
        sample = wrong.optimizer_error_input
        mine = distinct(sample.params, {})
        cls = getattr(compat.optim, info.name)
        got = attempt(_refused(cls, mine, distinct(sample.kwargs, {})))
        want = attempt(_refused(info.optim_cls, sample.params, sample.kwargs))
        if want is not None:
            yield same_error(got, want), (f"error {i} {sample.desc}: {type(got).__name__}: {got!s:.300}; "
                                          f"expected {type(want).__name__}: {want!s:.300}")
