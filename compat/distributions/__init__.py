"""``torch.distributions``: probability distributions, their transforms and divergences."""

from compat.distributions import _kl_pairs as _kl_pairs
from compat.distributions import constraints as constraints
from compat.distributions import transforms as transforms
from compat.distributions.bernoulli import Bernoulli as Bernoulli
from compat.distributions.beta import Beta as Beta
from compat.distributions.binomial import Binomial as Binomial
from compat.distributions.categorical import Categorical as Categorical
from compat.distributions.cauchy import Cauchy as Cauchy
from compat.distributions.chi2 import Chi2 as Chi2
from compat.distributions.constraint_registry import biject_to as biject_to
from compat.distributions.constraint_registry import transform_to as transform_to
from compat.distributions.continuous_bernoulli import ContinuousBernoulli as ContinuousBernoulli
from compat.distributions.dirichlet import Dirichlet as Dirichlet
from compat.distributions.distribution import Distribution as Distribution
from compat.distributions.exp_family import ExponentialFamily as ExponentialFamily
from compat.distributions.exponential import Exponential as Exponential
from compat.distributions.fishersnedecor import FisherSnedecor as FisherSnedecor
from compat.distributions.gamma import Gamma as Gamma
from compat.distributions.generalized_pareto import GeneralizedPareto as GeneralizedPareto
from compat.distributions.geometric import Geometric as Geometric
from compat.distributions.gumbel import Gumbel as Gumbel
from compat.distributions.half_cauchy import HalfCauchy as HalfCauchy
from compat.distributions.half_normal import HalfNormal as HalfNormal
from compat.distributions.independent import Independent as Independent
from compat.distributions.inverse_gamma import InverseGamma as InverseGamma
from compat.distributions.kl import kl_divergence as kl_divergence
from compat.distributions.kl import register_kl as register_kl
from compat.distributions.kumaraswamy import Kumaraswamy as Kumaraswamy
from compat.distributions.laplace import Laplace as Laplace
from compat.distributions.lkj_cholesky import LKJCholesky as LKJCholesky
from compat.distributions.log_normal import LogNormal as LogNormal
from compat.distributions.logistic_normal import LogisticNormal as LogisticNormal
from compat.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal as LowRankMultivariateNormal
from compat.distributions.mixture_same_family import MixtureSameFamily as MixtureSameFamily
from compat.distributions.multinomial import Multinomial as Multinomial
from compat.distributions.multivariate_normal import MultivariateNormal as MultivariateNormal
from compat.distributions.negative_binomial import NegativeBinomial as NegativeBinomial
from compat.distributions.normal import Normal as Normal
from compat.distributions.one_hot_categorical import OneHotCategorical as OneHotCategorical
from compat.distributions.one_hot_categorical import (
    OneHotCategoricalStraightThrough as OneHotCategoricalStraightThrough,
)
from compat.distributions.pareto import Pareto as Pareto
from compat.distributions.poisson import Poisson as Poisson
from compat.distributions.relaxed_bernoulli import RelaxedBernoulli as RelaxedBernoulli
from compat.distributions.relaxed_categorical import RelaxedOneHotCategorical as RelaxedOneHotCategorical
from compat.distributions.studentT import StudentT as StudentT
from compat.distributions.transformed_distribution import TransformedDistribution as TransformedDistribution
from compat.distributions.transforms import AbsTransform as AbsTransform
from compat.distributions.transforms import AffineTransform as AffineTransform
from compat.distributions.transforms import CatTransform as CatTransform
from compat.distributions.transforms import ComposeTransform as ComposeTransform
from compat.distributions.transforms import CorrCholeskyTransform as CorrCholeskyTransform
from compat.distributions.transforms import CumulativeDistributionTransform as CumulativeDistributionTransform
from compat.distributions.transforms import ExpTransform as ExpTransform
from compat.distributions.transforms import IndependentTransform as IndependentTransform
from compat.distributions.transforms import LowerCholeskyTransform as LowerCholeskyTransform
from compat.distributions.transforms import PositiveDefiniteTransform as PositiveDefiniteTransform
from compat.distributions.transforms import PowerTransform as PowerTransform
from compat.distributions.transforms import ReshapeTransform as ReshapeTransform
from compat.distributions.transforms import SigmoidTransform as SigmoidTransform
from compat.distributions.transforms import SoftmaxTransform as SoftmaxTransform
from compat.distributions.transforms import SoftplusTransform as SoftplusTransform
from compat.distributions.transforms import StackTransform as StackTransform
from compat.distributions.transforms import StickBreakingTransform as StickBreakingTransform
from compat.distributions.transforms import TanhTransform as TanhTransform
from compat.distributions.transforms import Transform as Transform
from compat.distributions.transforms import identity_transform as identity_transform
from compat.distributions.uniform import Uniform as Uniform
from compat.distributions.von_mises import VonMises as VonMises
from compat.distributions.weibull import Weibull as Weibull
from compat.distributions.wishart import Wishart as Wishart

__all__ = [
    "Distribution", "ExponentialFamily", "Bernoulli", "Beta", "Binomial", "Categorical", "Cauchy", "Chi2",
    "ContinuousBernoulli", "Dirichlet", "Exponential", "FisherSnedecor", "Gamma", "GeneralizedPareto", "Geometric",
    "Gumbel", "HalfCauchy", "HalfNormal", "Independent", "InverseGamma", "Kumaraswamy", "Laplace", "LKJCholesky",
    "LogNormal", "LogisticNormal", "LowRankMultivariateNormal", "MixtureSameFamily", "Multinomial",
    "MultivariateNormal", "NegativeBinomial", "Normal", "OneHotCategorical", "OneHotCategoricalStraightThrough",
    "Pareto", "Poisson", "RelaxedBernoulli", "RelaxedOneHotCategorical", "StudentT", "TransformedDistribution",
    "Uniform", "VonMises", "Weibull", "Wishart", "AbsTransform", "AffineTransform", "CatTransform",
    "ComposeTransform", "CorrCholeskyTransform", "CumulativeDistributionTransform", "ExpTransform",
    "IndependentTransform", "LowerCholeskyTransform", "PositiveDefiniteTransform", "PowerTransform",
    "ReshapeTransform", "SigmoidTransform", "SoftplusTransform", "TanhTransform", "SoftmaxTransform",
    "StackTransform", "StickBreakingTransform", "Transform", "identity_transform", "register_kl", "kl_divergence",
    "biject_to", "transform_to",
]
