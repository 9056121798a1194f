"""A line search for the strong Wolfe conditions: less loss, and a slope that has mostly flattened.

Numbers are Python's and numpy's scalars of the parameters' dtype, mixed as PyTorch mixes numbers and 0-d tensors, so
that both round alike and take the same decisions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from compat._tensor.tensor import Tensor

SUFFICIENT, FLAT = 1e-4, 0.9  # of the first slope: the least descent, and what the slope has to fall to


@dataclass
class Point:
    """A place on the line."""

    t: Any  # distance from where the search began
    loss: float
    grad: Tensor
    slope: Any  # of the loss along the line


def strong_wolfe(evaluate: Callable[[Any], Point], start: Point, t: Any, length: Any, tolerance: float,
                 most: int) -> tuple[Point, int]:
    """Search along a line on which the loss falls at first.

    Args:
      evaluate: The point at a distance.
      start: The point at distance 0.
      t: The distance to try first.
      length: The largest element of the direction, in absolute value.
      tolerance: A bracket is small enough once none of its elements is longer than this.
      most: How many further points may be tried.

    Returns:
      The point found, and how many were evaluated.
    """
    with np.errstate(all="ignore"):  # a flat or infinite loss divides by zero: PyTorch's inf and nan are what is meant
        bracket, is_found, tried = _bracket(evaluate, start, t, most)
        low, high = _order(bracket)
        was_slow = False
        while not is_found and tried < most:
            if abs(bracket[1].t - bracket[0].t) * length < tolerance:
                break
            t, was_slow = _next(bracket, was_slow)
            point = evaluate(t)
            tried += 1
            if _is_too_high(point, start) or point.loss >= bracket[low].loss:
                bracket[high] = point
                low, high = _order(bracket)
                continue
            if _is_flat(point, start):
                is_found = True
            elif point.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = point
    return bracket[low], tried + 1


def _bracket(evaluate: Callable[[Any], Point], start: Point, t: Any, most: int) -> tuple[list[Point], bool, int]:
    """Go on until a point is good, or the last two enclose good ones: those, whether it is so, and how often."""
    before, point, tried = start, evaluate(t), 0
    while tried < most:
        if _is_too_high(point, start) or (tried > 1 and point.loss >= before.loss):
            return [before, point], False, tried
        if _is_flat(point, start):
            return [point], True, tried
        if point.slope >= 0:
            return [before, point], False, tried
        t = interpolate(before, point, (point.t + 0.01 * (point.t - before.t), point.t * 10))
        before, point = point, evaluate(t)
        tried += 1
    return [start, point], False, tried


def _is_too_high(point: Point, start: Point) -> Any:
    return point.loss > start.loss + SUFFICIENT * point.t * start.slope


def _is_flat(point: Point, start: Point) -> Any:
    return abs(point.slope) <= -FLAT * start.slope


def _order(bracket: list[Point]) -> tuple[int, int]:
    return (0, 1) if bracket[0].loss <= bracket[-1].loss else (1, 0)


def _next(bracket: list[Point], was_slow: bool) -> tuple[Any, bool]:
    """The distance to try inside of a bracket, and whether it is close to an end."""
    t = interpolate(*bracket)
    ends = [point.t for point in bracket]
    least, largest = min(ends), max(ends)
    margin = 0.1 * (largest - least)
    if not min(largest - t, t - least) < margin:
        return t, False
    if not (was_slow or t >= largest or t <= least):
        return t, True
    return (largest - margin if abs(t - largest) < abs(t - least) else least + margin), False


def interpolate(a: Point, b: Point, bounds: tuple[Any, Any] | None = None) -> Any:
    """Where the cubic through two points, with their slopes, is least.

    Args:
      a: One point.
      b: Another.
      bounds: What the result has to lie between; the points if None.

    Returns:
      The distance; the middle of the bounds if the cubic has no minimum.
    """
    first, second = (a, b) if a.t <= b.t else (b, a)
    least, largest = (first.t, second.t) if bounds is None else bounds
    # The mean slope is of a and b in this order: rounding does not depend on which is farther.
    middle = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = middle**2 - a.slope * b.slope
    if not square >= 0:
        return (least + largest) / 2.0
    root = np.sqrt(square)
    share = (second.slope + root - middle) / (second.slope - first.slope + 2 * root)
    return min(max(second.t - (second.t - first.t) * share, least), largest)
