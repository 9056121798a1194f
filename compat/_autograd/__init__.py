"""The tape: grad modes, nodes and the backward pass."""
