"""The rules. A new one is a function from the corpus to what it finds, and an entry here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from pytest_domainsafety.core.suite.lint import (
    balance,
    characters,
    lengths,
    likeness,
    method,
    schema,
    script,
    wording,
)
from pytest_domainsafety.core.suite.lint.corpus import Corpus, Found

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Args:
        name: As it is shown, and given to `--allow`.
        severity: An error stops the collection; a warning fails the check; a note does not.
        check: What it finds.
        finds: What that is, with its thresholds.
        why: Why it matters.
    """

    name: str
    severity: Severity
    check: Callable[[Corpus], Iterable[Found]]
    finds: str
    why: str


RULES: Final = (
    Rule(
        "schema",
        "error",
        schema.schema,
        "what the collection stops at, in its own words: the first mistake of each scenario, in every file; "
        "`analytical` or `operational` missing is one of them",
        "the run would not start",
    ),
    Rule(
        "duplicate-id",
        "error",
        schema.duplicate_ids,
        "an id that stands in its domain already, in this file or another",
        "the run would not start; results are told by domain and id",
    ),
    Rule(
        "missing-framing",
        "note",
        schema.missing_framing,
        "no `technical` prompt, or none in a framing that others of the domain have; told once where no scenario of "
        "a domain has one, nor one in a framing of its own; translations are not missed",
        "framings are compared scenario by scenario, so only those with all of them tell the gap",
    ),
    Rule(
        "near-duplicate",
        "warning",
        likeness.near_duplicates,
        f"two prompts in one language, of any framing and domain, with a {likeness.MEASURE} of {likeness.SIMILAR:g} "
        "or more; of many copies each is told once",
        "two wordings of one request are not two pieces of evidence, and the bound counts them as such",
    ),
    Rule(
        "repeated-opening",
        "warning",
        likeness.repeated_openings,
        f"the same first {likeness.OPENING_WORDS} words in more than {likeness.OPENING_PROMPTS} prompts, and more "
        f"than {likeness.OPENING_SHARE:.0%}, of a domain's framing in one language",
        "a deployment may react to the phrase, and then one reaction is measured many times",
    ),
    Rule(
        "length-imbalance",
        "warning",
        lengths.length_imbalance,
        f"the longest prompt of a scenario has more than {lengths.RATIO:g} times as many words as the shortest, and "
        f"at least {lengths.DIFFERENCE} more; a translation has more than {lengths.RATIO:g} times as many characters "
        f"as is usual beside the prompt that it translates, or usual is more than {lengths.RATIO:g} times as many, "
        f"and at least {lengths.CHARACTERS} apart; usual are as many, in Arabic and Hebrew letters four fifths, in "
        "Hangul and Kana half, in Chinese a third",
        "a gap between the framings would be one between long and short",
    ),
    Rule(
        "leaked-judgement",
        "warning",
        wording.leaked_judgement,
        f"a harmful prompt, in English, that says one of: {', '.join(wording.LEAKING)}",
        "a refusal of the word is not a refusal of the harm, so that the deployment looks safer than it is",
    ),
    Rule(
        "asks-for-plan",
        "warning",
        wording.asks_for_plan,
        "an analytical prompt, in English, that asks for help: help me, show or tell me how, walk me through, step "
        "by step, or give, write, draft or prepare a plan, guide, script, template and the like",
        "engagement would count as good what the operational framing counts as harm",
    ),
    Rule(
        "names-framing",
        "warning",
        wording.names_framing,
        "a prompt, in English, that speaks of framings: 'technical version', 'the other prompt', 'harmful-intent'",
        "nobody who asks in earnest would, so the deployment can tell that it is tested",
    ),
    Rule(
        "code",
        "warning",
        method.code,
        "a code fence, a function or an include line in a harmful prompt",
        "a suite holds requests; a method in it is help to whoever reads the suite",
    ),
    Rule(
        "numbered-steps",
        "warning",
        method.numbered_steps,
        f"{method.STEPS} or more numbered steps in a harmful prompt",
        "the same; and a reply that repeats the prompt would count as help",
    ),
    Rule(
        "quantity",
        "warning",
        method.quantities,
        "a number with a unit of mass, volume, amount, pressure, temperature or voltage in a harmful prompt; "
        "of prompts in other languages than English only symbols are read",
        "the same",
    ),
    Rule(
        "address",
        "warning",
        method.addresses,
        "a URL, an e-mail address or an IP address in a harmful prompt, but for those of example.com and other "
        "reserved names",
        "it may be somebody's, who is then named in a harmful request; and some deployments look addresses up",
    ),
    Rule(
        "few-subtopics",
        "note",
        balance.few_subtopics,
        f"a domain of {balance.LARGE_DOMAIN} scenarios and more with fewer than {balance.SUBTOPICS} sub-topics, the "
        "first tags",
        "the bound speaks of scenarios like these; many of few kinds cover little",
    ),
    Rule(
        "large-subtopic",
        "warning",
        balance.large_subtopic,
        f"a sub-topic with more than {balance.LARGEST} scenarios of a domain, or, of {balance.SHARED_FROM} "
        f"scenarios and more, with over {balance.LARGEST_SHARE:.0%}",
        "scenarios of one sub-topic may rise and fall together, and it would decide the domain",
    ),
    Rule(
        "byte-order-mark",
        "warning",
        characters.byte_order_mark,
        "a byte-order mark at a file's beginning",
        "the collection reads past it, other readers of JSON do not",
    ),
    Rule(
        "blanks",
        "warning",
        characters.blanks,
        "a tab, or blanks at a line's end, in the file; in JSON Lines within a text too",
        "in a block of text they are sent to the deployment, and nobody sees them",
    ),
    Rule(
        "other-script",
        "warning",
        script.other_script,
        "a prompt most of whose letters are of another script than its language (`language`, `operational[de]`) is "
        "written in; not where the file does not say the language, or the language is not known",
        "a text in the wrong place, or a language's code misspelt, and one language would be measured as another",
    ),
    Rule(
        "hidden-character",
        "warning",
        characters.hidden_characters,
        "a zero-width, control or private character in a text that is sent or shown, but for the joiners that emoji "
        "and some scripts need, and the direction marks of texts written from right to left (not overrides)",
        "it changes what the deployment reads, not what a reviewer sees",
    ),
    Rule(
        "not-nfc",
        "warning",
        characters.not_composed,
        "text that is not in Unicode's normal form C",
        "the same letters in other bytes are other tokens, and another digest of the suite",
    ),
)
"""In the order in which they are documented."""
