"""Random tensors: factories, ``*_like``, and the in-place fillers, all from PyTorch's CPU stream.

Numbers are drawn on the host in the order in which torch visits the tensor's memory, and enter the recorded program as
inputs. An in-place filler of a tensor with history is a node whose gradient is zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from compat import _streams as streams
from compat._autograd.node import attach, node_class
from compat._device import CPU, device, resolve
from compat._dtype import dtype, get_default_dtype, int64, to_numpy
from compat._engine.entry import Entry
from compat._engine.program import captured, ctx, host_put, record
from compat._engine.traced import is_traced
from compat._engine.value import Value, aval_of, from_buffer
from compat._mt19937 import Mt19937
from compat._ops.declare import composite
from compat._ops.integer_bounds import LONG_MAX, LONG_MIN, integers, largest
from compat._ops.keyed import keyed
from compat._random import Generator, stream_or_default
from compat._tensor.inplace import finish_inplace, start_inplace, write_out
from compat._tensor.tensor import Tensor, make
from funcgrad.ops import random as K

Draw = Callable[[Mt19937, int, np.dtype], np.ndarray]


# ---------------------------------------------------------------- making and writing
def _require(name: str, of: dtype, floating: bool = True) -> None:
    if (floating and not (of.is_floating_point or of.is_complex)) or of.itemsize == 1 and of.is_floating_point:
        raise NotImplementedError(f"\"{name}\" not implemented for '{of.scalar_name}'")


def _value(array: Any, where: device) -> Value:
    if isinstance(array, jax.Array):  # drawn from a key
        return from_buffer(array, where)
    return from_buffer(host_put(np.asarray(array, order="C"), where), where)


def _new(array: np.ndarray, where: device | str | int | None = None, requires_grad: bool = False) -> Tensor:
    t = make(_value(array, CPU if where is None else resolve(where)))
    t._inf = ctx.inference
    return t.requires_grad_() if requires_grad else t


def _result(array: np.ndarray, out: Tensor | None, where: Any, requires_grad: bool) -> Tensor:
    if out is None:
        return _new(array, resolve(where), requires_grad)
    write_out(out, _value(array.astype(out._aval.dtype, copy=False), out.device))
    return out


_fills: dict[tuple, Entry] = {}


def _with_history(made: Tensor, node: str, parents: tuple[Tensor, ...]) -> Tensor:
    """Numbers drawn with tensors as parameters: a node through which those get a gradient of zero."""
    if not (ctx.grad and any(x.requires_grad for x in parents)):
        return made
    ins = (*(x._value() for x in parents), made._value())
    key = (node, *(v.aval for v in ins))
    e = _fills.get(key)
    if e is None:
        e = _fills[key] = Entry(node, lambda *values: (values[-1],), [v.aval for v in ins])
        e.node, e.edges = node_class(node), tuple(range(len(parents)))
    t = make(record(e, *ins))
    attach(e, t, (*parents, None), ins)
    return t


def known(name: str, parameter: Tensor) -> np.ndarray:
    """The elements of a distribution's parameter: what draws on the host has to know them."""
    if is_traced(parameter._value()):
        raise NotImplementedError(f"{name} with tensors inside a jax transformation is not implemented in compat")
    return parameter.detach()._host()


def _shape(name: str, size: tuple, keyword: Any) -> tuple[int, ...]:
    """The sizes given as ``f(2, 3)``, ``f((2, 3))`` or ``f(size=(2, 3))``."""
    if keyword is not None:
        size = (keyword,)
    if len(size) == 1 and isinstance(size[0], tuple | list):
        size = tuple(size[0])
    sizes = []
    for i, n in enumerate(size):
        if isinstance(n, bool) or not hasattr(n, "__index__"):
            raise TypeError(f"{name}(): argument 'size' (position {i + 1}) must be tuple of ints, but found element of "
                            f"type {type(n).__name__} at pos {i}")
        sizes.append(n.__index__())
    for n in sizes:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {sizes}")
    return tuple(sizes)


def _floating(name: str, given: dtype | None) -> dtype:
    of = get_default_dtype() if given is None else given
    _require(name, of)
    return of


def _parts(of: dtype) -> tuple[np.dtype, int]:
    """The dtype of a dtype's real numbers, and how many an element has."""
    return (to_numpy(of.to_real()), 2) if of.is_complex else (to_numpy(of), 1)


def _fill(t: Tensor, drawn: np.ndarray | Value, node: str) -> Tensor:
    """Overwrite a tensor in place; its old elements get a gradient of zero."""
    value = drawn if isinstance(drawn, Value) else _value(drawn.astype(t._aval.dtype, copy=False), t.device)
    if not (ctx.grad and t.requires_grad):
        t._write(value)
        return t
    e = _fills.get((node, value.aval))
    if e is None:
        e = _fills[node, value.aval] = Entry(node, lambda old, new: (new,), [value.aval, value.aval])
        e.node, e.edges = node_class(node), (0,)
    return finish_inplace(node, t, value, e, (t, None), (t._value(), value))


def _drawn(t: Tensor, generator: Generator | None, draw: Draw) -> np.ndarray:
    """Numbers for a tensor, laid out as torch's loops visit its memory."""
    of, parts = _parts(t.dtype)
    flat = draw(stream_or_default(generator), t.numel() * parts, of)
    if parts == 2:
        flat = flat.view(t._aval.dtype)
    return streams.arrange(flat, t._aval.shape, t.stride())


def _inplace(t: Tensor, generator: Generator | None, node: str, draw: Draw, kernel: Any, *numbers: Any) -> Tensor:
    """Fill with numbers from the stream, or in a captured step with those of ``kernel(*numbers)``."""
    start_inplace(t)
    if t.numel() == 0:
        return t
    value = keyed(generator, t._aval, kernel, numbers)
    return _fill(t, _drawn(t, generator, draw) if value is None else value, node)


def _factory(shape: tuple[int, ...], of: np.dtype, generator: Any, out: Tensor | None, where: Any, requires_grad: bool,
             kernel: Any, *numbers: Any) -> Tensor | None:
    """A new tensor's numbers in a captured step; None if none is captured."""
    device = (CPU if where is None else resolve(where)) if out is None else out.device
    value = keyed(generator, aval_of(of, shape, device), kernel, numbers)
    if value is None:
        return None
    if out is not None:
        write_out(out, value)
        return out
    t = make(value)
    t._inf = ctx.inference
    return t.requires_grad_() if requires_grad else t


# ---------------------------------------------------------------- factories
@composite(method=False)
def rand(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    names: Any = None,
    **keyword: Any,
) -> Tensor:
    """Return a tensor of numbers uniform in [0, 1).

    Args:
      *size: The shape, as ints or as one sequence.
      generator: Where the numbers come from, the default generator if None.
      out: Where to put them.
      dtype: Floating or complex, the default dtype if None.
      layout: Ignored.
      device: Where the tensor lives.
      requires_grad: Whether it requires grad.
      pin_memory: Ignored.
      names: Ignored.
      **keyword: ``size=``.

    Returns:
      The tensor.

    Source:
      PyTorch, ``torch.rand``.
    """
    shape = _shape("rand", size, keyword.get("size"))
    return _random(shape, generator, out, dtype, device, requires_grad, "check_uniform_bounds", streams.uniform)


@composite(method=False)
def randn(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    names: Any = None,
    **keyword: Any,
) -> Tensor:
    """Return a tensor of standard normal numbers; arguments as for `rand`. A complex one has variance 1 in all."""
    shape = _shape("randn", size, keyword.get("size"))
    return _random(shape, generator, out, dtype, device, requires_grad, "normal_kernel_cpu", streams.normal)


def _random(shape: tuple, generator: Any, out: Any, of: Any, where: Any, requires_grad: bool, kernel: str,
            draw: Callable[..., np.ndarray]) -> Tensor:
    of = _floating(kernel, of if of is not None or out is None else out.dtype)
    real, parts = _parts(of)
    plain = draw is streams.uniform
    made = _factory(shape, to_numpy(of), generator, out, where, requires_grad, K.uniform if plain else K.normal, 0.0,
                    1.0)
    if made is not None:
        return made
    g, n = stream_or_default(generator), math.prod(shape) * parts
    flat = draw(g, n, real, 0.0, 1.0 / math.sqrt(2.0)) if parts == 2 and draw is streams.normal else draw(g, n, real)
    return _result(flat.view(to_numpy(of)).reshape(shape), out, where, requires_grad)


@composite(method=False)
def randint(*args: Any, generator: Generator | None = None, out: Tensor | None = None, dtype: dtype = int64,
            layout: Any = None, device: device | str | int | None = None, requires_grad: bool = False,
            pin_memory: bool = False, **named: Any) -> Tensor:
    """Return a tensor of integers in [low, high): ``randint(high, size)`` or ``randint(low, high, size)``.

    Args:
      *args: low (0), high and size.
      generator: Where the numbers come from, the default generator if None.
      out: Where to put them.
      dtype: int64 unless given.
      layout: Ignored.
      device: Where the tensor lives.
      requires_grad: Whether it requires grad.
      pin_memory: Ignored.
      **named: ``low=``, ``high=``, ``size=``.

    Returns:
      The tensor.

    Source:
      PyTorch, ``torch.randint``.
    """
    low, high, size = _bounds_and_size("randint", args, named)
    shape = _shape("randint", (), size)
    of = dtype if out is None else out.dtype
    source = stream_or_default(generator)
    if captured() is not None:
        integers(source, 0, of, low, high)  # its checks
    made = _factory(shape, to_numpy(of), generator, out, device, requires_grad, K.integers, low, high)
    if made is not None:
        return made
    flat = integers(source, math.prod(shape), of, low, high)
    return _result(flat.reshape(shape), out, device, requires_grad)


def _bounds_and_size(name: str, args: tuple, named: dict[str, Any]) -> tuple[int, int, Any]:
    given = list(args)
    size = named.pop("size") if "size" in named else given.pop() if given else None
    high = named.pop("high") if "high" in named else given.pop() if given else None
    low = named.pop("low", None)
    if low is None:
        low = given.pop() if given else 0
    if size is None or high is None or given or named:
        raise TypeError(f"{name}() received an invalid combination of arguments - expected (int high, tuple of ints "
                        "size) or (int low, int high, tuple of ints size)")
    return int(low), int(high), size


@composite(method=False)
def randperm(n: int, *, generator: Generator | None = None, out: Tensor | None = None, dtype: dtype = int64,
             layout: Any = None, device: device | str | int | None = None, requires_grad: bool = False,
             pin_memory: bool = False) -> Tensor:
    """Return a random permutation of 0 ... n - 1.

    Args:
      n: How many.
      generator: Where the numbers come from, the default generator if None.
      out: Where to put them.
      dtype: int64 unless given.
      layout: Ignored.
      device: Where the tensor lives.
      requires_grad: Whether it requires grad.
      pin_memory: Ignored.

    Returns:
      The tensor, (n,).

    Source:
      PyTorch, ``torch.randperm``.
    """
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    of = dtype if out is None else out.dtype
    made = _factory((n,), to_numpy(of), generator, out, device, requires_grad, K.permutation)
    if made is not None:
        return made
    return _result(streams.permutation(stream_or_default(generator), n, to_numpy(of)), out, device, requires_grad)


@composite(method=False)
def normal(mean: Any, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None,
           out: Tensor | None = None, dtype: dtype | None = None, layout: Any = None,
           device: device | str | int | None = None, requires_grad: bool = False, pin_memory: bool = False) -> Tensor:
    """Return normal numbers with given means and deviations.

    Args:
      mean: A tensor or a number.
      std: A tensor that broadcasts with ``mean``, or a number.
      size: The shape, if both are numbers.
      generator: Where the numbers come from, the default generator if None.
      out: Where to put them.
      dtype: Of the result, if both are numbers.
      layout: Ignored.
      device: Where the tensor lives, if both are numbers.
      requires_grad: Whether it requires grad.
      pin_memory: Ignored.

    Returns:
      The tensor.

    Source:
      PyTorch, ``torch.normal``.
    """
    if not isinstance(mean, Tensor) and not isinstance(std, Tensor):
        if size is None:
            raise TypeError(f"normal() received an invalid combination of arguments - got ({type(mean).__name__}, "
                            f"{type(std).__name__}), but expected (float mean, float std, tuple of ints size)")
        of = _floating("normal_kernel_cpu", dtype if dtype is not None or out is None else out.dtype)
        made = _new(np.empty(_shape("normal", (), size), to_numpy(of)), resolve(device))
        made = made.normal_(mean, std, generator=generator)
        return made.requires_grad_(requires_grad) if out is None else _result(made._host(), out, None, False)
    like = mean if isinstance(mean, Tensor) else std
    if captured() is not None:
        return _normal_inside(mean, std, like, generator, out, requires_grad)
    means, stds = (known("normal", x) if isinstance(x, Tensor) else x for x in (mean, std))
    if isinstance(std, Tensor) and not (stds >= 0).all():
        raise RuntimeError("normal expects all elements of std >= 0.0")
    shape = np.broadcast_shapes(np.shape(means), np.shape(stds))
    drawn = _new(np.empty(shape, like._aval.dtype), like.device)
    drawn = drawn.normal_(0.0, 1.0 if isinstance(std, Tensor) else std, generator=generator)._host()
    # On the host, because XLA would fuse the product and the sum into one rounding.
    scaled = drawn * stds if isinstance(std, Tensor) else drawn
    made = _result((scaled + means).astype(drawn.dtype, copy=False), out, like.device, requires_grad)
    return made if out is not None else _normal_history(made, mean, std)


def _normal_history(made: Tensor, mean: Any, std: Any) -> Tensor:
    parents = tuple(x for x in (mean, std) if isinstance(x, Tensor))
    number = 3 if len(parents) == 2 else 1 if parents[0] is mean else 2
    return _with_history(made, f"NormalBackward{number}", parents)


def _normal_inside(mean: Any, std: Any, like: Tensor, generator: Any, out: Any, requires_grad: bool) -> Tensor:
    """`normal` in a captured step, whose deviations nobody can look at."""
    shapes = [x._aval.shape if isinstance(x, Tensor) else () for x in (mean, std)]
    numbers = [x.detach()._value() if isinstance(x, Tensor) else float(x) for x in (mean, std)]
    made = _factory(np.broadcast_shapes(*shapes), like._aval.dtype, generator, out, like.device, requires_grad,
                    K.normal, *numbers)
    assert made is not None
    return made if out is not None else _normal_history(made, mean, std)


# ---------------------------------------------------------------- like another tensor
@composite(method=False)
def rand_like(input: Tensor, *, dtype: dtype | None = None, layout: Any = None, device: Any = None,
              requires_grad: bool = False, memory_format: Any = None, generator: Generator | None = None) -> Tensor:
    """Return numbers uniform in [0, 1) in the shape, dtype and layout of ``input`` unless told otherwise."""
    return _like(input, dtype, device).uniform_(generator=generator).requires_grad_(requires_grad)


@composite(method=False)
def randn_like(input: Tensor, *, dtype: dtype | None = None, layout: Any = None, device: Any = None,
               requires_grad: bool = False, memory_format: Any = None, generator: Generator | None = None) -> Tensor:
    """Return standard normal numbers in the shape, dtype and layout of ``input`` unless told otherwise."""
    return _like(input, dtype, device).normal_(generator=generator).requires_grad_(requires_grad)


@composite(method=False)
def randint_like(input: Tensor, *bounds: Any, dtype: dtype | None = None, layout: Any = None, device: Any = None,
                 requires_grad: bool = False, memory_format: Any = None, generator: Generator | None = None,
                 **named: Any) -> Tensor:
    """Return integers in [low, high) like ``input``: ``randint_like(input, high)`` or ``(input, low, high)``."""
    low, high, _ = _bounds_and_size("randint_like", bounds, {"size": (), **named})
    return _like(input, dtype, device).random_(low, high, generator=generator).requires_grad_(requires_grad)


def _like(input: Tensor, of: dtype | None, where: Any) -> Tensor:
    """An uninitialised tensor with the memory layout of ``input`` if that is dense."""
    shape = input._aval.shape
    array = np.zeros(shape, to_numpy(input.dtype if of is None else of))
    order = streams.memory_order(shape, input.stride())
    made = _new(np.zeros([shape[d] for d in order], array.dtype), input.device if where is None else where)
    return made if order == sorted(order) else made.permute(*np.argsort(order).tolist())


# ---------------------------------------------------------------- in-place fillers
@composite(function=False)
def uniform_(self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None,
             **named: float) -> Tensor:
    """Fill with numbers uniform in [from, to).

    Args:
      self: Floating or complex.
      from_: The lower bound (``from=`` by name).
      to: The upper bound, excluded.
      generator: Where the numbers come from, the default generator if None.
      **named: ``from=``.

    Returns:
      ``self``.

    Source:
      PyTorch, ``Tensor.uniform_``.
    """
    low, high = named.get("from", from_), to
    _require("check_uniform_bounds", self.dtype)
    if not low <= high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low} > to={high}")
    return _inplace(self, generator, "UniformBackward0", lambda g, n, d: streams.uniform(g, n, d, low, high),
                    K.uniform, float(low), float(high))


@composite(function=False)
def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with normal numbers.

    Args:
      self: Floating or complex; a complex number's variance is that of both parts together.
      mean: Of the distribution.
      std: Of the distribution.
      generator: Where the numbers come from, the default generator if None.

    Returns:
      ``self``.

    Source:
      PyTorch, ``Tensor.normal_``.
    """
    _require("normal_kernel_cpu", self.dtype)
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    deviation = std / math.sqrt(2.0) if self.is_complex() else std
    dense = self.is_contiguous()
    return _inplace(self, generator, "NormalBackward0",
                    lambda g, n, d: streams.normal(g, n, d, mean, deviation, contiguous=dense),
                    K.normal, float(mean), float(std))


@composite(function=False)
def random_(self: Tensor, *bounds: int | None, generator: Generator | None = None, **named: int | None) -> Tensor:
    """Fill with integers: ``random_()`` over the dtype's range, ``random_(to)`` or ``random_(from, to)`` below ``to``.

    Args:
      self: Not complex.
      *bounds: from (0) and to.
      generator: Where the numbers come from, the default generator if None.
      **named: ``from=``, ``to=``.

    Returns:
      ``self``.

    Source:
      PyTorch, ``Tensor.random_``.
    """
    low = named.get("from", bounds[0] if len(bounds) == 2 else 0)
    high = named.get("to", bounds[-1] if bounds else None)
    of = self.dtype
    if not bounds and not named:
        if of.scalar_name.startswith("UInt"):
            raise NotImplementedError(f"\"random_kernel_cpu\" not implemented for '{of.scalar_name}'")
        return _inplace(self, generator, "RandomBackward2", streams.full_range, K.full_range)
    node = "RandomBackward1" if len(bounds) == 1 else "RandomBackward0"
    bottom = 0 if low is None else int(low)
    top = int(high) if high is not None else largest(of) + 1 if bottom != LONG_MIN else LONG_MAX
    return _inplace(self, generator, node, lambda g, n, d: integers(g, n, of, low, high), K.integers, bottom, top)


@composite(function=False)
def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill with ones with probability ``p`` (a number, or a tensor that broadcasts) and zeros otherwise.

    Args:
      self: Of any dtype.
      p: The probability of each one.
      generator: Where the numbers come from, the default generator if None.

    Returns:
      ``self``.

    Source:
      PyTorch, ``Tensor.bernoulli_``.
    """
    if isinstance(p, Tensor):
        start_inplace(self)
        value = keyed(generator, self._aval, K.bernoulli, (p.detach()._value(),))
        if value is not None:
            return _fill(self, value, "BernoulliBackward1")
        shape = self._aval.shape
        order = streams.memory_order(shape, self.stride())
        values = _probabilities(p)
        each = (np if isinstance(values, np.ndarray) else jnp).broadcast_to(values, shape).transpose(order)
        drawn = streams.bernoulli_each(stream_or_default(generator), each, self._aval.dtype)
        return _fill(self, drawn.transpose(np.argsort(order)), "BernoulliBackward1")
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return _inplace(self, generator, "BernoulliBackward2", lambda g, n, d: streams.bernoulli(g, n, p, d),
                    K.bernoulli, float(p))


@composite(function=False)
def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with exponential numbers of rate ``lambd``."""
    if not self.is_floating_point():
        raise RuntimeError("Exponential distribution is a continuous probability distribution. dtype must be a "
                           f"floating point but you specified {self.dtype.scalar_name}")
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    return _inplace(self, generator, "ExponentialBackward0", lambda g, n, d: streams.exponential(g, n, d, lambd),
                    K.exponential, float(lambd))


@composite(function=False)
def cauchy_(self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with Cauchy numbers."""
    if not self.is_floating_point():
        raise RuntimeError("Cauchy distribution is a continuous probability distribution. dtype must be a floating "
                           f"point but you specified {self.dtype.scalar_name}")
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    return _inplace(self, generator, "CauchyBackward0", lambda g, n, d: streams.cauchy(g, n, d, median, sigma),
                    K.cauchy, float(median), float(sigma))


@composite(function=False)
def log_normal_(self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers whose logarithms are normal."""
    _require("log_normal_cpu", self.dtype)
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    return _inplace(self, generator, "LogNormalBackward0", lambda g, n, d: streams.log_normal(g, n, d, mean, std),
                    K.log_normal, float(mean), float(std))


@composite(function=False)
def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill with counts of trials up to the first success of probability ``p``."""
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    return _inplace(self, generator, "GeometricBackward0", lambda g, n, d: streams.geometric(g, n, p, d),
                    K.geometric, float(p))


# ---------------------------------------------------------------- from given parameters
@composite
def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None,
              out: Tensor | None = None) -> Tensor:
    """Return a one with each probability of ``input`` (or with ``p`` for all), zero otherwise.

    Args:
      input: The probabilities, floating.
      p: One probability for all elements; ``input`` then gives shape and dtype only.
      generator: Where the numbers come from, the default generator if None.
      out: Where to put them.

    Returns:
      Zeros and ones in the shape and dtype of ``input``.

    Source:
      PyTorch, ``torch.bernoulli``.
    """
    if out is not None:
        start_inplace(out)
    made = _new(np.empty(input._aval.shape, input._aval.dtype), input.device)
    made = made.bernoulli_(input.detach() if p is None else p, generator=generator)
    if out is None:
        return _with_history(made, "BernoulliBackward0", (input,)) if p is None else made
    return _result(made._host(), out, None, False)


def _probabilities(p: Tensor) -> Any:
    _require("bernoulli_tensor_cpu_p_", p.dtype)
    if is_traced(p._value()):
        return p._value().buf
    values = p._host()
    if not ((values >= 0) & (values <= 1)).all():
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be "
                           "improved?  If so, please report an enhancement request to PyTorch.)")
    return values


@composite
def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None,
                out: Tensor | None = None) -> Tensor:
    """Return indices drawn with the probabilities of each row, which need not be normalised.

    Args:
      input: Floating, (C,) or (N, C).
      num_samples: How many a row.
      replacement: Whether an index may come again.
      generator: Where the numbers come from, the default generator if None.
      out: Where to put them.

    Returns:
      int64, (num_samples,) or (N, num_samples).

    Raises:
      RuntimeError: PyTorch's texts, for other shapes and dtypes, impossible counts and bad probabilities.

    Source:
      PyTorch, ``torch.multinomial``.
    """
    if input.dim() not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not input.is_floating_point():
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {input.dtype.scalar_name}")
    if out is not None and out.dtype is not int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out.dtype.scalar_name}")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > input.size(-1):
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if input.size(-1) > 1 << 24:
        raise RuntimeError("number of categories cannot exceed 2^24")
    drawn = _factory((*input.shape[:-1], num_samples), np.dtype(np.int64), generator, out, input.device, False,
                     K.choices if replacement else K.choices_without_replacement, input.detach()._value())
    if drawn is not None:
        return drawn
    p = known("multinomial", input)
    wide = p.astype(np.float64)
    if p.size and not ((wide >= 0) & np.isfinite(wide)).all():
        if not replacement or num_samples == 1:  # PyTorch draws these another way, which looks at all first
            raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
        for x in wide.flat:
            if not x >= 0:  # nan too
                raise RuntimeError("invalid multinomial distribution (encountering probability entry < 0)")
            if not np.isfinite(x):
                raise RuntimeError(
                    "invalid multinomial distribution (encountering probability entry = infinity or NaN)"
                )
    if (wide.sum(-1) == 0).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    # One draw with replacement is the first of those without, which is the faster way.
    draw = streams.categories if replacement and num_samples > 1 else streams.distinct_categories
    return _result(draw(stream_or_default(generator), p, num_samples), out, input.device, False)


@composite(method=False)
def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Return a Poisson count for each rate, in the dtype of ``input``."""
    _require("poisson_cpu", input.dtype)
    drawn = _factory(input.shape, input._aval.dtype, generator, None, input.device, False, K.poisson,
                     input.detach()._value())
    if drawn is not None:
        return drawn
    rates = known("poisson", input)
    if (rates < 0).any():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    return _new(streams.poisson(stream_or_default(generator), rates), input.device)


@composite(method=False)
def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """Return successes among ``count`` trials of probability ``prob``, element by element."""
    _require("binomial_cpu", count.dtype)
    counts, p = np.broadcast_arrays(known("binomial", count), known("binomial", prob))
    return _new(streams.binomial(stream_or_default(generator), counts, p), count.device)
