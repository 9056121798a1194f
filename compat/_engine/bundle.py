"""Small results that come out of a program as one array.

To hand an array to XLA, or to be handed one, takes about two microseconds; a step of many small layers has hundreds of
them, which take longer than their arithmetic. So where many small results are alive they are laid end to end, in
bundles: those that one operation has made for a list of tensors (an optimizer's step), the gradients, and the rest. The
program that needs them next is given the whole array, and takes it apart itself. Whoever asks for the elements of one
is shown its place.
"""

from __future__ import annotations

import collections
import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple
from weakref import ref

import jax
import jax.numpy as jnp
import numpy as np

from compat._engine.transfer import put
from compat._engine.value import CPU, Aval, Value, target_of

LEAST = 32  # results of one kind that make a bundle
FEW = 16  # of its values that a program reads are handed over one by one
AGE = 4  # bundles later, one of which little is still in use is given up

Layout = tuple[tuple[int, ...], tuple["Form", ...]]  # each input's place: -1, or (bundle << 20 | position); the bundles
PLAIN: Layout = (), ()
_forms: dict[tuple[Aval, ...], Form] = {}


class Form:
    """What lies in a bundle: avals, all of one dtype, and where each begins."""

    __slots__ = ("avals", "ends")

    def __init__(self, avals: tuple[Aval, ...]) -> None:
        """Arrays of these avals, end to end."""
        self.avals = avals
        self.ends = [0, *itertools.accumulate(a.size for a in avals)]

    def join(self, arrays: Sequence[Any]) -> Any:
        """The bundle of arrays, inside a program."""
        return jnp.concatenate([x.reshape(-1) for x in arrays])

    def part(self, flat: Any, k: int) -> Any:
        """The k-th array of a bundle, be it jax's or NumPy's."""
        return flat[self.ends[k]:self.ends[k + 1]].reshape(self.avals[k].shape)


def form_of(avals: Sequence[Aval]) -> Form:
    """The one Form of these avals."""
    key = tuple(avals)
    form = _forms.get(key)
    if form is None:
        form = _forms.setdefault(key, Form(key))
    return form


class Bundle:
    """An array of several values' elements; it is the ``buf`` of each of them, and ``part`` is its position."""

    __slots__ = ("_arrays", "flat", "form")

    def __init__(self, form: Form, flat: Any) -> None:
        """The array and what lies in it."""
        self.form, self.flat = form, flat
        self._arrays: dict[int, Any] | None = None  # those that somebody asked for

    def elements(self, k: int) -> np.ndarray:
        """The k-th value's, on the host; they must not be written to."""
        return self.form.part(np.asarray(self.flat), k)

    def array(self, k: int) -> Any:
        """A device array of the k-th value's elements.

        The value stays in the bundle: what reads all of them shall find them as it always does.
        """
        if self._arrays is None:
            self._arrays = {}
        array = self._arrays.get(k)
        if array is None:
            array = self._arrays[k] = self._cut_out(k)
        return array

    def _cut_out(self, k: int) -> Any:
        device = self.form.avals[k].device
        if device == CPU:
            return put(np.array(self.elements(k)), target_of(device))
        with jax.enable_x64(True):
            return self.form.part(self.flat, k)


def array_of(v: Value) -> Any:
    """The array of a value that exists."""
    buf = v.buf
    return buf.array(v.part) if buf.__class__ is Bundle else buf


# ---- what goes into a program ----------------------------------------------------------------------------------------


class Wish(NamedTuple):
    """Inputs that will come as a bundle from the second time on, since the program's own results will be in one."""

    form: Form
    inputs: tuple[int, ...]


def given(inputs: Sequence[Value], buffers: list[Any], wishes: Sequence[Wish] = ()) -> tuple[Layout, list[Any]]:
    """(how a program's inputs are handed over, the arrays: those by themselves, then the bundles).

    Args:
      inputs: The inputs.
      buffers: What they consist of.
      wishes: Which of them to lay end to end first, wherever they are.
    """
    found: dict[Bundle, list[int]] = {}
    for i, b in enumerate(buffers):
        if b.__class__ is Bundle:
            found.setdefault(b, []).append(i)
    numbers, parts = [-1] * len(buffers), [0] * len(buffers)  # of each input's bundle, and its position there
    arrays: list[Any] = list(buffers)
    flats: list[Any] = []
    forms: list[Form] = []
    for wish in wishes:
        for k, i in enumerate(wish.inputs):
            numbers[i], parts[i] = len(forms), k
        whole = np.concatenate([elements(buffers[i], inputs[i]).reshape(-1) for i in wish.inputs])
        flats.append(put(whole, target_of(wish.form.avals[0].device)))
        forms.append(wish.form)
    for b, at in found.items():
        left = [i for i in at if numbers[i] < 0] if wishes else at
        if len(left) < FEW:
            for i in left:
                arrays[i] = b.array(inputs[i].part)
            continue
        for i in left:
            numbers[i], parts[i] = len(forms), inputs[i].part
        flats.append(b.flat)
        forms.append(b.form)
    if not forms:
        return PLAIN, arrays
    if wishes:  # bundles come in the order in which the inputs first mention them
        order = list(dict.fromkeys(n for n in numbers if n >= 0))
        flats, forms = [flats[n] for n in order], [forms[n] for n in order]
        numbers = [n if n < 0 else order.index(n) for n in numbers]
    places = [n if n < 0 else n << 20 | k for n, k in zip(numbers, parts, strict=True)]
    return (tuple(places), tuple(forms)), [a for a, n in zip(arrays, numbers, strict=True) if n < 0] + flats


def elements(buf: Any, v: Value) -> np.ndarray:
    """The elements of a value that consists of ``buf``, on the host; they must not be written to."""
    return buf.elements(v.part) if buf.__class__ is Bundle else np.asarray(buf)


def apart(layout: Layout, arrays: Sequence[Any]) -> list[Any]:
    """The inputs, inside a program that was handed them so."""
    places, forms = layout
    n = len(arrays) - len(forms)
    alone, flats = iter(arrays[:n]), arrays[n:]
    return [next(alone) if place < 0 else forms[place >> 20].part(flats[place >> 20], place & 0xFFFFF)
            for place in places]


# ---- what comes out --------------------------------------------------------------------------------------------------


class Group(NamedTuple):
    """Results that make a bundle.

    Attributes:
      form: Of it.
      results: Their numbers.
      renewed: The numbers of the inputs that they take the place of, where all of them do so.
      passing: Whether one of them might be kept while the others go.
    """

    form: Form
    results: tuple[int, ...]
    renewed: tuple[int, ...]
    passing: bool


def groups(instructions: list, live: Sequence[int]) -> list[Group]:
    """The results of a program that had better come out together."""
    wanted = set(live)
    lists: list[Group] = []
    gradients: dict[np.dtype, list[tuple[int, Aval]]] = {}
    rest: dict[np.dtype, list[tuple[int, Aval]]] = {}
    for e, slots, first in instructions:
        small = [(first + j, a) for j, a in enumerate(e.outs) if first + j in wanted and not a.large]
        if e.renews is not None and not e.single:
            kinds: dict[np.dtype, list[tuple[int, Aval]]] = {}
            for r, a in small:
                kinds.setdefault(a.dtype, []).append((r, a))
            for kind in kinds.values():
                renewed = [slots[e.renews[r - first]] for r, _ in kind]
                plain = [s >> 2 for s in renewed if s & 3 == 1]
                _add(lists, kind, tuple(plain) if len(set(plain)) == len(kind) else (), False)
            continue
        for r, a in small:
            if e.backward or a.ndim:
                (gradients if e.backward else rest).setdefault(a.dtype, []).append((r, a))
    for kind in (*gradients.values(), *rest.values()):
        _add(lists, kind, (), True)
    return lists


def _add(lists: list[Group], kind: list[tuple[int, Aval]], renewed: tuple[int, ...], passing: bool) -> None:
    if len(kind) >= LEAST:
        lists.append(Group(form_of([a for _, a in kind]), tuple([r for r, _ in kind]), renewed, passing))


def hand_out(group: Group, flat: Any, values: list[Value], recent: collections.deque[Any]) -> None:
    """Let values be parts of a bundle.

    Args:
      group: What the bundle is of.
      flat: It.
      values: The values.
      recent: The bundles before this one that might be given up.
    """
    bundle = Bundle(group.form, flat)
    for k, v in enumerate(values):
        v.buf, v.part = bundle, k
    if group.passing:
        recent.append((bundle, [ref(v) for v in values]))
        if len(recent) > AGE:
            _give_up(*recent.popleft())


def _give_up(bundle: Bundle, values: list[ref[Value]]) -> None:
    """Let what is left of a bundle have arrays of its own, if that is less than half."""
    left = [v for r in values if (v := r()) is not None and v.buf is bundle]
    if left and 2 * sum(v.aval.size for v in left) < bundle.form.ends[-1]:
        for v in left:
            v.buf = bundle.array(v.part)


__all__ = ["PLAIN", "Bundle", "Group", "Layout", "Wish", "apart", "array_of", "elements", "given", "groups", "hand_out"]
