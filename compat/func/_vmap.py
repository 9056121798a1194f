"""`vmap`: a function of one sample becomes a function of a batch.

The function runs once, on tensors around the tracers of `jax.vmap`. Where something requires grad, the whole batched
call becomes one node on the tape; its backward is the batched backward of the function, made the same way, so it can be
differentiated again. Leaves that the function closes over take part in that too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

import jax

from compat._autograd.backward import grad as tape_grad
from compat._autograd.function import Function
from compat._autograd.modes import enable_grad, is_grad_enabled, no_grad
from compat._engine.program import concrete
from compat._engine.value import from_buffer
from compat._ops.declare import ops
from compat._random import default_generator
from compat._tensor.tensor import Tensor, make
from compat.utils._pytree import TreeSpec, broadcast_to_and_flatten, tree_flatten, tree_unflatten

_RANDOM_REFUSED = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
    "randomness flags on vmap or perform the randomness operation out of vmap"
)
_DIFFERENT = (
    "vmap(randomness='different'): a random operation inside draws one sample, which all of the batch would share. "
    "Draw "
    "the random tensor for the whole batch outside, and map over it."
)


def _name(func: Callable[..., Any]) -> str:
    if isinstance(func, partial):
        return f"functools.partial({_name(func.func)}, ...)"
    return getattr(func, "__name__", repr(func))


@dataclass
class _Mapped:
    """A function of flat lists of tensors, and which dimension of each is mapped (None: shared)."""

    call: Callable[..., list[Tensor]]
    in_dims: list[int | None]
    out_dims: list[int | None]
    size: int


def vmap(func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *,
         chunk_size: int | None = None) -> Callable[..., Any]:
    """A function that applies another to every slice of its arguments at once.

    Args:
      func: From trees of tensors to a tree of tensors.
      in_dims: The dimension to map over, for all arguments or as a tree; None shares an argument.
      out_dims: Where the mapped dimension goes in the results.
      randomness: `"error"` refuses random operations inside; `"same"` lets all slices share their numbers.
      chunk_size: How many slices to compute at a time; all if None.

    Returns:
      A function of the same arguments with one more dimension.

    Raises:
      RuntimeError: if `randomness` is unknown; when called, if a random operation is refused.
      ValueError: if `chunk_size` is not positive; when called, if dimensions and arguments do not fit.

    Example:
      >>> import compat as torch
      >>> torch.func.vmap(torch.dot)(torch.eye(2), torch.ones(2, 2))
      tensor([1., 1.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        _check_out_dims(func, out_dims)
        flat_dims, flat, spec, size = _inputs(func, in_dims, args)
        if chunk_size is None or size <= chunk_size:
            return _once(func, flat_dims, flat, spec, size, out_dims, randomness, kwargs)
        results = []
        for begin in range(0, size, chunk_size):
            n = min(chunk_size, size - begin)
            part = [x if d is None else x.narrow(d, begin, n) for d, x in zip(flat_dims, flat, strict=True)]
            results.append(_once(func, flat_dims, part, spec, n, out_dims, randomness, kwargs))
        trees = [tree_flatten(result) for result in results]
        dims = broadcast_to_and_flatten(out_dims, trees[0][1]) or []
        joined = [parts[0] if d is None else ops.cat(list(parts), d)
                  for d, parts in zip(dims, zip(*(leaves for leaves, _ in trees), strict=True), strict=True)]
        return tree_unflatten(joined, trees[0][1])

    return wrapper


def _check_out_dims(func: Callable[..., Any], out_dims: Any) -> None:
    for d in tree_flatten(out_dims)[0]:
        if d is not None and not isinstance(d, int):
            raise ValueError(f"vmap({_name(func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a "
                             "python collection of ints representing where in the outputs the vmapped dimension should "
                             "appear.")


def _inputs(func: Callable[..., Any], in_dims: Any,
            args: tuple[Any, ...]) -> tuple[list[Any], list[Any], TreeSpec, int]:
    begin = f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): "
    if not isinstance(in_dims, int | tuple):
        raise ValueError(f"{begin}expected `in_dims` to be int or a (potentially nested) tuple matching the structure "
                         f"of inputs, got: {type(in_dims)}.")
    if not args:
        raise ValueError(f"vmap({_name(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are "
                         "trying to vmap over a function with no inputs. The latter is unsupported.")
    flat, spec = tree_flatten(args)
    dims = broadcast_to_and_flatten(in_dims, spec)
    if dims is None:
        raise ValueError(f"{begin}in_dims is not compatible with the structure of `inputs`. in_dims has structure "
                         f"{tree_flatten(in_dims)[1]} but inputs has structure {spec}.")
    for i, (x, d) in enumerate(zip(flat, dims, strict=True)):
        if d is None:
            continue
        if not isinstance(d, int):
            raise ValueError(f"{begin}Got in_dim={d} for an input but in_dim must be either an integer dimension or "
                             "None.")
        if not isinstance(x, Tensor):
            raise ValueError(f"{begin}Got in_dim={d} for an input but the input is of type {type(x)}. We cannot vmap "
                             "over non-Tensor arguments, please use None as the respective in_dim")
        if not -x.dim() <= d < x.dim():
            raise ValueError(f"{begin}Got in_dim={d} for some input, but that input is a Tensor of dimensionality "
                             f"{x.dim()} so expected in_dim to satisfy -{x.dim()} <= in_dim < {x.dim()}.")
        dims[i] = d % x.dim()
    sizes = [x.size(d) for x, d in zip(flat, dims, strict=True) if d is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if len(set(sizes)) > 1:
        raise ValueError("vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
                         f"{sizes} for the mapped dimension")
    return dims, flat, spec, sizes[0]


def _once(func: Callable[..., Any], dims: list[Any], flat: list[Any], spec: TreeSpec, size: int, out_dims: Any,
          randomness: str, kwargs: dict[str, Any]) -> Any:
    """Map over all slices of tensors; what is not mapped and no tensor goes to the function as it is."""
    is_tensor = [isinstance(x, Tensor) for x in flat]
    found: dict[str, Any] = {}

    def call(*tensors: Tensor) -> list[Tensor]:
        rest = iter(tensors)
        args = tree_unflatten([next(rest) if here else x for x, here in zip(flat, is_tensor, strict=True)], spec)
        leaves, found["spec"] = tree_flatten(func(*args, **kwargs))
        found["dims"] = _output_dims(func, out_dims, leaves, found["spec"])
        for leaf, d in zip(leaves, found["dims"], strict=True):
            if d is not None and not isinstance(leaf, Tensor):
                raise ValueError(f"vmap({_name(func)}, ...): `{_name(func)}` must only return Tensors, got type "
                                 f"{type(leaf)}. Did you mean to set out_dims= to None for output?")
        found["others"] = [None if isinstance(leaf, Tensor) else leaf for leaf in leaves]
        return [leaf for leaf in leaves if isinstance(leaf, Tensor)]

    tensors = [x for x, here in zip(flat, is_tensor, strict=True) if here]
    mapped = [d for d, here in zip(dims, is_tensor, strict=True) if here]
    before = None if randomness == "same" else default_generator.state_bytes()
    results = iter(_apply(call, mapped, lambda: [d for d, other in zip(found["dims"], found["others"], strict=True)
                                                 if other is None], size, tensors))
    if before is not None and default_generator.state_bytes() != before:
        raise RuntimeError(_RANDOM_REFUSED) if randomness == "error" else NotImplementedError(_DIFFERENT)
    return tree_unflatten([next(results) if other is None else other for other in found["others"]], found["spec"])


def _output_dims(func: Callable[..., Any], out_dims: Any, leaves: list[Any], spec: TreeSpec) -> list[Any]:
    if spec.is_leaf() and isinstance(out_dims, tuple) and len(out_dims) == 1:
        out_dims = out_dims[0]
    dims = broadcast_to_and_flatten(out_dims, spec)
    if dims is None:
        raise ValueError(f"vmap({_name(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with "
                         "the "
                         f"structure of `outputs`. out_dims has structure {tree_flatten(out_dims)[1]} but outputs has "
                         f"structure {spec}.")
    return dims


# ------------------------------------------------------------------ the batched call, and its place on the tape
def _apply(call: Callable[..., list[Tensor]], in_dims: list[int | None], out_dims: Callable[[], list[int | None]],
           size: int, tensors: list[Tensor]) -> list[Tensor]:
    captured: list[Tensor] = []
    outputs = _run(call, in_dims, out_dims, size, tensors, captured)
    if not is_grad_enabled():
        return outputs
    everything = [*tensors, *captured]
    if not any(t.requires_grad for t in everything):
        return outputs
    mapped = _Mapped(call, in_dims, out_dims(), size)
    results = _Batched.apply(mapped, outputs, len(tensors), *everything)
    return list(results) if isinstance(results, tuple) else [results]


def _run(call: Callable[..., list[Tensor]], in_dims: list[int | None], out_dims: Callable[[], list[int | None]],
         size: int, tensors: list[Tensor], captured: list[Tensor]) -> list[Tensor]:
    """Run the function on tracers, and note the tensors with gradients that it closes over."""

    def of_arrays(*arrays: Any) -> tuple[Any, ...]:
        inputs = [make(from_buffer(array, t.device)).requires_grad_(t.requires_grad)
                  for array, t in zip(arrays, tensors, strict=True)]
        outputs = call(*[x.view_as(x) if x.requires_grad else x for x in inputs])
        captured.extend(_leaves_of(outputs, inputs))
        return tuple(concrete(out._value()) for out in outputs)

    arrays = [concrete(t._value()) for t in tensors]
    moved = []

    def to_front(*values: Any) -> tuple[Any, ...]:
        results = of_arrays(*values)
        moved[:] = [d for d in out_dims()]
        return results

    with jax.enable_x64(True):
        results = jax.vmap(to_front, in_axes=tuple(in_dims), out_axes=0, axis_size=size)(*arrays)
    outputs = [make(from_buffer(array, tensors[0].device)) for array in results]
    with no_grad():
        return [out[0] if d is None else out.movedim(0, d) if d else out for out, d in zip(outputs, moved, strict=True)]


def _leaves_of(outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> list[Tensor]:
    """The leaves with gradients in the outputs' histories, but the inputs."""
    own, found = {id(x) for x in inputs}, {}
    waiting = [out.grad_fn for out in outputs if out.grad_fn is not None]
    found.update({id(out): out for out in outputs if out.grad_fn is None and out.requires_grad and id(out) not in own})
    seen = {id(node) for node in waiting}
    while waiting:
        node = waiting.pop()
        variable = getattr(node, "variable", None)
        if variable is not None and id(variable) not in own:
            found[id(variable)] = variable
        for following, _ in node.next_functions:
            if following is not None and id(following) not in seen:
                seen.add(id(following))
                waiting.append(following)
    return list(found.values())


class _Batched(Function):
    """The node of a batched call: its inputs are the call's arguments, then the tensors closed over."""

    @staticmethod
    def forward(ctx: Any, mapped: _Mapped, outputs: list[Tensor], n: int, *tensors: Tensor) -> Any:
        """Hand on what was computed, and remember how."""
        ctx.save_for_backward(*tensors[:n])
        ctx.mapped, ctx.captured = mapped, tensors[n:]
        return tuple(outputs)

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor) -> Any:
        """The batched backward: gradients of each slice, summed where a tensor is shared by all."""
        mapped, captured, inputs = ctx.mapped, ctx.captured, ctx.saved_tensors
        n = len(inputs)
        wanted = [i for i, t in enumerate(inputs) if t.requires_grad]

        def pull(*args: Tensor) -> list[Tensor]:
            with enable_grad():
                xs = [x if x.requires_grad or i not in wanted else x.detach().requires_grad_()
                      for i, x in enumerate(args[:n])]
                outs = mapped.call(*[x.view_as(x) if x.requires_grad else x for x in xs])
                pairs = [(out, c) for out, c in zip(outs, args[n:], strict=True) if out.requires_grad]
                roots, given = zip(*pairs, strict=True)
                targets = [*(xs[i] for i in wanted), *captured]
                grads = tape_grad(roots, targets, given, create_graph=True, allow_unused=True)
            return [ops.zeros_like(t) if g is None else g for g, t in zip(grads, targets, strict=True)]

        shared = [mapped.in_dims[i] is None for i in wanted] + [True] * len(captured)
        dims = [0 if mapped.in_dims[i] is None else mapped.in_dims[i] for i in wanted] + [0] * len(captured)
        args = [*inputs, *cotangents]
        grads = _apply(pull, [*mapped.in_dims, *mapped.out_dims], lambda: dims, mapped.size, args)
        summed = iter([g.sum(0) if both else g for g, both in zip(grads, shared, strict=True)])
        of_inputs = [next(summed) if i in wanted else None for i in range(n)]
        return (None, None, None, *of_inputs, *summed)


