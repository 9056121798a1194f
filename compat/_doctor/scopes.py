"""What names stand for while a program is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from compat._doctor.sources import Source


@dataclass(frozen=True)
class Torch:
    """A name of PyTorch, such as ``torch.nn.Linear``."""

    name: str


@dataclass(frozen=True)
class ATensor:
    """A tensor, as far as can be known."""


@dataclass(frozen=True)
class Checked:
    """A module among the files that are checked."""

    source: int


Value: TypeAlias = Torch | ATensor | Checked | None  # None: anything


@dataclass(frozen=True)
class Use:
    """A name of PyTorch in a program.

    Attributes:
      name: The full name, ``torch.Tensor.add_`` for a method; or of a package that needs PyTorch, ``torchvision``.
      source: The file.
      line: The line.
      column: The column, from 1.
      how: "import", "get", "call", "set" (assigned to), or "type" (an annotation, or what ``isinstance`` asks for).
      keywords: The names of the keyword arguments of a call.
      telling: Those that are given something other than None, False or 0.
    """

    name: str
    source: Source = field(repr=False, compare=False)
    line: int
    column: int
    how: str = "get"
    keywords: tuple[str, ...] = ()
    telling: tuple[str, ...] = ()


@dataclass
class Scope:
    """The names of a module, class or function.

    Attributes:
      kind: "module", "class" or "function".
      above: The scope around it.
      names: What each name stands for.
      stars: PyTorch's modules of which everything was imported.
      of_module: Names that the function declares global.
    """

    kind: str
    above: Scope | None = None
    names: dict[str, Value] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    of_module: set[str] = field(default_factory=set)

    def look_up(self, name: str) -> tuple[bool, Value]:
        """Whether the name is bound, here or around, and to what."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and (scope is self or scope.kind != "class"):
                return True, scope.names[name]
            scope = scope.above
        return False, None

    def module(self) -> Scope:
        """The outermost scope."""
        return self if self.above is None else self.above.module()

    def bind(self, name: str, value: Value) -> None:
        """Let a name stand for something from here on."""
        (self.module() if name in self.of_module else self).names[name] = value


def either(a: dict[str, Value], b: dict[str, Value]) -> dict[str, Value]:
    """What names stand for after one of two branches."""
    return {name: join(a.get(name), b.get(name)) for name in a.keys() | b.keys()}


def join(a: Value, b: Value) -> Value:
    """What is one or the other.

    A name of PyTorch still counts where the other is something else, as in ``except ImportError: torch = None``; a
    tensor does not.
    """
    if a == b or isinstance(a, Torch | Checked):
        return a
    return b if isinstance(b, Torch | Checked) else None
