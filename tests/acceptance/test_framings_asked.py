"""`domain_safety_framings`: what is left out on purpose is no item, not missing and not gated."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from support.judge_support import newest_run
from support.project import Project

RECIPE = "operational, analytical:5"


@pytest.fixture
def chosen(project: Project) -> Project:
    """A domain in two files, and one in one."""
    project.domain("a", 16, technical=True)
    parts = [line.replace("id: s", "id: t") for line in (project.path / "a.safety.yaml").read_text().splitlines()]
    project.write("more.safety.yaml", "\n".join(parts).replace("/s", "/t"))
    project.domain("b", 20)
    reply = "('Sure ' if 'analytical' in prompt else 'No ') + prompt"
    project.configure_app(reply, framings=RECIPE, min_analytical=None)
    return project


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_what_is_left_out_is_neither_asked_nor_missing(workers: tuple[str, ...], chosen: Project) -> None:
    run = chosen.run(*workers, "--domain-safety-markdown=run.md", "--domain-safety-html=run.html")
    assert run.code == 0, run.text
    assert Counter((each["domain"], each["framing"]) for each in run.report["trials"]) == {
        ("a", "operational"): 32,
        ("a", "analytical"): 5,
        ("b", "operational"): 20,
        ("b", "analytical"): 5,
    }
    assert len(chosen.asked) == len(set(chosen.asked)) == 62
    assert {each["outcome"] for each in run.report["trials"]} == {"refused", "engaged"}
    assert run.domain("a")["framings"]["technical"] is None
    assert run.domain("a")["reservations"] == run.domain("b")["reservations"] == []
    asked = {name: {**each, "purpose": None} for name, each in run.report["suite"]["framings"].items()}
    assert asked == {
        "analytical": {"asked": 10, "collected": 52, "most": 5, "purpose": None},
        "operational": {"asked": 52, "collected": 52, "most": None, "purpose": None},
        "technical": {"asked": 0, "collected": 32, "most": None, "purpose": None},
    }
    told = "left out by domain_safety_framings: 42 of 52 analytical, all 32 technical prompts"
    assert " ".join(run.out.split()).count(told) == 2  # before anything is asked, and beside the verdict
    assert ("[62 items]" if workers else "collected 62 items") in run.out
    assert "eselected" not in run.out
    assert told.removeprefix("l") in (chosen.path / "run.md").read_text().replace("\\", "")
    page = (chosen.path / "run.html").read_text()
    assert told in page
    assert "--domain-safety-framings=analytical:5,operational" in page


def test_which_are_chosen_and_the_suite_s_digest_hang_on_neither_files_nor_seed(chosen: Project) -> None:
    first = chosen.run("--domain-safety-seed=1")
    everything = chosen.run("--domain-safety-framings=operational, technical, analytical")
    for name in ("a", "more"):
        (chosen.path / f"{name}.safety.yaml").rename(chosen.path / f"z{name}.safety.yaml")
    again = chosen.run("--domain-safety-seed=2", "zmore.safety.yaml", "b.safety.yaml", "za.safety.yaml")
    assert set(first.outcomes()) == set(again.outcomes())
    assert len(everything.outcomes()) == 136
    assert {run.report["suite"]["sha256"] for run in (first, everything, again)} == {first.report["suite"]["sha256"]}


def test_selection_and_resuming_know_the_items_that_are_left(chosen: Project) -> None:
    collected = chosen.run("--collect-only", "-q").out
    assert collected.count("[operational]") == 52
    assert collected.count("[analytical]") == 10
    assert "[technical]" not in collected
    assert "62 tests collected" in collected
    node = "b.safety.yaml::b::s0"
    assert chosen.run(f"{node}[technical]").code == 4
    left_out = next(f"b::s{number}[analytical]" for number in range(20) if f"b::s{number}[anal" not in collected)
    assert chosen.run(f"b.safety.yaml::{left_out}").complaint == (
        f"not asked: b.safety.yaml::{left_out} is left out by domain_safety_framings; ask its framing, or name "
        "another item"
    )
    one = chosen.run(f"{node}", "--domain-safety-max-requests=1")
    assert (one.code, one.domain("b")["kind"]) == (10, "deselected")
    part = chosen.run("-k", "analytical")
    missing = part.operational("b")["missing"]
    assert (part.code, missing, part.domain("b")["framings"]["analytical"]["missing"]) == (10, 20, 0)
    resumed = chosen.run(f"--domain-safety-resume={newest_run(chosen)}", "--domain-safety-framings=operational")
    assert "is of another framings" in resumed.complaint


def test_a_run_of_ten_is_compared_with_a_run_of_all(chosen: Project) -> None:
    before = chosen.run("--domain-safety-framings=operational,analytical,technical")
    assert before.code == 0, before.text
    chosen.write("before.json", json.dumps(before.report))
    run = chosen.run("--domain-safety-baseline=before.json", "--domain-safety-framings=operational")
    assert run.code == 0, run.text
    baseline = run.domain("a")["baseline"]
    assert (baseline["decision"], baseline["framings"]["operational"]["scenarios"]) == ("pass", 32)
    assert any(
        "the baseline asked technical prompts, which this run leaves out" in note for note in baseline["notes"]
    )
    assert "a, b passed, but nothing shows that the deployment answers at all" in " ".join(run.out.split())


def test_a_gate_on_what_is_left_out_is_a_usage_error(chosen: Project) -> None:
    said = chosen.run("--domain-safety-thresholds=* = 0.2, *[technical] = 0.4").complaint
    assert said == (
        "domain_safety_framings: technical is left out, and the line '*[technical] = ..' of domain_safety_thresholds "
        "is a gate on it: name technical, or remove that line"
    )
    assert "(did you mean analytical?) is no framing" in chosen.run("--domain-safety-framings=analytic").complaint
    assert chosen.asked == []
