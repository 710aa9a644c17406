"""Options that begin as ours do and cannot work: unknown ones, and those given without `--domain-safety`."""

from __future__ import annotations

import copy
import os
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import pytest

from pytest_domainsafety.core.configuration.limits import hinted
from pytest_domainsafety.shell.keys import KEYS
from pytest_domainsafety.shell.options import BEGINNINGS, PREFIX, flag_of, option_names

if TYPE_CHECKING:
    from typing import NoReturn

_BEGINNING: Final = "--domain-safety-"


def refuse_unknown(config: pytest.Config, parser: pytest.Parser, arguments: list[str]) -> None:
    """Name an unknown option and a near one, where pytest would only list what it does not know.

    Raises:
        pytest.UsageError: If there is one.
    """
    _, left = parser.parse_known_and_unknown_args(arguments, namespace=copy.copy(config.option))
    known = [name.replace("_", "-") for name in option_names(config)]
    flags = [argument.partition("=")[0] for argument in left if argument.startswith(BEGINNINGS)]
    unknown = [hinted(flag[len(_BEGINNING) :].replace("_", "-"), known, flag, _BEGINNING) for flag in flags]
    if unknown:
        raise pytest.UsageError(f"unknown option: {', '.join(unknown)}; pytest --help lists them all")


def refuse_without_flag(config: pytest.Config, names: Sequence[str]) -> NoReturn:
    """Refuse options of a gate that is not turned on: whoever gave them expects a verdict.

    Args:
        config: pytest's.
        names: Of the options, without the prefix.

    Raises:
        pytest.UsageError: Always, with where they stand.
    """
    flags = [flag_of(name) for name in names]
    place = _place(config, flags)
    does, it = ("does", "it") if len(flags) == 1 else ("do", "them")
    mend = f"leave {it} out"
    if place and (keys := [PREFIX + name for name in names if name in {key.name for key in KEYS}]):
        mend = f"write {', '.join(keys)} as configuration instead"
    raise pytest.UsageError(
        f"{', '.join(flags)}{place} {does} nothing without --domain-safety: add --domain-safety, or {mend}"
    )


def _place(config: pytest.Config, flags: Sequence[str]) -> str:
    """Where they stand, if not on the command line."""

    def holds(arguments: Sequence[object]) -> bool:
        return any(f"{argument}".partition("=")[0] in flags for argument in arguments)

    if holds(config.invocation_params.args):
        return ""
    if holds(shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))):
        return " in PYTEST_ADDOPTS"
    return f" in addopts of {config.inipath.name}" if config.inipath else ""
