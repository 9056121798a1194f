"""Optimizers (`torch.optim`): a step is one recorded operation, and every hyperparameter an input of it."""

from compat.optim import lr_scheduler as lr_scheduler
from compat.optim import swa_utils as swa_utils
from compat.optim._later import ASGD as ASGD
from compat.optim._later import LBFGS as LBFGS
from compat.optim._later import Adadelta as Adadelta
from compat.optim._later import Adafactor as Adafactor
from compat.optim._later import Adamax as Adamax
from compat.optim._later import Muon as Muon
from compat.optim._later import NAdam as NAdam
from compat.optim._later import RAdam as RAdam
from compat.optim._later import Rprop as Rprop
from compat.optim._later import SparseAdam as SparseAdam
from compat.optim.adagrad import Adagrad as Adagrad
from compat.optim.adam import Adam as Adam
from compat.optim.adamw import AdamW as AdamW
from compat.optim.optimizer import Optimizer as Optimizer
from compat.optim.rmsprop import RMSprop as RMSprop
from compat.optim.sgd import SGD as SGD

__all__ = [
    "ASGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "LBFGS", "Muon", "NAdam", "Optimizer",
    "RAdam", "RMSprop", "Rprop", "SGD", "SparseAdam", "lr_scheduler",
    "swa_utils",
]
