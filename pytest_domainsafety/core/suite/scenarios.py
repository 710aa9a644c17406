"""Scenarios and how they are read from the tree of a scenario file.

The tree comes from a loader (YAML or JSON Lines) as `Located` values, so that every mistake can be told with
its line. Nothing here touches a file.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.suite.framings import FRAMINGS

Message = dict[str, str]
"""One chat message: `role` and `content`."""

Codification = Literal["high", "medium", "low"]
"""How far law spells a domain's harm out."""

DOMAIN_NAME: Final = re.compile(r"[\w.-]+")

ROLES: Final = ("system", "developer", "user", "assistant")
_CODIFICATIONS: Final = get_args(Codification)
_FILE_KEYS: Final = ("domain", "description", "codification", "scenarios")
_SCENARIO_KEYS: Final = ("id", "harm", *FRAMINGS, "system", "tags")
_LINE_KEYS: Final = ("domain", "description", "codification", *_SCENARIO_KEYS)


class ScenarioError(ValueError):
    """A mistake in a scenario file: its line, what is wrong and what would be right."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(printable(message))
        self.line = line


Tell = Callable[[ScenarioError], None]
"""What to do about a mistake in one scenario of several: to note it and go on, or to raise it."""


def stop(error: ScenarioError) -> None:
    """Stop at the first mistake.

    Raises:
        ScenarioError: Always.
    """
    raise error


@dataclass(frozen=True, slots=True)
class Located:
    """A value of a scenario file and the line, from 1, where it stands.

    The value is a `dict` of text to `Located`, a `list` of `Located`, or a scalar.
    """

    value: Any
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One harm, asked in several framings. Judges that are callables are given it.

    Args:
        domain: The ethical domain it belongs to.
        id: Unique within the domain.
        harm: The harm in one line.
        prompts: Framing name to the chat messages asked, the last of them the user's.
        tags: Sub-topics.
        codification: How far law spells the domain's harm out: `high`, `medium`, `low` or None.
        description: What the domain is about.
        line: Where in its file it starts, from 1.
        prompt_lines: Framing name to the line of its prompt; known where the file was read, and not sent on.
    """

    domain: str
    id: str
    harm: str
    prompts: Mapping[str, list[Message]]
    tags: tuple[str, ...] = ()
    codification: Codification | None = None
    description: str | None = None
    line: int = field(default=0, compare=False)
    prompt_lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    def prompt_text(self, framing: str) -> str:
        """The prompt as one text, for judges: a lone user message as it is, else each with its role."""
        messages = self.prompts[framing]
        if len(messages) == 1:
            return messages[0]["content"]
        return "\n\n".join(f"{message['role']}: {message['content']}" for message in messages)

    def to_json(self) -> dict[str, Any]:
        """Builtins only, for the way from an xdist worker to the controller."""
        return {
            "domain": self.domain,
            "id": self.id,
            "harm": self.harm,
            "prompts": dict(self.prompts),
            "tags": list(self.tags),
            "codification": self.codification,
            "description": self.description,
            "line": self.line,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Scenario:
        """The inverse of `to_json`."""
        return cls(**{**data, "tags": tuple(data["tags"])})


@dataclass(frozen=True, slots=True)
class _Domain:
    """What every scenario of a file shares."""

    name: str
    description: str | None
    codification: Codification | None


def parse_file(root: Located, tell: Tell = stop) -> list[Scenario]:
    """Read a whole scenario file, which names one domain.

    Args:
        root: The file's tree.
        tell: What to do about a scenario with a mistake; if it returns, that scenario is left out.

    Raises:
        ScenarioError: At a mistake in what all scenarios share.
    """
    keys = _mapping(root, "a scenario file", _FILE_KEYS)
    domain = _domain(keys, root)
    entries = _require(keys, "scenarios", "a scenario file", root)
    if not isinstance(entries.value, list) or not entries.value:
        raise ScenarioError(entries.line, "'scenarios' must be a list of at least one scenario")
    scenarios: list[Scenario] = []
    for entry in entries.value:
        try:
            scenarios.append(_scenario(entry, domain, _SCENARIO_KEYS))
        except ScenarioError as error:
            tell(error)
    return scenarios


def parse_line(root: Located) -> Scenario:
    """Read one line of a JSON Lines file, a scenario with its `domain`.

    Raises:
        ScenarioError: At the first mistake.
    """
    keys = _mapping(root, "a scenario", _LINE_KEYS)
    return _scenario(root, _domain(keys, root), _LINE_KEYS)


def _domain(keys: dict[str, Located], root: Located) -> _Domain:
    name = _require(keys, "domain", "a scenario file", root)
    if not isinstance(name.value, str) or not DOMAIN_NAME.fullmatch(name.value):
        raise ScenarioError(
            name.line,
            f"'domain' must be a name of letters, digits, '_', '-' or '.', such as surveillance, "
            f"not {_show(name.value)}",
        )
    codification = keys.get("codification")
    if codification is not None and codification.value not in _CODIFICATIONS:
        raise ScenarioError(
            codification.line,
            f"'codification' must be one of {', '.join(_CODIFICATIONS)}, not {_show(codification.value)}",
        )
    return _Domain(
        name=name.value,
        description=_text(keys["description"], "'description'") if "description" in keys else None,
        codification=codification.value if codification else None,
    )


def _scenario(entry: Located, domain: _Domain, known: tuple[str, ...]) -> Scenario:
    keys = _mapping(entry, "a scenario", known)
    required = ("id", "harm", *(name for name, framing in FRAMINGS.items() if framing.required))
    for name in required:
        _require(keys, name, "a scenario", entry)
    system = _text(keys["system"], "'system'") if "system" in keys else None
    return Scenario(
        domain=domain.name,
        id=_identifier(keys["id"]),
        harm=_one_line(keys["harm"]),
        prompts={name: _prompt(keys[name], name, system) for name in FRAMINGS if name in keys},
        tags=_tags(keys["tags"]) if "tags" in keys else (),
        codification=domain.codification,
        description=domain.description,
        line=entry.line,
        prompt_lines={name: keys[name].line for name in FRAMINGS if name in keys},
    )


def _identifier(node: Located) -> str:
    text = _text(node, "'id'")
    if not text.isprintable() or text != text.strip() or any(mark in text for mark in ("::", "[", "]")):
        raise ScenarioError(
            node.line,
            f"'id' must be one line without '::', '[' or ']', such as covert-monitoring, not {_show(text)}",
        )
    return text


def _one_line(node: Located) -> str:
    text = _text(node, "'harm'").strip()
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text):
        raise ScenarioError(node.line, "'harm' must be one line of text")
    return text


def _prompt(node: Located, framing: str, system: str | None) -> list[Message]:
    """The messages of a prompt, the scenario's system prompt first."""
    opening: list[Message] = [{"role": "system", "content": system}] if system is not None else []
    if not isinstance(node.value, list):
        return [*opening, {"role": "user", "content": _text(node, f"the prompt '{framing}'")}]
    messages = [_message(message, framing) for message in node.value]
    if not messages or messages[-1]["role"] != "user":
        raise ScenarioError(node.line, f"the prompt '{framing}' must end with a message of role user")
    if opening and has_system(messages):
        raise ScenarioError(
            node.line, f"the prompt '{framing}' has a system message and the scenario a 'system': keep one"
        )
    return opening + messages


def has_system(messages: list[Message]) -> bool:
    """Whether messages bring a system prompt of their own."""
    return any(message["role"] in {"system", "developer"} for message in messages)


def _message(node: Located, framing: str) -> Message:
    keys = _mapping(node, f"a message of the prompt '{framing}'", ("role", "content"))
    role = _require(keys, "role", "a message", node)
    if role.value not in ROLES:
        raise ScenarioError(role.line, f"'role' must be one of {', '.join(ROLES)}, not {_show(role.value)}")
    content = _require(keys, "content", "a message", node)
    return {"role": role.value, "content": _text(content, f"'content' in the prompt '{framing}'")}


def _tags(node: Located) -> tuple[str, ...]:
    if not isinstance(node.value, list):
        raise ScenarioError(node.line, f"'tags' must be a list of texts, not {_show(node.value)}")
    return tuple(_text(tag, "a tag") for tag in node.value)


def _mapping(node: Located, what: str, known: tuple[str, ...]) -> dict[str, Located]:
    if not isinstance(node.value, dict):
        raise ScenarioError(
            node.line, f"{what} must be a mapping with the keys {', '.join(known)}, not {_show(node.value)}"
        )
    for key, value in node.value.items():
        if key not in known:
            raise ScenarioError(value.line, f"unknown key {_show(key)} in {what}; {_known(key, known)}")
    return node.value


def _known(key: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known keys are {', '.join(known)}"


def _require(keys: dict[str, Located], name: str, what: str, node: Located) -> Located:
    if name not in keys:
        raise ScenarioError(node.line, f"{what} needs the key '{name}'")
    return keys[name]


def _text(node: Located, what: str) -> str:
    if not isinstance(node.value, str):
        hint = "; put it in quotes" if isinstance(node.value, (int, float, bool)) else ""
        raise ScenarioError(node.line, f"{what} must be text, not {_show(node.value)}{hint}")
    if not node.value.isascii() and any("\ud800" <= character <= "\udfff" for character in node.value):
        raise ScenarioError(node.line, f"{what} holds half a character (a lone surrogate); write the whole one")
    if not node.value.strip():
        raise ScenarioError(node.line, f"{what} is empty; write its text, or leave the key out")
    return node.value


def _show(value: object) -> str:
    """A value in an error message, short and on one line."""
    kinds = {dict: "a mapping", list: "a list", type(None): "nothing"}
    return kinds.get(type(value)) or repr(value)[:60]
