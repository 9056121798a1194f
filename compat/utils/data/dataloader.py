"""The loader: samples in some order, in batches, from this thread or from workers (`torch.utils.data.dataloader`).

Workers are threads, because JAX does not survive a fork; they share the dataset, and Python releases its lock in most
of what reading and decoding data does. `multiprocessing_context="spawn"` or `"forkserver"` makes them processes, each
with its own copy of the dataset and its own random numbers.
"""

import atexit
import contextlib
import multiprocessing
import os
import queue
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, repeat
from multiprocessing.context import BaseContext
from typing import Any, Generic, TypeVar

import jax

from compat._engine.compile import cut_hint
from compat.utils.data._utils.collate import default_collate, default_convert
from compat.utils.data._utils.fetch import make_fetcher
from compat.utils.data._utils.worker import (
    Exhausted,
    Job,
    Resume,
    WorkerError,
    get_worker_info,
    process_main,
    take,
    thread_main,
)
from compat.utils.data.dataset import Dataset, IterableDataset
from compat.utils.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, draw_seed

T_co = TypeVar("T_co", covariant=True)

_POLL_SECONDS = 5.0  # how often the main program looks whether its workers are alive
_FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")
_NO_ACCELERATOR = ("'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't "
                   "be used.")
_SPARE_WORKERS_HINT = (
    "For multiprocessing data-loading, this could be caused by not properly configuring the IterableDataset replica at "
    "each worker. Please see https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset for examples."
)
_PREFETCH_WITHOUT_WORKERS = (
    "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable multiprocessing, "
    "otherwise set prefetch_factor to None."
)
_BATCH_SAMPLER_EXCLUDES = "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
_NO_BATCH_EXCLUDES = "batch_size=None option disables auto-batching and is mutually exclusive with drop_last"


class _DatasetKind:
    """Whether samples are found by index or come in a stream."""

    Map = 0
    Iterable = 1


class _InfiniteConstantSampler(Sampler[None]):
    """The sampler of streams: nothing, for ever."""

    def __iter__(self) -> Iterator[None]:
        return repeat(None)


class DataLoader(Generic[T_co]):
    """Batches of a dataset's samples.

    Args:
      dataset: By index (`__getitem__`, `__len__`) or a stream (`IterableDataset`).
      batch_size: Samples a batch; None gives the samples themselves.
      shuffle: Visit the samples in an order drawn anew each epoch.
      sampler: The order instead: an iterable of indices.
      batch_sampler: The batches instead: an iterable of lists of indices.
      num_workers: Workers that load ahead; 0 loads in the calling thread.
      collate_fn: Makes a batch of a list of samples; `default_collate` if None.
      pin_memory: Accepted; XLA manages transfers itself.
      drop_last: Leave out a last batch that is not full.
      timeout: Seconds to wait for a worker; 0 waits for ever.
      worker_init_fn: Called with its number by each worker as it begins.
      multiprocessing_context: `"spawn"` or `"forkserver"` (or such a context) for worker processes instead of threads.
      generator: Draws the order and the workers' base seed; the default generator if None.
      prefetch_factor: Batches that each worker loads ahead, 2 if None.
      persistent_workers: Keep the workers from epoch to epoch.
      pin_memory_device: Deprecated.
      in_order: Return batches in the sampler's order, though a worker may be late.

    Raises:
      ValueError: if an option is out of range, or options exclude each other.
      TypeError: if `multiprocessing_context` is neither a context nor the name of one.

    Example:
      >>> import compat as torch
      >>> data = torch.utils.data.TensorDataset(torch.arange(4))
      >>> [batch.tolist() for batch, in torch.utils.data.DataLoader(data, batch_size=2)]
      [[0, 1], [2, 3]]

    Source:
      PyTorch, `torch.utils.data.DataLoader`.
    """

    _initialized = False
    _iterator: "_BaseDataLoaderIter | None" = None

    def __init__(self, dataset: Dataset[T_co], batch_size: int | None = 1, shuffle: bool | None = None,
                 sampler: Sampler[Any] | Iterable[Any] | None = None,
                 batch_sampler: Sampler[list[Any]] | Iterable[list[Any]] | None = None, num_workers: int = 0,
                 collate_fn: Callable[[list[Any]], Any] | None = None, pin_memory: bool = False,
                 drop_last: bool = False, timeout: float = 0, worker_init_fn: Callable[[int], None] | None = None,
                 multiprocessing_context: str | BaseContext | None = None, generator: Any = None, *,
                 prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
                 in_order: bool = True) -> None:
        _check_numbers(num_workers, timeout, prefetch_factor, persistent_workers)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers > 0 and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        iterable = isinstance(dataset, IterableDataset)
        self._dataset_kind = _DatasetKind.Iterable if iterable else _DatasetKind.Map
        if iterable:
            _check_stream(shuffle, sampler, batch_sampler)
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(_BATCH_SAMPLER_EXCLUDES)
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError(_NO_BATCH_EXCLUDES)
        if sampler is None:
            if iterable:
                sampler = _InfiniteConstantSampler()
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)  # pyright: ignore[reportArgumentType]
            else:
                sampler = SequentialSampler(dataset)  # pyright: ignore[reportArgumentType]
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        self.collate_fn = collate_fn or (default_collate if self._auto_collation else default_convert)
        self.persistent_workers = persistent_workers
        self._IterableDataset_len_called: int | None = None
        self._initialized = True
        self.check_worker_number_rationality()

    @property
    def multiprocessing_context(self) -> BaseContext | None:
        """Where worker processes come from; None for worker threads."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: Any) -> None:
        if context is not None:
            if self.num_workers <= 0:
                raise ValueError("multiprocessing_context can only be used with multi-process loading (num_workers > "
                                 f"0), but got num_workers={self.num_workers}")
            if isinstance(context, str):
                methods = multiprocessing.get_all_start_methods()
                if context not in methods:
                    raise ValueError("multiprocessing_context option should specify a valid start method in "
                                     f"{methods!r}, but got multiprocessing_context={context!r}")
                context = multiprocessing.get_context(context)
            if not isinstance(context, BaseContext):
                raise TypeError("multiprocessing_context option should be a valid context object or a string "
                                f"specifying the start method, but got multiprocessing_context={context}")
        self._context = context

    def __setattr__(self, name: str, value: Any) -> None:
        if self._initialized and name in _FIXED:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    def __iter__(self) -> "_BaseDataLoaderIter":
        if not (self.persistent_workers and self.num_workers > 0):
            return self._get_iterator()
        if self._iterator is None:
            self._iterator = self._get_iterator()
        else:
            self._iterator._reset(self)
        return self._iterator

    def _get_iterator(self) -> "_BaseDataLoaderIter":
        if self.num_workers == 0:
            return _SingleProcessDataLoaderIter(self)
        self.check_worker_number_rationality()
        return _MultiProcessingDataLoaderIter(self)

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.batch_sampler if self._auto_collation else self.sampler

    def __len__(self) -> int:
        if self._dataset_kind == _DatasetKind.Map:
            return len(self._index_sampler)
        # The loader warns later if the stream turns out to be longer than it says.
        length = self._IterableDataset_len_called = len(self.dataset)  # pyright: ignore[reportArgumentType]
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else -(-length // self.batch_size)

    def check_worker_number_rationality(self) -> None:
        """Warn about more workers than this process may use processors."""
        if not self.num_workers:
            return
        checked = hasattr(os, "sched_getaffinity")
        available = len(os.sched_getaffinity(0)) if checked else os.cpu_count()
        if available is not None and self.num_workers <= available:
            return
        if available is None:
            advice = "DataLoader is not able to compute a suggested max number of worker in current system."
        else:
            advice = (f"Our suggested max number of worker in current system is {available}"
                      f"{'' if checked else ' (`cpuset` is not taken into account)'}, which is smaller than what this "
                      "DataLoader is going to create.")
        warnings.warn(f"This DataLoader will create {self.num_workers} worker processes in total. {advice} Please be "
                      "aware that excessive worker creation might get DataLoader running slow or even freeze, lower "
                      "the worker number to avoid potential slowness/freeze if necessary.", stacklevel=3)


def _check_numbers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool) -> None:
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(_PREFETCH_WITHOUT_WORKERS)
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError("prefetch_factor option should be non-negative")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _check_stream(shuffle: bool | None, sampler: Any, batch_sampler: Any) -> None:
    given = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
    for name, value in given.items():
        if value is not None:
            raise ValueError(f"DataLoader with IterableDataset: expected unspecified {name} option, but got "
                             f"{name}={value}")


class _BaseDataLoaderIter:
    """One epoch of a loader."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        self._dataset = loader.dataset
        self._iterable = loader._dataset_kind == _DatasetKind.Iterable
        self._index_sampler = loader._index_sampler
        self._num_workers = loader.num_workers
        if loader.pin_memory and jax.default_backend() == "cpu":
            warnings.warn(_NO_ACCELERATOR, stacklevel=4)
        self._timeout = loader.timeout
        # In this order: iterating over a sampler may draw from the same generator as the base seed.
        self._begin(loader)
        self._base_seed = draw_seed(loader.generator)

    def _begin(self, loader: DataLoader[Any]) -> None:
        self._sampler_iter = iter(self._index_sampler)
        self._num_yielded = 0
        self._promised = loader._IterableDataset_len_called

    def _reset(self, loader: DataLoader[Any]) -> None:
        self._begin(loader)

    def _next_data(self) -> Any:
        raise NotImplementedError

    def __iter__(self) -> "_BaseDataLoaderIter":
        return self

    def __next__(self) -> Any:
        cut_hint()  # what was recorded since the last batch may run while this one is fetched
        data = self._next_data()
        self._num_yielded += 1
        if self._iterable and self._promised is not None and self._num_yielded > self._promised:
            warnings.warn(f"Length of IterableDataset {self._dataset} was reported to be {self._promised}(when "
                          f"accessing len(dataloader)), but {self._num_yielded} samples have been fetched. "
                          f"{_SPARE_WORKERS_HINT if self._num_workers else ''}", stacklevel=2)
        return data

    def __len__(self) -> int:
        return len(self._index_sampler)

    def __getstate__(self) -> Any:
        raise NotImplementedError("{} cannot be pickled", type(self).__name__)


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """Batches fetched in the calling thread."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        self._fetch = make_fetcher(self._iterable, loader.dataset, loader._auto_collation, loader.collate_fn,
                                   loader.drop_last)

    def _next_data(self) -> Any:
        return self._fetch(next(self._sampler_iter))


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """Batches fetched ahead by workers.

    Tasks are numbered and dealt out in turn, each worker having a queue of its own; answers come back in one queue, and
    those that come early wait in `_arrived` for their turn.
    """

    def __init__(self, loader: DataLoader[Any]) -> None:
        self._workers: list[Any] = []
        self._index_queues: list[Any] = []
        super().__init__(loader)
        self._persistent = loader.persistent_workers
        self._in_order = loader.in_order
        self._ahead = max(1, loader.prefetch_factor or 0) * self._num_workers
        job = Job(self._iterable, loader.dataset, loader._auto_collation, loader.collate_fn, loader.drop_last,
                  self._base_seed, loader.worker_init_fn, self._num_workers)
        context = loader.multiprocessing_context
        # Threads also where processes were to be forked: a forked JAX waits for threads that are not there.
        self._are_threads = context is None or context.get_start_method() == "fork"
        self._results: Any = queue.SimpleQueue() if self._are_threads else context.Queue()  # pyright: ignore
        for i in range(self._num_workers):
            self._start(context, job, i)
        self._deal()

    def _start(self, context: Any, job: Job, i: int) -> None:
        indices: Any = queue.SimpleQueue() if self._are_threads else context.Queue()
        if self._are_threads:
            worker: Any = threading.Thread(target=thread_main, args=(job, i, indices, self._results), daemon=True,
                                           name=f"data worker {i}")
            _threads[worker] = indices
        else:
            worker = context.Process(target=process_main, args=(job, i, indices, self._results), daemon=True)
        worker.start()
        self._workers.append(worker)
        self._index_queues.append(indices)

    def _begin(self, loader: DataLoader[Any]) -> None:
        super()._begin(loader)
        self._sent = 0
        self._awaited = 0
        self._owner: dict[int, int] = {}  # task -> worker, of tasks that are not answered
        self._arrived: dict[int, Any] = {}
        self._active = [True] * self._num_workers
        self._turns = cycle(range(self._num_workers))

    def _reset(self, loader: DataLoader[Any]) -> None:
        """Begin another epoch with the same workers; what is left of the last one is thrown away."""
        for indices in self._index_queues:
            indices.put(Resume())
        waiting = self._num_workers
        while waiting:
            waiting -= isinstance(self._receive()[0], Resume)
        super()._reset(loader)
        self._deal()

    def _deal(self) -> None:
        """Hand out tasks until enough are under way."""
        while len(self._owner) < self._ahead and any(self._active):
            try:
                index = next(self._sampler_iter)
            except StopIteration:
                return
            worker = next(i for i in self._turns if self._active[i])
            self._index_queues[worker].put((self._sent, index))
            self._owner[self._sent] = worker
            self._sent += 1

    def _receive(self) -> Any:
        if self._timeout > 0:
            answer = take(self._results, self._timeout)
            if answer is None:
                raise RuntimeError(f"DataLoader timed out after {self._timeout} seconds")
            return answer
        while True:
            answer = take(self._results, _POLL_SECONDS)
            if answer is not None:
                return answer
            dead = [worker for i, worker in enumerate(self._workers) if self._active[i] and not worker.is_alive()]
            if dead:
                pids = ", ".join(str(getattr(worker, "pid", worker.name)) for worker in dead)
                raise RuntimeError(f"DataLoader worker (pid(s) {pids}) exited unexpectedly")

    def _next_data(self) -> Any:
        while True:
            while self._awaited < self._sent and self._is_over(self._awaited):
                self._awaited += 1
            if self._awaited in self._arrived:
                data = self._arrived.pop(self._awaited)
                self._awaited += 1
                return self._hand_over(data)
            if not self._owner:
                if not self._persistent:
                    self._shutdown_workers()
                raise StopIteration
            number, data = self._receive()
            if isinstance(number, Resume) or number not in self._owner:
                continue
            del self._owner[number]
            if isinstance(data, Exhausted):
                self._retire(data.worker)
            elif self._in_order:
                self._arrived[number] = data
            else:
                return self._hand_over(data)

    def _is_over(self, number: int) -> bool:
        """Whether a task was handed over out of order, or lost with a stream that ended."""
        return number not in self._owner and number not in self._arrived

    def _retire(self, worker: int) -> None:
        """A worker's stream has ended: it gets no more tasks, and those it still has come to nothing."""
        self._active[worker] = False
        self._owner = {number: owner for number, owner in self._owner.items() if owner != worker}
        self._deal()

    def _hand_over(self, data: Any) -> Any:
        self._deal()
        if isinstance(data, WorkerError):
            data.reraise()
        return data

    def _shutdown_workers(self) -> None:
        """Let the workers end."""
        queues, self._index_queues = self._index_queues, []
        if self._are_threads:
            for indices in queues:
                _dismiss(indices)  # threads end by themselves: they hold nothing but their queues
            return
        for indices in queues:
            indices.put(None)
        for indices in queues:
            indices.close()
        for worker in self._workers:
            worker.join(timeout=_POLL_SECONDS)
            if worker.is_alive():
                worker.terminate()

    def __del__(self, ending: Callable[[], bool] = sys.is_finalizing) -> None:
        if not ending():  # else the workers have been told, and this module may be gone
            self._shutdown_workers()


_threads: weakref.WeakKeyDictionary[threading.Thread, Any] = weakref.WeakKeyDictionary()  # and their queues


def _dismiss(indices: Any) -> None:
    """Let a thread end after what it is at, whatever else was asked of it."""
    with contextlib.suppress(queue.Empty):
        while True:
            indices.get_nowait()
    indices.put(None)


@atexit.register
def _end_threads() -> None:
    """A thread that comes back from XLA once Python has ended would bring the process down with it."""
    threads = list(_threads.items())
    for _, indices in threads:
        _dismiss(indices)
    for thread, _ in threads:
        if thread.is_alive():
            thread.join(timeout=_POLL_SECONDS)


__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]
