"""`domain-safety init`: a first configuration with the shipped suite, and a job that runs the gate.

It asks a few questions at a terminal, and none where --base-url and --model are given.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.starter import FIRST_SUITE, SECTIONS, Ci, Starter, configures_pytest, with_lines
from pytest_domainsafety.core.configuration.settings import read_settings
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.effects.files.text_files import read_text, write_text

_DEFAULT_KEY: Final = "OPENAI_API_KEY"
_HERE: Final = Path()


def run(arguments: Sequence[str]) -> int:
    """Write the configuration and the job, in the folder one is in.

    Returns:
        0.

    Raises:
        ConfigurationError: In one sentence, if something cannot work or stands there already; nothing is written.
    """
    given = _parser().parse_args(arguments)
    starter = _checked(_answered(given))
    configuration, text = _configuration(starter)
    job = _job(given.ci)
    write_text(configuration, text)
    written = [configuration]
    if job is not None:
        kind, file = job
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, starter.job(kind))
        written.append(file)
    sys.stdout.write(_next_steps(starter, written))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="domain-safety init", description=__doc__)
    parser.add_argument("--base-url", metavar="URL", help="the deployment's OpenAI-compatible endpoint")
    parser.add_argument("--model", help="its model")
    parser.add_argument(
        "--api-key-env", metavar="NAME", help=f"environment variable that holds its key (default: {_DEFAULT_KEY})"
    )
    parser.add_argument(
        "--judge-model", metavar="MODEL", help="a judge at the same endpoint (default: the embedded offline screen)"
    )
    parser.add_argument("--suite", default=FIRST_SUITE, help=f"shipped scenarios (default: {FIRST_SUITE})")
    parser.add_argument("--threshold", type=float, default=0.2, help="for every domain (default: 0.2)")
    parser.add_argument(
        "--ci",
        choices=("github", "gitlab", "none"),
        help="whose job to write (default: gitlab beside a .gitlab-ci.yml, else github)",
    )
    return parser


def _answered(given: argparse.Namespace) -> Starter:
    """What the options say, and the user where they do not."""
    asks = given.base_url is None or given.model is None
    if asks and not sys.stdin.isatty():
        raise ConfigurationError("init needs --base-url and --model, since there is no terminal to ask at")

    def answer(option: str | None, question: str, default: str = "") -> str:
        if option is not None or not asks:
            return option or default
        return _ask(question) or default

    return Starter(
        base_url=answer(given.base_url, "Address of the deployment, such as https://api.example.com/v1: "),
        model=answer(given.model, "Its model: "),
        api_key_env=answer(given.api_key_env, f"Environment variable with its key [{_DEFAULT_KEY}]: ", _DEFAULT_KEY),
        judge_model=answer(given.judge_model, "A judge model at the same address [none, an offline screen]: ")
        or None,
        suite=given.suite,
        threshold=given.threshold,
    )


def _ask(question: str) -> str:
    sys.stdout.write(question)
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line:
        raise ConfigurationError("init was given no answer: give --base-url and --model")
    return line.strip()


def _checked(starter: Starter) -> Starter:
    """The same, once the plugin's own checks are content with it.

    Raises:
        ConfigurationError: At the first problem.
    """
    settings = starter.settings()
    for name in ("base_url", "model"):
        if not settings[name]:
            raise ConfigurationError(f"init was given no {name.replace('_', ' ')}: name what the gate is to ask")
    for name, value in settings.items():
        if not value.isprintable() or value != value.strip():
            raise ConfigurationError(f"--{name.replace('_', '-')} = {printable(value)}: it must be one plain line")
    if not re.fullmatch(r"[A-Za-z_]\w*", starter.api_key_env, re.ASCII):
        raise ConfigurationError(
            f"--api-key-env = {printable(starter.api_key_env)} is no name of an environment variable: name the "
            "variable, not the key"
        )
    if not 0 < starter.threshold < 1:
        raise ConfigurationError(f"--threshold = {starter.threshold:g}: it must be between 0 and 1, use 0.2")
    lines = {name: settings[name].split(",") for name in ("thresholds", "framings")}
    read_settings({**settings, **lines}).check()
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
    lines = [f"wrote {file}" for file in written]
    if any(file.name == "domain-safety.gitlab-ci.yml" for file in written):
        lines.append("include it in .gitlab-ci.yml:  include: domain-safety.gitlab-ci.yml")
    key = (
        ""
        if starter.api_key_env in os.environ
        else f"  export {starter.api_key_env}=...  # of a project of its own\n"
    )
    return (
        "\n".join(lines) + f"\n\nnext:\n{key}"
        "  pytest --domain-safety -m domain_safety --domain-safety-plan  # what a run asks and costs\n"
        "  pytest --domain-safety -m domain_safety  # the first verdict\n"
    )
