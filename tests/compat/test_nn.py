"""Layers and losses against PyTorch, live or recorded: the same weights, outputs, gradients, buffers and texts."""

import functools
import json

import numpy as np
import pytest

import compat
from tests.helpers import assert_close, torch_or_none
from tests.oracle.nn_cases import NN, differences, observe, outcome, text
from tests.rows.nn import ROWS, TEXTS
from tests.rows.nn_programs import PROGRAMS


@functools.cache
def _recorded() -> dict[str, dict[str, np.ndarray]]:
    rows: dict[str, dict[str, np.ndarray]] = {}
    with np.load(NN) as file:
        for key in file.files:
            name, _, what = key.rpartition("/")
            rows.setdefault(name, {})[what] = file[key]
    return rows


def _expected(name: str) -> dict[str, np.ndarray]:
    torch = torch_or_none()
    return _recorded()[name] if torch is None else observe(torch, ROWS[name])


@pytest.mark.parametrize("name", ROWS)
def test_module(name: str) -> None:
    row, expected = ROWS[name], _expected(name)
    actual = observe(compat, row)
    assert sorted(actual) == sorted(expected)
    for what, value in expected.items():
        if value.dtype.kind == "U":
            assert str(actual[what]) == str(value), what
        else:
            assert_close(actual[what], value, row.rtol, row.atol)


@pytest.mark.parametrize("place", range(len(TEXTS)), ids=TEXTS)
def test_text(place: int) -> None:
    torch = torch_or_none()
    expected = str(_recorded()[""]["texts"][place]) if torch is None else text(torch, TEXTS[place])
    assert text(compat, TEXTS[place]) == expected


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    torch = torch_or_none()
    expected = (json.loads(str(_recorded()[""]["programs"]))[name] if torch is None
                else outcome(torch, PROGRAMS[name]))
    assert differences(expected, outcome(compat, PROGRAMS[name])) == []


def test_a_recurrent_layer_is_one_operation_however_long_the_sequence() -> None:
    names = {}
    for kind in ("LSTM", "GRU", "RNN"):
        layer = getattr(compat.nn, kind)(3, 4)
        compat.ones(1).tolist()  # with whatever is pending
        before = compat.metrics()["recorded"]
        out, _ = layer(compat.ones(300, 2, 3))
        out.sum().item()
        assert compat.metrics()["recorded"] - before < 60
        names[kind] = out.grad_fn.name()
    # PyTorch's names on a CPU, where oneDNN has the whole LSTM
    assert names == {"LSTM": "MkldnnRnnLayerBackward0", "GRU": "StackBackward0", "RNN": "StackBackward0"}
