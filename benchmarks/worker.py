"""A backend in a process of its own, which sleeps until it is asked.

The one that asks holds a `Worker`; the process reads requests, one JSON object a line, and answers each with another.
"""

import contextlib
import importlib
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BACKENDS = ("torch", "torch.compile", "torchax", "jax", "funcgrad", "compat", "compat.compile")
STEPS_CHECKED = 4  # the values of so many steps must agree
# Nothing compiled before may help: the first step is that of a program that was never run.
COLD = {"COMPAT_CACHE_DIR": "", "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"}


def make(backend, name, options):
    """The workload's step on a backend."""
    if backend in ("jax", "funcgrad"):
        return importlib.import_module(f"peer_{backend}").WORKLOADS[name](**options)
    library, _, compiled = backend.partition(".")
    if library == "torchax":  # PyTorch's frontend, with a device whose operators are JAX's
        importlib.import_module("torchax").enable_globally()
        torch = importlib.import_module("torch")
        torch.set_default_device("jax")
    else:
        torch = importlib.import_module(library)
    torch.manual_seed(0)
    step = importlib.import_module("workloads").WORKLOADS[name](torch, **options)
    return torch.compile(step, fullgraph=library == "compat") if compiled else step


def serve(backend):
    """Answers ``{"make": workload, "options": {...}}`` and ``{"steps": n}``, until there are no more requests."""
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    step = None
    for request in map(json.loads, sys.stdin):
        if "steps" in request:
            say(seconds=timed(step, request["steps"]))
            continue
        step = make(backend, request["make"], request["options"])
        begun = time.perf_counter()
        values = [step().item()]
        first = time.perf_counter() - begun
        values += [step().item() for _ in range(STEPS_CHECKED - 1)]
        timed(step, 10)
        say(first=first, values=values, estimate=timed(step, 10))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(peak_mb=peak, program_mb=program_bytes(backend, step) / 2**20)


def program_bytes(backend, step):
    """What XLA says that the step's program needs while it runs: arguments, results, temporaries; 0 where unknown."""
    if backend.startswith("compat"):
        return importlib.import_module("compat").metrics()["program_bytes"]
    if not hasattr(step, "program"):
        return 0
    m = step.program().memory_analysis()
    return m.argument_size_in_bytes + m.output_size_in_bytes - m.alias_size_in_bytes + m.temp_size_in_bytes


def timed(step, n):
    """Mean seconds of a step; the last one's value is waited for."""
    begin = time.perf_counter()
    for _ in range(n):
        result = step()
    result.item()
    return (time.perf_counter() - begin) / n


def say(**line):
    print(json.dumps(line), flush=True)


class Worker:
    """A backend's process, seen from the one that asks.

    Attributes:
      info: What it said of the workload that it made last: ``first``, the seconds of the first step, compilation
        included; ``values`` of the first steps; and an ``estimate`` of the seconds of a step.
    """

    def __init__(self, backend):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([sys.executable, __file__, backend], stdin=pipe, stdout=pipe, stderr=pipe,
                                        text=True, env=os.environ | COLD)  # fmt: skip

    def make(self, name, **options):
        self.info = self._ask(make=name, options=options)

    def steps(self, seconds):
        """The mean seconds of a step, over about so many seconds."""
        return self._ask(steps=max(1, round(seconds / self.info["estimate"])))["seconds"]

    def end(self):
        """Ends the process: its ``peak_mb``, and its program's ``program_mb``."""
        self.process.stdin.close()
        memory = self._hear()
        self.process.wait()
        return memory

    def _ask(self, **request):
        with contextlib.suppress(BrokenPipeError):  # it has ended: hearing nothing from it says so
            print(json.dumps(request), file=self.process.stdin, flush=True)
        return self._hear()

    def _hear(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise ChildProcessError(reason(self.process.stderr.read()) or f"ended with status {self.process.wait()}")


def reason(text):
    """The line of a traceback that says what went wrong."""
    lines = [line.strip() for line in text.strip().splitlines()]
    named = [line for line in lines if line.partition(":")[0].endswith(("Error", "Exception", "Failed"))]
    return (named or lines or [""])[-1][:160]


if __name__ == "__main__":
    serve(sys.argv[1])
