"""GitHub's and GitLab's comments as their APIs have them: lists in pages, a new one, another text for one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from support.fake_server import Answer, Request

TOKEN: Final = "secret-token-of-the-job"  # noqa: S105 - no secret
_GITHUB: Final = re.compile(r"/v1/repos/o/r/issues/(?:7/comments|comments/(?P<id>\d+))")
_GITLAB: Final = re.compile(r"/v1/projects/42/merge_requests/7/notes(?:/(?P<id>\d+))?")


@dataclass(slots=True)
class CommentHost:
    """The comments of one pull request, number 7.

    Args:
        github: Which of the two it plays.
        me: Who the token says it is; None for a token that may not ask.
        longest: The most characters that it takes.
        failures: Answers that come first, one a request.
        comments: What is there, the oldest first.
        log: Method and path of each request, with its page.
    """

    github: bool
    me: str | None = None
    longest: int = 65_536
    failures: list[Answer] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def add(self, body: str, author: str, *, bot: bool = False) -> int:
        """A comment that is there already."""
        who = {"login": author, "type": "Bot" if bot else "User"} if self.github else {"username": author}
        self.comments.append({"id": len(self.comments) + 1, "body": body, "user" if self.github else "author": who})
        return len(self.comments)

    def respond(self, request: Request) -> Answer:
        """Answer one request."""
        self.log.append(f"{request.method} {request.path}")
        if self.failures:
            return self.failures.pop(0)
        given = request.headers.get("authorization" if self.github else "private-token")
        if given != (f"Bearer {TOKEN}" if self.github else TOKEN):
            return Answer({"message": f"Bad credentials {given}"}, status=401)
        return self._user() if request.path == "/v1/user" else self._thread(request)

    def _user(self) -> Answer:
        if self.me is None:
            return Answer({"message": "Resource not accessible by integration"}, status=403)
        return Answer({"login" if self.github else "username": self.me})

    def _thread(self, request: Request) -> Answer:
        parts = urlsplit(request.path)
        found = (_GITHUB if self.github else _GITLAB).fullmatch(parts.path)
        if found is None:
            return Answer({"message": "Not Found"}, status=404)
        if request.method == "GET":
            asked = parse_qs(parts.query)
            size, page = int(asked["per_page"][0]), int(asked["page"][0])
            return Answer(json.dumps(self.comments[size * (page - 1) : size * page]).encode())
        return self._write(request, found["id"])

    def _write(self, request: Request, number: str | None) -> Answer:
        body = request.body["body"]
        if len(body) > self.longest:
            return Answer({"message": "body is too long"}, status=422)
        if number is None:
            assert request.method == "POST"
            self.add(body, self.me or "github-actions[bot]", bot=self.me is None)
            return Answer(self.comments[-1], status=201)
        assert request.method == ("PATCH" if self.github else "PUT")
        if int(number) > len(self.comments):
            return Answer({"message": "Not Found"}, status=404)
        self.comments[int(number) - 1]["body"] = body
        return Answer(self.comments[int(number) - 1])
