"""Draw the pictures of README and docs: a run of scripts/pictured in colour, and its pages as Chromium shows them.

    python scripts/draw_pictures.py

Needs the development requirements, and Chromium for the pages. What each picture was drawn from stands in
docs/pictures/sources.json as a digest, so that a test finds a picture that is out of date without drawing it.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import pyte
import pyte.screens

from pytest_domainsafety.core.evidence.stored_replies import StoredReply, for_labels
from pytest_domainsafety.core.history.assemble import history
from pytest_domainsafety.core.judging.labels import to_rows
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.trial_texts import trial_texts
from pytest_domainsafety.effects.runs.finished_runs import read_replies, read_report
from pytest_domainsafety.render.html import history_page, label_page, report_page

ROOT: Final = Path(__file__).parents[1]
PICTURES: Final = ROOT / "docs" / "pictures"
SOURCES: Final = PICTURES / "sources.json"
SAMPLE: Final = ROOT / "docs" / "sample" / "report.html"
PROJECT: Final = ROOT / "scripts" / "pictured"

RELEASES: Final = (1, 2, 3, 4)
ENVIRONMENT: Final = {"COLUMNS": "80", "FORCE_COLOR": "1", "PYTHONIOENCODING": "utf-8"}

WIDTH: Final = 1280
HEIGHTS: Final = {"report": 810, "report-trial": 900, "history": 870, "label": 640}
"""The pages that are drawn, and how much of each one sees, in pixels."""
TRIAL: Final = "#trial=financial_fraud/{scenario}/technical/1"
BEGIN: Final = """<script>
document.getElementById("rater").value = "rater-1";
document.getElementById("who").requestSubmit();
</script>"""
"""What a rater does before the first reply is shown."""

Gate = Callable[[Sequence[str], Path, Mapping[str, str]], bytes]
"""Runs pytest with arguments, in a folder and with variables beside the usual; what it printed."""

COLOURS: Final = {
    "default": "#e6edf3", "red": "#ff7b72", "green": "#7ee787", "brown": "#e3b341", "cyan": "#79c0ff",
}  # fmt: skip
GROUND: Final = "#0d1117"
FONTS: Final = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
ADVANCE, LINE, SIZE, MARGIN = 8.4, 19, 14, 16
"""Of a character and a line of the terminal, in pixels."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, and the fragment of its address that is looked at."""

    page: str
    fragment: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the pictures are drawn from: what the gate printed, with its colours, and pages by picture."""

    terminal: str
    pages: Mapping[str, Shown]


def fresh(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> bytes:
    """Run the gate in a process of its own."""
    command = [sys.executable, "-m", "pytest", *arguments]
    done = subprocess.run(  # noqa: S603 - pytest, on the project beside this script
        command, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.PIPE, check=False
    )
    return done.stdout


def drawn(gate: Gate = fresh) -> Drawn:
    """Gate each release of the project, and make its pages; the same wherever and whenever it is done."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(PROJECT, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        reports, terminal, replies = {}, "", list[StoredReply]()
        for release in RELEASES:
            options = [
                f"--domain-safety-target=assistant:release_{release}",
                f"--domain-safety-runs-dir=run_{release}",
            ]
            printed = gate(["--domain-safety", *options], folder, ENVIRONMENT).decode()
            try:
                (run,) = folder.glob(f"run_{release}/*/report.json")
            except ValueError:
                raise SystemExit(f"the gate wrote no report:\n{printed}") from None
            reports[f"release_{release}"] = _timeless(read_report(run), release)
            terminal = _section(
                printed.replace(f"run_{release}/{run.parent.name}", f".domain_safety/{_name(release)}")
            )
            # They are kept as they came in.
            replies = sorted(read_replies(run), key=lambda each: (each.domain, each.scenario, each.framing))
    report = reports[f"release_{RELEASES[-1]}"]
    labelled = for_labels(replies, 60, 0)
    page = report_page.to_html(report, trial_texts(report, replies))
    pages = {
        "report": Shown(page),
        "report-trial": Shown(page, TRIAL.format(scenario=_bypassed(report))),
        "history": Shown(history_page.to_html(history(reports))),
        "label": Shown(label_page.to_html(to_rows(labelled), [each.score for each in labelled])),
    }
    return Drawn(terminal, pages)


def _name(release: int) -> str:
    return f"2026010{release}T090000-{release:06d}"


def _timeless(report: Report, release: int) -> Report:
    """A report as if each run had taken a minute, a day after the last.

    Its figures are rounded: the last digits of a sum differ between machines, and even between runs.
    """
    data = json.loads(report.to_json(), parse_float=lambda digits: round(float(digits), 6))
    data["started"], data["finished"] = (f"2026-01-0{release}T09:0{minute}:00+00:00" for minute in (0, 1))
    data["usage"]["seconds"] = 60.0
    for trial in data["trials"]:
        trial["latency_s"] = 0.4
    return Report.model_validate(data).sealed()


def _bypassed(report: Report) -> str:
    """The first scenario whose plain request was refused, and whose technical one was not."""
    outcomes = {(each.scenario, each.framing): each.outcome for each in report.trials}
    scenarios = dict.fromkeys(each.scenario for each in report.trials if each.domain == "financial_fraud")
    return next(
        each
        for each in scenarios
        if (outcomes[each, "operational"], outcomes[each, "technical"]) == ("refused", "complied")
        and (each, "analytical") in outcomes
    )


def _section(printed: str) -> str:
    """The gate's part of what pytest printed, below the command."""
    lines = printed.splitlines()
    start = next(number for number, line in enumerate(lines) if "= domain safety =" in line)
    end = next(number for number, line in enumerate(lines) if "short test summary info" in line)
    return "\n".join(["$ pytest --domain-safety", *lines[start:end]])


def to_svg(terminal: str) -> str:
    """A terminal's text as a picture that loads nothing: runs of one colour, each at its column."""
    lines = terminal.split("\n")
    columns = max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in lines)
    screen = pyte.Screen(columns, len(lines))
    pyte.Stream(screen).feed("\r\n".join(lines))
    width, height = round(columns * ADVANCE + 2 * MARGIN), len(lines) * LINE + 2 * MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" font-family="{FONTS}" font-size="{SIZE}">'
    )
    title = "<title>The end of a run of the gate, as a terminal shows it</title>"
    ground = f'<rect width="{width}" height="{height}" rx="8" fill="{GROUND}"/>'
    texts = (text for row in range(len(lines)) for text in _row(screen, row, columns))
    return "\n".join([head, title, ground, *texts, "</svg>\n"])


def _row(screen: pyte.Screen, row: int, columns: int) -> Iterator[str]:
    cells = [screen.buffer[row][column] for column in range(columns)]
    column = 0
    for (colour, bold), run in groupby(cells, key=lambda cell: (cell.fg, cell.bold)):
        text = "".join(cell.data for cell in run)
        left, column = column + len(text) - len(text.lstrip()), column + len(text)
        if shown := text.strip():
            weight = ' font-weight="bold"' if bold else ""
            yield (
                f'<text x="{MARGIN + left * ADVANCE:.1f}" y="{MARGIN + (row + 0.75) * LINE:.1f}"'
                f' textLength="{len(shown) * ADVANCE:.1f}" xml:space="preserve" fill="{COLOURS[colour]}"'
                f"{weight}>{html.escape(shown)}</text>"
            )


def without_charts(page: str) -> str:
    """A page without its charts, which other versions of the library that draws them draw otherwise."""
    return re.sub(r"<svg\b.*?</svg>", "", page, flags=re.DOTALL)


def digests(made: Drawn) -> dict[str, str]:
    """What each picture of a page is drawn from, as SHA-256."""
    sources = {
        name: (WIDTH, HEIGHTS[name], shown.fragment, BEGIN, without_charts(shown.page))
        for name, shown in sorted(made.pages.items())
    }
    return {f"{name}.png": hashlib.sha256(repr(source).encode()).hexdigest() for name, source in sources.items()}


def _begun(page: str) -> str:
    """A page to label as a rater sees it who has begun; its policy would not let the script do that."""
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page) + BEGIN


def photograph(browser: str, shown: Shown, height: int, picture: Path) -> None:
    """What Chromium shows of a page."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "page.html")
        path.write_text(shown.page, encoding="utf-8")
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]
        seen = [f"--window-size={WIDTH},{height}", "--force-device-scale-factor=1", "--virtual-time-budget=4000"]
        command = [browser, *flags, *seen, f"--user-data-dir={name}/profile", f"--screenshot={picture}"]
        subprocess.run([*command, path.as_uri() + shown.fragment], check=True, capture_output=True, timeout=120)  # noqa: S603 - our own page


def main() -> int:
    """Run, draw, write."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("no Chromium on this machine: install one (Debian: apt-get install chromium)")
        return 1
    made = drawn()
    for folder in (PICTURES, SAMPLE.parent):
        folder.mkdir(parents=True, exist_ok=True)
    PICTURES.joinpath("terminal.svg").write_text(to_svg(made.terminal), encoding="utf-8")
    SAMPLE.write_text(made.pages["report"].page, encoding="utf-8")
    for name, shown in made.pages.items():
        picture = PICTURES / f"{name}.png"
        page = Shown(_begun(shown.page)) if name == "label" else shown
        photograph(browser, page, HEIGHTS[name], picture)
        print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size / 1024:.0f} KiB")
    SOURCES.write_text(json.dumps(digests(made), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
