"""Transforms of functions of tensors (`torch.func`)."""

from compat.func._modules import functional_call as functional_call
from compat.func._modules import stack_module_state as stack_module_state
from compat.func._transforms import grad as grad
from compat.func._transforms import grad_and_value as grad_and_value
from compat.func._transforms import hessian as hessian
from compat.func._transforms import jacfwd as jacfwd
from compat.func._transforms import jacrev as jacrev
from compat.func._transforms import jvp as jvp
from compat.func._transforms import linearize as linearize
from compat.func._transforms import vjp as vjp
from compat.func._vmap import vmap as vmap

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "stack_module_state", "vjp", "vmap",
]
