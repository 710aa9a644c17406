"""What an HTTP error's body says of its reason, in the words that providers use."""

from __future__ import annotations

import re
from typing import Final

_MODERATION: Final = re.compile(r"(?<![a-z])(?:moderat(?:ion|ed)|flagged)", re.IGNORECASE)
_SENDER: Final = re.compile(
    r"\b(?:accounts?|organi[sz]ations?|projects?|users?|api[ _-]?keys?|ip address(?:es)?|suspended|banned|billing|"
    r"quota|credits?)\b",
    re.IGNORECASE,
)
"""What is flagged so is no prompt: every further request would meet the same."""

_PLACES: Final = ("message", "detail", "error", "errors", "msg", "html-message")
"""Where servers put their words, the most telling first."""

_DEEPEST: Final = 4
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")

SHOWN: Final = 120
"""Characters of a server's words that are shown: its first sentence, as a rule."""

_FLAGGED_INPUT: Final = "flagged_input"
"""The field in which OpenRouter repeats what of the prompt its provider's moderation stopped."""

_EMPTY_CODES: Final = frozenset(
    {
        "insufficient_quota",  # OpenAI
        "billing_hard_limit_reached",  # OpenAI
        "billing_not_active",  # OpenAI
        "insufficient_balance",
        "insufficient_credits",
        "arrearage",  # Alibaba
    }
)
_EMPTY_WORDS: Final = re.compile(
    r"credit balance is too low|"  # Anthropic
    r"billing (?:hard )?limit|plans? (?:and|&) billing|"
    r"insufficient[_ ](?:account )?(?:quota|balance|credits?|funds)|"
    r"(?:used all|no|out of) (?:available |remaining )?credits?\b|"
    r"exceeded your current quota",
    re.IGNORECASE,
)
"""A message may repeat the prompt, so that the word billing alone says nothing."""


def words_of(body: object, _depth: int = 0) -> str:
    """What a decoded error says to people, wherever it stands; empty where it says nothing.

    A list of objects, as FastAPI makes of what it could not validate, says where each of them is wrong.
    """
    if isinstance(body, str) or _depth > _DEEPEST:
        return body.strip() if isinstance(body, str) else ""
    if isinstance(body, list):
        return "; ".join(filter(None, (words_of(each, _depth + 1) for each in body)))
    if not isinstance(body, dict):
        return ""
    said = next(filter(None, (words_of(body.get(name), _depth + 1) for name in _PLACES)), "")
    place = body.get("loc")
    if said and isinstance(place, list):
        return f"{'.'.join(str(each) for each in place if each != 'body')}: {said}"
    return said


def first_sentence(said: str) -> str:
    """What is shown of a server's words, at most `SHOWN` characters; they must be printable and without keys."""
    return _SENTENCE_END.split(said, maxsplit=1)[0][:SHOWN]


def names_the_prompt(body: object) -> bool:
    """Whether a decoded error says which part of the prompt moderation stopped: the key was good, then."""
    metadata = body.get("metadata") if isinstance(body, dict) else None
    return isinstance(metadata, dict) and _FLAGGED_INPUT in metadata


def speaks_of_moderation(said: str) -> bool:
    """Whether an error says that moderation stopped a prompt, and not who sent it."""
    return _MODERATION.search(said) is not None and _SENDER.search(said) is None


def is_empty_account(code: object, said: str | None) -> bool:
    """Whether an error says that nothing is left to pay with.

    Args:
        code: As the error gives it.
        said: Its message; None where its words prove nothing, as in a 429.
    """
    known = isinstance(code, str) and code.lower() in _EMPTY_CODES
    return known or (said is not None and _EMPTY_WORDS.search(said) is not None)
