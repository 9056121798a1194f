"""Row of recurrent layers."""

from compat._ops.declare import op
from funcgrad.ops import recurrent as K

op(K.recurrent, "_recurrent", node="StackBackward0", method=False, function=False)
