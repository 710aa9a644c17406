"""`domain-safety import`: a table of prompts as a scenario file, whose other framings are left to write."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.suite.import_columns import Columns
from pytest_domainsafety.core.suite.imported_prompts import Import, Imported, import_table
from pytest_domainsafety.core.suite.scenarios import DOMAIN_NAME
from pytest_domainsafety.effects.files.scenario_text import to_yaml
from pytest_domainsafety.effects.files.text_files import read_text, write_text

_CONDITION: Final = re.compile(r"(.+?)(!?=)(.*)", re.DOTALL)


def run(arguments: Sequence[str]) -> int:
    """Read the table and write the file, or one a domain.

    Returns:
        0 once it is written.

    Raises:
        ConfigurationError: In one sentence, if it cannot be read or written.
    """
    given = _parser().parse_args(arguments)
    if given.domain is not None and not DOMAIN_NAME.fullmatch(given.domain):
        raise ConfigurationError(f"--domain = {given.domain}: give a name of letters, digits, '_', '-' or '.'")
    conditions = [_condition(text) for text in given.where]
    columns = Columns(
        prompt=given.prompt,
        id=given.id,
        harm=given.harm,
        tag=given.tag,
        context=given.context,
        domain=given.domain_column,
        framing=given.framing_column,
        language=given.language_column,
        where=[(column, value) for column, sign, value in conditions if sign == "="],
        but=[(column, value) for column, sign, value in conditions if sign == "!="],
    )
    text = read_text(given.file, "give a file of comma-separated values, JSON lines or a JSON list")
    found = import_table(text, columns, f"{given.file}")
    files = _files(found.scenarios, given.domain, given.out)
    for out in files:
        if out.exists():
            raise ConfigurationError(f"{out} is there already: give another --out")
    for out, (domain, scenarios) in files.items():
        write_text(out, to_yaml(domain, scenarios))
    _tell(found, files)
    return 0


Files = Mapping[Path, tuple[str, Sequence[Imported]]]
"""What to write: file to its domain and scenarios."""


def _files(scenarios: Sequence[Imported], domain: str | None, out: Path | None) -> Files:
    if domain is not None:
        return {out or Path(f"{domain}.safety.yaml"): (domain, scenarios)}
    if out is not None and not out.is_dir():
        raise ConfigurationError(f"--out = {out}: give a folder that is there, for a file a domain")
    domains: dict[str, list[Imported]] = {}
    for scenario in scenarios:
        domains.setdefault(f"{scenario.domain}", []).append(scenario)
    return {(out or Path()) / f"{name}.safety.yaml": (name, rows) for name, rows in domains.items()}


def _tell(found: Import, files: Files) -> None:
    for out, (_, scenarios) in files.items():
        sys.stdout.write(f"{len(scenarios)} scenario{'' if len(scenarios) == 1 else 's'}: {out}\n")
    sys.stdout.writelines(f"{printable(note)}\n" for note in found.notes)
    written = all("analytical" in scenario.prompts for scenario in found.scenarios)
    todo = "Then" if written else "Write the analytical framing of each, and the technical one if you like; then"
    sys.stdout.write(f"{todo}: domain-safety lint {' '.join(map(str, files))}\n")


def _condition(text: str) -> tuple[str, str, str]:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise ConfigurationError(f"--where = {text}: write COLUMN=VALUE or COLUMN!=VALUE")
    column, sign, value = found.groups()
    return column, sign, value


def _parser() -> Parser:
    parser = Parser(prog="domain-safety import", description=__doc__)
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="CSV with a first line of names, JSON lines or a JSON list"
    )
    domain = parser.add_mutually_exclusive_group(required=True)
    domain.add_argument("--domain", metavar="D", help="of all scenarios in it")
    domain.add_argument("--domain-column", metavar="COLUMN", help="holds the domain: a file is written for each")
    parser.add_argument(
        "--prompt",
        required=True,
        metavar="COLUMN",
        help="holds the request, a conversation that ends with the user, or a list of the user's turns: Behavior in "
        "HarmBench, forbidden_prompt in StrongREJECT, turns in SORRY-Bench, Goal in JailbreakBench, prompt_text in "
        "AILuminate, prompt in XSTest",
    )
    parser.add_argument(
        "--context",
        metavar="COLUMN",
        help="holds what the request is about: it is put before the request, or the first turn, a line --- between "
        "them, as HarmBench does with its ContextString",
    )
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="take only rows with this value, such as label=unsafe of XSTest, half of which is safe; again for "
        "another value of the column, or for another column that must hold too; no value takes rows without one; "
        "COLUMN!=VALUE leaves rows out",
    )
    parser.add_argument(
        "--framing-column",
        metavar="COLUMN",
        help="holds the name of the row's framing, operational, base or nothing for the request itself: rows of one "
        "scenario have the same cell in the column of --id, else of --harm",
    )
    parser.add_argument(
        "--language-column",
        metavar="COLUMN",
        help="holds the prompt's language, a code or an English name: English, or nothing, for the operational "
        "prompt, another for its translation; rows of one scenario as above",
    )
    parser.add_argument("--id", metavar="COLUMN", help="holds an id (default: made of the request's first words)")
    parser.add_argument("--harm", metavar="COLUMN", help="holds the harm in one line (default: the request)")
    parser.add_argument("--tag", metavar="COLUMN", help="holds the sub-topic, or a list of them")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="PATH",
        help="the scenario file (default: D.safety.yaml), or with --domain-column their folder (default: this one)",
    )
    return parser
