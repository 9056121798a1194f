"""Any optax transformation as an optimizer: `from_optax`."""

import functools
from collections.abc import Callable
from typing import Any

import jax

from compat._tensor.tensor import Tensor
from compat.optim._update import FusedOptimizer, begun, update
from compat.optim.optimizer import Group, ParamsT, StateDict
from funcgrad.optim.leaves import Layout, apply_transformation, begin_transformation, state_layout
from funcgrad.typing import Array

_KEY = "leaves"  # of the state that is no parameter's: load_state_dict leaves its dtypes as they are


class OptaxOptimizer(FusedOptimizer):
    """An optimizer whose rule is an optax transformation; `from_optax` makes it.

    A step updates all parameters, together: a gradient that is missing counts as zeros.

    Args:
      tx: The transformation.
      params: Tensors or named tensors, in one group.

    Raises:
      ValueError: if there are several groups.
    """

    _hosted = ()  # its states never held steps as numbers that are tensors now

    def __init__(self, tx: Any, params: ParamsT) -> None:
        self._tx = tx
        super().__init__(params, {"differentiable": False})
        if len(self.param_groups) != 1:
            raise ValueError("from_optax doesn't support parameter groups: optax.multi_transform has labels for them")

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_tx": self._tx}

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        given = {id(p): grad for p, grad in zip(params, grads, strict=True)}
        everything = group["params"]
        layout = self._layout()
        kept = self.state[_KEY]
        if not kept:
            kept.update((name, begun(everything[0], shape=leaf.shape, dtype=leaf.dtype))
                        for name, leaf in zip(layout.names, layout.leaves, strict=True))
            lists = {"params": everything, "leaves": list(kept.values())}
            update(_beginning(self._tx), lists, {}, {}, ("leaves",), apart=False)
        lists = {"params": everything, "grads": [given[id(p)] if id(p) in given else begun(p) for p in everything],
                 "leaves": [kept[name] for name in layout.names]}
        update(_step(self._tx, layout), lists, {}, {}, ("params", "leaves"), apart=False)

    def _layout(self) -> Layout:
        avals = (p._value().aval for p in self.param_groups[0]["params"])
        return _layout_of(self._tx, tuple((aval.shape, aval.dtype) for aval in avals))

    def load_state_dict(self, state_dict: StateDict) -> None:
        """Take over a `state_dict()` of the same transformation over parameters of the same shapes.

        Args:
          state_dict: What `state_dict()` returned.

        Raises:
          ValueError: if its state is of another form; nothing is changed then.
        """
        layout = self._layout()
        expected = {name: tuple(leaf.shape) for name, leaf in zip(layout.names, layout.leaves, strict=True)}
        kept = state_dict["state"].get(_KEY) or {}
        found = {name: tuple(value.shape) for name, value in kept.items()}
        if kept and found != expected:
            raise ValueError(f"loaded state dict holds {found}, but the transformation has {expected}")
        super().load_state_dict(state_dict)
        if kept:
            self.state[_KEY] = {name: value.detach().clone() for name, value in kept.items()}


def from_optax(tx: Any) -> Callable[[ParamsT], OptaxOptimizer]:
    """An optimizer's constructor from an optax transformation.

    A step is one operation, as that of every optimizer. The state is a tensor a leaf, named by its path in optax's
    state. Rates are the transformation's: give it a schedule of optax or `funcgrad.optim.schedules`.

    Args:
      tx: An `optax.GradientTransformation` whose `update` needs no more than gradients, state and parameters.

    Returns:
      A function from parameters to the optimizer.

    Example:
      >>> import optax
      >>> import compat as torch
      >>> w = torch.tensor([1.0], requires_grad=True)
      >>> opt = torch.optim.from_optax(optax.sign_sgd(0.25))([w])
      >>> (w * 2).sum().backward()
      >>> opt.step()
      >>> w
      tensor([0.7500], requires_grad=True)

    Source:
      No counterpart in PyTorch.
    """
    return functools.partial(OptaxOptimizer, tx)


@functools.cache
def _layout_of(tx: Any, forms: tuple[tuple[Any, Any], ...]) -> Layout:
    return state_layout(tx, [jax.ShapeDtypeStruct(*form) for form in forms])


# A transformation's kernels are made once, for programs are found by them.
@functools.cache
def _beginning(tx: Any) -> Callable[..., Any]:
    def begin_optax(params: list[Array], leaves: list[Array]) -> tuple[list[Array]]:
        return (begin_transformation(params, tx=tx),)

    return begin_optax


@functools.cache
def _step(tx: Any, layout: Layout) -> Callable[..., Any]:
    def optax_step(**lists: list[Array]) -> tuple[list[Array], list[Array]]:
        return apply_transformation(**lists, tx=tx, layout=layout)

    return optax_step
