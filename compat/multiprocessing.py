"""``torch.multiprocessing``: `spawn`, what asks and what sets; sharing tensors between processes is placeholders."""

import multiprocessing
from multiprocessing import active_children as active_children
from multiprocessing import cpu_count as cpu_count
from multiprocessing import current_process as current_process
from multiprocessing import freeze_support as freeze_support
from multiprocessing import get_all_start_methods as get_all_start_methods
from multiprocessing import get_logger as get_logger
from multiprocessing import get_start_method as get_start_method
from multiprocessing import log_to_stderr as log_to_stderr
from multiprocessing import parent_process as parent_process
from multiprocessing import set_start_method as set_start_method

from compat._later import later
from compat._spawn import ProcessContext as ProcessContext
from compat._spawn import ProcessExitedException as ProcessExitedException
from compat._spawn import ProcessRaisedException as ProcessRaisedException
from compat._spawn import spawn as spawn
from compat._spawn import start_processes as start_processes

__getattr__ = later(__name__, "pool queue reductions")
ProcessError, TimeoutError = multiprocessing.ProcessError, multiprocessing.TimeoutError
_STRATEGIES = {"file_descriptor", "file_system"}
_strategy = ["file_descriptor"]


def get_all_sharing_strategies() -> set[str]:
    """The names that `set_sharing_strategy` takes."""
    return _STRATEGIES


def get_sharing_strategy() -> str:
    """What `set_sharing_strategy` set."""
    return _strategy[0]


def set_sharing_strategy(new_strategy: str) -> None:
    """Remembered; tensors are not shared between processes."""
    assert new_strategy in _STRATEGIES
    _strategy[0] = new_strategy
