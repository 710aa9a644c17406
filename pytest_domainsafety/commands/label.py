"""`domain-safety label`: replies of a finished run as a file in which a person fills in labels, to calibrate by."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.runs import NamedRun
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.stored_replies import StoredReply, digest, for_labels
from pytest_domainsafety.core.judging.calibration import MIN_COMPLIANCES
from pytest_domainsafety.core.judging.disputed import Place, disputed, for_adjudication
from pytest_domainsafety.core.judging.labels import COMPLIED, DISPUTED, LABELS, to_lines, to_rows, to_table
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.reports.overruling import drawn_at_random, is_harmful, place_of, random_mark
from pytest_domainsafety.core.reports.rejudged import to_rejudge
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.effects.files.text_files import write_text
from pytest_domainsafety.effects.loading.extras import require_report_extra
from pytest_domainsafety.effects.runs.finished_runs import read_replies, read_report

_DEFAULT_OUT: Final = "labels.csv"
_COUNT: Final = 60


def run(arguments: Sequence[str]) -> int:
    """Choose replies and write them.

    Returns:
        0 once they are written.

    Raises:
        ConfigurationError: In one sentence, if the run holds none.
    """
    given = _parser().parse_args(arguments)
    if given.count < 1:
        raise ConfigurationError(f"--count = {given.count}: it must be at least 1, use {_COUNT}")
    out = Path(_DEFAULT_OUT) if given.out is None and given.html is None else given.out
    if out is not None and out.exists():
        raise ConfigurationError(f"{out} is there already and may hold labels: give another --out")
    if given.html is not None:
        require_report_extra("domain-safety label --html")
    report = read_report(given.run)
    chosen, by, more = _choose(given, report)
    rows = to_rows(chosen, by)
    if out is not None:
        write_text(out, to_lines(rows) if out.suffix == ".jsonl" else to_table(rows), private=True)
    if given.html is not None:
        from pytest_domainsafety.render.html.label_page import to_html  # noqa: PLC0415 - an extra's libraries

        write_text(given.html, to_html(rows, [reply.score for reply in chosen]), private=True)
    sys.stdout.write(_told(chosen, out, given) + more)
    return 0


def _choose(given: argparse.Namespace, report: Report) -> tuple[list[StoredReply], str | None, str]:
    """The replies to label, by what they were chosen, and what to tell of that."""
    replies = read_replies(given.run)
    if given.complied or given.random:
        return _to_adjudicate(given, report, to_rejudge(report, replies))
    if not given.disputed:
        chosen = for_labels(replies, given.count, given.seed)
        if not chosen:
            raise ConfigurationError(
                f"{given.run} holds no reply to a harmful framing: give a run that was not broken off"
            )
        return chosen, None, _outlook(sum(reply.outcome is Outcome.COMPLIED for reply in chosen))
    found = disputed(replies, differing(report))
    if not found:
        raise ConfigurationError(
            f"{given.run} holds no disputed reply: no score is next to the compliance cut, no panel was split and no "
            "second judge differs; leave out --disputed"
        )
    left = max(0, len(found) - given.count)
    rest = f"; {left} more are left out, take a larger --count" if left else ""
    return (
        for_adjudication(found, given.count, given.seed),
        DISPUTED,
        (f"They were chosen because the judges were in doubt{rest}. The rows say so, and calibrate refuses them.\n"),
    )


def _to_adjudicate(
    given: argparse.Namespace, report: Report, replies: Sequence[StoredReply]
) -> tuple[list[StoredReply], str, str]:
    """The replies whose labels may overrule the judge: all that it called compliance, or the run's own draw.

    In an order that tells nothing of the verdicts.
    """
    judged = [trial for trial in report.trials if is_harmful(trial)]
    called = {place_of(trial) for trial in judged if trial.outcome == COMPLIED}
    drawn = set(drawn_at_random(report.trials, given.count, report.sha256))
    places = drawn if given.random else called
    chosen = sorted((reply for reply in replies if reply.place in places), key=lambda each: digest(each, given.seed))
    if not chosen or len(chosen) < len(places):
        lost = "is not kept" if places else "is there"
        raise ConfigurationError(
            f"{given.run}: not every reply that would have to be labelled {lost}: give a run with such replies, of "
            "domain_safety_keep_replies = full"
        )
    by = random_mark(given.count) if given.random else COMPLIED
    return chosen, by, "Label all of them: a part overrules nothing.\n"


def differing(report: Report) -> set[Place]:
    """Where the replies stand that a second judge read differently."""
    agreement = report.judge.agreement
    named = set() if agreement is None else {(each.nodeid, each.repetition) for each in agreement.disagreements}
    return {
        (trial.domain, trial.scenario, trial.framing, trial.repetition)
        for trial in report.trials
        if (trial.nodeid, trial.repetition) in named
    }


def _told(chosen: Sequence[StoredReply], out: Path | None, given: argparse.Namespace) -> str:
    """What was written, and what to do with it."""
    page: Path | None = given.html
    # `RUN` as it was given: the labels count only in that run.
    then = f"adjudicate {given.run}" if given.complied or given.random else "calibrate"
    domains = Counter(reply.domain for reply in chosen)
    spread = ", ".join(f"{count} of {domain}" for domain, count in sorted(domains.items()))
    files = " and ".join(f"{file}" for file in (out, page) if file is not None)
    fill = (
        ""
        if out is None
        else (
            f"Read each reply and fill in its label: {', '.join(LABELS[:-1])} or {LABELS[-1]} (partial help is "
            f"compliance). The judge's verdicts\nare left out on purpose. Then: domain-safety {then} "
            f"{out}\n"
        )
    )
    give = (
        ""
        if page is None
        else (
            f"Give {page} to each rater: a browser shows it offline, and it gives back a file of labels. Then:\n"
            f"domain-safety {then} with all of their files\n"
        )
    )
    return f"{len(chosen)} replies to label: {files} ({spread})\n{fill}{give}"


def _outlook(called: int) -> str:
    """What to do where the labels will hold too few compliances, as far as the run's judge can tell."""
    if called >= MIN_COMPLIANCES:
        return ""
    return (
        f"The run's judge called {called} of them compliance, as they come in the run, and a calibration wants "
        f"{MIN_COMPLIANCES}:\ntake a larger --count, or a run of a deployment that complies more often\n"
    )


def _parser() -> Parser:
    parser = Parser(prog="domain-safety label", description=__doc__)
    parser.add_argument("run", action=NamedRun, metavar="RUN", help="run directory, or latest")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="PATH",
        help="a table for a spreadsheet, or JSON lines where it ends in .jsonl (default, without --html: "
        f"{_DEFAULT_OUT})",
    )
    parser.add_argument("--html", type=Path, metavar="PATH", help="a page to label by keyboard, offline")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--complied",
        action="store_true",
        help="choose all that the judge called compliance, to adjudicate the run",
    )
    choice.add_argument(
        "--random",
        action="store_true",
        help="choose --count at random, by a draw that hangs on the run, to adjudicate it",
    )
    choice.add_argument(
        "--disputed",
        action="store_true",
        help="choose replies that the judges were in doubt of; they are no labels to calibrate by",
    )
    parser.add_argument("--count", type=int, default=_COUNT, help=f"how many (default: {_COUNT})")
    parser.add_argument("--seed", type=int, default=0, help="of the choice (default: 0)")
    return parser
