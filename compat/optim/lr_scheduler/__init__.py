"""Learning-rate schedules (`torch.optim.lr_scheduler`): functions of the epoch that write into an optimizer's groups.

A learning rate is an input of the compiled step, so a schedule never compiles anything.
"""

from compat.optim.lr_scheduler.base import EPOCH_DEPRECATION_WARNING as EPOCH_DEPRECATION_WARNING
from compat.optim.lr_scheduler.base import LRScheduler as LRScheduler
from compat.optim.lr_scheduler.base import _LRScheduler as _LRScheduler
from compat.optim.lr_scheduler.combined import ChainedScheduler as ChainedScheduler
from compat.optim.lr_scheduler.combined import SequentialLR as SequentialLR
from compat.optim.lr_scheduler.cosine import CosineAnnealingLR as CosineAnnealingLR
from compat.optim.lr_scheduler.cosine import CosineAnnealingWarmRestarts as CosineAnnealingWarmRestarts
from compat.optim.lr_scheduler.cycles import CyclicLR as CyclicLR
from compat.optim.lr_scheduler.cycles import OneCycleLR as OneCycleLR
from compat.optim.lr_scheduler.factors import ConstantLR as ConstantLR
from compat.optim.lr_scheduler.factors import ExponentialLR as ExponentialLR
from compat.optim.lr_scheduler.factors import LambdaLR as LambdaLR
from compat.optim.lr_scheduler.factors import LinearLR as LinearLR
from compat.optim.lr_scheduler.factors import MultiplicativeLR as MultiplicativeLR
from compat.optim.lr_scheduler.factors import MultiStepLR as MultiStepLR
from compat.optim.lr_scheduler.factors import PolynomialLR as PolynomialLR
from compat.optim.lr_scheduler.factors import StepLR as StepLR
from compat.optim.lr_scheduler.plateau import ReduceLROnPlateau as ReduceLROnPlateau

__all__ = [
    "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR",
    "EPOCH_DEPRECATION_WARNING", "ExponentialLR", "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR",
    "MultiplicativeLR", "OneCycleLR", "PolynomialLR", "ReduceLROnPlateau", "SequentialLR", "StepLR",
]
