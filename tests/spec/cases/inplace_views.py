"""In-place operations and views: version counters, what is checked, shared memory, gradients through views."""

from tests.spec.observe import arr, fill, graph, raises, ramp


def leaf(torch, *v):
    return torch.tensor(list(v), requires_grad=True)


# ---- version counters
def case_version_counter(torch):
    """_version counts in-place changes; views share it; detach() shares it; .data and clone() have their own."""
    x = torch.zeros(3)
    log = [x._version]
    x.add_(1)
    x[0] = 5
    log.append(x._version)
    v, d, data, c = x[1:], x.detach(), x.data, x.clone()
    v.mul_(2)
    log.append([x._version, v._version, d._version, data._version, c._version])
    d.add_(1)
    data.add_(1)
    x.numpy()[:] = 9
    x + 1
    log.append([x._version, d._version, data._version])
    return dict(log=log, x=arr(x), c=arr(c))


def case_version_counter_by_operation(torch):
    """zero_, fill_, copy_, +=, index assignment, masked_fill_, clamp_ and out= count one each;
    reading, viewing and swapping .data count nothing.
    """
    x = torch.zeros(2)
    ops = dict(
        zero_=lambda: x.zero_(),
        fill_=lambda: x.fill_(2),
        copy_=lambda: x.copy_(torch.ones(2)),
        iadd=lambda: x.__iadd__(1),
        setitem=lambda: x.__setitem__(0, 3.0),
        masked=lambda: x.masked_fill_(x > 1, 0),
        out=lambda: torch.add(x, 1, out=x),
        data=lambda: setattr(x, "data", torch.ones(2)),
        read=lambda: x.sum(),
        view=lambda: x.view(2),
        clamp_=lambda: x.clamp_(0, 1),
    )
    out = {}
    for k, f in ops.items():
        before = x._version
        f()
        out[k] = x._version - before
    return out


def case_optimizer_steps_raise_versions(torch):
    """optimizer.step() changes parameters in place:
    versions rise, so a graph recorded before a step cannot be differentiated after it.
    """
    m = torch.nn.Sequential(fill(torch, torch.nn.Linear(2, 2)), fill(torch, torch.nn.Linear(2, 1)))
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    loss = m(torch.ones(1, 2)).sum()
    loss.backward(retain_graph=True)
    before = [p._version for p in m.parameters()]
    opt.step()
    rise = [p._version - b for p, b in zip(m.parameters(), before)]
    e = raises(loss.backward)
    return dict(rise=rise, error=[e[0], e[1][:125]])


# ---- what backward checks
def case_modified_input_is_caught(torch):
    """Changing in place what an operation saved makes backward fail with shape, versions and a hint."""
    w = leaf(torch, 1.0, 2.0)
    h = w * 1
    y = h * h
    h.add_(1)
    e = raises(y.sum().backward)
    with torch.no_grad():
        p = torch.nn.Parameter(torch.ones(2, 2))
    z = torch.ones(1, 2).requires_grad_() @ p
    with torch.no_grad():
        p.zero_()
    return dict(error=e, parameter=raises(z.sum().backward), unchanged=w.grad is None)


def case_which_operations_save_their_input(torch):
    """mul, log, pow, sin, abs, clamp, gelu, leaky_relu save the input: changing it afterwards breaks backward;
    exp, sigmoid, tanh, relu, sqrt, add, sum do not.
    """
    F = torch.nn.functional
    ops = dict(
        mul=lambda h: h * h,
        log=torch.log,
        pow=lambda h: h**2,
        sin=torch.sin,
        abs=torch.abs,
        clamp=lambda h: h.clamp(0, 1),
        gelu=F.gelu,
        leaky=F.leaky_relu,
        exp=torch.exp,
        sigmoid=torch.sigmoid,
        tanh=torch.tanh,
        relu=torch.relu,
        sqrt=torch.sqrt,
        add=lambda h: h + 1,
        scale=lambda h: h * 2,
        sum=lambda h: h.sum(),
        softmax=lambda h: h.softmax(0),
        mean=lambda h: h.mean(),
        neg=torch.neg,
    )
    out = {}
    for k, f in ops.items():
        w = leaf(torch, 0.5, 0.25)
        h = w * 1
        y = f(h)
        h.add_(1)
        out[k] = [raises(y.sum().backward)[0], arr(w.grad)]
    return out


def case_which_operations_save_their_output(torch):
    """exp, sigmoid, tanh, relu, sqrt, softmax save the output: changing that in place breaks backward;
    add, mul, sum, log, sin do not mind.
    """
    ops = dict(
        exp=torch.exp,
        sigmoid=torch.sigmoid,
        tanh=torch.tanh,
        relu=torch.relu,
        sqrt=torch.sqrt,
        softmax=lambda h: h.softmax(0),
        add=lambda h: h + 1,
        mul=lambda h: h * h,
        log=torch.log,
        sin=torch.sin,
        pow=lambda h: h**2,
        sum=lambda h: h.sum(0, keepdim=True),
    )
    out = {}
    for k, f in ops.items():
        w = leaf(torch, 0.5, 0.25)
        y = f(w * 1)
        y.mul_(3)
        e = raises(y.sum().backward)
        out[k] = [e[0], e[1][93:].split(";")[0], arr(w.grad)]
    return out


def case_in_place_activation_is_fine(torch):
    """relu_ and sigmoid_ after an operation that does not need its output work and give the right gradients;
    after one that does, they fail.
    """
    F = torch.nn.functional
    w = leaf(torch, -1.0, 2.0)
    F.relu(w * 3, inplace=True).sum().backward()
    a = arr(w.grad)
    w.grad = None
    (w * 0.5).sigmoid_().sum().backward()
    h = (w * 1).exp()
    F.relu_(h)
    return dict(relu=a, sigmoid=arr(w.grad), exp=raises(h.sum().backward)[0], node=torch.relu_(w * 2).grad_fn.name())


def case_data_hides_a_change_detach_does_not(torch):
    """A change through .data is not noticed by backward (and gives gradients of the new values);
    through detach() it is.
    """

    def run(alias):
        w = leaf(torch, 1.0, 2.0)
        h = w * 1
        y = (h * h).sum()
        alias(h).mul_(10)
        e = raises(y.backward)[0]
        return [e, arr(w.grad), arr(h)]

    return dict(data=run(lambda h: h.data), detach=run(lambda h: h.detach()))


# ---- in place on leaves
def case_leaf_in_place_errors(torch):
    """Every in-place change of a leaf that requires grad is refused, also through a view; the texts."""
    w = torch.ones(2, 2, requires_grad=True)

    def setitem():
        w[0] = 1.0

    def aug():
        nonlocal w
        w += 1

    return dict(
        add_=raises(w.add_, 1),
        zero_=raises(w.zero_),
        setitem=raises(setitem),
        aug=raises(aug),
        view=raises(w[0].mul_, 2),
        view2=raises(w.view(4).zero_),
        copy=raises(w.copy_, torch.zeros(2, 2)),
        out=raises(lambda: torch.add(torch.ones(2, 2), 1, out=w)),
        grad=w.grad,
        w=arr(w),
    )


def case_in_place_result_becomes_part_of_the_graph(torch):
    """A tensor without history that receives a tracked value in place becomes a non-leaf that requires grad."""
    w = leaf(torch, 1.0, 2.0)
    x = torch.zeros(2)
    same = x.add_(w) is x
    buf = torch.zeros(3)
    buf[1:] = w * 2
    buf[0] = w[0]
    (x * buf[1:]).sum().backward()
    return dict(
        same=same,
        x=[x.requires_grad, x.is_leaf, x.grad_fn.name()],
        buf=[buf.requires_grad, type(buf.grad_fn).__name__, arr(buf)],
        grad=arr(w.grad),
    )


def case_in_place_chain_gradients(torch):
    """add_, mul_, pow_, clamp_, addcmul_ chained on a non-leaf give the gradients of the composed function."""
    w = leaf(torch, 0.5, 2.0)
    h = w * 2
    h.add_(1).mul_(w).clamp_(max=9.0)
    h -= 0.5
    h /= 2
    h.addcmul_(w, w, value=3)
    h.sum().backward()
    return dict(h=arr(h), grad=arr(w.grad), name=h.grad_fn.name(), version=h._version)


def case_in_place_needs_matching_shape_and_dtype(torch):
    """In-place results keep shape and dtype: broadcasting the target, or a float result into integers, is an error."""
    x, i = torch.ones(3), torch.ones(3, dtype=torch.int64)

    def idiv():
        nonlocal i
        i /= 2

    i.add_(2)
    x.add_(i)
    return dict(
        shape=raises(x.add_, torch.ones(2, 3)),
        dtype=raises(i.add_, 0.5),
        div=raises(idiv),
        mul=raises(i.mul_, torch.ones(3)),
        x=arr(x),
        i=arr(i),
        f16=str(torch.ones(2, dtype=torch.float16).add_(torch.ones(2)).dtype),
    )


def case_in_place_on_expanded_memory(torch):
    """An expanded tensor cannot be changed as a whole (its elements share memory); a clone can."""
    e = torch.ones(1, 3).expand(2, 3)
    c = e.clone()
    c[0] = 5
    return dict(
        add=raises(e.add_, 1),
        stride=e.stride(),
        set=raises(lambda: e.__setitem__((0, 0), 1.0)),
        c=arr(c),
        contiguous=[e.is_contiguous(), c.is_contiguous()],
    )


# ---- views
def case_views_share_memory_both_ways(torch):
    """view, slice, transpose, select, expand, detach, numpy, split, unbind, diagonal share memory;
    reshape may, clone, fancy and mask indexing do not.
    """
    x = ramp(torch, 2, 3)
    views = dict(
        view=x.view(3, 2),
        slice=x[:, 1:],
        t=x.t(),
        select=x[0],
        unsq=x.unsqueeze(0),
        split=x.split(1)[1],
        unbind=x.unbind(1)[0],
        diag=x.diagonal(),
        detach=x.detach(),
        reshape=x.reshape(6),
        flat=x.flatten(),
        plus=+x,
    )
    copies = dict(
        clone=x.clone(),
        fancy=x[torch.tensor([0, 1])],
        mask=x[x > -1],
        t_reshape=x.t().reshape(6),
        t_contiguous=x.t().contiguous(),
        double=x.double(),
    )
    x += 100
    x.numpy()[0, 0] = -1
    x.view(-1)[5] = -5
    views["t"][0, 1] = 77
    return dict(x=arr(x), views=arr(views), copies=arr(copies))


def case_base_and_view_flags(torch):
    """_is_view and _base: a view of a view has the first tensor as base; same-data shortcuts."""
    x = ramp(torch, 2, 3)
    v = x[1:]
    vv = v.view(3)
    return dict(
        view=[v._is_view(), v._base is x, vv._base is x],
        own=[x._is_view(), x._base],
        clone=x.clone()._is_view(),
        same=[
            x.view(2, 3) is x,
            x.contiguous() is x,
            x.to(torch.float32) is x,
            x.float() is x,
            x.reshape(2, 3)._base is x,
        ],
        detach=x.detach()._is_view(),
        offset=[v.storage_offset(), v.stride(), x.t().stride()],
        ptr=v.data_ptr() - x.data_ptr(),
    )


def case_strides_and_view_errors(torch):
    """Strides after transposing and slicing; view needs compatible strides, reshape copies; sizes must agree;
    -1 once.
    """
    x = ramp(torch, 2, 3, 4)
    t = x.transpose(0, 2)
    return dict(
        stride=[x.stride(), t.stride(), x[:, ::2].stride(), x[..., 1].stride(), t.contiguous().stride()],
        contiguous=[t.is_contiguous(), x[0].is_contiguous(), x[:, 0].is_contiguous()],
        view=raises(t.view, -1),
        size=raises(x.view, 5, 5),
        minus=raises(x.view, -1, -1),
        infer=tuple(x.view(-1, 6).shape),
        bad=raises(x.view, -1, 7),
        reshape=arr(t.reshape(4, 6)),
        expand=raises(x.expand, 2, 3, 5),
    )


def case_gradient_through_views(torch):
    """Gradients of view chains scatter back to the base; overlapping uses add up; expand sums."""
    w = ramp(torch, 2, 3, requires_grad=True)
    y = w.t()[1:].contiguous().view(-1).view(2, 2)
    z = w[:, 0].unsqueeze(1).expand(2, 3)
    (y * ramp(torch, 2, 2, start=1)).sum().backward()
    g = arr(w.grad)
    (z * ramp(torch, 2, 3)).sum().backward()
    return dict(y=arr(y), g=g, g2=arr(w.grad), graph=graph(y.grad_fn, dict(w=w)))


def case_gradient_of_a_view_changed_in_place(torch):
    """Changing a view in place changes its base's history:
    the overwritten part gets no gradient from later uses of the base.
    """
    w = leaf(torch, 1.0, 2.0, 3.0)
    h = w * 2
    v = h[:2]
    v.mul_(10)
    h.sum().backward()
    g1 = arr(w.grad)
    w.grad = None
    h = w * 2
    h[1] = 0.0
    v = h[1:]
    h.mul_(5)
    v.sum().backward()
    return dict(g1=g1, names=[type(h.grad_fn).__name__, v.requires_grad], v=arr(v), g2=arr(w.grad))


def case_slice_assignment_gradients(torch):
    """x[i] = value: no gradient for what was overwritten, full gradient for the value, broadcasting summed;
    masks and fancy indices too.
    """
    x, v, s = ramp(torch, 3, 2, requires_grad=True), leaf(torch, 10.0, 20.0), torch.tensor(5.0, requires_grad=True)
    h = x.clone()
    h[0] = v
    h[1:, 1] = s
    h[torch.tensor([2]), torch.tensor([0])] = s * 2
    (h * ramp(torch, 3, 2, start=1)).sum().backward()
    return dict(
        h=arr(h),
        x=arr(x.grad),
        v=arr(v.grad),
        s=arr(s.grad),
        shape=raises(lambda: h.__setitem__(0, torch.ones(3))),
        index=raises(lambda: h[5]),
    )


def case_masked_and_indexed_in_place(torch):
    """masked_fill_, masked_scatter_, index_fill_, index_add_, index_copy_, index_put_ (accumulate), scatter_,
    scatter_add_ values.
    """
    i = torch.tensor([0, 2])
    x = lambda: ramp(torch, 3, 2)
    put = x().index_put_(
        (torch.tensor([0, 0, 1]), torch.tensor([1, 1, 0])), torch.tensor([1.0, 2.0, 3.0]), accumulate=True
    )
    return dict(
        masked_fill=arr(x().masked_fill_(x() > 2, -1.0)),
        masked_scatter=arr(x().masked_scatter_(x() > 2, torch.tensor([9.0, 8.0, 7.0, 6.0]))),
        fill=arr(x().index_fill_(0, i, 5.0)),
        add=arr(x().index_add_(0, i, torch.ones(2, 2), alpha=2)),
        copy=arr(x().index_copy_(0, i, -torch.ones(2, 2))),
        put=arr(put),
        scatter=arr(x().scatter_(1, torch.tensor([[1], [0], [1]]), 9.0)),
        scatter_add=arr(x().scatter_add_(0, torch.tensor([[0, 0], [0, 2]]), torch.ones(2, 2))),
    )


def case_masked_fill_gradient(torch):
    """masked_fill_ on a non-leaf blocks the gradient where the mask is set;
    masked indexing gathers and scatters gradients.
    """
    w = ramp(torch, 2, 2, requires_grad=True)
    h = w * 2
    h.masked_fill_(w > 1.5, 0.0)
    (h * 3).sum().backward()
    g = arr(w.grad)
    w.grad = None
    (w[w > 0.5] ** 2).sum().backward()
    return dict(h=arr(h), g=g, g2=arr(w.grad))


def case_several_views_cannot_be_changed_in_place(torch):
    """Outputs of split, chunk and unbind with history cannot be changed in place; a single slice can."""
    w = ramp(torch, 4, requires_grad=True)
    h = w * 1
    e = raises(h.split(2)[0].mul_, 2)
    u = raises(h.unbind()[0].mul_, 2)
    h[:2].mul_(2)
    plain = torch.ones(4)
    plain.split(2)[0].mul_(5)
    return dict(split=[e[0], e[1][:95]], unbind=[u[0], u[1][:95]], h=arr(h), plain=arr(plain))


def case_copy_and_assignment(torch):
    """copy_ converts dtype, broadcasts, and passes gradients to its source;
    tensor.data = other swaps memory without history.
    """
    src = torch.tensor([1.9, -2.9], requires_grad=True)
    ints = torch.zeros(2, 2, dtype=torch.int64).copy_(src.detach())
    dst = torch.zeros(2, 2)
    dst.copy_(src)
    (dst * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    a, b = torch.ones(2), torch.full((3,), 7.0)
    a.data = b
    b[0] = 1
    return dict(
        ints=arr(ints),
        node=dst.grad_fn.name(),
        grad=arr(src.grad),
        a=arr(a),
        shape=raises(dst.copy_, torch.ones(3)),
        swap=raises(lambda: setattr(a, "data", 3.0))[0],
    )


def case_as_strided(torch):
    """as_strided reads the same memory with any strides, also overlapping; its gradient adds overlapping uses;
    out of range is an error.
    """
    w = ramp(torch, 6, requires_grad=True)
    y = w.as_strided((3, 2), (1, 2), 1)
    y.sum().backward()
    x = ramp(torch, 6)
    x.as_strided((2, 2), (3, 1)).zero_()
    return dict(
        y=arr(y), grad=arr(w.grad), x=arr(x), error=raises(x.as_strided, (3, 3), (3, 1))[0], node=y.grad_fn.name()
    )


def case_saved_input_changed_after_backward_is_fine(torch):
    """Once backward ran, changing the inputs is allowed; a new forward sees the new values."""
    w = leaf(torch, 1.0, 2.0)
    x = torch.tensor([3.0, 4.0])
    (w * x).sum().backward()
    x.mul_(10)
    g = arr(w.grad)
    (w * x).sum().backward()
    return dict(g=g, g2=arr(w.grad))


def case_growing_list_versus_in_place_buffer(torch):
    """A recurrence written into a preallocated buffer fails when earlier entries were saved,
    and works when collected in a list and stacked.
    """
    w = torch.tensor(0.5, requires_grad=True)

    def buffer():
        h = torch.zeros(3)
        h[0] = 1.0
        for t in range(1, 3):
            h[t] = (w * h[t - 1]).exp()
        h.sum().backward()

    def listed():
        h = [torch.tensor(1.0)]
        for _ in range(1, 3):
            h.append((w * h[-1]).exp())
        torch.stack(h).sum().backward()

    e = raises(buffer)
    w.grad = None
    listed()
    return dict(error=[e[0], e[1][:118]], grad=arr(w.grad))
