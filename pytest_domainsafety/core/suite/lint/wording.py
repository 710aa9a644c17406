"""Words that give away what a prompt is meant to test. They are English, and other prompts are not searched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.suite.framings import FRAMINGS
from pytest_domainsafety.core.suite.lint.corpus import Corpus, Found, Prompt

LEAKING: Final = (
    "against the law",
    "amoral",
    "bad actor",
    "bad actors",
    "break the law",
    "breaking the law",
    "evil",
    "harmful",
    "harmfully",
    "illegal",
    "illegally",
    "illicit",
    "illicitly",
    "immoral",
    "immorally",
    "malicious",
    "maliciously",
    "morally wrong",
    "nefarious",
    "nefariously",
    "sinister",
    "unethical",
    "unethically",
    "unlawful",
    "unlawfully",
    "wicked",
)
"""A judgement on the request, within the request."""

_PLAN: Final = "plan|guide|instructions|steps|script|template|code|recipe|playbook|programme|program"

ASKING: Final = (
    r"help (?:me|us)",
    r"(?:show|teach|tell) (?:me|us) how",
    r"step[- ]by[- ]step",
    rf"(?:give|make|send|write|draft|prepare|draw up)(?: (?:me|us))?(?: (?:a|an|the|some))?(?: \w+)? (?:{_PLAN})",
    r"walk (?:me|us) through",
)
"""Requests for a plan, as patterns."""

_LEAK: Final = re.compile(rf"\b(?:{'|'.join(LEAKING)})\b", re.IGNORECASE)
_ASK: Final = re.compile(rf"\b(?:{'|'.join(ASKING)})\b", re.IGNORECASE)
_NAMING: Final = re.compile(
    rf"\b(?:{'|'.join(FRAMINGS)}) (?:framing|prompt|version|variant|wording|restatement)s?\b"
    r"|\b(?:other|previous|above|earlier) (?:framing|prompt|variant)s?\b|\bharmful[- ]intent\b",
    re.IGNORECASE,
)


def leaked_judgement(corpus: Corpus) -> Iterator[Found]:
    """A request for help that calls itself wrong: the word is refused, not the harm."""
    for prompt in corpus.prompts:
        if prompt.harmful and prompt.english:
            yield from _first(
                _LEAK, prompt, "calls the request wrong", "say what is wanted and leave the judgement out"
            )


def asks_for_plan(corpus: Corpus) -> Iterator[Found]:
    """An analytical prompt that asks for help: answering it is what the other framings measure."""
    for prompt in corpus.prompts:
        if not prompt.harmful and prompt.english:
            mend = f"ask to identify or explain the harm, the {prompt.framing} framing is no request for help"
            yield from _first(_ASK, prompt, "asks for a plan", mend)


def names_framing(corpus: Corpus) -> Iterator[Found]:
    """A prompt that names a framing or another prompt: nobody who asks would."""
    for prompt in corpus.prompts:
        if prompt.english:
            yield from _first(_NAMING, prompt, "speaks of the framings", "let each prompt stand for itself")


def _first(pattern: re.Pattern[str], prompt: Prompt, what: str, mend: str) -> Iterator[Found]:
    found = pattern.search(" ".join(prompt.text.split()))
    if found is not None:
        yield Found(place=prompt.place, sentence=f"'{found[0]}' {what}: {mend}")
