"""A batch that was written before, with its results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_domainsafety.core.batch.fences import derived_fence
from pytest_domainsafety.core.batch.manifest import Manifest, check_identity
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.resumed import minute
from pytest_domainsafety.effects.batches.folders import manifest_of, written_at
from pytest_domainsafety.effects.batches.recorded import DEPLOYMENT, JUDGE, RecordedAnswers
from pytest_domainsafety.effects.batches.request_files import known_ids
from pytest_domainsafety.effects.batches.result_lines import Results, files_of, read_results
from pytest_domainsafety.shell.batching.asked import batch_identity, name_of
from pytest_domainsafety.shell.options import option

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from pytest_domainsafety.shell.gate.opening import Run


@dataclass(frozen=True, slots=True)
class OpenedBatch:
    """A batch and its results.

    Args:
        folder: Where it was written.
        manifest: Its manifest.
        ids: Of the requests to the deployment.
        judge_ids: Of those to the judge.
        results: Of both.
    """

    folder: Path
    manifest: Manifest
    ids: frozenset[bytes]
    judge_ids: frozenset[bytes]
    results: Results

    def check(self, run: Run) -> None:
        """Look whether it is this run's, once all is collected.

        Raises:
            ConfigurationError: In one sentence, if it was written for something else, or two results of one request
                say different things.
        """
        check_identity(self.manifest, batch_identity(run), f"{self.folder}")
        if self.results.conflicts:
            trial = name_of(run, self.manifest.tag, self.results.conflicts[0])
            raise ConfigurationError(
                f"there are two different answers to one request of the batch ({trial}), and nobody may choose: give "
                "the results of one batch job only"
            )

    def answers(self) -> RecordedAnswers:
        """What the deployment answered."""
        return RecordedAnswers(self.results, self.manifest.tag, DEPLOYMENT, self.ids, self._note)

    def judged(self) -> RecordedAnswers | None:
        """What the judge answered, None where it was not asked in a batch."""
        if not self.results.among(self.judge_ids):
            return None
        return RecordedAnswers(self.results, self.manifest.tag, JUDGE, self.judge_ids, self._note)

    @property
    def fence(self) -> Callable[[Sequence[str]], str]:
        """Makes the judge's fences."""
        return derived_fence(bytes.fromhex(self.manifest.secret))

    @property
    def written(self) -> datetime:
        """When it was written, in UTC."""
        return written_at(self.manifest, self.folder, datetime.now(UTC))

    @property
    def told(self) -> str:
        """One line on what came back."""
        results, manifest = self.results, self.manifest
        came = results.among(self.ids) - results.unasked(self.ids)
        lines = f"{manifest.requests} requests, {came} results, {manifest.requests - came} did not come back"
        if self.judged() is not None:
            judged = results.among(self.judge_ids) - results.unasked(self.judge_ids)
            left = manifest.judge_requests - judged
            lines += f"; {manifest.judge_requests} to the judge, {judged} results, {left} did not come back"
        return (
            f"batch: {lines}; lines: {results.torn} torn, {results.foreign} foreign, {results.unknown} unknown, "
            f"{results.double} double"
        )

    @property
    def _note(self) -> str:
        return f"asked as a batch written at {minute(self.written.isoformat())}"


def open_batch(config: pytest.Config, folder: Path) -> OpenedBatch:
    """Open a batch with the results that were named, or that lie beside it.

    Raises:
        ConfigurationError: In one sentence, if it cannot be used.
    """
    manifest = manifest_of(folder)
    written_at(manifest, folder, datetime.now(UTC))
    ids, judge_ids = (known_ids(folder, files, manifest.tag) for files in (manifest.files, manifest.judge_files))
    own = {(folder / file.name).resolve() for file in (*manifest.files, *manifest.judge_files)}
    base = config.invocation_params.dir
    places = [base / place for place in option(config, "batch_results") or ()] or [folder]
    results = read_results(files_of(places, own), manifest.tag, ids | judge_ids)
    if not len(results):
        named = ", ".join(str(place) for place in places)
        raise ConfigurationError(
            f"there is no result of the batch in {named:.200}: give its files of results, of errors too"
        )
    return OpenedBatch(folder, manifest, ids, judge_ids, results)
