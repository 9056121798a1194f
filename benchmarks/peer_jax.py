"""The same steps written by hand as pure, jitted, donating JAX: the limit for anything that runs on XLA."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

cross_entropy = optax.softmax_cross_entropy_with_integer_labels


def _dense(key, n, m):
    return {"w": jax.random.uniform(key, (n, m), minval=-1, maxval=1) / np.sqrt(n), "b": jnp.zeros(m)}


def _apply(p, x):
    return x @ p["w"] + p["b"]


def _batch(n=64, shape=(784,), classes=10):
    r = np.random.default_rng(0)
    return jnp.array(r.random((n, *shape), dtype=np.float32)), jnp.array(r.integers(0, classes, n))


def by_hand(params, loss_of, tx, *batch):
    opt_state = tx.init(params)

    @partial(jax.jit, donate_argnums=(0, 1))
    def update(params, opt_state, *batch):
        loss, grads = jax.value_and_grad(loss_of)(params, *batch)
        updates, opt_state = tx.update(grads, opt_state, params)
        return optax.apply_updates(params, updates), opt_state, loss

    def step():
        nonlocal params, opt_state
        params, opt_state, loss = update(params, opt_state, *batch)
        return loss

    step.program = lambda: update.lower(params, opt_state, *batch).compile()
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
    p = {"w": jax.random.normal(jax.random.key(0), (784, 1)), "b": jnp.zeros(1)}
    hits = jax.jit(lambda p, x, y: ((jax.nn.sigmoid(_apply(p, x)) > 0.5) == y).astype(jnp.float32).mean())
    mean = jax.jit(lambda a: jnp.stack(a).mean())
    return lambda: mean([hits(p, x, y) for x, y in batches])


def mlp(trainer=by_hand):
    x, t = _batch()
    k1, k2 = jax.random.split(jax.random.key(0))
    params = [_dense(k1, 784, 128), _dense(k2, 128, 10)]

    def loss(ps, x, t):
        return cross_entropy(_apply(ps[1], jax.nn.relu(_apply(ps[0], x))), t).mean()

    return trainer(params, loss, optax.adam(1e-3), x, t)


def deep(trainer=by_hand, layers=32, width=16):
    x, t = _batch(32, (width,))
    y = t[:, None].astype(jnp.float32)
    keys = jax.random.split(jax.random.key(0), layers)
    params = [_dense(k, width, width) for k in keys[1:]] + [_dense(keys[0], width, 1)]

    def loss(ps, x, y):
        for p in ps[:-1]:
            x = jnp.tanh(_apply(p, x))
        return ((_apply(ps[-1], x) - y) ** 2).mean()

    return trainer(params, loss, optax.sgd(1e-3, momentum=0.9), x, y)


def conv(trainer=by_hand):
    """Without the dropout of channels, whose cost is nothing beside the convolutions."""
    x, t = _batch(shape=(28, 28, 1))
    k = jax.random.split(jax.random.key(0), 4)
    params = {
        "c1": {"w": jax.random.normal(k[0], (5, 5, 1, 5)) * 0.1, "b": jnp.zeros(5)},
        "c2": {"w": jax.random.normal(k[1], (5, 5, 5, 16)) * 0.1, "b": jnp.zeros(16)},
        "f1": _dense(k[2], 256, 20),
        "f2": _dense(k[3], 20, 10),
    }

    def layer(p, x):  # (N, H, W, C)
        x = jax.lax.conv_general_dilated(x, p["w"], (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        n, h, w, c = x.shape
        return jax.nn.relu((x + p["b"]).reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4)))

    def loss(p, x, t):
        x = layer(p["c2"], layer(p["c1"], x))
        return cross_entropy(_apply(p["f2"], jax.nn.relu(_apply(p["f1"], x.reshape(-1, 256)))), t).mean()

    return trainer(params, loss, optax.sgd(0.01, momentum=0.9), x, t)


def gpt(trainer=by_hand, width=128, context=64, batch=8, layers=4, heads=4, vocab=65):
    keys = iter(jax.random.split(jax.random.key(0), 2 + 4 * layers))

    def norm():
        return {"g": jnp.ones(width), "b": jnp.zeros(width)}

    def block():
        return {
            "ln1": norm(),
            "ln2": norm(),
            "qkv": _dense(next(keys), width, 3 * width),
            "out": _dense(next(keys), width, width),
            "up": _dense(next(keys), width, 4 * width),
            "down": _dense(next(keys), 4 * width, width),
        }

    params = {
        "tok": jax.random.normal(next(keys), (vocab, width)),
        "pos": jnp.zeros((context, width)),
        "blocks": [block() for _ in range(layers)],
        "ln": norm(),
        "head": _dense(next(keys), width, vocab),
    }

    def layer_norm(p, x):
        centred = x - x.mean(-1, keepdims=True)
        return centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * p["g"] + p["b"]

    def loss(p, x, t):
        h = p["tok"][x] + p["pos"]
        for b in p["blocks"]:
            qkv = jnp.split(_apply(b["qkv"], layer_norm(b["ln1"], h)), 3, -1)
            q, k, v = (s.reshape(batch, context, heads, width // heads) for s in qkv)
            mixed = jax.nn.dot_product_attention(q, k, v, is_causal=True)  # (B, T, H, D/H)
            h = h + _apply(b["out"], mixed.reshape(batch, context, width))
            h = h + _apply(b["down"], jax.nn.gelu(_apply(b["up"], layer_norm(b["ln2"], h)), approximate=False))
        return cross_entropy(_apply(p["head"], layer_norm(p["ln"], h)), t).mean()

    r = np.random.default_rng(0)
    x, t = (jnp.array(r.integers(0, vocab, (batch, context))) for _ in range(2))
    tx = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(3e-4, weight_decay=1e-2))
    return trainer(params, loss, tx, x, t)


WORKLOADS = {f.__name__: f for f in (logreg, accuracy, mlp, deep, conv, gpt)}
