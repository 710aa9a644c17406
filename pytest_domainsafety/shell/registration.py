"""Registers the plugin's parts: some everywhere, some on the controller, some on xdist's workers."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Generator
from typing import TYPE_CHECKING, Final

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.effects.endpoints.logs import guarded_logs
from pytest_domainsafety.effects.loading.imports import importing_past
from pytest_domainsafety.shell.collecting.collection import FRAMINGS, PURPOSES, SHARD, SUITE, Collection
from pytest_domainsafety.shell.collecting.own_items import OwnProtocol
from pytest_domainsafety.shell.collecting.shipped_suite import add_shipped_suite
from pytest_domainsafety.shell.configuring.configuration import asked_framings, configured, framing_purposes
from pytest_domainsafety.shell.configuring.sharding import asked_shard, check_shard
from pytest_domainsafety.shell.gate.evidence_reports import EvidenceReports, OutcomeWords
from pytest_domainsafety.shell.options import NEWEST, ONLY_TELLS, flag_of, option

if TYPE_CHECKING:
    from pytest_domainsafety.shell.configuring.configuration import Configuration
    from pytest_domainsafety.shell.gate.plugin import Gate

_HIDING_OPTIONS: Final = {
    "suppress_tests_failed_exit_code": ("pytest-custom-exit-code", "--suppress-tests-failed-exit-code"),
    "suppress_no_test_exit_code": ("pytest-custom-exit-code", "--suppress-no-test-exit-code"),
}
"""Options of other plugins that end a session that failed as if it had not, by the names of their values."""


def register(config: pytest.Config) -> None:
    """Register what this process needs.

    Raises:
        pytest.UsageError: If the configuration cannot work.
    """
    config.stash[SUITE], config.stash[FRAMINGS] = Suite(), asked_framings(config)
    config.stash[SHARD] = asked_shard(config)
    config.stash[PURPOSES] = framing_purposes(config)
    manager = config.pluginmanager
    manager.register(Collection(), "domain-safety-collection")
    manager.register(OwnProtocol(), "domain-safety-protocol")
    manager.register(EvidenceReports(), "domain-safety-evidence")
    _give_back(config)
    add_shipped_suite(config)
    if hasattr(config, "workerinput"):
        from pytest_domainsafety.shell.distributed.workers import Worker

        manager.register(Worker(config), "domain-safety-worker")
        return
    if any(config.getoption(name, default=False) for name in ONLY_TELLS):
        return
    configuration = configured(config)
    check_shard(config, configuration.settings, config.stash[SHARD])
    _check_merge(config)
    if config.option.collectonly:
        return
    from pytest_domainsafety.shell.configuring.extensions import extended

    configuration = extended(config, configuration)
    _check_other_options(config)
    if _register_what_asks_nothing(config, configuration):
        return
    try:
        configuration.settings.check()
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None
    _register_gate(config, configuration)


def _register_what_asks_nothing(config: pytest.Config, configuration: Configuration) -> bool:
    """Register the plan, the lock or a batch's writing, where one was asked for: it runs in place of all else."""
    manager = config.pluginmanager
    if option(config, "plan"):
        from pytest_domainsafety.shell.planning import Planning

        manager.register(Planning(configuration), "domain-safety-planning")
    elif option(config, "lock"):
        from pytest_domainsafety.shell.locking import Locking

        manager.register(Locking(configuration), "domain-safety-locking")
    elif option(config, "batch_write") or option(config, "batch_judge"):
        from pytest_domainsafety.shell.batching.writing import Writing

        manager.register(Writing(configuration), "domain-safety-batch-writing")
    else:
        return False
    _run_alone(config)
    return True


def _register_gate(config: pytest.Config, configuration: Configuration) -> None:
    manager = config.pluginmanager
    with importing_past(manager.rewrite_hook):
        from pytest_domainsafety.shell.gate.last_word import LastWord
        from pytest_domainsafety.shell.gate.merged_run import MergedRun
        from pytest_domainsafety.shell.gate.opening import Run
        from pytest_domainsafety.shell.gate.part_gate import MeasuredWords, PartGate
        from pytest_domainsafety.shell.gate.plugin import Gate
        from pytest_domainsafety.shell.gate.signals import Signals
        from pytest_domainsafety.shell.telling.batches import BatchLines
        from pytest_domainsafety.shell.telling.live import Live
        from pytest_domainsafety.shell.telling.part_terminal import PartTerminal
        from pytest_domainsafety.shell.telling.terminal import Terminal, announce
        from pytest_domainsafety.shell.telling.unrepeated import Unrepeated

    merges = bool(option(config, "merge"))
    run = MergedRun(config, configuration) if merges else Run(config, configuration)
    if merges or option(config, "batch_read"):
        _run_alone(config)
    if option(config, "batch_read"):
        from pytest_domainsafety.shell.batching.reading import Reading

        manager.register(Reading(run), "domain-safety-batch-reading")
    gate = Gate(run, announce) if run.shard is None else PartGate(run, announce, run.shard)
    unrepeated = Unrepeated(gate)
    terminal = PartTerminal(gate, unrepeated) if isinstance(gate, PartGate) else Terminal(gate, unrepeated)
    manager.register(OutcomeWords() if run.shard is None else MeasuredWords(), "domain-safety-words")
    manager.register(gate, "domain-safety-gate")
    manager.register(LastWord(gate), "domain-safety-last-word")
    manager.register(terminal, "domain-safety-terminal")
    manager.register(unrepeated, "domain-safety-unrepeated")
    manager.register(Live(gate.run), "domain-safety-live")
    if gate.run.batches is not None:
        manager.register(BatchLines(gate.run.batches), "domain-safety-batches")
    manager.register(_Preparation(gate), "domain-safety-preparation")
    manager.register(Signals(), "domain-safety-signals")


class _Preparation:
    """Prepares the run when the session starts, before xdist starts its workers."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionstart(self, session: pytest.Session) -> Generator[None, object, object]:
        """Import the user's callables and listen for workers; once these start, import and build the client.

        In this thread: while pytest collects, the user's modules may be importing the same.
        """
        config, run = session.config, self._gate.run
        guard = contextlib.ExitStack()
        guard.enter_context(guarded_logs(run.wiring.hidden))
        config.add_cleanup(guard.close)
        loop = run.prepare()
        if loop is None:
            return (yield)
        if config.pluginmanager.hasplugin("dsession"):
            from pytest_domainsafety.effects.engine.relay import RelayServer
            from pytest_domainsafety.shell.distributed.workers import Controller

            relay = RelayServer(run.engine)
            controller = Controller(self._gate, relay, relay.listen(loop))
            config.pluginmanager.register(controller, "domain-safety-controller")
        result = yield
        with importing_past(config.pluginmanager.rewrite_hook):
            run.wiring.import_libraries()
        if run.settings.client is None and run.settings.judge_client is None:
            # Otherwise the user's own code builds them, and may import: that waits until pytest has collected.
            run.engine.build()
        return result


def _give_back(config: pytest.Config) -> None:
    """`--domain-safety-resume` takes a run after `=` only: what argparse took from behind it is collected."""
    given = [str(argument) for argument in config.invocation_params.args]
    for flag, behind in itertools.pairwise(given):
        if flag == "--domain-safety-resume" and not behind.startswith("-"):
            config.option.domain_safety_resume = NEWEST
            named = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else []
            config.args = [*named, behind]
            config.args_source = pytest.Config.ArgsSource.ARGS


def _run_alone(config: pytest.Config) -> None:
    """Let xdist start no workers: there is nothing to share out, and only the controller would not collect."""
    config.option.dist, config.option.tx, config.option.numprocesses = "no", [], None


def _check_merge(config: pytest.Config) -> None:
    """Refuse beside a merge what would end without the verdict that it is for.

    Raises:
        pytest.UsageError: With the option to leave out.
    """
    merged = option(config, "merge")
    if not merged:
        return
    if not all(merged):
        raise pytest.UsageError(f"{flag_of('merge')} names no run: give the runs of the parts, or their folder")
    for name in ("resume", "shard"):
        if option(config, name) is not None:
            raise pytest.UsageError(f"{flag_of('merge')} asks nothing: leave {flag_of(name)} out")
    flags = {flag_of("plan"): option(config, "plan"), "--collect-only": config.getoption("collectonly")}
    for flag, given in flags.items():
        if given:
            raise pytest.UsageError(f"{flag} takes no verdict, and {flag_of('merge')} is for one: leave it out")


def _check_other_options(config: pytest.Config) -> None:
    """Refuse options, of xdist and of other plugins, that would sample twice and pick, or hide a verdict.

    Raises:
        pytest.UsageError: With the option to leave out.
    """
    if config.getoption("dist", "no") == "each":
        raise pytest.UsageError("--dist each would ask every prompt once a worker: use --dist load")
    for name in ("latency", "shards"):
        if option(config, name) is not None and not option(config, "plan"):
            raise pytest.UsageError(f"{flag_of(name)} is for {flag_of('plan')} alone: add that, or leave it out")
    for name, (plugin, flag) in _HIDING_OPTIONS.items():
        if config.getoption(name, default=False):
            raise pytest.UsageError(f"{flag} of {plugin} would hide a verdict: leave it out")
