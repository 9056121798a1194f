"""Trains a flax model the way one trains in PyTorch.

    python examples/flax_training.py [linen|nnx]

A frozen layer, two tasks, one of them with a detached target, gradients that add up over micro-batches, batch norm,
dropout, clipping, evaluation, and a checkpoint from which training goes on.
"""

import sys
import tempfile

import jax
import optax
import orbax.checkpoint
from flax import linen, nnx
from sklearn.datasets import load_digits

import funcgrad as fg


class Linen(linen.Module):
    @linen.compact
    def __call__(self, x, train=False):
        stem = linen.relu(linen.Dense(128, name="stem")(x))
        x = linen.relu(linen.BatchNorm(use_running_average=not train)(linen.Dense(64)(stem)))
        return linen.Dense(10 + 128)(linen.Dropout(0.2, deterministic=not train)(x)), stem


class Nnx(nnx.Module):
    def __init__(self, rngs):
        self.stem, self.body = nnx.Linear(64, 128, rngs=rngs), nnx.Linear(128, 64, rngs=rngs)
        self.norm, self.drop = nnx.BatchNorm(64, rngs=rngs), nnx.Dropout(0.2, rngs=rngs)
        self.heads = nnx.Linear(64, 10 + 128, rngs=rngs)

    def __call__(self, x):
        stem = nnx.relu(self.stem(x))
        return self.heads(self.drop(nnx.relu(self.norm(self.body(stem))))), stem


def loss_fn(outputs, labels):
    heads, stem = outputs
    digit = optax.softmax_cross_entropy_with_integer_labels(heads[:, :10], labels).mean()
    return digit + 0.5 * ((heads[:, 10:] - fg.detach(stem)) ** 2).mean()  # the other task imitates the frozen features


def accuracy(outputs, labels):
    return (outputs[0][:, :10].argmax(-1) == labels).mean()


def train_step(state, batches):
    def objective(params, model_state, x, labels, key):
        outputs, model_state = state.apply_fn(params, model_state, x, train=True, key=key)
        return loss_fn(outputs, labels), model_state

    grads, model_state, backward = None, state.model_state, fg.backward(objective, state.mask, has_aux=True)
    for x, labels, key in zip(*batches, jax.random.split(jax.random.fold_in(state.key, state.step), 2), strict=True):
        (loss, model_state), grads = backward(state.params, grads, model_state, x, labels, key)  # adds to the gradients
    grads, _ = fg.clip_grad_norm(grads, 1.0)
    return fg.step(grads, state.replace(model_state=model_state)), loss


def main(kind="linen"):
    x, labels = (load_digits().data / 16).astype("float32"), load_digits().target
    if kind == "linen":
        variables = Linen().init(jax.random.key(0), x[:1])
        apply, params, model_state = fg.linen_apply(Linen()), variables.pop("params"), variables
    else:
        apply, params, model_state = fg.nnx_apply(Nnx(nnx.Rngs(0)))
    options = {"tx": fg.optim.adam(2e-3), "key": jax.random.key(1), "where": "!stem"}
    state = fg.TrainState.create(apply_fn=apply, params=params, model_state=model_state, **options)
    batches = x[:1536].reshape(24, 2, 32, 64), labels[:1536].reshape(24, 2, 32)  # steps of two micro-batches of 32
    epoch = jax.jit(lambda state: jax.lax.scan(train_step, state, batches))
    evaluate = jax.jit(lambda state: fg.eval_step(state, (x[1536:], labels[1536:]), loss_fn, metrics=[accuracy]))
    with tempfile.TemporaryDirectory() as folder, orbax.checkpoint.StandardCheckpointer() as checkpointer:
        for number in range(8):
            state, loss = epoch(state)
            print(f"epoch {number}  loss {loss.mean():.4f}", *(f"{k} {v:.4f}" for k, v in evaluate(state).items()))
        checkpointer.save(f"{folder}/state", state)
        checkpointer.wait_until_finished()
        resumed = epoch(checkpointer.restore(f"{folder}/state", state))[1]
    print("from the checkpoint training goes on as without it:", bool((resumed == epoch(state)[1]).all()))


if __name__ == "__main__":
    main(*sys.argv[1:])
