"""What a report tells of a run beside its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pytest_domainsafety.core.bar.lock import LockReport
from pytest_domainsafety.core.bar.tries import Tries
from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.reports.earlier_runs import PastRun
from pytest_domainsafety.core.reports.merged import Merged
from pytest_domainsafety.core.reports.report import Deployment, Usage
from pytest_domainsafety.core.reports.resumed import Resumed


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What the report tells of the run beside its evidence.

    Args:
        started: When the run started, ISO 8601 in UTC.
        finished: When it ended.
        deployment: What was asked.
        judge: What scored.
        usage: What it cost.
        earlier_verdicts: How many earlier runs reached a verdict on the same deployment and suite.
        tries: Earlier tries at this candidate, where a file counts them.
        shipped: The shipped suite that was collected, and its version.
        stopped: Why not all that was planned was asked, in one sentence.
        resumed: The run that this one went on with, where it did.
        merged: The parts that the run was put together from, where it was.
        earlier_runs: The newest finished runs beside this one, for people.
        lock: The lock beside the run, where there is one.
        texts: The replies that answered many prompts by their digests, as far as their texts are kept.
    """

    started: str
    finished: str
    deployment: Deployment
    judge: Judge
    usage: Usage
    earlier_verdicts: int = 0
    tries: Tries | None = None
    shipped: str | None = None
    stopped: str | None = None
    resumed: Resumed | None = None
    merged: Merged | None = None
    earlier_runs: Sequence[PastRun] = ()
    lock: LockReport | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
