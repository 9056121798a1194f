"""Small programs of many operations that do not wait for each other run in groups."""

import numpy as np
import pytest

import compat as torch
from compat._engine import grouped
from compat._engine.compile import forget
from compat._engine.entry import Entry
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


def _values(count):
    x = torch.linspace(0.1, 1.0, 6)
    first = [x * (k + 0.5) for k in range(count)]
    second = [torch.stack([a, b]).sum(0) + k for k, (a, b) in enumerate(zip(first, first[1:], strict=False))]
    kept = [first[3], *second]
    del first
    return [t.numpy().copy() for t in kept]


@pytest.mark.parametrize("count", [9, 30, 90])
def test_the_values_are_the_same(monkeypatch, count):
    """Numbers, results of groups that later ones read, results that stay, groups of groups."""
    forget()
    in_groups = _values(count)
    forget()
    monkeypatch.setattr(grouped, "worth_it", lambda work: False)
    plain = _values(count)
    forget()
    for a, b in zip(in_groups, plain, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_program_has_few_kernels_at_once():
    """At most 7 calls, none of which XLA takes apart."""
    results = _recorded(40)
    work = _pending()
    assert all(isinstance(e, Entry) for e, _, _ in work)
    forget()
    results[0].tolist()
    from compat._engine import compile as compiling

    (program,) = [p for p in compiling._programs.values() if p.runs]
    text = (program.call or program.compiled[0]).as_text()
    entry = text[text.index("ENTRY"):]
    assert 1 < entry.count(" call(") <= grouped.MOST
    forget()
