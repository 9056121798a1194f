"""Optimizers that are not there yet: making one says so."""

from typing import Any

from compat.optim.optimizer import Optimizer

_AVAILABLE = "SGD, Adam, AdamW, RMSprop and Adagrad are"


def _later(name: str) -> type[Optimizer]:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(f"torch.optim.{name} is not implemented yet; {_AVAILABLE}.")

    return type(name, (Optimizer,), {"__init__": __init__, "__module__": "compat.optim",
                                     "__doc__": f"`torch.optim.{name}`, not implemented yet."})


Adadelta = _later("Adadelta")
Adafactor = _later("Adafactor")
Adamax = _later("Adamax")
ASGD = _later("ASGD")
LBFGS = _later("LBFGS")
Muon = _later("Muon")
NAdam = _later("NAdam")
RAdam = _later("RAdam")
Rprop = _later("Rprop")
SparseAdam = _later("SparseAdam")
