"""Optimizers and schedules beyond their update rules: state, groups, hooks, options, texts."""

import copy
import importlib
import pickle

from tests.spec.observe import arr, raises, tol, warned


def leaf(torch, *values, **kw):
    return torch.tensor(list(values) or [1.0, -2.0], requires_grad=True, **kw)


def stepped(torch, opt, n=1):
    """Gradient steps on the sum of p**2 over all parameters."""
    for _ in range(n):
        opt.zero_grad()
        sum((p * p).sum() for g in opt.param_groups for p in g["params"]).backward()
        opt.step()
    return [arr(p) for g in opt.param_groups for p in g["params"]]


def makers(torch):
    o = torch.optim
    return {
        "sgd": lambda p, **k: o.SGD(p, lr=0.1, momentum=0.9, **k),
        "adam": lambda p, **k: o.Adam(p, lr=0.1, **k),
        "adamw": lambda p, **k: o.AdamW(p, lr=0.1, **k),
        "rmsprop": lambda p, **k: o.RMSprop(p, lr=0.1, momentum=0.5, centered=True, eps=0.1, **k),
        "adagrad": lambda p, **k: o.Adagrad(p, lr=0.1, **k),
    }


def later_makers(torch):
    o = torch.optim
    return {
        "adadelta": lambda p, **k: o.Adadelta(p, lr=0.1, **k),
        "adamax": lambda p, **k: o.Adamax(p, lr=0.1, **k),
        "nadam": lambda p, **k: o.NAdam(p, lr=0.1, **k),
        "radam": lambda p, **k: o.RAdam(p, lr=0.1, **k),
        "rprop": lambda p, **k: o.Rprop(p, lr=0.1, **k),
        "asgd": lambda p, **k: o.ASGD(p, lr=0.1, t0=1, **k),
    }


# ---- state
@tol(rtol=1e-4)
def case_state_dicts(torch):
    """Names, dtypes, shapes and values of the state, before and after two steps, and the options in it."""
    out = {}
    for name, make in makers(torch).items():
        opt = make([leaf(torch), leaf(torch, 3.0)])
        before = opt.state_dict()
        stepped(torch, opt, 2)
        sd = opt.state_dict()
        out[name] = [
            [list(before), sorted(before["state"])],
            {i: {k: [str(v.dtype), arr(v)] for k, v in s.items()} for i, s in sd["state"].items()},
            [[k, repr(v)] for k, v in sd["param_groups"][0].items()],
        ]
    return out


@tol(rtol=1e-4)
def case_state_follows_the_parameter_dtype(torch):
    """Loading casts state to the parameters' dtype, except step."""
    out = {}
    for name, make in makers(torch).items():
        opt = make([leaf(torch)])
        stepped(torch, opt)
        other = make([leaf(torch, dtype=torch.float64)])
        other.load_state_dict(opt.state_dict())
        (state,) = other.state.values()
        out[name] = {k: str(v.dtype) for k, v in state.items()}
        out[name + " next"] = stepped(torch, other)
    return out


@tol(rtol=1e-4)
def case_copies_and_pickles(torch):
    """deepcopy and pickle carry state and options; the copy goes on by itself."""
    out = {}
    for name, make in makers(torch).items():
        opt = make([leaf(torch)])
        stepped(torch, opt)
        twin = copy.deepcopy(opt)
        again = pickle.loads(pickle.dumps(opt))
        out[name] = [stepped(torch, o, 2) for o in (twin, again, opt)]
        out[name + " keys"] = [sorted(again.__getstate__()), sorted(again.param_groups[0])]
    return out


def case_loading_hooks(torch):
    """State dict hooks run in order, prepended ones first; those that return something replace it."""
    opt, log = torch.optim.SGD([leaf(torch)], lr=0.1), []
    opt.register_state_dict_pre_hook(lambda o: log.append("pre"))
    opt.register_state_dict_post_hook(lambda o, sd: log.append("post") or {**sd, "more": 1})
    opt.register_state_dict_post_hook(lambda o, sd: log.append(["first", sorted(sd)]), prepend=True)
    sd = opt.state_dict()
    opt.register_load_state_dict_pre_hook(
        lambda o, d: log.append(sorted(d)) or {**d, "param_groups": [{**d["param_groups"][0], "lr": 7.0}]}
    )
    opt.register_load_state_dict_post_hook(lambda o: log.append(o.param_groups[0]["lr"]))
    handle = opt.register_load_state_dict_post_hook(lambda o: log.append("gone"))
    handle.remove()
    opt.load_state_dict(sd)
    return [log, sorted(sd)]


def case_unknown_state_is_kept(torch):
    """State under a key that is no parameter survives a round trip; extra values of a parameter's state too."""
    p = leaf(torch)
    opt = torch.optim.SGD([p], lr=0.1)
    opt.state["note"] = {"a": 1}
    opt.state[p]["extra"] = [torch.ones(1), 3, "text"]
    other = torch.optim.SGD([leaf(torch)], lr=0.2)
    other.load_state_dict(opt.state_dict())
    (extra,) = [v["extra"] for k, v in other.state.items() if k != "note"]
    return [other.state["note"], arr(extra[0]), extra[1]]


def case_names_in_loaded_groups(torch):
    """Names stay when the loaded groups have none, and are replaced when they have."""
    named = torch.optim.SGD([("w", leaf(torch))], lr=0.1)
    plain = torch.optim.SGD([leaf(torch)], lr=0.2)
    named.load_state_dict(plain.state_dict())
    other = torch.optim.SGD([("v", leaf(torch))], lr=0.3)
    other.load_state_dict(named.state_dict())
    return [named.param_groups[0]["param_names"], other.param_groups[0]["param_names"], other.param_groups[0]["lr"]]


# ---- parameters and groups
def case_refused_parameters(torch):
    """What constructors and add_param_group refuse, word for word."""
    o, w = torch.optim, leaf(torch)
    named = o.SGD([("a", w)], lr=0.1)
    return dict(
        set=raises(o.SGD, [{"params": {leaf(torch)}}]), half_named=raises(o.SGD, [("a", leaf(torch)), leaf(torch)]),
        unnamed=raises(named.add_param_group, {"params": [leaf(torch)]}), number=raises(o.SGD, 3),
        no_params=raises(o.SGD, [{"lr": 1.0}]), mixed=raises(o.SGD, [leaf(torch), "a"]),
        same_group=raises(o.SGD, [{"params": [w]}, {"params": [w]}]), int_tensor=raises(o.SGD, torch.ones(2).long()),
        tensor_lr=raises(o.SGD, [w], lr=torch.ones(2)), abstract=raises(o.Optimizer([w], {}).step),
    )  # fmt: skip


def case_refused_options(torch):
    """Options out of range, and options that exclude each other, of each optimizer."""
    o, w = torch.optim, [leaf(torch)]
    t = torch.tensor
    bad = {
        "SGD": [dict(weight_decay=-1), dict(nesterov=True, momentum=0.9, dampening=0.1), dict(fused=True, foreach=True),
                dict(fused=True, differentiable=True), dict(lr=-1)],
        "Adam": [dict(betas=(0.9, 1.0)), dict(betas=(-0.1, 0.9)), dict(betas=(0.5, 1)), dict(betas=(t(0.9), 0.9)),
                 dict(lr=t(0.1), foreach=True), dict(lr=t([0.1, 0.2])), dict(fused=True, differentiable=True),
                 dict(betas=(t(0.9), t(0.9)), foreach=True), dict(lr=float("nan")), dict(weight_decay=-1)],
        "RMSprop": [dict(alpha=-1), dict(eps=-1), dict(momentum=-1), dict(weight_decay=-1), dict(lr=-1)],
        "Adagrad": [dict(lr_decay=-1), dict(initial_accumulator_value=-1), dict(eps=-1), dict(lr=-1),
                    dict(fused=True, foreach=True)],
    }  # fmt: skip
    return {name: [raises(getattr(o, name), w, **kw) for kw in options] for name, options in bad.items()}


def case_refused_on_the_cpu(torch):
    """capturable needs an accelerator; fused needs floating point."""
    def run(cls, dtype=None, **kw):
        p = torch.zeros(1, requires_grad=True, dtype=dtype)
        p.grad = torch.ones(1, dtype=dtype)
        return raises(cls([p], **kw).step)

    o = torch.optim
    return [run(o.Adam, capturable=True), run(o.RMSprop, capturable=True)] + [
        run(cls, torch.complex64, fused=True) for cls in (o.SGD, o.Adam, o.Adagrad)
    ]


def case_duplicates_warn(torch):
    """A parameter twice in one group is a warning; in two groups an error."""
    w = leaf(torch)
    return warned(torch.optim.SGD, [w, w], lr=0.1)


def case_non_leaves(torch):
    """A non-leaf is refused, unless it retains its gradient or the step is differentiable."""
    w = leaf(torch)
    kept = w * 2
    kept.retain_grad()
    return [raises(torch.optim.SGD, [w * 2]), raises(torch.optim.SGD, [kept]),
            raises(torch.optim.SGD, [w * 2], differentiable=True)]  # fmt: skip


def case_zero_grad(torch):
    """set_to_none forgets the gradient; otherwise the same tensor becomes zeros, cut off its history."""
    w = leaf(torch)
    opt = torch.optim.SGD([w, leaf(torch)], lr=0.1)
    (w * w).sum().backward(create_graph=True)
    g = w.grad
    opt.zero_grad(set_to_none=False)
    kept = [w.grad is g, arr(g), g.requires_grad, g.grad_fn is None]
    opt.zero_grad()
    return [kept, w.grad is None]


@tol(rtol=1e-4)
def case_groups_with_options_of_their_own(torch):
    """Each option may differ by group, and may be edited between steps."""
    a, b = leaf(torch), leaf(torch, 3.0)
    adam = torch.optim.Adam([{"params": [a], "lr": 0.5, "betas": (0.5, 0.5)}, {"params": b, "weight_decay": 0.1,
                             "amsgrad": True, "maximize": True}], lr=0.1)  # fmt: skip
    first = stepped(torch, adam)
    adam.param_groups[0]["lr"] = 0.01
    adam.param_groups[1]["weight_decay"] = 0
    sgd = torch.optim.SGD([leaf(torch)], lr=0.1)
    stepped(torch, sgd)
    sgd.param_groups[0].update(momentum=0.9, nesterov=True)
    return dict(first=first, second=stepped(torch, adam, 2), sgd=stepped(torch, sgd, 3),
                sizes=[sorted(s) for s in adam.state.values()])  # fmt: skip


@tol(rtol=1e-4)
def case_parameters_that_join_later(torch):
    """A parameter whose first gradient comes later has its own count, and its own momentum from then on."""
    out = {}
    for name, make in makers(torch).items():
        a, b = leaf(torch), leaf(torch, 3.0)
        opt = make([a, b])
        for k in range(4):
            opt.zero_grad()
            ((a * a).sum() + ((b * b).sum() if k % 2 else 0)).backward()
            opt.step()
        out[name] = [arr(a), arr(b)]
        out[name + " steps"] = [float(s["step"]) for s in opt.state.values() if "step" in s]
    return out


@tol(rtol=1e-4)
def case_tensor_hyperparameters(torch):
    """Learning rates and betas may be tensors; a scheduler writes into them in place."""
    lr = torch.tensor(0.1)
    sgd = torch.optim.SGD([leaf(torch)], lr=lr)
    sched = torch.optim.lr_scheduler.ExponentialLR(sgd, 0.5)
    first = stepped(torch, sgd)
    sched.step()
    adam = torch.optim.Adam([leaf(torch)], lr=torch.tensor(0.1), betas=(torch.tensor(0.8), torch.tensor(0.9)))
    return dict(first=first, second=stepped(torch, sgd), lr=arr(lr), same=sgd.param_groups[0]["lr"] is lr,
                adam=stepped(torch, adam, 2), initial=arr(sgd.param_groups[0]["initial_lr"]))  # fmt: skip


@tol(rtol=1e-4)
def case_differentiable_steps(torch):
    """With differentiable=True gradients flow through the step, to the parameters before it and to the gradient."""
    out = {}
    for name, make in makers(torch).items():
        w, scale = leaf(torch), torch.tensor(1.5, requires_grad=True)
        p = w.clone()
        p.grad = w.detach() * scale
        make([p], differentiable=True).step()
        (p * p).sum().backward()
        out[name] = [arr(p), arr(w.grad), arr(scale.grad), p.grad_fn is not None]
    return out


# ---- step
def case_global_and_argument_hooks(torch):
    """Hooks of all optimizers run outside those of one; a pre hook may replace the arguments, and nothing else."""
    opt, log = torch.optim.SGD([leaf(torch)], lr=0.1), []
    m = importlib.import_module(f"{torch.__name__}.optim.optimizer")
    handles = [
        m.register_optimizer_step_pre_hook(lambda o, a, k: log.append("all pre")),
        m.register_optimizer_step_post_hook(lambda o, a, k: log.append("all post")),
        opt.register_step_pre_hook(lambda o, a, k: log.append("pre")),
        opt.register_step_post_hook(lambda o, a, k: log.append("post")),
        opt.register_step_pre_hook(lambda o, a, k: ((o, lambda: 5), {})),
    ]
    result = opt.step(lambda: 4)
    for h in handles:
        h.remove()
    bad = opt.register_step_pre_hook(lambda o, a, k: 3)
    text = raises(opt.step)
    bad.remove()
    return [log, result, opt.step(), text[0], text[1].endswith("but got 3.")]


def case_subclasses(torch):
    """A user's optimizer: defaults, required options, step with hooks, state by parameter."""
    required = importlib.import_module(f"{torch.__name__}.optim.optimizer").required

    class Signs(torch.optim.Optimizer):
        def __init__(self, params, lr=required):
            super().__init__(params, dict(lr=lr))

        @torch.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    self.state[p].setdefault("n", 0)
                    self.state[p]["n"] += 1
                    p.add_(p.grad.sign(), alpha=-group["lr"])

    log = []
    opt = Signs([leaf(torch)], lr=0.25)
    opt.register_step_post_hook(lambda o, a, k: log.append(1))
    return [stepped(torch, opt, 2), opt.state_dict()["state"], log, raises(Signs, [leaf(torch)]),
            repr(opt).splitlines()]


def case_inference_of_step(torch):
    """step records nothing and bumps the parameters' versions; gradients and history stay as they were."""
    w = leaf(torch)
    opt = torch.optim.Adam([w], lr=0.1)
    (w * 3).sum().backward()
    g, v = w.grad, w._version
    opt.step()
    return [w.is_leaf, w.requires_grad, w.grad is g, w._version > v, opt.state[w]["exp_avg"].requires_grad]


def case_in_place_step_breaks_an_older_graph(torch):
    """A loss whose graph saved the parameter cannot be differentiated after the step that changed it."""
    w = leaf(torch)
    loss = (w * w).sum()
    loss.backward(retain_graph=True)
    torch.optim.SGD([w], lr=0.1).step()
    return raises(loss.backward)[0]


# ---- schedules
def _warned_by_schedules(torch, use):
    opt = torch.optim.SGD([leaf(torch)], lr=1.0)
    s = torch.optim.lr_scheduler.StepLR(opt, 2)
    return [w[:90] for w in warned(use, opt, s)]


def case_schedule_warnings(torch):
    """get_lr outside step, an overridden step, an epoch argument, the wrong order."""
    def override(opt, s):
        opt.step = lambda: None
        s.step()

    return dict(
        get_lr=_warned_by_schedules(torch, lambda o, s: s.get_lr()), override=_warned_by_schedules(torch, override),
        order=_warned_by_schedules(torch, lambda o, s: s.step()),
        epoch=_warned_by_schedules(torch, lambda o, s: (o.step(), s.step(3))),
        fine=_warned_by_schedules(torch, lambda o, s: (o.step(), s.step(), s.get_last_lr())),
    )  # fmt: skip


def case_schedule_errors(torch):
    """What schedules refuse."""
    S = torch.optim.lr_scheduler
    opt = lambda **k: torch.optim.SGD([leaf(torch)], lr=1.0, **k)  # noqa: E731
    ada = torch.optim.Adagrad([leaf(torch)])
    o = opt()
    plateau = S.ReduceLROnPlateau(o)
    return dict(
        kind=raises(S.LambdaLR, 3, lambda e: 1)[0], constant=raises(S.ConstantLR, o, 2.0),
        linear=[raises(S.LinearLR, o, 0.0), raises(S.LinearLR, o, 0.5, 1.5)],
        restarts=[raises(S.CosineAnnealingWarmRestarts, o, a, b) for a, b in ((0, 1), (1.5, 1), (2, 0), (2, 1.5))],
        eta=raises(S.CosineAnnealingWarmRestarts, o, 2, 1, "a"),
        negative=raises(S.CosineAnnealingWarmRestarts(opt(), 2).step, -1),
        cyclic=[raises(S.CyclicLR, o, 0.1, 1.0, mode="x"), raises(S.CyclicLR, ada, 0.1, 1.0),
                raises(S.CyclicLR, o, [0.1, 0.2], 1.0)],
        one_cycle=[raises(S.OneCycleLR, opt(momentum=0.9), 1.0, **k) for k in (
            {}, dict(total_steps=-1), dict(epochs=0, steps_per_epoch=1), dict(epochs=1, steps_per_epoch=1.5),
            dict(total_steps=5, pct_start=2), dict(total_steps=5, anneal_strategy="x"))],
        no_momentum=raises(S.OneCycleLR, ada, 1.0, total_steps=4),
        plateau=[raises(S.ReduceLROnPlateau, o, "x"), raises(S.ReduceLROnPlateau, o, threshold_mode="x"),
                 raises(S.ReduceLROnPlateau, o, min_lr=[1, 2])],
        multiplicative=raises(S.MultiplicativeLR, o, [3]),
        sequential=[raises(S.SequentialLR, o, [], []), raises(S.SequentialLR, o, [plateau], [])[0],
                    raises(S.SequentialLR, o, [S.ConstantLR(o)], [1]), raises(S.SequentialLR, o, [3], [])],
        chained=[raises(S.ChainedScheduler, []), raises(S.ChainedScheduler, [S.ConstantLR(o), S.ConstantLR(opt())])[0]],
        resume=raises(S.ExponentialLR, opt(), 0.5, last_epoch=2),
    )  # fmt: skip


def _rates(torch, make, n, **kw):
    opt = torch.optim.SGD([leaf(torch)], lr=1.0, **kw)
    sched = make(torch.optim.lr_scheduler, opt)
    seen = []
    for _ in range(n):
        seen.append(opt.param_groups[0]["lr"])
        opt.step()
        sched.step()
    return seen


@tol(rtol=1e-7, atol=1e-12)
def case_schedules_in_closed_form(torch):
    """step(epoch) jumps by the closed form where there is one."""
    S, out = torch.optim.lr_scheduler, {}
    made = {
        "step": lambda o: S.StepLR(o, 2), "multi": lambda o: S.MultiStepLR(o, [1, 4, 4]),
        "constant": lambda o: S.ConstantLR(o, 0.5, 4), "linear": lambda o: S.LinearLR(o, 0.1, 0.9, 6),
        "exponential": lambda o: S.ExponentialLR(o, 0.9), "polynomial": lambda o: S.PolynomialLR(o, 6, 2.0),
        "cosine": lambda o: S.CosineAnnealingLR(o, 6, 0.1), "restarts": lambda o: S.CosineAnnealingWarmRestarts(o, 2,
                                                                                                                2),
        "lambda": lambda o: S.LambdaLR(o, lambda e: 1 / (1 + e)),
        "cyclic": lambda o: S.CyclicLR(o, 0.1, 1.0, 3, cycle_momentum=False),
    }  # fmt: skip
    for name, make in made.items():
        opt = torch.optim.SGD([leaf(torch)], lr=1.0)
        s = make(opt)
        opt.step()
        seen = []
        for epoch in (3, 5, 11):
            s.step(epoch)
            seen.append(opt.param_groups[0]["lr"])
        s.step()
        out[name] = [seen, opt.param_groups[0]["lr"], s.last_epoch]
    return out


@tol(rtol=1e-7, atol=1e-12)
def case_nested_schedules(torch):
    """Sequences, chains, edits of the rate by hand in between, Adam's betas in a cycle."""
    def sequence(S, o):
        warm = S.LinearLR(o, 0.1, total_iters=2)
        return S.SequentialLR(o, [warm, S.StepLR(o, 1, 0.5), S.CosineAnnealingLR(o, 4)], [3, 5])

    def chain(S, o):
        return S.ChainedScheduler([S.LinearLR(o, 0.5, total_iters=3), S.MultiplicativeLR(o, lambda e: 0.9)])

    adam = torch.optim.Adam([leaf(torch)], lr=1.0)
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, 2.0, total_steps=4)
    betas = []
    for _ in range(4):
        betas.append(list(adam.param_groups[0]["betas"]))
        adam.step()
        cycle.step()
    opt = torch.optim.SGD([leaf(torch)], lr=1.0)
    s = torch.optim.lr_scheduler.ExponentialLR(opt, 0.5)
    opt.step()
    s.step()
    opt.param_groups[0]["lr"] = 3.0
    s.step()
    return dict(sequence=_rates(torch, sequence, 9), chain=_rates(torch, chain, 6), betas=betas, edited=s.get_last_lr())


@tol(rtol=1e-7, atol=1e-12)
def case_schedule_state(torch):
    """State dicts: their keys, callable objects in them, and resuming from them."""
    class Decay:
        def __init__(self, base):
            self.base = base

        def __call__(self, e):
            return self.base ** e

    S, out = torch.optim.lr_scheduler, {}
    made = {
        "lambda": lambda o: S.LambdaLR(o, Decay(0.5)), "function": lambda o: S.LambdaLR(o, lambda e: 0.7 ** e),
        "multi": lambda o: S.MultiStepLR(o, [1, 3]), "cosine": lambda o: S.CosineAnnealingLR(o, 5),
        "cycle": lambda o: S.CyclicLR(o, 0.1, 1.0, 2, mode="exp_range", gamma=0.9, cycle_momentum=False),
        "custom cycle": lambda o: S.CyclicLR(o, 0.1, 1.0, 2, scale_fn=Decay(0.9), cycle_momentum=False),
        "plateau": lambda o: S.ReduceLROnPlateau(o, patience=0),
        "sequence": lambda o: S.SequentialLR(o, [S.ConstantLR(o), S.ExponentialLR(o, 0.5)], [2]),
        "chain": lambda o: S.ChainedScheduler([S.ConstantLR(o), S.ExponentialLR(o, 0.5)]),
        "one cycle": lambda o: S.OneCycleLR(o, 1.0, total_steps=9, cycle_momentum=False),
    }  # fmt: skip
    for name, make in made.items():
        args = (1.0,) if name == "plateau" else ()
        opt = torch.optim.SGD([leaf(torch)], lr=1.0)
        s = make(opt)
        for _ in range(3):
            opt.step()
            s.step(*args)
        sd = copy.deepcopy(s.state_dict())
        fresh = torch.optim.SGD([leaf(torch)], lr=1.0)
        t = make(fresh)
        t.load_state_dict(sd)
        fresh.load_state_dict(opt.state_dict())
        fresh.step()
        t.step(*args)
        out[name] = [sorted(k for k in sd if not k.startswith("_")), t.get_last_lr(), t.last_epoch
                     if name != "chain" else None]  # fmt: skip
    return out


# ---- the later rules
@tol(rtol=1e-4)
def case_state_dicts_of_later_rules(torch):
    """Names, dtypes, shapes and values of the state after two steps, and the options in it."""
    out = {}
    makers = {
        **later_makers(torch),
        "adafactor": lambda p: torch.optim.Adafactor(p, lr=0.1),
        "lbfgs": lambda p: torch.optim.LBFGS(p, lr=0.1, max_iter=2),
    }
    for name, make in makers.items():
        w = leaf(torch)
        opt = make([w, leaf(torch, 3.0)])

        def closure(opt=opt):
            opt.zero_grad()
            loss = sum((p * p).sum() for p in opt.param_groups[0]["params"])
            loss.backward()
            return loss

        for _ in range(2):
            opt.step(closure)
        sd = opt.state_dict()
        kept = {
            i: {k: [str(v.dtype), arr(v)] if isinstance(v, torch.Tensor) else type(v).__name__ for k, v in s.items()}
            for i, s in sd["state"].items()
        }
        out[name] = [kept, [[k, repr(v)] for k, v in sd["param_groups"][0].items()], repr(opt)]
    return out


@tol(rtol=1e-4)
def case_options_of_later_rules(torch):
    """Rates by group, a tensor as the rate, differentiable steps, capturable and a rate refused, pickling."""
    out = {}
    for name, make in later_makers(torch).items():
        a, b = leaf(torch), leaf(torch, 2.0, 3.0)
        opt = make([{"params": [a]}, {"params": [b], "lr": 0.5}])
        groups = stepped(torch, opt, 3)
        w = leaf(torch)
        rate = stepped(torch, type(opt)([w], lr=torch.tensor(0.25)), 2)
        x = leaf(torch)
        y = x.clone()
        recorded = type(opt)([y], lr=0.1, differentiable=True)
        y.grad = (y * 0.5).detach()
        recorded.step()
        (y**2).sum().backward()
        refused = make([leaf(torch)], capturable=True)
        again = pickle.loads(pickle.dumps(opt))
        out[name] = [
            groups,
            rate,
            [arr(y), arr(x.grad)],
            raises(stepped, torch, refused),
            raises(type(opt), [leaf(torch)], lr=-1.0),
            raises(type(opt), [leaf(torch)], lr=torch.ones(2)),
            [repr(again) == repr(opt), len(again.state)],
        ]
    return out


@tol(rtol=1e-4)
def case_states_of_old_versions(torch):
    """State dicts in which step, eta, mu and mu_product are numbers load as tensors; later options get defaults."""
    out = {}
    for name, make in later_makers(torch).items():
        opt = make([leaf(torch)])
        stepped(torch, opt)
        sd = copy.deepcopy(opt.state_dict())
        sd["state"][0] = {k: v.item() if v.dim() == 0 else v for k, v in sd["state"][0].items()}
        for key in ("foreach", "maximize", "differentiable", "capturable"):
            del sd["param_groups"][0][key]
        opt.load_state_dict(sd)
        kinds = {k: [type(v).__name__, str(v.dtype), arr(v)] for k, v in opt.state_dict()["state"][0].items()}
        out[name] = [kinds, sorted(opt.param_groups[0]), stepped(torch, opt)]
    return out


@tol(rtol=1e-4)
def case_lbfgs_beyond_its_path(torch):
    """Refuses groups and other searches; returns the first loss; stops where the gradient is small; what it counts."""
    w = leaf(torch)
    opt = torch.optim.LBFGS([w], lr=0.5)

    def closure():
        opt.zero_grad()
        loss = (w**2).sum()
        loss.backward()
        return loss

    first = opt.step(closure).item()
    with torch.no_grad():
        w.zero_()
    at_rest = [opt.step(closure).item(), opt.state[w]["func_evals"], opt.state[w]["n_iter"], arr(w)]
    hooked = []
    opt.register_step_post_hook(lambda o, a, k: hooked.append(len(a)))
    opt.step(closure)
    with torch.no_grad():
        w.fill_(3.0)
    fresh = torch.optim.LBFGS([leaf(torch)])
    return dict(
        first=first,
        at_rest=at_rest,
        hooked=hooked,
        groups=raises(torch.optim.LBFGS, [{"params": [leaf(torch)]}, {"params": [leaf(torch)]}]),
        rate=raises(torch.optim.LBFGS, [leaf(torch)], lr=-1),
        search=raises(torch.optim.LBFGS([w], line_search_fn="other").step, lambda: closure() + 1),
        options={k: repr(v) for k, v in fresh.param_groups[0].items() if k != "params"},
        more=repr(torch.optim.LBFGS([leaf(torch)], max_iter=7).param_groups[0]["max_eval"]),
    )


# ---- averages
@tol(rtol=1e-5)
def case_averaged_models(torch):
    """Averages by each function, of buffers and integers too; how often; what the state dict holds; refusals."""
    U = torch.optim.swa_utils
    makers = {
        "default": {},
        "swa": {"avg_fn": U.get_swa_avg_fn()},
        "multi swa": {"multi_avg_fn": U.get_swa_multi_avg_fn()},
        "ema": {"avg_fn": U.get_ema_avg_fn(0.75)},
        "multi ema": {"multi_avg_fn": U.get_ema_multi_avg_fn(0.75)},
        "own": {"avg_fn": lambda average, new, n: torch.maximum(average, new) + n},
    }
    out = {}
    for name, options in makers.items():
        for buffers in (False, True):
            model = torch.nn.Sequential(torch.nn.BatchNorm1d(2))
            average = U.AveragedModel(model, use_buffers=buffers, **options)
            for step in range(4):
                with torch.no_grad():
                    model[0].weight.copy_(torch.tensor([1.0, -2.0]) * (step + 1) ** 2)
                    model[0].running_mean.fill_(float(step * step))
                    model[0].num_batches_tracked.fill_(11 - 3 * step)
                if name == "multi swa" and buffers and step:
                    out["integers"] = raises(average.update_parameters, model)
                    break
                average.update_parameters(model)
            else:
                out[f"{name} {buffers}"] = {k: [str(v.dtype), arr(v)] for k, v in average.state_dict().items()}
    linear = torch.nn.Linear(1, 1).double()
    average = U.AveragedModel(linear)
    for step in range(3):
        with torch.no_grad():
            linear.weight.fill_(step**2 / 7)
        average.update_parameters(linear)
    other = U.AveragedModel(linear)
    other.load_state_dict(average.state_dict())
    other.update_parameters(linear)
    out["double"] = [arr(average.module.weight), arr(other.module.weight), int(other.n_averaged)]
    both = {"avg_fn": U.get_swa_avg_fn(), "multi_avg_fn": U.get_swa_multi_avg_fn()}
    out["errors"] = [raises(U.AveragedModel, linear, **both), raises(U.get_ema_avg_fn, 1.5),
                     raises(U.get_ema_multi_avg_fn, -0.5)]
    out["alone"] = [arr(U.get_swa_avg_fn()(torch.ones(2), torch.zeros(2), 3)),
                    arr(U.get_ema_avg_fn()(torch.ones(2), torch.zeros(2), 3))]
    a, b = [torch.ones(2), torch.ones(1)], [torch.zeros(2), torch.full((1,), 5.0)]
    U.get_swa_multi_avg_fn()(a, b, 3)
    out["lists"] = arr(a)
    return out


def case_batch_norm_statistics_anew(torch):
    """update_bn: means over batches, whatever the momentum; tuples; mode and momentum as before; no such layers."""
    U = torch.optim.swa_utils
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(1, momentum=0.3), torch.nn.Dropout(0.0)).eval()
    batches = [(torch.tensor([[1.0], [3.0]]), 0), (torch.tensor([[5.0], [7.0], [9.0]]), 1)]
    U.update_bn(batches, model)
    seen = []
    U.update_bn(iter(lambda: seen.append(1), None), torch.nn.Linear(1, 1))
    return [arr(model[0].running_mean), arr(model[0].running_var), int(model[0].num_batches_tracked),
            model[0].momentum, model.training, model[1].training, len(seen)]


@tol(rtol=1e-6)
def case_rates_for_averaging(torch):
    """SWALR: either strategy, at once, one rate a group, after another schedule; its state; refusals."""
    S = torch.optim.swa_utils.SWALR
    out = {}
    for name, options in {
        "cos": {"swa_lr": 0.05},
        "linear": {"swa_lr": 0.05, "anneal_epochs": 4, "anneal_strategy": "linear"},
        "at once": {"swa_lr": 0.05, "anneal_epochs": 0},
        "groups": {"swa_lr": [0.05, 3.0], "anneal_epochs": 3},
    }.items():
        opt = torch.optim.SGD([{"params": [leaf(torch)]}, {"params": [leaf(torch)], "lr": 2.0}], lr=1.0)
        before = torch.optim.lr_scheduler.StepLR(opt, 2, 0.5)
        sched = S(opt, **options)
        seen = []
        for epoch in range(8):
            seen.append([g["lr"] for g in opt.param_groups])
            opt.step()
            (before if epoch < 3 else sched).step()
        state = sched.state_dict()
        again = S(opt, swa_lr=9.0)
        again.load_state_dict(state)
        out[name] = [seen, {k: repr(v) for k, v in sorted(state.items())}, sched.get_last_lr(), again.anneal_func(0.25)]
    opt = torch.optim.SGD([leaf(torch)], lr=1.0)
    out["errors"] = [raises(S, opt, swa_lr=[0.1, 0.2]), raises(S, opt, swa_lr=0.1, anneal_strategy="exp"),
                     raises(S, opt, swa_lr=0.1, anneal_epochs=-1), raises(S, opt, swa_lr=0.1, anneal_epochs=1.5)]
    out["warning"] = warned(lambda: S(opt, swa_lr=0.1).get_lr())
    return out
