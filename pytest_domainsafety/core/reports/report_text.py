"""A report as text, trial by trial: of very many trials no copy is held, neither as one text nor as builtins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pytest_domainsafety.core.record import Record
from pytest_domainsafety.core.reports.trial_report import TRIAL, TrialReport

_TRIALS: Final = "trials"
_NO_TRIALS: Final = '\n "trials": []'
"""Where the trials stand in an indented report. No text in it can hold this: a line end in a text is escaped."""


def json_parts(report: Record, trials: Sequence[TrialReport]) -> Iterator[str]:
    """The report's JSON, indented by 1; the parts joined are what pydantic writes of the whole."""
    whole = report if not trials else report.model_copy(update={_TRIALS: []})
    head, none, tail = whole.model_dump_json(indent=1, by_alias=True).rpartition(_NO_TRIALS)
    yield head
    if trials:
        yield '\n "trials": ['
        for number, trial in enumerate(trials):
            text = "\n" + TRIAL.dump_json(trial, indent=1).decode()
            yield ("," if number else "") + text.replace("\n", "\n  ")
        yield "\n ]"
    else:
        yield none
    yield tail + "\n"


def canonical_parts(report: Record, trials: Sequence[TrialReport]) -> Iterator[str]:
    """Everything but the digest in a canonical form: what `json.dumps` makes of it with sorted keys."""
    rest = report.model_dump(mode="json", by_alias=True, exclude={"sha256", _TRIALS})
    for number, name in enumerate(sorted([*rest, _TRIALS])):
        yield f'{", " if number else "{"}"{name}": '
        if name != _TRIALS:
            yield json.dumps(rest[name], sort_keys=True)
            continue
        yield "["
        for position, trial in enumerate(trials):
            yield (", " if position else "") + json.dumps(TRIAL.dump_python(trial, mode="json"), sort_keys=True)
        yield "]"
    yield "}"


def written_sha256(data: dict[str, Any]) -> str:
    """The digest of a report as it was read, by what stands there.

    An older version's report may lack a field that has a default since; it was not edited for that.
    """
    content = {name: value for name, value in data.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
