"""Reading a program: which names of PyTorch it uses, and where.

Statements are followed in their order, branches are joined, and bodies of functions come last, when what stands around
them is known. Nothing is run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from compat import _foreign
from compat._doctor.answers import exported
from compat._doctor.expressions import Expressions
from compat._doctor.scopes import ATensor, Checked, Scope, Torch, Value, either
from compat._doctor.sources import Source

ROOTS = ("torch", "compat")


class Scanner(Expressions):
    """Follows the statements of one file.

    Args:
      source: The file.
      number: Its number among those that are checked.
      program: All of them.
    """

    def __init__(self, source: Source, number: int, program: Program) -> None:
        super().__init__(source)
        self.number, self.program = number, program
        self.later: list[Callable[[], None]] = []

    def run(self) -> None:
        """Read the file."""
        self.block(self.source.tree.body)
        while self.later:
            self.later.pop(0)()

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Follow statements."""
        for statement in statements:
            handler = getattr(self, f"on_{type(statement).__name__}", None)
            if handler is None:
                self.children(statement)
            else:
                handler(statement)

    # Imports ----------------------------------------------------------------------------------------------------
    def on_Import(self, node: ast.Import) -> None:  # noqa: N802 - named after the node, as all of these
        """``import torch.nn as nn``."""
        for alias in node.names:
            root = alias.name.partition(".")[0]
            if root in ROOTS:
                name = "torch" + alias.name.removeprefix(root)
                if name != "torch":
                    self.use(name, alias, "import")
                self.scope.bind(alias.asname or root, Torch(name if alias.asname else "torch"))
                continue
            if root in _foreign.PACKAGES:
                self.use(root, alias, "import")
            found = self.program.module(self.source, alias.name if alias.asname else root)
            self.scope.bind(alias.asname or root, found)

    def on_ImportFrom(self, node: ast.ImportFrom) -> None:  # noqa: N802
        """``from torch import nn``."""
        module = node.module or ""
        root = module.partition(".")[0]
        if node.level == 0 and root in ROOTS:
            self._from_torch("torch" + module.removeprefix(root), node)
            return
        if node.level == 0 and root in _foreign.PACKAGES:
            self.use(root, node, "import")
        found = self.program.module(self.source, module, node.level)
        for alias in node.names:
            if alias.name == "*":
                if found is not None:
                    there = self.program.scope(found)
                    self.scope.names.update({k: v for k, v in there.names.items() if not k.startswith("_")})
                    self.scope.stars += there.stars
                continue
            value = None if found is None else self.program.member(found, alias.name)
            if value is None:
                value = self.program.module(self.source, f"{module}.{alias.name}".lstrip("."), node.level)
            self.scope.bind(alias.asname or alias.name, value)

    def _from_torch(self, module: str, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.scope.stars.append(module)
                self.use(module, node, "import")
            else:
                self.use(f"{module}.{alias.name}", alias, "import")
                self.scope.bind(alias.asname or alias.name, Torch(f"{module}.{alias.name}"))

    def member(self, module: Checked, name: str) -> Value:
        """What a module of the program has by a name."""
        return self.program.member(module, name)

    # Names that are bound -----------------------------------------------------------------------------------------
    def on_Assign(self, node: ast.Assign) -> None:  # noqa: N802
        """``F = torch.nn.functional``."""
        targets = [t for t in node.targets if isinstance(t, ast.Tuple | ast.List)]
        if targets and isinstance(node.value, ast.Tuple | ast.List):
            values = [self.value(e) for e in node.value.elts]
            for target in node.targets:
                self._unpack(target, values)
            return
        value = self.value(node.value)
        for target in node.targets:
            self.assign(target, value)

    def _unpack(self, target: ast.expr, values: list[Value]) -> None:
        if isinstance(target, ast.Tuple | ast.List) and len(target.elts) == len(values):
            for each, value in zip(target.elts, values, strict=True):
                self.assign(each, value)
        else:
            self.assign(target, None)

    def on_AnnAssign(self, node: ast.AnnAssign) -> None:  # noqa: N802
        """``x: torch.Tensor = f()``."""
        declared = self.annotation(node.annotation)
        value = self.value(node.value) if node.value is not None else None
        self.assign(node.target, value or declared)

    def on_AugAssign(self, node: ast.AugAssign) -> None:  # noqa: N802
        """``x += y``: a tensor stays one."""
        self.value(node.value)
        if not isinstance(node.target, ast.Name):
            self.assign(node.target, None)

    def on_Delete(self, node: ast.Delete) -> None:  # noqa: N802
        """``del x``."""
        for target in node.targets:
            self.assign(target, None)

    def on_Global(self, node: ast.Global) -> None:  # noqa: N802
        """``global x``."""
        self.scope.of_module.update(node.names)

    # Branches -----------------------------------------------------------------------------------------------------
    def branches(self, *blocks: Sequence[ast.stmt]) -> None:
        """Blocks of which one runs."""
        before, after = self.scope.names, None
        for block in blocks:
            self.scope.names = dict(before)
            self.block(block)
            leaves = bool(block) and isinstance(block[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)
            if not leaves:
                after = self.scope.names if after is None else either(after, self.scope.names)
        self.scope.names = before if after is None else after

    def on_If(self, node: ast.If) -> None:  # noqa: N802
        """Either branch."""
        self.value(node.test)
        self.branches(node.body, node.orelse)

    def on_Try(self, node: ast.Try) -> None:  # noqa: N802
        """The body, or a handler."""
        for handler in node.handlers:
            if handler.type is not None:
                self.annotation(handler.type)
            if handler.name is not None:
                self.scope.bind(handler.name, None)
        self.branches([*node.body, *node.orelse], *[h.body for h in node.handlers])
        self.block(node.finalbody)

    on_TryStar = on_Try  # noqa: N815

    def on_Match(self, node: ast.Match) -> None:  # noqa: N802
        """One of the cases."""
        self.value(node.subject)
        for case in node.cases:
            self.patterns(case)
        self.branches(*[case.body for case in node.cases], [])

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        # a name that the loop assigns is something else in its second round
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                if isinstance(self.scope.look_up(inner.id)[1], ATensor):
                    self.scope.bind(inner.id, None)
        self.branches(node.body, [])
        self.block(node.orelse)

    def on_For(self, node: ast.For | ast.AsyncFor) -> None:  # noqa: N802
        """A loop."""
        self.value(node.iter)
        self.assign(node.target, None)
        self._loop(node)

    on_AsyncFor = on_For  # noqa: N815

    def on_While(self, node: ast.While) -> None:  # noqa: N802
        """A loop."""
        self.value(node.test)
        self._loop(node)

    def on_With(self, node: ast.With | ast.AsyncWith) -> None:  # noqa: N802
        """A block with contexts."""
        for item in node.items:
            self.value(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, None)
        self.block(node.body)

    on_AsyncWith = on_With  # noqa: N815

    # Functions and classes ------------------------------------------------------------------------------------------
    def on_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:  # noqa: N802
        """A function: its body is read last."""
        for expression in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.value(expression)
        parameters = self.parameters(node.args)
        if node.returns is not None:
            self.annotation(node.returns)
        self.scope.bind(node.name, None)
        around = self.scope

        def body() -> None:
            self.scope = Scope("function", around, dict(parameters))
            self.block(node.body)

        self.later.append(body)

    on_AsyncFunctionDef = on_FunctionDef  # noqa: N815

    def on_ClassDef(self, node: ast.ClassDef) -> None:  # noqa: N802
        """A class: its body runs at once."""
        for expression in (*node.decorator_list, *node.bases, *[k.value for k in node.keywords]):
            self.value(expression)
        self.scope.bind(node.name, None)
        self.scope = Scope("class", self.scope)
        self.block(node.body)
        assert self.scope.above is not None
        self.scope = self.scope.above


class Program:
    """The files that are checked, which may import one another.

    Args:
      sources: The files.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._scanners = [Scanner(source, i, self) for i, source in enumerate(sources)]
        self._by_path = {source.path: i for i, source in enumerate(sources)}
        self._begun: set[int] = set()

    def run(self) -> list[Scanner]:
        """Reads all of them."""
        for i in range(len(self._scanners)):
            self._read(i)
        return self._scanners

    def _read(self, number: int) -> Scanner:
        scanner = self._scanners[number]
        if number not in self._begun:  # else it is read, or importing us in a circle
            self._begun.add(number)
            try:
                scanner.run()
            except RecursionError:
                scanner.source.error = "an expression is nested too deeply to be followed", 1
        return scanner

    def module(self, importer: Source, name: str, level: int = 0) -> Checked | None:
        """The file that an import means: beside the importing one, or below a folder above it."""
        folder = importer.path.parent
        folders = [folder, *folder.parents][:12] if level == 0 else [folder, *folder.parents][level - 1 : level]
        parts = [p for p in name.split(".") if p]
        for start in folders:
            base = start.joinpath(*parts)
            for path in (base.with_suffix(".py"), base / "__init__.py") if parts else (base / "__init__.py",):
                number = self._by_path.get(path)
                if number is not None and path != importer.path:
                    return Checked(number)
        return None

    def scope(self, module: Checked) -> Scope:
        """The names of a file."""
        return self._read(module.source).outer

    def member(self, module: Checked, name: str) -> Value:
        """What a name of a file stands for."""
        there = self.scope(module)
        if name in there.names:
            return there.names[name]
        for star in there.stars:
            if exported(star, name):
                return Torch(f"{star}.{name}")
        return None
