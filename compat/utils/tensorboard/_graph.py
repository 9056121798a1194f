"""A module's graph for TensorBoard: what its backward pass would visit, in the scopes of its modules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tensorboardX.proto.attr_value_pb2 import AttrValue
from tensorboardX.proto.graph_pb2 import GraphDef
from tensorboardX.proto.node_def_pb2 import NodeDef
from tensorboardX.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboardX.proto.versions_pb2 import VersionDef

from compat._autograd.modes import enable_grad
from compat._tensor.tensor import Tensor
from compat.nn.modules.module import Module


def tensors(value: Any) -> Iterator[Tensor]:
    """The tensors of a nest of lists, tuples and dictionaries, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors(item)


def graph_of(model: Module, inputs: Any) -> GraphDef:
    """Run a module once and draw what it did.

    Args:
      model: The module.
      inputs: Its argument, or a list or tuple of its arguments.

    Returns:
      The graph: inputs, parameters, operations by the names of their backward functions, outputs. Integer inputs have
      no edges, since no gradient flows to them.

    Raises:
      RuntimeError: if the module cannot be run on the inputs.
    """
    given = tuple(inputs) if isinstance(inputs, list | tuple) else (inputs,)
    given = tuple(_watched(x) for x in given)
    drawing = _Drawing(model)
    leaves = [leaf for leaf in tensors(given)]
    handles = [module.register_forward_hook(drawing.scope(name)) for name, module in model.named_modules()]
    was_training = {module: module.training for module in model.modules()}
    model.eval()  # nothing of the model changes by being drawn
    try:
        with enable_grad():
            result = model(*given)
    finally:
        for module, training in was_training.items():
            module.training = training
        for handle in handles:
            handle.remove()
    return drawing.proto(leaves, list(tensors(result)))


def _watched(value: Any) -> Any:
    """Inputs through which gradients flow, so that the graph begins with them."""
    if isinstance(value, Tensor):
        copy = value.detach()
        return copy.requires_grad_() if copy.is_floating_point() or copy.is_complex() else copy
    if isinstance(value, dict):
        return {name: _watched(item) for name, item in value.items()}
    return type(value)(_watched(item) for item in value) if type(value) in (list, tuple) else value


class _Drawing:
    """Which module each node of the autograd graph belongs to.

    Args:
      model: The module that is drawn.
    """

    def __init__(self, model: Module) -> None:
        self.model = model
        self.nodes: list[Any] = []  # kept alive, so that an id is a node's own
        self.scopes: dict[int, str] = {}
        self.paths = {name: self._path(name) for name, _ in model.named_modules()}

    def _path(self, name: str) -> str:
        """``Net/Sequential[body]/Linear[0]`` of ``body.0``."""
        parts, module = [type(self.model).__name__], self.model
        for part in filter(None, name.split(".")):
            module = module.get_submodule(part)
            parts.append(f"{type(module).__name__}[{part}]")
        return "/".join(parts)

    def scope(self, name: str) -> Any:
        """A hook after a module's forward: nodes that nobody has claimed yet are its own; inner modules come first."""
        path = self.paths[name]

        def claim(module: Module, args: Any, result: Any) -> None:
            stop = {id(t.grad_fn) for t in tensors(args) if t.grad_fn is not None}
            pending = [t.grad_fn for t in tensors(result) if t.grad_fn is not None]
            while pending:
                node = pending.pop()
                if id(node) in stop or id(node) in self.scopes or hasattr(node, "variable"):
                    continue
                self.scopes[id(node)] = path
                self.nodes.append(node)
                pending += [following for following, _ in node.next_functions if following is not None]

        return claim

    def proto(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> GraphDef:
        """The graph as TensorBoard reads it."""
        names: dict[int, str] = {}
        made: list[NodeDef] = []
        known = {id(t): name for name, t in self.model.named_parameters()}
        places = {id(t): f"input/input.{i}" for i, t in enumerate(inputs)}
        made += [_node(places[id(t)], "IO Node", [], t.shape) for t in inputs]
        count: Counter[str] = Counter()

        def leaf(variable: Tensor) -> str:
            if id(variable) in places:
                return places[id(variable)]
            name = known.get(id(variable), f"constant.{len(places)}")
            module, _, last = name.rpartition(".")
            places[id(variable)] = f"{self.paths.get(module, self.paths[''])}/{last}"
            made.append(_node(places[id(variable)], "Parameter", [], variable.shape))
            return places[id(variable)]

        def name_of(node: Any) -> str:
            if hasattr(node, "variable"):
                return leaf(node.variable)
            if id(node) not in names:
                kind = node.name().removesuffix("0").removesuffix("Backward")
                base = f"{self.scopes.get(id(node), self.paths[''])}/{kind}"
                names[id(node)] = base if not count[base] else f"{base}_{count[base]}"
                count[base] += 1
            return names[id(node)]

        for node in reversed(self.nodes):
            sources = [name_of(source) for source, _ in node.next_functions if source is not None]
            made.append(_node(name_of(node), node.name().removesuffix("0").removesuffix("Backward"), sources, None))
        for i, t in enumerate(outputs):
            if t.grad_fn is not None:
                sources = [name_of(t.grad_fn)]
            else:
                sources = [places[id(t)]] if id(t) in places else []
            made.append(_node(f"output/output.{i + 1}", "IO Node", sources, t.shape))
        return GraphDef(node=made, versions=VersionDef(producer=22))


def _node(name: str, op: str, sources: list[str], shape: Sequence[int] | None) -> NodeDef:
    attributes = {}
    if shape is not None:
        dims = TensorShapeProto(dim=[TensorShapeProto.Dim(size=n) for n in shape])
        attributes["_output_shapes"] = AttrValue(list=AttrValue.ListValue(shape=[dims]))
    return NodeDef(name=name, op=op, input=sources, attr=attributes)
