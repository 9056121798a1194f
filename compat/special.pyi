# Written by `python -m compat._stubs`; do not edit.
# ruff: noqa
import builtins
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Literal, NoReturn, TypeAlias, overload

from compat import return_types as _return_types
from compat._device import device as _Device
from compat._dtype import dtype as _DType
from compat._random import Generator as _Generator
from compat._settings import memory_format as _MemoryFormat
from compat._size import Size as _Size
from compat._tensor.layout import layout as _Layout
from compat._tensor.tensor import Tensor as Tensor


_Number: TypeAlias = builtins.int | builtins.float | builtins.complex

def airy_ai(input: Tensor, *, out: Any = None) -> Tensor:
    """``torch.special.airy_ai``."""
def bessel_j0(input: Tensor, *, out: Any = None) -> Tensor:
    """``torch.special.bessel_j0``."""
def bessel_j1(input: Tensor, *, out: Any = None) -> Tensor:
    """``torch.special.bessel_j1``."""
def bessel_y0(input: Tensor, *, out: Any = None) -> Tensor:
    """``torch.special.bessel_y0``."""
def bessel_y1(input: Tensor, *, out: Any = None) -> Tensor:
    """``torch.special.bessel_y1``."""
def chebyshev_polynomial_t(x: Any, n: Any, *, out: Any = None) -> Any:
    """The polynomial of degree `n`: ``torch.special.chebyshev_polynomial_t``."""
def chebyshev_polynomial_u(x: Any, n: Any, *, out: Any = None) -> Any:
    """The polynomial of degree `n`: ``torch.special.chebyshev_polynomial_u``."""
def chebyshev_polynomial_v(x: Any, n: Any, *, out: Any = None) -> Any:
    """The polynomial of degree `n`: ``torch.special.chebyshev_polynomial_v``."""
def chebyshev_polynomial_w(x: Any, n: Any, *, out: Any = None) -> Any:
    """The polynomial of degree `n`: ``torch.special.chebyshev_polynomial_w``."""
def digamma(input: Tensor, *, out: Any = None) -> Tensor:
    """Derivative of `lgamma`."""
def entr(input: Tensor, *, out: Any = None) -> Tensor:
    """Entropy: ``-input * log(input)``, 0 at 0, -inf below."""
def erf(input: Tensor, *, out: Any = None) -> Tensor:
    """Error function."""
def erfc(input: Tensor, *, out: Any = None) -> Tensor:
    """``1 - erf(input)``."""
def erfcx(input: Tensor, *, out: Any = None) -> Tensor:
    """``exp(input ** 2) * erfc(input)``."""
def erfinv(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse of `erf`."""
def exp2(input: Tensor, *, out: Any = None) -> Tensor:
    """Power of two."""
def expit(input: Tensor, *, out: Any = None) -> Tensor:
    """``1 / (1 + exp(-input))``."""
def expm1(input: Tensor, *, out: Any = None) -> Tensor:
    """``exp(input) - 1``, precise near 0."""
def gammainc(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Regularised lower incomplete gamma function."""
def gammaincc(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """Regularised upper incomplete gamma function."""
def gammaln(input: Tensor, *, out: Any = None) -> Tensor:
    """Logarithm of the absolute value of the gamma function."""
def hermite_polynomial_h(x: Any, n: Any, *, out: Any = None) -> Any:
    """The polynomial of degree `n`: ``torch.special.hermite_polynomial_h``."""
def hermite_polynomial_he(x: Any, n: Any, *, out: Any = None) -> Any:
    """The polynomial of degree `n`: ``torch.special.hermite_polynomial_he``."""
def i0(input: Tensor, *, out: Any = None) -> Tensor:
    """Modified Bessel function of order 0."""
def i0e(input: Tensor, *, out: Any = None) -> Tensor:
    """Exponentially scaled `i0`."""
def i1(input: Tensor, *, out: Any = None) -> Tensor:
    """Modified Bessel function of order 1."""
def i1e(input: Tensor, *, out: Any = None) -> Tensor:
    """Exponentially scaled `i1`."""
def laguerre_polynomial_l(x: Any, n: Any, *, out: Any = None) -> Any:
    """The polynomial of degree `n`: ``torch.special.laguerre_polynomial_l``."""
def legendre_polynomial_p(x: Any, n: Any, *, out: Any = None) -> Any:
    """The polynomial of degree `n`: ``torch.special.legendre_polynomial_p``."""
def log1p(input: Tensor, *, out: Any = None) -> Tensor:
    """``log(1 + input)``, precise near 0."""
def log_ndtr(input: Tensor, *, out: Any = None) -> Tensor:
    """Logarithm of `ndtr`, precise far below 0."""
def log_softmax(input: Tensor, dim: builtins.int, dtype: _DType | builtins.type | None = None) -> Tensor:
    """Logarithm of ``softmax``."""
def logit(input: Tensor, eps: builtins.float | None = None, *, out: Any = None) -> Tensor:
    """``log(input / (1 - input))``, of `input` limited to ``[eps, 1 - eps]`` if `eps` is given."""
def logsumexp(input: Tensor, dim: builtins.int | Sequence[builtins.int] | None, keepdim: builtins.bool = False, *, keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
    """``log(sum(exp(input)))`` without overflow; -inf of nothing."""
def modified_bessel_i0(input: Tensor, *, out: Any = None) -> Tensor:
    """``torch.special.modified_bessel_i0``."""
def modified_bessel_i1(input: Tensor, *, out: Any = None) -> Tensor:
    """``torch.special.modified_bessel_i1``."""
def modified_bessel_k0(input: Tensor, *, out: Any = None) -> Tensor:
    """``torch.special.modified_bessel_k0``."""
def modified_bessel_k1(input: Tensor, *, out: Any = None) -> Tensor:
    """``torch.special.modified_bessel_k1``."""
def multigammaln(input: Tensor, p: builtins.int, *, out: Any = None) -> Tensor:
    """Logarithm of the multivariate gamma function of dimension `p`."""
def ndtr(input: Tensor, *, out: Any = None) -> Tensor:
    """Normal distribution function."""
def ndtri(input: Tensor, *, out: Any = None) -> Tensor:
    """Inverse of `ndtr`."""
def polygamma(n: builtins.int, input: Any, *, out: Any = None) -> Tensor:
    """The `n`-th derivative of ``digamma``."""
def psi(input: Tensor, *, out: Any = None) -> Tensor:
    """Derivative of `lgamma`."""
def round(input: Tensor, *, decimals: builtins.int = 0, out: Any = None) -> Tensor:
    """Nearest integer, or multiple of ``10 ** -decimals``; halves go to the even neighbour. The derivative is 0."""
def scaled_modified_bessel_k0(input: Tensor, *, out: Any = None) -> Tensor:
    """``torch.special.scaled_modified_bessel_k0``."""
def scaled_modified_bessel_k1(input: Tensor, *, out: Any = None) -> Tensor:
    """``torch.special.scaled_modified_bessel_k1``."""
def shifted_chebyshev_polynomial_t(x: Any, n: Any, *, out: Any = None) -> Any:
    """The polynomial of degree `n`: ``torch.special.shifted_chebyshev_polynomial_t``."""
def shifted_chebyshev_polynomial_u(x: Any, n: Any, *, out: Any = None) -> Any:
    """The polynomial of degree `n`: ``torch.special.shifted_chebyshev_polynomial_u``."""
def shifted_chebyshev_polynomial_v(x: Any, n: Any, *, out: Any = None) -> Any:
    """The polynomial of degree `n`: ``torch.special.shifted_chebyshev_polynomial_v``."""
def shifted_chebyshev_polynomial_w(x: Any, n: Any, *, out: Any = None) -> Any:
    """The polynomial of degree `n`: ``torch.special.shifted_chebyshev_polynomial_w``."""
def sinc(input: Tensor, *, out: Any = None) -> Tensor:
    """``sin(pi * input) / (pi * input)``, 1 at 0."""
def softmax(input: Tensor, dim: builtins.int, dtype: _DType | builtins.type | None = None) -> Tensor:
    """Exponentials normalised to sum 1 along `dim`; cast to `dtype` first if given."""
def spherical_bessel_j0(input: Tensor, *, out: Any = None) -> Tensor:
    """``torch.special.spherical_bessel_j0``."""
def xlog1py(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input * log1p(other)``, 0 where `input` is 0 unless `other` is nan."""
def xlogy(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """``input * log(other)``, 0 where `input` is 0 unless `other` is nan."""
def zeta(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """Hurwitz zeta function."""
