"""What a host of comments is, and how a comment of one's own is kept up to date there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.comments.requests import Answer, Refused, Unreachable, ask, pause

_A_PAGE: Final = 100
_MOST_PAGES: Final = 100


@dataclass(frozen=True, slots=True)
class Thread:
    """The comments of one pull request.

    Args:
        comments: The address that lists them and takes a new one.
        one: The address of one of them, for `format(id=...)`.
        update: The HTTP method that replaces its text.
        me: The address that tells whose the token is.
        headers: Of every request; they hold the token.
        refusals: What to do about a status, in a clause.
    """

    comments: str
    one: str
    update: str
    me: str
    headers: Mapping[str, str] = field(repr=False)
    refusals: Mapping[int, str]


class Host(Protocol):
    """Where pull requests have comments.

    `title` is its name, `variable` the environment's with the token, `longest` the most bytes of a comment.
    """

    title: str
    variable: str
    longest: int

    def here(self, environment: Mapping[str, str]) -> bool:
        """Whether this is a job of the host's."""
        ...

    def number(self, environment: Mapping[str, str]) -> int | None:
        """The pull request that the job is for; None where it is for none."""
        ...

    def thread(self, environment: Mapping[str, str], number: int, token: str) -> Thread:
        """The comments of a pull request.

        Raises:
            ConfigurationError: If the environment does not say where they are.
        """
        ...

    def is_mine(self, comment: Mapping[str, Any], me: Mapping[str, Any] | None) -> bool:
        """Whether a comment is the token's own, as far as can be known; `me` is None where the host does not say."""
        ...


def publish(host: Host, thread: Thread, marker: str, text: str) -> str:
    """Replace one's earlier comment, or write a first one.

    What fails for a cause that may have passed is tried once more, from the search on: a comment that was written all
    the same is then found.

    Args:
        host: Where.
        thread: Of which pull request.
        marker: What one's own comment begins with, and no other.
        text: The comment, which begins with it.

    Returns:
        What was done: `updated` or `written`.

    Raises:
        ConfigurationError: In one sentence, if the host takes no comment.
    """
    try:
        try:
            return _published(host, thread, marker, text)
        except Refused as error:
            if not error.may_pass:
                raise
            pause(error.wait_s)
            return _published(host, thread, marker, text)
    except Refused as error:
        clause = thread.refusals.get(error.status, "try again later" if error.may_pass else "see its status page")
        raise ConfigurationError(
            f"{host.title} refused to take the comment, with status {error.status}: {clause}"
        ) from None
    except Unreachable as error:
        raise ConfigurationError(f"{host.title} does not answer as its API does: {error}") from None


def _published(host: Host, thread: Thread, marker: str, text: str) -> str:
    body = {"body": text}
    found = [comment for comment in _comments(thread) if str(comment.get("body")).startswith(marker)]
    me = _me(thread) if found else None
    for comment in found:
        if host.is_mine(comment, me):
            ask(thread.update, thread.one.format(id=comment["id"]), thread.headers, body)
            return "updated"
    ask("POST", thread.comments, thread.headers, body)
    return "written"


def _comments(thread: Thread) -> Iterator[Mapping[str, Any]]:
    """All of them, page by page."""
    for page in range(1, _MOST_PAGES + 1):
        found = ask("GET", f"{thread.comments}?per_page={_A_PAGE}&page={page}", thread.headers)
        if not isinstance(found, list) or not all(map(_is_comment, found)):
            raise Unreachable("it gave no list of comments")
        yield from found
        if len(found) < _A_PAGE:
            return


def _is_comment(found: object) -> bool:
    """Whether it has what is looked at; the number goes into an address."""
    if not isinstance(found, dict) or not isinstance(found.get("id"), int):
        return False
    return all(isinstance(found.get(author), dict | None) for author in ("user", "author"))


def _me(thread: Thread) -> Mapping[str, Any] | None:
    try:
        found: Answer = ask("GET", thread.me, thread.headers)
    except Refused as error:
        if error.may_pass:
            raise
        return None
    return found if isinstance(found, dict) else None
