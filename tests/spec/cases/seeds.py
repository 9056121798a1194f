"""The training idioms of everyday tutorials: what is recorded, when gradients change, what each call does."""

import gc
import weakref

import numpy as np

from tests.spec.observe import arr, close, fill, graph, printed, raises, ramp, tol, warned

XB = np.array(
    [[0.0, 0.2, 0.9], [0.8, 0.1, 0.3], [0.5, 0.5, 0.5], [0.1, 0.9, 0.7], [0.9, 0.8, 0.1], [0.3, 0.0, 0.6]], "float32"
)
YB = np.array([[1], [0], [1], [1], [0], [1]], "float32")


class OneNeuron:
    """Inputs straight to one sigmoid output, trained by hand: squared error, then `data -= lr * grad`."""

    def __init__(self, torch, lr=1.0, bs=2):
        self.torch, self.lr = torch, lr
        data = torch.utils.data
        x, y = torch.from_numpy(XB.copy()), torch.from_numpy(YB.copy())
        self.train_loader = data.DataLoader(data.TensorDataset(x, y), batch_size=bs)
        self.valid_loader = data.DataLoader(list(zip(x, y)), batch_size=4)
        self.weights = torch.tensor([[0.1], [-0.2], [0.05]]).requires_grad_()
        self.bias = torch.zeros(1).requires_grad_()

    def predict(self, x):
        return (x @ self.weights + self.bias).sigmoid()

    def loss(self, x, y):
        return ((self.predict(x) - y) ** 2).mean()

    def update(self):
        for leaf in (self.weights, self.bias):
            leaf.data -= self.lr * leaf.grad.data
            leaf.grad.zero_()

    def train_epoch(self):
        for x, y in self.train_loader:
            self.loss(x, y).backward()
            self.update()

    def accuracy(self):
        hits = [((self.predict(x) > 0.5) == y).float().mean() for x, y in self.valid_loader]
        return round(self.torch.stack(hits).mean().item(), 4)


# ---- accuracy and gradients
@tol(rtol=1e-4, atol=1e-5)
def case_one_neuron_training_loop(torch):
    """The hand-written loop trains: fixed data give fixed weights, losses fall, .grad is zero after each update."""
    m = OneNeuron(torch)
    x, y = torch.from_numpy(XB), torch.from_numpy(YB)
    losses, accs = [], []
    for _ in range(5):
        m.train_epoch()
        losses.append(m.loss(x, y).item())
        accs.append(m.accuracy())
    return dict(
        losses=losses,
        accs=accs,
        w=arr(m.weights),
        b=arr(m.bias),
        gw=arr(m.weights.grad),
        falls=losses[-1] < losses[0],
        leaf=[m.weights.is_leaf, m.weights.requires_grad],
    )


def case_accuracy_does_not_change_gradients(torch):
    """Computing accuracy with grad mode on records a graph, but .grad changes only in backward()."""
    m = OneNeuron(torch)
    none_before = m.weights.grad is None
    m.accuracy()
    none_after = m.weights.grad is None
    m.loss(torch.from_numpy(XB), torch.from_numpy(YB)).backward()
    g1 = arr(m.weights.grad)
    for _ in range(3):
        m.accuracy()
    return dict(none=[none_before, none_after], g1=g1, same=bool((g1 == arr(m.weights.grad)).all()))


def case_accuracy_pass_records_a_graph(torch):
    """The accuracy's forward pass is recorded (its output has a grad_fn); the comparison and the mean are not."""
    m = OneNeuron(torch)
    a = m.predict(torch.from_numpy(XB))
    hit = a > 0.5
    correct = hit == torch.from_numpy(YB)
    acc = correct.float().mean()
    return dict(
        a=[a.requires_grad, a.is_leaf, graph(a.grad_fn, dict(weights=m.weights, bias=m.bias))],
        hit=[str(hit.dtype), hit.requires_grad, hit.grad_fn is None, hit.is_leaf],
        correct=[str(correct.dtype), arr(correct)],
        acc=[acc.requires_grad, acc.item()],
    )


def case_accuracy_under_no_grad_is_the_same_number(torch):
    """Under no_grad the accuracy has the same value and nothing is recorded."""
    m = OneNeuron(torch)
    m.train_epoch()
    plain = m.accuracy()
    with torch.no_grad():
        quiet = m.accuracy()
        a = m.predict(torch.from_numpy(XB))
    return dict(
        plain=plain,
        quiet=quiet,
        kind=type(plain).__name__,
        a=[a.requires_grad, a.grad_fn is None, a.is_leaf],
        weights=m.weights.requires_grad,
    )


def case_graph_of_an_unused_forward_is_collected(torch):
    """When the last tensor of a recorded pass goes away its intermediates go too, without any backward()."""
    m = OneNeuron(torch)
    refs = []

    def valid():
        z = torch.from_numpy(XB) @ m.weights + m.bias
        a = z.sigmoid()
        refs.append(weakref.ref(a))
        refs.append(weakref.ref(z))
        return (a > 0.5).float().mean().item()

    valid()
    gc.collect()
    return dict(alive=[r() is not None for r in refs], grad=m.weights.grad is None)


def case_each_evaluation_makes_a_new_graph(torch):
    """Two evaluations have different graphs that meet in the leaves' AccumulateGrad nodes;
    each backward adds its own part.
    """
    m = OneNeuron(torch)
    x = torch.from_numpy(XB)
    a, b = m.predict(x).sum(), m.predict(x).mean()
    na = a.grad_fn.next_functions[0][0].next_functions[0][0]
    nb = b.grad_fn.next_functions[0][0].next_functions[0][0]
    leaf_a, leaf_b = na.next_functions[1][0], nb.next_functions[1][0]
    b.backward()
    gb = arr(m.bias.grad)
    a.backward()
    return dict(
        same_node=na is nb,
        same_leaf=leaf_a is leaf_b,
        variable=leaf_a.variable is m.bias,
        names=[na.name(), leaf_a.name()],
        gb=gb,
        gab=arr(m.bias.grad),
    )


def case_gradients_add_up_until_zeroed(torch):
    """backward() adds to .grad; grad.zero_() in place starts again from zero in the same tensor."""
    w = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    seen = []
    for k in (1.0, 10.0, 100.0):
        (k * w * w).sum().backward()
        seen.append(arr(w.grad))
    g = w.grad
    w.grad.zero_()
    (w * 2).sum().backward()
    return dict(seen=seen, after=arr(w.grad), same_tensor=g is w.grad, same_memory=g.data_ptr() == w.grad.data_ptr())


def case_update_through_data(torch):
    """`w.data -= lr*w.grad.data` changes the leaf's values, unrecorded, and leaves it the same leaf."""
    w = torch.tensor([[1.0, 2.0]], requires_grad=True)
    (w**2).sum().backward()
    before, v = id(w), w._version
    w.data -= 0.1 * w.grad.data
    return dict(
        w=arr(w),
        leaf=w.is_leaf,
        rg=w.requires_grad,
        fn=w.grad_fn is None,
        same=id(w) == before,
        version=w._version - v,
        data_rg=w.data.requires_grad,
        grad=arr(w.grad),
    )


# ---- requires_grad and the computation graph
def case_requires_grad_table(torch):
    """A result requires grad exactly when an input does; tensors do not by default."""
    a = torch.tensor([1.0, 2.0, 3.0])
    b = torch.tensor([1.0, 4.0, 2.0], requires_grad=True)
    return dict(
        table=[a.requires_grad, b.requires_grad, (a + b).requires_grad],
        both_plain=(a * a).requires_grad,
        plain_leaf=(a * a).is_leaf,
        value=arr(a + b),
        repr=repr(a + b),
        b=repr(b),
    )


def case_layer_parameters_require_grad(torch):
    """Parameters of linear and convolution layers require grad and are leaves; data and buffers do not."""
    nn = torch.nn
    m = nn.Sequential(nn.Linear(3, 2), nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    return dict(
        params=[[n, tuple(p.shape), p.requires_grad, p.is_leaf, type(p).__name__] for n, p in m.named_parameters()],
        buffers=[[n, str(b.dtype), b.requires_grad] for n, b in m.named_buffers()],
    )


def case_backward_skips_what_needs_no_grad(torch):
    """No gradient is computed for inputs, or subgraphs, in which nothing requires grad."""
    x = torch.tensor([1.0, 2.0])
    frozen = torch.tensor([3.0, 4.0])
    w = torch.tensor([0.5, -0.5], requires_grad=True)
    pre = x * frozen
    y = (pre * w).sum()
    y.backward()
    return dict(
        pre=[pre.requires_grad, pre.grad_fn is None, pre.is_leaf],
        graph=graph(y.grad_fn, dict(w=w)),
        grads=[x.grad is None, frozen.grad is None],
        w=arr(w.grad),
    )


def case_backward_frees_the_graph(torch):
    """backward() releases what was saved: a second one fails, and the saved values cannot be read."""
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    loss = (w.exp() * w).sum()
    node = loss.grad_fn.next_functions[0][0]
    before = arr(node._saved_other)
    loss.backward()
    return dict(
        before=before,
        again=raises(loss.backward),
        saved=raises(lambda: node._saved_other),
        grad=arr(w.grad),
        still=loss.requires_grad,
    )


def case_retain_graph_allows_a_second_backward(torch):
    """retain_graph=True keeps the graph; the gradients of both passes add up; the last pass may free it."""
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    loss = (w**3).sum()
    loss.backward(retain_graph=True)
    g1 = arr(w.grad)
    loss.backward()
    return dict(g1=g1, g2=arr(w.grad), third=raises(loss.backward))


def case_second_backward_fails_only_where_values_were_saved(torch):
    """Additions, sums, means and views save nothing, so their graph can be walked again;
    even a constant factor is saved.
    """
    out = {}
    for name, f in dict(
        add=lambda w: (w + 1).sum(),
        mean=lambda w: w.view(2, 1).t().mean(),
        neg=lambda w: (-w - w).sum(),
        constant=lambda w: (w * 3).sum(),
        square=lambda w: (w**2).sum(),
        relu=lambda w: w.relu().sum(),
    ).items():
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        loss = f(w)
        out[name] = [raises(loss.backward)[0], raises(loss.backward)[0], arr(w.grad)]
    return out


def case_only_leaves_keep_their_gradient(torch):
    """.grad stays None on intermediates, with a warning when read; retain_grad() keeps it."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    k = h * h
    k.retain_grad()
    k.sum().backward()
    text = warned(lambda: h.grad)
    return dict(
        x=arr(x.grad),
        h=h.grad is None,
        k=arr(k.grad),
        warned=[t[:78] for t in text],
        leaf=[x.is_leaf, h.is_leaf],
        quiet=warned(lambda: (x.grad, k.grad)),
    )


def case_input_has_no_gradient_parameters_have(torch):
    """Output is the root; the parameters are the leaves that get gradients; the data input gets none."""
    m = fill(torch, torch.nn.Linear(3, 1))
    x = torch.from_numpy(XB)
    out = m(x)
    out.sum().backward()
    return dict(
        graph=graph(out.grad_fn, dict(m.named_parameters())), x=x.grad is None, w=arr(m.weight.grad), b=arr(m.bias.grad)
    )


def two_tasks(torch):
    xs, ys = torch.from_numpy(XB), torch.from_numpy(YB)
    shared = fill(torch, torch.nn.Linear(3, 2))
    model1 = torch.nn.Sequential(shared, torch.nn.Tanh(), fill(torch, torch.nn.Linear(2, 1), start=0.3))
    model2 = torch.nn.Sequential(shared, torch.nn.Sigmoid(), fill(torch, torch.nn.Linear(2, 1), start=-0.1))
    params = {id(p): p for m in (model1, model2) for p in m.parameters()}
    return xs, ys, shared, model1, model2, torch.optim.SGD(list(params.values()), lr=0.1)


def case_two_losses_accumulate(torch):
    """Two losses, two graphs, two backward() calls, one step: the shared layer gets d(l1)+d(l2), as from their sum."""
    xs, ys, shared, model1, model2, optimizer = two_tasks(torch)
    loss_fn = torch.nn.MSELoss()
    optimizer.zero_grad()
    loss = loss_fn(model1(xs), ys)
    loss.backward()
    g1 = arr(shared.weight.grad)
    loss2 = loss_fn(model2(xs), ys)
    loss2.backward()
    g12 = arr(shared.weight.grad)
    optimizer.step()
    xs, ys, shared_, model1, model2, optimizer = two_tasks(torch)
    (loss_fn(model1(xs), ys) + loss_fn(model2(xs), ys)).backward()
    return dict(g1=g1, g12=g12, sum=arr(shared_.weight.grad), stepped=arr(shared.weight))


def case_two_losses_first_backward_repeated_by_mistake(torch):
    """Calling the first loss's backward() again instead of the second's fails: its graph was freed;
    the second model gets nothing.
    """
    xs, ys, shared, model1, model2, optimizer = two_tasks(torch)
    loss_fn = torch.nn.MSELoss()
    loss = loss_fn(model1(xs), ys)
    loss.backward()
    g1 = arr(shared.weight.grad)
    loss2 = loss_fn(model2(xs), ys)
    error = raises(loss.backward)
    return dict(
        error=error,
        unchanged=bool((g1 == arr(shared.weight.grad)).all()),
        second=model2[2].weight.grad is None,
        loss2=loss2.item(),
        value=loss.item(),
    )


def conv_classifier(torch):
    nn, F = torch.nn, torch.nn.functional

    class ConvClassifier(nn.Module):
        """Two convolutions with max pooling, dropout of channels, two linear layers; 1x28x28 images to 10 scores."""

        def __init__(self):
            super().__init__()
            self.conv1, self.pool1 = nn.Conv2d(1, 5, 5), nn.MaxPool2d(2)
            self.conv2, self.pool2 = nn.Conv2d(5, 16, 5), nn.MaxPool2d(2)
            self.fc1, self.fc2 = nn.Linear(256, 20), nn.Linear(20, 10)

        def forward(self, x):
            for conv, pool in ((self.conv1, self.pool1), (self.conv2, self.pool2)):
                x = F.relu(pool(conv(x)))
            x = F.dropout2d(x, training=self.training).view(-1, 256)
            for layer in (self.fc1, self.fc2):
                x = F.relu(layer(x))
            return x

    return fill(torch, ConvClassifier(), start=-0.05, step=0.011, period=13)


def case_conv_classifier_graph_in_training_mode(torch):
    """The whole backward graph of the MNIST classifier in training mode:
    node names, edges, and which leaf each AccumulateGrad holds.
    """
    m = conv_classifier(torch)
    out = m(torch.rand((1, 1, 28, 28)))
    return dict(shape=tuple(out.shape), graph=graph(out.grad_fn, dict(m.named_parameters())), training=m.training)


def case_conv_classifier_graph_in_eval_mode(torch):
    """In eval mode dropout2d is not in the graph; the rest is recorded as before."""
    m = conv_classifier(torch).eval()
    out = m(torch.rand((2, 1, 28, 28)))
    return dict(shape=tuple(out.shape), graph=graph(out.grad_fn, dict(m.named_parameters())))


@tol(rtol=1e-4, atol=1e-5)
def case_conv_classifier_forward_and_backward(torch):
    """Values and parameter gradients of the classifier (eval mode, so that nothing is random)."""
    m = conv_classifier(torch).eval()
    x = ramp(torch, 2, 1, 28, 28, start=-1.0, step=0.0013)
    out = m(x)
    (out * ramp(torch, 2, 10, start=0.1, step=0.1)).sum().backward()
    return dict(
        out=arr(out),
        grads={n: [p.grad.sum().item(), p.grad.abs().max().item()] for n, p in m.named_parameters()},
        fc2=arr(m.fc2.bias.grad),
        conv1=arr(m.conv1.bias.grad),
        x=x.grad is None,
    )


def case_graph_can_be_walked_like_a_drawing_tool_does(torch):
    """A drawing tool's walk: nodes by identity, .variable on leaves, next_functions pairs, _saved_* attributes."""
    m = fill(torch, torch.nn.Linear(2, 2))
    out = (m(ramp(torch, 1, 2)).relu() ** 2).sum()
    names = {id(p): n for n, p in m.named_parameters()}
    seen, edges = {}, []

    def walk(fn):
        seen[fn] = f"{type(fn).__name__}" + (f":{names[id(fn.variable)]}" if hasattr(fn, "variable") else "")
        for child, index in fn.next_functions:
            if child is not None:
                if child not in seen:
                    walk(child)
                edges.append([seen[child], seen[fn], index])

    walk(out.grad_fn)
    pow_node = out.grad_fn.next_functions[0][0]
    return dict(
        nodes=sorted(seen.values()),
        edges=sorted(edges),
        saved=[pow_node._saved_exponent, arr(pow_node._saved_self)],
        attrs=sorted(a for a in dir(pow_node) if a.startswith("_saved_")),
    )


# ---- zero_grad, detach, step
def case_training_step_order(torch):
    """forward, zero_grad, backward, step: each step uses only its own batch's gradient."""
    model = fill(torch, torch.nn.Linear(3, 1))
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    w0, log = arr(model.weight), []
    for x, y in zip(torch.from_numpy(XB).split(2), torch.from_numpy(YB).split(2)):
        loss = torch.nn.functional.mse_loss(model(x), y)
        opt.zero_grad()
        cleared = model.weight.grad is None
        loss.backward()
        g = arr(model.weight.grad)
        opt.step()
        log.append([cleared, loss.item(), g, arr(model.weight)])
        w0 = w0 - 0.5 * g
    return dict(log=log, by_hand=w0, kept=model.weight.grad is not None)


def case_forgetting_zero_grad_uses_the_sum(torch):
    """step() does not clear gradients; without zero_grad() the next step uses the accumulated sum."""

    def run(clear):
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        opt = torch.optim.SGD([w], lr=0.1)
        for k in (1.0, 2.0, 3.0):
            if clear:
                opt.zero_grad()
            (k * w).sum().backward()
            opt.step()
        return [arr(w), arr(w.grad)]

    return dict(cleared=run(True), accumulated=run(False))


def case_zero_grad_sets_none_by_default(torch):
    """zero_grad() sets .grad to None; set_to_none=False zeroes the tensor in place."""
    w = torch.tensor([1.0], requires_grad=True)
    opt = torch.optim.SGD([w], lr=0.1)
    (w * 5).sum().backward()
    g = w.grad
    opt.zero_grad(set_to_none=False)
    zeroed = [arr(w.grad), w.grad is g, arr(g)]
    (w * 5).sum().backward()
    opt.zero_grad()
    return dict(zeroed=zeroed, none=w.grad is None, old=arr(g), step=raises(opt.step), w=arr(w))


def case_detach_makes_a_second_view_without_history(torch):
    """detach(): same values and memory, no grad, no graph; computing with it leaves the gradients alone."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * x
    d = y.detach()
    z = (y * d).sum()
    z.backward()
    return dict(
        rg=d.requires_grad,
        leaf=d.is_leaf,
        fn=d.grad_fn is None,
        shared=d.data_ptr() == y.data_ptr(),
        grad=arr(x.grad),
        tracked=[y.requires_grad, (d * 2).requires_grad],
    )


def case_numpy_needs_detach(torch):
    """numpy() refuses a tensor that requires grad and says what to call; detach().numpy() shares its memory."""
    output = torch.tensor([[1.0, 2.0, 0.5]], requires_grad=True)
    loss = torch.nn.functional.cross_entropy(output, torch.tensor([2]))
    v = loss.detach().numpy()
    with torch.no_grad():
        loss.mul_(2)
    return dict(
        leaf=raises(output.numpy),
        result=raises(loss.numpy),
        np=raises(lambda: np.asarray(output)),
        v=float(v),
        kind=[type(v).__name__, str(v.dtype), v.shape],
        plain=raises(torch.ones(2).numpy),
    )


def case_logging_a_loss_leaves_the_gradient_alone(torch):
    """cross_entropy of a 3x5 output: reading the loss through detach().numpy() twice changes nothing in its
    gradient.
    """
    output = ramp(torch, 3, 5, start=-1.0, step=0.3, requires_grad=True)
    target = torch.tensor([0, 3, 4])
    loss = torch.nn.functional.cross_entropy(output, target)
    text = printed(lambda: [print(loss.detach().numpy()) for _ in range(2)])
    text = [float(t) for t in text.split()]
    before = output.grad is None
    loss.backward()
    soft = np.exp(arr(output)) / np.exp(arr(output)).sum(1, keepdims=True)
    by_hand = (soft - np.eye(5, dtype="float32")[[0, 3, 4]]) / 3
    return dict(
        text=text, before=before, grad=arr(output.grad), by_hand=by_hand.astype("float32"), fn=loss.grad_fn.name()
    )


def case_random_output_and_target(torch):
    """randn(3, 5, requires_grad=True) against randint(0, 5, (3,)):
    kinds, shapes, ranges, and a loss that numpy reproduces from the same numbers.
    """
    output = torch.randn(3, 5, requires_grad=True)
    target = torch.randint(0, 5, (3,))
    loss = torch.nn.functional.cross_entropy(output, target)
    loss_value = loss.detach().numpy()
    o, t = arr(output), arr(target)
    by_hand = (np.log(np.exp(o).sum(1)) - o[np.arange(3), t]).mean()
    return dict(
        output=[tuple(output.shape), str(output.dtype), output.is_leaf, output.requires_grad],
        grad=output.grad,
        target=[tuple(target.shape), str(target.dtype), bool(((t >= 0) & (t < 5)).all()), target.requires_grad],
        loss=[loss.shape == (), loss.requires_grad, loss.grad_fn.name()],
        value=[type(loss_value).__name__, str(loss_value.dtype)],
        near=bool(abs(float(loss_value) - by_hand) < 1e-5),
        text=bool(abs(float(printed(print, loss_value)) - by_hand) < 1e-4),
    )


@tol(rtol=1e-4, atol=1e-5)
def case_step_follows_the_optimizers_own_rule(torch):
    """The same gradient gives different updates with different optimizers: step() is not always plain descent."""

    def one(make):
        w = torch.tensor([1.0, -2.0], requires_grad=True)
        opt = make([w])
        for _ in range(2):
            opt.zero_grad()
            (w**2).sum().backward()
            opt.step()
        return arr(w)

    o = torch.optim
    return dict(
        sgd=one(lambda p: o.SGD(p, lr=0.1)),
        momentum=one(lambda p: o.SGD(p, lr=0.1, momentum=0.9)),
        adam=one(lambda p: o.Adam(p, lr=0.1)),
        rmsprop=one(lambda p: o.RMSprop(p, lr=0.1)),
        adagrad=one(lambda p: o.Adagrad(p, lr=0.1)),
    )


# ---- evaluation mode and grad mode
def case_eval_and_no_grad_are_independent(torch):
    """eval() switches layers, not recording; no_grad() switches recording, not layers: all four combinations."""
    m = torch.nn.Sequential(fill(torch, torch.nn.Linear(2, 2)), torch.nn.BatchNorm1d(2), torch.nn.Dropout(1.0))
    x = torch.tensor([[1.0, 2.0], [3.0, 5.0]])
    out = {}
    for mode in ("train", "eval"):
        for grad in (True, False):
            getattr(m, mode)()
            with torch.set_grad_enabled(grad):
                y = m(x)
            out[f"{mode} grad={grad}"] = [y.requires_grad, arr(y), int(m[1].num_batches_tracked)]
    return out


def case_eval_does_not_stop_gradients(torch):
    """In eval mode backward works and fills .grad; optimizer steps still change the weights."""
    m = torch.nn.Sequential(fill(torch, torch.nn.Linear(2, 2)), torch.nn.BatchNorm1d(2), torch.nn.Dropout(0.9)).eval()
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    m(torch.tensor([[1.0, 2.0], [3.0, 5.0]])).pow(2).sum().backward()
    grads = {n: arr(p.grad) for n, p in m.named_parameters()}
    opt.step()
    return dict(grads=grads, w=arr(m[0].weight))


def case_dropout_in_both_modes(torch):
    """Dropout p is the probability of zeroing; survivors are scaled by 1/(1-p);
    eval mode is the identity, the same tensor.
    """
    d = torch.nn.Dropout(0.25)
    x = torch.ones(4000)
    y = d(x)
    values = sorted(set(np.round(arr(y), 5).tolist()))
    d.eval()
    e = d(x)
    return dict(
        values=values,
        rate_near=bool(abs((y == 0).float().mean().item() - 0.25) < 0.05),
        eval_same=bool((e == x).all()),
        eval_identity=e is x,
        training=d.training,
    )


def case_batchnorm_running_statistics(torch):
    """Train mode: output from the batch's biased variance; running = 0.9*old + 0.1*batch with the unbiased variance."""
    bn = torch.nn.BatchNorm1d(2)
    x = torch.tensor([[1.0, 10.0], [2.0, 20.0], [6.0, 60.0]])
    start = [arr(bn.running_mean), arr(bn.running_var), int(bn.num_batches_tracked), bn.momentum]
    y = bn(x)
    mean, var = arr(x).mean(0), arr(x).var(0, ddof=1)
    hand = [0.1 * mean, 0.9 + 0.1 * var]
    return dict(
        start=start,
        y=arr(y),
        mean=arr(bn.running_mean),
        var=arr(bn.running_var),
        hand=hand,
        n=int(bn.num_batches_tracked),
    )


def case_batchnorm_without_eval_changes_its_buffers(torch):
    """A forward pass in train mode, even under no_grad, changes running_mean/var (buffers), never weight/bias;
    eval mode changes nothing.
    """
    bn = torch.nn.BatchNorm1d(2)
    x = torch.tensor([[1.0, 10.0], [2.0, 20.0]])
    w0 = arr(bn.weight)
    with torch.no_grad():
        bn(x)
    moved = [arr(bn.running_mean), int(bn.num_batches_tracked)]
    bn.eval()
    y1, y2 = bn(x), bn(x[:1])
    return dict(
        moved=moved,
        after=[arr(bn.running_mean), int(bn.num_batches_tracked)],
        weight=bool((w0 == arr(bn.weight)).all()),
        rows_independent=close(y1[:1], y2),
        y=arr(y1),
        grad=y1.requires_grad,
    )


def case_batchnorm_batch_of_one(torch):
    """Train mode refuses one value per channel with a ValueError; eval mode takes a single sample."""
    bn = torch.nn.BatchNorm1d(3)
    one = torch.ones(1, 3)
    error = raises(bn, one)
    image = raises(torch.nn.BatchNorm2d(2), torch.ones(1, 2, 1, 1))
    fine = arr(torch.nn.BatchNorm2d(1)(torch.tensor([[[[1.0, 3.0]]]])))
    return dict(error=error, image=image, fine=fine, eval=arr(bn.eval()(one)), n=int(bn.num_batches_tracked))


@tol(rtol=1e-4, atol=1e-5)
def case_train_and_evaluate_with_plain_updates(torch):
    """model.zero_grad / backward / p.data -= lr*p.grad, then evaluation summing losses under eval() and no_grad()."""
    model = torch.nn.Sequential(
        fill(torch, torch.nn.Linear(3, 4)), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), fill(torch, torch.nn.Linear(4, 1))
    )
    batches = list(zip(torch.from_numpy(XB).split(3), torch.from_numpy(YB).split(3)))
    criterion = torch.nn.MSELoss()
    model.train()
    for _ in range(3):
        for x, y in batches:
            model.zero_grad()
            criterion(model(x), y).backward()
            for p in model.parameters():
                p.data -= 0.05 * p.grad
    total = 0.0
    model.eval()
    with torch.no_grad():
        for x, y in batches:
            total += criterion(model(x), y)
    return dict(
        text=printed(print, "sum", total),
        kind=type(total).__name__,
        rg=total.requires_grad,
        weights={n: arr(p) for n, p in model.named_parameters()},
        bn=arr(model[1].running_mean),
    )


def case_no_grad_as_a_decorator(torch):
    """@torch.no_grad() on a test function:
    nothing inside is recorded, the caller's grad mode is untouched, the name is kept.
    """
    model = fill(torch, torch.nn.Linear(3, 1))

    @torch.no_grad()
    def evaluate(model, batches, criterion):
        """The summed loss, and whether grad mode was on."""
        model.eval()
        return sum(criterion(model(x), y) for x, y in batches), torch.is_grad_enabled()

    total, inside = evaluate(model, [(torch.from_numpy(XB), torch.from_numpy(YB))] * 2, torch.nn.MSELoss())
    return dict(
        total=total.item(),
        rg=total.requires_grad,
        inside=inside,
        outside=torch.is_grad_enabled(),
        name=[evaluate.__name__, evaluate.__doc__],
        backward=raises(total.backward),
        after=model(torch.from_numpy(XB)).requires_grad,
    )


def case_there_is_no_torch_zero_grad(torch):
    """`with torch.zero_grad()` is a slip for no_grad: the name does not exist on the module;
    zero_grad belongs to modules and optimizers.
    """

    def use():
        with torch.zero_grad():
            pass

    m = torch.nn.Linear(1, 1)
    return dict(
        error=raises(use)[0],
        has=[
            hasattr(torch, "zero_grad"),
            hasattr(torch, "no_grad"),
            hasattr(m, "zero_grad"),
            hasattr(torch.optim.SGD(m.parameters(), 0.1), "zero_grad"),
        ],
    )


# ---- no_grad: errors, training, clipping
def case_backward_of_a_result_made_under_no_grad(torch):
    """x*w under no_grad prints without grad_fn, and its backward() fails with the known text."""
    x = torch.tensor([2.0], requires_grad=True)
    w = torch.tensor([3.0], requires_grad=True)
    with torch.no_grad():
        y = x * w
    text = printed(print, y)
    error = raises(y.backward)
    y2 = x * w
    y2.backward()
    return dict(
        text=text,
        error=error,
        flags=[y.requires_grad, y.is_leaf, y.grad_fn is None],
        inputs=[x.requires_grad, w.requires_grad],
        recorded=repr(y2),
        grads=[arr(x.grad), arr(w.grad)],
    )


def case_backward_inside_no_grad_works(torch):
    """no_grad stops recording, not backward(): a graph recorded before gives its gradients inside the context."""
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (w**2).sum()
    with torch.no_grad():
        loss.backward()
        inside = [torch.is_grad_enabled(), arr(w.grad), w.grad.requires_grad]
        w -= 0.1 * w.grad
    return dict(inside=inside, w=arr(w), leaf=[w.is_leaf, w.requires_grad])


def trainer(torch, clip):
    """A small Trainer whose methods are attached after its definition, as notebooks do."""

    class Trainer:
        def __init__(self, model, train, val, lr):
            self.model, self.train, self.val = model, train, val
            self.optim = torch.optim.SGD(model.parameters(), lr=lr)
            self.clip, self.trained, self.validated, self.log = clip, 0, 0, []

    def attach(fn):
        setattr(Trainer, fn.__name__, fn)

    @attach
    def clip_gradients(self, limit):
        grads = [p.grad for p in self.model.parameters() if p.requires_grad]
        norm = torch.sqrt(sum((g**2).sum() for g in grads))
        self.log.append([norm.item(), norm.requires_grad])
        if norm > limit:
            for g in grads:
                g[:] *= limit / norm

    @attach
    def fit_epoch(self):
        self.model.train()
        for batch in self.train:
            loss = self.model.training_step(batch)
            self.optim.zero_grad()
            with torch.no_grad():
                loss.backward()
                if self.clip > 0:
                    self.clip_gradients(self.clip)
                self.optim.step()
            self.trained += 1
        if self.val is None:
            return
        self.model.eval()
        with torch.no_grad():
            for batch in self.val:
                self.model.validation_step(batch)
                self.validated += 1

    return Trainer


def regressor(torch):
    class Regressor(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = fill(torch, torch.nn.Linear(3, 1))
            self.val = []

        def training_step(self, batch):
            return ((self.net(batch[0]) - batch[1]) ** 2 / 2).mean()

        def validation_step(self, batch):
            loss = self.training_step(batch)
            self.val.append([loss.item(), loss.requires_grad, self.training])

    return Regressor()


@tol(rtol=1e-4, atol=1e-5)
def case_trainer_epoch_with_clipping_inside_no_grad(torch):
    """fit_epoch: forward recorded, then backward, clipping and step under no_grad;
    validation in eval mode without recording.
    """
    model = regressor(torch)
    batches = list(zip(torch.from_numpy(XB).split(2), torch.from_numpy(YB).split(2)))
    t = trainer(torch, clip=0.3)(model, batches, batches[:2], lr=0.2)
    for _ in range(2):
        t.fit_epoch()
    return dict(
        log=t.log,
        val=model.val,
        w=arr(model.net.weight),
        b=arr(model.net.bias),
        counts=[t.trained, t.validated],
        norm=float(np.sqrt(sum((arr(p.grad) ** 2).sum() for p in model.parameters()))),
    )


def case_trainer_without_validation_or_clipping(torch):
    """Without a validation loader the model stays in train mode;
    gradient_clip_val 0 leaves the gradients as they are.
    """
    model = regressor(torch)
    t = trainer(torch, clip=0)(model, [(torch.from_numpy(XB), torch.from_numpy(YB))], None, lr=0.2)
    out = t.fit_epoch()
    return dict(out=out, training=model.training, log=t.log, w=arr(model.net.weight), g=arr(model.net.weight.grad))


def case_clipping_gradients_needs_no_special_mode(torch):
    """Gradients do not require grad, so clipping them in place records nothing with or without no_grad."""

    def run(quiet):
        w = torch.tensor([3.0, 4.0], requires_grad=True)
        (w**2).sum().backward()
        with torch.set_grad_enabled(not quiet):
            n = torch.nn.utils.clip_grad_norm_([w], 1.0)
        return [arr(w.grad), n.item(), n.requires_grad, w.grad.requires_grad, w.grad.grad_fn is None]

    return dict(quiet=run(True), loud=run(False))
