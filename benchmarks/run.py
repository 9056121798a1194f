"""Measures everything and writes RESULTS.md: steps of the workloads, how they scale, imports and small operations.

    python benchmarks/run.py [--quick] [--sections steps,scaling,costs] [--backends torch,jax,compat] [--only REGEX]

Each backend runs in a process of its own, and the first one named is what the others are compared with. A backend that
does not run here is reported with the reason. Values of the first steps are compared: if they differ, the run fails.
"""

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import re
import sys
from pathlib import Path

import costs
import scaling
import steps
from worker import BACKENDS

HERE = Path(__file__).resolve().parent
SECTIONS = ("steps", "scaling", "costs")
COLOURS = {"torch": "tab:orange", "torch.compile": "tab:red", "torchax": "tab:purple", "jax": "tab:gray",
           "funcgrad": "tab:green", "compat": "tab:blue", "compat.compile": "tab:cyan"}  # fmt: skip
INTRODUCTION = (
    "`torch` is eager PyTorch, `torch.compile` the same step through it, `torchax` the same text on torchax's device, "
    "`jax` the step written by hand as jitted, donating JAX, `funcgrad` the same step by `funcgrad.backward` and "
    "`funcgrad.step`, `compat` the same text as `torch`, imperative, `compat.compile` that through "
    "`torch.compile(step, fullgraph=True)`. All begin with the same numbers, and the values of their first steps agree."
)


def machine():
    """The machine and the versions, one fact a line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = re.search(r"model name\s*:\s*(.*)", cpuinfo.read_text())
        model = found[1] if found else model
    packages = ("jax", "jaxlib", "torch", "torchax", "optax", "numpy")
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


def measure(args, backends):
    """``{section: its table}``, printed as it comes."""
    results = {}
    if "steps" in args.sections:
        results["steps"] = {}
        for name in (n for n in steps.NAMES if re.search(args.only, n)):
            row = results["steps"][name] = steps.measure(name, backends, args.seconds, args.rounds)
            print(name)
            for backend, cell in row.items():
                print(f"  {backend:14s} {steps.describe(cell, backends[0])}", flush=True)
    if "scaling" in args.sections:
        results["scaling"] = scaling.measure(args.seconds / 2, args.rounds)
    if "costs" in args.sections:
        results["costs"] = costs.measure(args.rounds, 400)
        print("\n".join(costs.markdown(results["costs"])))
    return results


def write(results, backends, args):
    """RESULTS.md and its pictures."""
    pyplot = importlib.import_module("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    args.out.mkdir(parents=True, exist_ok=True)
    lines = ["# Benchmarks", "", "Written by `make bench`; do not edit. Smaller is better.", ""]
    lines += [f"- {fact}" for fact in machine()]
    lines += [f"- {args.rounds} rounds, {args.seconds} s a backend and workload, backends interleaved, float32", ""]
    lines += [INTRODUCTION, "", *steps.markdown(results["steps"], backends[0])]
    lines += [*scaling.markdown(results["scaling"]), *costs.markdown(results["costs"])]
    (args.out / "RESULTS.md").write_text("\n".join(lines), encoding="utf-8")
    steps.plot(pyplot, results["steps"], backends, COLOURS, args.out / "results.png")
    scaling.plot(pyplot, results["scaling"], COLOURS, args.out / "scaling.png")
    print(f"written: {args.out / 'RESULTS.md'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--sections", default=",".join(SECTIONS))
    parser.add_argument("--backends", default=",".join(BACKENDS))
    parser.add_argument("--only", default="", metavar="REGEX", help="the workloads among the steps")
    parser.add_argument("--seconds", type=float, default=2.0, help="of running, a backend and workload")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a rough look: 0.3 s, 3 rounds, no torch.compile")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where RESULTS.md and its pictures go")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the numbers, too")
    args = parser.parse_args()
    args.sections = args.sections.split(",")
    backends = args.backends.split(",")
    if args.quick:
        args.seconds, args.rounds = 0.3, 3
        if args.backends == ",".join(BACKENDS):
            backends.remove("torch.compile")  # whose first steps take longer than all the rest
    whole = not args.only and set(args.sections) == set(SECTIONS)
    if not whole and args.out:
        parser.error("--out wants all sections and workloads")
    if whole and not args.quick:
        args.out = args.out or HERE
    results = measure(args, backends)
    if args.json:
        args.json.write_text(json.dumps(results, indent=1))
    if args.out:
        write(results, backends, args)
    cells = [cell for row in results.get("steps", {}).values() for cell in row.values()]
    return 1 if any("note" in cell for cell in cells) else 0


if __name__ == "__main__":
    sys.exit(main())
