"""What is said of runs that stopped early: no share of the few known, and no change of what was not asked."""

from __future__ import annotations

from pytest_domainsafety.core.configuration.limits import parse_domain_limits
from pytest_domainsafety.core.reports.comparison import compare_runs
from pytest_domainsafety.render.comparison import to_text
from pytest_domainsafety.render.html.verdict_view import gates
from pytest_domainsafety.render.markdown import to_markdown
from pytest_domainsafety.render.sections import framing_lines
from support.study_runs import finished

SOME = {f"s{n}": "o:c t:n" if n < 2 else "o:r t:r" if n < 4 else "o:r t:n" for n in range(10)}
"""Two that complied, two that are known to have refused, and six that could do either in the other framing."""

FULL = {f"s{n}": "o:c t:r" if n < 2 else "o:r t:r" for n in range(10)}


def test_any_of_a_part_is_a_count() -> None:
    stopped, whole = finished({"a": SOME}), finished({"a": FULL})
    said = [line.text for line in framing_lines(stopped, 10)]
    assert said[1].split()[-3:] == ["2", "of", "4"]
    assert "left out" in said[-1]
    assert all(len(line) <= 80 for line in said)
    assert "| 2 of 4 |" in to_markdown(stopped)
    assert [gate.rate for gate in gates(stopped) if gate.framing == "any of them"] == ["- not known of all"]
    assert [line.text.split()[-1] for line in framing_lines(whole, 10)][1] == "20%"
    assert "left out" not in framing_lines(whole, 10)[-1].text
    assert [gate.rate for gate in gates(whole) if gate.framing == "any of them"] == ["0.20"]


def test_a_comparison_tells_what_was_not_asked_and_the_mend() -> None:
    margins = parse_domain_limits(["* = 0.2"], "a margin", most=1)
    before = finished({"a": {f"s{n}": "o:r" for n in range(40)}})
    after = finished({"a": {f"s{n}": "o:c" if n < 1 else "o:n" if n < 14 else "o:r" for n in range(40)}})
    said = " ".join(to_text(compare_runs({"old": before, "new": after}, margins, 0.05)).split())
    assert "a: 1 of 40 operational scenarios changed, 13 more not measured in both (complied," in said
    assert "this run stopped early and left 13 of 40 trials unasked" in said
    assert "the baseline stopped early" not in said
    assert "measure this run with domain_safety_stop_early = no" in said
    blocked = finished({"a": {f"s{n}": "o:n" if n < 1 else "o:c" for n in range(40)}})
    for other in (before, blocked):
        assert "stopped early" not in to_text(compare_runs({"old": before, "new": other}, margins, 0.05))
