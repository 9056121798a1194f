"""Test-wide settings; set before anything imports jax."""

import gc
import importlib.metadata
import os
import sys
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent

_SETTINGS = {
    "JAX_PLATFORMS": "cpu",
    # Two threads a process: the workers of pytest-xdist share the machine, and results do not depend on its size.
    "NPROC": "2",
    "OMP_NUM_THREADS": "2",
    # Programs compiled by one worker, or by the last run, are there for the next.
    "JAX_COMPILATION_CACHE_DIR": str(ROOT / ".cache" / "xla"),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    "MPLBACKEND": "agg",
    # Most of the suite's time is compilation of programs that run once: leave out LLVM's costly optimisations, and what
    # it costs to lower fusions through MLIR (XLA refuses flags that it does not know, and this one went with 0.11).
    "XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
    + (" --xla_cpu_use_fusion_emitters=false" if importlib.metadata.version("jaxlib").startswith("0.10.") else ""),
}
for _name, _value in _SETTINGS.items():
    os.environ.setdefault(_name, _value)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # dozens of tests start programs of their own

# Compilation makes the first example of a kind slow, so no deadline; the seed is fixed where results gate a change.
hypothesis.settings.register_profile("quick", max_examples=15, deadline=None, derandomize=True)
hypothesis.settings.register_profile("default", max_examples=50, deadline=None, derandomize=True)
hypothesis.settings.register_profile("long", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

_run = 0


@pytest.fixture(scope="session")
def worker_id() -> str:
    """The name of this worker of pytest-xdist, or "master": the plugin's own fixture, also where it is not loaded."""
    return os.environ.get("PYTEST_XDIST_WORKER", "master")


def pytest_runtest_teardown() -> None:
    """Each test compiles as if it were its process's first; now and then what there is leaves the collector's sight.

    Lines that many tests go through would seem restless, and to go through all objects takes seconds.
    """
    global _run
    if "compat._engine.restless" in sys.modules:
        sys.modules["compat._engine.restless"].forget()
    _run += 1
    if _run % 100 == 0:
        gc.collect()
        gc.freeze()
