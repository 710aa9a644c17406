"""`domain-safety report`: a finished run's report again, in other formats. Nothing is asked or judged."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.runs import NamedRun
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import columns, printable
from pytest_domainsafety.effects.files.model_cards import write_model_card
from pytest_domainsafety.effects.files.text_files import write_text
from pytest_domainsafety.effects.report_files import REPORT_FILES
from pytest_domainsafety.effects.runs.finished_runs import read_replies, read_report
from pytest_domainsafety.render.bom import to_bom
from pytest_domainsafety.render.table import table

_PLACE: Final = re.compile(r"(?:https?://)?[\w.-][\w./?&=%~+,@-]*", re.ASCII)
"""An address, or a path from where the card is, of letters that mean nothing in Markdown's code."""


def run(arguments: Sequence[str]) -> int:
    """Write a run's report where it was asked for, or print it.

    Returns:
        0, whatever the run's decision: this is no gate.

    Raises:
        ConfigurationError: In one sentence, if the run cannot be read or a file not be written.
    """
    given = _parser().parse_args(arguments)
    if given.replies and given.html is None:
        raise ConfigurationError("--replies puts prompts and replies into a page: give --html PATH too")
    if given.statement is not None:
        _check_statement(given.statement, beside=given.model_card or given.bom)
    report = read_report(given.run)
    paths: dict[str, Path] = {name: path for name in REPORT_FILES if (path := getattr(given, name)) is not None}
    for name, path in paths.items():
        REPORT_FILES[name].check(f"domain-safety report --{name}")
        kept = partial(read_replies, given.run) if given.replies else None
        write_text(path, "".join(REPORT_FILES[name].parts(report, kept)))
        sys.stdout.write(f"report: {printable(str(path))}\n")
    if given.model_card is not None:
        write_model_card(given.model_card, report, given.statement)
        sys.stdout.write(f"model card: {printable(str(given.model_card))}\n")
    if given.bom is not None:
        write_text(given.bom, to_bom(report, given.statement))
        sys.stdout.write(f"ML-BOM: {printable(str(given.bom))}\n")
    if not paths and given.model_card is None and given.bom is None:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 80
        shown = table(report, unicode=_shows_blocks(), width=width, run=shlex.quote(str(given.run)), details=True)
        sys.stdout.writelines(f"{columns(line.text)}\n" for line in shown)
    return 0


def _check_statement(statement: str, *, beside: Path | None) -> None:
    if beside is None:
        raise ConfigurationError("--statement is told in a card or an ML-BOM: give --model-card or --bom PATH too")
    if not _PLACE.fullmatch(statement):
        raise ConfigurationError(
            f"--statement {statement!r:.120} is no address and no relative path: write it with / and without spaces"
        )


def _shows_blocks() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()


def _parser() -> Parser:
    parser = Parser(prog="domain-safety report", description=__doc__)
    parser.add_argument("run", action=NamedRun, metavar="RUN", help="run directory or report.json, or latest")
    for name, file in REPORT_FILES.items():
        parser.add_argument(f"--{name}", type=Path, metavar="PATH", help=f"write it as {file.title}")
    parser.add_argument("--replies", action="store_true", help="with --html: prompts, replies and rationales as well")
    parser.add_argument(
        "--model-card", type=Path, metavar="PATH", help="write or update the safety section of a Hugging Face card"
    )
    parser.add_argument("--bom", type=Path, metavar="PATH", help="write it as an ML-BOM (CycloneDX 1.6, JSON)")
    parser.add_argument(
        "--statement",
        metavar="URL",
        help="with --model-card or --bom: where the signed verdict is (domain-safety attest)",
    )
    return parser
