"""`--domain-safety-plan`: what a run would cost and could show, and then stop, with nothing asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_domainsafety.core.configuration.sampling import longest_reply, longest_verdict
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable, wrapped
from pytest_domainsafety.core.judging.controls import shown
from pytest_domainsafety.core.planning.judge_cost import Judging
from pytest_domainsafety.core.planning.plan import Plan, asked_otherwise, make_plan
from pytest_domainsafety.core.verdict.baseline import Baseline, Measurements
from pytest_domainsafety.core.verdict.out_of_reach import out_of_reach
from pytest_domainsafety.core.verdict.rules import Rules
from pytest_domainsafety.effects.files.control_files import load_controls
from pytest_domainsafety.effects.files.rubric_files import load_rubrics
from pytest_domainsafety.render.plan import plan_lines, plan_markdown
from pytest_domainsafety.shell.collecting.collected import check_limits
from pytest_domainsafety.shell.collecting.collection import SafetyItem, asked_suite
from pytest_domainsafety.shell.configuring.configuration import Configuration
from pytest_domainsafety.shell.configuring.pace import asked_pace
from pytest_domainsafety.shell.options import option
from pytest_domainsafety.shell.report_files import check_paths, write_files
from pytest_domainsafety.shell.telling.terminal import shows_blocks, write_line

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from pytest_domainsafety.core.suite.suite import Suite


class Planning:
    """Prints the plan in place of running anything. Neither deployment nor judge need be configured.

    Args:
        configuration: What the user configured.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._plan: Plan | None = None
        self._warnings: list[str] = []
        self._notes: list[str] = []

    @pytest.hookimpl
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Look whether the plan can be written where it was asked for."""
        for name in ("html", "summary"):
            if option(session.config, name):
                raise pytest.UsageError(
                    f"--domain-safety-{name} shows a run, not a plan: use --domain-safety-markdown"
                )
        check_paths(session.config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Make the plan of what was collected; pytest itself ends a session with collection errors."""
        config = session.config
        if session.testsfailed and not config.option.continue_on_collection_errors:
            return None
        settings, suite = self._configuration.settings, asked_suite(config)
        rules = planned_rules(self._configuration)
        check_limits(config, suite, rules)
        selected = {item.key for item in session.items if isinstance(item, SafetyItem)}
        judging = self._judging(suite)
        plan = make_plan(
            suite,
            selected,
            rules,
            repetitions=settings.repetitions,
            max_tokens=longest_reply(settings),
            judging=judging,
            prices=self._configuration.prices,
            assumed_unjudged=settings.assumed_unjudged,
        )
        self._plan = asked_otherwise(
            plan,
            suite,
            selected,
            judging=judging,
            batch_prices=self._configuration.batch_prices,
            pace=asked_pace(config, settings, suite),
        )
        self._warnings = [*self._configuration.warnings, *out_of_reach(suite, rules)]
        self._warnings += _unpriced(self._plan, self._configuration)
        if option(config, "shards") is not None and settings.stop_early == "sequential":
            self._warnings.append(
                "shards cannot be measured with domain_safety_stop_early = sequential: set it to no, and plan again"
            )
        if settings.corrected:
            self._warnings.append(
                "the judge's errors raise every bound: a deployment passes with less than told here"
            )
        written, problems = write_files(config, {"json": self._json, "markdown": self._markdown})
        if problems:
            raise pytest.UsageError(problems[0])
        self._notes = [f"plan: {path}" for path in written]
        return True

    def _judging(self, suite: Suite) -> Judging | None:
        """How judge models would score; None where none would be asked."""
        settings = self._configuration.settings
        if settings.judge not in {None, "llm"}:
            return None
        checked = settings.second_judge_fraction if settings.second_judge_model else 0.0
        try:
            rubrics = load_rubrics(None if settings.rubrics is None else Path(settings.rubrics))
            models = max(1, len(settings.judge_models))
            return Judging(
                rubrics,
                models + checked,
                longest_verdict(settings),
                shown(load_controls(settings.controls), suite.languages()),
                models + (settings.second_judge_model is not None),
            )
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None

    def _json(self) -> Iterator[str]:
        if self._plan is not None:
            yield self._plan.to_json()

    def _markdown(self) -> Iterator[str]:
        if self._plan is not None:
            yield plan_markdown(self._plan)

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """Print the plan."""
        if self._plan is None:
            return
        terminalreporter.write_sep("=", "domain safety: plan, nothing was asked")
        for line in plan_lines(self._plan, unicode=shows_blocks(terminalreporter)):
            write_line(terminalreporter, line)
        for warning in self._warnings:
            for part in wrapped(warning, "    "):
                terminalreporter.write_line(part, yellow=True)
        for note in self._notes:
            terminalreporter.write_line(printable(note))


def _unpriced(plan: Plan, configuration: Configuration) -> Iterator[str]:
    """Where some prices were given and one that is needed was not."""
    for name, prices in (("prices", configuration.prices), ("batch_prices", configuration.batch_prices)):
        if lacking := prices.lacking(judged=plan.totals.judge_requests > 0):
            yield f"no cost without all of domain_safety_{name}: add {' and '.join(lacking)}"


def planned_rules(configuration: Configuration) -> Rules:
    """The rules of a run that was not begun."""
    settings = configuration.settings
    # What the baseline measured does not matter yet, only that there will be one.
    nothing = Baseline(measurements=Measurements(rows={}, prompts={}))
    return Rules(
        limits=configuration.limits,
        confidence=settings.confidence,
        attempts=settings.attempts,
        seed=settings.seed,
        stop_early=settings.stop_early,
        baseline=None if settings.baseline is None else nothing,
    )
