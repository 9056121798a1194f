"""What is paid before and around the arithmetic: imports, and calling small operations.

An operation here is a product of two 8x8 matrices, element by element: its arithmetic takes no time. PyTorch runs it
when it is called. compat records it, and runs all that it has recorded when a value is read or a backward pass is done;
the seconds that XLA's programs take are told apart from compat's own.
"""

import importlib
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from worker import COLD

IMPORTS = ("torch", "jax", "funcgrad", "compat")
LIBRARIES = ("torch", "compat")
COUNT = 100  # operations, and parameters


def imports(repeats):
    """``{package: seconds}``, without what the interpreter itself takes to start."""
    times = {name: [] for name in ("sys", *IMPORTS)}
    for _ in range(repeats):
        for name, taken in times.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {name}"], check=True, env=environment())
            taken.append(time.perf_counter() - begun)
    bare, *rest = (statistics.median(taken) for taken in times.values())
    return {name: seconds - bare for name, seconds in zip(IMPORTS, rest, strict=True)}


def operations(rounds):
    """``{library: {phase: (own us, program us) for each operation or parameter}}``."""
    found = {}
    for library in LIBRARIES:
        command = [sys.executable, __file__, library, str(rounds)]
        done = subprocess.run(command, check=True, env=environment(), stdout=subprocess.PIPE, text=True)
        found[library] = json.loads(done.stdout.splitlines()[-1])
    return found


def environment():
    root = str(Path(__file__).resolve().parent.parent)
    return os.environ | COLD | {"PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}


def observe(library, rounds):
    """``{phase: (own us, program us)}`` in this process: medians over the rounds."""
    torch = importlib.import_module(library)
    metrics = None
    if library == "compat":
        metrics = importlib.import_module("compat._engine.metrics")
        importlib.import_module("compat._engine.clock").start()
    seen = {}

    def phase(name, call):
        inside = metrics.run_seconds if metrics else 0.0
        begun = time.perf_counter()
        result = call()
        wall = time.perf_counter() - begun
        program = metrics.run_seconds - inside if metrics else 0.0
        seen.setdefault(name, []).append((wall - program, program))
        return result

    params = [torch.ones(8, 8).requires_grad_() for _ in range(COUNT)]
    optimizer = torch.optim.Adam(params, 1e-3)
    x = torch.ones(8, 8)

    def forward():
        y = x
        for p in params:
            y = y * p
        return y.sum()

    for _ in range(rounds):
        optimizer.zero_grad()
        with torch.no_grad():
            value = phase("forward, no_grad", forward)
        phase("reading its value", value.item)
        loss = phase("forward", forward)
        phase("backward", loss.backward)
        phase("Adam step", optimizer.step)
        phase("reading a parameter", lambda: params[0][0, 0].item())
    kept = {name: taken[rounds // 4 :] for name, taken in seen.items()}  # the first rounds compile
    return {
        name: tuple(statistics.median(t) / COUNT * 1e6 for t in zip(*taken, strict=True))
        for name, taken in kept.items()
    }


def measure(repeats, rounds):
    return {"imports": imports(repeats), "operations": operations(rounds)}


def markdown(table):
    """The section of the report."""
    seconds = table["imports"]
    lines = ["## Costs", "", "Seconds to import (the interpreter's start subtracted):", ""]
    lines += [f"| {' | '.join(IMPORTS)} |", "|--:" * len(IMPORTS) + "|"]
    lines += [f"| {' | '.join(f'{seconds[name]:.2f}' for name in IMPORTS)} |", ""]
    lines += [
        f"Microseconds for each of {COUNT} small operations in a row, and for each of {COUNT} small parameters. "
        "PyTorch runs an operation when it is called; compat records it, and runs what is pending when a value is read "
        "or a backward pass is done.",
        "",
        "| phase | torch | compat, Python | compat, XLA |",
        "|---|--:|--:|--:|",
    ]
    eager, lazy = (table["operations"][name] for name in LIBRARIES)
    lines += [f"| {p} | {eager[p][0]:.2f} | {own:.2f} | {program:.2f} |" for p, (own, program) in lazy.items()]
    return [*lines, ""]


if __name__ == "__main__":
    print(json.dumps(observe(sys.argv[1], int(sys.argv[2]))))
