"""The examples in docstrings print what they say."""

import doctest
import importlib
import pkgutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import compat
import funcgrad

GLOBALS = {"jax": jax, "jnp": jnp, "np": np, "funcgrad": funcgrad, "torch": compat, "compat": compat}


def modules() -> list[str]:
    found = [m.name for p in (funcgrad, compat) for m in pkgutil.walk_packages(p.__path__, p.__name__ + ".")]
    return [funcgrad.__name__, compat.__name__, *(n for n in found if not n.endswith(".__main__"))]


@pytest.mark.parametrize("name", modules())
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    runner = doctest.DocTestRunner(optionflags=flags)
    for case in doctest.DocTestFinder(exclude_empty=True).find(module, globs={**GLOBALS, **vars(module)}):
        report: list[str] = []
        runner.run(case, out=report.append, clear_globs=False)
        assert not report, "".join(report)
