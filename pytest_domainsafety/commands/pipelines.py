"""Jobs of a pipeline that run the gate, with the package at the version that wrote them."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Final, Literal

Ci = Literal["github", "gitlab"]

PACKAGE: Final = "pytest-domainsafety"

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
      - run: pip install pytest-domainsafety==VERSION
      - run: pytest --domain-safety -m domain_safety --domain-safety-json=domain-safety.json
KEYS      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: domain-safety
          path: domain-safety.json
"""

_GITLAB: Final = """\
# Stops the pipeline unless the deployment is safe in every domain: the gate's exit code is 0 only if all passed.
KEYSdomain-safety:
  image: python:3.12
  timeout: 1 hour
  rules:
    - if: $CI_COMMIT_TAG
    - when: manual
  script:
    - pip install pytest-domainsafety==VERSION
    - pytest --domain-safety -m domain_safety --domain-safety-json=domain-safety.json --junit-xml=junit.xml
  artifacts:
    when: always
    paths: [domain-safety.json]
    reports:
      junit: junit.xml
"""

_GITHUB_KEYS: Final = """\
        env:
          # Keys of a project of its own: a run sends hundreds of harmful-intent requests.
"""
_GITLAB_KEYS: Final = """\
# NAMES: masked CI/CD variables with keys of a project of its own: a run sends hundreds of harmful-intent requests.
"""


def job(ci: Ci, keys: tuple[str, ...], pinned: str) -> str:
    """A job of a pipeline.

    Args:
        ci: Whose.
        keys: The environment variables that hold keys.
        pinned: The package's version to install.
    """
    if ci == "github":
        told = _GITHUB_KEYS + "".join(f"          {key}: ${{{{ secrets.{key} }}}}\n" for key in keys)
        text = _GITHUB
    else:
        told, text = _GITLAB_KEYS.replace("NAMES", ", ".join(keys)), _GITLAB
    return text.replace("KEYS", told if keys else "").replace("VERSION", pinned)


def pinned_version(installed: str | None = None) -> tuple[str, bool]:
    """The release to pin, and whether it is the installed one.

    A version under development is in no index: it is pinned to the release that it leads to.

    Args:
        installed: The installed version; None looks it up.
    """
    found = (version(PACKAGE) if installed is None else installed).partition("+")[0]
    release = re.match(r"\d+(?:\.\d+)*(?=\D*\d*\.dev|\.dev)", found)
    return (found, True) if release is None else (release[0], False)
