"""What users call: ``backward`` and ``grad``, which check what they are given and run the engine."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from compat._autograd.above import Above
from compat._autograd.engine import accumulate_into, ones_value, run_backward, zeros_value
from compat._autograd.modes import _Anomaly
from compat._autograd.plan import run_plan
from compat._engine.program import ctx, cut

CYCLE = ("Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
         "which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If "
         "you have to use this function, make sure to reset the .grad fields of your parameters to None after use to "
         "break the cycle and avoid the leak.")


class Once:
    """Which warnings came already, and whether they come every time (``torch.set_warn_always``)."""

    always = False
    cycle = False


def _as_tuple(x: Any) -> tuple:
    return (x,) if hasattr(x, "_v") else tuple(x)


def make_grads(outputs: Sequence[Any], grads: Sequence[Any], batched: bool = False) -> list[Any]:
    """The cotangents of the roots, checked; ones for tensors of one element where none is given."""
    new = []
    for i, (out, g) in enumerate(zip(outputs, grads, strict=True)):
        if g is not None and hasattr(g, "_v"):
            shape = g._aval.shape[1:] if batched else g._aval.shape
            if shape != out._aval.shape:
                if batched:
                    raise RuntimeError("If `is_grads_batched=True`, we interpret the first dimension of each "
                                       "grad_output as the batch dimension. The sizes of the remaining dimensions are "
                                       "expected to match the shape of corresponding output, but a mismatch was "
                                       f"detected: grad_output[{i}] has a shape of {g.shape} and output[{i}] has a "
                                       f"shape of {out.shape}.")
                raise RuntimeError(f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] has "
                                   f"a shape of {out.shape}.")
            if (out._aval.dtype.kind == "c") != (g._aval.dtype.kind == "c"):
                raise RuntimeError("For complex Tensors, both grad_output and output are required to have the same "
                                   f"dtype. Mismatch in dtype: grad_output[{i}] has a dtype of {g.dtype} and "
                                   f"output[{i}] has a dtype of {out.dtype}.")
            new.append(Above.cast(g, out._aval.dtype) if g._aval.dtype != out._aval.dtype else g)
        elif g is None:
            if out.requires_grad:
                if out.numel() != 1:
                    raise RuntimeError("grad can be implicitly created only for scalar outputs")
                if not out.is_floating_point():
                    raise RuntimeError("grad can be implicitly created only for real scalar outputs but got "
                                       f"{out.dtype}")
                new.append(Above.make(ones_value(out._aval)))
            else:
                new.append(None)
        else:
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
    return new


def check_roots(tensors: Sequence[Any]) -> None:
    """Every root needs a graph."""
    for i, t in enumerate(tensors):
        if not t.requires_grad:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")


def backward_by_plan(root: Any, keep: bool) -> bool:
    """The common backward(): of one loss, by plan. Returns whether it ran; if not, nothing has changed."""
    if _Anomaly.enabled or not root._rg or not run_plan(root, keep):
        return False
    if ctx.now.depth == 0:
        cut("backward")
    return True


def backward(tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
             grad_variables: Any = None, inputs: Any = None) -> None:
    """Accumulate into the leaves' ``.grad`` the gradients of the given tensors.

    Args:
      tensors: The roots.
      grad_tensors: Their cotangents; None where a root has one element.
      retain_graph: Keep the graph for another pass; defaults to ``create_graph``.
      create_graph: Record the pass itself.
      grad_variables: The old name of ``grad_tensors``.
      inputs: Accumulate only into these.

    Raises:
      RuntimeError: as PyTorch does; gradients are as before if a root has no graph or a cotangent does not fit.

    Source:
      PyTorch, ``torch.autograd.backward``.
    """
    if inputs is not None and not hasattr(inputs, "_v") and len(inputs) == 0:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        grad_tensors = grad_variables if grad_tensors is None else grad_tensors
    roots = _as_tuple(tensors)
    chosen = None if inputs is None else _as_tuple(inputs)
    if grad_tensors is None or hasattr(grad_tensors, "_v"):
        grads: tuple = (grad_tensors,) * len(roots) if grad_tensors is None else (grad_tensors,)
    else:
        grads = tuple(grad_tensors)
    cotangents = make_grads(roots, grads)
    check_roots(roots)
    if create_graph and (Once.always or not Once.cycle):
        Once.cycle = True
        warnings.warn(CYCLE, UserWarning, stacklevel=3)
    keep = create_graph if retain_graph is None else retain_graph
    if chosen is None:
        run_backward(list(zip(roots, cotangents, strict=True)), keep, create_graph, None, True)
    else:
        for t in chosen:
            if not t.requires_grad:
                raise RuntimeError("One of the differentiated Tensors does not require grad")
        accumulate_into(chosen, list(zip(roots, cotangents, strict=True)), keep, create_graph)
    del cotangents, grads  # what is still referenced at the cut would be one of its results
    if ctx.depth == 0:
        cut("backward")


def grad(outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: bool | None = None,
         create_graph: bool = False,
         allow_unused: bool | None = None, is_grads_batched: bool = False, materialize_grads: bool = False) -> tuple:
    """The gradients of ``outputs`` with respect to ``inputs``; no ``.grad`` is touched.

    Args:
      outputs: The roots.
      inputs: What to differentiate with respect to.
      grad_outputs: The roots' cotangents.
      retain_graph: Keep the graph; defaults to ``create_graph``.
      create_graph: Record the pass, so that the result can be differentiated.
      allow_unused: Return None for inputs that took no part, instead of failing.
      is_grads_batched: ``grad_outputs`` has a leading batch dimension; so do the results.
      materialize_grads: Zeros instead of None.

    Returns:
      One tensor per input.

    Raises:
      RuntimeError: as PyTorch does.

    Source:
      PyTorch, ``torch.autograd.grad``.
    """
    if materialize_grads:
        if allow_unused is False:
            raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
                             "allow_unused=False.")
        allow_unused = True
    roots, wanted = _as_tuple(outputs), _as_tuple(inputs)
    if grad_outputs is None or hasattr(grad_outputs, "_v"):
        given: tuple = (None,) * len(roots) if grad_outputs is None else (grad_outputs,)
    else:
        given = tuple(grad_outputs)
    cotangents = make_grads(roots, given, is_grads_batched)
    check_roots(roots)
    for t in wanted:
        if not t.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    keep = create_graph if retain_graph is None else retain_graph
    if is_grads_batched:
        rows = range(cotangents[0]._aval.shape[0])
        pairs = list(zip(roots, cotangents, strict=True))
        each = [run_backward([(r, c[k]) for r, c in pairs], True, create_graph, wanted, False) for k in rows]
        out = [None if col[0] is None else Above.stack(list(col)) for col in zip(*each, strict=True)]
    else:
        out = run_backward(list(zip(roots, cotangents, strict=True)), keep, create_graph, wanted, False)
    if not allow_unused and any(g is None for g in out):
        unused = next(i for i, g in enumerate(out) if g is None)
        raise RuntimeError(f"The differentiated Tensor at index {unused} appears to not have been used in the graph. "
                           "Set allow_unused=True if this is the desired behavior.")
    if materialize_grads:
        out = [Above.make(zeros_value(t._aval)) if g is None else g for g, t in zip(out, wanted, strict=True)]
    return tuple(out)
