"""L-BFGS (`torch.optim.LBFGS`): a quasi-Newton method, which evaluates its loss several times a step."""

from collections.abc import Callable
from typing import Any

import numpy as np

from compat._autograd.modes import enable_grad, no_grad
from compat._ops.data import tensor
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor, make
from compat.optim._line_search import Point, strong_wolfe
from compat.optim._update import begun, nothings, update
from compat.optim.optimizer import Optimizer, ParamsT, check_nonnegative, check_tensor_lr
from funcgrad.optim.lbfgs import lbfgs_loops, move_along
from funcgrad.typing import Array

_LEAST_CURVATURE = 1e-10
_LEAST_BRACKET = 1e-9  # of the line search; the option tolerance_change is not for it, in PyTorch neither
_REMEMBERED = ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")


def _newton(directions: list[Array], shares: list[Array], **rest: Any) -> tuple[list[Array], list[Array]]:
    direction, found = lbfgs_loops(directions[0], **rest)
    return [direction], [found for _ in shares]


def _move(params: list[Array], directions: list[Array], **rest: Any) -> tuple[list[Array]]:
    return (move_along(params, directions[0], **rest),)


class LBFGS(Optimizer):
    """L-BFGS: Newton's steps, with the Hessian estimated from the latest changes of the gradient.

    A step evaluates the loss and its gradients several times. It takes its decisions by their values, on the host; its
    direction is one operation whatever the history's length, and so is a move of all parameters.

    Args:
      params: Real or complex tensors, in one group.
      lr: Length of a step, or what the line search tries first.
      max_iter: Most iterations a step.
      max_eval: Most evaluations a step; 1.25 times `max_iter` if None.
      tolerance_grad: A step ends once no element of the gradient is larger.
      tolerance_change: A step ends once neither the parameters nor the loss change by more.
      history_size: How many changes are remembered.
      line_search_fn: `"strong_wolfe"`, or None for steps of the same length.

    Raises:
      ValueError: if the learning rate is negative, or there are several groups.
      RuntimeError: at a step, if the line search is another.

    Example:
      >>> import compat as torch
      >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
      >>> opt = torch.optim.LBFGS([w], line_search_fn="strong_wolfe")
      >>> def closure():
      ...     opt.zero_grad()
      ...     loss = ((w - 3) ** 2).sum()
      ...     loss.backward()
      ...     return loss
      >>> opt.step(closure)
      tensor(29., grad_fn=<SumBackward0>)
      >>> w
      tensor([3.0000, 3.0000], requires_grad=True)

    Source:
      PyTorch, `torch.optim.LBFGS`; Nocedal and Wright 2006, chapters 3 and 7.
    """

    def __init__(self, params: ParamsT, lr: float | Tensor = 1, max_iter: int = 20, max_eval: int | None = None,
                 tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
                 line_search_fn: str | None = None) -> None:
        check_tensor_lr(lr)
        check_nonnegative(lr=lr)
        super().__init__(params, {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn})
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    @property
    def _params(self) -> list[Tensor]:
        return self.param_groups[0]["params"]

    @no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Move towards a minimum, by at most `max_iter` iterations.

        Args:
          closure: Computes the loss and its gradients anew, and returns the loss; it is called several times.

        Returns:
          What the closure returned first.
        """
        group = self.param_groups[0]
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError("only 'strong_wolfe' is supported")
        state = self.state[self._params[0]]  # of all parameters: kept at the first one, for load_state_dict to cast
        first_loss, grad, largest = self._evaluate(closure)
        loss, evaluated = float(first_loss), 1
        if float(largest) <= group["tolerance_grad"]:
            state["n_iter"] = state.get("n_iter", 0)
            state["func_evals"] = state.get("func_evals", 0) + 1
            return first_loss
        memory = _Memory(state, group["history_size"])
        lr = _number(group["lr"])
        for iteration in range(1, group["max_iter"] + 1):
            is_first = memory.iterations == 0
            memory.look(grad, loss)
            memory.t = t = _first_length(grad) * lr if is_first else lr
            slope = _number(grad.dot(memory.direction))
            if slope > -group["tolerance_change"]:
                break
            before = loss
            if group["line_search_fn"] is None:
                self._move(memory.direction, t)
                if iteration != group["max_iter"]:  # else nothing would read them
                    value, grad, largest = self._evaluate(closure)
                    loss = float(value)
                    evaluated += 1
            else:
                start = Point(0, loss, grad, slope)
                point, count = strong_wolfe(
                    self._along(closure, memory.direction), start, t, _number(memory.direction.abs().max()),
                    _LEAST_BRACKET, group["max_eval"] - evaluated)
                evaluated += count
                memory.t, loss, grad = point.t, point.loss, point.grad
                self._move(memory.direction, memory.t)
                largest = grad.abs().max()
            if (iteration == group["max_iter"] or evaluated >= group["max_eval"]
                    or float(largest) <= group["tolerance_grad"]
                    or float(memory.step().abs().max()) <= group["tolerance_change"]
                    or abs(loss - before) < group["tolerance_change"]):
                break
        memory.keep(state, evaluated)
        return first_loss

    def _evaluate(self, closure: Callable[[], Any]) -> tuple[Any, Tensor, Tensor]:
        """The loss, the gradient as one vector, and its largest element in absolute value."""
        with enable_grad():
            loss = closure()
        grad = self._flat_grad()
        return loss, grad, grad.abs().max()

    def _flat_grad(self) -> Tensor:
        parts = []
        for p in self._params:
            grad = begun(p) if p.grad is None else p.grad
            parts.append((ops.view_as_real(grad) if grad.is_complex() else grad).reshape(-1))
        return ops.cat(parts, 0)

    def _move(self, direction: Tensor, t: Any) -> None:
        update(_move, {"params": self._params, "directions": [direction]}, {"t": t}, {}, ("params",), apart=False)

    def _along(self, closure: Callable[[], Any], direction: Tensor) -> Callable[[Any], Point]:
        """The points of the line that begins where the parameters are now, and leaves them there."""
        began = [p.clone() for p in self._params]

        def evaluate(t: Any) -> Point:
            self._move(direction, t)
            loss, grad, _ = self._evaluate(closure)
            slope = grad.dot(direction)
            point = Point(t, float(loss), grad, _number(slope))
            for p, value in zip(self._params, began, strict=True):
                p.copy_(value)
            return point

        return evaluate


class _Memory:
    """What a step knows of those before: the last one, and the history of changes. A copy, until `keep`."""

    def __init__(self, state: dict[str, Any], size: int) -> None:
        self.size = size
        self.iterations: int = state.get("n_iter", 0)
        self.direction: Any = state.get("d")
        self.t: Any = _number(state.get("t"))
        self.changes: list[Tensor] = list(state.get("old_dirs") or ())
        self.steps: list[Tensor] = list(state.get("old_stps") or ())
        self.inverses: list[Tensor] = list(state.get("ro") or ())
        self.scale: Any = state.get("H_diag", 1)
        self.grad: Any = state.get("prev_flat_grad")
        self.loss: Any = state.get("prev_loss")
        self.shares: list[Tensor] = []  # of each change in the direction, as one vector, padded
        self.padding: list[list[Tensor]] = []  # held until the step has read the slope along its direction

    def step(self) -> Tensor:
        """The last change of the parameters."""
        return self.direction.mul(float(self.t))

    def look(self, grad: Tensor, loss: float) -> None:
        """Take in where the parameters are now, and find the direction to go in."""
        self.iterations += 1
        if self.iterations == 1:
            self.changes, self.steps, self.inverses, self.scale = [], [], [], 1
            self.direction = grad.neg()
        else:
            self._learn(grad.sub(self.grad), self.step())
            self.direction = self._newton(grad)
        self.grad, self.loss = grad, loss

    def _learn(self, change: Tensor, step: Tensor) -> None:
        curvature = change.dot(step)
        inverse, scale = 1.0 / curvature, curvature / change.dot(change)
        if not float(curvature) > _LEAST_CURVATURE:
            return
        for kept, new in ((self.changes, change), (self.steps, step), (self.inverses, inverse)):
            if len(kept) == self.size:
                kept.pop(0)
            kept.append(new)
        self.scale = scale

    def _newton(self, grad: Tensor) -> Tensor:
        # Padded to a power of two by entries that change nothing: a history that grows makes few programs.
        count = len(self.changes)
        padding = min(self.size, 1 << (count - 1).bit_length()) - count if count else 0
        self.padding = [nothings(grad, padding), nothings(grad, padding), nothings(grad, padding, ())]
        changes, steps, inverses = map(list.__add__, (self.changes, self.steps, self.inverses), self.padding)
        direction = make(grad._value())
        self.shares = [begun(grad, shape=(len(changes),))] if changes else []
        lists = {"directions": [direction], "shares": self.shares, "old_dirs": changes, "old_stps": steps,
                 "ro": inverses}
        update(_newton, lists, {"scale": self.scale}, {}, ("directions", "shares"), apart=False)
        return direction

    def keep(self, state: dict[str, Any], evaluated: int) -> None:
        """Write it all into the state of the optimizer, by PyTorch's names."""
        t = tensor(self.t) if isinstance(self.t, np.generic) else self.t
        state["func_evals"] = state.get("func_evals", 0) + evaluated
        state["n_iter"] = self.iterations
        if self.iterations > 1:
            shares = state.setdefault("al", [None] * self.size)  # room for all that the history may come to hold
            shares[: len(self.changes)] = [s for each in self.shares for s in ops.unbind(each)][: len(self.changes)]
        state.update(zip(_REMEMBERED, (self.direction, t, self.changes, self.steps, self.inverses, self.scale,
                                       self.grad, self.loss), strict=True))


def _first_length(grad: Tensor) -> Any:
    """How far to go along a gradient that nothing is known of yet: 1, and no farther than 1 in all elements."""
    with np.errstate(divide="ignore"):
        return min(1.0, 1.0 / _number(grad.abs().sum()))


def _number(value: Any) -> Any:
    """A tensor of one element as numpy's scalar, which rounds as it does; other numbers as they are."""
    return value.dtype.numpy.type(value.item()) if isinstance(value, Tensor) else value
