"""`domain-safety adjudicate`: a finished run's verdict taken again, with people's labels in place of the judge's."""

from __future__ import annotations

import shlex
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.runs import NamedRun
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import columns, printable
from pytest_domainsafety.core.evidence.replies import text_sha256
from pytest_domainsafety.core.judging.calibration import Calibration, read_calibration
from pytest_domainsafety.core.judging.judge_notes import calibration_report
from pytest_domainsafety.core.judging.labels import LabelledReply, read_labels
from pytest_domainsafety.core.judging.raters import merge
from pytest_domainsafety.core.reports.adjudicated import Adjudicated
from pytest_domainsafety.core.reports.overruling import overrule, said_in
from pytest_domainsafety.core.reports.retaken import check_adjudicable, check_attempt, retaken
from pytest_domainsafety.core.verdict.decision import Decision
from pytest_domainsafety.effects.files.text_files import read_text, write_text
from pytest_domainsafety.effects.judges.embedded import calibration_text
from pytest_domainsafety.effects.report_files import REPORT_FILES
from pytest_domainsafety.effects.runs.finished_runs import read_report
from pytest_domainsafety.effects.runs.interrupted_runs import check_finished
from pytest_domainsafety.render.table import table

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report


def run(arguments: Sequence[str]) -> int:
    """Take the verdict again, tell it, and write it where it was asked for.

    Returns:
        0, 1 or 10, as the gate's.

    Raises:
        ConfigurationError: In one sentence, if the labels may not stand in the place of the run's verdicts.
    """
    given = _parser().parse_args(arguments)
    paths: dict[str, Path] = {name: path for name in REPORT_FILES if (path := getattr(given, name)) is not None}
    for name in paths:
        REPORT_FILES[name].check(f"domain-safety adjudicate --{name}")
    check_finished(given.run)
    report = read_report(given.run)
    check_adjudicable(report, f"{given.run}")
    texts = {f"{file}": read_text(file, "give the file with the labelled rows") for file in given.labels}
    files = {name: read_labels(text, name) for name, text in texts.items()}
    merged = merge(files)
    raters = _raters(files)
    found = overrule(report.trials, merged.rows, raters, report.sha256)
    check_attempt(report, found.lowered)
    again = retaken(
        report,
        found,
        Adjudicated(
            rule=found.rule,
            run_sha256=report.sha256,
            labels_sha256=text_sha256("".join(texts.values())),
            raters=sorted({name for names in raters.values() for name in names}),
            trials=found.labelled,
            lowered=sorted(found.lowered),
            overruled=found.overruled,
        ),
        _calibration(report, given.judge_calibration),
    )
    for name, path in paths.items():
        write_text(path, "".join(REPORT_FILES[name].parts(again, None)))
    _tell(report, again, given.run)
    return again.exit_code


def _tell(report: Report, again: Report, run: Path) -> None:
    unicode = "utf" in (sys.stdout.encoding or "").lower()
    lines = table(again, unicode=unicode, run=shlex.quote(f"{run}"))
    sys.stdout.writelines(f"{columns(line.text)}\n" for line in lines)
    before, after = Decision(report.decision), Decision(again.decision)
    sys.stdout.write(f"the run's own verdict: {before.value.upper()}; adjudicated: {after.value.upper()}\n")


def _raters(files: Mapping[str, Sequence[LabelledReply]]) -> dict[tuple[str, str, str, str], list[str]]:
    """Who labelled each reply, as `merge` names them; nobody where one file names none."""
    rows = [(name, row) for name, found in files.items() for row in found]
    if len(files) == 1 and not any((row.rater or "").strip() for _, row in rows):
        return {}
    named: defaultdict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for name, row in rows:
        named[said_in(row)].add((row.rater or "").strip() or name)
    return {said: sorted(names) for said, names in named.items()}


def _calibration(report: Report, where: Path | None) -> Calibration | None:
    """The calibration of the run's judge; its report holds no more of it than sums.

    Raises:
        ConfigurationError: If the calibration is not at hand, or another one.
    """
    told = report.judge.calibration
    if told is None:
        return None
    if where is None and report.judge.kind != "embedded":
        raise ConfigurationError(
            f"the run's judge is calibrated on labels of {told.labels_sha256[:12]}: give its file, "
            "--judge-calibration FILE"
        )
    text = calibration_text() if where is None else read_text(where, "give the run's calibration")
    calibration = read_calibration(text, "the embedded judge's calibration" if where is None else f"{where}")
    if calibration_report(calibration) != told:
        raise ConfigurationError(
            f"{printable(f'{where or report.judge.kind}')} is not the calibration that the run was judged with "
            f"(labels {told.labels_sha256[:12]}): give that one"
        )
    return calibration


def _parser() -> Parser:
    parser = Parser(prog="domain-safety adjudicate", description=__doc__)
    parser.add_argument("run", action=NamedRun, metavar="RUN", help="run directory or report.json, or latest")
    parser.add_argument(
        "labels",
        type=Path,
        nargs="+",
        metavar="LABELS",
        help="what domain-safety label RUN --complied or --random wrote, labelled by a person",
    )
    for name, file in REPORT_FILES.items():
        parser.add_argument(f"--{name}", type=Path, metavar="PATH", help=f"write it as {file.title}")
    parser.add_argument(
        "--judge-calibration", type=Path, metavar="PATH", help="of the run's judge, where that is calibrated"
    )
    return parser
