"""What is asked of PyTorch's optimisers, schedulers and clipping, and of funcgrad's."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

OPTIM = Path(__file__).with_name("optim.json")
STEPS, COUNTS = 5, 30


class Rule(NamedTuple):
    """An optimiser with its arguments, which both libraries spell alike."""

    torch: str
    funcgrad: str
    arguments: dict[str, Any]
    dtype: str = "float32"
    steps: int = STEPS


RULES = {
    "sgd": Rule("SGD", "sgd", {"lr": 0.1}),
    "sgd momentum": Rule("SGD", "sgd", {"lr": 0.1, "momentum": 0.9}),
    "sgd dampening": Rule("SGD", "sgd", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}),
    "sgd nesterov": Rule("SGD", "sgd", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "sgd decay": Rule("SGD", "sgd", {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.3}),
    "sgd maximize": Rule("SGD", "sgd", {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.3, "maximize": True}),
    "sgd bfloat16": Rule("SGD", "sgd", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.3}, "bfloat16"),
    "sgd complex": Rule("SGD", "sgd", {"lr": 0.1, "momentum": 0.9}, "complex64"),
    "adam": Rule("Adam", "adam", {"lr": 0.1}),
    "adam long": Rule("Adam", "adam", {"lr": 0.01, "betas": (0.5, 0.9999)}, steps=40),
    "adam no memory": Rule("Adam", "adam", {"lr": 0.1, "betas": (0.0, 0.9)}),
    "adam eps": Rule("Adam", "adam", {"lr": 0.1, "eps": 0.5}),
    "adam decay": Rule("Adam", "adam", {"lr": 0.1, "weight_decay": 0.3}),
    "adam decoupled": Rule("Adam", "adam", {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True}),
    "adam amsgrad": Rule("Adam", "adam", {"lr": 0.1, "betas": (0.9, 0.5), "amsgrad": True}, steps=8),
    "adam maximize": Rule("Adam", "adam", {"lr": 0.1, "maximize": True}),
    "adam bfloat16": Rule("Adam", "adam", {"lr": 0.1, "weight_decay": 0.3}, "bfloat16"),
    "adam complex": Rule("Adam", "adam", {"lr": 0.1, "amsgrad": True}, "complex64"),
    "adamw": Rule("AdamW", "adamw", {"lr": 0.1}),
    "adamw amsgrad": Rule("AdamW", "adamw", {"lr": 0.1, "weight_decay": 0.5, "amsgrad": True}, steps=8),
    "rmsprop": Rule("RMSprop", "rmsprop", {"lr": 0.1}),
    "rmsprop centered": Rule("RMSprop", "rmsprop", {"lr": 0.1, "alpha": 0.5, "centered": True, "eps": 0.1}),
    "rmsprop momentum": Rule("RMSprop", "rmsprop", {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.3}),
    "rmsprop all": Rule(
        "RMSprop",
        "rmsprop",
        {"lr": 0.01, "alpha": 0.7, "momentum": 0.5, "centered": True, "maximize": True, "eps": 0.1},
    ),
    "rmsprop bfloat16": Rule("RMSprop", "rmsprop", {"lr": 0.1, "momentum": 0.5}, "bfloat16"),
    "rmsprop complex": Rule(
        "RMSprop", "rmsprop", {"lr": 0.1, "centered": True, "momentum": 0.5, "eps": 0.1}, "complex64"
    ),
    "adagrad": Rule("Adagrad", "adagrad", {"lr": 0.5}),
    "adagrad decay": Rule("Adagrad", "adagrad", {"lr": 0.5, "lr_decay": 0.5, "weight_decay": 0.1}),
    "adagrad initial": Rule("Adagrad", "adagrad", {"lr": 0.5, "initial_accumulator_value": 2.0, "maximize": True}),
    "adagrad bfloat16": Rule("Adagrad", "adagrad", {"lr": 0.5, "lr_decay": 0.5}, "bfloat16"),
    "adagrad complex": Rule("Adagrad", "adagrad", {"lr": 0.5, "initial_accumulator_value": 2.0}, "complex64"),
    "adadelta": Rule("Adadelta", "adadelta", {"lr": 1.0, "rho": 0.5, "eps": 1e-3}),
    "adadelta default": Rule("Adadelta", "adadelta", {}),
    "adadelta decay": Rule("Adadelta", "adadelta", {"lr": 0.5, "rho": 0.95, "weight_decay": 0.3, "maximize": True}),
    "adadelta bfloat16": Rule("Adadelta", "adadelta", {"eps": 1e-2, "weight_decay": 0.3}, "bfloat16"),
    "adadelta complex": Rule("Adadelta", "adadelta", {"eps": 1e-2, "weight_decay": 0.3}, "complex64"),
    "adamax": Rule("Adamax", "adamax", {"lr": 0.1, "betas": (0.5, 0.9)}),
    "adamax default": Rule("Adamax", "adamax", {}),
    "adamax decay": Rule("Adamax", "adamax", {"lr": 0.1, "weight_decay": 0.3, "maximize": True, "eps": 0.1}),
    "adamax bfloat16": Rule("Adamax", "adamax", {"lr": 0.1, "weight_decay": 0.3}, "bfloat16"),
    "adamax complex": Rule("Adamax", "adamax", {"lr": 0.1}, "complex64"),
    "nadam": Rule("NAdam", "nadam", {"lr": 0.1}),
    "nadam default": Rule("NAdam", "nadam", {}, steps=40),
    "nadam momentum": Rule("NAdam", "nadam", {"lr": 0.1, "momentum_decay": 6e-3, "betas": (0.5, 0.9)}),
    "nadam decay": Rule("NAdam", "nadam", {"lr": 0.1, "weight_decay": 0.3, "momentum_decay": 6e-3, "maximize": True}),
    "nadam decoupled": Rule("NAdam", "nadam", {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True}),
    "nadam bfloat16": Rule("NAdam", "nadam", {"lr": 0.1, "weight_decay": 0.3}, "bfloat16"),
    "nadam complex": Rule("NAdam", "nadam", {"lr": 0.1, "weight_decay": 0.3}, "complex64"),
    "radam": Rule("RAdam", "radam", {"lr": 0.1}, steps=12),
    "radam default": Rule("RAdam", "radam", {}, steps=40),
    "radam short": Rule("RAdam", "radam", {"lr": 0.1, "betas": (0.5, 0.75)}, steps=12),
    "radam never": Rule("RAdam", "radam", {"lr": 0.1, "betas": (0.5, 0.0)}, steps=8),
    "radam long": Rule("RAdam", "radam", {"lr": 0.01, "betas": (0.9, 0.99999), "eps": 1e-6}, steps=12),
    "radam decay": Rule("RAdam", "radam", {"lr": 0.1, "weight_decay": 0.3, "eps": 1e-6, "maximize": True}, steps=8),
    "radam decoupled": Rule(
        "RAdam", "radam", {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True}, steps=8
    ),
    "radam bfloat16": Rule("RAdam", "radam", {"lr": 0.1, "weight_decay": 0.3}, "bfloat16", steps=8),
    "radam complex": Rule("RAdam", "radam", {"lr": 0.1, "weight_decay": 0.3}, "complex64", steps=8),
    "rprop": Rule("Rprop", "rprop", {"lr": 0.5}, steps=8),
    "rprop default": Rule("Rprop", "rprop", {}, steps=8),
    "rprop etas": Rule("Rprop", "rprop", {"lr": 2e-4, "etas": (0.3, 1.5), "maximize": True}, steps=8),
    "rprop bounds": Rule("Rprop", "rprop", {"lr": 0.5, "step_sizes": (0.3, 0.55)}, steps=8),
    "rprop bfloat16": Rule("Rprop", "rprop", {"lr": 0.5}, "bfloat16", steps=8),
    "rprop complex": Rule("Rprop", "rprop", {"lr": 0.5}, "complex64", steps=8),
    "asgd": Rule("ASGD", "asgd", {"lr": 0.1, "lambd": 0.1}, steps=8),
    "asgd default": Rule("ASGD", "asgd", {}),
    "asgd averaging": Rule("ASGD", "asgd", {"lr": 0.1, "lambd": 0.3, "alpha": 0.5, "t0": 3}, steps=8),
    "asgd decay": Rule("ASGD", "asgd", {"lr": 0.1, "weight_decay": 0.3, "maximize": True}),
    "asgd bfloat16": Rule("ASGD", "asgd", {"lr": 0.1, "lambd": 0.1, "weight_decay": 0.3}, "bfloat16"),
    "asgd complex": Rule("ASGD", "asgd", {"lr": 0.1, "lambd": 0.1}, "complex64"),
    "adafactor": Rule("Adafactor", "adafactor", {"lr": 0.1}),
    "adafactor default": Rule("Adafactor", "adafactor", {}, steps=40),
    "adafactor decay": Rule("Adafactor", "adafactor", {"lr": 0.1, "weight_decay": 0.3, "maximize": True}),
    "adafactor all": Rule(
        "Adafactor", "adafactor", {"lr": 0.5, "beta2_decay": -0.5, "d": 1.5, "eps": (1e-3, 0.5)}, steps=8
    ),
    "adafactor bfloat16": Rule("Adafactor", "adafactor", {"lr": 0.1, "weight_decay": 0.3}, "bfloat16"),
}

# Muon takes matrices alone, and rounds to bfloat16 within.
MUON_RULES: dict[str, dict[str, Any]] = {
    "muon": {"lr": 0.1},
    "muon default": {},
    "muon plain": {"lr": 0.1, "momentum": 0.5, "nesterov": False, "weight_decay": 0},
    "muon adamw": {"lr": 0.1, "adjust_lr_fn": "match_rms_adamw"},
    "muon original": {"lr": 0.1, "adjust_lr_fn": "original", "eps": 1e-5},
    "muon coefficients": {"lr": 0.1, "ns_coefficients": (3.4, -4.8, 2.0), "ns_steps": 3},
}

# L-BFGS calls for its loss itself: options, dtype, and how many steps.
LBFGS_RULES: dict[str, tuple[dict[str, Any], str, int]] = {
    "lbfgs": ({"lr": 0.1, "max_iter": 4}, "float32", 3),
    "lbfgs float64": ({"lr": 0.1}, "float64", 2),
    "lbfgs short memory": ({"lr": 0.3, "history_size": 3}, "float64", 4),
    "lbfgs no memory": ({"lr": 0.05, "history_size": 1, "max_iter": 6}, "float64", 3),
    "lbfgs wolfe": ({"line_search_fn": "strong_wolfe", "max_iter": 6}, "float32", 2),
    "lbfgs wolfe float64": ({"line_search_fn": "strong_wolfe"}, "float64", 3),
    "lbfgs wolfe short": ({"line_search_fn": "strong_wolfe", "history_size": 2, "max_iter": 7}, "float64", 5),
    "lbfgs wolfe far": ({"line_search_fn": "strong_wolfe", "lr": 40.0, "max_iter": 8}, "float64", 3),
    "lbfgs wolfe near": ({"line_search_fn": "strong_wolfe", "lr": 1e-3, "max_iter": 8}, "float64", 3),
    "lbfgs wolfe few": ({"line_search_fn": "strong_wolfe", "max_iter": 9, "max_eval": 4}, "float64", 4),
    "lbfgs tolerance": ({"lr": 0.5, "tolerance_grad": 3.0, "tolerance_change": 1e-2}, "float64", 3),
    "lbfgs complex": ({"line_search_fn": "strong_wolfe", "max_iter": 6}, "complex128", 3),
}

SCHEDULES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "step": ("StepLR", "step_lr", {"step_size": 4, "gamma": 0.5}),
    "multi step": ("MultiStepLR", "multi_step_lr", {"milestones": [3, 7, 7, 20], "gamma": 0.3}),
    "constant": ("ConstantLR", "constant_lr", {"factor": 0.25, "total_iters": 6}),
    "linear": ("LinearLR", "linear_lr", {"start_factor": 0.2, "end_factor": 0.9, "total_iters": 11}),
    "exponential": ("ExponentialLR", "exponential_lr", {"gamma": 0.93}),
    "polynomial": ("PolynomialLR", "polynomial_lr", {"total_iters": 17, "power": 2.0}),
    "cosine": ("CosineAnnealingLR", "cosine_annealing_lr", {"T_max": 12, "eta_min": 0.1}),
    "restarts": ("CosineAnnealingWarmRestarts", "cosine_annealing_warm_restarts", {"T_0": 7, "eta_min": 0.1}),
    "growing restarts": ("CosineAnnealingWarmRestarts", "cosine_annealing_warm_restarts", {"T_0": 3, "T_mult": 2}),
    "one cycle": ("OneCycleLR", "one_cycle_lr", {"max_lr": 2.0, "total_steps": 32}),
    "one cycle linear": (
        "OneCycleLR",
        "one_cycle_lr",
        {"max_lr": 2.0, "total_steps": 31, "anneal_strategy": "linear", "div_factor": 10.0, "final_div_factor": 100.0},
    ),
    "one cycle, three phases": (
        "OneCycleLR",
        "one_cycle_lr",
        {"max_lr": 2.0, "total_steps": 30, "pct_start": 0.4, "three_phase": True},
    ),
    "cyclic": ("CyclicLR", "cyclic_lr", {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 4, "step_size_down": 6}),
    "cyclic, halved": (
        "CyclicLR",
        "cyclic_lr",
        {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 5, "mode": "triangular2"},
    ),
    "cyclic, shrunk": (
        "CyclicLR",
        "cyclic_lr",
        {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 5, "mode": "exp_range", "gamma": 0.9},
    ),
}

# Gradients' scale, bound and order of the norm.
CLIPS = {
    f"clip {scale} {bound} {order} {dtype}": (scale, bound, order, dtype)
    for scale, bound, order, dtype in [
        (1.0, 1.0, 2.0, "float32"),
        (0.01, 1.0, 2.0, "float32"),
        (0.0, 1.0, 2.0, "float32"),
        (1.0, 1.0, 1.0, "float32"),
        (1.0, 1.0, 3.0, "float32"),
        (1.0, 0.5, "inf", "float32"),
        (1.0, 1.0, 0.0, "float32"),
        (1.0, 1.0, 2.0, "bfloat16"),
        (1.0, 1.0, 2.0, "complex64"),
    ]
}


def parameters(dtype: str) -> list[np.ndarray]:
    """Two parameters to start from, a scalar and a matrix."""
    values = [np.float32(0.7), np.linspace(-1.5, 1.5, 6, dtype=np.float32).reshape(2, 3)]
    return [_with_imaginary(value, dtype) for value in values]


def gradients(step: int, dtype: str) -> list[np.ndarray]:
    """Their gradients at a step, some of them 0."""
    wave = np.sin(np.arange(6, dtype=np.float64) + 1.7 * step).round(3).astype(np.float32)
    values = [
        np.float32(0.4 - 0.3 * step),
        np.where(np.arange(6) == step % 6, 0, wave).astype(np.float32).reshape(2, 3),
    ]
    return [_with_imaginary(value, dtype) for value in values]


def matrices(step: int | None = None) -> list[np.ndarray]:
    """Three matrices, a wide one, a tall one and a square one; or their gradients at a step."""
    shapes = [(2, 3), (4, 2), (3, 3)]
    phase = 0.0 if step is None else 0.7 + 1.7 * step
    return [np.sin(np.arange(n * m) * 1.3 + phase).round(3).astype(np.float32).reshape(n, m) for n, m in shapes]


def lbfgs_path(torch: Any, options: dict[str, Any], dtype: str, steps: int) -> list[list[float]]:
    """After each step: the loss it returned, how often it evaluated and iterated, and all parameters.

    The loss is Rosenbrock's valley, and a quartic of a second parameter whose gradient is missing at first.
    """
    kind = getattr(torch, dtype)
    w = torch.tensor([-1.2, 1.0, 0.5, 0.8], dtype=torch.float64).to(kind).requires_grad_()
    b = torch.tensor([[0.5], [-0.25]], dtype=torch.float64).to(kind).requires_grad_()
    optimizer = torch.optim.LBFGS([w, b], **options)
    seen: list[list[float]] = []

    def closure() -> Any:
        optimizer.zero_grad()
        x, y = w[::2], w[1::2]
        loss = ((1 - x).abs() ** 2 + 10 * (y - x**2).abs() ** 2).sum()
        if seen:
            loss = loss + ((b - w[:1]).abs() ** 4).sum()
        loss.backward()
        return loss

    for _ in range(steps):
        loss = float(optimizer.step(closure))
        state = optimizer.state[w]
        values = [x for p in (w, b) for x in (torch.view_as_real(p) if p.is_complex() else p).flatten().tolist()]
        seen.append([loss, float(state["func_evals"]), float(state["n_iter"]), *values])
    return seen


def _with_imaginary(value: np.ndarray, dtype: str) -> np.ndarray:
    value = np.asarray(value)
    return value + 1j * (0.3 - value) if dtype == "complex64" else value
