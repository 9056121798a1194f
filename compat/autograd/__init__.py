"""``torch.autograd``."""

from compat._autograd.backward import backward, grad
from compat._autograd.function import Function
from compat._autograd.modes import (
    detect_anomaly,
    enable_grad,
    inference_mode,
    no_grad,
    set_detect_anomaly,
    set_grad_enabled,
    set_multithreading_enabled,
)
from compat.autograd import anomaly_mode, function, functional, grad_mode, graph, profiler
from compat.autograd.gradcheck import gradcheck, gradgradcheck
from compat.autograd.variable import Variable

__all__ = ["Function", "Variable", "anomaly_mode", "backward", "detect_anomaly", "enable_grad", "function",
           "functional",
           "grad", "grad_mode", "gradcheck", "gradgradcheck", "graph", "inference_mode", "no_grad", "profiler",
           "set_detect_anomaly", "set_grad_enabled", "set_multithreading_enabled"]
