"""`--domain-safety-batch-write` and `-judge`: requests as files of a batch, in place of asking; no key is needed."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pytest_domainsafety.core.batch.manifest import FORMAT, Manifest
from pytest_domainsafety.core.batch.request_lines import CHAT, MOST_BYTES, MOST_LINES
from pytest_domainsafety.core.configuration.settings import PREFIX
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.evidence.failures import StoppedError
from pytest_domainsafety.effects.batches.folders import add_files, check_new, make_folder
from pytest_domainsafety.effects.batches.recorded import JUDGE, NotedRequests
from pytest_domainsafety.effects.batches.request_files import write_requests
from pytest_domainsafety.effects.endpoints.clients import import_libraries
from pytest_domainsafety.effects.runs.memory import MemoryRun
from pytest_domainsafety.shell.batching.asked import batch_identity, check_askable, items_of, lines_of
from pytest_domainsafety.shell.batching.opened import open_batch
from pytest_domainsafety.shell.collecting.collection import SUITE, SafetyItem
from pytest_domainsafety.shell.gate.opening import Run
from pytest_domainsafety.shell.options import option

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from pytest_domainsafety.core.evidence.stored_replies import StoredReply
    from pytest_domainsafety.core.evidence.trials import Trial
    from pytest_domainsafety.effects.engine.measure import Measurer
    from pytest_domainsafety.shell.configuring.configuration import Configuration

_REQUESTS: Final = "requests"


class Writing:
    """Writes requests in place of running anything.

    Args:
        configuration: What the user configured.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._said: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Write what was collected; pytest itself ends a session with collection errors."""
        config = session.config
        if session.testsfailed and not config.option.continue_on_collection_errors:
            return None
        try:
            self._configuration.settings.check()
            run = Run(config, self._configuration)
            if option(config, "batch_judge"):
                self._write_judge(session, run)
            else:
                self._write(session, run)
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        return True

    def _collect(self, session: pytest.Session, run: Run) -> None:
        """Check as a run does what was collected, without a key."""
        run.wiring.judges.read()
        run.read_baseline()
        items = [item.key for item in session.items if isinstance(item, SafetyItem)]
        run.collected(session.config.stash[SUITE], items)
        run.early_stop()
        check_askable(run)
        if not items:
            raise ConfigurationError("no item was selected, so there is nothing to write: give other arguments")

    def _write(self, session: pytest.Session, run: Run) -> None:
        folder = _place(session.config, "batch_write")
        check_new(folder)
        self._collect(session, run)
        tag, secret, limits = secrets.token_hex(4), secrets.token_hex(32), _limits(session.config)

        def fill(draft: Path) -> Manifest:
            files = write_requests(draft, _REQUESTS, lines_of(run, tag), **limits)
            return Manifest(
                format=FORMAT,
                tag=tag,
                secret=secret,
                written=datetime.now(UTC).isoformat(timespec="seconds"),
                drawn=run.draw(),
                identity=batch_identity(run),
                items=len(items_of(run)),
                repetitions=run.settings.repetitions,
                url=CHAT,
                files=files,
            )

        manifest = make_folder(folder, fill)
        self._said.append(f"wrote {manifest.requests} requests into {folder} ({_files(len(manifest.files))})")
        if run.settings.headers:
            self._said.append(f"{PREFIX}headers are in no line of a batch: let whoever runs it send them")
        self._said.append(f"once it was run: domain-safety batch read {folder} RESULTS")

    def _write_judge(self, session: pytest.Session, run: Run) -> None:
        folder = _place(session.config, "batch_judge")
        kind = run.settings.judge_kind
        if kind != "llm":
            raise ConfigurationError(
                f"the judge is {kind}, which no batch asks: read the results without --judge, or name a judge model"
            )
        batch = open_batch(session.config, folder)
        noted = NotedRequests(batch.manifest.tag, JUDGE)
        own, others = f"{PREFIX}judge_", f"{PREFIX}second_judge_"
        run.wiring.answer_by({PREFIX: batch.answers(), own: noted, others: noted}, batch.fence)
        run.wiring.store = _Unkept()
        run.wiring.load()
        self._collect(session, run)
        batch.check(run)
        limits = _limits(session.config)

        def fill(draft: Path) -> Manifest:
            files = write_requests(draft, JUDGE, _judge_lines(run, noted), **limits)
            return batch.manifest.model_copy(update={"judge_files": files})

        try:
            manifest = add_files(folder, JUDGE, fill)
        finally:
            batch.results.close()
        self._said.append(batch.told)
        count = _files(len(manifest.judge_files))
        self._said.append(f"wrote {manifest.judge_requests} requests to the judge into {folder} ({count})")
        self._said.append(f"once they were run: domain-safety batch read {folder} RESULTS JUDGE_RESULTS")

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """Say what was written."""
        if self._said:
            terminalreporter.write_sep("=", "domain safety: batch, nothing was asked")
        for line in self._said:
            terminalreporter.write_line(printable(line))


class _Unkept(MemoryRun):
    """Keeps no reply either."""

    def note(self, trial: Trial, reply: StoredReply | None = None) -> None:
        """Nothing counts of what is measured without a judge."""


def _judge_lines(run: Run, noted: NotedRequests) -> Iterator[str]:
    """What the judge would be asked: the run is measured, with a judge that says nothing.

    Raises:
        ConfigurationError: If the results stop the run.
    """
    import_libraries()
    run.known.plan(run.suite.domains, 0)
    with asyncio.Runner() as runner:
        measurer = runner.run(run.wiring.build())
        try:
            for place in run.known.rest():
                runner.run(run.known.judge(measurer.judge, place))
                yield from noted.take()
            for key in items_of(run):
                for number in range(run.settings.repetitions):
                    runner.run(_measure(measurer, run, (*key, number)))
                    yield from noted.take()
        except StoppedError as stop:
            raise ConfigurationError(str(stop)) from None
        finally:
            runner.run(measurer.close())


async def _measure(measurer: Measurer, run: Run, place: tuple[str, str, str, int]) -> None:
    domain, scenario, framing, repetition = place
    await measurer.measure(run.suite.scenarios[domain, scenario], framing, repetition, lambda _: None)


def _place(config: pytest.Config, name: str) -> Path:
    return config.invocation_params.dir / str(option(config, name))


def _limits(config: pytest.Config) -> dict[str, int]:
    found = {}
    for name, most in (("lines", MOST_LINES), ("bytes", MOST_BYTES)):
        given = option(config, f"batch_{name}")
        if given is not None and not (given.isascii() and given.isdigit() and 0 < int(given) <= most):
            raise ConfigurationError(
                f"--{name} {given!s:.40} is no number from 1 to {most}: give one, or leave it out"
            )
        found[f"most_{name}"] = most if given is None else int(given)
    return found


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
