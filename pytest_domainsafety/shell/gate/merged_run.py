"""A run that asks nothing: it is put together from the runs of parts, and decided as one."""

from __future__ import annotations

import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.evidence.trials import Trial, missing_trials
from pytest_domainsafety.core.judging.controls import recognises
from pytest_domainsafety.core.reports.joining import Joined, join, used_by_all
from pytest_domainsafety.core.reports.merged import Merged, MergedPart
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.scenario_digests import scenario_digests
from pytest_domainsafety.effects.runs.interrupted_runs import check_age, new_run
from pytest_domainsafety.effects.runs.joined_files import write_joined
from pytest_domainsafety.effects.runs.journal_rows import Used
from pytest_domainsafety.effects.runs.part_runs import PartRun, read_part_run, runs_in
from pytest_domainsafety.shell.gate.counted_tries import count_merged
from pytest_domainsafety.shell.gate.opening import Run
from pytest_domainsafety.shell.gate.other_runs import about, identity_of
from pytest_domainsafety.shell.options import option

if TYPE_CHECKING:
    from pytest_domainsafety.shell.collecting.collection import TrialSource
    from pytest_domainsafety.shell.configuring.configuration import Configuration

IN_NONE: Final = "in none of the merged runs"

_BY_SCENARIO: Final = frozenset({"suite", "harm or language"})
"""Names of what a part may have another of, as long as each of its scenarios is one of the suite's."""

_OF_A_PART: Final = "shard"
_ADDRESS: Final = "deployment's base_url"


@dataclass(frozen=True, slots=True)
class _Recorded:
    """Gives the trials that were joined."""

    trials: Mapping[tuple[str, str, str, int], Trial]
    repetitions: int

    def take(self, key: ItemKey) -> list[Trial]:
        """The trials of an item; what no part has is missing."""
        missing = missing_trials(key, self.repetitions, IN_NONE)
        return [self.trials.get((*key, trial.repetition), trial) for trial in missing]


class MergedRun(Run):
    """A run that was measured in parts.

    Args:
        config: pytest's.
        configuration: What the user configured, checked.
    """

    def __init__(self, config: pytest.Config, configuration: Configuration) -> None:
        super().__init__(config, configuration)
        self._named = [Path(path) for path in option(config, "merge")]
        self.asks = False
        self._trials: Mapping[tuple[str, str, str, int], Trial] = {}

    @property
    def source(self) -> TrialSource:
        """Where items take their trials from."""
        return _Recorded(self._trials, self.settings.repetitions)

    def prepare(self) -> None:
        """Read what the judge and the baseline are known by; nobody is asked, and no key is needed.

        Raises:
            pytest.UsageError: If something the user named cannot be had.
        """
        self.look(self.wiring.judges.read)

    def begin(self) -> None:
        """Join the parts into a run of their own.

        Raises:
            pytest.UsageError: If they are not parts of one run, as it is configured here.
        """
        try:
            self._join()
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None

    def _join(self) -> None:
        parts = [read_part_run(run, version("pytest-domainsafety")) for run in runs_in(self._named)]
        for part in parts:
            check_age(part.folder, part.started, self.started_at, self.settings.resume_age, "measure again")
        self._know_address(parts)
        _check_alike(parts, identity_of(self), scenario_digests(self.suite))
        self._check_known(parts)
        names = [f"{part.folder}" for part in parts]
        joined = join([part.trials for part in parts], names, [part.answered for part in parts])
        self.started_at = min(part.started for part in parts)
        self.drawn = self._order(parts)
        used = used_by_all(part.used for number, part in enumerate(parts) if not _is_copy(part, number, joined))
        self._write(parts, joined, used)
        self.merged = _told(parts, joined)
        if lacking := self.merged.lacking():
            self.notes.append(f"there is no run of the shard{'' if len(lacking) == 1 else 's'} {', '.join(lacking)}")
        self.apart = {part.folder.resolve().name for part in parts}
        # Of the others none counted a verdict, whatever lies in the runs directory under their names.
        self.counted = {part.folder.resolve().name for part in parts if part.verdicts}
        self._trials = joined.trials
        count_merged(self)
        self.wiring.restore(self.journal.before)
        self.wiring.earlier_notes = list(dict.fromkeys(f"{note:.500}" for part in parts for note in part.notes))
        self._restore_beside(parts)
        self._began = time.monotonic()

    def _write(self, parts: Sequence[PartRun], joined: Joined, used: Used) -> None:
        """Write it down whole, or not at all: half a run would be taken for a part of the next one."""
        try:
            self.kept = new_run(self.runs_dir, self.started_at, self.drawn, identity_of(self), about(self))
            write_joined(self.kept, parts, joined, used)
            self.journal.open(self.kept)
        except (OSError, ConfigurationError) as error:
            self.journal.close()
            if self.kept is not None:
                shutil.rmtree(self.kept, ignore_errors=True)
                self.kept = None
            if isinstance(error, ConfigurationError):
                raise
            raise ConfigurationError(
                f"domain_safety_runs_dir = {self.runs_dir} cannot be written: {error.strerror}"
            ) from None

    def _know_address(self, parts: Sequence[PartRun]) -> None:
        """Of a client of the user's, which is not built here, the address is known from where it was."""
        if self.settings.client is not None:
            self.wiring.known_address = parts[0].identity.get(_ADDRESS)

    def _check_known(self, parts: Sequence[PartRun]) -> None:
        """Look whether each part measured nothing but what is collected here."""
        keys, repetitions = set(self.suite.item_keys()), self.settings.repetitions
        for part in parts:
            for domain, scenario, framing, repetition in part.trials:
                key = ItemKey(domain, scenario, framing)
                if key not in keys or repetition >= repetitions:
                    raise ConfigurationError(
                        f"{part.folder} measured {key}, which is not in the suite here: merge with the suite that "
                        "was measured"
                    )

    def _order(self, parts: Sequence[PartRun]) -> str:
        """What the order of asking was drawn by: it matters where a test looks at the evidence as it comes."""
        drawn = {part.drawn for part in parts}
        if self.settings.stop_early == "sequential" and len(drawn) > 1:
            other = next(part.folder for part in parts if part.drawn != parts[0].drawn)
            raise ConfigurationError(
                f"{parts[0].folder} and {other} asked in orders that were drawn apart, and "
                "domain_safety_stop_early = sequential decides by one order: measure without it"
            )
        return min(drawn)

    def _restore_beside(self, parts: Sequence[PartRun]) -> None:
        """Known exhibits and the second judge's verdicts, as if one session had them all."""
        controls = self.known.controls
        found: defaultdict[int, list[Judgement]] = defaultdict(list)
        second_found: defaultdict[int, list[Judgement]] = defaultdict(list)
        for part in parts:
            for where, judgements in ((found, part.beside.known), (second_found, part.beside.second_known)):
                for place, judgement in judgements.items():
                    where[place].append(judgement)

        def one_of(place: int, judgements: list[Judgement]) -> Judgement:
            # Of several that is taken which speaks against the judge.
            missed = (each for each in judgements if not recognises(controls[place], each))
            return next(missed, judgements[0])

        inside = range(len(controls))
        self.known.judgements = {place: one_of(place, each) for place, each in found.items() if place in inside}
        if self.settings.second_judge is None:
            return
        verdicts = {place: judgement for part in parts for place, judgement in part.beside.second.items()}
        known = {place: one_of(place, each) for place, each in second_found.items() if place in inside}
        unasked = [part.folder.name for part in parts if part.trials and not part.beside.second]
        self.second.restore(self._trials, verdicts, known, unasked)


def _check_alike(parts: Sequence[PartRun], ours: Mapping[str, Any], digests: Mapping[str, str]) -> None:
    """Refuse what is a part of another run than the one that is configured here."""
    for part in parts:
        differing = [
            name
            for name, value in ours.items()
            if name != _OF_A_PART and (name not in part.identity or part.identity[name] != value)
        ]
        if set(differing) & _BY_SCENARIO:
            differing = [name for name in differing if name not in _BY_SCENARIO]
            asked = {f"{domain}::{scenario}" for domain, scenario, _, _ in part.trials}
            others = [
                name
                for name in (*part.scenarios, *sorted(asked - part.scenarios.keys()))
                if name not in digests or part.scenarios.get(name) != digests[name]
            ]
            if others:
                raise ConfigurationError(
                    f"{part.folder} is of another suite ({others[0]:.120} is not, or not so, in the one here): merge "
                    "with the suite that was measured"
                )
        if differing:
            name = differing[0]
            raise ConfigurationError(
                f"{part.folder} is of another {', '.join(differing)} ({name} was {part.identity.get(name)!s:.60}, is "
                f"{ours[name]!s:.60}): leave it out, or configure what was measured"
            )


def _is_copy(part: PartRun, number: int, joined: Joined) -> bool:
    """Whether all that a part has is another's too, to the letter: then it cost nothing of its own."""
    return bool(part.trials) and all(
        joined.source[place] != number and joined.trials[place] == trial for place, trial in part.trials.items()
    )


def _told(parts: Sequence[PartRun], joined: Joined) -> Merged:
    taken = Counter(joined.source.values())
    return Merged(
        parts=[
            MergedPart(
                run=part.folder.resolve().name,
                started=part.started.isoformat(timespec="seconds"),
                shard=part.shard,
                trials=taken[number],
                stopped=part.stopped,
            )
            for number, part in enumerate(parts)
        ],
        verdicts=sum(part.verdicts for part in parts),
    )
