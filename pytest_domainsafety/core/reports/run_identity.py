"""What makes a run the same run, so that a later session may go on with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pytest_domainsafety.core.configuration.answer_rules import read_headers
from pytest_domainsafety.core.evidence.replies import text_sha256

if TYPE_CHECKING:
    from pytest_domainsafety.core.configuration.settings import Settings
    from pytest_domainsafety.core.judging.calibration import CalibratedJudge, Calibration
    from pytest_domainsafety.core.reports.report import Deployment, Report
    from pytest_domainsafety.core.suite.suite import Suite

_SETTINGS: Final = (
    "seed",
    "confidence",
    "attempts",
    "thresholds",
    "min_analytical",
    "min_kappa",
    "margin",
    "stop_early",
    "framings",
    "independent_failures",
    "second_judge_model",
    "second_judge_base_url",
    "second_judge_fraction",
    "served_model",
    "error_replies",
    "filtered",
    "judge_served_model",
    "keep_replies",
)
"""Settings of the verdict too: what was measured already must not choose the rule it is judged by."""

OF_THE_JUDGE: Final = frozenset({"judge", "judge_calibration", "judge_served_model"})
"""Names of what belongs to the judge, which may be another one as long as none has scored anything."""

_LEARNT: Final = {"headers_note", "warnings", "served"}
"""What a run finds out by itself."""


def run_identity(
    suite: Suite,
    deployment: Deployment,
    judge: CalibratedJudge,
    settings: Settings,
    *,
    calibration: Calibration | None,
    baseline: Report | None,
    controls: str | None = None,
    shard: str | None = None,
) -> dict[str, Any]:
    """By name, as JSON, what a session must share with the run it goes on with.

    Calibration, controls and baseline are known by what they hold: a file of the same name may hold something
    else by now.
    """
    return {
        "suite": suite.sha256(),
        "harm or language": suite.judged_by_sha256(),
        **{f"deployment's {name}": value for name, value in deployment.model_dump(exclude=_LEARNT).items()},
        "judge": judge.fingerprint,
        "judge_calibration": None if calibration is None else text_sha256(calibration.to_json()),
        "controls": controls,
        "shard": shard,
        "baseline": None if baseline is None else baseline.sha256,
        **settings.model_dump(mode="json", include=set(_SETTINGS)),
        # By their digest, since a value that stands in the configuration may be a key all the same.
        "headers": text_sha256(json.dumps(read_headers(settings.headers))),
    }
