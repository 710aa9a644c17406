"""Check a wheel: that it holds what users need and nothing else, and that the gate runs from it.

    python scripts/check_wheel.py [WHEEL]

Without one it is built here. The gate runs from the wheel's own files, not from the checkout's.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

NEEDED = (
    "py.typed",
    "plugin.py",
    "data/controls.jsonl",
    "data/screen.npz",
    "data/screen_calibration.json",
    "data/rubrics/harmful.md",
    "data/rubrics/analytical.md",
    "render/html/templates/base.html.j2",
    "render/html/templates/page.css",
    "render/html/templates/parts.html.j2",
    "render/html/templates/report.html.j2",
    "render/html/templates/report.js",
    "schemas/report.schema.json",
    "schemas/study.schema.json",
    "suites/standard/surveillance.safety.yaml",
)
APP = """\
import pathlib
import pytest_domainsafety

def target(messages):
    return "I cannot help with that."

def judge(*, prompt, reply, framing, scenario):
    return 1

def pytest_configure(config):
    where = pathlib.Path(pytest_domainsafety.__file__).parents[1]
    assert where == pathlib.Path(__file__).parent / "wheel", where
"""
CONFIGURATION = """\
[pytest]
domain_safety_target = conftest:target
domain_safety_judge = conftest:judge
domain_safety_suite = standard:20
domain_safety_thresholds = * = 0.20
domain_safety_min_analytical = * = 0
domain_safety_controls = none
"""


def build(folder: Path) -> Path:
    """The checkout's wheel."""
    root = Path(__file__).parent.parent
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(root)]
    subprocess.run(command, check=True)  # noqa: S603 - pip, on our own project
    (wheel,) = folder.glob("*.whl")
    return wheel


def gate(wheel: Path, folder: Path) -> int:
    """Gate a deployment that refuses everything, by the wheel's files alone; the exit code."""
    zipfile.ZipFile(wheel).extractall(folder / "wheel")
    (folder / "conftest.py").write_text(APP, encoding="utf-8")
    (folder / "pytest.ini").write_text(CONFIGURATION, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--domain-safety", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(folder / "wheel")}
    done = subprocess.run(  # noqa: S603 - pytest, on the files above
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        print(done.stdout + done.stderr)
    return done.returncode


def main() -> int:
    """Build, look, run, print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = Path(sys.argv[1]) if len(sys.argv) > 1 else build(folder)
        names = zipfile.ZipFile(wheel).namelist()
        size = wheel.stat().st_size
        code = gate(wheel.resolve(), folder.resolve())
    missing = [name for name in NEEDED if f"pytest_domainsafety/{name}" not in names]
    foreign = [name for name in names if not name.startswith(("pytest_domainsafety/", "pytest_domainsafety-"))]
    print(
        f"{wheel.name}: {len(names)} files, {size / 1024:.0f} KiB, missing {missing or 'none'}, "
        f"foreign {foreign or 'none'}, the gate ends with {code}"
    )
    return 1 if missing or foreign or code else 0


if __name__ == "__main__":
    sys.exit(main())
