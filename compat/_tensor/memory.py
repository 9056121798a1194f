"""Memory that a tensor and a NumPy array share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compat._engine.program import to_numpy

if TYPE_CHECKING:
    from compat._tensor.tensor import Tensor


def numpy_view(t: Tensor) -> np.ndarray:
    """A NumPy array on a tensor's memory, both ways; the storage moves there first if it was XLA's alone."""
    st = t._storage()
    h = st.shared()
    if h is None:
        memory = to_numpy(st._value)
        if not memory.flags.writeable or not memory.flags.owndata:
            memory = memory.copy()
        st.share(memory)
        h = st.host
    assert h is not None
    array = h.export()
    if t._view is None:
        return array if array.shape == t._aval.shape else array.reshape(t._aval.shape)
    if not array.flags.c_contiguous:
        return t._view.apply_numpy(array)
    flat = array.reshape(-1).view(t._aval.dtype)  # a view may read the bytes as another dtype
    size = t._aval.dtype.itemsize
    # not as_strided, which does not know the dtypes that are younger than NumPy's own
    return np.ndarray(t._aval.shape, flat.dtype, flat, t._view.offset * size if t.numel() else 0,
                      [s * size for s in t._view.strides])
