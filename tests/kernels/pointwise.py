"""Rows of the elementwise operators."""

import numpy as np

from funcgrad.ops import pointwise as K
from funcgrad.ops import pointwise_logic as L
from funcgrad.ops import pointwise_unary as U
from tests.kernel_table import Row, call
from tests.kernels._samples import floats, ints, positive, unit, wave

X, Y = wave(2, 3), wave(3, start=-1.9, step=0.61)
HALF = wave(2, 3, dtype="float16")
I7, I2 = ints(7, -7, 7, -7), ints(2, 2, -2, -2)
NAN, INF = float("nan"), float("inf")
EDGES = floats(-INF, -2.5, -1.5, -0.5, -0.0, 0.0, 0.5, 1.5, 2.5, INF, NAN)
B1, B2 = np.array([True, True, False]), np.array([True, False, False])

BINARY = [
    *(call(X, Y), call(X, 2.5), call(X, 3), call(X, wave(2, 1, dtype="float64")), call(X, ints(1, 2, 3))),
    *(call(HALF, 2.0), call(I7, I2), call(I7, 2.5)),
]

ARITHMETIC = [
    Row(
        "torch.add",
        K.add,
        [
            *BINARY,
            call(X, Y, alpha=2.5),
            call(I7, I2, alpha=3),
            call(B1, B2),
            call(B1, 1),
            call(ints(1, dtype="int8"), 1),
        ],
        errors=(
            call(wave(2), wave(3)),
            call(wave(2, 3), wave(3, 3)),
            call(I7, I2, alpha=1.5),
            call(I7, I2, alpha=True),
        ),
    ),
    Row("torch.sub", K.sub, [*BINARY, call(X, Y, alpha=2)], errors=(call(B1, B2), call(B1, 1), call(wave(2), wave(3)))),
    Row("torch.rsub", K.rsub, [call(X, Y), call(X, 1), call(X, 2.0, alpha=3), call(I7, 2)]),
    Row("torch.mul", K.mul, [*BINARY, call(B1, B2)], errors=(call(wave(2, 3), wave(2, 4)),)),
    Row(
        "torch.div",
        K.div,
        [
            *BINARY[:-2],
            call(I7, I2),
            call(floats(1, -1, 0), 0),
            *(
                call(a, b, rounding_mode=m)
                for m in ("trunc", "floor")
                for a, b in ((I7, I2), (X, Y), (X, 0.7), (I7, 2))
            ),
        ],
        errors=(call(X, Y, rounding_mode="up"),),
    ),
    Row(
        "torch.floor_divide",
        K.floor_divide,
        [call(I7, I2), call(EDGES, 2.0), call(X, 0.1), call(7, floats(2.0))],
        grad=False,
    ),
    Row("torch.remainder", K.remainder, [call(I7, I2), call(X, 0.7), call(X, positive(3)), call(floats(-7.5, 7.5), 2)]),
    Row("torch.fmod", K.fmod, [call(I7, I2), call(X, 0.7), call(X, positive(3)), call(floats(-7.5, 7.5), -2)]),
    Row(
        "torch.pow",
        K.pow,
        [
            *(call(X, e) for e in (0, 1, 2, 3, 5, 2.0, -1, -2, 0.0)),
            *(call(positive(2, 3), e) for e in (0.5, -0.5, 1.7, -2.3)),
            *(
                call(positive(2, 3), Y),
                call(2, X),
                call(2.5, ints(1, 2)),
                call(I7, 3),
                call(floats(0, 0, 2), floats(0, 2, 0)),
            ),
            *(call(I7, ints(2)), call(ints(2, 1, -1), ints(-1, -2, -3)), call(X, ints(1, 2, 3)), call(ints(2), 0.5)),
            call(floats(0.0, 2.0), 0),
        ],
        errors=(call(I7, -1), call(X, wave(2))),
    ),
    Row("torch.float_power", K.float_power, [call(positive(3), 2.0), call(I7, 2)]),
]

EXTREMA = [
    Row("torch.maximum", K.maximum, [call(X, Y), call(floats(0, 1, 2), floats(1, 1, 1)), call(I7, I2)]),
    Row("torch.minimum", K.minimum, [call(X, Y), call(floats(0, 1, 2), floats(1, 1, 1)), call(I7, I2)]),
    Row("torch.fmax", K.fmax, [call(X, Y), call(floats(1, NAN, 2, NAN), floats(1, 0, NAN, NAN))]),
    Row("torch.fmin", K.fmin, [call(X, Y), call(floats(1, NAN, 2, NAN), floats(1, 0, NAN, NAN))]),
    Row(
        "torch.clamp",
        K.clamp,
        [
            *(
                call(X, -1, 1),
                call(X, min=0.5),
                call(X, max=0.5),
                call(floats(-2, -1, 0, 1, 2), -1, 1),
                call(X, Y, Y + 1),
            ),
            *(call(X, 1, -1), call(I7, 0, 5), call(I7, 0.5), call(X, wave(2, 1), None), call(X, None, Y)),
            *(call(floats(NAN, 1.0), 0, 1), call(floats(1.0), NAN), call(HALF, 0, 1), call(X, Y + 1, Y)),
        ],
        errors=(call(X), call(X, wave(2, 2), wave(2, 2))),
    ),
    Row("torch.clamp_min", K.clamp_min, [call(X, 0.0), call(X, Y)]),
    Row("torch.clamp_max", K.clamp_max, [call(X, 0.0), call(X, Y)]),
]

SELECTION = [
    Row(
        "torch.where",
        K.where,
        [
            *(call(X > 0, X, Y), call(X > 0, X, 0.0), call(X > 0, 1, X), call(B1, 1, 2), call(B1, 1.5, 2)),
            *(call(B1, ints(1, 2, 3), 2.5), call(np.array([True, False]), wave(3, 1), wave(2))),
        ],
        errors=(call(X > 0, wave(2), X), call(ints(1, 0), 1.0, 2.0)),
        vmap=False,
    ),
    Row(
        "torch.masked_fill",
        K.masked_fill,
        [call(X, X > 0, 7.0), call(X, X > 0, floats(3.0).reshape(())), call(I7, I7 > 0, 1), call(X, Y > 0, -INF)],
        errors=(call(X, ints(1, 0, 1), 0.0), call(X, X > 0, floats(1, 2)), call(X, wave(2) > 0, 0.0)),
    ),
    Row(
        "torch.lerp",
        K.lerp,
        [call(X, Y, 0.3), call(X, Y, 0.8), call(X, Y, wave(2, 3)), call(HALF, HALF, 0.25)],
        errors=(call(X, Y.astype("float64"), 0.5),),
    ),
    Row("torch.addcmul", K.addcmul, [call(X, Y, X), call(X, Y, X, value=2.5), call(I7, I2, I2, value=2)]),
    Row(
        "torch.addcdiv",
        K.addcdiv,
        [call(X, Y, positive(2, 3)), call(X, Y, positive(2, 3), value=-0.5)],
        errors=(call(I7, I2, I2),),
    ),
]

OTHERS = [
    Row("torch.hypot", K.hypot, [call(X, Y)]),
    Row("torch.atan2", K.atan2, [call(X, Y), call(floats(0.0, -0.0, 1.0), floats(-1.0, -1.0, 0.0)), call(I7, I2)]),
    Row("torch.logaddexp", K.logaddexp, [call(X, Y), call(floats(1000.0, -INF), floats(999.0, -INF))], grad=False),
    Row("torch.logaddexp", K.logaddexp, [call(X, Y), call(floats(1000.0), floats(999.0))]),
    Row("torch.logaddexp2", K.logaddexp2, [call(X, Y)]),
    Row(
        "torch.copysign", K.copysign, [call(X, Y), call(X, -1.0), call(floats(0.0, -0.0, 1.0), floats(-1.0, 1.0, -0.0))]
    ),
    Row("torch.nextafter", K.nextafter, [call(X, wave(2, 3, start=0))], grad=False),
    Row(
        "torch.heaviside",
        K.heaviside,
        [call(floats(-1, 0, 2), floats(0.5))],
        grad=False,
        errors=(call(floats(1), ints(1)),),
    ),
    Row("torch.ldexp", K.ldexp, [call(X, ints(1, 2, 3)), call(X, Y)]),
    Row("torch.gcd", K.gcd, [call(ints(12, -18, 0), ints(8, 12, 5))]),
    Row("torch.lcm", K.lcm, [call(ints(12, -18, 0), ints(8, 12, 5))]),
]

_FLOATING = {
    "exp": [X, EDGES],
    "exp2": [X],
    "expm1": [X],
    "log": [positive(5), EDGES],
    "log2": [positive(5)],
    "log10": [positive(5)],
    "log1p": [unit(5)],
    "sqrt": [positive(5), floats(0, 4)],
    "rsqrt": [positive(5)],
    "reciprocal": [X],
    "sin": [X],
    "cos": [X],
    "tan": [unit(5)],
    "asin": [unit(5)],
    "acos": [unit(5)],
    "atan": [X],
    "sinh": [X],
    "cosh": [X],
    "tanh": [X],
    "asinh": [X],
    "acosh": [positive(5) + 1],
    "atanh": [unit(5)],
    "sigmoid": [X, floats(-100, -20, 0, 30)],
    "deg2rad": [X],
    "rad2deg": [X],
}
FUNCTIONS = [
    Row(f"torch.{name}", getattr(U, name), [call(x) for x in (*xs, ints(1), xs[0].astype("float64"))])
    for name, xs in _FLOATING.items()
    if name != "atanh"
]
FUNCTIONS += [Row("torch.atanh", U.atanh, [call(unit(5)), call(unit(5).astype("float64"))])]

ROUNDING = [
    *(Row(f"torch.{n}", getattr(U, n), [call(EDGES), call(X), call(I7)]) for n in ("floor", "ceil", "trunc", "sign")),
    Row("torch.sgn", U.sgn, [call(EDGES), call(X), call(I7)], grad=False),
    Row("torch.frac", U.frac, [call(X)], errors=(call(I7),)),
    Row(
        "torch.round",
        U.round,
        [call(EDGES), call(I7), call(floats(1.2345, -6.789), decimals=2), call(floats(1234.5), decimals=-2)],
    ),
    Row("torch.abs", U.abs, [call(X), call(floats(-1, 0, 2)), call(I7)], errors=(call(B1),)),
    Row("torch.neg", U.neg, [call(X), call(I7), call(ints(1, 2, dtype="uint8"))], errors=(call(B1),)),
    Row("torch.positive", U.positive, [call(I7)], errors=(call(B1),)),
    Row("torch.square", U.square, [call(X), call(I7)]),
    Row("torch.signbit", U.signbit, [call(EDGES), call(I7)], grad=False),
    Row("torch.angle", U.angle, [call(X), call(I7)]),
    Row("torch.clone", U.clone, [call(X)]),
    Row(
        "torch.nan_to_num",
        U.nan_to_num,
        [call(EDGES), call(EDGES, 7.0, 9.0, -9.0), call(EDGES, posinf=1), call(I7)],
    ),
    Row("torch.logit", U.logit, [call(floats(0.1, 0.5, 0.9)), call(floats(0.0, 0.05, 0.5, 1.0), 0.1)]),
]

_PAIRS = [call(X, Y), call(X, 0.5), call(I7, I2), call(I7, 2.5), call(EDGES, 0.0), call(B1, B2), call(B1, 1)]
LOGIC = [
    *(
        Row(f"torch.{n}", getattr(L, n), _PAIRS, grad=False, errors=(call(wave(2), wave(3)),))
        for n in ("eq", "ne", "lt", "le", "gt", "ge")
    ),
    *(
        Row(f"torch.{n}", getattr(L, n), [call(B1, B2), call(ints(0, 1, 2), B1)], grad=False)
        for n in ("logical_and", "logical_or", "logical_xor")
    ),
    Row("torch.logical_not", L.logical_not, [call(EDGES), call(B1), call(I7)], grad=False),
    *(
        Row(
            f"torch.{n}",
            getattr(L, n),
            [call(B1, B2), call(I7, I2), call(I7, 3), call(ints(1, 2, dtype="uint8"), ints(3))],
            grad=False,
            errors=(call(X, Y),),
        )
        for n in ("bitwise_and", "bitwise_or", "bitwise_xor")
    ),
    Row("torch.bitwise_not", L.bitwise_not, [call(B1), call(I7), call(ints(1, dtype="uint8"))], grad=False),
    *(
        Row(f"torch.{n}", getattr(L, n), [call(I7, ints(1, 2, 3, 0)), call(I7, 2)], grad=False, errors=(call(X, Y),))
        for n in ("bitwise_left_shift", "bitwise_right_shift")
    ),
    *(Row(f"torch.{n}", getattr(L, n), [call(EDGES), call(I7)], grad=False) for n in ("isnan", "isinf", "isfinite")),
    *(
        Row(f"torch.{n}", getattr(L, n), [call(EDGES), call(I7)], grad=False)
        for n in ("isposinf", "isneginf", "isreal")
    ),
    Row(
        "torch.isclose",
        L.isclose,
        [
            *(call(X, X + 1e-6), call(X, X + 1e-3), call(EDGES, EDGES), call(EDGES, EDGES, equal_nan=True)),
            *(call(I7, I7 + 1), call(X, X + 0.1, 0.1, 0.05)),
        ],
        grad=False,
        errors=(call(X, X.astype("float64")),),
    ),
]

ROWS = [*ARITHMETIC, *EXTREMA, *SELECTION, *OTHERS, *FUNCTIONS, *ROUNDING, *LOGIC]
