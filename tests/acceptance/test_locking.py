"""The lock: written, checked, and beside a run whose bar is lower."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.fake_server import REFUSAL, FakeServer, Responder, answers
from support.judge_support import command
from support.project import Project


@pytest.fixture
def locked(project: Project) -> Project:
    """Two domains with a lock."""
    project.domain("a", 30)
    project.domain("b", 12, technical=True)
    configure(project)
    written = command(project, "lock")
    assert written.returncode == 0, written.stderr
    assert "wrote domain-safety.lock: 42 scenarios in 2 domains, 2 thresholds, judge callable" in written.stdout
    return project


def configure(project: Project, thresholds: str = "a = 0.2\nb = 0.5", **settings: Any) -> None:  # noqa: ANN401 - of any setting
    project.configure_app(thresholds=thresholds, **settings)


def lock_text(project: Project) -> str:
    return (project.path / "domain-safety.lock").read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [(), ("-n2",)])
def test_what_is_locked_is_gated_as_before(locked: Project, arguments: tuple[str, ...]) -> None:
    checked = command(locked, "lock", "--check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "domain-safety.lock holds: 42 scenarios in 2 domains" in checked.stdout
    assert locked.asked == []
    run = locked.run(*arguments)
    assert (run.code, run.report["lock"]["differences"], run.report["lock"]["lowered"]) == (0, [], [])
    assert len(run.report["lock"]["sha256"]) == 64


def test_a_lower_bar_is_inconclusive_everywhere_until_the_lock_says_why(locked: Project) -> None:
    configure(locked, "a = 0.3\nb = 0.5")
    said = "the threshold of a is 0.3, where it was 0.2"

    run = locked.run("-q", "--domain-safety-markdown=r.md", "--domain-safety-html=r.html")
    assert (run.code, run.report["lock"]["differences"]) == (10, [said])
    assert [domain["decision"] for domain in run.report["domains"]] == ["inconclusive", "inconclusive"]
    assert f"the bar is lower than domain-safety.lock says: {said}" in " ".join(run.out.split())
    assert "the bar is lower than" in (locked.path / "r.md").read_text(encoding="utf-8")
    assert said in (locked.path / "r.html").read_text(encoding="utf-8")

    checked = command(locked, "lock", "--check")
    assert checked.returncode == 1
    assert f"lower than domain-safety.lock: {said}" in checked.stdout
    before = lock_text(locked)
    refused = command(locked, "lock")
    assert refused.returncode == 4
    assert refused.stderr.splitlines()[0].startswith(
        f"ERROR: the bar would be lower than domain-safety.lock says ({said})"
    )
    assert lock_text(locked) == before

    assert command(locked, "lock", "--why", "a pilot\x1b[2J, until May").returncode == 0
    (lowering,) = tomllib.loads(lock_text(locked))["lowered"]
    assert (lowering["why"], lowering["what"]) == ("a pilot\N{REPLACEMENT CHARACTER}[2J, until May", [said])
    after = locked.run()
    assert (after.code, after.report["lock"]["differences"]) == (0, [])
    assert "domain-safety.lock: lowered" in after.out
    assert "until May" in after.out
    # It stays there when the bar goes up again.
    configure(locked)
    assert command(locked, "lock").returncode == 0
    assert "until May" in lock_text(locked)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda project: project.domain("a", 29), "a lacks 1 scenario (s29)", id="a scenario"),
        pytest.param(
            lambda project: (project.path / "b.safety.yaml").unlink(), "the domain b is gone", id="a domain"
        ),
        pytest.param(lambda project: configure(project, framings="operational"), "is not asked", id="a framing"),
        pytest.param(lambda project: configure(project, confidence=0.9), "the confidence is 0.9", id="confidence"),
        pytest.param(
            lambda project: project.write(
                "b.safety.yaml",
                (project.path / "b.safety.yaml").read_text().replace("harm:", "harm: helping is no harm,", 1),
            ),
            "b has another analytical prompt or harm in 1 scenario (s0)",
            id="what the judge is told",
        ),
        pytest.param(
            lambda project: project.write("app.py", (project.path / "app.py").read_text() + "# other\n"),
            "the judge is app:judge",
            id="the judge",
        ),
    ],
)
def test_whatever_lets_more_pass_is_named(locked: Project, change: Callable[[Project], object], said: str) -> None:
    change(locked)
    thresholds = () if said != "the domain b is gone" else ("-o", "domain_safety_thresholds=a = 0.2")
    run = locked.run(*thresholds)
    assert run.code == 10, run.text
    assert any(said in each for each in run.report["lock"]["differences"])


def test_more_than_the_lock_says_is_gated_as_ever(locked: Project) -> None:
    locked.domain("a", 31)
    locked.domain("c", 30)
    configure(locked, "* = 0.19\nb = 0.5")
    checked = command(locked, "lock", "--check")
    assert (checked.returncode, "more is asked than it says" in checked.stdout) == (0, True)
    assert locked.run().code == 0


def test_a_block_stays_one(locked: Project) -> None:
    configure(locked, "a = 0.3\nb = 0.5")
    locked.configure_app("'Sure.'", thresholds="a = 0.3\nb = 0.5")
    assert locked.run().code == 1


def test_another_root_is_no_way_around_it(locked: Project, tmp_path: Path) -> None:
    configure(locked, "a = 0.3\nb = 0.5")
    (tmp_path / "elsewhere").mkdir()
    assert locked.run(f"--rootdir={tmp_path / 'elsewhere'}").code == 10


def test_a_lock_that_cannot_be_read_is_one_sentence(locked: Project) -> None:
    for text in (
        "x = " + "[" * 5000,
        lock_text(locked).replace("0.2", "nan"),
        lock_text(locked).replace("0.5", "inf"),
    ):
        locked.write("domain-safety.lock", text)
        assert locked.run().complaint.startswith("domain-safety.lock is no TOML (")
    (locked.path / "domain-safety.lock").unlink()
    (locked.path / "domain-safety.lock").symlink_to("nowhere")
    assert "domain-safety.lock cannot be read (No such file" in locked.run().complaint
    (locked.path / "domain-safety.lock").unlink()
    locked.write("domain-safety.lock", "version = ")
    assert locked.run().complaint.startswith("domain-safety.lock is no TOML (")
    locked.write("domain-safety.lock", "version = 1\n")
    assert locked.run().complaint.startswith("domain-safety.lock is no lock of this version (")
    assert locked.asked == []


def test_no_key_and_no_endpoint_is_needed(project: Project, serve: Callable[[Responder], FakeServer]) -> None:
    server = serve(answers(REFUSAL))
    project.domain("a", 2)
    project.configure(server, api_key_env="NOT_SET", judge_api_key_env="NOR_THIS", controls="shipped")
    assert command(project, "lock").returncode == 0
    assert command(project, "lock", "--check").returncode == 0
    assert server.requests == []
    there = tomllib.loads(lock_text(project))
    assert (there["judge"]["model"], len(there["judge"]["controls"])) == ("judge", 16)
    assert there["thresholds"] == {"a": 0.9}
    usual = {"api_key_env": "NOT_SET", "judge_api_key_env": "NOR_THIS", "controls": "shipped"}
    project.configure(server, filtered="400 our own rule", **usual)
    checked = command(project, "lock", "--check")
    assert (checked.returncode, "as filtered or as another model's by other rules" in checked.stdout) == (1, True)
    milder = {"judge_base_url": "http://127.0.0.1:9", "request": '{"max_completion_tokens": 2}'}
    project.configure(server, **usual, **milder)
    checked = command(project, "lock", "--check")
    assert checked.returncode == 1
    assert "the judge is asked at http://127.0.0.1:9, where it was" in checked.stdout
    assert "replies end at max_tokens = 2, where it was 2048" in checked.stdout


def test_nothing_is_asked_and_no_lock_is_needed_for_a_check(project: Project) -> None:
    project.domain("a", 2)
    project.configure_app()
    checked = command(project, "lock", "--check")
    assert (checked.returncode, "there is no domain-safety.lock" in checked.stdout) == (1, True)
    assert project.asked == []
