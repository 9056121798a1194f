"""``torch.distributions``: densities, moments, samples, gradients, transforms and divergences, row by row."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import compat
import compat.distributions as D
from compat.distributions import kl
from tests.oracle import answers
from tests.oracle.distribution_cases import DISTRIBUTIONS, ROWS, observe
from tests.spec.compare import differences, encode

# PyTorch's derivatives of gamma and Dirichlet numbers are fitted to three digits.
_APPROXIMATE = ("Beta", "Chi2", "Dirichlet", "FisherSnedecor", "Gamma", "InverseGamma", "StudentT")
_GRADIENT = "grad of rsample"


@pytest.fixture(scope="session")
def torch_answers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, Any]:
    return answers("tests.oracle.record_distributions", DISTRIBUTIONS, tmp_path_factory, worker_id)


def _slow(n: int, kind: str, row: str) -> bool:
    """Further parameters of a family, and most of the divergences."""
    first = next(i for i, (k, r) in enumerate(ROWS) if k == kind and r.partition("(")[0] == row.partition("(")[0])
    return (kind == "family" and n != first) or (kind == "divergences" and n % 5 > 0)


@pytest.mark.parametrize(("kind", "row"), [
    pytest.param(kind, row, id=f"{kind}: {row}", marks=[pytest.mark.slow] if _slow(n, kind, row) else [])
    for n, (kind, row) in enumerate(ROWS)])
def test_row(kind: str, row: str, torch_answers: dict[str, Any]) -> None:
    want, got = copy.deepcopy(torch_answers[f"{kind}: {row}"]), encode(observe(kind, row, compat), "compat")
    lines = []
    if kind == "family" and row.startswith(_APPROXIMATE):
        pairs = [(x["dict"].pop(_GRADIENT, None)) for x in (want, got)]
        lines += differences(*pairs, 2e-3, 1e-5, _GRADIENT)
    lines += differences(want, got, 2e-5, 2e-6)
    assert not lines, "\n".join([row, *lines])


def test_other_parameters_compile_nothing_new() -> None:
    def step(i: int) -> None:
        logits = compat.tensor([0.1 * i, 1.0], requires_grad=True)
        policy = D.Categorical(logits=logits)
        action = policy.sample()
        (-policy.log_prob(action) * float(i) - 0.01 * policy.entropy()).backward()
        normal, gamma = D.Normal(float(i), 1.0 + i), D.Gamma(1.0 + i, 2.0)
        (normal.log_prob(normal.rsample()) + gamma.log_prob(gamma.rsample())).item()
        affine = D.TransformedDistribution(normal, [D.AffineTransform(float(i), 2.0 + i)])
        (affine.log_prob(affine.sample()) + D.kl_divergence(normal, D.Normal(0.0, 1.0 + i))).item()

    step(1)
    step(2)
    before = compat.metrics()["compiled"]
    for i in range(3, 6):
        step(i)
    assert compat.metrics()["compiled"] == before


def test_refused_arguments_draw_nothing() -> None:
    state = compat.get_rng_state()
    for bad in (lambda: D.Bernoulli(1.5).sample(), lambda: D.Normal(0.0, 1.0).sample(-1),
                lambda: D.Categorical(probs=compat.tensor([1.0, -0.5]), validate_args=False).sample()):
        with pytest.raises((ValueError, RuntimeError, TypeError)):
            bad()
    assert compat.equal(compat.get_rng_state(), state)


def test_validation_can_be_turned_off() -> None:
    D.Distribution.set_default_validate_args(False)
    try:
        assert D.Normal(0.0, -1.0).scale.item() == -1.0
    finally:
        D.Distribution.set_default_validate_args(True)
    with pytest.raises(ValueError, match="to satisfy the constraint"):
        D.Normal(0.0, -1.0)


def test_a_divergence_can_be_registered_and_the_nearest_classes_count() -> None:
    class Mine(D.Normal):
        pass

    p, q = Mine(0.0, 1.0), Mine(1.0, 1.0)
    assert D.kl_divergence(p, q).item() == 0.5

    @D.register_kl(Mine, D.Normal)
    def _(p: Any, q: Any) -> str:
        return "mine"

    try:
        assert D.kl_divergence(p, D.Normal(0.0, 1.0)) == "mine"
        assert D.kl_divergence(D.Normal(0.0, 1.0), q).item() == 0.5
        with pytest.raises(TypeError, match="Distribution subclass"):
            D.register_kl(int, D.Normal)
    finally:
        del kl._REGISTRY[Mine, D.Normal]
        kl._found.clear()


def test_a_family_of_ones_own_has_entropy_and_divergence() -> None:
    class Mine(D.ExponentialFamily):
        arg_constraints: dict[str, Any] = {"rate": D.constraints.positive}
        support = D.constraints.nonnegative
        _mean_carrier_measure = 0

        def __init__(self, rate: float) -> None:
            self.rate = compat.tensor(rate)
            super().__init__()

        @property
        def _natural_params(self) -> tuple[Any, ...]:
            return (-self.rate,)

        def _log_normalizer(self, x: Any) -> Any:
            return -compat.log(-x)

    theirs = D.Exponential(2.0)
    assert Mine(2.0).entropy().item() == pytest.approx(theirs.entropy().item())
    expected = D.kl_divergence(theirs, D.Exponential(0.5)).item()
    assert D.kl_divergence(Mine(2.0), Mine(0.5)).item() == pytest.approx(expected)


@pytest.mark.parametrize("made", [lambda: D.Normal(compat.zeros(2), 1.0), lambda: D.Gumbel(0.0, 1.0),
                                  lambda: D.MultivariateNormal(compat.zeros(2), compat.eye(2))])
def test_distributions_can_be_copied(made: Any) -> None:
    d = made()
    for twin in (copy.deepcopy(d), pickle.loads(pickle.dumps(d))):
        assert repr(twin) == repr(d)
        assert compat.equal(twin.log_prob(d.mean), d.log_prob(d.mean))


@pytest.mark.parametrize("concentration", [0.05, 0.7, 3.0, 40.0])
def test_gamma_numbers_move_as_the_distribution_function_says(concentration: float) -> None:
    a = compat.full((200,), concentration, dtype=compat.float64, requires_grad=True)
    drawn = compat._standard_gamma(a)
    (slope,) = compat.autograd.grad(drawn.sum(), a)
    x, h = drawn.detach(), 1e-5 * concentration
    cdf = compat.special.gammainc
    with compat.no_grad():
        moved = -(cdf(a + h, x) - cdf(a - h, x)) / (2 * h)
        expected = moved / D.Gamma(a, compat.ones_like(a)).log_prob(x).exp()
    inside = (cdf(a, x) > 1e-3) & (cdf(a, x) < 0.999)  # where the difference quotient has digits
    np.testing.assert_allclose(slope[inside].numpy(), expected[inside].detach().numpy(), rtol=2e-4)


def test_densities_can_be_mapped() -> None:
    means = compat.tensor([0.5, 1.0])
    mapped = compat.func.vmap(lambda mean: D.Normal(mean, 1.0).log_prob(compat.tensor(2.0)))(means)
    np.testing.assert_allclose(mapped.numpy(), D.Normal(means, 1.0).log_prob(compat.tensor(2.0)).numpy(), rtol=1e-6)


@pytest.mark.parametrize("made", [lambda a: D.Gamma(a, 1.0), D.Dirichlet])
def test_gamma_numbers_have_no_second_derivative(made: Any) -> None:
    a, b = compat.tensor([2.0, 3.0], requires_grad=True), compat.tensor(1.5, requires_grad=True)
    (slope,) = compat.autograd.grad(made(a).rsample()[0] * b, a, create_graph=True)
    (mixed,) = compat.autograd.grad(slope[0], b, retain_graph=True)
    assert mixed.item() == pytest.approx(slope[0].item() / 1.5)
    assert compat.autograd.grad(slope[0], a)[0].isnan().any()
