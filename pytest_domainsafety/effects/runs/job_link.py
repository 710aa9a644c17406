"""The address of the CI job that this process runs in."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Final

_ADDRESS: Final = re.compile(r"https?://[\w.:/~%+-]+", re.ASCII)


def job_link(environment: Mapping[str, str] = os.environ) -> str | None:
    """Where the job's log is; None outside GitHub Actions and GitLab CI, or where it is no plain address."""
    parts = [environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    found = f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else environment.get("CI_JOB_URL", "")
    return found if _ADDRESS.fullmatch(found) else None
