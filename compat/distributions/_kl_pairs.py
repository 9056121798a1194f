"""The divergences that ``kl_divergence`` knows: of a distribution from one of its own family, and from others.

Between families it is the cross entropy, from moments of the first distribution, less the first one's entropy.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from compat._autograd.modes import enable_grad
from compat._ops import namespace, ops
from compat._tensor.tensor import Tensor
from compat.autograd import grad
from compat.distributions.bernoulli import Bernoulli
from compat.distributions.beta import Beta
from compat.distributions.binomial import Binomial
from compat.distributions.categorical import Categorical
from compat.distributions.cauchy import Cauchy
from compat.distributions.continuous_bernoulli import ContinuousBernoulli
from compat.distributions.dirichlet import Dirichlet
from compat.distributions.exp_family import ExponentialFamily
from compat.distributions.exponential import Exponential
from compat.distributions.gamma import Gamma
from compat.distributions.geometric import Geometric
from compat.distributions.gumbel import Gumbel
from compat.distributions.half_normal import HalfNormal
from compat.distributions.independent import Independent
from compat.distributions.kl import kl_divergence, register_kl
from compat.distributions.laplace import Laplace
from compat.distributions.lowrank_multivariate_normal import (
    LowRankMultivariateNormal,
    lowrank_log_det,
    lowrank_mahalanobis,
)
from compat.distributions.multivariate_normal import MultivariateNormal, batch_mahalanobis, half_log_det
from compat.distributions.normal import Normal
from compat.distributions.one_hot_categorical import OneHotCategorical
from compat.distributions.pareto import Pareto
from compat.distributions.poisson import Poisson
from compat.distributions.transformed_distribution import TransformedDistribution
from compat.distributions.uniform import Uniform
from compat.distributions.utils import sum_rightmost

_EULER = 0.57721566490153286060


def _infinite_where(condition: Any, value: Tensor) -> Tensor:
    return ops.where(condition, math.inf, value)


# ---------------------------------------------------------------- of one family
@register_kl(Bernoulli, Bernoulli)
def _bernoulli_bernoulli(p: Any, q: Any) -> Tensor:
    softplus = namespace("nn.functional")["softplus"]
    ones = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    ones = ops.where(p.probs == 0, 0, _infinite_where(q.probs == 0, ones))
    zeros = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    return ones + ops.where(p.probs == 1, 0, _infinite_where(q.probs == 1, zeros))


@register_kl(Beta, Beta)
def _beta_beta(p: Any, q: Any) -> Tensor:
    p_total, q_total = p.concentration1 + p.concentration0, q.concentration1 + q.concentration0
    of_q = q.concentration1.lgamma() + q.concentration0.lgamma() + p_total.lgamma()
    of_p = p.concentration1.lgamma() + p.concentration0.lgamma() + q_total.lgamma()
    first = (p.concentration1 - q.concentration1) * ops.digamma(p.concentration1)
    second = (p.concentration0 - q.concentration0) * ops.digamma(p.concentration0)
    return of_q - of_p + first + second + (q_total - p_total) * ops.digamma(p_total)


@register_kl(Binomial, Binomial)
def _binomial_binomial(p: Any, q: Any) -> Tensor:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    kl = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
    return _infinite_where(p.total_count > q.total_count, kl)


@register_kl(Categorical, Categorical)
def _categorical_categorical(p: Any, q: Any) -> Tensor:
    terms = _infinite_where(q.probs == 0, p.probs * (p.logits - q.logits))
    return ops.where(p.probs == 0, 0, terms).sum(-1)


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli_continuous_bernoulli(p: Any, q: Any) -> Tensor:
    of_p = p._cont_bern_log_norm() + ops.log1p(-p.probs)
    of_q = q._cont_bern_log_norm() + ops.log1p(-q.probs)
    return p.mean * (p.logits - q.logits) + of_p - of_q


@register_kl(Dirichlet, Dirichlet)
def _dirichlet_dirichlet(p: Any, q: Any) -> Tensor:
    p_total, q_total = p.concentration.sum(-1), q.concentration.sum(-1)
    normalizers = p_total.lgamma() - q_total.lgamma() - (p.concentration.lgamma() - q.concentration.lgamma()).sum(-1)
    log_mean = p.concentration.digamma() - p_total.digamma().unsqueeze(-1)
    return normalizers + ((p.concentration - q.concentration) * log_mean).sum(-1)


@register_kl(Exponential, Exponential)
def _exponential_exponential(p: Any, q: Any) -> Tensor:
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(ExponentialFamily, ExponentialFamily)
def _family_family(p: Any, q: Any) -> Tensor:
    """The Bregman divergence of the log normaliser."""
    if type(p) is not type(q):
        raise NotImplementedError("The cross KL-divergence between different exponential families cannot"
                                  f"{' ' * 28} be computed using Bregman divergences")
    p_natural = [x.detach().requires_grad_() for x in p._natural_params]
    q_natural = q._natural_params
    with enable_grad():
        log_normalizer = p._log_normalizer(*p_natural)
        gradients = grad(log_normalizer.sum(), p_natural, create_graph=True)
    result = q._log_normalizer(*q_natural) - log_normalizer
    for of_p, of_q, g in zip(p_natural, q_natural, gradients, strict=True):
        term = (of_q - of_p) * g
        result = result - sum_rightmost(term, len(q.event_shape))
    return result


@register_kl(Gamma, Gamma)
def _gamma_gamma(p: Any, q: Any) -> Tensor:
    return (q.concentration * (p.rate / q.rate).log() + ops.lgamma(q.concentration) - ops.lgamma(p.concentration)
            + (p.concentration - q.concentration) * ops.digamma(p.concentration)
            + (q.rate - p.rate) * (p.concentration / p.rate))


@register_kl(Gumbel, Gumbel)
def _gumbel_gumbel(p: Any, q: Any) -> Tensor:
    ratio, q_loc, p_loc = p.scale / q.scale, q.loc / q.scale, p.loc / q.scale
    exponential = ops.exp(q_loc + (1 + ratio).lgamma() - p_loc)
    return -ratio.log() - q_loc + p_loc + ratio * _EULER + exponential - (1 + _EULER)


@register_kl(Geometric, Geometric)
def _geometric_geometric(p: Any, q: Any) -> Tensor:
    return -p.entropy() - ops.log1p(-q.probs) / p.probs - q.logits


@register_kl(HalfNormal, HalfNormal)
def _half_normal_half_normal(p: Any, q: Any) -> Tensor:
    return _normal_normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def _laplace_laplace(p: Any, q: Any) -> Tensor:
    ratio, apart = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + apart / q.scale + ratio * ops.exp(-apart / p.scale) - 1


@register_kl(Normal, Normal)
def _normal_normal(p: Any, q: Any) -> Tensor:
    ratio, apart = (p.scale / q.scale).pow(2), ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + apart - 1 - ratio.log())


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot_one_hot(p: Any, q: Any) -> Tensor:
    return _categorical_categorical(p._categorical, q._categorical)


@register_kl(Pareto, Pareto)
def _pareto_pareto(p: Any, q: Any) -> Tensor:
    ratio = q.alpha / p.alpha
    kl = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return _infinite_where(p.scale < q.scale, kl)


@register_kl(Poisson, Poisson)
def _poisson_poisson(p: Any, q: Any) -> Tensor:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Uniform, Uniform)
def _uniform_uniform(p: Any, q: Any) -> Tensor:
    kl = ((q.high - q.low) / (p.high - p.low)).log()
    return _infinite_where((q.low > p.low) | (q.high < p.high), kl)


@register_kl(Cauchy, Cauchy)
def _cauchy_cauchy(p: Any, q: Any) -> Tensor:
    return ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log() - (4 * p.scale * q.scale).log()


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed_transformed(p: Any, q: Any) -> Tensor:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(Independent, Independent)
def _independent_independent(p: Any, q: Any) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


# ---------------------------------------------------------------- of vectors
def _same_events(p: Any, q: Any, name: str) -> None:
    if p.event_shape != q.event_shape:
        raise ValueError(f"KL-divergence between two {name} with{' ' * 25} different event shapes cannot be computed")


def _trace_in(lower: Tensor, factor: Tensor) -> Tensor:
    """The trace of ``(lower @ lower.mT)**-1 @ factor @ factor.mT``."""
    batch = ops.broadcast_tensors(lower[..., 0, 0], factor[..., 0, 0])[0].shape
    lower, factor = lower.expand(batch + lower.shape[-2:]), factor.expand(batch + factor.shape[-2:])
    return namespace("linalg")["solve_triangular"](lower, factor, upper=False).pow(2).sum((-2, -1))


def _trace_in_lowrank(q: Any, factor: Tensor) -> Tensor:
    """The trace of a matrix ``factor @ factor.mT`` times the inverse of the covariance of a low rank normal."""
    w, d = q._unbroadcasted_cov_factor, q._unbroadcasted_cov_diag.unsqueeze(-1)
    return (factor.pow(2) / d).sum((-2, -1)) - _trace_in(q._capacitance_tril, ops.matmul((w / d).mT, factor))


@register_kl(MultivariateNormal, MultivariateNormal)
def _mvn_mvn(p: Any, q: Any) -> Tensor:
    _same_events(p, q, "Multivariate Normals")
    half = half_log_det(q._unbroadcasted_scale_tril) - half_log_det(p._unbroadcasted_scale_tril)
    trace = _trace_in(q._unbroadcasted_scale_tril, p._unbroadcasted_scale_tril)
    distance = batch_mahalanobis(q._unbroadcasted_scale_tril, q.loc - p.loc)
    return half + 0.5 * (trace + distance - p.event_shape[0])


@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _mvn_lowrank(p: Any, q: Any) -> Tensor:
    _same_events(p, q, "(Low Rank) Multivariate Normals")
    log_dets = lowrank_log_det(q._unbroadcasted_cov_diag, q._capacitance_tril) \
        - 2 * half_log_det(p._unbroadcasted_scale_tril)
    distance = lowrank_mahalanobis(q._unbroadcasted_cov_factor, q._unbroadcasted_cov_diag, q.loc - p.loc,
                                   q._capacitance_tril)
    trace = _trace_in_lowrank(q, p._unbroadcasted_scale_tril)
    return 0.5 * (log_dets + trace + distance - p.event_shape[0])


@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _lowrank_mvn(p: Any, q: Any) -> Tensor:
    _same_events(p, q, "(Low Rank) Multivariate Normals")
    log_dets = 2 * half_log_det(q._unbroadcasted_scale_tril) \
        - lowrank_log_det(p._unbroadcasted_cov_diag, p._capacitance_tril)
    distance = batch_mahalanobis(q._unbroadcasted_scale_tril, q.loc - p.loc)
    trace = _trace_in(q._unbroadcasted_scale_tril, p._unbroadcasted_cov_factor) \
        + _trace_in(q._unbroadcasted_scale_tril, ops.diag_embed(p._unbroadcasted_cov_diag.sqrt()))
    return 0.5 * (log_dets + trace + distance - p.event_shape[0])


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _lowrank_lowrank(p: Any, q: Any) -> Tensor:
    _same_events(p, q, "Low Rank Multivariate Normals")
    log_dets = lowrank_log_det(q._unbroadcasted_cov_diag, q._capacitance_tril) \
        - lowrank_log_det(p._unbroadcasted_cov_diag, p._capacitance_tril)
    distance = lowrank_mahalanobis(q._unbroadcasted_cov_factor, q._unbroadcasted_cov_diag, q.loc - p.loc,
                                   q._capacitance_tril)
    trace = _trace_in_lowrank(q, p._unbroadcasted_cov_factor) \
        + _trace_in_lowrank(q, ops.diag_embed(p._unbroadcasted_cov_diag.sqrt()))
    return 0.5 * (log_dets + trace + distance - p.event_shape[0])


# ---------------------------------------------------------------- between families: moments of the first
@functools.singledispatch
def _mean_log(p: Any) -> Tensor:
    """The mean of the logarithm of the outcomes."""
    raise NotImplementedError


_mean_log.register(Exponential)(lambda p: -p.rate.log() - _EULER)
_mean_log.register(Gamma)(lambda p: p.concentration.digamma() - p.rate.log())
_mean_log.register(Beta)(lambda p: p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma())
_mean_log.register(Pareto)(lambda p: p.scale.log() + p.alpha.reciprocal())
_mean_log.register(Uniform)(lambda p: _uniform_mean_log(p.low, p.high))


def _uniform_mean_log(low: Tensor, high: Tensor) -> Tensor:
    return (ops.xlogy(high, high) - ops.xlogy(low, low)) / (high - low) - 1


@functools.singledispatch
def _mean_exp(p: Any, rate: Tensor) -> Tensor:
    """The mean of ``exp(-rate * x)``."""
    raise NotImplementedError


_mean_exp.register(Exponential)(lambda p, rate: p.rate / (p.rate + rate))
_mean_exp.register(Gamma)(lambda p, rate: (1 + rate / p.rate).pow(-p.concentration))
_mean_exp.register(Normal)(lambda p, rate: ops.exp(0.5 * (rate * p.scale).pow(2) - rate * p.loc))
_mean_exp.register(Uniform)(
    lambda p, rate: (ops.exp(-rate * p.low) - ops.exp(-rate * p.high)) / (rate * (p.high - p.low)))


# ---------------------------------------------------------------- the mean log density of the second
def _of_exponential(p: Any, q: Any) -> Tensor:
    return q.rate.log() - q.rate * p.mean


def _of_gamma(p: Any, q: Any) -> Tensor:
    return (q.concentration * q.rate.log() - q.concentration.lgamma() + (q.concentration - 1) * _mean_log(p)
            - q.rate * p.mean)


def _of_normal(p: Any, q: Any) -> Tensor:
    spread = (p.variance + (p.mean - q.loc).pow(2)) / q.scale.pow(2)
    return -0.5 * (spread + math.log(2 * math.pi)) - q.scale.log()


def _of_gumbel(p: Any, q: Any) -> Tensor:
    rate = q.scale.reciprocal()
    return -q.scale.log() - (p.mean - q.loc) * rate - ops.exp(q.loc * rate) * _mean_exp(p, rate)


def _of_continuous_bernoulli(p: Any, q: Any) -> Tensor:
    return p.mean * q.logits + ops.log1p(-q.probs) + q._cont_bern_log_norm()


def _of_uniform(p: Any, q: Any) -> Tensor:
    return -(q.high - q.low).log()


def _of_pareto(p: Any, q: Any) -> Tensor:
    return q.alpha.log() + q.alpha * q.scale.log() - (q.alpha + 1) * _mean_log(p)


def _of_beta(p: Any, q: Any) -> Tensor:
    a, b = q.concentration1, q.concentration0
    complement = _uniform_mean_log(1 - p.high, 1 - p.low)
    return (a + b).lgamma() - a.lgamma() - b.lgamma() + (a - 1) * _mean_log(p) + (b - 1) * complement


def _of_poisson(p: Any, q: Any) -> Tensor:
    return p.probs * q.rate.log() - q.rate


def _unit_outside(p: Any, q: Any) -> Tensor:
    return (p.low < 0) | (p.high > 1)


# (first, second): where the first has outcomes that the second has not
_CROSS: dict[tuple[type, type], tuple[Callable, Callable | None]] = {
    (Bernoulli, Poisson): (_of_poisson, None),
    (Beta, ContinuousBernoulli): (_of_continuous_bernoulli, None),
    (Beta, Exponential): (_of_exponential, None),
    (Beta, Gamma): (_of_gamma, None),
    (Beta, Normal): (_of_normal, None),
    (Beta, Uniform): (_of_uniform, lambda p, q: (q.low > 0) | (q.high < 1)),
    (ContinuousBernoulli, Exponential): (_of_exponential, None),
    (ContinuousBernoulli, Normal): (_of_normal, None),
    (ContinuousBernoulli, Uniform): (_of_uniform, lambda p, q: (q.low >= 0) | (q.high <= 1)),
    (Exponential, Gamma): (_of_gamma, None),
    (Exponential, Gumbel): (_of_gumbel, None),
    (Exponential, Normal): (_of_normal, None),
    (Gamma, Exponential): (_of_exponential, None),
    (Gamma, Gumbel): (_of_gumbel, None),
    (Gamma, Normal): (_of_normal, None),
    (Gumbel, Normal): (_of_normal, None),
    (Laplace, Normal): (_of_normal, None),
    (Normal, Gumbel): (_of_gumbel, None),
    (Pareto, Exponential): (_of_exponential, None),
    (Pareto, Gamma): (_of_gamma, None),
    (Pareto, Normal): (_of_normal, None),
    (Uniform, Beta): (_of_beta, _unit_outside),
    (Uniform, ContinuousBernoulli): (_of_continuous_bernoulli, _unit_outside),
    (Uniform, Exponential): (_of_exponential, lambda p, q: p.low < 0),
    (Uniform, Gamma): (_of_gamma, lambda p, q: p.low < 0),
    (Uniform, Gumbel): (_of_gumbel, None),
    (Uniform, Normal): (_of_normal, None),
    (Uniform, Pareto): (_of_pareto, lambda p, q: p.low < q.scale),
}


def _cross(mean_log_density: Callable, outside: Callable | None) -> Callable:
    def kl(p: Any, q: Any) -> Tensor:
        value = -p.entropy() - mean_log_density(p, q)
        return value if outside is None else _infinite_where(outside(p, q), value)

    return kl


for _pair, _how in _CROSS.items():
    register_kl(*_pair)(_cross(*_how))


@register_kl(Normal, Laplace)
def _normal_laplace(p: Any, q: Any) -> Tensor:
    apart = p.loc - q.loc
    in_scales = apart / p.scale
    distance = (math.sqrt(2 / math.pi) * p.scale * ops.exp(-0.5 * in_scales.pow(2))
                + apart * ops.erf(math.sqrt(0.5) * in_scales))
    return -(p.scale / q.scale).log() + distance / q.scale - 0.5 * (1 + math.log(0.5 * math.pi))


# ---------------------------------------------------------------- the second has no density somewhere
def _infinite(name: str) -> Callable:
    return lambda p, q: ops.full_like(getattr(p, name), math.inf)


for _first, _name, _others in (
    (Beta, "concentration1", (Pareto,)),
    (ContinuousBernoulli, "probs", (Pareto,)),
    (Exponential, "rate", (Beta, ContinuousBernoulli, Pareto, Uniform)),
    (Gamma, "concentration", (Beta, ContinuousBernoulli, Pareto, Uniform)),
    (Gumbel, "loc", (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform)),
    (Laplace, "loc", (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform)),
    (Normal, "loc", (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform)),
    (Pareto, "scale", (Beta, ContinuousBernoulli, Uniform)),
    (Poisson, "rate", (Bernoulli, Binomial)),
):
    for _second in _others:
        register_kl(_first, _second)(_infinite(_name))
