"""The HTML report in a real browser: nothing hostile in it acts, it fits a phone, and its filter works."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from pytest_domainsafety.render.html.report_page import to_html
from support.browser import BROWSER, attack, browse, listener, within
from support.hostile_replies import HOSTILE_REPLIES
from support.html_pages import domain, report, trial

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")


def test_hostile_text_runs_nothing_and_asks_for_nothing(tmp_path: Path) -> None:
    with listener() as (port, asked):
        evil = attack(port)
        replies = [*HOSTILE_REPLIES.values(), evil]
        trials = [trial(f"s{number}", outcome="complied", reply=text) for number, text in enumerate(replies)]
        trials.append(trial(evil, domain=evil, outcome="missing", error=evil, finish_reason=evil))
        page = to_html(report([domain(evil, reason=evil, notes=[evil])], trials, stopped=evil))
        path = tmp_path / "report.html"
        path.write_text(page, encoding="utf-8")
        document = browse(path)
        assert asked == []
        assert "data-owned" not in document.split("<head>")[0]
        assert "<title>BLOCK (1 domain: 1 blocked) - domain safety</title>" in document
        # The page's own script did run: the policy lets it.
        assert 'class="controls" role="search" aria-label="Filter the trials">' in document
        # And if something did come through, the policy would still stop it.
        path.write_text(page.replace("</main>", f"{evil}</main>"), encoding="utf-8")
        assert "data-owned" not in browse(path).split("<head>")[0]
        assert asked == []
        # Without either the attack is real.
        path.write_text(f"<!DOCTYPE html><html><head></head><body>{evil}", encoding="utf-8")
        assert "data-owned" in browse(path).split("<head>")[0]
        assert {"/script", "/image"} <= set(asked)


LONG: Final = "unbroken" * 40


@pytest.mark.parametrize("width", [360, 1000])
def test_a_page_is_never_wider_than_the_screen(tmp_path: Path, width: int) -> None:
    replies = [*HOSTILE_REPLIES.values(), attack(9), LONG]
    trials = [trial(f"s{number}", outcome="complied", reply=text) for number, text in enumerate(replies)]
    trials += [trial(LONG, domain=LONG, outcome="missing", error=LONG)]
    page = to_html(report([domain(LONG, reason=LONG, notes=[LONG]), domain("fraud")], trials, stopped=LONG))
    body = """
      for (const each of found.querySelectorAll("details")) each.open = true;
      await pause(200);
      const root = found.documentElement;
      // What hides or scrolls what is in it is no wider itself.
      const inside = (each) => each.parentElement.closest(".scroll, pre, select, svg") !== null;
      const right = (each) => each.getBoundingClientRect().right;
      const over = [...found.body.querySelectorAll("*")].filter((e) => !inside(e) && right(e) > root.clientWidth);
      return [root.scrollWidth, root.clientWidth, over.map((each) => each.outerHTML.slice(0, 80)),
              view.getComputedStyle(found.querySelector(".narrow")).display];
    """
    scroll, client, over, narrow = within(tmp_path, page, body, width=width)
    assert client in range(width - 20, width + 1)
    assert over == []
    assert scroll <= client
    assert narrow == ("block" if width == 360 else "none")


def test_the_trials_are_filtered_and_searched(tmp_path: Path) -> None:
    trials = [trial(f"s{n}", outcome="complied" if n % 10 == 0 else "refused", reply=f"word{n}.") for n in range(100)]
    body = """
      const told = [], count = found.getElementById("count"), none = found.getElementById("none");
      const rows = () => [...found.querySelectorAll("#rows tr")].filter((row) => row.offsetParent !== null).length;
      const set = async (id, value) => {
        const field = found.getElementById(id);
        field.value = value;
        field.dispatchEvent(new view.Event("input", {bubbles: true}));
        await pause(300);
        told.push([count.textContent, rows(), none.hidden]);
      };
      await set("filter-outcome", "0");
      await set("filter-text", "WORD5");
      await set("filter-text", "word7");
      await set("filter-outcome", "1");
      await set("filter-text", "nowhere");
      found.getElementById("filter-clear").click();
      told.push([count.textContent, rows(), none.hidden]);
      return told;
    """
    assert within(tmp_path, to_html(report(trials=trials)), body) == [
        ["10 of 100 trials", 10, True],
        ["1 of 100 trials", 1, True],
        ["1 of 100 trials", 1, True],
        ["10 of 100 trials", 10, True],
        ["0 of 100 trials", 0, False],
        ["100 of 100 trials", 100, True],
    ]
