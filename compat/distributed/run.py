"""``python -m compat.distributed.run``: starts a program in several processes of this machine, as torchrun does.

Each runs under ``python -m compat``, so that ``import torch`` means compat, and finds in its environment RANK,
LOCAL_RANK, WORLD_SIZE, LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT. When one fails, the others are ended, and the
exit status is 1.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from typing import Any

_POLL = 0.05  # seconds
_GRACE = 10.0  # seconds between asking a process to end and ending it


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m compat.distributed.run",
                                     description="Run a PyTorch program on XLA in several processes of this machine.")

    def option(name: str, **settings: Any) -> None:
        parser.add_argument(f"--{name}", *{f"--{name.replace('-', '_')}"} - {f"--{name}"}, **settings)

    option("nproc-per-node", default="1", metavar="N", help="number of processes; 'cpu' or 'auto': one for each CPU")
    option("nnodes", default="1", metavar="N", help="1: other machines are not supported")
    option("master-addr", default="127.0.0.1", metavar="HOST", help="where rank 0 serves")
    option("master-port", default=29500, type=int, metavar="PORT", help="its port; 0 for a free one")
    option("standalone", action="store_true", help="take a free port")
    parser.add_argument("-m", "--module", action="store_true", help="the program is a module")
    option("no-python", action="store_true", help="the program is a command, run as it is")
    parser.add_argument("program", help="the program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="its arguments")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Runs what the command line names; exits with status 1 if it fails."""
    parser = _parser()
    given = parser.parse_args(argv)
    if given.nnodes not in ("1", "1:1"):
        parser.error("--nnodes: only 1 is supported")
    if given.module and given.no_python:
        parser.error("--module and --no-python exclude each other")
    if given.nproc_per_node in ("cpu", "auto"):
        count = os.cpu_count() or 1
    elif given.nproc_per_node.isdecimal() and int(given.nproc_per_node) > 0:
        count = int(given.nproc_per_node)
    else:
        parser.error(f"--nproc-per-node: {given.nproc_per_node!r} is no number of processes")
    port = _free_port(given.master_addr) if given.standalone or not given.master_port else given.master_port
    command = [given.program, *given.arguments]
    if not given.no_python:
        command = [sys.executable, "-m", "compat", *(["-m"] if given.module else []), *command]
    shared = {"WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count, "ROLE_WORLD_SIZE": count, "GROUP_WORLD_SIZE": 1,
              "GROUP_RANK": 0, "ROLE_NAME": "default", "MASTER_ADDR": given.master_addr, "MASTER_PORT": port,
              "TORCHELASTIC_RUN_ID": uuid.uuid4(), "TORCHELASTIC_RESTART_COUNT": 0, "TORCHELASTIC_MAX_RESTARTS": 0}
    processes: list[subprocess.Popen] = []
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        for rank in range(count):
            own = {**shared, "RANK": rank, "LOCAL_RANK": rank, "ROLE_RANK": rank}
            processes.append(subprocess.Popen(command, env={**os.environ, **{k: str(v) for k, v in own.items()}}))
        failed = _wait(processes)
    finally:
        _end(processes)
        signal.signal(signal.SIGTERM, before)
    if failed is not None:
        _report(failed, processes, given.program)
        raise SystemExit(1)


def _interrupt(number: int, frame: Any) -> None:
    raise SystemExit(128 + number)


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as probe:
        return probe.getsockname()[1]


def _wait(processes: list[subprocess.Popen]) -> int | None:
    """The first process that fails; None once all have succeeded."""
    while True:
        states = [p.poll() for p in processes]
        for rank, state in enumerate(states):
            if state:
                return rank
        if None not in states:
            return None
        time.sleep(_POLL)


def _end(processes: list[subprocess.Popen]) -> None:
    """End those that still run."""
    for p in processes:
        if p.poll() is None:
            p.terminate()
    deadline = time.monotonic() + _GRACE
    for p in processes:
        try:
            p.wait(max(deadline - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()


def _report(failed: int, processes: list[subprocess.Popen], program: str) -> None:
    code = processes[failed].returncode
    signalled = f"Signal {-code} ({signal.Signals(-code).name})" if code < 0 else "its own traceback is above"
    sys.stderr.write(
        f"{program} FAILED\nRoot Cause (first observed failure):\n  rank      : {failed} (local_rank: {failed})\n"
        f"  exitcode  : {code} (pid: {processes[failed].pid})\n  error     : {signalled}\n")


if __name__ == "__main__":
    main()
