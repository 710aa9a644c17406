"""Property tests wait as long as they need: how busy the machine is says nothing of the code. CI draws no lots."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")
