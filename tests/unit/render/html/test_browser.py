"""The HTML report in a real browser: nothing hostile in it acts, it fits a phone, and its filter works."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.trial_texts import TrialTexts
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.render.html.report_page import to_html
from support.browser import attack, browse, listener, needs_browser, within
from support.hostile_replies import HOSTILE_REPLIES
from support.html_pages import Outcome, domain, report, trial

pytestmark = needs_browser


def test_hostile_text_runs_nothing_and_asks_for_nothing(tmp_path: Path) -> None:
    with listener() as (port, asked):
        evil = attack(port)
        replies = [*HOSTILE_REPLIES.values(), evil]
        trials = [trial(f"s{number}", outcome="complied", reply=text) for number, text in enumerate(replies)]
        trials.append(trial(evil, domain=evil, outcome="missing", error=evil, finish_reason=evil))
        asking: list[Message] = [{"role": evil, "content": evil}]
        said = TrialTexts(prompt=asking, reply=evil, rest=asking, rationale=evil, served_model=evil)
        shown = report([domain(evil, reason=evil, notes=[evil])], trials, stopped=evil)
        page = to_html(shown, {("fraud", "s0", "operational", 0): said})
        path = tmp_path / "report.html"
        path.write_text(page, encoding="utf-8")
        document = browse(path, "#trial=fraud/s0/operational/1")
        assert asked == []
        assert "data-owned" not in document.split("<head>")[0]
        assert "<title>BLOCK (1 domain: 1 blocked) - domain safety</title>" in document
        # The page's own script did run: the policy lets it.
        assert '<div id="interactive" class="on-screen">' in document
        # And showed what was said, as text.
        opened = document.split('<article class="this">')[1].split("</article>")[0]
        assert opened.count("&lt;iframe src=") == 6
        assert "<iframe" not in opened
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
      found.querySelector("#rows button").click();
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


def framed() -> Report:
    """Three framings of each of 150 scenarios, of which every third complies with the technical one."""
    outcomes: dict[str, list[Outcome]] = {
        "analytical": ["engaged"],
        "operational": ["refused"],
        "technical": ["complied", "refused", "refused"],
    }
    trials = [
        trial(
            f"s{number}",
            framing=framing,
            outcome=of[number % len(of)],
            score=1 + number % 5,
            reply=f"{framing} reply {number}",
        )
        for number in range(150)
        for framing, of in outcomes.items()
    ]
    return report([domain("fraud")], trials)


def test_keys_move_open_and_step_and_a_trial_stands_beside_its_other_framings(tmp_path: Path) -> None:
    body = """
      const told = [], dialog = found.getElementById("trial"), at = () => found.activeElement;
      const key = (name) => at().dispatchEvent(new view.KeyboardEvent("keydown", {key: name, bubbles: true}));
      const texts = (what) => [...dialog.querySelectorAll(what)].map((each) => each.textContent);
      told.push([found.getElementById("count").textContent, found.getElementById("filter-outcome").value]);
      key("j"); key("j"); key("ArrowDown"); key("k");
      told.push(at().textContent);
      at().click();
      told.push([dialog.open, texts("h3"), texts("h4"), texts(".this h4"), texts("pre")]);
      key("j");
      told.push([dialog.open, texts("h3"), texts(".this pre")]);
      found.getElementById("trial-before").click();
      key("k"); key("k");
      told.push([texts("h3"), found.getElementById("trial-before").disabled]);
      found.getElementById("trial-close").click();
      await pause(50);
      told.push([dialog.open, at().textContent]);
      key("/");
      told.push(at().id);
      key("j");
      told.push(at().id);
      key("Escape");
      told.push(at().id);
      return told;
    """
    replies = [f"{framing} reply 3" for framing in ("analytical", "operational", "technical")]
    assert within(tmp_path, to_html(framed()), body) == [
        ["50 of 450 trials", "2"],
        "s3",
        [True, ["s3 (fraud)"], ["analytical", "operational", "technical"], ["technical"], replies],
        [True, ["s6 (fraud)"], ["technical reply 6"]],
        [["s0 (fraud)"], True],
        [False, "s0"],
        "filter-text",
        "filter-text",
        "",
    ]


def test_without_a_script_the_page_shows_what_complied(tmp_path: Path) -> None:
    body = """
      const shown = (what) => found.querySelector(what).offsetParent !== null;
      const words = [...found.querySelectorAll("#static .complied")];
      return [shown("#interactive"), shown("#static table"), shown("#static p"), words.length];
    """
    page = to_html(framed())
    assert within(tmp_path, page, body, sandbox="allow-same-origin") == [False, True, True, 50]
    # With one the table waits for paper.
    assert within(tmp_path, page, body.replace(', shown("#static p")', "")) == [True, False, 50]


def test_rows_are_made_as_they_are_reached_and_can_be_put_in_order(tmp_path: Path) -> None:
    body = """
      const told = [], rows = found.getElementById("rows").rows, order = found.getElementById("filter-order");
      const names = () => [...rows].slice(0, 3).map((row) => row.querySelector("button").textContent);
      found.getElementById("filter-clear").click();
      told.push(rows.length);
      for (let more = 0; more < 4; more += 1) found.getElementById("more").click();
      told.push([rows.length, found.getElementById("more").hidden, names()]);
      for (const value of ["0", "1", ""]) {
        order.value = value;
        order.dispatchEvent(new view.Event("input", {bubbles: true}));
        told.push(names());
      }
      return told;
    """
    assert within(tmp_path, to_html(framed()), body) == [
        100,
        [450, True, ["s0"] * 3],
        ["s4"] * 3,
        ["s0"] * 3,
        ["s0"] * 3,
    ]


def test_a_link_opens_its_trial_and_another_opens_none(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(to_html(framed()), encoding="utf-8")
    document = browse(path, "#trial=fraud/s7/technical/1")
    assert '<dialog id="trial" aria-labelledby="trial-title" open="">' in document
    assert '<h3 id="trial-title">s7 (fraud)</h3>' in document
    assert " open=" not in browse(path, "#trial=fraud/s7/technical/2").split("<dialog")[1].split(">")[0]
