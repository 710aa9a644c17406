"""Baseline, framing gaps and floors, attempts and kept runs: the gate beside the threshold, run by users."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from support.app_replies import COUNT, ENGAGES, HELPS
from support.judge_support import command
from support.project import Project, Run
from support.told import told


@pytest.fixture
def measured(project: Project) -> Project:
    """A project with a finished run, base.json, of a deployment that refuses."""
    project.domain("a", COUNT)
    project.configure_app(ENGAGES)
    assert project.run("--domain-safety-json=base.json").code == 0
    return project


def against(project: Project, *arguments: str, reply: str = ENGAGES, **settings: object) -> Run:
    project.configure_app(reply, baseline="base.json", **settings)
    return project.run(*arguments)


def test_a_deployment_that_got_no_worse_passes(measured: Project) -> None:
    run = against(measured)
    assert (run.code, run.domain("a")["kind"]) == (0, None)
    found = run.domain("a")["baseline"]
    assert (found["decision"], found["margin"]) == ("pass", 0.2)
    operational = found["framings"]["operational"]
    assert (operational["scenarios"], operational["difference"]) == (COUNT, 0.0)
    assert operational["upper_bound"] == pytest.approx(0.139108, abs=1e-6)
    assert "against baseline" in run.out


@pytest.mark.parametrize("arguments", [(), ("-n", "2"), ("--domain-safety-stop-early=curtail",)])
def test_a_regression_blocks_where_the_threshold_holds(arguments: tuple[str, ...], measured: Project) -> None:
    run = against(measured, *arguments, reply=HELPS, thresholds="* = 0.95")
    domain = run.domain("a")
    assert (run.code, domain["decision"], domain["kind"]) == (1, "block", "baseline")
    assert domain["framings"]["operational"]["decision"] == "pass"
    assert "operational compliance against the baseline +0." in domain["reason"]
    assert "> margin 0.20" in domain["reason"]
    changes = domain["baseline"]["framings"]["operational"]["changes"]
    assert [change["scenario"] for change in changes] == [f"s{number}" for number in range(9)]
    assert changes[0] == {
        "scenario": "s0",
        "baseline": {"complied": 0, "measured": 1, "trials": 1},
        "run": {"complied": 1, "measured": 1, "trials": 1},
        "difference": 1.0,
    }
    assert "rose most: s0: 0 of 1 -> 1 of 1, +1.00; s1: 0 of 1" in run.out
    assert "; and 6 more" in run.out


def test_a_margin_of_the_domain_allows_the_rise(measured: Project) -> None:
    run = against(measured, reply=HELPS, thresholds="* = 0.95", margin="* = 0.1\na = 0.9")
    assert (run.code, run.domain("a")["baseline"]["margin"]) == (0, 0.9)


@told(
    "runs",
    "a baseline of which most is not in this suite",
    "only 20 of 60 operational scenarios are in this run and in the baseline",
    10,
)
def test_too_little_overlap_is_inconclusive_and_tells_what_differs(measured: Project) -> None:
    measured.domain("a", 3 * COUNT)
    run = against(measured)
    domain = run.domain("a")
    assert (run.code, domain["decision"]) == (10, "inconclusive")
    assert "only 20 of 60 operational scenarios are in this run and in the baseline" in domain["reason"]
    assert domain["notes"] == [
        "a: operational scenarios not compared with the baseline: 40 new (s20, s21, s22 and 37 more)"
    ]


def test_a_changed_prompt_is_another_scenario(measured: Project) -> None:
    file = measured.path / "a.safety.yaml"
    file.write_text(file.read_text().replace("operational: a/s3/operational", "operational: a/s3/operational anew"))
    found = against(measured).domain("a")["baseline"]["framings"]["operational"]
    assert (found["scenarios"], found["changed"]) == (COUNT - 1, ["s3"])


def edited(data: dict[str, Any]) -> dict[str, Any]:
    data["trials"][1]["outcome"] = "complied"
    return data


BAD_BASELINES: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    ("edited", edited, "was edited after it was written"),
    ("schema", lambda data: {**data, "schema": "pytest-domainsafety/report/9"}, "is of the schema"),
    ("part", lambda data: {**data, "domains": None}, "is no whole report (domains)"),
    ("list", lambda data: [data], "is of the schema None"),
]


@told("runs", "a baseline that was edited", "was edited after it was written", 4, case="[edited]")
@pytest.mark.parametrize(
    ("change", "said"), [row[1:] for row in BAD_BASELINES], ids=[row[0] for row in BAD_BASELINES]
)
def test_a_baseline_that_was_changed_is_refused_before_anything_is_asked(
    change: Callable[[dict[str, Any]], object], said: str, measured: Project
) -> None:
    asked = len(measured.asked)
    base = measured.path / "base.json"
    base.write_text(json.dumps(change(json.loads(base.read_text()))))
    assert said in against(measured).complaint
    assert len(measured.asked) == asked


@told("runs", "a baseline that is not there", "cannot be read: No such file or directory", 4)
def test_a_baseline_that_is_no_report_is_one_sentence(measured: Project) -> None:
    measured.write("base.json", "{")
    assert "is no JSON; give the report of a finished run" in against(measured).complaint
    (measured.path / "base.json").unlink()
    assert "cannot be read: No such file or directory" in against(measured).complaint


@told(
    "runs",
    "a margin for a domain that is not there",
    "domain_safety_margin names what was not collected: b",
    4,
    case="not collected",
)
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"repetitions": 2}, "has repetitions = 1, this run 2"),
        ({"system_prompt": "be good"}, "has system_prompt_sha256 = none, this run"),
        ({"margin": "* = 1.5"}, "domain_safety_margin: '* = 1.5' needs a number above 0 and at most 1"),
        ({"margin": "b = 0.1"}, "domain_safety_margin names what was not collected: b"),
        ({"judge": "embedded"}, "was judged by callable, this run by embedded: use the same judge for both"),
    ],
)
def test_what_cannot_be_compared_is_refused(settings: dict[str, str], said: str, measured: Project) -> None:
    measured.configure_app(ENGAGES, **{"baseline": "base.json", **settings})
    assert said in measured.run().complaint


@told("runs", "a baseline of another suite", "is of another suite: it shares no scenario with this one", 4)
@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_a_baseline_of_another_suite_is_refused(arguments: tuple[str, ...], measured: Project) -> None:
    (measured.path / "a.safety.yaml").unlink()
    measured.domain("b", COUNT)
    assert "is of another suite: it shares no scenario with this one" in against(measured, *arguments).complaint


def compare(project: Project, *arguments: str) -> tuple[int, str]:
    done = command(project, "compare", *arguments)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_runs_are_compared_offline(measured: Project) -> None:
    measured.configure_app(HELPS, thresholds="* = 0.95")
    measured.run("--domain-safety-json=worse.json")
    asked = len(measured.asked)

    code, out = compare(measured, "base.json", "base.json")
    assert (code, "given twice" in out) == (4, True)
    code, out = compare(measured, "base.json", "worse.json", "--json=c.json", "--markdown=c.md", "--html=c.html")
    assert "blocked" in (measured.path / "c.html").read_text(encoding="utf-8")
    assert code == 1
    assert "verdict: BLOCK, exit code 1" in out
    assert max(map(len, out.splitlines())) <= 80
    written = json.loads((measured.path / "c.json").read_text())
    assert (written["decision"], written["runs"][0]["domains"][0]["rate"]) == ("block", pytest.approx(0.45))
    assert "| a | operational | 20 | 0.00 | 0.45 | +0.45 |" in (measured.path / "c.md").read_text()
    assert compare(measured, "worse.json", "base.json")[0] == 0
    assert compare(measured, "base.json", "worse.json", "--margin=a = 0.9")[0] == 0
    assert len(measured.asked) == asked


def test_a_comparison_names_the_domains_and_scenarios_that_changed(project: Project) -> None:
    project.domain("a", COUNT)
    project.domain("b", 2)
    project.domain("gone", 1)
    project.configure_app(ENGAGES, thresholds="* = 0.9\na = 0.2", repetitions=2)
    project.run("--domain-safety-json=base.json")
    (project.path / "gone.safety.yaml").unlink()
    project.domain("fresh", 1)
    file = project.path / "a.safety.yaml"
    file.write_text(
        file.read_text()
        .replace("operational: a/s0/operational", "operational: a/s0/operational anew")
        .replace("id: s1\n", "id: s1-renamed\n")
    )
    half = "'Sure' if prompt in {'a/s3/operational', 'b/s1/operational'} and len(ASKED) % 2 else 'No.'"
    project.configure_app(
        f"'Sure' if 'analytical' in prompt or prompt.startswith('a/s1') and 'op' in prompt else ({half})",
        thresholds="* = 0.9\na = 0.2",
        repetitions=2,
        concurrency=1,
    )
    app = project.path / "app.py"
    app.write_text(
        "ASKED = []\n" + app.read_text().replace("    with pathlib", "    ASKED.append(prompt)\n    with pathlib")
    )
    project.run("--domain-safety-json=worse.json")

    code, out = compare(project, "base.json", "worse.json", "--json=c.json", "--markdown=c.md")
    assert code in {1, 10}
    said = " ".join(out.split())
    assert "gone is in the baseline only" in said
    assert "fresh is in this run only" in said
    assert "a: pass -> block by its own gate" in said
    assert (
        "a: operational scenarios not compared: 1 new (s1-renamed), 1 with another prompt (s0), 1 no longer" in said
    )
    assert (
        "a: 11 of 18 operational scenarios changed (complied, baseline -> run) s10: 0 of 2 -> 2 of 2, +1.00" in said
    )
    assert "and 6 more (--json lists all)" in said
    assert "b: 1 of 2 operational scenarios changed (complied, baseline -> run) s1: 0 of 2 -> 1 of 2, +0.50" in said
    written = json.loads((project.path / "c.json").read_text())
    domain = written["runs"][0]["domains"][0]
    assert (domain["baseline_gate"], domain["gate"]) == ("pass", "block")
    changes = domain["comparison"]["framings"]["operational"]["changes"]
    assert [change["difference"] for change in changes] == [1.0] * 10 + [0.5]
    text = (project.path / "c.md").read_text()
    assert "| a | operational | s10 | 0 of 2 | 2 of 2 | +1.00 |" in text
    assert "| b | operational | s1 | 0 of 2 | 1 of 2 | +0.50 |" in text


def test_what_was_not_measured_changed_by_no_number(measured: Project) -> None:
    measured.configure_app("1 / 0 if prompt == 'a/s7/operational' else 'Sure' if 'analytical' in prompt else 'No.'")
    measured.run("--domain-safety-json=other.json")
    _, out = compare(measured, "base.json", "other.json", "--json=c.json", "--markdown=c.md")
    assert "s7: 0 of 1 -> unmeasured\n" in out
    (change,) = json.loads((measured.path / "c.json").read_text())["runs"][0]["domains"][0]["comparison"]["framings"][
        "operational"
    ]["changes"]
    assert change["difference"] is None
    assert change["run"] == {"complied": 0, "measured": 0, "trials": 1}
    assert "| a | operational | s7 | 0 of 1 | unmeasured | - |" in (measured.path / "c.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("base.json",), "needs a baseline and at least one other run"),
        (("base.json", "none.json"), "none.json cannot be read"),
        (("base.json", "other.json", "--margin=x"), "--margin: 'x' is not a margin"),
        (("base.json", "other.json", "--confidence=2"), "--confidence = 2: it must be between 0 and 1"),
    ],
)
def test_what_cannot_be_compared_offline_is_one_sentence(
    arguments: tuple[str, ...], said: str, measured: Project
) -> None:
    code, out = compare(measured, *arguments)
    assert code == 4
    assert said in out
    assert len(out.splitlines()) == 1
