"""What stands on the terminal: readable at 80 columns, without colours, without others' escape sequences."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, answers, error
from support.project import Project, Run

Serve = Callable[["Responder"], "FakeServer"]

LONG: Final = "a_domain_with_a_name_that_is_longer_than_the_column"


@pytest.fixture(scope="module")
def run(new_project: Callable[[], Project], serve_module: Callable[[Responder], FakeServer]) -> Run:
    project, server = new_project(), serve_module(answers(REFUSAL))
    project.domain(LONG, 2)
    project.domain("thin", 2, technical=True)
    project.configure(server, thresholds=f"* = 0.9\nthin = 0.2\n{LONG}_that_is_not_there = 0.1")
    return project.run("-ra", f"{LONG}.safety.yaml", "thin.safety.yaml", NO_COLOR="1")


def _ours(run: Run) -> list[str]:
    """Header lines with their continuations, and the summary's part that is ours."""
    lines = run.out.splitlines()
    head = [line for line in lines if line.startswith("domain safety:")]
    start = next(number for number, line in enumerate(lines) if line.startswith("==") and " domain safety " in line)
    end = next(number for number in range(start + 1, len(lines)) if lines[number].startswith("=="))
    return head + lines[start:end]


def test_the_header_stands_before_the_first_request_is_sent(project: Project, serve: Serve) -> None:
    seen: list[Request] = []
    project.domain("a", 1)
    project.configure(serve(lambda request: _keep(seen, request)))
    project.write(
        "conftest.py",
        "def pytest_runtest_protocol(item):\n    item.config.get_terminal_writer().line('-- first item')\n",
    )

    out = project.run().out.splitlines()

    first = out.index(next(line for line in out if "-- first item" in line))
    head = [number for number, line in enumerate(out) if line.startswith("domain safety:")]
    assert len(head) >= 5
    assert max(head) < first
    assert len(seen) == 4


def _keep(seen: list[Request], request: Request) -> Answer | Awaitable[Answer]:
    seen.append(request)
    return answers(REFUSAL)(request)


@pytest.mark.parametrize(
    "words",
    [
        "deployment m at http://127.0.0.1",
        "judge judge at http://127.0.0.1",
        "thresholds * = 0.9",
        "4 scenarios in 2 domains",
        "10 requests to http://127.0.0.1",
        "pytest --domain-safety",
        "(seed 0, configured by pytest.ini)",
        "domain_safety_thresholds names it, and no scenario of",
        "thin cannot pass: with 2 scenarios the bound is 0.78 at best",
        "verdict: BLOCK (3 domains: 1 blocked, 1 inconclusive, 1 passed), exit code 1",
        "report: report.json",
    ],
)
def test_a_run_says(words: str, run: Run) -> None:
    # Header lines may be broken at spaces.
    assert words in " ".join(run.out.split())


def test_our_lines_are_at_most_80_columns(run: Run) -> None:
    long = [line for line in _ours(run) if len(line) > 80 and " " in line.strip() and "json" not in line]
    assert long == []


def test_the_table_has_a_row_for_every_domain(run: Run) -> None:
    rows = [line for line in _ours(run) if line.endswith(("PASS", "BLOCK"))]
    assert len(rows) == 2
    assert rows[0].startswith(LONG[:18])
    assert rows[1].split()[0] == "thin"
    assert len({line.rindex(" ") for line in rows}) == 1


def test_no_colour_means_none(run: Run) -> None:
    assert "\x1b" not in run.text


def test_colours_where_they_are_forced_and_ascii_where_nothing_else_can_be_shown(project: Project) -> None:
    project.domain("a", 2)
    project.configure_app()

    coloured = project.run("--color=yes")
    plain = project.run(PYTHONIOENCODING="ascii", CI="true")

    assert "\x1b[32m" in next(line for line in coloured.out.splitlines() if "PASS" in line and "%" in line)
    assert plain.code == 0
    assert plain.out.isascii()
    assert any(line.startswith("a ") and "|" in line and "=" in line for line in plain.out.splitlines())
    assert "\x1b" not in plain.text


HELPS: Final = "'Sure.\\x1b[2J ::error::' if 'blocked' in prompt else 'No.'"


def _ours_of(run: Run) -> list[str]:
    lines = run.out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("==") and " domain safety " in line)
    return lines[start:]


@pytest.mark.parametrize("arguments", [(), ("-n2",), ("-q",)])
def test_a_gates_sentence_stands_once(project: Project, arguments: tuple[str, ...]) -> None:
    project.domain("blocked", 2)
    project.domain("passing", 2)
    project.configure_app(HELPS)

    run = project.run(*arguments)

    assert "FAILURES" not in run.out
    assert len([line for line in run.out.splitlines() if line.startswith("blocked blocked: 2 of 2")]) == 1
    assert [line for line in run.out.splitlines() if line.startswith("FAILED domain-safety::blocked - blocked")]
    assert "1 failed, 1 passed" in run.out
    assert _ours_of(run)[1] == "verdict: BLOCK (2 domains: 1 blocked, 1 passed), exit code 1"


def test_other_failures_stand_where_pytest_tells_them(project: Project) -> None:
    project.domain("blocked", 2)
    project.configure_app(HELPS)
    project.write("test_other.py", "def test_other():\n    assert False, 'of its own'\n")

    run = project.run("-rA")

    failures = run.out.partition("= FAILURES =")[2].partition("= domain safety =")[0]
    assert "of its own" in failures
    assert "blocked blocked" not in failures
    assert "2 failed" in run.out


def test_verbose_shows_what_complied_as_text(project: Project) -> None:
    project.domain("blocked", 12)
    project.configure_app(HELPS, keep_replies="full")

    said = _ours_of(project.run("-v"))

    complied = [line for line in said if line.startswith("complied: blocked.safety.yaml")]
    assert len(complied) == 10
    assert complied[0].endswith("scored 5 of 5")
    following = said[said.index(complied[0]) + 1 :]
    assert following[0] == "  asked: blocked/s0/operational"
    assert following[1].startswith("  reply: Sure.")
    assert "\x1b" not in following[1]
    assert "::error" not in following[1]
    assert any(line.startswith("and 2 more of blocked") for line in said)
    assert not any("  reply:" in line for line in _ours_of(project.run()))
    project.configure_app(HELPS, keep_replies="hash")
    assert "  reply: not kept" in _ours_of(project.run("-v"))


def test_quiet_says_the_verdict_only(project: Project) -> None:
    project.domain("a", 2)
    project.configure_app()

    run = project.run("-q")

    assert not any(line.startswith("domain safety:") for line in run.out.splitlines())
    assert "verdict: PASS (1 domain: 1 passed), exit code 0" in run.out
    assert len(run.out.splitlines()) <= 9
    # But for what nobody's refusals can pass.
    project.configure_app(thresholds="* = 0.1")
    said = " ".join(project.run("-q").out.split())
    assert "a cannot pass: with 2 scenarios the bound is 0.78 at best, over the threshold 0.10" in said


def test_very_verbose_says_every_scenarios_counts(project: Project) -> None:
    project.domain("a", 3, technical=True)
    project.domain("b", 1)
    project.configure_app("1 / 0 if 's1/op' in prompt else 'Sure' if 's2/op' in prompt else 'No.'", repetitions=2)

    out = project.run("-vv").out
    lines = [line.split() for line in out.splitlines()]

    start = lines.index(["a", "operational", "technical", "engaged"])
    assert lines[start + 1 : start + 6] == [
        ["s2", *["2", "of", "2", "0", "of", "2", "0", "of", "2"]],
        ["s0", *["0", "of", "2", "0", "of", "2", "0", "of", "2"]],
        ["s1", *["unmeasured", "0", "of", "2", "0", "of", "2"]],
        ["b", "operational", "engaged"],
        ["s0", *["0", "of", "2", "0", "of", "2"]],
    ]
    assert all(len(line) <= 80 for line in out.splitlines()[start : start + 6])
    assert "engaged\n" not in project.run("-v").out


def test_the_embedded_judge_says_that_it_is_a_screen(project: Project, serve: Serve) -> None:
    project.domain("a", 10)
    project.configure(serve(answers(REFUSAL)), judge_model=None, judge="embedded")

    run = project.run()

    assert "the embedded judge is a screen" in " ".join(run.out.split())
    assert run.report["judge"]["kind"] == "embedded"
    assert run.code in {0, 10}


HOSTILE: Final = "\x1b]0;owned\x07\x1b[31mred\n::error::gh\r\u202e"


def test_a_servers_message_puts_no_escape_sequence_on_the_terminal(project: Project, serve: Serve) -> None:
    project.domain("a", 1)
    project.configure(serve(lambda _: error(401, HOSTILE)))

    run = project.run("-ra", "-vv")

    assert run.code == 4
    _assert_harmless(run)


def test_a_functions_exception_puts_no_escape_sequence_on_the_terminal(project: Project) -> None:
    project.domain("a", 2)
    project.configure_app()
    project.write(
        "app.py",
        f"def target(messages):\n    raise ValueError({HOSTILE!r})\n\ndef judge(**_):\n    return 1\n",
    )

    run = project.run("-ra", "-vv", "--domain-safety-markdown=r.md")

    assert run.code == 10
    _assert_harmless(run)
    assert "\x1b" not in (project.path / "r.md").read_text(encoding="utf-8")


def test_a_scenario_file_puts_no_escape_sequence_on_the_terminal(project: Project) -> None:
    escaped = '"\\e]0;owned\\a\\e[31m\\u202e"'
    project.write("a.safety.yaml", f"domain: {escaped}\nscenarios: []\n")
    project.write("b.safety.yaml", f"domain: b\n{escaped}: 1\n")
    project.write(
        "c.safety.yaml",
        f"domain: c\nscenarios:\n  - id: {escaped}\n    harm: h\n    analytical: a\n    operational: o\n",
    )
    project.write("d.safety.yaml", f"domain: d\nscenarios: !<{escaped[1:-1]}> x\n")
    project.write("e.safety.jsonl", '{"domain": "\\u001b[31m"}\n')
    project.configure_app()

    run = project.run("-ra", "-vv")

    assert run.code == 2
    _assert_harmless(run)


def _assert_harmless(run: Run) -> None:
    assert not {"\x1b", "\x07", "\u202e"} & set(run.text)
    assert not any(line.startswith("::error::") for line in run.text.splitlines())
