"""Which finished run a command means: a run's folder, its report, or the word `latest`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from pytest_domainsafety.commands.project import project_config
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.effects.runs.finished_runs import REPORT
from pytest_domainsafety.effects.runs.interrupted_runs import finished_at
from pytest_domainsafety.effects.runs.old_runs import kept_runs, newest_finished
from pytest_domainsafety.effects.runs.parts import shard_of
from pytest_domainsafety.shell.configuring.configuration import configured

LATEST: Final = "latest"


class NamedRun(argparse.Action):
    """An argument, or several, that names a run: see `run_named`. As a type it would have its mistake put away."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse gives it
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,  # noqa: ARG002 - the same
    ) -> None:
        """Keep the path, or the list of paths."""
        setattr(
            namespace, self.dest, run_named(values) if isinstance(values, str) else [*map(run_named, values or ())]
        )


def run_named(text: str) -> Path:
    """The run that an argument names, where `latest` is the one that the project's runs directory finished last.

    A file or folder that is really called so is meant where there is one, as it is of every other name. A newer run
    that did not reach its end is told of: nobody should take an older verdict for its own.

    Raises:
        ConfigurationError: In one sentence, if there is no finished run.
    """
    if text != LATEST or Path(text).exists():
        return Path(text)
    folder = configured_folder()
    found = newest_finished(folder)
    newest = kept_runs(folder)[0]
    if finished_at(newest) is None:
        shard = shard_of(newest)
        what = "not finished" if shard is None else f"{shard.words} and has no verdict"
        sys.stderr.write(
            f"NOTE: latest is {printable(found.name)}, and the newer {printable(newest.name)} is {what}\n"
        )
    return Path(os.path.relpath(found)) if found.is_relative_to(Path.cwd()) else found


def run_name(path: Path) -> str:
    """What a run is called on disk: its folder, or the file a report was written to."""
    file = path.resolve()
    return file.parent.name if file.name == REPORT else file.stem if file.is_file() else file.name


def configured_folder() -> Path:
    """Where the project in this folder keeps its runs.

    Raises:
        ConfigurationError: In one sentence, if its configuration cannot be read.
    """
    try:
        config = project_config()
        return config.rootpath / configured(config).settings.runs_dir
    except pytest.UsageError as error:
        raise ConfigurationError(str(error)) from None
