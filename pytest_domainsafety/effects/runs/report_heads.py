"""Reports without their trials, which are nearly all of a report: of 100,000 of them nothing is read or held.

What is skipped is not checked either: the digest is the one that stands in the report. Where a report is laid out in
another way than we write it, it is read whole.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.domain_report import HarmfulFraming, WorstFraming
from pytest_domainsafety.core.reports.report import SCHEMA, SCHEMA_OF_OWN_FRAMINGS, Report
from pytest_domainsafety.effects.runs.finished_runs import REPORT, read_report

_TRIALS: Final = b'\n "trials": ['
"""Where the trials begin. Nothing before them can hold this: a line end in a text is escaped."""

_TAIL: Final = re.compile(rb'\],\n "sha256": ("[0-9a-f]{64}")\n}\s*\Z')
_CHUNK: Final = 1 << 16
_MOST: Final = 1 << 23
"""Bytes before the trials; a file that has more is none of ours, or to be read whole by who wants it."""


def read_head(path: Path) -> Report:
    """Read a report without its trials.

    Args:
        path: The file, or the directory of its run.

    Raises:
        ConfigurationError: As `read_report`, and where a figure that a history draws is no share.
    """
    file = path / REPORT if path.is_dir() else path
    try:
        data = head_of(file)
        if data is not None and data.get("schema") in {SCHEMA, SCHEMA_OF_OWN_FRAMINGS}:
            return _checked(Report.model_validate(data), file)
    except ConfigurationError:
        raise
    except (OSError, ValueError, RecursionError, ValidationError):
        pass  # whoever reads it whole says what is wrong, or that nothing is
    return _checked(read_report(path).model_copy(update={"trials": []}), file)


def _checked(report: Report, file: Path) -> Report:
    """The report, where all shares are ones: no digest has told of an edit."""
    for domain in report.domains:
        figures = [figure for each in domain.harmful.values() for figure in _figures(each)]
        figures += [] if domain.worst is None else _figures(domain.worst)
        if not all(figure is None or 0 <= figure <= 1 for figure in figures):
            raise ConfigurationError(f"{file} holds a figure that is no share, so it was edited: make the run again")
    return report


def _figures(each: HarmfulFraming | WorstFraming) -> list[float | None]:
    return [each.rate, each.upper_bound, each.corrected_upper_bound, each.threshold]


def head_of(file: Path) -> dict[str, Any] | None:
    """What a report holds beside its trials, as JSON; None where it is not laid out as we write it.

    Raises:
        OSError, ValueError, RecursionError: If it cannot be read, or is no JSON.
    """
    with file.open("rb") as opened:
        head = b""
        while (at := head.find(_TRIALS, max(0, len(head) - _CHUNK - len(_TRIALS)))) < 0:
            chunk = opened.read(_CHUNK)
            head += chunk
            if not chunk or len(head) > _MOST:
                return None
        opened.seek(max(0, opened.seek(0, 2) - _CHUNK))
        tail = _TAIL.search(opened.read())
    if tail is None:
        return None
    found: dict[str, Any] = json.loads(head[:at] + _TRIALS + b'], "sha256": ' + tail[1] + b"}")
    return found
