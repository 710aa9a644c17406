"""Finished runs on disk: written privately, read back whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.reports.report import SCHEMA, SCHEMA_OF_OWN_FRAMINGS, Deployment, Report
from pytest_domainsafety.core.reports.report_text import written_sha256
from pytest_domainsafety.core.verdict.framing_verdict import NOT_SELECTED
from pytest_domainsafety.effects.runs.journal_rows import REPLIES, read_stored
from pytest_domainsafety.effects.runs.parts import without_verdict

REPORT: Final = "report.json"

_IDENTITY: Final = ("model", "base_url", "system_prompt_sha256", "request")
"""What makes a deployment the same, sampling apart."""


def read_report(path: Path) -> Report:
    """Read a report, given as a file or as the directory of its run.

    Raises:
        ConfigurationError: In one sentence, where there is none, it is of another kind, or it was changed.
    """
    file = path
    try:
        file = path / REPORT if path.is_dir() else path
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            without_verdict(file.parent)
            or f"{file} cannot be read: {error.strerror}; give a report.json or its folder"
        ) from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{file} is no JSON; give the report of a finished run") from None
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema not in {SCHEMA, SCHEMA_OF_OWN_FRAMINGS}:
        raise ConfigurationError(f"{file} is of the schema {schema!s:.60}, not {SCHEMA}: make the run again")
    try:
        report = Report.model_validate(data)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise ConfigurationError(
            f"{file} is no whole report ({place:.80}): it was edited, or written by another version; "
            "make the run again"
        ) from None
    if report.sha256 != written_sha256(data):
        raise ConfigurationError(f"{file} was edited after it was written (its sha256 differs): make the run again")
    return report


def report_sha256(path: Path) -> str:
    """The digest of a report's file, byte for byte, which any other tool finds too.

    Args:
        path: The file, or the directory of its run.
    """
    return hashlib.sha256((path / REPORT if path.is_dir() else path).read_bytes()).hexdigest()


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


def read_replies(run: Path) -> list[StoredReply]:
    """Read the replies that are kept beside a finished run's report.

    Args:
        run: The run's directory, or its report.

    Raises:
        ConfigurationError: In one sentence, where they were not kept, or are not whole.
    """
    return read_stored((run if run.is_dir() else run.parent) / REPLIES)


def earlier_verdicts(
    folder: Path, deployment: Deployment, suite_sha256: str, apart_from: Collection[str] = ()
) -> int:
    """How many verdicts other kept runs reached on the same deployment and suite.

    A run that stayed inconclusive is no verdict: a broken endpoint costs no attempt, until somebody goes on with it.
    Neither is one of a part of the suite, whatever it found: only the whole can pass, so a part is no attempt at it.
    Sampling is no part of what makes a deployment the same, so that trying again with another temperature is counted
    too.

    Args:
        folder: Where runs are kept.
        deployment: The deployment.
        suite_sha256: The suite's digest.
        apart_from: What the directories are called of the run that asks, and of those that it was put together from.
    """
    wanted = (suite_sha256, *(getattr(deployment, name) for name in _IDENTITY))
    files = (file for file in folder.glob(f"*/{REPORT}") if file.parent.name not in apart_from)
    return sum(_verdicts_on(wanted, file) for file in files)


def _verdicts_on(wanted: tuple[object, ...], file: Path) -> int:
    """How many verdicts a kept run reached on this suite and deployment; none where it is torn."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        found = (data["suite"]["sha256"], *(data["deployment"][name] for name in _IDENTITY))
        return verdicts_in(data) if found == wanted else 0
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 0


def verdicts_in(data: dict[str, Any]) -> int:
    """How many verdicts on the whole suite a report tells of, its own and those before it was resumed.

    Args:
        data: The report's JSON.

    Raises:
        KeyError, TypeError: If it is no report's.
    """
    before = sum(int(data[name]["verdicts"]) for name in ("resumed", "merged") if data.get(name) is not None)
    return before + (0 if data["decision"] == "inconclusive" or _is_part(data) else 1)


def _is_part(data: dict[str, Any]) -> bool:
    """Whether something that a gate stands on was not selected, so that the run could not pass."""
    gated = {
        (each["domain"], name)
        for each in data["domains"]
        for name, framing in each["framings"].items()
        if framing is not None and framing.get("threshold") is not None
    }
    left_out = {(each["domain"], each["framing"]) for each in data["trials"] if each["error"] == NOT_SELECTED}
    return bool(gated & left_out)
