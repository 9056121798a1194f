"""Records PyTorch's optimisers, schedulers and clipping: ``python -m tests.oracle.record_optim [FILE]``, with torch."""

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.oracle import write
from tests.oracle.optim_cases import (
    CLIPS,
    COUNTS,
    LBFGS_RULES,
    MUON_RULES,
    OPTIM,
    RULES,
    SCHEDULES,
    STEPS,
    Rule,
    gradients,
    lbfgs_path,
    matrices,
    parameters,
)


def tensors(values: list[np.ndarray], dtype: str) -> list[torch.Tensor]:
    """The values in a dtype, which numpy may lack."""
    return [torch.tensor(value).to(getattr(torch, dtype)) for value in values]


def numbers(tensor: torch.Tensor) -> list[float]:
    """The tensor's elements in one list, of complex ones the parts."""
    parts = torch.view_as_real(tensor.detach()) if tensor.is_complex() else tensor.detach()
    return [round(value, 9) for value in parts.double().flatten().tolist()]


def path(rule: Rule) -> list[list[list[float]]]:
    """All parameters after each step."""
    params = [p.requires_grad_() for p in tensors(parameters(rule.dtype), rule.dtype)]
    optimizer = getattr(torch.optim, rule.torch)(params, **rule.arguments)
    seen = []
    for step in range(rule.steps):
        for param, grad in zip(params, tensors(gradients(step, rule.dtype), rule.dtype), strict=True):
            param.grad = grad
        optimizer.step()
        seen.append([numbers(param) for param in params])
    return seen


def muon_path(arguments: dict[str, Any]) -> list[list[list[float]]]:
    """All matrices after each step of Muon."""
    params = [p.requires_grad_() for p in tensors(matrices(), "float32")]
    optimizer = torch.optim.Muon(params, **arguments)
    seen = []
    for step in range(STEPS):
        for param, grad in zip(params, tensors(matrices(step), "float32"), strict=True):
            param.grad = grad
        optimizer.step()
        seen.append([numbers(param) for param in params])
    return seen


def rates(name: str, arguments: dict[str, Any]) -> list[float]:
    """The learning rate before each count."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **arguments)
    seen = []
    for _ in range(COUNTS):
        seen.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return seen


def clipped(scale: float, bound: float, order: Any, dtype: str) -> dict[str, Any]:
    """The norm, and the gradients after clipping."""
    params = [p.requires_grad_() for p in tensors(parameters(dtype), dtype)]
    for param, grad in zip(params, tensors(gradients(1, dtype), dtype), strict=True):
        param.grad = grad * scale
    norm = torch.nn.utils.clip_grad_norm_(params, bound, order)
    return {"norm": float(norm), "grads": [numbers(param.grad) for param in params]}


def main(file: Path) -> None:
    """Writes every answer to `file`."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    cases: dict[str, Any] = {name: path(rule) for name, rule in RULES.items()}
    cases |= {name: muon_path(arguments) for name, arguments in MUON_RULES.items()}
    cases |= {name: lbfgs_path(torch, *rule) for name, rule in LBFGS_RULES.items()}
    cases |= {name: rates(torch_name, arguments) for name, (torch_name, _, arguments) in SCHEDULES.items()}
    cases |= {name: clipped(*case) for name, case in CLIPS.items()}
    write(file, torch.__version__, cases)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else OPTIM)
