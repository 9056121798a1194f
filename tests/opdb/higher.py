"""Second derivatives and directional derivatives of an entry, compat's against PyTorch's."""

from collections.abc import Iterator
from typing import Any

import torch

import compat
from compat.autograd.gradcheck import GradcheckError
from tests.opdb.check import FEW, Case, _leaves, _run, cases, compare, cotangent, differences, flat
from tests.opdb.translate import function

SAMPLES = FEW


def _second(library: Any, out: Any, leaves: list[Any]) -> list[Any] | None:
    """The gradients of the gradients, both with a fixed cotangent; None where the first ones are constant."""
    outs = [x for x in flat(out) if getattr(x, "requires_grad", False)]
    if not outs:
        return None
    seeds = [cotangent(library, x) for x in outs]
    first = library.autograd.grad(outs, leaves, seeds, create_graph=True, allow_unused=True)
    first = [g for g in first if g is not None and g.requires_grad]
    if not first:
        return None
    return list(library.autograd.grad(first, leaves, [cotangent(library, g) for g in first], allow_unused=True))


def _zeros(got: list[Any] | None, want: list[Any] | None, leaves: list[Any]) -> tuple[list[Any], list[Any]]:
    """No second derivative is zeros: whether a graph is kept for what is constant is no one's promise."""
    blank = [None for _ in leaves]
    pairs = list(zip(got or blank, want or blank, leaves, strict=True))
    return ([compat.zeros(*x.shape, dtype=getattr(compat, str(x.dtype)[6:])) if g is None else g for g, _, x in pairs],
            [torch.zeros_like(x) if w is None else w for _, w, x in pairs])


def second(op: Any) -> Iterator[str]:
    """What differs in the second derivatives."""
    f = function(op.op, op.name)
    backward = op.supported_backward_dtypes("cpu")
    kinds = [(d, n) for d, n in ((torch.float64, SAMPLES), (torch.complex128, 1)) if d in backward]
    given = []
    for case in cases(op, kinds, True):
        try:
            out = case.process(_run(op.op, case.given, torch.manual_seed))
            given.append(case._replace(want=_second(torch, out, _leaves(case.given))))
        except (RuntimeError, NotImplementedError):
            continue  # PyTorch has no second derivative of this one

    def mine(case: Case, x: tuple) -> Any:
        return _second(compat, case.process(_run(f, x, compat.manual_seed)), _leaves(x))

    yield from differences(given, mine, lambda case, got: compare(*_zeros(got, case.want, _leaves(case.given)), 100.0))


def _replace(x: Any, new: Iterator[Any]) -> Any:
    """The same structure, each tensor that requires grad replaced by the next of ``new``."""
    if isinstance(x, list | tuple):
        return type(x)(_replace(y, new) for y in x)
    if isinstance(x, dict):
        return {k: _replace(y, new) for k, y in x.items()}
    return next(new) if getattr(x, "requires_grad", False) else x


def _pushed(library: Any, f: Any, sample: tuple[Any, tuple, dict], process: Any) -> list[Any]:
    """The derivative in a fixed direction, by ``torch.func.jvp``."""
    leaves = _leaves(sample)

    def of(*primals: Any) -> list[Any]:
        first, *rest = (_replace(x, it) for it in [iter(primals)] for x in sample)
        out = process(_run(f, (first, *rest), library.manual_seed))
        return [x for x in flat(out) if getattr(x, "dtype", None) is not None and x.dtype.is_floating_point]

    primals = tuple(x.detach() for x in leaves)
    return list(library.func.jvp(of, primals, tuple(cotangent(library, x) for x in leaves))[1])


def tangent(op: Any) -> Iterator[str]:
    """What differs in the derivatives in a direction (float64)."""
    f = function(op.op, op.name)
    if torch.float64 not in op.supported_backward_dtypes("cpu"):
        return
    given = []
    for case in cases(op, [(torch.float64, SAMPLES)], True):
        try:
            given.append(case._replace(want=_pushed(torch, op.op, case.given, case.process)))
        except (RuntimeError, NotImplementedError, ValueError):
            continue  # PyTorch cannot do it under its transform, for in-place changes or data-dependent steps
    yield from differences(given, lambda case, x: _pushed(compat, f, x, case.process),
                           lambda case, got: compare(got, case.want, 10.0))


MOST = 60  # elements that finite differences move, one after the other


def numeric(op: Any) -> Iterator[str]:
    """What compat's own ``gradgradcheck`` finds wrong: second derivatives against finite differences of the first.

    PyTorch is asked only whether it has the second derivative at all.
    """
    f = function(op.op, op.name)
    backward = op.supported_backward_dtypes("cpu")
    dtype = torch.float64 if torch.float64 in backward else torch.complex128
    if dtype not in backward:
        return
    given = [case for case in cases(op, [(dtype, SAMPLES)], True) if _leaves(case.given)]
    given.sort(key=lambda case: sum(x.numel() for x in _leaves(case.given)))
    for case in given:
        try:
            out = case.process(_run(op.op, case.given, torch.manual_seed))
            moved = sum(x.numel() for x in [*_leaves(case.given), *flat(out)] if isinstance(x, torch.Tensor))
            if moved > MOST or _second(torch, out, _leaves(case.given)) is None:
                continue
        except (RuntimeError, NotImplementedError):
            continue

        def of(*leaves: Any, case: Case = case) -> Any:
            compat.manual_seed(7)
            first, *rest = (_replace(x, it) for it in [iter(leaves)] for x in case.mine)
            return case.process(op.gradcheck_wrapper(f, first, *rest[0], **rest[1]))

        try:
            compat.autograd.gradgradcheck(of, tuple(_leaves(case.mine)), check_batched_grad=False)
        except GradcheckError as error:
            yield f"{case.label}: {' '.join(str(error).split())[:300]}"
        return


__all__ = ["numeric", "second", "tangent"]
