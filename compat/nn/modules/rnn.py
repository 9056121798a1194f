"""Recurrent layers and cells: one base, whose weights are drawn in PyTorch's order."""
from __future__ import annotations

import math
import numbers
import warnings
from typing import Any, ClassVar

from compat._amp.state import is_any_autocast_enabled
from compat._ops import creation
from compat._tensor.tensor import Tensor
from compat.nn import init
from compat.nn._functional import recurrent
from compat.nn._functional.packing import PackedSequence
from compat.nn.modules.module import Module
from compat.nn.parameter import new_parameter

__all__ = ["GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNBase", "RNNCell", "RNNCellBase"]

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


class RNNBase(Module):
    """Layers of one recurrence, forwards and, if asked, backwards.

    Weights are ``weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0`` and so on for each layer; ``_reverse`` is added
    to the names of the backward direction, ``weight_hr_l0`` projects an LSTM's hidden state.
    """

    def __init__(self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
                 batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0,
                 device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        _check_dropout(dropout, num_layers)
        _check_types(bias=(bias, bool), batch_first=(batch_first, bool), input_size=(input_size, int))
        if input_size <= 0:
            raise ValueError("input_size must be greater than zero")
        _check_types(hidden_size=(hidden_size, int))
        _check_sizes(hidden_size, num_layers, proj_size)
        if mode not in _GATES:
            raise ValueError(f"Unrecognized RNN mode: {mode}")
        gates, directions = _GATES[mode] * hidden_size, 2 if bidirectional else 1
        out_size = proj_size or hidden_size
        self._flat_weights_names: list[str] = []
        self._all_weights: list[list[str]] = []
        for i in range(num_layers):
            layer_input = input_size if i == 0 else out_size * directions
            for suffix in ("", "_reverse")[:directions]:
                shapes = {"weight_ih": (gates, layer_input), "weight_hh": (gates, out_size)}
                if bias:
                    shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                names = [f"{name}_l{i}{suffix}" for name in shapes]
                for name, shape in zip(names, shapes.values(), strict=True):
                    setattr(self, name, new_parameter(shape, device, dtype))
                self._flat_weights_names += names
                self._all_weights.append(names)
        self.reset_parameters()

    @property
    def _flat_weights(self) -> list[Tensor]:
        return [getattr(self, name) for name in self._flat_weights_names]

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """The weights of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Accepted; XLA lays the weights out by itself."""

    def reset_parameters(self) -> None:
        """Draws all weights uniformly within ``1/sqrt(hidden_size)``."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        """The sizes, and what differs from the defaults."""
        text = f"{self.input_size}, {self.hidden_size}"
        if self.proj_size != 0:
            text += f", proj_size={self.proj_size}"
        if self.num_layers != 1:
            text += f", num_layers={self.num_layers}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if self.batch_first is not False:
            text += f", batch_first={self.batch_first}"
        if self.dropout != 0:
            text += f", dropout={self.dropout}"
        if self.bidirectional is not False:
            text += f", bidirectional={self.bidirectional}"
        return text

    def _check_input(self, input: Tensor) -> None:
        if input.dtype != self._flat_weights[0].dtype and not is_any_autocast_enabled():
            raise ValueError(f"RNN input dtype ({input.dtype}) does not match weight dtype "
                             f"({self._flat_weights[0].dtype}). Convert input: "
                             f"input.to({self._flat_weights[0].dtype}), or convert model: model.to({input.dtype})")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got "
                               f"{input.size(-1)}")

    def _check_state(self, name: str, state: Tensor, batch: int, size: int) -> None:
        expected = (self.num_layers * (2 if self.bidirectional else 1), batch, size)
        if tuple(state.shape) != expected:
            raise RuntimeError(f"Expected {name} size {expected}, got {list(state.shape)}")

    def _run(self, x: Tensor, state: tuple[Tensor, ...],
             lengths: list[int] | None) -> tuple[Tensor, tuple[Tensor, ...]]:
        return recurrent.layers(self.mode, x, state, self.all_weights, self.bias, self.num_layers,
                                self.dropout if self.training else 0.0, self.bidirectional, bool(self.proj_size),
                                lengths)

    def forward(self, input: Any, hx: Any = None) -> Any:
        """Runs over a sequence ``(L, N, input_size)``, batch first ``(N, L, input_size)``, or ``(L, input_size)``."""
        packed = isinstance(input, PackedSequence)
        single = self.mode != "LSTM"
        if packed:
            x, lengths = recurrent.padded(input)
            batched = True
        else:
            x, lengths = input, None
            if x.dim() not in (2, 3):
                raise ValueError(f"{self._kind}: Expected input to be 2D or 3D, got {x.dim()}D{self._tensor}instead")
            batched = x.dim() == 3
            self._check_hidden_dims(hx, batched, single)
            if not batched:
                x = x.unsqueeze(1)
            elif self.batch_first:
                x = x.transpose(0, 1)
        self._check_input(x)
        state = self._initial_state(x, hx, batched, single)
        if packed and input.sorted_indices is not None and hx is not None:
            state = tuple(s.index_select(1, input.sorted_indices) for s in state)
        output, state = self._run(x, state, lengths)
        if packed:
            output = recurrent.repacked(output, input)
            if input.unsorted_indices is not None:
                state = tuple(s.index_select(1, input.unsorted_indices) for s in state)
        elif not batched:
            output, state = output.squeeze(1), tuple(s.squeeze(1) for s in state)
        elif self.batch_first:
            output = output.transpose(0, 1)
        return output, (state[0] if single else state)

    _kind: ClassVar[str] = "RNN"
    _tensor: ClassVar[str] = " tensor "

    def _check_hidden_dims(self, hx: Any, batched: bool, single: bool) -> None:
        if hx is None:
            return
        wanted, kind = (3, "batched 3-D") if batched else (2, "unbatched 2-D")
        for state in (hx,) if single else hx:
            if state.dim() != wanted:
                if single:
                    raise RuntimeError(f"For {kind} input, hx should also be {wanted}-D but got {state.dim()}-D tensor")
                raise RuntimeError(f"For {kind} input, hx and cx should also be {wanted}-D but got ({hx[0].dim()}-D, "
                                   f"{hx[1].dim()}-D) tensors")

    def _initial_state(self, x: Tensor, hx: Any, batched: bool, single: bool) -> tuple[Tensor, ...]:
        batch, out_size = x.shape[1], self.proj_size or self.hidden_size
        sizes = (out_size,) if single else (out_size, self.hidden_size)
        if hx is None:
            rows = self.num_layers * (2 if self.bidirectional else 1)
            return tuple(creation.zeros((rows, batch, size), dtype=x.dtype, device=x.device) for size in sizes)
        state = (hx,) if single else tuple(hx)
        if not batched:
            state = tuple(s.unsqueeze(1) for s in state)
        names = ("hidden",) if single else ("hidden[0]", "hidden[1]")
        for name, each, size in zip(names, state, sizes, strict=True):
            self._check_state(name, each, batch, size)
        return state


def _check_dropout(dropout: Any, num_layers: int) -> None:
    if not isinstance(dropout, numbers.Number) or not 0 <= dropout <= 1 or isinstance(dropout, bool):
        raise ValueError("dropout should be a number in range [0, 1] representing the probability of an element being "
                         "zeroed")
    if dropout > 0 and num_layers == 1:
        warnings.warn("dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                      f"num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}", stacklevel=4)


def _check_types(**arguments: tuple[Any, type]) -> None:
    for name, (value, kind) in arguments.items():
        if not isinstance(value, kind):
            raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")


def _check_sizes(hidden_size: int, num_layers: int, proj_size: int) -> None:
    if hidden_size <= 0:
        raise ValueError("hidden_size must be greater than zero")
    if num_layers <= 0:
        raise ValueError("num_layers must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")


class RNN(RNNBase):
    """Elman's network: ``h = tanh(W_ih x + b_ih + W_hh h + b_hh)``, or with relu."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if len(args) > 3:  # (input_size, hidden_size, num_layers, nonlinearity, ...)
            nonlinearity, args = args[3], (*args[:3], *args[4:])
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__("RNN_" + nonlinearity.upper(), *args, **kwargs)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter and Schmidhuber 1997); gates in the order input, forget, cell, output."""

    _kind, _tensor = "LSTM", " "

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)


class GRU(RNNBase):
    """Gated recurrent unit (Cho et al. 2014); gates in the order reset, update, new."""

    _kind, _tensor = "GRU", " "

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)


class RNNCellBase(Module):
    """One step of a recurrence."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        gates = num_chunks * hidden_size
        shapes = {"weight_ih": (gates, input_size), "weight_hh": (gates, hidden_size), "bias_ih": (gates,),
                  "bias_hh": (gates,)}
        for name, shape in shapes.items():
            wanted = bias or name.startswith("weight")
            made = new_parameter(shape, device, dtype) if wanted else None
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws all weights uniformly within ``1/sqrt(hidden_size)``."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        """The sizes, and what differs from the defaults."""
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if getattr(self, "nonlinearity", "tanh") != "tanh":
            text += f", nonlinearity={self.nonlinearity}"
        return text

    def _step(self, mode: str, input: Tensor, state: tuple[Tensor, ...] | None) -> tuple[Tensor, ...]:
        """The next state; input and state may lack the batch."""
        kind = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{kind}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for i, s in enumerate(state or ()):
            if s.dim() not in (1, 2):
                which = f"hx[{i}]" if len(state) > 1 else "hidden"
                raise ValueError(f"{kind}: Expected {which} to be 1D or 2D, got {s.dim()}D instead")
        batched = input.dim() == 2
        x = input if batched else input.unsqueeze(0)
        if state is None:
            zeros = creation.zeros((x.shape[0], self.hidden_size), dtype=x.dtype, device=x.device)
            state = (zeros, zeros) if mode == "LSTM" else (zeros,)
        elif not batched:
            state = tuple(s.unsqueeze(0) for s in state)
        weights = [self.weight_ih, self.weight_hh] + ([self.bias_ih, self.bias_hh] if self.bias else [])
        out = recurrent.cell(mode, x, state, weights, self.bias)
        return out if batched else tuple(s.squeeze(0) for s in out)


class RNNCell(RNNCellBase):
    """One step of :class:`RNN`."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh",
                 device: Any = None, dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next hidden state."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step("RNN_" + self.nonlinearity.upper(), input, None if hx is None else (hx,))[0]


class LSTMCell(RNNCellBase):
    """One step of :class:`LSTM`."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """The next hidden and cell states."""
        return self._step("LSTM", input, hx)


class GRUCell(RNNCellBase):
    """One step of :class:`GRU`."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next hidden state."""
        return self._step("GRU", input, None if hx is None else (hx,))[0]
