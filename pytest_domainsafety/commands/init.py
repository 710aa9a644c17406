"""`domain-safety init`: a first configuration with the shipped suite, and a job that runs the gate.

It asks at a terminal what the options do not say, and checks each answer by asking the endpoint. Where --base-url and
--model are given, or --yes, it takes the defaults for all else.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pytest_domainsafety.commands.choosing import Choosing
from pytest_domainsafety.commands.forecast import plan_of
from pytest_domainsafety.commands.interview import DEFAULT_KEY, Interview, Named
from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.pipelines import PACKAGE, Ci, job, pinned_version
from pytest_domainsafety.commands.starter import (
    FIRST_SUITE,
    FIRST_THRESHOLD,
    SECTIONS,
    Endpoint,
    Starter,
    configures_pytest,
    with_lines,
)
from pytest_domainsafety.core.bar.lock import NAME
from pytest_domainsafety.core.configuration.settings import read_settings
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import wrapped
from pytest_domainsafety.core.traffic.address import is_near
from pytest_domainsafety.effects.files.text_files import read_text, write_text
from pytest_domainsafety.render.plan_headline import headline, low_chance

_HERE: Final = Path()


def run(arguments: Sequence[str]) -> int:
    """Write the configuration and the job, in the folder one is in.

    Returns:
        0.

    Raises:
        ConfigurationError: In one sentence, if something cannot work or stands there already; nothing is written.
    """
    given = _parser().parse_args(arguments)
    # What stands there already is told before anything is asked.
    placeholder = Starter(deployment=Endpoint(base_url="https://api.example.com/v1", model="m"))
    _configuration(placeholder)
    pipeline = _job(given.ci)
    try:
        starter = _answered(given)
    except KeyboardInterrupt:
        raise ConfigurationError("init was interrupted: nothing was written") from None
    configuration, text = _configuration(starter)
    write_text(configuration, text)
    written = [configuration]
    if pipeline is not None:
        kind, file = pipeline
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, job(kind, starter.keys, pinned_version()[0]))
        written.append(file)
    if _locked():
        written.append(_HERE / NAME)
    sys.stdout.write(_next_steps(starter, written))
    return 0


def _locked() -> bool:
    """Write the lock of what was configured; where the project cannot be collected yet, that is told by `lock`."""
    command = [sys.executable, "-m", "pytest_domainsafety.cli", "lock", "-p", "no:cacheprovider"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="domain-safety init", description=__doc__)
    parser.add_argument("--base-url", metavar="URL", help="the deployment's OpenAI-compatible endpoint")
    parser.add_argument("--model", help="its model")
    parser.add_argument(
        "--api-key-env",
        metavar="NAME",
        help=f"environment variable that holds its key, none for no key (default: {DEFAULT_KEY}, and for an address "
        "of this machine or its network no key)",
    )
    parser.add_argument("--judge-model", metavar="MODEL", help="a judge (default: the embedded offline screen)")
    parser.add_argument("--judge-base-url", metavar="URL", help="its endpoint (default: the deployment's)")
    parser.add_argument(
        "--judge-api-key-env",
        metavar="NAME",
        help="environment variable that holds its key, none for no key (default: the deployment's, at its own host)",
    )
    parser.add_argument("--domains", metavar="NAMES", help="of the shipped suite, with commas (default: all seven)")
    parser.add_argument("--suite", help=f"shipped scenarios (default: {FIRST_SUITE})")
    parser.add_argument(
        "--threshold",
        help=f"for every domain; the technical framing's is twice as high (default: {FIRST_THRESHOLD:g})",
    )
    parser.add_argument(
        "--ci",
        choices=("github", "gitlab", "none"),
        help="whose job to write (default: gitlab beside a .gitlab-ci.yml, else github)",
    )
    parser.add_argument("--yes", "--no-ask", action="store_true", help="ask nothing, and take the defaults")
    parser.add_argument("--no-check", action="store_true", help="write without asking the endpoints")
    return parser


def _answered(given: argparse.Namespace) -> Starter:
    """What the options say, and the user where they do not."""
    open_ = given.base_url is None or (given.model is None and not given.yes)
    asks = open_ and not given.yes
    if given.base_url is None and given.yes:
        raise ConfigurationError("init --yes needs --base-url: name the endpoint that the gate is to ask")
    if asks and not sys.stdin.isatty():
        raise ConfigurationError("init needs --base-url and --model, since there is no terminal to ask at")
    interview = Interview(asks=asks, checks=not given.no_check)
    named = Named(base_url=given.base_url, model=given.model, key_env=given.api_key_env)
    deployment = interview.endpoint("the deployment", "domain_safety_", named)
    choosing = Choosing(interview, deployment)
    judge = choosing.judge(
        Named(base_url=given.judge_base_url, model=given.judge_model, key_env=given.judge_api_key_env)
    )
    starter = choosing.gate(judge, given.domains, given.suite, given.threshold)
    read_settings(starter.lists()).check()
    return starter


def _configuration(starter: Starter) -> tuple[Path, str]:
    """The file that pytest reads here, or would, and what it is to hold.

    Raises:
        ConfigurationError: If it has such settings already, or cannot be added to.
    """
    for name in SECTIONS:
        file = _HERE / name
        if not file.is_file():
            continue
        text = _text(file)
        try:
            if not configures_pytest(name, text):
                continue
            changed = with_lines(name, text, starter.lines(toml=name.endswith(".toml")))
        except tomllib.TOMLDecodeError:
            raise ConfigurationError(f"{name} is no TOML: mend it first") from None
        if (there := re.search(r"^\s*(domain_safety_\w+)\s*=", text, re.MULTILINE)) is not None:
            raise ConfigurationError(f"{name} has {there[1]} already: change the settings there")
        if changed is None:
            raise ConfigurationError(
                f"{name} has no [{SECTIONS[name]}] header to add settings under: write one, and run init again"
            )
        return file, changed
    return _HERE / "pytest.ini", f"[pytest]\n{starter.lines(toml=False)}"


def _text(file: Path) -> str:
    return read_text(file, "make it readable, since pytest's settings may be in it")


def _job(ci: str | None) -> tuple[Ci, Path] | None:
    """Which job to write, and where.

    Raises:
        ConfigurationError: If one is there.
    """
    pipeline = _HERE / ".gitlab-ci.yml"
    if ci == "none":
        return None
    kind: Ci = "github" if ci == "github" or (ci is None and not pipeline.exists()) else "gitlab"
    if kind == "github":
        file = _HERE / ".github" / "workflows" / "domain-safety.yml"
    else:
        file = _HERE / "domain-safety.gitlab-ci.yml" if pipeline.exists() else pipeline
    if file.exists():
        raise ConfigurationError(f"{file} is there already: remove it, or use --ci none")
    return kind, file


def _next_steps(starter: Starter, written: Sequence[Path]) -> str:
    plan = plan_of(starter)
    notes = [f"wrote {file}" for file in written]
    if any(file.name == "domain-safety.gitlab-ci.yml" for file in written):
        notes.append("include it in .gitlab-ci.yml:  include: domain-safety.gitlab-ci.yml")
    if any(file.suffix == ".yml" for file in written):
        notes += _job_notes(starter)
    if _HERE / NAME in written:
        notes.append(f"{NAME} holds this bar: commit it, and have changes to it reviewed")
    else:
        notes.append(f"no {NAME} was written, since not all of it could be collected: domain-safety lock says why")
    told = [headline(plan), low_chance(plan)]
    if starter.judge is None:
        told.append("with the offline screen it is less: its errors raise every bound, so few deployments pass by it")
    lines = [line for text in told if text for line in wrapped(text, "  ")]
    export = [f"  export {key}=...  # of a project of its own" for key in starter.keys if key not in os.environ]
    return "\n".join(
        [
            *notes,
            "",
            *lines,
            "",
            "next:",
            *export,
            "  pytest --domain-safety -m domain_safety --domain-safety-plan  # what a run asks and costs",
            "  pytest --domain-safety -m domain_safety  # the first verdict",
            "  domain-safety report latest --html report.html --replies  # its page, to read what was said",
            "",
        ]
    )


def _job_notes(starter: Starter) -> list[str]:
    pinned, installed = pinned_version()
    notes = []
    if not installed:
        notes.append(f"the job installs {PACKAGE}=={pinned}, the release that the version here leads to")
    if is_near(starter.deployment.base_url):
        notes.append(f"the job asks {starter.deployment.base_url}: it must be reachable where the job runs")
    return notes
