"""The pages of a study and of a comparison in a real browser: they fit the screen, and nothing hostile acts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from pytest_domainsafety.core.configuration.limits import parse_domain_limits
from pytest_domainsafety.core.reports.comparison import compare_runs
from pytest_domainsafety.core.study.assemble import study
from pytest_domainsafety.core.study.shared import StudyRun
from pytest_domainsafety.render.html import comparison_page, study_page
from support.browser import BROWSER, attack, browse, listener, within
from support.study_runs import finished

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")

LONG: Final = "unbroken" * 40


def pages(name: str) -> dict[str, str]:
    """Both pages with a name wherever they show one: runs, deployments, domains, scenarios and models."""
    before = finished(
        {name: {f"{name}{n}": "o:r t:r a:e" for n in range(6)}, f"{name} gone": {"x": "o:r"}},
        deployment={"model": name, "base_url": name},
    )
    after = finished(
        {name: {f"{name}{n}": "o:c t:m a:d" for n in range(6)}, f"{name} new": {f"{name}y": "o:r"}},
        deployment={"model": f"{name}2", "base_url": name},
    )
    margins = parse_domain_limits(["* = 0.2"], "a margin", most=1)
    runs = [StudyRun.of(name, name, before), StudyRun.of(f"{name}2", name, after)]
    return {
        "study": study_page.to_html(study(runs, shared_only=True)),
        "comparison": comparison_page.to_html(compare_runs({name: before, f"{name}2": after}, margins, 0.05)),
    }


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_are_never_wider_than_the_screen(tmp_path: Path, width: int) -> None:
    body = """
      for (const each of found.querySelectorAll("details")) each.open = true;
      const root = found.documentElement;
      // What scrolls what is in it is no wider itself.
      const inside = (each) => each.parentElement.closest(".scroll, svg") !== null;
      const box = (each) => each.getBoundingClientRect();
      const over = [...found.body.querySelectorAll("*")].filter((e) => !inside(e) && box(e).right > root.clientWidth);
      const drawn = [...found.querySelectorAll(".narrow svg")].filter((each) => box(each).width > 0);
      return [root.scrollWidth <= root.clientWidth, over.map((each) => each.outerHTML.slice(0, 80)),
              drawn.length > 0];
    """
    for page in pages(LONG).values():
        assert within(tmp_path, page, body, width=width) == [True, [], width == 390]


def test_hostile_names_run_nothing_and_ask_for_nothing(tmp_path: Path) -> None:
    with listener() as (port, asked):
        for name, page in pages(attack(port)).items():
            path = tmp_path / f"{name}.html"
            path.write_text(page, encoding="utf-8")
            document = browse(path)
            assert "data-owned" not in document.split("<head>")[0]
            assert document.count("&lt;iframe src=") > 5
            assert "<iframe" not in document
        assert asked == []
