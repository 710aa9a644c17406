"""A real browser for the tests of pages, and markup that attacks them."""

from __future__ import annotations

import html
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

BROWSER: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

needs_browser: Final = pytest.mark.skipif(
    BROWSER is None and "CI" not in os.environ, reason="no Chromium on this machine; CI installs one"
)

HOST: Final = """<!DOCTYPE html><title>host</title>
<iframe id="frame" SANDBOX style="border:0;width:WIDTHpx;height:800px"></iframe>
<pre id="told"></pre><script>
const page = PAGE;
const frame = document.getElementById("frame");
frame.onload = async () => {
  const view = frame.contentWindow, found = frame.contentDocument;
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const told = await (async () => { BODY })();
  document.getElementById("told").textContent = JSON.stringify(told);
};
frame.srcdoc = page;
</script>"""
"""A page around the page, which may look into it: a phone's width is less than a browser's window has."""


def browse(path: Path, fragment: str = "", *, address: str | None = None) -> str:
    """The document that a browser makes of a file, or of another address, after its scripts ran."""
    assert BROWSER is not None, "no Chromium: apt-get install chromium"
    profile = path.parent / "profile"
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}"]
    command = [BROWSER, *flags, "--virtual-time-budget=4000", "--dump-dom", address or path.as_uri() + fragment]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)  # noqa: S603 - our own
    return done.stdout


def within(tmp_path: Path, page: str, body: str, *, width: int = 1000, sandbox: str | None = None) -> Any:  # noqa: ANN401 - what the body returns
    """Open a page in a frame and return what a script of the test finds there.

    A sandbox that does not allow scripts is a browser without any.
    """
    quoted = json.dumps(page).replace("</", "<\\/").replace("<!--", "<\\u0021--")
    boxed = "" if sandbox is None else f'sandbox="{sandbox}"'
    host = HOST.replace("SANDBOX", boxed).replace("WIDTH", str(width)).replace("BODY", body).replace("PAGE", quoted)
    path = tmp_path / "host.html"
    path.write_text(host, encoding="utf-8")
    found = browse(path).split('<pre id="told">')[1].split("</pre>")[0]
    return json.loads(html.unescape(found))


@contextmanager
def listener() -> Iterator[tuple[int, list[str]]]:
    """A server that notes what it is asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, asked
        finally:
            server.shutdown()
            thread.join()


def attack(port: int) -> str:
    """Markup that marks the document and asks the listener, in many ways."""
    mark, there = "document.documentElement.dataset.owned=1", f"http://127.0.0.1:{port}"
    return (
        f"</pre></td></title></style></script><script>{mark}</script><script src={there}/script></script>"
        f"<img src={there}/image onerror='{mark}'><svg onload='{mark}'><image href={there}/svg /></svg>"
        f"<link rel=stylesheet href={there}/sheet><link rel=prefetch href={there}/prefetch>"
        f"<style>@import '{there}/import'; body {{ background: url({there}/ground); width: 9000px }}</style>"
        f"<iframe src={there}/frame></iframe><object data={there}/object></object><embed src={there}/embed>"
        f"<video src={there}/video autoplay></video><input autofocus onfocus='{mark}'>"
        f"<p style='position:fixed;inset:0;width:9000px'>over</p><details open ontoggle='{mark}'></details>"
    )
