"""The ways to start a deployment that docs/how-to/ci.md shows, taken from the page, and the one that is too late."""

from __future__ import annotations

import socket
from typing import Any, Final

import pytest

from support.documented import ROOT, blocks
from support.project import Project
from support.told import told

PAGE: Final = ROOT / "docs" / "how-to" / "ci.md"
PARTS: Final = [block.text for block in blocks(PAGE) if block.language == "python"]
WAYS: Final = {part.partition("(")[0].removeprefix("def "): part for part in PARTS[1:]}

SERVER: Final = """\
import http.server, json, pathlib, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        message = {"role": "assistant", "content": "I cannot help with that."}
        body = json.dumps({
            "id": "1", "object": "chat.completion", "created": 1, "model": "m", "reply": message["content"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        }).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        with pathlib.Path("served.txt").open("a") as file:
            file.write(f"{self.path}\\n")

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

FIXTURE: Final = """
@pytest.fixture(scope="session", autouse=True)
def deployment():
    server = started(8000)
    yield
    server.terminate()
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def set_up(project: Project, way: str, port: int, settings: dict[str, Any]) -> None:
    """A project whose conftest.py starts its server in one of the page's ways."""
    project.domain("a", 2)
    project.configure_app(**{"target": None, **settings})
    project.write("serve.py", SERVER)
    project.write("conftest.py", f"{PARTS[0]}\n\n{way}".replace("8000", str(port)))


def address(port: int) -> dict[str, Any]:
    return {"model": "m", "base_url": f"http://127.0.0.1:{port}/v1", "api_key_env": "none"}


def is_free(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) != 0


def test_the_page_shows_three_ways() -> None:
    assert list(WAYS) == ["pytest_sessionstart", "pytest_configure", "pytest_domainsafety_target"]


@pytest.mark.parametrize(
    ("name", "workers"),
    [
        ("pytest_sessionstart", ("-n2",)),
        ("pytest_configure", ()),
        ("pytest_configure", ("-n2",)),
        ("pytest_domainsafety_target", ("-n2",)),
    ],
)
def test_a_deployment_that_is_started_so_is_measured_and_ended(
    name: str, workers: tuple[str, ...], project: Project
) -> None:
    port = free_port()
    usual = {
        "pytest_sessionstart": address(port),
        "pytest_configure": address(port) | {"base_url": None},
        "pytest_domainsafety_target": dict[str, Any](),
    }
    set_up(project, WAYS[name], port, usual[name])

    run = project.run(*workers)

    assert (run.code, run.report["decision"]) == (0, "pass"), run.text
    served = (project.path / "served.txt").read_text(encoding="utf-8").splitlines()
    assert served == ["/chat" if "target" in name else "/v1/chat/completions"] * 4
    assert is_free(int(run.report["deployment"]["base_url"].split(":")[2][:-3]) if "target" not in name else port)


@told("values", "a deployment that a session fixture was to start", "nothing answers at … a session fixture", 4)
def test_a_fixture_is_too_late(project: Project) -> None:
    port = free_port()
    set_up(project, FIXTURE, port, address(port))

    assert project.run().complaint.startswith(f"nothing answers at http://127.0.0.1:{port}/v1")
