"""The exceptions of ``torch.distributed``."""


class DistError(RuntimeError):
    """The base of the others."""

    __module__ = "torch.distributed"


class DistBackendError(DistError):
    """What a backend raises."""

    __module__ = "torch.distributed"


class DistNetworkError(DistError):
    """A connection was refused, broken or never made."""

    __module__ = "torch.distributed"


class DistStoreError(DistError):
    """The store did not answer in time."""

    __module__ = "torch.distributed"
