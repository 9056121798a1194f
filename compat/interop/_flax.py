"""Modules of compat as modules of flax, and the reverse."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import flax.linen
import jax
from flax import nnx

from compat._autograd.modes import no_grad
from compat._ops.data import tensor
from compat._ops.random import randint
from compat._tensor.tensor import Tensor
from compat.interop._from_jax import from_jax
from compat.interop._to_jax import to_jax
from compat.nn.modules.module import Module
from compat.nn.parameter import Parameter
from funcgrad.masks import leaf_paths
from funcgrad.train import nnx_apply

Tree = dict[str, Any]
_SEEDS = 2**31 - 1


# ---------------------------------------------------------------- a module of compat in flax
class LinenModule(flax.linen.Module):
    """A module of compat as one of flax.linen; `to_flax` makes it.

    Attributes:
      pure: The ``apply`` of `to_jax`.
      initial: Returns the variables to begin with, by collection. (A function, since flax modules are to be hashable.)
    """

    pure: Callable[..., Any]
    initial: Callable[[], Tree]

    @flax.linen.compact
    def __call__(self, *args: Any, train: bool = False, **kwargs: Any) -> Any:
        """The module's outputs; in train mode with the collection ``batch_stats`` mutable."""
        initial = self.initial()
        params = {top: self.param(top, lambda _, x=x: x) for top, x in initial["params"].items()}
        kept = {kind: {top: self.variable(kind, top, lambda x=x: x) for top, x in initial.get(kind, {}).items()}
                for kind in ("batch_stats", "frozen")}
        state = {kind: {top: held.value for top, held in tops.items()} for kind, tops in kept.items()}
        key = self.make_rng("dropout") if self.has_rng("dropout") else None
        buffers, frozen = _flat(state["batch_stats"]), _flat(state["frozen"])
        outputs, changed = self.pure(_flat(params), buffers | frozen, *args, key=key, train=train, **kwargs)
        if not self.is_initializing() and (train or self.is_mutable_collection("batch_stats")):
            changed = _nested({name: changed[name] for name in buffers})
            for top, held in kept["batch_stats"].items():
                held.value = changed[top]
        return outputs


def to_flax(module: Module) -> tuple[LinenModule, Tree]:
    """A module of compat as a module of flax.linen, with its weights.

    The collections are ``params`` (parameters that require grad), ``batch_stats`` (buffers) and ``frozen`` (parameters
    that do not, if there are any), nested as the module is. ``init`` returns the weights that the module had, whatever
    the key: they are the module's, not random ones. Dropout draws from the stream ``dropout``. In flax.nnx,
    ``nnx.bridge.ToNNX`` wraps it.

    Args:
      module: The module; it is not changed, and what the flax module learns does not reach it.

    Returns:
      The flax module, called as ``apply(variables, *args, train=False)``, and its variables.

    Example:
      >>> import compat as torch
      >>> import jax.numpy as jnp
      >>> linear = torch.nn.Linear(2, 1)
      >>> flax_module, variables = to_flax(torch.nn.Sequential(linear))
      >>> sorted(variables["params"]["0"]), flax_module.apply(variables, jnp.ones((3, 2))).shape
      (['bias', 'weight'], (3, 1))

    Source:
      No counterpart in PyTorch.
    """
    pure, params, state = to_jax(module)
    buffers = {name for name, _ in module.named_buffers()}
    variables = {"params": _nested(params),
                 "batch_stats": _nested({name: x for name, x in state.items() if name in buffers}),
                 "frozen": _nested({name: x for name, x in state.items() if name not in buffers})}
    variables = {kind: tree for kind, tree in variables.items() if tree or kind == "params"}
    return LinenModule(pure, lambda: variables), variables


def _nested(flat: Tree) -> Tree:
    tree: Tree = {}
    for name, x in flat.items():
        *path, last = name.split(".")
        branch = tree
        for part in path:
            branch = branch.setdefault(part, {})
        branch[last] = x
    return tree


def _flat(tree: Tree) -> Tree:
    paths, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {jax.tree_util.keystr(path, simple=True, separator="."): x for path, x in paths}


# ---------------------------------------------------------------- a module of flax in compat
class FlaxModule(Module):
    """A module of flax as one of compat; `from_flax` makes it.

    Args:
      operation: ``(params, state, seed, train, args, kwargs)``, all but the flag as tensors, to the outputs and the
        new state.
      params: The tree of parameters.
      state: The tree of other variables.
      paths: Their names, with slashes.
    """

    def __init__(self, operation: Callable[..., Any], params: Any, state: Any, paths: list[str]) -> None:
        super().__init__()
        self._operation = operation
        self._trees = [jax.tree.structure(tree) for tree in (params, state)]
        self._names = [[path.replace("/", ".") for path in names] for names in (leaf_paths(params), paths)]
        for name, x in zip(self._names[0], jax.tree.leaves(params), strict=True):
            made = tensor(x)
            self._put(name, Parameter(made, made.is_floating_point() or made.is_complex()))
        for name, x in zip(self._names[1], jax.tree.leaves(state), strict=True):
            self._put(name, tensor(x))

    def _put(self, name: str, x: Tensor) -> None:
        *path, last = name.split(".")
        owner: Module = self
        for part in path:
            if part not in owner._modules:
                owner.add_module(part, Module())
            owner = owner._modules[part]
        if isinstance(x, Parameter):
            owner.register_parameter(last, x)
        else:
            owner.register_buffer(last, x)

    def _tree(self, which: int) -> Any:
        held = dict(self.named_parameters(remove_duplicate=False)) | dict(self.named_buffers(remove_duplicate=False))
        return jax.tree.unflatten(self._trees[which], [held[name] for name in self._names[which]])

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The flax module's outputs, as one operation; in training its state moves on."""
        seed = randint(0, _SEEDS, ()) if self.training else None
        outputs, changed = self._operation(self._tree(0), self._tree(1), seed, self.training, args, kwargs)
        if self.training:
            is_tensor = {"is_leaf": lambda x: isinstance(x, Tensor)}
            held = dict(self.named_buffers(remove_duplicate=False))
            with no_grad():
                for name, x in zip(self._names[1], jax.tree.leaves(changed, **is_tensor), strict=True):
                    held[name].copy_(x)
        return outputs


def from_flax(module: Any, variables: Any = None, *, train_argument: str | None = None,
              rngs: Sequence[str] = ("dropout",)) -> FlaxModule:
    """A module of flax, linen or nnx, as a module of compat with its weights.

    Its parameters are the flax module's, under their nested names joined by dots (``Dense_0.kernel``), in flax's
    layouts; the other variables, such as batch statistics, are buffers. A call is one operation of the graph. In train
    mode the buffers move on, and random numbers start from a seed that is drawn from PyTorch's stream.

    Args:
      module: A ``flax.linen.Module`` or ``flax.nnx.Module``; it is not changed.
      variables: The variables of a linen module, as ``init`` returns them; an nnx module holds its own.
      train_argument: Name of a linen module's argument that is true in training; None for ``train`` if it has that. An
        nnx module has modes.
      rngs: Streams of random numbers that a linen module draws from in training.

    Returns:
      The module. That of an nnx module takes one argument.

    Raises:
      TypeError: if it is no module of flax, or one of linen without variables.
      ValueError: if a linen module has no such argument.

    Example:
      >>> import compat as torch
      >>> import flax.linen, jax, jax.numpy as jnp
      >>> dense = flax.linen.Dense(2)
      >>> module = from_flax(dense, dense.init(jax.random.key(0), jnp.ones((1, 3))))
      >>> module(torch.ones(4, 3)).sum().backward()
      >>> {name: tuple(p.grad.shape) for name, p in module.named_parameters()}
      {'bias': (2,), 'kernel': (3, 2)}

    Source:
      No counterpart in PyTorch.
    """
    if isinstance(module, nnx.Module):
        return _from_nnx(module)
    if not isinstance(module, flax.linen.Module):
        raise TypeError(f"from_flax(): expected a flax.linen.Module or flax.nnx.Module, not {type(module).__name__}")
    if variables is None:
        raise TypeError("from_flax(): a flax.linen.Module needs its variables, as its init returns them")
    accepted = inspect.signature(type(module).__call__).parameters
    if train_argument is None:
        train_argument = "train" if "train" in accepted else None
    elif train_argument not in accepted:
        raise ValueError(f"from_flax(): {type(module).__name__} has no argument {train_argument!r}")
    collections = [kind for kind in variables if kind != "params"]

    def linen(params: Any, state: Any, seed: Any, train: bool, args: Any, kwargs: Any) -> Any:
        mode = {} if train_argument is None else {train_argument: train}
        given = {"params": params, **state}
        if not train:
            return module.apply(given, *args, **mode, **kwargs), state
        keys = dict(zip(rngs, jax.random.split(jax.random.key(seed), max(len(rngs), 1)), strict=False))
        outputs, changed = module.apply(given, *args, **mode, **kwargs, mutable=collections, rngs=keys)
        return outputs, {kind: changed.get(kind, given[kind]) for kind in collections}

    state = {kind: variables[kind] for kind in collections}
    params = variables["params"] if "params" in variables else {}
    return FlaxModule(from_jax(linen), params, state, _without_collections(leaf_paths(state), leaf_paths(params)))


def _without_collections(paths: list[str], taken: list[str]) -> list[str]:
    """Names of variables: of two of one name, or one that a parameter has, each keeps its collection's name."""
    short = [path.partition("/")[2] for path in paths]
    return [path if short.count(name) > 1 or name in taken else name for path, name in zip(paths, short, strict=True)]


def _from_nnx(module: nnx.Module) -> FlaxModule:
    apply, params, state = nnx_apply(module)

    def nnx_module(params: Any, state: Any, seed: Any, train: bool, args: Any, kwargs: Any) -> Any:
        (inputs,) = args
        key = jax.random.key(0 if seed is None else seed)  # of no consequence but in training
        return apply(params, state, inputs, train=train, key=key)

    return FlaxModule(from_jax(nnx_module), params, state, leaf_paths(state))
