"""`domain-safety prune`: remove runs that are older than the newest few.

Their replies are gone with them, and their verdicts no longer count as earlier attempts at this release candidate.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.runs import configured_folder
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.effects.runs.old_runs import kept_runs, remove_run, size_bytes

_KEEP: Final = 20
_MB: Final = 1e6


def run(arguments: Sequence[str]) -> int:
    """Remove old runs, or tell which would be.

    Returns:
        0 once they are gone.

    Raises:
        ConfigurationError: In one sentence, if one cannot be removed.
    """
    given = _parser().parse_args(arguments)
    if given.keep < 0:
        raise ConfigurationError(f"--keep = {given.keep}: it must be 0 or more, use {_KEEP}")
    folder = given.runs_dir or configured_folder()
    old = kept_runs(folder)[given.keep :]
    freed = sum(map(size_bytes, old))
    for path in old:
        if not given.dry_run:
            remove_run(path)
        sys.stdout.write(f"{'would remove' if given.dry_run else 'removed'} {printable(str(path))}\n")
    plural = "" if len(old) == 1 else "s"
    sys.stdout.write(f"{len(old)} run{plural}, {freed / _MB:.1f} MB; the newest {given.keep} are kept in {folder}\n")
    return 0


def _parser() -> Parser:
    parser = Parser(prog="domain-safety prune", description=__doc__)
    parser.add_argument(
        "--keep", type=int, default=_KEEP, metavar="N", help=f"newest runs to keep (default: {_KEEP})"
    )
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be removed")
    parser.add_argument(
        "--runs-dir", type=Path, metavar="DIR", help="where runs are kept (default: domain_safety_runs_dir)"
    )
    return parser
