"""The runs that a report stands beside: the newest finished ones of the same deployment's model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, Literal

from pytest_domainsafety.core.record import Record

MOST: Final = 5
"""Runs that a report names."""


class PastRun(Record):
    """A finished run of the same model that shares a domain with this one; `run` is its folder's name."""

    run: str
    finished: str
    model: str | None
    decision: Literal["pass", "block", "inconclusive"]


def past_run(name: str, data: Mapping[str, Any], model: str | None, domains: Collection[str]) -> PastRun | None:
    """What to tell of an earlier run; None where it is of another model or of other domains, or broke off.

    Args:
        name: Of its folder.
        data: What its report holds beside its trials, as JSON.
        model: The deployment's.
        domains: Of the run that asks.

    Raises:
        KeyError, TypeError, ValueError: If it is no report's.
    """
    theirs = {each["domain"] for each in data["domains"]}
    if data["deployment"]["model"] != model or theirs.isdisjoint(domains) or data["interrupted"] or data["stopped"]:
        return None
    return PastRun(run=name, finished=data["finished"], model=model, decision=data["decision"])
