"""Getting the samples of a batch from a dataset (`torch.utils.data._utils.fetch`)."""

import weakref
from collections.abc import Callable, Hashable
from typing import Any

from compat._engine.entry import Entry
from compat._engine.piecewise import settle
from compat._engine.program import ctx
from compat.utils.data._utils.collate import default_collate
from compat.utils.data._utils.rows import RowGatherer
from compat.utils.data.dataset import TensorDataset


def make_fetcher(iterable: bool, dataset: Any, auto_collation: bool, collate_fn: Callable[[Any], Any],
                 drop_last: bool) -> Callable[[Any], Any]:
    """A function from an index, or a list of them, to a batch.

    Args:
      iterable: Whether the dataset is a stream.
      dataset: The dataset.
      auto_collation: Whether indices come in lists.
      collate_fn: Makes the batch of the samples.
      drop_last: Whether a stream's last batch must be full.

    Returns:
      The function; it raises StopIteration at a stream's end.
    """
    if iterable:
        return _Stream(dataset, auto_collation, collate_fn, drop_last)
    if not auto_collation:
        return lambda index: collate_fn(dataset[index])
    if type(dataset) is TensorDataset and collate_fn is default_collate:
        return RowGatherer(dataset.tensors, lambda indices: collate_fn([dataset[i] for i in indices]))
    if getattr(dataset, "__getitems__", None):
        return lambda indices: collate_fn(dataset.__getitems__(indices))
    return _Samples(dataset, collate_fn)


_irregular: "weakref.WeakSet[Any]" = weakref.WeakSet()  # datasets whose samples are not all made in the same way


class _Samples:
    """Batches of a dataset's samples.

    What a sample is made with joins the program of the training step, as long as it is always the same. If it depends
    on the sample (a word's length, a coin), the step would be compiled for every batch: then each sample's operations
    run as soon as they are recorded.
    """

    FORMS = 4  # full batches and last ones, each with data that was pending and with data that was there
    LOOKS = 2  # in how many batches samples are compared with each other

    def __init__(self, dataset: Any, collate_fn: Callable[[Any], Any]) -> None:
        self._dataset, self._collate_fn = dataset, collate_fn
        self._lasting = isinstance(dataset, Hashable) and hasattr(type(dataset), "__weakref__")
        self._apart = self._lasting and dataset in _irregular
        self._forms: set[tuple] = set()
        self._looks = 0

    def __call__(self, indices: Any) -> Any:
        if self._apart:
            return self._collate_fn([self._alone(i) for i in indices])
        samples, ends = [], [len(ctx.prog.code)]
        program = ctx.prog
        for i in indices:
            samples.append(self._dataset[i])
            ends.append(len(program.code))
        if program is ctx.prog and ends[-1] > ends[0] and not self._regular(ends):
            self._apart = True
            if self._lasting:
                _irregular.add(self._dataset)
            settle("sample fetched")
        return self._collate_fn(samples)

    def _alone(self, index: Any) -> Any:
        sample = self._dataset[index]
        settle("sample fetched")
        return sample

    def _regular(self, ends: list[int]) -> bool:
        """Whether the samples, and the batches, are made by the same operations."""
        code = ctx.prog.code
        self._forms.add(tuple(code[ends[0]:]))
        if len(self._forms) > self.FORMS:
            return False
        if self._looks < self.LOOKS:
            self._looks += 1
            # the first one may have read what the others share
            made = {tuple(c for c in code[a:b] if c.__class__ is Entry)
                    for a, b in zip(ends[1:-1], ends[2:], strict=True)}
            return len(made) <= 1
        return True


class _Stream:
    """Batches of an iterable dataset: the indices only say how many samples."""

    def __init__(self, dataset: Any, auto_collation: bool, collate_fn: Callable[[Any], Any], drop_last: bool) -> None:
        self._samples = iter(dataset)
        self._auto_collation = auto_collation
        self._collate_fn = collate_fn
        self._drop_last = drop_last
        self._ended = False

    def __call__(self, indices: Any) -> Any:
        if self._ended:
            raise StopIteration
        if not self._auto_collation:
            return self._collate_fn(next(self._samples))
        batch = []
        for _ in indices:
            try:
                batch.append(next(self._samples))
            except StopIteration:
                self._ended = True
                break
        if not batch or (self._drop_last and len(batch) < len(indices)):
            raise StopIteration
        return self._collate_fn(batch)
