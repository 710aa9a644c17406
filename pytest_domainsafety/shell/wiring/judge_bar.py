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
        second=settings.second_judge_model,
        min_kappa=settings.min_kappa,
    )
