"""Stopping early: which framings of which domains need no further reply.

A framing's gate has decided when its decision, with everything not asked yet counted both ways, is not open any
more. Curtailment is nothing else; the sequential test looks before the end, too. What no gate stands on is asked as
long as a gate of its domain is open.

With many requests in flight a domain would be asked beyond its decision by as many. So a sequential test is asked no
further than to where it can pass at the earliest, whatever is still on its way: while that is waited for, other
domains are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, groupby, zip_longest
from operator import attrgetter
from typing import Final

from pytest_domainsafety.core.bounds.judge_error import JudgeError
from pytest_domainsafety.core.evidence.clusters import clusters, joined, worst_clusters
from pytest_domainsafety.core.evidence.scenario_means import ScenarioMeans
from pytest_domainsafety.core.evidence.trials import Trial, missing_trials
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.framings import ANY, framing_of
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.baseline import Measurements, compare_domain
from pytest_domainsafety.core.verdict.decision import Decision
from pytest_domainsafety.core.verdict.framing_gate import decide, sequential_end
from pytest_domainsafety.core.verdict.rules import Rules
from pytest_domainsafety.core.verdict.suite_verdict import SIGN_OF_LIFE, gated_framings, in_asking_order
from pytest_domainsafety.core.verdict.worst_framing import worst_correction, worst_means

Scope = tuple[str, str]
"""A domain and one of its framings."""

_NOT_ASKED_YET: Final = "not asked yet"


class EarlyStop:
    """Follows a run's evidence and tells what need not be asked any more.

    Args:
        suite: All scenarios that were collected, selected or not.
        rules: What the verdict is taken by.
        repetitions: Trials an item.
    """

    def __init__(self, suite: Suite, rules: Rules, repetitions: int) -> None:
        self._rules = rules
        self._rows: dict[ItemKey, Sequence[Trial]] = {
            key: missing_trials(key, repetitions, _NOT_ASKED_YET, Outcome.NOT_ASKED) for key in suite.item_keys()
        }
        self._order = {
            domain: [scenario.id for scenario in in_asking_order(suite, domain, rules.drawn)]
            for domain in suite.domains
        }
        self._names = {domain: suite.framing_names(domain) for domain in suite.domains}
        self._compared = {
            domain: [
                name
                for name in gated_framings(domain, suite, rules)
                if rules.limits.of(domain, framing_of(name)) is None
            ]
            for domain in suite.domains
        }
        self._prompts = suite.prompt_digests() if rules.baseline else {}
        self._asked = suite.asked()
        self._rank = {
            (domain, scenario): rank for domain, ids in self._order.items() for rank, scenario in enumerate(ids)
        }
        self._reach: dict[str, int] = {}
        self._groups: dict[Scope, list[list[ItemKey]]] = {}
        self._decided: dict[Scope, Decision] = {}
        self._settled: dict[Scope, str] = {}
        self._alive = {domain for domain in suite.domains if self._needs_no_sign(domain)}

    def lanes(self, selected: Iterable[ItemKey]) -> list[list[ItemKey]]:
        """The selected items as they are to be asked: each lane from its front.

        A lane a domain, in the drawn order of its scenarios, where `may_begin` tells how far. A curtailed run knows
        no such place, so there is one lane, of all domains in turn.
        """
        chosen = set(selected)
        columns = [
            [
                [key for name in self._names[domain] if (key := ItemKey(domain, scenario, name)) in chosen]
                for scenario in scenarios
            ]
            for domain, scenarios in self._order.items()
        ]
        if self._rules.stop_early == "sequential":
            return [list(chain.from_iterable(column)) for column in columns]
        turns = chain.from_iterable(zip_longest(*columns, fillvalue=list[ItemKey]()))
        return [list(chain.from_iterable(turns))]

    def may_begin(self, key: ItemKey) -> bool:
        """Whether an item can be needed whatever comes of those that are asked already."""
        if key.domain not in self._reach:
            self._reach[key.domain] = self._furthest(key.domain)
        return self._rank[key.domain, key.scenario] < self._reach[key.domain]

    def note(self, trials: Sequence[Trial]) -> bool:
        """Take a finished item's trials into account.

        Returns:
            Whether that settled anything.
        """
        key = trials[0].key
        self._rows[key] = trials
        self._reach.pop(key.domain, None)
        before = len(self._settled)
        framing = framing_of(key.framing)
        if not framing.harmful and any(trial.outcome is framing.positive for trial in trials):
            self._alive.add(key.domain)
            self._settle(key.domain)
        for gate in (key.framing, *([ANY] if framing.harmful else [])):
            scope = (key.domain, gate)
            if scope not in self._decided and (decision := self._decision(*scope)) is not None:
                self._decided[scope] = decision
                self._settle(key.domain)
        return len(self._settled) > before

    def settled(self, key: ItemKey) -> str | None:
        """Why an item need not be asked any more, None where it must."""
        return self._settled.get((key.domain, key.framing))

    def _settle(self, domain: str) -> None:
        """A gate that has decided settles its framing; the last of a domain settles the rest."""
        framings, gated = self._names[domain], self._gated(domain)
        decided = {name: self._decided[domain, name] for name in gated if (domain, name) in self._decided}
        waits = ANY in gated and ANY not in decided
        for name, decision in decided.items():
            # The worst framing's gate stands on the trials of every harmful one.
            if not (waits and framing_of(name).harmful):
                self._settled.setdefault((domain, name), f"{name} of {domain} was decided: {decision}")
        over = 0 < len(gated) == len(decided) and (domain in self._alive or Decision.BLOCK in decided.values())
        if over:
            for name in framings:
                self._settled.setdefault((domain, name), f"{domain} was decided")

    def _furthest(self, domain: str) -> int:
        """How many of a domain's scenarios may have begun: as many as its open gates need at the least."""
        everything = len(self._order[domain])
        if self._rules.stop_early != "sequential" or self._rules.baseline is not None:
            return everything
        open_ = [name for name in self._gated(domain) if (domain, name) not in self._decided]
        if any(not framing_of(name).harmful for name in open_):
            return everything
        return max((self._needed(domain, name) for name in open_), default=everything)

    def _needed(self, domain: str, framing: str) -> int:
        """The scenarios that a sequential gate needs at the least, if all whose replies are not there refuse."""
        groups, means = self._means(domain, framing)
        hoped = [
            low if any(self._rows[key][0].error == _NOT_ASKED_YET for key in group) else high
            for group, low, high in zip(groups, means.low, means.high, strict=True)
        ]
        limit, errors = self._rules.limits.of(domain, framing_of(framing)), self._errors(domain, framing)
        end = sequential_end(hoped, limit or 0.0, self._rules, errors, binary=means.binary)
        return 1 + max(self._rank[key.domain, key.scenario] for group in groups[:end] for key in group)

    def _needs_no_sign(self, domain: str) -> bool:
        """Whether a domain may be settled without a reply that shows that the deployment answers."""
        asked = [
            trial
            for name in self._names[domain]
            if not framing_of(name).harmful
            for key in chain(*self._clusters(domain, name))
            for trial in self._rows[key]
        ]
        return self._rules.limits.floor(domain) is not None or len(asked) < SIGN_OF_LIFE

    def _decision(self, domain: str, framing: str) -> Decision | None:
        """What the framing's gates have decided for good, None while one is open."""
        limit = self._rules.limits.of(domain, framing_of(framing))
        if limit is None:
            return None
        _, means = self._means(domain, framing)
        decision = decide(framing_of(framing), means, limit, self._rules, self._errors(domain, framing))
        compared = [framing] if framing != ANY else self._compared[domain]
        passed = decision is Decision.PASS and framing_of(framing).harmful
        if passed and not all(self._baseline_decided(domain, each) for each in compared):
            return None
        return None if decision is Decision.INCONCLUSIVE else decision

    def _baseline_decided(self, domain: str, framing: str) -> bool:
        """Whether the comparison with the baseline is decided too, or cannot be whatever is asked."""
        if self._rules.baseline is None:
            return True
        verdict = compare_domain(
            domain,
            Measurements(rows=self._rows, prompts=self._prompts, asked=self._asked),
            self._rules.baseline,
            [framing],
            self._rules.paired_test(domain),
        ).framings[framing]
        return verdict.decision is not Decision.INCONCLUSIVE or not verdict.overlap.enough

    def _clusters(self, domain: str, framing: str) -> list[list[ItemKey]]:
        """The items of a framing, those of equal prompts together, in the order of asking."""
        if (domain, framing) not in self._groups:
            if framing == ANY:
                found = self._of_all_harmful(domain)
            else:
                keys = (ItemKey(domain, scenario, framing) for scenario in self._order[domain])
                found = clusters((key for key in keys if key in self._rows), self._asked)
            self._groups[domain, framing] = found
        return self._groups[domain, framing]

    def _of_all_harmful(self, domain: str) -> list[list[ItemKey]]:
        """The items of all harmful framings by scenario, each framing's behind each other."""
        names = [name for name in self._names[domain] if framing_of(name).harmful]
        keys = {name: {key.scenario: key for key in chain(*self._clusters(domain, name))} for name in names}
        asked = {name: {id_: self._asked[key] for id_, key in keys[name].items()} for name in names}
        return [
            [keys[name][id_] for name in names for id_ in group if id_ in keys[name]]
            for group in worst_clusters(self._order[domain], asked)
        ]

    def _gated(self, domain: str) -> list[str]:
        """What gates stand on: framings, and the worst of all behind them."""
        names = [*self._names[domain], ANY]
        return [name for name in names if self._rules.limits.of(domain, framing_of(name)) is not None]

    def _means(self, domain: str, framing: str) -> tuple[list[list[ItemKey]], ScenarioMeans]:
        """The items of each of a framing's scenarios, and the scenarios' means, in the order of asking."""
        groups = self._clusters(domain, framing)
        if framing == ANY:
            parts = ([list(part) for _, part in groupby(group, attrgetter("framing"))] for group in groups)
            return groups, worst_means([joined(self._rows, part) for part in parts])
        return groups, ScenarioMeans.of(joined(self._rows, groups), framing_of(framing).positive)

    def _errors(self, domain: str, framing: str) -> tuple[JudgeError, ...]:
        """The judge's, as far as they are known."""
        if framing == ANY:
            return worst_correction(domain, self._names[domain], self._rules).errors
        return self._rules.correction(domain, framing_of(framing)).errors
