"""Where compiled programs are kept between runs."""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Iterator

import jax


def cache_directory() -> str | None:
    """Where compiled programs are kept between runs; ``COMPAT_CACHE_DIR`` moves it, empty or 0 turns it off."""
    given = os.environ.get("COMPAT_CACHE_DIR")
    if given is not None:
        return None if given in ("", "0") else given
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return str(pathlib.Path(base) / "funcgrad" / "xla")


@contextlib.contextmanager
def persistent_cache() -> Iterator[str | None]:
    """Our compilations are kept on disk; the user's own jax configuration is as it was afterwards.

    jax reads these settings only when it compiles, and by default keeps nothing that compiles in under a second.

    Yields:
      Our directory; None if there is none or the user has a cache for everything.
    """
    directory = cache_directory()
    if directory is None or jax.config.jax_compilation_cache_dir:
        yield None
        return
    ours = {"jax_compilation_cache_dir": directory, "jax_persistent_cache_min_compile_time_secs": 0.0,
            "jax_persistent_cache_min_entry_size_bytes": -1}
    old = {k: getattr(jax.config, k) for k in ours}
    try:
        for k, x in ours.items():
            jax.config.update(k, x)
        yield directory
    finally:
        for k, x in old.items():
            jax.config.update(k, x)


__all__ = ["cache_directory", "persistent_cache"]
