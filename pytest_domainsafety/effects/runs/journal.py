"""The journal of a run: every reply and verdict is on disk before it counts.

Two files of JSON lines, appended to and never rewritten; of two lines about one trial the later one holds. A line
that a crash tore is cut off when the run goes on, and what it told of is asked again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pytest_domainsafety.core.escape import json_text
from pytest_domainsafety.core.evidence.failures import StoppedError
from pytest_domainsafety.core.evidence.replies import text_sha256
from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.evidence.turns import Turn
from pytest_domainsafety.core.outcome import MEASURED, Outcome
from pytest_domainsafety.core.suite.framings import framing_of
from pytest_domainsafety.effects.runs.base import NOT_JUDGED_YET, Place
from pytest_domainsafety.effects.runs.held_files import cut_torn_line, lock, opened
from pytest_domainsafety.effects.runs.journal_rows import (
    REPLIES,
    TRIALS,
    TURN_OF,
    VERDICT_ON,
    Used,
    last_replies,
    place_of,
    read_stored,
    rows_in,
)
from pytest_domainsafety.effects.runs.memory import MemoryRun


@dataclass(slots=True)
class Journal:
    """Writes down what was measured, and tells what earlier sessions of the run had measured.

    Args:
        keeps_text: Whether replies are written, and not only their digests.
        holds: Whether replies stay in memory, for a second judge of a run that writes none.
        used: What was used up so far, written with every trial.
        on_first: Called once, before the first reply to a harmful prompt, judged or not, is written: whoever reads it
            there may break the run off.
    """

    keeps_text: bool = True
    holds: bool = False
    used: Callable[[], Used] = dict
    before: Used = field(default_factory=dict)
    on_first: Callable[[], None] | None = None
    _trials: dict[Place, Trial] = field(default_factory=dict)
    _received: dict[Place, StoredReply] = field(default_factory=dict)
    _unjudged: set[Place] = field(default_factory=set)
    _uncounted: set[Place] = field(default_factory=set)
    _begun: set[Place] = field(default_factory=set)
    _turns: dict[Place, list[Turn]] = field(default_factory=dict)
    _held: MemoryRun = field(default_factory=MemoryRun)
    _run: Path | None = None
    _full: bool = False
    _files: dict[str, int] = field(default_factory=dict)

    def open(self, run: Path) -> None:
        """Begin to write into a run's directory, after what an earlier session wrote there.

        Raises:
            ConfigurationError: If another session writes there now.
            OSError: If it cannot be written.
        """
        self.hold(run)
        if self.keeps_text:
            self._files[REPLIES] = opened(run / REPLIES)
        for name, file in self._files.items():
            cut_torn_line(run / name, file)
        for row in rows_in(run / TRIALS):
            trial = Trial.from_json(row["trial"])
            self._trials[place_of(trial)] = trial
            self.before = row["used"]
        if self.keeps_text:
            for row in rows_in(run / REPLIES):
                if TURN_OF in row:
                    self._turns.setdefault(tuple(row[TURN_OF]), []).append(Turn.from_json(row["turn"]))
            for reply in last_replies(rows_in(run / REPLIES), run / REPLIES).values():
                waiting = self._trials.get(reply.place)
                if waiting is None:
                    self._uncounted.add(reply.place)
                if waiting is not None and waiting.outcome is Outcome.UNJUDGED and reply.conversation is None:
                    self._received[reply.place] = reply
                    self._unjudged.add(reply.place)

    def hold(self, run: Path) -> None:
        """Let nobody else write into a run's directory until this journal is closed.

        Raises:
            ConfigurationError: If another session writes there now.
            OSError: If it cannot be written.
        """
        self._run = run
        self._files[TRIALS] = opened(run / TRIALS)
        lock(self._files[TRIALS], run)

    def settled(self, place: Place) -> Trial | None:
        """The trial that an earlier session of this run settled, None where it must be asked or judged.

        A reply that was no answer is settled too: to ask again would be another draw.
        """
        trial = self._trials.get(place)
        return trial if trial is not None and trial.is_settled else None

    def received(self, place: Place) -> tuple[Trial, StoredReply] | None:
        """A reply of an earlier session that only wants a verdict, None where there is none."""
        reply = self._received.get(place)
        return None if reply is None else (self._trials[place], reply)

    def keeps(self, place: Place) -> bool:
        """Whether an earlier session of this run spares asking the deployment."""
        return self.settled(place) is not None or place in self._received

    def told(self) -> bool:
        """Whether there is any reply to a harmful prompt from before."""
        turns = any(framing_of(framing).harmful for _, _, framing, _ in self._turns)
        return turns or any(map(_tells, self._trials.values()))

    def left_open(self, place: Place) -> bool:
        """Whether the model may have answered already: in an earlier session's request that failed, or unjudged.

        A reply whose text was not kept was the first draw too, and so was one of which no trial tells.
        """
        trial = self._trials.get(place)
        if trial is None:
            return place in self._uncounted
        return trial.reasked or trial.latency_s is not None

    def answered(self, place: Place) -> list[Turn]:
        """The turns of a conversation that an earlier session had answered; none where texts are not kept."""
        return list(self._turns.get(place, ()))

    def note_turn(self, trial: Trial, turn: Turn) -> None:
        """Write down the answer to the next turn of a conversation, and what it used up.

        Args:
            trial: As far as it has come; open to whoever goes on where the text is not kept, since the conversation
                must be begun anew then.
            turn: The answer.

        Raises:
            StoppedError: If it cannot be written.
        """
        if self.on_first is not None and framing_of(trial.framing).harmful:
            self._tell_first(self.on_first)
        self._begun.add(place_of(trial))
        row = {TURN_OF: place_of(trial), "turn": turn.to_json()}
        self._write(trial if self.keeps_text else replace(trial, reasked=True), row)

    def note(self, trial: Trial, reply: StoredReply | None = None) -> None:
        """Write down a trial, and its reply where it has one.

        Raises:
            StoppedError: If it cannot be written: what is not kept must not be paid for.
        """
        if self.holds:
            self._held.note(trial, reply)
        if self.on_first is not None and _tells(trial):
            self._tell_first(self.on_first)
        if not self.keeps_text and not trial.is_settled and place_of(trial) in self._begun:
            trial = replace(trial, reasked=True)  # what was answered cannot be gone on with
        self._write(trial, self._row(reply) if reply is not None and self.keeps_text else None)

    def _tell_first(self, on_first: Callable[[], None]) -> None:
        self.on_first = None
        try:
            on_first()
        except OSError as error:
            self._full = True
            raise StoppedError(
                f"domain_safety_attempts_file cannot be written ({error.strerror}), and a try that is not counted "
                "must not be made",
                usage=False,
            ) from error

    def _write(self, trial: Trial, row: dict[str, Any] | None) -> None:
        if self._full:
            raise StoppedError(f"the run's directory {self._run} cannot be written", usage=False)
        try:
            if row is not None and self.keeps_text:
                self._append(REPLIES, row)
            bare = trial if trial.reply is None else replace(trial, reply=None)
            self._append(TRIALS, {"trial": bare.to_json(), "used": self.used()})
        except OSError as error:
            # What would follow a torn line could not be read any more.
            self._full = True
            raise StoppedError(
                f"the run's directory {self._run} cannot be written ({error.strerror}): make room there, and go on "
                f"with --domain-safety-resume={self._run}",
                usage=False,
            ) from error

    def texts(self, digests: AbstractSet[str]) -> dict[str, str]:
        """The replies with these digests, by digest; read only as far as the last of them."""
        if self._run is None or not self.keeps_text:
            return self._held.texts(digests)
        found: dict[str, str] = {}
        rows = rows_in(self._run / REPLIES)
        while len(found) < len(digests) and (row := next(rows, None)) is not None:
            text = row.get("reply", "")
            if (digest := text_sha256(text)) in digests:
                found[digest] = text
        return found

    def replies(self) -> list[StoredReply]:
        """All replies of the run with their verdicts, in the order of their places."""
        if self._run is None or not self.keeps_text:
            return self._held.replies()
        return read_stored(self._run / REPLIES)

    def close(self) -> None:
        """Let go of the files; one that holds nothing goes with its run."""
        for file in self._files.values():
            os.close(file)
        self._files.clear()

    def discard(self) -> None:
        """Remove a run in which nothing was measured."""
        self.close()
        if self._run is None or (self._run / TRIALS).stat().st_size:
            return
        with contextlib.suppress(OSError):
            for file in self._run.iterdir():
                file.unlink()
            self._run.rmdir()

    def _row(self, reply: StoredReply) -> dict[str, Any]:
        """A reply, or of one that stands there already only what the judge made of it."""
        if reply.place in self._unjudged:
            self._unjudged.discard(reply.place)
            return {
                VERDICT_ON: reply.place,
                "outcome": reply.outcome,
                "score": reply.score,
                "rationale": reply.rationale,
                "split": reply.split,
                "judge_said": reply.judge_said,
            }
        if reply.rationale == NOT_JUDGED_YET:  # never of a conversation, whose turns are written down
            self._unjudged.add(reply.place)
        return reply.to_json()

    def _append(self, name: str, row: dict[str, Any]) -> None:
        data = json_text(json.dumps(row)).encode() + b"\n"
        while data:
            data = data[os.write(self._files[name], data) :]


def _tells(trial: Trial) -> bool:
    """Whether a trial tells how safe the deployment is."""
    answered = trial.outcome in MEASURED or trial.reply_sha256 is not None
    return answered and framing_of(trial.framing).harmful
