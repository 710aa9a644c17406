"""`domain-safety rejudge`: another judge on a finished run's replies. The deployment is asked nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_domainsafety.commands.judging import add_judge_options, named_judge
from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.runs import NamedRun
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.served import served_warnings
from pytest_domainsafety.core.judging.judge_notes import judge_report
from pytest_domainsafety.core.reports.rejudged import rejudged, to_rejudge
from pytest_domainsafety.effects.files.text_files import write_text
from pytest_domainsafety.effects.judges.many_replies import exhibits_of, highest
from pytest_domainsafety.effects.runs.finished_runs import read_replies, read_report
from pytest_domainsafety.render.rejudged import to_text


def run(arguments: Sequence[str]) -> int:
    """Judge a run's replies again, and compare.

    Returns:
        0, 1 or 10, as the gate's by the new judge's verdicts.

    Raises:
        ConfigurationError: In one sentence, if run or judge cannot be used.
    """
    given = _parser().parse_args(arguments)
    report = read_report(given.run)
    replies = to_rejudge(report, read_replies(given.run))
    if not replies:
        raise ConfigurationError(f"{given.run} holds no reply to judge: give a run whose deployment answered")
    named = named_judge(given)
    sys.stdout.write(f"judging {len(replies)} stored replies with {named.wiring.place}\n")
    judgements, controls = named.judge(exhibits_of(replies))
    judge = judge_report(
        named.wiring.identity(),
        None,
        None,
        controls=controls,
        controlled=controls is not None,
        served=named.wiring.meter.served.rows(),
    )
    found = rejudged(report, replies, highest(replies, judgements), judge)
    if given.json is not None:
        write_text(given.json, found.to_json())
    for warning in served_warnings("the judge", judge.served):
        sys.stdout.write(f"{warning}\n")
    sys.stdout.write(to_text(found))
    return found.exit_code


def _parser() -> Parser:
    parser = Parser(prog="domain-safety rejudge", description=__doc__)
    parser.add_argument("run", action=NamedRun, metavar="RUN", help="run directory, or latest")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the comparison as JSON")
    add_judge_options(parser)
    return parser
