"""Nested containers (`torch.utils._pytree`): lists, tuples, named tuples and dictionaries, in insertion order.

None is a leaf. These are not JAX's pytrees: JAX sorts dictionaries by key and has no leaf where there is None.
"""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

Flatten = Callable[[Any], tuple[Iterable[Any], Any]]
Unflatten = Callable[[Iterable[Any], Any], Any]


class NodeDef(NamedTuple):
    """How a container is taken apart and put together."""

    flatten_fn: Flatten
    unflatten_fn: Unflatten


SUPPORTED_NODES: dict[type, NodeDef] = {
    list: NodeDef(lambda x: (list(x), None), lambda items, _: list(items)),
    tuple: NodeDef(lambda x: (list(x), None), lambda items, _: tuple(items)),
    dict: NodeDef(lambda x: (list(x.values()), list(x)), lambda items, keys: dict(zip(keys, items, strict=True))),
    OrderedDict: NodeDef(lambda x: (list(x.values()), list(x)),
                         lambda items, keys: OrderedDict(zip(keys, items, strict=True))),
    defaultdict: NodeDef(lambda x: (list(x.values()), (x.default_factory, list(x))),
                         lambda items, c: defaultdict(c[0], zip(c[1], items, strict=True))),
    deque: NodeDef(lambda x: (list(x), x.maxlen), lambda items, maxlen: deque(items, maxlen=maxlen)),
}
_NAMEDTUPLE = NodeDef(lambda x: (list(x), type(x)), lambda items, cls: cls(*items))


@dataclass(frozen=True)
class TreeSpec:
    """The structure of a tree without its leaves.

    Attributes:
      type: The container's type; None for a leaf.
      context: What its node definition needs besides the items.
      children_specs: The items' structures.
    """

    type: Any
    context: Any
    children_specs: tuple["TreeSpec", ...]

    @property
    def num_leaves(self) -> int:
        """How many leaves a tree of this structure has."""
        return 1 if self.type is None else sum(child.num_leaves for child in self.children_specs)

    @property
    def num_children(self) -> int:
        """How many items the outermost container has."""
        return len(self.children_specs)

    def is_leaf(self) -> bool:
        """Whether it is the structure of a leaf."""
        return self.type is None

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """Put a tree together; see `tree_unflatten`."""
        return tree_unflatten(leaves, self)

    def __repr__(self) -> str:
        if self.type is None:
            return "*"
        inner = ", ".join(map(repr, self.children_specs))
        return f"TreeSpec({self.type.__name__}, {self.context}, [{inner}])"


_LEAF = TreeSpec(None, None, ())


def register_pytree_node(cls: type, flatten_fn: Flatten, unflatten_fn: Unflatten, **names: Any) -> None:
    """Let trees contain a further kind of container.

    Args:
      cls: Its type.
      flatten_fn: From a container to its items and a context.
      unflatten_fn: From items and context to a container.
      **names: Accepted; for serialisation in PyTorch.

    Raises:
      ValueError: if it is known already.
    """
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node. Overwriting a previous registration is not "
                         "allowed.")
    SUPPORTED_NODES[cls] = NodeDef(flatten_fn, unflatten_fn)


def _definition(tree: Any) -> NodeDef | None:
    cls = type(tree)
    if cls in SUPPORTED_NODES:
        return SUPPORTED_NODES[cls]
    return _NAMEDTUPLE if isinstance(tree, tuple) and hasattr(tree, "_fields") else None


def tree_flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], TreeSpec]:
    """Take a tree apart.

    Args:
      tree: The tree.
      is_leaf: Says of a container that it shall be a leaf.

    Returns:
      The leaves, depth first, and the structure.
    """
    leaves: list[Any] = []

    def walk(node: Any) -> TreeSpec:
        definition = None if is_leaf is not None and is_leaf(node) else _definition(node)
        if definition is None:
            leaves.append(node)
            return _LEAF
        items, context = definition.flatten_fn(node)
        return TreeSpec(type(node), context, tuple(walk(item) for item in items))

    return leaves, walk(tree)


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> Any:
    """Put a tree together.

    Args:
      leaves: As many as the structure has.
      treespec: The structure.

    Returns:
      The tree.

    Raises:
      ValueError: if the number of leaves is another.
    """
    leaves = list(leaves)
    if len(leaves) != treespec.num_leaves:
        raise ValueError(f"tree_unflatten(leaves, treespec): `leaves` has length {len(leaves)} but the spec refers to "
                         f"a pytree that holds {treespec.num_leaves} items ({treespec}).")
    rest = iter(leaves)

    def build(spec: TreeSpec) -> Any:
        if spec.type is None:
            return next(rest)
        definition = SUPPORTED_NODES.get(spec.type, _NAMEDTUPLE)
        return definition.unflatten_fn([build(child) for child in spec.children_specs], spec.context)

    return build(treespec)


def tree_leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """The leaves of a tree, depth first."""
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> TreeSpec:
    """The structure of a tree."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """Apply a function to every leaf.

    Args:
      func: Takes a leaf of each tree.
      tree: The tree whose structure the result has.
      *rests: Further trees of the same structure.
      is_leaf: Says of a container that it shall be a leaf.

    Returns:
      The tree of results.
    """
    leaves, spec = tree_flatten(tree, is_leaf)
    others = [tree_flatten(rest, is_leaf)[0] for rest in rests]
    return tree_unflatten(map(func, leaves, *others), spec)


def tree_map_only(kind: Any, func: Callable[[Any], Any], tree: Any,
                  is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """Apply a function to the leaves of some types; other leaves stay.

    Args:
      kind: A type or a tuple of types.
      func: Takes a leaf.
      tree: The tree.
      is_leaf: Says of a container that it shall be a leaf.

    Returns:
      The tree of results.
    """
    return tree_map(lambda leaf: func(leaf) if isinstance(leaf, kind) else leaf, tree, is_leaf=is_leaf)


def tree_all(pred: Callable[[Any], bool], tree: Any) -> bool:
    """Whether a predicate holds for all leaves."""
    return all(map(pred, tree_leaves(tree)))


def tree_any(pred: Callable[[Any], bool], tree: Any) -> bool:
    """Whether a predicate holds for some leaf."""
    return any(map(pred, tree_leaves(tree)))


def broadcast_to_and_flatten(tree: Any, treespec: TreeSpec) -> list[Any] | None:
    """The leaves of a tree that is a prefix of a structure, each repeated for what hangs below it there.

    Args:
      tree: The prefix.
      treespec: The structure.

    Returns:
      As many leaves as the structure has, or None.
    """
    definition = _definition(tree)
    if definition is None:
        return [tree] * treespec.num_leaves
    if treespec.type is not type(tree):
        return None
    items, context = definition.flatten_fn(tree)
    items = list(items)
    if len(items) != treespec.num_children or context != treespec.context:
        return None
    result: list[Any] = []
    for item, child in zip(items, treespec.children_specs, strict=True):
        part = broadcast_to_and_flatten(item, child)
        if part is None:
            return None
        result += part
    return result
