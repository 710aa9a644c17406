"""Finished runs on disk: written privately, read back whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.report import SCHEMA, Deployment, Report

REPORT: Final = "report.json"

_IDENTITY: Final = ("model", "base_url", "system_prompt_sha256", "request")
"""What makes a deployment the same, sampling apart."""


def read_report(path: Path) -> Report:
    """Read a report, given as a file or as the directory of its run.

    Raises:
        ConfigurationError: In one sentence, where there is none, it is of another kind, or it was changed.
    """
    file = path / REPORT if path.is_dir() else path
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be read: {error.strerror}; give a report.json or its folder"
        ) from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{file} is no JSON; give the report of a finished run") from None
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        raise ConfigurationError(f"{file} is of the schema {schema!s:.60}, not {SCHEMA}: make the run again")
    try:
        report = Report.model_validate(data)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise ConfigurationError(
            f"{file} is no whole report ({place:.80}): it was edited, or written by another version; "
            "make the run again"
        ) from None
    if report.sha256 != report.content_sha256():
        raise ConfigurationError(f"{file} was edited after it was written (its sha256 differs): make the run again")
    return report


def check_runs_dir(folder: Path) -> None:
    """Look, before anything is asked and paid for, whether the run can be kept.

    Raises:
        ConfigurationError: If it cannot.
    """
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise ConfigurationError(
            f"domain_safety_runs_dir = {folder} cannot be written: give a folder of yours, so that the run is kept"
        )


def keep_run(folder: Path, report: Report) -> Path:
    """Write a finished run's report into a directory of its own, for nobody but the user.

    Returns:
        The run's directory.

    Raises:
        OSError: If it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    started = datetime.fromisoformat(report.started).strftime("%Y%m%dT%H%M%S")
    run = folder / f"{started}-{secrets.token_hex(3)}"
    run.mkdir(mode=0o700)
    with os.fdopen(os.open(run / REPORT, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(report.to_json())
    return run


def earlier_verdicts(folder: Path, deployment: Deployment, suite_sha256: str) -> int:
    """How many kept runs reached a verdict on the same deployment and suite.

    A run that stayed inconclusive is no verdict: a broken endpoint costs no attempt. Sampling is no part of what
    makes a deployment the same, so that trying again with another temperature is counted too.
    """
    wanted = (suite_sha256, *(getattr(deployment, name) for name in _IDENTITY))
    return sum(_verdict_on(file) == wanted for file in folder.glob(f"*/{REPORT}"))


def _verdict_on(file: Path) -> tuple[object, ...] | None:
    """Which suite and deployment a kept run reached a verdict on; None where it reached none, or is torn."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        found = (data["suite"]["sha256"], *(data["deployment"][name] for name in _IDENTITY))
        return None if data["decision"] == "inconclusive" else found
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
