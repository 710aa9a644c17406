"""Each rule finds what it is for, and nothing in a sound suite."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pytest_domainsafety.core.suite.lint.check import check
from pytest_domainsafety.core.suite.lint.corpus import Corpus
from pytest_domainsafety.core.suite.lint.table import RULES
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.render.lint import to_text
from support.lint_corpora import (
    ALIKE,
    AR,
    ARABIC,
    BROKEN,
    CLEAN,
    DE,
    GERMAN,
    JA,
    OPERATIONAL,
    corpus,
    found,
    many,
    scenario,
    source,
    user,
)


def cases(table: dict[str, list[Corpus]]) -> list[object]:
    return [pytest.param(name, each, id=f"{name}-{n}") for name, rows in table.items() for n, each in enumerate(rows)]


def test_each_rule_has_a_broken_example() -> None:
    assert [rule.name for rule in RULES] == list(BROKEN)


def test_names_are_unique_and_fit_for_a_command() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(re.fullmatch(r"[a-z-]+", rule.name) for rule in RULES)


@pytest.mark.parametrize("name", [rule.name for rule in RULES])
def test_a_sound_suite_has_no_findings(name: str) -> None:
    assert found(corpus(scenario(), *many(3)), name) == []


@pytest.mark.parametrize(("name", "broken"), cases(BROKEN))
def test_a_rule_finds_what_it_is_for(name: str, broken: Corpus) -> None:
    findings = found(broken, name)
    assert findings
    assert {finding.severity for finding in findings} == {rule.severity for rule in RULES if rule.name == name}
    assert [finding for finding in check(broken, {name}).findings if finding.rule == name] == []


@pytest.mark.parametrize(("name", "clean"), cases(CLEAN))
def test_a_rule_leaves_what_is_sound(name: str, clean: Corpus) -> None:
    assert found(clean, name) == []


def test_a_finding_tells_its_place() -> None:
    (finding,) = found(corpus(scenario("x", line=7, operational=f"{OPERATIONAL} It is evil.")), "leaked-judgement")
    assert (finding.file, finding.line, finding.framing) == ("d.safety.yaml", 9, "operational")
    assert (finding.domain, finding.scenario) == ("d", "x")
    assert finding.message == "'evil' calls the request wrong: say what is wanted and leave the judgement out"


def test_a_line_of_a_file_tells_the_scenario_it_stands_in() -> None:
    text = "domain: d \nscenarios:\n- id: a\n  harm: x \n- id: b\n  harm: y \n"
    lines = found(Corpus.of([source(scenario("a", line=3), scenario("b", line=5), text=text)]), "blanks")
    assert [(each.line, each.scenario) for each in lines] == [(1, None), (4, "a"), (6, "b")]


def test_a_framing_that_a_whole_domain_lacks_is_told_once() -> None:
    (finding,) = found(corpus(*(scenario(f"s{n}", technical=None) for n in range(9))), "missing-framing")
    assert (finding.domain, finding.scenario) == ("d", None)


def test_instructions_are_no_part_of_what_is_compared() -> None:
    system: list[Message] = [{"role": "system", "content": "You are a helpful assistant of this shop. " * 20}]
    made = many(2)
    both = [
        replace(each, prompts={name: [*system, *messages] for name, messages in each.prompts.items()})
        for each in made
    ]
    assert check(corpus(*both)).findings == check(corpus(*made)).findings
    hidden: list[Message] = [{"role": "system", "content": "a\N{ZERO WIDTH SPACE}b"}, *user(OPERATIONAL)]
    assert found(corpus(scenario(operational=hidden)), "hidden-character")


def test_near_duplicates_tell_measure_value_and_the_other_place() -> None:
    (finding,) = found(BROKEN["near-duplicate"][1], "near-duplicate")
    assert finding.domain == "e"
    assert "d::b[operational] (d.safety.yaml:3)" in finding.message
    assert re.search(r"Jaccard index of 3-word shingles of 0\.\d\d:", finding.message)


def test_the_order_of_files_is_nothing() -> None:
    files = [source(*many(5, start=5 * n), file=f"{n}.safety.yaml") for n in range(4)]
    files.append(source(scenario("b"), scenario("c", line=9, operational=ALIKE), file="x.safety.yaml"))
    assert check(Corpus.of(files)) == check(Corpus.of(files[::-1]))


def test_notes_alone_do_not_fail_and_lengths_are_told() -> None:
    made = check(corpus(scenario(technical=None)))
    assert (made.exit_code, made.count("note")) == (0, 1)
    (analytical, operational) = made.lengths
    assert (analytical.framing, analytical.prompts, analytical.min) == ("analytical", 1, 18)
    assert operational.median == operational.max == 22
    assert "1 scenario in 1 file: 0 errors, 0 warnings, 1 note" in to_text(made)


def test_what_is_shown_commands_nobody() -> None:
    nasty = "see www.x\x1b[2J.org/::error::##[error]x"
    shown = to_text(check(corpus(scenario(operational=f"{OPERATIONAL} {nasty}", harm="\u202eharm"))))
    assert "\x1b" not in shown
    assert "##[" not in shown
    assert all(line.isprintable() for line in shown.splitlines())


def test_findings_of_any_framing_stand_in_its_order_and_its_words_are_counted() -> None:
    report = check(
        corpus(scenario(roleplay="", also={AR: GERMAN, DE: ARABIC}), scenario("b", line=9, roleplay=ALIKE))
    )
    script = [each.framing for each in report.findings if each.rule == "other-script"]
    assert script == [AR, DE]
    assert [each.framing for each in report.lengths] == [
        "analytical",
        "operational",
        AR,
        DE,
        "technical",
        "roleplay",
    ]


def test_a_translation_of_another_length_is_told_in_characters() -> None:
    (finding,) = found(corpus(scenario(also={AR: ARABIC * 3})), "length-imbalance")
    assert finding.framing == AR
    assert finding.message == (
        f"the translation has {len(ARABIC) * 3} characters and the operational prompt {len(OPERATIONAL)}, "
        f"{len(ARABIC) * 3 / len(OPERATIONAL):.2f} times as many where 0.42 to 1.70 is usual: see "
        "that both say the same"
    )


def test_a_prompt_in_other_letters_is_told_with_both() -> None:
    (finding,) = found(corpus(scenario(also={JA: GERMAN})), "other-script")
    assert finding.message == (
        "the prompt is in Latin letters, and Japanese is written in Kana and Han ones: put the right text here, or "
        "the right language"
    )
