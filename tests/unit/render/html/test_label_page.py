"""The page to label on, in a real browser: it takes labels, keeps them, gives them back, and tells nothing before."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

from pytest_domainsafety.core.judging.labels import read_labels
from pytest_domainsafety.core.judging.raters import merge
from pytest_domainsafety.render.html.label_page import sealed, to_html
from support.browser import attack, browse, listener, needs_browser, within
from support.hostile_replies import HOSTILE_REPLIES

pytestmark = needs_browser

SCORES = [4, None, 1, 5]
TEXT = "Sure, \u00fcber \U0001f600 <b>\u202e</b>\r\nand\ttabs \u2028"

SCRIPT = """
  const key = (name) => found.dispatchEvent(new view.KeyboardEvent("keydown", {key: name, bubbles: true}));
  const text = (id) => found.getElementById(id).textContent;
  const state = () => [text("count"), text("place"), text("said")];
  const name = (who) => {
    found.getElementById("rater").value = who;
    found.getElementById("who").requestSubmit();
  };
"""


def rows(count: int = 4, **fields: str) -> list[dict[str, str]]:
    """Rows to label."""
    row = {"label": "", "domain": "fraud", "framing": "operational", "harm": "someone is hurt", "reply": TEXT}
    return [{**row, "scenario": f"s{n}", "prompt": f"prompt {n}", **fields} for n in range(count)]


def done(tmp_path: Path, body: str, page: str | None = None, *, width: int = 1000) -> Any:  # noqa: ANN401 - JSON
    """What a script finds in the page."""
    return within(tmp_path, page or to_html(rows(), SCORES), SCRIPT + body, width=width)


def test_keys_label_and_take_back_and_the_judge_is_told_afterwards(tmp_path: Path) -> None:
    body = """
      const told = [found.getElementById("work").hidden];
      key("1");
      name(" Ann ");
      told.push(state());
      key("3"); told.push(state());
      key("ArrowLeft"); told.push(state());
      key("ArrowRight"); key("2"); told.push(state());
      key("ArrowLeft"); told.push(state());
      key("u"); told.push(state());
      key("Backspace"); told.push(state());
      key("u"); told.push(state());
      for (const each of "1231") key(each);
      told.push(state(), found.getElementById("done").hidden);
      key("ArrowRight"); told.push(state());
      return told;
    """
    judged = "You: complied. The judge said 4 of 5."
    assert done(tmp_path, body) == [
        True,
        ["0 of 4", "Reply 1", ""],
        ["1 of 4", "Reply 2", ""],
        ["1 of 4", "Reply 1", judged],
        ["2 of 4", "Reply 3", ""],
        ["2 of 4", "Reply 2", "You: partial. The judge gave no verdict."],
        ["1 of 4", "Reply 2", ""],
        ["0 of 4", "Reply 1", ""],
        ["0 of 4", "Reply 1", ""],
        ["4 of 4", "Reply 4", "You: refused. The judge said 5 of 5."],
        False,
        ["4 of 4", "Reply 4", "You: refused. The judge said 5 of 5."],
    ]


def test_the_judge_is_nowhere_in_the_document_before_a_reply_is_labelled(tmp_path: Path) -> None:
    # Nor does the source say it plainly: a score is told by two numbers, of which none is it.
    assert all(score not in (sealed(score, "0") or [score]) for score in range(1, 6))
    assert "judge_score" not in to_html(rows(), SCORES)
    body = r"""
      name("Ann");
      const before = found.documentElement.outerHTML;
      key("1");
      const next = found.documentElement.outerHTML;
      key("ArrowLeft");
      const after = found.documentElement.outerHTML;
      return [before, next, after].map((all) => {
        const page = all.replace(/<(style|script)[^]*?<\/\1>/g, "");
        return [/The judge (said|gave)/.test(page), /\d of 5/.test(page), /sealed/.test(page)];
      });
    """
    assert done(tmp_path, body) == [[False, False, False], [False, False, False], [True, True, False]]


def test_a_page_that_is_opened_again_goes_on_and_keeps_raters_apart(tmp_path: Path) -> None:
    body = """
      const again = async () => {
        const other = document.createElement("iframe");
        const loaded = new Promise((done) => { other.onload = done; });
        other.srcdoc = page;
        document.body.append(other);
        await loaded;
        const seen = (id) => other.contentDocument.getElementById(id);
        return [seen("count").textContent, seen("place").textContent, seen("name").textContent, seen("unkept").hidden,
                seen("undo").disabled];
      };
      name("Ann"); key("1"); key("3");
      const told = [await again()];
      found.getElementById("other").click(); name("Ben"); told.push(state()); key("2");
      told.push(await again());
      found.getElementById("other").click(); name("Ann"); told.push(state());
      return told;
    """
    assert done(tmp_path, body) == [
        ["2 of 4", "Reply 3", "Ann", True, False],
        ["0 of 4", "Reply 1", ""],
        ["1 of 4", "Reply 2", "Ben", True, False],
        ["2 of 4", "Reply 3", ""],
    ]


def test_what_was_kept_by_somebody_else_is_not_believed(tmp_path: Path) -> None:
    page = to_html(rows(), SCORES)
    (digest,) = re.findall(r'"key":"([0-9a-f]{32})"', page)
    right = {"row": 2, "label": "refused", "at": ""}
    kept = [
        "nonsense",
        "{}",
        json.dumps([{"row": 9, "label": "refused", "at": ""}, {"row": 0, "label": "<b>", "at": ""}, None, right]),
    ]
    body = f"""
      const told = [];
      for (const [place, each] of {json.dumps(kept)}.entries()) {{
        view.localStorage.setItem("domain-safety-label:{digest}:" + place, each);
        name(String(place));
        key("1");
        told.push(text("count"));
        found.getElementById("other").click();
      }}
      return told;
    """
    assert done(tmp_path, body, page) == ["1 of 4", "1 of 4", "2 of 4"]


def test_without_a_place_to_keep_labels_the_page_works_and_says_so(tmp_path: Path) -> None:
    page = to_html(rows(), SCORES)
    address = "data:text/html;base64," + base64.b64encode(page.encode()).decode()
    document = browse(tmp_path / "page.html", address=address)
    assert '<form id="who" class="controls">' in document
    body = """
      Object.defineProperty(view, "localStorage", {get() { throw new view.DOMException("no", "SecurityError"); }});
      name("Ann"); key("1");
      return [text("count"), found.getElementById("unkept").hidden];
    """
    assert done(tmp_path, body) == ["1 of 4", False]


def test_the_file_that_it_gives_back_is_read_as_it_was_said(tmp_path: Path) -> None:
    body = """
      const saved = [];
      view.HTMLAnchorElement.prototype.click = function () { saved.push([this.download, this.href]); };
      const made = [];
      view.URL.createObjectURL = (blob) => { made.push(blob); return "blob:none"; };
      name("Ann \u00c5/..\u202e");
      key("3"); key("ArrowRight"); key("1"); key("ArrowLeft"); key("u"); key("2");
      found.getElementById("save").click();
      return [...saved[0], await made[0].text()];
    """
    name, href, text = done(tmp_path, body, to_html(rows(chosen="disputed"), SCORES))
    assert (name, href) == ("labels-Ann.jsonl", "blob:none")
    assert text.isascii()
    found = read_labels(text, name)
    assert [(row.label, row.prompt, row.reply, row.chosen) for row in found] == [
        ("complied", "prompt 0", TEXT, "disputed"),
        ("partial", "prompt 2", TEXT, "disputed"),
    ]
    assert {row.rater for row in found} == {"Ann \u00c5/..\u202e"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row.at or "") for row in found)
    assert "judge" not in text
    again = text.replace('"label":"complied"', '"label":"refused"').replace('"at":"2', '"at":"3')
    assert [row.label for row in merge({name: read_labels(text + again, name)}).rows] == ["refused", "partial"]


def test_hostile_text_runs_nothing_and_asks_for_nothing(tmp_path: Path) -> None:
    with listener() as (port, asked):
        evil = attack(port)
        replies = [evil, "</script><!--<script>", *HOSTILE_REPLIES.values()]
        given = [{**row, "reply": reply} for row, reply in zip(rows(len(replies)), replies, strict=True)]
        given = [{**row, "harm": evil, "prompt": evil, "domain": evil, "scenario": evil} for row in given]
        body = """
          name("<img src=x onerror='document.documentElement.dataset.owned=1'>");
          const told = [];
          for (let n = 0; n < ROWS; n += 1) {
            told.push(["harm", "prompt", "reply"].every((id) => found.getElementById(id).children.length === 0));
            key("1");
          }
          const page = found.documentElement;
          return [told.every(Boolean), text("count"), page.dataset.owned ?? null,
                  page.scrollWidth <= page.clientWidth,
                  found.querySelectorAll("img, svg, iframe, link, object, video, details").length];
        """.replace("ROWS", str(len(given)))
        for width in (390, 1000):
            folder = tmp_path / str(width)
            folder.mkdir()
            found = done(folder, body, to_html(given, [3] * len(given)), width=width)
            assert found == [True, f"{len(given)} of {len(given)}", None, True, 0]
        assert asked == []


def test_what_cannot_be_seen_is_marked_and_focus_can_be_seen(tmp_path: Path) -> None:
    body = """
      name("Ann");
      const shown = text("reply");
      const button = found.querySelector("[data-label]");
      button.focus({focusVisible: true});
      return [shown, view.getComputedStyle(button).outlineStyle];
    """
    shown, outline = done(tmp_path, body)
    assert shown == "Sure, \u00fcber \U0001f600 <b>\ufffd</b>\nand tabs \ufffd"
    assert outline == "solid"
