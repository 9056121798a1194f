"""The unpickler of ``weights_only=True``: it calls nothing but what is listed, and believes no size that it is told.

Python's own unpickler cannot be restricted enough: it sets attributes of whatever a pickle names, and reserves memory
for sizes and positions before it has looked for the bytes. This one knows the operations that PyTorch writes, with the
conditions and the texts of ``torch._weights_only_unpickler``, and some conditions more:

- what is copied (``bytes``, sets) is counted, so that a small file cannot ask for much memory by asking often;
- keys of dictionaries and members of sets have few parts, since hashing a deep tuple exhausts the C stack and hashing
  one that holds itself twice at every level takes for ever;
- whatever goes wrong on the way is an UnpicklingError or an EOFError.
"""

from __future__ import annotations

import pickle
import pickletools
import struct
from _codecs import encode
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import IO, Any

from compat import _utils
from compat._device import device
from compat._dtype import NAMES
from compat._legacy_types import TYPES
from compat._size import Size
from compat._tensor.layout import layout, strided
from compat._tensor.tensor import Tensor
from compat.nn.parameter import Buffer, Parameter

BLOCKED = ("sys", "os", "posix", "nt")  # modules that nobody can allow
_PARTS = 1000  # of one key, counted with everything inside it
_COPIES = 4  # times the size of the pickle that may be copied out of it
_COPIED = (str, bytes, list, tuple, dict, set, OrderedDict, Counter)
DAMAGE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, AssertionError, struct.error)

UNSAFE_MESSAGE = (
    "In PyTorch 2.6, we changed the default value of the `weights_only` argument in `torch.load` from `False` to "
    "`True`. Re-running `torch.load` with `weights_only` set to `False` will likely succeed, but it can result in "
    "arbitrary code execution. Do it only if you got the file from a trusted source."
)
_DOCS = ("\n\nCheck the documentation of torch.load to learn more about types accepted by default with weights_only "
         "https://pytorch.org/docs/stable/generated/torch.load.html.")  # fmt: skip
_NOT_ALLOWED = (
    "Unsupported global: GLOBAL {0} was not an allowed global by default. Please use "
    "`torch.serialization.add_safe_globals([{0}])` or the `torch.serialization.safe_globals([{0}])` context manager to "
    "allowlist this global if you trust this class/function."
)


def explained(message: str) -> str:
    """The text of `torch.load` around what its unpickler says.

    Args:
      message: The unpickler's text.

    Returns:
      The whole text.
    """
    if "was not an allowed global by default." in message:
        text = ("Weights only load failed. This file can still be loaded, to do so you have two options, \033[1mdo "
                "those steps only if you trust the source of the checkpoint\033[0m. \n\t(1) " + UNSAFE_MESSAGE +
                "\n\t(2) Alternatively, to load with `weights_only=True` please check the recommended steps in the "
                "following error message.\n\tWeightsUnpickler error: " + message)  # fmt: skip
        return text + _DOCS
    text = f"Weights only load failed. {UNSAFE_MESSAGE}\n"
    if not (" whose module " in message and " is blocked" in message):
        text += ("Please file an issue with the following so that we can make `weights_only=True` compatible with your "
                 "use case: WeightsUnpickler error: ")  # fmt: skip
    return text + "\n\n" + message + _DOCS


# ---------------------------------------------------------------- what may be called
def _encode(text: str, codec: str) -> bytes:
    """``bytes`` as protocol 2 writes them; other codecs would be imported, and some are slow on purpose."""
    if type(text) is not str or codec not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"Can only encode bytes with latin1, but got {_utils.shown(codec)}")
    return encode(text, "latin1")


def _bytearray(content: Any = b"", codec: str = "latin-1") -> bytearray:
    """A ``bytearray`` of something that is there; of a number it would be as many zeros."""
    if type(content) not in (bytes, str):
        raise pickle.UnpicklingError(f"Can only make a bytearray of bytes, but got {type(content)}")
    return bytearray(content if isinstance(content, bytes) else _encode(content, codec))


def _filled(kind: type) -> Callable[..., Any]:
    """The constructor of a set or mapping, of a collection that is there."""

    def make(content: Any = ()) -> Any:
        if type(content) not in (list, tuple, set, dict, OrderedDict, Counter):
            raise pickle.UnpicklingError(f"Can only make a {kind.__name__} of a collection, but got {type(content)}")
        for item in content:
            # what a mapping is made of are pairs
            check_key(item[0] if kind is OrderedDict and type(item) in (list, tuple) and len(item) == 2 else item)
        return kind(content)

    return make


def _complex(real: Any = 0.0, imag: Any = 0.0) -> complex:
    return complex(float(real), float(imag))


def _size(sizes: Any = ()) -> Size:
    if type(sizes) not in (tuple, list, Size) or any(type(n) is not int for n in sizes):
        raise pickle.UnpicklingError(f"Can only make a Size of integers, but got {_utils.shown(sizes)}")
    return Size(sizes)


def _device(*args: Any) -> device:
    if any(type(a) not in (str, int) for a in args):
        raise pickle.UnpicklingError(f"Can only make a device of a name and a number, but got {_utils.shown(args)}")
    return device(*args)


def _get_layout(name: str) -> layout:
    if name != "torch.strided":
        raise pickle.UnpicklingError(f"Only torch.strided is a layout of compat, but got {_utils.shown(name)}")
    return strided


REBUILDERS = ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter",
              "_rebuild_parameter_with_state", "_rebuild_meta_tensor_no_storage")  # fmt: skip
ALLOWED: dict[str, Any] = {
    "collections.OrderedDict": OrderedDict,
    "collections.Counter": Counter,
    "builtins.bytearray": bytearray,
    "builtins.set": set,
    "builtins.complex": complex,
    "_codecs.encode": encode,
    "torch.Size": Size,
    "torch.Tensor": Tensor,
    "torch.device": device,
    "torch.nn.parameter.Parameter": Parameter,
    "torch.nn.parameter.Buffer": Buffer,
    "torch.serialization._get_layout": _get_layout,
    "torch.storage.UntypedStorage": _utils.UntypedStorage,
    "torch._tensor._rebuild_from_type_v2": _utils._rebuild_from_type_v2,
}
ALLOWED |= {f"torch.{of.name}": of for of in NAMES.values()}
ALLOWED |= {f"torch.{name}": kind for name, kind in (TYPES | _utils.STORAGE_TYPES).items()}
ALLOWED |= {f"torch._utils.{name}": getattr(_utils, name) for name in REBUILDERS}
# By identity: what a pickle has put on the stack need not have a hash.
_CALLS: dict[int, Callable[..., Any]] = {
    id(OrderedDict): _filled(OrderedDict),
    id(Counter): _filled(Counter),
    id(set): _filled(set),
    id(bytearray): _bytearray,
    id(complex): _complex,
    id(encode): _encode,
    id(Size): _size,
    id(device): _device,
    id(_get_layout): _get_layout,
    **{id(getattr(_utils, name)): getattr(_utils, name) for name in REBUILDERS},
}


def check_key(key: Any) -> None:
    """Refuse a key or member whose hash would be a danger.

    Args:
      key: The key.

    Raises:
      pickle.UnpicklingError: if it is a tuple of too many parts.
    """
    pending, left = [key], _PARTS
    while pending:
        part = pending.pop()
        if isinstance(part, tuple):
            pending += part[:left]
        left -= 1
        if left <= 0:
            raise pickle.UnpicklingError(f"Can only use keys of less than {_PARTS} parts")


def readable_global(module: str, name: str) -> tuple[str, str]:
    """A global's module and name as they are today; protocol 2 writes those of Python 2."""
    return NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))


def globals_of(stream: bytes) -> set[str]:
    """The full names of what a pickle may look up; it is read, not run.

    Args:
      stream: The pickle.

    Returns:
      The names.
    """
    names = [str(argument).split(" ", 1) for op, argument, _ in pickletools.genops(stream) if op.name == "GLOBAL"]
    return {".".join(readable_global(module, name)) for module, name in names}


# ---------------------------------------------------------------- the machine
class Unpickler:
    """Reads one pickle and leaves the file behind it.

    Args:
      file: All of it in memory: a read returns what there is, at once.
      user: What the user allowed, by full name.
      persistent_load: Makes a storage of a persistent id that has been looked at.
      size: Bytes of the pickle; what may be copied is measured by it.
    """

    def __init__(self, file: IO[bytes], user: dict[str, Any], persistent_load: Callable[[tuple], Any],
                 size: int) -> None:
        self.file, self.user, self.persistent_load = file, user, persistent_load
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.copies = _COPIES * size + 4096
        self.in_user_code = False

    def load(self) -> Any:
        """Run the pickle.

        Returns:
          The object.

        Raises:
          pickle.UnpicklingError: if it asks for what is not allowed, or makes no sense.
          EOFError: if it ends early.
        """
        self.stack, self.marks, self.memo = [], [], {}
        while True:
            op = self._take(1)[0]
            if op == pickle.STOP[0]:
                if not self.stack:
                    raise pickle.UnpicklingError("The pickle ends without an object")
                return self.stack.pop()
            run = _OPERATIONS.get(op)
            if run is None:
                raise pickle.UnpicklingError(f"Unsupported operand {op}")
            try:
                run(self)
            except DAMAGE as error:
                if self.in_user_code:
                    raise
                raise pickle.UnpicklingError(f"The pickle is damaged: {type(error).__name__}: {error}") from error

    # Reading --------------------------------------------------------------------------------------------------------
    def _take(self, count: int) -> bytes:
        data = self.file.read(count)
        if len(data) < count:
            raise EOFError("Ran out of input")
        return data

    def _line(self) -> str:
        data = self.file.readline()
        if not data.endswith(b"\n"):
            raise EOFError("Ran out of input")
        return data[:-1].decode("utf-8")

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _since_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.marks.pop()
        return items

    # Calling --------------------------------------------------------------------------------------------------------
    def _is_users(self, value: Any) -> bool:
        return any(value is allowed for allowed in self.user.values())

    def _by_user(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call what the user allowed; its errors are not the file's."""
        self.in_user_code = True
        got = function(*args)
        self.in_user_code = False
        return got

    def find_class(self, module: str, name: str) -> Any:
        """What a global stands for, if it is allowed."""
        module, name = readable_global(module, name)
        path = f"{module}.{name}"
        if module in BLOCKED:
            raise pickle.UnpicklingError(
                f"Trying to load unsupported GLOBAL {path} whose module {module} is blocked.")
        for table in (ALLOWED, self.user):
            if path in table:
                return table[path]
        raise pickle.UnpicklingError(_NOT_ALLOWED.format(path.removeprefix("builtins.")))

    def call(self, function: Any, args: Any) -> Any:
        """Call a function of the stack, if it is one of those that may be called."""
        if type(args) is not tuple:
            raise pickle.UnpicklingError(f"Can only call with a tuple of arguments, but got {type(args)}")
        self.copies -= sum(len(a) for a in args if type(a) in _COPIED)
        if self.copies < 0:
            raise pickle.UnpicklingError("The pickle asks for copies of more than it holds")
        if function is _utils._rebuild_from_type_v2:
            return self._typed(*args)
        allowed = _CALLS.get(id(function))
        if allowed is not None:
            return allowed(*args)
        if self._is_users(function):
            return self._by_user(function, *args)
        raise pickle.UnpicklingError(f"Trying to call reduce for unrecognized function {_utils.shown(function)}")

    def _typed(self, function: Any, kind: Any, args: Any, state: Any) -> Any:
        """A tensor of a class, with the attributes it had."""
        if kind not in (Tensor, Parameter, Buffer) and not self._is_users(kind):
            raise pickle.UnpicklingError(f"Can only rebuild Tensor, Parameter or types allowlisted via "
                                         f"`add_safe_globals`, but got {_utils.shown(kind)}")
        return _utils._rebuild_from_type_v2(lambda *given: self.call(function, given), kind, args, state)

    # Operations -----------------------------------------------------------------------------------------------------
    def _global(self) -> None:
        self.stack.append(self.find_class(self._line(), self._line()))

    def _new(self) -> None:
        args, cls = self.stack.pop(), self.stack.pop()
        if cls is Parameter:
            made = Parameter(*args)
        elif self._is_users(cls):
            made = self._by_user(cls.__new__, cls, *args)
        elif cls in (OrderedDict, Counter, set) and not args:
            made = cls()
        else:
            raise pickle.UnpicklingError("Can only create new object for nn.Parameter or classes allowlisted via "
                                         f"`add_safe_globals` but got {_utils.shown(cls)}")
        self.stack.append(made)

    def _reduce(self) -> None:
        args = self.stack.pop()
        self.stack[-1] = self.call(self.stack[-1], args)

    def _build(self) -> None:
        state, made = self.stack.pop(), self.stack[-1]
        if type(made) in (OrderedDict, Counter):
            if type(state) is not dict or any(type(name) is not str for name in state):
                raise pickle.UnpicklingError("Can only build with a dict of attributes")
            made.__dict__.update(state)
        elif self._is_users(type(made)):
            self._by_user(_set_state, made, state)
        else:
            raise pickle.UnpicklingError("Can only build Tensor, Parameter, OrderedDict or types allowlisted via "
                                         f"`add_safe_globals`, but got {type(made)}")

    def _append(self) -> None:
        item = self.stack.pop()
        self._list("append to").append(item)

    def _appends(self) -> None:
        items = self._since_mark()
        self._list("extend").extend(items)

    def _list(self, doing: str) -> list[Any]:
        if type(self.stack[-1]) is not list:
            raise pickle.UnpicklingError(f"Can only {doing} lists, but got {type(self.stack[-1])}")
        return self.stack[-1]

    def _set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._fill([key, value], "SETITEM")

    def _set_items(self) -> None:
        self._fill(self._since_mark(), "SETITEMS")

    def _fill(self, items: list[Any], opcode: str) -> None:
        target = self.stack[-1]
        if type(target) not in (dict, OrderedDict, Counter):
            raise pickle.UnpicklingError(f"Can only {opcode} for dict, collections.OrderedDict, collections.Counter, "
                                         f"but got {type(target)}")
        for key, value in zip(items[::2], items[1::2], strict=True):
            check_key(key)
            target[key] = value

    def _mark(self) -> None:
        self.marks.append(self.stack)
        self.stack = []

    def _tuple(self) -> None:
        items = self._since_mark()
        self.stack.append(tuple(items))

    def _tuple_of(self, count: int) -> None:
        if len(self.stack) < count:
            raise pickle.UnpicklingError("The pickle is damaged: nothing to make a tuple of")
        self.stack[-count:] = [tuple(self.stack[-count:])]

    def _text(self) -> None:
        self.stack.append(str(self._take(self._number("<I")), "utf-8", "surrogatepass"))

    def _short_text(self) -> None:
        self.stack.append(self._take(self._number("B")).decode("utf-8"))

    def _long(self) -> None:
        self.stack.append(pickle.decode_long(self._take(self._number("B"))))

    def _persistent(self) -> None:
        pid = self.stack.pop()
        if type(pid) is not tuple:
            raise pickle.UnpicklingError(f"persistent_load id must be tuple or int, but got {type(pid)}")
        check_storage_id(pid)
        self.stack.append(self._by_user(self.persistent_load, pid))

    def _get(self, form: str) -> None:
        self.stack.append(self.memo[self._number(form)])

    def _put(self, form: str) -> None:
        self.memo[self._number(form)] = self.stack[-1]

    def _protocol(self) -> None:
        self._take(1)


def check_storage_id(pid: tuple) -> None:
    """Refuse what is no persistent id of a storage.

    Args:
      pid: What the pickle says.

    Raises:
      pickle.UnpicklingError: saying what is wrong with it.
    """
    if not pid or pid[0] not in ("storage", b"storage"):
        raise pickle.UnpicklingError(
            f"Only persistent_load of storage is allowed, but got {type(pid[0]) if pid else ()}")
    if len(pid) not in (5, 6):
        raise pickle.UnpicklingError(f"A storage is named by 5 or 6 things, but got {len(pid)}")
    _, kind, key, location, count = pid[:5]
    if not (isinstance(kind, type) and issubclass(kind, _utils.UntypedStorage)):
        raise pickle.UnpicklingError(f"A storage has a storage type, but got {_utils.shown(kind)}")
    if not isinstance(key, str | int) or not isinstance(location, str | bytes):
        raise pickle.UnpicklingError("A storage has a key and a location, but got "
                                     f"{type(key)} and {type(location)}")
    if type(count) is not int or not 0 <= count < 1 << 60:
        raise pickle.UnpicklingError(f"A storage has a number of elements, but got {_utils.shown(count)}")
    view = pid[5] if len(pid) == 6 else None
    if view is not None and not (type(view) is tuple and len(view) == 3 and all(
            type(n) is int and 0 <= n <= count for n in view[1:]) and view[1] + view[2] <= count):
        raise pickle.UnpicklingError(f"A view of a storage lies in it, but got {_utils.shown(view)}")


def _set_state(made: Any, state: Any) -> None:
    """What unpickling does to an object whose class the user allowed."""
    if hasattr(made, "__setstate__"):
        made.__setstate__(state)
        return
    state, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    if state:
        made.__dict__.update(state)
    for name, value in (slots or {}).items():
        setattr(made, name, value)


def _push(make: Callable[[], Any]) -> Callable[[Unpickler], None]:
    return lambda machine: machine.stack.append(make())


def _read(form: str) -> Callable[[Unpickler], None]:
    return lambda machine: machine.stack.append(machine._number(form))


_OPERATIONS: dict[int, Callable[[Unpickler], None]] = {
    code[0]: run
    for code, run in {
        pickle.GLOBAL: Unpickler._global, pickle.NEWOBJ: lambda m: m._new(), pickle.REDUCE: Unpickler._reduce,
        pickle.BUILD: lambda m: m._build(), pickle.APPEND: Unpickler._append, pickle.APPENDS: Unpickler._appends,
        pickle.SETITEM: Unpickler._set_item, pickle.SETITEMS: Unpickler._set_items, pickle.MARK: Unpickler._mark,
        pickle.TUPLE: Unpickler._tuple, pickle.TUPLE1: lambda m: m._tuple_of(1),
        pickle.TUPLE2: lambda m: m._tuple_of(2), pickle.TUPLE3: lambda m: m._tuple_of(3),
        pickle.NONE: _push(lambda: None), pickle.NEWFALSE: _push(lambda: False), pickle.NEWTRUE: _push(lambda: True),
        pickle.EMPTY_TUPLE: _push(tuple), pickle.EMPTY_LIST: _push(list), pickle.EMPTY_DICT: _push(dict),
        pickle.EMPTY_SET: _push(set), pickle.BININT: _read("<i"), pickle.BININT1: _read("B"),
        pickle.BININT2: _read("<H"), pickle.BINFLOAT: _read(">d"), pickle.BINUNICODE: Unpickler._text,
        pickle.SHORT_BINSTRING: Unpickler._short_text, pickle.LONG1: Unpickler._long,
        pickle.BINPERSID: Unpickler._persistent, pickle.BINGET: lambda m: m._get("B"),
        pickle.LONG_BINGET: lambda m: m._get("<I"), pickle.BINPUT: lambda m: m._put("B"),
        pickle.LONG_BINPUT: lambda m: m._put("<I"), pickle.PROTO: Unpickler._protocol,
    }.items()
}  # fmt: skip
