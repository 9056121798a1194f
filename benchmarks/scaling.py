"""Cost of a training step of a perceptron (64 units a layer) against its batch and its depth."""

import statistics

from worker import Worker

BACKENDS = ("torch", "compat", "compat.compile", "jax")
BATCHES, DEPTHS = (1, 4, 16, 64, 256, 1024, 4096), (2, 4, 8, 16, 32, 64)
WIDTH, LAYERS, N = 64, 4, 32  # of a layer; and the depth for all batches, the batch for all depths


def measure(seconds, rounds, say=print):
    """``{"batch": {batch: {backend: us}}, "depth": {depth: {backend: us}}}``; the backends take turns at each point."""
    workers = {b: Worker(b) for b in BACKENDS}
    table = {}
    for axis, points in (("batch", BATCHES), ("depth", DEPTHS)):
        table[axis] = {}
        for point in points:
            options = {"n": point, "layers": LAYERS} if axis == "batch" else {"n": N, "layers": point}
            for worker in workers.values():
                worker.make("deep", width=WIDTH, **options)
            times = [[worker.steps(seconds / rounds) * 1e6 for worker in workers.values()] for _ in range(rounds)]
            table[axis][point] = dict(zip(workers, map(statistics.median, zip(*times, strict=True)), strict=True))
            say(f"{axis} {point:5d}", *(f"  {b} {us:.1f} us" for b, us in table[axis][point].items()), flush=True)
    for worker in workers.values():
        worker.end()
    return table


def markdown(table):
    """The section of the report."""
    lines = [
        "## Scaling",
        "",
        f"A training step (SGD with momentum) of a perceptron with {WIDTH} units a layer, in µs: against the batch "
        f"with {LAYERS} layers, and against the depth with batches of {N}.",
        "",
    ]
    for axis, rows in table.items():
        lines += [f"| {axis} | {' | '.join(BACKENDS)} |", "|--:" * (len(BACKENDS) + 1) + "|"]
        lines += [f"| {point} | {' | '.join(f'{row[b]:.0f}' for b in BACKENDS)} |" for point, row in rows.items()]
        lines.append("")
    return [*lines, "![Step time against batch and depth](scaling.png)", ""]


def plot(pyplot, table, colours, path):
    """Two panels with both axes logarithmic."""
    figure, panels = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained", sharey=True)
    for axes, (axis, rows), fixed in zip(panels, table.items(), (f"{LAYERS} layers", f"batch {N}"), strict=True):
        for backend in BACKENDS:
            axes.loglog(list(rows), [row[backend] for row in rows.values()], "o-", ms=3, label=backend,
                        color=colours[backend])  # fmt: skip
        axes.set_xscale("log", base=2)
        axes.set_xticks(list(rows), list(map(str, rows)), minor=False)
        axes.set_xlabel(f"{axis} ({fixed})")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("step (µs)")
    panels[0].legend(frameon=False)
    figure.savefig(path, dpi=140)
