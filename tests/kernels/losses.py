"""Rows of the losses."""

import numpy as np

from funcgrad import losses as K
from tests.kernel_table import Row, call
from tests.kernels._samples import floats, ints, positive, unit, wave

X, Y = wave(3, 4), wave(3, 4, start=-1.5, step=0.61)
P, Q = unit(3, 4) / 2 + 0.5, unit(3, 4)[::-1] / 2 + 0.5  # probabilities
ROW = floats(0.5, 2, 1, 0.25)  # weights of four classes
CLASSES = ints(1, 3, 0)
SIGNS = floats([1, -1, 1, 1], [-1, -1, 1, -1], [1, 1, -1, 1])
IMAGE, LABELS = wave(2, 3, 2, 2), ints([[0, 2], [1, 1]], [[2, 2], [0, 1]])
SEQUENCE, TAGS = wave(2, 3, 4), ints([0, 2, 1, 1], [2, 2, 0, 1])
TIES = floats(1, 2, -3)
EACH = [{"reduction": r} for r in ("none", "mean", "sum")]
FLOAT64 = np.dtype("float64")


def _softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(1, keepdims=True))
    return (e / e.sum(1, keepdims=True)).astype(x.dtype)


LOGP = np.log(_softmax(X))

REGRESSION = [
    Row(
        f"torch.nn.functional.{name}",
        getattr(K, name),
        [*(call(X, Y, **r) for r in EACH), call(TIES, TIES), call(X.astype(FLOAT64), Y.astype(FLOAT64)), *more],
        errors=(call(X, Y[:, :3]), call(X, Y, reduction="most")),
    )
    for name, more in (
        ("l1_loss", []),
        ("mse_loss", [call(X, ints([1, 0, 2, 3]).repeat(3, 0))]),
        ("smooth_l1_loss", [call(X, Y, beta=0.5, reduction="none"), call(TIES, TIES[::-1].copy(), beta=0.0)]),
        ("huber_loss", [call(X, Y, delta=0.5, reduction="none"), call(TIES, TIES + 1)]),
    )
]

TWO_CLASSES = [
    Row(
        "torch.nn.functional.binary_cross_entropy",
        K.binary_cross_entropy,
        [call(P, Q, **r) for r in EACH],
        errors=(call(P, ints([1, 0, 1, 0]).repeat(3, 0)),),
    ),
    Row(
        "torch.nn.functional.binary_cross_entropy",
        K.binary_cross_entropy,
        [call(floats(0, 1, 0, 1), floats(0, 1, 1, 0.5), reduction="none"), call(P, Q, ROW)],
        grad=False,  # PyTorch's gradient of the target is infinite there
    ),
    Row(
        "torch.nn.functional.binary_cross_entropy_with_logits",
        K.binary_cross_entropy_with_logits,
        [*(call(X, Q, **r) for r in EACH), call(floats(-200, 200, 0), floats(0, 1, 0.5), reduction="none")],
        errors=(call(X, ints([1, 0, 1, 0]).repeat(3, 0)),),
    ),
    Row(
        "torch.nn.functional.binary_cross_entropy_with_logits",
        K.binary_cross_entropy_with_logits,
        [call(X, Q, ROW, pos_weight=ROW + 1), call(X, Q, pos_weight=ROW), call(X, Q, P, reduction="sum")],
        grad=False,  # PyTorch has no gradient of the weights
    ),
    Row(
        "torch.nn.functional.soft_margin_loss",
        K.soft_margin_loss,
        [*(call(X, SIGNS, **r) for r in EACH), call(floats(100, -3), floats(-1, 1))],
        grad=False,  # PyTorch refuses targets that require one; the rows of operators compare the input's
        errors=(call(X, SIGNS[:, :3]),),
    ),
]
MANY_CLASSES = [
    Row(
        "torch.nn.functional.nll_loss",
        K.nll_loss,
        [
            *(call(LOGP, CLASSES, **r) for r in EACH),
            call(LOGP, ints(1, -100, 2)),
            call(LOGP, ints(-100, -100, -100)),
            call(LOGP, ints(1, 3, 3), ignore_index=3, reduction="none"),
            call(LOGP[0], ints(2).reshape(())),
            call(IMAGE, LABELS),
            call(IMAGE, LABELS, reduction="none"),
            call(SEQUENCE, TAGS, ignore_index=1),
            call(SEQUENCE, TAGS, reduction="sum"),
            call(LOGP.astype(FLOAT64), CLASSES),
            call(LOGP, CLASSES.astype("uint8")),
            call(LOGP[:0], CLASSES[:0], reduction="sum"),
        ],
        errors=(
            call(LOGP, CLASSES[:2]),
            call(LOGP, CLASSES.astype("float32")),
            call(LOGP, CLASSES.astype("int32")),
            call(LOGP, CLASSES.reshape(3, 1)),
            call(LOGP[0], CLASSES),
            call(SEQUENCE, TAGS[:, :3]),
            call(IMAGE, LABELS[:, :1]),
            call(IMAGE, TAGS),
            call(floats(1).reshape(()), ints(0).reshape(())),
            call(LOGP, CLASSES, reduction="most"),
        ),
    ),
    Row(
        "torch.nn.functional.nll_loss",
        K.nll_loss,
        [
            *(call(LOGP, CLASSES, ROW, **r) for r in EACH),
            call(LOGP, ints(1, -100, 2), ROW),
            call(IMAGE, LABELS, ROW[:3]),
        ],
        grad=False,
        errors=(call(LOGP, CLASSES, ROW[:3]), call(LOGP, CLASSES, ROW.astype(FLOAT64))),
    ),
    Row(
        "torch.nn.functional.cross_entropy",
        K.cross_entropy,
        [
            *(call(X, CLASSES, **r) for r in EACH),
            call(X, ints(1, -100, 2)),
            call(X, ints(1, -100, 2), label_smoothing=0.1),
            call(X, CLASSES, label_smoothing=0.1, reduction="none"),
            call(X, CLASSES, label_smoothing=0.1, reduction="sum"),
            call(X[0], ints(2).reshape(())),
            call(SEQUENCE, TAGS),
            call(IMAGE, LABELS, reduction="none"),
            call(X, _softmax(Y)),
            call(X, _softmax(Y), reduction="none"),
            call(X, _softmax(Y), label_smoothing=0.2, reduction="sum"),
            call(floats([1000, 0, -1000]), ints(2)),
        ],
        errors=(call(X, CLASSES[:2]), call(X, CLASSES.reshape(3, 1))),
    ),
    Row(
        "torch.nn.functional.cross_entropy",
        K.cross_entropy,
        [
            call(X, CLASSES, ROW),
            call(X, CLASSES, ROW, label_smoothing=0.1),
            call(X, _softmax(Y), ROW, label_smoothing=0.1),
        ],
        grad=False,
    ),
    Row(
        "torch.nn.functional.multi_margin_loss",
        K.multi_margin_loss,
        [
            *(call(X, CLASSES, **r) for r in EACH),
            call(X, CLASSES, p=2, margin=0.5),
            call(X[0], ints(2).reshape(())),
            call(X[0], ints(2)),
            call(X[:1], ints(2).reshape(()), reduction="none"),
        ],
        errors=(
            call(X, CLASSES, p=3),
            call(X, CLASSES[:2]),
            call(X[:, :0], CLASSES),
            call(X, CLASSES.astype("float32")),
        ),
    ),
    Row(
        "torch.nn.functional.multilabel_margin_loss",
        K.multilabel_margin_loss,
        [
            *(call(X, ints([0, 2, -1, 3], [-1, 1, 1, 0], [3, 2, 1, 0]), **r) for r in EACH),
            call(X[0], ints(1, 3, -1, 0)),
        ],
        errors=(call(X, ints([0, 1], [1, -1], [0, -1])), call(X[:, :0], ints([0, 1], [1, -1], [0, -1]))),
    ),
    Row(
        "torch.nn.functional.multilabel_soft_margin_loss",
        K.multilabel_soft_margin_loss,
        [*(call(X, Q, **r) for r in EACH), call(X, Q, ROW)],
    ),
]

DISTRIBUTIONS = [
    Row(
        "torch.nn.functional.kl_div",
        K.kl_div,
        [
            *(call(LOGP, _softmax(Y), **r) for r in [*EACH, {"reduction": "batchmean"}]),
            call(LOGP, LOGP[::-1].copy(), log_target=True, reduction="sum"),
            call(floats(-1, -2), floats(0, 1), reduction="none"),
        ],
        atol=1e-5,
    ),
    Row(
        "torch.nn.functional.poisson_nll_loss",
        K.poisson_nll_loss,
        [
            *(call(X, positive(3, 4), **r) for r in EACH),
            call(positive(3, 4), positive(3, 4), log_input=False),
            call(X, positive(3, 4), full=True),
        ],
    ),
    Row(
        "torch.nn.functional.gaussian_nll_loss",
        K.gaussian_nll_loss,
        [
            *(call(X, Y, positive(3, 4), **r) for r in EACH),
            call(X, Y, positive(3, 4), full=True),
            call(X, Y, positive(3, 1)),
            call(X, Y, positive(3)),
            call(X, Y, positive(3, 4) * 0),
        ],
        rtol=1e-4,
        atol=1e-5,
        why="the variance below eps divides by 1e-6 and 1e-12",
        errors=(call(X, Y, positive(2)),),
    ),
]

DISTANCES = [
    Row(
        "torch.nn.functional.pairwise_distance",
        K.pairwise_distance,
        [call(X, Y), call(X, Y, 1.0), call(X, Y, 3.0, keepdim=True), call(X[0], Y[0]), call(X, X)],
        vmap=False,
    ),
    Row(
        "torch.nn.functional.cosine_similarity",
        K.cosine_similarity,
        [call(X, Y), call(X, Y, 0), call(X, Y[:1]), call(X[0], Y[0], dim=-1), call(floats([0, 0]), floats([1, 2]))],
    ),
    Row(
        "torch.nn.functional.hinge_embedding_loss",
        K.hinge_embedding_loss,
        [*(call(X, SIGNS.astype("int64"), **r) for r in EACH), call(X, SIGNS.astype("int64"), margin=0.2)],
    ),
    Row(
        "torch.nn.functional.margin_ranking_loss",
        K.margin_ranking_loss,
        [*(call(X, Y, SIGNS, **r) for r in EACH), call(X, Y, SIGNS, margin=0.3), call(TIES, TIES, floats(1, 1, -1))],
    ),
    Row(
        "torch.nn.functional.cosine_embedding_loss",
        K.cosine_embedding_loss,
        [
            *(call(X, Y, ints(1, -1, 1), **r) for r in EACH),
            call(X, Y, ints(-1, -1, 1), margin=0.2),
            call(X[0], Y[0], ints(-1).reshape(())),
        ],
        errors=(call(X, Y, SIGNS), call(X[0], Y[0], ints(1))),
    ),
    Row(
        "torch.nn.functional.triplet_margin_loss",
        K.triplet_margin_loss,
        [
            *(call(X, Y, X[::-1].copy(), **r) for r in EACH),
            call(X, Y, X[::-1].copy(), margin=0.5, p=1.0),
            call(X, Y, X[::-1].copy(), swap=True, reduction="none"),
        ],
    ),
]

ROWS = [*REGRESSION, *TWO_CLASSES, *MANY_CLASSES, *DISTRIBUTIONS, *DISTANCES]
