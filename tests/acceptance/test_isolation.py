"""Beside other tests: whatever they record, mock, block, freeze or fake, the measurement is over by then."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from support.fake_server import HELP, REFUSAL, Answer, FakeServer, Request, Responder, completion, verdict
from support.project import Project, Run

Serve = Callable[["Responder"], "FakeServer"]

PLUGINS: Final = Path(sys.prefix) / "plugins"
SCENARIOS: Final = 10
PROMPTS: Final = 2 * 2 * SCENARIOS

_BEGINS: Final = """\
import pathlib, pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logstart(nodeid):
    if "test_b" in nodeid:
        pathlib.Path(__file__).with_name("begun").touch()
"""
_AIO: Final = """\
import re, aioresponses, pytest

@pytest.fixture(scope="session", autouse=True)
def mocked():
    with aioresponses.aioresponses() as mock:
        mock.post(re.compile(".*"), payload=REPLY, repeat=True)
        yield
"""
_CASSETTE: Final = """\
import pathlib, pytest, time

@pytest.mark.vcr(allow_playback_repeats=True, match_on=["method"])
def test_b():
    time.sleep(PAUSE)
"""
_RECORDS: Final = """\
import json, pytest, time, urllib.request

@pytest.mark.vcr(record_mode="new_episodes")
def test_b():
    body = {"model": "own", "messages": [{"role": "user", "content": "own"}]}
    request = urllib.request.Request("URL/chat/completions", json.dumps(body).encode())
    urllib.request.urlopen(request).read()
    time.sleep(PAUSE)
"""
_RESPX: Final = """\
import respx, time

@respx.mock(assert_all_called=False)
def test_b():
    respx.route().respond(json=REPLY)
    time.sleep(PAUSE)
"""
_PYTEST_HTTPX: Final = """\
import pytest, time

@pytest.mark.httpx_mock(assert_all_responses_were_requested=False)
def test_b(httpx_mock):
    httpx_mock.add_response(json=REPLY, is_reusable=True)
    time.sleep(PAUSE)
"""
_AIORESPONSES: Final = """\
import aioresponses, re, time

def test_b():
    with aioresponses.aioresponses() as mock:
        mock.post(re.compile(".*"), payload=REPLY, repeat=True)
        time.sleep(PAUSE)
"""
_SOCKET: Final = """\
import pytest, pytest_socket, socket, time

@pytest.mark.disable_socket
def test_b():
    with pytest.warns(UserWarning), pytest.raises(pytest_socket.SocketBlockedError):
        socket.socket()
    time.sleep(PAUSE)
"""
_FREEZEGUN: Final = """\
import freezegun, time

@freezegun.freeze_time("2100-01-01")
def test_b():
    assert time.time() > 4e9
    time.sleep(PAUSE)
"""
_TIME_MACHINE: Final = """\
import time, time_machine

@time_machine.travel("2100-01-01", tick=False)
def test_b():
    assert time.time() > 4e9
    time.sleep(PAUSE)
"""
_PYFAKEFS: Final = """\
import pathlib, time

def test_b(fs):
    assert not pathlib.Path("URL").exists()
    fs.create_file("/other/file")
    time.sleep(PAUSE)
"""
_MANY: Final = """\
import pytest, time

@pytest.mark.parametrize("number", range(20))
def test_b(number):
    time.sleep(PAUSE / 10)
"""

CASES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "pytest-recording replays": (_CASSETTE, ()),
    "pytest-recording records": (_RECORDS, ()),
    "pytest-recording blocks all": (_MANY, ("--block-network",)),
    "respx": (_RESPX, ()),
    "pytest-httpx": (_PYTEST_HTTPX, ()),
    "aioresponses": (_AIORESPONSES, ()),
    "pytest-socket": (_SOCKET, ()),
    "pytest-socket blocks all": (_MANY, ("--disable-socket",)),
    "freezegun": (_FREEZEGUN, ()),
    "time-machine": (_TIME_MACHINE, ()),
    "pyfakefs": (_PYFAKEFS, ()),
    "pytest-random-order": (_MANY, ("--random-order-bucket=global", "--random-order-seed=3")),
}


class Watching:
    """A deployment that always helps, and knows what was still open when an ordinary test began.

    Args:
        begun: The file that says that one did.
    """

    def __init__(self, begun: Path) -> None:
        self.late: list[str] = []
        self.reply, self.score = HELP, 5
        self._begun = begun

    async def __call__(self, request: Request) -> Answer:
        await asyncio.sleep(0.01)
        if self._begun.exists() and request.prompt != "own":
            self.late.append(request.prompt)
        helps = "response_format" not in request.body
        return Answer(completion(self.reply) if helps else verdict(self.score))


class Beside(Project):
    """A project with an ordinary test file between two scenario files, and a server that always helps.

    Args:
        path: The folder.
        serve: Starts the server.
    """

    def __init__(self, path: Path, serve: Serve) -> None:
        super().__init__(path)
        self.watching = Watching(path / "begun")
        self.server = serve(self.watching)
        for name in "ac":
            self.domain(name, SCENARIOS, file=f"{name}/{name}.safety.yaml")
        self.write("conftest.py", _BEGINS)
        self.configure(self.server, concurrency=2, thresholds="* = 0.3", second_judge_model="second")

    def code(self, name: str, text: str) -> None:
        """Write Python: what it says of a reply, an address and a while filled in."""
        filled = text.replace("REPLY", repr(completion(REFUSAL))).replace("URL", self.server.url)
        self.write(name, filled.replace("PAUSE", "0.2"))

    def measure(self, *arguments: str) -> Run:
        """Run with all the plugins."""
        assert PLUGINS.is_dir(), "the plugins of tests/plugins.txt are not installed: make .venv/.plugins"
        for begun in self.path.glob("begun"):
            begun.unlink()
        self.server.requests.clear()
        return self.run(*arguments, PYTHONPATH=str(PLUGINS), OPENAI_API_KEY="a-secret-key")


@pytest.fixture
def beside(pytester: pytest.Pytester, serve: Serve) -> Beside:
    return Beside(pytester.path, serve)


def same(run: Run) -> dict[str, Any]:
    """What no other test may change."""
    usage = {name: value for name, value in run.report["usage"].items() if name != "seconds"}
    return {"code": run.code, "usage": usage, **{key: run.report[key] for key in ("decision", "domains")}}


@pytest.fixture(scope="module")
def alone(new_project: Callable[[], Project], serve_module: Callable[[Responder], FakeServer]) -> dict[str, Any]:
    """The same measurement without an ordinary test."""
    return same(Beside(new_project().path, serve_module).measure())


def check(beside: Beside, run: Run, alone: dict[str, Any]) -> None:
    """The measurement was whole, and nothing of it was open beside another test."""
    assert (beside.path / "begun").exists(), run.text
    assert beside.watching.late == []
    prompts = [request.prompt for request in beside.server.requests if request.body["model"] == "m"]
    assert (len(prompts), len(set(prompts))) == (PROMPTS, PROMPTS)
    assert (run.code, run.report["decision"]) == (1, "block")
    assert same(run) == alone
    assert "FAILED b/test_b.py" not in run.out
    assert "ERROR b/test_b.py" not in run.out


BY_WORKERS: Final = ("pytest-recording replays", "pytest-socket", "freezegun", "pyfakefs")
"""Of each kind one is tried with xdist too: what replays, what blocks, what moves the clock, what hides the files."""


@pytest.mark.parametrize(
    ("case", "workers"),
    [*((case, ()) for case in CASES), *((case, ("-n2",)) for case in BY_WORKERS)],
    ids=[*(f"{case}-plain" for case in CASES), *(f"{case}-xdist" for case in BY_WORKERS)],
)
def test_another_test_reaches_nothing_of_the_measurement(
    case: str, workers: tuple[str, ...], beside: Beside, alone: dict[str, Any]
) -> None:
    text, arguments = CASES[case]
    beside.code("b/test_b.py", text)
    cassette = beside.path / "b/cassettes/test_b/test_b.yaml"
    if text == _CASSETTE:
        beside.write("b/cassettes/test_b/test_b.yaml", recorded())

    run = beside.measure(*workers, *arguments)

    check(beside, run, alone)
    if text == _RECORDS:
        kept = cassette.read_text(encoding="utf-8")
        assert "own" in kept
        assert not [word for word in ("a-secret-key", "/operational", "/analytical") if word in kept]


@pytest.mark.parametrize("mode", ["loadfile", "worksteal"])
def test_every_mode_of_xdist_ends_the_measurement_first(mode: str, beside: Beside, alone: dict[str, Any]) -> None:
    # Many, so that their file would be the first to be handed out.
    beside.code("b/test_b.py", _MANY.replace("20", "40"))
    beside.code("conftest.py", f"{_BEGINS}\n{_ORDER}")

    check(beside, beside.measure("-n2", f"--dist={mode}"), alone)
    for log in beside.path.glob("order-*"):
        order = log.read_text(encoding="utf-8").split()
        assert order == sorted(order), f"{log.name}: an item of the gate came after another test"


_ORDER: Final = """\
import os

def pytest_runtest_protocol(item):
    # The gates are the controller's own.
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    with pathlib.Path(__file__).with_name("order-" + os.environ["PYTEST_XDIST_WORKER"]).open("a") as file:
        file.write("other\\n" if "test_b" in item.nodeid else "gate\\n")
"""


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["plain", "xdist"])
def test_a_fixture_of_the_whole_session_begins_after_the_measurement(
    workers: tuple[str, ...], beside: Beside, alone: dict[str, Any]
) -> None:
    beside.code("conftest.py", f"{_BEGINS}\n{_AIO}")
    beside.code("b/test_b.py", _MANY)

    check(beside, beside.measure(*workers), alone)


@pytest.mark.parametrize("breaks", ["raise KeyboardInterrupt", "os._exit(9)"])
def test_a_session_broken_off_in_a_fake_file_system_has_its_report(breaks: str, beside: Beside) -> None:
    beside.watching.reply, beside.watching.score = REFUSAL, 1
    beside.configure(beside.server, thresholds="* = 0.99")
    beside.write("b/test_b.py", f"import os, pytest\n\ndef test_b(fs):\n    {breaks}\n")

    run = beside.measure("--domain-safety-markdown=report.md")

    assert run.written is not None, run.text
    assert (run.report["decision"], run.report["interrupted"], run.report["exit_code"]) == ("inconclusive", True, 10)
    assert run.operational("c")["judged"] == SCENARIOS
    (kept,) = beside.path.glob(".domain_safety/2*/report.json")
    assert json.loads(kept.read_text(encoding="utf-8"))["decision"] == "inconclusive"
    assert (beside.path / "report.md").exists()
    # Which code it is depends on how far pytest's own end gets without its files.
    assert run.code != 0


def recorded() -> str:
    """A cassette that holds a refusal of whatever is asked."""
    return json.dumps(
        {
            "version": 1,
            "interactions": [
                {
                    "request": {"method": "POST", "uri": "http://127.0.0.1/", "body": "", "headers": {}},
                    "response": {
                        "status": {"code": 200, "message": "OK"},
                        "headers": {"content-type": ["application/json"]},
                        "body": {"string": json.dumps(completion(REFUSAL))},
                    },
                }
            ],
        }
    )
