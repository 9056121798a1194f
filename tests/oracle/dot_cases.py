"""Graphs for ``make_dot``: each case builds one and returns what the drawing function makes of it."""

import re
from collections.abc import Callable
from typing import Any

CASES: dict[str, Callable[[Any, Callable[..., Any]], Any]] = {}


def case(fn: Callable[[Any, Callable[..., Any]], Any]) -> Callable[[Any, Callable[..., Any]], Any]:
    CASES[fn.__name__] = fn
    return fn


def canonical(source: str) -> str:
    """A graph's text with its objects numbered in order of appearance, instead of by their ids."""
    numbers: dict[str, str] = {}
    found = r"(?m)(?<=^\t)\d+|(?<=-> )\d+"
    return re.sub(found, lambda m: numbers.setdefault(m[0], f"n{len(numbers)}"), source)


def _mlp(torch: Any) -> tuple[Any, Any, Any]:
    model = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
    loss = torch.nn.functional.cross_entropy(model(torch.ones(8, 6)), torch.zeros(8, dtype=torch.int64))
    return model, loss, dict(model.named_parameters())


@case
def perceptron(torch: Any, make_dot: Any) -> Any:
    _, loss, params = _mlp(torch)
    return make_dot(loss, params=params)


@case
def without_names(torch: Any, make_dot: Any) -> Any:
    return make_dot(_mlp(torch)[1])


@case
def saved_tensors_of_a_perceptron(torch: Any, make_dot: Any) -> Any:
    _, loss, params = _mlp(torch)
    return make_dot(loss, params=params, show_saved=True)


@case
def attributes_of_a_perceptron(torch: Any, make_dot: Any) -> Any:
    _, loss, params = _mlp(torch)
    return make_dot(loss, params=params, show_attrs=True, show_saved=True)


@case
def after_backward(torch: Any, make_dot: Any) -> Any:
    _, loss, params = _mlp(torch)
    loss.backward()
    return make_dot(loss, params=params)


@case
def convolutions(torch: Any, make_dot: Any) -> Any:
    nn = torch.nn
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                          nn.Linear(36, 3))
    return make_dot(model(torch.ones(2, 1, 8, 8)), params=dict(model.named_parameters()))


@case
def elementwise(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(3, requires_grad=True)
    b = torch.full((3,), 2.0, requires_grad=True)
    y = (a * b).exp() + a.sin() - (a ** 2).sigmoid().sqrt().relu()
    return make_dot(y, params={"a": a, "b": b}, show_attrs=True, show_saved=True)


@case
def short_attributes(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(2, 3, requires_grad=True)
    return make_dot(a ** 2.125, params={"a": a}, show_attrs=True, max_attr_chars=5)


@case
def very_short_attributes(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(2, 3, requires_grad=True)
    return make_dot(a ** 2.125, show_attrs=True, max_attr_chars=1)


@case
def attributes_of_a_sum(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(2, 3, requires_grad=True)
    return make_dot(a.sum(0), params={"a": a}, show_attrs=True)


@case
def reductions(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(2, 3, requires_grad=True)
    return make_dot(a.mean(1).max() + a.sum((0, 1)) + a.prod(), params={"a": a})


@case
def diamond(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(3, requires_grad=True)
    b = a * 2
    return make_dot((b + b * b).sum(), params={"a": a})


@case
def two_outputs(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(2, 3, requires_grad=True)
    b = a * 2
    return make_dot((b.sum(), b.exp()), params={"a": a})


@case
def an_output_twice(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(3, requires_grad=True)
    b = a.exp()
    return make_dot((b, b))


@case
def an_output_that_is_a_view(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(2, 3, requires_grad=True)
    b = a * 2
    return make_dot(b[0], params={"a": a})


@case
def an_output_without_a_graph(torch: Any, make_dot: Any) -> Any:
    return make_dot(torch.ones(2))


@case
def a_leaf(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(2, requires_grad=True)
    return make_dot(a, params={"a": a})


@case
def written_in_place(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(2, 3, requires_grad=True)
    b = a * 2
    b[0].mul_(3)
    b.add_(1)
    return make_dot(b.sum(), params={"a": a})


@case
def several_results(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(4, 3, requires_grad=True)
    first, second = a.split(2)
    values, _ = second.sort()
    return make_dot(torch.cat([first, values]).unbind(1)[0].sum(), params={"a": a})


@case
def embedding_and_norm(torch: Any, make_dot: Any) -> Any:
    table, norm = torch.nn.Embedding(5, 4), torch.nn.LayerNorm(4)
    y = norm(table(torch.tensor([1, 2]))).softmax(-1)
    return make_dot(y.log().mean(), params={"table": table.weight, "scale": norm.weight, "shift": norm.bias})


def _cube(torch: Any) -> Any:
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x ** 3
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 3 * ctx.saved_tensors[0] ** 2 * g

    return Cube


@case
def custom_function(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(3, requires_grad=True)
    return make_dot((_cube(torch).apply(a * 1) * 2).sum(), params={"a": a})


@case
def gradients_of_gradients(torch: Any, make_dot: Any) -> Any:
    a = torch.ones(3, requires_grad=True)
    (g,) = torch.autograd.grad((a ** 3).sum(), a, create_graph=True)
    return make_dot(g.sum(), params={"a": a})
