"""What two processes observe of ``torch.distributed``: a program for a launcher, PyTorch's or compat's.

    python -m compat.distributed.run --standalone --nproc-per-node 2 -m tests.oracle.distributed_cases FILE compat

Rank 0 writes what both observed.
"""

import contextlib
import datetime
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.algorithms import ddp_comm_hooks
from torch.distributed.algorithms.ddp_comm_hooks import debugging_hooks, default_hooks
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

from tests.spec.compare import encode

DTYPES = "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex64".split()
OPS = "SUM PRODUCT MIN MAX AVG BAND BOR BXOR".split()


def plain(x: Any) -> Any:
    """Tensors as (dtype, values)."""
    if isinstance(x, torch.Tensor):
        return [str(x.dtype), [str(v) if isinstance(v, complex) else v for v in x.flatten().tolist()], list(x.shape)]
    if isinstance(x, list | tuple):
        return [plain(v) for v in x]
    return x


def attempt(f: Callable[[], Any]) -> Any:
    """A result, or the type and text of an error."""
    try:
        return plain(f())
    except Exception as error:  # noqa: BLE001 - what it is, is what is compared
        return [type(error).__name__, str(error).replace("compat.Tensor", "torch.Tensor")]


def into(f: Callable[..., Any], target: Any, *args: Any, **kwargs: Any) -> Any:
    """What a collective has written."""
    f(target, *args, **kwargs)
    return target


def warned(f: Callable[..., Any], target: Any, *args: Any) -> Any:
    """What a collective has written, and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        f(target, *args)
    return [target, [f"{w.category.__name__}: {w.message}" for w in caught]]


def zeros(n: int) -> list[Any]:
    return [torch.zeros(2) for _ in range(n)]


def before() -> dict[str, Any]:
    """Without a group."""
    return {
        "no group": [attempt(f) for f in (dist.get_rank, dist.get_world_size, dist.get_backend, dist.barrier,
                                          dist.destroy_process_group, dist.new_group,
                                          lambda: dist.all_reduce(torch.ones(1)),
                                          lambda: DistributedSampler(range(3)))],
        "asking": [dist.is_available(), dist.is_initialized(), dist.is_gloo_available(),
                   str(dist.default_pg_timeout), dist.is_torchelastic_launched(), dist.get_node_local_rank()],
        "wrong methods": [attempt(lambda m=m: dist.init_process_group("gloo", init_method=m)) for m in
                          ("tcp://127.0.0.1:1", "tcp://127.0.0.1:1?rank=0", "tcp://127.0.0.1?rank=0&world_size=2")],
    }


def collectives(r: int) -> dict[str, Any]:
    """Each collective, and what it refuses before anything is sent."""
    mine = torch.tensor([1.5, -2.0]) * (r + 1)
    out: dict[str, Any] = {}
    for op in OPS:
        out[f"all_reduce {op}"] = [
            attempt(lambda d=d, op=op: into(dist.all_reduce, torch.tensor([r + 1, 6, r], dtype=getattr(torch, d)),
                                            getattr(dist.ReduceOp, op))) for d in DTYPES]
    rows = {
        "shapes": lambda: [into(dist.all_reduce, t) for t in (torch.tensor(2.0), torch.zeros(0),
                                                             torch.arange(6.0).view(2, 3).t(), torch.ones(3, 1)[:, 0])],
        "large": lambda: [t := into(dist.all_reduce, torch.arange(300001.0) * (r + 1)), t.sum()][1:],
        "grad": lambda: into(dist.all_reduce, torch.ones(2, requires_grad=True) * 2).requires_grad,
        "async": lambda: (lambda t, w: [w.wait(), w.is_completed(), w.is_success(), t])(
            t := mine.clone(), dist.all_reduce(t, async_op=True)),
        "many async": lambda: (lambda ts: [[w.wait() for w in [dist.all_reduce(t, async_op=True) for t in ts]], ts])(
            [torch.full((3,), float(i + r)) for i in range(5)]),
        "returns": lambda: dist.all_reduce(mine.clone()),
        "no tensor": lambda: dist.all_reduce([1]),
        "broadcast": lambda: into(dist.broadcast, mine.clone(), 1),
        "broadcast group_src": lambda: into(dist.broadcast, mine.clone(), group_src=0),
        "broadcast both": lambda: dist.broadcast(mine, 0, group_src=0),
        "broadcast none": lambda: dist.broadcast(mine),
        "broadcast root": lambda: dist.broadcast(mine, 7),
        "broadcast int16": lambda: into(dist.broadcast, torch.tensor([r, 5], dtype=torch.uint8), 1),
        "reduce": lambda: into(dist.reduce, mine.clone(), 1) if r == 1 else dist.reduce(mine.clone(), 1),
        "all_gather": lambda: into(dist.all_gather, zeros(2), mine),
        "all_gather no list": lambda: dist.all_gather(mine, mine),
        "all_gather elements": lambda: dist.all_gather([1], mine),
        "all_gather length": lambda: dist.all_gather(zeros(1), mine),
        "all_gather sizes": lambda: dist.all_gather([torch.ones(2), torch.ones(3)], mine),
        "all_gather dtypes": lambda: dist.all_gather([torch.ones(2).int()] * 2, mine),
        "all_gather_single": lambda: into(dist.all_gather_single, torch.zeros(4), mine),
        "all_gather_single sizes": lambda: dist.all_gather_single(torch.zeros(5), mine),
        "all_gather_into_tensor": lambda: warned(dist.all_gather_into_tensor, torch.zeros(4), mine),
        "reduce_scatter": lambda: into(dist.reduce_scatter, torch.zeros(2), [mine, mine * 10]),
        "reduce_scatter_single": lambda: into(dist.reduce_scatter_single, torch.zeros(2), torch.arange(4.0) + r),
        "reduce_scatter_tensor": lambda: warned(dist.reduce_scatter_tensor, torch.zeros(2), torch.arange(4.0) + r),
        "scatter": lambda: into(dist.scatter, torch.zeros(2), [mine, mine * 3] if r == 0 else None),
        "scatter where none is": lambda: dist.scatter(torch.zeros(2), [mine] if r == 1 else None)
        if r == 1 else None,
        "scatter none": lambda: dist.scatter(torch.zeros(2)) if r == 0 else None,
        "scatter length": lambda: dist.scatter(torch.zeros(2), [mine]) if r == 0 else None,
        "gather": lambda: (lambda to: [dist.gather(mine, to), to])(zeros(2) if r == 0 else None),
        "gather where none is": lambda: dist.gather(mine, zeros(2)) if r == 1 else None,
        "gather none": lambda: dist.gather(mine) if r == 0 else None,
        "all_to_all": lambda: into(dist.all_to_all, zeros(2), [mine, mine + 5]),
        "all_to_all_single": lambda: into(dist.all_to_all_single, torch.zeros(4), torch.arange(4.0) + 10 * r),
        "all_to_all_single sizes": lambda: into(dist.all_to_all_single, torch.zeros(2 if r == 0 else 6),
                                                torch.arange(4.0) + 10 * r, [1, 1] if r == 0 else [3, 3], [1, 3]),
        "send and recv": lambda: dist.send(mine, 1) if r == 0 else (lambda t: [dist.recv(t, 0), t])(torch.zeros(2)),
        "recv from any": lambda: dist.send(mine, 0) if r == 1 else (lambda t: [dist.recv(t), t])(torch.zeros(2)),
        "both send": lambda: (lambda t: [[w.wait() for w in dist.batch_isend_irecv([
            dist.P2POp(dist.isend, mine, 1 - r), dist.P2POp(dist.irecv, t, 1 - r)])], t])(torch.zeros(2)),
        "tags": lambda: [dist.send(mine * k, 1, tag=k) for k in (1, 2)] if r == 0 else
        [into(dist.recv, torch.zeros(2), 0, tag=k) for k in (1, 2)],
        "send to itself": lambda: dist.send(mine, r),
        "P2POp of another": lambda: dist.P2POp(dist.send, mine, 0),
        "all_gather_object": lambda: into(dist.all_gather_object, [None] * 2, {"rank": r}),
        "broadcast_object_list": lambda: into(dist.broadcast_object_list, [r, "x" * r], 1),
        "gather_object": lambda: (lambda to: [dist.gather_object((r,), to), to])([None] * 2 if r == 0 else None),
        "scatter_object_list": lambda: into(dist.scatter_object_list, [None], ["a", {"b": 1}] if r == 0 else None),
        "send_object_list": lambda: dist.send_object_list(["a", {"b": 1}], 1) if r == 0 else
        (lambda to: [dist.recv_object_list(to, 0), to])([None, None]),
        "barrier": lambda: [dist.barrier(), dist.monitored_barrier()],
    }  # fmt: skip
    return out | {name: attempt(row) for name, row in rows.items()}


def futures(r: int) -> dict[str, Any]:
    """Collectives as futures: what they hold, and what follows from them."""
    def future(work: Any) -> Any:
        return (lambda f: [f.wait(), f.done(), f.value()])(work.get_future())

    def no(_: Any) -> None:
        raise ValueError("no")

    def error_of(f: Any) -> list[str]:
        return [type(e := caught(f)).__name__, str(e).partition("\n")[0]]

    mine = torch.tensor([1.5, -2.0]) * (r + 1)
    begun = torch.futures.Future()
    seen: list[Any] = []
    following = begun.then(lambda f: f.value() + 1)
    begun.add_done_callback(lambda f: seen.append(f.wait()))
    before = begun.done()
    begun.set_result(3)
    wrong = torch.futures.Future()
    wrong.set_exception(ValueError("wrong"))
    several = [torch.futures.Future() for _ in range(2)]
    together = torch.futures.collect_all(several)
    states = [together.done()]
    for k, f in enumerate(several):
        f.set_result(k)
        states.append(together.done())
    rows = {
        "all_reduce": lambda: future(dist.all_reduce(mine.clone(), async_op=True)),
        "broadcast": lambda: future(dist.broadcast(mine.clone(), 0, async_op=True)),
        "reduce": lambda: future(dist.reduce(mine.clone(), 0, async_op=True))[1] if r else future(
            dist.reduce(mine.clone(), 0, async_op=True)),
        "all_gather": lambda: future(dist.all_gather(zeros(2), mine, async_op=True)),
        "scatter": lambda: future(dist.scatter(torch.zeros(2), [mine, mine * 3] if r == 0 else None, async_op=True)),
        "gather": lambda: future(dist.gather(mine, zeros(2) if r == 0 else None, async_op=True)),
        "all_to_all": lambda: future(dist.all_to_all(zeros(2), [mine, mine + 5], async_op=True)),
        "barrier": lambda: future(dist.barrier(async_op=True)),
        "reduce_scatter": lambda: future(dist.reduce_scatter(torch.zeros(2), [mine, mine], async_op=True)),
        "chain": lambda: dist.all_reduce(mine.clone(), async_op=True).get_future().then(
            lambda f: f.value()[0].mul_(2)).then(lambda f: f.wait() + 1).wait(),
        "own": lambda: [before, begun.done(), begun.wait(), following.wait(), seen, states,
                        [f.wait() for f in together.wait()], torch.futures.wait_all(several)],
        "callback fails": lambda: error_of(begun.then(no).wait),
        "twice": lambda: begun.set_result(4),
        "error": lambda: wrong.wait(),
        "error's value": lambda: wrong.value(),
        "after an error": lambda: [wrong.then(lambda f: "next").wait(), error_of(wrong.then(lambda f: f.wait()).wait)],
        "error of one": lambda: torch.futures.wait_all([begun, wrong]),
        "no exception": lambda: torch.futures.Future().set_exception(3),
    }
    return {name: attempt(row) for name, row in rows.items()}


def caught(f: Callable[[], Any]) -> Exception:
    """The error that a call ends with."""
    try:
        f()
    except Exception as error:  # noqa: BLE001 - it is what is wanted
        return error
    raise AssertionError("no error")


def hooks(r: int) -> dict[str, Any]:
    """Communication hooks."""
    x = torch.arange(6.0).view(2, 3) / 7 + r

    def trained(register: Callable[[Any], Any], net: Any = None, batches: int = 2, join: bool = False,
                **options: Any) -> list[Any]:
        torch.manual_seed(0)
        made = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)) if net is None else net()
        model = DistributedDataParallel(made, **options)
        register(model)
        with model.join(enable=join):
            for _ in range(batches):
                model.zero_grad()
                (model(x) if net is None else model(x[:, :2], r == 0)).square().mean().backward()
        return [None if p.grad is None else p.grad.numpy() for p in model.parameters()]

    def named(hook: Any) -> Any:  # PyTorch asks for CUDA where a hook has bf16 in its name
        return lambda state, bucket: hook(state, bucket)

    seen: list[Any] = []

    def doubled(state: Any, bucket: dist.GradBucket) -> torch.futures.Future[torch.Tensor]:
        state.append([bucket.index(), bucket.is_last(), list(bucket.buffer().shape),
                      [list(g.shape) for g in bucket.gradients()], [list(p.shape) for p in bucket.parameters()]])
        future = torch.futures.Future()
        future.set_result(bucket.buffer() * 2)
        return future

    def annotated(_: Any, bucket: int) -> None: ...

    def returns(_: Any, bucket: Any) -> int: ...

    def raises(_: Any, bucket: Any) -> None:
        raise ValueError("mine")

    def twice(model: Any) -> None:
        model.register_comm_hook(None, default_hooks.allreduce_hook)
        model.register_comm_hook(None, default_hooks.allreduce_hook)

    out = {name: trained(lambda m, hook=hook: m.register_comm_hook(None, hook)) for name, hook in {
        "allreduce": default_hooks.allreduce_hook, "fp16": default_hooks.fp16_compress_hook,
        "bf16": named(default_hooks.bf16_compress_hook), "noop": debugging_hooks.noop_hook,
        "fp16 wrapper": default_hooks.fp16_compress_wrapper(default_hooks.allreduce_hook),
        "bf16 wrapper": named(default_hooks.bf16_compress_wrapper(default_hooks.allreduce_hook)),
    }.items()}  # fmt: skip
    out["by name"] = trained(lambda m: ddp_comm_hooks.register_ddp_comm_hook(
        ddp_comm_hooks.DDPCommHookType.FP16_COMPRESS, m, dist.new_group([0, 1])))
    out["uneven"] = trained(lambda m: m.register_comm_hook(None, default_hooks.allreduce_hook), batches=1 + r,
                            join=True)
    for name, options in {"own": {}, "own, small buckets": {"bucket_cap_mb": 5 / 2**18},
                          "own, unused": {"find_unused_parameters": True, "net": Either, "batches": 1}}.items():
        seen.clear()
        out[name] = [trained(lambda m: m.register_comm_hook(seen, doubled), **options), list(seen)]
    for name, register in {"twice": twice, "no function": lambda m: m.register_comm_hook(None, 3),
                           **{f.__name__: lambda m, f=f: m.register_comm_hook(None, f)
                              for f in (annotated, returns, raises)}}.items():
        out[name] = attempt(lambda register=register: trained(register, batches=1))
    return out


def subgroups(r: int) -> dict[str, Any]:
    """Several groups at once."""
    def ranks(made: tuple) -> list[Any]:
        return [None if g is None else g if isinstance(g, int) else dist.get_process_group_ranks(g)
                for g in (made[0], *made[1])]

    sizes = [attempt(lambda n=n: ranks(dist.new_subgroups(n))) for n in (1, 2, 3, 0)]
    lists = [attempt(lambda n=n: ranks(dist.new_subgroups_by_enumeration(n)))
             for n in ([[1], [0]], [[0]], [[0, 1], [1]], [], None)]
    mine, _ = dist.new_subgroups(group_size=1)
    return {"sizes": sizes, "lists": lists, "reduced": plain(into(dist.all_reduce, torch.ones(1) + r, group=mine))}


def in_a_file(folder: str) -> dict[str, Any]:
    """A store in a file, in one process."""
    path = os.path.join(folder, "store")
    out, there = with_two_stores(path)
    wrong = [attempt(lambda m=m: dist.init_process_group("gloo", init_method=m))
             for m in ("file://", f"file://{path}", f"file://{path}?rank=0")]
    return {"a store in a file": out, "the file": [there, os.path.exists(path)], "wrong files": wrong}


def with_two_stores(path: str) -> tuple[list[Any], bool]:
    """What two stores in one file do; nothing holds them afterwards."""
    a, b = dist.FileStore(path, 2), dist.FileStore(path, 2)
    short = datetime.timedelta(milliseconds=200)
    rows = [
        lambda: [a.set("x", "1"), b.get("x"), b.add("n", 2), a.add("n", -5), a.get("n"), a.num_keys()],
        lambda: [a.check(["x"]), a.check(["x", "y"]), a.delete_key("x"), b.check(["x"]), b.num_keys()],
        lambda: [a.set("bytes", b"\x00\xff"), list(b.get("bytes")), a.wait(["n", "bytes"])],
        lambda: [str(a.timeout), a.set_timeout(short), str(a.timeout)],
        lambda: a.get("missing"), lambda: a.wait(["missing", "n"]), lambda: a.wait(["missing"], short),
    ]  # fmt: skip
    out = [attempt(lambda row=row: [x.decode() if isinstance(x, bytes) else x for x in v]
                   if isinstance(v := row(), list) else v) for row in rows]
    return out, os.path.exists(path)


def groups(r: int) -> dict[str, Any]:
    """Groups of some of the processes."""
    alone, turned = dist.new_group([1]), dist.new_group([1, 0])
    inside = alone is not dist.GroupMember.NON_GROUP_MEMBER
    reduced = warned(lambda t: dist.all_reduce(t, group=alone), torch.ones(1))
    return {
        "of one": [inside, dist.get_rank(alone), dist.get_world_size(alone), plain(reduced)],
        "of all": [dist.get_rank(turned), dist.get_process_group_ranks(turned), dist.get_group_rank(turned, 1),
                   dist.get_global_rank(turned, 0), plain(into(dist.all_reduce, torch.ones(1) + r, group=turned))],
        "refused": [attempt(lambda: dist.new_group([5])), attempt(lambda: dist.new_group([0, 0]))],
        "facts": [dist.get_rank(), dist.get_world_size(), dist.get_backend(), dist.is_initialized()],
        "twice": attempt(lambda: dist.init_process_group("gloo")),
    }


class Either(nn.Module):
    """One of two layers, and one that nobody uses."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 1)

    def forward(self, x: Any, first: bool) -> Any:
        return (self.a if first else self.b)(x)


class OneOf(nn.Module):
    """Three layers, of which one is used."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(2, 1) for _ in range(3))

    def forward(self, x: Any, k: int) -> Any:
        return self.layers[k](x)


def of_one_process(r: int) -> list[bool]:
    """Whether two processes with half of each batch train as one with all of it."""
    x, y = torch.randn(12, 5, generator=torch.Generator().manual_seed(2)), torch.arange(12) % 3
    nets = []
    for mine in (slice(None), slice(6 * r, 6 * r + 6)):
        torch.manual_seed(5)
        net = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3))
        model = net if len(x[mine]) == 12 else DistributedDataParallel(net)
        optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
        for _ in range(5):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[mine]), y[mine]).backward()
            optimizer.step()
        nets.append(net)
    return [torch.allclose(a, b, atol=1e-6) for a, b in zip(*(n.parameters() for n in nets), strict=True)]


def uneven(r: int) -> dict[str, Any]:
    """Training with three batches in one process, and five in the other."""
    out: dict[str, Any] = {}
    for by_all in (True, False):
        torch.manual_seed(r)
        net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 2))
        model = DistributedDataParallel(net)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        losses = []
        with model.join(divide_by_initial_world_size=by_all):
            for k in range(5 if r == 0 else 3):
                optimizer.zero_grad()
                x = torch.linspace(-1, 1, 12).view(4, 3) * (k + 1) + r
                with model.no_sync() if k == 1 else contextlib.nullcontext():
                    loss = model(x).square().mean()
                    loss.backward()
                optimizer.step()
                losses.append(loss.item())
        out[f"divided by all: {by_all}"] = [losses, {k: v.detach().numpy() for k, v in net.state_dict().items()}]
    either = DistributedDataParallel(Either(), find_unused_parameters=True)
    torch.nn.init.constant_(either.module.a.weight, 0.5)
    with either.join():
        for _ in range(1 + r):
            either.zero_grad()
            either(torch.ones(1, 2), True).sum().backward()
    out["unused"] = [None if p.grad is None else p.grad.numpy() for p in either.parameters()]
    for plan in ([[0], [1, 2, 2]], [[0], [0, 1, 2, 0]], [[0, 1, 0], [2]]):
        one_of = DistributedDataParallel(OneOf(), find_unused_parameters=True)
        grads = []
        with one_of.join():
            for k in plan[r]:
                one_of.zero_grad()
                one_of(torch.ones(1, 2), k).sum().backward()
                grads.append([None if p.grad is None else p.grad.numpy() for p in one_of.parameters()])
        out[f"unused, {plan}"] = grads

    def batches(model: Any, **options: Any) -> None:
        with model.join(**options):
            for _ in range(2 - r):
                model(torch.ones(2, 3)).sum().backward()

    model = DistributedDataParallel(nn.Linear(3, 1))
    out["thrown"] = attempt(lambda: batches(model, throw_on_early_termination=True))
    dist.barrier()
    model = DistributedDataParallel(nn.Linear(3, 1))
    with model.join(enable=False):
        model(torch.ones(2, 3) * r).sum().backward()
    out["not enabled"] = model.module.weight.grad.numpy()
    return out


def training(r: int) -> dict[str, Any]:
    """DistributedDataParallel with all that belongs to it; weights differ between the processes until it begins."""
    torch.manual_seed(3 + r)
    net = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
    model = DistributedDataParallel(net)
    g = torch.Generator().manual_seed(1)
    data = TensorDataset(torch.randn(40, 6, generator=g), torch.randint(0, 3, (40,), generator=g))
    sampler = DistributedSampler(data)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for epoch in range(2):
        sampler.set_epoch(epoch)
        for x, y in DataLoader(data, batch_size=8, sampler=sampler):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    weights = {k: v.detach().clone().numpy() for k, v in model.state_dict().items()}

    optimizer.zero_grad()
    x = torch.arange(24.0).view(4, 6) / 10
    with model.no_sync():
        model(x + r).square().mean().backward()
    local = model.module[3].bias.grad.clone()
    model(x - r).square().mean().backward()
    accumulated = {n: p.grad.numpy() for n, p in model.named_parameters()}

    torch.manual_seed(9)
    either = DistributedDataParallel(Either(), find_unused_parameters=True)
    for _ in range(2):
        either(torch.ones(1, 2), r == 0).sum().backward()
    unused = [None if p.grad is None else p.grad.numpy() for p in either.parameters()]
    dist.barrier()
    strict = DistributedDataParallel(Either())
    strict(torch.ones(1, 2), True).sum().backward()
    error = attempt(lambda: strict(torch.ones(1, 2), True))
    dist.barrier()
    with model.no_sync(), torch.no_grad():
        evaluated = model.eval()(x).numpy()
    frozen = nn.Linear(2, 2).requires_grad_(False)
    return {
        "losses": losses, "weights": weights, "buffers after no_sync": model.module[1].running_mean.numpy(),
        "before": local.numpy(), "accumulated": accumulated, "unused": unused, "unfinished": error,
        "evaluated": evaluated, "as one process": of_one_process(r),
        "refused": [attempt(lambda: DistributedDataParallel(frozen)),
                    attempt(lambda: DistributedDataParallel(nn.Linear(2, 2), device_ids=[0, 1]))],
    }  # fmt: skip


def main(path: str, package: str) -> None:
    """Observes, and in rank 0 writes what both processes observed."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        seen = {"before": before() | in_a_file(folder)}
    torch.manual_seed(0)  # tensors come before the group, as in programs
    dist.init_process_group("gloo", timeout=datetime.timedelta(seconds=40))
    r = dist.get_rank()
    seen |= {"collectives": collectives(r), "groups": groups(r), "training": training(r), "uneven": uneven(r),
             "futures": futures(r), "hooks": hooks(r), "subgroups": subgroups(r)}
    everyone: list[Any] = [None, None]
    dist.all_gather_object(everyone, {k: {n: encode(v, package) for n, v in rows.items()} for k, rows in seen.items()})
    dist.destroy_process_group()
    if r == 0:
        cases = {f"{k}: {n}": [other[k][n] for other in everyone] for k, rows in seen.items() for n in rows}
        Path(path).write_text(json.dumps(cases), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
