"""Comments on a merge request at GitLab, with a project access token: a job's own token may write none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.comments.base import Thread


class GitLab:
    """GitLab, wherever `CI_API_V4_URL` says it is."""

    title = "GitLab"
    variable = "GITLAB_TOKEN"
    longest = 1_000_000

    def here(self, environment: Mapping[str, str]) -> bool:
        """Whether this is a job of GitLab CI."""
        return bool(environment.get("CI_PROJECT_ID") and environment.get("CI_API_V4_URL"))

    def number(self, environment: Mapping[str, str]) -> int | None:
        """Of a merge request pipeline only."""
        found = environment.get("CI_MERGE_REQUEST_IID", "")
        return int(found) if found.isdecimal() else None

    def thread(self, environment: Mapping[str, str], number: int, token: str) -> Thread:
        """The merge request's notes."""
        api, project = environment["CI_API_V4_URL"].rstrip("/"), quote(environment["CI_PROJECT_ID"], safe="")
        if not api.startswith(("https://", "http://")):
            raise ConfigurationError(f"CI_API_V4_URL = {api} is no address: https://gitlab.com/api/v4 is one")
        notes = f"{api}/projects/{project}/merge_requests/{number}/notes"
        right = "GITLAB_TOKEN has to be a project access token with the scope api and the role Reporter"
        return Thread(
            comments=notes,
            one=f"{notes}/{{id}}",
            update="PUT",
            me=f"{api}/user",
            headers={"PRIVATE-TOKEN": token},
            refusals={
                401: f"{right}; a job's token, CI_JOB_TOKEN, may write none",
                403: right,
                404: f"there is no merge request {number} in this project, or {right}",
            },
        )

    def is_mine(self, comment: Mapping[str, Any], me: Mapping[str, Any] | None) -> bool:
        """Every token may ask whose it is."""
        author = comment.get("author") or {}
        return me is not None and author.get("username") == me.get("username")
