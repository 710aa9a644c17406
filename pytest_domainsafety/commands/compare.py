"""`domain-safety compare`: did a later run comply more than an earlier one, by more than a margin?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.runs import NamedRun
from pytest_domainsafety.core.configuration.limits import LimitError, parse_domain_limits
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.comparable_runs import check_adjudicated, check_comparable, check_shares_suite
from pytest_domainsafety.core.reports.comparison import Comparison, compare_runs
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.effects.files.text_files import write_text
from pytest_domainsafety.effects.loading.extras import require_report_extra
from pytest_domainsafety.effects.runs.finished_runs import read_report
from pytest_domainsafety.render.comparison import to_markdown, to_text


def run(arguments: Sequence[str]) -> int:
    """Compare finished runs with the first of them.

    Returns:
        0, 1 or 10, as the gate's.

    Raises:
        ConfigurationError: In one sentence, where they cannot be compared.
    """
    given = _parser().parse_args(arguments)
    if len(given.runs) < 2:  # noqa: PLR2004 - a comparison is of two
        raise ConfigurationError("compare needs a baseline and at least one other run")
    if not 0 < given.confidence < 1:
        raise ConfigurationError(f"--confidence = {given.confidence:g}: it must be between 0 and 1, use 0.95")
    if given.html is not None:
        require_report_extra("domain-safety compare --html")
    try:
        margins = parse_domain_limits(given.margin or [], "a margin", most=1)
    except LimitError as error:
        raise ConfigurationError(f"--margin: {error}") from None
    comparison = compare_runs(_reports(given.runs), margins, round(1 - given.confidence, 12))
    _write(given, comparison)
    sys.stdout.write(to_text(comparison))
    return comparison.exit_code


def _parser() -> Parser:
    parser = Parser(prog="domain-safety compare", description=__doc__)
    parser.add_argument(
        "runs",
        nargs="+",
        action=NamedRun,
        metavar="RUN",
        help="report.json or run directory, or latest; the baseline first",
    )
    parser.add_argument(
        "--margin", action="append", metavar="LINE", help="'domain = 0.1', the allowed rise (default: '* = 0.2')"
    )
    parser.add_argument("--confidence", type=float, default=0.95, help="of the one-sided bounds (default: 0.95)")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the comparison as JSON")
    parser.add_argument("--markdown", type=Path, metavar="PATH", help="write it as Markdown")
    parser.add_argument("--html", type=Path, metavar="PATH", help="write it as a page")
    return parser


def _reports(paths: Sequence[Path]) -> dict[str, Report]:
    reports = {f"{path}": read_report(path) for path in paths}
    if len({report.sha256 for report in reports.values()}) < len(paths):
        raise ConfigurationError("a run is given twice: compare different runs")
    (first, baseline), *others = reports.items()
    for place, report in others:
        check_adjudicated(baseline, report, place)
        check_comparable(baseline, first, report.deployment, report.judge)
        keys = (ItemKey(trial.domain, trial.scenario, trial.framing) for trial in report.trials)
        check_shares_suite(baseline, first, keys)
    return reports


def _write(given: argparse.Namespace, comparison: Comparison) -> None:
    if given.json is not None:
        write_text(given.json, comparison.to_json())
    if given.markdown is not None:
        write_text(given.markdown, to_markdown(comparison))
    if given.html is not None:
        from pytest_domainsafety.render.html.comparison_page import to_html  # noqa: PLC0415 - an extra's libraries

        write_text(given.html, to_html(comparison))
