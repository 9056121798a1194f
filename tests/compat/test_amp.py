"""Autocast's lists are PyTorch's, every operator row gets PyTorch's dtypes, and what is off costs nothing."""

import inspect
import subprocess
import sys
from typing import Any

import pytest

import compat
from compat._amp import casting
from compat._amp.lists import ELSEWHERE, LISTS
from compat._amp.state import state
from tests.amp_table import CASES, result_dtypes
from tests.conftest import ROOT
from tests.oracle import answers
from tests.oracle.kept import AMP

# Rows whose dtype differs from PyTorch's without autocast too: {call: why}.
OTHERWISE = {
    "torch.ldexp(x, y)": "2 ** y is a float32 tensor here, which takes part in the promotion",
    "x + 1j": "there is no complex32",
    "torch.complex(x, y)": "there is no complex32",
}


@pytest.fixture(scope="session")
def torch_answers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, Any]:
    return answers("tests.oracle.record_amp", AMP, tmp_path_factory, worker_id)


@pytest.mark.parametrize("family", sorted({row.family for row, _, _ in CASES.values()}))
def test_rows(family: str, torch_answers: dict[str, Any]) -> None:
    wrong, compared = [], 0
    for key, (row, precision, halves) in CASES.items():
        if row.family != family or row.call in OTHERWISE:
            continue
        want, got = torch_answers[key], result_dtypes(row, precision, halves, compat)
        if want[0] != "error":
            compared += 1
            if got != want:
                wrong.append(f"{key}: {got}, expected {want}")
    assert compared and not wrong, "\n".join(wrong)


def test_the_recording_is_of_these_rows(torch_answers: dict[str, Any]) -> None:
    assert set(torch_answers) == {*CASES, "listed for cpu", "listed for cuda"}


@pytest.mark.parametrize("kind", LISTS)
def test_lists(kind: str, torch_answers: dict[str, Any]) -> None:
    names = [name for names in LISTS[kind].values() for name in names.split()]
    assert sorted(names) == torch_answers[f"listed for {kind}"]
    assert len(set(names)) == len(names)


def test_every_listed_name_is_a_function() -> None:
    names = {name for lists in LISTS.values() for names in lists.values() for name in names.split()}
    assert ELSEWHERE <= names
    assert all(callable(f) for name in names for f in casting.functions(name))
    assert not [name for name in names - ELSEWHERE if not casting.functions(name)]


# ---- what is off
def test_nothing_changes_before_the_first_region() -> None:
    code = """if True:
        import compat as torch
        x = torch.ones(2, 2)
        x @ x
        codes = [f.__code__ for f in (torch.mm, torch.Tensor.__matmul__, torch.nn.functional.linear, torch.cat)]
        with torch.autocast("cpu", enabled=False):
            x @ x
        after = [f.__code__ for f in (torch.mm, torch.Tensor.__matmul__, torch.nn.functional.linear, torch.cat)]
        assert codes == after
        with torch.autocast("cpu"):
            assert (x @ x).dtype == torch.bfloat16
        assert (x @ x).dtype == torch.float32
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert not done.returncode, done.stderr


def test_signatures_stay() -> None:
    casting.install()
    assert list(inspect.signature(compat.nn.functional.linear).parameters) == ["input", "weight", "bias"]
    assert list(inspect.signature(compat.mm).parameters)[0] == "input"


# ---- a GPU's lists, on the CPU's tensors
@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Autocast's rules for GPUs, applied to what lies on the CPU."""
    casting.install()
    monkeypatch.setattr(casting, "eligible", lambda x, kind: isinstance(x, compat.Tensor) and x.is_floating_point()
                        and x.dtype != compat.float64)  # fmt: skip
    monkeypatch.setattr(casting, "_present", lambda args, kwargs: {"cuda"})
    monkeypatch.setattr(state, "active", (("cuda", compat.float16),))
    return compat


def test_rules_of_gpus(gpu: Any) -> None:
    x, h = compat.ones(3, 3), compat.ones(3, 3, dtype=compat.float16)
    functional = compat.nn.functional
    lower = [x @ x, x.mv(x[0]), compat.einsum("ij->ji", x), functional.linear(x, x), compat.addr(x, x[0], x[0])]
    full = [h.exp(), h.pow(2), 2**h, h.sum(), h.softmax(0), h.cumsum(0), h.norm(), functional.layer_norm(h, (3,)),
            compat.linalg.vector_norm(h), functional.mse_loss(h, h), functional.interpolate(h[None], 5),
            functional.cross_entropy(h, compat.tensor([0, 1, 2]))]  # fmt: skip
    assert {t.dtype for t in lower} == {compat.float16}
    assert {t.dtype for t in full} == {compat.float32}
    assert (h + h).dtype == h.relu().dtype == h.sum(dtype=compat.float16).dtype == compat.float16
    assert compat.addcmul(h, x, h).dtype == compat.float32 and compat.addcmul(h, h, h).dtype == compat.float16
    with pytest.raises(RuntimeError, match="BCELoss are unsafe to autocast"):
        functional.binary_cross_entropy(h * 0.5, h)


# ---- programs
@pytest.mark.parametrize("fused", [False, True])
def test_a_loop_compiles_nothing_after_its_second_round(fused: bool) -> None:
    model = compat.nn.Sequential(compat.nn.Linear(6, 7), compat.nn.ReLU(), compat.nn.Linear(7, 2))
    optimizer = compat.optim.Adam(model.parameters(), fused=fused)
    scaler = compat.amp.GradScaler("cpu", init_scale=4.0, growth_interval=2)
    x, compiled, scales = compat.ones(5, 6), [], []
    for _ in range(9):
        optimizer.zero_grad()
        with compat.autocast("cpu"):
            loss = model(x).float().pow(2).mean()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        compiled.append(compat.metrics()["compiled"])
        scales.append(scaler.state_dict()["scale"] if len(compiled) > 8 else None)
    assert compiled[2] == compiled[-1], compiled
    assert scales[-1] == 64.0


def test_a_weight_is_cast_once() -> None:
    w, x = compat.ones(3, 3, requires_grad=True), compat.ones(2, 3)
    with compat.autocast("cpu"):
        casts = [compat.mm(x, w).grad_fn.next_functions[1][0] for _ in range(2)]
    with compat.autocast("cpu", cache_enabled=False):
        others = [compat.mm(x, w).grad_fn.next_functions[1][0] for _ in range(2)]
    assert casts[0] is casts[1] and others[0] is not others[1]
    assert not state.cache
