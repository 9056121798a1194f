"""Training as functions of an explicit state.

What PyTorch keeps in a module, an optimiser and a generator, and changes as the program runs, is one value here, the
`TrainState`: each step takes one and returns the next. Train or eval mode is an argument of the model, its batch
statistics are a part of the state that a step in train mode returns anew, and its dropout takes a key made from the
state's key and the number of the step. Since nothing is hidden, a step may be jitted, vmapped over an ensemble, scanned
over an epoch and mapped over devices.

A model is a function ``apply(params, model_state, inputs, *, train, key) -> (outputs, model_state)``; `linen_apply` and
`nnx_apply` make one of a flax module.
"""

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import flax.linen
import flax.struct
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from tqdm.auto import tqdm

from funcgrad.autograd import backward, detach
from funcgrad.masks import Where, combine, is_differentiable, partition, requires_grad
from funcgrad.optim.clip import clip_grad_norm, clip_grad_value
from funcgrad.typing import Array, ArrayLike, PyTree

__all__ = [
    "Apply",
    "TrainState",
    "eval_epoch",
    "eval_step",
    "fit",
    "linen_apply",
    "nnx_apply",
    "split_batches",
    "step",
    "train_epoch",
    "train_step",
]

Score = Callable[[Any, Any], Array]
"""A function of a model's outputs and the targets, with a scalar result: a loss or a metric."""


class Apply(Protocol):
    """A model as a pure function."""

    def __call__(
        self, params: PyTree, model_state: PyTree, inputs: Any, *, train: bool, key: Array
    ) -> tuple[Any, PyTree]:
        """Returns the outputs and the new model state, which outside of train mode is the old one."""
        ...


@flax.struct.dataclass
class TrainState:
    """Everything a training step reads and writes.

    Answers "what do ``model.train()``, the optimiser and the random generator keep between steps?".

    Attributes:
      step: Steps made so far, int32, shape ``()``.
      params: The model's parameters, trained and frozen.
      model_state: What the model changes by itself in train mode, such as batch statistics.
      opt_state: The optimiser's state, for the trained parameters alone.
      key: Random key; step ``i`` draws from ``fold_in(key, i)``.
      apply_fn: The model.
      tx: The optimiser.
      trained: For each leaf of ``params``, whether it is trained.
    """

    step: Array
    params: PyTree
    model_state: PyTree
    opt_state: PyTree
    key: Array
    apply_fn: Apply = flax.struct.field(pytree_node=False)
    tx: optax.GradientTransformation = flax.struct.field(pytree_node=False)
    trained: tuple[bool, ...] = flax.struct.field(pytree_node=False)

    @classmethod
    def create(
        cls,
        *,
        apply_fn: Apply,
        params: PyTree,
        tx: optax.GradientTransformation,
        key: Array,
        model_state: PyTree = None,
        where: Where = True,
    ) -> "TrainState":
        """The state before the first step.

        Args:
          apply_fn: The model.
          params: Its parameters.
          tx: The optimiser.
          key: Random key.
          model_state: What the model changes by itself in train mode; None if nothing.
          where: Which parameters to train, as for `requires_grad`.

        Returns:
          The state.

        Raises:
          ValueError: if a pattern matches no leaf.

        Example:
          >>> def apply(params, model_state, inputs, *, train, key):
          ...     return inputs * params["w"], model_state
          >>> state = TrainState.create(
          ...     apply_fn=apply, params={"w": jnp.ones(())}, tx=optax.sgd(0.1), key=jax.random.key(0)
          ... )
          >>> state.step, state.trained
          (Array(0, dtype=int32), (True,))
        """
        # A weakly typed parameter, which Python numbers give, would change its type in the first step.
        params = jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype=jnp.result_type(leaf)), params)
        mask = requires_grad(params, where)
        return cls(
            step=jnp.zeros((), jnp.int32),
            params=params,
            model_state={} if model_state is None else model_state,
            opt_state=tx.init(partition(params, mask)[0]),
            key=key,
            apply_fn=apply_fn,
            tx=tx,
            trained=tuple(jax.tree.leaves(mask)),
        )

    @property
    def mask(self) -> PyTree:
        """``trained`` as a tree like ``params``."""
        return jax.tree.structure(self.params).unflatten(self.trained)


def linen_apply(module: flax.linen.Module, train_argument: str | None = "train", rng: str = "dropout") -> Apply:
    """A flax.linen module as a model for `TrainState`; its state is all its collections but ``params``.

    Answers "what does ``model.train()`` change?": an argument of the call.

    Args:
      module: The module.
      train_argument: Name of the module's argument that says whether it is trained; None if it has none.
      rng: Name of the stream of random numbers that the key starts.

    Returns:
      The model.

    Example:
      >>> module = flax.linen.Dense(2)
      >>> apply = linen_apply(module, train_argument=None)
      >>> params = module.init(jax.random.key(0), jnp.ones((1, 3)))["params"]
      >>> apply(params, {}, jnp.ones((4, 3)), train=False, key=jax.random.key(1))[0].shape
      (4, 2)
    """

    def apply(params: PyTree, model_state: PyTree, inputs: Any, *, train: bool, key: Array) -> tuple[Any, PyTree]:
        variables = {"params": params, **model_state}
        mode: dict[str, Any] = {} if train_argument is None else {train_argument: train}
        if not train:
            return module.apply(variables, inputs, **mode), model_state
        outputs, changed = module.apply(variables, inputs, **mode, mutable=list(model_state), rngs={rng: key})
        return outputs, {**model_state, **changed}

    return apply


def nnx_apply(module: nnx.Module) -> tuple[Apply, PyTree, PyTree]:
    """A flax.nnx module as a model for `TrainState`, with its parameters and its state.

    Answers "what does ``model.train()`` change?": flags of layers, which a call sets on a copy of its own.

    Args:
      module: The module; it is read here, and never changed.

    Returns:
      The model, the parameters, and the state: all variables but parameters and random number streams. The streams
      restart from the key of each call.

    Example:
      >>> apply, params, model_state = nnx_apply(nnx.Linear(3, 2, rngs=nnx.Rngs(0)))
      >>> apply(params, model_state, jnp.ones((4, 3)), train=False, key=jax.random.key(1))[0].shape
      (4, 2)
    """
    definition, params, streams, model_state = nnx.split(module, nnx.Param, nnx.RngState, ...)

    def apply(params: PyTree, model_state: PyTree, inputs: Any, *, train: bool, key: Array) -> tuple[Any, PyTree]:
        leaves, structure = jax.tree.flatten(streams)
        restarted = [
            jax.random.fold_in(key, number) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else jnp.zeros_like(leaf)
            for number, leaf in enumerate(leaves)
        ]
        # A variable may change only under the transformation that made it: rebuilding the trees makes new ones here.
        params, model_state = jax.tree.map(lambda leaf: leaf, (params, model_state))
        copy = nnx.merge(definition, params, structure.unflatten(restarted), model_state)
        if train:
            copy.train()
        else:
            copy.eval()
        outputs = copy(inputs)
        changed = nnx.split(copy, nnx.Param, nnx.RngState, ...)[3]
        return outputs, changed if train else model_state

    return apply, params, model_state


def step(grads: PyTree, state: TrainState) -> TrainState:
    """Changes the trained parameters along the gradients, by the optimiser's rule.

    Answers "what does ``opt.step()`` do?": it turns parameters, gradients and the optimiser's state into new parameters
    and a new state. It computes no gradient and clears none.

    Args:
      grads: Gradients like ``state.params``, None for frozen leaves.
      state: The state before.

    Returns:
      The state after.

    Example:
      >>> state = TrainState.create(
      ...     apply_fn=None, params={"w": jnp.ones(2)}, tx=optax.sgd(0.5), key=jax.random.key(0)
      ... )
      >>> step({"w": jnp.ones(2)}, state).params
      {'w': Array([0.5, 0.5], dtype=float32)}

    Source:
      PyTorch, ``torch.optim.Optimizer.step``.
    """
    trained, frozen = partition(state.params, state.mask)
    updates, opt_state = state.tx.update(grads, state.opt_state, trained)
    params = combine(optax.apply_updates(trained, updates), frozen)
    return dataclasses.replace(state, step=state.step + 1, params=params, opt_state=opt_state)


def _scores(loss: Array, outputs: Any, targets: Any, metrics: Sequence[Score]) -> dict[str, Array]:
    outputs = detach(outputs)
    return {"loss": detach(loss), **{metric.__name__: metric(outputs, targets) for metric in metrics}}


def _per_device(tree: PyTree, axis_name: str) -> PyTree:
    """Lets each device have its own copy, so that a gradient is that of the device's own loss until it is averaged."""
    try:
        return jax.tree.map(lambda leaf: jax.lax.pcast(leaf, axis_name, to="varying"), tree)
    except ValueError:  # an axis of vmap, where copies are the caller's, or copies already
        return tree


def _mean(tree: PyTree, axis_name: str) -> PyTree:
    return jax.tree.map(lambda leaf: jax.lax.pmean(leaf, axis_name) if is_differentiable(leaf) else leaf, tree)


def train_step(
    state: TrainState,
    batch: tuple[Any, Any],
    loss_fn: Score,
    *,
    metrics: Sequence[Score] = (),
    max_norm: ArrayLike | None = None,
    clip_value: ArrayLike | None = None,
    axis_name: str | None = None,
) -> tuple[TrainState, dict[str, Array]]:
    """One step: forward in train mode, backward, clipping, update.

    Answers "in what order do ``zero_grad``, ``backward`` and ``step`` come, and where is clipping?". Gradients begin as
    None, so there is nothing to clear; clipping works on finished gradients; metrics read outputs that are cut off.

    Args:
      state: The state before. Jit with ``donate_argnames="state"`` to reuse its memory.
      batch: Inputs of the model and targets.
      loss_fn: Function of outputs and targets with a scalar result.
      metrics: Further such functions, reported under their ``__name__``.
      max_norm: Bound of the gradients' norm; None for none. May be traced.
      clip_value: Bound of the gradients' magnitudes; None for none. May be traced.
      axis_name: Axis of ``shard_map`` or ``vmap`` over which the batch is split; gradients, statistics and reports are
        averaged over it, and each part draws its own dropout.

    Returns:
      The state after, and a dict of the loss, the metrics, and with `max_norm` the norm before clipping as
      ``grad_norm``.

    Raises:
      RuntimeError: if the loss is not a scalar, or depends on no trained parameter.

    Example:
      >>> def apply(params, model_state, inputs, *, train, key):
      ...     return inputs * params["w"], model_state
      >>> state = TrainState.create(
      ...     apply_fn=apply, params={"w": jnp.ones(())}, tx=optax.sgd(0.25), key=jax.random.key(0)
      ... )
      >>> mse = lambda out, target: ((out - target) ** 2).mean()
      >>> state, report = train_step(state, (jnp.ones(2), jnp.zeros(2)), mse)
      >>> state.params["w"], report
      (Array(0.5, dtype=float32), {'loss': Array(1., dtype=float32)})

    Source:
      PyTorch's training loop.
    """
    inputs, targets = batch
    key = jax.random.fold_in(state.key, state.step)
    params = state.params
    if axis_name is not None:
        key = jax.random.fold_in(key, jax.lax.axis_index(axis_name))
        params = _per_device(params, axis_name)

    def objective(params: PyTree) -> tuple[Array, Any]:
        outputs, model_state = state.apply_fn(params, state.model_state, inputs, train=True, key=key)
        return loss_fn(outputs, targets), (outputs, model_state)

    (loss, (outputs, model_state)), grads = backward(objective, state.mask, has_aux=True)(params, None)
    report = _scores(loss, outputs, targets, metrics)
    if axis_name is not None:
        grads, model_state, report = _mean((grads, model_state, report), axis_name)
    if max_norm is not None:
        grads, report["grad_norm"] = clip_grad_norm(grads, max_norm)
    if clip_value is not None:
        grads = clip_grad_value(grads, clip_value)
    return step(grads, dataclasses.replace(state, model_state=detach(model_state))), report


def eval_step(
    state: TrainState, batch: tuple[Any, Any], loss_fn: Score, *, metrics: Sequence[Score] = ()
) -> dict[str, Array]:
    """Loss and metrics of a batch in eval mode; nothing changes, and nothing is kept for a derivative.

    Answers "what is the difference of ``eval()`` and ``no_grad()``, and are both needed?". They are two things: the
    mode is the argument ``train=False``, on which dropout and batch statistics depend; that nothing is recorded comes
    of nobody differentiating.

    Args:
      state: The state.
      batch: Inputs of the model and targets.
      loss_fn: Function of outputs and targets with a scalar result.
      metrics: Further such functions, reported under their ``__name__``.

    Returns:
      A dict of the loss and the metrics.

    Example:
      >>> def apply(params, model_state, inputs, *, train, key):
      ...     return inputs * params["w"], model_state
      >>> state = TrainState.create(
      ...     apply_fn=apply, params={"w": jnp.ones(())}, tx=optax.sgd(0.25), key=jax.random.key(0)
      ... )
      >>> eval_step(state, (jnp.ones(2), jnp.zeros(2)), lambda out, target: ((out - target) ** 2).mean())
      {'loss': Array(1., dtype=float32)}

    Source:
      PyTorch, ``torch.nn.Module.eval`` and ``torch.no_grad``.
    """
    inputs, targets = batch
    outputs, _ = state.apply_fn(detach(state.params), state.model_state, inputs, train=False, key=state.key)
    return _scores(loss_fn(outputs, targets), outputs, targets, metrics)


def train_epoch(
    state: TrainState,
    batches: tuple[Any, Any],
    loss_fn: Score,
    *,
    metrics: Sequence[Score] = (),
    max_norm: ArrayLike | None = None,
    clip_value: ArrayLike | None = None,
    axis_name: str | None = None,
) -> tuple[TrainState, dict[str, Array]]:
    """`train_step` over many batches, as one ``jax.lax.scan``.

    Answers "what does the loop over the data loader do?": carry the state from batch to batch.

    Args:
      state: The state before. Jit with ``donate_argnames="state"`` to reuse its memory.
      batches: Inputs and targets with a leading axis of batches, as `split_batches` makes them.
      loss_fn: Function of outputs and targets with a scalar result.
      metrics: Further such functions, reported under their ``__name__``.
      max_norm: Bound of the gradients' norm; None for none.
      clip_value: Bound of the gradients' magnitudes; None for none.
      axis_name: Axis over which each batch is split.

    Returns:
      The state after, and reports with a leading axis of batches.

    Raises:
      RuntimeError: if the loss is not a scalar, or depends on no trained parameter.

    Example:
      >>> def apply(params, model_state, inputs, *, train, key):
      ...     return inputs * params["w"], model_state
      >>> state = TrainState.create(
      ...     apply_fn=apply, params={"w": jnp.ones(())}, tx=optax.sgd(0.25), key=jax.random.key(0)
      ... )
      >>> batches = jnp.ones((2, 4)), jnp.zeros((2, 4))
      >>> state, report = train_epoch(state, batches, lambda out, target: ((out - target) ** 2).mean())
      >>> state.params["w"], report["loss"]
      (Array(0.25, dtype=float32), Array([1.  , 0.25], dtype=float32))
    """
    one_step = partial(
        train_step, loss_fn=loss_fn, metrics=metrics, max_norm=max_norm, clip_value=clip_value, axis_name=axis_name
    )
    return jax.lax.scan(one_step, state, batches)


def eval_epoch(
    state: TrainState, batches: tuple[Any, Any], loss_fn: Score, *, metrics: Sequence[Score] = ()
) -> dict[str, Array]:
    """`eval_step` over many batches, as one ``jax.lax.scan``.

    Answers "what is the difference of ``eval()`` and ``no_grad()``, and are both needed?", as `eval_step` does.

    Args:
      state: The state.
      batches: Inputs and targets with a leading axis of batches, as `split_batches` makes them.
      loss_fn: Function of outputs and targets with a scalar result.
      metrics: Further such functions, reported under their ``__name__``.

    Returns:
      Reports with a leading axis of batches.

    Example:
      >>> def apply(params, model_state, inputs, *, train, key):
      ...     return inputs * params["w"], model_state
      >>> state = TrainState.create(
      ...     apply_fn=apply, params={"w": jnp.ones(())}, tx=optax.sgd(0.25), key=jax.random.key(0)
      ... )
      >>> eval_epoch(state, (jnp.ones((2, 4)), jnp.zeros((2, 4))), lambda out, target: ((out - target) ** 2).mean())
      {'loss': Array([1., 1.], dtype=float32)}
    """

    def one_step(carry: None, batch: tuple[Any, Any]) -> tuple[None, dict[str, Array]]:
        return carry, eval_step(state, batch, loss_fn, metrics=metrics)

    return jax.lax.scan(one_step, None, batches)[1]


def split_batches(data: PyTree, batch_size: int, key: Array | None = None) -> tuple[PyTree, PyTree | None]:
    """Arrays of examples as arrays of batches.

    Answers "what does a data loader do?".

    Args:
      data: Arrays with a common first axis of examples.
      batch_size: Examples in a batch.
      key: Random key for the order of the examples; None keeps it.

    Returns:
      The full batches, with axes ``(batches, batch_size, ...)``, and the last, smaller batch, or None if there is none.

    Example:
      >>> split_batches(jnp.arange(5), 2)
      (Array([[0, 1],
             [2, 3]], dtype=int32), Array([4], dtype=int32))
    """
    count = len(jax.tree.leaves(data)[0])
    order = jnp.arange(count) if key is None else jax.random.permutation(key, count)
    whole = count // batch_size * batch_size
    batches = jax.tree.map(lambda leaf: leaf[order[:whole]].reshape(-1, batch_size, *leaf.shape[1:]), data)
    rest = jax.tree.map(lambda leaf: leaf[order[whole:]], data) if whole < count else None
    return batches, rest


_TRACED_ONCE = ("loss_fn", "metrics")
_jitted_train_epoch = jax.jit(train_epoch, static_argnames=(*_TRACED_ONCE, "axis_name"), donate_argnames="state")
_jitted_train_step = jax.jit(train_step, static_argnames=(*_TRACED_ONCE, "axis_name"), donate_argnames="state")
_jitted_eval_epoch = jax.jit(eval_epoch, static_argnames=_TRACED_ONCE)
_jitted_eval_step = jax.jit(eval_step, static_argnames=_TRACED_ONCE)


def _weighted(reports: Sequence[dict[str, Array]], sizes: Sequence[int]) -> dict[str, float]:
    """Means over batches that count as much as they have examples."""
    weights = np.asarray(sizes, dtype=np.float64)
    columns = {name: np.concatenate([np.atleast_1d(report[name]) for report in reports]) for name in reports[0]}
    return {name: float(np.average(column, weights=weights)) for name, column in columns.items()}


def fit(
    state: TrainState,
    data: tuple[Any, Any],
    loss_fn: Score,
    *,
    epochs: int,
    batch_size: int,
    key: Array | None = None,
    valid: tuple[Any, Any] | None = None,
    metrics: Sequence[Score] = (),
    max_norm: ArrayLike | None = None,
    clip_value: ArrayLike | None = None,
    drop_last: bool = False,
    progress: bool = True,
) -> tuple[TrainState, dict[str, list[float]]]:
    """Trains for some epochs, validates after each, and shows a progress bar.

    Answers "how do all the pieces make a training program?".

    Args:
      state: The state before; it is copied, so that the caller keeps it.
      data: Inputs and targets of all examples.
      loss_fn: Function of outputs and targets with a scalar result.
      epochs: Passes over the data.
      batch_size: Examples in a batch.
      key: Random key for the order of the examples, anew in each epoch; None keeps their order.
      valid: Inputs and targets to validate on.
      metrics: Further functions like `loss_fn`, reported under their ``__name__``.
      max_norm: Bound of the gradients' norm; None for none.
      clip_value: Bound of the gradients' magnitudes; None for none.
      drop_last: Whether to leave out a last, smaller batch.
      progress: Whether to show the bar.

    Returns:
      The state after, and the means over each epoch: ``loss`` and the metrics, and of validation the same with
        ``valid_``
      in front.

    Raises:
      RuntimeError: if the loss is not a scalar, or depends on no trained parameter.
      ValueError: if there are fewer examples than one batch, and it is dropped.

    Example:
      >>> def apply(params, model_state, inputs, *, train, key):
      ...     return inputs * params["w"], model_state
      >>> def mse(outputs, targets):
      ...     return ((outputs - targets) ** 2).mean()
      >>> state = TrainState.create(
      ...     apply_fn=apply, params={"w": jnp.ones(())}, tx=optax.sgd(0.25), key=jax.random.key(0)
      ... )
      >>> data = jnp.ones(4), jnp.zeros(4)
      >>> state, history = fit(state, data, mse, epochs=2, batch_size=4, valid=data, progress=False)
      >>> history
      {'loss': [1.0, 0.25], 'valid_loss': [0.25, 0.0625]}
    """
    metrics = tuple(metrics)
    state = jax.tree.map(jnp.copy, state)
    history: dict[str, list[float]] = {}
    clip = {"max_norm": max_norm, "clip_value": clip_value}
    bar = tqdm(range(epochs), desc="training", unit="epoch", disable=not progress)
    for epoch in bar:
        batches, rest = split_batches(data, batch_size, None if key is None else jax.random.fold_in(key, epoch))
        full = len(jax.tree.leaves(batches)[0])
        reports, sizes = [], [batch_size] * full
        if full:
            state, report = _jitted_train_epoch(state, batches, loss_fn=loss_fn, metrics=metrics, **clip)
            reports.append(report)
        if rest is not None and not drop_last:
            state, report = _jitted_train_step(state, rest, loss_fn=loss_fn, metrics=metrics, **clip)
            reports.append(report)
            sizes.append(len(jax.tree.leaves(rest)[0]))
        if not reports:
            raise ValueError(f"no batch of {batch_size}: the data has {len(jax.tree.leaves(data)[0])} examples")
        means = _weighted(reports, sizes)
        if valid is not None:
            means.update(
                {f"valid_{name}": mean for name, mean in _validate(state, valid, loss_fn, batch_size, metrics)}
            )
        for name, mean in means.items():
            history.setdefault(name, []).append(mean)
        bar.set_postfix({name: f"{mean:.4f}" for name, mean in means.items()})
    return state, history


def _validate(
    state: TrainState, data: tuple[Any, Any], loss_fn: Score, batch_size: int, metrics: tuple[Score, ...]
) -> list[tuple[str, float]]:
    batches, rest = split_batches(data, batch_size)
    full = len(jax.tree.leaves(batches)[0])
    reports, sizes = [], [batch_size] * full
    if full:
        reports.append(_jitted_eval_epoch(state, batches, loss_fn=loss_fn, metrics=metrics))
    if rest is not None:
        reports.append(_jitted_eval_step(state, rest, loss_fn=loss_fn, metrics=metrics))
        sizes.append(len(jax.tree.leaves(rest)[0]))
    return list(_weighted(reports, sizes).items())
