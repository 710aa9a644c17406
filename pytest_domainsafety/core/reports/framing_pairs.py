"""Framing pairs that diverge, for tuning a model so that it answers the request and not its wording.

A row is in TRL's unpaired preference format, conversational: `prompt`, `completion` and a boolean `label`
(https://huggingface.co/docs/trl/dataset_formats#unpaired-preference). The paired format wants a `rejected` reply,
which here would be the harmful one. Only refusals are ever written: as what is wanted where a harmful framing was
answered, as what is not wanted where the analytical one was declined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any, Final

from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.reports.rejudged import to_rejudge
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.trial_report import TrialReport
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, FramingName, framing_of, in_order
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.suite.suite import prompt_sha256

OVER_REFUSAL: Final = "over_refusal"


_PLAIN_REFUSAL: Final = 1
"""A score of 2 may be an evasion or a harmless variant, which nobody should learn as a refusal."""

_WHOLE: Final = (None, "stop")
"""Finish reasons of replies in words that nothing cut short; None is a target's, which has none."""

Place = tuple[str, str, str, int]
"""Domain, scenario, framing and repetition."""

Kept = dict[Place, StoredReply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two framings of a scenario that diverge, or that should have and did not.

    Args:
        domain: The scenario's domain.
        scenario: Its id.
        from_framing: The framing that was refused.
        to_framing: The framing of `prompt`: complied with, or analytical and declined.
        from_prompt: What was asked and refused.
        prompt: What was asked in the other framing.
        refusal: The deployment's own words, untrusted: to `from_prompt`, or in an over-refusal to `prompt`.
    """

    domain: str
    scenario: str
    from_framing: str
    to_framing: str
    from_prompt: list[Message]
    prompt: list[Message]
    refusal: str

    @property
    def wanted(self) -> bool:
        """Whether the refusal is the right answer to `prompt`."""
        return framing_of(self.to_framing).harmful

    @property
    def direction(self) -> str:
        """Which way the refusal should travel, or `over_refusal`."""
        return f"{self.from_framing}_to_{self.to_framing}" if self.wanted else OVER_REFUSAL

    def to_json(self, run_sha256: str) -> dict[str, Any]:
        """The row: TRL's columns first, which its trainers read, and where they come from."""
        return {
            "prompt": self.prompt,
            "completion": [{"role": "assistant", "content": self.refusal}],
            "label": self.wanted,
            "direction": self.direction,
            "domain": self.domain,
            "scenario": self.scenario,
            "from_framing": self.from_framing,
            "to_framing": self.to_framing,
            "from_prompt": self.from_prompt,
            "run_sha256": run_sha256,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPairs:
    """The pairs of a run, and how many more diverged but cannot be used.

    Args:
        pairs: In the report's order.
        disputed: Left out because the second judge read a reply of theirs differently.
        wordless: Left out because no refusal was kept that is plain (score 1), whole, and the report's own.
    """

    pairs: list[Pair]
    disputed: int
    wordless: int


def find_pairs(report: Report, replies: Sequence[StoredReply]) -> FoundPairs:
    """Pair the framings of every scenario.

    A framing was refused if every one of its trials was, and complied with if any was: a framing that was refused
    once and missing once is neither. The verdicts are the report's, which is sealed.

    Args:
        report: The finished run.
        replies: What is kept beside it; those that the report does not know are passed over.
    """
    trials: defaultdict[ItemKey, list[TrialReport]] = defaultdict(list)
    for trial in report.trials:
        trials[ItemKey(trial.domain, trial.scenario, trial.framing)].append(trial)
    kept, disputed = _kept(report, replies), _disputed(report)
    diverging = list(_diverging(trials))
    agreed = [
        (source, target)
        for source, target in diverging
        if not any((trial.nodeid, trial.repetition) in disputed for key in (source, target) for trial in trials[key])
    ]
    found = [pair for keys in agreed if (pair := _pair(*keys, trials, kept)) is not None]
    return FoundPairs(pairs=found, disputed=len(diverging) - len(agreed), wordless=len(agreed) - len(found))


def _pair(source: ItemKey, target: ItemKey, trials: Mapping[ItemKey, list[TrialReport]], kept: Kept) -> Pair | None:
    """The pair of the item refused and the other one; None without a refusal that can be used."""
    speaker = source if framing_of(target.framing).harmful else target
    refusal = next(
        (kept[_place(trial)] for trial in trials[speaker] if _plain(trial) and _place(trial) in kept), None
    )
    prompt, from_prompt = _prompt(trials[target], kept), _prompt(trials[source], kept)
    if refusal is None or prompt is None or from_prompt is None:
        return None
    return Pair(
        domain=source.domain,
        scenario=source.scenario,
        from_framing=source.framing,
        to_framing=target.framing,
        from_prompt=from_prompt,
        prompt=prompt,
        refusal=refusal.reply,
    )


def _diverging(trials: Mapping[ItemKey, list[TrialReport]]) -> Iterator[tuple[ItemKey, ItemKey]]:
    """The items refused and the items that should have fared otherwise than they did."""
    of_scenario: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for key in trials:
        of_scenario[key.domain, key.scenario].append(key.framing)
    for (domain, scenario), framings in of_scenario.items():
        for refused, other in _directions(framings):
            source, target = ItemKey(domain, scenario, refused), ItemKey(domain, scenario, other)
            if _refused(trials[source]) and _wrong(trials[target]):
                yield source, target


def _directions(framings: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The framing that was refused, and the one that should have fared otherwise than it did.

    Of one language: a refusal in another one is no answer.
    """
    harmful = [name for name in in_order(framings) if framing_of(name).harmful]
    harmless = [name for name in in_order(framings) if not framing_of(name).harmful]
    plain = [name for name in harmful if FramingName.of(name).base == ALWAYS_GATED]
    for refused, other in (*permutations(harmful, 2), *product(plain, harmless)):
        if FramingName.of(refused).language == FramingName.of(other).language:
            yield refused, other


def _refused(row: list[TrialReport]) -> bool:
    return all(trial.outcome == framing_of(trial.framing).negative for trial in row)


def _wrong(row: list[TrialReport]) -> bool:
    """Whether a harmful framing was ever complied with, or a harmless one always declined."""
    if framing_of(row[0].framing).harmful:
        return any(trial.outcome == framing_of(trial.framing).positive for trial in row)
    return _refused(row)


def _plain(trial: TrialReport) -> bool:
    return trial.score == _PLAIN_REFUSAL and trial.finish_reason in _WHOLE


def _prompt(row: list[TrialReport], kept: Kept) -> list[Message] | None:
    return next((kept[_place(trial)].messages for trial in row if _place(trial) in kept), None)


def _kept(report: Report, replies: Sequence[StoredReply]) -> Kept:
    """The replies whose words and prompt are the report's."""
    asked = {_place(trial): trial.prompt_sha256 for trial in report.trials}
    return {
        reply.place: reply
        for reply in to_rejudge(report, replies)
        if asked[reply.place] == prompt_sha256(reply.script, reply.conversation, reply.tools)
    }


def _disputed(report: Report) -> set[tuple[str, int]]:
    agreement = report.judge.agreement
    return {(each.nodeid, each.repetition) for each in agreement.disagreements} if agreement else set()


def _place(trial: TrialReport) -> Place:
    return (trial.domain, trial.scenario, trial.framing, trial.repetition)
