"""`domain-safety lint`: scenario files checked before they are asked."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.project import project_config
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.lint.check import check
from pytest_domainsafety.core.suite.lint.corpus import Corpus
from pytest_domainsafety.core.suite.lint.table import RULES
from pytest_domainsafety.effects.files.linted_files import find, source
from pytest_domainsafety.effects.files.text_files import write_text
from pytest_domainsafety.render.lint import to_text
from pytest_domainsafety.shell.configuring.configuration import framing_purposes


def run(arguments: Sequence[str]) -> int:
    """Check the files and tell what was found.

    Returns:
        0 without errors and warnings, else 1.

    Raises:
        ConfigurationError: In one sentence, if there is nothing to check.
    """
    given = _parser().parse_args(arguments)
    for name in given.allow:
        _check_allowed(name)
    declared = framing_purposes(project_config())
    report = check(Corpus.of([source(file, declared) for file in find(given.paths)]), set(given.allow))
    if given.json is not None:
        write_text(given.json, report.to_json())
    sys.stdout.write(to_text(report))
    return report.exit_code


def _parser() -> Parser:
    parser = Parser(prog="domain-safety lint", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="scenario files, or folders to search")
    parser.add_argument("--json", type=Path, metavar="F", help="write the findings as JSON")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="RULE", help="leave a rule out; may be given several times"
    )
    return parser


def _check_allowed(name: str) -> None:
    names = [rule.name for rule in RULES if rule.severity != "error"]
    if name in names:
        return
    if name in {rule.name for rule in RULES}:
        raise ConfigurationError(f"--allow {name}: the collection stops at it, so mend what it finds")
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(names)}"
    raise ConfigurationError(f"--allow {name}: there is no such rule; {hint}")
