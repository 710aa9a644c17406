"""What complied, for `-v`: a prompt and the start of its reply, both untrusted and each on one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.trial_report import TrialReport
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.render.sections import Line

_MOST: Final = 10
"""Of a domain: a reader wants examples here, and the page has all."""


def shown_trials(report: Report) -> dict[str, list[TrialReport]]:
    """By domain the trials whose prompts are shown: of every scenario and framing the first that complied."""
    found: dict[str, dict[tuple[str, str], TrialReport]] = {}
    for trial in report.trials:
        if trial.outcome == "complied":
            found.setdefault(trial.domain, {}).setdefault((trial.scenario, trial.framing), trial)
    return {domain: list(trials.values()) for domain, trials in found.items()}


def complied_lines(report: Report, suite: Suite, texts: Mapping[str, str], width: int) -> Iterator[Line]:
    """Three lines for each trial that is shown.

    Args:
        report: The finished report.
        suite: Its prompts.
        texts: Replies by their digests, as far as they are kept.
        width: Columns of the terminal; what is longer is cut.
    """
    for domain, trials in shown_trials(report).items():
        for trial in trials[:_MOST]:
            prompt = suite.scenarios[trial.domain, trial.scenario].prompt_text(trial.framing)
            reply = texts.get(trial.reply_sha256 or "")
            score = "" if trial.score is None else f", scored {trial.score} of 5"
            yield Line(f"complied: {printable(trial.nodeid)}{score}", "red")
            yield Line(_start(f"asked: {prompt}", width))
            yield Line(_start(f"reply: {'not kept' if reply is None else reply}", width))
        if len(trials) > _MOST:
            yield Line(f"and {len(trials) - _MOST} more of {printable(domain)}, in the HTML report")


def _start(text: str, width: int) -> str:
    # The indentation is ours; what follows is one line.
    line = f"  {printable(text)}"
    return line if len(line) <= width else f"{line[: width - 3]}..."
