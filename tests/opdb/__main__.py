"""The rates of PyTorch's database of operators, and what differs.

``python -m tests.opdb [REGEX] [--only forward|gradient|second|tangent|gradgradcheck|errors] [--quiet]
[--least forward=98 ...]``

``--only gradgradcheck`` compares with nothing but finite differences, and takes some minutes.
"""

import argparse
import functools
import multiprocessing
import os
import re
import sys

from tests.opdb.work import ENTRIES, KINDS, SLOW, check, full_name


def main() -> int:
    """Run the entries and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("regex", nargs="?", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--workers", type=lambda x: os.cpu_count() if x == "auto" else int(x), default=os.cpu_count())
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--least", nargs="*", default=[], metavar="KIND=PERCENT", help="fail below these rates")
    args = parser.parse_args()
    chosen = [i for i, op in enumerate(ENTRIES) if re.search(args.regex, full_name(op))]
    tally = {kind: [0, 0] for kind in (*KINDS, SLOW, "errors")}
    context = multiprocessing.get_context("spawn")
    # what an entry compiled stays in memory, so a worker makes room for a new one now and then (concurrent.futures'
    # executor has that too, but stops for ever when it is time for a new worker in Python 3.11)
    with context.Pool(args.workers, maxtasksperchild=25) as pool:
        for r in pool.imap(functools.partial(check, only=args.only), chosen):
            for kind in (*KINDS, SLOW):
                if kind in r:
                    tally[kind][1] += 1
                    tally[kind][0] += not r[kind]
                    for line in r[kind][:3] if not args.quiet else ():
                        print(f"{r['name']} {kind}: {line}", flush=True)
            for good, line in r.get("errors", ()):
                tally["errors"][1] += 1
                tally["errors"][0] += good
                if not good and not args.quiet:
                    print(f"{r['name']} errors: {line}", flush=True)
            if r["seconds"] > 10 and not args.quiet:
                print(f"{r['name']} took {r['seconds']:.0f} s", flush=True)
    rates = {kind: 100 * good / max(n, 1) for kind, (good, n) in tally.items()}
    print("op_db: " + ", ".join(f"{k} {a} of {n} ({rates[k]:.1f}%)" for k, (a, n) in tally.items() if n))
    low = [k for k, _, least in (x.partition("=") for x in args.least) if rates[k] < float(least)]
    if low:
        print(f"op_db: below the least rate: {', '.join(low)}")
    return int(bool(low))


if __name__ == "__main__":
    sys.exit(main())
