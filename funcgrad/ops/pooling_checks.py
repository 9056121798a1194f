"""What PyTorch refuses of a pool: numbers of the window, sizes of the image and of the result.

PyTorch pools a line as an image of one row, and some of its texts show that row.
"""

from collections.abc import Sequence

__all__ = ["adaptive_sizes", "check_max_pool1d", "check_padding", "check_window", "window_tuple"]

Sizes = int | Sequence[int]
_WORDS = {2: "two ints", 3: "three ints"}


def window_tuple(name: str, argument: str, value: Sizes, n: int) -> tuple[int, ...]:
    """One number for each of `n` dimensions.

    Raises:
      RuntimeError: if there are neither one nor `n`.
    """
    if isinstance(value, int):
        return (value,) * n
    value = tuple(value)
    if len(value) not in (1, n):
        if n == 1:
            raise RuntimeError(f"{name}() argument '{argument}' should contain one int (got {len(value)})")
        either = "" if name == "avg_pool3d" else "either "
        omitted = "omitted, " if argument == "stride" else ""
        raise RuntimeError(f"{name}: {argument} must {either}be {omitted}a single int, or a tuple of {_WORDS[n]}")
    return value * n if len(value) == 1 else value


def check_padding(
    kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int]
) -> None:
    """Raise PyTorch's error for a stride of 0, and for padding that a window could lie in alone."""
    for k, s, p, d in zip(kernel, stride, padding, dilation, strict=True):
        if s == 0:
            raise RuntimeError("stride should not be zero")
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                f"dilation={d}"
            )


def check_window(
    name: str, shape: Sequence[int], kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int],
    dilation: Sequence[int], sizes: Sequence[int],
) -> None:  # fmt: skip
    """Raise PyTorch's error for an empty image, a window that is none, or one that does not fit."""
    shape, kernel, stride, padding, dilation, sizes = map(
        tuple, (shape, kernel, stride, padding, dilation, sizes)
    )
    if len(kernel) == 1:
        kernel, stride, dilation, sizes = ((1, *v) for v in (kernel, stride, dilation, sizes))
        shape, padding = (*shape[:-1], 1, shape[-1]), (0, *padding)
    n = len(kernel)
    axes = "THW"[3 - n :]
    given = (("kernel size", "k", kernel), ("stride", "d", stride), ("dilation", "dilation", dilation))
    for word, prefix, values in given:
        if min(values) <= 0:
            shown = " ".join(f"{prefix}{a}: {v}" for a, v in zip(axes, values, strict=True))
            raise RuntimeError(f"{word} should be greater than zero, but got {shown}")
    _check_filled(name, shape, n)
    spatial = shape[-n:]
    if name == "avg_pool3d" and any(m < k for m, k in zip(spatial, kernel, strict=True)):
        image, window = (
            " ".join(f"{prefix}{a}: {v}" for a, v in zip(axes, values, strict=True))
            for prefix, values in (("", spatial), ("k", kernel))
        )
        raise RuntimeError(f"input image ({image}) smaller than kernel size ({window})")
    if any(k // 2 < p for k, p in zip(kernel, padding, strict=True)):
        if n == 2:
            shown = f"padW = {padding[1]}, padH = {padding[0]}, kW = {kernel[1]}, kH = {kernel[0]}"
        else:
            shown = " ".join(f"{w}{a}: {v[i]}" for w, v in (("k", kernel), ("pad", padding))
                             for a, i in (("T", 0), ("W", 2), ("H", 1)))  # fmt: skip
        raise RuntimeError(f"pad should be smaller than or equal to half of kernel size, but got {shown}")
    if min(sizes) < 1:
        before, after = ("x".join(map(str, (shape[-n - 1], *v))) for v in (spatial, sizes))
        raise RuntimeError(f"Given input size: ({before}). Calculated output size: ({after}). Output size is too small")


def _check_filled(name: str, shape: tuple[int, ...], n: int) -> None:
    """Only the batch may be empty."""
    if 0 not in shape[-n - 1 :] and len(shape) in (n + 1, n + 2):
        return
    if n == 2:
        raise RuntimeError(
            f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(shape)}"
        )
    function = "avg_pool3d()" if name == "avg_pool3d" else f"{name}_with_indices_out_cpu_template()"
    raise RuntimeError(
        f"{function}: Expected input's non-batch dimensions to have positive length, but input has a shape of "
        f"{list(shape)} and non-batch dimension 0 has length zero!"
    )


def check_max_pool1d(
    shape: Sequence[int], kernel_size: Sizes, stride: Sizes | None, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> None:
    """Raise what PyTorch's ``max_pool1d`` without indices raises before it pools."""
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but "
            f"got:{list(shape)}"
        )
    given = {"kernel_size": kernel_size, "stride": kernel_size if stride is None else stride, "padding": padding,
             "dilation": dilation}  # fmt: skip
    one = {}
    for argument, value in given.items():
        values = (value,) if isinstance(value, int) else tuple(value)
        if len(values) != 1:
            kinds = "None, an int, list of ints, or" if argument == "stride" else "an int, list of ints or"
            raise RuntimeError(
                f"max_pool1d() {argument} must be {kinds} tuple of ints of size 1 but got size {len(values)}"
            )
        one[argument] = values[0]
    k, s, p, d = one.values()
    for argument in ("kernel_size", "stride"):
        if one[argument] <= 0:
            raise RuntimeError(f"max_pool1d() {argument} must be greater than zero, but got {one[argument]}")
    if p < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {p}")
    if p > k // 2:
        raise RuntimeError(
            f"max_pool1d() padding should be at most half of kernel size, but got padding={p} and kernel_size={k}"
        )
    if d <= 0:
        raise RuntimeError(f"max_pool1d() dilation must be greater than zero, but got {d}")
    span = shape[-1] + 2 * p - d * (k - 1) - 1
    out = (span + s - 1 if ceil_mode else span) // s + 1
    if ceil_mode and (out - 1) * s >= shape[-1] + p:
        out -= 1
    if out <= 0:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {out}")


def adaptive_sizes(
    name: str, shape: Sequence[int], output_size: int | Sequence[int | None] | None, n: int
) -> tuple[int, ...]:
    """The sizes of an adaptive pool's result; None keeps a size.

    Raises:
      RuntimeError: if there are not as many as dimensions, one is negative, or the image is none or empty.
      ValueError: if the image has fewer dimensions than there are sizes.
    """
    mean = "avg" in name
    whole = output_size is None or isinstance(output_size, int)
    sizes = (output_size,) * n if whole else tuple(output_size)
    if n == 1:
        if len(sizes) != 1:
            raise RuntimeError(f"{name}() argument 'output_size' should contain one int (got {len(sizes)})")
        if len(shape) not in (2, 3):
            raise RuntimeError(
                f"Expected 2 to 3 dimensions, but got {len(shape)}-dimensional tensor for argument #1 'self' (while "
                f"checking arguments for {name})"
            )
    elif not whole and len(shape) <= len(sizes):
        raise ValueError(f"Input dimension should be at least {len(sizes) + 1}")
    elif len(sizes) != n:
        internal = "" if mean else "(): internal error"
        raise RuntimeError(f"{name}{internal}: output_size{'' if mean else '.size()'} must be {n}")
    if mean:
        _check_not_negative(name, sizes, n)
    if n > 1 and len(shape) not in (n + 1, n + 2):
        got = f"got{'' if mean else ':'} {list(shape)}"
        raise RuntimeError(f"{name}(): Expected {n + 1}D or {n + 2}D tensor, but {got}")
    shown, pool = tuple(shape), name
    if mean and n == 1:
        shown, pool = (*shape[:-1], 1, shape[-1]), "adaptive_avg_pool2d"
    first = len(shown) - 2 if mean and n < 3 else 1
    for d in range(first, len(shown)):
        if shown[d] == 0:
            raise RuntimeError(
                f"{pool}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
                f"{list(shown)} with dimension {d} being empty"
            )
    if any(s is not None and s < 0 for s in sizes):
        row = (1,) if n == 1 else ()
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {next(s for s in sizes if s is not None and s < 0)}: "
            f"{[*shape[:-n], *row, *sizes]}"
        )
    return tuple(m if s is None else s for s, m in zip(sizes, shape[-n:], strict=True))


def _check_not_negative(name: str, sizes: Sequence[int | None], n: int) -> None:
    if all(s is None or s >= 0 for s in sizes):
        return
    shown = f"1, {sizes[0]}" if n == 1 else f"{sizes[0]}, " + ",".join(map(str, sizes[1:]))
    raise RuntimeError(
        f"{'adaptive_avg_pool2d' if n == 1 else name}: elements of output_size must be greater than or equal to 0 but "
        f"received {{{shown}}}"
    )
