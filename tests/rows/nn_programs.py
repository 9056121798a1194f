"""Short programs on modules; what each returns, plain values, is what PyTorch returns."""

import copy
import pickle
import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any


def _values(tensor: Any) -> list:
    return [round(v, 5) for v in tensor.detach().double().flatten().tolist()]


def _error(fn: Callable, *args: Any, **kwargs: Any) -> str:
    try:
        fn(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 - the error is the observation
        return f"{type(error).__name__}: {error}".replace("compat.", "torch.")
    return "no error"


def _constant(torch: Any, module: Any) -> Any:
    with torch.no_grad():
        for i, param in enumerate(module.parameters()):
            param.fill_(0.5 + i)
    return module


def always_called_hooks(torch: Any) -> Any:
    """A hook with always_call runs although forward fails; one that fails, too, becomes a warning."""
    nn, log = torch.nn, []
    m = nn.Linear(2, 1)
    m.register_forward_hook(lambda *a: log.append("plain"))
    m.register_forward_hook(lambda mod, a, out: log.append(["always", out is None]), always_call=True)
    first = _error(m, torch.ones(1, 3)).split(":")[0]

    def bad(*args: Any) -> None:
        raise KeyError("second")

    m.register_forward_hook(bad, always_call=True)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        second = _error(m, torch.ones(1, 3)).split(":")[0]
    return [first, second, log, len(seen)]


def global_hooks(torch: Any) -> Any:
    """Global hooks run for every module, before the module's own."""
    M, log = torch.nn.modules.module, []
    handles = [
        M.register_module_forward_pre_hook(lambda m, a: log.append(["pre", type(m).__name__])),
        M.register_module_forward_hook(lambda m, a, o: log.append(["post", type(m).__name__])),
        M.register_module_parameter_registration_hook(lambda m, n, p: log.append(["parameter", n])),
        M.register_module_buffer_registration_hook(lambda m, n, b: log.append(["buffer", n])),
        M.register_module_module_registration_hook(lambda m, n, c: log.append(["module", n])),
    ]
    try:
        net = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.BatchNorm1d(1, affine=False))
        net[0].register_forward_pre_hook(lambda m, a: log.append("own"))
        net.eval()(torch.ones(1, 1))
    finally:
        for handle in handles:
            handle.remove()
    n = len(log)
    net(torch.ones(1, 1))
    return [log[:n], len(log) - n]


def global_backward_hooks(torch: Any) -> Any:
    """Full backward hooks for all modules, inner modules last."""
    M, log = torch.nn.modules.module, []
    handle = M.register_module_full_backward_hook(lambda m, gi, go: log.append([type(m).__name__, len(gi), len(go)]))
    before = M.register_module_full_backward_pre_hook(lambda m, go: log.append("pre"))
    try:
        net = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Tanh())
        net(torch.ones(1, 1, requires_grad=True)).sum().backward()
    finally:
        handle.remove()
        before.remove()
    return log


def backward_hook_shapes(torch: Any) -> Any:
    """Backward hooks of a module with several inputs and outputs, of which some need no gradient."""
    class Two(torch.nn.Module):
        def forward(self, x: Any, k: Any, y: Any) -> Any:
            return x * 2, x * y, k

    m, log = Two(), []
    m.register_full_backward_hook(
        lambda mod, gi, go: log.append([[g is None for g in gi], [None if g is None else _values(g) for g in go]])
    )
    x, y = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0])
    a, b, _ = m(x, 5, y)
    (a + b).sum().backward()
    return [log, _values(x.grad)]


def backward_hook_errors(torch: Any) -> Any:
    """Wrong numbers of gradients, old and full hooks together, results without an input that requires grad."""
    nn, out = torch.nn, []
    x = torch.ones(1, 1, requires_grad=True)
    m = nn.Linear(1, 1)
    m.register_full_backward_hook(lambda *a: (None, None))
    out.append(_error(m(x).sum().backward))
    out.append(_error(m.register_backward_hook, print))
    m = nn.Linear(1, 1)
    m.register_full_backward_pre_hook(lambda *a: (None, None))
    out.append(_error(m(x).sum().backward))
    m = nn.Linear(1, 1)
    m.register_full_backward_hook(lambda mod, gi, go: (torch.ones(1, 1),))
    out.append(_error(m(torch.ones(1, 1)).sum().backward))
    m = nn.Linear(1, 1)
    m.register_backward_hook(lambda *a: None)
    out.append(_error(m.register_full_backward_hook, print))
    return out


def state_dict_hooks(torch: Any) -> Any:
    """Hooks before and after saving and loading."""
    m, log = torch.nn.Sequential(torch.nn.Linear(1, 1)), []
    m.register_state_dict_pre_hook(lambda mod, prefix, keep: log.append(["pre", prefix, keep]))
    m[0].register_state_dict_post_hook(lambda mod, sd, prefix, meta: log.append(["post", prefix, sorted(sd), meta]))
    m[0].register_load_state_dict_pre_hook(lambda mod, sd, prefix, *rest: log.append(["load", prefix, sorted(sd)]))
    m.register_load_state_dict_post_hook(lambda mod, keys: keys.missing_keys.clear())
    sd = m.state_dict(prefix="p.")
    out = repr(m.load_state_dict({"0.weight": torch.ones(1, 1)}))
    m[0].register_state_dict_post_hook(lambda *a: 1)
    return [log, list(sd), dict(sd._metadata), out, _error(m.state_dict)]


def extra_state(torch: Any) -> Any:
    """get_extra_state and set_extra_state take part in saving and loading."""
    class Counted(torch.nn.Module):
        n = 3

        def get_extra_state(self) -> Any:
            return {"n": self.n}

        def set_extra_state(self, state: Any) -> None:
            self.n = state["n"] + 1

    m = torch.nn.Sequential(Counted())
    keys = m.load_state_dict(m.state_dict())
    plain = torch.nn.Sequential(torch.nn.Module())
    return [list(m.state_dict()), m[0].n, repr(keys), _error(m.load_state_dict, {}),
            _error(plain.load_state_dict, m.state_dict())]


def load_old_checkpoints(torch: Any) -> Any:
    """0-d tensors saved with one element, and BatchNorm from before num_batches_tracked."""
    m = torch.nn.Module()
    m.w = torch.nn.Parameter(torch.tensor(1.0))
    one = repr(m.load_state_dict({"w": torch.tensor([5.0])}))
    bn = torch.nn.BatchNorm1d(1)
    state = OrderedDict((k, v) for k, v in bn.state_dict().items() if k != "num_batches_tracked")
    return [one, m.w.item(), repr(bn.load_state_dict(state))]


def assign(torch: Any) -> Any:
    """assign=True keeps requires_grad and dtype of what is given."""
    m = torch.nn.BatchNorm1d(2)
    m.weight.requires_grad_(False)
    given = {k: v.double() if v.is_floating_point() else v for k, v in m.state_dict().items()}
    m.load_state_dict(given, assign=True)
    return [[n, str(t.dtype).split(".")[-1], t.requires_grad] for n, t in [*m.named_parameters(), *m.named_buffers()]]


def sequential_methods(torch: Any) -> Any:
    """Indexing, slices, insert, pop, arithmetic."""
    nn = torch.nn
    m = nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh(), c=nn.Sigmoid()))
    named = [n for n, _ in m[1:].named_children()]
    m[-1] = nn.ELU()
    del m[0:2]
    m.extend([nn.ReLU()]).append(nn.Tanh()).insert(-1, nn.GELU())
    popped = type(m.pop(0)).__name__
    m += nn.Sequential(nn.SiLU())
    return [named, [[n, type(c).__name__] for n, c in m.named_children()], popped, len(m * 2), len(m + m),
            m[-1] is (m + m)[-1], _error(lambda: m[5]), _error(lambda: m["a"])]


def module_list_methods(torch: Any) -> Any:
    """Insert, delete, slices, addition."""
    nn = torch.nn
    m = nn.ModuleList([nn.ReLU(), nn.Tanh()])
    m.insert(1, nn.ELU())
    m += [nn.SiLU()]
    m[0] = nn.GELU()
    names = [type(c).__name__ for c in m]
    del m[1:3]
    popped = type(m.pop(-1)).__name__
    return [names, list(m._modules), popped, type(m + [nn.ReLU()]).__name__, "0" in dir(m), _error(lambda: m["x"])]


def module_dict_methods(torch: Any) -> Any:
    """Order, update from pairs, pop, clear."""
    nn = torch.nn
    m = nn.ModuleDict([["b", nn.ReLU()], ["a", nn.Tanh()]])
    m.update(nn.ModuleDict({"c": nn.ELU()}))
    m.update({"z": nn.ReLU(), "y": nn.ReLU()})
    keys, values = list(m), [type(v).__name__ for v in m.values()]
    del m["b"]
    m.pop("a")
    left = [k for k, _ in m.items()]
    m.clear()
    return [keys, values, left, len(m), "c" in m, _error(lambda: m["q"])]


def parameter_containers(torch: Any) -> Any:
    """Lists and dicts of parameters."""
    nn = torch.nn
    pl = nn.ParameterList([torch.ones(1), torch.zeros(2)])
    pl[0] = torch.full((3,), 2.0)
    pl += [torch.ones(1)]
    pd = nn.ParameterDict({"b": torch.ones(1), "a": torch.ones(2)})
    pd.update([["c", torch.ones(3)]])
    both = pd | nn.ParameterDict({"z": torch.ones(1)})
    popped = tuple(pd.popitem()[1].shape)
    return [[tuple(p.shape) for p in pl], [type(p).__name__ for p in pl[1:]], list(pd), list(both), popped,
            pd.get("q"), list(pd.fromkeys(["k"], torch.ones(1))), type(pd.setdefault("n", torch.ones(1))).__name__,
            list(reversed(pd)), sorted(pd.state_dict()), _error(pd), _error(pl, 1)]


def copies(torch: Any) -> Any:
    """copy, deepcopy and pickle of modules with shared parts."""
    nn = torch.nn
    m = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
    m.extra = {"k": [1]}
    m.append(m[0])
    twin, shallow, loaded = copy.deepcopy(m), copy.copy(m), pickle.loads(pickle.dumps(m))
    return [twin[0] is twin[2], twin[0] is not m[0], shallow[0] is m[0], loaded[0] is loaded[2], loaded.extra,
            twin.extra is not m.extra, torch.equal(loaded[0].weight, m[0].weight), type(loaded[0].weight).__name__]


def conversions(torch: Any) -> Any:
    """to, type, half, bfloat16, and the identity of parameters."""
    m = torch.nn.BatchNorm1d(1)
    w = m.weight
    kinds = []
    for change in (m.half, m.bfloat16, m.double, m.float, lambda: m.to(torch.ones(1, dtype=torch.float64)),
                   lambda: m.to("cpu"), lambda: m.to("cpu", torch.float32), lambda: m.to(dtype=torch.float16),
                   lambda: m.type(torch.float64), lambda: m.to_empty(device="cpu"), m.cpu):
        same = change() is m
        kinds.append([str(m.weight.dtype).split(".")[-1], str(m.num_batches_tracked.dtype).split(".")[-1], same,
                      m.weight is w])
    return kinds


def setting_names(torch: Any) -> Any:
    """set_submodule, get_buffer, delattr, a Parameter over a buffer's name, Buffer."""
    nn = torch.nn
    m = nn.Sequential(nn.Sequential(nn.ReLU()), nn.BatchNorm1d(1))
    m.set_submodule("0.0", nn.Tanh())
    m.set_submodule("0.new", nn.ELU())
    out = [[n for n, _ in m.named_modules()], _error(m.set_submodule, "0.zzz", nn.ReLU(), True),
           _error(m.set_submodule, "0.0", 3), tuple(m.get_buffer("1.running_mean").shape)]
    m.extra = nn.Buffer(torch.ones(1), persistent=False)
    m.kept = nn.Buffer(torch.ones(2))
    out += [[n for n, _ in m.named_buffers()], [k for k in m.state_dict() if "." not in k]]
    m.kept = nn.Parameter(torch.ones(2))
    del m.extra
    out += [[n for n, _ in m.named_parameters()], [n for n, _ in m.named_buffers()], hasattr(m, "extra")]
    return out


def packed_sequences(torch: Any) -> Any:
    """Packing and padding, and an LSTM over packed input."""
    rnn = torch.nn.utils.rnn
    seqs = [torch.arange(1.0, n + 1).unsqueeze(1) for n in (2, 4, 3)]
    padded = rnn.pad_sequence(seqs, batch_first=True, padding_value=-1.0)
    left = rnn.pad_sequence(seqs, padding_side="left")
    packed = rnn.pack_sequence(seqs, enforce_sorted=False)
    back, lengths = rnn.pad_packed_sequence(packed, total_length=5)
    lstm = _constant(torch, torch.nn.LSTM(1, 2, bidirectional=True))
    out, (h, c) = lstm(packed)
    full, _ = rnn.pad_packed_sequence(out)
    full.sum().backward()
    return [_values(padded), _values(left), packed.batch_sizes.tolist(), packed.sorted_indices.tolist(),
            packed.unsorted_indices.tolist(), _values(back), lengths.tolist(), _values(full), _values(h), _values(c),
            _values(lstm.weight_hh_l0.grad), [_values(s) for s in rnn.unpack_sequence(packed)],
            _error(rnn.pack_sequence, seqs), _error(rnn.pack_padded_sequence, padded, [2, 1], True)]


def recurrent_errors(torch: Any) -> Any:
    """What recurrent layers say about wrong inputs."""
    nn = torch.nn
    return [_error(nn.LSTM(2, 3), torch.ones(2, 1, 5)), _error(nn.GRU(2, 3), torch.ones(2, 1, 2), torch.ones(1, 2, 3)),
            _error(nn.RNN(2, 3), torch.ones(2)), _error(nn.LSTM(2, 3), torch.ones(4, 2), (torch.ones(1, 1, 3),) * 2),
            _error(nn.GRUCell(2, 3), torch.ones(1, 1, 1))]


def attention_masks(torch: Any) -> Any:
    """Boolean and float masks, causal hints, averaged and separate weights."""
    m = _constant(torch, torch.nn.MultiheadAttention(4, 2)).eval()
    with torch.no_grad():
        m.in_proj_weight.copy_(torch.linspace(-1, 1, 48).view(12, 4))
    q = torch.linspace(-1, 1, 24).view(3, 2, 4)
    mask = torch.ones(3, 3, dtype=torch.bool).triu(1)
    pad = torch.tensor([[False, False, True], [False, False, False]])
    runs = [m(q, q, q, attn_mask=mask), m(q, q, q, key_padding_mask=pad), m(q, q, q, attn_mask=mask.float() * -2.0),
            m(q, q, q, attn_mask=mask, is_causal=True, need_weights=False),
            m(q, q, q, key_padding_mask=pad, attn_mask=mask, average_attn_weights=False)]
    return [[_values(o), None if w is None else [tuple(w.shape), _values(w)]] for o, w in runs] + [
        _error(m, q, q, q, is_causal=True), _error(m, q, q[0], q), _error(m, q, q, q, attn_mask=torch.ones(2, 2))]


def attention_function(torch: Any) -> Any:
    """scaled_dot_product_attention: masks, scale, causal, groups of heads."""
    f = torch.nn.functional.scaled_dot_product_attention
    q = torch.linspace(-1, 1, 24).view(1, 2, 3, 4)
    mask = torch.tensor([[True, False, True]] * 3)
    one = q[:, :1]
    return [_values(t) for t in (f(q, q, q), f(q, q, q, mask), f(q, q, q, mask.float()), f(q, q, q, is_causal=True),
                                 f(q, q, q, scale=0.1), f(q, one, one, enable_gqa=True))] + [
        _error(f, q, q, q, mask, is_causal=True)]


def functional_calls(torch: Any) -> Any:
    """functional_call with tied weights, buffers and errors."""
    nn, call = torch.nn, torch.func.functional_call
    m = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
    m[1].weight = m[0].weight
    x = torch.ones(1, 1)
    out = call(m, {"0.weight": torch.full((1, 1), 3.0)}, (x,))
    loose = call(m, {"0.weight": torch.full((1, 1), 3.0), "1.weight": torch.ones(1, 1)}, x, tie_weights=False)
    bn = nn.BatchNorm1d(1)
    buffers = dict(bn.named_buffers())
    buffers["running_mean"] = torch.zeros(1)
    call(bn, buffers, torch.tensor([[1.0], [3.0]]))
    return [_values(out), _values(loose), _values(bn.running_mean), _values(buffers["running_mean"]),
            _error(call, m, {"zzz": x}, x), _error(call, m, {"0.weight": x, "1.weight": x + 1}, x),
            _error(call, m, {"0.weight": x, "q": x}, x, strict=True)]


def parametrizations(torch: Any) -> Any:
    """Registering, stacking, assigning, caching, removing."""
    nn, P = torch.nn, torch.nn.utils.parametrize

    class Symmetric(nn.Module):
        def forward(self, x: Any) -> Any:
            return x.triu() + x.triu(1).transpose(-1, -2)

        def right_inverse(self, x: Any) -> Any:
            return x.triu()

    class Twice(nn.Module):
        calls = 0

        def forward(self, x: Any) -> Any:
            Twice.calls += 1
            return 2 * x

    m = _constant(torch, nn.Linear(2, 2, bias=False))
    P.register_parametrization(m, "weight", Symmetric())
    m.weight = torch.tensor([[1.0, 2.0], [2.0, 3.0]])
    first = _values(m.weight)
    P.register_parametrization(m, "weight", Twice())
    Twice.calls = 0
    with P.cached():
        m(m(torch.ones(1, 2)))
    cached, name = Twice.calls, type(m).__name__
    twin = copy.deepcopy(m)
    names = [n for n, _ in m.named_parameters()]
    fails = _error(pickle.dumps, m).split("\n")[0]
    copied = [type(twin).__name__, P.is_parametrized(twin, "weight"), _values(twin.weight)]
    P.remove_parametrizations(m, "weight", leave_parametrized=False)
    return [first, cached, name, copied, names, fails, _values(m.weight), type(m).__name__,
            _error(P.remove_parametrizations, m, "weight")]


def fusion(torch: Any) -> Any:
    """A convolution and a Linear that do their batch norm's work."""
    nn, u = torch.nn, torch.nn.utils
    bn = nn.BatchNorm2d(2)
    bn.running_mean.copy_(torch.tensor([0.5, -1.0]))
    bn.running_var.copy_(torch.tensor([2.0, 3.0]))
    conv = _constant(torch, nn.Conv2d(1, 2, 1)).eval()
    lin, bn1 = _constant(torch, nn.Linear(2, 2)).eval(), nn.BatchNorm1d(2)
    bn1.running_var.fill_(4.0)
    fused = u.fuse_linear_bn_eval(lin, bn1.eval())
    bad = _error(u.fuse_conv_bn_eval, conv, bn)
    both = u.fuse_conv_bn_eval(conv, bn.eval())
    return [_values(both.weight), _values(both.bias), _values(fused.weight), _values(fused.bias), bad]


def dropout_stream(torch: Any) -> Any:
    """Masks come from the generator in the order of calls; evaluation draws nothing; in place is the same tensor."""
    nn, F = torch.nn, torch.nn.functional
    torch.manual_seed(3)
    x = torch.ones(20)
    a, b = F.dropout(x, 0.4), nn.Dropout(0.4)(x)
    same = nn.Dropout(0.4).eval()(x) is x
    c = F.dropout(x.clone(), 0.7, inplace=True)
    d = F.gumbel_softmax(torch.zeros(2, 4), hard=True)
    return [_values(t) for t in (a, b, c, d, torch.rand(3))] + [same]


def attribute_of_functions(torch: Any) -> Any:
    """Arguments by position as PyTorch takes them."""
    F = torch.nn.functional
    x, y = torch.tensor([[1.0, -2.0], [0.5, 3.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.5]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [_values(t) for t in (
            F.mse_loss(x, y, None, None, "sum"), F.l1_loss(x, y, size_average=False), F.mse_loss(x, y, reduce=False),
            F.leaky_relu(x, 0.3), F.elu(x, 2.0), F.softplus(x, 2), F.hardtanh(x, -0.2, 0.7), F.softmax(x),
            F.normalize(x),
            F.one_hot(torch.tensor([2, 0])).float(), F.one_hot(torch.tensor([[1]]), 3).float(), F.relu(x.clone(), True),
            F.threshold(x, 0.1, 7.0), F.glu(x), F.pairwise_distance(x, y), F.cosine_similarity(x, y),
            F.layer_norm(x, (2,)), F.celu(x, 0.5), F.mse_loss(x, y, weight=y))]


PROGRAMS = {fn.__name__: fn for fn in (
    always_called_hooks, global_hooks, global_backward_hooks, backward_hook_shapes, backward_hook_errors,
    state_dict_hooks, extra_state, load_old_checkpoints, assign, sequential_methods, module_list_methods,
    module_dict_methods, parameter_containers, copies, conversions, setting_names, packed_sequences, recurrent_errors,
    attention_masks, attention_function, functional_calls, parametrizations, fusion, dropout_stream,
    attribute_of_functions)}
