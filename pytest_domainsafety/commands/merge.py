"""`domain-safety merge`: one verdict from the runs of several parts of a suite. Nobody is asked.

It is pytest's own option under a shorter name, so that all that a gate tells and writes is told and written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.plan import SCENARIOS_ALONE, run_pytest
from pytest_domainsafety.commands.runs import NamedRun
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.report_files import REPORT_FILES


def run(arguments: Sequence[str]) -> int:
    """Let pytest collect here, with its own configuration, and join what was measured elsewhere.

    Returns:
        The gate's exit code, 4 where the runs are not parts of one.

    Raises:
        ConfigurationError: In one sentence, if pytest does not know an option, or a run has no name.
    """
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    own, others = arguments[:end], arguments[end + 1 :]
    given, unknown = _parser().parse_known_args(own)
    if "" in own:
        raise ConfigurationError("an empty word names no run, and all that lies here is not meant: give the parts")
    options = [f"--domain-safety-merge={path}" for path in given.runs]
    for name in REPORT_FILES:
        path = getattr(given, name)
        options += [] if path is None else [f"--domain-safety-{name}={path}"]
    return run_pytest(
        ["--domain-safety", *options, *SCENARIOS_ALONE, *unknown, *others], "see domain-safety merge --help"
    )


def _parser() -> Parser:
    parser = Parser(
        prog="domain-safety merge",
        description=__doc__,
        epilog="Options of pytest's go after '--', such as '-- safety/ --junitxml=gate.xml'.",
    )
    parser.add_argument(
        "runs",
        action=NamedRun,
        nargs="+",
        metavar="RUN",
        help="directories of runs: of shards, of interrupted runs and their rest, of runs by path; or a folder of "
        "such, as a CI unpacks artifacts to; latest is the run that was finished last",
    )
    for name, file in REPORT_FILES.items():
        parser.add_argument(f"--{name}", type=Path, metavar="PATH", help=f"write the report as {file.title}")
    return parser
