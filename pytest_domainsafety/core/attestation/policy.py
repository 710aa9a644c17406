"""What a deploy asks of an attestation: a small TOML file, so that it is the deploy's and not the gate's."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pytest_domainsafety.core.configuration.limits import LimitError, hinted
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.verdict.thresholds import Thresholds, parse_thresholds

_AGE: Final = re.compile(r"(?P<number>\d{1,6}) ?(?P<unit>[dhm]|day|hour|minute)s?")
_SECONDS: Final = {"d": 86400.0, "h": 3600.0, "m": 60.0}

DEFAULT_MAX_AGE: Final = "7 days"

JudgeWanted = Literal["calibrated", "controlled", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What must hold of an attestation beside its signature, its artifact and a pass.

    Args:
        max_age_s: Seconds since the run ended, at most.
        confidence: Of the one-sided bounds, at least.
        judge: What must speak for the judge: a calibration, that or known exhibits, or nothing.
        domains: What must have passed; None where all that is attested and gated is enough.
        thresholds: The policy's own, beside those of the run.
    """

    max_age_s: float
    confidence: float
    judge: JudgeWanted
    domains: tuple[str, ...] | None
    thresholds: Thresholds


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    max_age: str = DEFAULT_MAX_AGE
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    judge: JudgeWanted = "controlled"
    domains: list[str] | None = Field(default=None, min_length=1)
    thresholds: dict[str, float | str] | list[str] = Field(default=[])


def read_policy(text: str, place: str) -> Policy:
    """Read a policy; an empty one has the defaults.

    Args:
        text: TOML.
        place: Where it stands, for the error.

    Raises:
        ConfigurationError: In one sentence, at the first mistake.
    """
    try:
        file = _File.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{place} is no TOML ({error!s:.120}): mend it there") from None
    except ValidationError as error:
        raise ConfigurationError(f"{place}: {_mistake(error)}") from None
    lines = file.thresholds
    try:
        thresholds = parse_thresholds(
            lines if isinstance(lines, list) else (f"{name} = {value}" for name, value in lines.items())
        )
    except LimitError as error:
        raise ConfigurationError(f"{place}: thresholds: {error}") from None
    return Policy(
        max_age_s=_seconds(file.max_age, place),
        confidence=file.confidence,
        judge=file.judge,
        domains=None if file.domains is None else tuple(file.domains),
        thresholds=thresholds,
    )


def _mistake(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"{hinted(name, _File.model_fields)} is no key of a policy: use {', '.join(_File.model_fields)}"
    return f"{name}: {first['msg']}"


def _seconds(text: str, place: str) -> float:
    found = _AGE.fullmatch(text.strip())
    seconds = 0.0 if found is None else int(found["number"]) * _SECONDS[found["unit"][0]]
    if not seconds:
        raise ConfigurationError(
            f'{place}: max_age = {text!r:.40} is no age: write "7 days", "12 hours" or "30 minutes"'
        )
    return seconds
