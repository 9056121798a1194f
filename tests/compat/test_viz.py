"""``compat.viz``: the autograd graph as torchviz draws it, as a picture and as a page."""

import html
import importlib.util
import json
import re
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

import compat as torch
from compat import viz
from compat.viz import make_dot
from tests.browser import CHROMIUM, NO_CHROMIUM, Browser
from tests.conftest import ROOT
from tests.oracle import answers
from tests.oracle.dot_cases import CASES, canonical
from tests.oracle.kept import DOTS

F = torch.nn.functional
SVG = "{http://www.w3.org/2000/svg}"

# Graphs that differ from PyTorch's, because what a node keeps does: {case: why}.
OTHERWISE = {
    "saved_tensors_of_a_perceptron": "the derivative of nll_loss reads neither its input nor the total weight",
    "attributes_of_a_perceptron": "products keep no sizes and strides: shapes are known without",
    "attributes_of_a_sum": "a node keeps its operation's arguments; PyTorch's keeps the input's sizes instead of dtype",
    "gradients_of_gradients": "a recorded derivative is one operation",
}


@pytest.fixture(scope="session")
def torchvizs(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, Any]:
    return answers("tests.oracle.record_dots", DOTS, tmp_path_factory, worker_id)


# ---- the graph in Graphviz's language
@pytest.mark.parametrize("name", CASES)
def test_dot(name: str, torchvizs: dict[str, Any]) -> None:
    got = canonical(CASES[name](torch, make_dot).source)
    if name in OTHERWISE:
        assert got != torchvizs[name], "no longer differs: take it off the list"
    else:
        assert got == torchvizs[name]


@pytest.mark.skipif(importlib.util.find_spec("torchviz") is None, reason="torchviz is not installed")
def test_torchviz_itself_draws_compats_graphs_alike() -> None:
    """Whatever a node keeps: the two programs say the same of it."""
    source = textwrap.dedent("""
        import warnings
        warnings.simplefilter("ignore")  # torchviz uses distutils
        import torch, torchviz
        from compat.viz import make_dot
        from tests.oracle.dot_cases import CASES, canonical
        both = make_dot, torchviz.make_dot
        drawn = {name: [canonical(draw(torch, f).source) for f in both] for name, draw in CASES.items()}
        print("differ:", [name for name, (ours, theirs) in drawn.items() if ours != theirs], len(drawn))
    """)
    done = subprocess.run([sys.executable, "-m", "compat", "-c", source], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == f"differ: [] {len(CASES)}\n", done.stderr


def test_a_graph_may_be_deep() -> None:
    y = torch.ones(2, requires_grad=True)
    for _ in range(3000):
        y = y * 1
    assert make_dot(y).source.count("label=MulBackward0") == 3000
    assert len(nodes_of(viz.html(y))) == 3002


def test_params_must_be_tensors() -> None:
    with pytest.raises(TypeError, match=r"params\['w'\] must be a Tensor, not int"):
        make_dot(torch.ones(2), params={"w": 3})  # type: ignore[dict-item]


def test_saved_tensors_are_gone_after_backward() -> None:
    w = torch.ones(2, requires_grad=True)
    loss = w.exp().sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        make_dot(loss, show_saved=True)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(make_dot.__globals__, "graphviz", None)
    with pytest.raises(ImportError, match=r"pip install 'funcgrad\[viz\]'"):
        make_dot(torch.ones(2))
    assert viz.svg(torch.ones(2)).startswith("<svg")


# ---- the picture and the page
def model_and_loss() -> tuple[dict[str, Any], Any]:
    """A frozen layer, a layer that learns, and a parameter that nothing reads."""
    torch.manual_seed(0)
    first, second = torch.nn.Linear(6, 5), torch.nn.Linear(5, 3)
    first.requires_grad_(False)
    spare = torch.nn.Parameter(torch.ones(2))
    logits = second(first(torch.ones(8, 6)).relu())
    loss = F.cross_entropy(logits, torch.zeros(8, dtype=torch.int64))
    named = {"first.weight": first.weight, "second.weight": second.weight, "second.bias": second.bias, "spare": spare}
    return named, loss


def nodes_of(page: str) -> dict[str, Any]:
    """What a page's script reads."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found
    return json.loads(found[1])


def named(page: str) -> dict[str, Any]:
    return {node["name"]: node["facts"] for node in nodes_of(page).values()}


def test_page_says_shapes_dtypes_saved_tensors_and_where_gradients_flow() -> None:
    params, loss = model_and_loss()
    facts = named(viz.html(loss, params=params))
    product = facts["AddmmBackward0"]
    assert (product["shape"], product["dtype"], product["gradient"]) == (["(8, 3)"], ["float32"], "flows through")
    assert product["saved tensors"] == ["mat1: (8, 5) float32"]
    assert product["saved bytes"] == [str(8 * 5 * 4)]
    assert facts["LogSoftmaxBackward0"]["saved tensors"] == ["result: (8, 3) float32"]
    assert facts["second.weight"]["gradient"] == "stays here, in .grad (None so far)"
    assert facts["second.weight"]["requires grad"] == "yes"
    assert facts["first.weight"]["gradient"] == "none: it requires no grad"
    assert facts["spare"] == {"kind": "input", "shape": ["(2,)"], "dtype": ["float32"], "requires grad": "yes",
                              "gradient": "none: the output does not depend on it"}
    assert facts["target"]["dtype"] == ["int64"] and facts["target"]["requires grad"] == "no"
    assert facts["output"]["gradient"] == "begins here"


def test_page_after_backward() -> None:
    params, loss = model_and_loss()
    loss.backward()
    facts = named(viz.html(loss, params=params))
    assert facts["AddmmBackward0"]["saved tensors"] == ["freed by backward()"]
    assert facts["second.weight"]["gradient"] == "stays here, in .grad"


def test_edges_of_a_page() -> None:
    a, b = torch.ones(2, requires_grad=True), torch.ones(2)
    by_index = nodes_of(viz.html((a * b).sum(), params={"a": a, "b": b}))
    edges = {(by_index[str(source)]["name"], node["name"]) for node in by_index.values() for source in node["inputs"]}
    back = {(node["name"], by_index[str(user)]["name"]) for node in by_index.values() for user in node["users"]}
    assert edges == back == {("a", "MulBackward0"), ("b", "MulBackward0"), ("MulBackward0", "SumBackward0"),
                             ("SumBackward0", "output")}


def test_several_outputs_custom_functions_and_views() -> None:
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x, None)
            return x ** 3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 3 * ctx.saved_tensors[0] ** 2 * g

    a = torch.ones(2, 3, requires_grad=True)
    b = a * 2
    b[0].mul_(torch.full((3,), 2.0))
    found = named(viz.html((Cube.apply(b), torch.ones(3)), params={"a": a}))
    assert found["CubeBackward"]["saved tensors"] == ["(2, 3) float32"]
    assert found["CopySlices"]["saved tensors"] == ["other: (3,) float32"]
    assert found["output 0"]["gradient"] == "begins here"
    assert found["output 1"]["gradient"] == "none: it requires no grad"


def test_packed_tensors_stay_packed() -> None:
    a = torch.ones(2, requires_grad=True)
    unpacked: list[Any] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, unpacked.append):
        loss = (a * a).sum()
    assert named(viz.html(loss))["MulBackward0"]["saved tensors"] == ["self: packed by a saved_tensors_hook",
                                                                       "other: packed by a saved_tensors_hook"]
    assert not unpacked


def test_only_tensors_have_a_graph() -> None:
    with pytest.raises(TypeError, match="the graph of a Tensor can be drawn, not that of a float"):
        viz.html(3.0)  # type: ignore[arg-type]


NASTY = "</script><script>document.title='broken'</script><b>&amp;\"'\u2028{}"


def test_names_are_escaped(tmp_path: Path) -> None:
    w = torch.ones(2, requires_grad=True)
    page = viz.html((w * 2).sum(), params={NASTY: w}, path=tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page
    assert page.count("</script>") == 2 and page.count("<script") == 2 and "<b>" not in page
    assert NASTY in named(page)
    picture = viz.svg((w * 2).sum(), params={NASTY: w}, path=tmp_path / "picture.svg")
    assert (tmp_path / "picture.svg").read_text(encoding="utf-8") == picture
    assert NASTY in [text.text for text in ElementTree.fromstring(picture).iter(SVG + "text")]


def test_a_page_loads_nothing() -> None:
    params, loss = model_and_loss()
    page = viz.html(loss, params=params)
    assert "default-src 'none'" in html.unescape(page)
    assert not re.findall(r'(?:src|href)\s*=|@import|url\((?!#)|\bfetch\(|XMLHttpRequest', page)


def test_a_picture_dashes_what_no_gradient_flows_through() -> None:
    params, loss = model_and_loss()
    root = ElementTree.fromstring(viz.svg(loss, params=params))
    boxes = [box for box in root.iter(SVG + "rect") if box.get("rx")]
    facts = nodes_of(viz.html(loss, params=params)).values()
    dashed = [node["facts"]["gradient"].startswith("none") for node in facts]
    assert [box.get("stroke-dasharray") is not None for box in boxes] == dashed


# ---- in a browser
PANEL = "document.getElementById('panel').innerText"
VIEW = "document.querySelector('#picture svg').getAttribute('viewBox')"


def box(page: str, name: str) -> str:
    index = next(i for i, node in nodes_of(page).items() if node["name"] == name)
    return f'.node[data-index="{index}"]'


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
def test_in_a_browser(tmp_path: Path) -> None:
    params, loss = model_and_loss()
    page = viz.html(loss, params={**params, NASTY: params["second.bias"]}, path=tmp_path / "page.html")
    with Browser(tmp_path / "profile", tmp_path / "page.html") as browser:
        assert browser.run("document.title") == "Autograd graph"
        browser.click(box(page, "AddmmBackward0"))
        told = browser.run(PANEL)
        for said in ("AddmmBackward0", "(8, 3)", "float32", "flows through", "mat1: (8, 5) float32"):
            assert said in told
        assert browser.run("document.querySelectorAll('.selected').length") == 1
        browser.click(box(page, "spare"))
        assert "the output does not depend on it" in browser.run(PANEL)
        boxes = [box(page, name) for name in ("spare", "second.weight", "AddmmBackward0", "output")]
        fill = "getComputedStyle(document.querySelector('{} rect')).fill"
        assert len({browser.run(fill.format(where)) for where in boxes}) == 4
        browser.click(box(page, NASTY))
        assert browser.run("document.querySelector('#panel h2').textContent") == NASTY

        browser.run("document.querySelector('#panel dd button').click()")  # to what uses it
        assert browser.run(PANEL).startswith("AddmmBackward0")
        browser.press("ArrowDown")
        assert browser.run(PANEL).startswith("LogSoftmaxBackward0")
        browser.press("ArrowUp")
        browser.press("ArrowUp")
        assert "stays here" in browser.run(PANEL) or "none" in browser.run(PANEL)

        browser.click("#fit")
        before = browser.run(VIEW)
        x, y = browser.middle(box(page, "output"))
        browser.wheel(x, y, -400)
        closer = browser.run(VIEW)
        assert float(closer.split()[2]) < float(before.split()[2])
        assert browser.middle(box(page, "output")) == pytest.approx((x, y), abs=1)  # it zooms around the pointer
        browser.drag((300, 300), (360, 340))
        assert browser.middle(box(page, "output")) == pytest.approx((x + 60, y + 40), abs=1)
        browser.click("#fit")
        assert browser.run(VIEW) == before

        browser.click("#search")
        browser.type("BACKWARD0")
        assert browser.run("document.getElementById('found').textContent") == "4 found"
        browser.press("Enter")
        browser.press("Enter")
        assert browser.run("document.getElementById('found').textContent") == "2 of 4"
        assert browser.run("document.querySelector('.selected').classList.contains('match')") is True
        assert not browser.errors and not [url for url in browser.requested if not url.startswith("file:")]


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
def test_in_a_browser_with_the_keyboard_in_the_dark(tmp_path: Path) -> None:
    params, loss = model_and_loss()
    page = viz.html(loss, params=params, path=tmp_path / "page.html")
    with Browser(tmp_path / "profile", tmp_path / "page.html", dark=True) as browser:
        assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(17, 24, 39)"
        browser.run("document.getElementById('fit').focus()")
        browser.press("Tab")
        first = browser.run("document.activeElement.dataset.index")
        assert browser.run("document.activeElement.getAttribute('role')") == "button"
        browser.press("Enter")
        assert browser.run(PANEL).startswith(nodes_of(page)[first]["name"])
        assert not browser.errors
