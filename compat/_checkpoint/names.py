"""What classes and functions are called in files: ``compat.nn`` in memory is ``torch.nn`` there."""

from __future__ import annotations

import pickletools

from compat import _utils

# What PyTorch keeps in another module than we do.
_ELSEWHERE = {
    ("compat._utils", "_rebuild_from_type_v2"): "torch._tensor",
    ("compat._utils", "UntypedStorage"): "torch.storage",
    ("compat._checkpoint.restricted", "_get_layout"): "torch.serialization",
}
_OF_TORCH = ("compat._dtype", "compat._device", "compat._size")


def in_file(module: str, name: str) -> tuple[str, str]:
    """What a class or function of ours is called in a file.

    Args:
      module: Its module here.
      name: Its name here.

    Returns:
      Module and name in PyTorch; what was given, if it is not ours.

    Example:
      >>> in_file("compat.nn.modules.linear", "Linear")
      ('torch.nn.modules.linear', 'Linear')
    """
    if (module, name) in _ELSEWHERE:
        return _ELSEWHERE[module, name], name
    if module in _OF_TORCH or module == "compat._utils" and name in _utils.STORAGE_TYPES:
        return "torch", name.rstrip("_")
    root, dot, rest = module.partition(".")
    return ("torch" + dot + rest if root == "compat" else module), name


def rename(stream: bytes) -> bytes:
    """Replace our names in a pickle of protocol 2 by torch's; nothing in it counts bytes across them.

    Args:
      stream: The pickle.

    Returns:
      The pickle with the other names.
    """
    parts, done = [], 0
    for op, argument, at in pickletools.genops(stream):
        if op.name == "GLOBAL" and at is not None:
            module, name = str(argument).split(" ", 1)
            parts += [stream[done:at], "c{}\n{}\n".format(*in_file(module, name)).encode()]
            done = at + len(f"c{module}\n{name}\n".encode())
    return b"".join([*parts, stream[done:]])
