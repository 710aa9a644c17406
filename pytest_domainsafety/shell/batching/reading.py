"""`--domain-safety-batch-read`: the gate on what came back from a batch; the deployment is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_domainsafety.core.configuration.settings import PREFIX
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.effects.runs.interrupted_runs import check_age
from pytest_domainsafety.shell.batching.asked import check_askable
from pytest_domainsafety.shell.batching.opened import OpenedBatch, open_batch
from pytest_domainsafety.shell.options import option
from pytest_domainsafety.shell.wiring.live_batches import HOURS

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from pytest_domainsafety.effects.endpoints.answers import Answers
    from pytest_domainsafety.shell.gate.opening import Run


class Reading:
    """Gives a run its answers from a batch's results, before it is prepared.

    Args:
        run: The run; nothing of it was loaded yet.

    Raises:
        pytest.UsageError: If the batch or its results cannot be used.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        try:
            self._batch = self._opened()
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        batch, judged = self._batch, self._batch.judged()
        answers: dict[str, Answers] = {PREFIX: batch.answers()}
        if judged is not None:
            answers[f"{PREFIX}judge_"] = judged
            # The pair was asked with all others, and may be the one that did not come back.
            run.known.pair_first = False
        run.wiring.answer_by(answers, None if judged is None else batch.fence)
        self._check_age()
        run.started_at, run.drawn = batch.written, batch.manifest.drawn
        run.before_asking, run.asked_before = self._check, batch.told

    def _check_age(self) -> None:
        """A batch may take a day, and the judge's another, in which nothing was asked anew.

        Raises:
            pytest.UsageError: If it was written longer ago.
        """
        run, batch = self._run, self._batch
        hours = run.settings.resume_age + HOURS * (1 + bool(batch.manifest.judge_files))
        try:
            check_age(batch.folder, batch.written, run.started_at, hours, "write the batch again")
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None

    def _opened(self) -> OpenedBatch:
        config = self._run.config
        if option(config, "resume") is not None:
            raise ConfigurationError(
                "a batch's results make a run of their own: leave --domain-safety-resume out, and go on with that "
                "run afterwards"
            )
        if self._run.settings.target is not None:
            check_askable(self._run)
        return open_batch(config, config.invocation_params.dir / option(config, "batch_read"))

    def _check(self) -> None:
        check_askable(self._run)
        self._batch.check(self._run)

    @pytest.hookimpl
    def pytest_unconfigure(self) -> None:
        """The results are read no more."""
        self._batch.results.close()

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """Say what came back, where it was not said before."""
        if terminalreporter.verbosity < 0:
            terminalreporter.write_line(printable(self._batch.told))
