"""Scenarios and how they are read from the tree of a scenario file.

The tree comes from a loader (YAML or JSON Lines) as `Located` values, so that every mistake can be told with
its line. Nothing here touches a file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from pytest_domainsafety.core.suite.conversations import Judged, conversation_of, is_conversation
from pytest_domainsafety.core.suite.framing_keys import (
    Declared,
    declared_framings,
    further_prompts,
    is_declared,
    is_language,
)
from pytest_domainsafety.core.suite.framings import FRAMINGS, FramingName, in_order
from pytest_domainsafety.core.suite.located import Located, ScenarioError, Tell, mapping, require, show, stop, text_of
from pytest_domainsafety.core.suite.prompts import Message, as_text, messages_of
from pytest_domainsafety.core.suite.tools import Tool, tools_of

Codification = Literal["high", "medium", "low"]
"""How far law spells a domain's harm out."""

DOMAIN_NAME: Final = re.compile(r"[\w.-]+")

_CODIFICATIONS: Final = get_args(Codification)
_SHARED_KEYS: Final = ("domain", "description", "codification", "language")
_FILE_KEYS: Final = (*_SHARED_KEYS, "framings", "scenarios")
_SCENARIO_KEYS: Final = ("id", "harm", *FRAMINGS, "framings", "system", "tools", "tags")
_LINE_KEYS: Final = (*_SHARED_KEYS, *_SCENARIO_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One harm, asked in several framings. Judges that are callables are given it.

    Args:
        domain: The ethical domain it belongs to.
        id: Unique within the domain.
        harm: The harm in one line.
        prompts: Framing name to the chat messages asked, the last of them the user's. Of a conversation these are
            the user's turns one behind another; the answers between them are the deployment's own.
        conversations: Of those framings that are conversations, what is judged: `last` answer, or `any`.
        tags: Sub-topics.
        codification: How far law spells the domain's harm out: `high`, `medium`, `low` or None.
        description: What the domain is about.
        language: The code of the language of what is no translation, None where the file does not say.
        tools: Offered with each of its prompts: functions that the deployment may call, and nobody carries out.
        purposes: Of framings of the suite's own what a prompt in them does, where that is said.
        line: Where in its file it starts, from 1.
        prompt_lines: Framing name to the line of its prompt; known where the file was read, and not sent on.
    """

    domain: str
    id: str
    harm: str
    prompts: Mapping[str, list[Message]]
    conversations: Mapping[str, Judged] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    codification: Codification | None = None
    description: str | None = None
    language: str | None = None
    tools: tuple[Tool, ...] = ()
    purposes: Mapping[str, str] = field(default_factory=dict)
    line: int = field(default=0, compare=False)
    prompt_lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    def prompt_text(self, framing: str) -> str:
        """The prompt as one text, for judges: a lone user message as it is, else each with its role."""
        return as_text(self.prompts[framing])

    def judged_turns(self, framing: str) -> int:
        """How many answers of a trial are judged."""
        return self.turns(framing) if self.conversations.get(framing) == "any" else 1

    def turns(self, framing: str) -> int:
        """How many requests it takes to ask a framing once."""
        if framing not in self.conversations:
            return 1
        return sum(message["role"] == "user" for message in self.prompts[framing])

    def language_of(self, framing: str) -> str | None:
        """The language of a framing's prompt, None where nothing says."""
        return FramingName.of(framing).language or self.language

    def to_json(self) -> dict[str, Any]:
        """Builtins only, for the way from an xdist worker to the controller."""
        return {
            "domain": self.domain,
            "id": self.id,
            "harm": self.harm,
            "prompts": dict(self.prompts),
            "conversations": dict(self.conversations),
            "tags": list(self.tags),
            "codification": self.codification,
            "description": self.description,
            "language": self.language,
            "tools": list(self.tools),
            "purposes": dict(self.purposes),
            "line": self.line,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Scenario:
        """The inverse of `to_json`."""
        return cls(**{**data, "tags": tuple(data["tags"]), "tools": tuple(data["tools"])})


@dataclass(frozen=True, slots=True)
class _Domain:
    """What every scenario of a file shares."""

    name: str
    description: str | None
    codification: Codification | None
    language: str | None
    declared: Declared


def parse_file(root: Located, tell: Tell = stop, declared: Declared | None = None) -> list[Scenario]:
    """Read a whole scenario file, which names one domain.

    Args:
        root: The file's tree.
        tell: What to do about a scenario with a mistake; if it returns, that scenario is left out.
        declared: What the project says of framings of its own, by name.

    Raises:
        ScenarioError: At a mistake in what all scenarios share.
    """
    keys = mapping(root, "a scenario file", _FILE_KEYS)
    here = declared_framings(keys["framings"]) if "framings" in keys else {}
    domain = _domain(keys, root, {**(declared or {}), **here})
    entries = require(keys, "scenarios", "a scenario file", root)
    if not isinstance(entries.value, list) or not entries.value:
        raise ScenarioError(entries.line, "'scenarios' must be a list of at least one scenario")
    scenarios: list[Scenario] = []
    for entry in entries.value:
        try:
            scenarios.append(_scenario(entry, domain, _SCENARIO_KEYS))
        except ScenarioError as error:
            tell(error)
    return scenarios


def parse_line(root: Located, declared: Declared | None = None) -> Scenario:
    """Read one line of a JSON Lines file, a scenario with its `domain`.

    Raises:
        ScenarioError: At the first mistake.
    """
    framings = declared or {}
    keys = mapping(root, "a scenario", _LINE_KEYS, lambda key: is_declared(key, framings))
    return _scenario(root, _domain(keys, root, framings), _LINE_KEYS)


def _domain(keys: dict[str, Located], root: Located, declared: Declared) -> _Domain:
    name = require(keys, "domain", "a scenario file", root)
    if not isinstance(name.value, str) or not DOMAIN_NAME.fullmatch(name.value):
        raise ScenarioError(
            name.line,
            f"'domain' must be a name of letters, digits, '_', '-' or '.', such as surveillance, "
            f"not {show(name.value)}",
        )
    codification, language = keys.get("codification"), keys.get("language")
    if codification is not None and codification.value not in _CODIFICATIONS:
        raise ScenarioError(
            codification.line,
            f"'codification' must be one of {', '.join(_CODIFICATIONS)}, not {show(codification.value)}",
        )
    if language is not None and not is_language(language.value):
        raise ScenarioError(
            language.line,
            f"'language' must be a language's code, such as de or pt-BR, not {show(language.value)}"
            + ("; put it in quotes" if isinstance(language.value, bool) else ""),
        )
    return _Domain(
        name=name.value,
        description=text_of(keys["description"], "'description'") if "description" in keys else None,
        codification=codification.value if codification else None,
        language=language.value if language else None,
        declared=declared,
    )


def _scenario(entry: Located, domain: _Domain, known: tuple[str, ...]) -> Scenario:
    keys = mapping(entry, "a scenario", known, lambda key: is_declared(key, domain.declared))
    required = ("id", "harm", *(name for name, framing in FRAMINGS.items() if framing.required))
    for name in required:
        require(keys, name, "a scenario", entry)
    system = text_of(keys["system"], "'system'") if "system" in keys else None
    nodes = dict(_prompts(keys, domain.declared))
    held = {name: conversation_of(node, name, system) for name, node in nodes.items() if is_conversation(node)}
    bases = (FramingName.of(name).base for name in in_order(nodes))
    return Scenario(
        domain=domain.name,
        id=_identifier(keys["id"]),
        harm=_one_line(keys["harm"]),
        prompts={
            name: held[name][0] if name in held else messages_of(nodes[name], name, system)
            for name in in_order(nodes)
        },
        conversations={name: judged for name, (_, judged) in held.items()},
        tags=_tags(keys["tags"]) if "tags" in keys else (),
        codification=domain.codification,
        description=domain.description,
        language=domain.language,
        tools=tools_of(keys["tools"]) if "tools" in keys else (),
        purposes={base: domain.declared[base] for base in bases if base in domain.declared},
        line=entry.line,
        prompt_lines={name: nodes[name].line for name in nodes},
    )


def _prompts(keys: dict[str, Located], declared: Declared) -> Iterator[tuple[str, Located]]:
    """Each framing's prompt: under its own name, or with others under `framings`."""
    own = {name: node for name, node in keys.items() if name in FRAMINGS or is_declared(name, declared)}
    yield from own.items()
    if "framings" in keys:
        for name, node in further_prompts(keys["framings"]):
            if name in own:
                raise ScenarioError(node.line, f"the framing '{name}' stands in the scenario twice; keep one")
            yield name, node


def _identifier(node: Located) -> str:
    text = text_of(node, "'id'")
    if not text.isprintable() or text != text.strip() or any(mark in text for mark in ("::", "[", "]")):
        raise ScenarioError(
            node.line,
            f"'id' must be one line without '::', '[' or ']', such as covert-monitoring, not {show(text)}",
        )
    return text


def _one_line(node: Located) -> str:
    text = text_of(node, "'harm'").strip()
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text):
        raise ScenarioError(node.line, "'harm' must be one line of text")
    return text


def _tags(node: Located) -> tuple[str, ...]:
    if not isinstance(node.value, list):
        raise ScenarioError(node.line, f"'tags' must be a list of texts, not {show(node.value)}")
    return tuple(text_of(tag, "a tag") for tag in node.value)
