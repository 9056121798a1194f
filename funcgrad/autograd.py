"""PyTorch's autograd concepts as functions from functions to functions.

In PyTorch a tensor carries a flag, a gradient and a pointer into a graph, and statements change them. Here a value
carries nothing, so each of the statements becomes an argument or a result:

======================================  ================================================================================
``p.requires_grad_()``                  a mask, `funcgrad.requires_grad`, handed to whoever differentiates
``loss.backward()``                     ``loss, grads = backward(loss_fn)(params, grads, ...)``
``p.grad``                              the tree ``grads``, which exists because somebody asked for it
``opt.zero_grad()``                     ``grads = zero_grad(grads)``, or None in its place
``t.detach()``                          ``detach(t)``
``with torch.no_grad(): y = f(x)``      ``y = no_grad(f)(x)``
======================================  ================================================================================

That nothing but ``loss_fn`` is differentiated is therefore no rule to remember: accuracy computed elsewhere cannot
change ``grads``.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from funcgrad.masks import Where, combine, partition
from funcgrad.typing import Array, PyTree

__all__ = ["accumulate", "backward", "detach", "grad", "no_grad", "value_and_grad", "zero_grad"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

_NOT_SCALAR = "grad can be implicitly created only for scalar outputs"
_NO_GRAPH = "element 0 of tensors does not require grad and does not have a grad_fn"


def detach(tree: PyTree) -> PyTree:
    """The same values, cut off from whatever they were computed from.

    Answers "what does ``detach()`` do, and why does one write ``loss.detach().numpy()``?". Derivatives treat the result
    as a constant. Outside a derivative there is nothing to cut, and ``np.asarray(loss)`` just works.

    Args:
      tree: Any pytree; leaves that are not floating-point arrays are passed on as they are.

    Returns:
      The tree with the same values.

    Example:
      >>> jax.grad(lambda x: x * detach(x))(3.0)
      Array(3., dtype=float32, weak_type=True)

    Source:
      PyTorch, ``torch.Tensor.detach``.
    """

    def cut(leaf: Any) -> Any:
        floating = isinstance(leaf, (jax.Array, np.ndarray)) and jnp.issubdtype(leaf.dtype, jnp.inexact)
        return jax.lax.stop_gradient(leaf) if floating else leaf

    return jax.tree.map(cut, tree)


def no_grad(fn: _Function) -> _Function:
    """The function without its derivative: nothing flows back through it, and nothing is kept for that.

    Answers "are gradients recorded while a model's accuracy is computed, and what does ``no_grad`` change?". Inside a
    function that is being differentiated, the arguments are cut off before `fn` begins, so that no derivative rule sees
    them and no intermediate is stored; what `fn` reaches by closure, or returns unchanged, is cut off at its result.
    Nobody differentiates the rest of a program, where this changes nothing: JAX records only on demand.

    It says nothing of dropout or batch statistics; that is the business of a model's train or eval flag.

    Args:
      fn: Any function of pytrees.

    Returns:
      The function, to be called in the same way; also a decorator.

    Example:
      >>> jax.grad(lambda w: w * no_grad(jnp.exp)(w))(0.0)
      Array(1., dtype=float32, weak_type=True)

    Source:
      PyTorch, ``torch.no_grad``.
    """

    @functools.wraps(fn)
    def untracked(*args: Any, **kwargs: Any) -> Any:
        with jax.named_scope("no_grad"):
            args, kwargs = detach((args, kwargs))
            return detach(fn(*args, **kwargs))

    return untracked  # pyright: ignore[reportReturnType]


def _differentiate(
    fn: Callable[..., Any], where: Where, argnum: int, has_aux: bool, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, PyTree, bool]:
    """The value, the gradients of the marked leaves, and whether the loss depends on one of them."""
    marked, rest = partition(args[argnum], where)
    reached = []

    @functools.partial(jax.custom_jvp)
    def loss_node(loss: Array) -> Array:
        return loss

    def loss_rule(primals: tuple[Array], tangents: tuple[Any]) -> tuple[Array, Any]:
        # The rule runs only if the loss has a derivative: if jax found a path from a marked leaf that nothing cuts.
        reached.append(not isinstance(tangents[0], jax.custom_derivatives.SymbolicZero))
        return primals[0], tangents[0]

    loss_node.defjvp(loss_rule, symbolic_zeros=True)

    def of_marked(leaves: PyTree) -> Any:
        output = fn(*args[:argnum], combine(leaves, rest), *args[argnum + 1 :], **kwargs)
        loss, aux = output if has_aux else (output, None)
        loss = jnp.asarray(loss)
        if loss.ndim != 0:
            raise RuntimeError(_NOT_SCALAR)
        if not jnp.issubdtype(loss.dtype, jnp.inexact):
            return loss, aux
        return loss_node(loss), aux

    loss, pullback, aux = jax.vjp(of_marked, marked, has_aux=True)
    if not jnp.issubdtype(loss.dtype, jnp.inexact):
        grads = jax.tree.map(jnp.zeros_like, marked)
    else:
        (grads,) = pullback(jnp.ones_like(loss))
        # A step along jax's gradient of a complex parameter would not descend: PyTorch's is its conjugate.
        grads = jax.tree.map(lambda leaf: leaf.conj() if jnp.iscomplexobj(leaf) else leaf, grads)
    return ((loss, aux) if has_aux else loss), grads, any(reached)


def value_and_grad(
    fn: Callable[..., Any], where: Where = True, *, argnum: int = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, PyTree]]:
    """A function that computes a loss and its gradients with respect to the marked leaves.

    Answers "which gradients are computed?": those of leaves that are marked, and of nothing else; what the others would
    have needed is never computed.

    Args:
      fn: Function with a scalar result, or with `has_aux` a pair of it and anything.
      where: Which leaves of the argument to mark, as for `requires_grad`.
      argnum: Position of the argument to differentiate.
      has_aux: Whether `fn` returns a pair.

    Returns:
      A function with the arguments of `fn` that returns what `fn` does, and gradients of the argument's structure, with
      None for unmarked leaves. A marked leaf the loss does not depend on has a gradient of zeros.

    Raises:
      RuntimeError: (by the returned function) if the loss is not a scalar.

    Example:
      >>> params = {"w": jnp.array([2.0]), "b": jnp.array([1.0])}
      >>> value_and_grad(lambda p, x: (p["w"] * x + p["b"]).sum(), where="w")(params, 3.0)
      (Array(7., dtype=float32), {'b': None, 'w': Array([3.], dtype=float32)})

    Source:
      PyTorch, ``torch.autograd.grad``; JAX, ``jax.value_and_grad``. Gradients of complex leaves are PyTorch's.
    """

    @functools.wraps(fn)
    def differentiated(*args: Any, **kwargs: Any) -> tuple[Any, PyTree]:
        value, grads, _ = _differentiate(fn, where, argnum, has_aux, args, kwargs)
        return value, grads

    return differentiated


def grad(fn: Callable[..., Any], where: Where = True, *, argnum: int = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that computes the gradients of a loss with respect to the marked leaves.

    Answers "which gradients are computed?", as `value_and_grad` does.

    Args:
      fn: Function with a scalar result, or with `has_aux` a pair of it and anything.
      where: Which leaves of the argument to mark, as for `requires_grad`.
      argnum: Position of the argument to differentiate.
      has_aux: Whether `fn` returns a pair.

    Returns:
      A function with the arguments of `fn` that returns the gradients, with None for unmarked leaves, and with
      `has_aux` the second of the pair.

    Raises:
      RuntimeError: (by the returned function) if the loss is not a scalar.

    Example:
      >>> grad(lambda p: (p["w"] ** 2 + p["b"]).sum(), where="w")({"w": jnp.array([2.0]), "b": jnp.array([1.0])})
      {'b': None, 'w': Array([4.], dtype=float32)}

    Source:
      PyTorch, ``torch.autograd.grad``; JAX, ``jax.grad``.
    """

    @functools.wraps(fn)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        value, grads, _ = _differentiate(fn, where, argnum, has_aux, args, kwargs)
        return (grads, value[1]) if has_aux else grads

    return differentiated


def accumulate(*grads: PyTree) -> PyTree:
    """Adds gradients leaf by leaf; None, a leaf or a whole tree, counts for nothing.

    Answers "what happens to gradients that are not cleared, and how do several tasks share one step?": they add up, so
    the step follows the gradient of the sum of the losses.

    Args:
      *grads: Trees of one structure, with None where nothing has been accumulated.

    Returns:
      Their sum, None where all are None.

    Raises:
      ValueError: if the structures differ.

    Example:
      >>> accumulate({"w": 1.0, "b": None}, None, {"w": 2.0, "b": 3.0})
      {'b': 3.0, 'w': 3.0}

    Source:
      PyTorch, ``torch.Tensor.grad``.
    """

    def add(*leaves: Any) -> Any:
        present = [leaf for leaf in leaves if leaf is not None]
        return functools.reduce(lambda total, leaf: total + leaf, present) if present else None

    trees = [tree for tree in grads if tree is not None]
    return jax.tree.map(add, *trees, is_leaf=lambda leaf: leaf is None) if trees else None


def backward(
    loss_fn: Callable[..., Any], where: Where = True, *, has_aux: bool = False
) -> Callable[..., tuple[Any, PyTree]]:
    """A function that computes a loss and adds its gradients to those handed in.

    Answers "when do gradients change?": when backward is called, and only those of leaves the loss was computed from.
    Neither a forward pass for the accuracy nor another loss changes them. Calls for several losses, one after another,
    add up.

    Args:
      loss_fn: Function of parameters, and anything else, with a scalar result, or with `has_aux` a pair of it and
        anything.
      where: Which leaves of the parameters to mark, as for `requires_grad`.
      has_aux: Whether `loss_fn` returns a pair.

    Returns:
      A function called as ``value, grads = f(params, grads, *args, **kwargs)``. Gradients handed in may be None, as
      a whole or at any leaf, where nothing has been accumulated. Unmarked leaves keep what was handed in.

    Raises:
      RuntimeError: (by the returned function) if the loss is not a scalar, or depends on no marked leaf: PyTorch's
        texts.

    Example:
      >>> step = backward(lambda w, x: (w * x).sum())
      >>> w, grads = jnp.ones(2), None
      >>> loss, grads = step(w, grads, jnp.array([1.0, 2.0]))
      >>> loss, grads = step(w, grads, jnp.array([1.0, 2.0]))
      >>> grads
      Array([2., 4.], dtype=float32)

    Source:
      PyTorch, ``torch.Tensor.backward``.
    """

    @functools.wraps(loss_fn)
    def accumulating(params: PyTree, grads: PyTree | None = None, *args: Any, **kwargs: Any) -> tuple[Any, PyTree]:
        value, new_grads, reached = _differentiate(loss_fn, where, 0, has_aux, (params, *args), kwargs)
        if not reached:
            raise RuntimeError(_NO_GRAPH)
        return value, accumulate(grads, new_grads)

    return accumulating


def zero_grad(grads: PyTree, set_to_none: bool = True) -> PyTree:
    """Gradients as they are before anything has been accumulated.

    Answers "why, and where, does a training loop call ``zero_grad()``?": because backward adds. Anywhere between one
    step and the next backward will do. A program that hands None to `backward` has nothing to clear.

    Args:
      grads: Gradients.
      set_to_none: Whether to forget them, which frees their memory. With False they become zeros, and the tree keeps
        the structure that ``jax.lax.scan`` wants of what it carries.

    Returns:
      The tree with None, or zeros, for leaves.

    Example:
      >>> zero_grad({"w": jnp.ones(2)}), zero_grad({"w": jnp.ones(2)}, set_to_none=False)
      ({'w': None}, {'w': Array([0., 0.], dtype=float32)})

    Source:
      PyTorch, ``torch.optim.Optimizer.zero_grad``.
    """
    return jax.tree.map(lambda leaf: None if set_to_none else jnp.zeros_like(leaf), grads)
