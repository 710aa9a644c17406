"""Headers of the user's: sent to the deployment alone, their values in no file, and another one is another run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, completion, error, verdict
from support.project import Project
from support.told import told

if TYPE_CHECKING:
    Serve = Callable[[Responder], FakeServer]

SECRET: Final = "sesame-open-17"  # noqa: S105 - of nobody's
LITERAL: Final = "literal-pass-9"
HEADERS: Final = "x-config = a, b\nx-gate = env:GATE_PASS\nx-auth-token = literal-pass-9"


def respond(request: Request) -> Answer:
    """Repeats the values, as a gateway does, and fails at the second prompt."""
    if request.is_judge:
        return Answer(verdict(1))
    if request.prompt == "a/s1/operational":
        return error(503, f"no {SECRET}")
    return Answer(completion(f"{REFUSAL} {request.headers.get('x-gate')} {request.headers.get('x-auth-token')}"))


@told(
    "values",
    "a header's environment variable that is not set",
    "x-gate = GATE_PASS: this environment variable is not set",
    4,
)
def test_headers_are_sent_to_the_deployment_and_kept_from_every_file(project: Project, serve: Serve) -> None:
    server = serve(respond)
    project.domain("a", 3)
    project.configure(server, headers=HEADERS, concurrency=1)
    run = project.run("--domain-safety-report-replies", "-vv", GATE_PASS=SECRET)

    assert {request.headers["x-config"] for request in server.asked} == {"a, b"}
    assert {request.headers["x-gate"] for request in server.asked} == {SECRET}
    assert not [request for request in server.judged if "x-gate" in request.headers or "x-config" in request.headers]
    assert server.judged
    assert f"{REFUSAL} *** ***" in {trial["reply"] for trial in run.report["trials"]}
    own = {"pytest.ini"}
    files = [file for file in project.path.rglob("*") if file.is_file() and file.name not in own]
    for value in (SECRET, LITERAL):
        assert not [file for file in files if value.encode() in file.read_bytes()]
        assert value not in run.text

    assert "x-gate = GATE_PASS: this environment variable is not set" in project.run().complaint
    project.configure(server, headers=HEADERS.replace(LITERAL, "another-pass"), concurrency=1)
    run_dir = next(path.parent for path in (project.path / ".domain_safety").rglob("report.json"))
    complaint = project.run(f"--domain-safety-resume={run_dir}", GATE_PASS=SECRET).complaint
    assert "is of another headers" in complaint
    assert "another-pass" not in complaint
