"""What is not there, did not load or is only reported: every report says so, and nothing passes for the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

import pytest_domainsafety
from support.project import Project
from support.told import told

BROKEN = "domain: c\nscenarios: 3\n"
REPORTED = "* = 0.9\nb = report\nb[technical] = report\n*[technical] = 0.9"
LOST = "{}[prompt] if prompt.startswith('b/') else 'Sure.' if 'ana' in prompt else 'No.'"


@told("files", "a scenario file that failed to load", "c.safety.yaml", 2)
@told(
    "files",
    "the same with `--continue-on-collection-errors`",
    "c.safety.yaml failed to load, so that not all of the suite was measured",
    1,
)
@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_what_failed_to_load_leaves_all_gated_domains_open_in_every_report(
    workers: tuple[str, ...], project: Project
) -> None:
    for name in "ab":
        project.domain(name, 15)
    project.write("c.safety.yaml", BROKEN)
    project.configure_app(LOST, thresholds="* = 0.9\nb = report\nc = 0.5")
    files = ("--domain-safety-markdown=r.md", "--domain-safety-html=r.html", "--junitxml=j.xml")

    run = project.run("--continue-on-collection-errors", *files, *workers)
    texts = [run.out, *((project.path / name).read_text(encoding="utf-8") for name in ("r.md", "r.html", "j.xml"))]
    broken_off = project.run(*workers)

    assert (run.code, run.report["decision"], run.report["exit_code"]) == (1, "inconclusive", 10)
    assert run.report["suite"]["unloaded"] == ["c.safety.yaml"]
    assert [(each["domain"], each["decision"], each["kind"]) for each in run.report["domains"]] == [
        ("a", "inconclusive", "deselected"),
        ("b", None, None),
        ("c", "inconclusive", "deselected"),
    ]
    assert run.operational("a")["decision"] == "inconclusive"
    assert all("c.safety.yaml failed to load" in " ".join(text.split()) for text in texts)
    assert all("b is only reported, and no gate stands on it" in " ".join(text.split()) for text in texts[:2])
    assert 'name="domain-safety::b" value="b is only reported' in texts[3]
    assert "Only reported, and no gate stands on: b." in texts[2]
    assert (broken_off.code, broken_off.written) == (2, None)
    assert "PASS" not in broken_off.out


@told("gates", "a domain that is only reported", "b is only reported, and no gate stands on it", 0)
@told(
    "gates",
    "every domain only reported",
    "domain_safety_thresholds only reports what was collected (a, b), so that nothing could",
    4,
)
def test_a_domain_that_is_only_reported_decides_nothing(project: Project) -> None:
    for name in "ab":
        project.domain(name, 15, technical=True)
    project.configure_app(LOST, thresholds=REPORTED, stop_early="curtail", min_analytical=None)

    run = project.run("-q")
    again = project.run("--domain-safety-plan")
    nothing = project.run("--domain-safety-thresholds=* = report").complaint

    assert (run.code, run.report["decision"], run.domain("a")["decision"]) == (0, "pass", "pass")
    found = run.domain("b")["framings"]
    assert [found[name]["threshold"] for name in ("operational", "technical")] == [None, None]
    assert [found[name]["decision"] for name in found] == [None, None, None]
    assert (found["operational"]["missing"], found["operational"]["not_asked"]) == (15, 0)
    assert "b is only reported, and no gate stands on it" in " ".join(run.out.split())
    assert "1 passed, 1 only reported" in run.out
    assert "domain-safety::b" not in run.out
    assert "only reported, and no gate stands on: b" in again.out
    assert nothing.startswith(
        "domain_safety_thresholds only reports what was collected (a, b), so that nothing could"
    )


@told(
    "files", "a folder of your own named as the shipped suite", "stands in the domain 'surveillance' already, at", 2
)
@pytest.mark.parametrize("place", [".", "standard/surveillance.safety.yaml::surveillance"])
def test_a_folder_of_the_projects_own_is_not_taken_for_the_shipped_suite(place: str, project: Project) -> None:
    shipped = Path(pytest_domainsafety.__path__[0]) / "suites" / "standard" / "surveillance.safety.yaml"
    project.write("standard/surveillance.safety.yaml", shipped.read_bytes())
    project.configure_app(suite="standard:2")

    run = project.run(place)

    assert (run.code, run.written, project.asked) == (2, None, [])
    assert "stands in the domain 'surveillance' already, at " in run.out
