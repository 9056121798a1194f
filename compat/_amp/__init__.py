"""How autocast works: its state, PyTorch's lists of operators, and the casts of their arguments."""
