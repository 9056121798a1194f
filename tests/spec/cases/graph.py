"""Graph and tape: leaves and nodes, backward and grad, hooks, custom functions, higher order,
functional transforms, memory.
"""

import gc
import weakref

from tests.spec.observe import arr, fill, graph, raises, ramp, tol, warned


# ---- leaves and nodes
def case_leaf_table(torch):
    """is_leaf: true for everything made by the user or without history, false for results of recorded operations."""
    w = torch.ones(2, requires_grad=True)
    p = torch.nn.Parameter(torch.ones(2))
    x = torch.ones(2)
    rows = dict(
        w=w,
        p=p,
        x=x,
        x2=x * 2,
        w2=w * 2,
        view=w.view(2, 1),
        detach=(w * 2).detach(),
        clone=w.clone(),
        compare=w > 0,
        turned=(x * 2).requires_grad_(),
        data=p.data,
    )
    return {k: [t.is_leaf, t.requires_grad, t.grad_fn is None, type(t).__name__] for k, t in rows.items()}


def case_grad_fn_names_pointwise(torch):
    """grad_fn names of arithmetic and pointwise operations, with numbers and with tensors."""
    w = torch.tensor([[0.5, 0.25], [0.75, 0.1]], requires_grad=True)
    r = {
        "+": w + 1,
        "+t": w + w,
        "-": w - 1,
        "r-": 1 - w,
        "*": w * 2,
        "/": w / 2,
        "**": w**2,
        "**t": w**w,
        "r**": 2**w,
        "neg": -w,
        "abs": w.abs(),
        "exp": w.exp(),
        "log": w.log(),
        "sqrt": w.sqrt(),
        "rsqrt": w.rsqrt(),
        "sin": w.sin(),
        "cos": w.cos(),
        "tanh": w.tanh(),
        "sigmoid": w.sigmoid(),
        "relu": w.relu(),
        "clamp": w.clamp(0, 1),
        "clamp_min": w.clamp(min=0),
        "maximum": torch.maximum(w, w),
        "where": torch.where(w > 0, w, w),
        "lerp": torch.lerp(w, w, 0.5),
        "addcmul": torch.addcmul(w, w, w),
        "erf": w.erf(),
        "log1p": w.log1p(),
        "masked_fill": w.masked_fill(w > 1, 0.0),
        "float64": w.double(),
        "clone": w.clone(),
    }
    return {k: v.grad_fn.name() for k, v in r.items()}


def case_grad_fn_names_reductions(torch):
    """grad_fn names of reductions: over everything and over a dimension they differ in the final digit."""
    w = torch.tensor([[0.5, 0.25], [0.75, 0.1]], requires_grad=True)
    r = {
        "sum": w.sum(),
        "sum1": w.sum(1),
        "mean": w.mean(),
        "mean1": w.mean(1),
        "max": w.max(),
        "max1": w.max(1).values,
        "min": w.min(),
        "min1": w.min(1).values,
        "amax": w.amax(1),
        "prod": w.prod(),
        "prod1": w.prod(1),
        "var": w.var(),
        "std": w.std(1),
        "norm": w.norm(),
        "logsumexp": w.logsumexp(0),
        "cumsum": w.cumsum(0),
        "sort": w.sort().values,
        "topk": w.topk(1).values,
    }
    return {k: v.grad_fn.name() for k, v in r.items()}


def case_grad_fn_names_shapes(torch):
    """grad_fn names of shape changes, indexing and joining."""
    w = ramp(torch, 2, 3, start=0.1, requires_grad=True)
    i = torch.tensor([0, 1])
    r = {
        "view": w.view(6),
        "reshape": w.reshape(3, 2),
        "flatten": w.flatten(),
        "t": w.t(),
        "T": w.T,
        "transpose": w.transpose(0, 1),
        "permute": w.permute(1, 0),
        "squeeze": w.squeeze(),
        "squeeze0": w.squeeze(0),
        "unsqueeze": w.unsqueeze(0),
        "expand": w.unsqueeze(0).expand(2, 2, 3),
        "repeat": w.repeat(2, 1),
        "index": w[0],
        "slice": w[:, 1:],
        "fancy": w[i],
        "mask": w[w > 1],
        "gather": w.gather(1, torch.zeros(2, 1, dtype=torch.long)),
        "index_select": w.index_select(0, i),
        "cat": torch.cat([w, w]),
        "stack": torch.stack([w, w]),
        "split": w.split(1)[0],
        "chunk": w.chunk(2)[1],
        "unbind": w.unbind()[0],
        "contiguous": w.t().contiguous(),
        "flip": w.flip(0),
        "triu": w.triu(),
        "diagonal": w.diagonal(),
        "unfold": w.unfold(1, 2, 1),
    }
    return {k: v.grad_fn.name() for k, v in r.items()}


def case_grad_fn_names_matrices_and_layers(torch):
    """grad_fn names of matrix products and of common functions of neural networks."""
    F = torch.nn.functional
    w = ramp(torch, 2, 3, start=0.1, requires_grad=True)
    i = torch.tensor([0, 1])
    image = w.view(1, 1, 2, 3)
    r = {
        "mm": w @ w.t(),
        "mv": w @ w[0],
        "dot": w[0] @ w[1],
        "bmm": torch.bmm(w[None], w.t()[None]),
        "addmm": torch.addmm(w[:, :2], w, w.t()),
        "linear": F.linear(w, w, w[:, 0]),
        "linear_no_bias": F.linear(w, w),
        "softmax": w.softmax(1),
        "log_softmax": w.log_softmax(1),
        "gelu": F.gelu(w),
        "leaky": F.leaky_relu(w),
        "elu": F.elu(w),
        "silu": F.silu(w),
        "softplus": F.softplus(w),
        "mse": F.mse_loss(w, w * 2),
        "smooth_l1": F.smooth_l1_loss(w, w * 2),
        "bce": F.binary_cross_entropy(w.sigmoid(), w.detach().sigmoid()),
        "bce_logits": F.binary_cross_entropy_with_logits(w, w.detach()),
        "nll": F.nll_loss(w, i),
        "cross_entropy": F.cross_entropy(w, i),
        "embedding": F.embedding(i, w),
        "layer_norm": F.layer_norm(w, (3,)),
        "pad": F.pad(w, (1, 1)),
        "max_pool2d": F.max_pool2d(image, 2),
        "avg_pool2d": F.avg_pool2d(image, 2),
        "conv2d": F.conv2d(image, w[:, None, None, :]),
        "batch_norm": F.batch_norm(w, None, None, training=True),
    }
    return {k: v.grad_fn.name() for k, v in r.items()}


def case_next_functions_structure(torch):
    """next_functions is a tuple of (node, index) pairs in argument order; (None, 0) for constants;
    leaves end in AccumulateGrad with .variable.
    """
    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    y = a * b + a * 3
    mul, scaled = y.grad_fn.next_functions
    acc = mul[0].next_functions[0][0]
    return dict(
        kinds=[type(y.grad_fn.next_functions).__name__, type(mul).__name__, mul[1]],
        names=[mul[0].name(), scaled[0].name()],
        const=[str(e) for e in scaled[0].next_functions[1:]],
        shared=acc is scaled[0].next_functions[0][0],
        acc=[type(acc).__name__, acc.variable is a, list(acc.next_functions), acc.name()],
        text=str(y.grad_fn),
        same=y.grad_fn is y.grad_fn,
        plain=(a > 0).grad_fn is None,
    )


def case_output_numbers(torch):
    """Several outputs of one operation share its node; the edge index tells which; output_nr is on the tensor."""
    w = ramp(torch, 3, 2, requires_grad=True)
    rows = w.unbind(0)
    values, indices = w.max(1)
    y = rows[2] * values[:2]
    return dict(
        shared=rows[0].grad_fn is rows[2].grad_fn,
        nr=[r.output_nr for r in rows],
        edge=y.grad_fn.next_functions[0][1],
        indices=[indices.requires_grad, indices.grad_fn is None],
        second=graph(torch.stack(rows[1:]).grad_fn, dict(w=w)),
    )


def case_gradient_function_of_a_shared_input(torch):
    """x*x, x+x and x used in two branches: contributions are summed before they reach the leaf (one hook call)."""
    x = torch.tensor([3.0], requires_grad=True)
    calls = []
    x.register_hook(lambda g: calls.append(g.item()))
    (x * x + (x + x) * 2 + x.exp().log()).backward()
    return dict(grad=arr(x.grad), calls=calls)


# ---- backward
def case_backward_needs_a_scalar_or_a_gradient(torch):
    """backward() of a non-scalar asks for a gradient; with one it gives the vector-Jacobian product;
    shapes must agree.
    """
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x**2
    e1, e2 = raises(y.backward), raises(y.backward, torch.ones(2))
    y.backward(torch.tensor([1.0, 0.5, -1.0]), retain_graph=True)
    g = arr(x.grad)
    y.backward(gradient=torch.ones(3))
    one = torch.tensor([[2.0]], requires_grad=True)
    (one * 3).backward()
    return dict(none=e1, shape=e2, g=g, g2=arr(x.grad), one=arr(one.grad), kind=raises((x * 2).backward, [1, 1, 1])[0])


def case_backward_of_several_tensors(torch):
    """torch.autograd.backward takes several roots with their gradients;
    missing gradients are allowed only for scalars.
    """
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = x * 2, (x**2).sum()
    torch.autograd.backward([a, b], [torch.tensor([1.0, 10.0]), None])
    g = arr(x.grad)
    return dict(g=g, missing=raises(torch.autograd.backward, [x * 2, x.sum()]))


def case_backward_of_leaves_and_constants(torch):
    """backward() on a leaf gives it gradient one; on a constant it fails."""
    x = torch.tensor(2.0, requires_grad=True)
    x.backward()
    x.backward(torch.tensor(5.0))
    return dict(grad=arr(x.grad), const=raises(torch.tensor(1.0).backward), integer=raises(torch.tensor(1).backward))


def case_backward_into_chosen_inputs(torch):
    """backward(inputs=...) accumulates only into the named tensors, intermediates included;
    an empty list is an error.
    """
    a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    h = a * b
    h.pow(2).sum().backward(inputs=[a, h])
    return dict(
        a=arr(a.grad),
        b=b.grad is None,
        h=arr(h.grad),
        empty=raises(lambda: (a * b).sum().backward(inputs=[])),
        single=raises(lambda: (a * b).sum().backward(inputs=b)),
        b2=arr(b.grad),
    )


def case_gradients_take_the_inputs_dtype_and_shape(torch):
    """A gradient has its input's dtype and shape after promotion and broadcasting."""
    a = torch.ones(2, 1, requires_grad=True)
    b = torch.ones(3, dtype=torch.float64, requires_grad=True)
    c = torch.tensor(2.0, requires_grad=True)
    y = (a * b + c) * ramp(torch, 2, 3)
    y.sum().backward()
    return dict(y=str(y.dtype), a=arr(a.grad), b=arr(b.grad), c=arr(c.grad))


def case_accumulation_is_in_place_unless_create_graph(torch):
    """A second backward adds into the same .grad tensor; with create_graph the sum is a new tensor with history."""
    w = torch.tensor([2.0], requires_grad=True)
    (w**2).backward()
    g = w.grad
    (w**2).backward()
    same = [w.grad is g, arr(g), g.requires_grad]
    (w**3).sum().backward(create_graph=True)
    return dict(same=same, new=[w.grad is g, arr(w.grad), w.grad.requires_grad, arr(g)])


def case_create_graph_warns_about_a_cycle(torch):
    """backward(create_graph=True) warns about a reference cycle between the parameter and its gradient;
    autograd.grad does not.
    """
    w = torch.tensor([2.0], requires_grad=True)
    torch.set_warn_always(True)
    a = warned(lambda: (w**3).sum().backward(create_graph=True))
    b = warned(lambda: torch.autograd.grad((w**3).sum(), w, create_graph=True))
    torch.set_warn_always(False)
    w.grad = None
    return dict(backward=[t[:100] for t in a], grad=b)


def case_grad_attribute_checks(torch):
    """Assigning .grad: None or a tensor of the same shape, dtype; the errors otherwise."""
    w = torch.ones(2, 3, requires_grad=True)

    def put(g):
        w.grad = g

    ok = torch.full((2, 3), 5.0)
    put(ok)
    (w * 2).sum().backward()
    return dict(
        shape=raises(put, torch.ones(3)),
        dtype=raises(put, torch.ones(2, 3, dtype=torch.float64)),
        kind=raises(put, 1.0),
        own=raises(put, w),
        kept=[w.grad is ok, arr(ok)],
        none=raises(put, None),
        after=w.grad is None,
    )


def case_retain_grad(torch):
    """retain_grad() keeps an intermediate's gradient, retains_grad says so;
    on a leaf it does nothing, on a constant it fails.
    """
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    h = w * 3
    before = h.retains_grad
    h.retain_grad()
    h.retain_grad()
    (h**2).sum().backward(retain_graph=True)
    g1 = arr(h.grad)
    (h**2).sum().backward()
    return dict(
        flags=[before, h.retains_grad, w.retains_grad],
        g1=g1,
        g2=arr(h.grad),
        leaf=raises(w.retain_grad),
        const=raises(torch.ones(1).retain_grad),
        w=arr(w.grad),
    )


# ---- hooks
def case_tensor_hooks(torch):
    """register_hook: run in order, may replace the gradient (affecting later hooks and what flows on),
    None keeps it; a removed hook no longer runs.
    """
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    h = w * 3
    log = []
    h1 = h.register_hook(lambda g: log.append(["first", arr(g)]))
    h2 = h.register_hook(lambda g: g * 10)
    h.register_hook(lambda g: log.append(["third", arr(g)]))
    h.sum().backward(retain_graph=True)
    first = arr(w.grad)
    h2.remove()
    h1.remove()
    w.grad = None
    h.sum().backward()
    return dict(log=log, first=first, second=arr(w.grad))


def case_leaf_hook_sees_the_new_gradient_only(torch):
    """A hook on a leaf receives this pass's gradient, before accumulation, and what it returns is what is added."""
    w = torch.tensor([1.0], requires_grad=True)
    seen = []
    w.register_hook(lambda g: seen.append([g.item(), None if w.grad is None else w.grad.item()]))
    w.register_hook(lambda g: -g)
    for k in (1.0, 2.0):
        (k * w).backward()
    return dict(seen=seen, grad=arr(w.grad))


def case_hook_errors(torch):
    """Hooks on tensors without gradient are refused;
    a hook returning something else than a tensor fails in backward.
    """
    w = torch.tensor([1.0], requires_grad=True)
    w.register_hook(lambda g: "x")
    v = torch.tensor([1.0], requires_grad=True)
    v.register_hook(lambda g: 1 / 0)
    return dict(
        const=raises(torch.ones(1).register_hook, lambda g: g),
        kind=raises((w * 2).backward)[0],
        inner=raises((v * 2).backward),
        grads=[w.grad is None, v.grad is None],
    )


def case_post_accumulate_grad_hook(torch):
    """register_post_accumulate_grad_hook runs after .grad was updated, with the parameter; only on leaves;
    removable: step-in-backward.
    """
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []

    def step(p):
        seen.append([p is w, arr(p.grad)])
        with torch.no_grad():
            p -= 0.1 * p.grad
        p.grad = None

    handle = w.register_post_accumulate_grad_hook(step)
    (w**2).sum().backward()
    (w**2).sum().backward()
    handle.remove()
    (w**2).sum().backward()
    return dict(
        seen=seen, w=arr(w), grad=arr(w.grad), non_leaf=raises((w * 2).register_post_accumulate_grad_hook, step)
    )


def case_node_hooks(torch):
    """A node's hook gets (grad_inputs, grad_outputs) and may replace grad_inputs;
    a prehook gets and may replace grad_outputs.
    """
    a, b = torch.tensor([2.0], requires_grad=True), torch.tensor([5.0], requires_grad=True)
    log = []
    y = a * b
    y.grad_fn.register_prehook(lambda gs: (gs[0] * 3,))
    y.grad_fn.register_hook(lambda gi, go: log.append([arr(gi), arr(go)]))
    y.grad_fn.register_hook(lambda gi, go: (gi[0], gi[1] * 100))
    y.backward()
    return dict(log=log, a=arr(a.grad), b=arr(b.grad))


def case_multi_grad_hook(torch):
    """register_multi_grad_hook calls once per backward,
    when the gradients of all its tensors are there (mode "all"), or at the first (mode "any").
    """
    a, b, c = (torch.tensor([float(k)], requires_grad=True) for k in (1, 2, 3))
    log = []
    G = torch.autograd.graph
    handle = G.register_multi_grad_hook((a, b, c), lambda gs: log.append([None if g is None else g.item() for g in gs]))
    first = G.register_multi_grad_hook((a, b), lambda g: log.append("any"), mode="any")
    (a * b).backward()
    n = len(log)
    first.remove()
    (a * b * c).backward()
    handle.remove()
    (a * b * c).backward()
    return dict(first=sorted(log[:n], key=str), second=log[n:])


# ---- autograd.grad
def case_autograd_grad_basics(torch):
    """autograd.grad returns a tuple in the order of the inputs, leaves .grad alone,
    works for intermediates and single tensors.
    """
    a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    h = a * b
    y = (h**2).sum()
    out = torch.autograd.grad(y, [b, h, a], retain_graph=True)
    single = torch.autograd.grad(y, a)
    return dict(
        out=arr(out),
        kind=type(out).__name__,
        single=[type(single).__name__, arr(single)],
        grads=[a.grad is None, b.grad is None],
        flags=[g.requires_grad for g in out],
        again=raises(torch.autograd.grad, y, a)[0],
    )


def case_autograd_grad_of_unused_inputs(torch):
    """An input that was not used is an error, None with allow_unused, zeros with materialize_grads;
    an input not requiring grad is an error.
    """
    a, b, c = torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True), torch.ones(1)
    y = lambda: (a * 2).sum()
    g = torch.autograd.grad
    return dict(
        unused=raises(g, y(), [a, b]),
        allowed=arr(g(y(), [a, b], allow_unused=True)),
        zeros=arr(g(y(), [a, b], materialize_grads=True)),
        const=raises(g, y(), [c]),
        both=raises(lambda: g(y(), [a, b], allow_unused=False, materialize_grads=True)),
        root=raises(g, c, [a]),
    )


def case_autograd_grad_outputs(torch):
    """grad_outputs weights the outputs; several outputs are summed; a None is allowed for a scalar."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y, s = x**2, x.sum()
    g = torch.autograd.grad
    return dict(
        one=arr(g(y, x, grad_outputs=torch.tensor([1.0, 0.0, -1.0]), retain_graph=True)),
        two=arr(g([y, s], x, grad_outputs=[torch.ones(3), None], retain_graph=True)),
        missing=raises(g, y, x),
        shape=raises(lambda: g(y, x, grad_outputs=torch.ones(2))),
    )


def case_autograd_grad_batched(torch):
    """is_grads_batched takes a batch of grad_outputs: with the identity it gives the Jacobian."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.stack([x[0] * x[1], x[0] ** 2, x[1].exp()])
    (jac,) = torch.autograd.grad(y, x, grad_outputs=torch.eye(3), is_grads_batched=True)
    return dict(jac=arr(jac))


# ---- higher order
@tol(rtol=1e-4, atol=1e-5)
def case_double_backward(torch):
    """create_graph makes gradients differentiable: backward of a gradient penalty reaches the weights."""
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    x = torch.tensor([0.5, 0.3], requires_grad=True)
    y = (w * x).tanh().sum()
    (gx,) = torch.autograd.grad(y, x, create_graph=True)
    ((gx.norm() - 1) ** 2).backward()
    return dict(gx=arr(gx), fn=gx.requires_grad, w=arr(w.grad), x=arr(x.grad))


def case_derivatives_of_sine_to_the_fourth(torch):
    """Repeated autograd.grad(create_graph=True): sin, cos, -sin, -cos, sin."""
    x = torch.tensor([0.3, 1.2], requires_grad=True)
    y, seen = x.sin(), []
    for _ in range(4):
        (y,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        seen.append(arr(y))
    return dict(seen=seen)


def case_without_create_graph_gradients_are_constants(torch):
    """Without create_graph a gradient has no history, so differentiating it fails;
    create_graph keeps the graph as retain_graph does.
    """
    x = torch.tensor([2.0], requires_grad=True)
    y = x**3
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    (h,) = torch.autograd.grad(g, x)
    (p,) = torch.autograd.grad(x**3, x)
    return dict(
        again=raises(torch.autograd.grad, y, x)[0],
        h=arr(h),
        flags=[g.requires_grad, h.requires_grad, p.requires_grad],
        error=raises(torch.autograd.grad, p, x),
    )


# ---- stopping and switching gradients
def case_detach_in_place(torch):
    """detach_() cuts a tensor off its history and makes it a leaf; on a view it is refused."""
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    h = w * 2
    same = h.detach_() is h
    v = (w * 3)[:1]
    y = (h * w).sum()
    y.backward()
    return dict(
        same=same,
        flags=[h.requires_grad, h.is_leaf, h.grad_fn is None],
        grad=arr(w.grad),
        view=[raises(v.detach_)[0], raises(v.detach_)[1][:60]],
    )


def case_requires_grad_switched_off_after_recording(torch):
    """requires_grad_(False) on a leaf after the forward pass: the recorded graph no longer writes its .grad;
    switched on again it does.
    """
    a, b = torch.tensor([2.0], requires_grad=True), torch.tensor([3.0], requires_grad=True)
    y = a * b
    a.requires_grad_(False)
    y.backward(retain_graph=True)
    off = [a.grad is None, arr(b.grad)]
    a.requires_grad_(True)
    y.backward()
    return dict(off=off, on=[arr(a.grad), arr(b.grad)])


def case_unused_parameters_have_no_gradient(torch):
    """A parameter that took no part keeps .grad None; one multiplied by zero gets zeros."""
    used, zeroed, unused = (torch.nn.Parameter(torch.ones(2)) for _ in range(3))
    (used.sum() + (zeroed * 0).sum()).backward()
    return dict(used=arr(used.grad), zeroed=arr(zeroed.grad), unused=unused.grad)


def case_kinks(torch):
    """Gradients at kinks and ties: relu, abs, clamp, max (one index / all), maximum, sqrt at 0, norm at 0,
    prod with a zero, x**0.
    """

    def g(f, *v):
        x = torch.tensor(v, requires_grad=True)
        f(x).sum().backward()
        return arr(x.grad)

    F = torch.nn.functional
    return dict(
        relu=g(F.relu, -1.0, 0.0, 2.0),
        abs=g(torch.abs, -1.0, 0.0, 2.0),
        clamp=g(lambda x: x.clamp(-1, 1), -2.0, -1.0, 0.0, 1.0, 2.0),
        max_dim=g(lambda x: x.max(0).values, 3.0, 1.0, 3.0),
        max_all=g(lambda x: x.max(), 3.0, 1.0, 3.0),
        amax=g(lambda x: x.amax(0), 3.0, 1.0, 3.0),
        maximum=g(lambda x: torch.maximum(x, torch.ones(3)), 0.0, 1.0, 2.0),
        sqrt=g(torch.sqrt, 0.0, 4.0),
        norm=g(lambda x: x.norm(), 0.0, 0.0),
        prod=g(lambda x: x.prod(), 0.0, 3.0, 2.0),
        pow0=g(lambda x: x**0, 0.0, 2.0),
        hardtanh=g(F.hardtanh, -1.0, 1.0, 0.5),
        sign=g(torch.sign, -3.0, 0.0),
        leaky=g(F.leaky_relu, -1.0, 0.0, 1.0),
        relu6=g(F.relu6, 0.0, 6.0, 3.0),
        median=g(lambda x: x.median(), 3.0, 1.0, 2.0),
    )


def case_where_and_infinite_gradients(torch):
    """where() does not protect from nan in the branch not taken when its own gradient is infinite;
    masking the input does.
    """
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    torch.where(x > 0, x.sqrt(), torch.zeros(2)).sum().backward()
    bad = arr(x.grad)
    x.grad = None
    torch.where(x > 0, torch.where(x > 0, x, torch.ones(2)).sqrt(), torch.zeros(2)).sum().backward()
    return dict(bad=bad, good=arr(x.grad))


# ---- custom functions
def case_custom_function(torch):
    """A custom Function: saved tensors, a non-tensor argument (its gradient is None), the node's name and its edges."""

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, k):
            ctx.save_for_backward(x)
            ctx.k = k
            return k * x**2

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 2 * ctx.k * x, None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Scale.apply(x, 5)
    names = [y.grad_fn.name(), type(y.grad_fn).__name__, graph(y.grad_fn, dict(x=x)), repr(y)]
    y.sum().backward()
    return dict(
        names=names,
        grad=arr(x.grad),
        again=raises(lambda: y.sum().backward())[1][:52],
        plain=Scale.apply(torch.ones(1), 2).requires_grad,
    )


def case_custom_function_needs_input_grad(torch):
    """ctx.needs_input_grad tells which inputs want a gradient; what is returned for the others is ignored."""
    seen = []

    class Mul(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b, flag):
            ctx.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(ctx, g):
            a, b = ctx.saved_tensors
            seen.append(list(ctx.needs_input_grad))
            return g * b, g * a, None

    a, b, c = torch.tensor([2.0], requires_grad=True), torch.tensor([3.0]), torch.tensor([4.0], requires_grad=True)
    Mul.apply(a, b, True).backward()
    Mul.apply(a, c, False).backward()
    torch.autograd.grad(Mul.apply(a, c, None), c)
    return dict(seen=seen, a=arr(a.grad), b=b.grad, c=arr(c.grad))


def case_custom_function_in_place(torch):
    """mark_dirty lets a Function change its input in place: the input becomes its result, with history;
    a leaf is refused.
    """

    class AddOne(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.add_(1)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 7

    w = torch.tensor([1.0, 2.0], requires_grad=True)
    h = w * 2
    out = AddOne.apply(h)
    out.sum().backward()
    return dict(
        same=out is h,
        h=arr(h),
        node=h.grad_fn.name(),
        version=h._version,
        grad=arr(w.grad),
        leaf=raises(AddOne.apply, w),
    )


def case_custom_function_non_differentiable_output(torch):
    """mark_non_differentiable outputs do not require grad; the gradient passed for them is zeros (materialized)."""
    got = []

    class SortIt(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            v, i = x.sort()
            ctx.mark_non_differentiable(i)
            ctx.save_for_backward(i)
            return v, i

        @staticmethod
        def backward(ctx, gv, gi):
            got.append([str(gi.dtype), tuple(gi.shape), arr(gi)])
            return torch.zeros_like(gv).scatter(0, ctx.saved_tensors[0], gv)

    x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    v, i = SortIt.apply(x)
    (v * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    return dict(flags=[v.requires_grad, i.requires_grad], got=got, grad=arr(x.grad), i=arr(i))


def case_custom_function_materialized_gradients(torch):
    """Unused outputs give zero gradients by default and None after set_materialize_grads(False)."""
    got = []

    def make(flag):
        class Two(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.set_materialize_grads(flag)
                return x * 2, x * 3

            @staticmethod
            def backward(ctx, a, b):
                got.append([arr(a), arr(b)])
                return (0 if a is None else a * 2) + (0 if b is None else b * 3)

        return Two

    x = torch.tensor([1.0], requires_grad=True)
    for flag in (True, False):
        make(flag).apply(x)[1].backward()
    return dict(got=got, grad=arr(x.grad))


def case_custom_function_errors(torch):
    """A backward that returns too few or wrongly shaped gradients, is missing,
    or a Function that is called instead of applied.
    """

    def make(back):
        class F(torch.autograd.Function):
            @staticmethod
            def forward(ctx, a, b):
                return a + b

            backward = staticmethod(back)

        return F

    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)

    class NoBackward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

    run = lambda back: raises(lambda: make(back).apply(a, b).sum().backward())
    return dict(
        few=run(lambda ctx, g: g),
        many=run(lambda ctx, g: (g, g, g)),
        shape=run(lambda ctx, g: (g, torch.ones(3))),
        none=run(lambda ctx, g: (None, g)),
        kind=run(lambda ctx, g: (g, 3))[0],
        missing=raises(lambda: NoBackward.apply(a).sum().backward())[0],
        extra_none=run(lambda ctx, g: (g, g, None)),
        a=arr(a.grad),
        b=arr(b.grad),
    )


def case_once_differentiable(torch):
    """once_differentiable refuses a double backward; without it the backward's own operations are differentiated."""
    from_module = torch.autograd.function.once_differentiable

    def make(deco):
        class Cube(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x**3

            @staticmethod
            @deco
            def backward(ctx, g):
                return 3 * g * ctx.saved_tensors[0] ** 2

        return Cube

    x = torch.tensor([2.0], requires_grad=True)
    (g,) = torch.autograd.grad(make(lambda f: f).apply(x), x, create_graph=True)
    (h,) = torch.autograd.grad(g, x)
    v = torch.tensor([1.0], requires_grad=True)
    (o,) = torch.autograd.grad(make(from_module).apply(x), x, grad_outputs=v, create_graph=True)
    return dict(g=arr(g), h=arr(h), once=[arr(o), o.requires_grad], error=raises(o.sum().backward))


def case_custom_function_setup_context(torch):
    """forward without ctx plus setup_context(ctx, inputs, output) is the other way to write a Function;
    the transforms accept it.
    """

    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(x, scale):
            return torch.exp(x) * scale

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(output)
            ctx.n = len(inputs)

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0], None

    x = torch.tensor([0.0, 1.0], requires_grad=True)
    Exp.apply(x, 2.0).sum().backward()
    return dict(
        grad=arr(x.grad), func=arr(torch.func.grad(lambda t: Exp.apply(t, 3.0).sum())(torch.tensor([0.0, 1.0])))
    )


# ---- checking, checkpointing, functional
def case_gradcheck(torch):
    """gradcheck is True for a right gradient in double precision, an error for a wrong one,
    False without raise_exception; gradgradcheck checks second order.
    """

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, g):
            return g * 3 * ctx.saved_tensors[0]

    x = torch.tensor([0.5, -1.5], dtype=torch.float64, requires_grad=True)
    check, check2 = torch.autograd.gradcheck, torch.autograd.gradgradcheck
    wrong = raises(check, Wrong.apply, (x,))
    return dict(
        ok=check(lambda t: (t.sin() * t).sum(), (x,)),
        wrong=[wrong[0], wrong[1][:60]],
        false=check(Wrong.apply, (x,), raise_exception=False),
        second=check2(lambda t: (t**3).sum(), (x,)),
        kind=type(check(torch.exp, (x,))).__name__,
    )


def case_checkpoint(torch):
    """checkpoint recomputes the function during backward: same gradients, run twice, nothing in between kept;
    no_grad inputs need no recomputation.
    """
    ck = torch.utils.checkpoint.checkpoint
    calls = []

    def f(x, w):
        calls.append(torch.is_grad_enabled())
        return (x * w).tanh().exp()

    x, w = torch.tensor([0.5, 1.0], requires_grad=True), torch.tensor([2.0, -1.0], requires_grad=True)
    y = ck(f, x, w, use_reentrant=False)
    n1 = len(calls)
    y.sum().backward()
    g = arr([x.grad, w.grad])
    plain = torch.autograd.grad(f(x, w).sum(), [x, w])
    with torch.no_grad():
        z = ck(f, x, w, use_reentrant=False)
    return dict(y=arr(y), calls=[n1, calls], g=g, plain=arr(plain), quiet=z.requires_grad)


def case_functional_jacobian_and_hessian(torch):
    """autograd.functional.jacobian and hessian: shapes output x input, tuples for several inputs."""
    F = torch.autograd.functional
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    return dict(
        jac=arr(F.jacobian(lambda t: t**2 * t.sum(), x)),
        two=arr(F.jacobian(lambda a, b: a * b, (x, y))),
        hess=arr(F.hessian(lambda t: (t**3).sum() + t.prod(), x)),
        hess2=arr(F.hessian(lambda a, b: (a * b**2).sum(), (x, y))),
        scalar=arr(F.jacobian(lambda t: t.sum(), x)),
        error=raises(F.hessian, lambda t: t * 2, x)[0],
    )


def case_functional_products(torch):
    """autograd.functional vjp, jvp, hvp, vhp return (outputs, product)."""
    F = torch.autograd.functional
    x, v = torch.tensor([1.0, 2.0]), torch.tensor([1.0, -1.0])
    f = lambda t: torch.stack([t[0] * t[1], t[0] ** 2, t[1] ** 3])
    s = lambda t: (t**3).sum() + t.prod()
    return dict(
        vjp=arr(F.vjp(f, x, torch.tensor([1.0, 2.0, 3.0]))),
        jvp=arr(F.jvp(f, x, v)),
        hvp=arr(F.hvp(s, x, v)),
        vhp=arr(F.vhp(s, x, v)),
        flag=F.vjp(f, x, torch.ones(3))[1].requires_grad,
    )


def case_func_grad(torch):
    """torch.func.grad: argnums, has_aux, value_and_grad, nesting;
    inputs need no requires_grad and no .grad is written.
    """
    fn = torch.func
    x, w = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    f = lambda a, b: (a**2 * b).sum()
    aux = fn.grad(lambda a: ((a**2).sum(), a * 10), has_aux=True)(x)
    return dict(
        first=arr(fn.grad(f)(x, w)),
        second=arr(fn.grad(f, argnums=1)(x, w)),
        both=arr(fn.grad(f, argnums=(0, 1))(x, w)),
        vg=arr(fn.grad_and_value(f)(x, w)),
        aux=arr(aux),
        nested=arr(fn.grad(lambda t: fn.grad(lambda s: s**3)(t))(torch.tensor(2.0))),
        clean=[x.grad is None, x.requires_grad],
        error=raises(fn.grad(lambda t: t * 2), x)[0],
    )


def case_func_vmap(torch):
    """torch.func.vmap maps over in_dims / out_dims, with None for shared arguments,
    and composes with grad to per-sample gradients.
    """
    fn = torch.func
    x, w = ramp(torch, 3, 2), torch.tensor([1.0, -1.0])
    per_sample = fn.vmap(fn.grad(lambda w, s: (w * s).sum() ** 2), in_dims=(None, 0))(w, x)
    return dict(
        rows=arr(fn.vmap(lambda r: r.sum())(x)),
        cols=arr(fn.vmap(lambda r: r * 2, in_dims=1, out_dims=1)(x)),
        dot=arr(fn.vmap(torch.dot)(x, x)),
        shared=arr(fn.vmap(lambda s, w: s @ w, in_dims=(0, None))(x, w)),
        per_sample=arr(per_sample),
    )


def case_func_jacobians_and_modules(torch):
    """jacrev, jacfwd, hessian, vjp, jvp and functional_call:
    gradients with respect to a dict of parameters, module untouched.
    """
    fn = torch.func
    x = torch.tensor([1.0, 2.0])
    f = lambda t: torch.stack([t[0] * t[1], t.sum() ** 2])
    m = fill(torch, torch.nn.Linear(2, 1))
    params = {k: v.detach() * 2 for k, v in m.named_parameters()}
    g = fn.grad(lambda p: fn.functional_call(m, p, (x,)).sum())(params)
    out, pull = fn.vjp(f, x)
    return dict(
        rev=arr(fn.jacrev(f)(x)),
        fwd=arr(fn.jacfwd(f)(x)),
        hess=arr(fn.hessian(lambda t: f(t).sum())(x)),
        vjp=arr([out, pull(torch.tensor([1.0, 1.0]))[0]]),
        jvp=arr(fn.jvp(f, (x,), (torch.tensor([1.0, 0.0]),))),
        g=arr(g),
        call=arr(fn.functional_call(m, params, (x,))),
        own=arr(m(x)),
        clean=m.weight.grad is None,
    )


# ---- anomaly, saved tensors, memory
def case_anomaly_mode(torch):
    """detect_anomaly turns a nan gradient into an error naming the node; without it the nan just arrives."""

    def run():
        x = torch.tensor([0.0], requires_grad=True)
        y = (x.sqrt() * 0).sum()
        y.backward()
        return arr(x.grad)

    def detect(**kw):
        with torch.autograd.detect_anomaly(**kw):
            return run()

    return dict(
        silent=run(),
        error=raises(detect),
        unchecked=detect(check_nan=False),
        warns=[t[:60] for t in warned(lambda: raises(detect))][:1],
        after=torch.is_anomaly_enabled(),
    )


def case_saved_tensors_hooks(torch):
    """saved_tensors_hooks packs what is saved during forward and unpacks it in backward;
    what pack returns may be anything.
    """
    packed, log = [], []

    def pack(t):
        packed.append(tuple(t.shape))
        return arr(t)

    def unpack(a):
        log.append(a.shape)
        return torch.from_numpy(a)

    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = (w.exp() * 3).pow(2)
    n = len(packed)
    z = y.sum()
    z.backward()
    return dict(n=n, shapes=packed[:1], unpacked=len(log), grad=arr(w.grad))


def case_intermediates_are_released(torch):
    """What a graph keeps alive is released by backward() without retain_graph, kept with it,
    and released with the last reference to the result.
    """

    def alive(r):
        gc.collect()
        return r() is not None

    def build():
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        h = w * 3
        return (h * h).sum(), weakref.ref(h)

    y, r = build()
    seen = [alive(r)]
    y.backward(retain_graph=True)
    seen.append(alive(r))
    y.backward()
    seen.append(alive(r))
    z, s = build()
    seen.append(alive(s))
    del z
    seen.append(alive(s))
    return dict(seen=seen)


def case_results_do_not_keep_unneeded_inputs(torch):
    """Operations whose derivative needs no input (add, sum) do not keep their inputs alive; multiplication does."""
    w = torch.tensor([1.0, 2.0], requires_grad=True)

    def ref(f):
        h = w * 1
        y = f(h)
        r = weakref.ref(h)
        del h
        gc.collect()
        return [r() is not None, y.requires_grad]

    return dict(
        add=ref(lambda h: h + w),
        sum=ref(lambda h: h.sum()),
        mul=ref(lambda h: h * w),
        exp=ref(lambda h: h.exp()),
        relu=ref(lambda h: h.relu()),
        sin=ref(lambda h: h.sin()),
        detach=ref(lambda h: h.detach().requires_grad_()),
    )
