"""Rows about random numbers, printing, dtypes and devices: expressions in ``torch``, and what is observed of them."""

import hashlib
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

TENSORS = Path(__file__).with_name("tensors.json")
RAMP = np.linspace(0, 1, 35, dtype=np.float32).reshape(5, 7)
SIZES = (0, 1, 2, 3, 15, 16, 17, 40, 1000)

_FILLERS = """
uniform_() uniform_(-0.37,1.21) uniform_(1000,1001) uniform_(to=3) normal_() normal_(0.3,1.7) exponential_(1.7)
cauchy_(.3,1.7) log_normal_(.3,.7) geometric_(.3) bernoulli_(.3) random_() random_(5) random_(2,200)
""".split()
_INTEGER_FILLERS = "geometric_(.3) bernoulli_(.3) random_() random_(1) random_(-3,100) random_(to=7)".split()

RANDOM: list[str] = [
    *(f"torch.rand({n}, dtype=torch.{d})" for n in SIZES for d in ("float32", "float64", "float16", "bfloat16")),
    *(f"torch.randn({n}, dtype=torch.{d})" for n in SIZES for d in ("float32", "float64", "float16", "bfloat16")),
    *(f"torch.empty({n}, dtype=torch.{d}).{f}" for f in _FILLERS for d in ("float32", "float64", "bfloat16")
      for n in (5, 40)),
    *(f"torch.empty(20, dtype=torch.{d}).{f}" for f in _INTEGER_FILLERS for d in ("int64", "int32", "int8")),
    *(f"torch.randint({low}, {high}, (9,), dtype=torch.{d})" for d in ("int64", "int32", "uint8", "float32", "bool")
      for low, high in ((0, 2), (-5, 120), (0, 2**28 - 1), (0, 2**28), (0, 2**40), (5, 5))),
    *(f"torch.randperm({n})" for n in (0, 1, 2, 10, 1000, -1)),
    *(f"torch.empty({shape}){view}.{f}" for f in ("uniform_()", "normal_()", "bernoulli_(.5)", "random_(9)")
      for shape, view in (("8, 6", ".t()"), ("8, 6", "[:, ::2]"), ("2, 3, 4", ".permute(2, 0, 1)"),
                          ("8, 6", ".t()[::2]"))),
    "torch.rand(())", "torch.rand((2, 3))", "torch.rand(size=(2,))", "torch.rand(0, 3)", "torch.rand(-2)",
    "torch.rand(2, dtype=torch.complex64)", "torch.randn(20, dtype=torch.complex128)",
    "torch.rand(2, dtype=torch.int64)",
    "torch.randn(2, dtype=torch.int64)", "torch.randn(3, requires_grad=True)", "torch.randint(10, (3,))",
    "torch.randint(low=2, high=10, size=(3,))", "torch.randint(high=10, size=(3,))", "torch.randint(2, 9, size=(2,))",
    "torch.randint(0, 65504, (20,), dtype=torch.float16)", "torch.randint(0, 70000, (2,), dtype=torch.float16)",
    "torch.randint(-1000, 1001, (20,), dtype=torch.bfloat16)", "torch.randint(0, 2**25, (20,), dtype=torch.float32)",
    "torch.randperm(10, dtype=torch.int32)", "torch.empty(3, dtype=torch.int64).random_(-2**63, None)",
    "torch.normal(1., 2., (3,))", "torch.normal(1., 2., size=(30,))", "torch.normal(T, 2.)", "torch.normal(T)",
    "torch.normal(2., T)", "torch.normal(T, T + 1)", "torch.normal(T, T[0] + 1)", "torch.normal(T, T - 2)",
    "torch.normal(T, -1.0)", "torch.bernoulli(T)", "torch.bernoulli(T, 0.3)", "torch.bernoulli(T.t())",
    "torch.bernoulli(T.double())", "torch.bernoulli(T + 1)", "torch.bernoulli(T.long())", "T.bernoulli()",
    "T.bernoulli_(T[0].clone())", "torch.multinomial(T, 3)", "torch.multinomial(T[0], 3)", "torch.multinomial(T[0], 1)",
    "torch.multinomial(T[0], 13, replacement=True)", "torch.multinomial(T, 13, True)", "torch.multinomial(T[0], 13)",
    "torch.multinomial(T * 0, 3)", "torch.multinomial(T - 1, 3)", "torch.multinomial(T[0], 0)",
    "torch.multinomial(T[None], 1)", "torch.multinomial(T.long(), 1)", "T.multinomial(2)", "torch.poisson(T * 30)",
    "torch.poisson(T - 1)", "torch.binomial((T * 100).floor(), T)", "torch.rand_like(T)", "torch.randn_like(T)",
    "torch.randint_like(T, 9)", "torch.randint_like(T, 3, 9)", "torch.rand_like(T, dtype=torch.float64)",
    "torch.rand_like(T.t())", "torch.randn_like(T.t())", "T.uniform_(2, 1)", "T.normal_(0, -1)", "T.random_(5, 5)",
    "T.exponential_(-1)", "T.cauchy_(0, -1)", "T.log_normal_(0, -1)", "T.geometric_(1.5)", "T.bernoulli_(1.5)",
    "T.long().exponential_()", "T.long().uniform_()", "T.long().normal_()", "T.requires_grad_().uniform_()",
    "torch.rand(3, generator=torch.Generator().manual_seed(4))",
    "torch.randperm(9, generator=torch.Generator().manual_seed(4))",
    "T.normal_(generator=torch.Generator().manual_seed(4))",
    # seeds and states
    "torch.manual_seed(-1).initial_seed()", "torch.manual_seed(2**64 - 1).initial_seed()", "torch.manual_seed(2**64)",
    "torch.manual_seed(-2**63 - 1)", "torch.Generator().manual_seed(1.5)", "torch.Generator().initial_seed()",
    "torch.get_rng_state()", "(torch.randn(3), torch.get_rng_state())[1]",
    "(torch.rand(700), torch.get_rng_state())[1]",
    "torch.Generator().set_state(torch.zeros(5))", "torch.Generator().set_state(torch.zeros(5, dtype=torch.uint8))",
    "torch.Generator().set_state([1])",
    "(torch.set_rng_state(torch.Generator().manual_seed(8).get_state()), torch.rand(3))[1]",
    "[torch.randn(1).item(), torch.randn(2).tolist(), torch.rand(1).item(), torch.randn(1).item()]",
    # dropout
    "torch.nn.functional.dropout(torch.ones(5, 8), .4)", "torch.nn.functional.dropout2d(torch.ones(3, 4, 2, 2), .4)",
    "torch.nn.functional.alpha_dropout(torch.ones(5, 8), .4, training=True)",
    "torch.nn.functional.feature_alpha_dropout(torch.ones(3, 4, 2), .4, training=True)",
]  # fmt: skip

RANDOM += [
    f"torch.nn.init.{f}"
    for f in """
    uniform_(T,-1,2) normal_(T,1,.1) constant_(T,3) ones_(T) zeros_(T) eye_(T) dirac_(torch.empty(4,2,3))
    dirac_(torch.empty(4,2,3,3),2) dirac_(torch.empty(4,2,3,3,3)) xavier_uniform_(T)
    xavier_uniform_(torch.empty(4,6,3,3),2.)
    xavier_normal_(T) kaiming_uniform_(T) kaiming_uniform_(torch.empty(4,6,3),a=5**.5)
    kaiming_uniform_(T,mode="fan_out",nonlinearity="relu") kaiming_normal_(T,nonlinearity="relu") trunc_normal_(T)
    trunc_normal_(T,std=.02) trunc_normal_(T,std=3.) trunc_normal_(T,0,1.,1.5,2.) trunc_normal_(T,5.,1.) orthogonal_(T)
    orthogonal_(T.t().clone()) orthogonal_(torch.empty(6,2,3),2.) sparse_(torch.empty(10,4),.3) eye_(T[0]) dirac_(T)
    dirac_(torch.empty(3,3,3),2) xavier_uniform_(T[0]) kaiming_normal_(T,mode="x") kaiming_uniform_(torch.empty(0,3))
    orthogonal_(T[0]) sparse_(T[0],.1) uniform(T) xavier_normal(T) kaiming_uniform_(T,nonlinearity="foo")
    calculate_gain("relu") calculate_gain("leaky_relu",.2) calculate_gain("tanh") calculate_gain("x")
    calculate_gain("leaky_relu",True)
    """.split()
]

TYPES: list[str] = [
    *(f"repr(torch.{f}(torch.{d}))" for f in ("finfo", "iinfo") for d in
      ("float32", "float64", "float16", "bfloat16", "complex64", "float8_e4m3fn", "int8", "uint8", "int64",
       "bool")),
    *(f"[torch.{d}.is_floating_point, torch.{d}.is_complex, torch.{d}.is_signed, torch.{d}.itemsize, str(torch.{d})]"
      for d in ("float", "double", "half", "bfloat16", "int", "long", "short", "uint8", "int8", "bool", "cfloat",
                "cdouble", "chalf", "uint16", "uint32", "uint64", "float8_e5m2", "complex64")),
    *(f"str(torch.{d}.{f}())" for d in ("float16", "float32", "float64", "complex64", "complex128", "bool", "int32")
      for f in ("to_real", "to_complex")),
    *(f"str(torch.promote_types(torch.{a}, torch.{b}))" for a, b in
      (("int32", "float16"), ("uint8", "int8"), ("bool", "uint8"), ("float16", "bfloat16"), ("int64", "complex64"),
       ("float64", "complex64"), ("uint16", "int32"), ("uint16", "float16"), ("float8_e4m3fn", "float32"))),
    *(f"torch.can_cast(torch.{a}, torch.{b})" for a in ("bool", "int32", "float32", "complex64", "uint8")
      for b in ("bool", "int32", "float32", "complex64", "uint8")),
    "[torch.finfo(torch.float32).eps, torch.finfo(torch.float64).tiny, torch.finfo(torch.float16).max]",
    "[torch.finfo().dtype, torch.finfo(torch.bfloat16).resolution, torch.iinfo(torch.int16).min]",
    "torch.finfo('x')", "torch.set_default_dtype(torch.int64)", "torch.set_default_dtype('x')", "type(torch.float32)()",
    "torch.float is torch.float32", "repr(torch.Size([2, 3])[1:] + (4,))", "repr((1,) + torch.Size([2]))",
    "repr(2 * torch.Size([2, 3]))", "torch.Size([2, 3]).numel()", "torch.Size([])", "torch.Size([1.5])",
    "torch.Size([2]) + [1]", "torch.Size(3)", "hash(torch.Size([2, 3])) == hash((2, 3))",
    *(f"repr(torch.device({a}))" for a in
      ("'cpu'", "'cpu:0'", "'cuda'", "'cuda:1'", "'cuda', 1", "type='cuda', index=1", "'foo'", "'cuda', -1",
       "'cuda:-1'", "'cuda:1', 2", "'cpu:x'", "''", "", "1.5", "'cuda:01'", "'mps'", "'xla:1'", "'meta'", "0",
       "torch.device('cpu')")),
    "str(torch.device('cuda', 0))", "torch.device('cuda') == torch.device('cuda:0')", "torch.device('cpu') == 'cpu'",
    "repr(torch.get_default_device())", "[torch.device('cuda:1').type, torch.device('cuda:1').index]",
    "torch.ones(1, device='cuda')",
]  # fmt: skip

_FLOATING = ("float16", "bfloat16", "float32", "float64", "complex64", "complex128")
_PROMOTED = ("bool", "uint8", "int8", "int32", "int64", "float16", "bfloat16", "float32", "float64",
             "complex64", "complex128")
TYPES += [f"promotions({name!r}, {op!r})" for op in ("add", "mul", "div", "pow", "lt", "floor_divide", "bitwise_and")
          for name in _PROMOTED]
PRINTING = [f"print_case({seed})" for seed in range(300)]
PRINTING += [f"print_special({name!r})" for name in _FLOATING]
PRINTING += [f"print_suffixes({name!r})" for name in _FLOATING]
_NAMES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "bool", "complex64", "complex128",
          "int8", "uint16", "float8_e4m3fn")  # fmt: skip


def observe(expression: str, torch: ModuleType) -> Any:
    """What an expression gives: values, state and warnings; or the error's type and first line."""
    names = {"torch": torch, "T": torch.tensor(RAMP), "print_case": lambda seed: print_case(seed, torch),
             "print_special": lambda name: print_special(name, torch),
             "print_suffixes": lambda name: print_suffixes(name, torch),
             "promotions": lambda name, op: promotions(name, op, torch)}
    torch.manual_seed(11)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            got = _plain(eval(expression, names))  # the rows above are our own
        except Exception as error:  # noqa: BLE001 - the exception is the observation
            return [type(error).__name__, (str(error).strip().splitlines() or [""])[0]]
    texts = [f"{w.category.__name__}: {str(w.message).split(' (Triggered')[0]}" for w in seen]
    state = hashlib.sha256(bytes(torch.get_rng_state().tolist())).hexdigest()[:16]
    return {"got": got, "warnings": texts, "state": state}


def _plain(x: Any) -> Any:
    """An observation as plain values; of long tensors the values at both ends, and their sum."""
    if hasattr(x, "detach"):
        wide = x if x.is_complex() else x.double() if x.is_floating_point() else x.long()
        flat = wide.detach().reshape(-1).tolist()
        values = flat if len(flat) <= 40 else [*flat[:20], *flat[-20:], sum(flat)]
        return {"dtype": str(x.dtype), "shape": list(x.shape), "values": values, "grad": x.requires_grad}
    return list(x) if isinstance(x, tuple) else x


def print_case(seed: int, torch: ModuleType) -> str:
    """The text of a tensor with a random dtype, shape, values and print options."""
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.choice([0, 1, 2, 3, 5, 8, 13, 40], rng.integers(0, 5),
                                             p=[0.03, 0.17, 0.25, 0.25, 0.15, 0.08, 0.05, 0.02]))  # fmt: skip
    name = _NAMES[rng.integers(len(_NAMES))]
    with np.errstate(all="ignore"):
        tensor = torch.tensor(_values(rng, shape, name)).to(getattr(torch, name))
    options = {
        "precision": int(rng.choice([4, 4, 2, 6, 0])),
        "threshold": int(rng.choice([1000, 5, 20])),
        "edgeitems": int(rng.choice([3, 1, 2])),
        "linewidth": int(rng.choice([80, 40, 120, 20])),
        "sci_mode": (None, None, True, False)[rng.integers(4)],
    }
    kind = rng.integers(3) if tensor.is_floating_point() and "float8" not in name else 0
    if kind:
        tensor.requires_grad_()
    try:
        torch.set_printoptions(**({"profile": "default"} if rng.random() < 0.5 else options))
        return repr(tensor * 1 if kind == 2 else tensor)
    finally:
        torch.set_printoptions(profile="default")


_NAN, _INF = float("nan"), float("inf")
_SPECIAL = ([_NAN], [-_INF, 1.0], [_NAN, _INF, -_INF], [0.0, -0.0], [1e-8, 1.0], [1e8, 1.0], [1e10], [123456789.0, 0.1],
            [1e5, 1e-5], [1.0, 2.0, _NAN], [1.0, _INF], [1e6], [1e8], [1e-5], [1e38, 1], [-1.5, 2.25], [1.0, 1e7],
            [3.0, -0.0], [1001.5, 1.0], [65504.0], [1e20, 1e-20, _NAN])  # fmt: skip


def print_special(name: str, torch: ModuleType) -> list[str]:
    """The texts of infinities, nan, zeros of both signs, and numbers far apart."""
    dtype, texts = getattr(torch, name), []
    for options in ({}, {"sci_mode": True}, {"sci_mode": False}, {"precision": 1}):
        try:
            torch.set_printoptions(**options)
            for row in _SPECIAL:
                values = [complex(a, b) for a, b in zip(row, row[::-1], strict=True)] if dtype.is_complex else row
                vector = torch.tensor(values, dtype=dtype)
                texts += map(repr, (vector, vector[0], torch.tensor([values, values], dtype=dtype)))
        finally:
            torch.set_printoptions(profile="default", sci_mode=None)
    return texts


def print_suffixes(name: str, torch: ModuleType) -> list[str]:
    """The texts of tensors that require gradients, have a history, are empty, or parameters."""
    x = torch.ones(3, dtype=getattr(torch, name), requires_grad=True)
    y, long = x * 2, torch.ones(40, dtype=x.dtype, requires_grad=True)
    tensors = [x, y, y.sum(), y.view(3, 1), x.detach(), x[:0] * 1, y[1:], y.unbind()[0], long, long * 3,
               torch.zeros(0, 3, dtype=x.dtype, requires_grad=True),
               torch.nn.Parameter(torch.ones(2, 2, dtype=x.dtype))]  # fmt: skip
    return [*map(repr, tensors), repr([x, y]), f"{y}", str({"a": x})]


def promotions(name: str, op: str, torch: ModuleType) -> list[str]:
    """The dtype of an operation of one dtype with every other one, as tensors, 0-d tensors and Python numbers."""
    call, results = getattr(torch, op), []
    for x in (torch.ones(2).to(getattr(torch, name)), torch.tensor(1).to(getattr(torch, name))):
        others = [torch.tensor(v).to(getattr(torch, other)) for other in _PROMOTED for v in ([1, 1], 1)]
        for y in (*others, True, 2, 1.5, 1j):
            dtypes = {str(getattr(t, "dtype", type(t))) for t in (x, y)}
            if "torch.float16" in dtypes and any("complex" in d for d in dtypes):
                continue  # complex32, which compat does not have
            if op == "pow" and name == "bool" and y is True:
                continue  # PyTorch copies x, though it has no power of bools
            try:
                results.append(str(call(x, y).dtype))
            except (RuntimeError, TypeError):
                results.append("refused")
    return results


def _values(rng: np.random.Generator, shape: tuple[int, ...], name: str) -> np.ndarray:
    kind = rng.integers(0, 8)
    if name == "bool":
        return rng.random(shape) < 0.5
    if "int" in name:
        return rng.integers(0 if name[0] == "u" else -100, 100 if kind < 5 else 3, shape)
    shapers: list[Callable[[np.ndarray], Any]] = [
        lambda x: np.round(x * 10),
        lambda x: x * 10.0 ** rng.integers(-8, 9),
        lambda x: x * 10.0 ** rng.integers(-5, 6, shape),
        lambda x: np.where(rng.random(shape) < 0.3, np.inf * rng.choice([-1, 1], shape), x),
        lambda x: np.where(rng.random(shape) < 0.3, np.nan, np.round(x)),
        lambda x: x * -0.0,
        lambda x: np.round(x * 10.0 ** rng.integers(0, 9)),
        lambda x: x,
    ]
    real = shapers[kind](rng.standard_normal(shape))
    if "float8" in name:  # saturation is a matter of conversion, not of printing
        return np.clip(np.nan_to_num(real), -448, 448)
    return np.asarray(real + 1j * shapers[kind](rng.standard_normal(shape)) if "complex" in name else real)
