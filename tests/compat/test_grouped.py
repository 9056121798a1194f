"""Small programs of many operations that do not wait for each other run in groups."""

import numpy as np
import pytest

import compat as torch
from compat._engine import compile as compiling
from compat._engine import grouped
from compat._engine.compile import forget
from compat._engine.instructions import decode
from compat._engine.pieces import parts
from compat._engine.program import ctx, cut


def _pending():
    return list(parts(decode(ctx.now.prog.code)))


def _recorded(count, size=4, chained=False):
    cut("test")
    x = torch.ones(size)
    results = []
    for k in range(count):
        x = results[-1] if chained and results else x
        results.append(x * (k + 1.5))
    return results


@pytest.mark.parametrize(("count", "size", "chained", "expected"), [
    (grouped.MOST + 3, 4, False, True), (grouped.MOST, 4, False, False), (grouped.LARGEST + 1, 4, False, False),
    (20, 1 << 17, False, False), (20, 4, True, False),
])
def test_which_programs_are_grouped(count, size, chained, expected):
    """Those of many operations that are small, and wide: a chain runs one after the other anyway."""
    results = _recorded(count, size, chained)
    assert grouped.worth_it(_pending()) is expected
    del results


def test_what_repeats_is_not_small():
    """A loop inside an operation does more than its sizes say."""
    cut("test")
    x = torch.ones(12, 4)
    results = [x.sort(dim=0) for _ in range(12)]
    assert not grouped.worth_it(_pending())
    del results


def _trained(count, optimizer, **options):
    torch.manual_seed(0)
    params = [torch.randn(k % 5 + 1, 3).requires_grad_() for k in range(count)]
    optimizer = getattr(torch.optim, optimizer)(params, 0.1, **options)
    for step in range(3):
        loss = sum(((p * (step + 1.5)).sin() ** 2).sum() for p in params)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    cut("test")
    return params


@pytest.mark.parametrize("count", [9, 30, 90])
@pytest.mark.parametrize(("optimizer", "options"), [("SGD", {"momentum": 0.9}), ("AdamW", {})])
def test_the_values_are_the_same(monkeypatch, count, optimizer, options):
    """Of steps in groups, and in groups of groups."""
    forget()
    in_groups = _trained(count, optimizer, **options)
    forget()
    monkeypatch.setattr(grouped, "worth_it", lambda work: False)
    plain = _trained(count, optimizer, **options)
    forget()
    for a, b in zip(in_groups, plain, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=2e-6, atol=1e-7)


def test_a_step_has_few_kernels_at_once():
    """At most 7 calls, none of which XLA takes apart."""
    params = [torch.ones(k + 1).requires_grad_() for k in range(20)]
    optimizer = torch.optim.SGD(params, 0.1)
    for p in params:
        p.grad = torch.ones(p.shape)
    cut("test")
    forget()
    optimizer.step()
    params[0].tolist()
    (program,) = [p for p in compiling._programs.values() if p.runs]
    text = (program.call or program.compiled[0]).as_text()
    assert 1 < text[text.index("ENTRY"):].count(" call(") <= grouped.MOST
    assert params[19].tolist() == pytest.approx([0.9] * 20)
    forget()
