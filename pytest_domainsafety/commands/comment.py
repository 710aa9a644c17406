"""A finished run's report as a comment on the pull request that CI runs for; later ones replace it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.runs import NamedRun
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.effects.comments import HOSTS
from pytest_domainsafety.effects.comments.base import Host, publish
from pytest_domainsafety.effects.runs.finished_runs import read_report
from pytest_domainsafety.effects.runs.job_link import job_link
from pytest_domainsafety.render.fitting import size
from pytest_domainsafety.render.markdown import to_markdown

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_TOKEN: Final = re.compile(r"[!-~]+")


def run(arguments: Sequence[str]) -> int:
    """Write the comment, or replace the one of before.

    Returns:
        0, whatever the run's decision, and where there is no pull request: this is no gate.

    Raises:
        ConfigurationError: In one sentence, if the run cannot be read or the host takes no comment.
    """
    given = _parser().parse_args(arguments)
    if not _NAME.fullmatch(given.name) or "--" in given.name:
        raise ConfigurationError(f"--name {given.name} is no name: letters, digits, dots and single dashes are one")
    report, host = read_report(given.run), _host(os.environ)
    number = host.number(os.environ) if given.number is None else given.number
    if number is None:
        sys.stdout.write("comment: none, this job is for no pull request; --number names one\n")
        return 0
    thread = host.thread(os.environ, number, _token(host, os.environ))
    marker = f"<!-- pytest-domainsafety: {given.name} -->"
    done = publish(host, thread, marker, _text(report, marker, host.longest))
    sys.stdout.write(f"comment: {done} on {host.title}, number {number}\n")
    return 0


def _text(report: Report, marker: str, longest: int) -> str:
    link = job_link()
    foot = "" if link is None else f"\n[The job]({link})\n"
    return f"{marker}\n{to_markdown(report, longest - size(marker) - size(foot) - 1)}{foot}"


def _host(environment: Mapping[str, str]) -> Host:
    for host in HOSTS:
        if host.here(environment):
            return host
    titles = " or ".join(host.title for host in HOSTS)
    raise ConfigurationError(
        f"there is no pull request to comment on: this is no job of {titles}, which set GITHUB_REPOSITORY, or "
        "CI_PROJECT_ID and CI_API_V4_URL"
    )


def _token(host: Host, environment: Mapping[str, str]) -> str:
    token = environment.get(host.variable, "").strip()
    if not _TOKEN.fullmatch(token):
        raise ConfigurationError(f"{host.variable} holds no token for {host.title}: give it to this step as `env`")
    return token


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _parser() -> Parser:
    parser = Parser(prog="domain-safety comment", description=__doc__)
    parser.add_argument("run", action=NamedRun, metavar="RUN", help="run directory or report.json, or latest")
    parser.add_argument(
        "--name",
        default="domain-safety",
        metavar="NAME",
        help="tells this comment from another gate's on the same pull request (default: domain-safety)",
    )
    parser.add_argument(
        "--number", type=_number, metavar="N", help="the pull or merge request (default: the one that CI runs for)"
    )
    return parser
