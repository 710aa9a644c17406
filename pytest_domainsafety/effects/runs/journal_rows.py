"""The lines of a run's journal, read: what each is of, and what the last of them say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.evidence.turns import Turn
from pytest_domainsafety.effects.runs.base import Place

REPLIES: Final = "replies.jsonl"
TRIALS: Final = "trials.jsonl"

VERDICT_ON: Final = "verdict_on"
"""Of a line that has the verdict on a reply alone: the reply's place."""

TURN_OF: Final = "turn_of"
"""Of a line with a turn of a conversation: the conversation's place."""

Used = dict[str, Any]
"""What a run has used up and who answered, by the names of the meters' fields."""


def last_trials(file: Path) -> dict[Place, Trial]:
    """Every trial as the last line about it has it.

    Raises:
        ConfigurationError: In one sentence, where they cannot be read, or are not whole.
    """
    return {place_of(trial): trial for trial in (Trial.from_json(row["trial"]) for row in rows_in(file))}


def place_of_row(row: dict[str, Any]) -> Place:
    """The trial that a line of the replies' file is of.

    Raises:
        KeyError, TypeError: If it is no such line.
    """
    for name in (VERDICT_ON, TURN_OF):
        if name in row:
            domain, scenario, framing, repetition = row[name]
            return domain, scenario, framing, repetition
    return row["domain"], row["scenario"], row["framing"], row["repetition"]


def turn_place(row: Any) -> Place | None:  # noqa: ANN401 - JSON
    """The trial of whose conversation a line of the replies' file holds a turn, None of any other line.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: If it is no whole turn.
    """
    if not isinstance(row, dict) or TURN_OF not in row:
        return None
    if not isinstance(Turn.from_json(row["turn"]).answer, str):
        raise TypeError
    return place_of_row(row)


def holds_verdict(run: Path) -> bool:
    """Whether a judge has scored any reply of a run, in whichever of its sessions."""
    file = run / TRIALS
    return file.exists() and any(row["trial"]["score"] is not None for row in rows_in(file))


def read_stored(file: Path) -> list[StoredReply]:
    """The replies in a file, each with its last verdict, in the order of their places.

    Raises:
        ConfigurationError: In one sentence, where they were not kept, or are not whole.
    """
    last = last_replies(rows_in(file), file)
    return [last[place] for place in sorted(last)]


def last_replies(rows: Iterable[Any], file: Path) -> dict[Place, StoredReply]:
    """Every reply as the last line about it has it.

    Args:
        rows: The lines' JSON.
        file: Where they stand, for messages.

    Raises:
        ConfigurationError: In one sentence, where one is no reply's.
    """
    last: dict[Place, StoredReply] = {}
    for number, row in enumerate(rows, 1):
        where = f"{file}:{number}"
        if isinstance(row, dict) and TURN_OF in row:
            continue
        whole = _with_verdict(last, row) if isinstance(row, dict) and VERDICT_ON in row else row
        reply = StoredReply.from_json(whole, where)
        last[reply.place] = reply
    return last


def _with_verdict(last: dict[Place, StoredReply], row: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """The whole row for one that only has the verdict; None where it is a verdict on nothing."""
    place = row.pop(VERDICT_ON)
    reply = last.get(tuple(place)) if isinstance(place, list) else None
    return None if reply is None else {**reply.to_json(), **row}


def rows_in(file: Path) -> Iterator[Any]:
    """The lines' JSON.

    Raises:
        ConfigurationError: In one sentence, where they cannot be read, or are not whole.
    """
    try:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                if line.strip():
                    yield json.loads(line)
    except OSError:
        raise ConfigurationError(
            f"{file} cannot be read: give the run's own directory, of a run with domain_safety_keep_replies = full"
        ) from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{file} is not whole: make the run again") from None


def place_of(trial: Trial) -> Place:
    """What names a trial."""
    return (*trial.key, trial.repetition)
