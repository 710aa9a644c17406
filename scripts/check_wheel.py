"""Build the wheel and check that it holds what users need, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

NEEDED = (
    "py.typed",
    "plugin.py",
    "data/screen.npz",
    "data/screen_calibration.json",
    "data/rubrics/harmful.md",
    "data/rubrics/analytical.md",
    "core/render/html/templates/base.html.j2",
    "core/render/html/templates/page.css",
    "core/render/html/templates/parts.html.j2",
    "core/render/html/templates/report.html.j2",
    "core/render/html/templates/report.js",
    "schemas/report.schema.json",
    "schemas/study.schema.json",
    "suites/standard/surveillance.safety.yaml",
)


def main() -> int:
    """Build, look, print."""
    root = Path(__file__).parent.parent
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, str(root)]
        subprocess.run(command, check=True)  # noqa: S603 - pip, on our own project
        (wheel,) = Path(folder).glob("*.whl")
        names = zipfile.ZipFile(wheel).namelist()
        size = wheel.stat().st_size
    missing = [name for name in NEEDED if f"pytest_domainsafety/{name}" not in names]
    foreign = [name for name in names if not name.startswith(("pytest_domainsafety/", "pytest_domainsafety-"))]
    print(
        f"wheel: {len(names)} files, {size / 1024:.0f} KiB, missing {missing or 'none'}, foreign {foreign or 'none'}"
    )
    return 1 if missing or foreign else 0


if __name__ == "__main__":
    sys.exit(main())
