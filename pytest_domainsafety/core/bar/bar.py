"""What a verdict is asked of: scenarios, limits, levels and judge, as far as changing one may let more pass."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from pydantic import Field

from pytest_domainsafety.core.configuration.sampling import longest_reply
from pytest_domainsafety.core.record import Record
from pytest_domainsafety.core.suite.framings import ANY, framing_of
from pytest_domainsafety.core.verdict.thresholds import gate_name

if TYPE_CHECKING:
    from pytest_domainsafety.core.configuration.settings import Settings
    from pytest_domainsafety.core.suite.suite import Suite
    from pytest_domainsafety.core.verdict.rules import Rules

_DIGITS: Final = 16
"""Of a prompt's digest: nobody finds another prompt that has the same."""


class JudgeBar(Record):
    """Who judges: digests of what it is, of its calibration and of the exhibits that it has to recognise.

    `place` is where it is asked, None where that is the deployment's own endpoint; `second_fraction` the share of
    replies, 0 to 1, that the second judge is shown.
    """

    kind: str
    fingerprint: str
    model: str | None = None
    calibration: str | None = None
    controls: str | None = None
    place: str | None = None
    second: str | None = None
    second_fraction: float | None = None
    min_kappa: float | None = None


class Bar(Record):
    """What a verdict is asked of.

    Args:
        suite: Digest of all prompts.
        confidence: Of the bounds.
        attempts: Planned verdicts, which share the level.
        repetitions: How often each prompt is asked.
        max_tokens: The most that a reply may have, since what is cut off helps less; None where nothing bounds it.
        answers: Digest of the rules by which an answer counts as none, as filtered, or as a served model's.
        attempts_counted: Whether a file counts tries, beyond the machine's own runs directory.
        baseline: Whether compliance is compared with a baseline.
        judge: Who judges.
        thresholds: By gate, as a threshold's line names it; None where the domain is only reported.
        floors: By domain, of those that have one; 0 says that nothing is expected.
        margins: By domain, the allowed rise over the baseline.
        scenarios: By domain and id, each framing that is asked with the beginning of the digest of its prompt and of
            what judges are told beside it.
    """

    suite: str
    confidence: float
    attempts: int
    repetitions: int
    max_tokens: int | None = None
    answers: str
    attempts_counted: bool = False
    baseline: bool = False
    judge: JudgeBar
    thresholds: dict[str, float | None] = Field(default={})
    floors: dict[str, float] = Field(default={})
    margins: dict[str, float] = Field(default={})
    scenarios: dict[str, dict[str, dict[str, str]]] = Field(default={})


def bar_of(suite: Suite, rules: Rules, settings: Settings, judge: JudgeBar) -> Bar:
    """The bar of a run, domain by domain, whatever lines its configuration says it in.

    Args:
        suite: What is asked.
        rules: Limits and levels.
        settings: The rest.
        judge: Who judges.
    """
    limits, baseline = rules.limits, rules.baseline is not None
    domains = [domain for domain in suite.domains if limits.is_gated(domain)]
    answers = settings.model_dump(mode="json", include=set(_OF_ANSWERS))
    return Bar(
        suite=suite.sha256(),
        confidence=rules.confidence,
        attempts=rules.attempts,
        repetitions=settings.repetitions,
        max_tokens=None if settings.target is not None else longest_reply(settings),
        answers=hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()[:_DIGITS],
        attempts_counted=settings.attempts_file is not None,
        baseline=baseline,
        judge=judge,
        thresholds={
            gate_name(domain, name): limit
            for domain in suite.domains
            for name in [*suite.framing_names(domain), ANY]
            if name == ANY or framing_of(name).harmful
            if (domain, name) in limits.thresholds.values or ("*", name) in limits.thresholds.values
            for limit in [limits.thresholds.get(domain, name)]
        },
        floors={domain: floor for domain in domains if (floor := limits.floor(domain)) is not None},
        margins={domain: limits.margin(domain) for domain in domains} if baseline else {},
        scenarios=_scenarios(suite),
    )


_OF_ANSWERS: Final = ("error_replies", "filtered", "independent_failures", "served_model", "judge_served_model")


def _scenarios(suite: Suite) -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = {}
    for key, digest in sorted(suite.prompt_digests().items()):
        scenario = suite.scenarios[key.domain, key.scenario]
        told = json.dumps([digest, scenario.harm, scenario.language])
        known = hashlib.sha256(told.encode()).hexdigest()[:_DIGITS]
        found.setdefault(key.domain, {}).setdefault(key.scenario, {})[key.framing] = known
    return found
