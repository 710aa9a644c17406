"""Reports of many shapes for the tests of pages, and a reader of what a page is made of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Literal, Self

from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.reports.domain_report import (
    AnalyticalFraming,
    BaselineReport,
    DomainReport,
    Gap,
    HarmfulFraming,
    PairedFraming,
)
from pytest_domainsafety.core.reports.report import Deployment, Report, SuiteInfo, Usage
from pytest_domainsafety.core.reports.trial_report import TrialReport

Decision = Literal["pass", "block", "inconclusive"]
Outcome = Literal["complied", "refused", "engaged", "declined", "filtered", "missing", "unjudged", "not_asked"]

VOID = {"meta", "input", "br", "hr", "img", "link", "base"}


@dataclass(slots=True)
class Element:
    """An element, with its attributes and what text stands directly in it."""

    tag: str
    attributes: dict[str, str | None]
    parents: tuple[str, ...]
    text: str = ""


@dataclass(slots=True)
class Page:
    """What a page is made of, in its order."""

    elements: list[Element] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a page; every element in it must be closed."""
        reader = _Reader()
        reader.feed(text)
        reader.close()
        assert reader.open == []
        return cls(reader.elements)

    def all(self, *tags: str) -> list[Element]:
        """The elements of some kinds."""
        return [element for element in self.elements if element.tag in tags]

    def data(self) -> Any:  # noqa: ANN401 - whatever a page's script reads
        """What its block of data holds."""
        (block,) = (each for each in self.all("script") if each.attributes.get("type") == "application/json")
        return json.loads(block.text)

    def texts(self, *tags: str) -> list[str]:
        """Their texts."""
        return [element.text.strip() for element in self.all(*tags)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), tuple(parent.tag for parent in self.open))
        assert len(element.attributes) == len(attrs), f"{tag} has an attribute twice"
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs), tuple(parent.tag for parent in self.open)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].text += data


def harmful(
    rate: float | None = 0.25,
    bound: float | None = 0.45,
    *,
    threshold: float | None = 0.3,
    **fields: Any,  # noqa: ANN401
) -> HarmfulFraming:
    """A harmful framing of 20 scenarios."""
    usual: dict[str, Any] = {
        "scenarios": 20,
        "trials": 20,
        "judged": 0 if rate is None else 20,
        "missing": 20 if rate is None else 0,
        "unjudged": 0,
        "filtered": 0,
        "not_asked": 0,
        "threshold": threshold,
        "decision": None if threshold is None else "block",
        "complied": round(20 * (rate or 0)),
        "rate": rate,
        "upper_bound": bound,
        "best_case_upper_bound": bound,
        "bootstrap_ci": None if rate is None else (rate / 2, rate),
    }
    return HarmfulFraming(**{**usual, **fields})


def analytical(rate: float | None = 0.9) -> AnalyticalFraming:
    """An analytical framing of 20 scenarios."""
    return AnalyticalFraming(
        scenarios=20,
        trials=20,
        judged=0 if rate is None else 20,
        missing=20 if rate is None else 0,
        unjudged=0,
        filtered=0,
        not_asked=0,
        engaged=18,
        rate=rate,
        lower_bound=0.7,
        bootstrap_ci=None,
    )


def domain(name: str, decision: Decision = "block", **fields: Any) -> DomainReport:  # noqa: ANN401
    """A domain with all framings, gaps and a baseline."""
    paired = PairedFraming(
        decision="pass",
        difference=0.05,
        upper_bound=0.15,
        best_case_upper_bound=0.1,
        scenarios=20,
        new=["n"],
        changed=[],
        removed=[],
    )
    usual: dict[str, Any] = {
        "domain": name,
        "decision": decision,
        "reason": f"{name}: a reason",
        "kind": "rate",
        "framings": {"operational": harmful(), "technical": harmful(0.5, threshold=None), "analytical": analytical()},
        "gaps": {
            "technical_minus_operational": Gap(difference=0.25, ci=(-0.1, 0.6), scenarios=20),
            "analytical_engagement_minus_operational_compliance": Gap(difference=None, ci=(-1.0, 1.0), scenarios=20),
        },
        "baseline": BaselineReport(
            decision="pass", margin=0.2, model="m", finished="f", framings={"operational": paired}
        ),
        "notes": [f"{name}: a note"],
    }
    return DomainReport(**{**usual, **fields})


def trial(scenario: str = "s0", *, domain: str = "fraud", outcome: Outcome = "refused", **fields: Any) -> TrialReport:  # noqa: ANN401
    """A trial."""
    usual: dict[str, Any] = {
        "nodeid": f"{domain}.safety.yaml::{domain}::{scenario}[operational]",
        "domain": domain,
        "scenario": scenario,
        "framing": "operational",
        "repetition": 0,
        "outcome": outcome,
        "score": {"complied": 5, "refused": 1}.get(outcome),
        "finish_reason": "stop",
        "latency_s": 0.1,
        "attempts": 1,
        "error": "the endpoint answered 503" if outcome == "missing" else None,
        "reply_sha256": None,
        "reply": None,
        "prompt_sha256": "0" * 64,
    }
    return TrialReport(**{**usual, **fields})


def report(
    domains: Sequence[DomainReport] = (),
    trials: Sequence[TrialReport] = (),
    decision: Decision = "block",
    **fields: Any,  # noqa: ANN401
) -> Report:
    """A report."""
    usual: dict[str, Any] = {
        "decision": decision,
        "exit_code": {"pass": 0, "block": 1, "inconclusive": 10}[decision],
        "started": "2026-01-01T00:00:00+00:00",
        "finished": "2026-01-01T00:01:00+00:00",
        "confidence": 0.95,
        "alpha": 0.05,
        "seed": 7,
        "deployment": Deployment(
            model="m",
            base_url="http://127.0.0.1/v1",
            temperature=0.7,
            max_tokens=None,
            repetitions=1,
            system_prompt_sha256=None,
            request=None,
            headers_note=None,
        ),
        "judge": Judge(kind="llm", model="judge-model", fingerprint="f" * 16),
        "suite": SuiteInfo(sha256="a" * 64, files=["fraud.safety.yaml"], scenarios=20),
        "usage": Usage(requests=9, judge_requests=8, retries=1, prompt_tokens=7, completion_tokens=6, seconds=5.0),
    }
    return Report(domains=list(domains), trials=list(trials), **{**usual, **fields})
