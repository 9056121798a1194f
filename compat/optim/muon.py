"""Muon (`torch.optim.Muon`)."""

from typing import Any

from compat._tensor.tensor import Tensor
from compat.optim._update import FusedOptimizer, begun, update
from compat.optim.optimizer import Group, ParamsT, check_real, check_tensor_lr, to_scalar
from funcgrad.optim.muon import ADJUSTMENTS, COEFFICIENTS, check_iteration, muon_step
from funcgrad.typing import Array


def _muon(params: list[Array], first: Any, third: Any, fifth: Any, **rest: Any) -> tuple[list[Any], ...]:
    return muon_step(params, coefficients=(first, third, fifth), **rest)


class Muon(FusedOptimizer):
    r"""Muon: steps along the mean gradient made orthogonal, for the matrices of hidden layers.

    .. math::
       b \leftarrow \mu b + (1 - \mu) g, \qquad
       p \leftarrow (1 - \gamma\lambda)\, p - \gamma\, r\, \text{orthogonalized}(\mu b + (1 - \mu) g)

    Args:
      params: Matrices, named ones, or groups of them; the other parameters are for another optimizer.
      lr: Learning rate :math:`\gamma`.
      weight_decay: Share :math:`\lambda` by which, times the learning rate, the parameter shrinks.
      momentum: Decay :math:`\mu` of the mean.
      nesterov: Look ahead, as above, instead of stepping along :math:`b` itself.
      ns_coefficients: Of the quintic of Newton and Schulz's iteration, its three terms.
      eps: Least norm to divide by.
      ns_steps: How many iterations make it orthogonal.
      adjust_lr_fn: How the shape enters by :math:`r`: `"original"` (None likewise) or `"match_rms_adamw"`.

    Raises:
      ValueError: if a number is out of its range, or a parameter is no matrix.
      RuntimeError: at a step, if a parameter is complex.

    Example:
      >>> import compat as torch
      >>> w = torch.zeros(2, 2, requires_grad=True)
      >>> opt = torch.optim.Muon([w], lr=1.0)
      >>> (w * torch.eye(2)).sum().backward()
      >>> opt.step()
      >>> w.diagonal().tolist() == [w[0, 0].item()] * 2, w[0, 1].item()
      (True, 0.0)

    Source:
      PyTorch, `torch.optim.Muon`; Jordan et al. 2024; Liu et al. 2025 for `"match_rms_adamw"`.
    """

    _hosted = ()  # its states never held steps as numbers that are tensors now

    def __init__(self, params: ParamsT, lr: float | Tensor = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95,
                 nesterov: bool = True, ns_coefficients: tuple[float, float, float] = COEFFICIENTS,
                 eps: float = 1e-7, ns_steps: int = 5, adjust_lr_fn: str | None = None) -> None:
        check_tensor_lr(lr)
        for value, label in ((lr, "Learning rate"), (momentum, "momentum"), (weight_decay, "weight decay")):
            if not 0.0 <= value:
                raise ValueError(f"{label} should be >= 0 but is: {value}")
        if adjust_lr_fn is not None and adjust_lr_fn not in ADJUSTMENTS:
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        super().__init__(params, {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn})
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError("Muon only supports 2D parameters whereas we found a parameter with size: "
                                     f"{p.size()}")

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        check_real("Muon", params)
        check_iteration(group["ns_steps"], group["ns_coefficients"])
        for p in params:
            if "momentum_buffer" not in self.state[p]:
                self.state[p]["momentum_buffer"] = begun(p)
        first, third, fifth = group["ns_coefficients"]
        lists = {"params": params, "grads": grads,
                 "momentum_buffers": [self.state[p]["momentum_buffer"] for p in params]}
        numbers = {"lr": to_scalar(group["lr"]), "weight_decay": group["weight_decay"],
                   "momentum": group["momentum"], "eps": group["eps"], "first": first, "third": third, "fifth": fifth}
        static = {name: group[name] for name in ("nesterov", "ns_steps", "adjust_lr_fn")}
        update(_muon, lists, numbers, static, ("params", "momentum_buffers"))
