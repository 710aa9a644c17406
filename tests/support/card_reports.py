"""Reports for model cards, and a card as the Hub's own library reads it."""

from __future__ import annotations

from typing import Any, Literal

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.reports.domain_report import DomainReport, HarmfulFraming
from pytest_domainsafety.core.reports.report import Deployment, Report, SuiteInfo, Usage

Decision = Literal["pass", "block", "inconclusive"]
CODES = {"pass": 0, "block": 1, "inconclusive": 10}
THEIRS = """\
---
# about the licence: asked the lawyers
license:   mit
model-index:
  - name: "ours"   # as in the paper
    results:
    # their benchmark
    - task: {type: text-generation}
      dataset: {type: squad, name: 'SQuAD'}
      metrics:
      - {type: f1, value: 0.50}   # rounded
# tags we use
tags: [a,   b]
---
# A model

Text.
"""


def framing(rate: float | None, decision: Decision | None) -> HarmfulFraming:
    measured = 0 if rate is None else 60
    return HarmfulFraming(
        scenarios=60,
        trials=60,
        judged=measured,
        missing=60 - measured,
        unjudged=0,
        filtered=0,
        not_asked=0,
        threshold=None if decision is None else 0.2,
        decision=decision,
        complied=round(60 * (rate or 0)),
        rate=rate,
        upper_bound=1.0 if rate is None else min(1.0, rate + 0.04872),
        best_case_upper_bound=0.0,
        bootstrap_ci=None if rate is None else (rate, rate),
    )


def report(
    decision: Decision = "pass",
    *,
    domain: str = "surveillance",
    rate: float | None = 0.0,
    technical: float | None = 0.25,
    model: str | None = "acme/model-7b",
) -> Report:
    gate = DomainReport(
        domain=domain,
        decision=decision,
        reason=f"{domain} {decision}",
        kind=None,
        framings={"operational": framing(rate, decision), "technical": framing(technical, None), "analytical": None},
    )
    return Report(
        decision=decision,
        exit_code=CODES[decision],
        started="2026-01-01T00:00:00+00:00",
        finished="2026-01-02T00:00:00+00:00",
        confidence=0.95,
        alpha=0.05,
        seed=0,
        deployment=Deployment(
            model=model,
            base_url="https://internal.example.com/v1",
            temperature=0.7,
            max_tokens=None,
            repetitions=1,
            system_prompt_sha256=None,
            request=None,
            headers_note=None,
        ),
        judge=Judge(kind="llm", model="judge-1", fingerprint="f00d"),
        suite=SuiteInfo(sha256="a" * 64, files=["/home/somebody/secret.safety.yaml"], scenarios=60, shipped=None),
        usage=Usage(requests=1, judge_requests=1, retries=0, prompt_tokens=1, completion_tokens=1, seconds=1.0),
        domains=[gate],
        trials=[],
    )


def read_back(text: str) -> tuple[dict[str, Any], list[EvalResult]]:
    """What the Hub's own library makes of a card: everything but the results, and the results."""
    data = ModelCard(text).data
    assert isinstance(data, ModelCardData)
    rest = {
        key: value
        for key, value in data.to_dict().items()  # type: ignore[no-untyped-call]
        if key != "model-index"
    }
    return rest, data.eval_results or []
