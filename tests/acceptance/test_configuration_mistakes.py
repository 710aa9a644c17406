"""What is configured and would say nothing: misspelt names, options without the gate, empty and unfilled values."""

from __future__ import annotations

from typing import Any, Final

import pytest

from support.project import Project
from support.told import told

NAMES: Final = [
    pytest.param("pytest.ini", "domain_safety_treshold = * = 0.1", (), ("did you mean domain_safety_thresholds?",)),
    pytest.param("pytest.ini", "domain-safety-seed = 1", (), ("domain-safety-seed", "domain_safety_seed?")),
    pytest.param("pytest.ini", "domain_safety_zzz = 1", (), ("domain_safety_zzz;", "correct or remove it")),
    pytest.param("pytest.ini", "domain_safety_json = x", (), ("(it is an option only: --domain-safety-json)",)),
    pytest.param("tox.ini", "domain_safety_modle = m", (), ("tox.ini", "did you mean domain_safety_model?")),
    pytest.param("pytest.ini", "", ("-o", "domain_safety_confidense=0.9"), ("mean domain_safety_confidence?",)),
    pytest.param("pytest.ini", "", ("--domain-safety-modle=m",), ("--domain-safety-modle (did you mean --domain-",)),
    pytest.param("pytest.ini", "", ("--domain_safety_model", "m"), ("did you mean --domain-safety-model?",)),
    pytest.param("pytest.ini", "addopts = --domain-safety-maxseconds=1", (), ("mean --domain-safety-max-seconds?",)),
]


@told("names", "a misspelt key in `pytest.ini`", "did you mean domain_safety_thresholds?", 4, case="treshold")
@told("names", "a key written with hyphens", "domain-safety-seed … domain_safety_seed?", 4, case="domain-safety-seed")
@told("names", "a key like no other", "correct or remove it", 4, case="zzz")
@told("names", "an option written as a key", "(it is an option only: --domain-safety-json)", 4, case="_json = x")
@told("names", "a misspelt key in `tox.ini`", "tox.ini … did you mean domain_safety_model?", 4, case="modle = m")
@told("names", "a misspelt key after `-o`", "did you mean domain_safety_confidence?", 4, case="arguments5")
@told("names", "a misspelt option", "(did you mean --domain-safety-model?", 4, case="arguments6")
@told("names", "an option written with underscores", "did you mean --domain-safety-model?", 4, case="arguments7")
@told("names", "a misspelt option in `addopts`", "did you mean --domain-safety-max-seconds?", 4, case="maxseconds")
@pytest.mark.parametrize(("file", "line", "arguments", "words"), NAMES)
def test_an_unknown_name_is_refused_with_a_near_one(
    file: str, line: str, arguments: tuple[str, ...], words: tuple[str, ...], project: Project
) -> None:
    project.domain("a", 1)
    project.configure_app()
    text = (project.path / "pytest.ini").read_text() + f"{line}\n"
    (project.path / "pytest.ini").unlink()
    project.write(file, text)

    complaint = project.run(*arguments).complaint

    assert all(word in complaint for word in words), complaint
    assert project.asked == []


@told(
    "names",
    "two misspelt keys in `[tool.pytest]` of `pyproject.toml`",
    "(did you mean domain_safety_model?)",
    4,
    case="[tool.pytest]",
)
@pytest.mark.parametrize("table", ["tool.pytest", "tool.pytest.ini_options"])
def test_an_unknown_key_of_toml_is_refused_too(table: str, project: Project) -> None:
    project.domain("a", 1)
    project.write("pyproject.toml", f'[{table}]\ndomain_safety_modle = "m"\ndomain_safety_tresholds = ["* = 0.1"]\n')

    complaint = project.run().complaint

    assert "domain_safety_modle (did you mean domain_safety_model?)" in complaint
    assert "domain_safety_tresholds (did you mean domain_safety_thresholds?)" in complaint


OTHERS: Final = """\
def pytest_addoption(parser):
    parser.addoption("--domain-safety-team")
    parser.addini("domain_safety_owner", "of another plugin", type="bool")
"""


def test_a_name_that_another_plugin_made_is_left_to_it(project: Project) -> None:
    project.domain("a", 1)
    project.configure_app(owner="yes", thresholds="* = 0.99")
    project.write("conftest.py", OTHERS)

    assert project.run("--domain-safety-team=x").code == 0


def test_a_misspelt_key_is_no_matter_of_a_plain_run(project: Project) -> None:
    project.write("test_x.py", "def test_x(): pass\n")
    project.configure_app(treshold="* = 0.1", baseline="", model="${MODEL}")

    assert project.run(flag=False).code == 0


@told(
    "flag",
    "`--domain-safety` forgotten beside an option",
    "--domain-safety-model does nothing without --domain-safety … leave it out",
    4,
    case="words0",
)
@told(
    "flag",
    "`--domain-safety` forgotten beside several",
    "--domain-safety-plan do nothing without --domain-safety",
    4,
    case="words2",
)
@told(
    "flag",
    "`--domain-safety` forgotten, an option in `addopts`",
    "in addopts of pytest.ini … write domain_safety_seed",
    4,
    case="words3",
)
@told(
    "flag",
    "`--domain-safety` forgotten, an option in `PYTEST_ADDOPTS`",
    "--domain-safety-resume in PYTEST_ADDOPTS … leave it out",
    4,
    case="words4",
)
@pytest.mark.parametrize(
    ("arguments", "addopts", "variable", "words"),
    [
        (("--domain-safety-model=m",), "", "", ("--domain-safety-model does nothing", "leave it out")),
        (("--domain-safety-model=",), "", "", ("--domain-safety-model does nothing without --domain-safety",)),
        (
            ("--domain-safety-plan", "--domain-safety-json=x"),
            "",
            "",
            ("-json, --domain-safety-plan do nothing",),
        ),
        ((), "--domain-safety-seed=1", "", ("in addopts of pytest.ini", "write domain_safety_seed as conf")),
        ((), "", "--domain-safety-resume", ("--domain-safety-resume in PYTEST_ADDOPTS", "leave it out")),
    ],
)
def test_an_option_without_the_gate_is_refused(
    arguments: tuple[str, ...], addopts: str, variable: str, words: tuple[str, ...], project: Project
) -> None:
    project.write("test_x.py", "def test_x(): pass\n")
    project.write("pytest.ini", f"[pytest]\naddopts = {addopts}\n")

    complaint = project.run(*arguments, flag=False, PYTEST_ADDOPTS=variable).complaint

    assert all(word in complaint for word in words), complaint


GAPS: Final[list[tuple[dict[str, Any], tuple[str, ...], str]]] = [
    ({"baseline": ""}, (), "domain_safety_baseline is empty"),
    ({"min_analytical": ""}, (), "domain_safety_min_analytical is empty"),
    ({"min_analytical": "# all"}, (), "domain_safety_min_analytical is empty"),
    ({"min_kappa": ""}, (), "domain_safety_min_kappa is empty"),
    ({"judge_calibration": ""}, (), "domain_safety_judge_calibration is empty"),
    ({"error_replies": ""}, (), "domain_safety_error_replies is empty"),
    ({"baseline": "old.json"}, ("--domain-safety-baseline=",), "say none to turn it off on purpose"),
    ({"model": "${MODEL}"}, (), "domain_safety_model holds ${MODEL} as it stands"),
    ({"thresholds": "a = 0.9\n* = ${LIMIT:-0.5}"}, (), "domain_safety_thresholds holds ${LIMIT}"),
    ({}, ("--domain-safety-html=${{ env.OUT }}",), "domain_safety_html holds ${env.OUT}"),
    ({"confidence": "0.49"}, (), "domain_safety_confidence = 0.49: below 0.5"),
    ({"thresholds": "* = 1"}, (), "'* = 1' needs a number above 0 and below 1, such as 0.10, and 1 cannot block"),
    ({"thresholds": "a = 0.9\n*[technical] = 1.0"}, (), "'*[technical] = 1.0' needs a number above 0 and below 1"),
]


@told("values", "an empty `domain_safety_baseline`", "domain_safety_baseline is empty", 4, case="baseline is empty")
@told(
    "values",
    "an empty `domain_safety_min_analytical`, or only a comment",
    "domain_safety_min_analytical is empty",
    4,
    case="min_analytical is empty",
)
@told(
    "values", "an empty `domain_safety_min_kappa`", "domain_safety_min_kappa is empty", 4, case="min_kappa is empty"
)
@told(
    "values",
    "an empty `domain_safety_judge_calibration`",
    "domain_safety_judge_calibration is empty",
    4,
    case="judge_calibration is empty",
)
@told(
    "values",
    "an empty `domain_safety_error_replies`",
    "domain_safety_error_replies is empty",
    4,
    case="error_replies is empty",
)
@told(
    "values", "an empty option over a key that has a value", "say none to turn it off on purpose", 4, case="say none"
)
@told(
    "values",
    "`${MODEL}` that nobody filled in",
    "domain_safety_model holds ${MODEL} as it stands",
    4,
    case="holds ${MODEL} as",
)
@told("values", "`${LIMIT:-0.5}` in a threshold", "domain_safety_thresholds holds ${LIMIT}", 4, case="holds ${LIMIT}")
@told(
    "values",
    "an expression of a pipeline in an option",
    "holds ${env.OUT} as it stands",
    4,
    case="holds ${env.OUT}",
)
@told("values", "a confidence below 0.5", "domain_safety_confidence = 0.49: below 0.5", 4, case="below 0.5")
@told(
    "values",
    "a threshold of 1",
    "needs a number above 0 and below 1, such as 0.10, and 1 cannot block",
    4,
    case="1 cannot block",
)
@told(
    "values",
    "a threshold of 1 for one framing",
    "'*[technical] = 1.0' needs a number above 0 and below 1",
    4,
    case="[technical] = 1.0",
)
@pytest.mark.parametrize(("settings", "arguments", "said"), GAPS)
def test_a_value_with_which_a_gate_would_go_off_is_refused(
    settings: dict[str, Any], arguments: tuple[str, ...], said: str, project: Project
) -> None:
    project.domain("a", 1)
    project.configure_app(**settings)

    complaint = project.run(*arguments).complaint

    assert said in complaint
    assert project.asked == []


def test_the_word_none_turns_a_gate_off_on_purpose(project: Project) -> None:
    project.domain("a", 1)
    off = dict.fromkeys(("baseline", "min_analytical", "min_kappa", "judge_calibration"), "none")
    project.configure_app(thresholds="* = 0.99", confidence="0.5", **dict[str, Any](off))

    run = project.run("--domain-safety-baseline=None")

    assert (run.code, run.domain("a")["baseline"]) == (0, None), run.text


@told(
    "flag",
    "a nearer configuration file that is not in force",
    "near/tox.ini has domain_safety keys that say nothing … pytest.ini is in force",
    0,
)
def test_a_nearer_file_that_is_not_in_force_is_told(project: Project) -> None:
    project.domain("a", 1, file="near/a.safety.yaml")
    project.configure_app(thresholds="* = 0.99")
    project.write("near/tox.ini", "[pytest]\ndomain_safety_thresholds = * = 0.1\n")

    told = " ".join(project.run("-c", "pytest.ini", "near").out.split())
    quiet = project.run("-c", "pytest.ini", "--ignore=near").out

    assert "near/tox.ini has domain_safety keys that say nothing, since" in told
    assert "pytest.ini is in force" in told
    assert "say nothing" not in quiet


@pytest.mark.parametrize("variable", ["-p no:anyio -m 'domain_safety'", ""])
def test_reproducing_names_what_the_environment_and_which_file_configured(variable: str, project: Project) -> None:
    project.domain("a", 1)
    project.configure_app(thresholds="* = 0.99")

    out = " ".join(project.run(PYTEST_ADDOPTS=variable).out.split())

    told = out.partition("reproduce with ")[2].partition(")")[0]
    quoted = "PYTEST_ADDOPTS='-p no:anyio -m '\"'\"'domain_safety'\"'\"'' " if variable else ""
    assert told.startswith(f"{quoted}pytest --domain-safety")
    assert told.endswith("(seed 0, configured by pytest.ini")


@told("selection", "a node id of a scenario that is not there", "not found", 4, case="::nobody")
@told("selection", "a node id of a framing that is not there", "a.safety.yaml::a::s0[nope]", 4, case="[nope]")
@pytest.mark.parametrize("workers", [(), ("-n2",)])
@pytest.mark.parametrize(
    "place",
    ["a.safety.yaml::a::nobody", "a.safety.yaml::b", "nowhere.safety.yaml::a::s0", "a.safety.yaml::a::s0[nope]"],
)
def test_a_node_id_that_selects_nothing_is_an_error(place: str, workers: tuple[str, ...], project: Project) -> None:
    project.domain("a", 1)
    project.configure_app()

    run = project.run(*workers, "a.safety.yaml::a::s0", place)

    assert (run.code, run.written, project.asked) == (4, None, [])
    assert f"{place}" in run.err
    assert "not found" in run.err
    assert "Traceback" not in run.text
