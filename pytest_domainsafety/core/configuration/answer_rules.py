"""Lines of settings that say what an answer of the deployment is, or what is sent to it: checked, and read.

A comment begins with a `#` after a blank; a pattern that needs one writes `[#]`.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

FROM_ENVIRONMENT: Final = "env:"
"""Begins a header's value that stands in the environment."""

_COMMENT: Final = re.compile(r"(?:^|\s)#.*")
_FILTER: Final = re.compile(r"(?P<status>\d{3})(?:\s+(?P<pattern>\S.*))?")
_NOT_OF_THE_PROMPT: Final = frozenset({401, 402, 404, 405, 407, 408, 429})
"""Statuses of the key, the account, the address or the pace: a filter that hides behind one cannot be told apart."""

_ANY_FAILURE: Final = (
    '{"error": {"message": "Bad request", "type": "invalid_request_error", "param": null, "code": null}}',
    '{"error": {"message": "Internal server error", "type": "server_error"}}',
    '{"detail": "Not authorized"}',
    "<html><body><h1>502 Bad Gateway</h1></body></html>",
    "upstream connect error",
)
"""Bodies of failures that have to do with no filter: a pattern that is found in one counts outages as filtered."""

_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VARIABLE: Final = re.compile(r"[A-Za-z_]\w*")
_OF_THE_CLIENT: Final = frozenset({"connection", "content-length", "content-type", "host", "transfer-encoding"})

_LEAST_STATUS: Final = 400
_MOST_STATUS: Final = 599


class FilterRule(NamedTuple):
    """A status, and a regular expression that is looked for in its body: such an answer is a filter's."""

    status: int
    pattern: str


def rule_lines(lines: tuple[str, ...]) -> list[str]:
    """The lines without comments, blanks around them and empty ones."""
    return [text for line in lines if (text := _COMMENT.sub("", line).strip())]


def read_filters(lines: tuple[str, ...]) -> tuple[FilterRule, ...]:
    """Read lines `STATUS pattern of the body`.

    Raises:
        ValueError: If one is none, or would take every answer of its status for a filter's.
    """
    return tuple(map(_filter, rule_lines(lines)))


def read_headers(lines: tuple[str, ...]) -> dict[str, str]:
    """Read lines `NAME = value`; a value `env:NAME` stands as it is. No message tells a value.

    Raises:
        ValueError: If one is none, or no header of a request could be so.
    """
    headers: dict[str, str] = {}
    for line in rule_lines(lines):
        name, mark, value = (part.strip() for part in line.partition("="))
        if not mark or not _HEADER.fullmatch(name) or not value:
            raise ValueError("each line should be a header's name and its value, such as 'x-config = strict'")
        if name.lower() in _OF_THE_CLIENT:
            raise ValueError(f"{name} is for the client to write: remove it")
        if name.lower() in map(str.lower, headers):
            raise ValueError(f"{name} stands twice: remove one of them")
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"the value of {name} holds a character that no HTTP header can carry")
        if value.startswith(FROM_ENVIRONMENT) and not _VARIABLE.fullmatch(value.removeprefix(FROM_ENVIRONMENT)):
            raise ValueError(f"the value of {name} names no environment variable after {FROM_ENVIRONMENT}")
        headers[name] = value
    return headers


def read_error_replies(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Read lines, each a regular expression for the whole of a reply.

    Raises:
        ValueError: If one is none.
    """
    return tuple(_compiled(line) for line in rule_lines(lines))


def _filter(line: str) -> FilterRule:
    found = _FILTER.fullmatch(line)
    if found is None:
        raise ValueError(f"{line!r:.60} should be a status and a pattern, such as '400 blocked by our rule'")
    status = int(found["status"])
    if not _LEAST_STATUS <= status <= _MOST_STATUS or status in _NOT_OF_THE_PROMPT:
        raise ValueError(f"{status} is no status by which a filter stops a prompt: name another, such as 400")
    if found["pattern"] is None:
        raise ValueError(
            f"{status} alone would count each such answer as filtered, whatever went wrong: write after it a pattern "
            f"of the body, such as '{status} blocked by our rule'"
        )
    pattern = _compiled(found["pattern"])
    if any(re.search(pattern, body) for body in _ANY_FAILURE):
        raise ValueError(
            f"{pattern!r:.60} is found in failures that are no filter's, which would then count as filtered: write "
            "what the filter says"
        )
    return FilterRule(status, pattern)


def _compiled(pattern: str) -> str:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r:.60} is no regular expression ({error}): correct it") from None
    if compiled.search("") is not None:
        raise ValueError(f"{pattern!r:.60} matches whatever is answered: write what it says")
    return pattern
