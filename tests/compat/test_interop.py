"""Between compat and JAX: modules as pure functions, functions as operations, flax models, weights and memory."""

import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flax.linen
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

import compat as torch
from compat import interop, nn
from tests.conftest import ROOT
from tests.helpers import assert_close
from tests.oracle.nn_cases import _inputs, _tensors, _weighted_sum
from tests.rows.nn import ROWS

IMAGES = np.random.default_rng(0).normal(size=(6, 1, 8, 8)).astype("float32")
LABELS = np.array([0, 3, 1, 2, 4, 4])


def convnet() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.5),
        nn.Linear(36, 5),
    )  # fmt: skip


def snapshot(module: nn.Module) -> list[Any]:
    held = [*module.parameters(), *module.buffers()]
    return [*map(id, held), *(t.detach().numpy().copy() for t in held), *(m.training for m in module.modules())]


def same(before: list[Any], after: list[Any]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


# ---- to_jax
# What Python decides by values that are not known in a jitted program.
DECIDED_BY_VALUES = {"embedding norm", "embedding bag sum", "adaptive softmax"}


def weighted(outputs: list[Any], wanted: list[bool]) -> Any:
    total = 0.0
    for out, want in zip(outputs, wanted, strict=True):
        if want:
            weights = np.linspace(-1.0, 2.0, max(out.size, 1), dtype="float32")[: out.size]
            total = total + (out * weights.reshape(out.shape)).sum()
    return total


def rows() -> Iterator[Any]:
    """Each row, all but the first of a kind (``conv2d``, ``conv2d all``) marked slow: they compile a program each."""
    seen = set()
    for name in sorted(set(ROWS) - DECIDED_BY_VALUES):
        kind = name.split()[0]
        yield pytest.param(name, marks=[pytest.mark.slow] if kind in seen else [])
        seen.add(kind)


@pytest.mark.parametrize("name", list(rows()))
def test_gradients_of_jax_are_those_of_backward(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what PyTorch warns of is the business of the modules' own tests
        check_gradients(ROWS[name])


def check_gradients(row: Any) -> None:
    torch.manual_seed(0)
    module = row.make(nn).eval()
    inputs = _inputs(torch, row)
    outputs = list(_tensors(module(*inputs)))
    total = _weighted_sum(torch, outputs)
    if isinstance(total, float):  # nothing here requires grad
        return
    total.backward()
    apply, params, state = interop.to_jax(module)
    arrays = [jnp.asarray(t.detach().numpy()) for t in inputs]
    chosen = [i for i, t in enumerate(inputs) if t.requires_grad]
    wanted = [out.requires_grad for out in outputs]

    def loss(params: Any, some: list[Any]) -> Any:
        args = [some[chosen.index(i)] if i in chosen else x for i, x in enumerate(arrays)]
        return weighted(list(_tensors(apply(params, state, *args)[0])), wanted)

    value, (of_params, of_inputs) = jax.jit(jax.value_and_grad(loss, (0, 1)))(params, [arrays[i] for i in chosen])
    assert_close(value, total, rtol=1e-4, atol=1e-4)
    pairs = [(p.grad, of_params[name], p) for name, p in module.named_parameters() if p.requires_grad]
    pairs += [(inputs[i].grad, x, inputs[i]) for i, x in zip(chosen, of_inputs, strict=True)]
    for grad, got, t in pairs:
        expected = np.zeros(t.shape, np.float32) if grad is None else grad.numpy()
        # sums in another order: errors are relative to the largest element
        assert_close(got, expected, rtol=1e-5, atol=1e-5 * (1 + np.abs(expected).max(initial=0)))


def test_values_that_decide_are_refused_under_jit() -> None:
    class Decides(nn.Module):
        def forward(self, x: Any) -> Any:
            return x if x.sum() > 0 else -x

    apply, params, state = interop.to_jax(Decides())
    assert_close(apply(params, state, -jnp.ones(2))[0], jnp.ones(2))
    with pytest.raises(RuntimeError, match="not known inside a jax transformation"):
        jax.jit(apply)(params, state, jnp.ones(2))


@pytest.mark.parametrize("jitted", [False, True])
def test_training_with_optax_is_training_with_compat(jitted: bool) -> None:
    module = convnet()
    module[5].p = 0.0
    apply, params, state = interop.to_jax(module)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(module(torch.tensor(IMAGES)), torch.tensor(LABELS))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    tx = optax.sgd(0.1, momentum=0.9)

    def step(params: Any, state: Any, opt_state: Any) -> Any:
        def objective(params: Any) -> Any:
            logits, new = apply(params, state, IMAGES, train=True)
            return optax.softmax_cross_entropy_with_integer_labels(logits, LABELS).mean(), new

        (loss, new), grads = jax.value_and_grad(objective, has_aux=True)(params)
        updates, opt_state = tx.update(grads, opt_state, params)
        return optax.apply_updates(params, updates), new, opt_state, loss

    opt_state, seen = tx.init(params), []
    step = jax.jit(step) if jitted else step
    for _ in range(3):
        params, state, opt_state, loss = step(params, state, opt_state)
        seen.append(float(loss))
    np.testing.assert_allclose(seen, losses, rtol=1e-4)
    expected = module.state_dict()
    for name, x in {**params, **state}.items():
        np.testing.assert_allclose(x, expected[name].numpy(), rtol=1e-4, atol=1e-5)
    assert int(state["1.num_batches_tracked"]) == 3


def test_an_epoch_is_a_scan() -> None:
    apply, params, state = interop.to_jax(convnet())

    def body(state: Any, key: Any) -> Any:
        outputs, state = apply(params, state, IMAGES, key=key, train=True)
        return state, outputs

    last, outputs = jax.lax.scan(body, state, jax.random.split(jax.random.key(0), 4))
    assert outputs.shape == (4, 6, 5) and int(last["1.num_batches_tracked"]) == 4


def test_dropout_follows_the_key() -> None:
    apply, params, state = interop.to_jax(nn.Dropout(0.4))
    x, keys = jnp.ones((100, 100)), jax.random.split(jax.random.key(0), 2)
    many = jax.vmap(lambda key: apply(params, state, x, key=key, train=True)[0])(keys)
    assert_close(many[0], apply(params, state, x, key=keys[0], train=True)[0])
    assert not np.array_equal(many[0], many[1])
    assert set(np.unique(many)) == {0.0, np.float32(1 / 0.6)}
    assert abs(float((many == 0).mean()) - 0.4) < 0.02
    assert_close(apply(params, state, x, key=keys[0])[0], x)
    with pytest.raises(RuntimeError, match="apply was called without a key"):
        apply(params, state, x, train=True)


def test_keys_leave_the_stream_of_pytorch_alone() -> None:
    apply, params, state = interop.to_jax(nn.Dropout(0.4))
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    apply(params, state, jnp.ones(9), key=jax.random.key(0), train=True)
    assert_close(torch.rand(3), expected)


DRAWS: dict[str, tuple[Callable[[], Any], float, float]] = {  # mean and deviation
    "rand": (lambda: torch.rand(20000), 0.5, 0.2887),
    "randn": (lambda: torch.randn(20000), 0.0, 1.0),
    "randn_double": (lambda: torch.randn(20000, dtype=torch.float64), 0.0, 1.0),
    "half": (lambda: torch.empty(20000, dtype=torch.bfloat16).uniform_(-1, 1), 0.0, 0.5774),
    "normal_": (lambda: torch.empty(20000).normal_(3, 2), 3.0, 2.0),
    "randint": (lambda: torch.randint(2, 5, (20000,)), 3.0, 0.8165),
    "bernoulli": (lambda: torch.bernoulli(torch.full((20000,), 0.25)), 0.25, 0.433),
    "exponential_": (lambda: torch.empty(20000).exponential_(2.0), 0.5, 0.5),
    "geometric_": (lambda: torch.empty(20000).geometric_(0.5), 2.0, 1.4142),
    "log_normal_": (lambda: torch.empty(20000).log_normal_(0.0, 0.25), 1.0317, 0.2620),
    "randperm": (lambda: torch.randperm(20000) / 20000, 0.5, 0.2887),
}


@pytest.mark.parametrize("name", DRAWS)
def test_draws_from_a_key_have_their_distribution(name: str) -> None:
    draw, mean, deviation = DRAWS[name]

    class Draws(nn.Module):
        def forward(self) -> Any:
            return draw().float()

    apply, params, state = interop.to_jax(Draws())
    drawn = np.asarray(jax.jit(lambda key: apply(params, state, key=key)[0])(jax.random.key(0)))
    bound = 0.03 * max(deviation, 1.0)  # four standard errors of the mean
    assert abs(drawn.mean() - mean) < bound and abs(drawn.std() - deviation) < bound


def test_what_is_drawn_on_the_host_alone_says_so() -> None:
    class Poisson(nn.Module):
        def forward(self) -> Any:
            return torch.poisson(torch.ones(3))

    apply, params, state = interop.to_jax(Poisson())
    with pytest.raises(NotImplementedError, match="poisson from a key of JAX"):
        apply(params, state, key=jax.random.key(0))


HOSTED: dict[str, Callable[[Any], Any]] = {
    "normal": lambda x: torch.normal(x, 1.0),
    "multinomial": lambda x: torch.multinomial(x, 1),
    "poisson": torch.poisson,
    "binomial": lambda x: torch.binomial(x, x),
    "_standard_gamma": torch._standard_gamma,
    "_sample_dirichlet": torch._sample_dirichlet,
}


@pytest.mark.parametrize("name", HOSTED)
def test_parameters_that_have_to_be_known_say_so(name: str) -> None:
    with pytest.raises(NotImplementedError, match=f"^{name} with tensors inside a jax transformation"):
        jax.jit(lambda x: HOSTED[name](x))(torch.ones(3))


def test_gradient_penalties_and_checkpoints_are_those_of_compat() -> None:
    class Penalised(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            last = nn.utils.parametrizations.weight_norm(nn.Linear(4, 1))
            self.body = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), last)

        def forward(self, x: Any) -> Any:
            x = x.clone().requires_grad_()
            (g,) = torch.autograd.grad(self.body(x).sum(), x, create_graph=True)
            out = torch.utils.checkpoint.checkpoint(self.body, x, use_reentrant=False)
            return (g**2).sum() + out.mean()

    module, x = Penalised(), np.random.default_rng(0).normal(size=(2, 3)).astype("float32")
    module(torch.tensor(x)).backward()
    apply, params, state = interop.to_jax(module)
    grads = jax.jit(jax.grad(lambda params: apply(params, state, x)[0]))(params)
    for name, p in module.named_parameters():
        expected = np.zeros(p.shape, np.float32) if p.grad is None else p.grad.numpy()
        assert_close(grads[name], expected, rtol=1e-4)


def test_detach_no_grad_and_functions_mean_what_they_mean_on_the_tape() -> None:
    class Round(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, scale: float) -> Any:
            ctx.save_for_backward(x)
            ctx.scale = scale
            return torch.round(x) * scale

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (x,) = ctx.saved_tensors
            return grad * ctx.scale * x**2, None

    def detached(x: Any) -> Any:
        return x.detach() * x + x.data**3

    def frozen(x: Any) -> Any:
        with torch.no_grad():
            scale = x.sum() * 3
        return x * scale

    def written(x: Any) -> Any:
        y = x + 1
        y.data.mul_(5)
        return y + 2 * x

    def written_under_no_grad(x: Any) -> Any:
        y = x + 1
        with torch.no_grad():
            y[0] = 7.0
        return y + 2 * x

    def custom(x: Any) -> Any:
        return Round.apply(x, 3.0) * x

    x = torch.tensor([1.2, -0.7, 2.4])
    for fn in (detached, frozen, written, written_under_no_grad, custom):

        class Model(nn.Module):
            def forward(self, x: Any, fn: Callable[..., Any] = fn) -> Any:
                return fn(x).pow(2).sum()

        leaf = x.clone().requires_grad_()
        Model()(leaf).backward()
        apply, params, state = interop.to_jax(Model())
        of = lambda x, apply=apply, params=params, state=state: apply(params, state, x)[0]  # noqa: E731
        assert_close(jax.jit(jax.grad(of))(jnp.asarray(x)), leaf.grad)
        if fn is custom:
            hessian = torch.autograd.functional.hessian(Model(), x)
            assert_close(jax.jacrev(jax.grad(of))(jnp.asarray(x)), hessian, rtol=1e-4)
            rows = jax.vmap(jax.grad(of))(jnp.stack([jnp.asarray(x)] * 2))
            assert_close(rows[1], leaf.grad)
        else:
            tangent = jax.jvp(of, (jnp.asarray(x),), (jnp.ones(3),))[1]
            assert_close(tangent, leaf.grad.sum(), rtol=1e-4)


def test_frozen_parameters_are_state() -> None:
    module = convnet()
    module[0].requires_grad_(False)
    apply, params, state = interop.to_jax(module)
    assert sorted(params) == ["1.bias", "1.weight", "6.bias", "6.weight"]
    assert {"0.weight", "0.bias", "1.running_mean"} < set(state)
    _, new = apply(params, state, IMAGES, key=jax.random.key(0), train=True)
    assert_close(new["0.weight"], state["0.weight"])


def test_tied_parameters_have_one_name() -> None:
    module = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    module[1].weight = module[0].weight
    apply, params, state = interop.to_jax(module)
    assert sorted(params) == ["0.bias", "0.weight", "1.bias"]
    grads = jax.grad(lambda p: apply(p, state, jnp.ones((2, 3)))[0].sum())(params)
    module(torch.ones(2, 3)).sum().backward()
    assert_close(grads["0.weight"], module[0].weight.grad)


def test_the_module_is_as_before() -> None:
    module = convnet()
    before = snapshot(module)
    apply, params, state = interop.to_jax(module)
    jax.jit(apply, static_argnames="train")(params, state, IMAGES, key=jax.random.key(0), train=True)
    with pytest.raises(RuntimeError):
        apply(params, state, IMAGES[:, :, :2], key=jax.random.key(0), train=True)
    with pytest.raises(RuntimeError, match=r'Missing key\(s\): .6\.weight'):
        apply({name: x for name, x in params.items() if name != "6.weight"}, state, IMAGES)
    with pytest.raises(RuntimeError, match=r'Unexpected key\(s\): .extra'):
        apply({**params, "extra": jnp.ones(1)}, state, IMAGES)
    assert same(before, snapshot(module))
    with torch.no_grad():
        module[6].bias.add_(1.0)  # nor do the arrays know of the module any more
    assert not np.array_equal(params["6.bias"], module[6].bias.detach().numpy())


def test_attributes_that_forward_sets_are_as_before() -> None:
    class Counts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.calls = 0

        def forward(self, x: Any) -> Any:
            self.calls += 1
            self.last = x
            return x * 2

    module = Counts()
    apply, params, state = interop.to_jax(module)
    jax.jit(apply)(params, state, jnp.ones(2))
    assert module.calls == 0 and not hasattr(module, "last")


def test_outputs_may_be_nested_and_arguments_of_any_kind() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(4, 2)

        def forward(self, index: Any, mask: Any, *, scale: float, words: Any) -> Any:
            rows = self.table(index) * scale
            return {"rows": (rows, words["a"] + 1), "best": rows.argmax(1), "mask": ~mask, "note": "text"}

    apply, params, state = interop.to_jax(Model())
    args = jnp.array([1, 3]), jnp.array([True, False])
    out, _ = apply(params, state, *args, scale=2.0, words={"a": jnp.arange(3)})
    assert_close(out["rows"][0], params["table.weight"][jnp.array([1, 3])] * 2)
    assert out["rows"][1].dtype == out["best"].dtype == jnp.int32  # jax keeps no 64 bits here
    assert_close(out["mask"], jnp.array([False, True]))
    assert out["note"] == "text"


def test_under_no_grad_jax_differentiates_all_the_same() -> None:
    apply, params, state = interop.to_jax(nn.Linear(2, 1))
    with torch.no_grad():
        grads = jax.grad(lambda p: apply(p, state, jnp.ones(2))[0].sum())(params)
    assert_close(grads["weight"], jnp.ones((1, 2)))


def test_threads_do_not_see_each_others_tracers() -> None:
    module = convnet().eval()
    apply, params, state = interop.to_jax(module)
    scaled = [{name: x * k for name, x in params.items()} for k in (1.0, 2.0, 3.0, 4.0)]
    expected = [apply(p, state, IMAGES)[0] for p in scaled]
    got: dict[int, Any] = {}

    def work(i: int) -> None:
        for _ in range(3):
            got[i] = jax.jit(lambda p: apply(p, state, IMAGES)[0])(scaled[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for i, want in enumerate(expected):
        assert_close(got[i], want, atol=1e-5)


ON_DEVICES = """
import jax, jax.numpy as jnp, numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec as P
import compat as torch
from compat import interop, nn

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head, self.norm = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 2), nn.BatchNorm1d(2)

    def forward(self, x):
        out, _ = self.lstm(x)  # begins with zeros of its own making
        return self.norm(self.head(out[:, -1])) + torch.arange(2)

mesh = jax.make_mesh((8,), ("parts",), axis_types=(AxisType.Auto,))
apply, params, state = interop.to_jax(Model())
x = jnp.asarray(np.random.default_rng(0).normal(size=(16, 5, 3)).astype("float32"))
loss = lambda params, state, x: (apply(params, state, x, train=True)[0] ** 2).mean()
expected = jax.jit(jax.value_and_grad(loss))(params, state, x)
spread = jax.device_put(x, NamedSharding(mesh, P("parts")))
everywhere = jax.device_put((params, state), NamedSharding(mesh, P()))
close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
jax.tree.map(close, jax.jit(jax.value_and_grad(loss))(*everywhere, spread), expected)
jax.tree.map(close, jax.jit(jax.value_and_grad(lambda params: loss(params, everywhere[1], spread)))(params), expected)
mapped = jax.shard_map(lambda params, state, x: apply(params, state, x)[0], mesh=mesh,
                       in_specs=(P(), P(), P("parts")), out_specs=P("parts"))
close(jax.jit(mapped)(params, state, x), apply(params, state, x)[0])
print("same on eight devices")
"""


def test_modules_on_several_devices() -> None:
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=8", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", ON_DEVICES], env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "same on eight devices\n", done.stderr


def test_with_64_bits_modules_keep_them() -> None:
    with jax.enable_x64(True):
        apply, params, state = interop.to_jax(nn.Linear(2, 1, dtype=torch.float64))
        assert apply(params, state, np.ones(2))[0].dtype == params["weight"].dtype == jnp.float64
    _, params, _ = interop.to_jax(nn.Linear(2, 1, dtype=torch.float64))
    assert params["weight"].dtype == jnp.float32


# ---- from_jax
def test_a_function_of_jax_is_one_operation() -> None:
    traced = []

    def attention(q: Any, kv: dict[str, Any], *, scale: float) -> dict[str, Any]:
        traced.append(scale)
        weights = jax.nn.softmax(q @ kv["k"].T * scale)
        return {"out": weights @ kv["v"], "best": weights.argmax(-1)}

    operation = interop.from_jax(attention)
    made = [torch.randn(3, 4, generator=torch.Generator().manual_seed(i), requires_grad=True) for i in range(3)]
    q, k, v = made
    out = operation(q, {"k": k, "v": v}, scale=0.5)
    assert type(out["out"].grad_fn).__name__ == "AttentionBackward0" and not out["best"].requires_grad
    (out["out"] * torch.arange(4)).sum().backward()
    grads = [t.grad.clone() for t in made]
    for t in made:
        t.grad = None
    (torch.softmax(q @ k.T * 0.5, -1) @ v * torch.arange(4)).sum().backward()
    for got, t in zip(grads, made, strict=True):
        assert_close(got, t.grad, rtol=1e-4, atol=1e-5)
    before = len(traced)
    operation(q * 2, {"k": k, "v": v}, scale=0.5)
    assert len(traced) == before
    assert_close(jax.jit(lambda q: operation(q, {"k": k.detach(), "v": v.detach()}, scale=0.5)["out"])(q.detach()),
                 out["out"])  # fmt: skip


def test_a_function_of_jax_runs_under_jaxs_own_bits() -> None:
    operation = interop.from_jax(lambda n, x: (n + jnp.arange(2), x * jnp.ones(2)))
    n, x = operation(torch.tensor([1, 2]), torch.ones(2))
    assert n.dtype is torch.int32 and x.dtype is torch.float32
    wide = interop.from_jax(lambda x: x * jnp.ones(2))(torch.ones(2, dtype=torch.float64))
    assert wide.dtype is torch.float64


def test_second_derivatives_go_through_a_function_of_jax() -> None:
    x = torch.tensor([0.3, 0.6], requires_grad=True)
    (g,) = torch.autograd.grad(interop.from_jax(jnp.sin)(x).sum(), x, create_graph=True)
    g.sum().backward()
    assert_close(x.grad, -torch.sin(x))


def test_what_is_static_must_be_hashable() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        interop.from_jax(lambda x, s: x)(torch.ones(2), {1, 2})


# ---- flax
class Net(flax.linen.Module):
    @flax.linen.compact
    def __call__(self, x: Any, train: bool = False) -> Any:
        x = flax.linen.Conv(4, (3, 3), padding="VALID")(x)
        x = flax.linen.relu(flax.linen.BatchNorm(use_running_average=not train, momentum=0.9)(x))
        x = flax.linen.max_pool(x, (2, 2), (2, 2)).transpose(0, 3, 1, 2).reshape(x.shape[0], -1)
        return flax.linen.Dense(5)(flax.linen.Dropout(0.5, deterministic=not train)(x))


PIXELS = jnp.asarray(IMAGES.transpose(0, 2, 3, 1))
NAMES = {"0": "Conv_0", "1": "BatchNorm_0", "6": "Dense_0"}


def variables() -> Any:
    return Net().init(jax.random.key(0), PIXELS)


def test_to_flax() -> None:
    module = convnet()
    module[0].bias.requires_grad_(False)
    flax_module, held = interop.to_flax(module)
    assert list(held) == ["params", "batch_stats", "frozen"] and list(held["frozen"]) == ["0"]
    assert sorted(held["params"]["6"]) == ["bias", "weight"]
    made = flax_module.init(jax.random.key(0), IMAGES)
    assert jax.tree.structure(made) == jax.tree.structure(held)
    jax.tree.map(assert_close, made, held)
    module.eval()
    assert_close(jax.jit(flax_module.apply)(held, IMAGES), module(torch.tensor(IMAGES)), atol=1e-5)
    outputs, changed = flax_module.apply(held, IMAGES, train=True, rngs={"dropout": jax.random.key(0)},
                                         mutable=["batch_stats"])  # fmt: skip
    assert outputs.shape == (6, 5)
    assert int(changed["batch_stats"]["1"]["num_batches_tracked"]) == 1
    with pytest.raises(flax.errors.ModifyScopeVariableError):
        flax_module.apply(held, IMAGES, train=True, rngs={"dropout": jax.random.key(0)})


def test_to_flax_and_then_to_nnx() -> None:
    module = nn.Linear(3, 2)
    flax_module, held = interop.to_flax(module)
    wrapped = nnx.bridge.ToNNX(flax_module, rngs=nnx.Rngs(0)).lazy_init(jnp.ones((1, 3)))
    assert_close(wrapped(jnp.ones((4, 3))), module(torch.ones(4, 3)))


def test_from_flax_trains_as_flax_does() -> None:
    held = variables()
    module = interop.from_flax(Net(), held, rngs=())
    module_names = [name for name, _ in module.named_parameters()]
    assert module_names[:2] == ["BatchNorm_0.bias", "BatchNorm_0.scale"]
    assert sorted(dict(module.named_buffers())) == ["BatchNorm_0.mean", "BatchNorm_0.var"]
    module.eval()
    assert_close(module(torch.tensor(np.asarray(PIXELS))), Net().apply(held, PIXELS), atol=1e-5)

    def loss(params: Any) -> Any:
        out, _ = Net().apply({**held, "params": params}, PIXELS, mutable=["batch_stats"])
        return (out**2).mean()

    out = module(torch.tensor(np.asarray(PIXELS)))
    (out**2).mean().backward()
    grads = jax.grad(loss)(held["params"])
    for name, p in module.named_parameters():
        layer, leaf = name.split(".")
        assert_close(p.grad, grads[layer][leaf], rtol=1e-4, atol=1e-5)


def test_from_flax_in_train_mode() -> None:
    module = interop.from_flax(Net(), variables())
    x = torch.tensor(np.asarray(PIXELS))
    torch.manual_seed(3)
    first, second = module(x), module(x)
    assert not torch.equal(first, second)  # dropout
    torch.manual_seed(3)
    again = interop.from_flax(Net(), variables())
    assert_close(again(x), first)
    _, changed = Net().apply(variables(), PIXELS, train=True, rngs={"dropout": jax.random.key(0)},
                             mutable=["batch_stats"])  # fmt: skip
    assert_close(again.get_buffer("BatchNorm_0.mean"), changed["batch_stats"]["BatchNorm_0"]["mean"], atol=1e-6)
    optimizer = torch.optim.Adam(again.parameters(), lr=0.01)
    before = {name: t.clone() for name, t in again.state_dict().items()}
    first.sum().backward()
    nn.functional.cross_entropy(again(x), torch.tensor(LABELS)).backward()
    optimizer.step()
    assert all(not torch.equal(before[name], t) for name, t in again.state_dict().items())
    again.load_state_dict(before)


def test_from_flax_takes_nnx_modules() -> None:
    class Model(nnx.Module):
        def __init__(self, rngs: nnx.Rngs) -> None:
            self.linear, self.norm = nnx.Linear(3, 4, rngs=rngs), nnx.BatchNorm(4, rngs=rngs)
            self.dropout = nnx.Dropout(0.5, rngs=rngs)

        def __call__(self, x: Any) -> Any:
            return self.dropout(self.norm(self.linear(x)))

    model = Model(nnx.Rngs(0))
    module = interop.from_flax(model)
    assert sorted(module.state_dict()) == [
        "linear.bias", "linear.kernel", "norm.bias", "norm.mean", "norm.scale", "norm.var"
    ]  # fmt: skip
    x = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    out = module(torch.tensor(x))
    out.sum().backward()
    assert (out == 0).any() and module.norm.mean.abs().sum() > 0
    module.eval()
    model.eval()
    fresh = interop.from_flax(model).eval()
    assert_close(fresh(torch.tensor(x)), model(jnp.asarray(x)), atol=1e-5)


def test_there_and_back() -> None:
    module = convnet().eval()
    back = interop.from_flax(*interop.to_flax(module)).eval()
    assert_close(back(torch.tensor(IMAGES)), module(torch.tensor(IMAGES)), atol=1e-5)
    assert list(back.state_dict()) != [] and set(back.state_dict()) == set(module.state_dict())


def test_from_flax_refuses_what_it_cannot_call() -> None:
    with pytest.raises(TypeError, match="expected a flax.linen.Module or flax.nnx.Module, not int"):
        interop.from_flax(3)
    with pytest.raises(TypeError, match="needs its variables"):
        interop.from_flax(Net())
    with pytest.raises(ValueError, match="Net has no argument 'training'"):
        interop.from_flax(Net(), variables(), train_argument="training")


# ---- weights
def save_pt(state: Any, folder: Path) -> Any:
    torch.save(state, folder / "weights.pt")
    return folder / "weights.pt"


def save_safetensors(state: Any, folder: Path) -> Any:
    numpy_file = pytest.importorskip("safetensors.numpy")
    numpy_file.save_file({name: t.numpy() for name, t in state.items()}, folder / "weights.safetensors")
    return str(folder / "weights.safetensors")


SOURCES: dict[str, Callable[[Any, Path], Any]] = {
    "tensors": lambda state, folder: state,
    "arrays": lambda state, folder: {name: t.numpy() for name, t in state.items()},
    "pt": save_pt,
    "safetensors": save_safetensors,
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("mapping", [NAMES, NAMES.get, {r"0": "Conv_0", r"1": "BatchNorm_0", r"(\d+)": "Dense_0"}])
def test_a_flax_model_with_loaded_weights_computes_the_same(source: str, mapping: Any, tmp_path: Path) -> None:
    module = convnet()
    module(torch.tensor(IMAGES))  # batch statistics that differ from those at first
    module.eval()
    given = SOURCES[source](module.state_dict(), tmp_path)
    shapes = jax.eval_shape(Net().init, jax.random.key(0), PIXELS)
    loaded = interop.load_flax(shapes, given, mapping)
    assert jax.tree.structure(loaded) == jax.tree.structure(variables())
    assert_close(Net().apply(loaded, PIXELS), module(torch.tensor(IMAGES)), atol=1e-5)


def test_all_that_does_not_fit_is_listed() -> None:
    state = convnet().state_dict()
    with pytest.raises(ValueError) as caught:
        interop.load_flax(variables(), state, {"0": "Dense_0", "1": "BatchNorm_0"})
    text = str(caught.value)
    assert "0.weight has the shape (4, 1, 3, 3), for which Dense_0/kernel" in text
    assert "missing: Conv_0/bias, Conv_0/kernel" in text and "unexpected: 6.weight, 6.bias" in text
    with pytest.raises(ValueError, match="Conv_0/kernel is given twice"):
        interop.load_flax(variables(), state, {".": "Conv_0"})
    partly = interop.load_flax(variables(), state, {"6": "Dense_0"}, strict=False)
    assert_close(partly["params"]["Dense_0"]["bias"], state["6.bias"])
    assert_close(partly["params"]["Conv_0"]["kernel"], variables()["params"]["Conv_0"]["kernel"])


def test_weights_of_other_layers() -> None:
    class Words(flax.linen.Module):
        @flax.linen.compact
        def __call__(self, index: Any) -> Any:
            x = flax.linen.LayerNorm(name="norm", epsilon=1e-5)(flax.linen.Embed(7, 8, name="words")(index))
            x = x + self.param("position", flax.linen.initializers.zeros, (3, 8))
            return flax.linen.MultiHeadDotProductAttention(2, name="attention")(x)

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.norm = nn.Embedding(7, 8), nn.LayerNorm(8)
            self.position = nn.Parameter(torch.randn(3, 8))
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, index: Any) -> Any:
            x = self.norm(self.words(index)) + self.position
            return self.attention(x, x, x, need_weights=False)[0]

    torch.manual_seed(0)
    model, index = Model(), np.array([[1, 5, 2], [0, 0, 6]])
    state = model.state_dict()
    for part in ("weight", "bias"):  # PyTorch keeps the three projections in one
        joined = state.pop(f"attention.in_proj_{part}")
        state |= {f"attention.{n}.{part}": x for n, x in zip(("query", "key", "value"), joined.chunk(3), strict=True)}
    held = Words().init(jax.random.key(0), index)
    loaded = interop.load_flax(held, state, lambda path: path.replace("out_proj", "out"))
    assert_close(Words().apply(loaded, index), model(torch.tensor(index)), atol=1e-5)


def test_a_transposed_convolution_is_converted_by_hand() -> None:
    torch.manual_seed(0)
    module, x = nn.ConvTranspose2d(3, 3, 2, stride=2), np.random.default_rng(0).normal(size=(1, 3, 4, 4)).astype("f")
    layer = flax.linen.ConvTranspose(3, (2, 2), strides=(2, 2), padding="VALID")
    held = layer.init(jax.random.key(0), jnp.ones((1, 4, 4, 3)))

    def convert(path: str, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
        return array[..., ::-1, ::-1].transpose(2, 3, 0, 1) if path.endswith("kernel") else None

    loaded = interop.load_flax(held, module.state_dict(), convert=convert)
    got = layer.apply(loaded, x.transpose(0, 2, 3, 1))
    assert_close(got.transpose(0, 3, 1, 2), module(torch.tensor(x)), atol=1e-5)


def test_weights_of_an_nnx_model() -> None:
    model = nnx.Linear(3, 2, rngs=nnx.Rngs(0))
    definition, state = nnx.split(model)
    linear = nn.Linear(3, 2)
    model = nnx.merge(definition, interop.load_flax(state, linear.state_dict()))
    assert_close(model(jnp.ones((4, 3))), linear(torch.ones(4, 3)))


# ---- tensors in jax, arrays in compat
def test_jnp_takes_tensors() -> None:
    x = torch.tensor([0.5, 1.0])
    assert_close(jnp.sin(x), np.sin(np.array([0.5, 1.0], np.float32)))
    assert_close(jnp.concatenate([x, x + 1]), jnp.array([0.5, 1.0, 1.5, 2.0]))
    assert_close(jnp.asarray(x), jnp.array([0.5, 1.0]))
    assert_close(jnp.ones(2) + jnp.asarray(x), jnp.array([1.5, 2.0]))
    w = torch.ones(2, requires_grad=True)
    for take in (jnp.sin, jnp.asarray):
        with pytest.raises(RuntimeError, match="would lose its history"):
            take(w)
    with torch.no_grad():
        assert_close(jnp.sin(w), jnp.sin(jnp.ones(2)))


def test_transformations_of_jax_trace_through_compat() -> None:
    def fn(x: Any) -> Any:
        assert isinstance(x, torch.Tensor)
        return torch.relu(x - 1) @ torch.ones(3) + torch.arange(2)

    x = torch.arange(6.0).reshape(2, 3)
    jitted = jax.jit(fn)(x)
    assert isinstance(jitted, torch.Tensor)
    assert_close(jitted, fn(x))
    rows = jax.vmap(lambda row: torch.relu(row - 1) @ torch.ones(3))(x)
    assert_close(rows, torch.relu(x - 1) @ torch.ones(3))
    grads = jax.grad(lambda x: jnp.asarray((fn(x) ** 2).sum()))(x)
    leaf = x.clone().requires_grad_()
    (fn(leaf) ** 2).sum().backward()
    assert isinstance(grads, torch.Tensor)
    assert_close(grads, leaf.grad)


def test_trees_of_tensors() -> None:
    tree = {"w": torch.ones(2), "p": nn.Parameter(torch.zeros(1), requires_grad=False)}
    assert [type(x).__name__ for x in jax.tree.leaves(tree)] == ["ArrayImpl"] * 2
    doubled = jax.tree.map(lambda x: x + 1, tree)
    assert type(doubled["w"]) is torch.Tensor and type(doubled["p"]) is nn.Parameter
    assert_close(doubled["w"], np.full(2, 2, np.float32))
    assert jax.tree.map(lambda x: x.shape, tree) == {"w": (2,), "p": (1,)}
    last, _ = jax.lax.scan(lambda c, _: (jax.tree.map(lambda x: x * 2, c), None), tree, None, length=3)
    assert_close(last["w"], np.full(2, 8, np.float32))


def test_arrays_become_tensors() -> None:
    array = jnp.arange(3)
    assert torch.tensor(array).dtype is torch.as_tensor(array).dtype is torch.int32
    assert torch.tensor(array, dtype=torch.float64).tolist() == [0.0, 1.0, 2.0]
    assert torch.as_tensor(jnp.ones(2), dtype=torch.float16).dtype is torch.float16
    t = torch.tensor(jnp.ones(2), requires_grad=True)
    (t * 3).sum().backward()
    assert t.grad.tolist() == [3.0, 3.0]
    t = torch.as_tensor(array)
    t.add_(1)
    assert array.tolist() == [0, 1, 2]  # arrays of jax do not change


def test_dlpack_both_ways() -> None:
    x = torch.tensor([[1.5, 2.5]])
    assert_close(jax.dlpack.from_dlpack(x), jnp.array([[1.5, 2.5]]))
    assert_close(np.from_dlpack(x), x)
    array = jnp.array([1.5, 2.5])
    assert_close(torch.from_dlpack(array), array)
    host = np.array([1, 2])  # 64 bits, and one memory
    shared = torch.from_dlpack(host)
    assert shared.dtype is torch.int64
    host[0] = 7
    shared[1] = 8
    assert shared.tolist() == host.tolist() == [7, 8]
    fixed = np.array([1.0])
    fixed.flags.writeable = False
    copied = torch.from_dlpack(fixed)
    copied.add_(1)
    assert fixed.tolist() == [1.0]
