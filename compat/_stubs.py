"""Writes the stubs that editors and type checkers read: ``python -m compat._stubs``.

The Tensor's methods and most functions are made from operator rows when compat is imported, so a tool that reads only
the source sees none of them. A stub lies beside the module it describes. What the source does say, the imports of a
module and the body of the Tensor class, is taken from the source; the rest from the signatures of what is there.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.typing import DTypeLike

import compat
from compat import return_types
from compat._device import device
from compat._dtype import dtype
from compat._later import Placeholder
from compat._ops.declare import METHODS
from compat._ops.operator import Op
from compat._random import Generator
from compat._settings import memory_format
from compat._size import Size
from compat._tensor import tensor as tensor_module
from compat._tensor.layout import layout
from compat._tensor.tensor import Tensor
from compat.nn import functional

ROOT = Path(__file__).parent
NAMESPACES = ("fft", "linalg", "special", "signal", "signal.windows")
HEADER = """# Written by `python -m compat._stubs`; do not edit.
# ruff: noqa
"""
# Names of types that no name of torch shadows: inside `Tensor`, `int` and `dtype` are a method and a property.
PREAMBLE = """import builtins
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Literal, NoReturn, TypeAlias, overload

from compat import return_types as _return_types
from compat._device import device as _Device
from compat._dtype import dtype as _DType
from compat._random import Generator as _Generator
from compat._settings import memory_format as _MemoryFormat
from compat._size import Size as _Size
from compat._tensor.layout import layout as _Layout
"""
ALIASES = """
_Number: TypeAlias = builtins.int | builtins.float | builtins.complex
"""
IMPORT_TENSOR = "from compat._tensor.tensor import Tensor as Tensor\n"
_CLASSES = {Tensor: "Tensor", jax.Array: "Tensor", np.ndarray: "Tensor", dtype: "_DType", device: "_Device",
            Generator: "_Generator", Size: "_Size", layout: "_Layout", memory_format: "_MemoryFormat",
            types.NoneType: "None", types.EllipsisType: "builtins.ellipsis"}
# What a parameter of this name is, where the function itself takes anything.
_BY_NAME = {"dtype": "_DType | builtins.type | None", "device": "_Device | builtins.str | builtins.int | None",
            "generator": "_Generator | None", "memory_format": "_MemoryFormat | None", "layout": "_Layout | None"}
_BINARY = frozenset(f"__{p}{n}__" for n in "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift div"
                    .split() for p in ("", "r", "i")) | {f"__{n}__" for n in "eq ne lt le gt ge".split()}
# Functions that pass everything on to another one, and are a tensor all the same.
_TENSOR = frozenset("""
    softmax log_softmax softmin floor_divide floor_divide_ remainder remainder_ fmod fmod_ pow pow_ float_power
    float_power_ positive conj resolve_conj quantile nanquantile norm diff polygamma polygamma_ var std det matrix_exp
    relu relu6 hardsigmoid hardswish silu mish leaky_relu elu selu celu threshold hardtanh __pos__
    detach_copy diagonal_copy expand_copy narrow_copy permute_copy select_copy squeeze_copy t_copy transpose_copy
    unsqueeze_copy view_copy view_as_complex_copy view_as_real_copy alias_copy as_strided_copy unfold_copy""".split())
_TENSORS = frozenset("split_copy split_with_sizes_copy unbind_copy var_mean std_mean".split())
_INPUT = "input: Tensor"
_DIM = "dim: builtins.int, keepdim: builtins.bool = False"
# Functions whose result's type depends on the arguments; {0} is the first parameter.
_OVERLOADS: dict[str, tuple[str, ...]] = {
    **{n: ("({0}) -> Tensor", "({0}, other: Tensor, *, out: Tensor | None = None) -> Tensor",
           f"({{0}}, {_DIM}, *, out: Any = None) -> _return_types.{n}",
           f"({{0}}, *, axis: builtins.int, keepdim: builtins.bool = False, out: Any = None) -> _return_types.{n}")
       for n in ("max", "min")},
    **{n: ("({0}) -> Tensor", f"({{0}}, {_DIM}) -> _return_types.{n}") for n in ("median", "nanmedian")},
    "nonzero": ("({0}, *, as_tuple: Literal[False] = False, out: Tensor | None = None) -> Tensor",
                "({0}, *, as_tuple: Literal[True]) -> builtins.tuple[Tensor, ...]"),
    "size": ("({0}) -> _Size", "({0}, dim: builtins.int) -> builtins.int"),
    "stride": ("({0}) -> builtins.tuple[builtins.int, ...]", "({0}, dim: builtins.int) -> builtins.int"),
    "type": ("({0}) -> builtins.str", "({0}, dtype: Any, non_blocking: builtins.bool = False) -> Tensor"),
    "__iter__": ("({0}) -> Iterator[Tensor]",),
}
_FUNCTION_OVERLOADS = {
    **{n: ("(tensor: Tensor, /) -> Tensor", "(*tensors: Any) -> builtins.tuple[Tensor, ...]")
       for n in ("atleast_1d", "atleast_2d", "atleast_3d")},
    "where": (f"(condition: Tensor, {_INPUT} | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> "
              "Tensor", "(condition: Tensor) -> builtins.tuple[Tensor, ...]"),
}
_METHOD_OVERLOADS = {"where": ("(self, condition: Tensor, other: Tensor | _Number) -> Tensor",),
                     **{n: ("(self) -> Tensor",) for n in ("atleast_1d", "atleast_2d", "atleast_3d")},
                     "__getitem__": ("(self, index: Any) -> Tensor",),
                     "__setitem__": ("(self, index: Any, value: Any) -> None",)}


# Types ------------------------------------------------------------------------------------------------------------
def type_text(hint: Any) -> str:
    """An annotation as the stubs write it."""
    if hint is Any or hint is inspect.Parameter.empty or isinstance(hint, str):
        return "Any"
    if hint is None:
        return "None"
    if hint is typing.NoReturn:
        return "NoReturn"
    if _same(hint, DTypeLike) or _same(hint, DTypeLike | None):
        return _BY_NAME["dtype"]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _union(arguments)
    if origin is typing.Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin is not None and origin.__module__ == "collections.abc":
        inner = "[..., Any]" if origin is Callable else f"[{', '.join(map(type_text, arguments))}]"
        return origin.__name__ + inner
    if origin is not None:
        return f"builtins.{origin.__name__}[{', '.join('...' if a is ... else type_text(a) for a in arguments)}]"
    if hint in _CLASSES:
        return _CLASSES[hint]
    if isinstance(hint, type) and hint.__module__ == "builtins":
        return f"builtins.{hint.__name__}"
    if hint is Callable:
        return "Callable[..., Any]"
    if isinstance(hint, type) and hasattr(hint, "_fields"):
        return "builtins.tuple[Tensor, ...]"
    return "Any"


def _same(a: Any, b: Any) -> bool:
    return typing.get_origin(a) is typing.Union and a == b


def _union(members: Sequence[Any]) -> str:
    texts = list(dict.fromkeys(map(type_text, members)))
    if "Any" in texts:
        return "Any"
    numbers = [f"builtins.{n}" for n in ("int", "float", "complex")]
    if all(n in texts for n in numbers):
        texts = [t for t in texts if t not in numbers]
        texts.insert(1 if texts[:1] == ["Tensor"] else 0, "_Number")
    return " | ".join(texts)


def _hints(fn: Callable) -> dict[str, Any]:
    op = getattr(fn, "op", None)
    try:
        return typing.get_type_hints(op.kernel if isinstance(op, Op) else fn)
    except NameError:  # a name that only type checkers import
        return {}


def _default(value: Any) -> str:
    plain = value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and abs(value) < 1e300)
    return repr(value) if plain else "..."


# Functions --------------------------------------------------------------------------------------------------------
def _parameter(p: inspect.Parameter, hint: str) -> str:
    stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
    return f"{stars}{p.name}: {hint}" + ("" if p.default is p.empty else f" = {_default(p.default)}")


def signatures(name: str, fn: Callable, method: bool = False) -> list[str]:
    """The parameter lists and result types of a function; several if it is overloaded.

    Args:
      name: The name it is published as.
      fn: The function.
      method: Whether it is a method of Tensor.
    """
    fixed = (_METHOD_OVERLOADS if method else _FUNCTION_OVERLOADS).get(name) or _OVERLOADS.get(name)
    if fixed:
        return [text.format("self" if method else _INPUT) for text in fixed]
    op = getattr(fn, "op", None)
    hints = _hints(fn)
    parameters = list(inspect.signature(fn).parameters.values())
    if method and name in _BINARY and len(parameters) > 1:
        return ["(self, other: Tensor | _Number) -> Tensor"]
    texts, keyword_only = [], False
    for i, p in enumerate(parameters):
        hint = type_text(hints.get(p.name, p.annotation))
        if hint == "Any" and p.kind is not p.VAR_KEYWORD:
            hint = "Tensor" if i == 0 and p.name in ("input", "self") else _BY_NAME.get(p.name, "Any")
        if p.kind is p.KEYWORD_ONLY and not keyword_only:
            texts.append("*")
        keyword_only = keyword_only or p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        texts.append("self" if method and i == 0 else _parameter(p, hint))
    result = _result(name, fn, hints)
    if not isinstance(op, Op) or name.startswith("__"):
        return _by_indices(texts, result) if result == "Any" else [f"({', '.join(texts)}) -> {result}"]
    extra = _numpy_names(op, hints)
    if not name.endswith("_"):
        extra.append("out: Any = None")
    joined = texts + ([] if keyword_only or not extra else ["*"]) + extra
    made = [f"({', '.join(joined)}) -> {result}"]
    if op.varargs:
        at = next(i for i, t in enumerate(texts) if t.startswith(op.varargs + ":"))
        made.append(f"({', '.join([*texts[:at], f'*{op.varargs}: builtins.int'])}) -> {result}")
    return made


def _result(name: str, fn: Callable, hints: Mapping[str, Any]) -> str:
    op = getattr(fn, "op", None)
    if isinstance(op, Op) and op.returns is not None:
        return f"_return_types.{op.returns.__name__}"
    result = type_text(hints.get("return", Any))
    if result == "Any" and name in _TENSOR:
        return "Tensor"
    return "builtins.tuple[Tensor, ...]" if result == "Any" and name in _TENSORS else result


def _numpy_names(op: Op, hints: Mapping[str, Any]) -> list[str]:
    """``axis`` and ``keepdims``, which stand for ``dim`` and ``keepdim`` when these may be left out."""
    names = {"dim": "axis", "keepdim": "keepdims"}
    return [f"{names[p.name]}: {type_text(hints[p.name])} = ..." for p in op.params
            if p.name in names and p.default is not inspect.Parameter.empty]


def _by_indices(texts: list[str], result: str) -> list[str]:
    """A pooling function gives indices, too, if asked."""
    asked = "return_indices: builtins.bool = False"
    if asked not in texts:
        return [f"({', '.join(texts)}) -> {result}"]
    rest = [t for t in texts if t != asked]
    return [f"({', '.join([*rest, 'return_indices: Literal[False] = False'])}) -> Tensor",
            f"({', '.join([*rest, '*', 'return_indices: Literal[True]'])}) -> builtins.tuple[Tensor, Tensor]"]


def function(name: str, fn: Callable, indent: str = "", method: bool = False) -> list[str]:
    """The lines of a function."""
    made = signatures(name, fn, method)
    ignore = "  # type: ignore[override]" if name in ("__eq__", "__ne__") else ""
    summary = (fn.__doc__ or "").strip().partition("\n")[0]
    lines = []
    for i, signature in enumerate(made):
        if len(made) > 1:
            lines.append(f"{indent}@overload")
        if i == 0 and summary and not set(summary) & {"\\", '"'}:
            lines += [f"{indent}def {name}{signature}:{ignore}", f'{indent}    """{summary}"""']
        else:
            lines.append(f"{indent}def {name}{signature}: ...{ignore}")
    return lines


def value(name: str, x: Any) -> list[str]:
    """The lines of a name of a module."""
    if isinstance(x, Placeholder):
        return [f"{name}: Any"]
    if isinstance(x, types.FunctionType):
        return function(name, x)
    if isinstance(x, type):
        if x.__module__ == "builtins":
            return [f"{name} = builtins.{x.__name__}"]
        if issubclass(x, Tensor):
            return [f"{name}: builtins.type[Tensor]"]
        home = x.__module__.startswith(("compat.", "funcgrad."))
        return [f"from {x.__module__} import {x.__name__} as {name}" if home else f"{name}: builtins.type[Any]"]
    return [f"{name}: {type_text(str if isinstance(x, str) else type(x))}"]  # the version is a text of its own class


# Source -----------------------------------------------------------------------------------------------------------
class _Qualify(ast.NodeTransformer):
    """Names of types as the stubs write them."""

    own = {"dtype": "_DType", "device": "_Device", "layout": "_Layout", "Size": "_Size"}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A name: a builtin's in full, a property's class by its other name."""
        if isinstance(getattr(builtins, node.id, None), type):
            return ast.Name(f"builtins.{node.id}")
        return ast.Name(self.own.get(node.id, node.id))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """``_dtype.dtype``."""
        return ast.Name(self.own["dtype"]) if ast.unparse(node) == "_dtype.dtype" else node


def _declaration(node: ast.FunctionDef, indent: str) -> list[str]:
    """A function of the source without its body."""
    if node.name in _OVERLOADS and indent:
        texts = _OVERLOADS[node.name]
        return [f"{indent}{line}" for text in texts
                for line in (*["@overload"][:len(texts) - 1], f"def {node.name}{text.format('self')}: ...")]
    arguments = node.args
    for i, default in enumerate(arguments.defaults):
        arguments.defaults[i] = default if isinstance(default, ast.Constant) else ast.Constant(...)
    head = f"def {node.name}({ast.unparse(_Qualify().visit(arguments))})"
    returns = f" -> {ast.unparse(_Qualify().visit(node.returns))}" if node.returns else ""
    lines = [f"{indent}@{ast.unparse(d)}" for d in node.decorator_list]
    doc = (ast.get_docstring(node) or "").partition("\n")[0]
    if doc and not set(doc) & {"\\", '"'}:
        return [*lines, f"{indent}{head}{returns}:", f'{indent}    """{doc}"""']
    return [*lines, f"{indent}{head}{returns}: ..."]


def _property(name: str, where: property, indent: str) -> list[str]:
    kind = "builtins.bool" if name.startswith("is_") else "Tensor" if name in ("T", "mT", "H", "mH", "real", "imag") \
        else "Any"
    lines = [f"{indent}@property", f"{indent}def {name}(self) -> {kind}: ..."]
    return lines + ([f"{indent}@{name}.setter", f"{indent}def {name}(self, value: Any) -> None: ..."]
                    if where.fset or name in ("real", "imag") else [])


def _assigned(node: ast.Assign | ast.AnnAssign, indent: str) -> list[str]:
    """A constant of the source."""
    if isinstance(node, ast.AnnAssign):
        return [f"{indent}{ast.unparse(node.target)}: {ast.unparse(_Qualify().visit(node.annotation))}"]
    names = [t.id for t in node.targets if isinstance(t, ast.Name)]
    if indent:
        names = [n for n in names if n not in ("__module__", "__slots__")]
        made = [(n, vars(Tensor).get(n)) for n in names]
    else:
        made = [(n, vars(tensor_module).get(n)) for n in names]
    lines = []
    for n, x in made:
        if isinstance(x, property):
            lines += _property(n, x, indent)
        elif isinstance(node.value, ast.Name):
            lines.append(f"{indent}{n} = {node.value.id}")
        elif n == "__hash__":
            lines.append(f"{indent}def __hash__(self) -> builtins.int: ...")
        else:
            lines.append(f"{indent}{n}: {'Any' if callable(x) else type_text(type(x))}")
    return lines


def _body(nodes: Iterable[ast.stmt], indent: str = "") -> tuple[list[str], set[str]]:
    """The declarations of a module or class, and the names they define."""
    lines: list[str] = []
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            lines += _declaration(node, indent)
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if all(isinstance(t, ast.Name) for t in targets):
                lines += _assigned(node, indent)
                names |= {t.id for t in targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", "") != "__future__":
            lines.append(ast.unparse(node))
    return lines, names


def _source(module: types.ModuleType) -> ast.Module:
    return ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))


def _public_imports(module: types.ModuleType) -> tuple[list[str], set[str]]:
    """The imports of a module that publish a name under itself."""
    lines, names = [], set()
    for node in _source(module).body:
        if isinstance(node, ast.ImportFrom):
            found = [a.name for a in node.names if a.asname == a.name]
            lines += [f"from {node.module} import {n} as {n}" for n in found]
            names |= set(found)
    return lines, names


# Stubs ------------------------------------------------------------------------------------------------------------
def tensor_stub() -> str:
    """The Tensor class and what else its module defines."""
    body = _source(tensor_module).body
    at = next(i for i, node in enumerate(body) if isinstance(node, ast.ClassDef) and node.name == "Tensor")
    made = typing.cast(ast.ClassDef, body[at])
    before, after = _body(body[:at])[0], _body(body[at + 1:])[0]
    inside, names = _body(made.body, "    ")
    derived: list[str] = []
    for name in sorted(set(vars(Tensor)) - names):
        x = vars(Tensor)[name]
        if isinstance(x, property):
            derived += _property(name, x, "    ")
        elif isinstance(x, types.FunctionType) and (name in METHODS or not name.startswith("_") or name in
                                                    _METHOD_OVERLOADS):
            derived += function(name, x, "    ", method=True)
    doc = f'    """{(ast.get_docstring(made) or "").partition(chr(10))[0]}"""'
    return "\n".join([HEADER + PREAMBLE, *before, ALIASES, "class Tensor:", doc, *inside, *derived, "", *after, ""])


def _module_stub(module: types.ModuleType, skip: Iterable[str] = ()) -> str:
    """A module: its own public imports, then every other public name."""
    lines, names = _public_imports(module) if getattr(module, "__file__", None) else ([], set())
    rest = []
    for name in sorted(set(vars(module)) - names - set(skip)):
        x = vars(module)[name]
        if name.startswith("_") and name != "__version__":
            continue
        if isinstance(x, types.ModuleType):
            written = f"{module.__name__}.{name}".removeprefix("compat.") in NAMESPACES
            rest += [f"from {module.__name__} import {name} as {name}" if written else f"{name}: Any"]
        else:
            rest += value(name, x)
    own = "" if "Tensor" in names else IMPORT_TENSOR
    return "\n".join([HEADER + PREAMBLE + own, *lines, ALIASES, *rest, ""])


def _return_types_stub() -> str:
    lines = ["from typing import Any, NamedTuple", "", IMPORT_TENSOR]
    for name in sorted(return_types.__all__):
        lines += [f"class {name}(NamedTuple):", *(f"    {f}: Tensor" for f in vars(return_types)[name]._fields)]
    return "\n".join([HEADER + lines[0], *lines[1:], ""])


def stubs() -> dict[str, str]:
    """The stubs' texts by their paths in the package."""
    made = {"__init__.pyi": _module_stub(compat, skip=("annotations",)), "_tensor/tensor.pyi": tensor_stub(),
            "nn/functional.pyi": _module_stub(functional, skip=("Any", "Callable", "NoReturn", "namespace", "ops",
                                                                "annotations")),
            "return_types.pyi": _return_types_stub()}
    for name in NAMESPACES:
        module = compat
        for part in name.split("."):
            module = getattr(module, part)
        package = any(other.startswith(name + ".") for other in NAMESPACES)
        made[name.replace(".", "/") + ("/__init__.pyi" if package else ".pyi")] = _module_stub(module)
    return made


def main() -> None:
    """Write all stubs."""
    for path, text in stubs().items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
