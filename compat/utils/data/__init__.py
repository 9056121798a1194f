"""Datasets, samplers and the loader (`torch.utils.data`)."""

from compat._later import later
from compat.utils.data.dataloader import DataLoader as DataLoader
from compat.utils.data.dataloader import _DatasetKind as _DatasetKind
from compat.utils.data.dataloader import default_collate as default_collate
from compat.utils.data.dataloader import default_convert as default_convert
from compat.utils.data.dataloader import get_worker_info as get_worker_info
from compat.utils.data.dataset import ChainDataset as ChainDataset
from compat.utils.data.dataset import ConcatDataset as ConcatDataset
from compat.utils.data.dataset import Dataset as Dataset
from compat.utils.data.dataset import IterableDataset as IterableDataset
from compat.utils.data.dataset import StackDataset as StackDataset
from compat.utils.data.dataset import Subset as Subset
from compat.utils.data.dataset import TensorDataset as TensorDataset
from compat.utils.data.dataset import random_split as random_split
from compat.utils.data.distributed import DistributedSampler as DistributedSampler
from compat.utils.data.sampler import BatchSampler as BatchSampler
from compat.utils.data.sampler import RandomSampler as RandomSampler
from compat.utils.data.sampler import Sampler as Sampler
from compat.utils.data.sampler import SequentialSampler as SequentialSampler
from compat.utils.data.sampler import SubsetRandomSampler as SubsetRandomSampler
from compat.utils.data.sampler import WeightedRandomSampler as WeightedRandomSampler

__getattr__ = later(__name__, "datapipes datapipes.iter datapipes.map graph graph_settings")

__all__ = [
    "BatchSampler", "ChainDataset", "ConcatDataset", "DataLoader", "Dataset", "DistributedSampler", "IterableDataset",
    "RandomSampler", "Sampler", "SequentialSampler", "StackDataset", "Subset", "SubsetRandomSampler", "TensorDataset",
    "WeightedRandomSampler", "_DatasetKind", "default_collate", "default_convert", "get_worker_info", "random_split",
]
