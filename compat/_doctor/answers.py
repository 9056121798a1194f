"""What compat makes of a name of PyTorch."""

from __future__ import annotations

import functools
import inspect
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import compat
from compat import _foreign, _later, _names
from compat._doctor.scopes import Use

_HERE = Path(__file__).parent
_TYPES = "a placeholder, which nothing is an instance of"
_WRONG = "PyTorch 2.13 has no such name either"
# Stubs say which functions and methods return one tensor; the source does not, since most are derived from rows.
_STUBS = {"torch": "__init__.pyi", "torch.nn.functional": "nn/functional.pyi", "torch.fft": "fft.pyi",
          "torch.linalg": "linalg.pyi", "torch.special": "special.pyi", "torch.signal.windows": "signal/windows.pyi",
          "torch.Tensor": "_tensor/tensor.pyi"}
_DEFINED = re.compile(r"^ *def (\w+)\(.*\) -> (.+?):(?: \.\.\.)?$", re.MULTILINE)
_TENSORS = frozenset(("torch.Tensor", "torch.nn.Parameter", "torch.nn.parameter.Parameter", "torch.autograd.Variable"))


@dataclass(frozen=True)
class Answer:
    """What becomes of a use.

    Attributes:
      status: "supported", "different", "missing", or "unknown" for what PyTorch lacks as well.
      note: How it differs, or what to do instead.
    """

    status: str
    note: str = ""


@dataclass(frozen=True)
class _Found:
    status: str
    what: Any = None
    note: str = ""


def answer(use: Use) -> Answer | None:
    """The answer for a use; None for what needs none, such as an attribute that the program itself adds to a module."""
    if use.name in _foreign.PACKAGES:
        return Answer("missing", _foreign.advice(use.name))
    found = _find(use.name)
    if use.how == "set" and found.status != "supported":
        return Answer("missing") if use.name.rpartition(".")[2] in (_names.names_of(_parent(use.name)) or ()) else None
    if found.status == "missing" and use.how == "type" and isinstance(found.what, _later.Placeholder):
        return Answer("different", _TYPES)
    if found.status != "supported":
        return Answer(found.status, found.note)
    if use.how == "call" and (wrong := _refused_keywords(found.what, use.keywords)):
        return Answer("missing", f"takes no argument named {', '.join(wrong)}")
    if use.how != "type" and (how := _difference(use, found.what)):
        return Answer("different", how)
    return Answer("supported", found.note)


def _parent(name: str) -> str:
    return name.rpartition(".")[0]


@functools.cache
def _find(name: str) -> _Found:
    """What compat has by a name: the object, a placeholder, or nothing."""
    at, what = "torch", compat
    for part in name.split(".")[1:]:
        if not isinstance(what, ModuleType | type):
            return _Found("supported")  # an attribute of a value: compat's modules and classes are all that can be told
        known = _names.names_of(at)
        inside = f"{at}.{part}"
        try:
            value = getattr(what, part)
        except AttributeError as error:
            value = None
            if isinstance(error.__cause__, ImportError):  # the package behind torch.utils.tensorboard
                return _Found("supported", note=str(error.__cause__).splitlines()[0])
            if isinstance(what, ModuleType) and _names.is_module(inside):
                value = _later.submodule("compat" + inside.removeprefix("torch"))
            elif part.startswith("__"):
                return _Found("supported")
            elif known is None or part in known or part.startswith("_"):
                return _Found("missing")
            else:
                return _Found("unknown", note=_WRONG)
        made_up = isinstance(value, _later.Placeholder) and not part.startswith("_")
        if made_up and known is not None and part not in known and not _names.is_module(inside):
            return _Found("unknown", note=_WRONG)
        at, what = inside, value
    if isinstance(what, ModuleType) and _is_placeholders(what) or _later.name_of_absent(what):
        return _Found("missing", what)
    return _Found("supported", what)


def _is_placeholders(module: ModuleType) -> bool:
    return getattr(module, "__file__", None) is None and (module.__doc__ or "").endswith("see ``compat._later``.")


def is_module(name: str) -> bool:
    """Whether a name of PyTorch is a module's."""
    return name == "torch" or _names.is_module(name)


def exported(module: str, name: str) -> bool:
    """Whether ``from module import *`` binds the name."""
    return not name.startswith("_") and name in _names.defined_by(module)


# Calls ------------------------------------------------------------------------------------------------------------
def _refused_keywords(what: Any, keywords: tuple[str, ...]) -> list[str]:
    """The keywords that a function or class does not take; none where its signature does not say.

    Functions that stand for an operator of compat take PyTorch's other spellings as well (``axis``, ``out``).
    """
    if not keywords or not isinstance(what, type) and hasattr(what, "op"):
        return []
    try:
        parameters = inspect.signature(what).parameters.values()
    except (TypeError, ValueError):
        return []
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return []
    named = {p.name for p in parameters if p.kind is not p.POSITIONAL_ONLY}
    return [k for k in keywords if k not in named]


def returns_tensor(name: str) -> bool:
    """Whether a call of the name gives a tensor, whatever the arguments.

    Args:
      name: The full name.

    Example:
      >>> returns_tensor("torch.ones"), returns_tensor("torch.Tensor.add_"), returns_tensor("torch.split")
      (True, True, False)
    """
    if name in _TENSORS:
        return True
    owner, _, last = name.rpartition(".")
    return owner in _STUBS and _results(owner).get(last, False)


@functools.cache
def _results(owner: str) -> dict[str, bool]:
    always: dict[str, bool] = {}
    for name, result in _DEFINED.findall((_HERE.parent / _STUBS[owner]).read_text(encoding="utf-8")):
        always[name] = always.get(name, True) and result in ("Tensor", "Self")
    return always


def tensor_attribute(name: str) -> str:
    """What an attribute of a tensor is: "method", "tensor" for one such as ``x.T``, or "value"."""
    if name in ("T", "mT", "H", "mH", "data", "grad", "real", "imag"):
        return "tensor"
    return "method" if callable(getattr(compat.Tensor, name, None)) else "value"


def is_tensor_class(name: str) -> bool:
    """Whether instances of a class of PyTorch are tensors."""
    return name in _TENSORS


# Differences ------------------------------------------------------------------------------------------------------
@functools.cache
def differences() -> dict[str, list[tuple[str | None, str]]]:
    """For each name that differs, how; only where a keyword argument is given, if there is one."""
    table: dict[str, list[tuple[str | None, str]]] = {}
    for row in tomllib.loads((_HERE / "differences.toml").read_text(encoding="utf-8"))["difference"]:
        for name in row["names"]:
            table.setdefault(name, []).append((row.get("keyword"), row["how"]))
    return table


@functools.cache
def _by_object() -> dict[int, str]:
    """The name in the table of each class or function that is in it, for those who reach it by another name."""
    found = {name: _find(name).what for name in differences() if not name.endswith("*")}
    return {id(what): name for name, what in found.items() if isinstance(what, type | FunctionType)}


def _difference(use: Use, what: Any) -> str:
    table = differences()
    rows = table.get(use.name) or table.get(_by_object().get(id(what), ""), [])
    rows = rows + table.get(f"{_parent(use.name)}.*", [])
    return "; ".join(how for keyword, how in rows if keyword is None or keyword in use.telling)
