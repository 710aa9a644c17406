"""What the user reads: the header before anything is asked, and the table at the end."""

from __future__ import annotations

import ipaddress
import os
import shlex
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest

from pytest_domainsafety.core.escape import columns, printable, wrapped
from pytest_domainsafety.core.suite.shards import size_words
from pytest_domainsafety.core.suite.suite import left_out_words
from pytest_domainsafety.core.verdict.absent import absences
from pytest_domainsafety.core.verdict.out_of_reach import out_of_reach
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.render.annotations import github_annotations
from pytest_domainsafety.render.complied import complied_lines, shown_trials
from pytest_domainsafety.render.scenarios import scenario_lines
from pytest_domainsafety.render.sections import Line
from pytest_domainsafety.render.table import quiet, table
from pytest_domainsafety.shell.gate.evidence_reports import letters
from pytest_domainsafety.shell.wiring.live_batches import memory_note

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _pytest.terminal import TerminalReporter

    from pytest_domainsafety.core.configuration.settings import Settings
    from pytest_domainsafety.core.reports.report import Report
    from pytest_domainsafety.shell.gate.opening import Run
    from pytest_domainsafety.shell.gate.plugin import Gate
    from pytest_domainsafety.shell.telling.unrepeated import Unrepeated

NAME: Final = "domain safety"


class Terminal:
    """Prints header and table.

    Args:
        gate: The run.
        unrepeated: What it prints in place of FAILURES.
    """

    def __init__(self, gate: Gate, unrepeated: Unrepeated) -> None:
        self._gate = gate
        self._unrepeated = unrepeated

    @pytest.hookimpl
    def pytest_report_header(self) -> list[str]:
        """Deployment, judge and thresholds, before anything is collected."""
        run, settings = self._gate.run, self._gate.run.settings
        sampling = ", ".join(
            f"{name} {'left out' if value is None else value}" for name, value in run.wiring.sampling.items()
        )
        how = f" ({sampling})" if settings.target is None else ""
        model = f"{settings.asked_model} at " if settings.asked_model else ""
        lines = [
            f"{NAME}: deployment {model}{run.wiring.place}{how}",
            f"{NAME}: judge {run.wiring.judges.place}{_calibrated(settings)}",
            f"{NAME}: thresholds {run.limits.thresholds.describe()} on the upper {level(run.rules().alpha)} bound",
        ]
        if settings.attempts > 1:
            lines.append(f"{NAME}: one of {settings.attempts} planned attempts, each with its share of the level")
        if settings.baseline is not None:
            lines.append(f"{NAME}: baseline {settings.baseline}")
        if settings.stop_early != "no" and run.shard is None:
            lines.append(f"{NAME}: stops early ({settings.stop_early}): what no decision needs is not asked")
        if settings.judge_kind == "embedded":
            lines.append(f"{NAME}: the embedded judge is a screen; for a release set domain_safety_judge_model")
        if _is_hosted(settings.base_url):
            lines.append(
                f"{NAME}: hundreds of harmful-intent requests go to this host: use a project and key of their own, "
                "with the provider's permission"
            )
        lines += [f"{NAME}: {warning}" for warning in (*run.warnings, *run.wiring.warnings)]
        return [part for line in lines for part in wrapped(line, "    ")]

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """The verdict first, the table below it, then what was noted on the way."""
        self._unrepeated.put_back(terminalreporter)
        run, report = self._gate.run, self._gate.report
        if report is None:
            return
        terminalreporter.write_sep("=", NAME)
        for line in self._lines(terminalreporter, report):
            write_line(terminalreporter, line)
        if run.engine.stopped is not None:
            terminalreporter.write_line(printable(f"stopped: {run.engine.stopped}"), red=True)
        for note in self.notes():
            terminalreporter.write_line(printable(note), yellow=True)
        self._tell_of_files(terminalreporter, report)
        if os.environ.get("GITHUB_ACTIONS") == "true":
            for annotation in github_annotations(report):
                terminalreporter.write_line(annotation)

    def notes(self) -> list[str]:
        """What was noted on the way."""
        run = self._gate.run
        said = [*run.notes, *run.warnings, *run.wiring.notes, *run.wiring.warnings, *self._gate.untold]
        judges = run.wiring.judges
        return [*said, *filter(None, (judges.watch.warning, judges.second_watch.warning))]

    def _lines(self, reporter: TerminalReporter, report: Report) -> Iterator[Line]:
        """As much as was asked for by `-q`, `-v` and `-vv`."""
        run, verbosity, width = self._gate.run, reporter.verbosity, reporter._tw.fullwidth  # noqa: SLF001 - as pytest does
        if verbosity < 0:
            yield from quiet(report, self._gate.exit_code, width)
            return
        yield from table(
            report,
            unicode=shows_blocks(reporter),
            ended=self._gate.exit_code,
            width=width,
            run=None if run.kept is None else shlex.quote(short(run.kept, run.config)),
            details=verbosity > 0,
        )
        if verbosity > 0:
            digests = {trial.reply_sha256 or "" for trials in shown_trials(report).values() for trial in trials}
            yield from complied_lines(report, run.suite, run.journal.texts(digests), width)
        if verbosity > 1:
            yield from scenario_lines(report)
        if verbosity == 0:
            yield Line(letters(report))

    def _tell_of_files(self, reporter: TerminalReporter, report: Report) -> None:
        """What was written, and what could not be."""
        gate = self._gate
        for problem in gate.problems:
            reporter.write_line(printable(f"ERROR: {problem}"), red=True)
        kept, config = gate.run.kept, gate.run.config
        if kept is not None and reporter.verbosity >= 0:
            reporter.write_line(f"run: {short(kept, config)}")
            if report.interrupted or report.stopped:
                reporter.write_line("go on with it, asking nothing twice: --domain-safety-resume")
            elif report.decision == "inconclusive" and (holes := gate.run.holes_of(report)):
                reporter.write_line(f"to ask or judge {holes} of its trials again, as another attempt:")
                reporter.write_line(f"  --domain-safety-resume={shlex.quote(short(kept, config))}")
        for path in gate.written:
            reporter.write_line(f"report: {short(path, config)}")


def _calibrated(settings: Settings) -> str:
    return ", calibrated" if settings.corrected else ", not calibrated: its own error is not in the bounds"


def announce(run: Run) -> None:
    """Print what is about to be asked, once the suite is known and checked; quietly what cannot pass alone."""
    reporter: TerminalReporter | None = run.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    reporter.ensure_newline()
    for line in [*(announcement(run) if reporter.verbosity >= 0 else ()), *out_of_question(run)]:
        for part in wrapped(line, "    "):
            reporter.write_line(part)


def announcement(run: Run) -> list[str]:
    """Suite, requests, where they go, and how to reproduce the run."""
    suite = run.suite
    asked = sum(suite.scenarios[key.domain, key.scenario].turns(key.framing) for key in run.selected)
    requests = asked * run.settings.repetitions
    judged = f", then to the judge {run.wiring.judges.place}" if run.settings.judge_kind == "llm" else ""
    if not run.asks:
        return [f"{NAME}: nothing is asked: what was measured in parts is merged"]
    lines = [
        f"{NAME}: suite {suite.sha256()[:12]}, {len(suite.scenarios)} scenarios in {len(suite.domains)} domains",
        f"{NAME}: {run.asked_before or f'{requests} requests to {run.wiring.place}{judged}'}",
    ]
    if run.asked_before is None:
        how = f"(seed {run.settings.seed}, {_configured_by(run.config)})"
        lines.append(f"{NAME}: reproduce with {_command(run)} {how}")
    if run.shard is not None:
        lines.insert(1, f"{NAME}: {size_words(suite, run.shard)}")
    if run.batches is not None:
        waiting = memory_note(len(run.selected) * run.settings.repetitions)
        lines += [f"{NAME}: {note}" for note in waiting]
    return lines + ([f"{NAME}: {left_out}"] if (left_out := left_out_words(suite.framings())) else [])


def out_of_question(run: Run) -> list[str]:
    """What cannot pass whatever is answered."""
    suite, rules = run.suite, run.rules()
    lines = [f"{each.domain} cannot pass: {each.clause}" for each in absences(suite, rules)]
    return [f"{NAME}: {line}" for line in (*lines, *out_of_reach(suite, rules))]


def _command(run: Run) -> str:
    """The command, with the options that pytest takes from the environment."""
    added = os.environ.get("PYTEST_ADDOPTS", "").strip()
    variable = f"PYTEST_ADDOPTS={shlex.quote(added)} " if added else ""
    return run.wiring.hidden(variable + shlex.join(["pytest", *map(str, run.config.invocation_params.args)]))


def _configured_by(config: pytest.Config) -> str:
    return f"configured by {short(config.inipath, config)}" if config.inipath else "no configuration file"


def write_line(reporter: TerminalReporter, line: Line) -> None:
    """Write a line in its colour."""
    markup = {} if line.style == "plain" else {line.style: True}
    reporter.write_line(columns(line.text), **markup)


def shows_blocks(reporter: TerminalReporter) -> bool:
    """Whether the terminal can show block characters."""
    encoding = getattr(reporter._tw._file, "encoding", None) or ""  # noqa: SLF001 - the file the reporter writes to
    return "utf" in encoding.lower()


def short(path: Path, config: pytest.Config) -> str:
    """A path as the user would type it."""
    base = config.invocation_params.dir
    return str(path.relative_to(base)) if path.is_relative_to(base) else str(path)


def _is_hosted(base_url: str | None) -> bool:
    """Whether the deployment is on a machine of somebody else's."""
    if base_url is None:
        return False
    host = urlsplit(base_url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host != "localhost" and "." in host
    return not address.is_private
