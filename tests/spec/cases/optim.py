"""Optimizers and learning-rate schedules."""

import copy

import numpy as np

from tests.spec.observe import arr, close, fill, raises, ramp, tol, warned


def path(torch, make, steps=4, start=(1.0, -2.0, 0.5)):
    """The parameter after each of some steps on sum(k * (w - t)**2), k = 1, 2, 3, t = 0.3, 0.1, -0.4."""
    w = torch.tensor(list(start), requires_grad=True)
    opt = make([w])
    seen = []
    for _ in range(steps):
        opt.zero_grad()
        (torch.tensor([1.0, 2.0, 3.0]) * (w - torch.tensor([0.3, 0.1, -0.4])) ** 2).sum().backward()
        opt.step()
        seen.append(arr(w))
    return np.stack(seen)


def lrs(torch, make, epochs, lr=1.0, groups=1, **kw):
    """The learning rates of the groups before each epoch under a schedule."""
    ps = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr * (i + 1)} for i in range(groups)]
    opt = torch.optim.SGD(ps, lr=lr, **kw)
    sched = make(opt)
    seen = []
    for _ in range(epochs):
        seen.append([g["lr"] for g in opt.param_groups])
        opt.step()
        sched.step()
    return seen


# ---- update rules
def case_sgd_variants(torch):
    """SGD: plain, momentum (first step sets the buffer to the gradient), dampening, Nesterov, weight decay,
    maximize.
    """
    S = torch.optim.SGD
    return dict(
        plain=path(torch, lambda p: S(p, lr=0.1)),
        default_lr=path(torch, lambda p: S(p)),
        momentum=path(torch, lambda p: S(p, lr=0.1, momentum=0.9)),
        dampening=path(torch, lambda p: S(p, lr=0.1, momentum=0.9, dampening=0.5)),
        nesterov=path(torch, lambda p: S(p, lr=0.1, momentum=0.9, nesterov=True)),
        decay=path(torch, lambda p: S(p, lr=0.1, weight_decay=0.5)),
        both=path(torch, lambda p: S(p, lr=0.1, momentum=0.5, weight_decay=0.1)),
        maximize=path(torch, lambda p: S(p, lr=0.01, maximize=True)),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_adam_variants(torch):
    """Adam: bias correction, betas, eps outside the root, L2 weight decay in the gradient, amsgrad, maximize."""
    A = torch.optim.Adam
    return dict(
        default=path(torch, lambda p: A(p)),
        lr=path(torch, lambda p: A(p, lr=0.1)),
        betas=path(torch, lambda p: A(p, lr=0.1, betas=(0.5, 0.9))),
        eps=path(torch, lambda p: A(p, lr=0.1, eps=1.0)),
        decay=path(torch, lambda p: A(p, lr=0.1, weight_decay=0.5)),
        amsgrad=path(torch, lambda p: A(p, lr=0.3, betas=(0.9, 0.5), amsgrad=True), 6),
        maximize=path(torch, lambda p: A(p, lr=0.1, maximize=True)),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_adamw_decouples_weight_decay(torch):
    """AdamW shrinks weights by lr*weight_decay apart from the gradient (default 0.01); Adam adds it to the gradient."""
    o = torch.optim
    return dict(
        adamw=path(torch, lambda p: o.AdamW(p, lr=0.1, weight_decay=0.5)),
        adam=path(torch, lambda p: o.Adam(p, lr=0.1, weight_decay=0.5)),
        default=path(torch, lambda p: o.AdamW(p, lr=0.1)),
        none=path(torch, lambda p: o.AdamW(p, lr=0.1, weight_decay=0)),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_rmsprop_variants(torch):
    """RMSprop: alpha, centered, momentum, weight decay."""
    R = torch.optim.RMSprop
    return dict(
        default=path(torch, lambda p: R(p)),
        alpha=path(torch, lambda p: R(p, lr=0.1, alpha=0.5)),
        centered=path(torch, lambda p: R(p, lr=0.05, alpha=0.5, centered=True, eps=0.1)),
        momentum=path(torch, lambda p: R(p, lr=0.01, momentum=0.9)),
        decay=path(torch, lambda p: R(p, lr=0.01, weight_decay=0.3)),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_adagrad_adadelta_adamax(torch):
    """Adagrad (lr decay, initial accumulator), Adadelta and Adamax."""
    o = torch.optim
    return dict(
        adagrad=path(torch, lambda p: o.Adagrad(p, lr=0.5)),
        decay=path(torch, lambda p: o.Adagrad(p, lr=0.5, lr_decay=0.5, weight_decay=0.1)),
        initial=path(torch, lambda p: o.Adagrad(p, lr=0.5, initial_accumulator_value=2.0)),
        adadelta=path(torch, lambda p: o.Adadelta(p, lr=1.0, rho=0.5, eps=1e-3)),
        adamax=path(torch, lambda p: o.Adamax(p, lr=0.1, betas=(0.5, 0.9))),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_nadam_and_radam(torch):
    """NAdam (momentum decay schedule) and RAdam (rectification starts after some steps)."""
    o = torch.optim
    return dict(
        nadam=path(torch, lambda p: o.NAdam(p, lr=0.1)),
        radam=path(torch, lambda p: o.RAdam(p, lr=0.1), 8),
        nadam_decay=path(torch, lambda p: o.NAdam(p, lr=0.1, weight_decay=0.3, decoupled_weight_decay=True)),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_rprop_and_asgd(torch):
    """Rprop adapts step sizes by sign changes; ASGD keeps an average."""
    o = torch.optim
    return dict(
        rprop=path(torch, lambda p: o.Rprop(p, lr=0.5), 6), asgd=path(torch, lambda p: o.ASGD(p, lr=0.1, lambd=0.1))
    )


@tol(rtol=1e-4, atol=1e-5)
def case_lbfgs_with_closure(torch):
    """LBFGS calls the closure several times per step and converges on a quadratic; strong_wolfe line search;
    step returns the first loss.
    """

    def run(**kw):
        w = torch.tensor([1.0, -2.0, 0.5], requires_grad=True)
        opt = torch.optim.LBFGS([w], **kw)
        calls = []

        def closure():
            opt.zero_grad()
            loss = (torch.tensor([1.0, 2.0, 3.0]) * w**2).sum()
            loss.backward()
            calls.append(loss.item())
            return loss

        first = opt.step(closure)
        return [first.item(), len(calls) > 1, arr(w), calls[-1] < calls[0]]

    return dict(
        plain=run(lr=0.1, max_iter=3),
        wolfe=run(line_search_fn="strong_wolfe"),
        missing=raises(torch.optim.LBFGS([torch.ones(1, requires_grad=True)]).step)[0],
    )


# ---- groups and arguments
def case_param_groups(torch):
    """Groups with own options, defaults for the rest, edited learning rates, add_param_group."""
    a, b, c = (torch.tensor([1.0], requires_grad=True) for _ in range(3))
    opt = torch.optim.SGD([{"params": [a]}, {"params": b, "lr": 1.0, "momentum": 0.9}], lr=0.1)
    opt.add_param_group({"params": [c], "lr": 0.5})

    def step():
        opt.zero_grad()
        (a * 2 + b * 2 + c * 2).backward()
        opt.step()
        return arr([a, b, c])

    first = step()
    opt.param_groups[0]["lr"] = 10.0
    return dict(
        first=first,
        second=step(),
        options=[[g["lr"], g["momentum"], len(g["params"])] for g in opt.param_groups],
        keys=sorted(opt.param_groups[0]),
        defaults=[opt.defaults["lr"], opt.defaults["momentum"]],
    )


def case_optimizer_argument_errors(torch):
    """What constructors refuse: nothing to optimize, wrong kinds, non-leaves, duplicates, values out of range."""
    o, w = torch.optim, lambda: [torch.zeros(1, requires_grad=True)]
    p = torch.zeros(1, requires_grad=True)
    opt = o.SGD([p], lr=0.1)
    return dict(
        empty=raises(o.SGD, [], lr=0.1),
        tensor=raises(o.SGD, p, lr=0.1),
        kind=raises(o.SGD, [1.0], lr=0.1),
        non_leaf=raises(o.SGD, [p * 2], lr=0.1),
        twice=raises(opt.add_param_group, {"params": [p]}),
        lr=raises(o.SGD, w(), lr=-1.0),
        momentum=raises(o.SGD, w(), lr=0.1, momentum=-1.0),
        nesterov=raises(o.SGD, w(), lr=0.1, nesterov=True),
        beta=raises(o.Adam, w(), betas=(1.0, 0.9)),
        eps=raises(o.Adam, w(), eps=-1.0),
        decay=raises(o.AdamW, w(), weight_decay=-0.1),
        lr_adam=raises(o.Adam, w(), lr=-0.5),
        group=raises(opt.add_param_group, [1]),
        constant=raises(o.SGD, [torch.zeros(1)], lr=0.1),
    )


def case_parameters_without_gradient_are_skipped(torch):
    """step() skips parameters whose .grad is None: no state, no decay; the state appears with the first gradient."""
    a, b = torch.tensor([1.0], requires_grad=True), torch.tensor([1.0], requires_grad=True)
    opt = torch.optim.AdamW([a, b], lr=0.1, weight_decay=0.5)
    (a * 2).backward()
    opt.step()
    one = [len(opt.state), a in opt.state, b in opt.state, arr(b)]
    (b * 2).backward()
    opt.step()
    return dict(one=one, steps=[opt.state[a]["step"].item(), opt.state[b]["step"].item()], values=arr([a, b]))


def case_closure_and_return_value(torch):
    """step(closure) evaluates the closure once with recording on, before the update, and returns its value;
    step() returns None.
    """
    w = torch.tensor([3.0], requires_grad=True)
    opt = torch.optim.Adam([w], lr=0.1)
    calls = []

    def closure():
        calls.append(torch.is_grad_enabled())
        opt.zero_grad()
        loss = (w**2).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        loss = opt.step(closure)
    return dict(loss=loss.item(), w=arr(w), calls=calls, none=opt.step(), number=opt.step(lambda: 5))


def case_optimizer_state_dict_structure(torch):
    """state_dict(): state keyed by position, groups with positions instead of tensors;
    names of the per-parameter state of each optimizer.
    """

    def keys(cls, **kw):
        w = torch.tensor([1.0], requires_grad=True)
        opt = cls([w], lr=0.1, **kw)
        (w**2).backward()
        opt.step()
        return sorted(opt.state_dict()["state"].get(0, {}))

    o = torch.optim
    a, b = torch.ones(1, requires_grad=True), torch.ones(2, requires_grad=True)
    opt = o.SGD([{"params": [a]}, {"params": [b], "lr": 2.0}], lr=0.1, momentum=0.9)
    empty = opt.state_dict()
    (a.sum() + b.sum()).backward()
    opt.step()
    sd = opt.state_dict()
    return dict(
        top=list(sd),
        empty=len(empty["state"]),
        params=[g["params"] for g in sd["param_groups"]],
        lr=[g["lr"] for g in sd["param_groups"]],
        buffer=arr(sd["state"][1]["momentum_buffer"]),
        group=sorted(sd["param_groups"][0]),
        adam=keys(o.Adam),
        amsgrad=keys(o.Adam, amsgrad=True),
        rmsprop=keys(o.RMSprop, centered=True, momentum=0.1),
        adagrad=keys(o.Adagrad),
        adadelta=keys(o.Adadelta),
        sgd=keys(o.SGD),
        nadam=keys(o.NAdam),
        step=[type(opt.state[a]).__name__, type(o.Adam).__name__],
    )


def case_optimizer_state_round_trip(torch):
    """load_state_dict continues a run exactly, takes over the saved hyper-parameters, and checks group sizes."""

    def make(lr):
        w = torch.tensor([1.0, -2.0], requires_grad=True)
        return w, torch.optim.Adam([w], lr=lr)

    def step(w, opt):
        opt.zero_grad()
        (w**4).sum().backward()
        opt.step()

    w, opt = make(0.1)
    step(w, opt)
    w2, opt2 = make(5.0)
    with torch.no_grad():
        w2.copy_(w)
    sd = copy.deepcopy(opt.state_dict())
    opt2.load_state_dict(sd)
    for _ in range(2):
        step(w, opt)
        step(w2, opt2)
    more = torch.optim.Adam([torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)])
    groups = torch.optim.Adam(
        [{"params": [torch.ones(1, requires_grad=True)]}, {"params": [torch.ones(1, requires_grad=True)]}]
    )
    return dict(
        same=close(w, w2),
        w=arr(w),
        lr=opt2.param_groups[0]["lr"],
        size=raises(more.load_state_dict, sd),
        groups=raises(groups.load_state_dict, sd),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_foreach_and_fused_give_the_same(torch):
    """foreach= and fused= are accepted and change no result; both at once is an error."""
    o = torch.optim
    out = {}
    for name, cls in dict(sgd=o.SGD, adam=o.Adam, adamw=o.AdamW).items():
        base = path(torch, lambda p: cls(p, lr=0.1))
        out[name] = [base[-1]] + [
            close(base, path(torch, lambda p: cls(p, lr=0.1, **kw)))
            for kw in (dict(foreach=True), dict(foreach=False), dict(fused=True))
        ]
    out["both"] = raises(o.Adam, [torch.zeros(1, requires_grad=True)], foreach=True, fused=True)
    return out


def case_repr_of_optimizers(torch):
    """repr lists the groups with their options, sorted by name."""
    w, v = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    return dict(
        sgd=repr(torch.optim.SGD([w], lr=0.1, momentum=0.9)).splitlines(),
        groups=repr(torch.optim.Adam([{"params": [w], "lr": 0.5}, {"params": [v]}])).splitlines(),
    )


def case_step_hooks(torch):
    """register_step_pre_hook and register_step_post_hook run around step with (optimizer, args, kwargs); removable."""
    w = torch.tensor([1.0], requires_grad=True)
    opt = torch.optim.SGD([w], lr=0.1)
    log = []
    h = opt.register_step_pre_hook(lambda o, a, k: log.append(["pre", o is opt, arr(w)]))
    opt.register_step_post_hook(lambda o, a, k: log.append(["post", arr(w)]))
    (w * 2).backward()
    opt.step()
    h.remove()
    opt.step()
    return dict(log=log)


def case_named_parameters_in_optimizers(torch):
    """An optimizer made from named_parameters() keeps the names in its groups and state dict."""
    m = fill(torch, torch.nn.Linear(2, 1))
    opt = torch.optim.SGD(m.named_parameters(), lr=0.1)
    m(torch.ones(1, 2)).sum().backward()
    opt.step()
    return dict(
        names=opt.param_groups[0]["param_names"],
        state=opt.state_dict()["param_groups"][0]["param_names"],
        params=opt.state_dict()["param_groups"][0]["params"],
        w=arr(m.weight),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_training_a_small_network(torch):
    """A two-layer network on fixed data: losses of ten steps under SGD with momentum and under Adam."""

    def losses(make):
        m = torch.nn.Sequential(fill(torch, torch.nn.Linear(2, 4)), torch.nn.Tanh(), fill(torch, torch.nn.Linear(4, 1)))
        opt = make(m.parameters())
        x, y = ramp(torch, 5, 2, start=-1, step=0.2), ramp(torch, 5, 1, step=0.25)
        out = []
        for _ in range(10):
            opt.zero_grad()
            loss = torch.nn.functional.mse_loss(m(x), y)
            loss.backward()
            opt.step()
            out.append(loss.item())
        return out

    return dict(
        sgd=losses(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
        adam=losses(lambda p: torch.optim.Adam(p, lr=0.05)),
    )


# ---- schedules
def case_step_schedules(torch):
    """StepLR, MultiStepLR (a milestone may repeat), ExponentialLR, ConstantLR, LinearLR, PolynomialLR."""
    S = torch.optim.lr_scheduler
    return dict(
        step=lrs(torch, lambda o: S.StepLR(o, 2, gamma=0.5), 5, groups=2),
        multi=lrs(torch, lambda o: S.MultiStepLR(o, [1, 3, 3], gamma=0.1), 5),
        exp=lrs(torch, lambda o: S.ExponentialLR(o, 0.9), 4),
        const=lrs(torch, lambda o: S.ConstantLR(o, factor=0.5, total_iters=2), 4),
        linear=lrs(torch, lambda o: S.LinearLR(o, start_factor=0.25, total_iters=3), 5),
        poly=lrs(torch, lambda o: S.PolynomialLR(o, total_iters=3, power=2), 5),
    )


def case_cosine_schedules(torch):
    """CosineAnnealingLR goes down to eta_min at T_max and up again; WarmRestarts restarts with growing periods."""
    S = torch.optim.lr_scheduler
    return dict(
        cosine=lrs(torch, lambda o: S.CosineAnnealingLR(o, T_max=4, eta_min=0.1), 8),
        restarts=lrs(torch, lambda o: S.CosineAnnealingWarmRestarts(o, T_0=2, T_mult=2), 8),
    )


def case_lambda_schedules(torch):
    """LambdaLR multiplies the initial rate, one function per group; MultiplicativeLR multiplies the last rate;
    wrong counts are refused.
    """
    S = torch.optim.lr_scheduler
    return dict(
        one=lrs(torch, lambda o: S.LambdaLR(o, lambda e: 1 / (e + 1)), 4),
        two=lrs(torch, lambda o: S.LambdaLR(o, [lambda e: 0.5**e, lambda e: 1.0 + e]), 3, groups=2),
        mult=lrs(torch, lambda o: S.MultiplicativeLR(o, lambda e: 0.5), 4),
        error=raises(lambda: lrs(torch, lambda o: S.LambdaLR(o, [lambda e: 1]), 1, groups=2)),
    )


def case_one_cycle(torch):
    """OneCycleLR: warm-up, annealing, momentum moving against the rate; stepping past the total is an error."""
    w = torch.zeros(1, requires_grad=True)
    opt = torch.optim.SGD([w], lr=0.1, momentum=0.9)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=1.0, total_steps=6)
    seen = []
    for _ in range(5):
        seen.append([opt.param_groups[0]["lr"], opt.param_groups[0]["momentum"]])
        opt.step()
        sched.step()
    seen.append([opt.param_groups[0]["lr"], opt.param_groups[0]["momentum"]])
    opt.step()
    return dict(
        seen=seen,
        past=[raises(sched.step)[0] for _ in range(2)],
        initial=opt.param_groups[0]["initial_lr"],
        max=opt.param_groups[0]["max_lr"],
        args=raises(torch.optim.lr_scheduler.OneCycleLR, opt, max_lr=1.0),
    )


def case_cyclic(torch):
    """CyclicLR: triangular, triangular2, exp_range."""
    C = torch.optim.lr_scheduler.CyclicLR
    run = lambda mode, **kw: lrs(
        torch, lambda o: C(o, base_lr=0.1, max_lr=1.1, step_size_up=2, mode=mode, **kw), 9, momentum=0.9
    )
    return dict(tri=run("triangular"), tri2=run("triangular2"), exp=run("exp_range", gamma=0.9))


def case_reduce_on_plateau(torch):
    """ReduceLROnPlateau: patience, factor, threshold, cooldown, min_lr, mode max; takes the metric; get_last_lr."""

    def run(metrics, **kw):
        opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        s = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, **kw)
        seen = []
        for m in metrics:
            opt.step()
            s.step(m)
            seen.append(s.get_last_lr()[0])
        return seen

    bad = torch.optim.lr_scheduler.ReduceLROnPlateau(torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0))
    return dict(
        default=run([1.0] * 13),
        fast=run([1, 1, 1, 0.5, 0.5, 0.5, 0.5], patience=1, factor=0.5),
        cooldown=run([1.0] * 7, patience=0, factor=0.5, cooldown=2),
        floor=run([1.0] * 5, patience=0, factor=0.1, min_lr=0.05),
        up=run([1, 2, 2, 2.00001, 3], mode="max", patience=0, factor=0.5),
        abs=run([1.0, 0.95, 0.85, 0.8], patience=0, factor=0.5, threshold=0.1, threshold_mode="abs"),
        tensor=run([torch.tensor(1.0)] * 3, patience=0),
        missing=raises(bad.step)[0],
        factor=raises(
            torch.optim.lr_scheduler.ReduceLROnPlateau,
            torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0),
            factor=1.0,
        ),
    )


def case_combined_schedules(torch):
    """SequentialLR switches at milestones (starting each schedule afresh), ChainedScheduler multiplies."""
    S = torch.optim.lr_scheduler
    return dict(
        sequential=lrs(
            torch,
            lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.1, total_iters=3), S.ExponentialLR(o, 0.5)], milestones=[3]),
            7,
        ),
        chained=lrs(
            torch, lambda o: S.ChainedScheduler([S.ConstantLR(o, 0.1, 2), S.ExponentialLR(o, 0.9)], optimizer=o), 5
        ),
    )


def case_scheduler_bookkeeping(torch):
    """Making a scheduler sets initial_lr and does one initial step: last_epoch 0; get_last_lr;
    state_dict holds everything but the optimizer; resuming needs initial_lr.
    """
    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    S = torch.optim.lr_scheduler
    s = S.StepLR(opt, 2, gamma=0.1)
    a = [s.last_epoch, s.get_last_lr(), s.base_lrs, opt.param_groups[0]["initial_lr"]]
    for _ in range(3):
        opt.step()
        s.step()
    sd = s.state_dict()
    t = S.StepLR(torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=7.0), 5)
    t.load_state_dict(sd)
    return dict(
        a=a,
        after=[s.last_epoch, s.get_last_lr()],
        keys=[k for k in ("step_size", "gamma", "base_lrs", "last_epoch", "optimizer") if k in sd],
        loaded=[t.step_size, t.last_epoch, t.get_last_lr()],
        resume=raises(S.StepLR, torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0), 2, last_epoch=3)[1][:60],
        kind=raises(S.StepLR, 3, 2),
    )


def case_scheduler_order_warning(torch):
    """Calling scheduler.step() before the first optimizer.step() warns; the usual order does not;
    an epoch argument is deprecated.
    """

    def run(order):
        opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        s = torch.optim.lr_scheduler.ExponentialLR(opt, 0.9)
        return warned(lambda: [(opt if c == "o" else s).step() for c in order])

    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    s = torch.optim.lr_scheduler.ExponentialLR(opt, 0.9)
    opt.step()
    epoch = warned(s.step, 5)
    return dict(
        wrong=[t[:110] for t in run("so")], right=run("osos"), epoch=[t[:60] for t in epoch], lr=s.get_last_lr()
    )


def case_averaged_model(torch):
    """swa_utils.AveragedModel: equal averages by default, EMA by multi_avg_fn, counts its updates;
    SWALR anneals to its rate; update_bn recomputes statistics.
    """
    U = torch.optim.swa_utils
    m = fill(torch, torch.nn.Linear(1, 1))
    avg, ema = U.AveragedModel(m), U.AveragedModel(m, multi_avg_fn=U.get_ema_multi_avg_fn(0.5))
    for k in (1.0, 4.0, 10.0):
        with torch.no_grad():
            m.weight.fill_(k)
        avg.update_parameters(m)
        ema.update_parameters(m)
    bn = torch.nn.Sequential(torch.nn.BatchNorm1d(1))
    bn(torch.full((2, 1), 100.0))
    U.update_bn([torch.tensor([[1.0], [3.0]]), torch.tensor([[5.0], [7.0]])], bn)
    swa = lrs(torch, lambda o: U.SWALR(o, swa_lr=0.1, anneal_epochs=3, anneal_strategy="linear"), 5)
    return dict(
        avg=arr(avg.module.weight),
        ema=arr(ema.module.weight),
        n=int(avg.n_averaged),
        names=list(avg.state_dict()),
        bn=[arr(bn[0].running_mean), bn[0].momentum],
        swa=swa,
        call=arr(avg(torch.ones(1, 1))),
    )
