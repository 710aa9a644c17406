"""Loading scenario files, safely and with line numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pytest_domainsafety.core.suite.framing_keys import Declared
from pytest_domainsafety.core.suite.located import Located, ScenarioError, Tell, stop
from pytest_domainsafety.core.suite.scenarios import Scenario, parse_file, parse_line

if TYPE_CHECKING:
    import yaml

SUFFIXES: Final = (".safety.yaml", ".safety.yml", ".safety.jsonl")


def is_scenario_file(path: Path) -> bool:
    """Whether the name says that a file holds scenarios."""
    return path.name.endswith(SUFFIXES)


def load(path: Path, declared: Declared | None = None) -> list[Scenario]:
    """Read the scenarios of a file.

    Args:
        path: The file.
        declared: What the project says of framings of its own, by name.

    Raises:
        ScenarioError: At the first mistake, with its line.
    """
    return parse(read(path), path.name, declared=declared)


def read(path: Path) -> bytes:
    """A scenario file as it is.

    Raises:
        ScenarioError: If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ScenarioError(1, f"the file cannot be read: {error.strerror}") from None


def parse(data: bytes, name: str, tell: Tell = stop, declared: Declared | None = None) -> list[Scenario]:
    """The scenarios in a file's content.

    Args:
        data: What stands in the file.
        name: The file's name, that tells its format.
        tell: What to do about a mistake that leaves the rest of the file readable.
        declared: What the project says of framings of its own, by name.

    Raises:
        ScenarioError: At a mistake that does not.
    """
    try:
        # utf-8-sig: Windows editors put a mark at the beginning, which JSON does not allow.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ScenarioError(line, f"the file must be in UTF-8 ({error.reason})") from None
    try:
        read_text = _load_json_lines if name.endswith(".jsonl") else _load_yaml
        return read_text(text, tell, declared)
    except RecursionError:
        raise ScenarioError(1, "nested too deeply for a scenario file") from None


def _load_yaml(text: str, tell: Tell, declared: Declared | None) -> list[Scenario]:
    import yaml

    # The C loader is ten times as fast; a build of PyYAML without it has only the other.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ScenarioError(line, f"not valid YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ScenarioError(1, f"not valid YAML: {' '.join(str(error).split())}") from None
    if node is None:
        raise ScenarioError(1, "the file is empty; it needs 'domain' and 'scenarios'")
    return parse_file(_YamlTree(yaml, tell).located(node), tell, declared)


class _YamlTree:
    """Turns composed nodes into located values without constructing any object but plain scalars."""

    def __init__(self, yaml: Any, tell: Tell) -> None:  # noqa: ANN401 - the module itself, imported late
        self._tell = tell
        self._scalar_node: type[yaml.ScalarNode] = yaml.ScalarNode
        self._scalar: Callable[[yaml.Node], Any] = yaml.constructor.SafeConstructor().construct_object
        self._open: set[int] = set()
        self._done: dict[int, Located] = {}

    def located(self, node: yaml.Node) -> Located:
        """The node's value and line.

        Raises:
            ScenarioError: On a tag that is no plain YAML, a duplicate key, or a node within itself.
        """
        line = node.start_mark.line + 1
        if isinstance(node, self._scalar_node):
            if node.tag == "tag:yaml.org,2002:str":
                return Located(node.value, line)
            return Located(self._plain(node, line), line)
        if id(node) in self._open:
            raise ScenarioError(line, "an alias stands inside the value it names; write the value out")
        # An alias is the node it names once more: read once, or aliases of aliases would multiply.
        if id(node) in self._done:
            return self._done[id(node)]
        self._open.add(id(node))
        try:
            located = self._done[id(node)] = Located(self._collection(node, line), line)
        finally:
            self._open.discard(id(node))
        return located

    def _collection(self, node: yaml.Node, line: int) -> list[Located] | dict[str, Located]:
        if node.tag == "tag:yaml.org,2002:seq":
            return [self.located(child) for child in node.value]
        if node.tag == "tag:yaml.org,2002:map":
            return self._mapping(node)
        raise ScenarioError(line, f"the YAML tag {node.tag!r} is not allowed; use plain values")

    def _plain(self, node: yaml.Node, line: int) -> object:
        import yaml

        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.startswith("tag:yaml.org,2002:python"):
            raise ScenarioError(line, f"the YAML tag {node.tag!r} is not allowed; use plain values")
        try:
            return self._scalar(node)
        except (yaml.YAMLError, ValueError) as error:
            raise ScenarioError(line, f"not valid YAML: {' '.join(str(error).split())}") from None

    def _mapping(self, node: yaml.Node) -> dict[str, Located]:
        mapping: dict[str, Located] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value if key_node.id == "scalar" else None
            if not isinstance(key, str):
                raise ScenarioError(line, "a key must be a name")
            if key in mapping:
                self._tell(ScenarioError(line, f"the key {key!r} stands twice; keep one"))
                continue
            try:
                value = self.located(value_node)
            except RecursionError:
                raise ScenarioError(line, "nested too deeply for a scenario file") from None
            # A block of text starts on the line after its key, and it is the key one looks for.
            mapping[key] = Located(value.value, line)
        return mapping


def _load_json_lines(text: str, tell: Tell, declared: Declared | None) -> list[Scenario]:
    if not text.strip():
        raise ScenarioError(1, "the file is empty; it needs one scenario a line")
    scenarios: list[Scenario] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            scenarios.append(parse_line(_json_line(line, number), declared))
        except ScenarioError as error:
            tell(error)
    return scenarios


def _json_line(text: str, line: int) -> Located:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping = dict(pairs)
        if len(mapping) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ScenarioError(line, f"the key {twice!r} stands twice; keep one")
        return mapping

    def located(value: object) -> Located:
        if isinstance(value, dict):
            return Located({key: located(child) for key, child in value.items()}, line)
        if isinstance(value, list):
            return Located([located(child) for child in value], line)
        return Located(value, line)

    try:
        return located(json.loads(text, object_pairs_hook=unique))
    except json.JSONDecodeError as error:
        raise ScenarioError(line, f"not valid JSON: {error.msg} at column {error.colno}") from None
    except ScenarioError:
        raise
    except ValueError:
        raise ScenarioError(line, "not valid JSON: a number with too many digits") from None
    except RecursionError:
        raise ScenarioError(line, "nested too deeply for a scenario") from None
