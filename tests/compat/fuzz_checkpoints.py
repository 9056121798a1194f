"""Loads checkpoints that were damaged or forged in every way: ``python -m tests.compat.fuzz_checkpoints COUNT [SEED]``.

Each load ends in a value or in one of the errors that `torch.load` names; no memory is taken for what a file only
claims, nothing hangs and nothing of a file is executed. What happened is printed as JSON; the status is 0 if all went
well. The process limits its own memory, and dies if one load takes too long.
"""

import faulthandler
import io
import json
import pickle
import pickletools
import random
import resource
import struct
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import compat as torch
from tests.oracle.checkpoint_rows import recorded

SECONDS = 20  # of one load, after which it counts as hanging
MEMORY = 2 << 30  # bytes beyond what the program has once it has loaded something
SOURCES = ["shared", "containers", "Adam", "uint16", "float8_e5m2", "complex64", "overlapping", "marked", "state_dict",
           "values", "empty"]  # fmt: skip
NUMBERS = [0, 1, 2, 255, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]
# What runs or imports something if anybody believes it.
HOSTILE_GLOBALS = [
    b"os\nsystem", b"posix\nsystem", b"builtins\nexec", b"builtins\neval", b"builtins\n__import__",
    b"subprocess\nPopen",
    b"tests.compat.fuzz_checkpoints\ncanary", b"this\ns", b"antigravity\nwebbrowser", b"builtins\ngetattr",
    b"functools\npartial", b"torch\nload", b"torch.serialization\nload", b"torch\nTensor", b"torch\nSize",
    b"torch.nn.modules.linear\nLinear", b"torch._utils\n_rebuild_tensor_v2", b"torch._tensor\n_rebuild_from_type_v2",
    b"collections\nCounter", b"builtins\nset", b"torch\ndevice", b"builtins\nbytearray", b"_codecs\nencode",
    b"torch\nFloatStorage", b"torch\nfloat64"]  # fmt: skip


ran: list[str] = []


def canary(*args: Any) -> None:
    """Says that it was called, which a file must not achieve."""
    ran.append(f"canary{args}")


def watch(event: str, args: tuple) -> None:
    """An audit hook: programs started, sockets opened."""
    if event in ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.connect"):
        ran.append(f"{event}{args}")


# ---- bytes
def damaged(data: bytes, r: random.Random) -> bytes:
    """Some bytes changed, lost, added, moved or repeated; numbers made large."""
    out = bytearray(data)
    for _ in range(r.choice([1, 1, 1, 2, 5, 20])):
        at, size = r.randrange(len(out) + 1), r.choice([1, 2, 4, 8, 30, 200])
        kind = r.randrange(8)
        if kind == 0 and at < len(out):
            out[at] ^= 1 << r.randrange(8)
        elif kind == 1:
            out[at : at + size] = r.randbytes(size)
        elif kind == 2:
            del out[at : at + size]
        elif kind == 3:
            out[at:at] = r.randbytes(size)
        elif kind == 4:
            out[at:at] = out[(start := r.randrange(len(out) + 1)) : start + size]
        elif kind == 5:
            del out[at:]
        elif kind == 6:
            out[at : at + 4] = struct.pack("<I", r.choice(NUMBERS))
        else:
            out[at : at + 8] = struct.pack("<Q", r.choice([*NUMBERS, 1 << 40, 1 << 62, (1 << 64) - 1]))
        if not out:
            return b""
    return bytes(out)


# ---- archives
def records_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(records: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in records:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def restructured(data: bytes, r: random.Random) -> bytes:
    """Records lost, doubled, renamed, exchanged, compressed, with other contents, or of which the directory lies."""
    records = list(records_of(data).items())
    kind, i = r.randrange(8), r.randrange(len(records))
    name, content = records[i]
    if kind == 0:
        del records[i]
    elif kind == 1:
        records.append((name, r.choice([content, b"", content[:-1], content * 2])))
    elif kind == 2:
        records[i] = (r.choice([name + "x", "../" + name, "/" + name, "", "archive/data/1", "a/data.pkl"]), content)
    elif kind == 3:
        j = r.randrange(len(records))
        records[i], records[j] = (name, records[j][1]), (records[j][0], content)
    elif kind == 4:
        small = {"byteorder": [b"big", b"middle", b"", b"\xff" * 9, b"little\n"],
                 "version": [b"", b"99", b"-1", b"x", b"9" * 5000], ".storage_alignment": [b"0", b"x"]}  # fmt: skip
        last = name.rpartition("/")[2]
        records[i] = (name, r.choice(small.get(last, [b"", content[: len(content) // 2], content + b"\0", bytes(999)])))
    if kind == 5 and r.random() < 0.2:
        records[i] = (name, bytes(1 << 27))
    built = bytearray(archive_of(records, zipfile.ZIP_DEFLATED if kind == 5 else zipfile.ZIP_STORED))
    if kind >= 6:  # a field of an entry of the directory, or of its end
        starts = [at for at in range(len(built) - 4) if built[at : at + 4] in (b"PK\1\2", b"PK\5\6", b"PK\3\4")]
        at = r.choice(starts) + r.randrange(4, 46)
        width = r.choice([2, 4])
        built[at : at + width] = struct.pack("<I", r.choice(NUMBERS))[:width]
    return bytes(built) + (r.randbytes(9) if r.random() < 0.05 else b"")


# ---- pickles
def operations(stream: bytes) -> list[bytes]:
    """The operations of a pickle."""
    starts = [at for _, _, at in pickletools.genops(stream) if at is not None]
    return [stream[a:b] for a, b in zip(starts, [*starts[1:], len(stream)], strict=True)]


def text(s: bytes) -> bytes:
    return b"X" + struct.pack("<I", len(s)) + s


def hostile(r: random.Random) -> list[bytes]:
    """Operations that call, build, nest, count or remember what they should not."""
    name = b"c" + r.choice(HOSTILE_GLOBALS) + b"\n"
    n = struct.pack("<I", r.choice(NUMBERS))
    return r.choice([
        [name, text(b"true"), b"\x85", b"R"], [name, b")", b"\x81"], [name, b"}", text(b"x"), b"K\1", b"s", b"b"],
        [name, b"N", b"}", text(b"__class__"), name, b"s", b"\x86", b"b"], [b"(i" + name[1:]], [b"(", name, b"o"],
        [text(b"os"), text(b"system"), b"\x93"], [b"r" + n], [b"j" + n], [b"X" + n], [b"B" + n], [b"\x8e" + n * 2],
        [b"\x96" + n * 2], [b"\x95" + n * 2], [b"\x8a\xff" + r.randbytes(255)], [b"\x8b" + n], [b"J" + n], [b"\x82\1"],
        [b"("] * r.choice([10, 5000]), [b"]"] + [b"\x85"] * r.choice([100, 50_000]),
        [b"}", b"K\1"] + [b"\x85"] * r.choice([900, 50_000]) + [b"K\1", b"s"],
        [b"}", b"K\1"] + [b"q\7", b"h\7", b"\x86"] * 60 + [b"K\1", b"s"], [b"]", b"q\7", b"h\7", b"a"],
        [b"0"], [b"1"], [b"2"], [b"."], [b"P1\n"], [text(b"storage"), b"Q"], [b"I1\n"], [b"F1e999\n"], [b"S'a'\n"],
        [b"(", text(b"storage"), name, text(b"0"), text(b"cpu"), b"J" + n, b"t", b"Q"],
        [b"cbuiltins\nbytearray\n", b"J" + n, b"\x85", b"R"], [b"K\1", b"K\2", b"s"], [b"N", b"a"],
        [b"c_codecs\nencode\n", text(b"a" * 9), text(r.choice([b"latin1", b"bz2", b"idna"])), b"\x86", b"R"],
        [name, b"(", b"K\0", b"J" + n, b"\x85", b"J" + n, b"\x85", b"\x89", b"N", b"t", b"R"],
    ])  # fmt: skip


def forged(stream: bytes, r: random.Random) -> bytes:
    """A pickle with operations lost, doubled, exchanged or added, and other numbers and names."""
    ops = operations(stream)
    for _ in range(r.choice([1, 1, 2, 4])):
        at, kind = r.randrange(max(1, len(ops))), r.randrange(8)
        if not ops:
            break
        if kind == 0:
            del ops[at]
        elif kind == 1:
            ops.insert(at, r.choice(ops))
        elif kind == 2:
            other = r.randrange(len(ops))
            ops[at], ops[other] = ops[other], ops[at]
        elif kind in (3, 4):
            ops[at:at] = hostile(r)
        elif kind == 5:
            numbers = [i for i, op in enumerate(ops) if op[:1] in b"KMJ" and len(op) > 1]
            if numbers:
                value = r.choice([*NUMBERS[:6], -1, -(2**31), 2**31 - 1, 3, 7, 1 << 16])
                ops[r.choice(numbers)] = b"J" + struct.pack("<i", value)
        elif kind == 6:
            names = [i for i, op in enumerate(ops) if op[:1] == b"c"]
            if names:
                ops[r.choice(names)] = b"c" + r.choice(HOSTILE_GLOBALS) + b"\n"
        else:
            ops[at] = damaged(ops[at], r)
    return b"".join(ops)


def forged_archive(data: bytes, r: random.Random) -> bytes:
    records = records_of(data)
    return archive_of([(n, forged(c, r) if n.endswith("data.pkl") else c) for n, c in records.items()])


def forged_old(data: bytes, r: random.Random) -> bytes:
    """One of the pickles of an old file forged."""
    stream, ends = io.BytesIO(data), [0]
    for _ in range(5):
        for _operation in pickletools.genops(stream):
            pass
        ends.append(stream.tell())
    i = r.choice([0, 1, 2, 3, 3, 3, 4])
    return data[: ends[i]] + forged(data[ends[i] : ends[i + 1]], r) + data[ends[i + 1] :]


KINDS: list[tuple[str, Callable[[bytes, random.Random], bytes], bool]] = [
    ("bytes", damaged, False), ("records", restructured, False), ("pickle", forged_archive, False),
    ("pickle", forged_archive, False), ("old bytes", damaged, True), ("old pickle", forged_old, True)]  # fmt: skip


# ---- running
def outcome(data: bytes, mapped: Path | None) -> str:
    """What a load ends in; an error that `torch.load` does not name goes up."""
    try:
        if mapped is not None:
            mapped.write_bytes(data)
            torch.load(mapped, mmap=data[:4] == b"PK\3\4")
        else:
            torch.load(io.BytesIO(data))
    except RecursionError:
        raise
    except (EOFError, pickle.UnpicklingError) as error:
        return type(error).__name__
    except RuntimeError:
        return "RuntimeError"
    except ValueError as error:
        if not str(error).startswith("Unknown endianness type: "):
            raise
        return "ValueError"
    return "a value"


def main(count: int, seed: int) -> int:
    """Runs ``count`` loads."""
    sys.addaudithook(watch)
    files = {(name, old): recorded(name, old) for name in SOURCES for old in (False, True)}
    for data in files.values():
        torch.load(io.BytesIO(data))
    before = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (before + MEMORY, before + MEMORY))
    seen: dict[str, Counter[str]] = {}
    bad: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for i in range(count):
            r = random.Random(f"{seed} {i}")
            kind, change, old = r.choice(KINDS)
            data = change(files[r.choice(SOURCES), old], r)
            faulthandler.dump_traceback_later(SECONDS, exit=True)
            try:
                ending = outcome(data, Path(folder, "a.pt") if r.random() < 0.1 else None)
            except BaseException as error:  # noqa: BLE001 - reported, whatever it is
                ending = f"{type(error).__name__}: {error}"[:300]
                bad.append(f"{seed} {i} ({kind}): {ending}")
            faulthandler.cancel_dump_traceback_later()
            seen.setdefault(kind, Counter())[ending.partition(":")[0]] += 1
            if ran:
                bad.append(f"{seed} {i} ({kind}): executed {ran}")
                ran.clear()
    bad += [f"{name} was imported" for name in ("this", "antigravity") if name in sys.modules]
    print(json.dumps({"loads": count, "endings": {k: dict(v) for k, v in sorted(seen.items())}, "bad": bad}))  # noqa: T201
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
