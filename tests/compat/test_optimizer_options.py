"""Optimizers against PyTorch itself: its own lists of options and of mistakes, and states that either loads."""

import importlib
import io
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import compat
from tests.helpers import torch_or_none

NAMES = ["ASGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "LBFGS", "Muon", "NAdam", "RAdam",
         "RMSprop", "Rprop", "SGD"]
FLAGS: list[dict[str, Any]] = [{}, {"foreach": False}, {"foreach": True}, {"differentiable": True}, {"maximize": True}]
STEPS = 7


@pytest.fixture(scope="module")
def real() -> ModuleType:
    torch = torch_or_none()
    if torch is None:
        pytest.skip("needs PyTorch: make crosscheck")
    return torch


def described(name: str) -> Any:
    """PyTorch's entry for the tests of an optimizer."""
    optim_db = importlib.import_module("torch.testing._internal.common_optimizers").optim_db
    return next(info for info in optim_db if info.optim_cls.__name__ == name)


def translated(value: Any, twins: dict[int, Any]) -> Any:
    """PyTorch's tensors and parameters, wherever they are in a structure, as compat's; each the same wherever it is."""
    if isinstance(value, dict):
        return {key: translated(x, twins) for key, x in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(translated(x, twins) for x in value)
    if not (type(value).__module__.startswith("torch") and hasattr(value, "detach")):
        return value
    if value.is_sparse:
        raise NotImplementedError
    if id(value) not in twins:
        twin = compat.from_numpy(value.detach().numpy().copy())
        twin = compat.nn.Parameter(twin) if type(value).__name__ == "Parameter" else twin
        twins[id(value)] = twin.requires_grad_(value.requires_grad)
    return twins[id(value)]


def begin(torch: ModuleType, dtype: str = "float64") -> list[Any]:
    """Matrices alone, for Muon takes no others."""
    kind = getattr(torch, dtype)
    values = [np.linspace(-1.0, 1.5, n * m).reshape(n, m) for n, m in ((2, 3), (4, 2), (1, 1))]
    return [torch.tensor(v.tolist(), dtype=kind).requires_grad_() for v in values]


def run(torch: ModuleType, optimizer: Any, params: list[Any], steps: int = STEPS, first: int = 0) -> list[np.ndarray]:
    """Steps on a quartic, whose second parameter has no gradient at first; the parameters after each."""
    scales = [torch.linspace(0.5, 2.0, p.numel(), dtype=p.dtype).reshape(p.shape) for p in params]
    seen = []
    for step in range(first, first + steps):

        def closure(step: int = step) -> Any:
            optimizer.zero_grad()
            terms = [(scale * (p - 0.3) ** 4 + p**2).sum() for p, scale in zip(params, scales, strict=True)]
            loss = sum(terms if step > 1 else terms[::2])
            loss.backward()
            return loss

        optimizer.step(closure)
        seen.append(np.concatenate([np.asarray(p.detach().tolist()).ravel() for p in params]))
    return seen


def close(actual: list[np.ndarray], expected: list[np.ndarray], name: str, kwargs: dict[str, Any]) -> None:
    if name == "Muon":  # computes in bfloat16, and takes its sums in another order
        tolerance = 2e-2
    else:  # PyTorch computes corrections by tensors in these variants, in float32, and otherwise by Python's numbers
        tolerance = 1e-5 if kwargs.get("differentiable") else 1e-6 if kwargs.get("foreach") else 1e-7
    np.testing.assert_allclose(actual, expected, tolerance, tolerance)


def options(name: str) -> list[dict[str, Any]]:
    info = described(name)
    given = [case.kwargs for case in info.optim_inputs_func("cpu")]
    impls = info.supported_impls
    flags = [f for f in FLAGS if all(flag in impls for flag in f if flag != "maximize")]
    flags = [f for f in flags if "maximize" not in f or "maximize" in info.optim_cls.__init__.__code__.co_varnames]
    return [{**kwargs, **f} for kwargs in given for f in flags]


@pytest.mark.parametrize("name", NAMES)
def test_every_option_of_pytorch_s_tests(name: str, real: ModuleType) -> None:
    for kwargs in options(name):
        theirs, ours = begin(real), begin(compat)
        if kwargs.get("differentiable"):  # leaves cannot be changed where their changes are recorded
            theirs, ours = ([p.detach().clone() for p in params] for params in (theirs, ours))
            gradients = [[np.sin(p.detach().numpy() + step) for p in theirs] for step in range(STEPS)]
            paths = []
            for torch, params in ((real, theirs), (compat, ours)):
                optimizer = getattr(torch.optim, name)(params, **translate(kwargs, torch))
                path = []
                for step in range(STEPS):
                    for p, g in zip(params, gradients[step], strict=True):
                        p.grad = torch.tensor(g.tolist(), dtype=torch.float64)
                    optimizer.step()
                    path.append(np.concatenate([np.asarray(p.detach().tolist()).ravel() for p in params]))
                paths.append(path)
            close(paths[1], paths[0], name, kwargs)
            continue
        expected = run(real, getattr(real.optim, name)(theirs, **kwargs), theirs)
        close(run(compat, getattr(compat.optim, name)(ours, **translate(kwargs, compat)), ours), expected, name, kwargs)


def translate(kwargs: dict[str, Any], torch: ModuleType) -> dict[str, Any]:
    return translated(kwargs, {}) if torch is compat else kwargs


def message(call: Callable[[], Any]) -> list[str]:
    """The error's type and text."""
    try:
        call()
    except (ValueError, TypeError, RuntimeError, AssertionError) as error:
        return [type(error).__name__, str(error)]
    return []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [*NAMES, "SparseAdam"])
def test_every_mistake_of_pytorch_s_tests(name: str, real: ModuleType) -> None:
    info, compared = described(name), 0
    for case in info.optim_error_inputs_func("cpu", real.float32):
        given = case.optimizer_error_input
        try:
            params, kwargs = translated((given.params, given.kwargs), {})
        except NotImplementedError:  # sparse
            continue

        def make_and_step(torch: ModuleType, params: Any, kwargs: Any) -> None:
            optimizer = getattr(torch.optim, name)(params, **kwargs)
            for group in optimizer.param_groups:
                for p in group["params"]:
                    p.grad = torch.ones_like(p)
            optimizer.step(lambda: torch.ones(()))

        expected = message(lambda given=given: make_and_step(real, given.params, given.kwargs))
        assert message(lambda params=params, kwargs=kwargs: make_and_step(compat, params, kwargs)) == expected
        compared += bool(expected)
    assert compared >= 4


def saved(torch: ModuleType, state: Any) -> io.BytesIO:
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return file


@pytest.mark.parametrize("ours_first", [True, False], ids=["to PyTorch", "from PyTorch"])
@pytest.mark.parametrize("name", NAMES)
def test_states_that_either_saves_the_other_continues(name: str, ours_first: bool, real: ModuleType) -> None:
    extra: list[dict[str, Any]] = [{}]
    if name == "LBFGS":
        extra += [{"line_search_fn": "strong_wolfe", "max_iter": 4}, {"max_iter": 2, "history_size": 3, "lr": 0.1}]
    if name in ("Adam", "AdamW"):
        extra += [{"amsgrad": True}]
    for kwargs in extra:
        before, after = (compat, real) if ours_first else (real, compat)
        params = begin(before)
        optimizer = getattr(before.optim, name)(params, **kwargs)
        run(before, optimizer, params, 4)
        moved = begin(after)
        other = getattr(after.optim, name)(moved, **kwargs)
        other.load_state_dict(after.load(saved(before, optimizer.state_dict())))
        weights = after.load(saved(before, [p.detach() for p in params]))
        for p, value in zip(moved, weights, strict=True):
            p.data.copy_(value)
        again = getattr(before.optim, name)(params, **kwargs)
        again.load_state_dict(optimizer.state_dict())  # which casts what is not called "step" to the parameter's dtype
        assert describe(other) == describe(again)
        close(run(after, other, moved, 3, first=4), run(before, again, params, 3, first=4), name, kwargs)


def describe(optimizer: Any) -> Any:
    """Names, kinds, dtypes and shapes of all that a state dict holds."""

    def kind(value: Any) -> Any:
        if hasattr(value, "shape"):
            return str(value.dtype), tuple(value.shape)
        return [kind(x) for x in value if x is not None] if isinstance(value, list) else type(value).__name__

    state = optimizer.state_dict()
    # PyTorch leaves intermediate results in "al".
    names = {i: {k: kind(v) for k, v in sorted(s.items()) if k != "al"} for i, s in state["state"].items()}
    return names, [sorted(group) for group in state["param_groups"]]
