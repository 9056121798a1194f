"""What is observed of a module, with PyTorch or compat alike."""

import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.rows.nn import Row

NN = Path(__file__).with_name("nn.npz")


def _array(spec: str, rng: np.random.Generator) -> np.ndarray:
    kind, _, shape = spec.lstrip("!").partition(":")
    sizes = tuple(int(n) for n in shape.split(",") if n)
    if kind[0] == "i":
        return rng.integers(int(kind[1:]), size=sizes)
    if kind == "s":
        return rng.choice([-1.0, 1.0], sizes).astype("float32")
    if kind == "u":
        return rng.uniform(0.05, 0.95, sizes).astype("float32")
    if kind == "p":
        raw = rng.uniform(0.1, 1.0, sizes)
        return (raw / raw.sum(1, keepdims=True)).astype("float32")
    return rng.normal(size=sizes).astype("float32")


def _inputs(torch: Any, row: Row) -> list[Any]:
    rng = np.random.default_rng(0)
    made = []
    for spec in row.inputs:
        array = _array(spec, rng)
        wants = array.dtype.kind == "f" and not spec.startswith("!") and not spec.startswith("s")
        made.append(torch.tensor(array, requires_grad=wants))
    return made


def _tensors(value: Any) -> Iterator[Any]:
    """The tensors in an output, in order."""
    if isinstance(value, (tuple, list)):
        for each in value:
            yield from _tensors(each)
    elif value is not None:
        yield value


def _weighted_sum(torch: Any, outputs: list[Any]) -> Any:
    """A number whose gradient differs for each element of the outputs."""
    total = 0.0
    for out in outputs:
        if out.requires_grad:
            weights = np.linspace(-1.0, 2.0, max(out.numel(), 1), dtype="float32")[: out.numel()]
            total = total + (out * torch.tensor(weights.reshape(tuple(out.shape)))).sum()
    return total


def observe(torch: Any, row: Row) -> dict[str, np.ndarray]:
    """Initial weights of seed 0; output, gradients and buffers in training; output in evaluation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _observe(torch, row)


def _observe(torch: Any, row: Row) -> dict[str, np.ndarray]:
    torch.manual_seed(0)
    module = row.make(torch.nn)
    inputs = _inputs(torch, row)
    seen = {"repr": np.array(repr(module).replace("compat.", "torch."))}
    torch.manual_seed(1)
    outputs = list(_tensors(module(*inputs)))
    for i, out in enumerate(outputs):
        seen[f"output {i}"] = out
    total = _weighted_sum(torch, outputs)
    if not isinstance(total, float):
        total.backward()
    for i, tensor in enumerate(inputs):
        if tensor.requires_grad and tensor.grad is not None:
            seen[f"gradient of input {i}"] = tensor.grad
    for name, param in module.named_parameters():
        seen[f"weight {name}"] = param
        if param.grad is not None:
            seen[f"gradient of {name}"] = param.grad
    for name, buffer in module.named_buffers():
        seen[f"buffer {name}"] = buffer.clone()
    seen["names"] = np.array(" ".join(module.state_dict()))
    module.eval()
    for i, out in enumerate(_tensors(module(*_inputs(torch, row)))):
        seen[f"evaluated {i}"] = out
    return {name: value if isinstance(value, np.ndarray) else np.asarray(value.detach().numpy())
            for name, value in seen.items()}


def text(torch: Any, expression: str) -> str:
    """The expression's text, or its error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = repr(eval(expression, {"torch": torch, "nn": torch.nn}))
        except Exception as error:  # noqa: BLE001 - the error is the observation
            value = f"{type(error).__name__}: {error}"
    return value.replace("compat.", "torch.")


def outcome(torch: Any, program: Callable[[Any], Any]) -> Any:
    """What a program returns, as JSON would give it back."""
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return json.loads(json.dumps(program(torch)))


def differences(expected: Any, actual: Any, where: str = "") -> list[str]:
    """Where two outcomes differ; numbers may by a little."""
    if isinstance(expected, float | int) and isinstance(actual, float | int):
        same = bool(np.isclose(actual, expected, 2e-5, 2e-5, equal_nan=True))
        return [] if same else [f"{where}: {actual}, expected {expected}"]
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = zip(expected, actual, strict=True)
        return [d for i, (e, a) in enumerate(pairs) for d in differences(e, a, f"{where}[{i}]")]
    if isinstance(expected, dict) and isinstance(actual, dict) and list(expected) == list(actual):
        return [d for key in expected for d in differences(expected[key], actual[key], f"{where}.{key}")]
    return [] if expected == actual else [f"{where}: {actual!r}, expected {expected!r}"]
