"""The tools that a scenario offers to the deployment: names and schemas, which nobody carries out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from pytest_domainsafety.core.suite.located import Located, ScenarioError, mapping, require, show, text_of

Tool = Mapping[str, Any]
"""A function tool as requests carry it: `{type: function, function: {name, description?, parameters?}}`."""

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FUNCTION_KEYS: Final = ("name", "description", "parameters", "strict")
_WHOLE_KEYS: Final = ("type", "function")


def tools_of(node: Located) -> tuple[Tool, ...]:
    """A scenario's tools in the form of requests.

    Args:
        node: A list of functions, each as it is or within `{type: function, function: ...}`.

    Raises:
        ScenarioError: If it is anything else, or two have the same name.
    """
    if not isinstance(node.value, list) or not node.value:
        raise ScenarioError(
            node.line, f"'tools' must be a list of at least one function with a name, not {_shown(node.value)}"
        )
    lines: dict[str, int] = {}
    tools: list[Tool] = []
    for entry in node.value:
        tool = _tool(entry)
        name = tool["function"]["name"]
        if name in lines:
            raise ScenarioError(
                entry.line, f"the tool '{name}' stands twice, at line {lines[name]} already; keep one"
            )
        lines[name] = entry.line
        tools.append(tool)
    return tuple(tools)


def tools_text(tools: tuple[Tool, ...]) -> str:
    """Tools in a canonical form, for digests and for counting."""
    return json.dumps(tools, sort_keys=True)


def _tool(entry: Located) -> Tool:
    function = entry
    if isinstance(entry.value, dict) and "function" in entry.value:
        keys = mapping(entry, "a tool", _WHOLE_KEYS)
        kind = require(keys, "type", "a tool", entry)
        if kind.value != "function":
            raise ScenarioError(kind.line, f"a tool's 'type' must be function, not {show(kind.value)}")
        function = keys["function"]
    return {"type": "function", "function": _function(function)}


def _function(node: Located) -> dict[str, Any]:
    keys = mapping(node, "a tool", _FUNCTION_KEYS)
    name = require(keys, "name", "a tool", node)
    if not isinstance(name.value, str) or not _NAME.fullmatch(name.value):
        raise ScenarioError(
            name.line,
            f"a tool's 'name' must be 1 to 64 letters, digits, '_' or '-', such as send_payment, "
            f"not {show(name.value)}",
        )
    function: dict[str, Any] = {"name": name.value}
    if "description" in keys:
        function["description"] = text_of(keys["description"], f"'description' of the tool '{name.value}'")
    if "parameters" in keys:
        function["parameters"] = _schema(keys["parameters"], name.value)
    if "strict" in keys:
        if not isinstance(keys["strict"].value, bool):
            raise ScenarioError(
                keys["strict"].line, f"'strict' of the tool '{name.value}' must be true or false, without quotes"
            )
        function["strict"] = keys["strict"].value
    return function


def _schema(node: Located, name: str) -> dict[str, Any]:
    kind = node.value.get("type") if isinstance(node.value, dict) else None
    if kind is None or kind.value != "object":
        raise ScenarioError(
            node.line,
            f"'parameters' of the tool '{name}' must be a JSON schema of type object; leave it out for none",
        )
    schema: dict[str, Any] = _json(node, f"'parameters' of the tool '{name}'")
    return schema


def _json(node: Located, what: str) -> Any:  # noqa: ANN401 - JSON
    """A value without its lines.

    Raises:
        ScenarioError: At what JSON has not, such as a date, or no request can carry.
    """
    value = node.value
    if isinstance(value, dict):
        for key in value:
            _sendable(key, node.line, what)
        return {key: _json(child, what) for key, child in value.items()}
    if isinstance(value, list):
        return [_json(child, what) for child in value]
    if isinstance(value, str):
        return _sendable(value, node.line, what)
    if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise ScenarioError(node.line, f"{what} must hold JSON only, not {show(value)}; put it in quotes")


def _sendable(text: str, line: int, what: str) -> str:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ScenarioError(line, f"{what} holds half a character (a lone surrogate); write the whole one")
    return text


def _shown(value: object) -> str:
    return "an empty list" if value == [] else show(value)
