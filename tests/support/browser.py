"""A Chromium without a window, driven by the DevTools protocol over a pipe; no other program is needed.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Json = Any

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
COMMAND_FD, RESULT_FD = 3, 4
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
PATIENCE = 60.0


@dataclass
class Browser:
    """One page of a running browser."""

    commands: int
    results: int
    session: str | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _unread: bytes = b""

    def send(self, method: str, **parameters: Json) -> Json:
        """Sends a command and returns its result; events are ignored."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def _next(self) -> Json:
        while b"\0" not in self._unread:
            part = os.read(self.results, 1 << 16)
            assert part, "the browser has ended"
            self._unread += part
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)

    def open(self, url: str, *, width: int, height: int, dark: bool = False, language: str = "nl") -> None:
        """Opens a page of that size in a new browser context, which shares no storage with others."""
        self.session = None
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        phone = width < 600
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.send("Network.setUserAgentOverride", userAgent="test", acceptLanguage=language)
        self.send("Page.navigate", url=url)

    def value(self, script: str) -> Json:
        """Returns the value of an expression in the page."""
        result = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait_for(self, script: str) -> Json:
        """Returns the value of an expression once it is true."""
        deadline = time.monotonic() + PATIENCE
        while not (value := self.value(script)):
            assert time.monotonic() < deadline, f"{script}: {self.value('document.body.innerText')}"
            time.sleep(0.05)
        return value

    def press(self, key: str) -> None:
        """Presses a key such as `Tab` or `Enter`."""
        text = {"Enter": "\r"}.get(key, "")
        codes = {"Tab": 9, "Enter": 13, "Escape": 27}
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=codes[key], text=text)

    def picture(self, file: Path) -> None:
        """Writes a picture of the page as PNG."""
        file.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))


@contextmanager
def running_browser(folder: Path) -> Iterator[Browser]:
    """Runs the browser with a new profile in that folder."""
    assert PROGRAM
    command_in, command_out = os.pipe()
    result_in, result_out = os.pipe()
    arguments = [PROGRAM, *OPTIONS, "--remote-debugging-pipe", f"--user-data-dir={folder}"]
    log = (folder / "log.txt").open("wb")
    pid = os.posix_spawn(
        PROGRAM,
        arguments,
        dict(os.environ),
        file_actions=[
            (os.POSIX_SPAWN_DUP2, command_in, COMMAND_FD),
            (os.POSIX_SPAWN_DUP2, result_out, RESULT_FD),
            (os.POSIX_SPAWN_DUP2, log.fileno(), 2),
        ],
        setpgroup=0,
    )
    for own in (command_in, result_out):
        os.close(own)
    log.close()
    try:
        yield Browser(command_out, result_in)
    finally:
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(command_out)
        os.close(result_in)
