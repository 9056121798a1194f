"""PyTorch's answers, recorded or live.

Each recorder module (``tests.spec.record``, ``tests.oracle.record_ops``) writes PyTorch's answers to a file, by default
to the one that is kept. ``FUNCGRAD_ORACLE=live`` has the tests ask PyTorch anew instead, in a process of its own.
"""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def answers(recorder: str, kept: Path, factory: pytest.TempPathFactory, worker_id: str) -> dict[str, Any]:
    """What PyTorch answers, from the kept recording or, if asked, live: once a session, whatever the workers."""
    if os.environ.get("FUNCGRAD_ORACLE") != "live":
        return read(kept)
    base = factory.getbasetemp()
    path = (base if worker_id == "master" else base.parent) / f"{recorder}.json"
    with open(path.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            subprocess.run([sys.executable, "-m", recorder, path], cwd=ROOT, check=True)
    return read(path)


def read(path: Path) -> dict[str, Any]:
    """The answers in a recording."""
    return json.loads(path.read_text(encoding="utf-8"))["cases"]


def write(path: Path, version: str, cases: dict[str, Any]) -> None:
    """Writes a recording, one line a case so that a change of one is a change of one line."""
    rows = (f"{json.dumps(k, ensure_ascii=False)}: {json.dumps(v, ensure_ascii=False)}" for k, v in cases.items())
    version = version.partition("+")[0]
    text = f'{{"recorded from": "torch {version}", "cases": {{\n' + ",\n".join(rows) + "\n}}\n"
    path.write_text(text, encoding="utf-8")
