"""``python -m compat script.py``: runs a PyTorch program, unchanged, with compat in PyTorch's place.

Everything else is as under ``python script.py``: ``sys.argv``, ``sys.path[0]``, ``__main__``, ``__file__``, the exit
status. A traceback shows the program's own lines; ``COMPAT_TRACEBACK=full`` shows compat's and jax's as well.
"""

import importlib.machinery
import io
import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, TracebackType

import jax
import jaxlib

import compat
import funcgrad
from compat import _alias, _later, _report
from compat._doctor import command

USAGE = """\
usage: python -m compat [-h] [--version] [--report] (SCRIPT | -m MODULE | -c CODE | -) [ARGS ...]
       python -m compat --check [--json] SCRIPT_OR_DIR ...

Run a PyTorch program on XLA: inside it, `import torch` means compat. No torch is needed.

  SCRIPT       a Python file, or a directory or zip file holding __main__.py
  -m MODULE    a module, as `python -m` runs it
  -c CODE      a program given as text
  -            a program read from standard input
  -h, --help   this text
  --version    compat's version and jax's
  --report     when the program has ended, say on stderr where its time went: programs compiled and run, why each was
               cut where it was, seconds in Python, compiling and XLA, and names that are not implemented
  --check      read programs and notebooks without running them, and list the names of PyTorch in them: supported,
               different (how), or missing; the exit status is 1 if something is missing, 2 if a file cannot be read
  --json       the list for tools

Environment:
  COMPAT_TRACEBACK=full   show compat's and jax's own lines in tracebacks
"""

_HIDDEN_ROOTS = tuple(str(Path(m.__file__ or "").parent) + os.sep for m in (compat, funcgrad, jax, jaxlib))
_HIDDEN_MODULES = ("compat.", "funcgrad.")
_HIDDEN_FILES = ("<frozen runpy>", "<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>")


def main(argv: Sequence[str]) -> None:
    """Runs what the command line names, in a fresh ``__main__``."""
    if argv[:1] == ["--check"]:
        raise SystemExit(command.main(argv[1:]))
    reports = argv[:1] == ["--report"]
    argv = argv[reports:]
    if not argv:
        _refuse("nothing to run")
    first, rest = argv[0], list(argv[1:])
    if first in ("-h", "--help"):
        print(USAGE, end="")
        return
    if first == "--version":
        print(f"compat {compat.__version__}, jax {jax.__version__}")
        return
    if first in ("-m", "-c") and not rest:
        _refuse(f"argument expected for the {first} option")
    if first.startswith("-") and first not in ("-m", "-c", "-"):
        _refuse(f"unknown option {first}")

    _alias.install()
    sys.excepthook = _show_exception
    if reports:
        _report.start()
    if first == "-m":
        sys.argv[:] = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        _run_source(rest[0].encode(), "<string>", ["-c", *rest[1:]])
    elif first == "-":
        _run_source(sys.stdin.buffer.read(), "<stdin>", ["-", *rest])
    else:
        _run_path(first, rest)


def _refuse(reason: str) -> None:
    print(f"{USAGE.splitlines()[0]}\npython -m compat: {reason}", file=sys.stderr)
    raise SystemExit(2)


def _run_path(script: str, args: list[str]) -> None:
    if os.path.isdir(script) or not script.endswith(".py") and _is_zip(script):
        sys.argv[:] = [script, *args]
        _drop_working_directory()
        runpy.run_path(script, run_name="__main__")
        return
    path = os.path.abspath(script)
    try:
        with io.open_code(path) as file:
            source = file.read()
    except OSError as error:
        print(f"{sys.executable}: can't open file {path!r}: [Errno {error.errno}] {error.strerror}", file=sys.stderr)
        raise SystemExit(2) from None
    _run_source(source, path, [script, *args])


def _is_zip(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def _run_source(source: bytes, filename: str, argv: list[str]) -> None:
    code = compile(source, filename, "exec", dont_inherit=True)
    program = ModuleType("__main__")
    program.__dict__.update(__builtins__=__builtins__, __annotations__={})
    program.__loader__ = None
    if os.path.isabs(filename):
        program.__dict__.update(__file__=filename, __cached__=None)
        program.__loader__ = importlib.machinery.SourceFileLoader("__main__", filename)
        _drop_working_directory(os.path.dirname(os.path.realpath(filename)))
    else:
        _drop_working_directory("")
    sys.argv[:] = argv
    sys.modules["__main__"] = program
    exec(code, program.__dict__)


def _drop_working_directory(instead: str | None = None) -> None:
    """Undoes what ``-m`` did to ``sys.path[0]`` (nothing, in Python's safe-path mode)."""
    if not sys.flags.safe_path:
        sys.path[:1] = [] if instead is None else [instead]


def _show_exception(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if isinstance(error, NotImplementedError):
        _note_uncaught(error)
    if os.environ.get("COMPAT_TRACEBACK") != "full":
        seen: set[int] = set()
        pending: list[BaseException | None] = [error]
        while pending:
            link = pending.pop()
            if link is None or id(link) in seen:
                continue
            seen.add(id(link))
            link.__traceback__ = _program_frames(link.__traceback__)
            if notes := getattr(link, "__notes__", None):
                notes[:] = [n for n in notes if "JAX has removed its internal frames" not in n]
            pending += [link.__cause__, link.__context__]
    sys.__excepthook__(kind, error, error.__traceback__)


def _note_uncaught(error: NotImplementedError) -> None:
    """Lets ``--report`` name what a function of compat refused, for the arguments it got, if that ended the program."""
    links: list[TracebackType] = []
    traceback = error.__traceback__
    while traceback is not None:
        links.append(traceback)
        traceback = traceback.tb_next
    outside = [t for t in links if not _is_hidden(t)]
    if outside and outside[-1] is not links[-1] and not any(name in str(error) for name, _ in _later.fell_short):
        where = f"{outside[-1].tb_frame.f_code.co_filename}:{outside[-1].tb_lineno}"
        _later.fell_short[str(error), where] += 1


def _program_frames(traceback: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that lies outside compat; all of it, less the runner's lines, if none does."""
    links: list[TracebackType] = []
    while traceback is not None:
        links.append(traceback)
        traceback = traceback.tb_next
    shown = [t for t in links if not _is_hidden(t)] or [t for t in links if not _is_runner(t)]
    result = None
    for link in reversed(shown):
        result = TracebackType(result, link.tb_frame, link.tb_lasti, link.tb_lineno)
    return result


def _is_hidden(link: TracebackType) -> bool:
    filename = link.tb_frame.f_code.co_filename
    # The functions of operators are generated: they have no file, and no module either.
    module = str(link.tb_frame.f_globals.get("__name__", "compat."))
    return filename in _HIDDEN_FILES or filename.startswith(_HIDDEN_ROOTS) or module.startswith(_HIDDEN_MODULES)


def _is_runner(link: TracebackType) -> bool:
    return link.tb_frame.f_code.co_filename in (*_HIDDEN_FILES, __file__, _alias.__file__)


if __name__ == "__main__":
    main(sys.argv[1:])
