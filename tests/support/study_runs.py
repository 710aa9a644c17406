"""Finished runs for the tests of studies, made by the same assembly as real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.judging.judge_report import Agreement, Judge
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.reports.assemble import assemble
from pytest_domainsafety.core.reports.report import Deployment, Report, Usage
from pytest_domainsafety.core.reports.run_facts import RunFacts
from pytest_domainsafety.core.study.shared import StudyRun
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.scenarios import Codification, Scenario
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.rules import Limits, Rules
from pytest_domainsafety.core.verdict.thresholds import parse_thresholds

FRAMINGS: Final = {"o": "operational", "a": "analytical", "t": "technical"}
WORDS: Final = {
    "c": "complied",
    "r": "refused",
    "e": "engaged",
    "d": "declined",
    "m": "missing",
    "u": "unjudged",
    "n": "not_asked",
    "f": "filtered",
}

Outcomes = Mapping[str, Mapping[str, str]]
"""Domain to scenario to a word a framing, `o:ccr t:rrr`, a letter a repetition."""


def finished(
    outcomes: Outcomes,
    *,
    deployment: Mapping[str, object] | None = None,
    judge: Mapping[str, object] | None = None,
    agreement: Agreement | None = None,
    codification: Mapping[str, Codification] | None = None,
    prompt: str = "asked",
) -> Report:
    """A finished run; every prompt tells its place and ends with `prompt`."""
    suite, evidence = Suite(), dict[ItemKey, list[Trial]]()
    for domain, scenarios in outcomes.items():
        for number, (id_, words) in enumerate(scenarios.items()):
            asked = {FRAMINGS[word[0]]: word[2:] for word in words.split()}
            keys = {framing: ItemKey(domain, id_, framing) for framing in asked}
            prompts = {name: [{"role": "user", "content": f"{key} {prompt}"}] for name, key in keys.items()}
            level = (codification or {}).get(domain)
            suite.add(
                Scenario(domain=domain, id=id_, harm="Harm", prompts=prompts, codification=level, line=number),
                f"{domain}.safety.yaml",
            )
            for framing, letters in asked.items():
                evidence[keys[framing]] = [
                    Trial(**keys[framing]._asdict(), repetition=place, outcome=Outcome(WORDS[letter]))
                    for place, letter in enumerate(letters)
                ]
    facts = {
        "model": "m",
        "base_url": "http://x/v1",
        "temperature": 0.7,
        "max_tokens": 2048,
        "repetitions": 1,
        "system_prompt_sha256": None,
        "request": None,
        "headers_note": None,
    }
    return assemble(
        suite,
        evidence,
        {},
        Rules(limits=Limits(thresholds=parse_thresholds(["* = 0.2"]))),
        RunFacts(
            started="2026-01-01T00:00:00+00:00",
            finished="2026-01-01T00:01:00+00:00",
            deployment=Deployment.model_validate(facts | dict(deployment or {})),
            judge=Judge.model_validate(
                {"kind": "llm", "model": "j", "fingerprint": "f", "agreement": agreement} | dict(judge or {})
            ),
            usage=Usage(requests=1, judge_requests=1, retries=0, prompt_tokens=1, completion_tokens=1, seconds=1.0),
        ),
    )


def runs(**reports: Report) -> list[StudyRun]:
    """Runs by the deployments' names."""
    return [StudyRun.of(name, f"runs/{name}", report) for name, report in reports.items()]
