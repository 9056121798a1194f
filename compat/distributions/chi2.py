"""The chi-squared distribution."""

from __future__ import annotations

from typing import Any

from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions.gamma import Gamma

__all__ = ["Chi2"]


class Chi2(Gamma):
    """The sum of ``df`` squared standard normal numbers.

    Args:
      df: The degrees of freedom, positive.
      validate_args: See `Distribution`.

    Example:
      >>> import compat as torch
      >>> torch.distributions.Chi2(3.0).mean
      tensor(3.)

    Source:
      PyTorch, ``torch.distributions.Chi2``.
    """

    arg_constraints = {"df": constraints.positive}
    _parameters = Gamma._parameters

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        """Make it the gamma distribution that it is."""
        super().__init__(0.5 * df, 0.5, validate_args=validate_args)

    @property
    def df(self) -> Tensor:
        """The degrees of freedom."""
        return self.concentration * 2
