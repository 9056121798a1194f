"""Datasets: things with samples, and what combines and divides them (`torch.utils.data.dataset`)."""

import bisect
import itertools
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from compat._ops.random import randperm
from compat._random import Generator, default_generator
from compat._tensor.tensor import Tensor

T_co = TypeVar("T_co", covariant=True)

_SUBSET_HALF_OVERRIDDEN = (
    "{} overrides __getitem__ but not __getitems__. When subclassing Subset and overriding __getitem__, you must also "
    "override __getitems__ to ensure DataLoader works correctly with your custom logic. A simple implementation:\n\n"
    "def __getitems__(self, indices):\n    return [self.__getitem__(idx) for idx in indices]"
)
_STACK_OF_TWO_KINDS = (
    "Supported either ``tuple``- (via ``args``) or``dict``- (via ``kwargs``) like input/output, but both types are "
    "given."
)


class Dataset(Generic[T_co]):
    """A collection of samples by index: define `__getitem__`, and `__len__` for samplers to know its size.

    A dataset that defines `__getitems__(indices)`, a list of samples, is asked for whole batches at once.

    Source:
      PyTorch, `torch.utils.data.Dataset`.
    """

    def __getitem__(self, index: Any) -> T_co:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: "Dataset[Any]") -> "ConcatDataset[Any]":
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co], Iterable[T_co]):
    """A stream of samples: define `__iter__`.

    With several workers each iterates over the whole stream; `get_worker_info()` tells them apart.

    Source:
      PyTorch, `torch.utils.data.IterableDataset`.
    """

    def __add__(self, other: Dataset[Any]) -> "ChainDataset":  # pyright: ignore[reportIncompatibleMethodOverride]
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Samples `(tensor[i], ...)` of tensors of the same first size.

    Args:
      *tensors: The tensors.

    Raises:
      AssertionError: if their first sizes differ.

    Example:
      >>> import compat as torch
      >>> data = torch.utils.data.TensorDataset(torch.zeros(3, 2), torch.arange(3))
      >>> data[1]
      (tensor([0., 0.]), tensor(1))
    """

    def __init__(self, *tensors: Tensor) -> None:
        if any(tensors[0].size(0) != tensor.size(0) for tensor in tensors):
            raise AssertionError("Size mismatch between tensors")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return self.tensors[0].size(0)


def _items(dataset: Any, indices: list[int]) -> list[Any]:
    """Samples of a dataset, at once where it can."""
    if not callable(getattr(dataset, "__getitems__", None)):
        return [dataset[i] for i in indices]
    items = dataset.__getitems__(indices)
    if len(items) != len(indices):
        raise ValueError(f"Nested dataset's output size mismatch. Expected {len(indices)}, got {len(items)}")
    return items


class StackDataset(Dataset[Any]):
    """Samples made of one sample of each of several datasets: tuples, or dictionaries when they have names.

    Args:
      *args: The datasets, for tuples.
      **kwargs: The datasets, for dictionaries.

    Raises:
      ValueError: if none is given, both kinds are, or their sizes differ.
    """

    def __init__(self, *args: Dataset[Any], **kwargs: Dataset[Any]) -> None:
        if args and kwargs:
            raise ValueError(_STACK_OF_TWO_KINDS)
        if not args and not kwargs:
            raise ValueError("At least one dataset should be passed")
        sizes = {len(dataset) for dataset in args or kwargs.values()}  # pyright: ignore[reportArgumentType]
        if len(sizes) > 1:
            raise ValueError("Size mismatch between datasets")
        self._length = sizes.pop()
        self.datasets: Any = args or kwargs

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __getitems__(self, indices: list[int]) -> list[Any]:
        """Samples at several indices.

        Args:
          indices: The indices.

        Returns:
          The samples.

        Raises:
          ValueError: if one of the datasets returns another number of samples.
        """
        if isinstance(self.datasets, dict):
            columns = [_items(dataset, indices) for dataset in self.datasets.values()]
            return [dict(zip(self.datasets, row, strict=True)) for row in zip(*columns, strict=True)]
        return list(zip(*(_items(dataset, indices) for dataset in self.datasets), strict=True))

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[T_co]):
    """The samples of several datasets, one after the other.

    Args:
      datasets: The datasets.

    Raises:
      AssertionError: if there is none, or one is an iterable dataset.
    """

    def __init__(self, datasets: Iterable[Dataset[Any]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = self.cumsum(self.datasets)

    @staticmethod
    def cumsum(sequence: Iterable[Any]) -> list[int]:
        """Sums of the lengths up to each item."""
        return list(itertools.accumulate(len(item) for item in sequence))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, idx: int) -> T_co:
        if idx < 0:
            if -idx > len(self):
                raise ValueError("absolute value of index should not exceed dataset length")
            idx += len(self)
        which = bisect.bisect_right(self.cumulative_sizes, idx)
        before = self.cumulative_sizes[which - 1] if which else 0
        return self.datasets[which][idx - before]

    @property
    def cummulative_sizes(self) -> list[int]:
        """The old spelling of `cumulative_sizes`."""
        warnings.warn("`cummulative_sizes` attribute is renamed to `cumulative_sizes`", FutureWarning, stacklevel=2)
        return self.cumulative_sizes


class ChainDataset(IterableDataset[Any]):
    """The samples of several iterable datasets, one after the other.

    Args:
      datasets: The datasets.
    """

    def __init__(self, datasets: Iterable[Dataset[Any]]) -> None:
        self.datasets = datasets

    def _checked(self) -> Iterator[Any]:
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError("ChainDataset only supports IterableDataset")
            yield dataset

    def __iter__(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(self._checked())

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self._checked())


class Subset(Dataset[T_co]):
    """The samples of a dataset at given indices.

    Args:
      dataset: The dataset.
      indices: The indices.

    Raises:
      NotImplementedError: if a subclass overrides `__getitem__` but not `__getitems__`.
    """

    def __init__(self, dataset: Dataset[T_co], indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices
        cls = type(self)
        if cls.__getitem__ is not Subset.__getitem__ and cls.__getitems__ is Subset.__getitems__:
            raise NotImplementedError(_SUBSET_HALF_OVERRIDDEN.format(cls.__name__))

    def __getitem__(self, idx: Any) -> T_co:
        if isinstance(idx, list):
            return self.dataset[[self.indices[i] for i in idx]]
        return self.dataset[self.indices[idx]]

    def __getitems__(self, indices: list[int]) -> list[Any]:
        """Samples at several indices.

        Args:
          indices: Positions among this subset's indices.

        Returns:
          The samples.
        """
        chosen = [self.indices[i] for i in indices]
        if callable(getattr(self.dataset, "__getitems__", None)):
            return self.dataset.__getitems__(chosen)  # pyright: ignore[reportAttributeAccessIssue]
        return [self.dataset[i] for i in chosen]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(dataset: Dataset[Any], lengths: Sequence[int | float],
                 generator: Generator | None = default_generator) -> list[Subset[Any]]:
    """Divide a dataset at random.

    Args:
      dataset: The dataset.
      lengths: Sizes of the parts, or shares that add up to 1; what rounding down leaves goes to the first parts, one
        each.
      generator: Draws the permutation.

    Returns:
      A subset for each length.

    Raises:
      ValueError: if the lengths do not add up to the dataset's, or a share is not between 0 and 1.

    Example:
      >>> import compat as torch
      >>> [len(part) for part in torch.utils.data.random_split(range(10), [0.75, 0.25])]
      [8, 2]
    """
    total = len(dataset)  # pyright: ignore[reportArgumentType]
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        lengths = _sizes_of_shares(total, lengths)
    if sum(lengths) != total:
        raise ValueError("Sum of input lengths does not equal the length of the input dataset!")
    order = iter(randperm(total, generator=generator).tolist())
    return [Subset(dataset, list(itertools.islice(order, int(length)))) for length in lengths]


def _sizes_of_shares(total: int, shares: Sequence[float]) -> list[int]:
    for i, share in enumerate(shares):
        if share < 0 or share > 1:
            raise ValueError(f"Fraction at index {i} is not between 0 and 1")
    sizes = [math.floor(total * share) for share in shares]
    for i in range(total - sum(sizes)):
        sizes[i % len(sizes)] += 1
    for i, size in enumerate(sizes):
        if size == 0:
            warnings.warn(f"Length of split at index {i} is 0. This might result in an empty dataset.", stacklevel=3)
    return sizes
