"""What does no_grad() forbid, and why does it appear in training, around gradient clipping?

    python examples/no_grad_training_and_clipping.py

What is computed under ``no_grad()`` has no history, so ``backward()`` cannot start from it. But ``backward()`` itself
may well be called there: the graph was recorded before, in the forward pass. Clipping and updating are arithmetic on
gradients and parameters that should not be recorded, which is why training loops put them under ``no_grad``.

It is said that ``no_grad`` there is what keeps clipping from being recorded. In PyTorch 2.13 it is not needed:
gradients that ``backward()`` leaves do not require grad, and ``clip_grad_norm_`` and ``step()`` turn recording off
themselves. Below, a loop with the context and one without give the same numbers. It is needed if parameters are changed
by hand.
"""

from contextlib import nullcontext

import jax
import jax.numpy as jnp
import numpy as np
import optax

import compat as torch
from compat import nn
from funcgrad import backward, clip_grad_norm, no_grad, optim

R = np.random.default_rng(3)
DATA = [(R.normal(size=(8, 3)).astype("float32"), 10 * R.normal(size=(8, 1)).astype("float32")) for _ in range(5)]
WEIGHT, BOUND = R.normal(size=(1, 3)).astype("float32"), 0.5


def fit_epoch(context):
    """One epoch with backward, clipping and update under a context; the weights and the norms before clipping."""
    model = nn.Linear(3, 1, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.tensor(WEIGHT))
    optim = torch.optim.SGD(model.parameters(), lr=0.1)
    norms = []
    for x, y in DATA:
        loss = ((model(torch.tensor(x)) - torch.tensor(y)) ** 2).mean()
        optim.zero_grad()
        with context():
            loss.backward()
            norms.append(nn.utils.clip_grad_norm_(model.parameters(), BOUND).item())
            optim.step()
    assert model.weight.requires_grad and not model.weight.grad.requires_grad
    return model.weight.detach().numpy(), norms


def imperative():
    """As one writes it in PyTorch."""
    x = torch.tensor([2.0], requires_grad=True)
    w = torch.tensor([3.0], requires_grad=True)
    with torch.no_grad():
        y = x * w
    print(y)
    try:
        y.backward()
    except RuntimeError as error:
        print("RuntimeError:", error)
    try:
        w -= 0.1
    except RuntimeError as error:
        print("RuntimeError:", error)
    with torch.no_grad():
        w -= 0.1
    print("a leaf still, changed by hand:", w)

    weights, norms = fit_epoch(torch.no_grad)
    plain_weights, plain_norms = fit_epoch(nullcontext)
    print("the context around backward, clipping and step makes no difference:", bool((weights == plain_weights).all()))
    assert norms == plain_norms
    print("norms before clipping:", " ".join(f"{norm:.3f}" for norm in norms))
    return weights, norms


def functional():
    """As functions: clipping comes between two others, and nobody differentiates it."""
    product = no_grad(lambda x, w: x * w)
    print(product(jnp.array([2.0]), jnp.array([3.0])))
    try:
        backward(lambda x, w: product(x, w)[0])(jnp.array([2.0]), None, jnp.array([3.0]))
    except RuntimeError as error:
        print("RuntimeError:", error)

    def loss_fn(weight, x, y):
        return ((x @ weight.T - y) ** 2).mean()

    tx = optim.sgd(0.1)

    @jax.jit
    def update(weight, state, x, y):
        _, grads = backward(loss_fn)(weight, None, x, y)
        grads, norm = clip_grad_norm(grads, BOUND)
        updates, state = tx.update(grads, state, weight)
        return optax.apply_updates(weight, updates), state, norm

    weight = jnp.asarray(WEIGHT)
    state, norms = tx.init(weight), []
    for x, y in DATA:
        weight, state, norm = update(weight, state, x, y)
        norms.append(float(norm))
    print("norms before clipping:", " ".join(f"{norm:.3f}" for norm in norms))
    return np.asarray(weight), norms


def main():
    print("-- PyTorch's way")
    weights, norms = imperative()
    print("-- as functions")
    same_weights, same_norms = functional()
    np.testing.assert_allclose(weights, same_weights, rtol=1e-4)
    np.testing.assert_allclose(norms, same_norms, rtol=1e-4)
    print("both give the same norms and weights")


if __name__ == "__main__":
    main()
