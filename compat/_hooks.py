"""Handles that take a registered hook away again; `compat.utils.hooks` is their public place."""

import itertools
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])


class RemovableHandle:
    """What registering a hook returns: `remove()`, or the end of a `with` block, unregisters it.

    The handle knows the dictionary of hooks by weak reference only, so it keeps neither the module nor the
    optimizer alive. Ids come from one counter for the whole process: a hook may sit in several dictionaries.

    Args:
      hooks_dict: The dictionary that will hold the hook under `handle.id`; it must be weakly referenceable.
      extra_dict: Further dictionaries (one, or a list of them) that forget the same id on removal.

    Example:
      >>> from collections import OrderedDict
      >>> hooks = OrderedDict()
      >>> handle = RemovableHandle(hooks)
      >>> hooks[handle.id] = print
      >>> handle.remove()
      >>> len(hooks)
      0
    """

    _ids = itertools.count()

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        extras = [] if extra_dict is None else [extra_dict] if isinstance(extra_dict, dict) else extra_dict
        self.id = next(RemovableHandle._ids)
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.extra_dict_ref = tuple(weakref.ref(extra) for extra in extras)

    def remove(self) -> None:
        """Unregister the hook; nothing happens when it is gone already."""
        for reference in (self.hooks_dict_ref, *self.extra_dict_ref):
            registry = reference()
            if registry is not None:
                registry.pop(self.id, None)

    def __getstate__(self) -> tuple[Any, ...]:
        return self.hooks_dict_ref(), self.id, tuple(reference() for reference in self.extra_dict_ref)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        registry, self.id, extras = state
        self.hooks_dict_ref = weakref.ref(OrderedDict() if registry is None else registry)
        self.extra_dict_ref = tuple(weakref.ref(extra) for extra in extras if extra is not None)

    def __enter__(self) -> "RemovableHandle":
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def register(hooks: OrderedDict[int, Any], hook: Any) -> RemovableHandle:
    """Put a hook into a dictionary of hooks.

    Args:
      hooks: The dictionary.
      hook: The hook.

    Returns:
      The handle that takes it out again.
    """
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def unserializable_hook(f: _F) -> _F:
    """Mark a tensor hook as one that is knowingly dropped when its tensor is pickled.

    Args:
      f: The hook.

    Returns:
      The same function.
    """
    f.__torch_unserializable__ = True  # pyright: ignore[reportFunctionMemberAccess]
    return f
