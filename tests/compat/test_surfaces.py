"""Every spelling of an operator has a name, a text and a signature, and pickles as the place where it is found."""

import importlib
import inspect
import pickle
import sys
import types
from collections.abc import Callable, Iterator

import pytest

import compat
from compat._ops.declare import FUNCTIONS, METHODS, NAMESPACES, TABLE


def spellings() -> Iterator[tuple[str, Callable]]:
    yield from ((f"torch.{name}", fn) for name, fn in FUNCTIONS.items())
    yield from ((f"Tensor.{name}", getattr(compat.Tensor, name)) for name in METHODS)
    for space, names in NAMESPACES.items():
        module = importlib.import_module(f"compat.{space}")
        # a namespace may publish an exception class, too
        yield from ((f"{space}.{name}", getattr(module, name)) for name in names if not inspect.isclass(names[name]))


SPELLINGS = dict(spellings())
every_spelling = pytest.mark.parametrize("fn", SPELLINGS.values(), ids=SPELLINGS.keys())


@every_spelling
def test_it_is_described(fn: Callable) -> None:
    assert fn.__name__.isidentifier()
    assert inspect.getdoc(fn)
    assert inspect.signature(fn)


@every_spelling
def test_it_is_found_where_it_says(fn: Callable) -> None:
    assert fn.__module__.split(".")[0] == "compat"
    assert pickle.loads(pickle.dumps(fn)) is fn


def test_a_module_that_holds_a_function_pickles() -> None:
    layer = compat.nn.TransformerEncoderLayer(4, 2, activation=compat.nn.functional.relu)
    assert pickle.loads(pickle.dumps(layer)).activation is compat.nn.functional.relu


@pytest.mark.parametrize("name", TABLE)
def test_names_agree(name: str) -> None:
    """A method, the function and the operator of one name are one object."""
    fn = TABLE[name].fn
    found = [where[name] for where in (FUNCTIONS, METHODS) if name in where]
    assert all(f is fn or not hasattr(f, "op") for f in found)


def test_the_hub_hands_on_the_progress_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    bar = object()
    monkeypatch.setitem(sys.modules, "tqdm", types.SimpleNamespace(tqdm=bar))
    assert compat.hub.tqdm is bar
    with pytest.raises(NotImplementedError, match=r"torch\.hub\.load is not implemented"):
        compat.hub.load("a/b", "c")
