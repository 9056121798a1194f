"""Gradients against finite differences (`torch.autograd.gradcheck`)."""

import itertools
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compat._autograd.backward import grad
from compat._dtype import complex128, float64
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor, wrap
from compat.autograd.functional import jvp

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

_NONDETERMINISTIC = (
    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different "
    "values, although analytical gradient matches numerical gradient.The tolerance for nondeterminism was {}."
)


class GradcheckError(RuntimeError):
    """What `gradcheck` raises when gradients disagree."""


@dataclass(frozen=True)
class _Options:
    """How close, by which steps, and what is looked at."""

    eps: float
    atol: float
    rtol: float
    nondet_tol: float
    check_grad_dtypes: bool


def _tuple(x: Any) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else tuple(x) if isinstance(x, list) else (x,)


def _wanted(inputs: Sequence[Any]) -> list[int]:
    return [i for i, t in enumerate(inputs) if isinstance(t, Tensor) and t.requires_grad]


def _differentiable(outputs: Any) -> tuple[Tensor, ...]:
    return tuple(out for out in _tuple(outputs) if out.requires_grad)


def _check_inputs(inputs: Sequence[Any]) -> None:
    for i in _wanted(inputs):
        t = inputs[i]
        if t.dtype not in (float64, complex128):
            warnings.warn(f"Input #{i} requires gradient and is not a double precision floating point or complex. This "
                          "check will likely fail if all the inputs are not of double precision floating point or "
                          "complex. ", stacklevel=4)
        if any(stride == 0 and size > 1 for stride, size in zip(t.stride(), t.size(), strict=True)):
            raise RuntimeError(f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that "
                               "are "
                               "non-overlapping to be able to compute the numerical gradients correctly. You should "
                               "call .contiguous on the input before passing it to gradcheck.")
    if not _wanted(inputs):
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of them have "
                         "requires_grad=True.")


# ------------------------------------------------------------------ the two Jacobians, (numbers in, numbers out)
def _numerical(func: Callable[..., Any], inputs: Sequence[Any], which: int, eps: float) -> list[np.ndarray]:
    """One Jacobian an output by central differences; for a complex input in the convention of gradients."""
    x = inputs[which]._host()
    columns: list[list[np.ndarray]] = []
    for at in np.ndindex(x.shape):
        along_real = _difference(func, inputs, which, x, at, eps, eps)
        if np.iscomplexobj(x):
            along_imag = _difference(func, inputs, which, x, at, 1j * eps, eps)
            along_real = [real + 1j * imag for real, imag in zip(along_real, along_imag, strict=True)]
        columns.append(along_real)
    if not columns:
        return [np.zeros((0, out.numel())) for out in _tuple(func(*inputs))]
    return [np.stack(column) for column in zip(*columns, strict=True)]


def _difference(func: Callable[..., Any], inputs: Sequence[Any], which: int, x: np.ndarray, at: tuple[int, ...],
                step: complex, eps: float) -> list[np.ndarray]:
    results = []
    for sign in (-1, 1):
        moved = x.copy()
        moved[at] += sign * step
        args = [*inputs[:which], wrap(moved, requires_grad=True), *inputs[which + 1:]]
        results.append([out.detach()._host() for out in _tuple(func(*args))])
    for low, high in zip(*results, strict=True):
        for what, a, b in (("shape", low.shape, high.shape), ("dtype", low.dtype, high.dtype)):
            if a != b:
                raise AssertionError(f"Expected `func` to return outputs with the same {what} when inputs are "
                                     "perturbed on "
                                     f"index {at} by {eps}, but got: {what}s {a} and {b}.")
    return [((high - low) / (2 * eps)).reshape(-1) for low, high in zip(*results, strict=True)]


def _analytical(inputs: Sequence[Any], out: Tensor, options: _Options) -> list[np.ndarray]:
    """One Jacobian an input by backward, taken twice to see whether it always gives the same."""
    wanted = [inputs[i] for i in _wanted(inputs)]
    first = _by_backward(wanted, out, options)
    for a, b in zip(first, _by_backward(wanted, out, options), strict=True):
        if a.size and np.abs(a - b).max() > options.nondet_tol:
            raise GradcheckError(_NONDETERMINISTIC.format(options.nondet_tol))
    return first


def _by_backward(wanted: Sequence[Tensor], out: Tensor, options: _Options) -> list[np.ndarray]:
    jacobians = [np.zeros((t.numel(), out.numel()), t._host().dtype) for t in wanted]
    seed = np.zeros(out.numel(), out.detach()._host().dtype)
    for j in range(out.numel()):
        seed[:] = 0
        seed[j] = 1
        for t, jacobian, g in zip(wanted, jacobians, _pull(out, wanted, seed), strict=True):
            if g is None:
                continue
            if options.check_grad_dtypes and g.dtype != t.dtype:
                raise GradcheckError("Gradient has dtype mismatch")
            if g.size() != t.size():
                raise GradcheckError("Analytical gradient has incorrect size")
            jacobian[:, j] = g.detach()._host().reshape(-1)
    return jacobians


def _pull(out: Tensor, wanted: Sequence[Tensor], cotangent: np.ndarray) -> tuple[Tensor | None, ...]:
    return grad(out, wanted, wrap(cotangent.reshape(tuple(out.shape))), retain_graph=True, allow_unused=True)


# ------------------------------------------------------------------ the checks
def _parts(func: Callable[..., Any], outputs: Any) -> Iterator[tuple[Callable[..., Any], str]]:
    """A function with complex outputs is checked by its imaginary and its real part."""
    if not any(out.is_complex() for out in _tuple(outputs)):
        yield func, ""
        return
    for name in ("imag", "real"):
        def part(*args: Any, name: str = name) -> tuple[Tensor, ...]:
            return tuple(getattr(out, name) if out.is_complex() else out for out in _tuple(func(*args)))

        yield part, "imaginary" if name == "imag" else "real"


def _compare(analytical: np.ndarray, numerical: np.ndarray, out: int, which: int, part: str, options: _Options,
             mode: str = "") -> None:
    if np.allclose(analytical, numerical, options.rtol, options.atol):
        return
    prefix = f"While considering the {part} part of complex outputs only, " if part else ""
    raise GradcheckError(f"{prefix}Jacobian {mode}mismatch for output {out} with respect to input {which},\n"
                         f"numerical:{wrap(numerical)}\nanalytical:{wrap(analytical)}\n")


def _check_backward(func: Callable[..., Any], inputs: tuple[Any, ...], outputs: Any, options: _Options) -> None:
    complex_outputs = [i for i, out in enumerate(_differentiable(outputs)) if out.is_complex()]
    for part, name in _parts(func, outputs):
        results = _tuple(part(*inputs))
        numerical = [_numerical(part, inputs, i, options.eps) for i in _wanted(inputs)]
        tracked = [k for k, out in enumerate(results) if out.requires_grad]
        if not tracked and any(np.any(jacobian != 0) for jacobians in numerical for jacobian in jacobians):
            raise GradcheckError("Numerical gradient for function expected to be zero")
        for i, k in enumerate(tracked):
            for j, analytical in enumerate(_analytical(inputs, results[k], options)):
                _compare(analytical, numerical[j][k], i, j, name if i in complex_outputs else "", options)


def _check_forward(func: Callable[..., Any], inputs: tuple[Any, ...], options: _Options) -> None:
    wanted = _wanted(inputs)

    def of_wanted(*values: Tensor) -> Any:
        args = list(inputs)
        for i, value in zip(wanted, values, strict=True):
            args[i] = value
        return tuple(_tuple(func(*args)))

    point = tuple(inputs[i].detach() for i in wanted)
    for j, i in enumerate(wanted):
        numerical = _numerical(func, inputs, i, options.eps)
        x = point[j]._host()
        for row, at in enumerate(np.ndindex(x.shape)):
            tangents = [ops.zeros_like(t) for t in point]
            direction = np.zeros_like(x)
            direction[at] = 1
            tangents[j] = wrap(direction)
            for k, product in enumerate(jvp(of_wanted, point, tuple(tangents))[1]):
                _compare(product._host().reshape(-1), numerical[k][row], k, j, "", options, "computed with forward "
                                                                                            "mode ")


def _check_batched(inputs: tuple[Any, ...], out: Tensor) -> None:
    wanted = [inputs[i] for i in _wanted(inputs)]
    given = ops.randn((2, *out.shape), dtype=out.dtype)
    single = [grad(out, wanted, given[k], retain_graph=True, allow_unused=True) for k in range(2)]
    batched = grad(out, wanted, given, retain_graph=True, allow_unused=True, is_grads_batched=True)
    for i, (both, one) in enumerate(zip(batched, zip(*single, strict=True), strict=True)):
        if both is not None and not np.allclose(both._host(), np.stack([g._host() for g in one])):
            raise GradcheckError(f"gradcheck or gradgradcheck failed while testing batched gradient computation of "
                                 f"input {i}")


def _check_scaling(outputs: tuple[Tensor, ...], inputs: tuple[Any, ...]) -> None:
    """Zero cotangents must come back as zeros, of the inputs' dtypes, devices and sizes."""
    wanted = [inputs[i] for i in _wanted(inputs)]
    zeros = [ops.zeros_like(out) for out in outputs]
    for g, t in zip(grad(outputs, wanted, zeros, retain_graph=True, allow_unused=True), wanted, strict=True):
        if g is None:
            continue
        if g._host().any():
            raise GradcheckError("backward not multiplied by grad_output")
        if g.dtype != t.dtype:
            raise GradcheckError("grad is incorrect type")
        if g.device != t.device:
            raise GradcheckError("grad is incorrect device")
        if g.size() != t.size():
            raise GradcheckError("grad is incorrect size")


def gradcheck(func: Callable[..., Any], inputs: Any, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
              raise_exception: bool = True, nondet_tol: float = 0.0, check_undefined_grad: bool = True,
              check_grad_dtypes: bool = False, check_batched_grad: bool = False,
              check_batched_forward_grad: bool = False, check_forward_ad: bool = False,
              check_backward_ad: bool = True, fast_mode: bool = False, masked: bool | None = None) -> bool:
    """Compare a function's gradients with finite differences, for inputs in double precision.

    Args:
      func: From tensors to a tensor or a tuple of tensors.
      inputs: A tensor or a tuple; those that require grad are moved.
      eps: By how much they are moved.
      atol: Absolute tolerance.
      rtol: Relative tolerance.
      raise_exception: Raise when gradients disagree, instead of returning False.
      nondet_tol: By how much a backward pass may differ from the same once more.
      check_undefined_grad: Accepted; missing cotangents always reach a node as zeros.
      check_grad_dtypes: Whether gradients must have the dtypes of their inputs.
      check_batched_grad: Also compare several backward passes at once with one after the other.
      check_batched_forward_grad: Accepted; forward products are computed one by one.
      check_forward_ad: Also check forward-mode products.
      check_backward_ad: Check backward.
      fast_mode: Accepted; all numbers are always checked.
      masked: Accepted; there are no sparse tensors.

    Returns:
      True if gradients agree; False if they do not and `raise_exception` is False.

    Raises:
      GradcheckError: if gradients disagree.
      ValueError: if no input requires grad.

    Example:
      >>> import compat as torch
      >>> x = torch.tensor([0.3, 1.2], dtype=torch.float64, requires_grad=True)
      >>> torch.autograd.gradcheck(lambda t: t.sin() * t, x)
      True
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    options = _Options(eps, atol, rtol, nondet_tol, check_grad_dtypes)
    inputs = _tuple(inputs)
    try:
        _check_inputs(inputs)
        outputs = func(*inputs)
        if check_backward_ad:
            _check_backward(func, inputs, outputs, options)
        if check_forward_ad:
            _check_forward(func, inputs, options)
        if check_backward_ad:
            tracked = _differentiable(outputs)
            if check_batched_grad:
                for out in tracked:
                    _check_batched(inputs, out)
            if tracked:
                _check_scaling(tracked, inputs)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(func: Callable[..., Any], inputs: Any, grad_outputs: Any = None, *, eps: float = 1e-6,
                  atol: float = 1e-5, rtol: float = 1e-3, gen_non_contig_grad_outputs: bool = False,
                  raise_exception: bool = True, nondet_tol: float = 0.0, check_undefined_grad: bool = True,
                  check_grad_dtypes: bool = False, check_batched_grad: bool = False, check_fwd_over_rev: bool = False,
                  check_rev_over_rev: bool = True, fast_mode: bool = False, masked: bool = False) -> bool:
    """Compare a function's second derivatives with finite differences of its gradients.

    Args:
      func: From tensors to a tensor or a tuple of tensors.
      inputs: A tensor or a tuple; those that require grad are moved.
      grad_outputs: Cotangents at which gradients are taken; random ones if None. They are moved too.
      eps: By how much.
      atol: Absolute tolerance.
      rtol: Relative tolerance.
      gen_non_contig_grad_outputs: Accepted; layout changes no number.
      raise_exception: Raise when derivatives disagree, instead of returning False.
      nondet_tol: By how much a backward pass may differ from the same once more.
      check_undefined_grad: Accepted; missing cotangents always reach a node as zeros.
      check_grad_dtypes: Whether gradients must have the dtypes of their inputs.
      check_batched_grad: Also compare several backward passes at once with one after the other.
      check_fwd_over_rev: Also check forward-mode products of the gradients.
      check_rev_over_rev: Check the backward of the backward.
      fast_mode: Accepted; all numbers are always checked.
      masked: Accepted; there are no sparse tensors.

    Returns:
      True if they agree; False if they do not and `raise_exception` is False.

    Raises:
      GradcheckError: if they disagree.
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    if check_undefined_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_undefined_grad=True requires check_rev_over_rev to be True")
    if check_batched_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_batched_grad=True requires check_rev_over_rev to be True")
    inputs = _tuple(inputs)
    if grad_outputs is None:
        cotangents = tuple(ops.empty_like(out, requires_grad=False).uniform_(-1, 1).requires_grad_()
                           for out in _differentiable(func(*inputs)))
    else:
        cotangents = _tuple(grad_outputs)
    wanted = _wanted(inputs)

    def gradient(*args: Any) -> tuple[Tensor, ...]:
        given = args[len(inputs):]
        at = args[: len(inputs)]
        results = grad(_differentiable(func(*at)), [at[i] for i in wanted], given, create_graph=True, allow_unused=True)
        return tuple(g for g in results if g is not None)

    return gradcheck(gradient, tuple(itertools.chain(inputs, cotangents)), eps=eps, atol=atol, rtol=rtol,
                     raise_exception=raise_exception, nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad,
                     check_grad_dtypes=check_grad_dtypes, check_batched_grad=check_batched_grad, fast_mode=fast_mode,
                     check_forward_ad=check_fwd_over_rev, check_backward_ad=check_rev_over_rev, masked=masked)
