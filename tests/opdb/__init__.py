"""PyTorch's own database of operators, run on compat. Needs PyTorch: ``make crosscheck``."""
