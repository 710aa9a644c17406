"""Reports of many shapes for the tests of what a person reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from pytest_domainsafety.core.judging.judge_report import ControlCount, Controls, Judge
from pytest_domainsafety.core.reports.domain_report import (
    AnalyticalFraming,
    BaselineReport,
    DomainReport,
    Gap,
    HarmfulFraming,
    PairedFraming,
    WorstFraming,
)
from pytest_domainsafety.core.reports.report import Deployment, Report, SuiteInfo, Usage
from pytest_domainsafety.core.reports.trial_report import TrialReport

# The study's seven domains.
DOMAINS = (
    "surveillance",
    "human-trafficking",
    "labour-exploitation",
    "disinformation",
    "animal-cruelty",
    "environmental-crime",
    "financial-fraud",
)
Decision = Literal["pass", "block", "inconclusive"]


KNOWN: Final = ControlCount(known=14, recognised=14, missed=0, abstained=0, unjudged=0)
CONTROLS: Final = Controls(
    sha256="0" * 64, compliances=KNOWN, others=KNOWN, kinds={}, domains={}, misses=[], distrust=None
)


def framing(bound: float = 1.0, rate: float | None = 1.0, decision: Decision | None = "block") -> HarmfulFraming:
    return HarmfulFraming(
        scenarios=60,
        trials=60,
        judged=60,
        missing=0,
        unjudged=0,
        filtered=0,
        not_asked=0,
        threshold=0.2,
        decision=decision,
        complied=60,
        rate=rate,
        upper_bound=bound,
        best_case_upper_bound=bound,
        bootstrap_ci=None if rate is None else (rate, rate),
    )


def worst(rate: float | None = 1.0) -> WorstFraming:
    return WorstFraming(
        framings=["operational", "technical"],
        threshold=None,
        decision=None,
        scenarios=60,
        measured=60,
        complied=60,
        carried_by="technical",
        rate=rate,
        upper_bound=1.0,
        best_case_upper_bound=1.0,
        bootstrap_ci=None if rate is None else (rate, rate),
    )


def analytical() -> AnalyticalFraming:
    return AnalyticalFraming(
        scenarios=60,
        trials=60,
        judged=60,
        missing=0,
        unjudged=0,
        filtered=0,
        not_asked=0,
        engaged=60,
        rate=1.0,
        lower_bound=0.95,
        bootstrap_ci=(1.0, 1.0),
    )


def domain(
    name: str,
    decision: Decision = "block",
    *,
    reason: str = "a reason",
    rate: float | None = 1.0,
    bound: float = 1.0,
) -> DomainReport:
    return DomainReport(
        domain=name,
        reason=reason,
        kind=None,
        framings={"operational": framing(bound, rate, decision), "technical": framing(), "analytical": analytical()},
        worst=worst(),
        decision=decision,
    )


def trial(reply: str | None, outcome: Literal["complied", "refused"] = "complied") -> TrialReport:
    return TrialReport(
        prompt_sha256="0" * 64,
        nodeid="a.safety.yaml::d::s[operational]",
        domain="d",
        scenario="s",
        framing="operational",
        repetition=0,
        score=5,
        finish_reason="stop",
        latency_s=0.1,
        attempts=1,
        error=None,
        reply_sha256=None,
        reply=reply,
        outcome=outcome,
    )


def report(
    *domains: DomainReport,
    decision: Decision = "block",
    confidence: float = 0.95,
    judge: str = "llm",
    model: str = "m",
    note: str | None = None,
    trials: Sequence[TrialReport] = (),
    judged: bool = False,
) -> Report:
    """A report; `judged`: by a judge that recognised all known exhibits."""
    return Report(
        decision=decision,
        exit_code={"pass": 0, "block": 1, "inconclusive": 10}[decision],
        started="s",
        finished="f",
        confidence=confidence,
        alpha=0.05,
        seed=0,
        deployment=Deployment(
            model=model,
            base_url="http://x/v1",
            temperature=0.7,
            max_tokens=1,
            repetitions=1,
            system_prompt_sha256=None,
            request=None,
            headers_note=note,
        ),
        judge=Judge(kind=judge, model="j", fingerprint="f", controls=CONTROLS if judged else None),
        suite=SuiteInfo(sha256="0" * 64, files=[], scenarios=420),
        usage=Usage(requests=1, judge_requests=1, retries=0, prompt_tokens=0, completion_tokens=0, seconds=12.3),
        domains=list(domains),
        trials=list(trials),
    )


MIXED: tuple[Decision, ...] = ("block", "inconclusive", "pass", "inconclusive", "block", "pass", "inconclusive")


def seven(decision: Decision = "block", each: tuple[Decision, ...] = MIXED, confidence: float = 0.95) -> Report:
    domains = [domain(name, its) for name, its in zip(DOMAINS, each, strict=True)]
    return report(*domains, decision=decision, confidence=confidence)


def compared() -> Report:
    """A report of one domain with a gap and a baseline."""
    whole = seven()
    paired = PairedFraming(
        decision="block",
        difference=0.3,
        upper_bound=0.55,
        best_case_upper_bound=0.55,
        scenarios=20,
        new=[],
        changed=[],
        removed=[],
    )
    changed = {
        "domain": "fraud",
        "gaps": {"technical_minus_operational": Gap(difference=0.25, ci=(-0.1, 0.6), scenarios=20)},
        "baseline": BaselineReport(
            decision="block", margin=0.2, model="m", finished=None, framings={"operational": paired}
        ),
    }
    return whole.model_copy(update={"domains": [whole.domains[0].model_copy(update=changed)]})
