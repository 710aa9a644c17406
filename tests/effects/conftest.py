"""The acceptance tests' server is the only one, and the unit tests' hostile replies: these tests use them too."""

from __future__ import annotations

import sys
from pathlib import Path

for _folder in ("acceptance", "unit"):
    sys.path.insert(0, str(Path(__file__).parents[1] / _folder))
