"""Datasets, samplers, collation and the loader."""

from collections import OrderedDict, namedtuple

import numpy as np

from tests.spec.observe import arr, raises, warned


def order(loader):
    return [v for batch in loader for v in batch.tolist()]


# ---- random streams
def case_streams_of_indices(torch):
    """The exact order of each random sampler for a seed, and where the default generator stands afterwards."""
    D, out = torch.utils.data, {}
    g = lambda s: torch.Generator().manual_seed(s)  # noqa: E731
    made = {
        "random": lambda: D.RandomSampler(range(17)), "random generator": lambda: D.RandomSampler(range(17),
                                                                                                  generator=g(3)),
        "more": lambda: D.RandomSampler(range(5), num_samples=13),
        "fewer": lambda: D.RandomSampler(range(9), num_samples=4),
        "replacement": lambda: D.RandomSampler(range(7), replacement=True, num_samples=70),
        "replacement generator": lambda: D.RandomSampler(range(7), True, 40, g(1)),
        "subset": lambda: D.SubsetRandomSampler([5, 1, 7, 3]),
        "weighted": lambda: D.WeightedRandomSampler([0.1, 0.5, 0.2, 0.2], 20),
        "weighted once": lambda: D.WeightedRandomSampler([0.1, 0.5, 0.2, 0.2], 3, replacement=False),
        "batches": lambda: D.BatchSampler(D.RandomSampler(range(7)), 3, False),
    }  # fmt: skip
    for name, make in made.items():
        torch.manual_seed(11)
        sampler = make()
        out[name] = [list(sampler), list(sampler), len(sampler), arr(torch.rand(3))]
    return out


def case_streams_of_loaders(torch):
    """The order of shuffled epochs, and what each epoch draws from the generator it was given, shuffled or not."""
    D, out = torch.utils.data, {}
    n = list(range(11))
    for name, kw in {"plain": {}, "shuffled": dict(shuffle=True), "batched": dict(batch_size=4, shuffle=True),
                     "single": dict(batch_size=None)}.items():  # fmt: skip
        torch.manual_seed(5)
        loader = D.DataLoader(n, **kw)
        plain = name == "single"
        out[name] = [list(loader) if plain else order(loader) for _ in range(2)] + [arr(torch.rand(2))]
        g = torch.Generator().manual_seed(8)
        loader = D.DataLoader(n, generator=g, **kw)
        out[name + " generator"] = [list(loader) if plain else order(loader), arr(torch.rand(2, generator=g))]
    torch.manual_seed(5)
    it = iter(D.DataLoader(n, shuffle=True))
    next(it)
    out["abandoned"] = arr(torch.rand(2))
    return out


def case_random_splits(torch):
    """Exact parts by counts and by shares, what rounding leaves, warnings and errors."""
    D = torch.utils.data
    torch.manual_seed(2)
    part = lambda *a, **k: [list(s.indices) for s in D.random_split(*a, **k)]  # noqa: E731
    return dict(counts=part(range(10), [3, 7]), shares=part(range(11), [0.5, 0.25, 0.25]), after=arr(torch.rand(2)),
                generator=part(range(5), [2, 3], generator=torch.Generator().manual_seed(1)),
                empty=warned(D.random_split, range(2), [0.1, 0.9]), sum=raises(D.random_split, range(4), [1, 2]),
                negative=raises(D.random_split, range(4), [1.5, -0.5]))  # fmt: skip


def case_distributed_sampler(torch):
    """Shares of each process by epoch, filled up or cut; the wrong rank."""
    D = torch.utils.data
    out = {}
    for kw in (dict(), dict(shuffle=False), dict(drop_last=True), dict(seed=3)):
        samplers = [D.DistributedSampler(range(10), num_replicas=4, rank=r, **kw) for r in range(4)]
        first = [list(s) for s in samplers]
        for s in samplers:
            s.set_epoch(1)
        out[str(kw)] = [first, [list(s) for s in samplers], [len(s) for s in samplers]]
    tiny = [list(D.DistributedSampler(range(2), num_replicas=5, rank=r, shuffle=False)) for r in range(5)]
    return [out, tiny, raises(D.DistributedSampler, range(4), num_replicas=2, rank=2)]


# ---- datasets
def case_datasets(torch):
    """Stacked, concatenated and chained datasets, subsets of them, and what they refuse."""
    D = torch.utils.data
    x, y = torch.arange(6).reshape(3, 2), torch.tensor([1.0, 2.0, 3.0])
    t = D.TensorDataset(x, y)

    class Stream(D.IterableDataset):
        def __iter__(self):
            return iter([1, 2])

        def __len__(self):
            return 2

    class Half(D.Subset):
        def __getitem__(self, i):
            return 0

    stack, named = D.StackDataset(t, [7, 8, 9]), D.StackDataset(a=[1, 2], b=["u", "v"])
    joined = D.ConcatDataset([[1, 2], [3], [4, 5]])
    return dict(
        stack=[len(stack), arr(stack[1][0]), stack[1][1], named[1], named.__getitems__([1, 0])],
        joined=[list(joined[i] for i in range(5)), joined[-2], joined.cumulative_sizes, raises(lambda: joined[-6])],
        chain=[list(Stream() + Stream()), len(D.ChainDataset([Stream()])), raises(list, D.ChainDataset([[1]]))],
        subset=[arr(D.Subset(t, [2, 0])[0]), D.Subset([5, 6, 7], [1, 2]).__getitems__([1, 0])],
        slices=arr(t[1:]), half=raises(Half, [1], [0])[0], plus=type(t + t).__name__,
        errors=[raises(D.StackDataset), raises(D.StackDataset, [1], [1, 2]), raises(D.StackDataset, [1], a=[1]),
                raises(D.ConcatDataset, []), raises(D.ConcatDataset, [Stream()]), raises(D.Dataset().__getitem__, 0)],
    )  # fmt: skip


def case_samplers_refuse(torch):
    """Arguments that samplers refuse, word for word."""
    D = torch.utils.data
    return [raises(D.RandomSampler, [1], replacement=1), raises(D.RandomSampler, []),
            raises(D.RandomSampler, [1], False, -1),
            raises(D.WeightedRandomSampler, [1.0], 0), raises(D.WeightedRandomSampler, [1.0], True),
            raises(D.WeightedRandomSampler, [1.0], 1, replacement=2), raises(D.WeightedRandomSampler, [[1.0]], 1),
            raises(D.BatchSampler, [1], 0, False), raises(D.BatchSampler, [1], 2, 3),
            raises(D.BatchSampler, [1], True, False), raises(iter, D.Sampler())[0]]  # fmt: skip


# ---- collation
P = namedtuple("P", "a b")


def _described(torch, x):
    if torch.is_tensor(x):
        return [str(x.dtype), arr(x)]
    if isinstance(x, dict):
        return {k: _described(torch, v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [type(x).__name__, *(_described(torch, v) for v in x)]
    return [type(x).__name__, str(x)]


def case_collation(torch):
    """Types and values of collated and converted samples of every kind."""
    D = torch.utils.data
    samples = {
        "int": [1, 2], "float": [1.0, 2.5], "bool": [True, False], "str": ["a", "b"], "bytes": [b"a", b"b"],
        "np scalar": [np.float32(1), np.float32(2)], "np int8": [np.int8(1), np.int8(2)],
        "np bool": [np.bool_(True)] * 2,
        "np array": [np.ones(2, np.float32), np.zeros(2, np.float32)], "np 0d": [np.array(1.0), np.array(2.0)],
        "tensor": [torch.ones(2), torch.zeros(2)], "0d": [torch.tensor(1), torch.tensor(2)],
        "tuple": [(1, "a"), (2, "b")], "list": [[1, 2.0], [3, 4.0]], "named": [P(1, "x"), P(2, "y")],
        "dict": [{"b": 1, "a": [1, 2]}, {"b": 2, "a": [3, 4]}], "ordered": [OrderedDict(z=1, y=2)] * 2,
        "empty": [(), ()],
    }  # fmt: skip
    out = {name: _described(torch, D.default_collate(batch)) for name, batch in samples.items()}
    values = [1, 2.5, "s", b"s", None, np.float32(1), np.ones(2), np.array(["a"]), (np.ones(1), 2), [np.ones(1)],
              {"k": np.int64(3)}, P(np.ones(1), 1), torch.ones(1)]  # fmt: skip
    return dict(collate=out, convert=[_described(torch, D.default_convert(v)) for v in values])


def case_collation_errors(torch):
    """What cannot be collated."""
    D = torch.utils.data
    return [raises(D.default_collate, b) for b in (
        [object()], [None], [np.array(["a"])], [[1], [1, 2]], [{1}, {2}])] + [
        raises(D.default_collate, [torch.ones(2), torch.ones(3)])[0],
        raises(D.default_collate, [{"a": 1}, {"b": 1}])[0]]  # fmt: skip


# ---- the loader
def case_loader_refuses(torch):
    """Every combination of arguments that the constructor refuses, and attributes that are fixed, word for word."""
    D = torch.utils.data

    class Stream(D.IterableDataset):
        def __iter__(self):
            return iter(range(3))

    loader = D.DataLoader([1, 2])

    def assign(name):
        setattr(loader, name, 1)

    wrong = [dict(num_workers=-1), dict(timeout=-1), dict(prefetch_factor=2), dict(num_workers=1, prefetch_factor=-1),
             dict(persistent_workers=True), dict(shuffle=True, sampler=[0]), dict(batch_sampler=[[0]], batch_size=2),
             dict(batch_sampler=[[0]], shuffle=True), dict(batch_sampler=[[0]], drop_last=True), dict(batch_size=0),
             dict(batch_size=None, drop_last=True), dict(multiprocessing_context="spawn"),
             dict(num_workers=1, multiprocessing_context=3), dict(batch_size=2.5)]  # fmt: skip
    return dict(
        wrong=[raises(D.DataLoader, [1, 2], **kw) for kw in wrong],
        stream=[raises(D.DataLoader, Stream(), **kw)[0] for kw in (dict(shuffle=True), dict(sampler=[0]),
                                                                   dict(batch_sampler=[[0]]))],
        method=raises(D.DataLoader, [1], num_workers=1, multiprocessing_context="x")[0],
        fixed=[raises(assign, name) for name in ("batch_size", "sampler", "dataset", "drop_last", "batch_sampler",
                                                "persistent_workers")],
        pickled=raises(iter(loader).__getstate__)[0], empty=raises(D.DataLoader, [], shuffle=True),
    )  # fmt: skip


def case_loader_attributes(torch):
    """What a loader says about itself."""
    D = torch.utils.data
    a, b = D.DataLoader([1, 2, 3], 2), D.DataLoader([1, 2, 3], batch_sampler=[[0], [1, 2]])
    c = D.DataLoader([1, 2, 3], batch_size=None)
    return [[d.batch_size, d.drop_last, d.num_workers, d.timeout, d.pin_memory, d.prefetch_factor, d.persistent_workers,
             type(d.sampler).__name__, type(d.batch_sampler).__name__, d.collate_fn.__name__, len(d)]
             for d in (a, b, c)] + [
        [type(iter(a)).__name__, len(iter(a)), a.generator, a.multiprocessing_context, a.in_order]]  # fmt: skip


def case_stream_lengths(torch):
    """Lengths of loaders over streams, and the warning when a stream is longer than it said."""
    D = torch.utils.data

    class Stream(D.IterableDataset):
        def __iter__(self):
            return iter(range(7))

        def __len__(self):
            return 4

    one, three, last = (D.DataLoader(Stream(), **kw) for kw in (dict(), dict(batch_size=3),
                                                                dict(batch_size=3, drop_last=True)))
    lengths = [len(one), len(three), len(last)]
    texts = warned(list, one)
    return [lengths, len(texts), texts[0].split("<")[0], texts[0].split(">")[-1], warned(list, D.DataLoader(Stream()))]


def case_rows_of_tensor_datasets(torch):
    """Batches of a TensorDataset: dtypes, later changes of the tensors, odd indices, gradients through a batch."""
    D = torch.utils.data
    x = torch.arange(12.0).reshape(6, 2)
    flags, half = torch.tensor([True, False] * 3), torch.arange(6).to(torch.float16)
    loader = D.DataLoader(D.TensorDataset(x, flags, half, x[:, 0]), batch_size=4)
    first = [arr(list(b)) for b in loader]
    x.mul_(10)
    then = arr(next(iter(loader))[0])
    x[0, 0] = -1.0
    w = torch.ones(3, 1, requires_grad=True)
    (batch,) = next(iter(D.DataLoader(D.TensorDataset(w), batch_size=2)))
    (batch * 3).sum().backward()
    return dict(first=first, then=then, again=arr(next(iter(loader))[0][0]), negative=order(
        D.DataLoader([5, 6, 7], sampler=[-1, 0])), grad=arr(w.grad),
        backwards=[arr(b) for (b,) in D.DataLoader(D.TensorDataset(torch.arange(3)), sampler=[-1, 1], batch_size=2)],
        outside=raises(list, D.DataLoader(D.TensorDataset(torch.arange(3)), sampler=[0, 7],
                                          batch_size=2))[0])  # fmt: skip
