"""The `model-index` in a model card's YAML front matter: our results replaced, all else left byte for byte.

A YAML library that reads and writes the whole would lay out anew, and lose comments beside, what people wrote. So the
library tells where things stand, and only our own lines are exchanged; whoever calls this reads the result back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pytest_domainsafety.core.errors import ConfigurationError

if TYPE_CHECKING:
    from yaml import MappingNode, Node, ScalarNode

Json = dict[str, Any]

INDEX: Final = "model-index"
RESULTS: Final = "results"
DATASET: Final = "pytest-domainsafety"
"""The dataset's type by which our results are known."""

_LINE_END: Final = re.compile(r"\r\n|\r|\n")


class _Edit(NamedTuple):
    """What to put in the place of `front[start:end]`."""

    start: int
    end: int
    text: str


def is_ours(result: object) -> bool:
    """Whether a result of a model index was written by us."""
    dataset = result.get("dataset") if isinstance(result, dict) else None
    return isinstance(dataset, dict) and dataset.get("type") == DATASET


def with_results(front: str, name: str, results: Sequence[Json]) -> str:
    """Replace our results.

    Args:
        front: Valid front matter without its fences, empty or ended by a line end; its model index, if it has one,
            is one that huggingface_hub reads.
        name: The model's, where the card gives none.
        results: All of ours, as a model index holds them.

    Raises:
        ConfigurationError: If it is written in a way that cannot be edited line by line.
    """
    import yaml

    root, data = yaml.compose(front, Loader=yaml.SafeLoader), yaml.safe_load(front)
    index = None if root is None else _pair(root, INDEX)
    models = (data or {}).get(INDEX) or []
    if not models:
        whole = {INDEX: [{"name": name, RESULTS: list(results)}]} if results else None
        if index is None:
            end = len(front)
            return _applied(front, [_Edit(end, end, _dumped(whole))] if whole else [])
        return _applied(front, [_replace(front, index, whole)] if whole else [])
    if index is None or not isinstance(index[1], yaml.SequenceNode):
        raise _uneditable()
    owners = [any(map(is_ours, model[RESULTS] or [])) for model in models]
    home = owners.index(True) if any(owners) else 0
    edits = []
    for number, (node, model) in enumerate(zip(index[1].value, models, strict=True)):
        pair = _pair(node, RESULTS)
        if pair is None:
            raise _uneditable()
        edits += _results_edits(front, pair, model[RESULTS] or [], results if number == home else [])
    return _applied(front, edits)


def _results_edits(
    front: str, pair: tuple[ScalarNode, Node], old: Sequence[object], new: Sequence[Json]
) -> list[_Edit]:
    """What to change in one model's results: nothing outside of ours."""
    import yaml

    ours = [is_ours(result) for result in old]
    if all(ours):
        return [_replace(front, pair, {RESULTS: list(new)})] if old or new else []
    sequence = pair[1]
    if not new and not any(ours):
        return []
    if not isinstance(sequence, yaml.SequenceNode) or sequence.flow_style or _is_alias(pair):
        raise _uneditable()
    column = sequence.start_mark.column
    removed = [
        _Edit(_line_of_dash(front, node, column), _line_end(front, _end(node)), "")
        for node, mine in zip(sequence.value, ours, strict=True)
        if mine
    ]
    place = removed[0].start if removed else _line_end(front, _end(sequence))
    return [_Edit(place, place, _indented(_dumped(list(new)), column) if new else ""), *removed]


def _pair(node: Node, name: str) -> tuple[ScalarNode, Node] | None:
    """Key and value of a mapping's entry; None where it has none.

    Raises:
        ConfigurationError: If the mapping is written in braces.
    """
    import yaml

    if not isinstance(node, yaml.MappingNode) or node.flow_style:
        raise _uneditable()
    mapping: MappingNode = node
    return next(((key, value) for key, value in mapping.value if key.value == name), None)


def _is_alias(pair: tuple[ScalarNode, Node]) -> bool:
    """Whether the value is written elsewhere."""
    key, value = pair
    return value.start_mark.index < key.end_mark.index


def _replace(front: str, pair: tuple[ScalarNode, Node], data: Json) -> _Edit:
    """Another value for a key, in the key's place."""
    key, value = pair
    if _is_alias(pair):
        raise _uneditable()
    text = _indented(_dumped(data), key.start_mark.column).lstrip(" ")
    start, end = key.start_mark.index, _end(value)
    # A block of text ends with its line end, all else before it.
    return _Edit(start, end, text if front[end - 1] in "\r\n" else text.rstrip("\n"))


def _line_of_dash(front: str, node: Node, column: int) -> int:
    """Where the line with an item's dash begins.

    Raises:
        ConfigurationError: If something else stands before the dash.
    """
    import yaml

    dashes = [
        token.start_mark.index
        for token in yaml.scan(front, Loader=yaml.SafeLoader)
        if isinstance(token, yaml.BlockEntryToken)
        and token.start_mark.column == column
        and token.start_mark.index <= node.start_mark.index
    ]
    start: int = max(dashes, default=0) - column
    if start < 0 or front[start : start + column].strip(" "):
        raise _uneditable()
    return start


def _end(node: Node) -> int:
    """Where a node's last character stands; a block's own end is where the next thing begins, comments skipped."""
    import yaml

    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    return end


def _line_end(front: str, index: int) -> int:
    """Where the line that ends at or after a place ends, its line end included."""
    if front[index - 1] in "\r\n":
        return index
    found = _LINE_END.search(front, index)
    return found.end() if found else len(front)


def _dumped(data: object) -> str:
    import yaml

    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=float("inf"))
    return text


def _indented(text: str, column: int) -> str:
    return "".join(" " * column + line for line in text.splitlines(keepends=True))


def _applied(front: str, edits: Sequence[_Edit]) -> str:
    """The text with the edits, in the line ends of the text."""
    ending = found[0] if (found := _LINE_END.search(front)) else "\n"
    for edit in sorted(edits, reverse=True):
        front = front[: edit.start] + edit.text.replace("\n", ending) + front[edit.end :]
    return front


def _uneditable() -> ConfigurationError:
    return ConfigurationError(
        f"its front matter is written in a way that cannot be added to: write {INDEX} and its {RESULTS} in lines "
        "with dashes, without braces, brackets and aliases"
    )
