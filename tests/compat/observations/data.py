"""Datasets, samplers, collation and the loader."""

from collections import Counter, OrderedDict, defaultdict, namedtuple
from collections.abc import Mapping, Sequence

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


# ---- further corners
def _sequence(*items):
    class Row(Sequence):
        def __init__(self, values):
            self.values = list(values)

        def __len__(self):
            return len(self.values)

        def __getitem__(self, i):
            return self.values[i]

    return Row(items)


def _mapping(**items):
    class Record(Mapping):
        def __init__(self, values):
            self.values = dict(values)

        def __len__(self):
            return len(self.values)

        def __iter__(self):
            return iter(self.values)

        def __getitem__(self, key):
            return self.values[key]

    return Record(items)


def case_collation_of_nests(torch):
    """Samples of nested containers, of containers of the user's own, and of what differs between samples."""
    D = torch.utils.data

    def shown(x):
        if isinstance(x, Mapping):
            return [type(x).__name__, {k: shown(v) for k, v in x.items()}]
        if not torch.is_tensor(x) and isinstance(x, Sequence) and not isinstance(x, (str, bytes)):
            return [type(x).__name__, [shown(v) for v in x]]
        return _described(torch, x)

    nests = {
        "named in dict": [{"p": P(1, [2.0, "s"])}, {"p": P(3, [4.0, "t"])}],
        "dict in tuple": [({"x": torch.ones(2)}, (1, b"b")), ({"x": torch.zeros(2)}, (2, b"c"))],
        "more keys": [{"a": 1}, {"a": 2, "b": 3}], "counter": [Counter("aab"), Counter("abb")],
        "defaultdict": [defaultdict(int, a=1), defaultdict(int, a=2)], "own mapping": [_mapping(a=1), _mapping(a=2)],
        "own sequence": [_sequence(1, 2.0), _sequence(3, 4.0)], "range": [range(2), range(2)],
        "mixed numbers": [1, 2.5], "float then int": [2.5, 1], "bool and int": [True, 2],
        "numpy and int": [np.int32(1), 2],
        "0-d arrays": [np.array(1, np.int16), np.array(2, np.int16)], "np str": [np.str_("a"), np.str_("b")],
        "uint16": [np.ones(2, np.uint16)] * 2, "one": [torch.ones(())], "empty tensors": [torch.zeros(0)] * 2,
        "strings in list": [["a", 1], ["b", 2]], "half": [torch.ones(1, dtype=torch.float16)] * 2,
        "complex": [np.complex64(1j)] * 2, "grad": [torch.ones(1, requires_grad=True)] * 2,
    }  # fmt: skip
    wrong = [[], [1, "a"], [1 + 2j], [np.ones(1), np.ones(2)], [{"a": None}], [(1, 2), (1,)],
             [np.datetime64("2020-01-01")], [np.array([None])], [b"a", 1], [["a"], "b"]]
    return dict(
        nests={name: shown(D.default_collate(batch)) for name, batch in nests.items()},
        wrong=[raises(D.default_collate, batch)[0] for batch in wrong],
        convert=[shown(D.default_convert(v)) for v in (nests["named in dict"][0], _mapping(a=np.ones(1)),
                                                       _sequence(np.ones(1), 2), range(3), {1}, np.array(1.0),
                                                       Counter("a"), [np.str_("a")],
                                                       defaultdict(list, a=[np.ones(1)]))])  # fmt: skip


def case_collation_by_a_map(torch):
    """Functions for types of the user's own, beside the default ones."""
    collate = torch.utils.data._utils.collate
    D = torch.utils.data

    class Box:
        def __init__(self, v):
            self.v = v

    def boxes(batch, *, collate_fn_map=None):
        return ["boxes", collate.collate([b.v for b in batch], collate_fn_map=collate_fn_map)]

    table = {**collate.default_collate_fn_map, Box: boxes}
    got = collate.collate([{"b": Box(1), "n": 2}, {"b": Box(3), "n": 4}], collate_fn_map=table)
    loader = D.DataLoader([Box(1), Box(2), Box(3)], batch_size=2,
                          collate_fn=lambda b: collate.collate(b, collate_fn_map=table))
    return [got["b"][0], arr(got["b"][1]), arr(got["n"]), [arr(b[1]) for b in loader],
            raises(collate.collate, [Box(1)])[0], collate.default_collate_err_msg_format,
            len(collate.default_collate_fn_map)]  # fmt: skip


def case_lengths_that_are_missing(torch):
    """Loaders and samplers over what has no length."""
    D = torch.utils.data

    class Stream(D.IterableDataset):
        def __iter__(self):
            return iter(range(5))

    class Half(D.Dataset):
        def __getitem__(self, i):
            return i

    endless = D.BatchSampler(iter(range(5)), 2, False)
    return dict(stream=raises(len, D.DataLoader(Stream())), batches=raises(len, endless), sampled=[list(endless)],
                sampler=raises(len, D.DataLoader([1, 2], sampler=iter([0, 1])))[0],
                random=raises(D.DataLoader, Half(), shuffle=True), plain=raises(list, D.DataLoader(Half())),
                chained=raises(len, Stream() + Stream()),
                stacked=raises(D.StackDataset, Half()), cumulative=raises(D.ConcatDataset, [Half()]),
                some=order(D.DataLoader(Half(), sampler=[4, 2])), by_hand=order(D.DataLoader(
                    Half(), batch_sampler=[[1], [2, 3]])))  # fmt: skip


def case_workers(torch):
    """What workers load: order, what they know, their seeds, streams that they share, persistent ones, samplers."""
    D, info = torch.utils.data, torch.utils.data.get_worker_info

    class Who(D.Dataset):
        def __len__(self):
            return 8

        def __getitem__(self, i):
            w = info()
            return [i, w.id, w.num_workers, w.seed % 1000, len(w.dataset)]

    class Stream(D.IterableDataset):
        def __iter__(self):
            w = info()
            return iter(range(w.id, 9, w.num_workers))

    g = lambda: torch.Generator().manual_seed(4)  # noqa: E731
    lists = lambda loader: [[v.tolist() for v in b] for b in loader]  # noqa: E731
    out = {}
    for name, kw in {"plain": {}, "generator": dict(generator=g()), "shuffled": dict(shuffle=True),
                     "prefetch": dict(prefetch_factor=1), "batched": dict(batch_size=3, drop_last=True),
                     "by batches": dict(batch_sampler=[[3], [1, 2], [0]])}.items():  # fmt: skip
        torch.manual_seed(9)
        out[name] = lists(D.DataLoader(Who(), num_workers=2, **kw))
    keep = D.DataLoader(Who(), num_workers=2, persistent_workers=True, generator=g())
    out["persistent"] = [lists(keep), lists(keep)]
    out["streams"] = [order(D.DataLoader(Stream(), num_workers=n, batch_size=b, drop_last=d))
                      for n, b, d in ((1, 2, False), (2, 2, False), (3, 2, True), (2, 1, False))]  # fmt: skip
    out["samples"] = [v for v in D.DataLoader(range(5), num_workers=2, batch_size=None)]
    out["main"] = info()
    loader = iter(D.DataLoader(Who(), num_workers=1))
    next(loader)
    out["left"] = [len(loader), len(list(loader))]
    return out


def case_errors_in_workers(torch):
    """What an error in a worker is in the program, by its kind."""
    D = torch.utils.data

    class Bad(D.Dataset):
        def __init__(self, error):
            self.error = error

        def __len__(self):
            return 3

        def __getitem__(self, i):
            if i == 1:
                raise self.error
            return i

    def first_line(**kw):
        kind, text = raises(list, D.DataLoader(num_workers=1, **kw))
        return [kind, text.partition("\n")[0]]

    def fail(i):
        raise OSError("no")

    return [first_line(dataset=Bad(e)) for e in (ValueError("v"), KeyError("k"), StopIteration(), RuntimeError("r"),
                                                  FileNotFoundError(2, "f"))] + [
        first_line(dataset=range(2), worker_init_fn=fail), first_line(dataset=range(2), collate_fn=fail),
        first_line(dataset=range(2), sampler=[0, 5])]  # fmt: skip


def case_weighted_streams(torch):
    """Exact draws by weight: with and without replacement, by a generator, of many, of tensors, of zeros."""
    D, out = torch.utils.data, []
    g = lambda: torch.Generator().manual_seed(6)  # noqa: E731
    torch.manual_seed(1)
    many = [float(i % 7) for i in range(50)]
    for weights, count, again in ((many, 30, True), (many, 30, False), ([1.0], 5, True), ([0.0, 3.0, 0.0], 4, True),
                                  (torch.tensor([1, 2, 3]), 6, True), (torch.rand(9, dtype=torch.float64), 9, False),
                                  ((1, 2), 2, False), ([1e-30, 1.0, 1e30], 3, True)):  # fmt: skip
        out += [list(D.WeightedRandomSampler(weights, count, again)),
                list(D.WeightedRandomSampler(weights, count, again, g()))]
    sampler = D.WeightedRandomSampler([1, 2], 3)
    return [out, str(sampler.weights.dtype), sampler.num_samples, sampler.replacement, len(sampler),
            raises(list, D.WeightedRandomSampler([0.0, 0.0], 2))[0],
            raises(list, D.WeightedRandomSampler([1.0, -1.0], 2))[0],
            raises(list, D.WeightedRandomSampler([1.0], 2, False))[0]]  # fmt: skip


def case_distributed_corners(torch):
    """Shares that do not come out even, wrong ranks, and no group to ask."""
    D = torch.utils.data
    shares = [[list(D.DistributedSampler(range(n), k, r, shuffle=s, drop_last=d)) for r in range(k)]
              for n, k in ((7, 3), (3, 4), (8, 4), (1, 1)) for s in (True, False) for d in (True, False)]  # fmt: skip
    s = D.DistributedSampler(range(5), 2, 1)
    s.set_epoch(3)
    return [shares, [s.num_samples, s.total_size, s.epoch, s.seed, s.rank, len(s)], list(s),
            raises(D.DistributedSampler, range(4), 2, -1), raises(D.DistributedSampler, range(4), 2, 5)]  # fmt: skip


def case_splits_and_subsets(torch):
    """Parts of parts, splits by shares that leave a rest, and what they refuse."""
    D = torch.utils.data
    g = lambda: torch.Generator().manual_seed(3)  # noqa: E731
    x = D.TensorDataset(torch.arange(10))
    inner = D.Subset(D.Subset(x, [9, 7, 5, 3]), [2, 0])
    part = lambda *a: [[list(s.indices), len(s)] for s in D.random_split(*a, generator=g())]  # noqa: E731
    return dict(
        inner=[arr(inner[0][0]), arr(inner[[0, 1]][0]), len(inner), [arr(v[0]) for v in inner.__getitems__([1, 0])]],
        shares=[part(range(n), f) for n, f in ((10, [0.33, 0.33, 0.34]), (7, [0.5, 0.5]), (3, [1.0]), (5, [0.2] * 5),
                                               (4, [0.9, 0.1]), (0, [1.0]), (6, [6]), (6, [0, 6]))
                if not (n == 0 or f in ([0.9, 0.1], [0, 6]))],
        warns=[warned(D.random_split, range(4), [0.9, 0.1]), warned(D.random_split, range(4), [0, 4])],
        sums=[raises(D.random_split, range(4), f) for f in ([0.5, 0.4], [2, 3], [0.5, 0.6], [])],
        loaded=order(D.DataLoader(D.Subset(range(9), [8, 1, 4]), batch_size=2)),
        errors=[raises(lambda: inner[5])[0], raises(D.TensorDataset, torch.ones(2), torch.ones(3))],
        joined=[D.ConcatDataset([x, D.Subset(x, [1])])[10][0].item(), len(x + x + x),
                raises(lambda: D.ConcatDataset([[1]])[1])[0]])  # fmt: skip
