"""What a fresh interpreter loads: what is heavy waits until it is used. Who imports whom, import-linter holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest_domainsafety

PACKAGE = Path(pytest_domainsafety.__path__[0])
NAME = "pytest_domainsafety"
SIGNING = ("securesystemslib", "cryptography", "rfc8785")
"""An extra's, which only two commands use."""


def modules(layer: str) -> list[str]:
    paths = sorted((PACKAGE / layer).rglob("*.py"))
    return [
        ".".join([NAME, *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__") for path in paths
    ]


def loaded_by(*names: str) -> set[str]:
    """All modules that a fresh interpreter has loaded after importing some."""
    script = f"import importlib, json, sys\nfor name in {names!r}: importlib.import_module(name)\n"
    script += "print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    return set(json.loads(done.stdout))


def imported_by(*names: str) -> set[str]:
    """The top-level names of these."""
    return {name.partition(".")[0] for name in loaded_by(*names)}


def test_all_three_layers_are_seen() -> None:
    assert {f"{NAME}.core.bounds.gaffke", f"{NAME}.core.escape"} <= set(modules("core"))
    assert f"{NAME}.effects.judges.llm" in modules("effects")
    assert f"{NAME}.shell.gate.plugin" in modules("shell")


def test_importing_the_core_touches_no_pytest_network_or_file_format() -> None:
    # One interpreter for all of them: what the union does not load, none of them does.
    assert imported_by(*modules("core")).isdisjoint(
        {"pytest", "_pytest", "xdist", "openai", "aiohttp", "httpx", "yaml", *SIGNING}
    )


def test_importing_the_effects_touches_no_pytest_and_nothing_heavy() -> None:
    loaded = imported_by(*modules("effects"))
    assert loaded.isdisjoint({"pytest", "_pytest", "xdist"})
    assert loaded.isdisjoint({"openai", "aiohttp", "yaml", *SIGNING})


def test_a_plain_pytest_run_imports_nothing_heavy() -> None:
    loaded = imported_by(f"{NAME}.plugin")
    assert loaded.isdisjoint({"numpy", "scipy", "pydantic", "openai", "yaml", "aiohttp", "asyncio"})


def test_the_public_names_import_nothing_heavy() -> None:
    assert imported_by(NAME).isdisjoint({"numpy", "scipy", "pydantic", "openai", "yaml", "pytest"})


def test_verifying_imports_nothing_that_reports_are_made_of() -> None:
    loaded = loaded_by(f"{NAME}.commands.verify")
    assert f"{NAME}.core.attestation.statement" in loaded
    assert loaded.isdisjoint({f"{NAME}.core.reports.report", f"{NAME}.core.judging.judge_report"})
    assert f"{NAME}.core.reports.report" in loaded_by(f"{NAME}.commands.attest")
