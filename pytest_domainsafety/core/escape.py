"""Making untrusted text harmless where it is shown: model replies, server messages, names from files.

Text that goes to a terminal goes into a CI's log as well, where a line may be a command to the runner. Only what
has no break in it can be put at a line's start by wrapping, so such commands are parted wherever a word begins.
"""

from __future__ import annotations

import html
import json
import re
import textwrap
import unicodedata
from typing import Final

_COLUMNS: Final = 80
_COLONS: Final = re.compile(r"(?<!\S)::+")
"""GitHub's commands, `::error::`: at a line's start, after space."""

_LOG_COMMAND: Final = re.compile(r"(?<=#)(?=#\w*\[)|(?<=section)(?=_(?:start|end):)", re.IGNORECASE)
"""Within those that hold anywhere in a line: `##[error]`, `##vso[task.setvariable]`, GitLab's `section_start:`."""

_LINKED: Final = re.compile(r"(?i:www)(?=\.)|@|#(?=\d)")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+\-!|~@:])")
_IN_CHAT: Final = re.compile(r"[@#~!]|\](?=[(\[])|:(?=/)|(?<=\w)\.(?=[^\W\d])|(?i:mailto|tel):")
"""Where a chat would begin a mention, a tag, a channel, an image, a link or an address."""

_RAW_IN_JSON: Final = re.compile(r"[^\x00-\x7e]|#(?=#\w*\[)|(?<=section)_(?=(?:start|end):)", re.IGNORECASE)


def printable(text: str) -> str:
    """One line without control or format characters: no terminal escape, no workflow command, no hidden text."""
    return columns(" ".join(text.split()))


def columns(text: str) -> str:
    """The same for a line whose spaces must stay: a row of a table."""
    shown = text if text.isprintable() else "".join(map(_shown, text))
    return _LOG_COMMAND.sub(" ", _COLONS.sub(lambda found: " ".join(found[0]), shown))


def printable_lines(text: str) -> str:
    """The same for text whose lines must stay, in a page; it is for no terminal and no log."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line if line.isprintable() else "".join(map(_shown_in_lines, line)) for line in lines)


def _shown(character: str) -> str:
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _shown_in_lines(character: str) -> str:
    # A space of another width or kind is a space; all other breaks of a line are marked.
    return " " if character == "\t" or unicodedata.category(character) == "Zs" else _shown(character)


def wrapped(text: str, indent: str = "", *, cut: bool = False, width: int = _COLUMNS) -> list[str]:
    """Printable lines of at most so many columns.

    Args:
        text: What to show.
        indent: Before all lines but the first.
        cut: Whether a long word is; not where node ids, paths or addresses are copied from the text.
        width: The columns.
    """
    lines = textwrap.wrap(
        printable(text), width, subsequent_indent=indent, break_long_words=cut, break_on_hyphens=False
    )
    # A word that was cut may go on with what is a command at a line's start.
    return [columns(line) for line in lines]


def markdown(text: str) -> str:
    """One line that Markdown shows as it is: no link, no image, no mention, no formula, no HTML."""
    escaped = _MARKDOWN.sub(r"\\\1", html.escape(printable(text), quote=False))
    # GitHub finds addresses, mentions and references after it has resolved backslashes: a word joiner parts them.
    return _LINKED.sub(r"\g<0>&#8288;", escaped).replace("$", "&#36;")


def chat(text: str) -> str:
    """One line that Slack, Teams and Mattermost show as it is: no mention, no channel, no link, no address.

    A word joiner, which nobody sees, parts what they would act on. Only asterisks and the like still act: on looks.
    """
    return _IN_CHAT.sub(
        "\\g<0>\N{WORD JOINER}", printable(text).replace("<", "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}")
    )


def json_text(text: str) -> str:
    """The same JSON, harmless when it is printed: what a terminal or a CI would act on is written as a number."""
    if "##" not in text and "\x7f" not in text and text.isascii() and "section_" not in text.lower():
        return text  # as almost all is: to look at each character takes longer than all else that is done with it
    return _RAW_IN_JSON.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character.isascii():
        return f"\\u{ord(character):04x}"
    return character if character.isprintable() else json.dumps(character)[1:-1]
