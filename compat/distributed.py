"""``torch.distributed``: there is one process. What asks about that answers; everything else is a placeholder."""

from compat._later import later

__getattr__ = later(
    __name__,
    "algorithms algorithms._checkpoint algorithms._checkpoint.checkpoint_wrapper algorithms.ddp_comm_hooks "
    "algorithms.join autograd checkpoint checkpoint.default_planner checkpoint.state_dict device_mesh distributed_c10d "
    "elastic elastic.multiprocessing elastic.multiprocessing.errors fsdp fsdp.api fsdp.fully_sharded_data_parallel "
    "fsdp.sharded_grad_scaler fsdp.wrap launch nn nn.api nn.functional optim pipelining rpc rpc.functions tensor "
    "tensor.parallel run utils",
)


def is_available() -> bool:
    """False: compat has no process groups."""
    return False


def is_initialized() -> bool:
    """False: there is no process group."""
    return False


def is_torchelastic_launched() -> bool:
    """False: no launcher is supported."""
    return False


is_gloo_available = is_mpi_available = is_nccl_available = is_ucc_available = is_xccl_available = is_available
