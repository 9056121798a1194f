"""Jacobians, Hessians and their products with vectors (`torch.autograd.functional`).

Forward-mode products are taken by differentiating the backward pass with respect to its cotangent ("double backward"):
the same numbers, and XLA removes what the two passes share.
"""

from collections.abc import Callable, Sequence
from typing import Any

from compat._autograd.backward import grad
from compat._autograd.modes import enable_grad, is_grad_enabled, set_grad_enabled
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Tensors = tuple[Tensor, ...]
_NOT_STRICT = "This is not allowed in strict mode"
_NEEDS_GRAD = {
    "outputs": ("Output {} of the user-provided function does not require gradients. The outputs must be computed in a "
                "differentiable manner from the input when running in strict mode."),
    "grad_inputs": ("The gradient with respect to input {} is independent of the inputs of the user-provided function. "
                    f"{_NOT_STRICT}."),
    "jacobian": ("While computing the hessian, found that the jacobian of the user-provided function with respect to "
                 f"input {{}} is independent of the input. {_NOT_STRICT}. You should ensure that your function is "
                 "twice differentiable and that the jacobian depends on the inputs (this would be violated by a linear "
                 "function for example)."),
    "hessian": ("The hessian of the user-provided function with respect to input {} is independent of the input. "
                f"{_NOT_STRICT}. You should ensure that your function is thrice differentiable and that the hessian "
                "depends on the inputs."),
}
_MISSING = {
    "back": f"The output of the user-provided function is independent of input {{}}. {_NOT_STRICT}.",
    "back_trick": ("The gradient with respect to the input is independent of entry {} in the grad_outputs when using "
                   f"the double backward trick to compute forward mode gradients. {_NOT_STRICT}."),
    "double_back": f"The jacobian of the user-provided function is independent of input {{}}. {_NOT_STRICT}.",
    "double_back_trick": ("The hessian of the user-provided function is independent of entry {} in the grad_jacobian. "
                          f"{_NOT_STRICT} as it prevents from using the double backward trick to replace forward mode "
                          "AD."),
}
_ONE_OUTPUT = ("The vector v can only be None if the user-provided function returns a single Tensor with a single "
               "element.")
_ONE_INPUT = ("The vector v can only be None if the input to the user-provided function is a single Tensor with a "
              "single element.")
_STRICT_FORWARD = (
    'torch.autograd.functional.jacobian: `strict=True` and `strategy="forward-mode"` are not supported together (yet). '
    'Please either set `strict=False` or `strategy="reverse-mode"`.'
)
_GRAPH_FORWARD = (
    'torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` are not supported together '
    '(yet). Please either set `create_graph=False` or `strategy="reverse-mode"`.'
)
_STRICT_VECTORIZE = (
    "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. Please either "
    "set `strict=False` or `vectorize=False`."
)
_WHICH_STRATEGY = (
    'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than '
    'inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
)
_FORWARD_LOOP = ("Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for "
                 "`vectorize=True`.")


# ------------------------------------------------------------------ arguments and results
def _tuple_of(value: Any, name: str, function: str) -> tuple[bool, Tensors]:
    """(whether it was a tuple, the tuple), or torch's error if it holds something else than tensors."""
    many = isinstance(value, tuple)
    for i, item in enumerate(value if many else (value,)):
        if not isinstance(item, Tensor):
            which = f"value at index {i}" if many else f"given {name}"
            raise TypeError(f"The {name} given to {function} must be either a Tensor or a tuple of Tensors but the "
                            f"{which} has type {type(item)}.")
    return many, value if many else (value,)


def _call(func: Callable[..., Any], inputs: Tensors, function: str, strict: bool) -> tuple[bool, Tensors]:
    many, outputs = _tuple_of(func(*inputs), "outputs of the user-provided function", function)
    _need_grad(outputs, "outputs", strict)
    return many, outputs


def _one(values: Sequence[Any], many: bool) -> Any:
    return tuple(values) if many else values[0]


def _fresh(inputs: Tensors, create_graph: bool, need_graph: bool = True) -> Tensors:
    """The tensors to differentiate with respect to: cut off their own history, unless the result shall have it."""
    return tuple(t.view_as(t) if create_graph and t.requires_grad else t.detach().requires_grad_(need_graph)
                 for t in inputs)


def _done(values: Any, create_graph: bool) -> Any:
    if create_graph:
        return values
    return tuple(_done(v, False) if isinstance(v, tuple) else v.detach() for v in values)


def _check_v(v: Tensors, like: Tensors, many: bool) -> None:
    if len(v) != len(like):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(v)}." if many else
                           "The given v should contain a single Tensor.")
    for i, (given, other) in enumerate(zip(v, like, strict=True)):
        if given.size() != other.size():
            raise RuntimeError(f"{f'Entry {i} in ' if many else ''}v has invalid size: should be {other.size()} but "
                               f"got {given.size()}.")


def _vector(v: Any, like: Tensors, many: bool, function: str, create_graph: bool, missing: str) -> Tensors | None:
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(missing)
        return None
    v = _fresh(_tuple_of(v, "v", function)[1], create_graph, need_graph=False)
    _check_v(v, like, many)
    return v


def _need_grad(values: Sequence[Tensor | None], kind: str, strict: bool) -> None:
    if not strict:
        return
    for i, value in enumerate(values):
        if value is None:
            raise RuntimeError(_MISSING["back"].format(i))
        if not value.requires_grad:
            raise RuntimeError(_NEEDS_GRAD[kind].format(i))


# ------------------------------------------------------------------ gradients
def _gradients(outputs: Sequence[Tensor | None], inputs: Tensors, cotangents: Sequence[Tensor | None] | None = None,
               **options: Any) -> tuple[Tensor | None, ...]:
    """The gradients of those outputs that have any; None for inputs that take no part."""
    pairs = [(out, c) for out, c in zip(outputs, cotangents or [None] * len(outputs), strict=True)
             if out is not None and out.requires_grad]
    if not pairs:
        return (None,) * len(inputs)
    roots, given = zip(*pairs, strict=True)
    return grad(roots, inputs, given, allow_unused=True, **options)


def _filled(grads: Sequence[Tensor | None], like: Sequence[Tensor], strict: bool, create_graph: bool,
            stage: str) -> Tensors:
    """Zeros where there is no gradient; errors instead in strict mode."""
    result = []
    for i, (value, other) in enumerate(zip(grads, like, strict=True)):
        if value is None:
            if strict:
                raise RuntimeError(_MISSING[stage].format(i))
            value = ops.zeros_like(other)
        elif strict and create_graph and not value.requires_grad:
            what = "hessian" if "double" in stage else "jacobian"
            raise RuntimeError(f"The {what} of the user-provided function is independent of input {i}. {_NOT_STRICT} "
                               "when create_graph=True.")
        result.append(value)
    return tuple(result)


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The product of a vector and the Jacobian of a function.

    Args:
      func: From tensors to a tensor or a tuple of tensors.
      inputs: A tensor or a tuple of tensors.
      v: Like the outputs; may be left out for an output of one element.
      create_graph: Whether the results can be differentiated.
      strict: Whether an output that does not depend on an input is an error instead of zeros.

    Returns:
      The outputs, and the product, like the inputs.

    Raises:
      TypeError: if something is not a tensor.
      RuntimeError: if `v` does not fit, or in strict mode.
    """
    with enable_grad():
        many_inputs, inputs = _tuple_of(inputs, "inputs", "vjp")
        inputs = _fresh(inputs, create_graph)
        many_outputs, outputs = _call(func, inputs, "vjp", strict)
        v = _vector(v, outputs, many_outputs, "vjp", create_graph, _ONE_OUTPUT)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        gradient = _gradients(outputs, inputs, v, create_graph=create_graph)
        product = _filled(gradient, inputs, strict, create_graph, "back")
    return _one(_done(outputs, create_graph), many_outputs), _one(_done(product, create_graph), many_inputs)


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The product of the Jacobian of a function and a vector.

    Args:
      func: From tensors to a tensor or a tuple of tensors.
      inputs: A tensor or a tuple of tensors.
      v: Like the inputs; may be left out for an input of one element.
      create_graph: Whether the results can be differentiated.
      strict: Whether an output that does not depend on an input is an error instead of zeros.

    Returns:
      The outputs, and the product, like the outputs.

    Raises:
      TypeError: if something is not a tensor.
      RuntimeError: if `v` does not fit, or in strict mode.
    """
    with enable_grad():
        many_inputs, inputs = _tuple_of(inputs, "inputs", "jvp")
        inputs = _fresh(inputs, create_graph)
        v = _vector(v, inputs, many_inputs, "jvp", create_graph, _ONE_INPUT)
        many_outputs, outputs = _call(func, inputs, "jvp", strict)
        cotangents = tuple(ops.zeros_like(out).requires_grad_() for out in outputs)
        pulled = _gradients(outputs, inputs, cotangents, create_graph=True)
        _need_grad(pulled, "grad_inputs", strict)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        product = _filled(_gradients(pulled, cotangents, v, create_graph=create_graph), outputs, strict, create_graph,
                          "back_trick")
    return _one(_done(outputs, create_graph), many_outputs), _one(_done(product, create_graph), many_outputs)


def _scalar_jacobian(func: Callable[..., Any], inputs: Any, function: str, create_graph: bool,
                     strict: bool) -> tuple[bool, Tensors, Tensors, tuple[Tensor | None, ...]]:
    """(whether inputs were a tuple, inputs, outputs, gradient) of a function with one number for output."""
    many, inputs = _tuple_of(inputs, "inputs", function)
    inputs = _fresh(inputs, create_graph)
    several, outputs = _call(func, inputs, function, strict)
    if several:
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {function} should contain a single element")
    gradient = _gradients(outputs, inputs, create_graph=True)
    _need_grad(gradient, "jacobian", strict)
    return many, inputs, outputs, gradient


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The product of a vector and the Hessian of a scalar function.

    Args:
      func: From tensors to a tensor of one element.
      inputs: A tensor or a tuple of tensors.
      v: Like the inputs; may be left out for an input of one element.
      create_graph: Whether the results can be differentiated.
      strict: Whether independence of an input is an error instead of zeros.

    Returns:
      The output, and the product, like the inputs.

    Raises:
      TypeError: if something is not a tensor.
      RuntimeError: if the output is not one number, `v` does not fit, or in strict mode.
    """
    with enable_grad():
        many, inputs, outputs, gradient = _scalar_jacobian(func, inputs, "vhp", create_graph, strict)
        v = _vector(v, inputs, many, "vhp", create_graph, _ONE_INPUT)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        product = _filled(_gradients(gradient, inputs, v, create_graph=create_graph), inputs, strict, create_graph,
                          "double_back")
    return _done(outputs, create_graph)[0], _one(_done(product, create_graph), many)


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The product of the Hessian of a scalar function and a vector; `vhp` is the same for less, where it is symmetric.

    Args:
      func: From tensors to a tensor of one element.
      inputs: A tensor or a tuple of tensors.
      v: Like the inputs; may be left out for an input of one element.
      create_graph: Whether the results can be differentiated.
      strict: Whether independence of an input is an error instead of zeros.

    Returns:
      The output, and the product, like the inputs.

    Raises:
      TypeError: if something is not a tensor.
      RuntimeError: if the output is not one number, `v` does not fit, or in strict mode.
    """
    with enable_grad():
        many, inputs, outputs, gradient = _scalar_jacobian(func, inputs, "hvp", create_graph, strict)
        v = _vector(v, inputs, many, "hvp", create_graph, _ONE_INPUT)
        cotangents = tuple(ops.zeros_like(t).requires_grad_() for t in inputs)
        pulled = _gradients(gradient, inputs, cotangents, create_graph=True)
        _need_grad(gradient, "hessian", strict)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        product = _filled(_gradients(pulled, cotangents, v, create_graph=create_graph), inputs, strict, create_graph,
                          "double_back_trick")
    return _done(outputs, create_graph)[0], _one(_done(product, create_graph), many)


# ------------------------------------------------------------------ matrices
def _rows(out: Tensor, which: int, inputs: Tensors, create_graph: bool, strict: bool) -> Tensors:
    """The Jacobian of one output with respect to every input, row by row."""
    columns: list[list[Tensor]] = [[] for _ in inputs]
    flat = out.reshape(-1)
    for j in range(out.numel()):
        grads = _gradients((flat[j],), inputs, retain_graph=True, create_graph=create_graph)
        for i, (value, t) in enumerate(zip(grads, inputs, strict=True)):
            if value is None and strict:
                raise RuntimeError(f"Output {which} of the user-provided function is independent of input {i}. "
                                   f"{_NOT_STRICT}.")
            if value is not None and strict and create_graph and not value.requires_grad:
                raise RuntimeError("The jacobian of the user-provided function is independent of input "
                                   f"{which}. {_NOT_STRICT} when create_graph=True.")
            columns[i].append(ops.zeros_like(t) if value is None else value)
    return tuple(_stacked(column, out, t) for column, t in zip(columns, inputs, strict=True))


def _stacked(rows: list[Tensor], out: Tensor, t: Tensor) -> Tensor:
    shape = (*out.shape, *t.shape)
    return ops.stack(rows, 0).view(shape) if rows else t.new_zeros(shape)


def _forward_columns(func: Callable[..., Any], inputs: Any) -> Any:
    """The Jacobian column by column, one forward product a number of the inputs."""
    many_inputs, inputs = _tuple_of(inputs, "inputs", "jacobian")
    with enable_grad():
        fresh = _fresh(inputs, create_graph=True)
        fresh = tuple(t if t.requires_grad else t.detach().requires_grad_() for t in fresh)
        many_outputs, outputs = _call(func, fresh, "jacobian", strict=False)
        cotangents = tuple(ops.zeros_like(out).requires_grad_() for out in outputs)
        pulled = _gradients(outputs, fresh, cotangents, create_graph=True)
        result: list[list[Tensor]] = [[] for _ in outputs]
        for t, back in zip(fresh, pulled, strict=True):
            columns: list[list[Tensor]] = [[] for _ in outputs]
            flat = None if back is None else back.reshape(-1)
            for j in range(t.numel()):
                entry = None if flat is None else flat[j]
                products = _gradients((entry,), cotangents, retain_graph=True, create_graph=True)
                for i, (product, out) in enumerate(zip(products, outputs, strict=True)):
                    columns[i].append(ops.zeros_like(out) if product is None else product)
            for i, out in enumerate(outputs):
                shape = (*out.shape, *t.shape)
                result[i].append(ops.stack(columns[i], -1).view(shape) if columns[i] else t.new_zeros(shape))
    kept = any(t.requires_grad for t in inputs) and is_grad_enabled()
    return _one([_one(_done(tuple(row), kept), many_inputs) for row in result], many_outputs)


def jacobian(func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False,
             vectorize: bool = False, strategy: str = "reverse-mode") -> Any:
    """The Jacobian of a function.

    Args:
      func: From tensors to a tensor or a tuple of tensors.
      inputs: A tensor or a tuple of tensors.
      create_graph: Whether the result can be differentiated.
      strict: Whether an output that does not depend on an input is an error instead of zeros.
      vectorize: Whether to ask for all rows at once.
      strategy: `"reverse-mode"` (a backward pass a number of the outputs) or `"forward-mode"` (a forward one a number
        of the inputs).

    Returns:
      A tensor of shape `output.shape + input.shape`; tuples of them for several inputs, outputs, or both (outputs
      first).

    Raises:
      TypeError: if something is not a tensor.
      RuntimeError: if options exclude each other, or in strict mode.
      AssertionError: if the strategy is unknown.

    Example:
      >>> import compat as torch
      >>> torch.autograd.functional.jacobian(lambda x: x**2, torch.tensor([1.0, 3.0]))
      tensor([[2., 0.],
              [0., 6.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(_WHICH_STRATEGY)
    if strategy == "forward-mode":
        if create_graph:
            raise NotImplementedError(_GRAPH_FORWARD)
        if strict:
            raise RuntimeError(_STRICT_FORWARD)
        if not vectorize:
            raise NotImplementedError(_FORWARD_LOOP)
        return _forward_columns(func, inputs)
    with enable_grad():
        many_inputs, inputs = _tuple_of(inputs, "inputs", "jacobian")
        inputs = _fresh(inputs, create_graph)
        many_outputs, outputs = _call(func, inputs, "jacobian", strict)
        if vectorize and strict:
            raise RuntimeError(_STRICT_VECTORIZE)
        result = tuple(_rows(out, i, inputs, create_graph, strict) for i, out in enumerate(outputs))
    return _one([_one(row, many_inputs) for row in _done(result, create_graph)], many_outputs)


def hessian(func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False,
            vectorize: bool = False, outer_jacobian_strategy: str = "reverse-mode") -> Any:
    """The Hessian of a scalar function.

    Args:
      func: From tensors to a tensor of one element.
      inputs: A tensor or a tuple of tensors.
      create_graph: Whether the result can be differentiated.
      strict: Whether independence of an input is an error instead of zeros.
      vectorize: Whether to ask for all rows at once.
      outer_jacobian_strategy: How the gradient is differentiated: `"reverse-mode"` or `"forward-mode"`.

    Returns:
      A tensor of shape `input.shape + input.shape`; a tuple of tuples of them for a tuple of inputs.

    Raises:
      TypeError: if something is not a tensor.
      RuntimeError: if the output is not one number, or in strict mode.
      AssertionError: if the strategy is unknown.

    Example:
      >>> import compat as torch
      >>> torch.autograd.functional.hessian(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]))
      tensor([[ 6.,  0.],
              [ 0., 12.]])
    """
    many, inputs = _tuple_of(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def number(*args: Tensor) -> Tensor:
        several, outputs = _call(func, args, "hessian", strict)
        if several:
            raise RuntimeError("The function given to hessian should return a single Tensor")
        if outputs[0].numel() != 1:
            raise RuntimeError("The Tensor returned by the function given to hessian should contain a single element")
        return outputs[0].squeeze()

    def gradient(*args: Tensor) -> Tensors:
        result = jacobian(number, args, create_graph=True)
        _need_grad(result, "jacobian", strict)
        return result

    result = jacobian(gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return _one([_one(row, many) for row in result], many)
