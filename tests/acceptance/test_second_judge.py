"""A second judge, panels, rubrics and reasoning: what judges are asked, and what their disagreement does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from pytest_domainsafety.core.judging.controls import OFF
from support.fake_server import HELP, REFUSAL, Answer, FakeServer, Request, Responder, completion, error, verdict
from support.judge_support import by_model
from support.project import Project, Run
from support.told import told

Serve = Callable[["Responder"], "FakeServer"]
Answering = Callable[["Request"], Any]


def deployment(request: Request) -> dict[str, Any]:
    """Engages with analytical prompts, helps with two operational ones, and refuses the rest."""
    helps = "analytical" in request.prompt or request.prompt in {"a/s0/operational", "a/s1/operational"}
    return completion(HELP if helps else REFUSAL)


def fair(request: Request) -> dict[str, Any]:
    return verdict(5 if HELP in request.prompt else 1)


def contrary(request: Request) -> dict[str, Any]:
    return verdict(1 if HELP in request.prompt else 5)


def failing(_: Request) -> Answer:
    return error(500)


def serving(serve: Serve, **models: Answering) -> FakeServer:
    """A server of a deployment `m`, a fair judge `judge`, and others."""
    return serve(by_model({"m": deployment, "judge": fair, **models}))


def asked(server: FakeServer) -> Counter[str]:
    """Requests by model."""
    return Counter(request.body["model"] for request in server.requests)


def warnings(run: Run) -> list[str]:
    """What the report doubts about the judge, but that it was shown no known exhibit."""
    return [said for said in run.report["judge"]["warnings"] if said != OFF]


@pytest.mark.parametrize("arguments", [[], ["-n2"]])
def test_a_second_judge_scores_a_share_of_every_kind_of_reply(
    project: Project, serve: Serve, arguments: list[str]
) -> None:
    project.domain("a", 30)
    server = serving(serve, second=fair)
    # Of the seven replies there would be too few for a floor.
    project.configure(server, second_judge_model="second")
    run = project.run(*arguments, "--domain-safety-markdown=report.md")
    assert run.code == 0, run.text
    # A tenth, rounded up, of 30 engaged, 2 complied and 28 refused.
    assert asked(server) == {"m": 60, "judge": 60, "second": 3 + 1 + 3}
    found = run.report["judge"]["agreement"]
    assert (found["model"], found["asked"], found["unusable"], found["disagreements"]) == ("second", 7, 0, [])
    assert found["kappa"]["estimate"] == 1.0
    assert "second judge second on 7 replies" in run.out
    assert "second judge second on 7 replies" in (project.path / "report.md").read_text(encoding="utf-8")
    assert run.report["usage"]["judge_requests"] == 67


@told(
    "judges",
    "a floor on agreement with too few replies",
    "both judges scored 7 replies of the 10 that are needed",
    10,
    case="[0.1-10]",
)
@pytest.mark.parametrize(("fraction", "code"), [(0.1, 10), (1, 0)])
def test_a_floor_needs_ten_replies(project: Project, serve: Serve, fraction: float, code: int) -> None:
    project.domain("a", 30)
    server = serving(serve, second=fair)
    project.configure(server, second_judge_model="second", second_judge_fraction=fraction, min_kappa=0.6)
    run = project.run()
    assert run.code == code, run.text
    reason = run.domain("a")["reason"]
    assert ("both judges scored 7 replies of the 10 that are needed" in reason) is (code == 10)
    assert ("raise domain_safety_second_judge_fraction" in reason) is (code == 10)


@told("judges", "two judges that disagree", "kappa -0.99 < floor 0.60", 10)
def test_judges_that_disagree_leave_the_run_open_where_a_floor_is_set(project: Project, serve: Serve) -> None:
    project.domain("a", 30)
    server = serving(serve, second=contrary)
    project.configure(server, second_judge_model="second", second_judge_fraction=1)
    without = project.run()
    assert without.code == 0
    found = without.report["judge"]["agreement"]
    assert (found["asked"], len(found["disagreements"])) == (60, 60)
    assert found["disagreements"][0]["nodeid"] == "a.safety.yaml::a::s0[analytical]"
    assert (found["disagreements"][0]["score"], found["disagreements"][0]["second_score"]) == (5, 1)
    assert "judged differently: a.safety.yaml::a::s0[analytical]" in " ".join(without.out.split())
    assert "and 50 more" in without.out
    project.configure(server, second_judge_model="second", second_judge_fraction=1, min_kappa=0.6)
    run = project.run()
    assert (run.code, run.report["decision"]) == (10, "inconclusive")
    assert "kappa -0.99 < floor 0.60" in run.domain("a")["reason"]


def test_a_block_stands_whatever_the_judges_agree_on(project: Project, serve: Serve) -> None:
    project.domain("a", 30)
    server = serving(serve, second=contrary)
    project.configure(server, thresholds="* = 0.05", second_judge_model="second", min_kappa=0.6)
    assert project.run().code == 1


@told("judges", "a second judge without verdicts, where a floor stands on it", "no usable verdict", 10)
def test_a_second_judge_without_a_verdict_holds_back_a_pass_only_where_a_floor_is_set(
    project: Project, serve: Serve
) -> None:
    project.domain("a", 30)
    server = serving(serve, second=failing)
    project.configure(server, second_judge_model="second")
    run = project.run()
    assert run.code == 0
    assert (run.report["judge"]["agreement"]["unusable"], run.report["judge"]["agreement"]["asked"]) == (7, 7)
    project.configure(server, second_judge_model="second", min_kappa=0.1)
    run = project.run()
    assert run.code == 10
    assert "no usable verdict" in run.domain("a")["reason"]


def test_a_second_judge_that_cannot_be_asked_at_all_is_a_warning(project: Project, serve: Serve) -> None:
    project.domain("a", 30)
    server = serving(serve, second=lambda _: error(401))
    project.configure(server, second_judge_model="second")
    run = project.run()
    assert run.code == 0
    (warning,) = warnings(run)
    assert "the second judge" in warning
    assert "401" in warning


def test_a_second_judge_that_says_no_verdict_is_asked_no_more(project: Project, serve: Serve) -> None:
    project.domain("a", 30)
    server = serving(serve, second=lambda _: completion("I would \x1b[31mrather not say"))
    project.configure(server, second_judge_model="second", second_judge_fraction=1, concurrency=1)
    run = project.run()
    assert run.code == 0
    # Each is asked once more where the first answer is no verdict; one may be on its way when the tenth comes back.
    assert asked(server)["second"] in {20, 21}
    (warning,) = warnings(run)
    assert "the second judge gave no usable verdict on any of 10 replies: it was asked no more" in warning
    assert "rather" not in warning
    assert "on any of 10 replies: it said 'I would \ufffd[31mrather not say'" in run.out


@pytest.mark.parametrize(
    ("judges", "outcome", "requests"),
    [
        ((fair, fair, contrary), "refused", 8),
        ((contrary, fair, fair), "refused", 12),
        ((contrary, contrary, fair), "complied", 8),
        ((failing, fair, fair), "refused", 12),
        ((failing, failing, fair), "unjudged", 12),
        ((failing, contrary, fair), "unjudged", 12),
    ],
)
def test_the_majority_of_a_whole_panel_decides(
    project: Project, serve: Serve, judges: tuple[Answering, ...], outcome: str, requests: int
) -> None:
    project.domain("b", 2)
    server = serving(serve, one=judges[0], two=judges[1], three=judges[2])
    project.configure(server, judge_model="one, two, three")
    run = project.run()
    assert {found for key, found in run.outcomes().items() if "operational" in key} == {outcome}
    assert sum(asked(server)[name] for name in ("one", "two", "three")) == requests
    assert run.report["judge"]["model"] == "one, two, three"


def test_the_deployment_never_judges_itself_silently(project: Project, serve: Serve) -> None:
    project.domain("a", 2)
    itself = serve(
        by_model({"m": lambda request: fair(request) if "Reply to be" in request.prompt else deployment(request)})
    )
    project.configure(itself, judge_model="m")
    run = project.run("--domain-safety-markdown=report.md")
    (warning,) = warnings(run)
    assert "the deployment judges itself" in warning
    assert "the deployment judges itself" in run.out
    assert "the deployment judges itself" in (project.path / "report.md").read_text(encoding="utf-8")
    other = serving(serve)
    project.configure(itself, judge_model="m", judge_base_url=serve(itself.respond).url)
    assert warnings(project.run()) == []
    project.configure(other)
    assert warnings(project.run()) == []


def test_a_judge_is_not_told_which_model_it_reads(project: Project, serve: Serve) -> None:
    project.domain("a", 2)
    server = serve(by_model({"candidate-9b": deployment, "judge": fair, "second": fair}))
    project.configure(server, model="candidate-9b", second_judge_model="second", second_judge_fraction=1)
    assert project.run().code != 4
    told = [str(request.body) for request in server.requests if request.body["model"] != "candidate-9b"]
    assert len(told) == 8
    assert not [body for body in told if "candidate-9b" in body]


@pytest.mark.parametrize(
    "reply",
    [
        completion(REFUSAL, reasoning="My secret thoughts."),
        completion(REFUSAL, reasoning_content="My secret thoughts."),
        completion(f"<think>My secret thoughts.</think>{REFUSAL}"),
    ],
)
@pytest.mark.parametrize("shown", ["no", "yes"])
def test_a_judge_sees_reasoning_only_where_that_is_asked_for(
    project: Project, serve: Serve, reply: dict[str, Any], shown: str
) -> None:
    project.domain("a", 1)
    server = serve(by_model({"m": lambda _: reply, "judge": fair, "second": fair}))
    project.configure(server, judge_reasoning=shown, second_judge_model="second", second_judge_fraction=1)
    project.run()
    told = [request.prompt for request in server.requests if request.body["model"] != "m"]
    assert len(told) == 4
    assert [("My secret thoughts." in prompt) for prompt in told] == [shown == "yes"] * 4


def test_a_rubric_of_the_users_replaces_the_packages(project: Project, serve: Serve) -> None:
    project.domain("a", 1)
    server = serving(serve)
    project.write("rubrics/harmful.md", "version: ours-1\n\nOnly {braces} and our own words: score 1 to 5.\n")
    project.configure(server, rubrics="rubrics")
    assert project.run().code != 4
    rubrics = {request.body["messages"][0]["content"] for request in server.judged}
    assert len(rubrics) == 2
    assert sum("Only {braces} and our own words" in rubric for rubric in rubrics) == 1
    project.configure(server, rubrics="nowhere")
    said = project.run().complaint
    assert "domain_safety_rubrics" in said
    assert "nowhere" in said


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"judge_model": "a, b"}, "odd number"),
        ({"judge_model": "a, a, b"}, "odd number"),
        ({"second_judge_fraction": 0, "second_judge_model": "s"}, "domain_safety_second_judge_fraction"),
        ({"min_kappa": 0.5}, "domain_safety_second_judge_model"),
        ({"min_kappa": 2, "second_judge_model": "s"}, "domain_safety_min_kappa"),
        ({"second_judge_base_url": "http://127.0.0.1:1"}, "domain_safety_second_judge_model"),
        ({"second_judge_model": "judge"}, "domain_safety_second_judge_model"),
        ({"judge_reasoning": "maybe"}, "domain_safety_judge_reasoning"),
        ({"keep_replies": "some"}, "domain_safety_keep_replies"),
    ],
)
def test_what_cannot_work_is_told_before_anything_is_asked(
    project: Project, serve: Serve, settings: dict[str, Any], said: str
) -> None:
    project.domain("a", 1)
    server = serving(serve)
    project.configure(server, **settings)
    assert said in project.run().complaint
    assert server.requests == []
