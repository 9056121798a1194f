"""``GradScaler``: a loss is scaled so that its gradients are more than 0 in float16, and the scale adapts itself.

The scale and the count of steps since it changed are tensors, inputs of every program that uses them: a scale that
changes compiles nothing.
"""

from __future__ import annotations

import inspect
import warnings
from collections import abc, defaultdict
from collections.abc import Callable
from enum import Enum
from typing import Any

from compat import _dtype
from compat._device import is_available
from compat._engine.program import captured
from compat._later import later
from compat._ops.declare import ops
from compat._ops.fused import fused
from compat._tensor.tensor import Tensor
from compat.optim._update import unless
from funcgrad.optim.scaling import adapt_scale, unscale

__getattr__ = later(__name__)
__all__ = ["GradScaler", "OptState"]

_NO_SCALE = (
    "Attempted {} but {} is None.  This may indicate your script did not use scaler.scale(loss or outputs) earlier in "
    "the iteration."
)
_NEW_SCALE = (
    "new_scale should be a float or a 1-element torch.cuda.FloatTensor or torch.FloatTensor with requires_grad=False."
)


class OptState(Enum):
    """How far an optimizer has come since the last ``update``."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


def _refresh_per_optimizer_state() -> dict[str, Any]:
    return {"stage": OptState.READY, "found_inf_per_device": {}}


class _Copies:
    """One tensor on each device that asks for it, copied once."""

    def __init__(self, master: Tensor) -> None:
        self.master = master
        self.by_device: dict[Any, Tensor] = {}

    def get(self, device: Any) -> Tensor:
        """The copy there."""
        if device not in self.by_device:
            self.by_device[device] = self.master.to(device=device, copy=True)
        return self.by_device[device]


class GradScaler:
    """Scales losses, and steps an optimizer with the gradients divided by the scale if they are finite.

    Args:
      device: Where the scale lies: "cpu" or "cuda".
      init_scale: The first scale.
      growth_factor: What the scale is multiplied by after `growth_interval` steps with finite gradients.
      backoff_factor: What it is multiplied by after a step that was left out.
      growth_interval: See `growth_factor`.
      enabled: False for one that passes everything through.

    Raises:
      AssertionError: if the factors do not let the scale grow and shrink.

    Example:
      >>> import compat as torch
      >>> w = torch.tensor([1.0], requires_grad=True)
      >>> optimizer = torch.optim.SGD([w], lr=0.5)
      >>> scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
      >>> scaler.scale(w.sum()).backward()
      >>> w.grad
      tensor([1024.])
      >>> scaler.step(optimizer)
      >>> scaler.update()
      >>> w.detach(), scaler.get_scale()
      (tensor([0.5000]), 1024.0)

    Source:
      PyTorch, ``torch.amp.GradScaler``.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device = device
        self._enabled = enabled
        if enabled and device == "cuda" and not is_available():
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)
            self._enabled = False
        if not self._enabled:
            return
        if growth_factor <= 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if backoff_factor >= 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._init_scale = init_scale
        self._scale: Tensor | None = None  # made when something is scaled: then it is known where
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._init_growth_tracker = 0
        self._growth_tracker: Tensor | None = None
        self._per_optimizer_states: dict[int, dict[str, Any]] = defaultdict(_refresh_per_optimizer_state)

    def _compat_guards(self) -> list[Any]:
        """What a captured step takes for granted, and has to leave as it was."""
        if not self._enabled:
            return [self._enabled]
        stages = [state["stage"] for state in self._per_optimizer_states.values()]
        return [self._growth_factor, self._backoff_factor, self._growth_interval,
                *(stage for stage in stages if stage is not OptState.READY)]

    def _compat_restorer(self) -> Callable[[], None]:
        """What brings it back to how it is now."""
        own = dict(self.__dict__)
        states = {key: dict(state) for key, state in own.pop("_per_optimizer_states", {}).items()}

        def restore() -> None:
            self.__dict__.update(own)
            if self._enabled:
                self._per_optimizer_states = defaultdict(_refresh_per_optimizer_state, states)

        return restore

    def _check_scale_growth_tracker(self, funcname: str) -> tuple[Tensor, Tensor]:
        if self._scale is None:
            raise AssertionError(_NO_SCALE.format(funcname, "_scale"))
        if self._growth_tracker is None:
            raise AssertionError(_NO_SCALE.format(funcname, "_growth_tracker"))
        return self._scale, self._growth_tracker

    def _lazy_init_scale_growth_tracker(self, dev: Any) -> None:
        if self._growth_tracker is not None:
            raise AssertionError("_growth_tracker initialized before _scale")
        self._scale = ops.full((), float(self._init_scale), dtype=_dtype.float32, device=dev)
        self._growth_tracker = ops.full((), self._init_growth_tracker, dtype=_dtype.int32, device=dev)

    def _scale_at(self, device: Any) -> Tensor:
        if self._scale is None:
            self._lazy_init_scale_growth_tracker(device)
        assert self._scale is not None
        return self._scale

    # Scaling --------------------------------------------------------------------------------------------------------

    def scale(self, outputs: Any) -> Any:
        """A tensor, or all tensors of nested iterables, times the scale.

        Args:
          outputs: Losses.

        Raises:
          ValueError: if something in it is neither a tensor nor iterable.
        """
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            return outputs * self._scale_at(outputs.device).to(outputs.device)
        copies: list[_Copies] = []

        def apply(val: Any) -> Any:
            if isinstance(val, Tensor):
                if not copies:
                    copies.append(_Copies(self._scale_at(val.device)))
                return val * copies[0].get(val.device)
            if isinstance(val, abc.Iterable):
                scaled = map(apply, val)
                return type(val)(scaled) if isinstance(val, list | tuple) else scaled  # type: ignore[call-arg]
            raise ValueError("outputs must be a Tensor or an iterable of Tensors")

        return apply(outputs)

    def _unscale_grads_(
        self, optimizer: Any, inv_scale: Tensor, found_inf: Tensor, allow_fp16: bool
    ) -> dict[Any, Tensor]:
        """Multiply an optimizer's gradients, and note for each device whether one is not finite."""
        scales, flags = _Copies(inv_scale), _Copies(found_inf)
        by_device: dict[Any, list[Tensor]] = defaultdict(list)
        for group in optimizer.param_groups:
            for param in group["params"]:
                if not isinstance(param, Tensor):
                    raise AssertionError(f"expected param to be torch.Tensor, got {type(param).__name__}")
                if param.grad is None:
                    continue
                if not allow_fp16 and param.grad.dtype is _dtype.float16:
                    raise ValueError("Attempting to unscale FP16 gradients.")
                by_device[param.grad.device].append(param.grad)
        for device, grads in by_device.items():
            lists = {"grads": grads, "found_inf": [flags.get(device)]}
            fused(unscale, lists, {"inv_scale": scales.get(device)}, {}, ("grads", "found_inf"))
        return flags.by_device

    def unscale_(self, optimizer: Any) -> None:
        """Divide an optimizer's gradients by the scale, before ``step`` does it: to clip them, say.

        Raises:
          RuntimeError: if it was done already since the last ``update``.
          ValueError: if a gradient is float16.
        """
        if not self._enabled:
            return
        scale, _ = self._check_scale_growth_tracker("unscale_")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.UNSCALED:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        inv_scale = scale.double().reciprocal().float()
        found_inf = ops.full((), 0.0, dtype=_dtype.float32, device=scale.device)
        state["found_inf_per_device"] = self._unscale_grads_(optimizer, inv_scale, found_inf, False)
        state["stage"] = OptState.UNSCALED

    # Stepping -------------------------------------------------------------------------------------------------------

    def _maybe_opt_step(self, optimizer: Any, optimizer_state: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        flags = optimizer_state["found_inf_per_device"].values()
        if captured() is not None:  # the values are known only when the step runs
            with unless(sum(flags), optimizer):
                return optimizer.step(*args, **kwargs)
        if sum(flag.item() for flag in flags):
            return None
        return optimizer.step(*args, **kwargs)

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """``optimizer.step()`` with the gradients divided by the scale; nothing if one of them is not finite.

        Args:
          optimizer: The optimizer.
          *args: What its ``step`` is given.
          **kwargs: Likewise, but no closure.

        Returns:
          What the optimizer's ``step`` returns, None if it was left out.

        Raises:
          RuntimeError: for a closure, or if it was called already since the last ``update``.
          AssertionError: if nothing was scaled yet, or no parameter has a gradient.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._check_scale_growth_tracker("step")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if getattr(optimizer, "_step_supports_amp_scaling", False):
            return self._step_of_its_own(optimizer, state, args, kwargs)
        if state["stage"] is OptState.READY:
            self.unscale_(optimizer)
        if not state["found_inf_per_device"]:
            raise AssertionError("No inf checks were recorded for this optimizer.")
        result = self._maybe_opt_step(optimizer, state, *args, **kwargs)
        state["stage"] = OptState.STEPPED
        return result

    def _step_of_its_own(self, optimizer: Any, state: dict[str, Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        """The step of an optimizer that divides by the scale and looks at the flag itself."""
        takes_scaler = "grad_scaler" in inspect.signature(optimizer.step).parameters
        if takes_scaler:
            warnings.warn(
                "GradScaler is going to stop passing itself as a keyword argument to the passed optimizer. In the near "
                "future GradScaler registers `grad_scale: Tensor` and `found_inf: Tensor` to the passed optimizer and "
                "let the optimizer use them directly.",
                FutureWarning,
                stacklevel=3,
            )
            kwargs["grad_scaler"] = self
        else:
            if state["stage"] is OptState.READY:
                self._check_inf_per_device(optimizer)
            scale = self._get_scale_async()
            assert scale is not None
            before = getattr(optimizer, "grad_scale", None if state["stage"] is OptState.UNSCALED else 1)
            optimizer.grad_scale = before if state["stage"] is OptState.UNSCALED else scale * before
            optimizer.found_inf = sum(flag.to(scale.device) for flag in state["found_inf_per_device"].values())
        result = optimizer.step(*args, **kwargs)
        state["stage"] = OptState.STEPPED
        if not takes_scaler:
            del optimizer.grad_scale, optimizer.found_inf
        return result

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Adapt the scale, at the end of an iteration.

        Args:
          new_scale: The scale from now on; if None, it follows from what the steps of this iteration found.

        Raises:
          AssertionError: if nothing was scaled, or no gradients were looked at, since the last call.
        """
        if not self._enabled:
            return
        scale, tracker = self._check_scale_growth_tracker("update")
        if isinstance(new_scale, float):
            scale.fill_(new_scale)
        elif new_scale is not None:
            if new_scale.device.type != self._device or new_scale.numel() != 1 or new_scale.requires_grad:
                raise AssertionError(_NEW_SCALE)
            scale.copy_(new_scale)
        else:
            states = self._per_optimizer_states.values()
            found = [flag.to(scale.device) for state in states for flag in state["found_inf_per_device"].values()]
            if not found:
                raise AssertionError("No inf checks were recorded prior to update.")
            numbers = {"growth_factor": float(self._growth_factor), "backoff_factor": float(self._backoff_factor),
                       "growth_interval": self._growth_interval}  # fmt: skip
            lists = {"scale": [scale], "growth_tracker": [tracker], "found_inf": found}
            fused(adapt_scale, lists, numbers, {}, ("scale", "growth_tracker"))
        self._per_optimizer_states = defaultdict(_refresh_per_optimizer_state)

    # Settings and state ---------------------------------------------------------------------------------------------

    def _get_scale_async(self) -> Tensor | None:
        return self._scale

    def get_scale(self) -> float:
        """The scale; 1 if disabled."""
        if not self._enabled:
            return 1.0
        scale = self._get_scale_async()
        return self._init_scale if scale is None else scale.item()

    def get_growth_factor(self) -> float:
        """What the scale is multiplied by to grow."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set what the scale is multiplied by to grow."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale is multiplied by to shrink."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set what the scale is multiplied by to shrink."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """After how many steps with finite gradients the scale grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set after how many steps with finite gradients the scale grows."""
        self._growth_interval = new_interval

    def _get_growth_tracker(self) -> int:
        if not self._enabled:
            return 0
        return self._init_growth_tracker if self._growth_tracker is None else self._growth_tracker.item()

    def is_enabled(self) -> bool:
        """Whether anything is scaled."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """Scale, factors, interval and count as Python numbers; empty if disabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._get_growth_tracker(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` gave; nothing if disabled.

        Raises:
          RuntimeError: if it is empty.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._init_scale = state_dict["scale"]
        if self._scale is not None:
            self._scale.fill_(state_dict["scale"])
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._init_growth_tracker = state_dict["_growth_tracker"]
        if self._growth_tracker is not None:
            self._growth_tracker.fill_(state_dict["_growth_tracker"])

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        if self._enabled:
            if self._per_optimizer_states:
                raise AssertionError(
                    "A GradScaler instance may only be pickled at the beginning of an iteration, or at the end after "
                    "scaler.update()."
                )
            state["_init_scale"] = self.get_scale()
            state["_init_growth_tracker"] = self._get_growth_tracker()
            state["_scale"] = state["_growth_tracker"] = None
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def _check_inf_per_device(self, optimizer: Any) -> dict[Any, Tensor]:
        scale, _ = self._check_scale_growth_tracker("_check_inf_per_device")
        one = ops.full((), 1.0, dtype=_dtype.float32, device=scale.device)
        found_inf = ops.full((), 0.0, dtype=_dtype.float32, device=scale.device)
        state = self._per_optimizer_states[id(optimizer)]
        state["found_inf_per_device"] = self._unscale_grads_(optimizer, one, found_inf, True)
        return state["found_inf_per_device"]

    def _found_inf_per_device(self, optimizer: Any) -> dict[Any, Tensor]:
        return self._per_optimizer_states[id(optimizer)]["found_inf_per_device"]


class OlderScaler(GradScaler):
    """``torch.cpu.amp.GradScaler`` and ``torch.cuda.amp.GradScaler``: the older spellings, which warn."""

    _kind: str

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        kind = self._kind
        warnings.warn(
            f"`torch.{kind}.amp.GradScaler(args...)` is deprecated. Please use `torch.amp.GradScaler('{kind}', "
            "args...)` instead.",
            FutureWarning,
            stacklevel=2,
        )
        super().__init__(kind, init_scale, growth_factor, backoff_factor, growth_interval, enabled)
