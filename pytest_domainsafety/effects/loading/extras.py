"""Libraries that only some need, and what to install where they are wanted and not there."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from pytest_domainsafety.core.errors import ConfigurationError

_REPORT: Final = ("jinja2", "vl_convert")
_ATTEST: Final = ("securesystemslib", "cryptography", "rfc8785")


def require_report_extra(option: str) -> None:
    """Look whether pages can be made here, without importing what makes them.

    Args:
        option: What asked for one.

    Raises:
        ConfigurationError: If not.
    """
    _require(_REPORT, "report", option)


def require_attest_extra(option: str) -> None:
    """Look whether statements can be signed and verified here, without importing what does it.

    Args:
        option: What asked for it.

    Raises:
        ConfigurationError: If not.
    """
    _require(_ATTEST, "attest", option)


def _require(names: tuple[str, ...], extra: str, option: str) -> None:
    if any(find_spec(name) is None for name in names):
        raise ConfigurationError(
            f"{option} needs libraries that are not installed: pip install 'pytest-domainsafety[{extra}]'"
        )
