"""Losses, activations and layers: small exact values with gradients, options and edge cases."""

from tests.spec.observe import arr, close, fill, raises, ramp, tol, warned, wave


def vg(torch, f, *values):
    """[value of f, gradients of its sum with respect to each argument]."""
    xs = [torch.tensor(v, requires_grad=True) for v in values]
    y = f(*xs)
    y.sum().backward()
    return [arr(y)] + [arr(x.grad) for x in xs]


# ---- losses
def case_regression_losses(torch):
    """mse, l1, smooth_l1 (beta), huber (delta): none/mean/sum values and gradients for both arguments."""
    F = torch.nn.functional
    x, y = [0.0, 1.0, 3.0], [0.5, 1.0, -1.0]
    out = {}
    for name, f in dict(mse=F.mse_loss, l1=F.l1_loss, smooth=F.smooth_l1_loss, huber=F.huber_loss).items():
        out[name] = {r: vg(torch, lambda a, b: f(a, b, reduction=r), x, y) for r in ("mean", "sum", "none")}
    out["beta"] = vg(torch, lambda a, b: F.smooth_l1_loss(a, b, beta=2.0), x, y)
    out["delta"] = vg(torch, lambda a, b: F.huber_loss(a, b, delta=2.0), x, y)
    return out


def case_loss_reduction_and_shape_checks(torch):
    """Unknown reductions are refused;
    mse of different shapes broadcasts with a warning, binary_cross_entropy refuses; modules keep their reduction.
    """
    F, nn = torch.nn.functional, torch.nn
    a, b = torch.ones(2, 1), torch.zeros(2)
    return dict(
        reduction=raises(F.mse_loss, a, a, reduction="avg"),
        warning=[t[:110] for t in warned(F.mse_loss, a, b)],
        value=F.mse_loss(a, b, reduction="none").shape.numel(),
        cannot=raises(F.mse_loss, torch.ones(2), torch.ones(3)),
        module=[nn.MSELoss(reduction="sum")(a, b[:, None]).item(), nn.L1Loss().reduction],
        bce_size=raises(F.binary_cross_entropy, torch.ones(2), torch.ones(3)),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_cross_entropy_options(torch):
    """cross_entropy: reductions, class weights (weighted mean), ignore_index, label smoothing,
    probabilities as targets, extra dimensions, everything ignored.
    """
    F = torch.nn.functional
    x = [[1.0, 2.0, 0.5], [0.0, -1.0, 3.0], [2.0, 2.0, 2.0]]
    t, w = torch.tensor([0, 2, 1]), torch.tensor([1.0, 2.0, 0.5])
    ig = torch.tensor([0, -100, 1])
    run = lambda target=t, **k: vg(torch, lambda a: F.cross_entropy(a, target, **k), x)
    soft = torch.tensor([[0.2, 0.3, 0.5], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    img = ramp(torch, 1, 3, 2, 2, step=0.1)
    return dict(
        mean=run(),
        sum=run(reduction="sum"),
        none=run(reduction="none"),
        weight=run(weight=w),
        ignore=run(ig),
        ignore_other=run(ignore_index=2),
        weight_ignore=run(ig, weight=w),
        smooth=run(label_smoothing=0.1),
        smooth_weight=run(label_smoothing=0.1, weight=w),
        soft=run(soft),
        soft_smooth=run(soft, label_smoothing=0.2),
        dims=F.cross_entropy(img, torch.tensor([[[0, 1], [2, 1]]])).item(),
        nothing=F.cross_entropy(torch.ones(2, 3), torch.tensor([-100, -100])).item(),
        single=F.cross_entropy(torch.tensor([1.0, 2.0]), torch.tensor(1)).item(),
        sumnothing=F.cross_entropy(torch.ones(1, 3), torch.tensor([-100]), reduction="sum").item(),
    )


def case_nll_and_log_softmax(torch):
    """nll_loss of log_softmax is cross_entropy; weights, ignore_index, reductions;
    nll's own gradient lies at the targets only.
    """
    F = torch.nn.functional
    x = [[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]]
    t = torch.tensor([1, 0])
    w = torch.tensor([1.0, 3.0, 1.0])
    return dict(
        nll=vg(torch, lambda a: F.nll_loss(a, t), x),
        weight=vg(torch, lambda a: F.nll_loss(a, t, weight=w), x),
        none=vg(torch, lambda a: F.nll_loss(a, t, reduction="none"), x),
        both=[
            vg(torch, lambda a: F.nll_loss(F.log_softmax(a, 1), t), x),
            vg(torch, lambda a: F.cross_entropy(a, t), x),
        ],
        ignore=F.nll_loss(torch.zeros(2, 3), t, ignore_index=0).item(),
        range=raises(F.nll_loss, torch.zeros(1, 3), torch.tensor([3])),
    )


def case_binary_cross_entropies(torch):
    """binary_cross_entropy and its logits version:
    gradients, weight, pos_weight, saturated inputs (log clamped at -100), range errors.
    """
    F = torch.nn.functional
    y = torch.tensor([1.0, 0.0, 1.0])
    z = [2.0, -1.0, 0.0]
    bcel = F.binary_cross_entropy_with_logits
    return dict(
        prob=vg(torch, lambda p: F.binary_cross_entropy(p, y), [0.9, 0.2, 0.5]),
        logits=vg(torch, lambda a: bcel(a, y), z),
        pos=vg(torch, lambda a: bcel(a, y, pos_weight=torch.tensor([3.0])), z),
        weight=vg(torch, lambda a: bcel(a, y, weight=torch.tensor([1.0, 0.0, 2.0]), reduction="sum"), z),
        saturated=vg(
            torch, lambda p: F.binary_cross_entropy(p, torch.tensor([1.0, 0.0]), reduction="none"), [0.0, 1.0]
        ),
        extreme=vg(torch, lambda a: bcel(a, torch.tensor([0.0, 1.0]), reduction="none"), [200.0, -200.0]),
        range=raises(F.binary_cross_entropy, torch.tensor([1.5]), torch.tensor([1.0])),
        soft=bcel(torch.tensor([0.3]), torch.tensor([0.3])).item(),
        module=torch.nn.BCELoss(reduction="none")(torch.tensor([0.5]), torch.tensor([0.0])).item(),
    )


def case_other_losses(torch):
    """kl_div, cosine embedding, margin ranking, hinge embedding, triplet margin, poisson and gaussian nll,
    soft margin, multi margin.
    """
    F = torch.nn.functional
    p, q = torch.tensor([[0.2, 0.8], [0.5, 0.5]]), torch.tensor([[0.4, 0.6], [0.9, 0.1]])
    a, b = torch.tensor([[1.0, 0.0], [1.0, 2.0]]), torch.tensor([[0.0, 1.0], [2.0, 1.0]])
    s = torch.tensor([1.0, -1.0])
    return dict(
        kl=[F.kl_div(q.log(), p, reduction=r).item() for r in ("batchmean", "sum", "mean")],
        kl_log=F.kl_div(q.log(), p.log(), log_target=True, reduction="sum").item(),
        kl_zero=F.kl_div(torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[0.0, 1.0]]), reduction="sum").item(),
        cosine=arr(F.cosine_embedding_loss(a, b, s, margin=0.1, reduction="none")),
        rank=arr(
            F.margin_ranking_loss(torch.tensor([1.0, 2.0]), torch.tensor([0.5, 1.0]), s, margin=0.2, reduction="none")
        ),
        hinge=arr(F.hinge_embedding_loss(torch.tensor([0.3, 0.3]), s, reduction="none")),
        triplet=F.triplet_margin_loss(a, b, -a).item(),
        poisson=F.poisson_nll_loss(torch.tensor([0.5]), torch.tensor([2.0])).item(),
        gauss=F.gaussian_nll_loss(torch.tensor([1.0]), torch.tensor([2.0]), torch.tensor([0.5])).item(),
        soft=F.soft_margin_loss(torch.tensor([0.5, -2.0]), s).item(),
        multi=F.multi_margin_loss(a, torch.tensor([0, 1])).item(),
        mlsm=F.multilabel_soft_margin_loss(a, (b > 0).float()).item(),
    )


# ---- activations
def case_rectifiers(torch):
    """relu, leaky_relu, prelu, rrelu (eval), elu, selu, celu, relu6, threshold: values and gradients around zero."""
    F = torch.nn.functional
    x = [-2.0, -0.5, 0.5, 7.0]
    w = torch.tensor([0.3])
    return {
        k: vg(torch, f, x)
        for k, f in dict(
            relu=F.relu,
            leaky=lambda a: F.leaky_relu(a, 0.1),
            prelu=lambda a: F.prelu(a, w),
            rrelu=lambda a: F.rrelu(a, training=False),
            elu=F.elu,
            elu2=lambda a: F.elu(a, alpha=0.5),
            selu=F.selu,
            celu=lambda a: F.celu(a, 2.0),
            relu6=F.relu6,
            threshold=lambda a: F.threshold(a, 0.1, -3.0),
        ).items()
    }


@tol(rtol=1e-4, atol=1e-5)
def case_smooth_activations(torch):
    """gelu (erf and tanh), silu, mish, softplus (beta), sigmoid, tanh, logsigmoid, softsign, tanhshrink,
    hard variants, glu: values and gradients.
    """
    F = torch.nn.functional
    x = [-3.5, -1.0, 0.0, 2.0]
    return {
        k: vg(torch, f, x)
        for k, f in dict(
            gelu=F.gelu,
            gelu_tanh=lambda a: F.gelu(a, approximate="tanh"),
            silu=F.silu,
            mish=F.mish,
            softplus=F.softplus,
            softplus2=lambda a: F.softplus(a, beta=2.0),
            sigmoid=torch.sigmoid,
            tanh=torch.tanh,
            logsigmoid=F.logsigmoid,
            softsign=F.softsign,
            tanhshrink=F.tanhshrink,
            hardswish=F.hardswish,
            hardsigmoid=F.hardsigmoid,
            hardtanh=F.hardtanh,
            softshrink=F.softshrink,
            hardshrink=F.hardshrink,
            glu=F.glu,
        ).items()
    }


@tol(rtol=1e-4, atol=1e-5)
def case_softmax_family(torch):
    """softmax, log_softmax, softmin over each dimension with gradients; -inf entries; a dtype argument;
    a missing dim warns.
    """
    F = torch.nn.functional
    x = [[1.0, 2.0, -1.0], [0.0, 0.0, 5.0]]
    w = ramp(torch, 2, 3)
    weighted = lambda f: vg(torch, lambda a: f(a) * w, x)
    return dict(
        s1=weighted(lambda a: a.softmax(1)),
        s0=weighted(lambda a: a.softmax(0)),
        log=weighted(lambda a: F.log_softmax(a, -1)),
        min=weighted(lambda a: F.softmin(a, dim=1)),
        inf=arr(torch.tensor([1.0, -float("inf"), 1.0]).softmax(0)),
        all_inf=arr(torch.full((2,), -float("inf")).softmax(0)),
        dtype=str(torch.ones(2).softmax(0, dtype=torch.float64).dtype),
        warn=[t[:70] for t in warned(F.softmax, torch.ones(2, 2))],
    )


# ---- linear, convolution, pooling
def case_linear_layers(torch):
    """Linear on 1-D, 2-D and 3-D inputs, with and without bias, gradients; Bilinear; Flatten and Unflatten."""
    nn = torch.nn
    m = fill(torch, nn.Linear(3, 2))
    out = {}
    for name, shape in dict(one=(3,), two=(2, 3), three=(2, 2, 3)).items():
        m.zero_grad()
        x = ramp(torch, *shape, step=0.5, requires_grad=True)
        y = m(x)
        (y**2).sum().backward()
        out[name] = [arr(y), arr(x.grad), arr(m.weight.grad), arr(m.bias.grad)]
    out["bilinear"] = arr(fill(torch, nn.Bilinear(2, 2, 1))(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]])))
    out["shapes"] = [
        tuple(nn.Flatten()(torch.ones(2, 3, 4)).shape),
        tuple(nn.Flatten(0, 1)(torch.ones(2, 3, 4)).shape),
        tuple(nn.Unflatten(1, (2, 3))(torch.ones(4, 6)).shape),
    ]
    return out


def case_conv2d_options(torch):
    """conv2d: stride, padding, dilation, groups, 'same', asymmetric kernels: values and gradients."""
    F = torch.nn.functional
    x0, w0 = ramp(torch, 1, 2, 5, 5, step=0.1), ramp(torch, 2, 2, 3, 3, start=-0.5, step=0.07)

    def run(w=w0, **k):
        x, w = x0.clone().requires_grad_(), w.clone().requires_grad_()
        y = F.conv2d(x, w, torch.tensor([0.1, -0.1]), **k)
        (y * ramp(torch, *y.shape, step=0.1)).sum().backward()
        return [tuple(y.shape), arr(y), arr(x.grad), arr(w.grad)]

    return dict(
        plain=run(),
        stride=run(stride=2),
        pad=run(padding=1, stride=(2, 1)),
        dilation=run(dilation=2),
        groups=run(ramp(torch, 2, 1, 3, 3, step=0.1), groups=2),
        same=run(padding="same"),
        kernel=run(ramp(torch, 2, 2, 1, 3, step=0.1)),
    )


def case_conv_dimensions_and_modes(torch):
    """Conv1d, Conv3d, unbatched input, padding modes, transposed convolution with stride, padding,
    output_padding, groups.
    """
    nn, F = torch.nn, torch.nn.functional
    c1, c3 = fill(torch, nn.Conv1d(2, 1, 2)), fill(torch, nn.Conv3d(1, 1, 2))
    x = ramp(torch, 1, 1, 3, 3)
    modes = {
        m: arr(fill(torch, nn.Conv2d(1, 1, 3, padding=1, padding_mode=m))(x))
        for m in ("zeros", "reflect", "replicate", "circular")
    }
    w = ramp(torch, 1, 2, 2, 2, step=0.1)
    up = nn.ConvTranspose2d(2, 2, 3, stride=2, padding=1, output_padding=1, groups=2)
    return dict(
        one=arr(c1(ramp(torch, 1, 2, 4))),
        three=arr(c3(ramp(torch, 1, 1, 2, 3, 2))),
        unbatched=tuple(c1(ramp(torch, 2, 4)).shape),
        modes=modes,
        transpose=arr(F.conv_transpose2d(x, w, stride=2)),
        up=arr(fill(torch, up)(ramp(torch, 1, 2, 2, 2))),
        size=tuple(up(torch.ones(1, 2, 3, 3), output_size=(6, 6)).shape),
        t1=arr(fill(torch, nn.ConvTranspose1d(1, 1, 3))(ramp(torch, 1, 1, 2))),
    )


def case_pooling(torch):
    """max_pool2d (indices, stride, padding, ceil_mode, dilation), avg_pool2d (count_include_pad),
    adaptive pools, max_unpool, 1-D pools; gradients, ties to the first.
    """
    F = torch.nn.functional
    x0 = torch.tensor(
        [
            [
                [
                    [1.0, 5.0, 5.0, 0.0, 2.0],
                    [3.0, 5.0, 1.0, 4.0, 4.0],
                    [0.0, 0.0, 7.0, 7.0, 1.0],
                    [2.0, 1.0, 0.0, 3.0, 9.0],
                    [6.0, 1.0, 2.0, 8.0, 9.0],
                ]
            ]
        ]
    )

    def run(f):
        x = x0.clone().requires_grad_()
        y = f(x)
        (y * ramp(torch, *y.shape, start=1)).sum().backward()
        return [arr(y), arr(x.grad)]

    y, i = F.max_pool2d(x0, 2, return_indices=True)
    return dict(
        max=run(lambda x: F.max_pool2d(x, 2)),
        idx=arr(i),
        stride1=run(lambda x: F.max_pool2d(x, 2, stride=1)),
        ceil=run(lambda x: F.max_pool2d(x, 2, ceil_mode=True)),
        pad=run(lambda x: F.max_pool2d(x, 3, stride=2, padding=1)),
        dil=run(lambda x: F.max_pool2d(x, 2, stride=1, dilation=2)),
        avg=run(lambda x: F.avg_pool2d(x, 3, stride=2, padding=1)),
        nopad=run(lambda x: F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False)),
        adapt=run(lambda x: F.adaptive_avg_pool2d(x, 2)),
        adaptmax=run(lambda x: F.adaptive_max_pool2d(x, (2, 1))),
        unpool=arr(F.max_unpool2d(y, i, 2, output_size=(5, 5))),
        one=arr(F.max_pool1d(torch.tensor([[1.0, 3.0, 2.0, 4.0]]), 2)),
        lp=arr(F.lp_pool1d(torch.tensor([[3.0, 4.0]]), 2.0, 2)),
        error=raises(F.max_pool2d, torch.ones(1, 1, 1, 1), 2),
    )


# ---- normalisation
@tol(rtol=1e-4, atol=1e-5)
def case_batch_norm_gradients(torch):
    """Batch norm in 1-D, 2-D, training and evaluation: outputs, gradients of input, weight and bias; affine=False;
    functional form needs statistics in evaluation.
    """
    nn, F = torch.nn, torch.nn.functional
    out = {}
    for mode in ("train", "eval"):
        for name, bn, shape in (
            ("1d", nn.BatchNorm1d(2), (3, 2)),
            ("2d", nn.BatchNorm2d(2), (2, 2, 2, 1)),
            ("seq", nn.BatchNorm1d(2), (2, 2, 3)),
        ):
            fill(torch, bn, start=0.5, step=0.3)
            x = wave(torch, *shape, requires_grad=True)
            getattr(bn, mode)()
            y = bn(x)
            (y * wave(torch, *shape, step=0.53)).sum().backward()
            out[f"{name} {mode}"] = [arr(y), arr(x.grad), arr(bn.weight.grad), arr(bn.bias.grad), arr(bn.running_var)]
    out["plain"] = arr(nn.BatchNorm1d(1, affine=False)(torch.tensor([[1.0], [3.0]])))
    out["functional"] = arr(F.batch_norm(torch.tensor([[1.0], [3.0]]), None, None, training=True, eps=1.0))
    return out


@tol(rtol=1e-4, atol=1e-5)
def case_layer_group_instance_norms(torch):
    """layer_norm, group_norm, instance_norm, rms_norm, local_response_norm: values and gradients;
    eps inside the root, biased variance.
    """
    F, nn = torch.nn.functional, torch.nn
    base = wave(torch, 2, 4, 3, step=0.83, period=1.3, shift=0.5)

    def run(f):
        x = base.clone().requires_grad_()
        y = f(x)
        (y * wave(torch, 2, 4, 3, step=0.53)).sum().backward()
        return [arr(y), arr(x.grad)]

    w, b = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.1, 0.2, 0.3])
    return dict(
        layer=run(lambda x: F.layer_norm(x, (3,), w, b)),
        layer2=run(lambda x: F.layer_norm(x, (4, 3), eps=1.0)),
        group=run(lambda x: F.group_norm(x, 2)),
        instance=run(lambda x: F.instance_norm(x)),
        rms=run(lambda x: F.rms_norm(x, (3,), w, eps=1e-5)),
        lrn=run(lambda x: F.local_response_norm(x, 2)),
        norm=run(lambda x: F.normalize(x, dim=1)),
        module=arr(fill(torch, nn.GroupNorm(2, 4))(base)),
        error=raises(F.group_norm, base, 3)[0],
    )


# ---- embeddings, recurrent layers
def case_embeddings(torch):
    """Embedding: repeated indices add gradients, padding_idx gets none (and starts at zero),
    max_norm renormalises the table, from_pretrained freezes; EmbeddingBag modes.
    """
    nn, F = torch.nn, torch.nn.functional
    e = nn.Embedding(4, 2, padding_idx=0)
    zero_start = arr(e.weight[0])
    fill(torch, e)
    e(torch.tensor([[1, 1, 0], [3, 0, 1]])).sum().backward()
    m = fill(torch, nn.Embedding(3, 2, max_norm=0.4))
    m(torch.tensor([0, 2]))
    freq = fill(torch, nn.Embedding(3, 1, scale_grad_by_freq=True))
    freq(torch.tensor([1, 1, 2])).sum().backward()
    bag = {
        k: arr(fill(torch, nn.EmbeddingBag(4, 2, mode=k))(torch.tensor([0, 1, 3, 3]), torch.tensor([0, 3])))
        for k in ("sum", "mean", "max")
    }
    pre = nn.Embedding.from_pretrained(torch.eye(2))
    return dict(
        zero=zero_start,
        grad=arr(e.weight.grad),
        pad_value=arr(e(torch.tensor(0))),
        max_norm=arr(m.weight),
        freq=arr(freq.weight.grad),
        bag=bag,
        pre=[pre.weight.requires_grad, arr(pre(torch.tensor([1])))],
        weighted=arr(
            F.embedding_bag(
                torch.tensor([[0, 1]]), torch.eye(2), mode="sum", per_sample_weights=torch.tensor([[2.0, 3.0]])
            )
        ),
        negative=raises(e, torch.tensor([-1])),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_lstm(torch):
    """LSTM: outputs, final states, gradients; two layers, both directions, batch_first;
    names and shapes of the weights; equals LSTMCell steps.
    """
    nn = torch.nn
    m = fill(torch, nn.LSTM(2, 3))
    x = ramp(torch, 4, 1, 2, start=-1, step=0.25, requires_grad=True)
    y, (h, c) = m(x)
    (y**2).sum().backward()
    cell = nn.LSTMCell(2, 3)
    cell.load_state_dict({k[:-3]: v for k, v in m.state_dict().items()})
    hx, cx = torch.zeros(1, 3), torch.zeros(1, 3)
    for t in range(4):
        hx, cx = cell(x[t], (hx, cx))
    big = fill(torch, nn.LSTM(2, 3, num_layers=2, bidirectional=True, batch_first=True))
    yb, (hb, cb) = big(x.detach().transpose(0, 1))
    return dict(
        y=arr(y),
        h=arr(h),
        c=arr(c),
        gx=arr(x.grad),
        gw=arr(m.weight_hh_l0.grad),
        same=close(hx, h[0]),
        shapes=[tuple(yb.shape), tuple(hb.shape)],
        yb=arr(yb),
        cb=arr(cb),
        names=[[n, tuple(p.shape)] for n, p in big.named_parameters()][:8],
        state=arr(m(x.detach(), (h.detach(), c.detach()))[1][1]),
        unbatched=tuple(m(x[:, 0])[0].shape),
        error=raises(m, torch.ones(2, 1, 5)),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_gru_rnn_and_packed_sequences(torch):
    """GRU and RNN (tanh, relu): outputs and gradients; packed sequences stop at their lengths; cells;
    states of the right length.
    """
    nn, R = torch.nn, torch.nn.utils.rnn
    x = ramp(torch, 3, 2, 2, start=-1, step=0.2)
    out = {}
    for name, m in dict(gru=nn.GRU(2, 2), tanh=nn.RNN(2, 2), relu=nn.RNN(2, 2, nonlinearity="relu")).items():
        fill(torch, m)
        xi = x.clone().requires_grad_()
        y, h = m(xi)
        (y * ramp(torch, 3, 2, 2)).sum().backward()
        out[name] = [arr(y), arr(h), arr(xi.grad), arr(m.bias_hh_l0.grad)]
    m = fill(torch, nn.GRU(2, 2))
    packed, h = m(R.pack_padded_sequence(x, torch.tensor([3, 1])))
    y, lengths = R.pad_packed_sequence(packed)
    cell = fill(torch, nn.GRUCell(2, 2))
    return out | dict(
        packed=[arr(y), arr(h), arr(lengths), arr(packed.batch_sizes)], cell=arr(cell(x[0], torch.ones(2, 2)))
    )


# ---- attention
def case_scaled_dot_product_attention(torch):
    """scaled_dot_product_attention: plain, boolean mask (True keeps), additive mask, causal, scale; gradients."""
    F = torch.nn.functional
    q0, k0 = ramp(torch, 1, 1, 3, 2, step=0.3), ramp(torch, 1, 1, 3, 2, start=1, step=-0.2)
    v0 = ramp(torch, 1, 1, 3, 2)

    def run(**kw):
        q, k, v = (t.clone().requires_grad_() for t in (q0, k0, v0))
        y = F.scaled_dot_product_attention(q, k, v, **kw)
        (y * ramp(torch, 1, 1, 3, 2)).sum().backward()
        return [arr(y), arr(q.grad), arr(k.grad), arr(v.grad)]

    mask = torch.tensor([[True, False, True], [True, True, True], [False, False, True]])
    by_hand = (q0 @ k0.transpose(-1, -2) / 2**0.5).softmax(-1) @ v0
    return dict(
        plain=run(),
        hand=arr(by_hand),
        bool=run(attn_mask=mask),
        add=run(attn_mask=torch.tensor([[0.0, -1.0, 2.0]])),
        causal=run(is_causal=True),
        scale=run(scale=1.0),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_multihead_attention(torch):
    """MultiheadAttention: outputs and averaged or per-head weights, masks (True hides), key padding,
    batch_first, other key sizes, gradients, state dict names.
    """
    nn = torch.nn
    m = fill(torch, nn.MultiheadAttention(4, 2, batch_first=True))
    x = ramp(torch, 2, 3, 4, start=-1, step=0.1, requires_grad=True)
    y, w = m(x, x, x)
    (y * ramp(torch, 2, 3, 4)).sum().backward()
    causal = torch.triu(torch.ones(3, 3, dtype=torch.bool), 1)
    pad = torch.tensor([[False, False, True], [False, True, True]])
    kv = fill(torch, nn.MultiheadAttention(4, 2, kdim=3, vdim=2, batch_first=True))
    return dict(
        y=arr(y),
        w=arr(w),
        g=arr(x.grad),
        gw=arr(m.in_proj_weight.grad).sum(1),
        causal=arr(m(x, x, x, attn_mask=causal)[1]),
        pad=arr(m(x, x, x, key_padding_mask=pad)[0]),
        heads=tuple(m(x, x, x, average_attn_weights=False)[1].shape),
        none=m(x, x, x, need_weights=False)[1],
        names=[[n, tuple(p.shape)] for n, p in m.named_parameters()],
        kv=[[n, tuple(p.shape)] for n, p in kv.named_parameters()][:3],
        kvy=arr(kv(x, torch.ones(2, 5, 3), torch.ones(2, 5, 2))[0]),
        error=raises(nn.MultiheadAttention, 5, 2),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_transformer_layers(torch):
    """TransformerEncoderLayer (post- and pre-norm, gelu) and DecoderLayer without dropout:
    values under causal and padding masks; the stack copies its layer.
    """
    nn = torch.nn
    x = ramp(torch, 2, 3, 4, start=-1, step=0.13) ** 2
    mk = lambda **k: fill(
        torch,
        nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True, **k),
        start=-0.3,
        step=0.041,
        period=17,
    )
    causal = nn.Transformer.generate_square_subsequent_mask(3)
    pad = torch.tensor([[False, False, True], [False, False, False]])
    enc = nn.TransformerEncoder(mk(), 2, enable_nested_tensor=False)
    dec = fill(
        torch, nn.TransformerDecoderLayer(4, 2, 6, dropout=0.0, batch_first=True), start=-0.3, step=0.041, period=17
    )
    return dict(
        post=arr(mk()(x)),
        pre=arr(mk(norm_first=True, activation="gelu")(x)),
        causal=arr(mk()(x, src_mask=causal)),
        pad=arr(mk()(x, src_key_padding_mask=pad)[:, :2]),
        mask=arr(causal),
        stack=arr(enc(x)),
        n=[len(enc.layers), enc.layers[0] is enc.layers[1]],
        dec=arr(dec(x, x[:, :2], tgt_mask=causal)),
    )


# ---- geometry of images
def case_interpolation_padding_and_shuffling(torch):
    """interpolate (nearest, bilinear with and without align_corners, linear, area), pad modes, pixel_shuffle,
    unfold/fold, grid_sample, affine_grid.
    """
    F = torch.nn.functional
    x = ramp(torch, 1, 1, 2, 3)
    xg = x.clone().requires_grad_()
    (F.interpolate(xg, scale_factor=2, mode="bilinear", align_corners=False) * ramp(torch, 1, 1, 4, 6)).sum().backward()
    grid = F.affine_grid(torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), (1, 1, 2, 3), align_corners=False)
    u = F.unfold(ramp(torch, 1, 1, 3, 3), 2)
    return dict(
        nearest=arr(F.interpolate(x, scale_factor=2)),
        bil=arr(F.interpolate(x, size=(3, 4), mode="bilinear", align_corners=False)),
        corners=arr(F.interpolate(x, size=(3, 4), mode="bilinear", align_corners=True)),
        lin=arr(F.interpolate(ramp(torch, 1, 1, 3), size=5, mode="linear", align_corners=False)),
        g=arr(xg.grad),
        area=arr(F.interpolate(x, size=(1, 2), mode="area")),
        pads={m: arr(F.pad(x, (1, 1, 1, 0), mode=m)) for m in ("constant", "reflect", "replicate", "circular")},
        pad_value=arr(F.pad(torch.ones(2), (1, 2), value=7.0)),
        crop=arr(F.pad(x, (-1, 0))),
        shuffle=arr(F.pixel_shuffle(ramp(torch, 1, 4, 1, 2), 2)),
        unfold=arr(u),
        fold=arr(F.fold(u, (3, 3), 2)),
        sample=arr(F.grid_sample(x, grid, align_corners=False)),
        both=raises(F.interpolate, x, size=3, scale_factor=2)[0],
    )


def case_distances_and_similarities(torch):
    """cosine_similarity (with eps), pairwise_distance, cdist, pdist, normalize of zero rows, one_hot errors,
    gradients.
    """
    F = torch.nn.functional
    a, b = [[1.0, 0.0], [3.0, 4.0]], [[0.0, 2.0], [3.0, 4.0]]
    return dict(
        cos=vg(torch, F.cosine_similarity, a, b),
        zero=F.cosine_similarity(torch.zeros(1, 2), torch.ones(1, 2)).item(),
        pair=vg(torch, F.pairwise_distance, a, b),
        cdist=vg(torch, lambda x, y: torch.cdist(x, y), a, b),
        l1=arr(torch.cdist(torch.tensor(a), torch.tensor(b), p=1)),
        pdist=arr(F.pdist(torch.tensor([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]))),
        norm=arr(F.normalize(torch.tensor([[0.0, 0.0], [3.0, 4.0]]))),
        hot=raises(F.one_hot, torch.tensor([3]), 2),
        hotf=raises(F.one_hot, torch.tensor([1.0]))[0],
    )


# ---- gradients of general operations
def case_gradients_of_reductions(torch):
    """Gradients of var, std, norms, logsumexp, prod, cumsum, cumprod, mean over dims, median, sort, topk, quantile."""
    x = [[1.0, 4.0, 2.0], [3.0, -1.0, 0.5]]
    w = torch.tensor([1.0, 10.0, 100.0])
    return {
        k: vg(torch, f, x)[1]
        for k, f in dict(
            var=lambda a: a.var(1),
            std=lambda a: a.std(0),
            var0=lambda a: a.var(unbiased=False),
            norm=lambda a: a.norm(),
            norm1=lambda a: a.norm(p=1, dim=0),
            norm3=lambda a: a.norm(p=3),
            lse=lambda a: a.logsumexp(1),
            prod=lambda a: a.prod(1),
            cumsum=lambda a: a.cumsum(1) * w,
            cumprod=lambda a: a.cumprod(1) * w,
            mean=lambda a: a.mean((0, 1)),
            median=lambda a: a.median(1).values,
            sort=lambda a: a.sort(1).values * w,
            topk=lambda a: a.topk(2, 1).values * w[:2],
            quant=lambda a: a.quantile(0.3, dim=1),
            argless=lambda a: a.max(0).values,
            amin=lambda a: a.amin(1),
            flip=lambda a: a.flip(1) * w,
            roll=lambda a: a.roll(1, 1) * w,
            diff=lambda a: a.diff(dim=1) * w[:2],
        ).items()
    }


@tol(rtol=1e-4, atol=1e-5)
def case_gradients_of_matrix_functions(torch):
    """Gradients of matmul with broadcasting, einsum, inverse, det, slogdet, solve, cholesky, trace, outer,
    triangular parts, matrix norms, svd values.
    """
    L = torch.linalg
    m = [[2.0, 0.5], [0.3, 1.5]]
    s = lambda a: a @ a.T + torch.eye(2)
    k = ramp(torch, 2, 2, start=1)
    return {
        n: vg(torch, f, m)[1]
        for n, f in dict(
            mm=lambda a: (a @ a) * k,
            batch=lambda a: torch.ones(3, 2, 2).cumsum(0) @ a,
            ein=lambda a: torch.einsum("ij,kj->ik", a, a) * k,
            inv=lambda a: L.inv(a) * k,
            det=L.det,
            slogdet=lambda a: L.slogdet(a)[1],
            solve=lambda a: L.solve(a, torch.tensor([1.0, 2.0])),
            chol=lambda a: L.cholesky(s(a)) * k,
            trace=torch.trace,
            outer=lambda a: torch.outer(a[0], a[1]) * k,
            tril=lambda a: a.tril() * k,
            fro=L.norm,
            nuc=lambda a: L.svdvals(a),
            exp=lambda a: torch.matrix_exp(a) * k,
            eig=lambda a: L.eigvalsh(s(a)) * k[0],
            mv=lambda a: a.mv(k[0]),
        ).items()
    }


def case_probability_distributions(torch):
    """Normal, Categorical, Bernoulli, Uniform: log_prob, entropy, kl_divergence, gradients;
    rsample is differentiable, sample is not.
    """
    D = torch.distributions
    mu, sd = torch.tensor([0.0, 1.0], requires_grad=True), torch.tensor([1.0, 2.0], requires_grad=True)
    n = D.Normal(mu, sd)
    n.log_prob(torch.tensor([0.5, -1.0])).sum().backward()
    logits = torch.tensor([[1.0, 2.0, 0.0]], requires_grad=True)
    c = D.Categorical(logits=logits)
    (-c.log_prob(torch.tensor([1])) * 3).sum().backward()
    return dict(
        mu=arr(mu.grad),
        sd=arr(sd.grad),
        entropy=arr(n.entropy()),
        kl=arr(D.kl_divergence(n, D.Normal(0.0, 1.0))),
        flags=[n.rsample().requires_grad, n.sample().requires_grad, tuple(n.sample((3,)).shape)],
        cat=[arr(c.probs), arr(c.entropy()), arr(logits.grad)],
        bern=arr(D.Bernoulli(probs=torch.tensor([0.2])).log_prob(torch.tensor([1.0]))),
        unif=D.Uniform(0.0, 4.0).log_prob(torch.tensor(1.0)).item(),
        cdf=n.cdf(torch.tensor(0.0)).tolist(),
        bad=raises(D.Normal, torch.tensor(0.0), torch.tensor(-1.0))[0],
    )
