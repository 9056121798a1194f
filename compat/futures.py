"""``torch.futures``: results that are still to come."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from compat._later import later

T = TypeVar("T")
S = TypeVar("S")
_log = logging.getLogger("compat")
__getattr__ = later(__name__)


class Future(Generic[T]):
    """A result, or an error, that another thread may bring.

    Args:
      devices: Accepted; tensors say themselves where they are.

    Example:
      >>> future = torch.futures.Future()
      >>> twice = future.then(lambda f: 2 * f.value())
      >>> future.set_result(3)
      >>> twice.wait()
      6

    Source:
      PyTorch, ``torch.futures.Future``.
    """

    def __init__(self, *, devices: Sequence[Any] | None = None) -> None:
        self._changed = threading.Condition()
        self._done = False
        self._result: Any = None
        self._error: BaseException | None = None
        self._callbacks: list[Callable[[], None]] = []

    def done(self) -> bool:
        """Whether the result, or the error, is there."""
        return self._done

    def wait(self) -> T:
        """The result, once it is there.

        Raises:
          Exception: the error, if it is one.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._done)
        if self._error is not None:
            raise self._error
        return self._result

    def value(self) -> T:
        """The result, which is there.

        Raises:
          RuntimeError: if it is not.
          Exception: the error, if it is one.
        """
        if not self._done:
            raise RuntimeError("value() of a Future that is not done; use wait()")
        return self.wait()

    def then(self, callback: Callable[[Future[T]], S]) -> Future[S]:
        """What a function makes of this future once it is done, as a future.

        Args:
          callback: Is given this future, in the thread that brings the result, or here if it is there.

        Raises:
          TypeError: if it is no function.
        """
        following: Future[S] = Future()

        def run() -> None:
            try:
                result = callback(self)
            except Exception as error:  # noqa: BLE001 - raised again by whoever waits
                following._end(None, _of_callback(error))
            else:
                following._end(result, None)

        self._call("then", callback, run)
        return following

    def add_done_callback(self, callback: Callable[[Future[T]], None]) -> None:
        """Call a function once this is done. Its errors are logged.

        Args:
          callback: Is given this future.

        Raises:
          TypeError: if it is no function.
        """
        def run() -> None:
            try:
                callback(self)
            except Exception as error:  # noqa: BLE001 - there is nobody to raise it to
                _log.error(str(_of_callback(error)))

        self._call("add_done_callback", callback, run)

    def _call(self, name: str, callback: Any, run: Callable[[], None]) -> None:
        if not callable(callback):
            raise TypeError(f"{name}(): incompatible function arguments. The following argument types are supported:\n"
                            f"    1. (self: torch._C.Future, arg0: collections.abc.Callable) -> "
                            f"{'torch._C.Future' if name == 'then' else 'None'}\n\nInvoked with: {self!r}, "
                            f"{callback!r}")
        with self._changed:
            if not self._done:
                self._callbacks.append(run)
                return
        run()

    def set_result(self, result: T) -> None:
        """Bring the result.

        Raises:
          RuntimeError: if there is one.
        """
        self._end(result, None)

    def set_exception(self, result: Exception) -> None:
        """Bring an error instead of a result.

        Raises:
          RuntimeError: if there is a result.
        """
        assert isinstance(result, Exception), f"{result} is of type {type(result)}, not an Exception."
        self._end(None, result)

    def _end(self, result: Any, error: BaseException | None) -> None:
        with self._changed:
            if self._done:
                raise RuntimeError("Attempting to mark a completed Future as complete again. Note that a Future can "
                                   "only be marked completed once.")
            self._result, self._error, self._done = result, error, True
            callbacks, self._callbacks = self._callbacks, []
            self._changed.notify_all()
        for run in callbacks:
            run()


def _of_callback(error: BaseException) -> RuntimeError:
    """The error that PyTorch makes of one that a callback raises."""
    lines = [f"  {frame.filename}({frame.lineno}): {frame.name}\n"
             for frame in reversed(traceback.extract_tb(error.__traceback__)[1:])]
    made = RuntimeError("Got the following error when running the callback: "
                        f"{type(error).__name__}: {error}\n\nAt:\n{''.join(lines)}")
    made.__cause__ = error
    return made


def collect_all(futures: list[Future]) -> Future[list[Future]]:
    """A future that is done once all of some are; an error of one of them is its own.

    Args:
      futures: They.

    Returns:
      Of these futures.
    """
    together: Future[list[Future]] = Future()
    left, counting = len(futures), threading.Lock()

    def one(_: Any) -> None:
        nonlocal left
        with counting:
            left -= 1
            last = not left
        if last:
            end()

    def end() -> None:
        together._end(list(futures), next((f._error for f in futures if f._error is not None), None))

    if not futures:
        end()
    for f in futures:
        f.add_done_callback(one)
    return together


def wait_all(futures: list[Future]) -> list:
    """The results of some futures, once all are there.

    Args:
      futures: They.
    """
    return [f.wait() for f in collect_all(futures).wait()]
