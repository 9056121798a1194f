"""``torch.distributed``: process groups and collectives between processes, on the host.

`sharding` spreads a model over several devices of one process. The rest (FSDP, RPC, pipelines, tensors on meshes) is
placeholders. ``python -m compat.distributed.run`` starts a program in several processes, as torchrun does.
"""

import importlib
from typing import Any

from compat._later import later
from compat.distributed import algorithms as algorithms
from compat.distributed import sharding as sharding
from compat.distributed._buckets import GradBucket as GradBucket
from compat.distributed._collectives import all_gather as all_gather
from compat.distributed._collectives import all_gather_into_tensor as all_gather_into_tensor
from compat.distributed._collectives import all_gather_single as all_gather_single
from compat.distributed._collectives import all_reduce as all_reduce
from compat.distributed._collectives import all_to_all as all_to_all
from compat.distributed._collectives import all_to_all_single as all_to_all_single
from compat.distributed._collectives import barrier as barrier
from compat.distributed._collectives import broadcast as broadcast
from compat.distributed._collectives import gather as gather
from compat.distributed._collectives import monitored_barrier as monitored_barrier
from compat.distributed._collectives import reduce as reduce
from compat.distributed._collectives import reduce_scatter as reduce_scatter
from compat.distributed._collectives import reduce_scatter_single as reduce_scatter_single
from compat.distributed._collectives import reduce_scatter_tensor as reduce_scatter_tensor
from compat.distributed._collectives import scatter as scatter
from compat.distributed._errors import DistBackendError as DistBackendError
from compat.distributed._errors import DistError as DistError
from compat.distributed._errors import DistNetworkError as DistNetworkError
from compat.distributed._errors import DistStoreError as DistStoreError
from compat.distributed._file_store import FileStore as FileStore
from compat.distributed._group import Backend as Backend
from compat.distributed._group import GroupMember as GroupMember
from compat.distributed._group import ProcessGroup as ProcessGroup
from compat.distributed._group import Work as Work
from compat.distributed._group import default_pg_timeout as default_pg_timeout
from compat.distributed._group import destroy_process_group as destroy_process_group
from compat.distributed._group import get_backend as get_backend
from compat.distributed._group import get_default_backend_for_device as get_default_backend_for_device
from compat.distributed._group import get_global_rank as get_global_rank
from compat.distributed._group import get_group_rank as get_group_rank
from compat.distributed._group import get_node_local_rank as get_node_local_rank
from compat.distributed._group import get_process_group_ranks as get_process_group_ranks
from compat.distributed._group import get_rank as get_rank
from compat.distributed._group import get_world_size as get_world_size
from compat.distributed._group import group as group
from compat.distributed._group import init_process_group as init_process_group
from compat.distributed._group import is_available as is_available
from compat.distributed._group import is_backend_available as is_backend_available
from compat.distributed._group import is_initialized as is_initialized
from compat.distributed._group import is_torchelastic_launched as is_torchelastic_launched
from compat.distributed._group import new_group as new_group
from compat.distributed._group import new_subgroups as new_subgroups
from compat.distributed._group import new_subgroups_by_enumeration as new_subgroups_by_enumeration
from compat.distributed._objects import all_gather_object as all_gather_object
from compat.distributed._objects import broadcast_object_list as broadcast_object_list
from compat.distributed._objects import gather_object as gather_object
from compat.distributed._objects import recv_object_list as recv_object_list
from compat.distributed._objects import scatter_object_list as scatter_object_list
from compat.distributed._objects import send_object_list as send_object_list
from compat.distributed._point_to_point import P2POp as P2POp
from compat.distributed._point_to_point import batch_isend_irecv as batch_isend_irecv
from compat.distributed._point_to_point import irecv as irecv
from compat.distributed._point_to_point import isend as isend
from compat.distributed._point_to_point import recv as recv
from compat.distributed._point_to_point import send as send
from compat.distributed._reduce import ReduceOp as ReduceOp
from compat.distributed._store import Store as Store
from compat.distributed._store import TCPStore as TCPStore

_absent = later(
    __name__,
    "autograd checkpoint checkpoint.default_planner checkpoint.state_dict device_mesh distributed_c10d "
    "elastic elastic.multiprocessing elastic.multiprocessing.errors fsdp fsdp.api fsdp.fully_sharded_data_parallel "
    "fsdp.sharded_grad_scaler fsdp.wrap launch nn nn.api nn.functional optim pipelining rpc rpc.functions tensor "
    "tensor.parallel utils",
)


def is_gloo_available() -> bool:
    """True: ``"gloo"`` is the backend there is."""
    return True


def is_nccl_available() -> bool:
    """False: tensors on GPUs go through the host, or stay in one process (see `compat.distributed.sharding`)."""
    return False


is_mpi_available = is_ucc_available = is_xccl_available = is_nccl_available


def __getattr__(name: str) -> Any:
    if name == "run":  # not imported with the package, since it is a program
        return importlib.import_module(f"{__name__}.run")
    return _absent(name)
