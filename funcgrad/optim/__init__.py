"""Optimisers with PyTorch's rules as optax transformations, learning-rate schedules, and gradient clipping."""

from funcgrad.optim import schedules as schedules
from funcgrad.optim.adagrad import adagrad as adagrad
from funcgrad.optim.adagrad import adagrad_step as adagrad_step
from funcgrad.optim.adam import adam as adam
from funcgrad.optim.adam import adam_step as adam_step
from funcgrad.optim.adam import adamw as adamw
from funcgrad.optim.clip import clip_by_norm as clip_by_norm
from funcgrad.optim.clip import clip_by_value as clip_by_value
from funcgrad.optim.clip import clip_grad_norm as clip_grad_norm
from funcgrad.optim.clip import clip_grad_value as clip_grad_value
from funcgrad.optim.clip import get_total_norm as get_total_norm
from funcgrad.optim.rmsprop import rmsprop as rmsprop
from funcgrad.optim.rmsprop import rmsprop_step as rmsprop_step
from funcgrad.optim.sgd import sgd as sgd
from funcgrad.optim.sgd import sgd_step as sgd_step
