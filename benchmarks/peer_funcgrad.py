"""The models of peer_jax, trained by funcgrad: what its state and masks cost beside JAX written by hand."""

from functools import partial

import jax
import peer_jax

import funcgrad


def trainer(params, loss_of, tx, *batch, stats=None):
    key = jax.random.key(0)
    state = funcgrad.TrainState.create(apply_fn=None, params=params, model_state=stats, tx=tx, key=key)
    loss_of = peer_jax.stateless(loss_of) if stats is None else loss_of

    @partial(jax.jit, donate_argnums=0)
    def update(state, *batch):
        gradients = funcgrad.backward(loss_of, state.mask, has_aux=True)
        (loss, stats), grads = gradients(state.params, None, state.model_state, *batch)
        return funcgrad.step(grads, state.replace(model_state=stats)), loss

    def step():
        nonlocal state
        state, loss = update(state, *batch)
        return loss

    step.program = lambda: update.lower(state, *batch).compile()
    return step


WORKLOADS = {name: partial(workload, trainer) for name, workload in peer_jax.WORKLOADS.items()}
