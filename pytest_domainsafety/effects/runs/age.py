"""How long ago a run ended, by this machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime

from pytest_domainsafety.core.errors import ConfigurationError


def age_s(finished: str) -> float:
    """Seconds since then; below 0 where it is in the future.

    Args:
        finished: ISO 8601 with a time zone, as reports have it.

    Raises:
        ConfigurationError: If it is no such time.
    """
    try:
        moment = datetime.fromisoformat(finished)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ConfigurationError(f"the end of the run, {finished!r:.60}, is no time with a zone: make the run again")
    return (datetime.now(UTC) - moment).total_seconds()
