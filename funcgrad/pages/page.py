"""What every page shares: one file with its own style and script, loading nothing, whatever its names contain."""

import html
import json
from pathlib import Path
from typing import Any

__all__ = ["page"]

_HERE = Path(__file__).parent
_TEMPLATE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
script-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
{body}
<script type="application/json" id="data">{data}</script>
<script>
{script}</script>
</body>
</html>
"""


def page(title: str, body: str, data: Any, kind: str) -> str:
    """A whole HTML document.

    Args:
      title: Its title, plain text.
      body: What it shows, HTML.
      data: What its script reads: anything that JSON can say.
      kind: ``"graph"`` or ``"timeline"``: which script reads it.

    Returns:
      The document. Its security policy lets it load nothing and send nothing.

    Example:
      >>> page("a < b", "<main></main>", ["</script>"], "graph").count("</script>")
      2
    """
    # `<` inside JSON is written as an escape: no name can end the element that it stands in.
    told = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    script = "".join((_HERE / name).read_text(encoding="utf-8") for name in ("panel.js", f"{kind}.js"))
    return _TEMPLATE.format(title=html.escape(title), style=style, body=body, data=told, script=script)
