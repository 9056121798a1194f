"""The loader's workers, its fast path, and what it costs; orders, batches and errors are in test_observations."""

import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

import compat
from compat.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset, get_worker_info
from tests.conftest import ROOT
from tests.helpers import compiles


class Squares(Dataset):
    def __init__(self, n: int, bad: int | None = None, error: type[Exception] = IndexError) -> None:
        self.n, self.bad, self.error = n, bad, error

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> tuple[float, int]:
        if i == self.bad:
            raise self.error(f"no sample {i}")
        return float(i), i * i


class Method(Dataset):
    """Samples that tell what kind of worker loads them."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, i: int) -> str:
        info = get_worker_info()
        return f"{info.worker_method} {info.rng}"


class Who(Dataset):
    """Samples that tell who loads them."""

    def __len__(self) -> int:
        return 6

    def __getitem__(self, i: int) -> tuple[int, int, float]:
        info = get_worker_info()
        return info.id, info.num_workers, compat.rand(1).item()


class Split(IterableDataset):
    """A stream that its workers share."""

    def __iter__(self) -> Any:
        info = get_worker_info()
        return iter(range(10) if info is None else range(info.id, 10, info.num_workers))


class TwoArguments(Exception):
    def __init__(self, a: int, b: int) -> None:
        super().__init__(a, b)


def raise_odd(i: int) -> None:
    raise KeyError("init failed") if i else ValueError("init failed")


def values(loader: DataLoader) -> list[Any]:
    return [[field.tolist() for field in batch] for batch in loader]


CONTEXTS = [pytest.param(None, id="threads"), pytest.param("spawn", id="processes", marks=pytest.mark.slow)]


# ---- workers
@pytest.mark.parametrize("context", CONTEXTS)
def test_workers_give_the_same_batches_in_order(context: str | None) -> None:
    plain = values(DataLoader(Squares(11), batch_size=3))
    loader = DataLoader(Squares(11), batch_size=3, num_workers=2, multiprocessing_context=context,
                        persistent_workers=True)
    assert values(loader) == plain
    assert values(loader) == plain
    first = next(iter(loader))  # an epoch left early, then a whole one
    assert first[0].tolist() == plain[0][0]
    assert values(loader) == plain


@pytest.mark.parametrize("context", CONTEXTS)
def test_workers_know_themselves_and_have_random_numbers_of_their_own(context: str | None) -> None:
    def run() -> list[Any]:
        compat.manual_seed(3)
        got = [list(s) for s in DataLoader(Who(), num_workers=2, multiprocessing_context=context, batch_size=None)]
        return [got, compat.rand(2).tolist()]

    got, after = run()
    assert [g[0] for g in got] == [0, 1, 0, 1, 0, 1]
    assert {g[1] for g in got} == {2}
    assert run() == [got, after]
    assert len({g[2] for g in got}) == 6
    compat.manual_seed(3)
    values(DataLoader(Squares(6)))
    assert compat.rand(2).tolist() == after, "workers draw nothing from the program's own stream but the base seed"
    assert get_worker_info() is None


@pytest.mark.parametrize("context", CONTEXTS)
def test_workers_know_what_they_are(context: str | None) -> None:
    (batch,) = DataLoader(Method(), num_workers=1, multiprocessing_context=context)
    assert batch == ["multiprocessing None" if context else "thread None"]


def test_pipes_are_named_when_they_are_used() -> None:
    assert not isinstance(Squares(1), compat.utils.data.IterDataPipe)
    with pytest.raises(NotImplementedError, match="torch.utils.data.datapipes.iter.IterableWrapper is not implemented"):
        compat.utils.data.datapipes.iter.IterableWrapper([1])


def test_worker_seeds_are_pytorchs() -> None:
    compat.manual_seed(3)
    seeds: dict[int, int] = {}

    def note(i: int) -> None:
        seeds[i] = get_worker_info().seed

    list(DataLoader(Squares(4), num_workers=2, worker_init_fn=note))
    assert seeds == {0: seeds[0], 1: seeds[0] + 1}
    generator = compat.Generator().manual_seed(3)
    assert seeds[0] == compat.empty((), dtype=compat.int64).random_(generator=generator).item()


@pytest.mark.parametrize("error", [IndexError, KeyError, TwoArguments])
def test_errors_of_workers_are_raised_here(error: type[Exception]) -> None:
    if error is TwoArguments:
        data: Any = type("Bad", (Squares,), {"__getitem__": lambda self,
                                             i: (_ for _ in ()).throw(TwoArguments(1, 2))})(3)
    else:
        data = Squares(5, bad=3, error=error)
    it = iter(DataLoader(data, num_workers=2))
    expected = RuntimeError if error is TwoArguments else error
    with pytest.raises(expected) as caught:
        list(it)
    text = str(caught.value)
    assert text.startswith(f"Caught {error.__name__} in DataLoader worker process ")
    assert "Original Traceback" in text
    if error is IndexError:
        assert "no sample 3" in text
        assert [b[1].item() for b in it] == [16], "the epoch goes on after an error"


def test_errors_of_worker_init_fn() -> None:
    with pytest.raises(ValueError, match="Caught ValueError in DataLoader worker process 0"):
        list(DataLoader(Squares(4), num_workers=1, worker_init_fn=raise_odd))


@pytest.mark.slow
def test_errors_of_processes_and_their_death() -> None:
    with pytest.raises(IndexError, match="Caught IndexError in DataLoader worker process 0"):
        list(DataLoader(Squares(2, bad=1), num_workers=1, multiprocessing_context="spawn"))
    with pytest.raises((AttributeError, TypeError, OSError)):
        list(DataLoader(Squares(2), num_workers=1, multiprocessing_context="spawn", collate_fn=lambda b: b))


@pytest.mark.parametrize("in_order", [True, False])
def test_streams_with_workers(in_order: bool) -> None:
    loader = DataLoader(Split(), batch_size=2, num_workers=2, in_order=in_order)
    got = [b.tolist() for b in loader]
    assert sorted(v for b in got for v in b) == list(range(10))
    if in_order:
        assert got == [[0, 2], [1, 3], [4, 6], [5, 7], [8], [9]]
    keep = DataLoader(Split(), num_workers=2, persistent_workers=True)
    assert [len(list(keep)) for _ in range(3)] == [10, 10, 10]


def test_a_late_worker_holds_up_only_the_order() -> None:
    class Slow(Squares):
        def __getitem__(self, i: int) -> tuple[float, int]:
            time.sleep(0.2 if i == 0 else 0)
            return super().__getitem__(i)

    ordered = [b[1].item() for b in DataLoader(Slow(6), num_workers=2)]
    assert ordered == [0, 1, 4, 9, 16, 25]
    assert sorted(b[1].item() for b in DataLoader(Slow(6), num_workers=2, in_order=False)) == ordered


def test_timeout() -> None:
    class Stuck(Squares):
        def __getitem__(self, i: int) -> tuple[float, int]:
            time.sleep(1)
            return super().__getitem__(i)

    with pytest.raises(RuntimeError, match="DataLoader timed out after 0.05 seconds"):
        list(DataLoader(Stuck(2), num_workers=1, timeout=0.05))


def test_workers_end_with_their_loader() -> None:
    def alive() -> set[threading.Thread]:
        return {t for t in threading.enumerate() if t.name.startswith("data worker")}

    before = alive()  # of tests before this one; they may end at any time
    it = iter(DataLoader(Squares(50), num_workers=2))
    next(it)
    workers = alive() - before
    assert len(workers) == 2
    del it
    for worker in workers:
        worker.join(timeout=10.0)  # on a busy machine it may take a while
    assert not workers & alive()


def test_a_program_that_ends_in_the_middle_of_a_loader_ends_well() -> None:
    program = """
import compat as torch
class Slow(torch.utils.data.Dataset):
    def __len__(self): return 64
    def __getitem__(self, i): return (torch.ones(64, 64) * i @ torch.ones(64, 64)).sum().item()
it = iter(torch.utils.data.DataLoader(Slow(), num_workers=4, prefetch_factor=8))
print(next(it).item())
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0.0\n", "")


def test_too_many_workers_warn() -> None:
    with pytest.warns(UserWarning, match="This DataLoader will create 500 worker processes in total. Our suggested "
                                         "max"):
        DataLoader(Squares(1), num_workers=500)


# ---- the fast path
def test_rows_are_gathered_without_running_or_recording_anything() -> None:
    x, y = compat.rand(64, 5), compat.arange(64)
    (x, y)[0].sum().item()
    y.sum().item()
    loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
    next(iter(loader))
    before = compat.metrics()
    seen = [b for _, b in loader]
    after = compat.metrics()
    assert (after["calls"], after["recorded"]) == (before["calls"], before["recorded"])
    assert sorted(v for b in seen for v in b.tolist()) == list(range(64))


def test_rows_of_memory_shared_with_numpy_are_read_where_they_are() -> None:
    a = np.arange(20_000, dtype=np.float32).reshape(10_000, 2)
    loader = DataLoader(TensorDataset(compat.from_numpy(a)), batch_size=2)
    assert next(iter(loader))[0].tolist() == [[0, 1], [2, 3]]
    a[0] = 7
    (batch,) = next(iter(loader))
    assert batch.tolist() == [[7, 7], [2, 3]]
    a[0] = 0
    assert batch.tolist() == [[7, 7], [2, 3]], "a batch is a copy"


def test_a_loop_over_batches_compiles_one_program() -> None:
    w = compat.ones(5, requires_grad=True)
    loader = DataLoader(TensorDataset(compat.rand(40, 5)), batch_size=8, shuffle=True)
    opt = compat.optim.SGD([w], lr=0.1)

    def epoch() -> None:
        for (x,) in loader:
            opt.zero_grad()
            (x @ w).pow(2).mean().backward()
            opt.step()

    epoch()
    before = compat.metrics()["compiled"]
    epoch()
    assert compat.metrics()["compiled"] == before


def test_pinned_memory_warns_without_an_accelerator() -> None:
    with pytest.warns(UserWarning, match="'pin_memory' argument is set as true but no accelerator is found"):
        list(DataLoader(Squares(2), pin_memory=True))


class Words(Dataset):
    """Words of all lengths, written into rows: what is recorded for one differs from the next."""

    def __init__(self) -> None:
        self.words = [compat.arange(1, 2 + k % 9) for k in range(96)]

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, index: int) -> tuple[compat.Tensor, compat.Tensor]:
        word = self.words[index]
        x, y = compat.zeros(10, dtype=compat.int64), compat.zeros(10, dtype=compat.int64)
        x[1 : 1 + len(word)] = word
        y[: len(word)] = word
        y[len(word) + 1 :] = -1
        return x, y


def test_samples_that_differ_do_not_compile_every_batch() -> None:
    dataset = Words()
    loader = DataLoader(dataset, batch_size=8, shuffle=True)
    for _ in range(4):  # by now each kind of sample has come often enough
        for x, _ in loader:
            x.sum().item()
    with compiles(0):
        sums = sorted(x.sum().item() for x, _ in DataLoader(dataset, batch_size=8, shuffle=True))
    expected = sum(int(w.sum()) for w in dataset.words)
    assert sum(sums) == expected
    x, y = next(iter(DataLoader(dataset, batch_size=2)))
    assert x.tolist() == [[0, 1, *[0] * 8], [0, 1, 2, *[0] * 7]]
    assert y.tolist() == [[1, 0, *[-1] * 8], [1, 2, 0, *[-1] * 7]]


def test_samples_that_are_alike_join_the_step() -> None:
    images = compat.arange(48.0).reshape(12, 4)

    class Scaled(Dataset):
        def __len__(self) -> int:
            return len(images)

        def __getitem__(self, index: int) -> compat.Tensor:
            return images[index] / 4 - 1

    before = compat.metrics()["cuts"].get("sample fetched", 0)
    batches = [x.sum().item() for x in DataLoader(Scaled(), batch_size=5)]
    assert batches == [sum(v / 4 - 1 for v in range(a, b)) for a, b in ((0, 20), (20, 40), (40, 48))]
    assert compat.metrics()["cuts"].get("sample fetched", 0) == before


def test_samples_without_end_take_no_memory() -> None:
    endless = compat.utils.data.RandomSampler(range(10), replacement=True, num_samples=10**10)
    assert len(endless) == 10**10
    first = [i for i, _ in zip(iter(endless), range(100), strict=False)]
    assert len(first) == 100 and set(first) <= set(range(10))
