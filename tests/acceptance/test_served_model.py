"""What answered is what is named: the models that replies bear, and the pin on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from pytest_domainsafety.core.judging.error_intervals import JUDGE_UNKNOWN
from support.fake_server import HELP, REFUSAL, Answer, FakeServer, Request, Responder, completion, verdict
from support.html_pages import Page
from support.judge_support import command
from support.project import Project, Run
from support.told import told

Serve = Callable[["Responder"], "FakeServer"]

REPLIES: Final = "--domain-safety-report-replies"
MIXTURE: Final = "answered as 2 models, so the figures are of a mixture"


def served(*models: str | None, judge: str | None = "judge-1", **fields: object) -> Responder:
    """Refusals, each from the next of some models, the last of them for all that is left."""
    left = list(models)

    def respond(request: Request) -> Answer:
        body = verdict(1) if request.is_judge else completion(REFUSAL)
        model = judge if request.is_judge else left.pop(0) if len(left) > 1 else left[0]
        named = {"model": model, **({} if request.is_judge else fields)}
        return Answer({**body, **named})

    return respond


def one_at_a_time(project: Project, server: FakeServer, count: int = 3, **settings: object) -> None:
    """One domain of operational and analytical prompts, asked in turn."""
    project.domain("a", count)
    project.configure(server, concurrency=1, **settings)


def flat(text: str) -> str:
    """Output without its line breaks."""
    return " ".join(text.split())


@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["plain", "n2"])
def test_served_models_are_listed_with_counts(project: Project, serve: Serve, arguments: tuple[str, ...]) -> None:
    server = serve(served("m-2026-01", system_fingerprint="fp_1"))
    one_at_a_time(project, server)
    run = project.run(*arguments, "--domain-safety-markdown=r.md", "--domain-safety-html=r.html", REPLIES)
    assert run.report["deployment"]["served"] == [
        {"asked": "m", "model": "m-2026-01", "fingerprint": "fp_1", "replies": 6, "fallbacks": 0}
    ]
    assert run.report["judge"]["served"] == [
        {"asked": "judge", "model": "judge-1", "fingerprint": None, "replies": 6, "fallbacks": 0}
    ]
    assert run.report["deployment"]["warnings"] == []
    for name in ("r.md", "r.html"):
        text = (project.path / name).read_text(encoding="utf-8").replace("\\", "")
        assert "m-2026-01 (fp_1) 6 times" in text
        assert "judge-1 6 times" in text
    trials = Page.of((project.path / "r.html").read_text(encoding="utf-8")).data()["trials"]
    assert [trial["served"] for trial in trials] == ["m-2026-01"] * 6
    assert "mixture" not in run.text


@pytest.mark.parametrize("arguments", [(), ("-q",), ("-qq",), ("-v",), ("-n2", "-q")], ids=" ".join)
def test_two_served_models_are_a_warning_everywhere(
    project: Project, serve: Serve, arguments: tuple[str, ...]
) -> None:
    server = serve(served("one", "two"))
    one_at_a_time(project, server)
    run = project.run(*arguments, "--domain-safety-markdown=r.md", "--domain-safety-html=r.html")
    said = f"the deployment, asked for m, {MIXTURE}: two (5 replies), one (1 replies)"
    assert run.report["deployment"]["warnings"] == [said]
    assert said in flat(run.out)
    for name in ("r.md", "r.html"):
        assert MIXTURE in (project.path / name).read_text(encoding="utf-8").replace("\\", "")


def test_several_fingerprints_of_one_model_are_no_warning(project: Project, serve: Serve) -> None:
    prints = iter(("fp_1", "fp_2"))
    respond = served("one")

    def changing(request: Request) -> Answer:
        answer = respond(request)
        assert isinstance(answer, Answer)
        assert isinstance(answer.body, dict)
        return Answer({**answer.body, "system_fingerprint": next(prints, "fp_2")})

    one_at_a_time(project, serve(changing))
    run = project.run()
    assert {row["fingerprint"] for row in run.report["deployment"]["served"]} <= {"fp_1", "fp_2"}
    assert run.report["deployment"]["warnings"] == []


def test_a_reply_without_a_name_is_not_of_the_same_model(project: Project, serve: Serve) -> None:
    one_at_a_time(project, serve(served(None, "one")))
    run = project.run()
    assert MIXTURE in flat(run.out)
    assert "no named model (1 replies)" in flat(run.out)


def test_two_models_of_the_judge_are_a_warning(project: Project, serve: Serve) -> None:
    names = iter(("judge-1",))

    def respond(request: Request) -> Answer:
        body = verdict(1) if request.is_judge else completion(REFUSAL)
        return Answer({**body, "model": next(names, "judge-2") if request.is_judge else "m"})

    one_at_a_time(project, serve(respond))
    run = project.run("-q")
    assert f"the judge, asked for judge, {MIXTURE}: judge-2 (5 replies), judge-1 (1 replies)" in flat(run.out)


def test_panel_and_second_judge_are_counted_by_what_they_were_asked_for(project: Project, serve: Serve) -> None:
    def respond(request: Request) -> Answer:
        asked = request.body["model"]
        return Answer({**(completion(REFUSAL) if asked == "m" else verdict(1)), "model": f"{asked}-served"})

    one_at_a_time(
        project, serve(respond), 1, judge_model="j1, j2, j3", second_judge_model="s", second_judge_fraction=1
    )
    run = project.run()
    assert {(row["asked"], row["model"], row["replies"]) for row in run.report["judge"]["served"]} == {
        ("j1", "j1-served", 2),
        ("j2", "j2-served", 2),
        ("s", "s-served", 2),
    }
    assert run.report["deployment"]["warnings"] == []


@told("replies", "another model than the one that is pinned", "served by 'mini', not 'm-", 0)
@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["plain", "n2"])
def test_a_pinned_model_must_answer_every_trial(project: Project, serve: Serve, arguments: tuple[str, ...]) -> None:
    server = serve(served("mini", None, "\x1b[31mm-2026-01", "m-2026-01"))
    one_at_a_time(project, server, served_model=r"m-\d{4}-\d\d")
    run = project.run(*arguments)
    trials = run.report["trials"]
    assert sorted(trial["error"] or "" for trial in trials) == [
        "",
        "",
        "",
        r"served by 'mini', not 'm-\d{4}-\d\d'",
        "served by '\N{REPLACEMENT CHARACTER}[31mm-2026-01', not 'm-\\d{4}-\\d\\d'",
        r"served by no named model, not 'm-\d{4}-\d\d'",
    ]
    assert {trial["outcome"] for trial in trials if trial["error"]} == {"missing"}
    # Neither asked again nor judged.
    assert (len(server.asked), len(server.judged)) == (6, 3)
    assert "\x1b[31m" not in run.text


def test_help_of_another_model_counts_for_nothing_else(project: Project, serve: Serve) -> None:
    def respond(request: Request) -> Answer:
        if request.is_judge:
            return Answer({**verdict(5), "model": "judge-1"})
        return Answer({**completion(HELP, finish_reason="error"), "model": "mini"})

    one_at_a_time(project, serve(respond), served_model="m")
    run = project.run()
    assert {trial["outcome"] for trial in run.report["trials"]} == {"missing"}
    assert run.code == 10, run.text


@told("judges", "another judge than the one that is pinned", "judge: served by 'judge-mini', not 'judge'", 10)
def test_a_judge_that_is_not_the_pinned_one_gives_no_verdict(project: Project, serve: Serve) -> None:
    server = serve(served("m", judge="judge-mini"))
    one_at_a_time(project, server, 3, judge_served_model="judge", second_judge_model="s", second_judge_fraction=1)
    run = project.run("-ra")
    assert {(trial["outcome"], trial["error"]) for trial in run.report["trials"]} == {
        ("unjudged", "judge: served by 'judge-mini', not 'judge'")
    }
    assert len(server.judged) == 6
    assert run.code == 10


def test_a_pin_is_no_rule_for_the_second_judge(project: Project, serve: Serve) -> None:
    def respond(request: Request) -> Answer:
        asked = request.body["model"]
        return Answer({**(completion(REFUSAL) if asked == "m" else verdict(1)), "model": asked})

    one_at_a_time(
        project, serve(respond), judge_served_model="judge", second_judge_model="s", second_judge_fraction=1
    )
    assert project.run().report["judge"]["agreement"]["unusable"] == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"served_model": "m("}, "domain_safety_served_model = m(: it is no regular expression"),
        ({"judge_served_model": "[z-a]"}, "domain_safety_judge_served_model = [z-a]: it is no regular expression"),
        ({"judge_served_model": "j", "judge": "embedded"}, "domain_safety_judge_served_model has no effect"),
        ({"request": '{"temperature": "hot"}'}, "temperature should be a number, or null to leave it out"),
        ({"request": '{"max_tokens": 1.5}'}, "max_tokens should be a whole number, or null to leave it out"),
    ],
)
def test_a_mistake_is_one_sentence(project: Project, serve: Serve, settings: dict[str, Any], said: str) -> None:
    server = serve(served("m"))
    one_at_a_time(project, server, **settings)
    assert said in project.run().complaint
    assert not server.requests


def test_counts_go_on_where_an_interrupted_run_ended(project: Project, serve: Serve) -> None:
    server = serve(served("one"))
    one_at_a_time(project, server, max_requests=5)
    first = project.run()
    assert first.report["stopped"], first.text
    before = sum(row["replies"] for row in first.report["deployment"]["served"])
    server.respond = served("two")
    run = project.run("--domain-safety-resume", "--domain-safety-max-requests=100")
    assert before == 3
    assert {row["model"]: row["replies"] for row in run.report["deployment"]["served"]} == {"one": 3, "two": 3}
    assert MIXTURE in flat(run.out)


def test_another_pin_makes_another_run(project: Project, serve: Serve) -> None:
    one_at_a_time(project, serve(served("one")), max_requests=3)
    project.run()
    assert "served_model" in project.run("--domain-safety-resume", "--domain-safety-served-model=two").complaint


def test_a_function_may_name_the_model(project: Project) -> None:
    project.domain("a", 1)
    reply = "__import__('pytest_domainsafety').Reply('no', served_model='mine', fingerprint='fp')"
    project.configure_app(reply, served_model="mine")
    run = project.run()
    assert {trial["error"] for trial in run.report["trials"]} == {None}
    assert run.report["deployment"]["served"] == [
        {"asked": "app:target", "model": "mine", "fingerprint": "fp", "replies": 2, "fallbacks": 0}
    ]


class TestBaselines:
    """A baseline of another model or fingerprint is told."""

    @pytest.fixture
    def baseline(self, project: Project, serve: Serve) -> Path:
        server = serve(served("one", system_fingerprint="fp_1"))
        one_at_a_time(project, server)
        assert project.run().written is not None
        return (project.path / "report.json").rename(project.path / "before.json")

    def run(self, project: Project, server: FakeServer, *arguments: str) -> Run:
        project.configure(server, concurrency=1, baseline="before.json", base_url=server.url)
        return project.run(*arguments, "--domain-safety-markdown=r.md", "--domain-safety-html=r.html")

    @pytest.mark.parametrize("verbosity", ["-q", "-v"])
    @pytest.mark.parametrize(
        ("model", "fingerprint", "said"),
        [
            ("two", "fp_1", "the deployment's served models are others than the baseline's: two here, one there"),
            ("one", "fp_2", "the deployment's system fingerprints are others than the baseline's: fp_2 here, fp_1"),
        ],
    )
    def test_another_one_is_told(
        self, project: Project, serve: Serve, baseline: Path, model: str, fingerprint: str, said: str, verbosity: str
    ) -> None:
        run = self.run(project, serve(served(model, system_fingerprint=fingerprint)), verbosity)
        assert baseline.exists()
        assert said in flat(run.out)
        assert said in run.domain("a")["baseline"]["notes"][0]
        assert said.split(":", maxsplit=1)[0] in (project.path / "r.md").read_text(encoding="utf-8").replace("\\", "")
        page = (project.path / "r.html").read_text(encoding="utf-8")
        assert "are others than the baseline" in page
        compared = command(project, "compare", "before.json", "report.json")
        assert "are others than the baseline's" in flat(compared.stdout)

    def test_the_same_is_not(self, project: Project, serve: Serve, baseline: Path) -> None:
        run = self.run(project, serve(served("one", system_fingerprint="fp_1")))
        assert baseline.exists()
        assert run.domain("a")["baseline"]["notes"] == [JUDGE_UNKNOWN]
