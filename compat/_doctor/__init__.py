"""``python -m compat --check``: which names of PyTorch a program uses, and what compat makes of each.

``sources`` finds and parses files, ``scan`` and ``expressions`` follow names through them without running anything,
``answers`` asks compat about a name, ``report`` prints, ``command`` is the command line. What differs from PyTorch, and
how, is said in ``differences.toml``.
"""
