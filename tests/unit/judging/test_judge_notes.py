"""What a report tells of its judge, in the report itself, on the terminal and in Markdown."""

from __future__ import annotations

import re

import pytest

from pytest_domainsafety.core.judging.calibration import CalibratedJudge, Calibration, Labelled, calibrate
from pytest_domainsafety.core.judging.judge_notes import judge_report
from pytest_domainsafety.core.judging.judge_report import Agreement, Disagreement, Interval, Judge
from pytest_domainsafety.core.reports.domain_report import AnalyticalFraming, DomainReport, HarmfulFraming
from pytest_domainsafety.core.reports.report import Deployment, Report, SuiteInfo, Usage
from pytest_domainsafety.render.judging import interval, judge_lines, judge_markdown

LLM = CalibratedJudge(kind="llm", model="judge", fingerprint="0123456789abcdef")
EMBEDDED = CalibratedJudge(kind="embedded", model=None, fingerprint="0123456789abcdef")
NOTE = "made on replies of small models, in English"


def calibration(
    compliances: int = 60, seen: int = 54, note: str | None = None, of: CalibratedJudge = LLM
) -> Calibration:
    """Of a judge that saw so many of so many compliances, and all 40 refusals."""
    rows = [Labelled(f"c{number}", compliance=True, verdict=number < seen) for number in range(compliances)]
    rows += [Labelled(f"r{number}", compliance=False, verdict=False) for number in range(40)]
    rows.append(Labelled("a", compliance=True, verdict=None))
    return calibrate(rows, judge=of, created="2026-01-02T03:04:05+00:00", labels_sha256="ab" * 32, note=note)


def agreement(
    disagreements: int = 1, floor: float | None = 0.6, nodeid: str = "a.yaml::a::s{}[operational]"
) -> Agreement:
    """Of a second judge with the first, on 30 replies."""
    return Agreement(
        model="second",
        asked=30,
        unusable=2,
        both_complied=13,
        kappa=Interval(estimate=0.81, low=0.6, high=1.0),
        agreement=0.93,
        floor=floor,
        disagreements=[
            Disagreement(nodeid=nodeid.format(number), repetition=0, score=5, second_score=1)
            for number in range(disagreements)
        ],
    )


def framing(corrected: float | None, estimate: float | None = 0.11) -> HarmfulFraming:
    return HarmfulFraming(
        scenarios=60,
        trials=60,
        judged=60,
        missing=0,
        unjudged=0,
        filtered=0,
        not_asked=0,
        threshold=0.2,
        decision="block",
        complied=6,
        rate=0.1,
        upper_bound=0.188,
        best_case_upper_bound=0.188,
        corrected_upper_bound=corrected,
        corrected_best_case_upper_bound=corrected,
        corrected_rate=None if corrected is None else estimate,
        bootstrap_ci=(0.03, 0.18),
    )


def report(
    judge: Judge, corrected: float | None = None, domain: str = "fraud", estimate: float | None = 0.11
) -> Report:
    framings: dict[str, HarmfulFraming | AnalyticalFraming | None] = {
        "operational": framing(corrected, estimate),
        "technical": framing(None),
        "analytical": None,
    }
    return Report(
        decision="block",
        exit_code=1,
        started="s",
        finished="f",
        confidence=0.95,
        alpha=0.05,
        seed=0,
        deployment=Deployment(
            model="m",
            base_url="http://x/v1",
            temperature=0.7,
            max_tokens=1,
            repetitions=1,
            system_prompt_sha256=None,
            request=None,
            headers_note=None,
        ),
        judge=judge,
        suite=SuiteInfo(sha256="0" * 64, files=[], scenarios=60),
        usage=Usage(requests=1, judge_requests=1, retries=0, prompt_tokens=0, completion_tokens=0, seconds=1.0),
        domains=[DomainReport(domain=domain, decision="block", reason="r", kind=None, framings=framings)],
        trials=[],
    )


def terminal(made: Report) -> str:
    """The terminal's section, with wrapped sentences made whole."""
    lines = [line.text for line in judge_lines(made, len("domain"))]
    assert all(len(line) <= 80 for line in lines), lines
    return re.sub(r"\n +", " ", "\n".join(lines))


def test_the_judge_is_named_with_its_figures() -> None:
    found = judge_report(LLM, calibration(), agreement())
    assert (found.kind, found.model, found.fingerprint, found.warnings) == ("llm", "judge", "0123456789abcdef", [])
    assert found.agreement == agreement()
    assert found.calibration is not None
    kept = found.calibration
    assert (kept.tp, kept.fn, kept.tn, kept.fp, kept.abstained, kept.prompts) == (54, 6, 40, 0, 1, 101)
    assert kept.sensitivity.estimate == pytest.approx(0.9)
    assert kept.specificity.estimate == 1.0
    assert (kept.note, kept.confidence, kept.labels_sha256) == (None, 0.95, "ab" * 32)


def test_a_judge_of_whom_nothing_is_known_has_nothing_but_its_name() -> None:
    found = judge_report(LLM, None, None)
    assert (found.calibration, found.agreement, found.warnings) == (None, None, [])
    assert judge_lines(report(found), 6) == []
    assert judge_markdown(report(found)) == ""


@pytest.mark.parametrize(("compliances", "more"), [(10, 40), (49, 1), (50, None), (60, None)])
def test_too_few_labelled_compliances_are_a_warning(compliances: int, more: int | None) -> None:
    warnings = judge_report(LLM, calibration(compliances, compliances), None).warnings
    said = f"the judge's calibration holds too few true compliances: label {more} more, and calibrate again"
    assert warnings == ([] if more is None else [said])


WARNED = {
    "itself": judge_report(LLM, None, None, same_as_deployment=True),
    "too few": judge_report(LLM, calibration(10, 9), None),
    "note": judge_report(LLM, calibration(note=NOTE), None),
    "embedded": judge_report(EMBEDDED, calibration(10, 9, NOTE, EMBEDDED), None),
    "second": judge_report(LLM, None, None, problem="HTTP 401, check the key"),
}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("itself", "the deployment judges itself: the judge is the same model at the same endpoint"),
        ("too few", "label 40 more, and calibrate again"),
        ("note", f"the judge's calibration: {NOTE}"),
        ("embedded", f"the judge's calibration: {NOTE}"),
        ("second", "the second judge gave no verdict: HTTP 401, check the key"),
    ],
)
def test_a_warning_stands_on_the_terminal_and_in_markdown(name: str, said: str) -> None:
    (warning,) = WARNED[name].warnings
    assert said in warning
    made = report(WARNED[name])
    assert warning in terminal(made)
    yellow = [line.text.strip() for line in judge_lines(made, 6) if line.style == "yellow"]
    assert " ".join(yellow) == warning
    # The word joiner and the backslashes are the escape's own.
    assert warning in judge_markdown(made).replace("\\", "").replace("&#8288;", "")


def test_a_warning_is_told_beside_another() -> None:
    found = judge_report(LLM, calibration(10, 9, NOTE), None, same_as_deployment=True, problem="timeout")
    assert [warning.partition(":")[0] for warning in found.warnings] == [
        "the deployment judges itself",
        "the judge's calibration",
        "the judge's calibration holds too few true compliances",
        "the second judge gave no verdict",
    ]


# Figures


def test_calibration_and_agreement_are_a_sentence_each() -> None:
    made = report(judge_report(LLM, calibration(), agreement()))
    said = terminal(made)
    assert (
        "judge calibrated 2026-01-02 on 100 human labels of 101 prompts (1 more abstained on): sensitivity 0.90 "
        "[0.79, 0.96], specificity 1.00 [0.91, 1.00], kappa "
    ) in said
    assert (
        "second judge second on 30 replies (2 without a verdict): kappa 0.81 [0.60, 1.00], 1 read differently, floor "
        "0.60"
    ) in said
    assert "judged differently: a.yaml::a::s0[operational], repetition 1: 5 of 5, second judge 1" in said
    assert ", floor" not in terminal(report(judge_report(LLM, None, agreement(floor=None))))


@pytest.mark.parametrize("count", [0, 10, 11, 25])
def test_only_the_first_disagreements_are_listed(count: int) -> None:
    made = report(judge_report(LLM, None, agreement(count)))
    for said in (terminal(made), judge_markdown(made)):
        assert said.count("judged differently") == min(count, 10)
        assert ("more, in the JSON report" in said) is (count > 10)
    assert (f"and {count - 10} more, in the JSON report" in terminal(made)) is (count > 10)


def test_both_bounds_and_the_estimate_are_shown() -> None:
    made = report(judge_report(LLM, calibration(), None), 0.262)
    lines = [line.text.split() for line in judge_lines(made, 6)]
    start = next(number for number, line in enumerate(lines) if line[:2] == ["judge's", "error"])
    assert lines[start][2:] == ["framing", "rate", "estimate", "bound", "corrected"]
    assert lines[start + 1] == ["fraud", "operational", "0.10", "0.11", "0.19", "0.26"]
    # Of a framing that is not corrected nothing is told.
    assert lines[start + 2][:4] == ["the", "corrected", "bound", "decides;"]
    text = judge_markdown(made)
    assert (
        "| domain | framing | rate | Rogan-Gladen estimate | bound without | bound with the judge's error |" in text
    )
    assert "| fraud | operational | 0.10 | 0.11 | 0.19 | 0.26 |" in text
    assert "technical" not in text


def test_where_there_is_no_estimate_a_stroke_stands() -> None:
    made = report(judge_report(LLM, calibration(), None), 1.0, estimate=None)
    assert any(
        line.text.split() == ["fraud", "operational", "0.10", "-", "0.19", "1.00"] for line in judge_lines(made, 6)
    )
    assert "| fraud | operational | 0.10 | - | 0.19 | 1.00 |" in judge_markdown(made)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Interval(estimate=0.5, low=0.25, high=0.75), "0.50 [0.25, 0.75]"),
        (Interval(estimate=-0.001, low=-0.1, high=0.1), "0.00 [-0.10, 0.10]"),
        (Interval(estimate=None, low=None, high=None), "-"),
    ],
)
def test_a_figure_stands_with_its_interval(found: Interval, said: str) -> None:
    assert interval(found) == said


def test_a_node_id_is_not_broken_at_its_hyphens() -> None:
    nodeid = "safety/surveillance.safety.yaml::surveillance::covert-employee-monitoring-at-work[operational]"
    lines = [line.text for line in judge_lines(report(judge_report(LLM, None, agreement(nodeid=nodeid))), 6)]
    assert any(nodeid in line for line in lines)


# Hostile names

HOSTILE = ["![x](http://evil/x.png)", "a|b\n| c", "<img src=x>", "\x1b[2J", "::error::x", "@octocat", "\u202ex"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_in_its_place(text: str) -> None:
    calm, hostile = (
        report(judge_report(LLM, calibration(note=word), agreement(nodeid=word), problem=word), 0.3)
        for word in ("calm", text)
    )
    shown = judge_markdown(hostile)
    assert len(shown.splitlines()) == len(judge_markdown(calm).splitlines())
    assert not re.search(r"<(?!br>)\w|(?<!\\)\]\(|@\w", shown)
    for said in (shown, terminal(hostile)):
        assert all(character.isprintable() for character in said.replace("\n", ""))
        assert not [line for line in said.splitlines() if line.startswith("::")]
