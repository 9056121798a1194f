"""What an expression stands for, as far as it concerns PyTorch; each is looked at once, and what it uses is noted."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence

from compat._doctor import answers
from compat._doctor.scopes import ATensor, Checked, Scope, Torch, Use, Value, join
from compat._doctor.sources import Source

_SCALARS = (ast.Is, ast.IsNot, ast.In, ast.NotIn)


class Expressions:
    """Evaluates expressions of one file.

    Attributes:
      source: The file.
      outer: The names of the module.
      scope: The names where we are.
      uses: What has been found.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.outer = self.scope = Scope("module")
        self.uses: list[Use] = []
        self._quiet = False  # inside an annotation, where a name is not used

    def member(self, module: Checked, name: str) -> Value:
        """What a module of the program has by a name."""
        raise NotImplementedError

    def use(self, name: str, node: ast.AST, how: str = "get", call: ast.Call | None = None) -> None:
        """Note a use."""
        keywords = [k for k in call.keywords if k.arg] if call else []
        telling = [k.arg for k in keywords if not (isinstance(k.value, ast.Constant) and not k.value.value)]
        line, column = _position(node)
        self.uses.append(Use(name, self.source, line, column + 1, how if not self._quiet else "type",
                             tuple([str(k.arg) for k in keywords]), tuple(map(str, telling))))

    def value(self, node: ast.expr, used: bool = True, call: ast.Call | None = None) -> Value:
        """What an expression stands for.

        Args:
          node: The expression.
          used: Whether it is the whole of a name: not the ``torch.nn`` of ``torch.nn.Linear``.
          call: The call whose function it is.
        """
        if isinstance(node, ast.Name):
            return self._name(node, used, call)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, used, call)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.BinOp):
            sides = self.value(node.left), self.value(node.right)
            return ATensor() if any(isinstance(s, ATensor) for s in sides) else None
        if isinstance(node, ast.Compare):
            sides = [self.value(s) for s in (node.left, *node.comparators)]
            plain = len(node.ops) > 1 or isinstance(node.ops[0], _SCALARS)
            return ATensor() if any(isinstance(s, ATensor) for s in sides) and not plain else None
        if isinstance(node, ast.UnaryOp):
            value = self.value(node.operand)
            return value if isinstance(value, ATensor) and not isinstance(node.op, ast.Not) else None
        if isinstance(node, ast.Subscript):
            value = self.value(node.value)
            self.value(node.slice)
            return value if isinstance(value, ATensor) else None
        if isinstance(node, ast.IfExp):
            self.value(node.test)
            return join(self.value(node.body), self.value(node.orelse))
        if isinstance(node, ast.NamedExpr):
            value = self.value(node.value)
            self.assign(node.target, value)
            return value
        if isinstance(node, ast.Lambda):
            self._inside(self.parameters(node.args), [node.body], defaults=node.args)
            return None
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            return self._comprehension(node)
        self.children(node)
        return None

    def children(self, node: ast.AST) -> None:
        """Look at all expressions directly below a node."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
            else:
                self.children(child)

    def _name(self, node: ast.Name, used: bool, call: ast.Call | None) -> Value:
        bound, value = self.scope.look_up(node.id)
        if not bound:
            value = self._from_star(node.id)
        if isinstance(value, Torch) and used and not answers.is_module(value.name):
            self.use(value.name, node, "call" if call else "get", call)
        return value

    def _from_star(self, name: str) -> Value:
        scope: Scope | None = self.scope
        while scope is not None:
            for module in reversed(scope.stars):
                # what compat lacks is in no list, and a builtin of that name is not PyTorch's
                if answers.exported(module, name) and not (module == "torch" and _hides_builtin(name)):
                    return Torch(f"{module}.{name}")
            scope = scope.above
        return None

    def _attribute(self, node: ast.Attribute, used: bool, call: ast.Call | None) -> Value:
        base = self.value(node.value, used=False)
        if isinstance(base, Torch):
            name = f"{base.name}.{node.attr}"
            if used:
                self.use(name, node, "call" if call else "get", call)
            return Torch(name)
        if isinstance(base, ATensor):
            self.use(f"torch.Tensor.{node.attr}", node, "call" if call else "get", call)
            kind = answers.tensor_attribute(node.attr)
            if kind == "tensor":
                return ATensor()
            return Torch(f"torch.Tensor.{node.attr}") if kind == "method" else None
        if isinstance(base, Checked):
            value = self.member(base, node.attr)
            if isinstance(value, Torch) and used and not answers.is_module(value.name):
                self.use(value.name, node, "call" if call else "get", call)
            return value
        return None

    def _call(self, node: ast.Call) -> Value:
        named = self._named_by_getattr(node)
        if named is not None:
            self.use(named, node)
            return Torch(named)
        function = self.value(node.func, call=node)
        asks = isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "issubclass") and len(node.args) == 2
        for i, argument in enumerate(node.args):
            if asks and i == 1:
                self.annotation(argument)
            else:
                self.value(argument)
        for keyword in node.keywords:
            self.value(keyword.value)
        return ATensor() if isinstance(function, Torch) and answers.returns_tensor(function.name) else None

    def _named_by_getattr(self, node: ast.Call) -> str | None:
        """The name in ``getattr(torch, "name")``."""
        if not (isinstance(node.func, ast.Name) and node.func.id == "getattr" and len(node.args) == 2):
            return None
        owner, name = node.args
        named = isinstance(name, ast.Constant) and isinstance(name.value, str)
        if named and isinstance(owner, ast.Name | ast.Attribute):
            base = self.value(owner, used=False)
            if isinstance(base, Torch):
                return f"{base.name}.{name.value}"
        return None

    def annotation(self, node: ast.expr) -> Value:
        """An annotation, or the classes that ``isinstance`` asks for: a tensor if that is what it says."""
        before, self._quiet = self._quiet, True
        value = self.value(node)
        self._quiet = before
        return ATensor() if isinstance(value, Torch) and answers.is_tensor_class(value.name) else None

    def parameters(self, arguments: ast.arguments) -> dict[str, Value]:
        """What the parameters of a function stand for."""
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        packed = [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
        known = {a.arg: self.annotation(a.annotation) if a.annotation is not None else None for a in every}
        for a in packed:
            if a.annotation is not None:
                self.annotation(a.annotation)
        return {**known, **{a.arg: None for a in packed}}

    def _inside(self, names: dict[str, Value], body: Sequence[ast.expr], defaults: ast.arguments) -> None:
        for expression in (*defaults.defaults, *filter(None, defaults.kw_defaults)):
            self.value(expression)
        around = self.scope
        self.scope = Scope("function", around, names)
        for expression in body:
            self.value(expression)
        self.scope = around

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
        around = self.scope
        for i, generator in enumerate(node.generators):
            self.value(generator.iter)  # the first one belongs to the scope around
            if i == 0:
                self.scope = Scope("function", around)
            self.assign(generator.target, None)
            for test in generator.ifs:
                self.value(test)
        for expression in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.value(expression)
        self.scope = around
        return None

    def assign(self, target: ast.expr, value: Value) -> None:
        """Let a target stand for something."""
        if isinstance(target, ast.Name):
            self.scope.bind(target.id, value)
        elif isinstance(target, ast.Tuple | ast.List):
            for each in target.elts:
                self.assign(each, None)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, None)
        elif isinstance(target, ast.Attribute):
            base = self.value(target.value, used=False)
            if isinstance(base, Torch | ATensor):
                owner = base.name if isinstance(base, Torch) else "torch.Tensor"
                self.use(f"{owner}.{target.attr}", target, "set")
        elif isinstance(target, ast.Subscript):
            self.value(target.value)
            self.value(target.slice)

    def patterns(self, case: ast.match_case) -> None:
        """A case of ``match``: the classes it names, the names it binds, its condition."""
        for node in ast.walk(case.pattern):
            if isinstance(node, ast.MatchClass):
                self.annotation(node.cls)
            elif isinstance(node, ast.MatchValue):
                self.value(node.value)
            for name in (getattr(node, "name", None), getattr(node, "rest", None)):
                if isinstance(name, str):
                    self.scope.bind(name, None)
        if case.guard is not None:
            self.value(case.guard)


def _position(node: ast.AST) -> tuple[int, int]:
    """Where a name begins; for a method of a result, where the method's does."""
    if isinstance(node, ast.Attribute) and not _is_chain(node):
        return node.end_lineno or node.lineno, (node.end_col_offset or 0) - len(node.attr)
    return getattr(node, "lineno", 1), getattr(node, "col_offset", 0)


def _is_chain(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _hides_builtin(name: str) -> bool:
    """Whether ``from torch import *`` leaves a builtin alone: only types of Python, which torch does not export."""
    return name in ("bool", "float", "int", "complex", "type", "object") and hasattr(builtins, name)
