"""What each scenario is by a digest, so that a part of a suite is known for a part of it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pytest_domainsafety.core.suite.suite import Suite

_DIGITS: Final = 16


def scenario_digests(suite: Suite) -> dict[str, str]:
    """A digest of all that deployment and judge are told of each scenario that was collected.

    Returns:
        By domain and id, `domain::id`.
    """
    return {
        f"{domain}::{id_}": hashlib.sha256(
            json.dumps(
                [scenario.prompts, scenario.conversations, scenario.tools, scenario.harm, scenario.language],
                sort_keys=True,
            ).encode()
        ).hexdigest()[:_DIGITS]
        for (domain, id_), scenario in (suite.collected or suite).scenarios.items()
    }
