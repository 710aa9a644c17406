"""`domain-safety history`: each domain run by run, with what changed between the runs. Nothing is decided."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.runs import NamedRun, configured_folder, run_name
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.history.assemble import history
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.effects.files.text_files import write_text
from pytest_domainsafety.effects.loading.extras import require_report_extra
from pytest_domainsafety.effects.runs.interrupted_runs import check_finished
from pytest_domainsafety.effects.runs.report_folders import is_folder_of_runs, report_files
from pytest_domainsafety.effects.runs.report_heads import read_head
from pytest_domainsafety.render.history import to_text
from pytest_domainsafety.render.history_markdown import to_markdown

_NONE: Final = "there is no finished run in"
_MEND: Final = "name runs, their report.json, or a folder of them"


def run(arguments: Sequence[str]) -> int:
    """Tell how each domain fared, run by run.

    Returns:
        0, whatever the runs' decisions: this is no gate.

    Raises:
        ConfigurationError: In one sentence, if a run that was named cannot be read, or there is none.
    """
    given = _parser().parse_args(arguments)
    if given.html is not None:
        require_report_extra("domain-safety history --html")
    found = history(_named(_reports(given.runs or _configured())))
    if given.json is not None:
        write_text(given.json, found.to_json())
    if given.markdown is not None:
        write_text(given.markdown, to_markdown(found))
    if given.html is not None:
        from pytest_domainsafety.render.html.history_page import to_html  # noqa: PLC0415 - an extra's libraries

        write_text(given.html, to_html(found))
    sys.stdout.write(to_text(found, unicode="utf" in (sys.stdout.encoding or "").lower()))
    return 0


def _parser() -> Parser:
    parser = Parser(prog="domain-safety history", description=__doc__)
    parser.add_argument(
        "runs",
        nargs="*",
        action=NamedRun,
        metavar="RUN",
        help="report.json or run directory, or latest, or a folder of such (default: domain_safety_runs_dir)",
    )
    parser.add_argument("--json", type=Path, metavar="F", help="write the history as JSON")
    parser.add_argument("--markdown", type=Path, metavar="F", help="write it as Markdown")
    parser.add_argument("--html", type=Path, metavar="F", help="write it as a page, a chart a domain")
    return parser


def _configured() -> list[Path]:
    """The project's runs directory, as far as it is there."""
    folder = configured_folder()
    if not folder.is_dir():
        raise ConfigurationError(f"{_NONE} {folder}: {_MEND}")
    return [folder]


def _reports(places: Sequence[Path]) -> dict[Path, Report]:
    """The reports by their files; what is found in a folder and is none is counted, what is named must be one."""
    found: dict[Path, Report] = {}
    passed_over = 0
    for place in places:
        if not is_folder_of_runs(place):
            check_finished(place)
            found[place] = read_head(place)
            continue
        for file in report_files(place):
            try:
                found[file] = read_head(file)
            except ConfigurationError:
                passed_over += 1
    if not found:
        raise ConfigurationError(f"{_NONE} {', '.join(map(str, places))}: {_MEND}")
    if passed_over:
        what = "1 is no finished run and was" if passed_over == 1 else f"{passed_over} are no finished runs and were"
        sys.stderr.write(f"NOTE: of the files in the folder {what} passed over\n")
    return found


def _named(reports: dict[Path, Report]) -> dict[str, Report]:
    """By the names of their runs on disk, with more of the path where several are called alike."""
    names = Counter(map(run_name, reports))
    return {f"{path}" if names[run_name(path)] > 1 else run_name(path): report for path, report in reports.items()}
