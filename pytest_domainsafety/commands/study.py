"""`domain-safety study`: several deployments side by side, domain by domain, from their finished runs."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.runs import run_name, run_named
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.study.assemble import study
from pytest_domainsafety.core.study.shared import StudyRun
from pytest_domainsafety.effects.files.text_files import write_text
from pytest_domainsafety.effects.loading.extras import require_report_extra
from pytest_domainsafety.effects.runs.finished_runs import read_report
from pytest_domainsafety.render.study import to_text
from pytest_domainsafety.render.study_markdown import to_markdown


def run(arguments: Sequence[str]) -> int:
    """Describe the deployments; nothing is decided.

    Returns:
        0.

    Raises:
        ConfigurationError: In one sentence, where they cannot be compared.
    """
    given = _parser().parse_args(arguments)
    if given.html is not None:
        require_report_extra("domain-safety study --html")
    found = study(_runs(given.runs), shared_only=given.shared)
    if given.json is not None:
        write_text(given.json, found.to_json())
    if given.markdown is not None:
        write_text(given.markdown, to_markdown(found))
    if given.html is not None:
        from pytest_domainsafety.render.html.study_page import to_html  # noqa: PLC0415 - an extra's libraries

        write_text(given.html, to_html(found))
    sys.stdout.write(to_text(found))
    return 0


def _parser() -> Parser:
    parser = Parser(prog="domain-safety study", description=__doc__)
    parser.add_argument(
        "runs",
        nargs="+",
        metavar="[NAME=]RUN",
        help="a deployment's report.json or run directory, or latest; without a name it is called by its model",
    )
    parser.add_argument(
        "--shared",
        action="store_true",
        help="where suites, repetitions or judges differ, compare what the runs share and name what differs",
    )
    parser.add_argument("--json", type=Path, metavar="F", help="write the study as JSON")
    parser.add_argument("--markdown", type=Path, metavar="F", help="write it as Markdown")
    parser.add_argument("--html", type=Path, metavar="F", help="write it as a page")
    return parser


def _runs(arguments: Sequence[str]) -> list[StudyRun]:
    if len(arguments) < 2:  # noqa: PLR2004 - a study is of several
        raise ConfigurationError("study needs at least two runs: give one run a deployment")
    given = [(name, f"{run_named(path)}") for name, path in map(_split, arguments)]
    reports = [read_report(Path(path)) for _, path in given]
    if len({report.sha256 for report in reports}) < len(reports):
        raise ConfigurationError("a run is given twice: give one run a deployment")
    names = _names(given, reports)
    return [StudyRun.of(name, path, report) for name, (_, path), report in zip(names, given, reports, strict=True)]


def _split(argument: str) -> tuple[str | None, str]:
    """The name, where one is given, and the run; a file with an equals sign in its name is a run."""
    name, sign, path = argument.partition("=")
    if not sign or Path(argument).exists():
        return None, argument
    if not name.strip() or not path:
        raise ConfigurationError(f"'{argument}' is no NAME=RUN: write for example guarded=runs/guarded")
    return name.strip(), path


def _names(given: Sequence[tuple[str | None, str]], reports: Sequence[Report]) -> list[str]:
    """The names given; else the model, where several runs have it the run's folder or file, or else its path."""
    models = Counter(report.deployment.model for report in reports)
    names = [
        name or (model if (model := report.deployment.model) and models[model] == 1 else run_name(Path(path)))
        for (name, path), report in zip(given, reports, strict=True)
    ]
    tally = Counter(names)
    names = [
        path if tally[found] > 1 and not name else found for found, (name, path) in zip(names, given, strict=True)
    ]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ConfigurationError(f"two deployments are called {twice[0]}: give each a name of its own, NAME=RUN")
    return names
