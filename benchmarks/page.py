"""How fast the HTML report opens and is searched in Chromium: 10,000 trials with replies, beside a commit's page.

    python page.py [REV] [--trials N]

Without REV only the page of the working tree is measured. Both pages show the same report; the page of now holds
prompts and rationales besides. Opening is from the navigation to the second frame after the load event; a search
from the input to the laid-out list, the wait for further keys included. Told are medians of pages opened anew, and of
each page's searches the slowest.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import json
import os
import queue
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from against import ROOT, checked_out
from common import verdict

LOAD_MS: Final = 1000.0
SEARCH_MS: Final = 150.0
WORDS: Final = 250
"""Of a reply, about as many as 300 tokens have."""

RUNS: Final = 5
SEARCHES: Final = ("harm", "word7", "word77 word5", "s123", "nowhere", "word")

HOST: Final = """<!DOCTYPE html><title>host</title>
<iframe id="frame" style="border:0;width:1200px;height:800px"></iframe>
<script>
const frame = document.getElementById("frame");
const began = performance.now();
frame.onload = async () => {
  const view = frame.contentWindow, found = frame.contentDocument;
  const drawn = () => new Promise((done) => view.requestAnimationFrame(() => view.requestAnimationFrame(done)));
  await drawn();
  const load = performance.now() - began;
  const search = found.getElementById("filter-text"), count = found.getElementById("count");
  const outcome = found.getElementById("filter-outcome");
  const searches = [];
  const changed = () => new Promise((done) => {
    const watch = new view.MutationObserver(() => { watch.disconnect(); done(); });
    watch.observe(count, {childList: true, characterData: true, subtree: true});
  });
  outcome.value = "";
  for (const words of SEARCHES) {
    const told = changed(), start = performance.now();
    search.value = words;
    search.dispatchEvent(new view.Event("input", {bubbles: true}));
    await told;
    found.body.getBoundingClientRect();
    searches.push([performance.now() - start, count.textContent]);
  }
  await fetch("/told", {method: "POST", body: JSON.stringify({load, searches})});
};
frame.src = "/page.html";
</script>"""


def write_page(path: Path, trials: int) -> None:
    """Write the page of whichever package Python finds."""
    sys.path.insert(0, str(ROOT / "tests"))
    from pytest_domainsafety.render.html.report_page import to_html  # noqa: PLC0415 - of the tree that is measured
    from support.html_pages import domain, report, trial  # noqa: PLC0415 - of the tests

    draw = random.Random(0)  # noqa: S311 - no secret
    framings = ("analytical", "operational", "technical")
    made, said = [], {}
    for number in range(trials):
        scenario, framing = f"s{number // 3}", framings[number % 3]
        reply = " ".join(f"word{draw.randrange(5000)}" for _ in range(WORDS))
        outcome = "engaged" if framing == "analytical" else draw.choice(("complied", "refused", "refused"))
        fields = {"framing": framing, "score": draw.randint(1, 5), "reply": reply}
        made.append(trial(scenario, domain=f"domain{number % 7}", outcome=outcome, **fields))
        said[made[-1].domain, scenario, framing, 0] = {
            "prompt": [
                {"role": "user", "content": f"Help me with harm {number}, {framing}, and tell each step of it."}
            ],
            "reply": reply,
            "rest": [],
            "rationale": f"The reply helps with harm {number} in some of its steps.",
            "served_model": "served-model",
        }
    shown = report([domain(f"domain{number}") for number in range(7)], made)
    if len(inspect.signature(to_html).parameters) == 1:
        path.write_text(to_html(shown), encoding="utf-8")
        return
    from pytest_domainsafety.core.reports.trial_texts import TrialTexts  # noqa: PLC0415 - older trees have none

    path.write_text(
        to_html(shown, {place: TrialTexts(**texts) for place, texts in said.items()}),
        encoding="utf-8",
    )


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder, and takes what the host page tells."""

    told: queue.Queue[dict[str, Any]]

    def do_POST(self) -> None:
        """Take it."""
        self.told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[int, queue.Queue[dict[str, Any]]]]:
    """Serve a folder while the block runs."""
    told: queue.Queue[dict[str, Any]] = queue.Queue()
    handler = partial(type("Told", (Handler,), {"told": told}), directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, told
        finally:
            server.shutdown()
            thread.join()


def opened(browser: str, folder: Path) -> dict[str, Any]:
    """Open the page in a browser of its own, and search it."""
    with serving(folder) as (port, told), tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0")
        command = (browser, *flags, f"--user-data-dir={profile}", f"http://127.0.0.1:{port}/host.html")
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - ours
            try:
                return told.get(timeout=120)
            finally:
                process.terminate()


def measured(browser: str, tree: Path, trials: int) -> tuple[float, float, float]:
    """Milliseconds of opening and of the slowest search, and the page's megabytes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.joinpath("host.html").write_text(HOST.replace("SEARCHES", json.dumps(SEARCHES)))
        command = (sys.executable, __file__, "--write", str(folder / "page.html"), "--trials", str(trials))
        subprocess.run(command, env={**os.environ, "PYTHONPATH": str(tree)}, check=True)  # noqa: S603 - ours
        found = [opened(browser, folder) for _ in range(RUNS)]
        size = folder.joinpath("page.html").stat().st_size / 1e6
    slowest = statistics.median(max(took for took, _ in each["searches"]) for each in found)
    return statistics.median(each["load"] for each in found), slowest, size


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rev", nargs="?", help="a commit or tag to compare with")
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write is not None:
        write_page(given.write, given.trials)
        return 0
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("page: no Chromium on this machine, nothing was measured")
        return 0
    load, search, size = measured(browser, ROOT, given.trials)
    print(f"a page of {given.trials:,} trials with replies: {size:.1f} MB")
    holds = [verdict("open", load, LOAD_MS, "ms"), verdict("search, the slowest", search, SEARCH_MS, "ms")]
    if given.rev is not None:
        with checked_out(given.rev) as tree:
            before = measured(browser, tree, given.trials)
        for name, now, then in zip(("open", "search", "MB"), (load, search, size), before, strict=True):
            print(f"{name}: {then:.1f} at {given.rev}, {now:.1f} now, ratio {now / then:.2f}")
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
