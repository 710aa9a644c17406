"""Comments on a pull request at GitHub, with the job's own token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.comments.base import Thread

_REPOSITORY: Final = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_REFERENCE: Final = re.compile(r"refs/pull/(\d+)/", re.ASCII)
_RIGHT: Final = (
    "give the job `permissions: pull-requests: write`, which a pull request from a fork cannot have, and "
    "GITHUB_TOKEN from ${{ github.token }}"
)


class GitHub:
    """GitHub, and GitHub Enterprise Server by `GITHUB_API_URL`."""

    title = "GitHub"
    variable = "GITHUB_TOKEN"
    longest = 65_536

    def here(self, environment: Mapping[str, str]) -> bool:
        """Whether this is a job of GitHub Actions."""
        return bool(environment.get("GITHUB_REPOSITORY"))

    def number(self, environment: Mapping[str, str]) -> int | None:
        """From the reference that the job has checked out: `refs/pull/7/merge`."""
        found = _REFERENCE.match(environment.get("GITHUB_REF", ""))
        return int(found[1]) if found else None

    def thread(self, environment: Mapping[str, str], number: int, token: str) -> Thread:
        """The pull request's comments, which GitHub keeps as an issue's."""
        repository = environment["GITHUB_REPOSITORY"]
        if not _REPOSITORY.fullmatch(repository):
            raise ConfigurationError(f"GITHUB_REPOSITORY = {repository} is no repository: OWNER/NAME is one")
        api = environment.get("GITHUB_API_URL") or "https://api.github.com"
        if not api.startswith(("https://", "http://")):
            raise ConfigurationError(f"GITHUB_API_URL = {api} is no address: https://api.github.com is one")
        issues = f"{api.rstrip('/')}/repos/{repository}/issues"
        return Thread(
            comments=f"{issues}/{number}/comments",
            one=f"{issues}/comments/{{id}}",
            update="PATCH",
            me=f"{api.rstrip('/')}/user",
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
            refusals={
                401: "the token in GITHUB_TOKEN is not valid",
                403: _RIGHT,
                404: f"there is no pull request {number} in {repository}, or {_RIGHT}",
            },
        )

    def is_mine(self, comment: Mapping[str, Any], me: Mapping[str, Any] | None) -> bool:
        """A job's token may not ask whose it is; it is a bot's, which nobody who comments can be."""
        author = comment.get("user") or {}
        return bool(author.get("type") == "Bot" if me is None else author.get("login") == me.get("login"))
