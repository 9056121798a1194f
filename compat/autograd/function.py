"""Custom operations: ``torch.autograd.function``."""

from compat._autograd.function import Function, FunctionCtx, once_differentiable

InplaceFunction = Function
NestedIOFunction = Function

__all__ = ["Function", "FunctionCtx", "InplaceFunction", "NestedIOFunction", "once_differentiable"]
