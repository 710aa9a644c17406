"""What `calibrate` and `rejudge` share: a judge as the gate has it, with the command's own options over pytest's."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from pytest_domainsafety.commands.project import project_config
from pytest_domainsafety.core.configuration.settings import Settings
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.failures import StoppedError
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.judging.controls import Control, figures, shown
from pytest_domainsafety.core.judging.judge_report import Controls
from pytest_domainsafety.effects.endpoints.logs import guarded_logs
from pytest_domainsafety.effects.judges.base import Exhibit
from pytest_domainsafety.effects.judges.many_replies import judge_among
from pytest_domainsafety.shell.configuring.configuration import configured
from pytest_domainsafety.shell.wiring.connecting import Connecting
from pytest_domainsafety.shell.wiring.judge_wiring import JudgeWiring

_OPTIONS: Final = {
    "judge": "llm, embedded or package.module:callable",
    "judge-model": "model of the LLM judge, or of a panel's",
    "judge-base-url": "its endpoint",
    "judge-api-key-env": "environment variable that holds its key",
    "judge-client": "package.module:callable that returns its openai.AsyncOpenAI",
    "judge-request": "JSON merged into each request's body",
    "judge-served-model": "regular expression that the model name in its replies must match",
    "judge-reasoning": "yes shows the judge the model's reasoning",
    "rubrics": "folder with rubrics that replace the package's",
}


@dataclass(frozen=True, slots=True)
class NamedJudge:
    """A judge by its settings, and where its modules are looked for."""

    settings: Settings
    wiring: JudgeWiring

    def judge(self, exhibits: Sequence[Exhibit]) -> tuple[list[Judgement], Controls | None]:
        """Judge every exhibit, known ones among them; one without a usable verdict has no score.

        Returns:
            A judgement each, and what the judge made of the known ones, None where there are none.

        Raises:
            ConfigurationError: If the judge cannot be built, or asked at all.
        """
        controls = shown(self.wiring.controls, {each.scenario.language_of(each.framing) for each in exhibits})
        try:
            with guarded_logs(self.wiring.connecting.secrets.hidden):
                judgements, known = asyncio.run(self._judge(exhibits, controls))
        except StoppedError as error:
            raise ConfigurationError(str(error)) from None
        return judgements, figures(controls, known, abstains=self.wiring.abstains) if controls else None

    async def _judge(
        self, exhibits: Sequence[Exhibit], controls: Sequence[Control]
    ) -> tuple[list[Judgement], dict[int, Judgement]]:
        judge = await self.wiring.build()
        try:
            return await judge_among(judge, exhibits, controls, self.settings.concurrency, seed=self.settings.seed)
        finally:
            await judge.close()


def add_judge_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a judge; what is not given is read from pytest's configuration file."""
    group = parser.add_argument_group("judge", "as in the configuration file of pytest, where not given")
    for name, text in _OPTIONS.items():
        group.add_argument(f"--{name}", metavar="VALUE", help=text)


def named_judge(given: argparse.Namespace) -> NamedJudge:
    """The judge that options and configuration file name.

    Raises:
        ConfigurationError: If it is not named, or cannot be had.
    """
    values = {name: value for name in _OPTIONS if (value := getattr(given, name.replace("-", "_"))) is not None}
    if "judge" not in values and ("judge-model" in values or "judge-client" in values):
        values["judge"] = "llm"
    options = [f"--domain-safety-{name}={value}" for name, value in values.items()]
    try:
        config = project_config(options)
        settings = configured(config).settings
    except pytest.UsageError as error:
        raise ConfigurationError(str(error)) from None
    # A calibration says nothing here: it is being made, or the judge's verdicts are only compared.
    update: dict[str, None] = {"judge_calibration": None, "second_judge_model": None}
    if values and "judge-served-model" not in values:
        update["judge_served_model"] = None  # that was another judge's
    settings = settings.model_copy(update=update)
    settings.check_judge()
    wiring = JudgeWiring(Connecting(settings, Path(config.rootpath)))
    wiring.load()
    return NamedJudge(settings, wiring)
