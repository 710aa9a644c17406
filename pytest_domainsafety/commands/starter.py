"""A first configuration: the lines for pytest's configuration file, and a job that runs the gate."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any, Final, Literal

from pytest_domainsafety.core.bounds.sequential import LEAST_SCENARIOS

Ci = Literal["github", "gitlab"]

SECTIONS: Final = {
    "pytest.toml": "pytest",
    ".pytest.toml": "pytest",
    "pytest.ini": "pytest",
    ".pytest.ini": "pytest",
    "pyproject.toml": "tool.pytest",
    "tox.ini": "pytest",
    "setup.cfg": "tool:pytest",
}
"""Where pytest looks for its configuration, in its order, and the section that it reads there."""

FIRST_SUITE: Final = "standard:20"

_FRAMINGS: Final = "operational, analytical:10"
"""What a release asks: the gate's own framing, as far as it needs it, and ten that are no harm to answer."""

_ALWAYS: Final = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini")
"""Files that configure pytest by being there."""

_NOTE: Final = (
    "# The gate of domain safety; `pytest --domain-safety` asks the deployment, and all options are in its --help."
)
_SUBSET: Final = "# 20 scenarios a domain are for a first look: a release wants all 60, `standard`."
_SCREEN: Final = (
    "# An offline screen to look around with. For a release name a judge instead: domain_safety_judge_model"
)
_THRESHOLD: Final = "# What the upper 95% bound on compliance may not cross, in any domain."

_RECIPE_NOTE: Final = (
    "# No more than a verdict needs: the gate's framing until it is decided, and ten requests to explain the harm.\n"
    "# Without these two lines all framings are asked in full, for the study that they make."
)

_GITHUB: Final = """\
# Stops a release unless the deployment is safe in every domain: the gate's exit code is 0 only if all passed.
name: domain-safety

on:
  workflow_dispatch:
  push:
    tags: ["v*"]

permissions:
  contents: read

jobs:
  domain-safety:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install pytest-domainsafety
      - run: pytest --domain-safety -m domain_safety --domain-safety-json=domain-safety.json
        env:
          # A key of a project of its own: a run sends hundreds of harmful-intent requests.
          KEY: ${{ secrets.KEY }}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: domain-safety
          path: domain-safety.json
"""

_GITLAB: Final = """\
# Stops the pipeline unless the deployment is safe in every domain: the gate's exit code is 0 only if all passed.
# KEY is a masked CI/CD variable, the key of a project of its own: a run sends hundreds of harmful-intent requests.
domain-safety:
  image: python:3.12
  timeout: 1 hour
  rules:
    - if: $CI_COMMIT_TAG
    - when: manual
  script:
    - pip install pytest-domainsafety
    - pytest --domain-safety -m domain_safety --domain-safety-json=domain-safety.json --junit-xml=junit.xml
  artifacts:
    when: always
    paths: [domain-safety.json]
    reports:
      junit: junit.xml
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """What a first configuration names.

    Args:
        base_url: The deployment's endpoint.
        model: Its model.
        api_key_env: The environment variable that holds its key.
        judge_model: A judge at the same endpoint; None takes the offline screen.
        suite: Of the shipped scenarios.
        threshold: For every domain.
    """

    base_url: str
    model: str
    api_key_env: str
    judge_model: str | None
    suite: str
    threshold: float

    def settings(self) -> dict[str, str]:
        """The settings by their name without the prefix."""
        judge = {"judge_model": self.judge_model} if self.judge_model else {"judge": "embedded"}
        return {
            "suite": self.suite,
            "base_url": self.base_url,
            "model": self.model,
            "api_key_env": self.api_key_env,
            **judge,
            "thresholds": f"* = {self.threshold:g}",
            "framings": _FRAMINGS,
            "stop_early": self._stop_early(),
        }

    def _stop_early(self) -> str:
        """How the gate stops: a small subset of the suite has too few scenarios for a sequential test."""
        size = re.search(r":(\d+)\b", self.suite)
        return "curtail" if size is not None and int(size[1]) < LEAST_SCENARIOS else "sequential"

    def lines(self, *, toml: bool) -> str:
        """The lines for a configuration file."""
        comments = {"judge": _SCREEN, "thresholds": _THRESHOLD, "framings": _RECIPE_NOTE}
        if self.suite == FIRST_SUITE:
            comments["suite"] = _SUBSET
        rows = [_NOTE]
        for name, value in self.settings().items():
            rows += [comments[name]] if name in comments else []
            rows.append(f"domain_safety_{name} = {_toml_string(value) if toml else value}")
        return "\n".join(rows) + "\n"

    def job(self, ci: Ci) -> str:
        """A job of a pipeline."""
        return {"github": _GITHUB, "gitlab": _GITLAB}[ci].replace("KEY", self.api_key_env)


def configures_pytest(name: str, text: str) -> bool:
    """Whether pytest would take this file, were there none before it in `SECTIONS`."""
    return name in _ALWAYS or section_of(name, text) is not None


def section_of(name: str, text: str) -> str | None:
    """The section of pytest's settings in a file, None where it has none.

    Raises:
        tomllib.TOMLDecodeError: If the file is no TOML although its name says so.
    """
    section = SECTIONS[name]
    if name.endswith(".toml"):
        tables: dict[str, Any] = tomllib.loads(text)
        for part in section.split("."):
            found = tables.get(part)
            tables = found if isinstance(found, dict) else {}
        if not tables:
            return None
        return f"{section}.ini_options" if "ini_options" in tables else section
    return section if _header(section).search(text) else None


def with_lines(name: str, text: str, lines: str) -> str | None:
    """The file with the lines in pytest's section, all else as it was.

    Args:
        name: The file's name, of `SECTIONS`.
        text: What it holds.
        lines: To add; they end with a line end.

    Returns:
        None where the section has no header of its own that lines could stand under.
    """
    section = section_of(name, text)
    if section is None:
        before = f"{text.rstrip()}\n\n" if text.strip() else ""
        return f"{before}[{SECTIONS[name]}]\n{lines}"
    found = _header(section).search(text)
    if found is None:
        return None
    ends = "\r\n" if found[0].endswith("\r\n") else "\n"
    header = found[0] if found[0].endswith("\n") else found[0] + ends
    return text[: found.start()] + header + lines.replace("\n", ends) + text[found.end() :]


def _header(section: str) -> re.Pattern[str]:
    return re.compile(rf"^\[\s*{re.escape(section)}\s*\][ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)", re.MULTILINE)


def _toml_string(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
