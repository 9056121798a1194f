"""Step time of each workload on several backends, side by side.

The backends are asked in turn (A B C A B C ...), so a drift of the machine's speed hits all alike. Reported are the
median step time of each, the median of the per-round ratios to the first backend, the time of the first step
(compilation included; the model is built already), and the process's peak memory.
"""

import math
import statistics

from worker import Worker

NAMES = ("logreg", "accuracy", "mlp", "lstm", "deep", "conv", "resblock", "gpt")
SAME_DRAWS = ("torch", "compat", "compat.compile")  # of random numbers, in the first step
DRAWS = ("conv",)


def measure(name, backends, seconds, rounds):
    """``{backend: {"us", "ratio", "first_s", "peak_mb", "program_mb"} or {"error"}}``, a "note" where values differ."""
    workers, row = {}, {}
    for backend in backends:
        worker = Worker(backend)
        try:
            worker.make(name)
        except ChildProcessError as error:
            row[backend] = {"error": f"did not run: {error}"}
        else:
            workers[backend] = worker
    times = {b: [] for b in workers}
    for _ in range(rounds):
        for backend, worker in workers.items():
            times[backend].append(worker.steps(seconds / rounds))
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
            got, expected = worker.info["values"], workers[reference].info["values"]
            if not same(name, backend, reference, got, expected):
                row[backend]["note"] = f"first values {got}, not {expected}"
    return {b: row[b] for b in backends}


def same(name, backend, reference, got, expected):
    """Whether the first steps have the same values, as far as they do not depend on other random numbers."""
    if name in DRAWS:
        if backend not in SAME_DRAWS or reference not in SAME_DRAWS:
            return True
        got, expected = got[:1], expected[:1]
    return all(math.isclose(a, b, rel_tol=1e-4) for a, b in zip(got, expected, strict=True))


def describe(cell, reference):
    if "error" in cell:
        return cell["error"]
    text = f"{cell['us']:10.1f} us  x{cell.get('ratio', math.nan):.2f} of {reference}"
    text += f"  first {cell['first_s']:.2f} s  program {cell['program_mb']:.2f} MB  peak {cell['peak_mb']:.0f} MB"
    return text + (f"  ({cell['note']})" if "note" in cell else "")


def markdown(table, reference):
    """The section of the report."""
    lines = [
        "## Steps",
        "",
        "First step: seconds from a built model to the first value, compilation included, with nothing kept on disk. "
        "Program: what XLA says that the step's program needs while it runs (arguments, results, temporaries). "
        "Peak: the process.",
        "",
        f"| workload | backend | step (µs) | of {reference} | first step (s) | program (MB) | peak (MB) |",
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
    return [*lines, "", f"![Step times relative to {reference}](results.png)", ""]


def plot(pyplot, table, backends, colours, path):
    """Bars of step time relative to the first backend."""
    shown = [b for b in backends if any("ratio" in row[b] for row in table.values())]
    figure, axes = pyplot.subplots(figsize=(11, 3.8), layout="constrained")
    width = 0.84 / len(shown)
    for k, backend in enumerate(shown):
        heights = [row[backend].get("ratio", 0.0) for row in table.values()]
        places = [i + (k - (len(shown) - 1) / 2) * width for i in range(len(table))]
        bars = axes.bar(places, heights, width * 0.92, label=backend, color=colours[backend])
        axes.bar_label(bars, [f"{h:.2f}" if h else "" for h in heights], fontsize=5.5, padding=2)
    axes.axhline(1.0, color="0.4", linewidth=0.8)
    axes.set_xticks(range(len(table)), list(table))
    axes.set_ylabel(f"step time, {backends[0]} = 1")
    axes.legend(frameon=False, ncols=len(shown))
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=140)
