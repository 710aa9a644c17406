"""The comment on a pull request: one, kept up to date, by the APIs of GitHub and GitLab as a server here has them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from pytest_domainsafety.commands.comment import run
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.report import Report
from support.comment_hosts import TOKEN, CommentHost
from support.fake_server import Answer, FakeServer
from support.reports import domain, report, seven, trial

MARK: Final = "<!-- pytest-domainsafety: domain-safety -->"
FOREIGN: Final = ("GITHUB_", "GITLAB_", "CI_")


@pytest.fixture(params=["github", "gitlab"])
def host(request: pytest.FixtureRequest) -> CommentHost:
    github = request.param == "github"
    return CommentHost(github, me=None if github else "project_42_bot")


@pytest.fixture
def job(host: CommentHost, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """A job of the host's for pull request 7, which writes a report and comments."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        monkeypatch.delenv(name)
    with FakeServer(host.respond) as server:
        variables = {
            "GITHUB_API_URL": server.url,
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_REF": "refs/pull/7/merge",
            "GITHUB_TOKEN": TOKEN,
        }
        if not host.github:
            variables = {
                "CI_API_V4_URL": server.url,
                "CI_PROJECT_ID": "42",
                "CI_MERGE_REQUEST_IID": "7",
                "GITLAB_TOKEN": TOKEN,
            }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield _comment


def _comment(made: Report | None = None, *options: str) -> None:
    Path("report.json").write_text((made or seven()).sealed().to_json(), encoding="utf-8")
    assert run(["report.json", *options]) == 0


def _own(host: CommentHost) -> tuple[str, bool]:
    return (host.me or "github-actions[bot]"), host.me is None


def test_the_first_is_written_and_the_next_replaces_it(
    host: CommentHost, job: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    job(seven())
    job(seven("pass"))
    (only,) = host.comments
    assert only["body"].startswith(f"{MARK}\n## ✅ Domain safety: PASS")
    title = "GitHub" if host.github else "GitLab"
    assert capsys.readouterr().out == (
        f"comment: written on {title}, number 7\ncomment: updated on {title}, number 7\n"
    )


def test_it_is_found_behind_hundreds_of_others(host: CommentHost, job: Callable[..., None]) -> None:
    for _ in range(250):
        host.add("nice", "somebody")
    job()
    job()
    assert len(host.comments) == 251
    assert host.comments[-1]["body"].startswith(MARK)
    assert sum("page=3" in line for line in host.log) == 2


def test_a_name_of_its_own_is_a_comment_of_its_own(host: CommentHost, job: Callable[..., None]) -> None:
    for name in ("one", "two", "one"):
        job(seven(), "--name", name)
    assert [each["body"].partition("\n")[0] for each in host.comments] == [
        "<!-- pytest-domainsafety: one -->",
        "<!-- pytest-domainsafety: two -->",
    ]


def test_a_comment_of_somebody_else_is_never_taken_for_ones_own(host: CommentHost, job: Callable[..., None]) -> None:
    """Its author could write another verdict into it afterwards."""
    theirs = f"{MARK}\nmine to edit"
    host.add(theirs, "mallory")
    who, bot = _own(host)
    host.add(f"> {MARK}\nquoted, not at the start", who, bot=bot)
    job()
    assert len(host.comments) == 3
    assert host.comments[0]["body"] == theirs
    job()
    assert len(host.comments) == 3


def test_a_token_that_may_say_whose_it_is_finds_its_own(host: CommentHost, job: Callable[..., None]) -> None:
    host.me = "release-team"
    host.add(f"{MARK}\nof a bot", "other[bot]", bot=True)
    host.add(f"{MARK}\nold", "release-team")
    job()
    assert host.comments[0]["body"].endswith("of a bot")
    assert "## ⛔" in host.comments[1]["body"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_once_more_and_nothing_twice(
    status: int, host: CommentHost, job: Callable[..., None]
) -> None:
    host.failures = [Answer({}, status=status, headers={"Retry-After": "0"})]
    job()
    assert len(host.comments) == 1
    host.failures = [Answer({}, status=status, headers={"Retry-After": "0"})] * 2
    with pytest.raises(ConfigurationError, match=f"with status {status}: try again later"):
        job()
    assert not host.failures


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer({"message": f"no {TOKEN}"}, status=401), r"refused to take the comment, with status 401: .*_TOKEN"),
        (
            Answer({"message": "no"}, status=403),
            "with status 403: (give the job `permissions: pull-req|GITLAB_TOKEN)",
        ),
        (Answer({}, status=404), "with status 404: there is no (pull|merge) request 7"),
        (Answer({}, status=302, headers={"location": "http://127.0.0.1:1/x"}), "with status 302"),
        (Answer(b"<html>"), "does not answer as its API does: it gave no JSON"),
        (Answer({"message": "x"}), "does not answer as its API does: it gave no list of comments"),
        (Answer(b'[{"body": "x"}]'), "does not answer as its API does: it gave no list of comments"),
        (Answer(b'[{"id": "../../x"}]'), "does not answer as its API does: it gave no list of comments"),
        (Answer(b'[{"id": 1, "user": ["x"]}]'), "does not answer as its API does: it gave no list of comments"),
        (Answer(b"[" * 100_000), "does not answer as its API does: it gave no JSON"),
        (Answer(hang_up=True, body=b"["), "does not answer as its API does"),
    ],
)
def test_a_host_that_takes_none_is_one_sentence_without_the_token(
    answer: Answer, said: str, host: CommentHost, job: Callable[..., None]
) -> None:
    host.failures = [answer]
    with pytest.raises(ConfigurationError, match=said) as caught:
        job()
    assert TOKEN not in str(caught.value)
    assert len(host.log) == 1
    assert not host.comments


def test_a_report_that_is_too_long_is_cut_and_what_a_model_said_is_text(
    host: CommentHost, job: Callable[..., None]
) -> None:
    hostile = f"{MARK} @everyone <script>alert(1)</script> [x](https://evil.example) " * 500
    domains = [domain(f"d{index}", reason="x" * 400) for index in range(300)]
    if not host.github:
        host.longest = 1_000_000
    job(report(*domains, trials=[trial(hostile) for _ in range(400)]))
    (only,) = host.comments
    assert len(only["body"]) <= host.longest
    assert only["body"].count(MARK) == 1
    job(report(domain("a"), trials=[trial(hostile)]))
    (only,) = host.comments
    assert only["body"].count(MARK) == 1
    assert "<script" not in only["body"]
    assert "@everyone" not in only["body"]
    assert "](https://evil" not in only["body"]


def test_without_a_pull_request_there_is_nothing_to_do(
    host: CommentHost,
    job: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GITHUB_REF" if host.github else "CI_MERGE_REQUEST_IID", "refs/heads/main")
    job()
    assert capsys.readouterr().out == "comment: none, this job is for no pull request; --number names one\n"
    assert not host.log
    job(seven(), "--number=7")
    assert len(host.comments) == 1


@pytest.mark.parametrize("token", ["", "two words", "a\nX-Other: b", "ä"])
def test_what_is_no_token_is_one_sentence(
    token: str, host: CommentHost, job: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = "GITHUB_TOKEN" if host.github else "GITLAB_TOKEN"
    monkeypatch.setenv(variable, token)
    with pytest.raises(ConfigurationError, match=f"^{variable} holds no token for Git"):
        job()
    assert not host.log


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "there is no pull request to comment on: this is no job of GitHub or GitLab"),
        ({"GITHUB_REPOSITORY": "o/r/../x"}, "o/r/../x is no repository"),
        ({"GITHUB_REPOSITORY": "o/r", "GITHUB_API_URL": "file:///etc"}, "file:///etc is no address"),
        ({"CI_PROJECT_ID": "1", "CI_API_V4_URL": "ftp://x"}, "ftp://x is no address"),
    ],
)
def test_where_it_is_not_known_is_one_sentence(
    variables: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_REPOSITORY", "GITHUB_API_URL", "CI_PROJECT_ID", "CI_API_V4_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"GITHUB_TOKEN": TOKEN, "GITLAB_TOKEN": TOKEN, **variables}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=said):
        _comment(None, "--number=7")


@pytest.mark.parametrize("option", ["--name=a--b", "--name=-->", "--name=", "--number=0", "--number=x"])
def test_a_name_or_number_that_is_none_is_one_sentence(option: str, tmp_path: Path) -> None:
    with contextlib.chdir(tmp_path), pytest.raises(ConfigurationError, match=r"--n"):
        _comment(None, option)
