"""The rates of PyTorch's databases of operators, modules and optimizers, and what differs.

``python -m tests.opdb [REGEX] [--of op_db|module_db|optim_db ...] [--only KIND] [--quiet] [--least forward=98 ...]``

``--only gradgradcheck`` compares operators with nothing but finite differences, and takes some minutes.
"""

import argparse
import functools
import multiprocessing
import os
import re
import sys

from tests.opdb.work import DATABASES, check, full_name


def _report(r: dict, tally: dict[str, list[int]], quiet: bool) -> None:
    """Counts what an entry did, and prints what differs."""
    for kind, counts in tally.items():
        if kind not in r:
            continue
        if kind == "errors":
            counts[1] += len(r[kind])
            counts[0] += sum(good for good, _ in r[kind])
            lines = [line for good, line in r[kind] if not good]
        else:
            counts[1] += 1
            counts[0] += not r[kind]
            lines = r[kind][:3]
        for line in () if quiet else lines:
            print(f"{r['name']} {kind}: {line}", flush=True)
    if r["seconds"] > 10 and not quiet:
        print(f"{r['name']} took {r['seconds']:.0f} s", flush=True)


def main() -> int:
    """Run the entries and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("regex", nargs="?", default="")
    parser.add_argument("--of", nargs="*", default=["op_db"], choices=list(DATABASES), metavar="DATABASE")
    parser.add_argument("--only", default="")
    parser.add_argument("--workers", type=lambda x: os.cpu_count() if x == "auto" else int(x), default=os.cpu_count())
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--least", nargs="*", default=[], metavar="KIND=PERCENT",
                        help="fail below these rates; without KIND=, of every kind")
    args = parser.parse_args()
    chosen = [(name, i) for name in args.of for i, entry in enumerate(DATABASES[name].entries)
              if re.search(args.regex, full_name(entry))]
    tally = {name: {kind: [0, 0] for kind in (*DATABASES[name].kinds, "errors")} for name in args.of}
    context = multiprocessing.get_context("spawn")
    # what an entry compiled stays in memory, so a worker makes room for a new one now and then (concurrent.futures'
    # executor has that too, but stops for ever when it is time for a new worker in Python 3.11)
    with context.Pool(args.workers, maxtasksperchild=25) as pool:
        for r in pool.imap(functools.partial(check, only=args.only), chosen):
            _report(r, tally[r["database"]], args.quiet)
    failed = False
    for name in args.of:
        rates = {kind: 100 * good / max(n, 1) for kind, (good, n) in tally[name].items()}
        print(f"{name}: " + ", ".join(f"{k} {a} of {n} ({rates[k]:.1f}%)" for k, (a, n) in tally[name].items() if n))
        least = dict(x.rpartition("=")[::2] for x in args.least)
        every = {k: least.get("", "0") for k, (_, n) in tally[name].items() if n}
        low = [k for k, rate in rates.items() if rate < float(least.get(k, every.get(k, "0")))]
        if low:
            print(f"{name}: below the least rate: {', '.join(low)}")
        failed = failed or bool(low)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
