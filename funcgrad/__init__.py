"""PyTorch's concepts and numerics as pure functions over JAX arrays.

The concepts are functions of this package; `ops`, `losses`, `init` and `optim` hold the numerics.
"""

import importlib
from typing import TYPE_CHECKING, Any

from funcgrad import init as init
from funcgrad import ops as ops
from funcgrad import optim as optim
from funcgrad.autograd import accumulate as accumulate
from funcgrad.autograd import backward as backward
from funcgrad.autograd import detach as detach
from funcgrad.autograd import grad as grad
from funcgrad.autograd import no_grad as no_grad
from funcgrad.autograd import value_and_grad as value_and_grad
from funcgrad.autograd import zero_grad as zero_grad
from funcgrad.graph import Graph as Graph
from funcgrad.graph import Node as Node
from funcgrad.graph import graph as graph
from funcgrad.masks import combine as combine
from funcgrad.masks import leaf_paths as leaf_paths
from funcgrad.masks import partition as partition
from funcgrad.masks import requires_grad as requires_grad
from funcgrad.optim.clip import clip_grad_norm as clip_grad_norm
from funcgrad.optim.clip import clip_grad_value as clip_grad_value
from funcgrad.propagation import NeedsGrad as NeedsGrad
from funcgrad.propagation import Subgraph as Subgraph
from funcgrad.propagation import needs_grad as needs_grad

if TYPE_CHECKING:
    from funcgrad.train import TrainState as TrainState
    from funcgrad.train import eval_epoch as eval_epoch
    from funcgrad.train import eval_step as eval_step
    from funcgrad.train import fit as fit
    from funcgrad.train import linen_apply as linen_apply
    from funcgrad.train import nnx_apply as nnx_apply
    from funcgrad.train import split_batches as split_batches
    from funcgrad.train import step as step
    from funcgrad.train import train_epoch as train_epoch
    from funcgrad.train import train_step as train_step

# Training needs flax, whose import takes half as long as JAX's own: only who asks for it pays.
_FROM_TRAIN = (
    "TrainState",
    "eval_epoch",
    "eval_step",
    "fit",
    "linen_apply",
    "nnx_apply",
    "split_batches",
    "step",
    "train_epoch",
    "train_step",
)


def __getattr__(name: str) -> Any:
    if name in _FROM_TRAIN:
        return getattr(importlib.import_module("funcgrad.train"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_FROM_TRAIN})
