"""``torch.distributions``: densities, moments, samples, gradients, transforms and divergences, row by row."""

import copy
from typing import Any

import pytest

import compat
from tests.oracle import answers
from tests.oracle.distribution_cases import DISTRIBUTIONS, ROWS, observe
from tests.spec.compare import differences, encode

# PyTorch's derivatives of gamma and Dirichlet numbers are fitted to three digits.
_APPROXIMATE = ("Beta", "Chi2", "Dirichlet", "FisherSnedecor", "Gamma", "InverseGamma", "StudentT")
_GRADIENT = "grad of rsample"


@pytest.fixture(scope="session")
def torch_answers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, Any]:
    return answers("tests.oracle.record_distributions", DISTRIBUTIONS, tmp_path_factory, worker_id)


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=[f"{kind}: {row}" for kind, row in ROWS])
def test_row(kind: str, row: str, torch_answers: dict[str, Any]) -> None:
    want, got = copy.deepcopy(torch_answers[f"{kind}: {row}"]), encode(observe(kind, row, compat), "compat")
    lines = []
    if kind == "family" and row.startswith(_APPROXIMATE):
        pairs = [(x["dict"].pop(_GRADIENT, None)) for x in (want, got)]
        lines += differences(*pairs, 2e-3, 1e-5, _GRADIENT)
    lines += differences(want, got, 2e-5, 2e-6)
    assert not lines, "\n".join([row, *lines])
