"""`domain-safety import`: a table of prompts as a scenario file, whose other framings are left to write."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.imported_prompts import Columns, import_rows, read_rows
from pytest_domainsafety.core.suite.scenarios import DOMAIN_NAME
from pytest_domainsafety.effects.files.scenario_text import to_yaml
from pytest_domainsafety.effects.files.text_files import read_text, write_text


def run(arguments: Sequence[str]) -> int:
    """Read the table and write the file.

    Returns:
        0 once it is written.

    Raises:
        ConfigurationError: In one sentence, if it cannot be read or written.
    """
    given = _parser().parse_args(arguments)
    if not DOMAIN_NAME.fullmatch(given.domain):
        raise ConfigurationError(f"--domain = {given.domain}: give a name of letters, digits, '_', '-' or '.'")
    out = given.out or Path(f"{given.domain}.safety.yaml")
    if out.exists():
        raise ConfigurationError(f"{out} is there already: give another --out")
    columns = Columns(prompt=given.prompt, id=given.id, harm=given.harm, tag=given.tag)
    text = read_text(given.file, "give a file of comma-separated values or JSON lines")
    found = import_rows(read_rows(text, f"{given.file}"), columns, f"{given.file}")
    write_text(out, to_yaml(given.domain, found))
    plural = "" if len(found) == 1 else "s"
    sys.stdout.write(
        f"{len(found)} scenario{plural}: {out}\nWrite the analytical framing of each, and the technical one if you "
        f"like; then: domain-safety lint {out}\n"
    )
    return 0


def _parser() -> Parser:
    parser = Parser(prog="domain-safety import", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV with a first line of names, or JSON lines")
    parser.add_argument("--domain", required=True, metavar="D", help="of all scenarios in it")
    parser.add_argument(
        "--prompt",
        required=True,
        metavar="COLUMN",
        help="holds the request: Behavior in HarmBench, forbidden_prompt in StrongREJECT, turns in SORRY-Bench, "
        "Goal in JailbreakBench",
    )
    parser.add_argument("--id", metavar="COLUMN", help="holds an id (default: made of the request's first words)")
    parser.add_argument("--harm", metavar="COLUMN", help="holds the harm in one line (default: the request)")
    parser.add_argument("--tag", metavar="COLUMN", help="holds the sub-topic")
    parser.add_argument("--out", type=Path, metavar="PATH", help="the scenario file (default: D.safety.yaml)")
    return parser
