"""Rows about ``torch.distributions``: constructors, expressions, and what is observed of them."""

import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

DISTRIBUTIONS = Path(__file__).with_name("distributions.json")

_P3 = "[0.2, 0.3, 0.5], [0.1, 0.6, 0.3]"
_COV = "[[2.0, 0.5, 0.1], [0.5, 1.5, 0.2], [0.1, 0.2, 1.0]]"
_TRIL = "[[1.0, 0.0], [0.5, 2.0]], [[0.5, 0.0], [-0.3, 1.0]]"

# constructor, in which L([...]) is a parameter that requires grad | values at which log_prob and cdf are asked
FAMILIES: dict[str, str] = dict(
    row.split(" | ")
    for row in f"""
Bernoulli(L([0.2, 0.7])) | [1.0, 0.0]
Bernoulli(logits=L([0.0, -1.5, 30.0])) | [1.0, 0.0, 1.0]
Bernoulli(0.5) | 1.0
Beta(L([0.5, 2.0, 3.0]), L([1.5, 0.3, 4.0])) | [0.3, 0.9, 0.4]
Beta(2.0, 3.0) | 0.25
Binomial(5, L([0.2, 0.7])) | [1.0, 5.0]
Binomial(T([30.0, 100.0]), logits=L([0.3, -1.0])) | [12.0, 31.0]
Categorical(L([{_P3}])) | [0, 2]
Categorical(logits=L([1.0, -2.0, 0.5])) | 1
Cauchy(L([0.0, 1.0]), L([1.0, 2.5])) | [0.5, -3.0]
Chi2(L([0.7, 3.0])) | [0.5, 2.0]
ContinuousBernoulli(L([0.2, 0.4999, 0.9])) | [0.3, 0.6, 1.0]
ContinuousBernoulli(logits=L([-1.0, 2.0])) | [0.3, 0.6]
Dirichlet(L([[0.5, 1.0, 3.0], [2.0, 2.0, 0.1]])) | [[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]
Dirichlet(L([0.3, 0.6])) | [0.25, 0.75]
Exponential(L([0.5, 2.0])) | [1.5, 0.2]
Exponential(2.0) | 0.5
FisherSnedecor(L([3.0, 1.5]), L([5.0, 2.5])) | [0.7, 2.0]
Gamma(L([0.5, 2.0, 20.0]), L([1.0, 0.3, 4.0])) | [0.3, 4.0, 5.5]
GeneralizedPareto(L([0.0, 1.0, 0.5]), L([1.0, 2.0, 0.5]), L([0.3, 0.6, 1.5])) | [0.5, 3.0, 0.6]
GeneralizedPareto(L([0.0, 1.0]), L([1.0, 2.0]), T([0.0, -0.5])) | [0.5, 3.0]
Geometric(L([0.2, 0.7])) | [3.0, 0.0]
Geometric(logits=L([0.3, -1.0])) | [3.0, 1.0]
Gumbel(L([0.0, 1.0]), L([1.0, 2.5])) | [0.5, -3.0]
HalfCauchy(L([1.0, 2.5])) | [0.5, 3.0]
HalfNormal(L([1.0, 2.5])) | [0.5, 3.0]
Independent(Normal(L([[0.0, 1.0], [2.0, 3.0]]), L([1.0, 2.0])), 1) | [[0.5, 1.0], [1.0, 4.0]]
Independent(Bernoulli(L([0.2, 0.7])), 0) | [1.0, 0.0]
InverseGamma(L([0.5, 3.0]), L([1.0, 0.3])) | [0.3, 4.0]
Kumaraswamy(L([0.5, 3.0]), L([1.0, 2.3])) | [0.3, 0.8]
LKJCholesky(3, L([0.5, 2.0])) | [[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.6, 0.8]]
LKJCholesky(2) | [[1.0, 0.0], [0.6, 0.8]]
Laplace(L([0.0, 1.0]), L([1.0, 2.5])) | [0.5, -3.0]
LogNormal(L([0.0, 1.0]), L([1.0, 0.5])) | [0.5, 3.0]
LogisticNormal(L([0.0, 1.0, -1.0]), L([1.0, 2.0, 0.5])) | [0.2, 0.3, 0.4, 0.1]
LowRankMultivariateNormal(L([0.0, 1.0]), L([[1.0], [0.5]]), L([1.0, 2.0])) | [0.5, 0.3]
MixtureSameFamily(Categorical(L([0.3, 0.7])), Normal(L([0.0, 3.0]), L([1.0, 2.0]))) | 0.7
MixtureSameFamily(Categorical(L([[0.3, 0.7]])), Independent(Normal(L([[[0.0], [3.0]]]), 2.0), 1)) | [[0.7]]
Multinomial(5, L([{_P3}])) | [[1.0, 1.0, 3.0], [0.0, 5.0, 0.0]]
Multinomial(4, logits=L([0.0, 1.0])) | [1.0, 3.0]
MultivariateNormal(L([0.0, 1.0, 2.0]), covariance_matrix=L({_COV})) | [0.5, 0.3, 1.0]
MultivariateNormal(L([0.0, 1.0, 2.0]), precision_matrix=L({_COV})) | [0.5, 0.3, 1.0]
MultivariateNormal(L([0.0, 1.0]), scale_tril=L([{_TRIL}])) | [[0.5, 0.3], [1.0, 2.0]]
NegativeBinomial(T([3.0, 4.5]), L([0.2, 0.7])) | [3.0, 0.0]
NegativeBinomial(2, logits=L([0.3, -1.0])) | [3.0, 1.0]
Normal(L([0.0, 1.0]), L([1.0, 2.0])) | [0.5, -1.0]
Normal(0.0, L([[1.0], [2.0]])) | [0.5, -1.0]
Normal(0.0, 2.0) | 0.5
OneHotCategorical(L([{_P3}])) | [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
OneHotCategorical(logits=L([1.0, -2.0, 0.5])) | [0.0, 0.0, 1.0]
OneHotCategoricalStraightThrough(L([0.2, 0.3, 0.5])) | [0.0, 1.0, 0.0]
Pareto(L([1.0, 0.5]), L([1.5, 3.0])) | [1.5, 2.0]
Poisson(L([0.5, 4.0, 40.0])) | [0.0, 3.0, 38.0]
RelaxedBernoulli(T([0.7]), L([0.2, 0.9])) | [0.3, 0.6]
RelaxedBernoulli(T([0.7]), logits=L([0.2, -2.0])) | [0.3, 0.6]
relaxed_bernoulli.LogitRelaxedBernoulli(T([0.7]), L([0.2, 0.9])) | [0.3, -0.6]
RelaxedOneHotCategorical(T([0.7]), L([0.2, 0.3, 0.5])) | [0.2, 0.5, 0.3]
RelaxedOneHotCategorical(T([0.7]), logits=L([0.2, -2.0])) | [0.4, 0.6]
StudentT(L([0.7, 1.5, 5.0]), L([0.0, 1.0, 2.0]), L([1.0, 2.0, 0.5])) | [0.5, -3.0, 2.0]
StudentT(4.0) | 0.5
TransformedDistribution(Normal(L([0.0, 1.0]), L([1.0, 2.0])), [AffineTransform(1.0, -2.0), ExpTransform()]) | [0.5, 3.0]
TransformedDistribution(Uniform(L(0.0), L(1.0)), [SigmoidTransform().inv]) | 0.4
Uniform(L([0.0, -1.0]), L([2.0, 4.0])) | [1.5, 3.0]
Uniform(1.0, 3.0) | 1.5
VonMises(L([0.0, 1.0]), L([1.0, 5.0])) | [0.5, 1.2]
VonMises(T(0.5), T(0.000001)) | -2.0
Weibull(L([1.0, 2.5]), L([1.5, 0.7])) | [0.5, 3.0]
Wishart(L(4.0), covariance_matrix=L([[2.0, 0.5], [0.5, 1.0]])) | [[3.0, 0.5], [0.5, 2.0]]
Wishart(L([3.0, 4.5]), scale_tril=L([{_TRIL}])) | [[3.0, 0.5], [0.5, 2.0]]
""".strip().splitlines()
)

# two of each family that a divergence is known for
_DIVERGING = """
Bernoulli(L([0.2, 0.7, 0.0, 1.0]))
Bernoulli(L([0.4, 0.6, 0.5, 0.0]))
Beta(L([0.5, 2.0]), L([1.5, 0.3]))
Beta(L([1.5, 0.7]), L([2.5, 1.3]))
Binomial(5, L([0.2, 0.7]))
Binomial(5, L([0.4, 0.1]))
Binomial(3, L([0.2, 0.7]))
Categorical(L([0.2, 0.3, 0.5]))
Categorical(L([0.5, 0.0, 0.5]))
Cauchy(L([0.0, 1.0]), L([1.0, 2.5]))
Cauchy(L([1.0, 1.5]), L([0.3, 2.0]))
ContinuousBernoulli(L([0.2, 0.9]))
ContinuousBernoulli(L([0.5, 0.3]))
Dirichlet(L([0.5, 1.0, 3.0]))
Dirichlet(L([1.5, 0.3, 2.0]))
Exponential(L([0.5, 2.0]))
Exponential(L([1.5, 0.7]))
Gamma(L([0.5, 2.0]), L([1.0, 0.3]))
Gamma(L([1.5, 3.0]), L([0.4, 2.0]))
Geometric(L([0.2, 0.7]))
Geometric(L([0.5, 0.1]))
Gumbel(L([0.0, 1.0]), L([1.0, 2.5]))
Gumbel(L([0.5, -1.0]), L([2.0, 1.5]))
HalfNormal(L([1.0, 2.5]))
HalfNormal(L([2.0, 0.3]))
Laplace(L([0.0, 1.0]), L([1.0, 2.5]))
Laplace(L([0.5, -1.0]), L([2.0, 1.5]))
Normal(L([0.0, 1.0]), L([1.0, 2.0]))
Normal(L([0.5, -1.0]), L([2.0, 0.7]))
LogNormal(L([0.0, 1.0]), L([1.0, 2.0]))
LogNormal(L([0.5, 0.0]), L([2.0, 1.0]))
OneHotCategorical(L([0.2, 0.3, 0.5]))
OneHotCategorical(L([0.5, 0.1, 0.4]))
Pareto(L([1.0, 0.5]), L([1.5, 3.0]))
Pareto(L([0.5, 0.7]), L([0.7, 2.5]))
Poisson(L([0.5, 4.0]))
Poisson(L([2.0, 1.0]))
Uniform(L([0.1, 0.3]), L([0.9, 0.8]))
Uniform(L([0.0, -1.0]), L([2.0, 4.0]))
Independent(Normal(L([0.0, 1.0]), L([1.0, 2.0])), 1)
Independent(Normal(L([0.5, 1.5]), L([2.0, 0.3])), 1)
MultivariateNormal(L([0.0, 1.0]), L([[2.0, 0.5], [0.5, 1.0]]))
MultivariateNormal(L([1.0, 0.5]), scale_tril=L([[1.0, 0.0], [0.5, 2.0]]))
LowRankMultivariateNormal(L([0.0, 1.0]), L([[1.0], [0.5]]), L([1.0, 2.0]))
LowRankMultivariateNormal(L([1.0, 1.0]), L([[0.3], [-0.5]]), L([0.5, 1.0]))
""".strip().splitlines()
_CONTINUOUS = ("Beta", "ContinuousBernoulli", "Exponential", "Gamma", "Gumbel", "Laplace", "Normal", "Pareto",
               "Uniform")
_COUNTS = ("Bernoulli", "Poisson", "Binomial")
_VECTORS = ("MultivariateNormal", "LowRankMultivariateNormal")


def _family(constructor: str) -> str:
    return constructor.partition("(")[0]


def _others(constructor: str) -> list[str]:
    """What a divergence from this distribution is asked for."""
    own = _family(constructor)
    known = {own, *next((g for g in (_CONTINUOUS, _COUNTS, _VECTORS) if own in g), ())}
    return [q for q in _DIVERGING if _family(q) in known]


DIVERGENCES: dict[str, list[str]] = {p: _others(p) for p in _DIVERGING}

# transform | a value that it takes
TRANSFORMS: dict[str, str] = dict(
    row.split(" | ")
    for row in """
AbsTransform() | [0.5, -2.0]
AffineTransform(1.0, -2.0) | [0.5, -2.0]
AffineTransform(T([1.0, 2.0]), T([0.5, -3.0])) | [0.5, -2.0]
AffineTransform(0.0, 3.0, event_dim=1) | [[0.5, -2.0]]
CatTransform([ExpTransform(), AffineTransform(0.0, 2.0)], dim=-1, lengths=[2, 1]) | [[0.5, -2.0, 1.0]]
CatTransform([ExpTransform(), SigmoidTransform()]) | [[0.5], [-2.0]]
ComposeTransform([AffineTransform(1.0, 2.0), ExpTransform()]) | [0.5, -2.0]
ComposeTransform([ExpTransform(), StickBreakingTransform()]) | [0.5, -2.0]
ComposeTransform([]) | [0.5, -2.0]
CorrCholeskyTransform() | [0.5, -1.0, 0.3]
CumulativeDistributionTransform(Normal(0.0, 2.0)) | [0.5, -2.0]
ExpTransform() | [0.5, -2.0]
ExpTransform().inv | [0.5, 2.0]
ExpTransform().inv.inv | [0.5, 2.0]
IndependentTransform(ExpTransform(), 1) | [[0.5, -2.0], [1.0, 3.0]]
LowerCholeskyTransform() | [[0.5, 9.0], [-2.0, 1.0]]
PositiveDefiniteTransform() | [[0.5, 9.0], [-2.0, 1.0]]
PowerTransform(T([2.0, -0.5])) | [0.5, 2.0]
PowerTransform(2.0) | [0.5, 2.0]
ReshapeTransform((2, 2), (4,)) | [[[0.5, 2.0], [1.0, 3.0]]]
SigmoidTransform() | [0.5, -2.0, 100.0]
SoftmaxTransform() | [0.5, -2.0]
SoftplusTransform() | [0.5, -2.0]
StackTransform([ExpTransform(), AffineTransform(0.0, 2.0)], dim=-1) | [[0.5, -2.0]]
StickBreakingTransform() | [0.5, -2.0, 1.0]
TanhTransform() | [0.5, -2.0]
biject_to(constraints.real) | [0.5, -2.0]
biject_to(constraints.positive) | [0.5, -2.0]
biject_to(constraints.greater_than(2.0)) | [0.5, -2.0]
biject_to(constraints.less_than(T(2.0))) | [0.5, -2.0]
biject_to(constraints.interval(-1.0, 3.0)) | [0.5, -2.0]
biject_to(constraints.half_open_interval(-1.0, 3.0)) | [0.5, -2.0]
biject_to(constraints.unit_interval) | [0.5, -2.0]
biject_to(constraints.simplex) | [0.5, -2.0]
biject_to(constraints.corr_cholesky) | [0.5, -2.0, 1.0]
biject_to(constraints.independent(constraints.positive, 1)) | [0.5, -2.0]
biject_to(constraints.stack([constraints.positive, constraints.real])) | [0.5, -2.0]
biject_to(constraints.cat([constraints.positive, constraints.real])) | [0.5, -2.0]
transform_to(constraints.simplex) | [0.5, -2.0]
transform_to(constraints.lower_cholesky) | [[0.5, 9.0], [-2.0, 1.0]]
transform_to(constraints.positive_definite) | [[0.5, 9.0], [-2.0, 1.0]]
transform_to(constraints.independent(constraints.positive, 1)) | [0.5, -2.0]
transform_to(constraints.stack([constraints.positive, constraints.real])) | [0.5, -2.0]
""".strip().splitlines()
)

# expressions: checks of constraints, small functions, and what is refused
EXPRESSIONS: list[str] = """
constraints.boolean.check(T([0.0, 1.0, 0.5]))
constraints.one_hot.check(T([[0.0, 1.0], [1.0, 1.0]]))
constraints.nonnegative_integer.check(T([0.0, 1.0, -1.0, 0.5]))
constraints.positive_integer.check(T([0.0, 1.0, -1.0, 0.5]))
constraints.integer_interval(1, 3).check(T([0.0, 1.0, 3.0, 2.5, 4.0]))
constraints.real.check(T([0.0, float("nan"), float("inf")]))
constraints.real_vector.check(T([[0.0, float("nan")], [1.0, 2.0]]))
constraints.positive.check(T([0.0, 1.0]))
constraints.nonnegative.check(T([0.0, -1.0]))
constraints.less_than(1.0).check(T([0.0, 1.0]))
constraints.greater_than_eq(1.0).check(T([0.0, 1.0]))
constraints.interval(0.0, T([1.0, 2.0])).check(T([1.5, 1.5]))
constraints.half_open_interval(0.0, 1.0).check(T([0.0, 1.0]))
constraints.simplex.check(T([[0.5, 0.5], [0.5, 0.6], [-0.5, 1.5]]))
constraints.multinomial(3).check(T([[1.0, 2.0], [2.0, 2.0]]))
constraints.lower_triangular.check(T([[[1.0, 0.0], [1.0, 0.0]], [[1.0, 1.0], [0.0, 1.0]]]))
constraints.lower_cholesky.check(T([[[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]]))
constraints.corr_cholesky.check(T([[[1.0, 0.0], [0.6, 0.8]], [[1.0, 0.0], [0.6, 1.0]]]))
constraints.square.check(T([[1.0, 0.0]]))
constraints.symmetric.check(T([[[1.0, 0.0], [1.0, 0.0]], [[1.0, 2.0], [2.0, 1.0]]]))
constraints.positive_definite.check(T([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [2.0, 1.0]]]))
constraints.positive_semidefinite.check(T([[[1.0, 0.0], [0.0, 0.0]], [[1.0, 2.0], [2.0, 1.0]]]))
constraints.cat([constraints.positive, constraints.unit_interval], 0, [1, 2]).check(T([1.0, 0.5, 1.5]))
constraints.stack([constraints.positive, constraints.unit_interval]).check(T([1.0, 1.5]))
constraints.independent(constraints.positive, 1).check(T(1.0))
constraints.dependent.check(T(1.0))
constraints.dependent.event_dim
constraints.dependent.is_discrete
constraints.is_dependent(constraints.dependent), constraints.is_dependent(Uniform.support)
Uniform.support.event_dim, Uniform.support.is_discrete, Binomial.support.is_discrete
[repr(getattr(constraints, n)) for n in ("real", "boolean", "positive", "unit_interval", "simplex", "real_vector")]
[repr(getattr(constraints, n)) for n in ("nonnegative_integer", "lower_cholesky", "corr_cholesky", "one_hot")]
repr(constraints.integer_interval(0, 5)), repr(constraints.less_than(2.0)), repr(constraints.multinomial(3))
repr(constraints.cat([constraints.real])), repr(constraints.dependent)
constraints.stack([constraints.positive, constraints.simplex]).event_dim
biject_to(constraints.lower_cholesky)
transform_to(constraints.dependent)
biject_to.register(3, lambda c: None)
utils.broadcast_all(1, T([2.0, 3.0]))
utils.broadcast_all("a")
utils.probs_to_logits(T([0.0, 0.3, 1.0]))
utils.probs_to_logits(T([0.0, 0.3, 1.0]), is_binary=True)
utils.logits_to_probs(T([0.0, 0.3, 1.0]))
utils.clamp_probs(T([0.0, 0.3, 1.0]))
utils.tril_matrix_to_vec(T([[1.0, 2.0], [3.0, 4.0]]))
utils.tril_matrix_to_vec(T([[1.0, 2.0], [3.0, 4.0]]), -1)
utils.tril_matrix_to_vec(T([[1.0, 2.0], [3.0, 4.0]]), 2)
utils.vec_to_tril_matrix(T([1.0, 2.0, 3.0]))
utils.vec_to_tril_matrix(T([1.0, 2.0, 3.0]), -1)
utils.vec_to_tril_matrix(T([1.0, 2.0, 3.0, 4.0]))
Normal(0.0, 0.0)
Normal(T([0.0, float("nan")]), T([1.0, 2.0]))
Normal(0.0, -1.0, validate_args=False)
Normal(T([0.0, 1.0]), T([1.0, 2.0, 3.0]))
Normal("a", 1.0)
Normal(0.0, 1.0).log_prob(1.0)
Normal(0.0, 1.0).log_prob(T(float("nan")))
Normal(T([0.0, 1.0]), 1.0).log_prob(T([1.0, 2.0, 3.0]))
Normal(T([0.0, 1.0]), 1.0).enumerate_support()
Normal(0.0, 1.0).sample_n(2)
Normal(0.0, 1.0).perplexity()
Distribution().mean
Distribution(validate_args=False).mode
Distribution(validate_args=False).mean
Distribution.set_default_validate_args(3)
Bernoulli()
Bernoulli(0.5, 0.5)
Bernoulli(1.5)
Bernoulli(0.5).log_prob(T(0.5))
Bernoulli(0.5).rsample()
Bernoulli(0.5).cdf(T(0.5))
Beta(0.0, 1.0)
Binomial(5, T(0.5)).log_prob(T(6.0))
Binomial(T([3.0, 4.0]), T(0.5)).enumerate_support()
Binomial(T([3.0, 4.0]), T(0.5)).entropy()
Categorical(T([-0.5, 1.0]))
Categorical(T(0.5))
Categorical(logits=T(0.5))
Categorical(T([0.5, 0.5])).log_prob(T(2))
Categorical(T([0.5, 0.5])).log_prob(T([0, 1, 1]))
ContinuousBernoulli(1.5)
ContinuousBernoulli(1.5, validate_args=True)
Dirichlet(T(1.0))
Dirichlet(T([1.0, 2.0])).log_prob(T([0.5, 0.6]))
Dirichlet(T([1.0, 2.0])).log_prob(T([0.5, 0.3, 0.2]))
Gamma(T(-1.0), 1.0)
Gamma(1.0, 1.0).log_prob(T(-1.0))
Geometric(0.0)
Geometric(T([0.5, 0.0]))
Independent(Normal(0.0, 1.0), 1)
Independent(Bernoulli(T([0.5, 0.5])), 1).enumerate_support()
LKJCholesky(1)
LowRankMultivariateNormal(T(0.0), T([[1.0]]), T([1.0]))
LowRankMultivariateNormal(T([0.0]), T([1.0]), T([1.0]))
LowRankMultivariateNormal(T([0.0]), T([[1.0], [2.0]]), T([1.0]))
LowRankMultivariateNormal(T([0.0]), T([[1.0]]), T([1.0, 2.0]))
MixtureSameFamily(Normal(0.0, 1.0), Normal(T([0.0]), 1.0))
MixtureSameFamily(Categorical(T([1.0])), 3)
MixtureSameFamily(Categorical(T([1.0])), Normal(T([0.0, 1.0]), 1.0))
MixtureSameFamily(Categorical(T([[1.0], [1.0]])), Normal(T([[0.0], [1.0], [2.0]]), 1.0))
Multinomial(2, T([0.5, 0.5])).log_prob(T([2.0, 1.0]))
Multinomial(T(2), T([0.5, 0.5]))
MultivariateNormal(T(0.0), T([[1.0]]))
MultivariateNormal(T([0.0]))
MultivariateNormal(T([0.0]), T([1.0]))
MultivariateNormal(T([0.0]), precision_matrix=T([1.0]))
MultivariateNormal(T([0.0]), scale_tril=T([1.0]))
MultivariateNormal(T([0.0]), T([[1.0]]), T([[1.0]]))
MultivariateNormal(T([0.0, 1.0]), T([[1.0, 2.0], [2.0, 1.0]]))
NegativeBinomial(2, T(1.0))
OneHotCategorical(T([0.5, 0.5])).log_prob(T([1.0, 1.0]))
Pareto(1.0, 1.0).log_prob(T(0.5))
Poisson(-1.0)
Poisson(1.0).log_prob(T(0.5))
StudentT(-1.0)
TransformedDistribution(Normal(0.0, 1.0), 3)
TransformedDistribution(Normal(0.0, 1.0), [3])
TransformedDistribution(Normal(0.0, 1.0), StickBreakingTransform())
TransformedDistribution(Normal(0.0, 1.0), ExpTransform())
TransformedDistribution(Normal(0.0, 1.0), ExpTransform()).entropy()
TransformedDistribution(Normal(0.0, 1.0), ExpTransform()).log_prob(T(-1.0))
TransformedDistribution(Normal(T([0.0, 1.0]), 1.0), AffineTransform(T([[0.0], [1.0]]), 1.0)).batch_shape
Uniform(1.0, 0.0)
Uniform(0.0, 1.0).log_prob(T(1.5))
Uniform(0.0, 1.0, validate_args=False).log_prob(T([1.5, 1.0]))
Wishart(T(0.5), T([[1.0, 0.0], [0.0, 1.0]]))
Wishart(T(3.0))
Wishart(T(3.0), T([1.0]))
kl_divergence(Normal(0.0, 1.0), Cauchy(0.0, 1.0))
kl_divergence(Normal(0.0, 1.0), Poisson(1.0))
kl_divergence(MultivariateNormal(T([0.0]), T([[1.0]])), MultivariateNormal(T([0.0, 0.0]), torch.eye(2)))
kl_divergence(Independent(Normal(T([0.0]), 1.0), 1), Independent(Normal(T([[0.0]]), 1.0), 2))
kl_divergence(LogNormal(0.0, 1.0), TransformedDistribution(Normal(0.0, 1.0), TanhTransform()))
kl_divergence(Chi2(T(3.0)), Chi2(T(2.0)))
Transform(cache_size=2)
ExpTransform(cache_size=1).with_cache(0)
ExpTransform() == ExpTransform(), AffineTransform(1, 2) == AffineTransform(1, 2), ExpTransform() == TanhTransform()
AffineTransform(T([1.0]), 2) == AffineTransform(T([1.0]), 2), AffineTransform(1, 2) == AffineTransform(1, 3)
ReshapeTransform((2,), (3,))
ReshapeTransform((2,), (1, 2)).forward_shape((3,))
CorrCholeskyTransform().forward_shape((4,))
StickBreakingTransform().forward_shape(())
StickBreakingTransform().event_dim, SoftmaxTransform().event_dim
CorrCholeskyTransform().event_dim
IndependentTransform(ExpTransform(), 2)(T([1.0]))
AbsTransform().sign
SoftmaxTransform().log_abs_det_jacobian(T([1.0]), T([1.0]))
LogitRelaxed(T([0.7]), T([0.5]))
Normal(0.0, 1.0).expand((2, 3)).log_prob(T(0.5)).shape
Normal(T([0.0, 1.0]), 1.0).expand((3,))
Sub(0.0, 1.0).expand((2,))
""".strip().splitlines()


def _names(torch: ModuleType, parameters: list[Any]) -> dict[str, Any]:
    distributions = torch.distributions

    def leaf(values: Any) -> Any:
        parameters.append(torch.tensor(values, dtype=torch.float32, requires_grad=True))
        return parameters[-1]

    class Sub(distributions.Normal):
        def __init__(self, loc: Any, scale: Any) -> None:
            super().__init__(loc, scale)

    names = {n: getattr(distributions, n) for n in dir(distributions) if not n.startswith("_")}
    names.update(torch=torch, T=torch.tensor, L=leaf, Sub=Sub, utils=torch.distributions.utils,
                 Transform=distributions.transforms.Transform, LogitRelaxed=torch.distributions.relaxed_bernoulli
                 .LogitRelaxedBernoulli)
    return names


def _ask(question: Callable[[], Any]) -> Any:
    """An answer, or the error's type and text without the values at its end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return question()
        except Exception as error:  # noqa: BLE001 - the exception is the observation
            return [type(error).__name__, str(error).strip()]


def plain(x: Any) -> Any:
    """An observation as plain values."""
    if hasattr(x, "detach"):
        return {"grad": x.requires_grad, "value": np.asarray(x.detach().numpy())}
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, list | tuple):
        return [plain(v) for v in x]
    return x if isinstance(x, bool | int | float | str) or x is None else repr(x)


def observe_family(constructor: str, torch: ModuleType) -> Any:
    """Everything about a distribution."""
    parameters: list[Any] = []
    names = _names(torch, parameters)
    d = eval(constructor, names)
    value = torch.tensor(eval(FAMILIES[constructor]))
    level = torch.tensor([0.25, 0.5]).reshape(2, *(1,) * len(d.batch_shape))
    seen: dict[str, Any] = {"repr": repr(d), "batch_shape": list(d.batch_shape), "event_shape": list(d.event_shape)}
    seen["support"] = _ask(lambda: [repr(d.support).partition("=tensor")[0], d.support.event_dim,
                                    d.support.is_discrete])
    seen["flags"] = [d.has_rsample, d.has_enumerate_support]
    for name in ("mean", "mode", "variance", "stddev"):
        seen[name] = _ask(lambda name=name: getattr(d, name))
    for name in ("entropy", "enumerate_support"):
        seen[name] = _ask(lambda name=name: getattr(d, name)())
    seen["log_prob"] = _ask(lambda: d.log_prob(value))
    seen["cdf"] = _ask(lambda: d.cdf(value))
    seen["icdf"] = _ask(lambda: d.icdf(level))
    wide = _ask(lambda: d.expand((2, *d.batch_shape)))
    if not isinstance(wide, list):
        seen["expanded"] = [list(wide.batch_shape), list(wide.event_shape), _ask(lambda: wide.log_prob(value)),
                            _ask(lambda: wide.mean)]
    torch.manual_seed(7)
    seen["sample"] = _ask(lambda: d.sample((3,)))
    seen["sample_expanded"] = _ask(lambda: wide.sample())
    seen["rsample"] = _ask(lambda: d.rsample((2,)))
    seen["after"] = torch.rand(1)
    if parameters:
        for name, other in (("entropy", d.entropy), ("log_prob", lambda: d.log_prob(value)),
                            ("rsample", lambda: d.rsample((2,)))):
            if name == "rsample" and constructor.startswith("Wishart"):
                continue  # PyTorch refuses it: its own loop overwrites a mask that the graph holds
            seen[f"grad of {name}"] = _ask(lambda other=other: torch.autograd.grad(
                _weighted(other(), torch), parameters, allow_unused=True, retain_graph=True))
    return plain(seen)


def _weighted(x: Any, torch: ModuleType) -> Any:
    """A sum in which all elements count differently."""
    return (x * torch.arange(1.0, x.numel() + 1).reshape(x.shape)).sum()


def observe_divergences(constructor: str, torch: ModuleType) -> Any:
    """The divergences of a distribution from others, and the gradients of their sum."""
    parameters: list[Any] = []
    names = _names(torch, parameters)
    p, seen = eval(constructor, names), {}
    for other in DIVERGENCES[constructor]:
        q = eval(other, names)
        seen[other] = _ask(lambda q=q: torch.distributions.kl_divergence(p, q))
    return plain(seen)


def observe_transform(constructor: str, torch: ModuleType) -> Any:
    """Everything about a transform."""
    t = eval(constructor, _names(torch, []))
    x = torch.tensor(eval(TRANSFORMS[constructor]))
    y = t(x)
    seen = {"repr": repr(t), "bijective": t.bijective, "y": y, "x": _ask(lambda: t.inv(y)),
            "log_det": _ask(lambda: t.log_abs_det_jacobian(x, y)),
            "inverse_log_det": _ask(lambda: t.inv.log_abs_det_jacobian(y, x)),
            "sign": _ask(lambda: t.sign), "inverse": repr(t.inv), "inverse_is_kept": t.inv.inv is t,
            "shapes": [_ask(lambda: list(t.forward_shape(x.shape))), _ask(lambda: list(t.inverse_shape(y.shape)))],
            "domain": _ask(lambda: [t.domain.event_dim, repr(t.domain).partition("=tensor")[0]]),
            "codomain": _ask(lambda: [t.codomain.event_dim, repr(t.codomain).partition("=tensor")[0]]),
            "cached": _ask(lambda: _cached(t, x))}
    return plain(seen)


def _cached(t: Any, x: Any) -> bool:
    cached = t.with_cache(1)
    y = cached(x)
    return [cached(x) is y, cached.inv(y) is x]


def observe_expression(expression: str, torch: ModuleType) -> Any:
    """What an expression gives."""
    torch.manual_seed(7)
    return plain(_ask(lambda: eval(expression, _names(torch, []))))


KINDS: dict[str, tuple[list[str], Callable[[str, ModuleType], Any]]] = {
    "family": (list(FAMILIES), observe_family),
    "divergences": (list(DIVERGENCES), observe_divergences),
    "transform": (list(TRANSFORMS), observe_transform),
    "expression": (EXPRESSIONS, observe_expression),
}
ROWS = [(kind, row) for kind, (rows, _) in KINDS.items() for row in rows]


def observe(kind: str, row: str, torch: ModuleType) -> Any:
    """What a row gives."""
    return KINDS[kind][1](row, torch)
