"""Scenario files as test items: file > domain > scenario[framing]."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol, cast

import pytest

from pytest_domainsafety.core.evidence.trials import Trial, item_outcome, without_words
from pytest_domainsafety.core.outcome import MEASURED
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.located import ScenarioError
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.shards import Shard, scenarios_of
from pytest_domainsafety.core.suite.shipped_suite import subset
from pytest_domainsafety.core.suite.suite import AskedFramings, Suite, duplicate_id
from pytest_domainsafety.effects.files.scenario_files import is_scenario_file, load
from pytest_domainsafety.shell.collecting.own_items import OwnItem, settle_hooks
from pytest_domainsafety.shell.collecting.passed_over import passed_over
from pytest_domainsafety.shell.collecting.shipped_suite import is_left_out, place_of, shipped_files, wanted_suite

SUITE: Final = pytest.StashKey[Suite]()
"""All scenarios that were collected with their files."""


_MARK: Final = pytest.mark.domain_safety
"""One for all items."""


class TrialSource(Protocol):
    """Where items take their trials from: the engine, or a worker's way to it."""

    def take(self, key: ItemKey) -> list[Trial]:
        """Wait for an item's trials."""
        ...


SOURCE: Final = pytest.StashKey[TrialSource]()


FRAMINGS: Final = pytest.StashKey[AskedFramings | None]()
"""Those that are asked, None for all."""


SHARD: Final = pytest.StashKey[Shard | None]()
"""The part of the suite that is measured, None for all."""


PURPOSES: Final = pytest.StashKey[Mapping[str, str]]()
"""Of framings of the project's own, what prompts in them do."""


def asked_suite(config: pytest.Config) -> Suite:
    """The collected suite with the framings that are asked."""
    return config.stash[SUITE].asking(config.stash[FRAMINGS])


class Collection:
    """Collects scenario files, on workers too."""

    def __init__(self) -> None:
        self._collected: set[Path] = set()

    @pytest.hookimpl
    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect a file whose name says that it holds scenarios."""
        if not is_scenario_file(file_path) or is_left_out(parent.config, file_path):
            return None
        self._collected.add(file_path.resolve())
        if (place := place_of(file_path)) is not None:
            return ShippedFile.from_parent(parent, path=file_path, nodeid=place)
        return SafetyFile.from_parent(parent, path=file_path)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session) -> None:
        """Let enter what pytest was told to collect and did not: all of the shipped suite, and of the user's files.

        Node ids and `--lf` leave files out, and so do plugins that know which have changed. What is left out counts
        as not selected: no part of the suite may pass for all.
        """
        config = session.config
        entered = set(config.stash[SUITE].sources.values())
        shipped = ((path, f"{place_of(path)}") for path in shipped_files(config))
        files: list[SafetyFile] = [
            ShippedFile.from_parent(session, path=path, nodeid=place)
            for path, place in shipped
            if str(path) not in entered
        ]
        files += [SafetyFile.from_parent(session, path=path) for path in passed_over(session, self._collected)]
        for file in files:
            report = _entered(file)
            if report is not None:
                session.ihook.pytest_collectreport(report=report)
        _leave_out(session)
        _keep_shard(session)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Put the measurement before everything else, however other plugins have ordered the items.

        What an ordinary test records, mocks, blocks or freezes holds for the whole process.
        """
        session.items.sort(key=lambda item: not isinstance(item, SafetyItem))
        settle_hooks(session.items)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Let a file enter that `--lf` passes over, since nothing failed in it: its domains would be left out."""
        report = yield
        if isinstance(collector, SafetyFile) and not collector.entered:
            return _entered(collector) or report
        return report


def _leave_out(session: pytest.Session) -> None:
    """Keep the items that are asked, now that all is known that a part of a framing is chosen from.

    What is left out on purpose is not deselected either: it was never an item.
    """
    if session.config.stash[FRAMINGS] is None:
        return
    asked = set(asked_suite(session.config).item_keys())
    kept = [item for item in session.items if not isinstance(item, SafetyItem) or item.key in asked]
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter._numcollected -= len(session.items) - len(kept)  # noqa: SLF001 - what it tells to be collected
    session.items[:] = kept


def _keep_shard(session: pytest.Session) -> None:
    """Keep the items of the part that is measured; those of the others are deselected."""
    shard = session.config.stash[SHARD]
    if shard is None:
        return
    own = scenarios_of(asked_suite(session.config), shard)
    others = [
        item
        for item in session.items
        if isinstance(item, SafetyItem) and (item.key.domain, item.key.scenario) not in own
    ]
    if others:
        session.config.hook.pytest_deselected(items=others)
        gone = set(others)
        session.items[:] = [item for item in session.items if item not in gone]


def _entered(file: SafetyFile) -> pytest.CollectReport | None:
    """Let a file enter that is not collected; the report of its mistake, if it has one."""
    try:
        file.enter()
    except file.CollectError as error:
        return pytest.CollectReport(file.nodeid, "failed", longrepr=f"{error}", result=None)
    return None


class SafetyFile(pytest.File):
    """A scenario file."""

    entered = False

    @property
    def place(self) -> str:
        """What the file is called in reports."""
        return _relative(self.path, self.config.rootpath)

    def load(self) -> list[Scenario]:
        """The scenarios in the file.

        Raises:
            ScenarioError: At the first mistake.
        """
        return load(self.path, self.config.stash[PURPOSES])

    def collect(self) -> Iterator[pytest.Collector]:
        """The domains in the file."""
        scenarios = self.enter()
        for domain in dict.fromkeys(scenario.domain for scenario in scenarios):
            yield SafetyDomain.from_parent(
                self,
                name=domain,
                scenarios=[scenario for scenario in scenarios if scenario.domain == domain],
            )

    def enter(self) -> list[Scenario]:
        """Let the file's scenarios enter the suite, whether they will be selected or not.

        Raises:
            CollectError: In one line, at the first mistake.
        """
        self.entered = True
        try:
            scenarios = self.load()
            self._add(scenarios)
        except ScenarioError as error:
            raise self.CollectError(f"{self.place}:{error.line}: {error}") from None
        return scenarios

    def _add(self, scenarios: list[Scenario]) -> None:
        suite, place = self.config.stash[SUITE], self.place
        here: set[tuple[str, str]] = set()
        for scenario in scenarios:
            name = (scenario.domain, scenario.id)
            other = (
                (place, suite.scenarios[name].line) if name in here else suite.add(scenario, place, str(self.path))
            )
            if other is not None:
                raise ScenarioError(scenario.line, duplicate_id(scenario, other))
            here.add(name)


class ShippedFile(SafetyFile):
    """A file of the suite shipped in the package: of a subset only that is collected."""

    @property
    def place(self) -> str:
        """The same wherever the package lies."""
        return self.nodeid

    def load(self) -> list[Scenario]:
        """The scenarios that are wanted."""
        wanted = wanted_suite(self.config)
        return subset(super().load(), None if wanted is None else wanted.most)


class SafetyDomain(pytest.Collector):
    """A domain of a file, so that a bare node id tells it."""

    def __init__(self, *, scenarios: list[Scenario], **kwargs: Any) -> None:  # noqa: ANN401 - pytest's own
        super().__init__(**kwargs)
        self._scenarios = scenarios
        self.relative: str | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each scenario and framing."""
        for scenario in self._scenarios:
            for framing in scenario.prompts:
                name = f"{scenario.id}[{framing}]"
                # Given as text the id is read as pytest reads it from a command line or a cache, brackets apart.
                nodeid = f"{self.nodeid}::{name}"
                yield SafetyItem.from_parent(self, name=name, nodeid=nodeid, scenario=scenario, framing=framing)


class SafetyItem(OwnItem):
    """A scenario in one framing: a measurement, that never fails because of what was measured."""

    def __init__(self, *, scenario: Scenario, framing: str, **kwargs: Any) -> None:  # noqa: ANN401 - pytest's own
        super().__init__(**kwargs)
        self.key = ItemKey(scenario.domain, scenario.id, framing)
        self.trials: list[Trial] | None = None
        self.reported: Mapping[str, Any] | None = None
        self._line = scenario.line
        self.add_marker(_MARK)

    def runtest(self) -> None:
        """Wait for the trials; without a measurement the item is skipped."""
        self.trials = self.config.stash[SOURCE].take(self.key)
        outcome = item_outcome(trial.outcome for trial in self.trials)
        if outcome not in MEASURED:
            first = next(trial for trial in self.trials if trial.outcome is outcome)
            reason, _ = without_words(first.error or "")  # what a server says differs, and would not fold
            pytest.skip(f"{outcome.value.replace('_', ' ')}: {reason}")

    @cached_property
    def location(self) -> tuple[str, int | None, str]:
        """As pytest has it; where the file lies it finds out once for all items of a domain."""
        domain = cast("SafetyDomain", self.parent)
        if domain.relative is None:
            domain.relative, _, _ = super().location
        return domain.relative, self._line - 1, self.name

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """The scenario's place in its file; pytest counts lines from 0."""
        return self.path, self._line - 1, self.name


def _relative(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix() if path.is_relative_to(root) else str(path)
