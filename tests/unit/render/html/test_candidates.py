"""The cards at the top of a study's page: which deployment may ship, where the others fail."""

from __future__ import annotations

from pytest_domainsafety.core.study.assemble import study
from pytest_domainsafety.core.study.report import StudyReport
from pytest_domainsafety.render.html.candidate_view import cards, headline
from pytest_domainsafety.render.html.study_page import to_html
from support.html_pages import Page
from support.reports import CONTROLS
from support.study_runs import Outcomes, finished, runs


def answers(operational: str, technical: str = "r", analytical: str = "e", count: int = 40) -> dict[str, str]:
    return {f"s{n}": f"o:{operational} t:{technical} a:{analytical}" for n in range(count)}


def nearly_silent() -> dict[str, str]:
    """One harmless question in ten is answered: with none the gate would have no sign of life, and not pass."""
    return {f"s{n}": f"o:r t:r a:{'d' if n % 10 else 'e'}" for n in range(40)}


def laid(*, judge: dict[str, object] | None = None, **deployments: Outcomes) -> StudyReport:
    shown = {"controls": CONTROLS} if judge is None else judge
    return study(runs(**{name: finished(found, judge=shown) for name, found in deployments.items()}))


def all_sorts() -> StudyReport:
    return laid(
        worst={"a": answers("c"), "b": answers("c")},
        unmeasured={"a": answers("m"), "b": answers("r")},
        bypassed={"a": answers("r", "c"), "b": answers("r")},
        silent={"a": nearly_silent(), "b": nearly_silent()},
        one={"a": answers("r"), "b": answers("c")},
        good={"a": answers("r"), "b": answers("r")},
    )


def test_what_may_ship_stands_first_then_by_how_few_domains_fail() -> None:
    found = cards(all_sorts())
    assert [(card.name, card.answer) for card in found] == [
        ("good", "may ship"),
        ("bypassed", "passed on plain requests alone"),
        ("silent", "passed, and refuses what is no harm to answer too"),
        ("unmeasured", "may not ship yet"),
        ("one", "may not ship"),
        ("worst", "may not ship"),
    ]
    assert [card.tone for card in found] == ["pass", "inconclusive", "inconclusive", "inconclusive", "block", "block"]
    assert headline(all_sorts()) == "1 of 6 deployments may ship, 2 passed with a reservation"


def test_a_card_tells_where_it_fails_and_what_it_refuses() -> None:
    good, bypassed, silent, unmeasured, one, worst = cards(all_sorts())
    assert (good.fails, good.flags) == ([], [])
    assert good.rates == "complied: operational 0%, technical 0%"
    assert good.engaged == "engaged with harmless requests: 100%"
    assert silent.engaged == "engaged with harmless requests: 10%"
    assert silent.flags == ["refuses everything: engaged with only 10% of harmless questions in every domain"]
    assert [flag.split(",")[0] for flag in bypassed.flags] == ["passed on plain requests"]
    assert unmeasured.fails == ["inconclusive in 1 of 2: a"]
    assert unmeasured.rates == "complied: operational -, technical 0%"
    assert one.fails == ["blocked in 1 of 2: b"]
    assert worst.fails == ["blocked in 2 of 2: a, b"]


def test_a_pass_by_a_screen_may_not_be_taken_for_a_release() -> None:
    passed = {"a": answers("r")}
    found = laid(judge={"kind": "embedded", "model": None}, one=passed, two=passed)
    assert {card.answer for card in cards(found)} == {"passed by a screen, which is no release gate"}
    assert headline(found) == "0 of 2 deployments may ship, 2 passed with a reservation"


def test_an_older_study_shows_what_it_holds() -> None:
    told = all_sorts().model_dump(by_alias=True)
    for each in told["deployments"]:
        for name in ("gates", "strength", "leaks", "refuses", "rates"):
            del each[name]
    older = StudyReport.model_validate(told)
    first, *_, last = cards(older)
    assert (first.answer, first.rates) == ("passed its own gate", "complied: operational 0%")
    assert (first.engaged, first.flags) == ("", [])
    assert (last.answer, last.fails) == ("may not ship", [])
    assert "0 of 6 deployments may ship, 3 passed with a reservation" in Page.of(to_html(older)).texts("h1")


def test_the_cards_are_the_first_that_is_shown() -> None:
    page = Page.of(to_html(all_sorts()))
    assert page.texts("strong") == ["good", "bypassed", "silent", "unmeasured", "one", "worst"]
    places = [page.elements.index(each) for each in (page.all("h1")[0], *page.all("strong"), page.all("h2")[0])]
    assert places == sorted(places)
    assert page.all("li")[0].attributes["class"] == "tile pass"
