"""``torch.backends``: switches that programs set; they are remembered and have no effect on XLA."""

from __future__ import annotations

import types

from compat._settings import set_float32_matmul_precision


class _Matmul:
    """``torch.backends.cuda.matmul``."""

    _tf32 = False

    @property
    def allow_tf32(self) -> bool:
        """Whether float32 products may use TensorFloat-32."""
        return self._tf32

    @allow_tf32.setter
    def allow_tf32(self, on: bool) -> None:
        self._tf32 = on
        set_float32_matmul_precision("high" if on else "highest")


def _available(found: bool = False) -> types.SimpleNamespace:
    return types.SimpleNamespace(is_available=lambda: found, is_built=lambda: found, enabled=found)


cudnn = types.SimpleNamespace(benchmark=False, deterministic=False, enabled=True, allow_tf32=True, version=lambda: None,
                              is_available=lambda: False)
cuda = types.SimpleNamespace(matmul=_Matmul(), is_built=lambda: False)
mps, mkl, mkldnn, openmp, opt_einsum = (_available() for _ in range(5))
