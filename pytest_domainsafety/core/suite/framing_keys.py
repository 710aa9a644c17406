"""Framings of a suite's own: how a scenario file declares them, and where their prompts stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_domainsafety.core.suite.framings import FRAMINGS, FramingName, is_framing_name, slip_of
from pytest_domainsafety.core.suite.located import Located, ScenarioError, show, text_of

Declared = Mapping[str, str]
"""What prompts in a framing do, by its name: "asks as a character of a story"."""


def is_declared(name: str, declared: Declared) -> bool:
    """Whether a key of a scenario is a framing's: a declared one, or a translation of one that is known."""
    base, language = FramingName.of(name)
    return is_framing_name(name) and (base in declared or (language is not None and base in FRAMINGS))


def is_language(value: object) -> bool:
    """Whether a value is a language's code, such as `de` or `pt-BR`."""
    return isinstance(value, str) and FramingName.of(f"operational[{value}]").language == value


def declared_framings(node: Located) -> dict[str, str]:
    """Read the head of a file: a mapping of names to what prompts in such a framing do.

    Raises:
        ScenarioError: At the first mistake.
    """
    if not isinstance(node.value, dict):
        raise ScenarioError(
            node.line, f"'framings' must name framings and say what each does, not be {show(node.value)}"
        )
    found = {}
    for name, purpose in node.value.items():
        _check(name, purpose)
        if name in FRAMINGS:
            raise ScenarioError(purpose.line, f"{name} is a framing that every suite has; leave it out")
        if FramingName.of(name).language is not None:
            raise ScenarioError(purpose.line, f"{show(name)} is a translation, which does what its framing does")
        found[name] = text_of(purpose, f"what the framing '{name}' does").strip()
    return found


def further_prompts(node: Located) -> Iterator[tuple[str, Located]]:
    """A scenario's prompts in further framings.

    Raises:
        ScenarioError: At the first name that cannot be meant.
    """
    if not isinstance(node.value, dict):
        raise ScenarioError(node.line, f"'framings' must be a mapping of names to prompts, not {show(node.value)}")
    for name, prompt in node.value.items():
        _check(name, prompt)
        yield name, prompt


def _check(name: str, node: Located) -> None:
    if not is_framing_name(name):
        raise ScenarioError(
            node.line,
            f"{show(name)} is no name of a framing: use small letters, digits, '_' and '-', such as roleplay, and "
            "for a translation the language in brackets, such as operational[de]",
        )
    if (meant := slip_of(name)) is not None:
        raise ScenarioError(
            node.line,
            f"unknown framing {show(name)}; did you mean '{meant}'? A framing of your own needs a name less like it",
        )
