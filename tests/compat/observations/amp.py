"""Mixed precision: regions and their settings, autograd through them, and the scaling of losses."""

import copy
import pickle
import threading

from tests.spec.observe import arr, fill, raises, ramp, tol, warned, wave

HALF = dict(rtol=2e-3, atol=2e-3)  # results are rounded to 8 bits: one in the last of them, after sums in another order


def kinds(torch, *tensors):
    return [str(t.dtype) for t in tensors]


def on(torch):
    return [torch.is_autocast_enabled("cpu"), str(torch.get_autocast_dtype("cpu")), torch.is_autocast_cache_enabled()]


# ---- regions
def case_nesting(torch):
    """Inner regions change the state and restore it, also after an error."""
    x, seen = wave(torch, 3, 3), [on(torch)]
    with torch.autocast("cpu"):
        seen += [on(torch), kinds(torch, x @ x)]
        with torch.autocast("cpu", dtype=torch.float16, cache_enabled=False):
            seen += [on(torch), kinds(torch, x @ x)]
            with torch.autocast("cpu", enabled=False):
                seen += [on(torch), kinds(torch, x @ x)]
            seen += [on(torch), kinds(torch, x @ x)]
        seen += [on(torch), kinds(torch, x @ x)]
        try:
            with torch.amp.autocast("cpu", enabled=False):
                raise KeyError("inside")
        except KeyError:
            seen.append(on(torch))
    return [*seen, on(torch), kinds(torch, x @ x)]


def case_decorator(torch):
    """A decorated function runs in the region, each time, recursively too."""

    @torch.autocast("cpu")
    def product(x, depth):
        return kinds(torch, x @ x) + (product(x, depth - 1) if depth else [])

    x = wave(torch, 2, 2)
    seen = [product(x, 2), product(x, 0), kinds(torch, x @ x), product.__name__]
    torch.set_autocast_enabled("cpu", False)  # entered again by the recursion, the region does not know what was before
    return seen


def case_threads(torch):
    """A new thread begins without autocast."""
    seen = []
    with torch.autocast("cpu"):
        thread = threading.Thread(target=lambda: seen.append(on(torch)))
        thread.start()
        thread.join()
    return seen


def case_spellings(torch):
    """Operators, methods, modules and functions; in-place operations and ``out`` are left alone."""
    x, m = wave(torch, 3, 3), fill(torch, torch.nn.Linear(3, 3))
    with torch.autocast("cpu"):
        return kinds(torch, x @ x, x.mm(x), x.matmul(x), torch.mm(x, x), torch.linalg.matmul(x, x), m(x),
                     torch.addmm(x, x, x), x.clone().addmm_(x, x), torch.mm(x, x, out=torch.empty(3, 3)),
                     torch.einsum("ij,jk->ik", x, x), torch.einsum("ij,k->ijk", x, x[0]), torch.einsum("ij->ji", x),
                     x + x, x.exp(), x.softmax(0), x.sum(), torch.tensordot(x, x, 1), torch.inner(x, x))


def case_dtypes_of_inputs(torch):
    """float64, integers and complex numbers stay; half precision is promoted where the lists say so."""
    x = wave(torch, 3, 3)
    h, b = x.half(), x.bfloat16()
    with torch.autocast("cpu"):
        seen = kinds(torch, x.double() @ x.double(), x.long() @ x.long(), h @ x, torch.cat([x, b]), torch.cat([b, b]),
                     torch.cat([x, h]), torch.stack([x.double(), b]), torch.nn.functional.mse_loss(b, b), b.prod(),
                     torch.quantile(b, 0.5))
        return [seen, raises(torch.cat, [h, h]), raises(torch.stack, [h, b])]


def case_networks(torch):
    """The dtypes of layers made of several operators."""
    x, out = wave(torch, 2, 3, 4), {}
    nn = torch.nn
    with torch.autocast("cpu"):
        for name, make in {"gru": nn.GRU, "rnn": nn.RNN}.items():
            y, h = fill(torch, make(4, 4))(x)
            out[name] = kinds(torch, y, h)
        out["cells"] = kinds(torch, *nn.LSTMCell(4, 4)(x[0]), nn.GRUCell(4, 4)(x[0]), nn.RNNCell(4, 4)(x[0]))
        out["projected lstm"] = kinds(torch, *[t for t in nn.LSTM(4, 4, proj_size=2)(x)[1]])
        out["attention"] = kinds(torch, *nn.MultiheadAttention(4, 2)(x, x, x))
        out["encoder"] = kinds(torch, nn.TransformerEncoderLayer(4, 2, 8)(x))
        out["norm"] = kinds(torch, nn.LayerNorm(4)(x), nn.BatchNorm1d(3)(x), nn.GroupNorm(1, 3)(x))
    return out


@tol(**HALF)
def case_gradients(torch):
    """Gradients are float32 for float32 leaves; the backward pass runs in the forward's dtypes."""
    m = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))
    fill(torch, m)
    x = wave(torch, 3, 4, requires_grad=True)
    with torch.autocast("cpu"):
        y = m(x)
        loss = torch.nn.functional.mse_loss(y, torch.zeros(3, 2))
    loss.backward()
    nodes = [loss.grad_fn.name(), y.grad_fn.name()]
    grads = [p.grad for p in m.parameters()]
    return [nodes, kinds(torch, y, loss, x.grad, *grads), [arr(g) for g in (x.grad, *grads)]]


def case_cached_casts(torch):
    """A leaf is cast once a region: a change of it does not show until that ends. After no_grad it is cast anew."""
    w, x = ramp(torch, 2, 2, requires_grad=True), torch.ones(2, 2)
    linear, seen = torch.nn.functional.linear, []
    with torch.autocast("cpu"):
        first = linear(x, w)
        with torch.no_grad():
            w.add_(1)
        seen.append(arr(first.float() - linear(x, w).float()))
        torch.clear_autocast_cache()
        seen.append(arr(first.float() - linear(x, w).float()))
    with torch.autocast("cpu", cache_enabled=False):
        first = linear(x, w)
        with torch.no_grad():
            w.add_(1)
        seen.append(arr(first.float() - linear(x, w).float()))
    with torch.autocast("cpu"):
        with torch.no_grad():
            seen.append(linear(x, w).requires_grad)
        seen.append(linear(x, w).requires_grad)
    return seen


def case_checkpoint(torch):
    """The second run of a checkpointed function is in the same region."""
    seen = []

    def f(x):
        seen.append(on(torch))
        return (x @ x).float()

    for reentrant in (False, True):
        x = wave(torch, 3, 3, requires_grad=True)
        with torch.autocast("cpu"):
            y = torch.utils.checkpoint.checkpoint(f, x, use_reentrant=reentrant)
        y.sum().backward()
        seen.append(kinds(torch, x.grad))
    return seen


def case_functions(torch):
    """``custom_fwd`` casts or remembers; ``custom_bwd`` restores."""

    def made(cast_inputs):
        class Product(torch.autograd.Function):
            @staticmethod
            @torch.amp.custom_fwd(device_type="cpu", cast_inputs=cast_inputs)
            def forward(ctx, x, y):
                ctx.save_for_backward(x, y)
                seen.append(["forward", *kinds(torch, x, x @ y), torch.is_autocast_enabled("cpu")])
                return x @ y

            @staticmethod
            @torch.amp.custom_bwd(device_type="cpu")
            def backward(ctx, g):
                x, y = ctx.saved_tensors
                seen.append(["backward", *kinds(torch, g, g @ y.t()), torch.is_autocast_enabled("cpu")])
                return (g @ y.t()).float(), (x.t() @ g).float()

        return Product

    seen = []
    for cast_inputs in (None, torch.float32, torch.bfloat16):
        x = wave(torch, 2, 2, requires_grad=True)
        with torch.autocast("cpu"):
            out = made(cast_inputs).apply(x, x * 2)
        out.sum().backward()
        seen.append(kinds(torch, made(cast_inputs).apply(x, x)))
    return seen


# ---- settings
def case_settings(torch):
    """The switches one by one, of every device type, and the older names of them."""
    a = torch
    seen = [str(a.get_autocast_dtype(k)) for k in ("cpu", "cuda", "mps", "xpu", "hpu", "xla", "ipu", "mtia", "maia")]
    a.set_autocast_enabled("cpu", True)
    a.set_autocast_dtype("cpu", a.float16)
    x = wave(a, 2, 2)
    seen += [on(a), kinds(a, x @ x)]
    a.set_autocast_enabled("cpu", False)
    a.set_autocast_dtype("cpu", a.bfloat16)
    a.set_autocast_enabled(True)
    seen += [a.is_autocast_enabled(), a.is_autocast_enabled("cuda")]
    a.set_autocast_enabled(False)
    a.set_autocast_cache_enabled(False)
    seen.append(a.is_autocast_cache_enabled())
    a.set_autocast_cache_enabled(True)
    seen += [a.autocast_increment_nesting(), a.autocast_increment_nesting(), a.autocast_decrement_nesting(),
             a.autocast_decrement_nesting()]
    seen += [a.is_autocast_cpu_enabled(), str(a.get_autocast_cpu_dtype()), str(a.get_autocast_gpu_dtype()),
             a.is_autocast_xla_enabled(), str(a.get_autocast_ipu_dtype())]
    return seen + [a.amp.is_autocast_available(k) for k in ("cpu", "cuda", "meta")]


def case_refusals(torch):
    """Errors and warnings of regions and settings."""
    a = torch
    return [
        raises(a.autocast, "no such device"), raises(a.autocast, "meta"), raises(a.autocast, 3),
        raises(a.autocast("cpu"), 3), raises(a.is_autocast_enabled, "meta"), raises(a.is_autocast_enabled, 1),
        raises(a.get_autocast_dtype, "meta"), raises(a.set_autocast_dtype, "cpu", 3),
        raises(a.set_autocast_enabled, "cpu", 1), raises(a.set_autocast_cache_enabled, "a"),
        raises(a.amp.custom_fwd, device_type=3), raises(a.amp.custom_bwd, device_type=3),
        warned(a.autocast, "cpu", a.float32), warned(a.autocast, "cpu", "x"), warned(a.autocast, "xpu", a.float64),
        warned(a.cpu.amp.autocast), warned(a.cpu.amp.GradScaler), warned(a.cuda.amp.custom_fwd, len),
        warned(a.cuda.amp.custom_bwd, len),
    ]


# ---- scaling
def scaled(torch, scale=8.0, **kw):
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    return w, torch.optim.SGD([w], lr=0.5), torch.amp.GradScaler("cpu", init_scale=scale, **kw)


def case_scale(torch):
    """Tensors, and tensors of nested containers; an iterator stays lazy."""
    w, _, scaler = scaled(torch)
    before = [scaler.get_scale(), scaler.state_dict()]
    each = scaler.scale([w, (w * 2, [w])])
    lazy = scaler.scale(t for t in (w, w))
    return [before, arr(scaler.scale(w)), arr(each[0]), arr(each[1][0]), arr(each[1][1][0]), type(each[1]).__name__,
            [arr(t) for t in lazy], kinds(torch, scaler.scale(w.bfloat16()), scaler.scale(w.double())),
            raises(scaler.scale, 3), raises(scaler.scale, [3])]


def case_steps(torch):
    """Scales that grow and shrink, steps that are left out, an explicit ``unscale_`` and clipping."""
    w, opt, scaler = scaled(torch, growth_interval=2, growth_factor=4.0, backoff_factor=0.25)
    seen = []
    for i in range(7):
        opt.zero_grad()
        scaler.scale((w * w).sum()).backward()
        if i == 4:
            w.grad[0] = float("inf") if i % 2 else float("nan")
        if i % 3 == 0:
            scaler.unscale_(opt)
            torch.nn.utils.clip_grad_norm_([w], 0.5)
        scaler.step(opt)
        scaler.update()
        seen.append([arr(w), arr(w.grad), scaler.get_scale(), scaler._get_growth_tracker()])
    return seen


def case_several_optimizers(torch):
    """Infinite gradients of one leave out its step alone, and shrink the scale."""
    w, opt, scaler = scaled(torch)
    v = torch.tensor([3.0], requires_grad=True)
    other = torch.optim.SGD([v], lr=0.1)
    scaler.scale(w.sum() + v.sum()).backward()
    v.grad.fill_(float("inf"))
    scaler.step(opt)
    scaler.step(other)
    scaler.update()
    return [arr(w), arr(v), scaler.state_dict()]


def case_fused_optimizers(torch):
    """Optimizers that divide by the scale themselves."""
    out = []
    for make in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.Adagrad):
        w = torch.tensor([1.0, -2.0], requires_grad=True)
        opt, scaler = make([w], lr=0.1, fused=True), torch.amp.GradScaler("cpu", init_scale=4.0)
        for i in range(3):
            opt.zero_grad()
            scaler.scale((w * w).sum()).backward()
            if i == 1:
                w.grad[0] = float("inf")
            scaler.step(opt)
            scaler.update()
        out.append([arr(w), scaler.get_scale(), hasattr(opt, "found_inf")])
    return out


def case_new_scales(torch):
    """``update`` with a number or a tensor; the largest scale stays finite."""
    w, opt, scaler = scaled(torch, growth_interval=1)
    scaler.scale(w.sum()).backward()
    scaler.update(2.0)
    seen = [scaler.get_scale()]
    scaler.update(torch.tensor(16.0))
    seen += [scaler.get_scale(), raises(scaler.update, torch.ones(2)),
             raises(scaler.update, torch.ones(1, requires_grad=True))]
    scaler.update(3e38)
    opt.zero_grad()
    scaler.scale(w.sum() * 0).backward()
    scaler.step(opt)
    scaler.update()
    return [*seen, scaler.get_scale(), scaler._get_growth_tracker()]


def case_scaler_refusals(torch):
    """What must not be done twice, or not yet."""
    w, opt, scaler = scaled(torch)
    seen = [raises(scaler.step, opt), raises(scaler.unscale_, opt), raises(scaler.update), raises(scaler.update, 2.0),
            raises(scaler.step, opt, closure=len)]
    loss = scaler.scale(w.sum())
    seen += [raises(scaler.update), raises(scaler.step, opt)]  # nothing has a gradient
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    scaler.scale(w.sum()).backward()
    del loss
    scaler.unscale_(opt)
    seen += [raises(scaler.unscale_, opt), raises(pickle.dumps, scaler)]
    scaler.step(opt)
    seen += [raises(scaler.step, opt), raises(scaler.unscale_, opt)]
    h = torch.ones(2, dtype=torch.float16, requires_grad=True)
    scaler.update()
    scaler.scale(h.sum()).backward()
    seen.append(raises(scaler.step, torch.optim.SGD([h], lr=0.1)))
    return seen + [raises(torch.amp.GradScaler, "cpu", growth_factor=1.0),
                   raises(torch.amp.GradScaler, "cpu", backoff_factor=1.0),
                   raises(scaler.load_state_dict, {})]


def case_scaler_state(torch):
    """Getters, setters, state_dict, copies and pickles."""
    w, opt, scaler = scaled(torch, growth_interval=5)
    for _ in range(2):
        scaler.scale(w.sum()).backward()
        scaler.step(opt)
        scaler.update()
    state = scaler.state_dict()
    twin = pickle.loads(pickle.dumps(scaler))
    scaler.set_growth_factor(3.0)
    scaler.set_backoff_factor(0.1)
    scaler.set_growth_interval(7)
    seen = [state, scaler.get_growth_factor(), scaler.get_backoff_factor(), scaler.get_growth_interval(),
            scaler.is_enabled(), twin.state_dict(), copy.deepcopy(scaler).state_dict()]
    scaler.load_state_dict({**state, "scale": 32.0, "_growth_tracker": 4})
    scaler.scale(w.sum()).backward()
    scaler.step(opt)
    scaler.update()
    off = torch.amp.GradScaler("cpu", enabled=False)
    off.load_state_dict(state)
    return [*seen, scaler.state_dict(), off.state_dict(), off.get_scale(), off.is_enabled(), off.scale(3),
            raises(off.get_growth_factor)]


@tol(**HALF)
def case_training(torch):
    """Losses and scales of a small network in bfloat16."""
    torch.manual_seed(0)
    nn = torch.nn
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.LayerNorm(64), nn.Linear(64, 5))
    opt = torch.optim.AdamW(model.parameters(), lr=0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=3)
    x, y = torch.randn(16, 1, 6, 6), torch.randint(0, 5, (16,))
    seen = []
    for i in range(8):
        opt.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(model(x), y)
        scaler.scale(loss).backward()
        if i == 5:
            next(model.parameters()).grad.fill_(float("inf"))
        scaler.unscale_(opt)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(opt)
        scaler.update()
        seen.append([loss.item(), scaler.get_scale()])
    return seen
