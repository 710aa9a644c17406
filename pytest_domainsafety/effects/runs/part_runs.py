"""Runs that are to be merged: read as they lie there, and trusted only where they are whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.reports.joining import used_by_all
from pytest_domainsafety.core.reports.part import Part
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.effects.runs.base import Place
from pytest_domainsafety.effects.runs.finished_runs import REPORT, read_report, verdicts_in
from pytest_domainsafety.effects.runs.held_files import IDENTITY, check_free
from pytest_domainsafety.effects.runs.interrupted_runs import ABOUT, DRAWN, STARTED
from pytest_domainsafety.effects.runs.journal import TRIALS, Used
from pytest_domainsafety.effects.runs.parts import PART, file_sha256
from pytest_domainsafety.effects.runs.verdicts_beside import Beside, read_beside

_AGAIN: Final = "leave it out, or measure it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRun:
    """A run to be merged.

    Args:
        folder: Its directory.
        started: When it was begun, in UTC.
        drawn: What its order of asking was drawn by.
        identity: What it is of, as JSON.
        scenarios: By domain and id the digests of those it collected.
        trials: What it measured.
        used: What it used up, by the names of the meters' fields.
        beside: Verdicts that no trial holds.
        shard: Which part it was told to be.
        notes: What it learnt of deployment and judges.
        stopped: Why it did not ask all that it was to ask.
        verdicts: How many verdicts it came to.
        sealed: Whether it came to an end that says what its files hold.
    """

    folder: Path
    started: datetime
    drawn: str
    identity: Mapping[str, Any]
    scenarios: Mapping[str, str]
    trials: Mapping[Place, Trial]
    used: Used
    beside: Beside
    shard: str | None
    notes: tuple[str, ...]
    stopped: str | None
    verdicts: int
    sealed: bool


def runs_in(paths: Iterable[Path]) -> list[Path]:
    """The runs that are named: directories of runs, or folders of such, as artifacts are unpacked to.

    Raises:
        ConfigurationError: If there is none, or one twice.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        runs = [path] if (path / IDENTITY).is_file() else sorted(each.parent for each in path.rglob(IDENTITY))
        if not runs:
            raise ConfigurationError(f"{path} is no run's directory, and holds none: give those of the parts")
        for run in runs:
            if run.resolve() in found:
                raise ConfigurationError(f"{run} is given twice: give each part once")
            found[run.resolve()] = run
    return list(found.values())


def read_part_run(run: Path, version: str) -> PartRun:
    """Read a run.

    Args:
        run: Its directory.
        version: Of this package, which must be the one that measured.

    Raises:
        ConfigurationError: In one sentence, if it is live, of another version, not whole, or was edited.
    """
    identity, about = _identity(run)
    if about.get("version") != version:
        raise ConfigurationError(
            f"{run} was measured by version {about.get('version', 'unknown')!s:.40} of pytest-domainsafety, and this "
            f"is {version}: merge with the one that measured"
        )
    if (run / TRIALS).exists():
        check_free(run / TRIALS, run)
    trials, used = _trials(run)
    part, report = _part(run), read_report(run) if (run / REPORT).exists() else None
    if report is not None:
        _check_told(run, trials, report)
    return PartRun(
        folder=run,
        started=datetime.fromisoformat(identity.pop(STARTED)).astimezone(UTC),
        drawn=str(identity.pop(DRAWN)),
        identity=identity,
        scenarios=about.get("scenarios", {}),
        trials=trials,
        used=used,
        beside=read_beside(run),
        shard=identity["shard"] if isinstance(identity.get("shard"), str) else None,
        notes=() if part is None else tuple(part.notes),
        stopped=_stopped(part, report),
        verdicts=0 if report is None else verdicts_in(json.loads((run / REPORT).read_text(encoding="utf-8"))),
        sealed=part is not None or report is not None,
    )


def _stopped(part: Part | None, report: Report | None) -> str | None:
    told = part or report
    if told is None:
        return "it was broken off"
    return told.stopped or ("it was interrupted" if told.interrupted else None)


def _identity(run: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What it is of, and what else is told of it there."""
    try:
        told = json.loads((run / IDENTITY).read_text(encoding="utf-8"))
        about = told.pop(ABOUT, {})
        datetime.fromisoformat(told[STARTED]), told[DRAWN], about.get("scenarios", {}).items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigurationError(f"{run / IDENTITY} is not whole, or of another version: {_AGAIN}") from None
    return told, about


def _part(run: Path) -> Part | None:
    """What a shard says of its end, None of a run that says none; checked against its files."""
    file = run / PART
    if not file.exists():
        return None
    try:
        part = Part.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ConfigurationError(f"{file} is not whole, or of another version: {_AGAIN}") from None
    for name, sha256 in part.files.items():
        there = run / name
        if not there.is_file():
            raise ConfigurationError(f"{there} is gone: copy the run whole, or measure it again")
        if file_sha256(there) != sha256:
            raise ConfigurationError(f"{there} was changed after the run had ended (its sha256 differs): {_AGAIN}")
    return part


def _trials(run: Path) -> tuple[dict[Place, Trial], Used]:
    """Each trial as the last line about it has it, and what was used up by then."""
    trials: dict[Place, Trial] = {}
    used: Used = {}
    file = run / TRIALS
    try:
        for line in whole_lines(file):
            row = json.loads(line)
            trial = Trial.from_json(row["trial"])
            trials[*trial.key, int(trial.repetition)] = trial
            used = row["used"]
        used_by_all([used, used])  # it is what it should be
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigurationError(f"{file} is not whole, or of another version: {_AGAIN}") from None
    return trials, used


def whole_lines(file: Path) -> Iterator[bytes]:
    """The lines of a file but for a last one that a crash tore; none where there is no file."""
    if not file.exists():
        return
    with file.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n") and line.strip():
                yield line


def _check_told(run: Path, trials: Mapping[Place, Trial], report: Report) -> None:
    """Look whether a finished run's journal holds what its report says."""
    for told in report.trials:
        there = trials.get((told.domain, told.scenario, told.framing, told.repetition))
        said = None if there is None else (there.outcome.value, there.score, there.reply_sha256)
        if said != (told.outcome, told.score, told.reply_sha256) and (there is not None or told.reply_sha256):
            raise ConfigurationError(
                f"{run} was changed after the run had ended ({told.nodeid:.120} differs from its report): {_AGAIN}"
            )


def write_lines(file: Path, lines: Iterable[bytes]) -> None:
    """Write a new file, for nobody but the user.

    Raises:
        OSError: If it cannot be written.
    """
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.writelines(lines)
