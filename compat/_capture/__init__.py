"""Whole steps as one program: ``torch.compile(fn, fullgraph=True)``.

A step is run once while all that it records stays one pending program (`record`): `journal` notes which tensors it
reads and writes, `guards` what else in Python it depends on, and `options` the numbers of its optimizers. What comes
out is a `replay`: the arrays of those tensors go in, one XLA call, and the new arrays are bound to the same tensors.
`step` is the callable that holds the replays of a function.
"""
