"""Pruning: parameters whose elements a mask sets to zero.

A pruned parameter ``name`` is kept as ``name_orig``, its mask is the buffer ``name_mask``, and ``name`` itself becomes
their product, made anew before each forward pass by the method, which is a hook of the module. Several methods on one
parameter form a `PruningContainer`, each of which sees only what those before it left.
"""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from compat._ops import FUNCTIONS, ops
from compat._ops.creation import ones_like, zeros_like
from compat._tensor.tensor import Tensor
from compat.nn.modules.module import Module


class BasePruningMethod(ABC):
    """A way to choose what is pruned; subclasses define `compute_mask`, and say what they prune in ``PRUNING_TYPE``.

    Example:
      >>> import compat as torch
      >>> from compat.nn.utils import prune
      >>> class First(prune.BasePruningMethod):
      ...     PRUNING_TYPE = "unstructured"
      ...
      ...     def compute_mask(self, t, default_mask):
      ...         mask = default_mask.clone()
      ...         mask.view(-1)[0] = 0
      ...         return mask
      >>> layer = torch.nn.Linear(2, 1, bias=False)
      >>> First.apply(layer, "weight").__class__.__name__, layer.weight_mask
      ('First', tensor([[0., 1.]]))

    Source:
      PyTorch, ``torch.nn.utils.prune.BasePruningMethod``.
    """

    PRUNING_TYPE: str
    _tensor_name: str

    def __call__(self, module: Module, inputs: Any) -> None:
        """Before a forward pass: mask the parameter as it is now."""
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The new mask of a tensor of importances, given the one so far."""

    def apply_mask(self, module: Module) -> Tensor:
        """The masked parameter."""
        if self._tensor_name is None:
            raise AssertionError(f"Module {module} has to be pruned")
        original = getattr(module, self._tensor_name + "_orig")
        return getattr(module, self._tensor_name + "_mask").to(dtype=original.dtype) * original

    @classmethod
    def apply(cls, module: Module, name: str, *args: Any, importance_scores: Tensor | None = None,
              **kwargs: Any) -> Any:
        """Prune a module's parameter with a method of this class.

        Args:
          module: The module.
          name: Of the parameter.
          *args: For the class.
          importance_scores: What the mask is computed from, of the parameter's shape; the parameter itself if None.
          **kwargs: For the class.

        Returns:
          The method, or the container of it and of those before it.

        Raises:
          AssertionError: if scores have another shape. The module is as it was after any error of a first method.
        """
        new = cls(*args, **kwargs)
        parameter = getattr(module, name)
        if importance_scores is not None and importance_scores.shape != parameter.shape:
            raise AssertionError(f"importance_scores should have the same shape as parameter {name} of {module}, got "
                                 f"{importance_scores.shape} vs {parameter.shape}")
        scores = parameter if importance_scores is None else importance_scores
        method = _joined(module, name, new)
        first = not isinstance(method, PruningContainer)
        if first:
            module.register_parameter(name + "_orig", parameter)
            del module._parameters[name]
            before = ones_like(parameter)
        else:
            before = getattr(module, name + "_mask").detach().clone()
        try:
            module.register_buffer(name + "_mask", method.compute_mask(scores, default_mask=before))
            setattr(module, name, method.apply_mask(module))
            module.register_forward_pre_hook(method)
        except Exception:
            if first:
                module.register_parameter(name, getattr(module, name + "_orig"))
                del module._parameters[name + "_orig"]
            raise
        return method

    def prune(self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None) -> Tensor:
        """A tensor pruned, on its own.

        Args:
          t: The tensor.
          default_mask: The mask so far; ones if None.
          importance_scores: What the mask is computed from; ``t`` if None.

        Raises:
          AssertionError: if the scores have another shape.
        """
        if importance_scores is not None and importance_scores.shape != t.shape:
            raise AssertionError("importance_scores should have the same shape as tensor t, got "
                                 f"{importance_scores.shape} vs {t.shape}")
        before = ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(t if importance_scores is None else importance_scores, default_mask=before)

    def remove(self, module: Module) -> None:
        """Make the pruning permanent: the masked elements become the parameter's own."""
        name = self._tensor_name
        if name is None:
            raise AssertionError(f"Module {module} has to be pruned before pruning can be removed")
        masked = self.apply_mask(module)
        if hasattr(module, name):
            delattr(module, name)
        parameter = module._parameters.pop(name + "_orig")
        parameter.data = masked.data
        del module._buffers[name + "_mask"]
        setattr(module, name, parameter)


def _joined(module: Module, name: str, method: BasePruningMethod) -> BasePruningMethod:
    """The hook that is to be: the method, or a container of it and of the one that is there, which is taken off."""
    mine = {k: hook for k, hook in module._forward_pre_hooks.items()
            if isinstance(hook, BasePruningMethod) and hook._tensor_name == name}
    if len(mine) > 1:
        raise AssertionError(f"Avoid adding multiple pruning hooks to the same tensor {name} of module {module}. Use a "
                             "PruningContainer.")
    method._tensor_name = name
    for k, hook in mine.items():
        del module._forward_pre_hooks[k]
        container = hook if isinstance(hook, PruningContainer) else PruningContainer(hook)
        container.add_pruning_method(method)
        return container
    return method


class PruningContainer(BasePruningMethod):
    """Methods that prune the same parameter, one after the other.

    Args:
      *args: The methods.

    Source:
      PyTorch, ``torch.nn.utils.prune.PruningContainer``.
    """

    def __init__(self, *args: Any) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """Append a method for the same parameter; None is one that keeps everything."""
        if not isinstance(method, BasePruningMethod) and method is not None:
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method is not None and self._tensor_name != method._tensor_name:
            raise ValueError(f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to "
                             f"PruningContainer {self}. Found '{method._tensor_name}'")
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        """How many."""
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        """The methods in order."""
        return iter(self._pruning_methods)

    def __getitem__(self, idx: Any) -> Any:
        """One, or several."""
        return self._pruning_methods[idx]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far, and of what it keeps what the last method prunes."""
        method = self._pruning_methods[-1]
        before = default_mask.to(dtype=t.dtype)
        mask = before.clone()
        kept = _kept(method, t, before)
        mask[kept] = method.compute_mask(t[kept], default_mask=before[kept]).to(dtype=before.dtype)
        return mask


def _kept(method: BasePruningMethod, t: Tensor, mask: Tensor) -> Any:
    """The index of what is left for a method to prune."""
    kind = method.PRUNING_TYPE
    if kind == "unstructured":
        return mask == 1
    if kind == "global":
        return (slice(None),) * t.dim()
    if kind != "structured":
        raise ValueError(f"Unrecognized PRUNING_TYPE {kind}")
    if not hasattr(method, "dim"):
        raise AttributeError('Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.')
    n = t.dim()
    dim = method.dim + n if method.dim < 0 else method.dim
    if dim < 0:
        raise IndexError(f"Index is out of bounds for tensor with dimensions {n}")
    channels = mask.sum(dim=[d for d in range(n) if d != dim]) != 0
    return tuple(channels if d == dim else slice(None) for d in range(n))


class Identity(BasePruningMethod):
    """Prunes nothing, but makes the parameter a pruned one.

    Source:
      PyTorch, ``torch.nn.utils.prune.Identity``.
    """

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far."""
        return default_mask

    @classmethod
    def apply(cls, module: Module, name: str) -> Any:  # type: ignore[override]
        """See `BasePruningMethod.apply`."""
        return super().apply(module, name)


class _Unstructured(BasePruningMethod):
    """Prunes so many elements, those that come first in some order."""

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: float) -> None:
        _check_amount(amount)
        self.amount = amount

    @abstractmethod
    def _first(self, t: Tensor, n: int) -> Tensor:
        """The positions of the first n elements in row-major order."""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far, and zeros where the first elements are."""
        n = _count(self.amount, t.nelement())
        mask = default_mask.clone()
        if n:
            mask.view(-1)[self._first(t, n)] = 0
        return mask


class RandomUnstructured(_Unstructured):
    """Prunes elements at random.

    Args:
      amount: How many, or (a float) which share.

    Source:
      PyTorch, ``torch.nn.utils.prune.RandomUnstructured``.
    """

    def _first(self, t: Tensor, n: int) -> Tensor:
        return FUNCTIONS["rand_like"](t).view(-1).topk(k=n).indices

    @classmethod
    def apply(cls, module: Module, name: str, amount: float) -> Any:  # type: ignore[override]
        """See `BasePruningMethod.apply`."""
        return super().apply(module, name, amount=amount)


class L1Unstructured(_Unstructured):
    """Prunes the elements of smallest size.

    Args:
      amount: How many, or (a float) which share.

    Source:
      PyTorch, ``torch.nn.utils.prune.L1Unstructured``.
    """

    def _first(self, t: Tensor, n: int) -> Tensor:
        return t.abs().view(-1).topk(k=n, largest=False).indices

    @classmethod
    def apply(cls, module: Module, name: str, amount: float,  # type: ignore[override]
              importance_scores: Tensor | None = None) -> Any:
        """See `BasePruningMethod.apply`."""
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class RandomStructured(BasePruningMethod):
    """Prunes channels at random.

    Args:
      amount: How many, or (a float) which share.
      dim: Along which they are counted.

    Source:
      PyTorch, ``torch.nn.utils.prune.RandomStructured``.
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1) -> None:
        _check_amount(amount)
        self.amount, self.dim = amount, dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zeros in the channels with the smallest of as many random numbers."""
        channels = _channels(t, self.dim)
        n = _count(self.amount, channels)
        if not n:
            return default_mask
        chances = FUNCTIONS["rand"](channels)
        return _of_channels(t, self.dim, chances > chances.kthvalue(k=n).values, default_mask)

    @classmethod
    def apply(cls, module: Module, name: str, amount: float, dim: int = -1) -> Any:  # type: ignore[override]
        """See `BasePruningMethod.apply`."""
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(BasePruningMethod):
    """Prunes the channels of smallest norm.

    Args:
      amount: How many, or (a float) which share.
      n: The order of the norm, as for ``torch.norm``.
      dim: Along which channels are counted.

    Source:
      PyTorch, ``torch.nn.utils.prune.LnStructured``.
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, n: Any, dim: int = -1) -> None:
        _check_amount(amount)
        self.amount, self.n, self.dim = amount, n, dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zeros but in the channels of largest norm."""
        channels = _channels(t, self.dim)
        n = _count(self.amount, channels)
        if not n:
            return default_mask
        others = [d for d in range(t.dim()) if d != self.dim % t.dim()]
        kept = t.norm(p=self.n, dim=others).topk(k=channels - n).indices
        return _of_channels(t, self.dim, kept, default_mask)

    @classmethod
    def apply(cls, module: Module, name: str, amount: float, n: Any, dim: int,  # type: ignore[override]
              importance_scores: Tensor | None = None) -> Any:
        """See `BasePruningMethod.apply`."""
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


class CustomFromMask(BasePruningMethod):
    """Prunes what a given mask says.

    Args:
      mask: Zeros where to prune.

    Source:
      PyTorch, ``torch.nn.utils.prune.CustomFromMask``.
    """

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The product of both masks."""
        if default_mask.shape != self.mask.shape:
            raise AssertionError(f"default_mask shape {default_mask.shape} must match self.mask shape "
                                 f"{self.mask.shape}")
        return default_mask * self.mask.to(dtype=default_mask.dtype)

    @classmethod
    def apply(cls, module: Module, name: str, mask: Tensor) -> Any:  # type: ignore[override]
        """See `BasePruningMethod.apply`."""
        return super().apply(module, name, mask=mask)


def _check_amount(amount: Any) -> None:
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    whole = isinstance(amount, numbers.Integral)
    if (whole and amount < 0) or (not whole and not 0 <= amount <= 1):
        raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")


def _count(amount: Any, size: int) -> int:
    """How many of ``size`` to prune."""
    if not isinstance(amount, numbers.Integral):
        return round(amount * size)
    if amount > size:
        raise ValueError(f"amount={amount} should be smaller than the number of parameters to prune={size}")
    return int(amount)


def _channels(t: Tensor, dim: int) -> int:
    if t.dim() <= 1:
        raise ValueError("Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
                         f"{t.shape} with {t.dim()} dims")
    if dim >= t.dim():
        raise IndexError(f"Invalid index {dim} for tensor of size {t.shape}")
    return t.shape[dim]


def _of_channels(t: Tensor, dim: int, kept: Tensor, before: Tensor) -> Tensor:
    mask = zeros_like(t)
    index: list[Any] = [slice(None)] * t.dim()
    index[dim] = kept
    mask[tuple(index)] = 1
    mask *= before.to(dtype=mask.dtype)
    return mask


def identity(module: Module, name: str) -> Module:
    """Prune nothing of a parameter, but make it a pruned one; returns the module.

    Source:
      PyTorch, ``torch.nn.utils.prune.identity``.
    """
    Identity.apply(module, name)
    return module


def random_unstructured(module: Module, name: str, amount: float) -> Module:
    """Prune elements of a parameter at random; returns the module. See `RandomUnstructured`."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Module, name: str, amount: float, importance_scores: Tensor | None = None) -> Module:
    """Prune the smallest elements of a parameter; returns the module. See `L1Unstructured`.

    Example:
      >>> import compat as torch
      >>> from compat.nn.utils import prune
      >>> layer = torch.nn.Linear(2, 1, bias=False)
      >>> layer.weight.data = torch.tensor([[0.5, -0.25]])
      >>> prune.l1_unstructured(layer, "weight", amount=1).weight
      tensor([[0.5000, -0.0000]], grad_fn=<MulBackward0>)
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: Module, name: str, amount: float, dim: int) -> Module:
    """Prune channels of a parameter at random; returns the module. See `RandomStructured`."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(module: Module, name: str, amount: float, n: Any, dim: int,
                  importance_scores: Tensor | None = None) -> Module:
    """Prune the channels of a parameter of smallest norm; returns the module. See `LnStructured`."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Module, name: str, mask: Tensor) -> Module:
    """Prune what a mask says of a parameter; returns the module. See `CustomFromMask`."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(parameters: Any, pruning_method: Any, importance_scores: Any = None, **kwargs: Any) -> None:
    """Prune elements of several parameters as if they were one.

    Args:
      parameters: Pairs of a module and a parameter's name.
      pruning_method: The class of the method, an unstructured one.
      importance_scores: By (module, name) the tensor that a mask is computed from; the parameter where there is none.
      **kwargs: For the class.

    Raises:
      TypeError: for other parameters or scores, or a structured method.
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    scores = {} if importance_scores is None else importance_scores
    if not isinstance(scores, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    named = [(module, name, getattr(module, name)) for module, name in parameters]
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError('Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
                        f"{pruning_method} of type {method.PRUNING_TYPE}")
    container = PruningContainer()
    container._tensor_name = method._tensor_name = ""
    container.add_pruning_method(method)
    flat = [scores.get((module, name), t).reshape(-1) for module, name, t in named]
    masks = [getattr(module, name + "_mask", ones_like(t)).reshape(-1) for module, name, t in named]
    mask = container.compute_mask(ops.cat(flat), ops.cat(masks))
    for (module, name, t), part in zip(named, mask.split([t.numel() for _, _, t in named]), strict=True):
        custom_from_mask(module, name, mask=part.view_as(t))


def remove(module: Module, name: str) -> Module:
    """Make the pruning of a parameter permanent; returns the module.

    Raises:
      ValueError: if it is not pruned.
    """
    for k, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            hook.remove(module)
            del module._forward_pre_hooks[k]
            return module
    raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")


def is_pruned(module: Module) -> bool:
    """Whether a parameter of the module, or of one below it, is pruned."""
    return any(isinstance(hook, BasePruningMethod) for m in module.modules() for hook in m._forward_pre_hooks.values())


__all__ = ["BasePruningMethod", "CustomFromMask", "Identity", "L1Unstructured", "LnStructured", "PruningContainer",
           "RandomStructured", "RandomUnstructured", "custom_from_mask", "global_unstructured", "identity", "is_pruned",
           "l1_unstructured", "ln_structured", "random_structured", "random_unstructured", "remove"]
