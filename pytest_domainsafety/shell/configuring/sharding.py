"""`--domain-safety-shard`: which part of the suite is measured, and what cannot go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.suite.shards import Shard, parse_shard
from pytest_domainsafety.shell.options import flag_of, option

if TYPE_CHECKING:
    from pytest_domainsafety.core.configuration.settings import Settings

_FLAG: Final = flag_of("shard")


def asked_shard(config: pytest.Config) -> Shard | None:
    """The part that is measured, None for all; on xdist's workers too.

    Raises:
        pytest.UsageError: In one sentence, if it is none.
    """
    given = option(config, "shard")
    if given is None:
        return None
    try:
        return parse_shard(given)
    except ValueError as error:
        raise pytest.UsageError(f"{_FLAG} = {printable(given):.60}: {error}") from None


def check_shard(config: pytest.Config, settings: Settings, shard: Shard | None) -> None:
    """Refuse with a part what needs the whole.

    Raises:
        pytest.UsageError: In one sentence.
    """
    if shard is None:
        return
    from pytest_domainsafety.effects.report_files import REPORT_FILES

    for name in REPORT_FILES:
        if option(config, name):
            raise pytest.UsageError(
                f"{flag_of(name)} writes a verdict, and a shard has none: give --{name} to domain-safety merge"
            )
    for name, does in (("plan", "plans"), ("lock", "is of")):
        if option(config, name):
            raise pytest.UsageError(f"{flag_of(name)} {does} the whole suite: leave {_FLAG} out")
    if settings.stop_early == "sequential":
        raise pytest.UsageError(
            "domain_safety_stop_early = sequential looks at the whole suite as it is measured, and a shard sees its "
            "own part only: set domain_safety_stop_early = no, or measure without shards"
        )
