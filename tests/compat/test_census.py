"""The names that programs use: each is there, or says by its full name that it is not implemented.

``census.txt`` holds the names that public programs use at least three times; ``Tensor|Module.to`` is that attribute of
either class. ``tensor_names.txt`` holds the public attributes of PyTorch 2.13's Tensor, ``torch_names.txt`` the
public functions, classes and constants of torch, torch.nn and torch.nn.functional.
"""

import re
from pathlib import Path
from typing import Any

import pytest

import compat
from compat._later import Placeholder

HERE = Path(__file__).parent
CENSUS = (HERE / "census.txt").read_text(encoding="utf-8").split()
TENSOR_NAMES = (HERE / "tensor_names.txt").read_text(encoding="utf-8").split()
TORCH_NAMES = (HERE / "torch_names.txt").read_text(encoding="utf-8").split()
CLASSES = {"Tensor": compat.Tensor, "Module": compat.nn.Module, "Optimizer": compat.optim.Optimizer}
ON_INSTANCES = {"training": compat.nn.Module(), "param_groups": compat.optim.SGD([compat.zeros(1)], lr=0.1)}
# Attributes that Tensor has and compat has not: using one raises NotImplementedError with its full name.
ABSENT = """
    as_strided_ chalf index int_repr ipu mtia q_per_channel_axis q_per_channel_scales
    q_per_channel_zero_points q_scale q_zero_point qscheme resize_as_sparse_ slice_inverse smm sparse_mask
    sparse_resize_ sparse_resize_and_clear_ sspaddmm to_mkldnn to_padded_tensor
    to_sparse_bsc to_sparse_bsr to_sparse_csc to_sparse_csr xpu""".split()


def find(name: str) -> Any:
    root, _, rest = name.partition(".")
    if root == "torch":
        found: Any = compat
        for part in rest.split("."):
            found = getattr(found, part)
        return found
    owners = [*(CLASSES[c] for c in root.split("|")), ON_INSTANCES.get(rest)]
    return next(getattr(owner, rest) for owner in owners if hasattr(owner, rest))


@pytest.mark.parametrize("name", sorted({*CENSUS, *TORCH_NAMES}))
def test_name(name: str) -> None:
    found = find(name)
    if isinstance(found, Placeholder):
        with pytest.raises(NotImplementedError, match=re.escape(name)):
            found()


@pytest.mark.parametrize("name", TENSOR_NAMES)
def test_attribute_of_tensor(name: str) -> None:
    assert name in dir(compat.Tensor)
    if name in ABSENT:
        with pytest.raises(NotImplementedError, match=rf"torch\.Tensor\.{name}\b"):
            getattr(compat.zeros(1), name)()


def test_absent_attributes_are_pytorchs() -> None:
    assert set(ABSENT) <= set(TENSOR_NAMES)
