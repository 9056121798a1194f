"""``torch.multiprocessing.spawn``: a function in several processes, whose errors come back."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from compat import _alias
from compat._later import refuse

_GRACE = 30.0  # seconds between asking a process to end and ending it


class ProcessException(Exception):
    """One of the processes failed."""

    def __init__(self, msg: str, error_index: int, pid: int | None) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.pid = msg, error_index, pid


class ProcessRaisedException(ProcessException):
    """It raised."""


class ProcessExitedException(ProcessException):
    """It ended with a status or a signal."""

    def __init__(self, msg: str, error_index: int, error_pid: int | None, exit_code: int | None,
                 signal_name: str | None = None) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code, self.signal_name = exit_code, signal_name


class _Name(str):
    """The name of a process in which ``import torch`` means compat.

    A new process is told its name before it imports the program, which may begin with ``import torch``.
    """

    def __reduce__(self) -> tuple:
        return _with_alias, (str(self),)


def _with_alias(name: str) -> str:
    _alias.install()
    return name


def _run(fn: Callable, i: int, args: tuple, errors: str) -> None:
    try:
        fn(i, *args)
    except KeyboardInterrupt:
        return  # the parent has been interrupted too, and says so
    except Exception:  # noqa: BLE001 - raised again by the parent
        with open(errors, "w", encoding="utf-8") as file:
            file.write(traceback.format_exc())
        raise SystemExit(1) from None


class ProcessContext:
    """Processes that `start_processes` started.

    Attributes:
      processes: They.
    """

    def __init__(self, processes: Sequence[Any], error_files: Sequence[str]) -> None:
        self.processes, self.error_files = list(processes), list(error_files)
        self.sentinels = {p.sentinel: i for i, p in enumerate(self.processes)}

    def pids(self) -> list[int | None]:
        """Their numbers in the system."""
        return [p.pid for p in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait until one ends; when one fails, end the others and raise.

        Args:
          timeout: Seconds to wait, None for as long as it takes.
          grace_period: Seconds that the others have to end by themselves.

        Returns:
          Whether all have ended.

        Raises:
          ProcessRaisedException: if one raised; with its traceback.
          ProcessExitedException: if one ended otherwise.
        """
        ready = multiprocessing.connection.wait(list(self.sentinels), timeout=timeout) if self.sentinels else []
        failed = None
        for sentinel in ready:
            i = self.sentinels.pop(sentinel)  # pyright: ignore[reportArgumentType]
            self.processes[i].join()
            if self.processes[i].exitcode:
                failed = i
                break
        if failed is None:
            return not self.sentinels
        self._end_all(grace_period)
        self._raise(failed)
        return True

    def _end_all(self, grace_period: float | None) -> None:
        deadline = time.monotonic() + (grace_period or 0.0)
        for p in self.processes:
            p.join(max(deadline - time.monotonic(), 0.0))
        for p in self.processes:
            if p.is_alive():
                p.terminate()
        deadline = time.monotonic() + _GRACE
        for p in self.processes:
            p.join(max(deadline - time.monotonic(), 0.0))
            if p.is_alive():
                p.kill()
                p.join()

    def _raise(self, failed: int) -> None:
        process = self.processes[failed]
        if os.path.getsize(self.error_files[failed]):
            with open(self.error_files[failed], encoding="utf-8") as file:
                trace = file.read()
            raise ProcessRaisedException(f"\n\n-- Process {failed} terminated with the following error:\n{trace}\n",
                                         failed, process.pid)
        code = process.exitcode
        if code < 0:
            name = signal.Signals(-code).name
            raise ProcessExitedException(f"process {failed} terminated with signal {name}", failed, process.pid, code,
                                         name)
        raise ProcessExitedException(f"process {failed} terminated with exit code {code}", failed, process.pid, code)


def start_processes(fn: Callable, args: tuple = (), nprocs: int = 1, join: bool = True, daemon: bool = False,
                    start_method: str = "spawn") -> ProcessContext | None:
    """`spawn`, with a choice of the method.

    Args:
      fn: As for `spawn`.
      args: Likewise.
      nprocs: Likewise.
      join: Likewise.
      daemon: Likewise.
      start_method: ``"spawn"`` or ``"forkserver"``; JAX does not survive a fork.
    """
    if start_method == "fork":
        refuse("torch.multiprocessing.start_processes(start_method='fork')", "JAX does not survive a fork: use 'spawn'")
    context: Any = multiprocessing.get_context(start_method)
    processes, files = [], []
    for i in range(nprocs):
        handle, path = tempfile.mkstemp(prefix=f"spawn-{i}-", suffix=".txt")
        os.close(handle)
        name = f"SpawnProcess-{i}"
        process = context.Process(target=_run, args=(fn, i, args, path), daemon=daemon,
                                  name=_Name(name) if _alias.installed() else name)
        process.start()
        processes.append(process)
        files.append(path)
    made = ProcessContext(processes, files)
    if not join:
        return made
    try:
        while not made.join():
            pass
    finally:
        for path in files:
            os.unlink(path)
    return None


def spawn(fn: Callable, args: tuple = (), nprocs: int = 1, join: bool = True, daemon: bool = False,
          start_method: str = "spawn") -> ProcessContext | None:
    """Call ``fn(i, *args)`` in several new processes, with their numbers as ``i``.

    Args:
      fn: The function; of a module, so that the processes can import it.
      args: Its other arguments.
      nprocs: How many processes.
      join: Whether to wait for them.
      daemon: Whether they end with this process.
      start_method: ``"spawn"``.

    Returns:
      A `ProcessContext`, if it is not to wait.

    Raises:
      ProcessRaisedException: if one raised; the others are then ended.
      ProcessExitedException: if one ended with another status than 0; likewise.
    """
    if start_method != "spawn":
        warnings.warn(f"This method only supports start_method=spawn (got: {start_method}).\nTo use a different "
                      "start_method use:\n\t\t torch.multiprocessing.start_processes(...)", FutureWarning, stacklevel=2)
    return start_processes(fn, args, nprocs, join, daemon, start_method="spawn")
