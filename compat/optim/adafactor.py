"""Adafactor (`torch.optim.Adafactor`)."""

from typing import Any

from compat._dtype import finfo
from compat._tensor.tensor import Tensor
from compat.optim._update import FusedOptimizer, State, begun, count_up, counter, each, update
from compat.optim.optimizer import Group, ParamsT, check_real, check_tensor_lr, to_scalar
from funcgrad.optim.adafactor import adafactor_step
from funcgrad.typing import Array


def _adafactor(params: list[Array], steps: list[Array], **rest: Any) -> tuple[list[Any], ...]:
    return adafactor_step(params, steps=each(steps, params), **rest)[:-1]


class Adafactor(FusedOptimizer):
    r"""Adafactor: mean squares of a matrix kept as one row and one column, and steps in proportion to the parameter.

    .. math::
       V = \frac{R\, C}{\max(\text{mean}(R), \epsilon_1)}, \quad
       U = \frac{g}{\max(\sqrt{V}, \epsilon_1)}, \quad
       p \leftarrow p - \max(\epsilon_2, \text{rms}(p)) \min\left(\gamma, t^{-1/2}\right)
       \frac{U}{\max(1, \text{rms}(U) / d)}

    with :math:`R, C` running means of :math:`g^2` over rows and columns, whose newest share is :math:`t^\tau`.

    Args:
      params: Tensors, named tensors, or groups.
      lr: Largest step :math:`\gamma` relative to the parameter.
      beta2_decay: Power :math:`\tau` of the newest share, 0 or less.
      eps: :math:`\epsilon_1`, None for the machine epsilon, and :math:`\epsilon_2`.
      d: Root mean square :math:`d` beyond which a step is clipped, 1 or more.
      weight_decay: Share by which, times the learning rate, the parameter shrinks.
      foreach: Accepted; every step is one operation.
      maximize: Climb instead of descend.

    Raises:
      ValueError: if a number is out of its range.
      RuntimeError: at a step, if a parameter is complex.

    Example:
      >>> import compat as torch
      >>> w = torch.ones(2, 2, requires_grad=True)
      >>> opt = torch.optim.Adafactor([w], lr=0.25)
      >>> (w * 2).sum().backward()
      >>> opt.step()
      >>> sorted(opt.state[w])
      ['col_var', 'row_var', 'step']

    Source:
      PyTorch, `torch.optim.Adafactor`; Shazeer and Stern 2018.
    """

    _later_options = {"foreach": None}

    def __init__(self, params: ParamsT, lr: float | Tensor = 1e-2, beta2_decay: float = -0.8,
                 eps: tuple[float | None, float] = (None, 1e-3), d: float = 1.0, weight_decay: float = 0.0, *,
                 foreach: bool | None = None, maximize: bool = False) -> None:
        check_tensor_lr(lr)
        for fine, text, value in ((0.0 <= lr, "Learning rate should be >= 0", lr),
                                  (0.0 >= beta2_decay, "beta2_decay should be <= 0", beta2_decay),
                                  (eps[0] is None or 0.0 <= eps[0], "epsilon1 should be >= 0", eps[0]),
                                  (0.0 <= eps[1], "epsilon2 should be >= 0", eps[1]),
                                  (1.0 <= d, "Clipping threshold d should be >= 1", d),
                                  (0.0 <= weight_decay, "weight_decay should be >= 0", weight_decay)):
            if not fine:
                raise ValueError(f"{text} but is: {value}")
        super().__init__(params, {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay,
            "foreach": foreach, "maximize": maximize})

    def _begin(self, group: Group, param: Tensor, state: State) -> None:
        state["step"] = counter()
        shape = tuple(param.shape)
        if len(shape) > 1:
            state["row_var"] = begun(param, shape=(*shape[:-1], 1))
            state["col_var"] = begun(param, shape=(*shape[:-2], 1, shape[-1]))
        else:
            state["variance"] = begun(param)

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        check_real("Adafactor", params)
        states = self._states(group, params)
        eps1, eps2 = group["eps"]
        if eps1 is None:
            eps1 = finfo(params[0].dtype).eps  # as in PyTorch's loop, the first one's for all
        lists = {"params": params, "grads": grads, "row_vars": [s.get("row_var") for s in states],
                 "col_vars": [s.get("col_var") for s in states], "variances": [s.get("variance") for s in states],
                 "steps": count_up(states)}
        numbers = {"lr": to_scalar(group["lr"]), "beta2_decay": group["beta2_decay"], "eps1": eps1, "eps2": eps2,
                   "d": group["d"]}
        if group["weight_decay"] != 0:
            numbers["weight_decay"] = group["weight_decay"]
        update(_adafactor, lists, numbers, {"maximize": group["maximize"]},
               ("params", "row_vars", "col_vars", "variances"))
