"""What is the difference of model.eval() and torch.no_grad(), and does evaluation need both?

    python examples/eval_and_no_grad.py

``eval()`` changes what some layers compute: batch normalisation uses the statistics of training instead of the batch's
and no longer updates them, and dropout lets everything pass. ``no_grad()`` changes what is recorded: nothing. They do
not touch each other; correct validation needs the first, cheap validation the second.

What is told otherwise, and what really happens in PyTorch 2.13:

- There is no ``with torch.zero_grad()``; the context is ``torch.no_grad()``.
- Evaluation mode does not keep anybody from backward; gradients are recorded and computed as ever.
- ``no_grad`` is not for tests alone: whoever updates parameters by hand needs it in training.
- Without ``eval()`` a forward pass does not change weights. It changes the running statistics, which are buffers.
- The ``p`` of dropout is the probability to drop, not the one to keep.
"""

import jax
import jax.numpy as jnp
import numpy as np

import compat as torch
from compat import nn
from funcgrad import TrainState, backward, eval_step, no_grad, optim, train_step

R = np.random.default_rng(2)
DATA = [(R.normal(size=(16, 4)).astype("float32"), R.normal(size=(16, 1)).astype("float32")) for _ in range(5)]
SHAPES = {"first.weight": (6, 4), "first.bias": (6,), "last.weight": (1, 6), "last.bias": (1,)}
START = {name: (0.5 * R.normal(size=shape)).astype("float32") for name, shape in SHAPES.items()}
RATE, MOMENTUM, EPSILON = 0.05, 0.1, 1e-5


class Normalised(nn.Module):
    """Two linear layers with batch normalisation between them."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 1)

    def forward(self, x):
        return self.last(self.norm(self.first(x)).relu())


def train(model, loss_fn):
    """One pass in training mode, updated by hand."""
    model.train()
    for x, y in DATA:
        model.zero_grad()
        loss_fn(model(torch.tensor(x)), torch.tensor(y)).backward()
        with torch.no_grad():
            for leaf in model.parameters():
                leaf -= RATE * leaf.grad


@torch.no_grad()
def test(model, loss_fn):
    """The sum of the batches' losses in evaluation mode; as a decorator no_grad covers the whole function."""
    model.eval()
    return sum(loss_fn(model(torch.tensor(x)), torch.tensor(y)) for x, y in DATA)


def imperative():
    """As one writes it in PyTorch."""
    model, loss_fn = Normalised(), nn.MSELoss()
    model.load_state_dict({name: torch.tensor(value) for name, value in START.items()}, strict=False)
    train(model, loss_fn)
    total = test(model, loss_fn)
    print(f"  total loss: {total.item():.4f}")
    statistics = model.norm.running_mean.numpy().copy()

    x = torch.tensor(DATA[0][0])
    for mode in (model.train, model.eval):
        for recorded in (True, False):
            mode()
            mean = model.norm.running_mean.clone()
            with torch.set_grad_enabled(recorded):
                alone, together = model(x[:2])[0], model(x)[0]
            same = torch.allclose(alone, together, atol=1e-6)
            moved = not torch.equal(mean, model.norm.running_mean)
            setting = f"{mode.__name__:5} {'grad' if recorded else 'no_grad':7}"
            print(f"  {setting}: requires grad {together.requires_grad!s:5} statistics move {moved!s:5}", end=" ")
            print("independent of the rest of the batch", same)

    model.eval()
    model.zero_grad()
    loss_fn(model(x), torch.tensor(DATA[0][1])).backward()
    print("  gradients in evaluation mode:", model.last.weight.grad is not None)
    dropped = nn.Dropout(p=0.9)(torch.ones(10000))
    print(f"  share that Dropout(p=0.9) drops: {(dropped == 0).float().mean().item():.1f}")
    print("  torch has zero_grad:", hasattr(torch, "zero_grad"))
    return total.item(), statistics


def apply(params, model_state, inputs, *, train, key):
    """The model: its mode is an argument, its running statistics go in and come out."""
    x = inputs @ params["first.weight"].T + params["first.bias"]
    if train:
        mean, variance = x.mean(0), x.var(0)
        unbiased = x.var(0, ddof=1)
        model_state = {
            "mean": (1 - MOMENTUM) * model_state["mean"] + MOMENTUM * mean,
            "variance": (1 - MOMENTUM) * model_state["variance"] + MOMENTUM * unbiased,
        }
    else:
        mean, variance = model_state["mean"], model_state["variance"]
    x = (x - mean) / jnp.sqrt(variance + EPSILON) * params["norm.weight"] + params["norm.bias"]
    return jax.nn.relu(x) @ params["last.weight"].T + params["last.bias"], model_state


def mse(outputs, targets):
    return ((outputs - targets) ** 2).mean()


def functional():
    """As functions: the mode is the model's argument; recording is the business of whoever differentiates."""
    state = TrainState.create(
        apply_fn=apply,
        params={**START, "norm.weight": np.ones(6, "float32"), "norm.bias": np.zeros(6, "float32")},
        model_state={"mean": jnp.zeros(6), "variance": jnp.ones(6)},
        tx=optim.sgd(RATE),
        key=jax.random.key(0),
    )
    update = jax.jit(train_step, static_argnames="loss_fn")
    for batch in DATA:
        state, _ = update(state, batch, loss_fn=mse)
    evaluate = jax.jit(eval_step, static_argnames="loss_fn")
    total = sum(evaluate(state, batch, loss_fn=mse)["loss"] for batch in DATA)
    print(f"  total loss: {total:.4f}")

    x, y = DATA[0]
    for train_mode in (True, False):

        def loss_fn(params, train_mode=train_mode):
            return mse(apply(params, state.model_state, x, train=train_mode, key=None)[0], y)

        _, grads = backward(loss_fn)(state.params, None)
        found = jnp.abs(grads["last.weight"]).max() > 0
        try:
            backward(no_grad(loss_fn))(state.params, None)
        except RuntimeError as error:
            print(f"  train={train_mode!s:5}: gradients {found}; under no_grad: {error}")
    return float(total), state.model_state["mean"]


def main():
    print("PyTorch's way")
    total, statistics = imperative()
    print("as functions")
    same_total, same_statistics = functional()
    np.testing.assert_allclose(total, same_total, rtol=1e-4)
    np.testing.assert_allclose(statistics, same_statistics, rtol=1e-4, atol=1e-6)
    print("both give the same total loss and running statistics")


if __name__ == "__main__":
    main()
