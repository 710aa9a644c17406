"""How framings are named: `roleplay`, and `operational[de]` for a translation."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Self

ANY: Final = "any"
"""Not a framing: in a threshold's brackets it stands for the worst of all harmful framings."""

_BASE: Final = r"[a-z][a-z0-9_-]{0,39}"
_LANGUAGE: Final = r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"
_NAME: Final = re.compile(rf"(?P<base>{_BASE})(?:\[(?P<language>{_LANGUAGE})\])?")
_TAKEN: Final = frozenset(
    {ANY, "id", "harm", "system", "tags", "tools", "framings", "domain", "description", "codification", "language"}
)
"""Words that mean something else where a framing's name may stand."""


class FramingName(NamedTuple):
    """A framing's name in its parts.

    Args:
        base: The framing.
        language: A code as in BCP 47, None where the prompts are in the suite's own language.
    """

    base: str
    language: str | None

    @classmethod
    def of(cls, name: str) -> Self:
        """Take a name apart; one that is none is a base as it is."""
        found = _NAME.fullmatch(name)
        return cls(name, None) if found is None else cls(found["base"], found["language"])


def is_framing_name(name: str) -> bool:
    """Whether a framing may be called so: small letters, digits, `_` and `-`, and perhaps a language in brackets."""
    found = _NAME.fullmatch(name)
    return found is not None and found["base"] not in _TAKEN
