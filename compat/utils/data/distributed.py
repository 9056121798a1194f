"""The sampler that gives each process its share of a dataset (`torch.utils.data.distributed`)."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

from compat._ops.random import randperm
from compat._random import Generator
from compat.distributed._group import get_rank, get_world_size
from compat.utils.data.sampler import Sampler


class DistributedSampler(Sampler[int]):
    """Every `num_replicas`-th index, beginning at `rank`; call `set_epoch` for another order each epoch.

    Args:
      dataset: The dataset; only its length is asked.
      num_replicas: Number of processes; that of the default process group if None.
      rank: Number of this one; likewise.
      shuffle: Whether to shuffle all indices before they are shared out.
      seed: Seed of the order, the same in all processes.
      drop_last: Whether to drop what cannot be shared evenly; otherwise first indices come twice.

    Raises:
      ValueError: if `rank` is not below `num_replicas`, or is not given and there is no process group.
    """

    def __init__(self, dataset: Any, num_replicas: int | None = None, rank: int | None = None, shuffle: bool = True,
                 seed: int = 0, drop_last: bool = False) -> None:
        num_replicas = get_world_size() if num_replicas is None else num_replicas
        rank = get_rank() if rank is None else rank
        if rank >= num_replicas or rank < 0:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        n = len(dataset)
        uneven = drop_last and n % num_replicas != 0
        self.num_samples = math.ceil((n - num_replicas if uneven else n) / num_replicas)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self) -> Iterator[int]:
        n = len(self.dataset)
        if self.shuffle:
            generator = Generator()
            generator.manual_seed(self.seed + self.epoch)
            indices = randperm(n, generator=generator).tolist()
        else:
            indices = list(range(n))
        # Going round fills up an uneven share; with drop_last total_size is at most n and nothing comes twice.
        shared = list(itertools.islice(itertools.cycle(indices), self.total_size))
        return iter(shared[self.rank : self.total_size : self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the coming epoch.

        Args:
          epoch: Its number, the same in all processes.
        """
        self.epoch = epoch
