"""Samplers: the order in which a dataset's samples are visited (`torch.utils.data.sampler`)."""

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

from compat._dtype import float64, int64
from compat._ops.data import as_tensor
from compat._ops.random import multinomial, randint, randperm
from compat._random import Generator, generator_or_default

T_co = TypeVar("T_co", covariant=True)
_CHUNK = 32  # indices that RandomSampler draws at once with replacement; part of the stream of a seed


class Sampler(Generic[T_co]):
    """An iterable of indices; define `__iter__`, and `__len__` if the loader shall have one."""

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError


class SequentialSampler(Sampler[int]):
    """All indices in order.

    Args:
      data_source: The dataset; only its length is asked.
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


def draw_seed(generator: Generator | None) -> int:
    """A 63-bit seed from a generator (the default one if None), as torch's loaders and samplers draw theirs."""
    stream = generator_or_default(generator)
    with stream.lock:
        return int(stream.long_words(1)[0]) & ((1 << 63) - 1)


class RandomSampler(Sampler[int]):
    """All indices in random order, or some with replacement.

    Args:
      data_source: The dataset; only its length is asked.
      replacement: Whether an index may come again before all were drawn.
      num_samples: How many to draw; as many as there are if None.
      generator: Draws them; if None, one seeded anew from the default generator in each epoch.

    Raises:
      TypeError: if `replacement` is not a bool.
      ValueError: if `num_samples` is not a positive integer.
    """

    def __init__(self, data_source: Sized, replacement: bool = False, num_samples: int | None = None,
                 generator: Generator | None = None) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        if not isinstance(self.num_samples, int) or self.num_samples <= 0:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={self.num_samples}")

    @property
    def num_samples(self) -> int:
        """How many indices an epoch has; the dataset may change its size meanwhile."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        generator = self.generator
        if generator is None:
            generator = Generator()
            generator.manual_seed(draw_seed(None))
        n, wanted = len(self.data_source), self.num_samples
        if self.replacement:
            # one chunk after the other: programs ask for 10**10 samples to have a loader without end
            for _ in range(wanted // _CHUNK):
                yield from randint(n, (_CHUNK,), dtype=int64, generator=generator).tolist()
            yield from randint(n, (wanted % _CHUNK,), dtype=int64, generator=generator).tolist()
            return
        for _ in range(wanted // n):
            yield from randperm(n, generator=generator).tolist()
        yield from randperm(n, generator=generator).tolist()[: wanted % n]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """Given indices in random order.

    Args:
      indices: The indices.
      generator: Draws the order.
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Indices drawn with given weights.

    Args:
      weights: The weight of each index; they need not add up to 1.
      num_samples: How many to draw.
      replacement: Whether an index may come again.
      generator: Draws them.

    Raises:
      ValueError: if `num_samples` is not a positive integer, `replacement` not a bool, or `weights` not 1-d.
    """

    def __init__(self, weights: Sequence[float], num_samples: int, replacement: bool = True,
                 generator: Generator | None = None) -> None:
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples <= 0:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={num_samples}")
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = as_tensor(weights, dtype=float64)
        if self.weights.dim() != 1:
            raise ValueError("weights should be a 1d sequence but given weights have shape "
                             f"{tuple(self.weights.shape)}")
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        drawn = multinomial(self.weights, self.num_samples, self.replacement, generator=self.generator)
        yield from drawn.tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Lists of a sampler's indices.

    Args:
      sampler: The indices.
      batch_size: How many a list.
      drop_last: Whether to leave out a last list that is shorter.

    Raises:
      ValueError: if `batch_size` is not a positive integer, or `drop_last` not a bool.

    Example:
      >>> list(BatchSampler(SequentialSampler(range(5)), batch_size=2, drop_last=False))
      [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Sampler[int] | Iterable[int], batch_size: int, drop_last: bool) -> None:
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                return
            yield batch

    def __len__(self) -> int:
        n: Any = len(self.sampler)  # pyright: ignore[reportArgumentType]
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)
