"""What a lock knows a judge by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.bar.bar import JudgeBar
from pytest_domainsafety.core.evidence.replies import text_sha256
from pytest_domainsafety.core.judging.controls import digest, shown

if TYPE_CHECKING:
    from pytest_domainsafety.core.configuration.settings import Settings
    from pytest_domainsafety.core.suite.suite import Suite
    from pytest_domainsafety.shell.wiring.judge_wiring import JudgeWiring

_DIGITS: Final = 16


def judge_bar(judges: JudgeWiring, settings: Settings, suite: Suite) -> JudgeBar:
    """The judge beside a suite, once what it is known by was read."""
    identity, controls = judges.identity(), shown(judges.controls, suite.languages())
    return JudgeBar(
        kind=identity.kind,
        fingerprint=identity.fingerprint,
        model=identity.model,
        calibration=None if judges.calibration is None else text_sha256(judges.calibration.to_json())[:_DIGITS],
        controls=digest(controls)[:_DIGITS] if controls else None,
        place=_place(settings),
        second=_second(settings),
        second_fraction=settings.second_judge_fraction if settings.second_judge_model else None,
        min_kappa=settings.min_kappa,
    )


def _place(settings: Settings) -> str | None:
    """Where the judge is asked, as far as the configuration names a place of its own for it."""
    if settings.judge_kind != "llm":
        return None
    shared = settings.judge_client or settings.judge_base_url
    places = [member.base_url or shared for member in settings.judge_members]
    return ", ".join(place or "the deployment's endpoint" for place in places) if any(places) else None


def _second(settings: Settings) -> str | None:
    model, place = settings.second_judge_model, settings.second_judge_base_url
    return model if model is None or place is None else f"{model} at {place}"
