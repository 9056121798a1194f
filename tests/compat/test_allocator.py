"""Memory of large arrays is kept from step to step."""

import platform
import subprocess
import sys

import pytest

from compat._engine import allocator

GLIBC = platform.libc_ver()[0] == "glibc"
FAULTS = """
import resource
import compat as torch
x = torch.ones(5_000_000)
def step():
    (x + 1)[0].item(), torch.stack([x, x]).exp()[0, 0].item()
    y = x + 1
    y[0].item(), (y * 2)[0].item()
for _ in range(3):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    step()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) * resource.getpagesize() // 20)
"""


@pytest.mark.skipif(not GLIBC, reason="glibc's settings")
def test_a_steady_loop_gets_no_new_pages():
    """The pages of a step's results, 100 MB, are those of the step before."""
    out = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    assert int(out.stdout) < 20_000_000


@pytest.mark.parametrize(("name", "value"), [("COMPAT_KEEP_MEMORY", "0"), ("MALLOC_TRIM_THRESHOLD_", "131072"),
                                             ("GLIBC_TUNABLES", "glibc.malloc.check=0")])
def test_the_users_own_settings_stay(monkeypatch, name, value):
    """Whoever chose is left alone."""
    monkeypatch.setenv(name, value)
    assert not allocator.keep.__wrapped__()


@pytest.mark.skipif(not GLIBC, reason="glibc's settings")
def test_the_settings_are_accepted(monkeypatch):
    """On glibc, both thresholds can be set."""
    for name in (*allocator._THEIRS, "COMPAT_KEEP_MEMORY"):
        monkeypatch.delenv(name, raising=False)
    assert allocator.keep.__wrapped__()
