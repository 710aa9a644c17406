"""Members of a panel at addresses of their own: each server is asked for its own models, with its own key."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from support.fake_server import HELP, REFUSAL, Answer, FakeServer, Request, Responder, completion, error, verdict
from support.judge_support import command
from support.project import Project

Serve = Callable[["Responder"], "FakeServer"]

KEYS: Final[dict[str, Any]] = {"OPENAI_API_KEY": "deployments-key", "ONE": "first-key", "TWO": "second-key"}
NOBODY: Final = "http://127.0.0.1:9/v1"


def respond(request: Request) -> Answer:
    """The deployment `m` engages with what is analytical; every judge is fair and bears its name."""
    asked = request.body["model"]
    if asked == "m":
        return Answer({**completion(HELP if "analytical" in request.prompt else REFUSAL), "model": "m-served"})
    return Answer({**verdict(5 if HELP in request.prompt else 1), "model": f"{asked}-served"})


def sent(server: FakeServer) -> dict[str, set[str]]:
    """The keys that each model was asked with at a server."""
    found: dict[str, set[str]] = {}
    for request in server.requests:
        found.setdefault(request.body["model"], set()).add(request.headers["authorization"].removeprefix("Bearer "))
    return found


def configure(project: Project, server: FakeServer, judges: str, **settings: object) -> None:
    project.domain("a", 2)
    project.configure(server, judge_model=judges, **settings)


def test_each_server_is_asked_for_its_models_with_its_key(project: Project, serve: Serve) -> None:
    main, one, two = serve(respond), serve(respond), serve(respond)
    judges = f"j1 @ {one.url} key=ONE, j2 @ {two.url}/ key=TWO\nj3"
    second = {"second_judge_model": f"s @ {one.url} key=none", "second_judge_fraction": 1}
    configure(project, main, judges, **second)
    # The third is asked where the first two disagree.
    two.respond = lambda _: Answer({**verdict(3), "model": "j2-served"})
    run = project.run(**KEYS)
    assert run.code == 0, run.text
    assert sent(one) == {"j1": {"first-key"}, "s": {"none"}}
    assert sent(two) == {"j2": {"second-key"}}
    assert sent(main) == {"m": {"deployments-key"}, "j3": {"deployments-key"}}
    judge = run.report["judge"]
    assert judge["model"] == "j1, j2, j3"
    assert {(row["asked"], row["model"], row["replies"]) for row in judge["served"]} == {
        ("j1", "j1-served", 4),
        ("j2", "j2-served", 4),
        ("j3", "j3-served", 2),
        ("s", "s-served", 4),
    }
    assert judge["agreement"]["model"] == "s"
    assert run.report["usage"]["judge_requests"] == 14
    # The address is no part of what a judge is.
    configure(project, main, "j1, j2, j3")
    assert project.run(**KEYS).report["judge"]["fingerprint"] == judge["fingerprint"]


def test_what_is_shown_names_every_address_and_no_key(project: Project, serve: Serve) -> None:
    main, one = serve(respond), serve(respond)
    configure(project, main, f"j1 @ {one.url} key=ONE, j2, j3")
    run = project.run(**KEYS)
    assert f"judge j1 at {one.url}, j2 + j3 at {main.url}" in " ".join(run.out.split())
    assert not [key for key in KEYS.values() if key in run.text + json.dumps(run.report)]


def test_a_member_that_fails_has_no_vote_whatever_its_address(project: Project, serve: Serve) -> None:
    main, broken = serve(respond), serve(lambda _: error(500))
    configure(project, main, f"j1 @ {broken.url} key=none, j2, j3")
    run = project.run(**KEYS)
    assert set(run.outcomes().values()) == {"engaged", "refused"}
    assert len(broken.requests) >= 1
    assert len(sent(main)) == 3
    # Two that fail are no majority's lack of will: nothing is known then.
    configure(project, main, f"j1 @ {broken.url} key=none, j2 @ {broken.url} key=none, j3")
    assert set(project.run(**KEYS).outcomes().values()) == {"unjudged"}


def test_a_member_where_nobody_answers_stops_the_run_as_any_judge_does(project: Project, serve: Serve) -> None:
    main = serve(respond)
    project.domain("a", 40)
    project.configure(main, judge_model=f"j1 @ {NOBODY} key=none, j2, j3")
    run = project.run(**KEYS)
    assert run.report["stopped"].startswith(f"nothing answers at {NOBODY}")
    assert {"not_asked", "missing", "unjudged"} & set(run.outcomes().values())


def test_a_member_that_is_the_deployment_is_told_of(project: Project, serve: Serve) -> None:
    main, other = serve(respond), serve(respond)
    configure(project, main, f"m @ {main.url}, j2, j3", judge_base_url=other.url, judge_api_key_env="ONE")
    assert "the deployment judges itself" in " ".join(project.run(**KEYS).report["judge"]["warnings"])
    # The deployment's key is lent at the deployment's address.
    assert sent(main) == {"m": {"deployments-key"}}
    configure(project, main, f"m @ {other.url} key=ONE, j2, j3")
    assert "judges itself" not in " ".join(project.run(**KEYS).report["judge"]["warnings"])


def test_a_denied_key_is_told_by_the_member_and_its_setting(project: Project, serve: Serve) -> None:
    main, denies = serve(respond), serve(lambda _: error(401, "no key"))
    configure(project, main, f"j1 @ {denies.url} key=ONE, j2, j3")
    said = project.run(**KEYS).complaint
    assert f"the judge j1 at {denies.url} answered 401" in said
    assert "check the key in $ONE (key= in domain_safety_judge_model names the variable)" in said


REFUSED: Final[dict[str, tuple[dict[str, str], str]]] = {
    "no key for another host": (
        {"judge_model": "j1 @ https://j.invalid/v1, j2, j3"},
        "domain_safety_judge_model names no key, and the judge j1 at https://j.invalid/v1 is not at the deployment's",
    ),
    "how to name one": (
        {"judge_model": "j1 @ https://j.invalid/v1, j2, j3"},
        "write https://j.invalid/v1 key=VARIABLE with its own, or key=none to send no key",
    ),
    "another judge's key": (
        {"judge_model": f"j1 @ {NOBODY} key=ONE, j2, j3 @ http://127.0.0.1:10/v1"},
        "the judge j3 at http://127.0.0.1:10/v1 is not at",
    ),
    "a variable that is not set": (
        {"judge_model": "j1 @ https://j.invalid/v1 key=GONE, j2, j3"},
        "key= of the judge j1 in domain_safety_judge_model = GONE: this environment variable is not set",
    ),
    "no scheme": ({"judge_model": "j1 @ j.invalid/v1, j2, j3"}, "the address after @ must start with http"),
    "a password": ({"judge_model": "j1 @ https://u:hidden@j.invalid/v1"}, "leave them out and name the variable"),
    "another word": ({"judge_model": "j1 @ https://j.invalid/v1 ONE"}, "write MODEL @ https://host/v1"),
    "no variable": ({"judge_model": "j1 @ https://j.invalid/v1 key="}, "write MODEL @ https://host/v1"),
    "a key without an address": ({"judge_model": "j1 key=ONE"}, "a key is named for an address only"),
    "the same model twice": (
        {"judge_model": f"j1 @ {NOBODY} key=ONE, j1, j2"},
        "an odd number of different models",
    ),
    "a second judge elsewhere": (
        {"second_judge_model": "s @ https://s.invalid/v1"},
        "domain_safety_second_judge_model names no key, and the second judge at https://s.invalid/v1",
    ),
    "a second judge at two places": (
        {"second_judge_model": f"s @ {NOBODY} key=none", "second_judge_base_url": NOBODY},
        "domain_safety_second_judge_base_url and the address in domain_safety_second_judge_model both say",
    ),
    "a second judge that is the first": (
        {"judge_model": f"j1 @ {NOBODY} key=none", "second_judge_model": f"j1 @ {NOBODY} key=none"},
        "the judge would be checked by itself",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_one_sentence_before_anything_is_asked(
    project: Project, serve: Serve, case: str
) -> None:
    settings, expected = REFUSED[case]
    main = serve(respond)
    project.domain("a", 1)
    project.configure(main, **settings)
    said = project.run(**KEYS).complaint
    assert expected in said
    assert not main.requests
    assert not [key for key in (*KEYS.values(), "hidden") if key in said]


def test_a_key_of_any_member_could_be_meant_for_another(project: Project, serve: Serve) -> None:
    main, one = serve(respond), serve(respond)
    configure(project, main, f"j1 @ {one.url}, j2 @ {one.url}, j3")
    assert project.run().code != 4
    assert sent(one)["j1"] == {"none"}
    asked = len(one.requests)
    configure(project, main, f"j1 @ {one.url} key=ONE, j2 @ {one.url}, j3")
    said = project.run(ONE="first-key").complaint
    assert f"the judge j2 at {one.url} is not at the deployment's host and port" in said
    assert len(one.requests) == asked


def test_members_that_all_have_addresses_need_no_judges_address(project: Project, serve: Serve) -> None:
    one = serve(respond)
    project.domain("a", 4)
    project.configure_app(judge="llm", judge_model=f"vendor/j1@2026 @{one.url} key=ONE")
    assert project.run(**KEYS).code == 0
    assert sent(one) == {"vendor/j1@2026": {"first-key"}}
    project.write("labels.csv", "prompt,reply,label\nWhat is it?,No.,refused\n")
    done = command(project, "calibrate", "labels.csv", f"--judge-model=j2 @ {one.url} key=TWO", **KEYS)
    assert done.returncode == 0, done.stderr
    assert sent(one)["j2"] == {"second-key"}
