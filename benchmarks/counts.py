"""What the engine does in each workload's step and in reading its value, as numbers that no machine changes.

    python benchmarks/counts.py            prints them
    python benchmarks/counts.py --record   writes them to counts.json, after a change that means to change them

They gate changes: ``tests/compat/test_counts.py`` compares them with counts.json. Of imperative compat ("compat") and
of ``torch.compile(step, fullgraph=True)`` ("compat.compile") there are

- ``compiled``: the programs compiled by the first step, by the second, and by all others together;
- ``calls``: the XLA programs run by each later step;
- ``recorded``: the operations recorded by each later step;
- ``live``: the arrays on the device that the workload holds after a step.
"""

import argparse
import gc
import json
import sys
from pathlib import Path

import jax

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import workloads  # noqa: E402

import compat as torch  # noqa: E402

RECORDED = HERE / "counts.json"
STEPS = 8
# Small, since what is counted does not depend on sizes: they only make the compilation and the steps quick.
SIZES = {
    "deep": {"width": 8, "n": 4},
    "lstm": {"width": 16, "n": 4},
    "resblock": {"channels": 4, "n": 2, "size": 8},
    "gpt": {"width": 32, "context": 16, "n": 2},
}


def observe(name, whole):
    """The counts of one workload, imperative or captured whole."""
    torch.compiler.reset()
    torch.ones(()).add(1).item()  # runs what the last workload has left pending
    gc.collect()
    others = jax.live_arrays()  # held, so that they are there afterwards, too
    torch.manual_seed(0)
    step = workloads.WORKLOADS[name](torch, **SIZES.get(name, {}))
    if whole:
        step = torch.compile(step, fullgraph=True)
    rows = []
    for _ in range(STEPS):
        start = torch.metrics()
        step().item()
        end = torch.metrics()
        rows.append([end[key] - start[key] for key in ("compiled", "calls", "recorded")])
    compiled, calls, recorded = zip(*rows, strict=True)
    gc.collect()
    return {
        "compiled": [*compiled[:2], sum(compiled[2:])],
        "calls": steady(name, calls),
        "recorded": steady(name, recorded),
        "live": len(jax.live_arrays()) - len(others),
    }


def steady(name, counts):
    """The count of each step from the third on."""
    if len(set(counts[2:])) != 1:
        raise ValueError(f"{name}: its steps are not alike: {counts}")
    return counts[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--record", action="store_true", help=f"write {RECORDED.name}")
    args = parser.parse_args()
    modes = {"compat": False, "compat.compile": True}
    found = {name: {mode: observe(name, whole) for mode, whole in modes.items()} for name in workloads.WORKLOADS}
    lines = [f'  "{name} {mode}": {json.dumps(row)}' for name, both in found.items() for mode, row in both.items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    if args.record:
        RECORDED.write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
