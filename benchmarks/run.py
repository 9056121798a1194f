"""Step time of each workload on several backends, side by side.

    python benchmarks/run.py [--backends torch,jax,funcgrad,compat] [--only REGEX] [--quick]

Each backend runs in a process of its own that sleeps until asked, and they are asked in turn (A B C A B C ...), so a
drift of the machine's speed hits all alike. Reported are the median step time of each, the median of the per-round
ratios to the first backend, the time of the first step (compilation included; the model is built already), and the
process's peak memory.
"""

import argparse
import importlib
import importlib.metadata
import json
import math
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = ("logreg", "accuracy", "mlp", "deep", "conv", "gpt")
BACKENDS = ("torch", "jax", "funcgrad", "compat", "compat.compile")
_DRAWN_BY_JAX = ("jax", "funcgrad")
COLOURS = {"torch": "tab:orange", "jax": "tab:gray", "funcgrad": "tab:green", "compat": "tab:blue",
           "compat.compile": "tab:cyan"}  # fmt: skip


# ---- the process that runs one workload
def serve(backend, name):
    """Answers each line ``n`` on standard input with the mean time of n steps."""
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    begin = time.perf_counter()
    if backend in ("jax", "funcgrad"):
        step = importlib.import_module(f"peer_{backend}").WORKLOADS[name]()
    else:
        torch = importlib.import_module(backend.partition(".")[0])
        torch.manual_seed(0)
        step = importlib.import_module("workloads").WORKLOADS[name](torch)
        if backend == "compat.compile":
            step = torch.compile(step, fullgraph=True)
    built = time.perf_counter()
    value = step().item()
    first = time.perf_counter() - built
    timed(step, 10)
    timed(step, 30)
    say(setup=built - begin, first=first, value=value, estimate=timed(step, 30))
    for line in sys.stdin:
        say(seconds=timed(step, int(line)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(peak_mb=peak, program_mb=program_bytes(backend, step) / 2**20)


def program_bytes(backend, step):
    """What XLA says that the step's program needs while it runs: arguments, results, temporaries; 0 where unknown."""
    if backend.startswith("compat"):
        return importlib.import_module("compat").metrics()["program_bytes"]
    if not hasattr(step, "program"):
        return 0
    m = step.program().memory_analysis()
    return (m.argument_size_in_bytes + m.output_size_in_bytes - m.alias_size_in_bytes + m.temp_size_in_bytes)


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
    """A backend's process, seen from the one that asks."""

    def __init__(self, backend, name):
        command = [sys.executable, str(HERE / "run.py"), "--serve", backend, name]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self.info = self.hear()

    def hear(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        reason = self.process.stderr.read().strip().splitlines()
        raise ChildProcessError(reason[-1][:160] if reason else f"ended with status {self.process.wait()}")

    def ask(self, steps):
        print(steps, file=self.process.stdin, flush=True)
        return self.hear()["seconds"]

    def end(self):
        self.process.stdin.close()
        memory = self.hear()
        self.process.wait()
        return memory


# ---- one workload on all backends
def measure(name, backends, seconds, rounds):
    """``{backend: {"us", "ratio", "first_s", "peak_mb", "program_mb"} or {"error"}}``."""
    workers, row = {}, {}
    for backend in backends:
        try:
            workers[backend] = Worker(backend, name)
        except ChildProcessError as error:
            row[backend] = {"error": str(error)}
    times = {b: [] for b in workers}
    for _ in range(rounds):
        for backend, worker in workers.items():
            times[backend].append(worker.ask(max(1, round(seconds / rounds / worker.info["estimate"]))))
    reference = backends[0]
    for backend, worker in workers.items():
        row[backend] = {
            "us": statistics.median(times[backend]) * 1e6,
            "first_s": worker.info["first"],
            **worker.end(),
        }
        if reference in times:
            ratios = (a / b for a, b in zip(times[backend], times[reference], strict=True))
            row[backend]["ratio"] = statistics.median(ratios)
        # Same seed, same data: what runs the same text must see the same first loss. (jax draws other weights.)
        same_text = reference in workers and (backend in _DRAWN_BY_JAX) == (reference in _DRAWN_BY_JAX)
        if same_text and not math.isclose(worker.info["value"], workers[reference].info["value"], rel_tol=1e-4):
            row[backend]["note"] = f"first value {worker.info['value']:.6g}, not {workers[reference].info['value']:.6g}"
    return {b: row[b] for b in backends}


# ---- the report
def machine():
    """The machine and the versions, one fact a line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = re.search(r"model name\s*:\s*(.*)", cpuinfo.read_text())
        model = found[1] if found else model
    packages = ("jax", "jaxlib", "torch", "optax", "numpy")
    versions = []
    for package in packages:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{package} absent")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [
        f"CPU: {model}, {cores} cores for this run",
        f"System: {platform.system()} {platform.release()}, Python {platform.python_version()}",
        f"Versions: {', '.join(versions)}",
        f"XLA_FLAGS: {os.environ.get('XLA_FLAGS') or 'not set'}",
    ]


def markdown(table, backends, args):
    """The results as a page."""
    lines = ["# Benchmarks", "", "Written by `make bench`; do not edit. Smaller is better.", ""]
    lines += [f"- {fact}" for fact in machine()]
    lines += [
        f"- {args.rounds} rounds, {args.seconds} s a backend and workload, backends interleaved, float32",
        "",
        "`torch` is eager PyTorch, `jax` the step written by hand as jitted, donating JAX, `funcgrad` the same step by "
        "`funcgrad.backward` and `funcgrad.step`, `compat` the same text as `torch`, imperative, `compat.compile` that "
        "through `torch.compile(step, fullgraph=True)`. "
        "First step: seconds from a built model to the first value, compilation included. "
        "Program: what XLA says that the step's program needs while it runs (arguments, results, temporaries). "
        "Peak: the process.",
        "",
        "| workload | backend | step (µs) | of " + backends[0] + " | first step (s) | program (MB) | peak (MB) |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for name, row in table.items():
        for backend, cell in row.items():
            if "error" in cell:
                lines.append(f"| {name} | {backend} | {cell['error']} | | | | |")
                continue
            ratio = f"{cell['ratio']:.2f}" if "ratio" in cell else ""
            program = f"{cell['program_mb']:.2f}" if cell["program_mb"] else ""
            lines.append(
                f"| {name} | {backend} | {cell['us']:.0f} | {ratio} | {cell['first_s']:.2f} | {program} "
                f"| {cell['peak_mb']:.0f} |"
            )
    return "\n".join([*lines, "", "![Step times relative to " + backends[0] + "](results.png)", ""])


def plot(table, backends, path):
    """Bars of step time relative to the first backend."""
    pyplot = importlib.import_module("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    figure, axes = pyplot.subplots(figsize=(8, 3.6), layout="constrained")
    width = 0.8 / len(backends)
    for k, backend in enumerate(backends):
        heights = [row[backend].get("ratio", 0.0) for row in table.values()]
        places = [i + (k - (len(backends) - 1) / 2) * width for i in range(len(table))]
        bars = axes.bar(places, heights, width * 0.92, label=backend, color=COLOURS.get(backend))
        axes.bar_label(bars, [f"{h:.2f}" for h in heights], fontsize=7, padding=2)
    axes.axhline(1.0, color="0.4", linewidth=0.8)
    axes.set_xticks(range(len(table)), list(table))
    axes.set_ylabel(f"step time, {backends[0]} = 1")
    axes.legend(frameon=False, ncols=len(backends))
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=140)


def describe(cell, reference):
    if "error" in cell:
        return cell["error"]
    text = f"{cell['us']:10.1f} us  x{cell.get('ratio', math.nan):.2f} of {reference}"
    text += f"  first {cell['first_s']:.2f} s  program {cell['program_mb']:.2f} MB  peak {cell['peak_mb']:.0f} MB"
    return text + (f"  ({cell['note']})" if "note" in cell else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--backends", default=",".join(BACKENDS))
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--seconds", type=float, default=2.0, help="of running, a backend and workload")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a rough look: 0.3 s, 3 rounds, nothing written")
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR", help="where RESULTS.md and results.png go")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the numbers, too")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(*args.serve)
        return 0
    if args.quick:
        args.seconds, args.rounds = 0.3, 3
    backends, table = args.backends.split(","), {}
    for name in (n for n in NAMES if re.search(args.only, n)):
        table[name] = measure(name, backends, args.seconds, args.rounds)
        print(name)
        for backend, cell in table[name].items():
            print(f"  {backend:8s} {describe(cell, backends[0])}", flush=True)
    if args.json:
        args.json.write_text(json.dumps(table, indent=1))
    if not args.quick and not args.only:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "RESULTS.md").write_text(markdown(table, backends, args), encoding="utf-8")
        plot(table, backends, args.out / "results.png")
        print(f"written: {args.out / 'RESULTS.md'}")
    return 1 if any("error" in cell or "note" in cell for row in table.values() for cell in row.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
