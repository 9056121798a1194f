"""``compat.viz.timeline``: what was recorded, cut, compiled, run and read, and by which line."""

import inspect
import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest

import compat as torch
from compat import viz
from compat._engine.program import ctx
from compat.viz import Compiled, Cut, Ran, Read, Recorded
from tests.browser import CHROMIUM, NO_CHROMIUM, Browser
from tests.helpers import compiles

F = torch.nn.functional


def kinds(events: list[Any]) -> list[str]:
    """The kinds of the events, repetitions left out."""
    names = [type(event).__name__ for event in events]
    return [name for i, name in enumerate(names) if i == 0 or name != names[i - 1]]


def only(timeline: Any, kind: type) -> list[Any]:
    return [event for event in timeline.events if isinstance(event, kind)]


def here(offset: int = 0) -> str:
    """The line that calls this, as events name lines."""
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None
    return f"{__file__}:{frame.f_back.f_lineno + offset}"


def settle() -> None:
    """Nothing is pending."""
    torch.ones(1).add(1).item()


def test_what_happens_is_told_in_order() -> None:
    settle()
    x = torch.ones(3, 2)
    with viz.timeline() as seen:
        y = (x * 2.5 + 1).exp(); where = here()  # noqa: E702 - one line, so that it is known
        total = y.sum()
        value = total.item(); read = here()  # noqa: E702
    assert value == pytest.approx(6 * 33.115, rel=1e-4)
    assert kinds(seen.events) in (["Recorded", "Cut", "Compiled", "Ran", "Read"], ["Recorded", "Cut", "Ran", "Read"])
    recorded = only(seen, Recorded)
    assert [(event.name, event.results) for event in recorded] == [
        ("mul", ("(3, 2) float32",)), ("add", ("(3, 2) float32",)), ("exp", ("(3, 2) float32",)),
        ("sum", ("() float32",))]
    assert {event.line for event in recorded[:3]} == {where}
    (cut,), (ran,), (was_read,) = (only(seen, kind) for kind in (Cut, Ran, Read))
    assert (cut.reason, cut.line, cut.operations, cut.earlier) == ("value read", read, 5, 1)  # the ones are from before
    assert (ran.operations, ran.line) == (5, read)
    assert (was_read.what, was_read.nbytes, was_read.line) == ("() float32", 4, read)
    assert seen.pending == 0


def test_times_are_in_order_and_do_not_overlap() -> None:
    with viz.timeline() as seen:
        for k in range(3):
            (torch.ones(4) * k).sum().item()
    assert all(event.seconds >= 0 for event in seen.events)
    for before, after in zip(seen.events, seen.events[1:], strict=False):
        assert before.start + before.seconds <= after.start + 1e-9


def test_a_compilation_is_told_once() -> None:
    w = torch.ones(7, 3, requires_grad=True)

    def step() -> None:
        (w * torch.ones(7, 3)).tanh().mean().backward()

    step()
    before = torch.metrics()["compiled"]
    with viz.timeline() as seen:
        step()
        step()
        step()
    assert len(only(seen, Ran)) == len(only(seen, Cut)) == 3
    assert sum(event.source != "loaded again" for event in only(seen, Compiled)) == torch.metrics()["compiled"] - before
    with viz.timeline() as later:
        step()
    assert not only(later, Compiled) and later.events
    assert {event.reason for event in only(later, Cut)} == {"backward"}
    assert "tanh_backward" in [event.name for event in only(later, Recorded)]


def test_watching_compiles_nothing_new() -> None:
    """The list that tells of operations is a program's code like any other."""
    w = torch.ones(5, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)

    def step() -> float:
        optimizer.zero_grad()
        loss = (w * 3).exp().sum()
        loss.backward()
        optimizer.step()
        return loss.item()

    for _ in range(3):
        step()
    with compiles(0):
        with viz.timeline() as seen:
            step()
        step()
    assert only(seen, Ran) and not only(seen, Compiled)


def test_what_is_pending_stays_pending() -> None:
    settle()
    with viz.timeline() as seen:
        y = torch.ones(3) + 1
    assert seen.pending == 2 and not only(seen, Cut)
    assert type(ctx.prog.code) is list and len(ctx.prog.code) > 0
    assert y.tolist() == [2.0, 2.0, 2.0]


def test_reads() -> None:
    x = torch.arange(6.0).reshape(2, 3)
    with viz.timeline() as seen:
        x.numpy()
        bool(x.sum() > 0)
        str(x)
    reads = only(seen, Read)
    assert [(event.what, event.nbytes) for event in reads[:2]] == [("(6,) float32", 24), ("() bool", 1)]


def test_an_exception_closes_it() -> None:
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), viz.timeline() as seen:
        torch.ones(2, 3) @ torch.ones(2, 3)
    assert ctx.now.watch is None and type(ctx.prog.code) is list
    assert [event.name for event in only(seen, Recorded)] == ["ones", "ones"]


def test_nested() -> None:
    settle()
    with viz.timeline() as outer:
        a = torch.ones(2) + 1
        with viz.timeline() as inner:
            b = a * 3
            b.sum().item()
        c = b - 1
    assert [event.name for event in only(outer, Recorded)] == ["ones", "add", "mul", "sum", "sub"]
    assert [event.name for event in only(inner, Recorded)] == ["mul", "sum"]
    assert [(event.operations, event.earlier) for event in only(outer, Cut)] == [(4, 0)]
    assert [(event.operations, event.earlier) for event in only(inner, Cut)] == [(4, 2)]
    assert (outer.pending, inner.pending) == (1, 0)
    assert only(outer, Cut)[0].start > only(inner, Cut)[0].start  # each has its own clock
    assert c.tolist() == [5.0, 5.0] and ctx.now.watch is None


def test_another_thread_is_not_shown() -> None:
    def work() -> None:
        (torch.ones(3) * 4).sum().item()

    with viz.timeline() as seen:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert not seen.events


def test_a_value_that_another_thread_has_pending() -> None:
    settle()
    made: list[Any] = []
    go, done = threading.Event(), threading.Event()

    def work() -> None:
        made.append(torch.ones(3) * 4)
        go.set()
        done.wait(30)

    thread = threading.Thread(target=work)
    thread.start()
    assert go.wait(30)
    with viz.timeline() as seen:
        assert made[0].tolist() == [4.0, 4.0, 4.0]
    done.set()
    thread.join()
    assert [(event.reason, event.operations) for event in only(seen, Cut)] == [("value read by another thread", 2)]
    assert [event.operations for event in only(seen, Ran)] == [2]


def test_a_timeline_is_opened_once() -> None:
    with viz.timeline() as seen:
        pass
    with pytest.raises(RuntimeError, match="has been opened before"), seen:
        pass


def trained() -> Any:
    """The timeline of two steps."""
    inputs, target = torch.ones(8, 6), torch.tensor([0] * 8)
    model = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with viz.timeline() as seen:
        for _ in range(2):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(inputs), target)
            loss.backward()
            optimizer.step()
            loss.item()
    return seen


def test_table() -> None:
    seen = trained()
    first, header, *rows = str(seen).splitlines()
    counts = [len(only(seen, kind)) for kind in (Recorded, Cut, Ran, Read)]
    pattern = r"{} operations recorded in [\d.]+ m?s, {} cuts, .*{} run in [\d.]+ m?s, {} reads, 1 pending"
    assert re.fullmatch(pattern.format(*counts), first)
    assert header.split() == ["at", "ms", "for", "ms", "by"]
    assert max(map(len, rows)) <= 120
    assert any(re.search(r"record \d+ +test_timeline\.py:\d+ +\S*.*linear", row) for row in rows)
    assert any(re.search(r" cut +test_timeline\.py:\d+ +backward: \d+ operations", row) for row in rows)
    assert any(re.search(r" run +test_timeline\.py:\d+ +\d+ operations$", row) for row in rows)
    assert repr(seen) == f"<Timeline: {first}>"
    settle()
    with viz.timeline() as empty:
        pass
    assert str(empty).splitlines()[0] == ("0 operations recorded in 0.00 ms, 0 cuts, 0 compiled in 0.00 ms, "
                                          "0 run in 0.00 ms, 0 reads")


def test_chrome_trace(tmp_path: Path) -> None:
    seen = trained()
    text = seen.to_chrome_trace(tmp_path / "trace.json")
    assert (tmp_path / "trace.json").read_text() == text
    told = json.loads(text)["traceEvents"]
    names = {(e["tid"], e["args"]["name"]) for e in told if e["name"] == "thread_name"}
    assert names == {(0, "Python: recording"), (1, "compiling"), (2, "XLA: running"), (3, "reading to the host")}
    shown = [e for e in told if e["ph"] != "M"]
    assert len(shown) == len(seen.events)
    assert {e["ph"] for e in shown} == {"X", "i"}
    for event, one in zip(seen.events, shown, strict=True):
        assert one["ts"] == pytest.approx(event.start * 1e6, abs=1e-2) and one["pid"] == told[0]["pid"]
        assert (one["ph"] == "i") == isinstance(event, Cut)
        assert one["ph"] == "i" or one["dur"] == pytest.approx(event.seconds * 1e6, abs=1e-2)
        assert one["args"]["line"] == event.line
    for lane in range(4):  # slices of one thread may not overlap
        slices = [(e["ts"], e["ts"] + e["dur"]) for e in shown if e["ph"] == "X" and e["tid"] == lane]
        assert all(end <= start + 0.01 for (_, end), (start, _) in zip(slices, slices[1:], strict=False))


def test_page(tmp_path: Path) -> None:
    seen = trained()
    page = seen.to_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page
    found = re.search(r'id="data">(.*?)</script>', page, re.S)
    assert found
    data = json.loads(found[1])
    assert len(data["lanes"]) == 4
    assert {bar["lane"] for bar in data["bars"]} >= {0, 2, 3}
    assert sum(bar["name"] == "cut: backward" for bar in data["bars"]) == 2
    assert not re.findall(r"(?:src|href)\s*=|@import|\bfetch\(", page)


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
def test_in_a_browser(tmp_path: Path) -> None:
    seen = viz.timeline()
    seen.events += [
        Recorded(0.0, 0.010, "train.py:3", "addmm", ("(8, 3) float32",)),
        Recorded(0.010, 0.005, "train.py:3", "relu", ("(8, 3) float32",)),
        Cut(0.016, 0.0, "train.py:4", "backward", 2, 0),
        Compiled(0.016, 0.300, "train.py:4", "backward", "compiled"),
        Ran(0.320, 0.050, "train.py:4", 2),
        Read(0.380, 0.020, "train.py:5", "() float32", 4),
    ]
    seen.to_html(tmp_path / "page.html")
    with Browser(tmp_path / "profile", tmp_path / "page.html") as browser:
        lane = "bar.parentElement.innerText.split('\\n')[0]"
        assert browser.run(f"[...document.querySelectorAll('.bar')].map(bar => [{lane}, bar.title])") == [
            ["Python: recording", "train.py:3 addmm relu"], ["Python: recording", "cut: backward"],
            ["compiling", "compiled"], ["XLA: running", "run 2 operations"], ["reading to the host", "read () float32"]]
        browser.click(".bar.compile")
        told = browser.run("document.getElementById('panel').innerText").split("\n")
        assert told[0] == "compiled" and {"train.py:4", "16.00 ms", "300.00 ms", "backward"} <= set(told)
        browser.press("ArrowLeft")
        browser.press("ArrowLeft")
        told = browser.run("document.getElementById('panel').innerText").split("\n")
        assert {"addmm (8, 3) float32", "relu (8, 3) float32", "15.00 ms"} <= set(told)

        axis = "[...document.querySelectorAll('.tick')].map(tick => tick.textContent)"
        assert browser.run(axis) == [f"{k} ms" for k in range(0, 401, 50)]
        width = "document.getElementById('lanes').offsetWidth"
        whole = browser.run(width)
        x, y = browser.middle(".bar.read")
        browser.wheel(x, y, -500)
        assert browser.run(width) > whole
        assert browser.middle(".bar.read")[0] == pytest.approx(x, abs=2)  # it zooms around the pointer
        assert browser.run(axis)[-1] == "380 ms" and browser.run(axis)[0] != "0 ms"
        browser.click("#fit")
        assert browser.run(width) == whole
        assert not browser.errors and not [url for url in browser.requested if not url.startswith("file:")]
