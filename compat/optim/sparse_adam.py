"""SparseAdam (`torch.optim.SparseAdam`): its checks; there are no sparse gradients for it to apply."""

from compat._tensor.tensor import Tensor
from compat.optim._update import FusedOptimizer
from compat.optim.optimizer import Group, ParamsT, check_betas, check_tensor_lr


class SparseAdam(FusedOptimizer):
    """Adam for gradients of sparse layout, which there are none of here: dense ones are refused, as by PyTorch.

    Making a sparse tensor raises NotImplementedError itself, and so does `nn.Embedding(sparse=True)`.

    Args:
      params: Tensors, named tensors, or groups.
      lr: Learning rate.
      betas: Decay of the means of the gradient and of its square.
      eps: Added to the root mean square.
      maximize: Climb instead of descend.

    Raises:
      ValueError: if a number is out of its range, or a parameter is complex.
      RuntimeError: at a step, if a gradient is dense.

    Source:
      PyTorch, `torch.optim.SparseAdam`.
    """

    _hosted = ()  # its states never held steps as numbers that are tensors now

    def __init__(self, params: ParamsT, lr: float | Tensor = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, maximize: bool = False) -> None:
        check_tensor_lr(lr)
        if not 0.0 < lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 < eps:
            raise ValueError(f"Invalid epsilon value: {eps}")
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        found = [[i, j] for i, group in enumerate(self.param_groups) for j, p in enumerate(group["params"])
                 if p.is_complex()]
        if found:
            raise ValueError(f"Complex params at indices {found}: SparseAdam does not support complex parameters")

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
