"""The same steps written by hand as pure, jitted, donating JAX: the limit for anything that runs on XLA."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from data import Initial, batch

cross_entropy = optax.softmax_cross_entropy_with_integer_labels


def _dense(initial, n, m):
    return {"w": jnp.array(initial(m, n).T), "b": jnp.zeros(m)}


def _kernel(initial, n, m, size):
    return jnp.array(initial(m, n, size, size).transpose(2, 3, 1, 0))  # (H, W, in, out)


def _convolve(x, w, padding):  # (N, H, W, C)
    return jax.lax.conv_general_dilated(x, w, (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def _apply(p, x):
    return x @ p["w"] + p["b"]


def _batch(n=64, shape=(784,), classes=10):
    return tuple(map(jnp.array, batch(n, shape, classes)))


def stateless(loss_of):
    """The loss as one that hands on statistics, of which there are none."""
    return lambda params, stats, *batch: (loss_of(params, *batch), stats)


def by_hand(params, loss_of, tx, *batch, stats=None):
    """A training step; with ``stats`` (of batch norms) the loss takes them second, and returns new ones."""
    opt_state = tx.init(params)
    loss_of = stateless(loss_of) if stats is None else loss_of

    @partial(jax.jit, donate_argnums=(0, 1, 2))
    def update(params, opt_state, stats, *batch):
        (loss, stats), grads = jax.value_and_grad(loss_of, has_aux=True)(params, stats, *batch)
        updates, opt_state = tx.update(grads, opt_state, params)
        return optax.apply_updates(params, updates), opt_state, stats, loss

    def step():
        nonlocal params, opt_state, stats
        params, opt_state, stats, loss = update(params, opt_state, stats, *batch)
        return loss

    step.program = lambda: update.lower(params, opt_state, stats, *batch).compile()
    return step


def logreg(trainer=by_hand):
    x, t = _batch(classes=2)
    params = {"w": jnp.zeros((784, 1)), "b": jnp.zeros(1)}
    y = t[:, None].astype(jnp.float32)
    return trainer(params, lambda p, x, y: ((jax.nn.sigmoid(_apply(p, x)) - y) ** 2).mean(), optax.sgd(0.1), x, y)


def accuracy(trainer=None):
    x, t = _batch(n=20 * 64, classes=2)
    y = t[:, None].astype(jnp.float32)
    batches = list(zip(jnp.split(x, 20), jnp.split(y, 20), strict=True))
    p = {"w": jnp.array(Initial()(784, 1)), "b": jnp.zeros(1)}
    hits = jax.jit(lambda p, x, y: ((jax.nn.sigmoid(_apply(p, x)) > 0.5) == y).astype(jnp.float32).mean())
    mean = jax.jit(lambda a: jnp.stack(a).mean())
    return lambda: mean([hits(p, x, y) for x, y in batches])


def mlp(trainer=by_hand):
    x, t = _batch()
    initial = Initial()
    params = [_dense(initial, 784, 128), _dense(initial, 128, 10)]

    def loss(ps, x, t):
        return cross_entropy(_apply(ps[1], jax.nn.relu(_apply(ps[0], x))), t).mean()

    return trainer(params, loss, optax.adam(1e-3), x, t)


def lstm(trainer=by_hand, inputs=32, width=64, n=16, length=16):
    x, t = _batch(n, (length, inputs))
    initial = Initial()
    params = {
        "x": _dense(initial, inputs, 4 * width),  # of the input, forget, cell and output gates
        "h": _dense(initial, width, 4 * width),
        "head": _dense(initial, width, 10),
    }

    def loss(p, x, t):
        def cell(state, from_x):
            h, c = state
            i, f, g, o = jnp.split(from_x + _apply(p["h"], h), 4, -1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        zeros = jnp.zeros((n, width))
        (h, _), _ = jax.lax.scan(cell, (zeros, zeros), _apply(p["x"], x.swapaxes(0, 1)))
        return cross_entropy(_apply(p["head"], h), t).mean()

    return trainer(params, loss, optax.adam(1e-3), x, t)


def deep(trainer=by_hand, layers=32, width=16, n=32):
    x, t = _batch(n, (width,), 10)
    y = t[:, None].astype(jnp.float32)
    initial = Initial()
    params = [_dense(initial, width, m) for m in (*[width] * (layers - 1), 1)]

    def loss(ps, x, y):
        for p in ps[:-1]:
            x = jnp.tanh(_apply(p, x))
        return ((_apply(ps[-1], x) - y) ** 2).mean()

    return trainer(params, loss, optax.sgd(1e-3, momentum=0.9), x, y)


def conv(trainer=by_hand):
    """Without the dropout of channels, whose cost is nothing beside the convolutions."""
    x, t = _batch(shape=(28, 28, 1))
    initial = Initial()
    params = {
        "c1": {"w": _kernel(initial, 1, 5, 5), "b": jnp.zeros(5)},
        "c2": {"w": _kernel(initial, 5, 16, 5), "b": jnp.zeros(16)},
        "f1": _dense(initial, 256, 20),
        "f2": _dense(initial, 20, 10),
    }

    def layer(p, x):
        x = _convolve(x, p["w"], "VALID")
        n, h, w, c = x.shape
        return jax.nn.relu((x + p["b"]).reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4)))

    def loss(p, x, t):
        x = layer(p["c2"], layer(p["c1"], x))
        return cross_entropy(_apply(p["f2"], jax.nn.relu(_apply(p["f1"], x.reshape(-1, 256)))), t).mean()

    return trainer(params, loss, optax.sgd(0.01, momentum=0.9), x, t)


def resblock(trainer=by_hand, channels=32, n=16, size=16):
    x, t = _batch(n, (channels, size, size))
    x = x.transpose(0, 2, 3, 1)  # (N, H, W, C)
    initial = Initial()

    def norm():
        return {"g": jnp.ones(channels), "b": jnp.zeros(channels)}

    def moments():
        return {"mean": jnp.zeros(channels), "var": jnp.ones(channels)}

    params = {
        "layers": [{"w": _kernel(initial, channels, channels, 3), "bn": norm()} for _ in range(4)],
        "head": _dense(initial, channels, 10),
    }

    def layer(p, running, x):
        x = _convolve(x, p["w"], "SAME")
        mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
        m = n * size * size
        running = {
            "mean": 0.9 * running["mean"] + 0.1 * mean,
            "var": 0.9 * running["var"] + 0.1 * var * (m / (m - 1)),
        }
        return (x - mean) * jax.lax.rsqrt(var + 1e-5) * p["bn"]["g"] + p["bn"]["b"], running

    def loss(p, stats, x, t):
        new = []
        for k in (0, 2):
            h, first = layer(p["layers"][k], stats[k], x)
            h, second = layer(p["layers"][k + 1], stats[k + 1], jax.nn.relu(h))
            x = jax.nn.relu(x + h)
            new += [first, second]
        return cross_entropy(_apply(p["head"], x.mean((1, 2))), t).mean(), new

    return trainer(params, loss, optax.sgd(0.01, momentum=0.9), x, t, stats=[moments() for _ in range(4)])


def gpt(trainer=by_hand, width=128, context=64, n=8, layers=4, heads=4, vocab=65):
    initial = Initial()

    def norm():
        return {"g": jnp.ones(width), "b": jnp.zeros(width)}

    def block():
        return {
            "ln1": norm(),
            "ln2": norm(),
            "qkv": _dense(initial, width, 3 * width),
            "out": _dense(initial, width, width),
            "up": _dense(initial, width, 4 * width),
            "down": _dense(initial, 4 * width, width),
        }

    params = {
        "pos": jnp.array(initial(context, width)),
        "tok": jnp.array(initial(vocab, width)),
        "blocks": [block() for _ in range(layers)],
        "ln": norm(),
        "head": _dense(initial, width, vocab),
    }

    def layer_norm(p, x):
        centred = x - x.mean(-1, keepdims=True)
        return centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * p["g"] + p["b"]

    def loss(p, x, t):
        h = p["tok"][x] + p["pos"]
        for b in p["blocks"]:
            qkv = jnp.split(_apply(b["qkv"], layer_norm(b["ln1"], h)), 3, -1)
            q, k, v = (s.reshape(n, context, heads, width // heads) for s in qkv)
            mixed = jax.nn.dot_product_attention(q, k, v, is_causal=True)  # (B, T, H, D/H)
            h = h + _apply(b["out"], mixed.reshape(n, context, width))
            h = h + _apply(b["down"], jax.nn.gelu(_apply(b["up"], layer_norm(b["ln2"], h)), approximate=False))
        return cross_entropy(_apply(p["head"], layer_norm(p["ln"], h)), t).mean()

    r = np.random.default_rng(0)
    x, t = (jnp.array(r.integers(0, vocab, (n, context))) for _ in range(2))
    tx = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(3e-4, weight_decay=1e-2))
    return trainer(params, loss, tx, x, t)


WORKLOADS = {f.__name__: f for f in (logreg, accuracy, mlp, lstm, deep, conv, resblock, gpt)}
