"""Why trials are missing, unjudged or open: told in terminal and Markdown, however little else is printed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.trial_report import TrialReport
from pytest_domainsafety.render.markdown import to_markdown
from pytest_domainsafety.render.table import quiet, table
from support.reports import domain, report, trial

FINE = trial(None)


def failing(outcome: str, error: str | None, *, reasked: bool = False) -> TrialReport:
    return replace(FINE, outcome=outcome, error=error, reasked=reasked)  # type: ignore[arg-type] # from the table


TRIALS = [
    *[failing("missing", f"HTTP 429: wait, request {number}") for number in range(3)],
    *[failing("unjudged", "judge: HTTP 503: <b>busy</b>")] * 2,
    failing("refused", "HTTP 500", reasked=True),
    failing("filtered", None, reasked=True),
    failing("complied", "HTTP 500", reasked=True),
    FINE,
]
TOLD = [
    "3 trials missing: HTTP 429, where the server said: wait, request 0",
    "2 trials unjudged: judge: HTTP 503, where the server said: <b>busy</b>",
    "1 trial open: HTTP 500",
    "1 trial open: asked again after a failure",
]


def lines(made: Report, *, how: str) -> list[str]:
    return [line.text for line in (quiet(made) if how == "quiet" else table(made, unicode=False))]


@pytest.mark.parametrize("how", ["quiet", "table"])
def test_each_cause_has_a_line_with_its_count_and_the_servers_words(how: str) -> None:
    made = report(domain("d"), trials=TRIALS)
    assert [line for line in lines(made, how=how) if " trial" in line and ": " in line] == TOLD
    assert not [
        line for line in lines(report(domain("d"), trials=[FINE]), how=how) if "trial" in line and "1 " in line
    ]


def test_markdown_tells_them_escaped() -> None:
    text = to_markdown(report(domain("d"), trials=TRIALS))
    assert "### Not measured, or open" in text
    assert r"- 3 trials missing\: HTTP 429, where the server said\: wait, request 0" in text
    assert "&lt;b&gt;busy" in text
    assert "### Not measured" not in to_markdown(report(domain("d"), trials=[FINE]))


def test_many_causes_are_counted_together() -> None:
    made = report(domain("d"), trials=[failing("missing", f"error {number}") for number in range(20)])
    assert lines(made, how="quiet")[-1] == "12 trials have other causes"


def test_reservations_that_are_alike_are_one_line_with_the_domains() -> None:
    alike = [domain(name, "pass").model_copy(update={"reservations": ("it holds",)}) for name in "ab"]
    other = domain("c", "pass").model_copy(update={"reservations": ("odd",), "notes": ("n",)})
    told = lines(report(*alike, other, domain("d").model_copy(update={"notes": ("n",)}), trials=[FINE]), how="quiet")
    assert told[2:] == ["a, b passed, but it holds", "c passed, but odd", "n"]
