"""From settings to answers that come through the Batch API of an endpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.batch.fences import derived_fence
from pytest_domainsafety.core.batch.request_lines import MOST_LINES
from pytest_domainsafety.core.configuration.settings import PREFIX
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.batches.batch_answers import BatchAnswers
from pytest_domainsafety.effects.batches.kept_parts import secret_of
from pytest_domainsafety.effects.batches.pacing import Pacing
from pytest_domainsafety.effects.batches.rounds import Rounds
from pytest_domainsafety.effects.batches.submitting import Submitting
from pytest_domainsafety.effects.engine.items import Load
from pytest_domainsafety.effects.runs.interrupted_runs import BATCHES
from pytest_domainsafety.effects.runs.old_runs import remove_batches

if TYPE_CHECKING:
    from pytest_domainsafety.core.configuration.settings import Settings
    from pytest_domainsafety.effects.engine.engine import Engine
    from pytest_domainsafety.effects.engine.measure import Measurer
    from pytest_domainsafety.shell.wiring.deployment_wiring import Wiring

HOURS: Final = 24.0
"""How long an endpoint takes for a batch, at most."""

_ROLES: Final = {"deployment": ("batch", PREFIX), "judge": ("judge_batch", f"{PREFIX}judge_")}
_TAG_DIGITS: Final = 20
_KB_A_TRIAL: Final = 12
"""What a trial with a short prompt takes of memory while it waits; measured with 10,000 of them."""

_MANY: Final = 5_000


class LiveBatches:
    """The answers of deployment and judge that come in batches.

    Args:
        settings: What the user configured, checked.
        wiring: Is given the answers.
        pacing: The waits.
    """

    def __init__(self, settings: Settings, wiring: Wiring, pacing: Pacing | None = None) -> None:
        self._wiring = wiring
        self._folder: Path | None = None
        self._drawn = b""
        self._rounds = Rounds()
        self.answers: dict[str, BatchAnswers] = {}
        self.tell: Callable[[str], None] = lambda _: None
        connecting = wiring.connecting
        for name, (setting, prefix) in _ROLES.items():
            if getattr(settings, setting) == "yes":
                how = Submitting(
                    retry=settings.batch_retry,
                    max_retries=settings.max_retries,
                    concurrency=settings.concurrency,
                    timeout_s=settings.timeout,
                    pacing=pacing or Pacing(),
                    late=connecting.late,
                    tell=self._said,
                )
                answers = BatchAnswers(name, how, self._rounds, self.answers.get("deployment"))
                self.answers[name] = connecting.answers[prefix] = answers
        if "judge" in self.answers:
            connecting.fence = self._fence

    async def build(self) -> Measurer:
        """Build deployment and judge; see `Wiring.build`."""
        measurer = await self._wiring.build()
        for endpoint in self._wiring.connecting.endpoints:
            if isinstance(endpoint.answers, BatchAnswers):
                endpoint.answers.bind(endpoint)
        return measurer

    def flying(self, engine: Engine) -> None:
        """Say what knows how much is on its way."""
        self._rounds.flying = engine.flying

    def open(self, run: Path) -> None:
        """Go on with what earlier sessions of the run submitted.

        Raises:
            ConfigurationError: If the run's directory cannot be read or written.
        """
        self._folder = folder = run / BATCHES
        try:
            for name, answers in self.answers.items():
                answers.open(folder / name, self._tag)
        except OSError as error:
            raise ConfigurationError(f"{folder} cannot be read or written ({error.strerror})") from None
        except (ValueError, TypeError):
            raise ConfigurationError(f"{folder} is not whole: make a new run") from None

    @property
    def lines(self) -> list[str]:
        """How far each batch is."""
        return [line for answers in self.answers.values() for line in answers.lines]

    @property
    def left_there(self) -> list[str]:
        """A sentence for each endpoint at which a batch goes on without the run."""
        return [
            f"{', '.join(answers.left_there)} of the {name} goes on at {answers.place}: come back with "
            "--domain-safety-resume, or cancel it there by this batch id"
            for name, answers in self.answers.items()
            if answers.left_there
        ]

    def forget(self) -> None:
        """Keep no text of a run that has reached its end.

        Raises:
            OSError: If it cannot be removed.
        """
        if self._folder is not None:
            remove_batches(self._folder.parent)

    def _said(self, line: str) -> None:
        self.tell(line)

    def _tag(self) -> str:
        return hashlib.sha256(self._secret()).hexdigest()[:_TAG_DIGITS]

    def _secret(self) -> bytes:
        """Drawn with the first request, so that a run in which nothing was asked leaves nothing."""
        if self._folder is None:
            raise RuntimeError("the run's directory is not open")
        self._drawn = self._drawn or secret_of(self._folder)
        return self._drawn

    def _fence(self, shown: Sequence[str]) -> str:
        return derived_fence(self._secret())(shown)


def live_batches(settings: Settings, wiring: Wiring) -> LiveBatches | None:
    """The batches of a run, None where there are none."""
    return LiveBatches(settings, wiring) if "yes" in {settings.batch, settings.judge_batch} else None


def together(load: Load, settings: Settings) -> Load:
    """How much the engine asks at a time, where all that is asked may have to wait at a time."""
    return Load(
        concurrency=MOST_LINES,
        window=MOST_LINES,
        repetitions=load.repetitions,
        together=settings.batch == "yes",
        judged_together=settings.judge_batch == "yes",
    )


def memory_note(trials: int) -> list[str]:
    """What to say where very many trials wait at a time."""
    if trials < _MANY:
        return []
    waiting = min(trials, MOST_LINES)
    return [f"{waiting:,} trials wait at a time for a batch, which takes about {waiting * _KB_A_TRIAL // 1000:,} MB"]


def check_left(run: Path, settings: Settings) -> None:
    """Refuse to ask one by one what a batch of the run answers already.

    Raises:
        ConfigurationError: In one sentence.
    """
    for name, (setting, _) in _ROLES.items():
        if getattr(settings, setting) == "no" and any((run / BATCHES / name).glob("*.json")):
            raise ConfigurationError(
                f"{run} asked its {name} in batches, and nothing is asked twice: set {PREFIX}{setting} = yes to go "
                "on with it, or make a new run"
            )
