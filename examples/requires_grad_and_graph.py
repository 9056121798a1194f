"""Which results require gradients, what is the computation graph, and which gradients are kept?

    python examples/requires_grad_and_graph.py [--out DIR]

A result requires grad if one of the inputs does; what needs no gradient is left out of backward. The operations form a
graph from the output, its root, to the leaves; gradients stay at the leaves that require them. ``backward()`` frees the
graph.

Writes pictures of a small convolutional classifier's graph to the output directory.

A snippet about two tasks that makes the rounds calls ``loss.backward()`` after each of two forward passes, although the
second loss has another name. PyTorch 2.13 does not quietly add up: it raises, because the first call freed the graph of
``loss``. The second call has to be that of the second loss; then the gradients do add up. Both are shown below.
"""

import argparse
import html
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import compat as torch
from compat import nn
from compat.nn import functional as F
from funcgrad import backward, graph, needs_grad
from funcgrad.drawing import Box, draw_svg

R = np.random.default_rng(0)
IMAGE = R.random((1, 1, 28, 28), dtype="float32")
INPUTS, FIRST, SECOND = (R.normal(size=shape).astype("float32") for shape in [(8, 3), (8, 1), (8, 1)])
START = R.normal(size=(3, 1)).astype("float32")


class ConvClassifier(nn.Module):
    """Two convolutions with pooling, then two linear layers."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 5, 5), nn.Conv2d(5, 16, 5)
        self.pool = nn.MaxPool2d(2)
        self.fc1, self.fc2 = nn.Linear(256, 20), nn.Linear(20, 10)

    def forward(self, x):
        x = F.relu(self.pool(self.conv1(x)))
        x = F.relu(self.pool(self.conv2(x)))
        x = F.dropout2d(x, training=self.training)
        return F.relu(self.fc2(F.relu(self.fc1(x.view(-1, 256)))))


def recorded_nodes(output):
    """The nodes of the graph behind a tensor, each after those it was computed from."""
    ordered, pending = {}, [(output.grad_fn, False)]
    while pending:
        node, entered = pending.pop()
        if node in ordered:
            continue
        if entered:
            ordered[node] = len(ordered)
            continue
        pending.append((node, True))
        pending.extend((before, False) for before, _ in node.next_functions if before is not None)
    return ordered


def draw_recorded(output, names):
    """An SVG of the graph that PyTorch recorded, with the parameters at its leaves."""
    boxes, ordered = [], recorded_nodes(output)
    for node, index in ordered.items():
        leaf = getattr(node, "variable", None)
        lines = (node.name(),) if leaf is None else (names[id(leaf)], str(tuple(leaf.shape)))
        inputs = tuple(ordered[before] for before, _ in node.next_functions if before is not None)
        colour = "#ffffff" if leaf is None else "#bfdbfe"
        boxes.append(Box(index, tuple(map(html.escape, lines)), colour, False, tuple(dict.fromkeys(inputs))))
    return draw_svg(boxes)


def imperative(out):
    """As one writes it in PyTorch."""
    a = torch.tensor([1.0, 2.0, 3.0])
    b = torch.tensor([1.0, 4.0, 2.0], requires_grad=True)
    print("a:", a.requires_grad)
    print("b:", b.requires_grad)
    print("sum of a and b:", (a + b).requires_grad)

    torch.manual_seed(0)
    model = ConvClassifier().eval()
    output = model(torch.tensor(IMAGE))
    names = {id(leaf): name for name, leaf in model.named_parameters()}
    leaves = [node.variable for node in recorded_nodes(output) if hasattr(node, "variable")]
    print("root of the graph:", output.grad_fn.name())
    print("leaves:", sorted(names[id(leaf)] for leaf in leaves))
    (out / "conv_classifier_recorded.svg").write_text(draw_recorded(output, names), encoding="utf-8")
    output.sum().backward()
    print("the output is a leaf, keeps its gradient:", output.is_leaf, output.retains_grad)
    assert all(leaf.grad is not None for leaf in leaves)

    shared = torch.tensor(START, requires_grad=True)
    x, y1, y2 = map(torch.tensor, (INPUTS, FIRST, SECOND))
    loss1 = ((x @ shared - y1) ** 2).mean()
    loss1.backward()
    loss2 = ((x @ shared - y2) ** 2).mean()
    try:
        loss1.backward()
    except RuntimeError as error:
        print("backward on the first loss again:", str(error).partition("(")[0].strip())
    loss2.backward()
    weights = {name: leaf.detach().numpy() for name, leaf in model.named_parameters()}
    return weights, output.detach().numpy(), shared.grad.numpy()


def conv_classifier(params, image):
    """The classifier in evaluation mode, on one image, as a function of its parameters."""

    def convolve(x, name):
        x = jax.lax.conv(x, params[f"{name}.weight"], (1, 1), "VALID") + params[f"{name}.bias"][:, None, None]
        return jax.nn.relu(jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID"))

    x = convolve(convolve(image, "conv1"), "conv2").reshape(-1, 256)
    x = jax.nn.relu(x @ params["fc1.weight"].T + params["fc1.bias"])
    return jax.nn.relu(x @ params["fc2.weight"].T + params["fc2.bias"])


def functional(out, weights):
    """As functions: the graph is that of a function, and exists as soon as that is traced."""
    b, a = jnp.array([1.0, 4.0, 2.0]), jnp.array([1.0, 2.0, 3.0])
    found = needs_grad(lambda b, a: {"a": a, "b": b, "sum of a and b": a + b})(b, a)
    for name, flag in found.outputs.items():
        print(f"{name}: {flag}")

    weights = jax.tree.map(jnp.asarray, weights)
    whole = graph(conv_classifier)(weights, IMAGE)
    print("leaves that keep gradients:", sorted(leaf.name for leaf in whole.leaves if leaf.retains_grad))
    whole.to_svg(out / "conv_classifier.svg")
    try:
        whole.to_png(out / "conv_classifier.png")
    except (ImportError, RuntimeError) as error:
        print("no PNG:", str(error).partition(".")[0])
    for where in ("*", "fc*"):
        visited = needs_grad(conv_classifier, where)(weights, IMAGE).visited
        print(f"operations backward visits with gradients for {where!r}:", len(visited))

    def task(shared, x, y):
        return ((x @ shared - y) ** 2).mean()

    shared = jnp.asarray(START)
    _, grads = backward(task)(shared, None, INPUTS, FIRST)
    _, grads = backward(task)(shared, grads, INPUTS, SECOND)
    return conv_classifier(weights, IMAGE), grads


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("out"), help="directory for the pictures")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    print("-- PyTorch's way")
    weights, output, summed = imperative(out)
    print("-- as functions")
    same_output, same_summed = functional(out, weights)
    np.testing.assert_allclose(output, same_output, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(summed, same_summed, rtol=1e-4, atol=1e-6)
    print("both give the same outputs, and the same sum of two tasks' gradients; pictures are in", out)


if __name__ == "__main__":
    main()
