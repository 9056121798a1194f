"""Propagation of requires_grad through jaxprs, the graph, and its pictures."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import graphviz
import hypothesis
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import pytest

from funcgrad import detach, graph, needs_grad, no_grad
from funcgrad import graph as graph_of
from funcgrad.drawing import Box, draw_svg
from funcgrad.propagation import trace_program
from tests.browser import CHROMIUM, NO_CHROMIUM, Browser

X = jnp.ones(3)


# ---- what requires grad
def test_one_marked_input_is_enough() -> None:
    found = needs_grad(lambda b, a: {"a": a, "b": b, "sum": a + b})(X, X)
    assert found.outputs == {"a": False, "b": True, "sum": True}


@pytest.mark.parametrize(
    ("fn", "expected"),
    [
        (lambda w, x: w * x, True),
        (lambda w, x: x * 2, False),
        (lambda w, x: detach(w) * x, False),
        (lambda w, x: no_grad(jnp.sin)(w), False),
        (lambda w, x: w * no_grad(jnp.sin)(w), True),
        (lambda w, x: w > x, False),
        (lambda w, x: jnp.where(w > x, x, 0.0), False),
        (lambda w, x: (w > x) * w, True),
        (lambda w, x: w.argmax(), False),
        (lambda w, x: jnp.floor(w), True),
        (lambda w, x: jax.jit(lambda w, x: w * x)(w, x), True),
        (lambda w, x: jax.jit(lambda w, x: x * 2)(w, x), False),
        (lambda w, x: jax.nn.relu(w), True),
        (lambda w, x: jax.checkpoint(jnp.sin)(w), True),
        (lambda w, x: jax.lax.scan(lambda c, _: (c * w, c), x, None, length=2)[0], True),
        (lambda w, x: jax.lax.scan(lambda c, _: (c * 2, w), x, None, length=2)[0], False),
        (lambda w, x: jax.lax.scan(lambda c, _: ((c[1], c[0] * w), None), (x, x), None, length=2)[0], (True, True)),
        (lambda w, x: jax.lax.scan(lambda c, y: (c, y), x, jnp.stack([w, w]))[1], True),
        (lambda w, x: jax.lax.while_loop(lambda s: s[0] < 3, lambda s: (s[0] + 1, s[1] * w), (0, x)), (False, True)),
        (lambda w, x: jax.lax.while_loop(lambda s: s.sum() < w.sum(), lambda s: s + 1, x), False),
        (lambda w, x: jax.lax.cond(x.sum() > 0, lambda: w, lambda: x), True),
        (lambda w, x: jax.lax.cond(w.sum() > 0, lambda: x * 2, lambda: x), False),
        (lambda w, x: jax.vmap(lambda a, b: a * b)(w, x), True),
        (lambda w, x: jnp.linalg.norm(jnp.outer(w, x)), True),
    ],
)
def test_rule(fn: Any, expected: Any) -> None:
    assert needs_grad(fn)(X, X).outputs == expected


@hypothesis.given(st.lists(st.sampled_from("pdnstgx"), max_size=8))
def test_rule_agrees_with_derivatives(program: str) -> None:
    """A chain of operations ends without requiring grad exactly if one of them cut it off."""
    operations = {
        "p": lambda v: v * 1.5,
        "s": jnp.sin,
        "t": jax.jit(jnp.tanh),
        "d": detach,
        "n": no_grad(jnp.cos),
        "g": jax.nn.sigmoid,
        "x": lambda v: v + jnp.ones(3),
    }

    def chain(v: jax.Array) -> jax.Array:
        for letter in program:
            v = operations[letter](v)
        return v

    cut = "d" in program or "n" in program
    assert needs_grad(chain)(X * 0.3).outputs is (not cut)
    assert bool((jax.jvp(chain, (X * 0.3,), (X,))[1] == 0).all()) is cut


# ---- what backward visits
def test_skipped_subgraphs_have_names_and_reasons() -> None:
    def step(w: jax.Array, x: jax.Array, y: jax.Array) -> Any:
        with jax.named_scope("features"):
            features = jnp.sin(x) * 2
        prediction = jax.nn.sigmoid(features * w)
        accuracy = no_grad(lambda p: ((p > 0.5) == y).mean())(prediction)
        jnp.exp(prediction)
        return ((prediction - y) ** 2).mean(), accuracy

    found = needs_grad(step)(X, X, X)
    assert found.outputs == (True, False)
    assert "mul" in found.visited and "sin" not in found.visited
    assert {(part.name, part.reason) for part in found.skipped} == {
        ("features", "no input requires grad"),
        ("no_grad", "detached"),
        ("exp", "no result of the function depends on it"),
    }


def test_everything_is_skipped_without_marks() -> None:
    found = needs_grad(lambda w, x: (w * x).sum(), where=False)(X, X)
    assert found.outputs is False and not found.visited
    assert [part.operations for part in found.skipped] == [("mul", "reduce_sum")]


def test_traces_shapes_without_arrays() -> None:
    shape = jax.ShapeDtypeStruct((1000, 1000), jnp.float32)
    assert needs_grad(lambda w, x: w @ x)(shape, shape).outputs is True


def test_small_functions_keep_their_name() -> None:
    whole, _ = trace_program(lambda w: jax.nn.relu(w) * 2)(X)
    assert [operation.name for operation in whole.operations] == ["relu", "mul"]
    opened, _ = trace_program(lambda w: jax.nn.relu(w) * 2, open_above=0)(X)
    assert [operation.name for operation in opened.operations] == ["max", "mul"]


# ---- the graph
def affine(params: dict[str, Any], x: jax.Array) -> jax.Array:
    return jax.nn.relu(x @ params["w"] + params["b"])


PARAMS = {"w": jnp.ones((3, 2)), "b": jnp.zeros(2)}


def test_leaves_and_gradients() -> None:
    found = graph(affine, where="w")(PARAMS, X)
    kinds = {leaf.name: (leaf.kind, leaf.requires_grad, leaf.retains_grad) for leaf in found.leaves}
    assert kinds == {"b": ("input", False, False), "w": ("parameter", True, True), "x": ("input", False, False)}
    assert [node.retains_grad for node in found.nodes if not node.is_leaf] == [False] * (len(found.nodes) - 3)
    assert [(node.name, node.shape, node.dtype) for node in found.outputs] == [("output", (2,), "float32")]


def test_edges_point_back() -> None:
    found = graph(affine)(PARAMS, X)
    for node in found.nodes:
        assert all(source < node.index for source in node.inputs)
        assert node.is_leaf == (not node.inputs)


def test_backward_part() -> None:
    found = graph(lambda w, x: (w * jnp.exp(x)).sum() + detach(w).sum())(X, X)
    names = [node.name for node in found.backward().nodes]
    assert names == ["w", "mul", "reduce_sum", "add", "output"]


def test_dot_is_balanced_and_dashes_what_is_not_visited() -> None:
    dot = graph(affine, where="w")(PARAMS, X).to_dot()
    assert dot.startswith("digraph {") and dot.endswith("}")
    assert len(re.findall(r"^ +\d+ \[", dot, re.M)) == len(graph(affine)(PARAMS, X).nodes)
    assert "style=dashed" in dot


def test_svg(tmp_path: Path) -> None:
    found = graph(affine)(PARAMS, X)
    text = found.to_svg(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text() == text
    texts = [element.text for element in ElementTree.fromstring(text).iter("{http://www.w3.org/2000/svg}text")]
    assert {"w", "b", "x", "output"} <= set(texts)


def test_page(tmp_path: Path) -> None:
    found = graph(lambda w, x: (w * jnp.exp(x)).sum() + (w > 0).sum())(X, X)
    text = found.to_html(tmp_path / "graph.html")
    assert (tmp_path / "graph.html").read_text(encoding="utf-8") == text
    nodes = nodes_of(text)
    assert [node["name"] for node in nodes.values()] == [node.name for node in found.nodes]
    facts = {node["name"]: node["facts"] for node in nodes.values()}
    assert facts["mul"] == {"kind": "operation", "shape": "(3,)", "dtype": "float32", "requires grad": "yes",
                            "gradient": "flows through"}
    assert facts["w"]["gradient"] == "stays here"
    assert facts["exp"]["gradient"] == facts["x"]["gradient"] == "none: it requires no grad"
    product = next(node for node in nodes.values() if node["name"] == "mul")
    assert [nodes[str(index)]["name"] for index in product["inputs"]] == ["w", "exp"]
    assert [nodes[str(index)]["name"] for index in product["users"]] == ["reduce_sum"]
    assert "stopped" in text and "default-src 'none'" in text


def test_page_of_the_backward_part_keeps_its_indices() -> None:
    part = graph(lambda w, x: w * abs(x))(X, X).backward()
    assert set(nodes_of(part.to_html())) == {str(node.index) for node in part.nodes}


def test_names_are_escaped() -> None:
    nasty = "</script><b>&\"'"
    text = graph(lambda p: p[nasty] * 2)({nasty: X}).to_html()
    assert text.count("</script>") == 2 and "<b>" not in text
    assert nasty in [node["name"] for node in nodes_of(text).values()]


def nodes_of(page: str) -> dict[str, Any]:
    """What a page's script reads."""
    told = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert told
    return json.loads(told[1])


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
def test_page_in_a_browser(tmp_path: Path) -> None:
    found = graph(affine, where="w")(PARAMS, X)
    found.to_html(tmp_path / "graph.html")
    with Browser(tmp_path / "profile", tmp_path / "graph.html") as browser:
        for node in found.nodes:
            browser.click(f'.node[data-index="{node.index}"]')
            assert browser.run("document.querySelector('#panel h2').textContent") == node.name
        assert not browser.errors and not [url for url in browser.requested if not url.startswith("file:")]


@hypothesis.given(st.integers(1, 14).flatmap(lambda n: st.lists(st.sets(st.integers(0, 99)), min_size=n, max_size=n)))
def test_drawn_boxes_do_not_overlap(links: list[set[int]]) -> None:
    boxes = [
        Box(index, (f"box {index}" * (1 + index % 3),), "white", False, tuple(sorted({i % index for i in sources})))
        if index
        else Box(0, ("box",), "white", False, ())
        for index, sources in enumerate(links)
    ]
    root = ElementTree.fromstring(draw_svg(boxes))
    drawn = [element for element in root.iter("{http://www.w3.org/2000/svg}rect") if element.get("rx")]
    edges = [tuple(float(box.get(side) or 0) for side in ("x", "y", "width", "height")) for box in drawn]
    assert len(edges) == len(boxes)
    for number, (x, y, w, h) in enumerate(edges):
        assert all(edges[source][1] < y for source in boxes[number].inputs)
        for other, (x2, y2, w2, h2) in enumerate(edges):
            assert other == number or x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def test_png_without_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    found = graph(affine)(PARAMS, X)

    def missing(*args: Any, **kwargs: Any) -> bytes:
        raise graphviz.ExecutableNotFound(["dot"])

    monkeypatch.setattr(graphviz.Source, "pipe", missing)
    with pytest.raises(RuntimeError, match="apt install graphviz"):
        found.to_png()
    monkeypatch.setitem(graph_of.__globals__, "graphviz", None)
    with pytest.raises(ImportError, match=r"pip install 'funcgrad\[viz\]'"):
        found.to_png()


def test_png_is_what_graphviz_draws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(graphviz.Source, "pipe", lambda self, format: f"{format}:{self.source}".encode())
    picture = graph(affine)(PARAMS, X).to_png(tmp_path / "graph.png")
    assert picture.startswith(b"png:digraph") and (tmp_path / "graph.png").read_bytes() == picture
