"""The blocks of the documentation, and what is done with each so that a reader who copies it is not let down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = tuple(sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("example_project/*.md")]))

_NOT_RUN: Final = re.compile(r"<!--\s*not run:\s*(?P<why>\S.*?)\s*-->", re.DOTALL)
_SCRIPT_KEYS: Final = ("run", "script", "before_script", "entry")
"""Where pipelines keep their commands: GitHub's, GitLab's and Azure's, and pre-commit's."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Args:
        place: `page:line`, for messages.
        language: The first word of its info string, empty without one.
        text: What stands in it.
        why_not: Why it is not run, from `<!-- not run: ... -->` before it; None where it is.
    """

    place: str
    language: str
    text: str
    why_not: str | None


def _tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page in their order; directives are left to Sphinx, which runs them strictly."""
    before = ""
    for token in _tokens(page):
        if token.type in {"fence", "code_block"} and not token.info.startswith("{"):
            line = 0 if token.map is None else token.map[0] + 1
            reason = _NOT_RUN.search(before)
            language = (token.info.split() or [""])[0]
            yield Block(
                f"{page.relative_to(ROOT)}:{line}", language, token.content, reason["why"] if reason else None
            )
        before = token.content if token.type == "html_block" else ""


def links(page: Path) -> Iterator[str]:
    """The targets of a page's links and images that are no addresses."""
    for token in _tokens(page):
        for child in token.children or ():
            target = child.attrs.get("href") or child.attrs.get("src")
            if isinstance(target, str) and not re.match(r"[a-z]+:", target):
                yield unquote(target)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    tokens, found = _tokens(page), set[str]()
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            plain = "".join(child.content for child in inline.children or ()).lower()
            slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
            found.add(slug if slug not in found else f"{slug}-1")
    return found


def pipeline_commands(data: object) -> list[str]:
    """All commands of a pipeline in YAML, wherever they stand in it."""
    found: list[str] = []
    if isinstance(data, dict):
        for key, value in data.items():
            given = value if isinstance(value, list) else [value]
            if key in _SCRIPT_KEYS and all(isinstance(each, str) for each in given):
                found += given
            else:
                found += pipeline_commands(value)
    elif isinstance(data, list):
        for each in data:
            found += pipeline_commands(each)
    return found


def command_lines(text: str) -> list[str]:
    """The commands of a block: prompts off, continued lines joined."""
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = [re.sub(r"^\s*\$ ", "", line).strip() for line in joined.splitlines()]
    return [part for line in lines if line and not line.startswith("#") for part in line.split(" && ")]


def make_targets() -> set[str]:
    """What `make` can be asked for."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


def parsed_yaml(text: str) -> Any:  # noqa: ANN401 - whatever the block holds
    """A YAML block, safely."""
    return yaml.safe_load(text)
