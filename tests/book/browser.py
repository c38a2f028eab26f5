"""Chromium without a window, led over a pipe: the few calls of its DevTools protocol that pages need.

The protocol: JSON messages, each ended by a 0 byte; the browser reads descriptor 3 and writes 4.
Every command has an id, which its answer repeats; what has none is an event.
"""
from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Pages are files of ours: they need no sandbox, which root and containers cannot have.
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
           "--hide-scrollbars", "--no-first-run", "--disable-extensions",
           "--disable-background-networking", "--remote-debugging-pipe")


class Browser:
    """One tab."""

    def __init__(self, to_it: int, from_it: int) -> None:
        self._to, self._from = os.fdopen(to_it, "wb"), os.fdopen(from_it, "rb")
        self._rest, self._asked, self._session = b"", 0, None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Page.enable")

    def ask(self, method: str, **params: object) -> dict:
        """What the browser answers to a command."""
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        while (answer := self._next()).get("id") != self._asked:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _next(self) -> dict:
        """The next message; whatever else was read is kept."""
        while b"\0" not in self._rest:
            got = os.read(self._from.fileno(), 1 << 20)
            if not got:
                raise RuntimeError("the browser ended; is chromium installed? `make setup` installs it")
            self._rest += got
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def open(self, page: Path) -> None:
        """Until all of it is there."""
        self.ask("Page.navigate", url=page.resolve().as_uri())
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def look(self, width: int, height: int = 900, dark: bool = False) -> None:
        """As a screen of that many pixels shows it, of a system that prefers light or dark."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", media="screen", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def run(self, script: str) -> object:
        """The value of an expression in the page."""
        done = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        if failed := done.get("exceptionDetails"):
            raise RuntimeError(failed.get("exception", failed).get("description", failed["text"]))
        return done["result"].get("value")

    def close(self) -> None:
        self._session = None  # it is asked of the browser, not of the tab
        self.ask("Browser.close")

    def picture(self, to: Path) -> None:
        """The whole page as a PNG."""
        taken = self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        to.write_bytes(base64.b64decode(taken["data"]))


@contextmanager
def opened(profile: Path) -> Iterator[Browser]:
    """A browser that keeps its files in the folder `profile`, and ends with the block."""
    its_in, to_it = os.pipe()
    from_it, its_out = os.pipe()
    process = subprocess.Popen(
        ["bash", "-c", f'exec "$@" 3<&{its_in} 4>&{its_out}', "browser", "chromium",
         *OPTIONS, f"--user-data-dir={profile}"],
        pass_fds=(its_in, its_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, env={**os.environ, "HOME": str(profile)})
    os.close(its_in)
    os.close(its_out)
    try:
        browser = Browser(to_it, from_it)
        yield browser
        browser.close()
    finally:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
