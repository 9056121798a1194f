"""nn.Module: registration, state, modes, hooks, containers, copies, texts, lazy and parametrized modules,
nn.utils, init.
"""

import copy
import io
import math
import pickle
from collections import OrderedDict

import numpy as np

from tests.spec.observe import arr, fill, printed, raises, ramp


def message(fn):
    """The whole message, line by line."""
    try:
        fn()
    except Exception as e:  # noqa: BLE001 - the exception is the observation
        return [type(e).__name__] + [line.strip() for line in str(e).splitlines()]
    return ["no error"]


def net(torch):
    nn = torch.nn
    return nn.Sequential(
        OrderedDict(
            first=fill(torch, nn.Linear(2, 3)),
            act=nn.ReLU(),
            norm=nn.BatchNorm1d(3),
            last=fill(torch, nn.Linear(3, 1, bias=False)),
        )
    )


# ---- registration
def case_registration_by_assignment(torch):
    """Parameters, modules and buffers register in order of assignment;
    plain tensors and lists of modules do not register.
    """
    nn = torch.nn

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.z = nn.Parameter(torch.ones(1))
            self.child = nn.Linear(1, 2)
            self.a = nn.Parameter(torch.zeros(2), requires_grad=False)
            self.plain = torch.ones(3)
            self.hidden = [nn.Linear(1, 1)]
            self.none = None
            self.register_buffer("buf", torch.ones(1))
            self.register_buffer("temp", torch.ones(1), persistent=False)
            self.register_parameter("empty", None)

    m = M()
    return dict(
        params=[n for n, _ in m.named_parameters()],
        own=[n for n, _ in m.named_parameters(recurse=False)],
        buffers=[n for n, _ in m.named_buffers()],
        state=list(m.state_dict()),
        children=[n for n, _ in m.named_children()],
        modules=[n for n, _ in m.named_modules()],
        prefix=[n for n, _ in m.named_parameters(prefix="p")],
        empty=m.empty,
        n=[len(list(m.parameters())), len(list(m.buffers()))],
    )


def case_registration_errors(torch):
    """The texts of wrong registrations and assignments."""
    nn = torch.nn

    class Early(nn.Module):
        def __init__(self):
            self.l = nn.Linear(1, 1)

    class EarlyParam(nn.Module):
        def __init__(self):
            self.w = nn.Parameter(torch.ones(1))

    m = nn.Module()
    m.w, m.c = nn.Parameter(torch.ones(1)), nn.ReLU()
    return dict(
        early=raises(Early),
        early_param=raises(EarlyParam),
        tensor_over_param=raises(setattr, m, "w", torch.ones(1)),
        int_over_module=raises(setattr, m, "c", 3),
        dot=raises(m.register_parameter, "a.b", None),
        dup=raises(m.register_buffer, "w", torch.ones(1)),
        not_param=raises(m.register_parameter, "q", torch.ones(1)),
        not_module=raises(m.add_module, "z", 3),
        no_name=raises(m.add_module, "", nn.ReLU()),
        missing=raises(lambda: m.nothing),
        no_forward=raises(m, 1),
    )


def case_reassigning_and_deleting(torch):
    """Assigning None empties a slot but keeps its place; a Parameter over a plain attribute registers; del removes;
    a module replaces a module in place of the old.
    """
    nn = torch.nn
    m = nn.Module()
    m.a, m.b, m.c = nn.Parameter(torch.ones(1)), nn.Linear(1, 1), torch.ones(1)
    log = [[n for n, _ in m.named_parameters()]]
    m.a = None
    log.append([n for n, _ in m.named_parameters()])
    m.c = nn.Parameter(torch.zeros(1))
    m.b = nn.Linear(2, 2, bias=False)
    m.a = nn.Parameter(torch.ones(2))
    log.append([n for n, _ in m.named_parameters()])
    del m.b
    log.append([n for n, _ in m.named_parameters()] + [n for n, _ in m.named_children()])
    return dict(log=log, gone=raises(lambda: m.b))


def case_named_traversals(torch):
    """children, modules, named_modules (with duplicates once), get_submodule, get_parameter and their errors."""
    nn = torch.nn
    shared = nn.ReLU()
    m = nn.Sequential(nn.Sequential(nn.Linear(1, 2), shared), shared, nn.Linear(2, 1))
    return dict(
        named=[[n, type(c).__name__] for n, c in m.named_modules()],
        all=[n for n, _ in m.named_modules(remove_duplicate=False)],
        children=[type(c).__name__ for c in m.children()],
        sub=m.get_submodule("0.1") is shared,
        param=tuple(m.get_parameter("0.0.weight").shape),
        missing=raises(m.get_submodule, "0.7"),
        not_param=raises(m.get_parameter, "0.0.nope"),
        root=m.get_submodule("") is m,
    )


def case_buffers(torch):
    """Buffers: assignment keeps registration, no gradient, in state_dict unless not persistent,
    converted with the module, None allowed.
    """
    m = torch.nn.Module()
    m.register_buffer("count", torch.tensor(3))
    m.register_buffer("mean", torch.zeros(2))
    m.register_buffer("cache", torch.ones(1), persistent=False)
    m.register_buffer("none", None)
    m.mean = m.mean + 1
    m.double()
    return dict(
        buffers=[[n, str(b.dtype), b.requires_grad] for n, b in m.named_buffers()],
        state=list(m.state_dict()),
        mean=arr(m.mean),
        none=m.none,
        over=raises(setattr, m, "mean", "x"),
        params=len(list(m.parameters())),
    )


# ---- state
def case_state_dict_contents(torch):
    """state_dict: names in order of registration, detached tensors that share memory with the module, a prefix,
    keep_vars.
    """
    m = net(torch)
    sd = m.state_dict()
    with torch.no_grad():
        m.first.bias.fill_(7)
    return dict(
        keys=list(sd),
        kind=type(sd).__name__,
        flags=[
            sd["first.weight"].requires_grad,
            type(sd["first.weight"]).__name__,
            str(sd["norm.num_batches_tracked"].dtype),
        ],
        shared=arr(sd["first.bias"]),
        prefix=list(m.first.state_dict(prefix="x.")),
        keep=m.state_dict(keep_vars=True)["first.weight"] is m.first.weight,
    )


def case_load_state_dict_copies(torch):
    """load_state_dict copies into the existing parameters (same objects, version rises,
    dtype kept) and returns the key lists.
    """
    m, other = net(torch), net(torch)
    with torch.no_grad():
        for p in other.parameters():
            p.mul_(2)
    w, v = m.first.weight, m.first.weight._version
    source = {k: t.double() for k, t in other.state_dict().items()}
    out = m.load_state_dict(source)
    source["first.weight"].zero_()
    return dict(
        out=repr(out),
        same=m.first.weight is w,
        rise=w._version - v,
        dtype=str(w.dtype),
        w=arr(w),
        leaf=[w.is_leaf, w.requires_grad],
    )


def case_load_state_dict_errors(torch):
    """The whole text of strict loading errors: missing, unexpected, wrong sizes;
    what strict=False returns and still refuses.
    """
    m = net(torch)
    before = arr(m.first.weight)
    bad = {"first.weight": torch.ones(3, 2), "extra": torch.ones(1), "last.weight": torch.ones(2, 3)}
    strict = message(lambda: m.load_state_dict(bad))
    partly = arr(m.first.weight)
    ok = dict(bad)
    del ok["last.weight"]
    loose = m.load_state_dict(ok, strict=False)
    return dict(
        strict=strict,
        partly=partly,
        missing=loose.missing_keys,
        unexpected=loose.unexpected_keys,
        size=message(lambda: m.load_state_dict(bad, strict=False)),
        kind=message(lambda: m.load_state_dict([1])),
        changed=bool((before != arr(m.first.weight)).any()),
    )


def case_load_state_dict_assign(torch):
    """assign=True takes the given tensors as the new parameters instead of copying."""
    m = torch.nn.Linear(1, 2)
    w = torch.tensor([[1.0], [2.0]], dtype=torch.float64)
    m.load_state_dict({"weight": w, "bias": torch.zeros(2)}, assign=True)
    return dict(
        dtype=str(m.weight.dtype),
        shared=m.weight.data_ptr() == w.data_ptr(),
        kind=type(m.weight).__name__,
        rg=m.weight.requires_grad,
        bias=str(m.bias.dtype),
    )


def case_save_and_load(torch):
    """torch.save / torch.load of a state dict through a buffer: same keys, values, dtypes;
    loaded tensors are independent; whole modules need weights_only=False.
    """
    m = net(torch)
    buf = io.BytesIO()
    torch.save({"model": m.state_dict(), "epoch": 3, "lr": [0.1, 0.2]}, buf)
    buf.seek(0)
    ck = torch.load(buf)
    m2 = net(torch)
    with torch.no_grad():
        m2.first.weight.zero_()
    m2.load_state_dict(ck["model"])
    buf2 = io.BytesIO()
    torch.save(torch.nn.Linear(1, 1), buf2)
    refused = raises(lambda: torch.load(io.BytesIO(buf2.getvalue())))[0]
    whole = torch.load(io.BytesIO(buf2.getvalue()), weights_only=False)
    return dict(
        keys=list(ck["model"]),
        epoch=ck["epoch"],
        lr=ck["lr"],
        w=arr(m2.first.weight),
        refused=refused,
        whole=repr(whole),
        dtype=str(ck["model"]["norm.num_batches_tracked"].dtype),
    )


# ---- modes and conversion
def case_train_and_eval_recurse(torch):
    """train(mode)/eval() set .training on all submodules and return the module; submodules can differ afterwards;
    a non-boolean mode is an error.
    """
    m = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Sequential(torch.nn.BatchNorm1d(2)))
    log = [[k.training for k in m.modules()], m.eval() is m, [k.training for k in m.modules()]]
    m[1].train()
    log.append([k.training for k in m.modules()])
    m.train(False)
    log.append([k.training for k in m.modules()])
    return dict(log=log, error=raises(m.train, "yes"), chained=m.train().training)


def case_apply_visits_children_first(torch):
    """apply(fn) visits children before their parent and returns the module."""
    seen = []
    m = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Sequential(torch.nn.ReLU()))

    def init(k):
        seen.append(type(k).__name__)
        if isinstance(k, torch.nn.Linear):
            torch.nn.init.constant_(k.weight, 2.0)
            k.bias.data.zero_()

    same = m.apply(init) is m
    return dict(seen=seen, same=same, w=arr(m[0].weight), b=arr(m[0].bias), leaf=m[0].weight.requires_grad)


def case_dtype_conversion(torch):
    """to(dtype), double(), half(), float():
    floating parameters, buffers and gradients convert in place (same Parameter objects), integer buffers stay.
    """
    m = torch.nn.BatchNorm1d(2)
    w = m.weight
    m(torch.tensor([[1.0, 2.0], [3.0, 5.0]])).pow(3).sum().backward()
    same = m.double() is m
    kinds = [str(t.dtype) for t in list(m.parameters()) + list(m.buffers())]
    grad = str(m.weight.grad.dtype)
    y = m(torch.ones(3, 2, dtype=torch.float64))
    m.to(torch.float16)
    return dict(
        same=same,
        kinds=kinds,
        grad=grad,
        object=m.weight is w,
        y=str(y.dtype),
        half=str(m.weight.dtype),
        mixed=raises(torch.nn.Linear(1, 1), torch.ones(1, 1, dtype=torch.float64)),
        bad=raises(m.to, torch.int64),
    )


def case_zero_grad_and_requires_grad_of_modules(torch):
    """Module.zero_grad() sets None (or zeros), requires_grad_(False) freezes all parameters;
    frozen ones keep what .grad they had.
    """
    m = net(torch)
    x = ramp(torch, 4, 2)
    m(x).sum().backward()
    had = [p.grad is not None for p in m.parameters()]
    m.zero_grad(set_to_none=False)
    zero = [float(p.grad.abs().sum()) for p in m.parameters()]
    m.zero_grad()
    none = [p.grad is None for p in m.parameters()]
    same = m.requires_grad_(False) is m
    y = m(x)
    m.last.requires_grad_()
    m(x).sum().backward()
    return dict(
        had=had, zero=zero, none=none, same=same, frozen=y.requires_grad, after=[p.grad is None for p in m.parameters()]
    )


# ---- hooks
def case_forward_hooks(torch):
    """Pre-hooks see and may replace the inputs, forward hooks see inputs and output and may replace it;
    order of registration, prepend, remove; forward() itself runs none.
    """
    m = fill(torch, torch.nn.Linear(1, 1))
    log = []
    m.register_forward_pre_hook(lambda mod, args: log.append(["pre", arr(args)]) or (args[0] + 1,))
    h = m.register_forward_hook(lambda mod, args, out: log.append(["post", arr(args), arr(out)]) or out * 10)
    m.register_forward_hook(lambda mod, args, out: log.append(["last", arr(out)]))
    m.register_forward_hook(lambda mod, args, out: log.append("prepended"), prepend=True)
    x = torch.tensor([[2.0]])
    a = m(x)
    h.remove()
    n = len(log)
    b = m(x)
    return dict(a=arr(a), log=log[:n], b=arr(b), later=len(log) - n, direct=arr(m.forward(x)), total=len(log))


def case_forward_hooks_with_keywords(torch):
    """with_kwargs=True gives hooks the keyword arguments; a pre-hook may return (args, kwargs)."""

    class Scale(torch.nn.Module):
        def forward(self, x, k=1.0):
            return x * k

    m, log = Scale(), []
    m.register_forward_pre_hook(
        lambda mod, a, kw: log.append(sorted(kw)) or (a, {"k": kw.get("k", 1.0) + 1}), with_kwargs=True
    )
    m.register_forward_hook(lambda mod, a, kw, out: log.append(kw["k"]), with_kwargs=True)
    m.register_forward_hook(lambda mod, a, out: log.append(len(a)))
    return dict(out=arr(m(torch.ones(1), k=4.0)), log=log)


def case_full_backward_hooks(torch):
    """register_full_backward_hook gets (grad_input, grad_output) tuples and may replace grad_input;
    the pre hook may replace grad_output; None where an input needs no gradient.
    """
    m = fill(torch, torch.nn.Linear(2, 1, bias=False))
    log = []
    m.register_full_backward_pre_hook(lambda mod, go: (go[0] * 2,))
    m.register_full_backward_hook(lambda mod, gi, go: log.append([arr(gi), arr(go)]) or (gi[0] * 100,))
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    m(x).sum().backward()
    g, w = arr(x.grad), arr(m.weight.grad)
    n = torch.nn.Linear(1, 1)
    n.register_full_backward_hook(lambda mod, gi, go: log.append([gi[0], arr(go)]))
    n(torch.ones(1, 1)).sum().backward()
    return dict(log=log, x=g, w=w)


# ---- containers
def case_sequential_container(torch):
    """Sequential: names, indexing, slicing (shared layers), iteration, append, insert, extend, pop,
    del renumbers, +, errors.
    """
    nn = torch.nn
    m = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    part = m[:2]
    shared = part[0] is m[0]
    m.append(nn.Tanh())
    m.insert(1, nn.Sigmoid())
    names = [[n, type(c).__name__] for n, c in m.named_children()]
    del m[0]
    return dict(
        part=[type(c).__name__ for c in part],
        shared=shared,
        names=names,
        after=[n for n, _ in m.named_children()],
        last=type(m[-1]).__name__,
        n=len(m),
        plus=len(m + part),
        error=raises(lambda: m[9]),
        kind=raises(lambda: nn.Sequential(1)),
        pop=type(m.pop(0)).__name__,
        named=list(net(torch).state_dict())[:2],
        attr=type(net(torch).act).__name__,
        empty=arr(nn.Sequential()(torch.ones(1))),
    )


def case_module_list_and_dict(torch):
    """ModuleList and ModuleDict register their members; lists index and slice, dicts keep insertion order;
    neither can be called.
    """
    nn = torch.nn
    ml = nn.ModuleList([nn.Linear(1, 1) for _ in range(3)])
    ml.extend([nn.ReLU()])
    md = nn.ModuleDict({"b": nn.Linear(1, 1), "a": nn.ReLU()})
    md["c"] = nn.Linear(1, 2)
    md.update({"b": nn.Tanh()})
    return dict(
        list=list(ml.state_dict()),
        len=len(ml),
        slice=type(ml[1:]).__name__,
        neg=type(ml[-1]).__name__,
        call=raises(ml, 1),
        keys=list(md.keys()),
        contains="a" in md,
        dict=list(md.state_dict()),
        pop=type(md.pop("a")).__name__,
        left=len(md),
        bad=raises(ml.append, 3),
        index=raises(lambda: ml[7]),
    )


def case_parameter_list_and_dict(torch):
    """ParameterList and ParameterDict register tensors as Parameters; names, iteration, update."""
    nn = torch.nn
    pl = nn.ParameterList([torch.ones(2), nn.Parameter(torch.zeros(1), requires_grad=False)])
    pl.append(torch.full((1,), 3.0))
    pd = nn.ParameterDict({"w": torch.ones(1), "b": torch.zeros(2)})
    pd["k"] = torch.ones(3)
    return dict(
        list=[[n, p.requires_grad] for n, p in pl.named_parameters()],
        kinds=[type(p).__name__ for p in pl],
        len=len(pl),
        neg=arr(pl[-1]),
        dict=[n for n, _ in pd.named_parameters()],
        keys=list(pd.keys()),
        has="b" in pd,
        repr=repr(pl).splitlines(),
    )


# ---- sharing and copying
def case_tied_weights(torch):
    """A Parameter registered twice is listed once, saved under both names, and gets the sum of both uses' gradients."""
    nn = torch.nn

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.emb = nn.Embedding(3, 2)
            self.out = nn.Linear(2, 3, bias=False)
            self.out.weight = self.emb.weight

        def forward(self, i):
            return self.out(self.emb(i))

    m = fill(torch, Tied())
    m(torch.tensor([1])).sum().backward()
    m2 = copy.deepcopy(m)
    return dict(
        names=[n for n, _ in m.named_parameters()],
        all=[n for n, _ in m.named_parameters(remove_duplicate=False)],
        state=list(m.state_dict()),
        grad=arr(m.emb.weight.grad),
        copied=m2.out.weight is m2.emb.weight,
        apart=m2.emb.weight is not m.emb.weight,
    )


def case_deepcopy_of_modules(torch):
    """deepcopy of a module: independent parameters with values and requires_grad but without .grad;
    buffers, mode and hooks too. A tensor's copy keeps .grad; one with history cannot be copied.
    """
    m = net(torch)
    m.first.bias.requires_grad_(False)
    calls = []
    m.register_forward_hook(lambda *a: calls.append(1))
    m(ramp(torch, 3, 2)).pow(2).sum().backward()
    m.eval()
    c = copy.deepcopy(m)
    with torch.no_grad():
        c.first.weight.zero_()
    c(torch.ones(1, 2))
    t = torch.tensor([1.0, 2.0], requires_grad=True)
    (t * 3).sum().backward()
    u = copy.deepcopy(t)
    return dict(
        w=arr(m.first.weight),
        grads=[m.first.weight.grad is None, c.first.weight.grad is None],
        flags=[c.first.bias.requires_grad, c.training],
        calls=len(calls),
        bn=arr(c.norm.running_mean),
        tensor=[arr(u.grad), u.grad is not t.grad, u.requires_grad],
        history=raises(copy.deepcopy, t * 2),
    )


def case_pickling_modules(torch):
    """pickle keeps parameters (with requires_grad), buffers, mode and names; gradients of parameters are not kept."""
    m = net(torch)
    m.last.weight.requires_grad_(False)
    m(ramp(torch, 3, 2)).sum()
    m.first(torch.ones(1, 2)).sum().backward()
    p = pickle.loads(pickle.dumps(m.eval()))
    return dict(
        state=arr(dict(p.state_dict())),
        flags=[[n, q.requires_grad, q.grad is None, type(q).__name__] for n, q in p.named_parameters()],
        mode=p.training,
        repr=repr(p) == repr(m),
    )


# ---- texts
def case_repr_of_layers(torch):
    """repr of common layers, with default and non-default arguments."""
    nn = torch.nn
    return [
        repr(m)
        for m in (
            nn.Linear(2, 3),
            nn.Linear(2, 3, bias=False),
            nn.Conv2d(1, 2, 3),
            nn.Conv2d(2, 4, (3, 5), stride=2, padding=1, dilation=2, groups=2, bias=False),
            nn.ConvTranspose2d(1, 2, 3, output_padding=0),
            nn.BatchNorm2d(4),
            nn.LayerNorm(3),
            nn.GroupNorm(2, 4),
            nn.Dropout(0.1),
            nn.Embedding(3, 2, padding_idx=0),
            nn.LSTM(2, 3, num_layers=2, batch_first=True),
            nn.MaxPool2d(2),
            nn.AvgPool2d(2),
            nn.AdaptiveAvgPool2d((1, 1)),
            nn.Flatten(),
            nn.Identity(),
        )
    ]


def case_repr_of_activations_and_losses(torch):
    """repr of activations and loss modules."""
    nn = torch.nn
    return [
        repr(m)
        for m in (
            nn.ReLU(),
            nn.ReLU(inplace=True),
            nn.LeakyReLU(0.2),
            nn.ELU(),
            nn.GELU(),
            nn.Sigmoid(),
            nn.Tanh(),
            nn.Softmax(dim=1),
            nn.LogSoftmax(dim=-1),
            nn.PReLU(),
            nn.Softplus(),
            nn.Hardtanh(),
            nn.SiLU(),
            nn.MSELoss(),
            nn.CrossEntropyLoss(),
            nn.BCEWithLogitsLoss(),
            nn.NLLLoss(),
        )
    ]


def case_repr_of_containers(torch):
    """Nested repr: indentation, repeated list members are folded, extra_repr of own modules, Parameter's text."""
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self, n):
            super().__init__()
            self.n = n
            self.inner = nn.Sequential(nn.Linear(1, n), nn.ReLU())

        def extra_repr(self):
            return f"n={self.n}"

    class Plain(nn.Module):
        pass

    return dict(
        net=repr(net(torch)),
        block=repr(Block(2)),
        folded=repr(nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1), nn.ReLU()])),
        dict=repr(nn.ModuleDict({"a": nn.ReLU()})),
        plain=repr(Plain()),
        empty=repr(nn.Sequential()),
        param=repr(nn.Parameter(torch.tensor([1.0, 2.0]))),
        printed=printed(print, nn.ReLU()),
    )


def case_layer_input_errors(torch):
    """What layers say about wrong inputs: sizes, dimensions, dtypes, ranges."""
    nn = torch.nn
    return dict(
        linear=raises(nn.Linear(2, 3), torch.ones(1, 3)),
        linear_dtype=raises(nn.Linear(2, 3), torch.ones(1, 2, dtype=torch.float64)),
        linear_kind=raises(nn.Linear(1, 1), 1),
        conv=raises(nn.Conv2d(1, 2, 3), torch.ones(1, 2, 5, 5)),
        conv_dim=raises(nn.Conv2d(1, 2, 3), torch.ones(5, 5)),
        embedding=raises(nn.Embedding(3, 2), torch.tensor([3])),
        bn=raises(nn.BatchNorm2d(2), torch.ones(2, 2)),
        dropout=raises(nn.Dropout, 1.5),
        groups=raises(lambda: nn.Conv2d(3, 4, 3, groups=2)),
        norm=raises(nn.LayerNorm(3), torch.ones(2, 4)),
        kernel=raises(nn.Conv2d(1, 1, 5), torch.ones(1, 1, 3, 3)),
    )


# ---- lazy, parametrized, functional
def case_lazy_modules(torch):
    """Lazy layers take their input size from the first call, then are ordinary layers;
    before that their parameters have no shape.
    """
    nn = torch.nn
    m = nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.LazyLinear(1))
    before = [repr(m[0]), raises(lambda: m[0].weight.shape)[0], len(list(m.parameters()))]
    y = m(torch.ones(4, 5))
    conv = nn.LazyConv2d(2, 3)
    conv(torch.ones(1, 4, 5, 5))
    return dict(
        before=before,
        after=[repr(m[0]), type(m[0]).__name__, tuple(m[2].weight.shape)],
        y=tuple(y.shape),
        conv=tuple(conv.weight.shape),
        other=raises(m, torch.ones(4, 6)),
    )


def case_weight_norm_and_parametrizations(torch):
    """weight_norm and register_parametrization:
    original tensors are the parameters, the attribute is recomputed, remove_parametrizations keeps or restores
    the value.
    """
    nn, P = torch.nn, torch.nn.utils.parametrize
    m = torch.nn.utils.parametrizations.weight_norm(fill(torch, nn.Linear(2, 2)))
    names = [[n, tuple(p.shape)] for n, p in m.named_parameters()]

    class Double(nn.Module):
        def forward(self, w):
            return 2 * w

    k = fill(torch, nn.Linear(1, 2))
    before = arr(k.weight)
    P.register_parametrization(k, "weight", Double())
    k(torch.ones(1, 1)).sum().backward()
    g, used = arr(k.parametrizations.weight.original.grad), arr(k.weight)
    P.remove_parametrizations(k, "weight")
    return dict(
        names=names,
        weight=arr(m.weight),
        before=before,
        used=used,
        g=g,
        is_=P.is_parametrized(m),
        kind=type(m).__name__,
        after=arr(k.weight),
        param=[n for n, _ in k.named_parameters()],
    )


def case_functional_call(torch):
    """functional_call runs a module with other tensors in place of its parameters, differentiably,
    and restores the module; unknown names are refused under strict.
    """
    m = fill(torch, torch.nn.Linear(2, 1))
    w = torch.tensor([[1.0, 10.0]], requires_grad=True)
    x = torch.tensor([[1.0, 2.0]])
    call = torch.func.functional_call
    y = call(m, {"weight": w}, x)
    y.sum().backward()
    return dict(
        y=arr(y),
        grad=arr(w.grad),
        own=[m.weight.grad, arr(m(x))],
        bias=arr(m.bias.grad),
        both=arr(call(m, {"weight": w, "bias": torch.zeros(1)}, (x,))),
        strict=raises(lambda: call(m, {"weight": w, "zzz": w}, x, strict=True))[0],
    )


# ---- nn.utils and init
def case_clip_grad_norm(torch):
    """clip_grad_norm_ returns the total norm before clipping, scales by max/(norm+1e-6), leaves small gradients;
    other norms; non-finite errors.
    """
    clip = torch.nn.utils.clip_grad_norm_

    def ps(*gs):
        out = [torch.nn.Parameter(torch.zeros(len(g))) for g in gs]
        for p, g in zip(out, gs):
            p.grad = torch.tensor(g)
        return out + [torch.nn.Parameter(torch.zeros(1))]

    a, b, c, d = ps([3.0], [0.0, 4.0]), ps([0.3], [0.4]), ps([3.0], [-4.0]), ps([float("inf")], [1.0])
    out = [clip(a, 1.0), clip(b, 1.0), clip(c, 1.0, norm_type=float("inf")), clip(ps([3.0], [4.0]), 1.0, norm_type=1)]
    return dict(
        norms=[t.item() for t in out],
        kind=type(out[0]).__name__,
        a=arr([p.grad for p in a]),
        b=arr([p.grad for p in b]),
        c=arr([p.grad for p in c]),
        single=clip(ps([6.0])[0], 2.0).item(),
        inf=raises(lambda: clip(d, 1.0, error_if_nonfinite=True)),
        empty=clip([], 1.0).item(),
    )


def case_clip_grad_value_and_vectors(torch):
    """clip_grad_value_ clamps element-wise in place; parameters_to_vector and vector_to_parameters are inverse."""
    u = torch.nn.utils
    p = torch.nn.Parameter(torch.zeros(3))
    p.grad = torch.tensor([-5.0, 0.5, 5.0])
    g = p.grad
    out = u.clip_grad_value_([p], 1.0)
    m = fill(torch, torch.nn.Linear(2, 1))
    v = u.parameters_to_vector(m.parameters())
    u.vector_to_parameters(torch.tensor([1.0, 2.0, 3.0]), m.parameters())
    return dict(
        out=out, grad=arr(p.grad), same=p.grad is g, v=arr(v), fn=v.requires_grad, w=arr(m.weight), b=arr(m.bias)
    )


def case_init_functions(torch):
    """constant_, ones_, zeros_, eye_, dirac_ exactly;
    uniform_, normal_, xavier, kaiming, trunc_normal_, orthogonal_ by bounds and moments; gains; errors.
    """
    init = torch.nn.init
    w = lambda *s: torch.empty(*s)
    torch.manual_seed(0)
    big = (200, 300)
    std = lambda t: float(t.std())
    xu, xn = init.xavier_uniform_(w(*big)), init.xavier_normal_(w(*big))
    ku, kn = init.kaiming_uniform_(w(*big), nonlinearity="relu"), init.kaiming_normal_(w(*big), mode="fan_out")
    tn = init.trunc_normal_(w(*big), std=1.0, a=-2, b=2)
    q = init.orthogonal_(w(4, 6))
    near = lambda a, b: bool(abs(a / b - 1) < 0.03)
    return dict(
        constant=arr(init.constant_(w(2), 3.0)),
        eye=arr(init.eye_(w(2, 3))),
        zeros=arr(init.zeros_(w(2))),
        xu=[bool(xu.abs().max() <= math.sqrt(6 / 500)), near(std(xu), math.sqrt(2 / 500))],
        xn=near(std(xn), math.sqrt(2 / 500)),
        ku=[bool(ku.abs().max() <= math.sqrt(6 / 300)), near(std(ku), math.sqrt(2 / 300))],
        kn=near(std(kn), math.sqrt(2 / 200)),
        tn=[bool(tn.abs().max() <= 2), near(std(tn), 0.88)],
        orth=bool(np.allclose(arr(q @ q.t()), np.eye(4), atol=1e-5)),
        uniform=bool((lambda t: (t >= 2).all() and (t <= 3).all())(init.uniform_(w(100), 2, 3))),
        gains=[
            init.calculate_gain("relu"),
            init.calculate_gain("tanh"),
            init.calculate_gain("linear"),
            init.calculate_gain("leaky_relu", 0.2),
        ],
        one_d=raises(init.xavier_uniform_, w(3)),
        rg=init.ones_(torch.nn.Parameter(w(2))).requires_grad,
    )


def case_default_initialisation(torch):
    """Default weights: Linear and Conv within 1/sqrt(fan_in), biases likewise, Embedding standard normal,
    norms ones and zeros, LSTM within 1/sqrt(hidden).
    """
    nn = torch.nn
    torch.manual_seed(1)
    lin, conv, emb = nn.Linear(400, 100), nn.Conv2d(16, 32, 5), nn.Embedding(300, 50, padding_idx=2)
    bn, lstm = nn.BatchNorm1d(3), nn.LSTM(10, 64)
    inside = lambda t, b: [bool(t.abs().max() <= b), bool(t.abs().max() > 0.9 * b)]
    return dict(
        lin=inside(lin.weight, 1 / 20),
        lin_b=inside(lin.bias, 1 / 20),
        conv=inside(conv.weight, 1 / 20),
        conv_b=bool(conv.bias.abs().max() <= 1 / 20),
        emb=[bool(abs(emb.weight.std().item() - 1) < 0.03), arr(emb.weight[2].abs().sum())],
        bn=[arr(bn.weight), arr(bn.bias)],
        lstm=inside(lstm.weight_hh_l0, 1 / 8),
        near=bool(abs(lin.weight.std().item() - 0.05 / math.sqrt(3)) < 0.002),
    )
