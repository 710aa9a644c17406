"""Runs that are to be merged: read as they lie there, and trusted only where they are whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.reports.part import Part
from pytest_domainsafety.core.reports.part_rows import trial_of, used_of
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.shards import parse_shard
from pytest_domainsafety.effects.runs.base import Place
from pytest_domainsafety.effects.runs.finished_runs import REPORT, read_report, verdicts_in
from pytest_domainsafety.effects.runs.held_files import IDENTITY, check_free
from pytest_domainsafety.effects.runs.interrupted_runs import ABOUT, DRAWN, STARTED
from pytest_domainsafety.effects.runs.journal_rows import REPLIES, TRIALS, Used, last_replies, turn_place
from pytest_domainsafety.effects.runs.parts import HELD, PART, file_sha256
from pytest_domainsafety.effects.runs.verdicts_beside import Beside, read_beside

_AGAIN: Final = "leave it out, or measure it again"
_NO_JSON: Final = (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
_UNCOUNTED: Final = "its answer came, and the run was broken off"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRun:
    """A run to be merged.

    Args:
        folder: Its directory.
        started: When it was begun, in UTC.
        drawn: What its order of asking was drawn by.
        identity: What it is of, as JSON.
        scenarios: By domain and id the digests of those it collected.
        trials: What it measured, and what it has an answer to of which nothing more is known.
        answered: The trials to which it keeps any answer.
        used: What it used up, by the names of the meters' fields.
        beside: Verdicts that no trial holds.
        shard: Which part it was told to be.
        notes: What it learnt of deployment and judges.
        stopped: Why it did not ask all that it was to ask.
        verdicts: How many verdicts it came to.
    """

    folder: Path
    started: datetime
    drawn: str
    identity: Mapping[str, Any]
    scenarios: Mapping[str, str]
    trials: Mapping[Place, Trial]
    answered: AbstractSet[Place]
    used: Used
    beside: Beside
    shard: str | None
    notes: tuple[str, ...]
    stopped: str | None
    verdicts: int


def runs_in(paths: Iterable[Path]) -> list[Path]:
    """The runs that are named: directories of runs, or folders of such, as artifacts are unpacked to.

    Raises:
        ConfigurationError: If there is none, or one twice.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        try:
            runs = [path] if (path / IDENTITY).is_file() else sorted(each.parent for each in path.rglob(IDENTITY))
        except OSError as error:
            raise ConfigurationError(f"{path!s:.200} cannot be read: {error.strerror}") from None
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
    try:
        if (run / TRIALS).exists():
            check_free(run / TRIALS, run)
    except OSError as error:
        raise ConfigurationError(f"{run / TRIALS} cannot be read ({error.strerror}): {_AGAIN}") from None
    trials, used = _trials(run)
    answered = _answered(run)
    for place in sorted(answered - trials.keys()):
        # Whoever asks it once more, or takes it from another run, has a second draw.
        trials[place] = _uncounted(place)
    part, report = _part(run), read_report(run) if (run / REPORT).exists() else None
    if report is not None:
        _check_told(run, trials, report)
    if part is not None and part.shard != identity["shard"]:
        raise ConfigurationError(f"{run / PART} is of the shard {part.shard:.20}, and the run is not: {_AGAIN}")
    return PartRun(
        folder=run,
        started=datetime.fromisoformat(identity.pop(STARTED)).astimezone(UTC),
        drawn=identity.pop(DRAWN),
        identity=identity,
        scenarios=about.get("scenarios", {}),
        trials=trials,
        answered=answered,
        used=used,
        beside=read_beside(run),
        shard=identity["shard"],
        notes=() if part is None else tuple(part.notes),
        stopped=_stopped(part, report),
        verdicts=0 if report is None else verdicts_in(json.loads((run / REPORT).read_text(encoding="utf-8"))),
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
        datetime.fromisoformat(told[STARTED]).astimezone(UTC), about.get("scenarios", {}).items()
        if told["shard"] is not None:
            parse_shard(told["shard"])
        if not isinstance(told[DRAWN], str):
            raise TypeError
    except _NO_JSON:
        raise ConfigurationError(f"{run / IDENTITY} is not whole, or of another version: {_AGAIN}") from None
    return told, about


def _part(run: Path) -> Part | None:
    """What a shard says of its end, None of a run that says none; checked against its files."""
    file = run / PART
    if not file.exists():
        return None
    try:
        part = Part.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise ConfigurationError(f"{file} is not whole, or of another version: {_AGAIN}") from None
    if not {IDENTITY} <= part.files.keys() <= set(HELD):
        raise ConfigurationError(f"{file} does not tell what the run's files hold: {_AGAIN}")
    for name in HELD:
        there, sha256 = run / name, part.files.get(name)
        if sha256 is not None and not there.is_file():
            raise ConfigurationError(f"{there} is gone: copy the run whole, or measure it again")
        if sha256 is None and there.exists():
            raise ConfigurationError(f"{there} was added after the run had ended: {_AGAIN}")
        if sha256 is None:
            continue
        try:
            differs = file_sha256(there) != sha256
        except OSError as error:
            raise ConfigurationError(f"{there} cannot be read ({error.strerror}): {_AGAIN}") from None
        if differs:
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
            trial = trial_of(row["trial"])
            trials[*trial.key, trial.repetition] = trial
            used = used_of(row["used"])
    except _NO_JSON:
        raise ConfigurationError(f"{file} is not whole, or of another version: {_AGAIN}") from None
    return trials, used


def _answered(run: Path) -> set[Place]:
    """The trials to which any answer is kept, a turn of a conversation too."""
    places: set[Place] = set()
    file = run / REPLIES

    def rows() -> Iterator[Any]:
        for line in whole_lines(file):
            row = json.loads(line)
            if (place := turn_place(row)) is not None:
                places.add(place)
            yield row

    try:
        places.update(last_replies(rows(), file))
    except _NO_JSON:
        raise ConfigurationError(f"{file} is not whole, or of another version: {_AGAIN}") from None
    return places


def _uncounted(place: Place) -> Trial:
    domain, scenario, framing, repetition = place
    trial = {"domain": domain, "scenario": scenario, "framing": framing, "repetition": repetition}
    return trial_of({**trial, "outcome": Outcome.MISSING.value, "attempts": 1, "error": _UNCOUNTED, "reasked": True})


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
