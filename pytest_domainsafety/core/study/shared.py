"""Which runs a study may lay side by side, and what all of them asked.

What makes a deployment may differ, since that is what a study compares: model, address, system prompt, temperature,
extra parameters. What makes a measurement may not: the prompts, repetitions, the longest reply, the judge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.reports.measured import measurements_of
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.verdict.baseline import Measurements

_LISTED: Final = 3
_JUDGE: Final = {
    "kind": "kind of judge",
    "model": "judge model",
    "fingerprint": "judge's fingerprint (its rubric, place or parameters)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRun:
    """One deployment's finished run.

    Args:
        name: What the deployment is called in this study.
        run: Where the run was read from.
        report: What it found.
        measurements: The same, by item.
    """

    name: str
    run: str
    report: Report
    measurements: Measurements

    @classmethod
    def of(cls, name: str, run: str, report: Report) -> Self:
        """A run by its report."""
        return cls(name=name, run=run, report=report, measurements=measurements_of(report))

    def rows(self, keys: Sequence[ItemKey]) -> list[Sequence[Trial]]:
        """The planned trials of some items."""
        return [self.measurements.rows[key] for key in keys]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all runs asked with the same prompt.

    Args:
        runs: At least two.
        items: Domain to framing to the shared items, each in the order of the first run; only domains with a shared
            operational item.
        differences: What differs between the runs that should not, a clause each.
    """

    runs: Sequence[StudyRun]
    items: dict[str, dict[str, list[ItemKey]]]
    differences: list[str]

    @classmethod
    def of(cls, runs: Sequence[StudyRun], *, shared_only: bool) -> Self:
        """Find what the runs share.

        Args:
            runs: At least two, with names of their own.
            shared_only: Whether to go on with that where they differ.

        Raises:
            ConfigurationError: In one sentence, where they differ and may not, or share nothing.
        """
        prompts = [run.measurements.prompts for run in runs]
        same = {
            key: digest
            for key, digest in prompts[0].items()
            if all(other.get(key) == digest for other in prompts[1:])
        }
        items: defaultdict[str, dict[str, list[ItemKey]]] = defaultdict(dict)
        for key in same:
            items[key.domain].setdefault(key.framing, []).append(key)
        kept = {domain: framings for domain, framings in items.items() if ALWAYS_GATED in framings}
        if not kept:
            names = _and([run.name for run in runs])
            raise ConfigurationError(f"{names} share no {ALWAYS_GATED} prompt: give runs of one suite")
        differences = [*_settings(runs), *_suite(runs, same, kept)]
        if differences and not shared_only:
            raise ConfigurationError(
                f"the runs differ in {'; '.join(differences)}: measure them alike, or compare what they "
                "share with --shared"
            )
        return cls(runs=runs, items=kept, differences=differences)


def _settings(runs: Sequence[StudyRun]) -> list[str]:
    """Settings of the measurement that differ, with each run's value."""
    found = [_differing("repetitions", [(run.name, run.report.deployment.repetitions) for run in runs])]
    # Of a callable target nobody knows how long its replies may be: it has no address, and no such setting.
    known = [run for run in runs if run.report.deployment.base_url is not None]
    found.append(_differing("max_tokens", [(run.name, run.report.deployment.max_tokens) for run in known]))
    judges = (
        _differing(words, [(run.name, getattr(run.report.judge, field)) for run in runs])
        for field, words in _JUDGE.items()
    )
    # Another model has another fingerprint as well: the first difference says all.
    found.append(next(filter(None, judges), ""))
    return [clause for clause in found if clause]


def _differing(what: str, values: Sequence[tuple[str, Hashable]]) -> str:
    names: defaultdict[Hashable, list[str]] = defaultdict(list)
    for name, value in values:
        names[value].append(name)
    if len(names) < 2:  # noqa: PLR2004 - all the same
        return ""
    told = (f"{'none' if value is None else f'{value!s:.40}'} in {_and(who)}" for value, who in names.items())
    return f"{what} {', '.join(told)}"


def _suite(runs: Sequence[StudyRun], same: Collection[ItemKey], kept: Collection[str]) -> list[str]:
    """What the runs do not all ask with the same prompt, and the domains that are left out for it."""
    every = list(dict.fromkeys(key for run in runs for key in run.measurements.prompts))
    others = [str(key) for key in every if key not in same]
    if not others:
        return []
    more = f" and {len(others) - _LISTED} more" if len(others) > _LISTED else ""
    listed = f"{', '.join(others[:_LISTED])}{more}"
    clauses = [f"suites ({len(others)} of {len(every)} items are not in all runs with the same prompt: {listed})"]
    gone = [domain for domain in dict.fromkeys(key.domain for key in every) if domain not in kept]
    return [*clauses, f"domains ({_and(gone)} cannot be compared)"] if gone else clauses


def _and(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
