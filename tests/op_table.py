"""Operators as rows: a call, its inputs, and how closely compat must agree with PyTorch.

A row is ``call | inputs | options``. The call is Python, over ``torch``, ``F`` (torch.nn.functional) and the inputs.
An input is ``name=kind shape``: see `KINDS`. Options: ``nograd`` (no gradients are asked for), ``tol=1e-4`` (both
tolerances, where float32 sums over many terms, or float16 holds three digits), ``noname`` (the grad_fn's name is an
accident of PyTorch's dispatch).
"""

import re
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tests.rows import further

Generator = np.random.Generator
Shape = tuple[int, ...]


def _matrix(r: Generator, s: Shape) -> np.ndarray:
    return r.normal(size=s).round(3) + 3 * np.eye(*s[-2:])


def _positive_definite(r: Generator, s: Shape) -> np.ndarray:
    half = r.normal(size=s).round(2)
    return half @ half.swapaxes(-1, -2) + np.eye(s[-1])


EDGES = np.array([-np.inf, -2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, np.inf, np.nan])

# kind: (dtype, values of a shape)
KINDS: dict[str, tuple[str, Callable[[Generator, Shape], np.ndarray]]] = {
    "f": ("float32", lambda r, s: (1.5 * r.normal(size=s)).round(3)),
    "d": ("float64", lambda r, s: (1.5 * r.normal(size=s)).round(3)),
    "h": ("float16", lambda r, s: r.normal(size=s).round(2)),
    "p": ("float32", lambda r, s: r.uniform(0.2, 3.0, s).round(3)),  # positive
    "u": ("float32", lambda r, s: r.uniform(-0.9, 0.9, s).round(3)),  # within (-1, 1)
    "q": ("float32", lambda r, s: r.uniform(0.05, 0.95, s).round(3)),  # probabilities
    "k": ("float32", lambda r, s: r.integers(-1, 2, s)),  # ties
    "e": ("float32", lambda r, s: EDGES),  # edges; the shape is not asked for
    "m": ("float32", _matrix),  # well-conditioned matrices
    "v": ("float32", _positive_definite),
    "z": ("complex64", lambda r, s: r.normal(size=s).round(2) + 1j * r.normal(size=s).round(2)),
    "i": ("int64", lambda r, s: r.integers(-4, 6, s)),
    "n": ("int64", lambda r, s: r.integers(0, 3, s)),  # indices and classes below 3
    "s": ("int32", lambda r, s: r.integers(-4, 6, s)),
    "c": ("uint8", lambda r, s: r.integers(0, 256, s)),
    "b": ("bool", lambda r, s: r.integers(0, 2, s)),
}


class Row(NamedTuple):
    """One call on given inputs."""

    family: str
    call: str
    inputs: dict[str, str]
    grad: bool
    named: bool
    tolerance: float | None

    @property
    def key(self) -> str:
        """A readable, unique name."""
        return self.call + "".join(f" {k}={v}" for k, v in self.inputs.items())


def _parse(family: str, line: str) -> Row:
    call, inputs, options, *_ = [part.strip() for part in re.split(r" \|(?= |$)", line)] + ["", ""]
    given = dict(pair.split("=") for pair in inputs.split())
    found = re.search(r"tol=(\S+)", options)
    return Row(
        family, call, given, "nograd" not in options, "noname" not in options, float(found[1]) if found else None
    )


def make_inputs(row: Row) -> dict[str, np.ndarray]:
    """The inputs' values, the same on every machine."""
    values = {}
    for name, spec in row.inputs.items():
        dtype, draw = KINDS[spec[0]]
        shape = tuple(int(n) for n in spec[1:].split(",") if n)
        r = np.random.default_rng(zlib.crc32(f"{row.call} {name} {spec}".encode()))
        values[name] = np.asarray(draw(r, shape)).astype(dtype)
    return values


def tensors(row: Row, torch: Any) -> dict[str, Any]:
    """The inputs as tensors; those that can, require grad."""
    return {
        name: torch.tensor(value, requires_grad=row.grad and value.dtype.kind in "fc")
        for name, value in make_inputs(row).items()
    }


def evaluate(row: Row, torch: Any) -> dict[str, Any]:
    """What a row gives: outputs, whether and how they are recorded, gradients for a fixed cotangent."""
    given = tensors(row, torch)
    names = {"torch": torch, "F": torch.nn.functional, "inf": np.inf, "nan": np.nan}
    result = eval(row.call, {**names, **given})
    flat = list(result) if isinstance(result, (tuple, list)) else [result]
    outputs = [t for t in flat if torch.is_tensor(t)]
    recorded = [t for t in outputs if t.requires_grad]
    seen: dict[str, Any] = {"outputs": [], "requires_grad": [t.requires_grad for t in outputs]}
    if row.named:
        seen["grad_fn"] = [t.grad_fn.name() if t.grad_fn is not None else None for t in outputs]
    if recorded:
        leaves = [t for t in given.values() if t.requires_grad]
        cotangents = [torch.tensor(_cotangent(t)) for t in recorded]
        grads = torch.autograd.grad(recorded, leaves, cotangents, allow_unused=True)
        seen["grads"] = [None if g is None else _host(g) for g in grads]
    # read last, so that a row is one program for compat
    seen["outputs"] = [_host(t) if torch.is_tensor(t) else t for t in flat]
    return seen


def _host(t: Any) -> np.ndarray:
    t = t.detach().resolve_conj()
    return np.array(t.float().numpy() if str(t.dtype) == "torch.bfloat16" else t.numpy())


def _cotangent(of: Any) -> np.ndarray:
    name = str(of.dtype).removeprefix("torch.")
    shape, dtype = tuple(of.shape), np.dtype("float32" if name == "bfloat16" else name)  # which NumPy lacks
    values = np.cos(np.arange(of.numel()) + 0.5).reshape(shape) + 0.25
    return (values * (1 - 0.5j) if dtype.kind == "c" else values).astype(dtype)


def error_of(call: str, torch: Any) -> list[str]:
    """``[type, first line of the text]`` of the error that a call raises."""
    try:
        eval(call, {"torch": torch, "F": torch.nn.functional})
    except Exception as error:  # noqa: BLE001 - the exception is the observation
        return [type(error).__name__, (str(error).strip().splitlines() or [""])[0].rstrip()]
    return ["no error", ""]


_POINTWISE = [
    *(
        f"torch.{n}(x) | x={k}"
        for n, k in {
            "abs": "f5 e",
            "neg": "f5 i5",
            "sign": "e i5",
            "sgn": "z4",
            "exp": "f5 e i4",
            "exp2": "f5",
            "expm1": "f5 e",
            "log": "p5 e i4",
            "log2": "p5",
            "log10": "p5",
            "log1p": "p5 e",
            "sqrt": "p5 e i4",
            "rsqrt": "p5 e",
            "square": "f5 i5",
            "reciprocal": "p5 e i4",
            "sin": "f5 i4 z4",
            "cos": "f5 i4",
            "tan": "u5",
            "asin": "u5 e",
            "acos": "u5 e",
            "atan": "f5 e",
            "sinh": "f5",
            "cosh": "f5",
            "tanh": "f5 e i4",
            "asinh": "f5",
            "acosh": "e",
            "atanh": "u5 e",
            "sigmoid": "f5 e i4",
            "erf": "f5 e",
            "erfc": "f5",
            "erfinv": "u5",
            "lgamma": "p5 e",
            "digamma": "p5",
            "floor": "e i4",
            "ceil": "e",
            "round": "e",
            "trunc": "e",
            "frac": "f5",
            "logit": "q5",
            "sinc": "f5 e",
            "i0": "f5",
            "isnan": "e i4",
            "isinf": "e",
            "isfinite": "e z3",
            "isposinf": "e",
            "isneginf": "e",
            "logical_not": "e i5 b4",
            "bitwise_not": "i5 b4 c4",
            "relu": "f5 e",
            "positive": "f5",
            "signbit": "e i5",
            "deg2rad": "f5",
            "rad2deg": "f5",
            "nan_to_num": "e",
            "real": "z4 f4",
            "imag": "z4",
            "angle": "z4 f4 e",
            "conj": "z4 f4",
            "arccos": "u3",
            "arcsin": "u3",
            "arctan": "f3",
            "negative": "f3",
            "absolute": "f3 z4 i4",
            "fix": "f4",
            "clone": "f4",
            "ones_like": "f3",
            "zeros_like": "i3",
        }.items()
        for k in k.split()
    ),
    *(
        f"torch.{n}(x, y) | x={a} y={b}"
        for n, cases in {
            "add": "f3,4:f4 f3:i3 i3:i3 f2,1:f3 b3:i3 i3:d s3:i3 z3:f3 c3:i3",
            "sub": "f3,4:f4 f3:i3",
            "mul": "f3,4:f4 f2,1:f1,3 b3:b3 z3:z3",
            "div": "f3,4:p4 i3:p3 z3:z3",
            "pow": "p3,4:f4 p4:i4 e:f",
            "maximum": "f3,4:f4 k6:k6 e:e",
            "minimum": "f3,4:f4 k6:k6",
            "fmax": "k6:k6 e:f",
            "fmin": "k6:k6",
            "atan2": "f3,4:f4",
            "hypot": "f5:f5",
            "fmod": "f5:p5 i5:p5",
            "remainder": "f5:p5 i5:p5",
            "copysign": "f5:f5",
            "logaddexp": "f5:f5",
            "logaddexp2": "f5:f5",
            "xlogy": "p5:p5",
            "eq": "k6:k6 i5:i5",
            "ne": "k6:k6",
            "lt": "k6:k6",
            "le": "k6:k6",
            "gt": "k6:k6",
            "ge": "f3,4:f4",
            "logical_and": "i5:b5",
            "logical_or": "k5:b5",
            "logical_xor": "i5:i5",
            "bitwise_and": "i5:i5 b4:b4",
            "bitwise_or": "i5:i5",
            "bitwise_xor": "i5:i5 b4:b4",
            "isclose": "k6:k6",
            "gcd": "i5:i5",
            "lcm": "i5:i5",
            "nextafter": "f4:f4",
            "float_power": "p4:f4",
            "dist": "f4:f4",
            "true_divide": "f4:p4",
            "multiply": "f4:f4",
            "subtract": "f4:f4",
            "divide": "f4:p4",
            "greater": "k4:k4",
            "ldexp": "f4:n4",
            "bitwise_left_shift": "n4:n4",
            "bitwise_right_shift": "i4:n4",
        }.items()
        for a, b in (c.split(":") for c in cases.split())
    ),
]

_TEXT = """
# arithmetic
x + 2.5 | x=f4
torch.add(x, y) | x=h3 y=f | tol=1e-3
x + 2 | x=i4
x + 2.5 | x=i4
3 - x | x=f4
1 / x | x=p4
2 ** x | x=f4
x ** 2 | x=f4
x ** 0.5 | x=p4
x ** 3 | x=i4
x // 2 | x=f4 | nograd
torch.floor_divide(x, y) | x=f5 y=p5 | nograd
torch.heaviside(x, y) | x=e y=f | nograd
x % 3 | x=f4
x % 3 | x=i4
-7 % x | x=p4 | nograd
7 // x | x=p4 | nograd
x * True | x=f4
x / 2 | x=i4
x + 1j | x=f3
x & 3 | x=i4
~x | x=b4
x << 1 | x=i4
abs(-x) | x=f4
x == 1 | x=k5
x > 0 | x=f4
x @ y | x=f2,3 y=f3,2
torch.add(x, y, alpha=2.5) | x=f2,3 y=f3
torch.sub(x, y, alpha=2) | x=i2,3 y=i3
torch.rsub(x, y, alpha=0.5) | x=f3 y=f3
torch.add(x, 3, alpha=2) | x=f3
torch.div(x, y, rounding_mode='floor') | x=f5 y=p5
torch.div(x, y, rounding_mode='trunc') | x=f5 y=p5
torch.div(x, 2, rounding_mode='floor') | x=i5
torch.clamp(x, -0.5, 1.0) | x=e
torch.clamp(x, min=0) | x=k6
torch.clamp(x, max=0.5) | x=f5
torch.clamp(x, lo, hi) | x=f5 lo=u5 hi=p5
x.clip(-1, 2) | x=i6
torch.clamp_min(x, 0.1) | x=f5
torch.clamp_max(x, 0.1) | x=f5
torch.where(x > 0, x, y) | x=f5 y=f5
torch.where(c, x, 0.0) | c=b5 x=f5
torch.where(c, 1, 0) | c=b5
torch.where(c) | c=b3,3
torch.lerp(x, y, 0.3) | x=f4 y=f4
torch.lerp(x, y, w) | x=f4 y=f4 w=q4
torch.addcmul(x, y, z, value=0.5) | x=f4 y=f4 z=f4
torch.addcdiv(x, y, z, value=0.5) | x=f4 y=f4 z=p4
torch.masked_fill(x, m, 7.0) | x=f3,4 m=b4
x.masked_fill(m, v) | x=f4 m=b4 v=f
torch.nan_to_num(x, nan=1.0, posinf=5.0, neginf=-5.0) | x=e
torch.round(x, decimals=1) | x=f4
torch.logit(x, eps=0.2) | x=q5
torch.polar(x, y) | x=p4 y=f4
torch.complex(x, y) | x=f4 y=f4
torch.special.expit(x) | x=f4
torch.special.xlog1py(x, y) | x=f4 y=p4
torch.polygamma(1, x) | x=p4 | tol=1e-4
torch.allclose(x, x + 1e-9) | x=f4
torch.equal(x, y) | x=k2 y=k2
torch.isreal(x) | x=z3
torch.conj_physical(x) | x=z3
torch.special.i0e(x) | x=f4
torch.special.i1(x) | x=f4
torch.special.i1e(x) | x=f4
torch.special.ndtr(x) | x=f4
torch.special.ndtri(x) | x=q4 | tol=1e-4
torch.special.log_ndtr(x) | x=f4 | tol=1e-5
torch.special.entr(x) | x=q4
torch.special.erfcx(x) | x=f4 | tol=1e-5
torch.special.zeta(x, y) | x=i y=p4 | nograd tol=1e-5
torch.special.gammainc(x, y) | x=p4 y=p4 | nograd tol=1e-5
torch.special.gammaincc(x, y) | x=p4 y=p4 | nograd tol=1e-5
torch.special.multigammaln(x + 3, 2) | x=p4 | tol=1e-5 noname
# in place, on a copy
x.clone().add_(y, alpha=2) | x=f3,4 y=f4
x.clone().mul_(y) | x=f3,4 y=f4
x.clone().sub_(1.5) | x=f4
x.clone().div_(y) | x=f4 y=p4
x.clone().pow_(2) | x=f4
x.clone().exp_() | x=f4
x.clone().sqrt_() | x=p4
x.clone().neg_() | x=f4
x.clone().relu_() | x=f5
x.clone().sigmoid_() | x=f4
x.clone().tanh_() | x=f4
x.clone().clamp_(0, 1) | x=f5
x.clone().zero_() | x=f4
x.clone().fill_(3.5) | x=f4
x.clone().copy_(y) | x=f3,4 y=f4
x.clone().copy_(y) | x=f3 y=i3
x.clone().masked_fill_(m, 2.0) | x=f4 m=b4
x.clone().addcmul_(y, z, value=2) | x=f4 y=f4 z=f4
x.clone().addcdiv_(y, z, value=2) | x=f4 y=f4 z=p4
x.clone().lerp_(y, 0.25) | x=f4 y=f4
x.clone().floor_divide_(2) | x=f4 | nograd
x.clone().logical_or_(y) | x=b4 y=b4
x.clone().transpose_(0, 1) | x=f2,3
x.clone().t_() | x=f2,3
x.clone().unsqueeze_(0) | x=f3
x.clone().squeeze_(0) | x=f1,3
x.clone().index_fill_(0, i, 9.0) | x=f3,2 i=n2 | noname
x.clone().scatter_(0, i, 5.0) | x=f3,2 i=n2,2
x.clone().scatter_add_(0, i, y) | x=f3,2 i=n2,2 y=f2,2
x.clone().index_add_(0, i, y) | x=f3,2 i=n4 y=f4,2
# activations
F.relu(x) | x=k6
F.relu6(x * 4) | x=f6
F.elu(x, alpha=0.7) | x=f6
F.selu(x) | x=f6
F.celu(x, alpha=1.3) | x=f6
F.gelu(x) | x=f6
F.gelu(x, approximate='tanh') | x=f6
F.silu(x) | x=f6
F.mish(x) | x=f6
F.leaky_relu(x, 0.2) | x=k6
F.softplus(x) | x=f6
F.softplus(x, beta=2, threshold=1) | x=f6
F.softsign(x) | x=f6
F.hardtanh(x, -0.5, 0.7) | x=f6
F.hardsigmoid(x * 3) | x=f6
F.hardswish(x * 3) | x=f6
F.hardshrink(x) | x=f6
F.softshrink(x) | x=f6
F.tanhshrink(x) | x=f6
F.threshold(x, 0.1, 20) | x=f6
F.logsigmoid(x) | x=e | noname
F.glu(x, dim=-1) | x=f3,4
F.prelu(x, w) | x=f2,3 w=f3
F.softmax(x, dim=-1) | x=f3,4
F.softmax(x, dim=0, dtype=torch.float64) | x=f3,4
F.log_softmax(x, dim=1) | x=f3,4
F.softmin(x, dim=-1) | x=f3,4
F.normalize(x, dim=1) | x=f3,4
F.normalize(x, p=1, dim=0) | x=f3,4
x.softmax(-1) | x=f3
# reductions
torch.sum(x) | x=f3,4
torch.sum(x, 1) | x=f3,4
torch.sum(x, dim=(0, 2), keepdim=True) | x=f2,3,2
torch.sum(x) | x=b5
torch.sum(x, dtype=torch.float64) | x=i4
x.sum(-1) | x=c2,3
torch.mean(x) | x=f3,4
torch.mean(x, (0, 1)) | x=f3,4
torch.mean(x, 1, keepdim=True) | x=f3,4
torch.nansum(x) | x=e
torch.nanmean(x) | x=e
torch.prod(x) | x=k4
torch.prod(x) | x=f4
torch.prod(x, 1) | x=k2,4
torch.std(x) | x=f5
torch.std(x, 1, correction=0) | x=f3,4
torch.var(x, dim=0, unbiased=False, keepdim=True) | x=f3,4
torch.var(x) | x=f5
torch.std_mean(x, dim=1) | x=f3,4 | noname
torch.var_mean(x) | x=f6 | noname
torch.max(x) | x=k6
torch.min(x) | x=k6
torch.max(x, 1) | x=k3,4
torch.min(x, 0, keepdim=True) | x=f3,4
torch.max(x) | x=e
torch.amax(x, 1) | x=k3,4
torch.amin(x, (0, 1)) | x=k3,4
torch.aminmax(x) | x=f5 | noname
torch.argmax(x) | x=k3,4
torch.argmax(x, dim=1, keepdim=True) | x=f3,4
torch.argmin(x, 0) | x=k3,4
torch.all(x) | x=b4
torch.any(x, 1) | x=b3,2
torch.all(x) | x=i4
torch.count_nonzero(x) | x=k6
torch.logsumexp(x, 1) | x=f3,4
torch.logsumexp(x, 0) | x=e
torch.cumsum(x, 1) | x=f2,4
torch.cumsum(x, 0) | x=b4
torch.cumprod(x, 0) | x=k5
torch.cumprod(x, 1) | x=f2,3
torch.logcumsumexp(x, 0) | x=f4
torch.cummax(x, 0) | x=k6
torch.cummin(x, 1) | x=k2,4
torch.norm(x) | x=f3,4
torch.norm(x, p=1, dim=1) | x=k3,4
torch.norm(x, dim=0, keepdim=True) | x=f3,2
x.norm(2) | x=f3
torch.linalg.vector_norm(x) | x=f4
torch.linalg.vector_norm(x, 3, dim=1) | x=f2,3
torch.linalg.vector_norm(x, float('inf')) | x=k5
torch.median(x) | x=f5
torch.median(x, 1) | x=f2,5
torch.nanmedian(x) | x=e
torch.mode(x, 0) | x=k6
torch.nanquantile(x, 0.3) | x=f6 | noname
torch.quantile(x, 0.3) | x=f6 | noname
torch.quantile(x, q, dim=1, interpolation='nearest') | x=f2,5 q=q3 | noname
torch.dist(x, y, 1) | x=f4 y=f4 | noname
torch.trace(x) | x=f3,3
torch.histc(x, 4, -2, 2) | x=f9 | nograd
torch.bincount(x, minlength=5) | x=n7
torch.bincount(x, weights=w) | x=n5 w=f5 | nograd
# sorting and searching
torch.sort(x) | x=f3,4
torch.sort(x, dim=0, descending=True) | x=f4,2
torch.sort(x, stable=True) | x=k6
torch.argsort(x, descending=True) | x=f5
torch.topk(x, 2) | x=f3,5
torch.topk(x, 2, dim=0, largest=False) | x=f4,2
torch.kthvalue(x, 2) | x=f5
torch.msort(x) | x=f4,2
torch.unique(x) | x=i7
torch.unique(x, return_inverse=True, return_counts=True) | x=i7
torch.unique_consecutive(x) | x=n8
torch.searchsorted(torch.sort(x).values, y) | x=f6 y=f3 | nograd
torch.bucketize(y, torch.sort(x).values, right=True) | x=f6 y=f3 | nograd
torch.nonzero(x) | x=k2,4
torch.nonzero(x, as_tuple=True) | x=k6
torch.isin(x, y) | x=i6 y=i3
# shapes
x.reshape(2, 6) | x=f3,4
x.view(-1, 2) | x=f3,4
x.t() | x=f2,3
x.T | x=f2,3
x.mT | x=f2,2,3
x.transpose(0, 2) | x=f2,1,3
x.permute(2, 0, 1) | x=f2,1,3
x.squeeze() | x=f1,3,1
x.squeeze(0) | x=f1,3
x.unsqueeze(-1) | x=f3
x.expand(2, 3) | x=f1,3
x.expand(2, -1, 3) | x=f4,1
x.expand_as(y) | x=f1,3 y=f2,3
x.flatten(1) | x=f2,2,3
x.unflatten(1, (2, -1)) | x=f2,6
x.narrow(1, 1, 2) | x=f2,4
x.select(0, 1) | x=f3,2
x.diagonal() | x=f3,4
x.diagonal(1, 0, 2) | x=f2,3,4
x.unfold(0, 3, 2) | x=f7
x.as_strided((2, 2), (1, 2)) | x=f6
x.view_as(y) | x=f6 y=f2,3
x.movedim(0, -1) | x=f2,3,4
x.swapaxes(0, 1) | x=f2,3
x.split(2) | x=f5
x.split([1, 2], dim=1) | x=f2,3
x.chunk(3) | x=f7
x.unbind(1) | x=f2,3
x.contiguous() | x=f3 | noname
x.t().contiguous() | x=f2,3
torch.cat([x, y], 1) | x=f2,3 y=f2,1
torch.cat([x, y]) | x=f2 y=i2
torch.stack([x, y], dim=1) | x=f3 y=f3
torch.hstack([x, y]) | x=f2,1 y=f2,2
torch.vstack([x, y]) | x=f3 y=f3
torch.dstack([x, y]) | x=f3 y=f3 | noname
torch.column_stack([x, y]) | x=f3 y=f3,2
torch.tensor_split(x, 3) | x=f7
torch.hsplit(x, 2) | x=f2,4
torch.repeat_interleave(x, 2) | x=f3 | noname
torch.repeat_interleave(x, r, dim=0) | x=f3,2 r=n3
x.repeat(2, 3) | x=f2
torch.tile(x, (2,)) | x=f2,2
torch.flip(x, [0, 1]) | x=f2,3
torch.fliplr(x) | x=f2,3
torch.flipud(x) | x=f3,2
F.channel_shuffle(x, 2) | x=f1,4,2 | nograd
torch.roll(x, 1, 0) | x=f3,2
torch.roll(x, (1, -1), (0, 1)) | x=f3,2
torch.rot90(x) | x=f2,3 | noname
torch.tril(x) | x=f3,4
torch.triu(x, 1) | x=f3,4
torch.diag(x) | x=f3 | noname
torch.diag(x, 1) | x=f3,4 | noname
torch.diag_embed(x) | x=f2,3
torch.diagflat(x) | x=f2,2 | noname
torch.meshgrid(x, y, indexing='ij') | x=f2 y=f3
torch.cartesian_prod(x, y) | x=f2 y=f2
torch.combinations(x) | x=f4 | noname
torch.broadcast_to(x, (2, 3)) | x=f3
torch.broadcast_tensors(x, y) | x=f1,3 y=f2,1
torch.block_diag(x, y) | x=f2,2 y=f1,3 | noname
torch.atleast_2d(x) | x=f3 | noname
torch.ravel(x) | x=f2,2
torch.swapdims(x, 0, 1) | x=f2,3
torch.adjoint(x) | x=z2,3
torch.view_as_real(x) | x=z3
torch.view_as_complex(x) | x=f3,2
F.pad(x, (1, 2)) | x=f2,3
F.pad(x, (1, 1, 2, 0), value=3.0) | x=f2,3
F.pad(x, (2, 1), mode='reflect') | x=f1,2,4
F.pad(x, (1, 1, 1, 1), mode='replicate') | x=f1,1,2,3
F.pad(x, (1, 2), mode='circular') | x=f1,1,4 | noname
F.one_hot(x, 4) | x=n5
F.one_hot(x) | x=n5
# indexing
x[1] | x=f3,2
x[-1, 0] | x=f3,2
x[:, 1:] | x=f3,4
x[::2] | x=f5
x[..., 0] | x=f2,3
x[None] | x=f2
x[i] | x=f3,2 i=n4
x[i, j] | x=f3,3 i=n4 j=n4
x[:, i] | x=f2,3 i=n2
x[m] | x=f5 m=b5
x[x > 0] | x=f6
x[i[:, None], j] | x=f3,3 i=n2 j=n3
torch.gather(x, 1, i) | x=f2,3 i=n2,4
torch.scatter(x, 1, i, y) | x=f2,3 i=n2,1 y=f2,1
torch.scatter_add(x, 0, i, y) | x=f3,2 i=n4,2 y=f4,2
torch.scatter_reduce(x, 0, i, y, reduce='amax') | x=f3 i=n5 y=f5
torch.scatter_reduce(x, 0, i, y, reduce='mean', include_self=False) | x=f3 i=n5 y=f5
torch.index_select(x, 0, i) | x=f3,2 i=n4
torch.index_add(x, 0, i, y, alpha=2) | x=f3,2 i=n4 y=f4,2
torch.index_copy(x, 0, torch.tensor([2, 0]), y) | x=f3,2 y=f2,2
torch.index_fill(x, 1, torch.tensor([0]), 3.0) | x=f2,3 | noname
torch.masked_select(x, m) | x=f2,3 m=b2,3
torch.masked_scatter(x, m, y) | x=f4 m=b4 y=f4
torch.index_reduce(x, 0, i, y, 'prod') | x=f3 i=n4 y=f4 | nograd
x.put(i, y, accumulate=True) | x=f3 i=n4 y=f4
torch.take(x, i) | x=f3,2 i=n4
torch.take_along_dim(x, i, 1) | x=f2,3 i=n2,2
torch.select_scatter(x, y, 0, 1) | x=f3,2 y=f2
torch.slice_scatter(x, y, 0, 1, 2) | x=f3,2 y=f1,2
torch.diagonal_scatter(x, y) | x=f3,3 y=f3
torch.index_put(x, (i,), y, accumulate=True) | x=f3 i=n4 y=f4
F.embedding(i, w) | i=n2,3 w=f3,4
F.embedding(i, w, padding_idx=1) | i=n5 w=f3,2
# products
torch.mm(x, y) | x=f2,3 y=f3,4
torch.mm(x, y) | x=i2,3 y=i3,2
torch.mv(x, y) | x=f2,3 y=f3
torch.dot(x, y) | x=f4 y=f4
torch.vdot(x, y) | x=z3 y=z3
torch.bmm(x, y) | x=f2,2,3 y=f2,3,2
torch.matmul(x, y) | x=f3 y=f3
torch.matmul(x, y) | x=f2,1,2,3 y=f3,3,2 | noname
torch.matmul(x, y) | x=f2,3 y=f3
torch.matmul(x, y) | x=z2,2 y=z2,2
torch.outer(x, y) | x=f2 y=f3
torch.inner(x, y) | x=f2,3 y=f4,3 | noname
torch.addmm(b, x, y, beta=0.5, alpha=2) | b=f4 x=f2,3 y=f3,4
torch.addmv(b, x, y) | b=f2 x=f2,3 y=f3
torch.addr(b, x, y) | b=f2,3 x=f2 y=f3 | noname
torch.baddbmm(b, x, y) | b=f2,2,2 x=f2,2,3 y=f2,3,2
torch.addbmm(b, x, y) | b=f2,2 x=f3,2,3 y=f3,3,2
torch.einsum('ij,jk->ik', x, y) | x=f2,3 y=f3,2 | noname
torch.einsum('bij,bij->b', x, y) | x=f2,2,3 y=f2,2,3 | noname
torch.einsum('ii->i', x) | x=f3,3 | noname
torch.tensordot(x, y, dims=1) | x=f2,3 y=f3,2 | noname
torch.kron(x, y) | x=f2,2 y=f1,2 | noname
torch.linalg.cross(x, y) | x=f2,3 y=f2,3
torch.linalg.matrix_power(x, 3) | x=m2,2 | noname
torch.chain_matmul(x, y, z) | x=f2,3 y=f3,2 z=f2,2 | noname nograd
F.linear(x, w, b) | x=f2,3 w=f4,3 b=f4
F.linear(x, w) | x=f2,2,3 w=f2,3 | noname
F.bilinear(x, y, w, b) | x=f2,3 y=f2,2 w=f4,3,2 b=f4 | noname tol=1e-5
# linear algebra
torch.det(x) | x=m3,3 | tol=1e-4 noname
torch.linalg.inv(x) | x=m3,3 | tol=1e-5
torch.linalg.solve(x, y) | x=m3,3 y=f3,2 | tol=1e-5 noname
torch.linalg.cholesky(x) | x=v3,3 | tol=1e-5
torch.linalg.slogdet(x) | x=m3,3 | tol=1e-5 noname
torch.linalg.svdvals(x) | x=m3,3 | tol=1e-4 noname
torch.linalg.eigvalsh(x) | x=v3,3 | tol=1e-4 noname
torch.linalg.norm(x) | x=f2,3 | noname
torch.linalg.pinv(x) | x=f3,2 | tol=1e-4 noname
torch.linalg.solve_triangular(x.triu(), y, upper=True) | x=m3,3 y=f3,2 | tol=1e-5 noname
torch.linalg.lstsq(x, y).solution | x=f4,2 y=f4,1 | tol=1e-4 nograd
torch.linalg.tensorsolve(x.reshape(2, 2, 4), y) | x=m4,4 y=f2,2 | tol=1e-4 noname
torch.linalg.tensorinv(x.reshape(2, 2, 4)) | x=m4,4 | tol=1e-4 noname
torch.linalg.qr(x) | x=m3,3 | tol=1e-4 noname
torch.linalg.svd(x)[1] | x=m3,3 | tol=1e-4 noname
torch.linalg.eigh(x)[0] | x=v3,3 | tol=1e-4 noname
torch.linalg.eigvals(x).abs().sort().values | x=m3,3 | tol=1e-4 nograd
torch.linalg.eig(x)[0].abs().sort().values | x=m3,3 | tol=1e-4 nograd
torch.linalg.lu(x) | x=m3,3 | tol=1e-5 noname
torch.linalg.lu_factor(x) | x=m3,3 | tol=1e-5 noname
torch.linalg.lu_solve(*torch.linalg.lu_factor(x), y) | x=m3,3 y=f3,1 | tol=1e-4 noname
torch.linalg.matrix_exp(x) | x=u2,2 | tol=1e-5 noname
torch.linalg.cond(x) | x=m3,3 | tol=1e-4 noname
torch.linalg.matrix_rank(x) | x=m3,3 | nograd
torch.linalg.vander(x, N=3) | x=f3 | noname
torch.linalg.vecdot(x, y) | x=f2,3 y=f2,3 | noname
torch.cov(x) | x=f3,4 | noname
torch.corrcoef(x) | x=f3,4 | tol=1e-5 noname
torch.renorm(x, 2, 0, 1.0) | x=f3,4 | noname
torch.logdet(x) | x=v3,3 | tol=1e-4 noname
torch.cholesky_solve(y, torch.linalg.cholesky(x)) | x=v3,3 y=f3,1 | tol=1e-4 noname
torch.cholesky_inverse(torch.linalg.cholesky(x)) | x=v3,3 | tol=1e-4 noname
torch.linalg.matrix_norm(x) | x=f2,3 | noname
# losses
F.mse_loss(x, y) | x=f3,2 y=f3,2
F.mse_loss(x, y, reduction='none') | x=f3 y=f3
F.l1_loss(x, y) | x=k5 y=k5
F.smooth_l1_loss(x, y, beta=0.7) | x=f5 y=f5
F.huber_loss(x, y, delta=0.8) | x=f5 y=f5
F.cross_entropy(x, t) | x=f4,3 t=n4
F.cross_entropy(x, t, weight=w.detach(), reduction='sum') | x=f4,3 t=n4 w=p3
F.cross_entropy(x, t, label_smoothing=0.1, ignore_index=1) | x=f4,3 t=n4 | noname
F.cross_entropy(x, t) | x=f2,3,4 t=n2,4
F.cross_entropy(x, t.softmax(1)) | x=f4,3 t=f4,3 | noname
F.nll_loss(x, t) | x=f4,3 t=n4
F.nll_loss(x, t, weight=w.detach(), ignore_index=2) | x=f4,3 t=n4 w=p3
F.nll_loss(x, t) | x=f2,3,2,2 t=n2,2,2
F.ctc_loss(x.log_softmax(2), t + 1, (5, 4), (2, 1)) | x=f5,2,4 t=n2,2
F.binary_cross_entropy(x, t) | x=q5 t=q5
F.binary_cross_entropy(x, t, weight=w.detach()) | x=q5 t=q5 w=p5
F.binary_cross_entropy_with_logits(x, t) | x=f5 t=q5
F.binary_cross_entropy_with_logits(x, t, pos_weight=w.detach()) | x=f2,3 t=q2,3 w=p3
F.kl_div(x, t, reduction='batchmean') | x=f2,3 t=q2,3 | noname
F.kl_div(x, t, log_target=True, reduction='sum') | x=f4 t=f4 | noname
F.soft_margin_loss(x, t.sign().detach()) | x=f5 t=f5
F.hinge_embedding_loss(x, t.sign()) | x=f5 t=f5 | noname
F.margin_ranking_loss(x, y, t.sign()) | x=f5 y=f5 t=f5 | noname
F.cosine_embedding_loss(x, y, t.sign()) | x=f4,3 y=f4,3 t=f4 | noname tol=1e-5
F.triplet_margin_loss(x, y, z) | x=f3,4 y=f3,4 z=f3,4 | noname tol=1e-5
F.multi_margin_loss(x, t) | x=f4,3 t=n4
F.multilabel_soft_margin_loss(x, t) | x=f3,4 t=q3,4 | noname
F.multilabel_margin_loss(x, torch.tensor([[0, 2, -1], [1, -1, 0]])) | x=f2,3
F.gaussian_nll_loss(x, t, v) | x=f5 t=f5 v=p5 | noname
F.poisson_nll_loss(x, t) | x=f5 t=p5 | noname
F.pdist(x) | x=f4,3 | tol=1e-5
F.cosine_similarity(x, y) | x=f3,4 y=f3,4 | noname
F.pairwise_distance(x, y) | x=f3,4 y=f3,4 | noname
torch.cdist(x, y) | x=f3,2 y=f4,2 | tol=1e-5 noname
# layers
F.conv1d(x, w, b) | x=f2,3,8 w=f4,3,3 b=f4 | tol=1e-5
F.conv1d(x, w, stride=2, padding=1, dilation=2) | x=f1,2,9 w=f2,2,3 | tol=1e-5
F.conv2d(x, w, b) | x=f2,1,8,8 w=f3,1,5,5 b=f3 | tol=1e-5
F.conv2d(x, w, b, padding=1) | x=f2,2,5,5 w=f3,2,3,3 b=f3 | tol=1e-5
F.conv2d(x, w, stride=2, padding=(1, 0)) | x=f1,2,6,7 w=f2,2,3,3 | tol=1e-5
F.conv2d(x, w, groups=2) | x=f1,4,5,5 w=f4,2,3,3 | tol=1e-5
F.conv2d(x, w, padding='same', dilation=2) | x=f1,2,6,6 w=f2,2,3,3 | tol=1e-5 noname
F.conv2d(x, w) | x=f2,5,5 w=f3,2,2,2 | tol=1e-5 noname
F.conv3d(x, w) | x=f1,2,4,4,4 w=f2,2,2,2,2 | tol=1e-5
F.conv_transpose1d(x, w, b, stride=2) | x=f1,2,4 w=f2,3,3 b=f3 | tol=1e-5
F.conv_transpose2d(x, w, stride=2, padding=1, output_padding=1) | x=f1,2,3,3 w=f2,2,3,3 | tol=1e-5
F.conv_transpose3d(x, w) | x=f1,2,2,2,2 w=f2,1,2,2,2 | tol=1e-5
F.max_pool1d(x, 2) | x=f1,2,6 | noname
F.max_pool2d(x, 2) | x=f2,2,4,6 | noname
F.max_pool2d(x, 3, stride=1, padding=1) | x=k1,1,5,5 | noname
F.max_pool2d(x, 2, ceil_mode=True) | x=f1,1,5,5 | noname
F.max_pool2d(x, 2, return_indices=True) | x=f1,2,4,4 | noname
F.avg_pool1d(x, 2) | x=f1,2,6 | noname
F.avg_pool2d(x, 2) | x=f1,2,4,6
F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False) | x=f1,1,6,6
F.max_pool3d(x, 2) | x=f1,1,4,4,4 | noname
F.avg_pool3d(x, 2) | x=f1,1,4,4,4
F.adaptive_avg_pool1d(x, 3) | x=f1,2,7 | noname
F.adaptive_avg_pool2d(x, (2, 3)) | x=f1,2,5,7
F.adaptive_avg_pool2d(x, 1) | x=f1,2,4,4 | noname
F.adaptive_avg_pool3d(x, 2) | x=f1,1,3,4,5 | noname
F.adaptive_max_pool1d(x, 2) | x=f1,2,5 | noname
F.adaptive_max_pool3d(x, 2) | x=f1,1,3,4,5 | noname
F.max_unpool1d(*F.max_pool1d(x, 2, return_indices=True), 2) | x=f1,2,6 | noname
F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2) | x=f1,1,4,4 | noname
F.max_unpool3d(*F.max_pool3d(x, 2, return_indices=True), 2) | x=f1,1,2,4,4 | noname
F.adaptive_max_pool2d(x, 2) | x=f1,2,5,5 | noname
F.fractional_max_pool2d(x, 2, 2, _random_samples=u) | x=f1,2,5,5 u=f1,2,2 | nograd noname
F.fractional_max_pool3d(x, 2, 2, _random_samples=u) | x=f1,2,4,5,5 u=f1,2,3 | nograd noname
F.batch_norm(x, torch.zeros(3), torch.ones(3), w, b, training=True) | x=f4,3 w=f3 b=f3 | tol=1e-5
F.batch_norm(x, m, v, w, b) | x=f2,3,4 m=u3 v=p3 w=f3 b=f3 | tol=1e-5 nograd
F.layer_norm(x, (4,), w, b) | x=f3,4 w=f4 b=f4 | tol=1e-5
F.layer_norm(x, (2, 3)) | x=f2,2,3 | tol=1e-5
F.group_norm(x, 2, w, b) | x=f2,4,3 w=f4 b=f4 | tol=1e-5
F.instance_norm(x) | x=f2,3,4 | tol=1e-5 noname
F.rms_norm(x, (4,), w) | x=f3,4 w=f4 | tol=1e-5 noname
F.local_response_norm(x, 2) | x=f1,4,3 | tol=1e-5 noname
F.scaled_dot_product_attention(q, k, v) | q=f1,2,3,4 k=f1,2,3,4 v=f1,2,3,4 | tol=1e-5 noname
F.scaled_dot_product_attention(q, k, v, is_causal=True) | q=f1,2,3,4 k=f1,2,3,4 v=f1,2,3,4 | tol=1e-5 noname
F.dropout(x, 0.5, training=False) | x=f4 | noname
F.interpolate(x, scale_factor=2) | x=f1,1,2,3
F.interpolate(x, size=(3, 5), mode='bilinear') | x=f1,1,2,3 | tol=1e-5
F.pixel_unshuffle(x, 2) | x=f1,1,4,4
F.grid_sample(x, g, align_corners=False) | x=f1,1,3,3 g=u1,2,2,2 | tol=1e-5
F.affine_grid(x, (1, 1, 2, 2), align_corners=False) | x=f1,2,3 | noname
F.pixel_shuffle(x, 2) | x=f1,4,2,2
F.unfold(x, 2) | x=f1,2,3,3
F.fold(x, (3, 3), 2) | x=f1,4,4
# creation and conversion
torch.arange(5) | | nograd
torch.arange(1, 2, 0.25) | | nograd
torch.linspace(0, 1, 5) | | nograd
torch.logspace(0, 2, 3) | | nograd
torch.eye(2, 3) | | nograd
torch.full((2, 2), 7) | | nograd
torch.full((2,), 1.5) | | nograd
torch.zeros(2, 3, dtype=torch.int32) | | nograd
torch.ones(0, 3) | | nograd
torch.tril_indices(3, 3) | | nograd
torch.full_like(x, 2) | x=f3 | nograd
x.new_zeros(2) | x=d2 | nograd
x.new_tensor([1, 2]) | x=d2 | nograd
x.double() | x=f3
x.to(torch.float16) | x=f3
x.int() | x=f4 | nograd
x.bool() | x=k4 | nograd
x.long() | x=f4 | nograd
x.type_as(y) | x=f3 y=d2
x.bfloat16() | x=f4
x.tolist() | x=i2,2 | nograd
x.item() | x=i | nograd
x.numel() | x=f2,3 | nograd
x.stride() | x=f2,3,4 | nograd
torch.as_tensor(x) | x=f3 | noname
torch.is_tensor(x) | x=f3 | nograd
"""


def _rows() -> list[Row]:
    rows, family = [_parse("pointwise", line) for line in _POINTWISE], ""
    for line in filter(None, (_TEXT + further.TEXT).splitlines()):
        if line.startswith("# "):
            family = line[2:]
        else:
            rows.append(_parse(family, line))
    return rows


ROWS = {row.key: row for row in _rows()}

ERRORS = """
torch.ones(2) + torch.ones(3)
torch.ones(2, 3) @ torch.ones(2, 3)
torch.mm(torch.ones(2), torch.ones(2, 2))
torch.mm(torch.ones(2, 3), torch.ones(2, 2))
torch.bmm(torch.ones(2, 3), torch.ones(2, 2))
torch.dot(torch.ones(2), torch.ones(3))
torch.mv(torch.ones(2, 3), torch.ones(2))
torch.ones(2, 3).view(4)
torch.ones(2, 3).reshape(-1, 4)
torch.ones(2, 3).view(-1, -1)
torch.ones(2, 3).t().view(6)
torch.ones(2, 2, 2).t()
torch.ones(2).sum(3)
torch.ones(2).sum(-3)
torch.ones(2, 3).transpose(0, 2)
torch.ones(2, 3).permute(0, 0)
torch.ones(2, 3).expand(2, 4)
torch.ones(2)[5]
torch.ones(2, 2)[0, 0, 0]
torch.ones(3)[[0, 5]]
torch.ones(2).squeeze(4)
torch.cat([torch.ones(2, 2), torch.ones(2, 3)])
torch.cat([])
torch.stack([torch.ones(2), torch.ones(3)])
torch.stack([])
torch.ones(2, 3).split([1, 1], dim=1)
torch.ones(3).chunk(0)
torch.ones(2, 3).item()
bool(torch.ones(2))
int(torch.ones(2))
torch.ones(2).int() / 0 + torch.tensor('a')
torch.mean(torch.arange(3))
torch.std(torch.arange(3))
torch.arange(3).softmax(0)
torch.arange(3).requires_grad_()
torch.tensor([1, 2], requires_grad=True)
torch.tensor([[1, 2], [3]])
torch.ones(2, requires_grad=True).numpy()
torch.ones(2).backward()
torch.ones(2, requires_grad=True).mul(2).backward()
torch.ones(2).add_(torch.ones(3))
torch.ones(2).add_(torch.ones(2, 2))
torch.arange(3).add_(1.5)
torch.ones(2, requires_grad=True).add_(1)
torch.ones(2, 2).max(3)
torch.max(torch.ones(0))
torch.ones(0).argmax()
torch.topk(torch.ones(3), 5)
torch.gather(torch.ones(2, 2), 1, torch.tensor([[5], [0]]))
torch.gather(torch.ones(2, 2), 1, torch.ones(2, 1))
torch.index_select(torch.ones(2), 0, torch.tensor([3]))
torch.ones(2).masked_fill(torch.ones(2), 1)
torch.where(torch.ones(2), 1, 2)
torch.zeros(-1)
torch.full((2,), 'a')
torch.arange(0, 1, -1)
torch.eye(-1)
torch.linspace(0, 1, -1)
torch.clamp(torch.ones(2))
torch.arange(3) ** -1
torch.floor_divide(torch.ones(2, requires_grad=True), 2).sum().backward()
F.nll_loss(torch.ones(2, 3), torch.tensor([0, 1]), torch.ones(3, requires_grad=True))
torch.norm(torch.arange(3))
torch.einsum('ij,jk->ik', torch.ones(2, 3), torch.ones(2, 3))
torch.ones(2) & torch.ones(2)
~torch.ones(2)
-torch.tensor([True])
torch.tensor([True]) - torch.tensor([True])
torch.ones(2) << 1.5
torch.neg(torch.tensor([True]))
torch.linalg.inv(torch.zeros(2, 3))
torch.linalg.inv(torch.zeros(2, 2))
torch.linalg.cholesky(-torch.eye(2))
F.linear(torch.ones(2, 3), torch.ones(4, 2))
F.cross_entropy(torch.ones(2, 3), torch.tensor([0, 5]))
F.cross_entropy(torch.ones(2, 3), torch.tensor([0]))
F.cross_entropy(torch.ones(2, 3), torch.tensor([0.0, 1.0]))
F.nll_loss(torch.ones(2, 3), torch.tensor([0, 1, 2]))
F.mse_loss(torch.ones(2), torch.ones(3))
F.mse_loss(torch.ones(2), torch.ones(2), reduction='average')
F.binary_cross_entropy(torch.tensor([1.5]), torch.tensor([1.0]))
F.conv2d(torch.ones(1, 2, 4, 4), torch.ones(1, 3, 2, 2))
F.conv2d(torch.ones(1, 1, 2, 2), torch.ones(1, 1, 3, 3))
F.conv2d(torch.ones(4), torch.ones(1, 1, 3, 3))
F.max_pool2d(torch.ones(1, 1, 2, 2), 3)
F.embedding(torch.tensor([5]), torch.ones(3, 2))
F.embedding(torch.tensor([0.5]), torch.ones(3, 2))
F.layer_norm(torch.ones(2, 3), (4,))
F.group_norm(torch.ones(2, 3), 2)
F.batch_norm(torch.ones(1, 3), torch.zeros(3), torch.ones(3), training=True)
F.dropout(torch.ones(2), p=1.5)
F.pad(torch.ones(1, 2), (3, 3), mode='reflect')
F.one_hot(torch.tensor([5]), 3)
F.softmax(torch.ones(2), dim=2)
torch.nn.Linear(3, 2)(torch.ones(2, 4))
torch.nn.Conv2d(3, 4, 3)(torch.ones(1, 1, 8, 8))
torch.nn.BatchNorm1d(3)(torch.ones(2, 4))
""".strip().splitlines()
