"""Bad input: PyTorch's exception at the line that made it, and everything as it was before."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import compat as torch

F = torch.nn.functional

# (what is done to w: a (2, 3) leaf, h: w * 2, x: ones (2, 3), i: int64 (3,)), the exception, the text's beginning
ROWS: list[tuple[str, Callable[..., Any], type[Exception], str]] = [
    ("shapes", lambda w, h, x, i: h + torch.ones(4), RuntimeError,
     "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1"),
    ("matrix shapes", lambda w, h, x, i: h @ x, RuntimeError, "mat1 and mat2 shapes cannot be multiplied (2x3 and "
                                                              "2x3)"),
    ("joined shapes", lambda w, h, x, i: torch.cat([h, torch.ones(2, 2)]), RuntimeError,
     "Sizes of tensors must match except in dimension 0. Expected size 3 but got size 2 for tensor number 1 in the "
     "list."),
    ("a view's size", lambda w, h, x, i: h.view(4), RuntimeError, "shape '[4]' is invalid for input of size 6"),
    ("a dimension", lambda w, h, x, i: h.sum(2), IndexError,
     "Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
    ("an index", lambda w, h, x, i: h[2], IndexError, "index 2 is out of bounds for dimension 0 with size 2"),
    ("an index tensor", lambda w, h, x, i: x[:, i], IndexError, "index 9 is out of bounds for dimension 0 with size 3"),
    ("a class index", lambda w, h, x, i: F.cross_entropy(h, i[:2]), IndexError, "Target 9 is out of bounds."),
    ("an operand", lambda w, h, x, i: h + "a", TypeError, "unsupported operand type(s) for +: 'Tensor' and 'str'"),
    ("an integer mean", lambda w, h, x, i: i.mean(), RuntimeError, "mean(): could not infer output dtype."),
    ("an in-place leaf", lambda w, h, x, i: w.add_(1), RuntimeError,
     "a leaf Variable that requires grad is being used in an in-place operation."),
    ("an in-place shape", lambda w, h, x, i: h.add_(torch.ones(5, 2, 3)), RuntimeError,
     "output with shape [2, 3] doesn't match the broadcast shape [5, 2, 3]"),
    ("an in-place dtype", lambda w, h, x, i: i.add_(0.5), RuntimeError,
     "result type Float can't be cast to the desired output type Long"),
    ("backward without a graph", lambda w, h, x, i: x.sum().backward(), RuntimeError,
     "element 0 of tensors does not require grad and does not have a grad_fn"),
    ("backward of a matrix", lambda w, h, x, i: h.backward(), RuntimeError,
     "grad can be implicitly created only for scalar outputs"),
    ("a cotangent's shape", lambda w, h, x, i: h.backward(torch.ones(3)), RuntimeError, "Mismatch in shape: "
                                                                                        "grad_output[0]"),
    ("grad of an integer", lambda w, h, x, i: i.requires_grad_(), RuntimeError,
     "only Tensors of floating point dtype can require gradients"),
    ("numpy of a leaf", lambda w, h, x, i: w.numpy(), RuntimeError, "Can't call numpy() on Tensor that requires grad."),
    ("a module's input", lambda w, h, x, i: torch.nn.Linear(4, 1)(x), RuntimeError,
     "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x1)"),
    ("a device", lambda w, h, x, i: x.to("nowhere"), RuntimeError, "Expected one of cpu, cuda"),
]


@pytest.mark.parametrize(("do", "kind", "text"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_everything_is_as_before(do: Callable[..., Any], kind: type[Exception], text: str) -> None:
    w = torch.full((2, 3), 0.5, requires_grad=True)
    x, i = torch.ones(2, 3), torch.tensor([9, 0, 1])
    h = w * 2  # pending
    versions = [t._version for t in (w, h, x, i)]
    with pytest.raises(kind) as error:
        do(w, h, x, i)
    assert str(error.value).startswith(text)
    assert [t._version for t in (w, h, x, i)] == versions
    assert w.grad is None
    (h * x).sum().backward()
    np.testing.assert_array_equal(h.detach().numpy(), np.ones((2, 3)))
    np.testing.assert_array_equal(w.grad.numpy(), np.full((2, 3), 2.0))
    assert i.tolist() == [9, 0, 1]


def test_a_failed_backward_can_be_repeated() -> None:
    w = torch.ones(2, requires_grad=True)
    h = w * 1
    y = (h * h).sum()
    h.add_(1)
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"modified by an inplace operation: \[torch.FloatTensor \[2\]\], which "
                                               r"is output 0 of Add, is at version 1; expected version 0"):
            y.backward()
    assert w.grad is None
