"""Small results that come out of a program as one array."""

import copy
import io

import jax.numpy as jnp
import numpy as np
import pytest

import compat as torch
from compat._engine import bundle, restless
from compat._engine.bundle import Bundle
from compat._engine.compile import forget
from compat._engine.program import cut

DEPTH = 40
OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, 0.01),
    "momentum": lambda p: torch.optim.SGD(p, 0.01, momentum=0.9),
    "AdamW": lambda p: torch.optim.AdamW(p, 0.01),
}


@pytest.fixture(autouse=True)
def _rested():
    """Lines that many tests share would count as restless, and their programs run in pieces."""
    restless.forget()


def _model(dtype=torch.float32):
    torch.manual_seed(0)
    return torch.nn.Sequential(*[torch.nn.Linear(3, 3) for _ in range(DEPTH)]).to(dtype)


def _step(model, optimizer, x):
    optimizer.zero_grad()
    loss = (model(x) ** 2).sum()
    loss.backward()
    optimizer.step()
    return loss


def _trained(name, steps=4, dtype=torch.float32):
    model = _model(dtype)
    optimizer = OPTIMIZERS[name](model.parameters())
    x = torch.ones(2, 3, dtype=dtype)
    for _ in range(steps):
        _step(model, optimizer, x)
    cut("test")
    return model, optimizer, x


def _bundled(t):
    return t._value().buf.__class__ is Bundle


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_numbers_are_those_of_single_arrays(monkeypatch, name, dtype):
    """Parameters and gradients after some steps, each an array of its own or not."""
    together, *_ = _trained(name, dtype=dtype)
    assert all(_bundled(p) and _bundled(p.grad) for p in together.parameters())
    monkeypatch.setattr(bundle, "LEAST", 1 << 20)
    forget()  # the programs that bundle
    alone, *_ = _trained(name, dtype=dtype)
    forget()
    for p, q in zip(together.parameters(), alone.parameters(), strict=True):
        assert not _bundled(q)
        assert torch.allclose(p, q, rtol=1e-6) and torch.allclose(p.grad, q.grad, rtol=1e-5)


@pytest.mark.parametrize("read", ["never", "before backward", "after the step"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_loop_compiles_nothing_after_its_second_iteration(name, read):
    """The second iteration's program is handed its inputs as all those after it are."""
    model = _model()
    optimizer = OPTIMIZERS[name](model.parameters())
    x = torch.ones(2, 3)
    for iteration in range(5):
        if iteration == 2:
            before = torch.metrics()["compiled"]
        optimizer.zero_grad()
        loss = (model(x) ** 2).sum()
        if read == "before backward":
            loss.item()
        loss.backward()
        optimizer.step()
        if read == "after the step":
            loss.item()
    assert torch.metrics()["compiled"] == before


def test_every_way_to_look_at_one_value():
    """Elements, arrays, copies and files show one part; and the bundle stays whole."""
    model, _, _ = _trained("SGD")
    p = model[5].weight
    assert _bundled(p)
    want = np.concatenate([q.detach().numpy().copy().reshape(-1) for q in _trained("SGD")[0].parameters()])
    start = 5 * 12
    want = want[start:start + 9].reshape(3, 3)
    assert p.tolist() == want.tolist() and p[1, 2].item() == want[1, 2]
    assert np.array_equal(jnp.asarray(p.detach()), want)
    assert np.array_equal(copy.deepcopy(model)[5].weight.detach().numpy(), want)
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    assert np.array_equal(torch.load(file)["5.weight"].numpy(), want)
    assert (p.norm() ** 2).item() == pytest.approx((want.astype(np.float64) ** 2).sum(), rel=1e-6)
    assert _bundled(p)
    assert np.array_equal(p.detach().numpy(), want)


def test_reading_one_parameter_at_a_time_compiles_once():
    """Programs that read little are handed it by itself: which part it is makes no difference."""
    model, _, _ = _trained("SGD")
    assert _bundled(model[1].weight)
    model[1].weight.norm().item()
    before = torch.metrics()["compiled"]
    norms = [layer.weight.norm().item() for layer in model]
    assert torch.metrics()["compiled"] == before and len(set(norms)) == DEPTH


def test_one_gradient_that_is_kept_does_not_keep_the_others():
    """After some steps it has an array of its own."""
    model, optimizer, x = _trained("SGD")
    kept = model[3].weight.grad
    want = kept.clone().numpy().copy()
    assert _bundled(kept)
    optimizer.zero_grad()
    for _ in range(bundle.AGE + 2):
        _step(model, optimizer, x)
    cut("test")
    assert not _bundled(kept) and np.array_equal(kept.numpy(), want)


def test_a_step_is_captured_in_the_midst_of_training():
    """A captured step takes bundled values over, and gives them back."""
    model, optimizer, x = _trained("momentum")
    twin, twins, _ = _trained("momentum")
    step = torch.compile(_step, fullgraph=True)
    for _ in range(3):
        step(model, optimizer, x)
        _step(twin, twins, x)
    for _ in range(2):
        _step(model, optimizer, x)
        _step(twin, twins, x)
    step(model, optimizer, x)
    _step(twin, twins, x)
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.allclose(p, q, rtol=1e-6)


def test_new_values_in_the_place_of_some():
    """Parameters that are loaded, or set one by one, train on as those of another model."""
    model, optimizer, x = _trained("AdamW")
    other, others, _ = _trained("AdamW")
    model.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in model.state_dict().items()})
    with torch.no_grad():
        model[7].weight.fill_(0.5)
        other[7].weight.fill_(0.5)
    for _ in range(2):
        _step(model, optimizer, x)
        _step(other, others, x)
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.allclose(p, q, rtol=1e-6)
