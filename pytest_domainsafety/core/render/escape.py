"""Making untrusted text harmless where it is shown: model replies, server messages, names from files."""

from __future__ import annotations

import html
import re
from typing import Final

_LINKED: Final = re.compile(r"(?i:www)(?=\.)|@|#(?=\d)")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+\-!|~@:])")


def printable(text: str) -> str:
    """One line without control or format characters: no terminal escape, no workflow command, no hidden text."""
    folded = " ".join(text.split())
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in folded)


def markdown(text: str) -> str:
    """One line that Markdown shows as it is: no link, no image, no mention, no HTML."""
    escaped = _MARKDOWN.sub(r"\\\1", html.escape(printable(text), quote=False))
    # GitHub finds addresses, mentions and references after it has resolved backslashes: a word joiner parts them.
    return _LINKED.sub(r"\g<0>&#8288;", escaped)
