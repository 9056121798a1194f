"""Training in several processes."""
from __future__ import annotations

import contextlib
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from compat import distributed
from compat._autograd.modes import is_grad_enabled, no_grad
from compat._dtype import to_numpy
from compat._engine.program import ctx, uncapturable
from compat._later import refuse
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor, is_tensor, tensor_from_host
from compat.distributed._buckets import GradBucket, in_buckets, split
from compat.distributed._collectives import all_reduced
from compat.futures import Future
from compat.nn.modules._registry import qualified
from compat.nn.modules.module import Module
from compat.nn.parameter import UninitializedParameter
from compat.utils._pytree import tree_map

_UNFINISHED = (
    "Expected to have finished reduction in the prior iteration before starting a new one. This error indicates that "
    "your module has parameters that were not used in producing loss. You can enable unused parameter detection by "
    "passing the keyword argument `find_unused_parameters=True` to `torch.nn.parallel.DistributedDataParallel`, and by "
    "\nmaking sure all `forward` function outputs participate in calculating loss. \nIf you already have done the "
    "above, then the distributed data parallel module wasn't able to locate the output tensors in the return value of "
    "your module's `forward` function. Please include the loss function and the structure of the return value of "
    "`forward` of your module when reporting this issue (e.g. list, dict, iterable).")
_DEPRECATED_BUFFERS = (
    "`broadcast_buffers` is deprecated. Use `forward_sync_buffers` instead. IMPORTANT: unlike "
    "`broadcast_buffers=False`, `forward_sync_buffers=False` still syncs buffers at init. If you rely on buffers NOT "
    "being synced at init (e.g. rank-local buffers), keep using `broadcast_buffers=False` until `init_sync_buffers` is "
    "available.")
_BOTH_BUFFERS = (
    "Both `broadcast_buffers` and `forward_sync_buffers` were specified. `broadcast_buffers` is deprecated and its "
    "value is ignored when `forward_sync_buffers` is provided.")
_BETWEEN = (
    "averages gradients, or shares buffers, over several processes (DistributedDataParallel): a program would have to "
    "stop in between; leave such a step as it is")
_MIB = 1 << 20


class _Joining(NamedTuple):
    """What `DistributedDataParallel.join` was given."""

    divide_by_all: bool
    throw: bool


class DistributedDataParallel(Module):
    """Holds a module as ``.module``, with the same parameters in all processes and gradients averaged over them.

    Parameters and buffers are those of rank 0 at first. ``backward`` ends with the average of the gradients: each
    process computes its own in one XLA program, and all of them travel as one array once that has run. Communication
    hence does not overlap with the backward pass, and buckets have a meaning to communication hooks alone.

    Args:
      module: The module.
      device_ids: For a module on an accelerator, its device, where inputs are moved to; None otherwise.
      output_device: Ignored.
      dim: Ignored.
      broadcast_buffers: `forward_sync_buffers`' old name.
      init_sync: Whether all processes begin with rank 0's parameters and buffers.
      process_group: The processes, all if None.
      bucket_cap_mb: Bytes, in 2**20, of the buckets that a communication hook is given; 25 if None, and 1 in the first.
      find_unused_parameters: Whether parameters may be without a gradient in some of the processes, or in all.
      check_reduction: Ignored.
      gradient_as_bucket_view: Ignored.
      static_graph: As `find_unused_parameters`, which it implies.
      delay_all_reduce_named_params: Not implemented; None.
      param_to_hook_all_reduce: Not implemented; None.
      mixed_precision: Not implemented; None.
      device_mesh: Not implemented; None.
      skip_all_reduce_unused_params: Ignored.
      bucket_cap_mb_list: Ignored.
      batched_grad_copy: Ignored.
      forward_sync_buffers: Whether each forward pass begins with rank 0's buffers.

    Raises:
      ValueError: if there is no process group.
      RuntimeError: if the module has no parameter to train, or the processes have different ones; at the forward pass
        after one that left parameters without a gradient.

    Example:
      >>> torch.distributed.init_process_group(
      ...     store=torch.distributed.TCPStore("127.0.0.1", 0, is_master=True), rank=0, world_size=1)
      >>> model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 1))
      >>> model(torch.ones(3, 2)).sum().backward()
      >>> model.module.weight.grad
      tensor([[3., 3.]])
      >>> list(model.state_dict())
      ['module.weight', 'module.bias']
      >>> torch.distributed.destroy_process_group()

    Source:
      PyTorch, ``torch.nn.parallel.DistributedDataParallel``.
    """

    def __init__(self, module: Module, device_ids: Sequence[Any] | None = None, output_device: Any = None, dim: int = 0,
                 broadcast_buffers: bool | None = None, init_sync: bool = True, process_group: Any = None,
                 bucket_cap_mb: float | None = None, find_unused_parameters: bool = False,
                 check_reduction: bool = False, gradient_as_bucket_view: bool = False, static_graph: bool = False,
                 delay_all_reduce_named_params: Any = None, param_to_hook_all_reduce: Any = None,
                 mixed_precision: Any = None, device_mesh: Any = None, skip_all_reduce_unused_params: bool = False,
                 bucket_cap_mb_list: list[int] | None = None, batched_grad_copy: bool = False,
                 forward_sync_buffers: bool | None = None) -> None:
        super().__init__()
        name = "torch.nn.parallel.DistributedDataParallel"
        for option, value in (("delay_all_reduce_named_params", delay_all_reduce_named_params),
                              ("param_to_hook_all_reduce", param_to_hook_all_reduce),
                              ("mixed_precision", mixed_precision), ("device_mesh", device_mesh)):
            if value is not None:
                refuse(f"{name}({option}=)")
        self.process_group = distributed._group.resolve(process_group)
        ignored = set(getattr(module, "_ddp_params_and_buffers_to_ignore", ()))
        named = [(n, p) for n, p in module.named_parameters() if n not in ignored]
        _check_parameters([p for _, p in named], device_ids, output_device)
        if broadcast_buffers is not None:
            warnings.warn(_DEPRECATED_BUFFERS if forward_sync_buffers is None else _BOTH_BUFFERS, FutureWarning,
                          stacklevel=2)
        old = broadcast_buffers is None or broadcast_buffers
        self.forward_sync_buffers = old if forward_sync_buffers is None else forward_sync_buffers
        self.device = named[0][1].device
        self.device_ids = list(device_ids) if device_ids else None
        self.output_device, self.dim = output_device, dim
        self.module = module
        self.find_unused_parameters, self.static_graph = find_unused_parameters, static_graph
        self.gradient_as_bucket_view = gradient_as_bucket_view
        self.require_backward_grad_sync = self.require_forward_param_sync = True
        self._limits = [_MIB, 25 * _MIB] if bucket_cap_mb is None else [int(bucket_cap_mb * _MIB)]
        self.parameters_to_ignore = ignored
        if init_sync:
            self._check_same([p for _, p in named])
            buffers = self._buffers_of() if forward_sync_buffers is not None or old else []
            self._from([*[p for _, p in named], *buffers], 0)
        self._begin([p for _, p in named if p.requires_grad])

    def _begin(self, trained: list[Any]) -> None:
        self._trained = trained
        self._joining: _Joining | None = None
        self._divisor = self.process_group.size()
        self._ready: dict[int, None] = {}  # positions of the parameters with a gradient in this backward pass
        self._used: set[int] = set()  # of those that had one anywhere in the last one
        self._order: list[int] | None = None  # in which gradients came, once that is known
        self._hook: tuple[Callable[..., Any], Any] | None = None  # and its state
        self._expected = False  # whether the next backward pass is to be averaged
        self._unfinished = False
        for i, p in enumerate(trained):
            p.register_post_accumulate_grad_hook(self._marker(i))

    def __getstate__(self) -> dict:
        """Without the process group and what hangs on it."""
        state = dict(super().__getstate__())
        for name in ("process_group", "_trained", "_ready", "_hook"):
            del state[name]
        return state

    def __setstate__(self, state: dict) -> None:
        """In the default group."""
        super().__setstate__(state)
        self.process_group = distributed._group.resolve(None)
        self._begin([p for n, p in self.module.named_parameters()
                     if n not in self.parameters_to_ignore and p.requires_grad])

    # ---- what is the same everywhere
    def _check_same(self, parameters: list[Any]) -> None:
        group = self.process_group
        mine = [(tuple(p.shape), str(p.dtype)) for p in parameters]
        everyone: list[Any] = [None] * group.size()
        distributed.all_gather_object(everyone, mine, group)
        here = group.rank()
        for rank, theirs in enumerate(everyone):
            if len(theirs) != len(mine):
                raise RuntimeError(f"DDP expects same model across all ranks, but Rank {here} has {len(mine)} params, "
                                   f"while rank {rank} has inconsistent {len(theirs)} params.")
        for i, (ours, first) in enumerate(zip(mine, everyone[0], strict=True)):
            if ours != first:
                sizes = f"[{', '.join(map(str, ours[0]))}]"
                raise RuntimeError(f"[{here}]: params[{i}] in this process with sizes {sizes} appears not to match "
                                   "sizes of the same param in process 0.")

    def _buffers_of(self) -> list[Tensor]:
        return [b for n, b in self.module.named_buffers() if n not in self.parameters_to_ignore]

    def _from(self, tensors: Sequence[Tensor], source: int) -> None:
        with no_grad():
            for t in tensors:
                distributed.broadcast(t.detach(), group=self.process_group, group_src=source)

    # ---- the passes
    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """The module's output."""
        average = self.require_backward_grad_sync
        if self._unfinished and is_grad_enabled() and average:
            self._refuse_unfinished()
        if self._joining is not None:
            self._divisor = self._announce(self._joining)
        self._sync_buffers(self.process_group.rank())
        if self._joining is not None:
            self._agree(int(average))
        if self.device_ids:
            inputs, kwargs = tree_map(lambda x: x.to(self.device) if is_tensor(x) else x, (inputs, kwargs))
        output = self.module(*inputs, **kwargs)
        if is_grad_enabled():
            # PyTorch also decides here, and so for the next pass, whether buffers are rank 0's.
            self._expected = self.require_forward_param_sync = average
            if average:
                self._ready.clear()
        return output

    def _sync_buffers(self, candidate: int) -> None:
        """Take the buffers of rank 0, or while some have ended, of the last that has not."""
        buffers = self._buffers_of()
        several = self.process_group.size() > 1
        if several and self.forward_sync_buffers and self.require_forward_param_sync and buffers:
            uncapturable(_BETWEEN)
            self._from(buffers, 0 if self._joining is None else self._agree(candidate, distributed.ReduceOp.MAX))

    def _refuse_unfinished(self) -> None:
        missing = [str(i) for i in range(len(self._trained)) if i not in self._ready]
        raise RuntimeError(
            f"{_UNFINISHED}\nParameter indices which did not receive grad for rank {distributed.get_rank()}: "
            f"{' '.join(missing)}\n In addition, you can set the environment variable TORCH_DISTRIBUTED_DEBUG to "
            "either INFO or DETAIL to print out information about which particular parameters did not receive gradient "
            "on this rank as part of this error")

    def _marker(self, i: int) -> Any:
        def mark(parameter: Any) -> None:
            if not self._expected:
                return
            if not self._ready:
                self._unfinished = True
                ctx.multi_grad.finals.append(self._finish)
            self._ready[i] = None

        return mark

    def _finish(self) -> None:
        """The end of a backward pass."""
        may_lack = self.find_unused_parameters or self.static_graph
        if len(self._ready) < len(self._trained) and not may_lack:
            return  # nobody else may average either, so the next forward pass says so
        with no_grad():
            self._reduce()
        if self._order is None and not self.find_unused_parameters:
            self._order = [*self._ready, *(i for i in range(len(self._trained)) if i not in self._ready)]
        self._ready.clear()
        self._expected = self._unfinished = False

    def _reduce(self, joined: bool = False) -> None:
        """Average the gradients; while this process is done and others are not, take part as if its own were zero."""
        several = self.process_group.size() > 1
        if several:
            uncapturable(_BETWEEN)
        may_lack = self.find_unused_parameters or self.static_graph
        used = self._used_anywhere() if may_lack and several else range(len(self._trained))
        if self._hook is not None:
            self._reduce_by_hook([self._trained[i] for i in used], joined)
        elif several:
            for parameters in in_buckets([self._trained[i] for i in used], [sys.maxsize]):
                self._average(parameters, joined)

    def _used_anywhere(self) -> list[int]:
        everyone: list[Any] = [None] * self.process_group.size()
        distributed.all_gather_object(everyone, list(self._ready), self.process_group)
        self._used.clear()
        self._used.update(*everyone)
        return sorted(self._used)

    def _average(self, parameters: list[Any], joined: bool) -> None:
        if joined:
            self._sum(np.zeros(sum(p.numel() for p in parameters), to_numpy(parameters[0].dtype)))
            return
        flat = ops.cat([_gradient(p).detach().reshape(-1) for p in parameters]) * (1.0 / self._divisor)
        total = tensor_from_host(self._sum(flat._host()), flat.device)
        for p, part in zip(parameters, split(total, parameters), strict=True):
            _set_gradient(p, part)

    def _reduce_by_hook(self, used: list[Any], joined: bool) -> None:
        hook, state = self._hook  # type: ignore[misc]
        groups = self._buckets()
        buckets = [GradBucket(i, i == len(groups) - 1, ps, [_gradient(p, joined) for p in ps])
                   for i, ps in enumerate(groups)]
        futures = [hook(state, bucket) for bucket in buckets]
        written = set(map(id, used if self.process_group.size() > 1 else self._with_gradient()))
        for parameters, future in zip(groups, futures, strict=True):
            if not isinstance(future, Future):
                raise RuntimeError("DDP communication hook's callback must return a torch.futures.Future object, but "
                                   f"got {qualified(type(future))}")
            for p, part in zip(parameters, split(future.wait(), parameters), strict=True):
                if id(p) in written and not joined:
                    _set_gradient(p, part)

    def _with_gradient(self) -> list[Any]:
        return [p for p in self._trained if p.grad is not None]

    def _buckets(self) -> list[list[Any]]:
        """The parameters as hooks are given them: at first in their own order, then as their gradients come."""
        if self._order is not None:
            return in_buckets([self._trained[i] for i in self._order], self._limits)
        limits = self._limits if self.find_unused_parameters and not self.static_graph else [sys.maxsize]
        return in_buckets(self._trained, limits)[::-1]

    def _sum(self, array: np.ndarray) -> np.ndarray:
        group = self.process_group
        what = f"gradients({array.dtype}, {array.size} elements)"
        return all_reduced(group, group._next_key(), what, array, distributed.ReduceOp.SUM)

    @contextlib.contextmanager
    def no_sync(self) -> Iterator[None]:
        """Forward passes inside have backward passes whose gradients add up here, without averaging.

        The next backward pass of a forward pass outside averages what has added up.
        """
        before = self.require_backward_grad_sync
        self.require_backward_grad_sync = False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    # ---- processes with different numbers of batches
    @contextlib.contextmanager
    def join(self, divide_by_initial_world_size: bool = True, enable: bool = True,
             throw_on_early_termination: bool = False) -> Iterator[None]:
        """Training inside may take fewer batches in some of the processes than in others.

        One that is done takes part in what the others send until they are done, too, as if its gradients were zero. In
        the end all have the parameters of those that trained longest.

        Args:
          divide_by_initial_world_size: Whether sums of gradients are divided by the number of all processes, and not by
            that of those still training.
          enable: False to do nothing.
          throw_on_early_termination: Whether to raise in all processes when one is done.

        Raises:
          RuntimeError: with `throw_on_early_termination`, when a process is done before the others.
        """
        if not enable:
            yield
            return
        self._joining = _Joining(divide_by_initial_world_size, throw_on_early_termination)
        try:
            yield
            self._accompany(self._joining)
        finally:
            self._joining, self._divisor = None, self.process_group.size()

    def _agree(self, number: int, op: Any = distributed.ReduceOp.SUM) -> int:
        """The sum, or the maximum, of a number from each process."""
        group = self.process_group
        return int(all_reduced(group, group._next_key(), "join", np.array([number]), op)[0])

    def _announce(self, joining: _Joining) -> int:
        """Tell those that are done that another forward pass begins; by what gradients are divided."""
        active = self._agree(1)
        if joining.throw and self._agree(0):
            raise RuntimeError("Detected at least one rank that exhausted inputs. Throwing across all ranks.")
        return self.process_group.size() if joining.divide_by_all else active

    def _accompany(self, joining: _Joining) -> None:
        """Take part in what the others send, until they are done."""
        last = True
        while self._agree(0):
            if joining.throw:
                self._agree(1)
                raise RuntimeError(f"Rank {self.process_group.rank()} exhausted all inputs.")
            last = False
            self._sync_buffers(-1)
            self.require_forward_param_sync = bool(self._agree(0))
            if self.require_forward_param_sync:
                self._ready.clear()
                self._ready.update(dict.fromkeys(self._used))  # PyTorch's takes part with what it knew last
                self._reduce(joined=True)
        source = self._agree(self.process_group.rank() if last else -1, distributed.ReduceOp.MAX)
        named = (p for n, p in self.module.named_parameters() if n not in self.parameters_to_ignore)
        self._from([*named, *self._buffers_of()], source)

    def register_comm_hook(self, state: object, hook: Callable[[Any, GradBucket], Future[Tensor]]) -> None:
        """Let a function average the gradients; see ``torch.distributed.algorithms.ddp_comm_hooks`` for some.

        Args:
          state: What the function is given first.
          hook: ``hook(state, bucket)`` returns a future of what ``bucket.buffer()`` shall be.

        Raises:
          TypeError: if it is no function.
          ValueError: if its annotations are of another kind.
          RuntimeError: if there is one already.

        Example:
          >>> hooks = torch.distributed.algorithms.ddp_comm_hooks.default_hooks
          >>> torch.distributed.init_process_group(
          ...     store=torch.distributed.TCPStore("127.0.0.1", 0, is_master=True), rank=0, world_size=1)
          >>> model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 1))
          >>> model.register_comm_hook(None, hooks.fp16_compress_hook)
          >>> model(torch.full((1, 2), 1 / 3)).sum().backward()
          >>> model.module.weight.grad
          tensor([[0.3333, 0.3333]])
          >>> torch.distributed.destroy_process_group()

        Source:
          PyTorch, ``torch.nn.parallel.DistributedDataParallel.register_comm_hook``.
        """
        if not callable(hook):
            raise TypeError("Communication hook must be callable.")
        signature = inspect.signature(hook)
        if signature.parameters["bucket"].annotation not in (inspect.Parameter.empty, GradBucket):
            raise ValueError("Communication hook: bucket annotation should be dist.GradBucket.")
        if signature.return_annotation not in (inspect.Signature.empty, Future[Tensor]):
            raise ValueError("Communication hook: return annotation should be torch.futures.Future[torch.Tensor].")
        if self._hook is not None:
            raise RuntimeError("register_comm_hook or register_builtin_comm_hook can only be called once.")
        self._hook = hook, state


def _gradient(parameter: Any, zero: bool = False) -> Tensor:
    return parameter.new_zeros(parameter.shape) if zero or parameter.grad is None else parameter.grad


def _set_gradient(parameter: Any, value: Tensor) -> None:
    if parameter.grad is None:
        parameter.grad = value.clone()
    else:
        parameter.grad.detach().copy_(value)


def _check_parameters(parameters: list[Any], device_ids: Any, output_device: Any) -> None:
    if not any(p.requires_grad for p in parameters):
        raise RuntimeError("DistributedDataParallel is not needed when a module doesn't have any parameter that "
                           "requires a gradient.")
    if device_ids is not None and len(device_ids) > 1:
        raise ValueError("device_ids can only be None or contain a single element.")
    kinds = {p.device.type for p in parameters}
    if len(kinds) != 1:
        raise ValueError("DistributedDataParallel's input module must be on the same type of devices, but input module "
                         f"parameters locate in {kinds}.")
    devices = {p.device for p in parameters}
    if (device_ids or output_device) and (kinds == {"cpu"} or len(devices) > 1):
        raise ValueError("DistributedDataParallel device_ids and output_device arguments only work with "
                         "single-device/multiple-device GPU modules or CPU modules, "
                         f"but got device_ids {device_ids}, output_device {output_device}, "
                         f"and module parameters {devices}.")
    if any(isinstance(p, UninitializedParameter) for p in parameters):
        raise RuntimeError("Modules with uninitialized parameters can't be used with `DistributedDataParallel`. "
                           "Run a dummy forward pass to correctly initialize the modules")
