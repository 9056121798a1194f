"""Workers that load data, in threads or processes (`torch.utils.data._utils.worker`)."""

import queue
import random
import threading
import traceback
from dataclasses import dataclass
from typing import Any

import numpy as np

from compat._engine.program import cut
from compat._random import manual_seed, seed_thread
from compat.utils.data._utils.fetch import make_fetcher

_current = threading.local()


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker knows about itself.

    Attributes:
      id: Its number.
      num_workers: How many there are.
      seed: The seed of its random numbers: the loader's base seed plus its number.
      dataset: The dataset, in a process worker its copy of it.
      rng: None: a thread's random numbers are its own without it.
      worker_method: `"thread"` or `"multiprocessing"`.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str | None = "multiprocessing"


def get_worker_info() -> WorkerInfo | None:
    """The worker that the caller runs in, None in the main program."""
    return getattr(_current, "info", None)


class KeyErrorMessage(str):
    """A message that `KeyError` prints as it is, with its line breaks."""

    def __repr__(self) -> str:
        return str(self)


@dataclass
class WorkerError:
    """An exception on its way from a worker to the main program.

    Attributes:
      kind: The exception's type.
      text: Its traceback.
      where: Where it happened, for the message.
    """

    kind: type[BaseException]
    text: str
    where: str

    @classmethod
    def of(cls, error: BaseException, worker: int) -> "WorkerError":
        """Take an exception down."""
        return cls(type(error), "".join(traceback.format_exception(error)), f"in DataLoader worker process {worker}")

    def reraise(self) -> None:
        """Raise an exception of the same type that tells what happened in the worker."""
        message: Any = f"Caught {self.kind.__name__} {self.where}.\nOriginal {self.text}"
        if self.kind is KeyError:
            message = KeyErrorMessage(message)
        try:
            error = self.kind(message)
        except Exception:  # noqa: BLE001 - a user's exception may refuse one argument in any way
            raise RuntimeError(message) from None
        raise error


@dataclass(frozen=True)
class Exhausted:
    """Sent instead of a batch when a worker's iterable dataset has ended."""

    worker: int


@dataclass(frozen=True)
class Resume:
    """Sent to persistent workers before an epoch, and back as the answer."""


@dataclass(frozen=True)
class Job:
    """What a worker is made from."""

    iterable: bool
    dataset: Any
    auto_collation: bool
    collate_fn: Any
    drop_last: bool
    base_seed: int
    init_fn: Any
    num_workers: int


def thread_main(job: Job, worker: int, indices: Any, results: Any) -> None:
    """Work in a thread: random numbers of torch's are the thread's own, Python's and NumPy's the program's."""
    seed_thread(job.base_seed + worker)
    _work(job, worker, indices, results, "thread")


def process_main(job: Job, worker: int, indices: Any, results: Any) -> None:
    """Work in a process of its own, with all three kinds of random numbers seeded as torch seeds them."""
    seed = job.base_seed + worker
    random.seed(seed)
    manual_seed(seed)
    np.random.seed(numpy_seed(job.base_seed, worker))
    try:
        _work(job, worker, indices, results)
    except KeyboardInterrupt:
        return  # the main process got it too, and tells the user


def _work(job: Job, worker: int, indices: Any, results: Any, method: str = "multiprocessing") -> None:
    """Fetch what is asked for until None is."""
    seed = job.base_seed + worker
    _current.info = WorkerInfo(worker, job.num_workers, seed, job.dataset, worker_method=method)
    failure: WorkerError | None = None
    fetch: Any = None
    try:
        if job.init_fn is not None:
            job.init_fn(worker)
        fetch = make_fetcher(job.iterable, job.dataset, job.auto_collation, job.collate_fn, job.drop_last)
    except Exception as error:  # noqa: BLE001 - whatever it is, the main program raises it
        failure = WorkerError.of(error, worker)
    while (task := indices.get()) is not None:
        if isinstance(task, Resume):
            results.put((task, None))
            fetch = make_fetcher(job.iterable, job.dataset, job.auto_collation, job.collate_fn, job.drop_last)
            continue
        number, index = task
        if failure is not None:
            data, failure = failure, None
        else:
            data = _fetch(fetch, index, job.iterable, worker)
        results.put((number, data))


def _fetch(fetch: Any, index: Any, iterable: bool, worker: int) -> Any:
    try:
        data = fetch(index)
        cut("loader fetched")  # what this thread recorded must be there before another one reads it
        return data
    except StopIteration as error:
        return Exhausted(worker) if iterable else WorkerError.of(error, worker)
    except Exception as error:  # noqa: BLE001 - whatever it is, the main program raises it
        return WorkerError.of(error, worker)


def take(results: Any, seconds: float | None) -> Any:
    """The next result, or None if there was none in time."""
    try:
        return results.get(timeout=seconds)
    except queue.Empty:
        return None


def numpy_seed(base_seed: int, worker: int) -> list[int]:
    """The seed of NumPy's global generator in a worker: four words of NumPy's own `SeedSequence`."""
    entropy = [worker, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    return [int(word) for word in np.random.SeedSequence(entropy).generate_state(4)]
