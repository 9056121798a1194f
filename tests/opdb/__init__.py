"""PyTorch's own databases of operators, modules and optimizers, run on compat. Needs PyTorch: ``make crosscheck``."""
