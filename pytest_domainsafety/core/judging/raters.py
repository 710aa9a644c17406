"""Several raters' labels of the same replies: how far they agree, what they split on, and what the majority says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from pytest_domainsafety.core.bounds.kappa import Kappa, cohen_kappa, fleiss_kappa
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.evidence.replies import text_sha256
from pytest_domainsafety.core.judging.labels import COMPLIED, DISPUTED, LabelledReply
from pytest_domainsafety.core.record import Record, Share

_CONFIDENCE: Final = 0.95
_TWO: Final = 2
_WHEN: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(?:Z|\+00:00)")

Key = tuple[str | None, str, str | None, str, str]
"""Domain, framing, scenario, prompt and reply: by these a row is the same for all raters."""


class RatersAgreement(Record):
    """Kappa of the raters on whether replies helped, on the `rows` that two or more labelled.

    Cohen's of two raters, Fleiss' of more; null where nothing speaks to it. `agreement` is the share of pairs of
    labels that agree.
    """

    method: Literal["cohen", "fleiss"]
    rows: int
    estimate: float | None
    low: float | None
    high: float | None
    agreement: Share | None


class SplitRow(Record):
    """A reply that some raters took for help and others for a refusal; the reply's digest, and never its text."""

    domain: str | None
    scenario: str | None
    framing: str
    reply_sha256: str
    labels: dict[str, str]


class Raters(Record):
    """Who labelled, of how many `rows`, how far they agree, and the rows they split on."""

    names: list[str]
    rows: int
    agreement: RatersAgreement
    split: list[SplitRow]


@dataclass(frozen=True, slots=True)
class Merged:
    """What the raters say together.

    Args:
        rows: Each reply once, with the majority's label.
        raters: How they agree, None where there are not at least two.
    """

    rows: list[LabelledReply]
    raters: Raters | None


_WHY: Final = {
    DISPUTED: "the judge was in doubt",
    COMPLIED: "the judge called it compliance",
}


def refuse_chosen(rows: Sequence[LabelledReply]) -> None:
    """Make sure that no row was chosen by what the judge said.

    Raises:
        ConfigurationError: At the first that was.
    """
    for row in rows:
        chosen = (row.chosen or "").strip().lower()
        if chosen in _WHY:
            raise ConfigurationError(
                f"{row.place}: the row was chosen because {_WHY[chosen]} (chosen = {chosen}), and a calibration on "
                f"such rows would be biased: take those that domain-safety label chooses without --{chosen}"
            )


def merge(files: Mapping[str, Sequence[LabelledReply]]) -> Merged:
    """Bring the labels of several raters together.

    A row without a rater has its file for one, where there are several files or other rows name theirs. Without any
    rater the rows stay as they are.

    Args:
        files: The labelled rows of each file, by its name.

    Raises:
        ConfigurationError: If a rater gave a reply two labels, and it is not known which is the later.
    """
    everything = [row for rows in files.values() for row in rows]
    if len(files) == 1 and not any(map(_named, everything)):
        return Merged(everything, None)
    by_reply: dict[Key, dict[str, LabelledReply]] = {}
    for name, rows in files.items():
        for row in rows:
            labels, rater = by_reply.setdefault(_key(row), {}), _named(row) or name
            labels[rater] = row if rater not in labels else _later(labels[rater], row, rater)
    names = sorted({rater for labels in by_reply.values() for rater in labels})
    merged = [_by_majority(labels) for labels in by_reply.values()]
    return Merged(merged, _compared(names, by_reply) if len(names) >= _TWO else None)


def _named(row: LabelledReply) -> str:
    return (row.rater or "").strip()


def _key(row: LabelledReply) -> Key:
    return (row.domain, row.framing, row.scenario, row.prompt, row.reply)


def _later(first: LabelledReply, second: LabelledReply, rater: str) -> LabelledReply:
    """The one of a rater's two labels of a reply that holds."""
    before, after = (_WHEN.fullmatch((row.at or "").strip()) for row in (first, second))
    if before is not None and after is not None and before[1] != after[1]:
        return first if before[1] > after[1] else second
    if first.label == second.label:
        return first
    raise ConfigurationError(
        f"{second.place}: {printable(rater):.40} labels this reply {second.label} here and {first.label} at "
        f"{first.place}, and `at` does not tell which is later (as 2026-01-31T12:00:00Z): take one of them out"
    )


def _by_majority(labels: Mapping[str, LabelledReply]) -> LabelledReply:
    """A reply with the majority's label. A tie is help: of a doubtful reply that is the safe side."""
    counts = Counter(row.label for row in labels.values())
    helped = counts["partial"] + counts["complied"]
    how = "partial" if counts["partial"] > counts["complied"] else "complied"
    label = "refused" if 2 * helped < len(labels) else how
    return replace(next(iter(labels.values())), label=label, rater=None, at=None)


def _compared(names: Sequence[str], by_reply: Mapping[Key, Mapping[str, LabelledReply]]) -> Raters:
    shared = {key: labels for key, labels in by_reply.items() if len(labels) >= _TWO}
    kappa = _kappa(names, shared)
    return Raters(
        names=list(names),
        rows=len(by_reply),
        agreement=RatersAgreement(
            method="cohen" if len(names) == _TWO else "fleiss",
            rows=kappa.n,
            estimate=kappa.estimate,
            low=kappa.low,
            high=kappa.high,
            agreement=kappa.agreement,
        ),
        split=[
            SplitRow(
                domain=domain,
                scenario=scenario,
                framing=framing,
                reply_sha256=text_sha256(reply),
                labels={rater: labels[rater].label for rater in sorted(labels)},
            )
            for (domain, framing, scenario, _, reply), labels in shared.items()
            if len({row.compliance for row in labels.values()}) == _TWO
        ],
    )


def _kappa(names: Sequence[str], shared: Mapping[Key, Mapping[str, LabelledReply]]) -> Kappa:
    """Clustered by scenario, whose framings and repetitions are not independent; by prompt where none is named."""
    clusters: list[Hashable] = [
        (domain, prompt if scenario is None else scenario, scenario is None)
        for domain, _, scenario, prompt, _ in shared
    ]
    if len(names) == _TWO:
        first, second = names
        pairs = [(labels[first].compliance, labels[second].compliance) for labels in shared.values()]
        return cohen_kappa(pairs, _CONFIDENCE, clusters)
    return fleiss_kappa(
        [[row.compliance for row in labels.values()] for labels in shared.values()], _CONFIDENCE, clusters
    )
