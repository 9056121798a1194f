"""autograd.functional, gradcheck and torch.func."""

from collections import namedtuple

from tests.spec.observe import arr, fill, raises, ramp, tol


def vec(torch, *values, **kw):
    return torch.tensor(list(values) or [1.0, 2.0], **kw)


# ---- autograd.functional
def case_jacobians(torch):
    """Structures, shapes, vectorize and forward mode give the same; independent inputs are zeros."""
    F = torch.autograd.functional
    x, y = ramp(torch, 2, 2, start=1.0), vec(torch, 3.0, -1.0)
    f = lambda a, b: (a @ b, a.sum() * b)  # noqa: E731
    return dict(
        both=arr(F.jacobian(f, (x, y))), vectorized=arr(F.jacobian(f, (x, y), vectorize=True)),
        forward=arr(F.jacobian(f, (x, y), vectorize=True, strategy="forward-mode")),
        zeros=arr(F.jacobian(lambda a, b: a * 2, (y, y))), constant=arr(F.jacobian(lambda a: torch.ones(3), y)),
        one=arr(F.jacobian(lambda a: a.sin().sum(), x)), tuple_of_one=arr(F.jacobian(lambda a: (a * a,), (y,))),
        hess=arr(F.hessian(lambda a, b: (a @ b).pow(2).sum(), (x, y))),
        hess_forward=arr(F.hessian(lambda a: (a ** 3).sum(), y, vectorize=True,
                                   outer_jacobian_strategy="forward-mode")),
    )  # fmt: skip


def case_graphs_of_jacobians(torch):
    """create_graph ties results to inputs that require grad; otherwise nothing requires grad and .grad stays empty."""
    F = torch.autograd.functional
    x = vec(torch, requires_grad=True)
    tied = F.jacobian(lambda t: t ** 3, x, create_graph=True)
    tied.sum().backward()
    hess = F.hessian(lambda t: (t ** 4).sum(), x, create_graph=True)
    (g,) = torch.autograd.grad(hess.sum(), x)
    free = F.jacobian(lambda t: t ** 3, x)
    out, prod = F.vjp(lambda t: t ** 2, x, torch.ones(2), create_graph=True)
    return [arr(tied), arr(x.grad), arr(g), free.requires_grad, out.requires_grad, prod.requires_grad,
            F.hvp(lambda t: (t ** 3).sum(), x, torch.ones(2))[1].requires_grad]  # fmt: skip


def case_products(torch):
    """vjp, jvp, vhp and hvp over tuples, and with v left out."""
    F = torch.autograd.functional
    x, y, v = vec(torch), vec(torch, 3.0, -1.0), (vec(torch, 0.5, 1.0), vec(torch, -1.0, 2.0))
    f = lambda a, b: (a * b, (a ** 2).sum())  # noqa: E731
    s = lambda a, b: (a ** 2 * b).sum()  # noqa: E731
    one = vec(torch, 2.0)
    return dict(vjp=arr(F.vjp(f, (x, y), (v[0], torch.tensor(2.0)))), jvp=arr(F.jvp(f, (x, y), v)),
                vhp=arr(F.vhp(s, (x, y), v)), hvp=arr(F.hvp(s, (x, y), v)),
                short=[arr(F.vjp(lambda a: a.sum(), x)), arr(F.jvp(lambda a: a ** 2, one)),
                       arr(F.vhp(lambda a: (a ** 3).sum(), one))],
                unused=arr(F.vhp(lambda a, b: (a ** 2).sum(), (x, y), v)))  # fmt: skip


def case_strict_and_wrong(torch):
    """Texts of strict mode, of arguments that are no tensors, of vectors that do not fit."""
    F, x = torch.autograd.functional, vec(torch)
    ones = torch.ones
    return [
        raises(F.jacobian, lambda a: ones(2), x, strict=True),
        raises(F.jacobian, lambda a, b: a * 2, (x, x), strict=True),
        raises(F.jacobian, lambda a: a * 2, x, create_graph=True, strict=True),
        raises(F.jacobian, lambda a: a, x, strict=True, vectorize=True),
        raises(F.jacobian, lambda a: a, x, strategy="up"), raises(F.jacobian, lambda a: a, x, strategy="forward-mode"),
        raises(F.jacobian, lambda a: a, x, create_graph=True, strategy="forward-mode", vectorize=True),
        raises(F.hessian, lambda a: a.sum(), x, strict=True), raises(F.hessian, lambda a: (a, a), x),
        raises(F.hessian, lambda a: a, x, outer_jacobian_strategy="up"),
        raises(F.vjp, lambda a: a, x), raises(F.vjp, lambda a: a, x, ones(3)),
        raises(F.vjp, lambda a: a, x, (ones(2), ones(2))),
        raises(F.vjp, lambda a, b: a, (x, x), ones(2), strict=True), raises(F.jvp, lambda a: a, x),
        raises(F.jvp, lambda a, b: a, (x, x), (ones(2), ones(3))), raises(F.jvp, lambda a: a, (x, 3), ones(2)),
        raises(F.jvp, lambda a: ones(2), x, ones(2), strict=True), raises(F.vhp, lambda a: a, x, ones(2)),
        raises(F.hvp, lambda a: (a.sum(),), x, ones(2)), raises(F.vhp, lambda a: a.sum(), x, ones(2), strict=True),
        raises(F.hvp, lambda a: 3, x, ones(2)), raises(F.vjp, lambda a: a, 5, ones(2)),
        raises(F.vhp, lambda a: a.sum(), x),
    ]  # fmt: skip


# ---- gradcheck
def case_gradcheck_variants(torch):
    """Several inputs and outputs, complex ones, constants, and what is refused."""
    check, check2 = torch.autograd.gradcheck, torch.autograd.gradgradcheck
    x = vec(torch, 0.5, -1.5, dtype=torch.float64, requires_grad=True)
    y = vec(torch, 2.0, 0.3, dtype=torch.float64, requires_grad=True)
    z = torch.tensor([0.5 + 1j, -1.0 + 0.2j], dtype=torch.complex128, requires_grad=True)
    fixed = vec(torch, 1.0, 2.0, dtype=torch.float64)

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, g):
            return g * 3

    return dict(
        several=check(lambda a, b: (a * b, a.sin()), (x, y)), list=check(lambda a, b: a * b, [x, fixed]),
        complex=check(lambda a: a * a, z), real_of_complex=check(lambda a: a.abs(), z),
        to_complex=check(lambda a: a * 1j, x),
        constant=check(lambda a, b: b * 2, (x, fixed)), second=check2(lambda a, b: (a * b).exp().sum(), (x, y)),
        forward=check(lambda a: a.sin(), x, check_forward_ad=True),
        batched=check(lambda a: a * a, x, check_batched_grad=True),
        wrong=raises(check, Wrong.apply, x), lenient=check(Wrong.apply, x, atol=10.0),
        none=raises(check, lambda a: a, fixed), kind=issubclass(torch.autograd.gradcheck.GradcheckError, RuntimeError)
        if hasattr(torch.autograd.gradcheck, "GradcheckError") else True,
        nothing=raises(check, lambda a: a, x, check_backward_ad=False),
    )  # fmt: skip


# ---- torch.func
Pair = namedtuple("Pair", "a b")


def case_grad_of_structures(torch):
    """Trees of arguments, argnums, aux, keyword arguments."""
    fn = torch.func
    x, y = vec(torch), vec(torch, 3.0, -1.0)
    tree = fn.grad(lambda d: (d["w"] * d["p"].a).sum() + d["p"].b.sum())({"w": x, "p": Pair(y, x)})
    aux = fn.grad_and_value(lambda a: ((a ** 2).sum(), {"twice": a * 2}), has_aux=True)(x)
    return dict(tree=[arr(tree["w"]), type(tree["p"]).__name__, arr(tree["p"].a), arr(tree["p"].b)],
                aux=[arr(aux[0]), arr(aux[1][0]), arr(aux[1][1]["twice"]), aux[1][1]["twice"].requires_grad],
                kwargs=arr(fn.grad(lambda a, *, k: (a * k).sum())(x, k=y)),
                last=arr(fn.grad(lambda a, b: (a * b).sum(), -1)(x, y)),
                unused=arr(fn.grad(lambda a, b: b.sum(), (0, 1))(x, y)))  # fmt: skip


def case_transforms_nest(torch):
    """grad of grad, jvp of grad, grad of jvp, jacobians of jacobians, and backward through a transform."""
    fn = torch.func
    x, v, f = vec(torch), vec(torch, 1.0, -1.0), lambda t: (t ** 3).sum()
    w = vec(torch, 2.0, 5.0, requires_grad=True)
    through = fn.grad(lambda t: (t ** 2 * w).sum())(x)
    through.sum().backward()
    leaf = vec(torch, 2.0, 5.0, requires_grad=True)
    fn.grad(f)(leaf).sum().backward()
    with torch.no_grad():
        quiet = fn.grad(lambda t: (t * w).sum())(x)
    return dict(
        third=arr(fn.grad(fn.grad(fn.grad(lambda t: t ** 4)))(torch.tensor(2.0))),
        fwd_rev=arr(fn.jvp(fn.grad(f), (x,), (v,))), rev_fwd=arr(fn.grad(lambda t: fn.jvp(f, (t,), (v,))[1])(x)),
        jac2=arr(fn.jacrev(fn.jacrev(lambda t: t.prod() * t))(x)),
        jacfwd2=arr(fn.jacfwd(fn.jacfwd(lambda t: t.prod() * t))(x)), hess=arr(fn.hessian(f)(x)),
        through=arr(w.grad), leaf=arr(leaf.grad), flags=[through.requires_grad, fn.grad(f)(x).requires_grad,
                                                         quiet.requires_grad, fn.grad(f)(leaf).requires_grad],
        no_grad_inside=arr(fn.grad(lambda t: (t * no_grad(torch, t)).sum())(x)),
    )  # fmt: skip


def no_grad(torch, t):
    with torch.no_grad():
        return t * 2


def case_pulls_and_pushes(torch):
    """vjp, jvp and linearize over trees, used more than once."""
    fn = torch.func
    x, y = vec(torch), vec(torch, 3.0, -1.0)
    out, pull, aux = fn.vjp(lambda a, b: ({"p": a * b, "s": a.sum()}, b), x, y, has_aux=True)
    c = {"p": torch.ones(2), "s": torch.tensor(2.0)}
    primal, push = fn.linearize(lambda a: a ** 2, x)
    return dict(vjp=[arr(out), arr(pull(c)), arr(pull(c)), arr(aux), out["p"].requires_grad],
                jvp=arr(fn.jvp(lambda a, b: (a * b, a.sum()), (x, y), (y, x))),
                linear=[arr(primal), arr(push(y)), arr(push(x))],
                jac=arr(fn.jacrev(lambda a, b: {"m": a[:, None] * b}, argnums=(0, 1))(x, y)),
                jacfwd=arr(fn.jacfwd(lambda a, b: a.sum() * b, argnums=1)(x, y)))  # fmt: skip


def case_writing_into_arguments(torch):
    """A function may write into its arguments; the caller's tensor stays."""
    fn, x = torch.func, vec(torch)

    def f(t):
        t = t.clone()
        t.mul_(3)
        t[0] = t[1] * 2
        return t.sum()

    return [arr(fn.grad(f)(x)), arr(x)]


def case_func_errors(torch):
    """What the transforms refuse."""
    fn, x = torch.func, vec(torch)
    return [raises(fn.grad(lambda t: t), x), raises(fn.grad(lambda t: 3), x), raises(fn.grad(lambda t: t.sum(), 2), x),
            raises(fn.grad(lambda t: t.sum(), (0, 0)), x), raises(fn.grad(lambda t: t.sum(), ()), x),
            raises(fn.grad(lambda t: t.sum(), "a"), x), raises(fn.grad(lambda t: t.sum(), has_aux=True), x),
            raises(fn.jvp, lambda t: t, x, (x,)), raises(fn.jvp, lambda t: t, (x,), (x, x))[0],
            raises(fn.jacrev, lambda t: t, chunk_size=0), raises(fn.vjp, lambda t: t.long(), x),
            raises(fn.vjp(lambda t: t, x)[1], (x, x))[0]]  # fmt: skip


# ---- vmap
@tol(rtol=1e-4)
def case_vmap_dimensions(torch):
    """in_dims and out_dims as numbers and trees, nested maps, chunks, constants among the results."""
    v = torch.func.vmap
    x, y = ramp(torch, 3, 4), ramp(torch, 4, 3, start=1.0)
    return dict(
        outer=arr(v(v(torch.mul, in_dims=(None, 0)), in_dims=(0, None))(x[:, 0], y[:, 0])),
        mixed=arr(v(lambda a, b: a * b, in_dims=(0, 1))(x, y)), moved=arr(v(lambda a: a * 2, 1, 1)(x)),
        negative=arr(v(lambda a: a.sum(), -1)(x)), matmul=arr(v(lambda r: y.T @ r)(x)),
        tree=arr(v(lambda d, s: {"o": d["a"] * s, "p": d["b"].sum()},
                   in_dims=({"a": 0, "b": None}, None))({"a": x, "b": y}, 2.0)),
        outs=[tuple(t.shape) for t in v(lambda a: (a, a.sum()), out_dims=(1, 0))(x)],
        chunk=arr(v(lambda a: a.cumsum(0), chunk_size=2)(x)),
        constant=arr(v(lambda a: torch.ones(2))(x)), softmax=arr(v(lambda a: a.softmax(0))(x)),
        item=arr(v(lambda a: a[1:3])(x)),
    )  # fmt: skip


@tol(rtol=1e-4)
def case_vmap_and_gradients(torch):
    """Per-sample gradients, and backward through a map to its inputs and to what it closes over."""
    fn = torch.func
    x, w = ramp(torch, 3, 2, start=-1.0), vec(torch, 0.5, -0.3, requires_grad=True)
    per = fn.vmap(fn.grad(lambda p, s: ((p * s).sum() ** 2)), in_dims=(None, 0))(w.detach(), x)
    y = x.clone().requires_grad_()
    out = fn.vmap(lambda s: (s * w).sum().sin())(y)
    out.sum().backward()
    shared = fn.vmap(lambda s, p: (s * p).sum() ** 2, in_dims=(0, None))(x, w)
    (g,) = torch.autograd.grad(shared.sum(), w, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), w)
    jac = fn.vmap(fn.jacrev(lambda s: s ** 2))(x)
    hess = fn.vmap(fn.hessian(lambda s: (s ** 3).sum()))(x)
    return dict(per=arr(per), out=arr(out), gy=arr(y.grad), gw=arr(w.grad), shared=arr(shared), g=arr(g), h=arr(h),
                jac=arr(jac), hess=arr(hess),
                grad_of_map=arr(fn.grad(lambda t: fn.vmap(torch.sin)(t).sum())(x)))  # fmt: skip


def case_vmap_errors(torch):
    """What vmap refuses."""
    v, x = torch.func.vmap, ramp(torch, 3, 2)
    f = lambda a, b=None: a  # noqa: E731
    return [raises(v(f)), raises(v(f), 3), raises(v(f, in_dims=None), x), raises(v(f, in_dims=(None,)), x),
            raises(v(f, in_dims=2), x),
            raises(v(f), x, ramp(torch, 2)), raises(v(f, in_dims=(0, 0, 0)), x)[0], raises(v(f, in_dims="a"), x),
            raises(v(f, out_dims="a"), x), raises(v(lambda a: 3), x), raises(v(f, out_dims=(0, 0)), x)[0],
            raises(v, f, 0, 0, "x"), raises(v(lambda a: a + torch.rand(2)), x)[0]]  # fmt: skip


# ---- modules as functions
@tol(rtol=1e-4)
def case_functional_calls(torch):
    """Tied weights, buffers, several dictionaries, keyword arguments, ensembles, and what is refused."""
    nn, fn = torch.nn, torch.func

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
            self.b.weight = self.a.weight
            self.register_buffer("c", torch.ones(1))

        def forward(self, x, k=1.0):
            return self.b(self.a(x)) * self.c * k

    m, x = fill(torch, Tied()), vec(torch)
    new, c = torch.eye(2) * 2, torch.tensor([10.0])
    models = [fill(torch, nn.Linear(2, 1), start=s) for s in (0.0, 1.0)]
    params, buffers = fn.stack_module_state(models)
    ensemble = fn.vmap(lambda p, x: fn.functional_call(models[0], p, (x,)), in_dims=(0, None))(params, x)
    return dict(
        tied=arr(fn.functional_call(m, {"a.weight": new}, x)),
        untied=arr(fn.functional_call(m, {"a.weight": new}, x, tie_weights=False)),
        both=arr(fn.functional_call(m, ({"a.weight": new}, {"c": c}), (x,), {"k": 3.0})), own=arr(m(x)),
        buffer=arr(m.c),
        ensemble=arr(ensemble), stacked={k: [list(v.shape), v.requires_grad] for k, v in params.items()},
        buffers=sorted(buffers),
        twice=raises(fn.functional_call, m, [{"c": c}, {"c": c}], x), kind=raises(fn.functional_call, m, 3, x),
        strict=raises(fn.functional_call, m, {"c": c}, x, strict=True)[0], none=raises(fn.stack_module_state, []),
        mixed=raises(fn.stack_module_state, [nn.Linear(1, 1), nn.ReLU()]),
    )  # fmt: skip
