"""Grad mode: no_grad, enable_grad, set_grad_enabled, inference_mode; as context, decorator, per thread."""

import threading

import numpy as np

from tests.spec.observe import arr, fill, raises, warned


def case_no_grad_context(torch):
    """no_grad turns recording off inside and restores it outside; existing tensors keep their requires_grad."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    before = torch.is_grad_enabled()
    with torch.no_grad():
        inside, y, kept = torch.is_grad_enabled(), x * 2, x.requires_grad
    z = x * 2
    return dict(
        modes=[before, inside, torch.is_grad_enabled()],
        y=[y.requires_grad, y.is_leaf],
        kept=kept,
        z=[z.requires_grad, z.is_leaf],
        values=arr(y),
    )


def case_exception_inside_restores_mode(torch):
    """Leaving by an exception restores the previous mode, for contexts and for decorated functions."""

    def boom():
        raise KeyError("k")

    def in_context(cm):
        with cm:
            boom()

    modes = []
    for cm in (torch.no_grad(), torch.inference_mode(), torch.set_grad_enabled(False)):
        torch.set_grad_enabled(True)
        modes.append([raises(in_context, cm)[0], torch.is_grad_enabled()])
    modes.append([raises(torch.no_grad()(boom))[0], torch.is_grad_enabled()])
    return dict(modes=modes)


def case_nesting(torch):
    """The innermost context decides; each exit restores what was before it."""
    seen = [torch.is_grad_enabled()]
    with torch.no_grad():
        seen.append(torch.is_grad_enabled())
        with torch.enable_grad():
            seen.append(torch.is_grad_enabled())
            with torch.set_grad_enabled(False):
                seen.append(torch.is_grad_enabled())
                with torch.no_grad():
                    seen.append(torch.is_grad_enabled())
                seen.append(torch.is_grad_enabled())
            seen.append(torch.is_grad_enabled())
        seen.append(torch.is_grad_enabled())
    seen.append(torch.is_grad_enabled())
    return dict(seen=seen)


def case_enable_grad_inside_no_grad_records(torch):
    """enable_grad inside no_grad records again; what no_grad made stays a constant in it."""
    w = torch.tensor([3.0], requires_grad=True)
    with torch.no_grad():
        c = w * w
        with torch.enable_grad():
            y = c * w
    y.backward()
    return dict(y=[y.requires_grad, y.grad_fn.name()], grad=arr(w.grad))


def case_decorators_with_and_without_call(torch):
    """no_grad, enable_grad and inference_mode decorate functions,
    with no_grad and inference_mode also without parentheses.
    """

    def mode(*a, k=0):
        return [torch.is_grad_enabled(), torch.is_inference_mode_enabled(), a, k]

    return dict(
        call=torch.no_grad()(mode)(1, k=2),
        bare=torch.no_grad(mode)(1, k=2),
        enabled=torch.no_grad()(torch.enable_grad()(mode))(),
        bare_enable=torch.no_grad(torch.enable_grad(mode))(),
        inference=torch.inference_mode()(mode)(3),
        bare_inference=torch.inference_mode(mode)(3),
        inference_off=torch.inference_mode(False)(mode)(),
        outside=mode(),
    )


def case_set_grad_enabled_forms(torch):
    """set_grad_enabled acts at once when called, as a context restores on exit, and as a decorator does not leak."""
    seen = []
    torch.set_grad_enabled(False)
    seen.append(torch.is_grad_enabled())
    torch.set_grad_enabled(mode=True)
    seen.append(torch.is_grad_enabled())

    @torch.set_grad_enabled(False)
    def f():
        return torch.is_grad_enabled()

    seen += [torch.is_grad_enabled(), f(), torch.is_grad_enabled()]
    for phase in ("train", "val"):
        with torch.set_grad_enabled(phase == "train"):
            seen.append((torch.ones(1, requires_grad=True) * 2).requires_grad)
    later = torch.set_grad_enabled(False)
    seen.append(torch.is_grad_enabled())
    with later:
        torch.set_grad_enabled(True)
        seen.append(torch.is_grad_enabled())
    seen.append(torch.is_grad_enabled())
    return dict(seen=seen)


def case_decorated_generator(torch):
    """A decorated generator runs with recording off each time it resumes; between, the caller's mode is in force."""
    log = []

    @torch.no_grad()
    def gen(n):
        for i in range(n):
            log.append(torch.is_grad_enabled())
            got = yield i
            log.append(got)

    g = gen(2)
    first = next(g)
    log.append(torch.is_grad_enabled())
    second = g.send("sent")
    log.append(torch.is_grad_enabled())
    rest = list(g)
    return dict(log=log, values=[first, second, rest], collected=list(gen(3)))


def case_decorating_a_class_warns(torch):
    """Decorating a class is deprecated: a FutureWarning; only __init__-time behaviour is affected, methods record."""
    made = []

    def make():
        @torch.no_grad()
        class C:
            def __init__(self):
                self.at_init = torch.is_grad_enabled()

            def m(self):
                return torch.is_grad_enabled()

        made.append(C())

    text = warned(make)
    return dict(text=[t[:55] for t in text], at_init=made[0].at_init, method=made[0].m())


def case_leaves_made_under_no_grad(torch):
    """requires_grad=True is honoured inside no_grad:
    factories, Parameters and modules made there are trainable afterwards.
    """
    with torch.no_grad():
        a = torch.ones(2, requires_grad=True)
        p = torch.nn.Parameter(torch.tensor([2.0, 3.0]))
        m = torch.nn.Linear(2, 1)
        b = (a * 3).requires_grad_()
        inside = (a * p).requires_grad
    (a * p * b).sum().backward()
    return dict(
        flags=[a.requires_grad, p.requires_grad, m.weight.requires_grad, b.requires_grad, b.is_leaf],
        inside=inside,
        a=arr(a.grad),
        p=arr(p.grad),
        b=arr(b.grad),
    )


def case_in_place_on_a_leaf_inside_no_grad(torch):
    """A leaf may be changed in place inside no_grad: it stays a leaf, its version rises, its identity stays;
    outside it is an error.
    """
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    alias = w
    outside = raises(w.add_, 1)
    with torch.no_grad():
        w -= 0.5
        w.mul_(2).clamp_(max=2.5)
        w[0] = 7.0
    return dict(
        outside=outside,
        w=arr(w),
        same=alias is w,
        leaf=[w.is_leaf, w.requires_grad, w.grad_fn is None],
        version=w._version,
    )


def case_recorded_graph_survives_no_grad(torch):
    """What was recorded before can be differentiated inside no_grad by backward() and by autograd.grad,
    any number of contexts deep.
    """
    w = torch.tensor([2.0], requires_grad=True)
    y = w**3
    with torch.no_grad():
        (g,) = torch.autograd.grad(y, w, retain_graph=True)
        with torch.no_grad():
            y.backward()
    return dict(g=arr(g), grad=arr(w.grad), requires=[g.requires_grad, w.grad.requires_grad])


def case_autograd_grad_of_unrecorded_result(torch):
    """autograd.grad of something computed under no_grad is an error, like backward()."""
    w = torch.tensor([2.0], requires_grad=True)
    with torch.no_grad():
        y = w * 2
    return dict(
        grad=raises(lambda: torch.autograd.grad(y, w)),
        backward=raises(torch.autograd.backward, y),
        mean=raises((y + 1).mean().backward),
    )


def case_new_threads_start_with_recording_on(torch):
    """Grad mode belongs to a thread: one started inside no_grad records, and what it sets stays in it."""
    seen = {}

    def work():
        seen["start"] = torch.is_grad_enabled()
        torch.set_grad_enabled(False)
        seen["set"] = torch.is_grad_enabled()

    with torch.no_grad():
        t = threading.Thread(target=work)
        t.start()
        t.join()
        seen["main_inside"] = torch.is_grad_enabled()
    t = threading.Thread(target=work)
    t.start()
    t.join()
    seen["main_outside"] = torch.is_grad_enabled()
    return seen


def case_threads_share_gradients(torch):
    """Threads that run backward() on graphs of one leaf accumulate into the same .grad."""
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    lock = threading.Lock()

    def work(k):
        with lock:
            (k * w * w).sum().backward()

    ts = [threading.Thread(target=work, args=(float(k),)) for k in range(1, 5)]
    [t.start() for t in ts]
    [t.join() for t in ts]
    return dict(grad=arr(w.grad))


def case_inference_mode_basics(torch):
    """inference_mode turns recording off and marks what is made inside (views of normal tensors stay normal)."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        y = x * 2
        flags = [
            torch.is_grad_enabled(),
            torch.is_inference_mode_enabled(),
            y.requires_grad,
            y.is_inference(),
            torch.ones(1).is_inference(),
            x[:1].is_inference(),
        ]
        y.add_(1)
    return dict(
        flags=flags,
        y=arr(y),
        outside=[
            y.is_inference(),
            x.is_inference(),
            (x * 2).is_inference(),
            torch.is_inference_mode_enabled(),
            torch.is_grad_enabled(),
        ],
    )


def case_inference_tensors_outside(torch):
    """Outside, an inference tensor can be read and used unrecorded, not changed in place,
    required to have grad or saved for backward; a clone is normal.
    """
    w = torch.tensor([3.0], requires_grad=True)
    with torch.inference_mode():
        t = torch.tensor([2.0])
    normal = t.clone()
    y = w * normal
    y.backward()
    return dict(
        in_place=raises(t.add_, 1)[1][:75],
        requires=raises(t.requires_grad_)[1],
        saved=raises(lambda: w * t)[1][:50],
        version=raises(lambda: t._version),
        add=(w + t).requires_grad,
        plain=[arr(t + 1), (t + 1).is_inference()],
        clone=[normal.is_inference(), arr(w.grad)],
    )


def case_inference_mode_off_and_enable_grad(torch):
    """inference_mode(False) inside restores normal mode with recording; nested inference_mode(True) stays in it."""
    x = torch.tensor([1.0], requires_grad=True)
    with torch.inference_mode():
        with torch.inference_mode(False):
            a = x * 2
            off = [torch.is_inference_mode_enabled(), torch.is_grad_enabled()]
        with torch.inference_mode(mode=True):
            on = torch.is_inference_mode_enabled()
    with torch.inference_mode(False):
        plain = (x * 2).requires_grad
    return dict(a=[a.requires_grad, a.is_inference()], off=off, on=on, plain=plain)


def case_view_made_under_no_grad_then_changed(torch):
    """Changing in place, with recording on, a view that was made under no_grad is refused;
    making and changing it both inside is fine.
    """
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 1
    with torch.no_grad():
        v = h[:1]
        u = x.view(2)
        u.mul_(3)
    return dict(error=raises(v.mul_, 2)[1][:93], flags=[v.requires_grad, v._base is h], x=arr(x), version=x._version)


def case_detach_and_no_grad_agree(torch):
    """Stopping gradients by detach(), by no_grad and by .data gives the same gradient for the rest."""

    def grad(stop):
        w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        (w * stop(w.exp())).sum().backward()
        return arr(w.grad)

    def silent(e):
        with torch.no_grad():
            return e * 1

    return dict(
        detach=grad(lambda e: e.detach()), no_grad=grad(silent), data=grad(lambda e: e.data), none=grad(lambda e: e)
    )


def case_names_of_the_modes(torch):
    """The modes are also found in torch.autograd, and are classes whose instances can be reused."""
    ng = torch.no_grad()
    seen = []
    for _ in range(2):
        with ng:
            seen.append(torch.is_grad_enabled())
        seen.append(torch.is_grad_enabled())
    a = torch.autograd
    return dict(
        same=[
            a.no_grad is torch.no_grad,
            a.enable_grad is torch.enable_grad,
            a.set_grad_enabled is torch.set_grad_enabled,
            a.grad_mode.inference_mode is torch.inference_mode,
        ],
        seen=seen,
        kinds=[isinstance(ng, torch.no_grad), type(ng).__name__],
        missing=raises(torch.set_grad_enabled)[0],
    )


def case_manual_sgd_in_each_style(torch):
    """Three ways to write an update by hand give the same weights: no_grad in place, .data, and copy_ under no_grad."""

    def train(update):
        w = torch.tensor([1.0, -1.0], requires_grad=True)
        for _ in range(4):
            ((w * torch.tensor([1.0, 2.0]) - 1) ** 2).sum().backward()
            update(w)
            w.grad = None
        return arr(w)

    def in_place(w):
        with torch.no_grad():
            w -= 0.1 * w.grad

    def data(w):
        w.data = w.data - 0.1 * w.grad

    def copy(w):
        with torch.no_grad():
            w.copy_(w - 0.1 * w.grad)

    return dict(in_place=train(in_place), data=train(data), copy=train(copy))


def case_rebinding_instead_of_in_place_under_no_grad(torch):
    """`w = w - lr*w.grad` under no_grad makes a new tensor that does not require grad: the classic slip."""
    w = torch.tensor([1.0], requires_grad=True)
    (w * 2).sum().backward()
    with torch.no_grad():
        w = w - 0.1 * w.grad
    return dict(rg=w.requires_grad, grad=w.grad is None, next=raises(lambda: (w * 2).sum().backward()))


def case_module_forward_under_modes(torch):
    """A module's output under each mode: recorded, unrecorded, inference; parameters stay trainable."""
    m = fill(torch, torch.nn.Linear(2, 1))
    x = torch.ones(1, 2)
    out = {}
    for name, cm in dict(normal=torch.enable_grad(), no_grad=torch.no_grad(), inference=torch.inference_mode()).items():
        with cm:
            y = m(x)
        out[name] = [y.requires_grad, y.is_inference(), type(y.grad_fn).__name__, repr(y)]
    out["params"] = [p.requires_grad for p in m.parameters()]
    return out


def case_grad_mode_and_numpy(torch):
    """numpy() of a tensor that requires grad is allowed under no_grad and refused outside."""
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        inside = raises(w.numpy)
        y = w * 2
        value = np.asarray(y)
    return dict(inside=inside, value=value, outside=raises(w.numpy)[0])
