"""`--domain-safety-latency` and `--domain-safety-shards`: how fast a run would be asked, for the plan alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.planning.wall_time import Pace
from pytest_domainsafety.core.suite.shards import MOST_SHARDS
from pytest_domainsafety.shell.options import flag_of, option

if TYPE_CHECKING:
    from pytest_domainsafety.core.configuration.settings import Settings
    from pytest_domainsafety.core.suite.suite import Suite


def asked_pace(config: pytest.Config, settings: Settings, suite: Suite) -> Pace | None:
    """The pace that was given, None where none was.

    Raises:
        pytest.UsageError: In one sentence, at a value that means nothing.
    """
    latency, shards = option(config, "latency"), option(config, "shards")
    if latency is None:
        if shards is not None:
            raise pytest.UsageError(
                f"{flag_of('shards')} tells nothing without the latency of a reply: add {flag_of('latency')}=SECONDS"
            )
        return None
    return Pace(_seconds(latency), settings.concurrency, 1 if shards is None else _count(shards, suite))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise pytest.UsageError(f"{flag_of('latency')} = {printable(text):.60} must be seconds above 0, such as 4")
    return seconds


def _count(text: str, suite: Suite) -> int:
    count = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(f"{MOST_SHARDS}") else 0
    if not 1 <= count <= MOST_SHARDS:
        raise pytest.UsageError(
            f"{flag_of('shards')} = {printable(text):.60} must be a number of shards, from 1 to {MOST_SHARDS}"
        )
    whole = sum(bool(each.prompts) for each in suite.scenarios.values())
    if count > max(1, whole):
        raise pytest.UsageError(
            f"{flag_of('shards')} = {count} are more shards than scenarios: make it {whole} or fewer"
        )
    return count
