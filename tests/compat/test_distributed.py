"""``torch.distributed``: processes that talk to each other, what ends them, and several devices of one process."""

import copy
import datetime
import json
import os
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import compat as torch
import compat.distributed as dist
from compat import multiprocessing
from compat._engine.program import concrete
from compat._engine.value import from_buffer
from compat._tensor.tensor import make
from compat.distributed import _connections, run
from compat.distributed._collectives import all_reduced
from compat.distributed._group import ProcessGroup
from compat.nn.parallel import DistributedDataParallel
from tests.conftest import ROOT
from tests.oracle import answers, read
from tests.spec.compare import differences

KEPT = ROOT / "tests" / "oracle" / "distributed.json"
CASES = sorted(read(KEPT))
LAUNCHER = [sys.executable, "-m", "compat.distributed.run", "--standalone"]
LIMIT = 120  # seconds for processes that need a few: a machine may be busy, but nothing may hang


def finish(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT,
                          env={**os.environ, **environment})


# ---- two processes, compared with PyTorch's
@pytest.fixture(scope="session")
def torch_answers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, Any]:
    return answers("tests.oracle.record_distributed", KEPT, tmp_path_factory, worker_id)


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("distributed") / "seen.json"
    done = finish([*LAUNCHER, "--nproc-per-node", "2", "-m", "tests.oracle.distributed_cases", str(path), "compat"])
    assert done.returncode == 0, done.stderr
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES)
def test_two_processes(case: str, seen: dict[str, Any], torch_answers: dict[str, Any]) -> None:
    assert seen.keys() == torch_answers.keys()
    assert not differences(torch_answers[case], seen[case], 2e-5, 2e-6)


# ---- what goes wrong
def test_processes_that_are_late_differ_or_die(tmp_path: Path) -> None:
    program, path = tmp_path / "program.py", tmp_path / "said.json"
    program.write_text(textwrap.dedent(f"""
        import datetime, json, signal, time
        import torch
        import torch.distributed as dist

        def said(f):
            begun = time.monotonic()
            try:
                f()
            except RuntimeError as error:
                return [str(error), time.monotonic() - begun]

        dist.init_process_group("gloo", timeout=datetime.timedelta(seconds=60))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the launcher ends rank 0 when rank 1 fails
        r = dist.get_rank()
        short = dist.new_group(timeout=datetime.timedelta(milliseconds=300))
        if r == 0:
            late = said(lambda: dist.barrier(short))
            named = said(lambda: dist.monitored_barrier(timeout=datetime.timedelta(milliseconds=200)))
            asynchronous = said(dist.barrier(short, async_op=True).wait)
            dist.send(torch.ones(1), 1)
        else:
            dist.recv(torch.zeros(1), 0)
        other = dist.new_group()
        different = said(lambda: dist.all_reduce(torch.ones(3 + r), group=other))
        if r == 1:
            raise SystemExit(7)
        dead = [said(lambda: dist.all_reduce(torch.ones(3), group=other)), said(lambda: dist.recv(torch.ones(3))),
                said(dist.all_reduce(torch.ones(3), group=other, async_op=True).wait)]
        with open({str(path)!r}, "w") as file:
            json.dump([late, named, asynchronous, different, *dead], file)
    """))
    done = finish([*LAUNCHER, "--nproc-per-node=2", str(program)])
    assert done.returncode == 1
    assert "rank      : 1 (local_rank: 1)" in done.stderr and "exitcode  : 7" in done.stderr
    late, named, asynchronous, different, *dead = json.loads(path.read_text())
    assert late[0] == "Timed out waiting 300ms for recv operation to complete: nothing came from rank 1"
    assert asynchronous[0] == late[0]
    assert named[0] == "[Rank 0]: Rank 1 failed to pass monitoredBarrier in 200 ms"
    assert different[0] == (
        "Detected mismatch between collectives on ranks. Rank 0 is running collective: all_reduce(float32, [3], "
        "RedOpType.SUM), but Rank 1 is running collective: all_reduce(float32, [4], RedOpType.SUM).")
    for text, seconds in dead:
        assert text.startswith("Connection closed by peer [localhost]: ")
        assert text.endswith(": rank 1 has ended or destroyed its process group")
        assert seconds < 30, "not the 60 seconds that it waits for one that lives"


def test_processes_that_never_come() -> None:
    soon = datetime.timedelta(seconds=0.3)
    begun = time.monotonic()
    with pytest.raises(dist.DistStoreError, match="^Timed out after 0 seconds waiting for clients. 1/2 clients"):
        dist.init_process_group("gloo", f"tcp://127.0.0.1:{free_port()}", soon, 2, 0)
    with pytest.raises(dist.DistNetworkError, match="^The client socket has timed out after 300ms while trying"):
        dist.init_process_group("gloo", f"tcp://127.0.0.1:{free_port()}", soon, 2, 1)
    assert time.monotonic() - begun < 30
    assert not dist.is_initialized()


def free_port() -> int:
    return run._free_port("127.0.0.1")


@pytest.mark.parametrize(("arguments", "error", "text"), [
    ({"backend": "nccl"}, RuntimeError, "Distributed package doesn't have NCCL built in"),
    ({"backend": "foo"}, ValueError, "Invalid backend: 'foo'"),
    ({"init_method": "env://"}, ValueError, "env:// rendezvous: environment variable RANK expected, but not set"),
    ({"init_method": "file:///nowhere/x", "rank": 0, "world_size": 1}, FileNotFoundError, "/nowhere/x"),
    ({"init_method": "tcp://127.0.0.1:1", "rank": 2, "world_size": 2}, ValueError, "Invalid rank 2"),
    ({"pg_options": 1}, NotImplementedError, r"init_process_group\(pg_options=\) is not implemented"),
])  # fmt: skip
def test_what_cannot_be_set_up(arguments: dict[str, Any], error: type[Exception], text: str,
                               monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(error, match=text):
        dist.init_process_group(**arguments)


@pytest.mark.parametrize("name", ["fsdp.FullyShardedDataParallel", "rpc.init_rpc", "tensor.distribute_tensor",
                                  "device_mesh.init_device_mesh", "HashStore", "split_group"])
def test_what_is_missing_says_so(name: str) -> None:
    found: Any = dist
    for part in name.split("."):
        found = getattr(found, part)
    with pytest.raises(NotImplementedError, match=f"torch.distributed.{name} is not implemented"):
        found()


# ---- one process alone
@pytest.fixture
def alone() -> Any:
    """A process group of this process."""
    dist.init_process_group(store=dist.TCPStore("127.0.0.1", 0, is_master=True), rank=0, world_size=1)
    yield
    if dist.is_initialized():
        dist.destroy_process_group()


def test_alone(alone: None) -> None:
    x = torch.tensor([1.0, 2.0])
    dist.all_reduce(x, dist.ReduceOp.AVG)
    assert x.tolist() == [1.0, 2.0]
    with pytest.raises(NotImplementedError, match=r"torch\.distributed\.ReduceOp\.PREMUL_SUM is not implemented"):
        dist.all_reduce(x, dist.ReduceOp.PREMUL_SUM)
    group = dist.new_group([0])
    dist.destroy_process_group(group)
    with pytest.raises(RuntimeError, match="the process group has been destroyed"):
        dist.recv(x, group=group)
    dist.destroy_process_group()
    with pytest.raises(AssertionError, match="Process group cannot be None"):
        dist.destroy_process_group()


def test_parallel_modules_are_copied_and_saved(alone: None) -> None:
    model = DistributedDataParallel(torch.nn.Linear(2, 1))
    again = copy.deepcopy(model)
    again(torch.ones(3, 2)).sum().backward()
    assert model.module.weight.grad is None and again.module.weight.grad.tolist() == [[3.0, 3.0]]
    again.load_state_dict(model.state_dict())
    assert list(again.state_dict()) == ["module.weight", "module.bias"]
    with pytest.warns(FutureWarning, match="`broadcast_buffers` is deprecated"):
        DistributedDataParallel(torch.nn.BatchNorm1d(2), broadcast_buffers=False)
    with pytest.raises(NotImplementedError, match=r"torch\.nn\.parallel\.DistributedDataParallel"):
        DistributedDataParallel(torch.nn.Linear(1, 1), device_mesh=1)


@pytest.mark.parametrize("unused", [False, True])
def test_alone_a_parallel_module_is_part_of_a_captured_step(alone: None, unused: bool) -> None:
    def trainer(wrap: Any) -> tuple[Any, Any]:
        torch.manual_seed(0)
        net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 1))
        net.extra = torch.nn.Identity() if not unused else torch.nn.Bilinear(1, 1, 1)
        net.forward = lambda x: net[2](net[1](net[0](x)))
        model = wrap(net)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            loss = model(x).square().mean()
            dist.all_reduce(loss)
            loss.backward()
            optimizer.step()
            return loss

        return step, net

    plain, expected = trainer(lambda net: net)
    step, net = trainer(lambda net: DistributedDataParallel(net, find_unused_parameters=unused))
    compiled = torch.compile(step, fullgraph=True)
    for k in range(5):
        x = torch.tensor([[i + k, 2.0 * i] for i in range(4)])
        loss = plain(x).item()
        before = torch.metrics()["recorded"]
        got = compiled(x).item()
        assert k < 2 or torch.metrics()["recorded"] == before
        assert got == pytest.approx(loss, rel=1e-6)
    torch.testing.assert_close(net.state_dict(), expected.state_dict())


def test_between_processes_a_captured_step_says_why_not(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent("""
        import torch
        torch.distributed.init_process_group("gloo")
        model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 1))

        @torch.compile(fullgraph=True)
        def step(x):
            model(x).sum().backward()

        step(torch.ones(3, 2))
        try:
            step(torch.ones(3, 2))
        except RuntimeError as error:
            print(error)
    """))
    done = finish([*LAUNCHER, "--nproc-per-node=2", str(program)])
    assert done.stdout.count("averages gradients, or shares buffers, over several processes") == 2, done.stderr
    assert f"{program}:8" in done.stdout


@pytest.mark.parametrize("known", [True, False])
def test_processes_that_meet_in_a_file(tmp_path: Path, known: bool) -> None:
    program, path = tmp_path / "program.py", tmp_path / "store"
    program.write_text(textwrap.dedent(f"""
        import os
        import torch
        import torch.distributed as dist
        rank = int(os.environ["RANK"])
        if {known}:
            dist.init_process_group("gloo", store=dist.FileStore({str(path)!r}, 2), rank=rank, world_size=2)
        else:
            dist.init_process_group("gloo", init_method="file://{path}", rank=rank, world_size=2)
        x = torch.ones(2) + rank
        dist.all_reduce(x)
        assert x.tolist() == [3, 3]
        dist.destroy_process_group()
    """))
    done = finish([*LAUNCHER, "--nproc-per-node=2", str(program)])
    assert done.returncode == 0, done.stderr
    assert not path.exists()


def test_the_store() -> None:
    soon = datetime.timedelta(seconds=0.2)
    server = dist.TCPStore("127.0.0.1", 0, 2, is_master=True, timeout=soon, wait_for_workers=False)
    client = dist.TCPStore("127.0.0.1", server.port, 2, timeout=soon, wait_for_workers=False)
    client.set("a", "1")
    assert server.get("a") == b"1" and server.check(["a"]) and not client.check(["a", "b"])
    assert [client.add("n", 2), server.add("n", -5), client.num_keys()] == [2, -3, 2]
    assert [server.delete_key("a"), server.delete_key("a")] == [True, False]
    with pytest.raises(dist.DistStoreError, match=r"^wait timeout after 200ms, keys: /a$"):
        client.get("a")
    with pytest.raises(dist.DistStoreError, match=r"^wait timeout after 100ms, keys: /a, /b$"):
        client.wait(["a", "b"], datetime.timedelta(seconds=0.1))
    with pytest.raises(dist.DistNetworkError, match=rf"port: {server.port}, .*EADDRINUSE, message: address already"):
        dist.TCPStore("127.0.0.1", server.port, is_master=True)
    server.close()
    with pytest.raises(dist.DistNetworkError, match="Did the remote server shutdown or crash"):
        client.get("n")


@pytest.mark.parametrize("family", ["unix", "tcp"])
def test_three_members_reduce_alike_over_either_kind_of_socket(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if family == "tcp":
        monkeypatch.setattr(_connections, "_machine", lambda: "-")  # as between two machines
    limit = datetime.timedelta(seconds=60)
    server = dist.TCPStore("127.0.0.1", 0, 3, is_master=True, timeout=limit, wait_for_workers=False)

    def member(rank: int) -> list[Any]:
        store = dist.TCPStore("127.0.0.1", server.port, 3, timeout=limit, wait_for_workers=False)
        connections = _connections.Connections(store, rank, 3, limit)
        group = ProcessGroup(connections, rank, range(3), "0", limit)
        families = {peer.connection.family.name for peer in connections.peers.values()}
        results = []
        for op in (dist.ReduceOp.SUM, dist.ReduceOp.MAX, dist.ReduceOp.AVG):
            for n in (0, 1, 5, 1000, 300_000):
                array = np.random.default_rng([rank, n]).random(n, np.float32)
                results.append(all_reduced(group, group._next_key(), "test", array, op))
        group._exchange(group._next_key(), "end", dict.fromkeys(range(3), b""), range(3))
        connections.close()
        store.close()
        return [families, *results]

    with ThreadPoolExecutor(3) as pool:
        everyone = list(pool.map(member, range(3)))
    server.close()
    assert [families for families, *_ in everyone] == [{"AF_UNIX" if family == "unix" else "AF_INET"}] * 3
    for k, n in enumerate([0, 1, 5, 1000, 300_000] * 3, 1):
        a, b, c = (np.random.default_rng([rank, n]).random(n, np.float32) for rank in range(3))
        expected = [a + b + c, np.maximum(np.maximum(a, b), c), (a + b + c) / np.float32(3)][(k - 1) // 5]
        for results in everyone:
            np.testing.assert_array_equal(results[k], expected)


# ---- starting processes
def test_what_the_launcher_sets(tmp_path: Path) -> None:
    script = ('echo "$RANK $LOCAL_RANK $WORLD_SIZE $LOCAL_WORLD_SIZE $MASTER_ADDR $MASTER_PORT $0 $1" '
              f'> {tmp_path}/$RANK')  # fmt: skip
    run.main(["--nproc_per_node=3", "--no-python", "sh", "-c", script, "a", "--b"])
    said = [(tmp_path / str(r)).read_text().split() for r in range(3)]
    assert said == [[str(r), str(r), "3", "3", "127.0.0.1", "29500", "a", "--b"] for r in range(3)]
    run.main(["--master-port", "0", "--no-python", "sh", "-c", script])
    assert (tmp_path / "0").read_text().split()[2:6:3] == ["1", (tmp_path / "0").read_text().split()[5]]


def test_the_launcher_ends_the_others(capfd: pytest.CaptureFixture[str]) -> None:
    begun = time.monotonic()
    with pytest.raises(SystemExit) as ended:
        run.main(["--nproc-per-node", "2", "--no-python", "sh", "-c",
                  'test $RANK = 1 && kill -9 $$; exec sleep 60'])  # fmt: skip
    assert ended.value.code == 1 and time.monotonic() - begun < 30
    assert "error     : Signal 9 (SIGKILL)" in capfd.readouterr().err


@pytest.mark.parametrize("arguments", [["--nnodes", "2", "x"], ["--nproc-per-node", "0", "x"], [],
                                       ["-m", "--no-python", "x"]])  # fmt: skip
def test_what_the_launcher_refuses(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run.main(arguments)
    assert ended.value.code == 2 and "usage: " in capfd.readouterr().err


def work(rank: int, port: int, folder: str) -> None:
    dist.init_process_group("gloo", f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    x = torch.ones(2) * rank
    dist.all_reduce(x)
    Path(folder, str(rank)).write_text(str(x.tolist()))
    if rank == 1:
        raise ValueError("rank 1 does not want to")
    dist.barrier()


def test_spawn(tmp_path: Path) -> None:
    with pytest.raises(multiprocessing.ProcessRaisedException) as raised:
        multiprocessing.spawn(work, (free_port(), str(tmp_path)), nprocs=2)
    # rank 0 notices that rank 1 is gone, and may be the first to end
    assert "rank 1 does not want to" in str(raised.value) or "rank 1 has ended" in str(raised.value)
    assert [(tmp_path / r).read_text() for r in "01"] == ["[1.0, 1.0]", "[1.0, 1.0]"]
    with pytest.raises(NotImplementedError, match="JAX does not survive a fork"):
        multiprocessing.start_processes(work, start_method="fork")


def test_spawned_programs_that_import_torch(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent("""
        import sys
        import torch

        def work(rank, status):
            print(torch.__name__, rank, flush=True)
            sys.exit(status)

        if __name__ == "__main__":
            torch.multiprocessing.spawn(work, (0,))
            try:
                torch.multiprocessing.spawn(work, (3,))
            except torch.multiprocessing.ProcessExitedException as error:
                print(error, error.exit_code)
    """))
    done = finish([sys.executable, "-m", "compat", str(program)])
    assert done.stdout.splitlines() == ["compat 0", "compat 0", "process 0 terminated with exit code 3 3"], done.stderr


# ---- several devices of one process
def test_eight_devices_compute_what_one_does() -> None:
    program = textwrap.dedent("""
        import json
        import compat as torch
        from compat import nn
        from compat._engine.program import concrete
        from compat.distributed import sharding

        mesh = sharding.mesh("cpu")

        def train(several):
            torch.manual_seed(0)
            net = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3))
            optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
            if several:
                assert sharding.replicate(net, mesh) is net
            losses = []
            for n in (32, 32, 32, 13):  # 13 is no multiple of 8
                x, y = torch.randn(n, 6), torch.randint(0, 3, (n,))
                if several:
                    x, y = sharding.shard((x, y), mesh)
                optimizer.zero_grad()
                out = net(x)
                loss = nn.functional.cross_entropy(out, y)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            placed = [concrete(t._value()) for t in (x, net[0].weight.detach())]
            places = [sorted(d.id for d in a.sharding.device_set) for a in placed]
            split = concrete(sharding.shard(torch.zeros(16, 2), mesh)._value())
            parts = [list(s.data.shape) for s in split.addressable_shards]
            return losses, [v.flatten().tolist() for v in net.state_dict().values()], places, parts

        print(json.dumps([train(False), train(True), mesh.size]))
    """)
    done = finish([sys.executable, "-c", program], PYTHONPATH=str(ROOT), JAX_PLATFORMS="cpu",
                  XLA_FLAGS=os.environ["XLA_FLAGS"] + " --xla_force_host_platform_device_count=8")
    assert done.returncode == 0, done.stderr
    (losses, weights, places, _), (split_losses, split_weights, split_places, parts), size = json.loads(done.stdout)
    assert size == 8 and places[1] == [0] and split_places == [list(range(8))] * 2 and parts == [[2, 2]] * 8
    assert split_losses == pytest.approx(losses, rel=1e-5)
    for one, eight in zip(weights, split_weights, strict=True):
        assert eight == pytest.approx(one, rel=1e-4, abs=1e-5)


def test_placing_where_the_tensor_is_not() -> None:
    mesh = dist.sharding.mesh("cpu")
    elsewhere = make(from_buffer(concrete(torch.ones(2)._value()), torch.device("xla")))
    with pytest.raises(ValueError, match="a tensor on xla cannot be placed on a mesh of cpu devices: move it there"):
        dist.sharding.shard(elsewhere, mesh)
