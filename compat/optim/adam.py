"""Adam (`torch.optim.Adam`)."""

from typing import Any

from compat._tensor.tensor import Tensor
from compat.optim._update import FusedOptimizer, State, begun, count_up, counter, update
from compat.optim.optimizer import (
    Group,
    ParamsT,
    check_betas,
    check_capturable,
    check_fused,
    check_fused_options,
    check_nonnegative,
    to_scalar,
)
from funcgrad.optim.adam import adam_step
from funcgrad.typing import Array

_MOMENTS = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")


def _adam(params: list[Array], steps: list[Array], **rest: Any) -> tuple[list[Any], ...]:
    # The counts are kept on the host: the kernel's new ones are not asked for.
    return adam_step(params, steps=steps if len(steps) == len(params) else steps * len(params), **rest)[:-1]


class Adam(FusedOptimizer):
    r"""Adam: steps along the mean gradient over its root mean square.

    .. math::
       m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \quad
       p \leftarrow p - \gamma \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    Args:
      params: Tensors, named tensors, or groups.
      lr: Learning rate :math:`\gamma`.
      betas: Decay :math:`\beta_1, \beta_2` of the two means.
      eps: :math:`\epsilon`, added to the root.
      weight_decay: Share of the parameter that is added to its gradient.
      amsgrad: Divide by the largest mean square so far.
      foreach: Accepted; every step is one operation.
      maximize: Climb instead of descend.
      capturable: Accepted on accelerators, refused on the CPU as by PyTorch, unless `fused`.
      differentiable: Record the step itself for backward.
      fused: Accepted; every step is one operation.
      decoupled_weight_decay: Shrink the parameter instead of changing its gradient: AdamW.

    Raises:
      ValueError: if a number is out of its range.
      RuntimeError: if options exclude each other.

    Example:
      >>> import compat as torch
      >>> w = torch.tensor([1.0], requires_grad=True)
      >>> opt = torch.optim.Adam([w], lr=0.5)
      >>> (w * 2).sum().backward()
      >>> opt.step()
      >>> w
      tensor([0.5000], requires_grad=True)

    Source:
      PyTorch, `torch.optim.Adam`; Kingma and Ba 2015; Reddi et al. 2018 for AMSGrad.
    """

    _later_options = {"amsgrad": False, "maximize": False, "foreach": None, "capturable": False,
                      "differentiable": False, "decoupled_weight_decay": False, "fused": None}

    def __init__(self, params: ParamsT, lr: float | Tensor = 1e-3,
                 betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0, amsgrad: bool = False, *, foreach: bool | None = None,
                 maximize: bool = False, capturable: bool = False, differentiable: bool = False,
                 fused: bool | None = None, decoupled_weight_decay: bool = False) -> None:
        eager_foreach = bool(foreach and not capturable)
        _check_tensor(lr, "lr", "Tensor lr must be 1-element", eager_foreach)
        check_nonnegative(lr=lr, epsilon=eps)
        check_betas(betas)
        check_nonnegative(weight_decay=weight_decay)
        if not any(all(isinstance(beta, kind) for beta in betas) for kind in (float, Tensor)):
            raise ValueError("betas must be either both floats or both Tensors")
        for i, beta in enumerate(betas):
            _check_tensor(beta, f"betas[{i}]", f"Tensor betas[{i}] must be 1-element", eager_foreach)
        super().__init__(params, {
            "lr": lr, "betas": tuple(to_scalar(beta) for beta in betas), "eps": eps, "weight_decay": weight_decay,
            "amsgrad": amsgrad, "maximize": maximize, "foreach": foreach, "capturable": capturable,
            "differentiable": differentiable, "fused": fused, "decoupled_weight_decay": decoupled_weight_decay})
        if fused:
            self._step_supports_amp_scaling = True
        check_fused_options(fused, foreach, differentiable)

    def _begin(self, group: Group, param: Tensor, state: State) -> None:
        if group["fused"]:
            check_fused(param)
        state["step"] = counter(group["fused"])
        for name in _MOMENTS if group["amsgrad"] else _MOMENTS[:2]:
            state[name] = begun(param)

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        states = self._states(group, params)
        lr, (beta1, beta2) = group["lr"], group["betas"]
        if group["foreach"] and isinstance(lr, Tensor) and not group["capturable"]:
            raise RuntimeError("lr as a Tensor is not supported for capturable=False and foreach=True")
        if group["capturable"] and not group["fused"]:  # the fused kernel counts where the parameters are
            check_capturable(params, xla=not group["foreach"])
        amsgrad, decay = group["amsgrad"], group["weight_decay"]
        largest = [s["max_exp_avg_sq"] for s in states] if amsgrad else [None] * len(states)
        lists = {"params": params, "grads": grads, "exp_avgs": [s["exp_avg"] for s in states],
                 "exp_avg_sqs": [s["exp_avg_sq"] for s in states], "max_exp_avg_sqs": largest,
                 "steps": count_up(states)}
        numbers = {"lr": to_scalar(lr), "beta1": beta1, "beta2": beta2, "eps": group["eps"]}
        if not isinstance(decay, Tensor) and decay == 0:
            static = {"amsgrad": amsgrad, "maximize": group["maximize"]}
        else:
            numbers["weight_decay"] = decay
            static = {"amsgrad": amsgrad, "maximize": group["maximize"], "decoupled": group["decoupled_weight_decay"]}
        update(_adam, lists, numbers, static, ("params", "exp_avgs", "exp_avg_sqs", "max_exp_avg_sqs"),
               group["differentiable"])


def _check_tensor(value: Any, name: str, not_one: str, eager_foreach: bool) -> None:
    if isinstance(value, Tensor):
        if eager_foreach:
            raise ValueError(f"{name} as a Tensor is not supported for capturable=False and foreach=True")
        if value.numel() != 1:
            raise ValueError(not_one)
