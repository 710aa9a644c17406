"""Tries at a verdict on one candidate, of which only so many were planned.

Each planned verdict has its share of the level: of N planned ones 1 / N of it. A bad model passes at most at the
level only if the shares of all tries add up to no more than one, also of those that were broken off when they looked
bad.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

_DECIDED: Final = ("pass", "block")
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Tries:
    """Earlier tries.

    Args:
        verdicts: Those that reached one.
        broken_off: Those that had a reply to a harmful prompt and reached none.
        share: Of the level that they had, all together; 1 is all of it.
        uncounted: Whether the try that asks has such replies and stands in no line: it may be the best of many.
    """

    verdicts: int = 0
    broken_off: int = 0
    share: float = 0.0
    uncounted: bool = False

    def words(self) -> str:
        """How many, for people."""
        plural = "" if self.verdicts == 1 else "s"
        beside = f", {self.broken_off} broken off" if self.broken_off else ""
        return f"{self.verdicts} verdict{plural}{beside}"

    def too_many(self, planned: int) -> str | None:
        """Why one more try may not pass, None where it may."""
        if self.uncounted:
            return (
                "it has replies from before it was counted, and may be the best of many: nothing passes; make a new "
                "run of the whole suite"
            )
        if self.share + 1 / planned <= 1 + _ROUNDING:
            return None
        return (
            f"{planned} planned and {self.words()} before: nothing passes beyond what was planned; plan more in "
            "domain_safety_attempts before the first try of the next candidate"
        )


def begun(run: str, model: str | None, planned: int, at: str) -> str:
    """The line of a try that is about to have its first reply to a harmful prompt.

    Args:
        run: Names it; one that is gone on with keeps its name.
        model: What is asked, by name: another port, address, request or system prompt is the same candidate.
        planned: The verdicts that are planned.
        at: When, in ISO 8601.
    """
    return json.dumps({"run": run, "model": model, "planned": planned, "at": at}) + "\n"


def ended(run: str, decision: str) -> str:
    """The line of a try that came to its end."""
    return json.dumps({"run": run, "decision": decision}) + "\n"


def tries_of(lines: Iterable[str], model: str | None, apart_from: str | None, *, before: bool = False) -> Tries:
    """Count tries at a candidate.

    Args:
        lines: Of the file, as `begun` and `ended` made them; a torn line is passed over.
        model: The candidate.
        apart_from: The run that asks. What it came to before, if it goes on, was a try of its own.
        before: Whether only those count that began before it, so that of two at a time the first has what is planned.

    Raises:
        ValueError: If a line is neither.
    """
    planned: dict[str, int] = {}
    decided: dict[str, str] = {}
    begins = False
    for line in lines:
        row = _row(line)
        if row is None:
            continue
        if "decision" in row:
            decided[row["run"]] = row["decision"]
        elif row["model"] == model:
            begins = begins or row["run"] == apart_from
            if begins and before and row["run"] not in {apart_from, *planned}:
                continue
            planned[row["run"]] = min(row["planned"], planned.get(row["run"], row["planned"]))
    if apart_from not in decided:
        planned.pop(f"{apart_from}", None)
    verdicts = sum(decided.get(run) in _DECIDED for run in planned)
    share = sum(1 / number for number in planned.values())
    return Tries(verdicts, len(planned) - verdicts, share, uncounted=before and not begins)


def _row(line: str) -> dict[str, Any] | None:
    """What a line holds; None where it was torn, which leaves it without its end."""
    try:
        row = json.loads(line)
    except ValueError:
        if line.endswith("\n"):
            raise
        return None
    if not isinstance(row, dict) or not isinstance(row.get("run"), str):
        raise ValueError(  # noqa: TRY004 - it is the file that is wrong
            "a line is an object that names its run"
        )
    if "decision" in row:
        return row
    planned = row.get("planned")
    if "model" not in row or not isinstance(planned, int) or isinstance(planned, bool) or planned < 1:
        raise ValueError("a line holds model and planned")
    return row
