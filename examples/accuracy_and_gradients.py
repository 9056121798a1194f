"""Does measuring a model's accuracy record gradients, and does that change the next training step?

    python examples/accuracy_and_gradients.py

No. Outside of ``no_grad`` PyTorch does record a graph while accuracy is measured, which costs time and memory until the
graph is thrown away; but gradients change only where ``backward()`` is called, and each call follows the graph of its
own loss. So no extra ``grad.zero_()`` is needed, and ``no_grad`` is about cost.

Both forms below train one sigmoid neuron to tell handwritten threes from eights, by hand, without an optimiser.
"""

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_digits

import compat as torch
from funcgrad import backward, needs_grad, no_grad

RATE, EPOCHS, BATCH = 0.5, 3, 64


def threes_and_eights():
    """Images of 64 pixels in [0, 1], and 1 for an eight, 0 for a three; the last 77 are for validation."""
    images, digits = load_digits(return_X_y=True)
    chosen = np.isin(digits, (3, 8))
    images, labels = images[chosen].astype("float32") / 16, (digits[chosen] == 8).astype("float32")[:, None]
    return (images[:-77], labels[:-77]), (images[-77:], labels[-77:])


def imperative():
    """As one writes it in PyTorch: leaves collect gradients, and the program changes and clears them."""
    train, valid = [torch.utils.data.TensorDataset(*map(torch.tensor, part)) for part in threes_and_eights()]
    batches = torch.utils.data.DataLoader(train, batch_size=BATCH)
    weights = torch.zeros(64, 1).requires_grad_()
    bias = torch.zeros(1).requires_grad_()

    def predict(images):
        return (images @ weights + bias).sigmoid()

    def measure(images, labels):
        return ((predict(images) > 0.5) == labels).float().mean().item()

    images, labels = valid[:]
    history = []
    for epoch in range(EPOCHS):
        for x, y in batches:
            loss = ((predict(x) - y) ** 2).mean()
            loss.backward()
            gradient = weights.grad.clone()
            careless = measure(images, labels)  # between backward and update, of all places
            assert torch.equal(weights.grad, gradient)
            for leaf in (weights, bias):
                leaf.data -= RATE * leaf.grad.data
                leaf.grad.zero_()
        with torch.no_grad():
            accuracy = measure(images, labels)
        history.append((loss.item(), accuracy))
        print(f"  epoch {epoch}: loss {history[-1][0]:.4f}, accuracy {accuracy:.4f}")
    assert accuracy == measure(images, labels) and 0 <= careless <= 1

    recorded = predict(images)
    with torch.no_grad():
        unrecorded = predict(images)
    print("  recorded without no_grad:", recorded.requires_grad, recorded.grad_fn.name())
    print("  recorded under no_grad:", unrecorded.requires_grad, unrecorded.grad_fn)
    return history, weights.detach().numpy()


def functional():
    """As functions: gradients are a result, so that nothing but the loss they are asked of can change them."""
    (images, labels), (valid_images, valid_labels) = jax.tree.map(jnp.asarray, threes_and_eights())

    def predict(params, images):
        return jax.nn.sigmoid(images @ params["weights"] + params["bias"])

    def loss_fn(params, images, labels):
        return ((predict(params, images) - labels) ** 2).mean()

    def measure(params, images, labels):
        return ((predict(params, images) > 0.5) == labels).mean()

    @jax.jit
    def update(params, images, labels):
        loss, grads = backward(loss_fn)(params, None, images, labels)
        return loss, jax.tree.map(lambda leaf, grad: leaf - RATE * grad, params, grads)

    params = {"weights": jnp.zeros((64, 1)), "bias": jnp.zeros(1)}
    history = []
    for epoch in range(EPOCHS):
        for start in range(0, len(images), BATCH):
            loss, params = update(params, images[start : start + BATCH], labels[start : start + BATCH])
        accuracy = measure(params, valid_images, valid_labels)
        history.append((float(loss), float(accuracy)))
        print(f"  epoch {epoch}: loss {history[-1][0]:.4f}, accuracy {history[-1][1]:.4f}")

    def loss_and_accuracy(params, images, labels):
        return loss_fn(params, images, labels), no_grad(measure)(params, images, labels)

    found = needs_grad(loss_and_accuracy)(params, images, labels)
    print("  the loss requires grad, the accuracy does not:", found.outputs)
    print("  left alone by backward:", [part.name for part in found.skipped])
    return history, np.asarray(params["weights"])


def main():
    print("PyTorch's way")
    history, weights = imperative()
    print("as functions")
    same_history, same_weights = functional()
    np.testing.assert_allclose(history, same_history, rtol=1e-4)
    np.testing.assert_allclose(weights, same_weights, rtol=1e-4, atol=1e-5)
    print("both give the same losses, accuracies and weights")


if __name__ == "__main__":
    main()
