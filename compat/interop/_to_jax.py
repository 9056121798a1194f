"""A module as a pure function of its parameters and its state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax

from compat._autograd.modes import enable_grad
from compat._device import CPU
from compat._random import draw_from
from compat._tensor.tensor import Tensor
from compat.func._modules import _check_names, _places, _tied
from compat.interop._arrays import as_argument, as_array, as_own_array, has_64_bits
from compat.nn.modules.module import Module
from compat.utils._pytree import tree_map

Arrays = dict[str, Any]
Apply = Callable[..., tuple[Any, Arrays]]

# While a module runs on other arrays than its own it must not run for another thread. Calls that jax has compiled do
# not come here at all.
_running = threading.RLock()


def to_jax(module: Module) -> tuple[Apply, Arrays, Arrays]:
    """A module as a pure function, with its parameters and its state, for jax's transformations and optax.

    ``apply(params, state, *args, key=None, train=False, **kwargs)`` returns ``(outputs, new_state)``. Arrays among the
    arguments, in lists, tuples and dictionaries too, reach the module as tensors; tensors that it returns leave as
    arrays. The module is as before afterwards, and may be trained on by itself: the arrays are copies.

    ``params`` holds the parameters that require grad when ``to_jax`` is called, ``state`` everything else: buffers,
    such as batch statistics, and frozen parameters. ``jax.grad`` with respect to ``params`` is therefore what
    ``backward()`` would leave in ``.grad``; ``detach()``, ``no_grad`` and the ``backward`` of an
    ``autograd.Function`` mean what they mean there.

    Random numbers, those of dropout say, come from ``key``; the same key gives the same numbers, which are not those
    that PyTorch draws from a seed. What ``manual_seed`` started is left alone.

    Where jax keeps no 64 bits, its default, results are of 32 bits, and int32 arguments arrive as int64, PyTorch's
    integer. Values that decide what Python does (``if x.sum() > 0``, ``x.item()``) stop ``jax.jit``, as in any function
    for it. Attributes other than buffers that ``forward`` sets are lost.

    Args:
      module: The module; it is called with ``train(train)``, so whatever its ``train`` method leaves in evaluation
        mode stays there.

    Returns:
      ``apply``, the parameters and the state, both dictionaries by name.

    Raises:
      RuntimeError: (by ``apply``) if parameters or state are not the module's by name, or random numbers are needed and
        there is no key.

    Example:
      >>> import compat as torch
      >>> import jax, jax.numpy as jnp
      >>> linear = torch.nn.Linear(2, 1, bias=False)
      >>> apply, params, state = to_jax(linear)
      >>> loss = lambda params, x: apply(params, state, x)[0].sum()
      >>> jax.jit(jax.grad(loss))(params, jnp.array([[1.0, 2.0]]))
      {'weight': Array([[1., 2.]], dtype=float32)}

    Source:
      No counterpart in PyTorch; `torch.func.functional_call` is the same idea for tensors.
    """
    wide = has_64_bits()
    params = {name: as_own_array(p, wide) for name, p in module.named_parameters() if p.requires_grad}
    frozen = {name: p for name, p in module.named_parameters() if not p.requires_grad}
    buffers = dict(module.named_buffers())
    state = {name: as_own_array(t, wide) for name, t in {**frozen, **buffers}.items()}
    where = next((t.device for t in (*module.parameters(), *buffers.values())), CPU)

    def apply(params: Arrays, state: Arrays, *args: Any, key: Any = None, train: bool = False, **kwargs: Any
              ) -> tuple[Any, Arrays]:
        wide = has_64_bits()
        with _running, jax.enable_x64(True), enable_grad(), draw_from(key, wide):
            given = {name: as_argument(x, where, True) for name, x in {**params, **state}.items()}
            args, kwargs = tree_map(lambda x: as_argument(x, where, wide), (args, kwargs))
            with _standing_in(module, given) as places:
                module.train(train)
                outputs = module(*args, **kwargs)
                # a buffer may have been written to, or have been assigned anew
                now = {name: places[name][0][places[name][1]] for name in buffers}
            changed = {name: as_array(t, wide) for name, t in now.items()}
            outputs = tree_map(lambda x: as_array(x, wide) if isinstance(x, Tensor) else x, outputs)
        return outputs, {**state, **changed}

    return apply, params, state


@contextmanager
def _standing_in(module: Module, given: dict[str, Tensor]) -> Iterator[dict[str, tuple[dict[str, Any], str]]]:
    """Let a module have other tensors; afterwards everything that it and its parts hold is as before.

    Args:
      module: The module.
      given: A tensor for each parameter and buffer, by name; those tied to one need not be named.

    Yields:
      Where each parameter and buffer is kept.
    """
    places = _places(module)
    given = {**_tied(places, given), **given}
    _check_names(module, given, places)
    held = [part.__dict__ for part in module.modules()]
    held += [registry for part in module.modules() for registry in (part._parameters, part._buffers)]
    before = [(mapping, dict(mapping)) for mapping in held]
    try:
        for name, tensor in given.items():
            registry, key = places[name]
            registry[key] = tensor
        yield places
    finally:
        for mapping, items in before:
            mapping.clear()
            mapping.update(items)
