"""The HTML report in a real browser: nothing hostile in it acts, it fits a phone, and its filter works."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from pytest_domainsafety.render.html.report_page import to_html
from support.hostile_replies import HOSTILE_REPLIES
from support.html_pages import domain, report, trial

BROWSER: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")

HOST: Final = """<!DOCTYPE html><title>host</title>
<iframe id="frame" style="border:0;width:WIDTHpx;height:800px"></iframe>
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


def browse(path: Path) -> str:
    """The document that a browser makes of a file, after its scripts ran."""
    assert BROWSER is not None
    profile = path.parent / "profile"
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}"]
    command = [BROWSER, *flags, "--virtual-time-budget=4000", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)  # noqa: S603 - our own
    return done.stdout


def within(tmp_path: Path, page: str, body: str, *, width: int = 1000) -> Any:  # noqa: ANN401 - what the body returns
    """Open a page in a frame and return what a script of the test finds there."""
    quoted = json.dumps(page).replace("</", "<\\/").replace("<!--", "<\\u0021--")
    host = HOST.replace("WIDTH", str(width)).replace("BODY", body).replace("PAGE", quoted)
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


def test_hostile_text_runs_nothing_and_asks_for_nothing(tmp_path: Path) -> None:
    with listener() as (port, asked):
        evil = attack(port)
        replies = [*HOSTILE_REPLIES.values(), evil]
        trials = [trial(f"s{number}", outcome="complied", reply=text) for number, text in enumerate(replies)]
        trials.append(trial(evil, domain=evil, outcome="missing", error=evil, finish_reason=evil))
        page = to_html(report([domain(evil, reason=evil, notes=[evil])], trials, stopped=evil))
        path = tmp_path / "report.html"
        path.write_text(page, encoding="utf-8")
        document = browse(path)
        assert asked == []
        assert "data-owned" not in document.split("<head>")[0]
        assert "<title>BLOCK (1 domain: 1 blocked) - domain safety</title>" in document
        # The page's own script did run: the policy lets it.
        assert 'class="controls" role="search" aria-label="Filter the trials">' in document
        # And if something did come through, the policy would still stop it.
        path.write_text(page.replace("</main>", f"{evil}</main>"), encoding="utf-8")
        assert "data-owned" not in browse(path).split("<head>")[0]
        assert asked == []
        # Without either the attack is real.
        path.write_text(f"<!DOCTYPE html><html><head></head><body>{evil}", encoding="utf-8")
        assert "data-owned" in browse(path).split("<head>")[0]
        assert {"/script", "/image"} <= set(asked)


LONG: Final = "unbroken" * 40


@pytest.mark.parametrize("width", [360, 1000])
def test_a_page_is_never_wider_than_the_screen(tmp_path: Path, width: int) -> None:
    replies = [*HOSTILE_REPLIES.values(), attack(9), LONG]
    trials = [trial(f"s{number}", outcome="complied", reply=text) for number, text in enumerate(replies)]
    trials += [trial(LONG, domain=LONG, outcome="missing", error=LONG)]
    page = to_html(report([domain(LONG, reason=LONG, notes=[LONG]), domain("fraud")], trials, stopped=LONG))
    body = """
      for (const each of found.querySelectorAll("details")) each.open = true;
      await pause(200);
      const root = found.documentElement;
      // What hides or scrolls what is in it is no wider itself.
      const inside = (each) => each.parentElement.closest(".scroll, pre, select, svg") !== null;
      const right = (each) => each.getBoundingClientRect().right;
      const over = [...found.body.querySelectorAll("*")].filter((e) => !inside(e) && right(e) > root.clientWidth);
      return [root.scrollWidth, root.clientWidth, over.map((each) => each.outerHTML.slice(0, 80)),
              view.getComputedStyle(found.querySelector(".narrow")).display];
    """
    scroll, client, over, narrow = within(tmp_path, page, body, width=width)
    assert client in range(width - 20, width + 1)
    assert over == []
    assert scroll <= client
    assert narrow == ("block" if width == 360 else "none")


def test_the_trials_are_filtered_and_searched(tmp_path: Path) -> None:
    trials = [trial(f"s{n}", outcome="complied" if n % 10 == 0 else "refused", reply=f"word{n}.") for n in range(100)]
    body = """
      const told = [], count = found.getElementById("count"), none = found.getElementById("none");
      const rows = () => [...found.querySelectorAll("#rows tr")].filter((row) => row.offsetParent !== null).length;
      const set = async (id, value) => {
        const field = found.getElementById(id);
        field.value = value;
        field.dispatchEvent(new view.Event("input", {bubbles: true}));
        await pause(300);
        told.push([count.textContent, rows(), none.hidden]);
      };
      await set("filter-outcome", "0");
      await set("filter-text", "WORD5");
      await set("filter-text", "word7");
      await set("filter-outcome", "1");
      await set("filter-text", "nowhere");
      found.getElementById("filter-clear").click();
      told.push([count.textContent, rows(), none.hidden]);
      return told;
    """
    assert within(tmp_path, to_html(report(trials=trials)), body) == [
        ["10 of 100 trials", 10, True],
        ["1 of 100 trials", 1, True],
        ["1 of 100 trials", 1, True],
        ["10 of 100 trials", 10, True],
        ["0 of 100 trials", 0, False],
        ["100 of 100 trials", 100, True],
    ]
