"""What the values of settings are checked for, each in words that say what would be right."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator

from pytest_domainsafety.core.configuration.answer_rules import read_error_replies, read_filters, read_headers
from pytest_domainsafety.core.configuration.asked_framings import as_lines, parse_framings, parse_purposes
from pytest_domainsafety.core.configuration.judge_members import checked_address, read_member, read_members
from pytest_domainsafety.core.suite.shipped_suite import parse_shipped

_LARGEST: Final = 1e12
"""Of a number of sampling: more is no number that a report could hold."""

_LEAST_CONFIDENCE: Final = 0.5


def none_word(value: object) -> object:
    """The word `none` leaves a parameter out."""
    return None if isinstance(value, str) and value.strip().lower() == "none" else value


def _json_object(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error.msg} at column {error.colno}") from None


def _url(value: object) -> object:
    return checked_address(value) if isinstance(value, str) else value


def checked_members(text: str | None) -> str | None:
    """The judges that a setting names, each well formed."""
    read_members(text or "")
    return text


def checked_member(text: str | None) -> str | None:
    """A judge that a setting names, well formed."""
    read_member(text or "")
    return text


def checked_confidence(confidence: float) -> float:
    """A confidence by which a bound lies over the rate."""
    if confidence < _LEAST_CONFIDENCE:
        raise ValueError("below 0.5 a bound would lie under the rate itself, use 0.95")
    return confidence


def checked_suite(text: str | None) -> str | None:
    """A shipped suite that there is."""
    if text is not None:
        parse_shipped(text)
    return text


def checked_framings(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Framings that are asked, each in a line of its own."""
    return as_lines(parse_framings(lines) or {})


def checked_purposes(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Framings of the project's own, each in a line with its purpose."""
    return tuple(f"{name} = {purpose}" for name, purpose in parse_purposes(lines).items())


def _one_answer(fields: dict[str, Any]) -> dict[str, Any]:
    if fields.get("n", 1) not in (1, None):
        raise ValueError("n other than 1 asks for answers that nobody would look at: leave it out")
    return fields


def checked_failures(text: str | None) -> str | None:
    """Failures that come before the model answers."""
    for word in words_of(text):
        if word not in {"none", "timeout"} and not re.fullmatch(r"[45]\d\d", word):
            raise ValueError(f"{word!r} is no failure: name HTTP statuses such as 502, and timeout")
    return text


def words_of(text: str | None) -> list[str]:
    """The words of a setting, parted by commas or spaces."""
    return (text or "").replace(",", " ").split()


def checked_sampling(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields whose sampling a report can hold."""
    # What reports hold of sampling are numbers.
    for name in {"temperature", "max_tokens", "max_completion_tokens"} & fields.keys():
        value, kinds = fields[name], (int, float) if name == "temperature" else int
        is_number = isinstance(value, kinds) and not isinstance(value, bool) and abs(value) <= _LARGEST
        if value is not None and not is_number:
            whole = "" if name == "temperature" else "whole "
            raise ValueError(f"{name} should be a {whole}number, or null to leave it out")
    return fields


def _pattern(text: str | None) -> str | None:
    try:
        re.compile(text or "")
    except re.error as error:
        raise ValueError(f"it is no regular expression ({error}): write one for the model's whole name") from None
    return text


def checked_error_replies(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Patterns that can be matched."""
    read_error_replies(lines)
    return lines


def checked_headers(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Headers that can be sent."""
    read_headers(lines)
    return lines


def checked_filters(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Filters that can be matched."""
    read_filters(lines)
    return lines


Url = Annotated[str, BeforeValidator(_url)]
Pattern = Annotated[str | None, BeforeValidator(none_word), AfterValidator(_pattern)]
"""A regular expression for the whole of a name."""
Fields = Annotated[dict[str, Any], BeforeValidator(_json_object), AfterValidator(_one_answer)]
"""Fields merged into a request's body; null removes one."""
