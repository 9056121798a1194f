"""Modules on several devices."""

from compat._later import later
from compat.nn.parallel.data_parallel import DataParallel as DataParallel
from compat.nn.parallel.data_parallel import data_parallel as data_parallel
from compat.nn.parallel.distributed import DistributedDataParallel as DistributedDataParallel

__getattr__ = later(__name__)
