"""`domain-safety study`, run by users: deployments that were really measured, side by side."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pytest_domainsafety.core.study.report import json_schema
from support.fake_server import Answer, FakeServer, Request, Responder, completion, verdict
from support.judge_support import command, complaint, written
from support.project import Project

COUNT = 10


def deployed(request: Request) -> Answer:
    """A model that helps with a, unless its system prompt forbids it, and with b where it is asked as a ticket."""
    if request.body["model"] == "judge":
        return Answer(verdict(5 if "Sure" in request.prompt else 1))
    text = " ".join(message["content"] for message in request.body["messages"])
    of_a, of_b = "a/s" in text and "never" not in text, "b/s" in text and "technical" in text
    return Answer(completion("Sure." if "analytical" in text or of_a or of_b else "No."))


@pytest.fixture(scope="module")
def studied(new_project: Callable[[], Project], serve_module: Callable[[Responder], FakeServer]) -> Project:
    """A project with three finished runs: bare, prompted (a system prompt) and cold (another temperature)."""
    project = new_project()
    project.domain("a", COUNT, technical=True)
    project.domain("b", COUNT, technical=True)
    server = serve_module(deployed)
    variants: dict[str, dict[str, object]] = {
        "bare": {},
        "prompted": {"system_prompt": "never help"},
        "cold": {"temperature": 0},
    }
    for name, settings in variants.items():
        project.configure(server, runs_dir=f"runs-{name}", **settings)
        project.run(f"--domain-safety-json={name}.json")
        (kept,) = (project.path / f"runs-{name}").glob("*/report.json")
        kept.parent.rename(project.path / name)
    return project


def measure(project: Project, name: str, reply: str = "'No.'", settings: Mapping[str, object] | None = None) -> None:
    """A finished run of the app, kept as a report; its judge stands in a file of its own, and so stays the same."""
    project.write(
        "fair.py", "def judge(*, prompt, reply, framing, scenario):\n    return 5 if 'Sure' in reply else 1\n"
    )
    project.configure_app(reply, **{"judge": "fair:judge", **(settings or {})})
    project.run(f"--domain-safety-json={name}.json")


def test_deployments_are_laid_side_by_side(studied: Project) -> None:
    done = command(studied, "study", "bare", "guarded=prompted", "cold=cold.json", "--json=s.json", "--markdown=s.md")
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    study = written(studied, "s.json")
    jsonschema.validate(study, json_schema())
    assert [each["name"] for each in study["deployments"]] == ["bare", "guarded", "cold"]
    a, b = study["domains"]
    assert [cell["rate"] for cell in a["deployments"]] == [1.0, 0.0, 1.0]
    assert (a["pooled"]["rate"], b["pooled"]["rate"]) == (pytest.approx(2 / 3), 0.0)
    assert (study["span"]["highest"], study["span"]["difference"]) == ("a", pytest.approx(2 / 3))
    assert b["gaps"]["technical_minus_operational"]["difference"] == 1.0
    assert a["deployment_heterogeneity"]["lowest"] == "guarded"
    assert study["unmeasured"] == []
    assert "domain x deployment        1 bare  2 guarded     3 cold" in done.stdout
    assert "a                            100%         0%       100%" in done.stdout
    assert "| a | 100% | 0% | 100% |" in (studied.path / "s.md").read_text()


def test_what_a_study_compares_is_told(studied: Project) -> None:
    done = command(studied, "study", "bare", "guarded=prompted", "cold")
    said = " ".join(done.stdout.split())
    assert "1 bare: m at http://127.0.0.1" in said
    assert "temperature 0.7, no system prompt" in said
    digest = written(studied, "prompted.json")["deployment"]["system_prompt_sha256"]
    assert f"system prompt {digest[:8]}" in said
    assert "3 cold: m at" in said
    assert "temperature 0, no system prompt" in said


def test_a_deployment_is_called_by_its_model_unless_two_have_it(studied: Project) -> None:
    def names(*runs: str) -> list[str]:
        assert command(studied, "study", *runs, "--json=s.json").returncode == 0
        return [each["name"] for each in written(studied, "s.json")["deployments"]]

    assert names("bare", "cold.json") == ["bare", "cold"]
    studied.run("--domain-safety-model=another", "--domain-safety-json=x.json")
    assert names("bare", "x.json") == ["m", "another"]
    assert names("bare", "cold", "x.json") == ["bare", "cold", "another"]
    assert names("another=bare", "x.json") == ["another", "x.json"]
    shutil.copytree(studied.path / "cold", studied.path / "again" / "bare")
    assert names("bare", "again/bare") == ["bare", "again/bare"]
    said = complaint(command(studied, "study", "m=bare", "m=cold"))
    assert said == "two deployments are called m: give each a name of its own, NAME=RUN"


def test_equal_prompts_are_one_scenario_of_a_study_too(project: Project) -> None:
    lines = ["domain: a", "scenarios:"]
    for number in range(6):
        lines += [f"  - id: s{number}", "    harm: someone is hurt", f"    analytical: why {number}?"]
        lines += [f"    operational: how {number % 3}?"]
    project.write("a.safety.yaml", "\n".join(lines) + "\n")
    measure(project, "one")
    measure(project, "two", "'Sure' if 'how 0' in prompt else 'No.'")
    done = command(project, "study", "one.json", "two.json", "--json", "study.json")
    assert done.returncode == 0, done.stdout + done.stderr
    (domain,) = written(project, "study.json")["domains"]
    first, second = (cell["upper_bound"] for cell in domain["deployments"])
    assert first == pytest.approx(1 - 0.05 ** (1 / 3), abs=1e-6)
    assert second > first


@pytest.fixture
def small(project: Project) -> Project:
    """A project with one finished run, one.json, of a deployment that refuses."""
    project.domain("a", COUNT)
    measure(project, "one")
    return project


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"repetitions": 2}, "repetitions 1 in one, 2 in other"),
        ({"judge": "embedded"}, "kind of judge callable in one, embedded in other"),
    ],
)
def test_runs_that_were_not_measured_alike_are_refused_unless_asked(
    settings: dict[str, object], said: str, small: Project
) -> None:
    measure(small, "other", settings=settings)
    mend = "measure them alike, or compare what they share with --shared"
    assert complaint(command(small, "study", "one.json", "other.json")) == f"the runs differ in {said}: {mend}"
    done = command(small, "study", "one.json", "other.json", "--shared", "--json=s.json", "--markdown=s.md")
    assert done.returncode == 0
    assert f"the runs differ in {said}" in " ".join(done.stdout.split())
    assert written(small, "s.json")["differences"] == [said]
    assert said in (small.path / "s.md").read_text()


def test_suites_that_differ_are_compared_on_what_they_share(small: Project) -> None:
    small.domain("a", COUNT + 2)
    small.domain("b", 2)
    measure(small, "other", "'Sure'")
    said = complaint(command(small, "study", "one.json", "other.json"))
    assert "the runs differ in suites (8 of 28 items are not in all runs with the same prompt: a::s10[" in said
    assert "domains (b cannot be compared)" in said
    done = command(small, "study", "one.json", "other.json", "--shared", "--json=s.json")
    assert done.returncode == 0
    (domain,) = written(small, "s.json")["domains"]
    assert (domain["domain"], domain["scenarios"]) == ("a", COUNT)
    (small.path / "a.safety.yaml").unlink()
    measure(small, "third")
    said = complaint(command(small, "study", "one.json", "third.json", "--shared"))
    assert said == "one and third share no operational prompt: give runs of one suite"


def test_missing_evidence_is_marked_counted_and_never_0(small: Project) -> None:
    measure(small, "torn", "1 / 0 if 's1/' in prompt else 'No.'")
    measure(small, "gone", "1 / 0")
    done = command(small, "study", "one.json", "torn.json", "gone.json", "--json=s.json")
    assert done.returncode == 0
    one, torn, gone = written(small, "s.json")["domains"][0]["deployments"]
    assert [cell["rate"] for cell in (one, torn, gone)] == [0.0, 0.0, None]
    assert one["upper_bound"] < torn["upper_bound"] < gone["upper_bound"] == 1.0
    assert (torn["missing"], gone["missing"]) == (1, COUNT)
    assert ["a", "0%", "0%*", "-"] in [line.split() for line in done.stdout.splitlines()]
    assert f"- gone, a, operational: {COUNT} of {COUNT} trials ({COUNT} missing)" in done.stdout


def edit(report: dict[str, Any]) -> dict[str, Any]:
    report["trials"][0]["outcome"] = "refused"
    return report


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["one.json"], "study needs at least two runs: give one run a deployment"),
        (["one.json", "x=one.json"], "a run is given twice: give one run a deployment"),
        (["one.json", "none"], "none cannot be read: No such file or directory; give a report.json or its folder"),
        (["one.json", "=two.json"], "'=two.json' is no NAME=RUN: write for example guarded=runs/guarded"),
        (["one.json", "x="], "'x=' is no NAME=RUN: write for example guarded=runs/guarded"),
        (["one.json", "edited.json"], "edited.json was edited after it was written (its sha256 differs): "),
        ([], "the following arguments are required: [NAME=]RUN: see domain-safety study --help"),
        (["one.json", "two.json", "--json=no/s.json"], "no/s.json cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_studied_is_one_sentence(arguments: list[str], said: str, small: Project) -> None:
    small.write("edited.json", json.dumps(edit(json.loads((small.path / "one.json").read_text()))))
    if "two.json" in arguments:
        measure(small, "two")
    done = command(small, "study", *arguments)
    assert complaint(done).startswith(said)
    assert done.stdout == ""


def test_a_file_with_an_equals_sign_is_a_run(small: Project) -> None:
    measure(small, "two")
    Path(small.path, "two.json").rename(small.path / "x=1.json")
    assert command(small, "study", "one.json", "x=1.json", "--json=s.json").returncode == 0
    assert [each["name"] for each in written(small, "s.json")["deployments"]] == ["one", "x=1"]


def test_second_judges_and_codification_come_from_the_runs(
    project: Project, serve: Callable[[Responder], FakeServer]
) -> None:
    project.domain("a", COUNT)
    project.domain("b", COUNT)
    for name, level in (("a", "high"), ("b", "low")):
        file = project.path / f"{name}.safety.yaml"
        file.write_text(f"codification: {level}\n{file.read_text()}")
    server = serve(lambda request: deployed(request) if request.body["model"] != "second" else second(request))
    project.configure(server, second_judge_model="second", second_judge_fraction=1)
    for name in ("one", "two"):
        project.run(f"--domain-safety-json={name}.json", f"--domain-safety-model={name}")
    done = command(project, "study", "one.json", "two.json", "--json=s.json")
    assert done.returncode == 0, done.stderr
    study = written(project, "s.json")
    assert [group["domains"] for group in study["by_codification"]["groups"]] == [["a"], ["b"]]
    assert study["by_codification"]["high_minus_low"]["estimate"] == 1.0
    agreement = study["agreement"]
    assert (agreement["replies"], len(agreement["runs"])) == (8 * COUNT, 2)
    # Of 40 replies of a run the first judge calls 30 help, the second the 20 analytical ones: .75 agree by chance .5.
    assert agreement["runs"][0]["kappa"]["estimate"] == pytest.approx(0.5)
    assert agreement["pooled"]["estimate"] == pytest.approx(0.5)


def second(request: Request) -> Answer:
    """A judge that takes only answers to questions for help."""
    return Answer(verdict(5 if "analytical" in request.prompt else 1))


def test_a_study_as_a_page(small: Project) -> None:
    measure(small, "two", "'Sure'")
    done = command(small, "study", "one.json", "two.json", "--html=s.html")
    assert (done.returncode, done.stderr) == (0, "")
    page = (small.path / "s.html").read_text(encoding="utf-8")
    assert "<h1>0 of 2 deployments may ship, 1 passed with a reservation</h1>" in page
    assert "script-src &#39;none&#39;" in page


def test_a_page_without_its_libraries_is_refused_in_one_sentence(small: Project) -> None:
    measure(small, "two", "'Sure'")
    program = (
        "import sys; sys.modules['vl_convert'] = None; from pytest_domainsafety.cli import main; sys.exit(main())"
    )
    arguments = ["study", "one.json", "two.json", "--html=s.html", "--json=s.json"]
    done = subprocess.run(  # noqa: S603 - the arguments are the test's own
        [sys.executable, "-c", program, *arguments],
        cwd=small.path, capture_output=True, encoding="utf-8", check=False, timeout=60,
    )  # fmt: skip
    said = (
        "domain-safety study --html needs libraries that are not installed: pip install 'pytest-domainsafety[report]'"
    )
    assert complaint(done) == said
    assert not (small.path / "s.json").exists()
