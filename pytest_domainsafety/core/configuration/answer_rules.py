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
    return FilterRule(status, _compiled(found["pattern"]))


def _compiled(pattern: str) -> str:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r:.60} is no regular expression ({error}): correct it") from None
    if compiled.search("") is not None:
        raise ValueError(f"{pattern!r:.60} matches whatever is answered: write what it says")
    return pattern
