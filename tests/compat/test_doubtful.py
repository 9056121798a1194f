"""Programs that XLA:CPU makes something wrong of give the right numbers all the same."""

import jax
import numpy as np
import pytest

import compat as torch
from compat._engine.doubtful import doubtful

X = np.random.default_rng(0).standard_normal((100, 64)).astype(np.float32)
LONG = np.random.default_rng(1).standard_normal((40001, 3)).astype(np.float32)

WRONG = {  # name -> (the program, NumPy's)
    "ones": (lambda: (torch.tensor(X) @ torch.ones(64, 100)).sum(), lambda: 100 * X.sum()),
    "rows": (lambda: (torch.tensor(X) @ torch.full((64, 100), 1.5)).sum(0), lambda: np.full(100, 1.5 * X.sum())),
    "both": (lambda: (torch.ones(64, 64) * 3 @ torch.ones(64, 64)).sum(), lambda: 3.0 * 64**3),
    "expanded": (lambda: (torch.tensor(X) @ torch.tensor(X)[:1, :1].expand(64, 100)).amax(1),
                 lambda: X.sum(1) * X[0, 0]),
    "then more": (lambda: (torch.tensor(X) @ torch.ones(64, 100)).square().mean(), lambda: np.square(X.sum(1)).mean()),
    "long": (lambda: (torch.tensor(LONG[:3]) @ torch.tensor(LONG).T).sum(0), lambda: LONG @ LONG[:3].sum(0)),
    "seven dimensions": (lambda: (torch.ones(3, 1, 2, 2, 4, 4, 4) * torch.tensor(X[:1, :4])).sum(3),
                         lambda: np.broadcast_to(2 * X[0, :4], (3, 1, 2, 4, 4, 4))),
}


@pytest.mark.parametrize("name", WRONG)
def test_right(name: str) -> None:
    program, want = WRONG[name]
    np.testing.assert_allclose(program().numpy(), want(), rtol=2e-4, atol=1e-3)


def test_what_is_right_keeps_its_fast_reductions() -> None:
    def text(f) -> str:
        return jax.jit(f).lower(X, X.T).compile().as_text()

    assert not doubtful(text(lambda x, y: (x @ y).sum(0)))
    assert not doubtful(text(lambda x, y: (x @ (y * 2 + y[:1])).max(1)))
    assert not doubtful(text(lambda x, y: jax.nn.softmax(x @ y + x[:, :1])))
    if "__ynn_fusion" in text(lambda x, y: x.sum()):  # else XLA does the sums itself, and nothing is wrong
        assert doubtful(text(lambda x, y: (x @ jax.numpy.ones_like(y)).sum(0)))


def test_where_the_library_stood() -> None:
    fusion = """
%fused (param_0: f32[8,4]) -> f32[8] {
  %param_0 = f32[8,4]{1,0} parameter(0)
  %constant.1 = f32[] constant(1)
  %b = f32[4,8]{1,0} broadcast(%constant.1), dimensions={}
  %dot = f32[8,8]{1,0} dot(%param_0, %b), lhs_contracting_dims={1}, rhs_contracting_dims={0}
  ROOT %r = f32[8]{0} reduce(%dot, %constant.1), dimensions={1}, to_apply=%add
}

ENTRY %main (x: f32[8,4]) -> f32[8] {
  %x = f32[8,4]{1,0} parameter(0)
  ROOT %f = f32[8]{0} fusion(%x), kind=kCustom, calls=%fused, backend_config={"fusion_config":{"kind":"__ynn_fusion"}}
}
"""
    long = fusion.replace("8,4]{1,0} broadcast", "8,4]{1,0} copy").replace("broadcast(%constant.1)", "copy(%param_0)")
    assert doubtful(fusion, old=False)
    assert not doubtful(fusion.replace("__ynn_fusion", "__onednn_fusion"), old=True)
    assert not doubtful(long, old=True)
    assert doubtful(long.replace("f32[8,8]", "f32[20000,8]"), old=True)
    assert not doubtful(long.replace("f32[8,8]", "f32[20000,8]"), old=False)
    assert doubtful(long.replace("f32[8,8]", "f32[1,2,1,2,1,2,2]"), old=True)
