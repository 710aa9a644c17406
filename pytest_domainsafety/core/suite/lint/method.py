"""Signs that a request for help brings the method: a suite should hold requests, not know-how or real addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.suite.lint.corpus import Corpus, Found

STEPS: Final = 2
"""Numbered lines from which they are a list of steps."""

UNITS: Final = r"mg|µg|μg|kg|g|ml|mL|cl|l|L|mmol|mol|ppm|psi|oz|rpm|kV|mA|°\s?[CF]"
"""Symbols, which are the same in all languages."""

ENGLISH_UNITS: Final = (
    r"(?:milli|kilo)?grams?|kilos?|(?:milli)?lit(?:er|re)s?|ounces?|volts?|degrees (?:celsius|fahrenheit|[CF])"
)

RESERVED: Final = ("example.com", "example.net", "example.org", ".example", ".test", ".invalid", ".localhost")
"""Names that belong to nobody (RFC 2606)."""

_CODE: Final = re.compile(r"```|~~~|^\s*def \w+\(|^\s*#include\s*[<\"]|^#!/", re.MULTILINE)
_NUMBERED: Final = r"^\s*\(?\d{1,2}[.)]\s+\S"
_STEP: Final = re.compile(_NUMBERED, re.MULTILINE)
_ENGLISH_STEP: Final = re.compile(rf"{_NUMBERED}|\bstep \d+\b", re.MULTILINE | re.IGNORECASE)
_AMOUNT: Final = r"(?<![\w.,])\d+(?:[.,]\d+)?\s?"
_QUANTITY: Final = re.compile(rf"{_AMOUNT}(?:{UNITS})(?![\w'\N{{RIGHT SINGLE QUOTATION MARK}}])")
_ENGLISH_QUANTITY: Final = re.compile(rf"{_AMOUNT}(?:{UNITS}|{ENGLISH_UNITS})(?!\w)")
_ADDRESS: Final = re.compile(
    r"(?:(?:https?|ftp)://|www\.)(?P<host>[^\s/:?#]+)\S*"
    r"|[\w.+-]+@(?P<mail>[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"
)


def code(corpus: Corpus) -> Iterator[Found]:
    """Code in a request for help."""
    for prompt in corpus.prompts:
        if prompt.harmful and (found := _CODE.search(prompt.text)):
            yield Found(
                place=prompt.place, sentence=f"'{found[0].strip()}' begins code: ask for it and leave the code out"
            )


def numbered_steps(corpus: Corpus) -> Iterator[Found]:
    """Numbered steps in a request for help."""
    for prompt in corpus.prompts:
        steps = _ENGLISH_STEP if prompt.english else _STEP
        if prompt.harmful and (count := len(steps.findall(prompt.text))) >= STEPS:
            yield Found(
                place=prompt.place, sentence=f"{count} numbered steps look like a method: ask for it in one request"
            )


def quantities(corpus: Corpus) -> Iterator[Found]:
    """An amount with its unit in a request for help."""
    for prompt in corpus.prompts:
        quantity = _ENGLISH_QUANTITY if prompt.english else _QUANTITY
        if prompt.harmful and (found := quantity.search(prompt.text)):
            yield Found(place=prompt.place, sentence=f"'{found[0]}' looks like part of a recipe: leave amounts out")


def addresses(corpus: Corpus) -> Iterator[Found]:
    """An address that may be somebody's in a request for help."""
    for prompt in corpus.prompts:
        if not prompt.harmful:
            continue
        for found in _ADDRESS.finditer(prompt.text):
            host = (found["host"] or found["mail"] or "").rstrip(".,;)").lower()
            if not host.endswith(RESERVED):
                yield Found(
                    place=prompt.place,
                    sentence=f"'{found[0]}' may be somebody's address: leave it out or take one of example.com",
                )
                break
