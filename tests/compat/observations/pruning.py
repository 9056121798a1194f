"""Pruning of parameters: masks, what a module then holds, and what is refused."""

import importlib
import warnings


def _prune(torch):
    return importlib.import_module(f"{torch.__name__}.nn.utils.prune")


def _linear(torch):
    torch.manual_seed(0)
    return torch.nn.Linear(4, 3)


def _told(program):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return repr(program()).replace("compat.", "torch.")
    except Exception as error:  # noqa: BLE001 - the error is the observation
        return f"{type(error).__name__}: {error}"


def case_methods_in_turn(torch):
    """One method after the other on a parameter: masks, names, hooks, and the end of it."""
    prune, m = _prune(torch), _linear(torch)
    seen = [_told(lambda: prune.l1_unstructured(m, "weight", 2)), repr(m.weight), repr(m.weight_mask),
            list(m.state_dict()), [n for n, _ in m.named_parameters()], repr(m(torch.ones(4)))]
    for method in (lambda: prune.random_unstructured(m, "weight", 0.3),
                   lambda: prune.ln_structured(m, "weight", 1, 2, 0),
                   lambda: prune.random_structured(m, "weight", 1, 1)):
        method()
        (hook,) = m._forward_pre_hooks.values()
        seen += [repr(m.weight_mask), type(hook).__name__]
    seen += [len(hook), [type(h).__name__ for h in hook], type(hook[0]).__name__, prune.is_pruned(m)]
    prune.remove(m, "weight")
    return [*seen, repr(m.weight), list(m.state_dict()), prune.is_pruned(m), _told(lambda: prune.remove(m, "weight"))]


def case_refusals(torch):
    """Amounts, names, scores and dimensions that do not fit; a module is as it was."""
    prune = _prune(torch)
    scores = torch.ones(2)
    m = _linear(torch)
    calls = [lambda: prune.l1_unstructured(m, "weight", 20), lambda: prune.l1_unstructured(m, "weight", 1.5),
             lambda: prune.l1_unstructured(m, "weight", "a"), lambda: prune.l1_unstructured(m, "weight", -1),
             lambda: prune.l1_unstructured(m, "foo", 1),
             lambda: prune.l1_unstructured(m, "weight", 0.3, importance_scores=scores),
             lambda: prune.l1_unstructured(m, "weight", 0.3, importance_scores=[1]),
             lambda: prune.ln_structured(m, "weight", 1, 2, 5), lambda: prune.ln_structured(m, "bias", 1, 2, 0),
             lambda: prune.random_structured(m, "bias", 1, 0), lambda: prune.ln_structured(m, "weight", 9, 2, 0),
             lambda: prune.custom_from_mask(m, "weight", torch.ones(2)),
             lambda: prune.global_unstructured([(m, "weight")], prune.LnStructured, amount=4),
             lambda: prune.global_unstructured([(m, "weight")], prune.RandomStructured, amount=1),
             lambda: prune.global_unstructured(3, prune.L1Unstructured, amount=4),
             lambda: prune.global_unstructured([3], prune.L1Unstructured, amount=4),
             lambda: prune.global_unstructured([(m, "weight")], prune.L1Unstructured, importance_scores=3, amount=4),
             lambda: prune.PruningContainer(3), lambda: prune.PruningContainer().add_pruning_method(3),
             lambda: prune.BasePruningMethod()]
    return [*map(_told, calls), list(m.state_dict()), repr(m.weight)]


def case_several_parameters(torch):
    """Masks given, none at all, and one choice for several parameters."""
    prune = _prune(torch)
    m = prune.custom_from_mask(_linear(torch), "bias", torch.tensor([1, 0, 1]))
    n = prune.identity(_linear(torch), "bias")
    a, b, c = (_linear(torch) for _ in range(3))
    prune.global_unstructured([(a, "weight"), (b, "bias")], prune.L1Unstructured, amount=4)
    prune.global_unstructured([(a, "weight"), (c, "weight")], prune.L1Unstructured, amount=0.25,
                              importance_scores={(a, "weight"): torch.arange(12.0).view(3, 4)})
    torch.manual_seed(3)
    prune.global_unstructured([(b, "weight"), (b, "bias")], prune.RandomUnstructured, amount=5)
    return [repr(x) for x in (m.bias, m.bias_mask, n.bias, a.weight, b.weight, b.bias, c.weight)]


def case_alone(torch):
    """Methods used on tensors, without a module."""
    prune, x = _prune(torch), torch.arange(8.0)
    torch.manual_seed(1)
    calls = [lambda: prune.L1Unstructured(2).prune(x), lambda: prune.L1Unstructured(0).prune(x),
             lambda: prune.L1Unstructured(2).prune(x, importance_scores=-x),
             lambda: prune.L1Unstructured(2).prune(x, importance_scores=x[:2]),
             lambda: prune.L1Unstructured(2).prune(x, default_mask=(x > 4).float()),
             lambda: prune.L1Unstructured(0.4).prune(x), lambda: prune.RandomUnstructured(3).prune(x),
             lambda: prune.RandomStructured(2, 0).prune(x.view(4, 2)),
             lambda: prune.LnStructured(1, 2, -1).prune(x.view(4, 2)),
             lambda: prune.LnStructured(1, float("inf"), 0).prune(x.view(4, 2)), lambda: prune.Identity().prune(x),
             lambda: [k.PRUNING_TYPE for k in (prune.Identity, prune.RandomStructured, prune.CustomFromMask)]]
    return [_told(call) for call in calls]


def case_training(torch):
    """A pruned parameter is trained through its original, and what the mask covers stays zero."""
    m = _prune(torch).l1_unstructured(_linear(torch), "weight", 0.5)
    optimizer = torch.optim.SGD(m.parameters(), 0.1)
    m(torch.ones(4)).sum().backward()
    optimizer.step()
    m(torch.ones(4))
    return [repr(m.weight_orig.grad), repr(m.weight), repr(m.weight_orig)]


def case_methods_of_ones_own(torch):
    """Subclasses: combined with a method before, of an unknown type, and with an error of their own."""
    prune, m, n = _prune(torch), _linear(torch), _linear(torch)

    class Third(prune.BasePruningMethod):
        PRUNING_TYPE = "unstructured"

        def compute_mask(self, t, default_mask):
            mask = default_mask.clone()
            mask.view(-1)[::3] = 0
            return mask

    class Odd(Third):
        PRUNING_TYPE = "odd"

    class Without(Third):
        PRUNING_TYPE = "structured"

    class Failing(Third):
        def compute_mask(self, t, default_mask):
            raise KeyError("x")

    prune.l1_unstructured(m, "weight", 1)
    seen = [_told(lambda: Failing.apply(n, "weight")), list(n.state_dict()), type(Third.apply(m, "weight")).__name__,
            repr(m.weight)]
    other = prune.l1_unstructured(_linear(torch), "weight", 1)
    return [*seen, _told(lambda: Without.apply(other, "weight")), _told(lambda: Odd.apply(m, "weight"))]
