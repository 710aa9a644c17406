"""Putting a page together: one file, nothing loaded, and a policy under which only our own style and script hold.

Everything shown goes through `shown` and is escaped, so that no name or reply can be anything but text. The policy
stands behind that: it knows the digests of the page's one style and one script, and allows nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from pytest_domainsafety.core.escape import printable, printable_lines

if TYPE_CHECKING:
    from jinja2 import Environment

_PACKAGE: Final = "pytest_domainsafety.render.html"
_STYLE: Final = "page.css"


def render(template: str, *, script: str | None = None, **context: object) -> str:
    """Render a page.

    Args:
        template: A template that extends `base.html.j2`.
        script: The file of the page's script, beside the template; without one no script may run at all.
        context: What the template shows.
    """
    environment = _environment()
    style, code = _text(_STYLE), "" if script is None else _text(script)
    page = environment.get_template(template)
    return page.render(**context, style=Markup(style), script=Markup(code), policy=policy(style, code))  # noqa: S704 - ours


def policy(style: str, script: str) -> str:
    """The content security policy of a page with this style and this script, empty for none."""
    allowed = f"'sha256-{_digest(script)}'" if script else "'none'"
    return (
        f"default-src 'none'; style-src 'sha256-{_digest(style)}'; script-src {allowed}; img-src 'none'; "
        "base-uri 'none'; form-action 'none'"
    )


def shown(value: object) -> object:
    """What stands in a page for a value: one printable line for text, markup of ours as it is."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def data_block(value: object) -> Markup:
    """Builtins as JSON for a data block of the page, in ASCII: nothing in it can end the block or begin a comment.

    A data block is not executed. What its strings show is the caller's to make printable.
    """
    text = json.dumps(value, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - it holds no markup


def reply_text(text: str) -> Markup:
    """A reply: its lines are kept, what cannot be seen is marked."""
    return Markup.escape(printable_lines(text))


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _text(name: str) -> str:
    """A file beside the templates, exactly as it will stand in the page."""
    environment = _environment()
    assert environment.loader is not None  # noqa: S101 - for the type checker
    return environment.loader.get_source(environment, name)[0].strip()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["reply_text"] = reply_text
    return environment
