"""Imports run one way only, shell to effects to core, and what is heavy waits until it is used."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_domainsafety

PACKAGE = Path(pytest_domainsafety.__path__[0])
NAME = "pytest_domainsafety"


def modules(layer: str) -> list[str]:
    paths = sorted((PACKAGE / layer).rglob("*.py"))
    return [
        ".".join([NAME, *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__") for path in paths
    ]


def path_of(module: str) -> Path:
    path = PACKAGE.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def imported_by(*names: str) -> set[str]:
    """Top-level names of all modules that a fresh interpreter has loaded after importing some."""
    script = f"import importlib, json, sys\nfor name in {names!r}: importlib.import_module(name)\n"
    script += "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    return set(json.loads(done.stdout))


def imports_of(module: str) -> Iterator[str]:
    """Every module that a file imports anywhere, in functions and for types too."""
    for node in ast.walk(ast.parse(path_of(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_all_three_layers_are_seen() -> None:
    assert {f"{NAME}.core.bounds.gaffke", f"{NAME}.core.escape"} <= set(modules("core"))
    assert f"{NAME}.effects.judges.llm" in modules("effects")
    assert f"{NAME}.shell.gate.plugin" in modules("shell")


def test_importing_the_core_touches_no_pytest_network_or_file_format() -> None:
    # One interpreter for all of them: what the union does not load, none of them does.
    assert imported_by(*modules("core")).isdisjoint(
        {"pytest", "_pytest", "xdist", "openai", "aiohttp", "httpx", "yaml"}
    )


def test_importing_the_effects_touches_no_pytest_and_nothing_heavy() -> None:
    loaded = imported_by(*modules("effects"))
    assert loaded.isdisjoint({"pytest", "_pytest", "xdist"})
    assert loaded.isdisjoint({"openai", "aiohttp", "yaml"})


def test_a_plain_pytest_run_imports_nothing_heavy() -> None:
    loaded = imported_by(f"{NAME}.plugin")
    assert loaded.isdisjoint({"numpy", "scipy", "pydantic", "openai", "yaml", "aiohttp", "asyncio"})


def test_the_public_names_import_nothing_heavy() -> None:
    assert imported_by(NAME).isdisjoint({"numpy", "scipy", "pydantic", "openai", "yaml", "pytest"})


@pytest.mark.parametrize("name", pytest_domainsafety.__all__)
def test_public_names(name: str) -> None:
    assert getattr(pytest_domainsafety, name).__name__ == name


def test_other_names_are_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Gate'"):
        _ = pytest_domainsafety.Gate


OUTSIDE = {"pytest", "_pytest", "xdist", "openai", "aiohttp", "httpx", "yaml", "requests"}
IMPURE = {
    "random",
    "time",
    "datetime",
    "os",
    "socket",
    "subprocess",
    "threading",
    "asyncio",
    "pathlib",
    "secrets",
    "uuid",
}


@pytest.mark.parametrize("module", modules("core"))
def test_the_core_has_no_clock_no_files_and_no_chance_of_its_own(module: str) -> None:
    assert {name.partition(".")[0] for name in imports_of(module)}.isdisjoint(OUTSIDE | IMPURE)


@pytest.mark.parametrize("module", modules("effects"))
def test_the_effects_know_no_pytest(module: str) -> None:
    assert {name.partition(".")[0] for name in imports_of(module)}.isdisjoint({"pytest", "_pytest", "xdist"})
