"""Backward passes along a way that was written out, and layers whose node is unfolded."""

import pytest

import compat as torch
from compat._autograd import plan
from tests.helpers import assert_close


@pytest.fixture
def walks(monkeypatch):
    """How many graphs were walked node by node."""
    count = [0]
    walk = plan._walk

    def counted(root):
        count[0] += 1
        return walk(root)

    monkeypatch.setattr(plan, "_walk", counted)
    return count


def _model():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1))


def _loss(model, x):
    h = model(x)
    return (h * h + h.sin()).mean()


def _trained_way(model, x):
    """Go the way so often that it is written out."""
    for _ in range(plan.AGAIN + 1):
        model.zero_grad()
        _loss(model, x).backward()
    return [p.grad.clone() for p in model.parameters()]


def test_the_same_graph_is_not_walked_again(walks):
    """It gives the same gradients, also when they are added to those that are there."""
    model, x = _model(), torch.ones(4, 3)
    want = _trained_way(model, x)
    before = walks[0]
    model.zero_grad()
    _loss(model, x).backward()
    assert walks[0] == before
    for p, g in zip(model.parameters(), want, strict=True):
        assert_close(p.grad, g)
    for _ in range(plan.AGAIN + 1):
        _loss(model, x).backward()
    before = walks[0]
    _loss(model, x).backward()
    assert walks[0] == before
    for p, g in zip(model.parameters(), want, strict=True):
        assert_close(p.grad, g * (plan.AGAIN + 3), rtol=1e-5)


def test_another_sharing_is_another_graph(walks):
    """Two results of the same operations are not one that is read twice."""
    model, x = _model(), torch.ones(4, 3)
    once = _trained_way(model, x)
    before = walks[0]
    model.zero_grad()
    h, other = model(x), model(x * 1.0)
    (h * h + other.sin()).mean().backward()
    assert walks[0] == before + 1
    for p, g in zip(model.parameters(), once, strict=True):
        assert_close(p.grad, g, rtol=1e-5)


@pytest.mark.parametrize("change", ["hook", "post hook", "frozen", "retained", "grad is a view"])
def test_what_somebody_can_observe_leaves_the_way(walks, change):
    """Hooks run, frozen leaves have no gradient, and what is read from outside is there."""
    model, x = _model(), torch.ones(4, 3)
    want = _trained_way(model, x)
    before = walks[0]
    model.zero_grad()
    weight, seen = model[0].weight, []
    if change == "hook":
        weight.register_hook(lambda g: seen.append(g.clone()) or g * 2)
    elif change == "post hook":
        weight.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.clone()))
    elif change == "frozen":
        weight.requires_grad_(False)
    elif change == "grad is a view":
        weight.grad = torch.zeros(2, 5, 3)[1]
    h = model(x)
    if change == "retained":
        h.retain_grad()
    (h * h + h.sin()).mean().backward()
    assert walks[0] == before + 1
    if change == "frozen":
        assert weight.grad is None
    elif change == "hook":
        assert_close(weight.grad, want[0] * 2)
    else:
        assert_close(weight.grad, want[0])
    if "hook" in change:
        assert_close(seen[0], want[0])
    if change == "retained":
        assert h.grad.shape == (4, 1)
    assert_close(model[2].weight.grad, want[2])


def test_errors_are_those_of_the_walk():
    """A freed graph, and a saved tensor that changed."""
    model, x = _model(), torch.ones(4, 3)
    _trained_way(model, x)
    loss = _loss(model, x)
    loss.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        loss.backward()
    loss = _loss(model, x)
    with torch.no_grad():
        model[2].weight.add_(1)
    with pytest.raises(RuntimeError, match=r"\[torch.FloatTensor \[5, 1\]\], which is output 0 of AsStrided, "
                                           r"is at version 2; expected version 1 instead"):
        loss.backward()


def test_ways_that_lead_nowhere_are_forgotten():
    """Graphs that never come again do not try them for ever."""
    model, x = _model(), torch.ones(4, 3)
    _trained_way(model, x)
    routes = plan._routes[_loss(model, x).grad_fn.vjp]
    assert routes.known
    for k in range(plan.ASTRAY + 1):
        h = model(x)
        for _ in range(k % 5 + 1):
            h = h.cos()
        h.mean().backward()
    assert not routes.known


# ---- layers ----------------------------------------------------------------------------------------------------------


def _names(node, depth=0):
    if node is None:
        return []
    return [(depth, type(node).__name__), *(n for child, _ in node.next_functions for n in _names(child, depth + 1))]


@pytest.mark.parametrize("requires_grad", [False, True])
@pytest.mark.parametrize(("shape", "around"), [((4, 3), 0), ((3,), 1), ((2, 4, 3), 1)])
def test_a_layer_shows_the_nodes_of_pytorch(shape, around, requires_grad):
    """AddmmBackward0 of bias, input and transposed weight; views around it for an input that is no matrix."""
    layer, x = torch.nn.Linear(3, 2), torch.ones(shape, requires_grad=requires_grad)
    y = layer(x)
    assert y._is_view() is bool(around)
    first = [(d, "ViewBackward0") for d in range(around)]
    own = [(around, "AddmmBackward0"), (around + 1, "AccumulateGrad")]
    view = [(around + 1 + d, "ViewBackward0") for d in range(around)]
    given = [*view, (around + 1 + around, "AccumulateGrad")] if requires_grad else []
    assert _names(y.grad_fn) == [*first, *own, *given, (around + 1, "TBackward0"), (around + 2, "AccumulateGrad")]
    node = y.grad_fn.next_functions[0][0] if around else y.grad_fn
    assert node._saved_mat1.shape == (x.numel() // 3, 3)
    assert (node._saved_mat2 is not None) == requires_grad
    if requires_grad:
        assert node._saved_mat2.shape == (3, 2) and node._saved_mat2._base is layer.weight
    y.sum().backward()
    assert_close(layer.weight.grad, torch.ones(2, 3) * (x.numel() // 3))
    if requires_grad:
        assert_close(x.grad, layer.weight.sum(0).expand(shape))
    with pytest.raises(RuntimeError, match="after they have already been freed"):
        _ = node._saved_mat1


@pytest.mark.parametrize("watch", ["anomaly", "saved tensors"])
def test_who_watches_what_is_recorded_sees_the_two_operations(watch):
    """The transposed weight is among what is packed, and its node has a trace."""
    layer, x, packed = torch.nn.Linear(3, 2), torch.ones(4, 3, requires_grad=True), []
    if watch == "anomaly":
        with pytest.warns(UserWarning, match="Anomaly Detection"), torch.autograd.detect_anomaly():
            y = layer(x)
            y.sum().backward()
    else:
        with torch.autograd.graph.saved_tensors_hooks(lambda t: packed.append(tuple(t.shape)) or t, lambda t: t):
            y = layer(x)
        y.sum().backward()
        assert sorted(packed) == [(3, 2), (4, 3)]
    assert_close(x.grad, layer.weight.sum(0).expand(4, 3))


def test_hooks_run_in_the_order_of_pytorch():
    """The bias's comes before the weight's."""
    layer, order = torch.nn.Linear(3, 2), []
    for name, p in layer.named_parameters():
        p.register_hook(lambda g, name=name: order.append(name))
    layer(torch.ones(4, 3)).sum().backward()
    assert order == ["bias", "weight"]
