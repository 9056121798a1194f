"""What do zero_grad(), detach() and step() each do in a training loop?

    python examples/zero_grad_detach_step.py

``backward()`` adds to the gradients, ``step()`` reads them and changes the parameters by the optimiser's rule, and
``zero_grad()`` forgets them; each does nothing else. ``detach()`` gives the same values without their history.

Two things are often told a little wrong. In PyTorch 2.13 ``zero_grad()`` does not fill gradients with zeros: it sets
them to None, unless told otherwise. And what is done to a detached tensor is not always without effect: it shares its
memory with the original, so that a change in place shows there, and backward refuses if it needed the old value.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax

import compat as torch
from compat import nn
from funcgrad import backward, detach, optim, zero_grad

R = np.random.default_rng(1)
DATA = [(R.normal(size=(16, 4)).astype("float32"), R.integers(0, 3, 16)) for _ in range(6)]
WEIGHT = (0.1 * R.normal(size=(3, 4))).astype("float32")
OPTIMISERS = ["SGD", "Adam"]


def imperative():
    """As one writes it in PyTorch."""
    model = nn.Linear(4, 3, bias=False)
    loss_function = nn.CrossEntropyLoss()
    results = {}
    for name, opt_class in zip(OPTIMISERS, (torch.optim.SGD, torch.optim.Adam), strict=True):
        with torch.no_grad():
            model.weight.copy_(torch.tensor(WEIGHT))
        opt = opt_class(model.parameters(), lr=0.1)
        losses = []
        for data, target in DATA:
            loss = loss_function(model(torch.tensor(data)), torch.tensor(target))
            opt.zero_grad()
            loss.backward()
            opt.step()
            losses.append(loss.detach().numpy())
        print(f"  {name}:", " ".join(f"{value:.4f}" for value in losses))
        results[name] = np.stack(losses)
    print("  step() leaves gradients as they are:", model.weight.grad is not None)
    opt.zero_grad()
    print("  after zero_grad():", model.weight.grad)

    data, target = map(torch.tensor, DATA[0])
    for _ in range(2):
        loss = loss_function(model(data), target)
        loss.backward()
    twice = model.weight.grad.clone()
    opt.zero_grad(set_to_none=False)
    print("  after zero_grad(set_to_none=False), largest:", model.weight.grad.abs().max().item())
    loss_function(model(data), target).backward()
    print(
        "  without zero_grad() two equal backwards give", (twice / model.weight.grad).mean().round().item(), "times one"
    )

    try:
        loss.numpy()
    except RuntimeError as error:
        print("  loss.numpy():", error)
    x = torch.tensor([1.0], requires_grad=True)
    y = x.exp()
    y.detach().mul_(2)
    try:
        y.backward()
    except RuntimeError as error:
        print("  after a change through detach():", str(error).partition(":")[0])
    return results


def functional():
    """As functions: gradients and the optimiser's state are values that the loop hands on."""

    def loss_fn(weight, data, target):
        return optax.softmax_cross_entropy_with_integer_labels(data @ weight.T, target).mean()

    results = {}
    for name, tx in zip(OPTIMISERS, (optim.sgd(0.1), optim.adam(0.1)), strict=True):

        @jax.jit
        def update(weight, state, data, target, tx=tx):
            loss, grads = backward(loss_fn)(weight, None, data, target)  # None: nothing to add to
            updates, state = tx.update(grads, state, weight)
            return loss, optax.apply_updates(weight, updates), state

        weight = jnp.asarray(WEIGHT)
        state, losses = tx.init(weight), []
        for data, target in DATA:
            loss, weight, state = update(weight, state, data, target)
            losses.append(loss)
        print(f"  {name}:", " ".join(f"{value:.4f}" for value in losses))
        results[name] = np.stack(losses)

    _, once = backward(loss_fn)(weight, None, *DATA[0])
    _, twice = backward(loss_fn)(weight, once, *DATA[0])
    print("  gradients handed on instead of None are added to:", jnp.round((twice / once).mean()), "times one")
    print("  zero_grad(grads), set_to_none=False:", zero_grad(once), float(zero_grad(once, set_to_none=False).max()))
    slope = jax.grad(lambda x: x * detach(x))(3.0)
    print("  derivative of x * detach(x) at 3:", slope)
    return results


def main():
    print("PyTorch's way")
    losses = imperative()
    print("as functions")
    same_losses = functional()
    for name in OPTIMISERS:
        np.testing.assert_allclose(losses[name], same_losses[name], rtol=1e-4)
    print("both give the same losses")


if __name__ == "__main__":
    main()
