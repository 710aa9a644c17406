"""`domain-safety batch`: a run's requests as files of OpenAI's Batch API, and the gate on what came back.

It is pytest's own options under shorter names, so that what is written and read is what a run asks.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.plan import SCENARIOS_ALONE, run_pytest
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.report_files import REPORT_FILES

_SHOWN: Final = ("-q", "--no-header")


def run(arguments: Sequence[str]) -> int:
    """Let pytest collect here, and write a batch or read its results.

    Returns:
        Of `write` 0, of `read` the gate's exit code; else pytest's.

    Raises:
        ConfigurationError: In one sentence, if an argument is missing or pytest does not know one.
    """
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    given, others = _parser().parse_known_args(arguments[:end])
    what, options, results = given.what, ["--domain-safety"], list[str]()
    if what == "read" or given.judge:
        # Whatever comes behind an option of pytest's may be its value.
        results = list(itertools.takewhile(lambda argument: not argument.startswith("-"), others))
    behind = [*others[len(results) :], *arguments[end + 1 :]]
    for name in REPORT_FILES:
        if (path := getattr(given, name)) is not None:
            if what == "write":
                raise ConfigurationError(f"--{name} writes a report, which batch read makes: leave it out")
            options.append(f"--domain-safety-{name}={path}")
    for name in ("judge", "lines", "bytes"):
        if what == "read" and getattr(given, name):
            raise ConfigurationError(f"--{name} is for what is written, and batch read writes nothing: leave it out")
    mode = "read" if what == "read" else "judge" if given.judge else "write"
    options.append(f"--domain-safety-batch-{mode}={Path(given.folder).absolute()}")
    options += [f"--domain-safety-batch-results={Path(path).absolute()}" for path in results]
    for name in ("lines", "bytes"):
        if (count := getattr(given, name)) is not None:
            options.append(f"--domain-safety-batch-{name}={count}")
    shown = _SHOWN if what == "write" else ()
    return run_pytest([*options, *shown, *SCENARIOS_ALONE, *behind], "see domain-safety batch --help")


def _parser() -> Parser:
    parser = Parser(
        prog="domain-safety batch",
        description=__doc__,
        usage="domain-safety batch {write,read} DIR [RESULTS...] [options] [-- pytest arguments]",
    )
    parser.add_argument(
        "what",
        choices=("write", "read"),
        metavar="write, read",
        help="write the requests, or take the verdict on results",
    )
    parser.add_argument(
        "folder",
        metavar="DIR [RESULTS...]",
        help="the batch's folder, which write makes; files of results and errors, or folders of them, before any "
        "option of pytest's (default: what else is in DIR)",
    )
    parser.add_argument(
        "--judge", action="store_true", help="with write: the judge's requests on the deployment's results"
    )
    parser.add_argument("--lines", metavar="N", help="with write: most lines of a file (default: 50000)")
    parser.add_argument("--bytes", metavar="N", help="with write: most bytes of a file (default: 200000000)")
    for name, file in REPORT_FILES.items():
        parser.add_argument(f"--{name}", metavar="PATH", help=f"with read: write the report as {file.title}")
    return parser
