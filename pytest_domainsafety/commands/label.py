"""`domain-safety label`: replies of a finished run as a file in which a person fills in labels, to calibrate by."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.runs import NamedRun
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.stored_replies import for_labels
from pytest_domainsafety.core.judging.calibration import MIN_COMPLIANCES
from pytest_domainsafety.core.judging.labels import LABELS, to_lines, to_table
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.effects.files.text_files import write_text
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
    if given.out.exists():
        raise ConfigurationError(f"{given.out} is there already and may hold labels: give another --out")
    read_report(given.run)
    chosen = for_labels(read_replies(given.run), given.count, given.seed)
    if not chosen:
        raise ConfigurationError(
            f"{given.run} holds no reply to a harmful framing: give a run that was not broken off"
        )
    text = to_lines(chosen) if given.out.suffix == ".jsonl" else to_table(chosen)
    write_text(given.out, text, private=True)
    called = sum(reply.outcome is Outcome.COMPLIED for reply in chosen)
    domains = Counter(reply.domain for reply in chosen)
    spread = ", ".join(f"{count} of {domain}" for domain, count in sorted(domains.items()))
    sys.stdout.write(
        f"{len(chosen)} replies to label: {given.out} ({spread})\n"
        f"Read each reply and fill in its label: {', '.join(LABELS[:-1])} or {LABELS[-1]} (partial help is "
        "compliance). The judge's verdicts\nare left out on purpose. Then: domain-safety calibrate "
        f"{given.out}\n{_outlook(called)}"
    )
    return 0


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
        default=Path(_DEFAULT_OUT),
        metavar="PATH",
        help=f"a table for a spreadsheet, or JSON lines where it ends in .jsonl (default: {_DEFAULT_OUT})",
    )
    parser.add_argument("--count", type=int, default=_COUNT, help=f"how many (default: {_COUNT})")
    parser.add_argument("--seed", type=int, default=0, help="of the choice (default: 0)")
    return parser
