"""The options. This module is imported by every pytest run, so it imports next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from pytest_domainsafety.shell.keys import KEYS, Key

if TYPE_CHECKING:
    import pytest

PREFIX: Final = "domain_safety_"

BEGINNINGS: Final = ("--domain-safety", "--domain_safety")
"""How an option begins that is meant for us."""

NEWEST: Final = "newest"
"""The run that `--domain-safety-resume` alone goes on with: the newest interrupted one."""

ONLY_TELLS: Final = ("help", "version", "markers", "cacheshow", "showfixtures", "show_fixtures_per_test")
"""Options with which pytest tells something and runs nothing, so that nothing need be configured."""

UNDER_CI: Final = ("CI", "BUILD_NUMBER")
"""Variables of which one is set, and not empty, where pytest takes itself to be under CI."""


def add_options(parser: pytest.Parser) -> None:
    """Register the ini keys and the options."""
    group = parser.getgroup("domain-safety", "safety of an LLM deployment, domain by domain")
    group.addoption("--domain-safety", action="store_true", help="collect scenario files and gate on them")
    for report in ("json", "markdown", "html"):
        group.addoption(f"--domain-safety-{report}", metavar="PATH", help=f"write the report as {report} to PATH")
    group.addoption(
        "--domain-safety-summary",
        metavar="PATH",
        help="write a summary of under 3,000 characters to PATH, for a chat",
    )
    group.addoption(
        "--domain-safety-report-replies", action="store_true", help="let reports hold the model's replies"
    )
    _add_instead(group)
    _add_of_runs(group)
    for key in KEYS:
        parser.addini(PREFIX + key.name, key.help, type=_ini_type(key), default=None)
        group.addoption(flag_of(key.name), action="append" if key.lines else "store", metavar="VALUE", help=key.help)


def _add_instead(group: pytest.OptionGroup) -> None:
    """What is done in place of a run."""
    group.addoption(
        "--domain-safety-plan",
        action="store_true",
        help="print requests, tokens, cost, smallest passable threshold and power, ask nothing, and stop",
    )
    group.addoption(
        "--domain-safety-latency",
        metavar="SECONDS",
        help="with --domain-safety-plan: the mean latency of a reply, and of a judge's, to tell how long a run takes",
    )
    group.addoption(
        "--domain-safety-shards",
        metavar="N",
        help="with --domain-safety-latency: tell it of N shards too, which are measured at the same time",
    )
    group.addoption(
        "--domain-safety-lock",
        choices=("write", "check"),
        help="write the bar that a release has to pass into domain-safety.lock, or compare with it, ask nothing, and "
        "stop",
    )
    group.addoption("--domain-safety-lock-why", metavar="TEXT", help="why the bar is lowered, kept in the lock")
    for name, metavar, text in (
        ("write", "DIR", "write the requests into DIR as files of OpenAI's Batch API, ask nothing, and stop"),
        ("judge", "DIR", "write the LLM judge's requests on the results of the batch in DIR there too, and stop"),
        ("read", "DIR", "take the results of the batch in DIR in place of asking the deployment"),
        ("results", "PATH", "a file of the batch's results, or a folder (default: what else is in DIR)"),
        ("lines", "N", "most lines of a file of requests (default: 50000)"),
        ("bytes", "N", "most bytes of a file of requests (default: 200000000)"),
    ):
        group.addoption(
            f"--domain-safety-batch-{name}",
            action="append" if name == "results" else "store",
            metavar=metavar,
            help=text,
        )


def _add_of_runs(group: pytest.OptionGroup) -> None:
    """Earlier runs to go on with, and parts of one."""
    group.addoption(
        "--domain-safety-resume",
        nargs="?",
        const=NEWEST,
        metavar="RUN",
        help="go on with an interrupted run, by default the newest, or ask again what a finished RUN misses for a "
        "cause that may have passed; nothing else is asked twice",
    )
    group.addoption(
        "--domain-safety-shard",
        metavar="K/N",
        help="measure the K-th of N parts of the suite, the same split everywhere, and take no verdict: domain-"
        "safety merge takes it from all parts",
    )
    group.addoption(
        "--domain-safety-merge",
        action="append",
        metavar="RUN",
        help="ask nothing, and take one verdict from the runs of several parts, see domain-safety merge",
    )


def flag_of(name: str) -> str:
    """An option as it is written, by its name without the prefix."""
    return "--" + (PREFIX + name).replace("_", "-")


def option_names(config: pytest.Config) -> list[str]:
    """The names of all options that begin as ours do, without the prefix."""
    return [name.removeprefix(PREFIX) for name in vars(config.option) if name.startswith(PREFIX)]


def known_flags(config: pytest.Config) -> set[str]:
    """All options that begin as ours do, as they are written."""
    return {"--domain-safety", *map(flag_of, option_names(config))}


def given_options(config: pytest.Config) -> list[str]:
    """Those of them that were given, empty ones too."""
    return [name for name in option_names(config) if option(config, name) not in (None, False)]


def _ini_type(key: Key) -> Literal["linelist", "string"]:
    return "linelist" if key.lines else "string"


def option(config: pytest.Config, name: str) -> Any:  # noqa: ANN401 - options hold what argparse made of them
    """The value of an option by its name without the prefix."""
    return config.getoption(PREFIX + name)
