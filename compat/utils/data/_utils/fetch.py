"""Getting the samples of a batch from a dataset (`torch.utils.data._utils.fetch`)."""

from collections.abc import Callable
from typing import Any

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
    return lambda indices: collate_fn([dataset[i] for i in indices])


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
