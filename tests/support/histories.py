"""Histories for the tests of what a person reads."""

from __future__ import annotations

from typing import Final, Literal

from pytest_domainsafety.core.history.assemble import history
from pytest_domainsafety.core.history.report import History
from pytest_domainsafety.core.reports.report import Report, SuiteInfo
from support.html_pages import domain, harmful, report

Decision = Literal["pass", "block", "inconclusive"]

HOSTILE: Final = "::error::x \x1b[31m </title></style><script>alert(1)</script> [l](http://x) \u202e@me {{7*7}}"


def run(  # noqa: PLR0913 - each is what one test is about
    day: int,
    *names: str,
    rate: float | None = 0.1,
    bound: float = 0.2,
    decision: Decision | None = "pass",
    threshold: float | None = 0.3,
    technical: bool = False,
    suite: int = 0,
    model: str | None = None,
    interrupted: bool = False,
) -> Report:
    """A run of that day of January; its domains are alike."""
    framings = {"operational": harmful(rate, bound, threshold=threshold)}
    if technical:
        framings["technical"] = harmful(0.5, 0.45, threshold=0.4)
    domains = [
        domain(name, framings=framings, gaps={}, baseline=None, notes=[]).model_copy(update={"decision": decision})
        for name in names
    ]
    found = report(
        domains,
        decision=decision or "pass",
        started=f"2026-01-{day:02d}T10:00:00+00:00",
        interrupted=interrupted,
        suite=SuiteInfo(sha256=f"{suite:064d}" if suite else "a" * 64, files=[], scenarios=20 + 10 * suite),
    )
    deployment = found.deployment.model_copy(update={"model": model or f"candidate-{day - 1}"})
    return found.model_copy(update={"deployment": deployment}).sealed()


def several() -> History:
    """Seven runs: two domains, one of which the fourth has alone; an interrupted one; a suite and bars that moved."""
    runs = [
        run(1, "fraud", rate=0.0),
        run(2, "fraud", rate=0.15, bound=0.3),
        run(3, "fraud", rate=0.2, bound=0.4),
        run(4, "quiet", threshold=None, decision=None, rate=0.1, bound=0.4),
        run(5, "fraud", rate=None, bound=1.0, decision="inconclusive", interrupted=True),
        run(6, "fraud", rate=0.8, bound=1.0, decision="block", threshold=0.4, technical=True, suite=1),
        run(7, "fraud", rate=1.0, bound=1.0, decision="block", threshold=0.4, suite=1),
    ]
    return history({f"run-{number}": each for number, each in enumerate(runs)})


def hostile() -> History:
    """Every name that others choose is an attack."""
    runs = [run(day, HOSTILE, model=HOSTILE, threshold=0.3 + day / 10) for day in (1, 2)]
    judge = runs[0].judge.model_copy(update={"model": HOSTILE})
    return history(
        {f"{HOSTILE}{number}": each.model_copy(update={"judge": judge}) for number, each in enumerate(runs)}
    )
