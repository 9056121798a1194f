"""Derivatives of functions of tensors: `grad`, `vjp`, `jvp` and the Jacobians, taken on the tape.

A transform gives the function fresh leaves, differentiates with a graph, and hands the results on: still tied to
whatever else they depend on, such as the leaves of a transform outside or parameters that the function closes over, and
cut off if there is nothing else. So transforms nest, and mix with `backward()`.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from compat._autograd.backward import grad as tape_grad
from compat._autograd.modes import enable_grad, is_grad_enabled
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor
from compat.utils._pytree import TreeSpec, tree_flatten, tree_map, tree_unflatten

argnums_t = int | tuple[int, ...]


# ------------------------------------------------------------------ leaves
def _tracked(tree: Any) -> tuple[list[Tensor], Any]:
    """(leaves to differentiate with respect to, the tree as the function gets it)."""
    flat, spec = tree_flatten(tree)
    leaves = []
    for x in flat:
        if not isinstance(x, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
        if not (x.is_floating_point() or x.is_complex()):
            leaves.append(x)
        elif x.requires_grad and is_grad_enabled():
            leaves.append(ops.clone(x))
        else:
            leaves.append(x.detach().requires_grad_())
    # The function may write into its arguments, which a leaf would refuse: it gets copies.
    return leaves, tree_unflatten([ops.clone(leaf) for leaf in leaves], spec)


def _released(values: Sequence[Tensor], leaves: Sequence[Tensor], outer: bool) -> list[Tensor]:
    """The results, cut off from the tape if they lead to nothing but the transform's own leaves."""
    own = {id(leaf) for leaf in leaves if leaf.grad_fn is None}
    return [value if outer and value.requires_grad and _leads_elsewhere(value, own) else value.detach()
            for value in values]


def _leads_elsewhere(value: Tensor, own: set[int]) -> bool:
    """Whether a history reaches a leaf that is not in `own`."""
    if value.grad_fn is None:
        return id(value) not in own
    waiting, seen = [value.grad_fn], {id(value.grad_fn)}
    while waiting:
        node = waiting.pop()
        if (variable := getattr(node, "variable", None)) is not None and id(variable) not in own:
            return True
        for following, _ in node.next_functions:
            if following is not None and id(following) not in seen:
                seen.add(id(following))
                waiting.append(following)
    return False


def _pull(outputs: Sequence[Tensor], leaves: Sequence[Tensor], cotangents: Sequence[Tensor | None]) -> list[Tensor]:
    """Gradients with respect to leaves, zeros where an output does not depend on one."""
    pairs = [(out, c) for out, c in zip(outputs, cotangents, strict=True) if out.requires_grad]
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    if not pairs or not wanted:
        return [ops.zeros_like(leaf) for leaf in leaves]
    roots, given = zip(*pairs, strict=True)
    found = iter(tape_grad(roots, wanted, given, create_graph=True, allow_unused=True))
    grads = [next(found) if leaf.requires_grad else None for leaf in leaves]
    return [ops.zeros_like(leaf) if g is None else g for g, leaf in zip(grads, leaves, strict=True)]


# ------------------------------------------------------------------ arguments
def _check_argnums(argnums: Any, n: int) -> tuple[int, ...]:
    if not isinstance(argnums, int | tuple):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    chosen = argnums if isinstance(argnums, tuple) else (argnums,)
    if not chosen:
        raise RuntimeError("argnums must be non-empty")
    for i in chosen:
        if not isinstance(i, int):
            raise RuntimeError(f"argnum must be int, got: {type(i)}")
        if not -n <= i < n:
            raise RuntimeError(f"Got argnum={i}, but only {n} positional inputs")
    chosen = tuple(i % n for i in chosen)
    if len(set(chosen)) != len(chosen):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return chosen


def _choose(argnums: argnums_t, args: tuple[Any, ...]) -> Any:
    chosen = tuple(args[i] for i in _check_argnums(argnums, len(args)))
    return chosen if isinstance(argnums, tuple) else chosen[0]


def _replace(args: tuple[Any, ...], argnums: argnums_t, new: Any) -> tuple[Any, ...]:
    result = list(args)
    for i, value in zip(_check_argnums(argnums, len(args)), new if isinstance(argnums, tuple) else (new,), strict=True):
        result[i] = value
    return tuple(result)


def _split_aux(result: Any, has_aux: bool, api: str) -> tuple[Any, Any]:
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(f"{api}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return result


def _detached(tree: Any, leaves: Sequence[Tensor], outer: bool) -> Any:
    return tree_map(lambda x: _released([x], leaves, outer)[0] if isinstance(x, Tensor) else x, tree)


def _check_outputs(flat: Sequence[Any], api: str) -> None:
    for out in flat:
        if not isinstance(out, Tensor):
            raise RuntimeError(f"{api}: Expected output of f to be a Tensor or Tensors, got {type(out)} as an output")


# ------------------------------------------------------------------ transforms
def grad_and_value(func: Callable[..., Any], argnums: argnums_t = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of a scalar function, and its value.

    Args:
      func: Returns a 0-d tensor, or that and something else with `has_aux`.
      argnums: Number of the argument, or numbers of the arguments, to differentiate with respect to.
      has_aux: Whether `func` returns `(output, aux)`.

    Returns:
      A function of the same arguments that returns `(gradient, value)`, or `(gradient, (value, aux))`.

    Raises:
      RuntimeError: when called, if the output is not one number or the arguments do not fit.

    Example:
      >>> import compat as torch
      >>> torch.func.grad_and_value(lambda x: x**2)(torch.tensor(3.0))
      (tensor(6.), tensor(9.))
    """

    @wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        api, outer = "grad_and_value(f)(*args)", is_grad_enabled()
        chosen = _choose(argnums, args)
        spec = tree_flatten(chosen)[1]
        leaves, tracked = _tracked(chosen)
        with enable_grad():
            output, aux = _split_aux(func(*_replace(args, argnums, tracked), **kwargs), has_aux, api)
            if not isinstance(output, Tensor):
                raise RuntimeError(f"{api}: Expected f(*args) to return a Tensor, got {type(output)}")
            if output.dim() != 0:
                raise RuntimeError(f"{api}: Expected f(*args) to return a scalar Tensor, got tensor with "
                                   f"{output.dim()} "
                                   "dims. Maybe you wanted to use the vjp or jacrev APIs instead?")
            grads = _pull([output], leaves, [None])
        result = tree_unflatten(_released(grads, leaves, outer), spec)
        value = _released([output], leaves, outer)[0]
        return (result, (value, _detached(aux, leaves, outer))) if has_aux else (result, value)

    return wrapper


def grad(func: Callable[..., Any], argnums: argnums_t = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of a scalar function.

    Args:
      func: Returns a 0-d tensor, or that and something else with `has_aux`.
      argnums: Number of the argument, or numbers of the arguments, to differentiate with respect to.
      has_aux: Whether `func` returns `(output, aux)`.

    Returns:
      A function of the same arguments that returns the gradient, or `(gradient, aux)`.

    Raises:
      RuntimeError: when called, if the output is not one number or the arguments do not fit.

    Example:
      >>> import compat as torch
      >>> torch.func.grad(torch.func.grad(lambda x: x**3))(torch.tensor(2.0))
      tensor(12.)
    """

    @wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        result, value = grad_and_value(func, argnums, has_aux)(*args, **kwargs)
        return (result, value[1]) if has_aux else result

    return wrapper


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of a function, and the function that pulls cotangents back through it.

    Args:
      func: From trees of tensors to a tree of tensors, or that and something else with `has_aux`.
      *primals: Its arguments.
      has_aux: Whether `func` returns `(output, aux)`.

    Returns:
      `(output, pull)`, or `(output, pull, aux)`; `pull(cotangents)` returns a tuple of gradients, one a primal.

    Raises:
      RuntimeError: if an output is no floating-point tensor; from `pull`, if the structure of the cotangents differs.

    Example:
      >>> import compat as torch
      >>> _, pull = torch.func.vjp(torch.sin, torch.tensor(0.0))
      >>> pull(torch.tensor(2.0))
      (tensor(2.),)
    """
    outer = is_grad_enabled()
    spec = tree_flatten(primals)[1]
    leaves, tracked = _tracked(primals)
    with enable_grad():
        output, aux = _split_aux(func(*tracked), has_aux, "vjp(f, *primals)")
    flat, out_spec = tree_flatten(output)
    _check_outputs(flat, "vjp(f, *primals)")
    for out in flat:
        if not (out.is_floating_point() or out.is_complex()):
            raise RuntimeError("vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor "
                               f"with dtype {out.dtype}")

    def pull(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        given, given_spec = tree_flatten(cotangents)
        if given_spec != out_spec:
            raise RuntimeError("Expected pytree structure of cotangents to be the same as pytree structure of outputs "
                               f"to the function. cotangents: {given_spec}, primal output: {out_spec}")
        track = is_grad_enabled() if create_graph is None else create_graph
        with enable_grad():
            grads = _pull(flat, leaves, given)
        return tree_unflatten(_released(grads, leaves, track), spec)

    result = tree_unflatten(_released(flat, leaves, outer), out_spec)
    return (result, pull, _detached(aux, leaves, outer)) if has_aux else (result, pull)


Push = Callable[[Sequence[Tensor]], list[Tensor]]


def _tangent_map(func: Callable[..., Any], primals: tuple[Any, ...], has_aux: bool,
                 api: str) -> tuple[list[Tensor], TreeSpec, Any, list[Tensor], Push]:
    """(outputs, their structure, aux, leaves, push): the pull is linear in its cotangents, so its own pull pushes."""
    leaves, tracked = _tracked(primals)
    with enable_grad():
        output, aux = _split_aux(func(*tracked), has_aux, api)
        flat, spec = tree_flatten(output)
        _check_outputs(flat, api)
        cotangents = [ops.zeros_like(out).requires_grad_() for out in flat]
        pulled = _pull(flat, leaves, cotangents)

    def push(tangents: Sequence[Tensor]) -> list[Tensor]:
        with enable_grad():
            return _pull(pulled, cotangents, tangents)

    return flat, spec, aux, [*leaves, *cotangents], push


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """The value of a function and its derivative in a direction.

    Args:
      func: From trees of tensors to a tree of tensors, or that and something else with `has_aux`.
      primals: A tuple of its arguments.
      tangents: The direction, of the same structure.
      strict: Whether an output that does not depend on the inputs is an error instead of zeros.
      has_aux: Whether `func` returns `(output, aux)`.

    Returns:
      `(output, derivative)`, or `(output, derivative, aux)`.

    Raises:
      RuntimeError: if the structures differ, or in strict mode.
    """
    api = "jvp(f, primals, tangents)"
    if not isinstance(primals, tuple):
        raise RuntimeError(f"{api}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    (_, primals_spec), (flat_tangents, tangents_spec) = tree_flatten(primals), tree_flatten(tangents)
    if primals_spec != tangents_spec:
        raise RuntimeError(f"{api}: Expected primals and tangents to have the same python structure. For example, if "
                           "primals is a tuple of 3 tensors, tangents also must be. Got primals with structure "
                           f"{primals_spec} and tangents with structure {tangents_spec}")
    outer = is_grad_enabled()
    flat, spec, aux, leaves, push = _tangent_map(func, primals, has_aux, api)
    if strict and not all(out.requires_grad for out in flat):
        raise RuntimeError("jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. "
                           "This is "
                           "not allowed with strict=True.")
    pushed = push(flat_tangents)
    results = [tree_unflatten(_released(values, leaves, outer), spec) for values in (flat, pushed)]
    return (*results, _detached(aux, leaves, outer)) if has_aux else tuple(results)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of a function at a point, and its derivative there as a function of the direction.

    Args:
      func: From trees of tensors to a tree of tensors.
      *primals: Its arguments.

    Returns:
      `(output, push)`; `push(*tangents)` does not run `func` again.

    Raises:
      RuntimeError: from `push`, if the structure of the tangents differs.
    """
    outer = is_grad_enabled()
    primals_spec = tree_flatten(primals)[1]
    flat, spec, _, leaves, push = _tangent_map(func, primals, False, "linearize(f, *primals)")

    def linear(*tangents: Any) -> Any:
        given, given_spec = tree_flatten(tangents)
        if given_spec != primals_spec:
            raise RuntimeError(f"Expected the tangents {given_spec} to have the same argspec as the primals "
                               f"{primals_spec}")
        return tree_unflatten(_released(push(given), leaves, is_grad_enabled()), spec)

    return tree_unflatten(_released(flat, leaves, outer), spec), linear


def _basis(n: int, like: Tensor) -> list[Tensor]:
    rows = ops.eye(n, dtype=like.dtype, device=like.device)
    return [rows[j].view(like.shape) for j in range(n)]


def jacrev(func: Callable[..., Any], argnums: argnums_t = 0, *, has_aux: bool = False, chunk_size: int | None = None,
           _preallocate_and_copy: bool = False) -> Callable[..., Any]:
    """A function that returns the Jacobian of a function, by one backward pass a number of the outputs.

    Args:
      func: From trees of tensors to a tree of tensors, or that and something else with `has_aux`.
      argnums: Number of the argument, or numbers of the arguments, to differentiate with respect to.
      has_aux: Whether `func` returns `(output, aux)`.
      chunk_size: Accepted; rows are computed one by one and run as one program.

    Returns:
      A function of the same arguments that returns tensors of shape `output.shape + input.shape`, the outputs'
      structure outside and the inputs' inside.

    Raises:
      ValueError: if `chunk_size` is not positive.
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @wraps(func)
    def wrapper(*args: Any) -> Any:
        outer = is_grad_enabled()
        chosen = _choose(argnums, args)
        spec = tree_flatten(chosen)[1]
        leaves, tracked = _tracked(chosen)
        with enable_grad():
            output, aux = _split_aux(func(*_replace(args, argnums, tracked)), has_aux, "jacrev(f)(*args)")
            flat, out_spec = tree_flatten(output)
            _check_outputs(flat, "jacrev(f)(*args)")
            results = [_stack([_pull([out], leaves, [row]) for row in _basis(out.numel(), out)], out, leaves, 0)
                       for out in flat]
        trees = [tree_unflatten(_released(blocks, leaves, outer), spec) for blocks in results]
        result = tree_unflatten(trees, out_spec)
        return (result, _detached(aux, leaves, outer)) if has_aux else result

    return wrapper


def _stack(rows: Sequence[Sequence[Tensor]], out: Tensor, leaves: Sequence[Tensor], dim: int) -> list[Tensor]:
    """Blocks of a Jacobian from its rows (dim 0)."""
    if not rows:
        return [leaf.new_zeros((*out.shape, *leaf.shape)) for leaf in leaves]
    return [ops.stack(list(block), dim).reshape((*out.shape, *leaf.shape))
            for block, leaf in zip(zip(*rows, strict=True), leaves, strict=True)]


def jacfwd(func: Callable[..., Any], argnums: argnums_t = 0, has_aux: bool = False, *, chunk_size: int | None = None,
           randomness: str = "error") -> Callable[..., Any]:
    """A function that returns the Jacobian of a function, by one directional derivative a number of the inputs.

    Args:
      func: From trees of tensors to a tree of tensors, or that and something else with `has_aux`.
      argnums: Number of the argument, or numbers of the arguments, to differentiate with respect to.
      has_aux: Whether `func` returns `(output, aux)`.
      chunk_size: Accepted; columns are computed one by one and run as one program.
      randomness: Accepted; the function runs once, so all columns see the same random numbers.

    Returns:
      A function of the same arguments that returns tensors of shape `output.shape + input.shape`, the outputs'
      structure outside and the inputs' inside.
    """

    @wraps(func)
    def wrapper(*args: Any) -> Any:
        outer = is_grad_enabled()
        chosen = _choose(argnums, args)
        inputs, spec = tree_flatten(chosen)

        def of_chosen(tree: Any) -> Any:
            return func(*_replace(args, argnums, tree))

        flat, out_spec, aux, leaves, push = _tangent_map(of_chosen, (chosen,), has_aux, "jacfwd(f)(*args)")
        blocks: list[list[Tensor]] = [[] for _ in flat]
        with enable_grad():
            zeros = [ops.zeros_like(t) for t in inputs]
            for i, t in enumerate(inputs):
                columns = [push([*zeros[:i], column, *zeros[i + 1:]]) for column in _basis(t.numel(), t)]
                for k, out in enumerate(flat):
                    if columns:
                        block = ops.stack([column[k] for column in columns], -1).reshape((*out.shape, *t.shape))
                    else:
                        block = out.new_zeros((*out.shape, *t.shape))
                    blocks[k].append(block)
        trees = [tree_unflatten(_released(row, leaves, outer), spec) for row in blocks]
        result = tree_unflatten(trees, out_spec)
        return (result, _detached(aux, leaves, outer)) if has_aux else result

    return wrapper


def hessian(func: Callable[..., Any], argnums: argnums_t = 0) -> Callable[..., Any]:
    """A function that returns the Hessian of a function: `jacfwd(jacrev(func))`.

    Args:
      func: From tensors to a tensor.
      argnums: Number of the argument, or numbers of the arguments, to differentiate with respect to.

    Returns:
      A function of the same arguments that returns tensors of shape `output.shape + input.shape + input.shape`.

    Example:
      >>> import compat as torch
      >>> torch.func.hessian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0]))
      tensor([[ 6.,  0.],
              [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)
