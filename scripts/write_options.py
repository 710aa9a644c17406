"""Write docs/reference/options.md and commands.md from the code; a test fails where one is old."""

from __future__ import annotations

import argparse
import re
from importlib import import_module
from pathlib import Path
from typing import Final

from pytest_domainsafety import cli
from pytest_domainsafety.core.configuration.settings import Settings
from pytest_domainsafety.shell.keys import KEYS, Key
from pytest_domainsafety.shell.options import PREFIX, add_options

REFERENCE: Final = Path(__file__).resolve().parents[1] / "docs" / "reference"
_DEFAULT: Final = re.compile(r" \(default: (?P<value>.*)\)$")

OPTIONS: Final = """\
# Every option

Each key may stand in `pytest.ini`, in `[tool.pytest.ini_options]` or in native `[tool.pytest]`, and is an option of
the same name with dashes: `domain_safety_base_url` and `--domain-safety-base-url`. The option wins. Of a key that
takes lines the option may be given several times, or once with commas.

What would say nothing is a usage error (exit code 4), before anything is asked:

- a key or option that begins with `domain_safety` and is none; the message has a near name,
- an option without `--domain-safety`, in `addopts` too: there write the key instead,
- a variable that nobody filled in, such as `${{MODEL}}`: pytest fills in none, the shell does in an option,
- an empty value of `baseline`, `min_analytical`, `min_kappa` or `judge_calibration`, which would turn a gate off:
  `none` says it on purpose. An empty value of another key means that it is not set.

Keys in a file that is nearer than the one in force say nothing either; a warning names that file.

Keys and defaults below are read from the code by `scripts/write_options.py`.

## Keys

| key | meaning | default |
| --- | --- | --- |
{keys}

## Options that are no keys

| option | does |
| --- | --- |
{options}

`pytest --help` lists them all too. `--domain-safety-resume` takes a value only with `=`.
"""

COMMANDS: Final = """\
# Commands

`domain-safety COMMAND`, for work beside the runs; `domain-safety --version` tells the version. RUN is a run's folder
in `.domain_safety/`, or its `report.json`, or `latest`: the run in the project's `domain_safety_runs_dir` that was
finished last. A newer one that did not reach its end is told of, and a file or folder here that is really called
`latest` is meant where there is one. A command that needs a judge or a folder reads pytest's configuration here, and
its own options win. A usage error is one sentence and exit code 4.

Arguments and options below are read from the commands' parsers by `scripts/write_options.py`.

{commands}
"""


class _Registry:
    """Stands for pytest's parser and its group, and keeps the options that are no keys."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def getgroup(self, *_: str) -> _Registry:
        """The group, which is the same."""
        return self

    def addini(self, *_: object, **__: object) -> None:
        """Keys are listed by their table."""

    def addoption(self, flag: str, **given: object) -> None:
        """Note an option, if it is no key's."""
        if flag.removeprefix("--").replace("-", "_") not in {PREFIX + key.name for key in KEYS}:
            value = f"={given['metavar']}" if "metavar" in given else ""
            self.found.append((f"`{flag}{value}`", str(given["help"])))


def _cell(text: str) -> str:
    for character in "|*[_":
        text = text.replace(character, f"\\{character}")
    return text


def default_of(key: Key) -> tuple[str, str]:
    """What is so without a key: as its help says, and as the code has it; empty where there is nothing."""
    value = Settings.model_fields[key.name].get_default(call_default_factory=True)
    said = _DEFAULT.search(key.help)
    coded = "" if value in (None, (), {}) else f"{value:g}" if isinstance(value, float) else f"{value}"
    return said["value"] if said else "", coded


def options() -> str:
    """The page of keys and options."""
    registry = _Registry()
    add_options(registry)  # type: ignore[arg-type]  # it has the three methods that are called
    keys = [_key(key) for key in KEYS]
    others = [f"| {shown} | {_cell(text)} |" for shown, text in registry.found]
    return OPTIONS.format(keys="\n".join(keys), options="\n".join(others))


def _key(key: Key) -> str:
    said, coded = default_of(key)
    meaning = _DEFAULT.sub("", key.help)
    return f"| `{PREFIX}{key.name}` | {_cell(meaning)} | {f'`{coded}`' if coded else _cell(said) or '-'} |"


def _section(name: str) -> str:
    module = import_module(f"pytest_domainsafety.commands.{cli._MODULES.get(name, name.replace('-', '_'))}")  # noqa: SLF001
    parts = [f"## {name}", _sentence(module.__doc__ or "")]
    if hasattr(module, "_parser"):
        parser: argparse.ArgumentParser = module._parser()  # noqa: SLF001 - the command's own
        rows = [_row(action) for action in parser._actions if action.dest != "help"]  # noqa: SLF001 - argparse has no other
        parts.append("\n".join(["| argument | is |", "| --- | --- |", *rows]))
    return "\n\n".join(parts)


def _sentence(text: str) -> str:
    """What follows the command's name in its module's docstring."""
    said = " ".join(text.partition(": ")[2].split())
    return said[:1].upper() + said[1:]


def _row(action: argparse.Action) -> str:
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if not action.option_strings:
        shown = f"{value}..." if action.nargs == "+" else value
    else:
        shown = action.option_strings[-1] + ("" if action.nargs == 0 else f" {value}")
    required = "; required" if action.option_strings and action.required else ""
    return f"| `{shown}` | {_cell((action.help or '').replace('%%', '%'))}{required} |"


def commands() -> str:
    """The page of the commands."""
    return COMMANDS.format(commands="\n\n".join(map(_section, cli._COMMANDS)))  # noqa: SLF001 - the command's own


def main() -> None:
    """Write the files."""
    for name, text in (("options.md", options()), ("commands.md", commands())):
        (REFERENCE / name).write_text(text, encoding="utf-8")
        print(f"wrote {name}")


if __name__ == "__main__":
    main()
