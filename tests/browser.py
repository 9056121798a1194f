"""A headless Chromium, driven over its DevTools protocol: real clicks, keys and wheels on a page."""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
NO_CHROMIUM = "Chromium is not installed (apt install chromium)"

# The browser reads commands from descriptor 3 and answers on 4.
_START = "import os, sys; a = sys.argv; os.dup2(int(a[1]), 3); os.dup2(int(a[2]), 4); os.execv(a[3], a[3:])"
_KEYS = {"Tab": 9, "Enter": 13, "ArrowUp": 38, "ArrowDown": 40, "ArrowLeft": 37, "ArrowRight": 39}


class Browser:
    """One page in a browser of its own, as a context manager.

    Args:
      profile: An empty folder.
      page: The file to open.
      dark: Whether the user prefers dark colours.
    """

    def __init__(self, profile: Path, page: Path, dark: bool = False) -> None:
        self.profile, self.page, self.dark = profile, page, dark
        self.errors: list[str] = []  # exceptions of scripts, and what the browser logs as an error
        self.requested: list[str] = []  # addresses that the page asked for
        self.number = 0
        self.rest = b""
        self.session: str | None = None

    def __enter__(self) -> "Browser":
        theirs_in, self.out = os.pipe()
        self.answers, theirs_out = os.pipe()
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe",
                   "--disable-dev-shm-usage", f"--user-data-dir={self.profile}", "about:blank"]
        command = [sys.executable, "-c", _START, str(theirs_in), str(theirs_out), str(CHROMIUM), *options]
        self.process = subprocess.Popen(command, pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Page", "Network"):
            self.ask(f"{domain}.enable")
        self.ask("Emulation.setDeviceMetricsOverride", width=1200, height=800, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if self.dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.ask("Page.navigate", url=self.page.as_uri())
        while self.run("document.readyState + location.protocol") != "completefile:":
            time.sleep(0.02)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.process.terminate()
        self.process.wait(30)
        os.close(self.out)
        os.close(self.answers)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The browser's answer to a command."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session is not None:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self.number:
                assert "error" not in told, f"{method}: {told['error']}"
                return told["result"]
            self._hear(told.get("method"), told.get("params", {}))

    def _hear(self, event: str | None, params: dict[str, Any]) -> None:
        if event == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"]))
        elif event == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])
        elif event == "Network.requestWillBeSent":
            self.requested.append(params["request"]["url"])

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + 60
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.answers], [], [], max(until - time.monotonic(), 0))
            assert ready, "the browser does not answer"
            more = os.read(self.answers, 1 << 16)
            assert more, f"the browser has ended with status {self.process.wait(10)}"
            self.rest += more
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def run(self, expression: str) -> Any:
        """The value of an expression of JavaScript."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def middle(self, selector: str) -> tuple[float, float]:
        """Where on the screen an element is."""
        x, y = self.run(f"(b => [b.x + b.width / 2, b.y + b.height / 2])"
                        f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())")
        return x, y

    def click(self, selector: str) -> None:
        """Click with the mouse on the middle of an element, whatever lies there."""
        x, y = self.middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press, move, release."""
        press = {"button": "left", "buttons": 1, "clickCount": 1}
        half = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        self.ask("Input.dispatchMouseEvent", type="mousePressed", x=start[0], y=start[1], **press)
        for x, y in (half, end):
            self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, **press)
        self.ask("Input.dispatchMouseEvent", type="mouseReleased", x=end[0], y=end[1], **press)

    def wheel(self, x: float, y: float, delta: float) -> None:
        """Turn the wheel, and wait until the page has been drawn with that."""
        self.ask("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=delta)
        drawn = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
        self.ask("Runtime.evaluate", expression=drawn, awaitPromise=True)

    def press(self, key: str) -> None:
        """Press a key."""
        code = {"windowsVirtualKeyCode": _KEYS[key], "key": key, "code": key}
        text = {"text": "\r"} if key == "Enter" else {}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **code, **text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **code)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.ask("Input.insertText", text=text)

    def picture(self) -> bytes:
        """What the page looks like, as a PNG file's bytes."""
        return base64.b64decode(self.ask("Page.captureScreenshot")["data"])
