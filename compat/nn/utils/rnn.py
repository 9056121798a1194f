"""Sequences of different lengths."""
from compat.nn._functional.packing import PackedSequence as PackedSequence
from compat.nn._functional.packing import invert_permutation as invert_permutation
from compat.nn._functional.packing import pack_padded_sequence as pack_padded_sequence
from compat.nn._functional.packing import pack_sequence as pack_sequence
from compat.nn._functional.packing import pad_packed_sequence as pad_packed_sequence
from compat.nn._functional.packing import pad_sequence as pad_sequence
from compat.nn._functional.packing import unpack_sequence as unpack_sequence
from compat.nn._functional.packing import unpad_sequence as unpad_sequence
