"""The models of peer_jax, trained by funcgrad: what its state and masks cost beside JAX written by hand."""

from functools import partial

import jax
import peer_jax

import funcgrad


def trainer(params, loss_of, tx, *batch):
    state = funcgrad.TrainState.create(apply_fn=None, params=params, tx=tx, key=jax.random.key(0))

    @partial(jax.jit, donate_argnums=0)
    def update(state, *batch):
        loss, grads = funcgrad.backward(loss_of, state.mask)(state.params, None, *batch)
        return funcgrad.step(grads, state), loss

    def step():
        nonlocal state
        state, loss = update(state, *batch)
        return loss

    step.program = lambda: update.lower(state, *batch).compile()
    return step


WORKLOADS = {name: partial(workload, trainer) for name, workload in peer_jax.WORKLOADS.items()}
