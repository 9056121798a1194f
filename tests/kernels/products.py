"""Rows of the products of vectors, matrices and tensors."""

from typing import Any

from funcgrad.ops import products as K
from tests.kernel_table import Row, call
from tests.kernels._samples import ints, wave

M23, M34, V3, V2 = wave(2, 3), wave(3, 4, step=0.53), wave(3, step=0.7), wave(2, step=0.9)
B234, B245 = wave(2, 3, 4), wave(2, 4, 5, step=0.71)
D34 = M34.astype("float64")
INT = ints([1, 2, 3])


def _row(name: str, *samples: Any, kernel: Any = None, errors: tuple = (), **kw: Any) -> Row:
    return Row(f"torch.{name}", kernel or getattr(K, name), list(samples), errors=errors, **kw)


def _listed(kernel: Any) -> Any:
    """PyTorch takes the operands one by one, the kernel as a list."""
    return lambda *tensors: kernel(list(tensors))


ROWS = [
    _row("mm", call(M23, M34), errors=(call(M23, M23), call(V3, M34), call(M23, V3), call(M23, D34))),
    _row("mv", call(M23, V3), errors=(call(M23, V2), call(V3, V3), call(M23, V3.astype("float64")))),
    _row("dot", call(V3, wave(3)), call(INT[0], INT[0]), errors=(call(V3, V2), call(M23, V3))),
    _row("vdot", call(V3, wave(3))),
    _row("bmm", call(B234, B245), errors=(call(B234, B234), call(M23, B234), call(B234, M23))),
    _row(
        "matmul",
        *(
            call(wave(*a), wave(*b, step=0.61))
            for a, b in (
                ((3,), (3,)),
                ((2, 3), (3,)),
                ((3,), (3, 4)),
                ((2, 3), (3, 4)),
                ((2, 2, 3), (3, 4)),
                ((2, 3), (2, 3, 4)),
                ((2, 2, 3), (3,)),
                ((3,), (2, 3, 4)),
                ((2, 1, 2, 3), (3, 3, 2)),
            )
        ),
        call(ints([1, 2]), ints([[3], [4]])),
        vmap=False,  # PyTorch's rules depend on the number of dimensions
        errors=(call(wave(), V2), call(M23, M23), call(wave(2, 3, 4), wave(3, 4, 2)), call(wave(2, 3, 4), M34)),
    ),
    _row(
        "nn.functional.linear",
        call(M23, wave(4, 3), wave(4)),
        call(V3, wave(4, 3)),
        call(B234, wave(2, 4), V2),
        kernel=K.linear,
        vmap=False,
        errors=(call(M23, M34),),
    ),
    _row("outer", call(V2, V3), errors=(call(M23, V3),)),
    _row("inner", call(M23, wave(4, 3)), call(V3, V3), call(wave(), M23), errors=(call(M23, V2),)),
    _row(
        "addmm",
        call(wave(2, 4), M23, M34),
        call(wave(4), M23, M34, beta=0.5, alpha=-2.0),
        call(wave(2, 1), M23, M34),
        errors=(call(wave(3, 3), M23, M34), call(M23, M23, M23), call(M23, V3, M34), call(wave(2, 4), M23, D34)),
    ),
    _row("addmv", call(V2, M23, V3), call(V2, M23, V3, beta=0.5, alpha=3.0), errors=(call(V3, M23, V3),)),
    _row("addr", call(M23, V2, V3), call(M23, V2, V3, beta=2.0), errors=(call(wave(3, 3), V2, V3),)),
    _row("baddbmm", call(wave(1, 3, 5), B234, B245, alpha=0.5), errors=(call(wave(2, 2, 2), B234, B245),)),
    _row("addbmm", call(wave(3, 5), B234, B245)),
    _row("kron", call(M23, V2)),
    _row("linalg.cross", call(M23, wave(1, 3)), kernel=K.cross, errors=(call(V2, V2), call(M23, V3))),
    _row("trace", call(M23), call(ints([1, 2], [3, 4], dtype="int32")), errors=(call(B234),)),
    _row(
        "matrix_power",
        call(wave(3, 3), 3),
        call(wave(3, 3), 0),
        errors=(call(M23, 2),),
        rtol=1e-4,
        atol=1e-4,
        why="a product of three in float32",
    ),
    _row(
        "tensordot",
        call(M23, M34, dims=1),
        call(wave(2, 3, 4), wave(3, 2, 4), dims=([0, 1], [1, 0])),
        errors=(call(M23, M23, dims=1),),
    ),
    _row("chain_matmul", call(M23, M34, wave(4, 2)), kernel=_listed(K.chain_matmul), rtol=1e-5, atol=5e-6),
    _row("linalg.multi_dot", call([M23, M34, wave(4, 2)]), kernel=K.multi_dot, atol=5e-6, errors=(call([M23]),)),
    *(
        _row(
            "einsum",
            *(
                call(equation, [wave(*s, step=0.61 + i / 7) for i, s in enumerate(shapes)])
                for equation, shapes in (
                    ("bij,jk->bik", [(2, 3, 4), (4, 5)]),
                    ("ii", [(3, 3)]),
                    ("ii->i", [(3, 3)]),
                    ("i,j", [(2,), (3,)]),
                    ("...ij,...jk", [(2, 3, 4), (4, 5)]),
                    ("ba", [(2, 3)]),
                    ("bn,anm,bm->ba", [(2, 3), (4, 3, 5), (2, 5)]),
                )
            ),
            atol=1e-5,
            errors=(
                call("ij,jk", [M23, M23]),
                call("ijk,jk", [M23, M23]),
                call("ij,jk->iz", [M23, M34]),
                call("ij", [M23, M23]),
            ),
        ),
    ),
]
