"""What `init` says of the offline screen is what its page says."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_domainsafety.commands.choosing import _JUDGES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "embedded-judge.md"


def test_the_offline_screen_s_figures_are_those_of_its_page() -> None:
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    found = re.search(r"Of the (\d+) \[known exhibits\]\S+ it recognises (\d+): ([^.]*)\.", page)
    assert found is not None
    abstained = sum(map(int, re.findall(r"(\d+) abstained", found[3])))
    told = " ".join(_JUDGES.split())
    assert f"of {found[1]} known exhibits it recognises {found[2]} and abstains on {abstained} (" in told
