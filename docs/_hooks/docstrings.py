"""Docstrings as Markdown: an extension of griffe, which reads the source for the reference pages.

The docstrings are written to be read in the source: one example, a source, formulas in TeX. Here the headings get the
names that griffe knows, formulas become MathML, which browsers draw without a script, and roles and tables of
reStructuredText what Markdown has for them.
"""

import ast
import re
import textwrap
from typing import Any

import griffe
from latex2mathml.converter import convert

_BLOCK_FORMULA = re.compile(r"^( *)\.\. math::(?: *(\S.*)\n|\n\n?((?:\1 +\S.*\n|\n)+))", re.M)
_INLINE_FORMULA = re.compile(r":math:`([^`]+)`")
_ROLE = re.compile(r":(?:meth|class|func|attr|mod|data|obj|exc):`~?([^`]+)`")
_RULE = re.compile(r"^ *={3,}(?: +={3,})+ *$")


class Docstrings(griffe.Extension):
    """Rewrites each docstring before it is parsed."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called by griffe for each module, class, function and attribute."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)

    def on_attribute_instance(self, *, attr: griffe.Attribute, **_: Any) -> None:
        """Called by griffe for each attribute: kernels made as ``exp = _floating("exp", lax.exp, "Exponential.")``."""
        text = last_text(str(attr.value))
        if attr.docstring is None and text:
            attr.docstring = griffe.Docstring(text, parent=attr)


def last_text(value: str) -> str:
    """The last argument of a call of a private function, if that is a text; else an empty one."""
    try:
        call = ast.parse(value, mode="eval").body
    except SyntaxError:
        return ""
    private = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id.startswith("_")
    last = call.args[-1] if private and call.args else None
    return last.value if isinstance(last, ast.Constant) and isinstance(last.value, str) else ""


def as_markdown(text: str) -> str:
    """A docstring as griffe and Markdown read it."""
    text = re.sub(r"^Example:$", "Examples:", text, flags=re.M)
    text = re.sub(r"^Source:\n((?: +.*\n?)+)", lambda m: "Source: " + " ".join(m[1].split()) + "\n", text, flags=re.M)
    text = _BLOCK_FORMULA.sub(lambda m: block_formula(m[2] or m[3], m[1]), text + "\n")
    text = _INLINE_FORMULA.sub(lambda m: convert(m[1]), text)
    text = _ROLE.sub(r"`\1`", text)
    return tables(text).rstrip()


def block_formula(tex: str, indent: str) -> str:
    """A formula on lines of its own."""
    tex = " ".join(tex.split())
    if r"\\" in tex and r"\begin" not in tex:
        tex = rf"\begin{{aligned}}{tex}\end{{aligned}}"
    return textwrap.indent(f'\n<div class="formula">{convert(tex, display="block")}</div>\n\n', indent)


def tables(text: str) -> str:
    """Simple tables of reStructuredText without a heading, as tables of Markdown."""
    lines, found = text.split("\n"), []
    inside = False
    for line in lines:
        if _RULE.match(line):
            inside = not inside
            found += ["", "| | |", "|---|---|"] if inside else [""]
        elif inside:
            cells = re.split(r" {2,}", line.strip(), maxsplit=1)
            found.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
        else:
            found.append(line)
    return "\n".join(found)
