"""Layers that are a function with settings: declared as dataclasses, from which constructor, call and text follow.

    @layer
    class ELU(Activation):
        alpha: float = 1.0
        inplace: bool = False
        _function = staticmethod(F.elu)

The fields are the constructor's arguments, in PyTorch's order; a call passes them on by name. Fields that hold tensors
or modules would hide what Module registers under their names, so classes with those have a constructor of their own.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar, dataclass_transform

from compat.nn.modules.module import Module

_C = TypeVar("_C", bound=type)


@dataclass_transform(eq_default=False)
def layer(cls: _C) -> _C:
    """Makes a dataclass that compares by identity and prints as a Module."""
    made = dataclass(eq=False, repr=False)(cls)
    made._names = tuple(field.name for field in fields(made))
    if made._shown is None:
        made._shown = made._names
    return made


class Layer(Module):
    """A Module without parameters: ``_function`` applied with the fields as keyword arguments."""

    _function: ClassVar[Callable[..., Any]]
    _names: ClassVar[tuple[str, ...]] = ()
    _shown: ClassVar[tuple[str, ...] | None] = None
    _shown_if_true: ClassVar[tuple[str, ...]] = ()

    def __new__(cls, *args: Any, **kwargs: Any) -> Layer:
        made = super().__new__(cls)
        Module.__init__(made)  # before the dataclass's __init__ assigns the fields
        return made

    def __init__(self) -> None:
        """Replaced by the dataclass's; subclasses call it as usual."""

    def _apply_function(self, *inputs: Any) -> Any:
        return self._function(*inputs, **{name: getattr(self, name) for name in self._names})

    def forward(self, input: Any) -> Any:
        """The function of the input."""
        return self._apply_function(input)

    def extra_repr(self) -> str:
        """The settings, by name."""
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown or ()
                         if name not in self._shown_if_true or getattr(self, name))
