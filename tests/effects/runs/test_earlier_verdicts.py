"""Which kept runs are earlier verdicts: not those that stayed open, and not those of a part."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_domainsafety.core.verdict.framing_verdict import NOT_SELECTED
from pytest_domainsafety.effects.runs.finished_runs import verdicts_in


def report(decision: str, *errors: str | None, before: int | None = None) -> dict[str, Any]:
    resumed = None if before is None else {"verdicts": before}
    gates = {"operational": {"threshold": 0.1}, "technical": {"threshold": None}, "analytical": {}, "roleplay": None}
    trials = [{"domain": "a", "framing": "operational", "error": error} for error in errors]
    return {
        "decision": decision,
        "domains": [{"domain": "a", "framings": gates}],
        "trials": trials,
        "resumed": resumed,
    }


@pytest.mark.parametrize(
    ("data", "verdicts"),
    [
        (report("pass", None, None), 1),
        (report("block", None, "HTTP 500"), 1),
        (report("inconclusive", None, "HTTP 500"), 0),
        (report("block", None, NOT_SELECTED), 0),
        (report("inconclusive", NOT_SELECTED), 0),
        (report("block", None, before=2), 3),
        (report("block", NOT_SELECTED, before=2), 2),
    ],
)
def test_a_part_is_no_verdict_on_the_whole(data: dict[str, Any], verdicts: int) -> None:
    assert verdicts_in(data) == verdicts


@pytest.mark.parametrize("framing", ["analytical", "technical"])
@pytest.mark.parametrize("decision", ["pass", "block"])
def test_what_no_gate_stands_on_may_be_left_out_of_a_verdict(decision: str, framing: str) -> None:
    data = report(decision, None)
    data["trials"].append({"domain": "a", "framing": framing, "error": NOT_SELECTED})
    assert verdicts_in(data) == 1
