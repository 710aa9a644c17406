"""What commands read of a project: pytest's configuration file, without what the project asks of its tests only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

from pytest_domainsafety.core.errors import ConfigurationError

QUIET: Final = ("-W", "ignore", "-o", "filterwarnings=")
"""No warning becomes an error, whatever the project's tests want: pytest itself gives some while it reads options."""


def project_config(options: Sequence[str] = ()) -> pytest.Config:
    """The configuration of pytest in this folder.

    Args:
        options: Of the command line, which win over the file.

    Raises:
        ConfigurationError: In one sentence, if pytest cannot read it.
    """
    try:
        return pytest.Config.fromdictargs({}, [*QUIET, *options])
    except pytest.UsageError as error:
        raise ConfigurationError(str(error)) from None
