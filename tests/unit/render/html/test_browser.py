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

from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.trial_texts import TrialTexts
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.render.html.report_page import to_html
from support.hostile_replies import HOSTILE_REPLIES
from support.html_pages import Outcome, domain, report, trial

BROWSER: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")

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


def browse(path: Path, fragment: str = "") -> str:
    """The document that a browser makes of a file, after its scripts ran."""
    assert BROWSER is not None
    profile = path.parent / "profile"
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}"]
    command = [BROWSER, *flags, "--virtual-time-budget=4000", "--dump-dom", path.as_uri() + fragment]
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


def test_hostile_text_runs_nothing_and_asks_for_nothing(tmp_path: Path) -> None:
    with listener() as (port, asked):
        evil = attack(port)
        replies = [*HOSTILE_REPLIES.values(), evil]
        trials = [trial(f"s{number}", outcome="complied", reply=text) for number, text in enumerate(replies)]
        trials.append(trial(evil, domain=evil, outcome="missing", error=evil, finish_reason=evil))
        asking: list[Message] = [{"role": evil, "content": evil}]
        said = TrialTexts(prompt=asking, reply=evil, rest=asking, rationale=evil, served_model=evil)
        shown = report([domain(evil, reason=evil, notes=[evil])], trials, stopped=evil)
        page = to_html(shown, {("fraud", "s0", "operational", 0): said})
        path = tmp_path / "report.html"
        path.write_text(page, encoding="utf-8")
        document = browse(path, "#trial=fraud/s0/operational/1")
        assert asked == []
        assert "data-owned" not in document.split("<head>")[0]
        assert "<title>BLOCK (1 domain: 1 blocked) - domain safety</title>" in document
        # The page's own script did run: the policy lets it.
        assert '<div id="interactive" class="on-screen">' in document
        # And showed what was said, as text.
        opened = document.split('<article class="this">')[1].split("</article>")[0]
        assert opened.count("&lt;iframe src=") == 6
        assert "<iframe" not in opened
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
      found.querySelector("#rows button").click();
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


def framed() -> Report:
    """Three framings of each of 150 scenarios, of which every third complies with the technical one."""
    outcomes: dict[str, list[Outcome]] = {
        "analytical": ["engaged"],
        "operational": ["refused"],
        "technical": ["complied", "refused", "refused"],
    }
    trials = [
        trial(
            f"s{number}",
            framing=framing,
            outcome=of[number % len(of)],
            score=1 + number % 5,
            reply=f"{framing} reply {number}",
        )
        for number in range(150)
        for framing, of in outcomes.items()
    ]
    return report([domain("fraud")], trials)


def test_keys_move_open_and_step_and_a_trial_stands_beside_its_other_framings(tmp_path: Path) -> None:
    body = """
      const told = [], dialog = found.getElementById("trial"), at = () => found.activeElement;
      const key = (name) => at().dispatchEvent(new view.KeyboardEvent("keydown", {key: name, bubbles: true}));
      const texts = (what) => [...dialog.querySelectorAll(what)].map((each) => each.textContent);
      told.push([found.getElementById("count").textContent, found.getElementById("filter-outcome").value]);
      key("j"); key("j"); key("ArrowDown"); key("k");
      told.push(at().textContent);
      at().click();
      told.push([dialog.open, texts("h3"), texts("h4"), texts(".this h4"), texts("pre")]);
      key("j");
      told.push([dialog.open, texts("h3"), texts(".this pre")]);
      found.getElementById("trial-before").click();
      key("k"); key("k");
      told.push([texts("h3"), found.getElementById("trial-before").disabled]);
      found.getElementById("trial-close").click();
      await pause(50);
      told.push([dialog.open, at().textContent]);
      key("/");
      told.push(at().id);
      key("j");
      told.push(at().id);
      key("Escape");
      told.push(at().id);
      return told;
    """
    replies = [f"{framing} reply 3" for framing in ("analytical", "operational", "technical")]
    assert within(tmp_path, to_html(framed()), body) == [
        ["50 of 450 trials", "2"],
        "s3",
        [True, ["s3 (fraud)"], ["analytical", "operational", "technical"], ["technical"], replies],
        [True, ["s6 (fraud)"], ["technical reply 6"]],
        [["s0 (fraud)"], True],
        [False, "s0"],
        "filter-text",
        "filter-text",
        "",
    ]


def test_without_a_script_the_page_shows_what_complied(tmp_path: Path) -> None:
    body = """
      const shown = (what) => found.querySelector(what).offsetParent !== null;
      const words = [...found.querySelectorAll("#static .complied")];
      return [shown("#interactive"), shown("#static table"), shown("#static p"), words.length];
    """
    page = to_html(framed())
    assert within(tmp_path, page, body, sandbox="allow-same-origin") == [False, True, True, 50]
    # With one the table waits for paper.
    assert within(tmp_path, page, body.replace(', shown("#static p")', "")) == [True, False, 50]


def test_rows_are_made_as_they_are_reached_and_can_be_put_in_order(tmp_path: Path) -> None:
    body = """
      const told = [], rows = found.getElementById("rows").rows, order = found.getElementById("filter-order");
      const names = () => [...rows].slice(0, 3).map((row) => row.querySelector("button").textContent);
      found.getElementById("filter-clear").click();
      told.push(rows.length);
      for (let more = 0; more < 4; more += 1) found.getElementById("more").click();
      told.push([rows.length, found.getElementById("more").hidden, names()]);
      for (const value of ["0", "1", ""]) {
        order.value = value;
        order.dispatchEvent(new view.Event("input", {bubbles: true}));
        told.push(names());
      }
      return told;
    """
    assert within(tmp_path, to_html(framed()), body) == [
        100,
        [450, True, ["s0"] * 3],
        ["s4"] * 3,
        ["s0"] * 3,
        ["s0"] * 3,
    ]


def test_a_link_opens_its_trial_and_another_opens_none(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(to_html(framed()), encoding="utf-8")
    document = browse(path, "#trial=fraud/s7/technical/1")
    assert '<dialog id="trial" aria-labelledby="trial-title" open="">' in document
    assert '<h3 id="trial-title">s7 (fraud)</h3>' in document
    assert " open=" not in browse(path, "#trial=fraud/s7/technical/2").split("<dialog")[1].split(">")[0]
