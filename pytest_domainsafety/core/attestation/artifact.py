"""The artifact that a verdict is on, as people name it: `NAME@sha256:HEX`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.errors import ConfigurationError

_ARTIFACT: Final = re.compile(r"(?P<name>[^\s\x00-\x1f\x7f]+)@sha256:(?P<sha256>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Artifact:
    """What is deployed: `sha256` is its digest in hex, by which it is known; `name` is for people too."""

    name: str
    sha256: str

    def __str__(self) -> str:
        """As it is written in a command."""
        return f"{self.name}@sha256:{self.sha256}"


def parse_artifact(text: str) -> Artifact:
    """Read `NAME@sha256:HEX`.

    Raises:
        ConfigurationError: If it is none.
    """
    found = _ARTIFACT.fullmatch(text)
    if found is None:
        raise ConfigurationError(
            f"--artifact {text!r:.120} is no artifact: write NAME@sha256:HEX, HEX being 64 digits (0-9, a-f)"
        )
    return Artifact(found["name"], found["sha256"])
