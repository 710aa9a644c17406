"""`domain-safety lock`: the bar that a release has to pass as a file to review, or whether it is kept.

It is pytest's own option under a shorter name, so that what is collected here is what a run collects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.plan import SCENARIOS_ALONE, run_pytest

_SHOWN: Final = ("-q", "--no-header")


def run(arguments: Sequence[str]) -> int:
    """Let pytest collect here and write or check `domain-safety.lock`.

    Returns:
        0 once it is written or found to hold, 1 where it does not, else pytest's exit code.

    Raises:
        ConfigurationError: In one sentence, if pytest does not know an option.
    """
    given, others = _parser().parse_known_args(arguments)
    what = f"--domain-safety-lock={'check' if given.check else 'write'}"
    options = ["--domain-safety", what, *_SHOWN, *SCENARIOS_ALONE]
    if given.why is not None:
        options.append(f"--domain-safety-lock-why={given.why}")
    return run_pytest([*options, *others], "see domain-safety lock --help")


def _parser() -> Parser:
    parser = Parser(prog="domain-safety lock", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare alone, for a commit hook or a job; 1 if lower")
    parser.add_argument("--why", metavar="TEXT", help="why the bar is lowered; the lock keeps it and reports say it")
    return parser
