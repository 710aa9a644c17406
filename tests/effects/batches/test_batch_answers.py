"""Answers through a Batch API: its states, its faults, and that nothing is ever submitted twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.batch_asking import FAST, ask
from support.batch_server import BatchServer, Json, unexecuted
from support.fake_server import Answer, Request, completion

TESTS = Path(__file__).parents[2]


def respond(request: Request) -> Answer:
    return Answer(completion(f"re {request.prompt}"))


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer(respond) as found:
        yield found


def twice(server: BatchServer) -> list[str]:
    return [each for each, number in Counter(server.submitted).items() if number > 1]


def first(server: BatchServer, meddled: Callable[[list[Json]], list[Json | bytes]]) -> None:
    """Meddle with what comes back of the first batch alone."""
    server.meddle = lambda rows: meddled(rows) if len(server.batches) == 1 else list(rows)


ALL = {"a": "re a", "b": "re b", "c": "re c"}


def test_all_that_waits_goes_into_one_batch(server: BatchServer, tmp_path: Path) -> None:
    found = ask(server.url, tmp_path / "k")
    assert found.replies == ALL
    assert len(server.batches) == 1
    made = server.batches[0].made
    assert made["completion_window"] == "24h"
    assert made["endpoint"] == "/v1/chat/completions"
    assert made["metadata"]["domain-safety"] == "tag"
    assert made["metadata"]["part"]
    assert [line["body"]["messages"][0]["content"] for line in server.batches[0].lines] == ["a", "b", "c"]
    assert found.notes == ["asked through the endpoint's Batch API (batch batch_0)"]
    assert not found.left_there
    states = ["validating", "in_progress", "finalizing", "completed"]
    assert [line.split()[3].strip(",") for line in found.told] == states


def test_parts_hold_no_more_lines_than_a_file_may(server: BatchServer, tmp_path: Path) -> None:
    assert ask(server.url, tmp_path / "k", most_lines=2).replies == ALL
    assert sorted(len(batch.lines) for batch in server.batches) == [1, 2]


def test_a_state_that_nobody_knows_is_waited_for_no_longer_than_a_batch_takes(
    server: BatchServer, tmp_path: Path
) -> None:
    server.script = lambda _: ["validating", "pondering"]
    found = ask(server.url, tmp_path / "k", pacing=replace(FAST, given_up_s=0.1))
    assert found.stopped is not None
    assert "batch_0 at" in str(found.stopped)
    assert "is still pondering, longer after it was submitted than any batch takes" in str(found.stopped)
    assert not found.stopped.usage


@pytest.mark.parametrize("word", ["cancelled", "canceled"])
def test_a_cancelled_batch_has_ended_however_it_is_spelt(server: BatchServer, tmp_path: Path, word: str) -> None:
    server.script = lambda batch: ["in_progress", word] if batch.id == "batch_0" else ["completed"]
    server.meddle = lambda rows: [] if len(server.batches) == 1 else list(rows)
    assert ask(server.url, tmp_path / "k").replies == ALL


def test_a_batch_that_failed_its_validation_stops_with_its_own_words(server: BatchServer, tmp_path: Path) -> None:
    server.script = lambda _: ["validating", "failed"]
    server.problem = {"data": [{"code": "model_not_found", "message": "no such model \x1b[31m", "line": 2}]}
    found = ask(server.url, tmp_path / "k")
    assert found.stopped is not None
    assert "batch_0 failed" in str(found.stopped)
    assert "line 2: model_not_found, no such model" in str(found.stopped)
    assert "domain_safety_batch = no" in str(found.stopped)
    assert "\x1b" not in str(found.stopped)
    assert found.stopped.usage
    # Whoever mends it asks again.
    server.script, server.problem = (lambda _: ["completed"]), None
    assert ask(server.url, tmp_path / "k").replies == ALL
    assert len(server.batches) == 2


def expired(rows: list[Json]) -> list[Json | bytes]:
    return [rows[0], *map(unexecuted, rows[1:])]


def broken(rows: list[Json]) -> list[Json | bytes]:
    bad: Json = {**rows[1], "response": {"status_code": 500, "body": {"error": {"message": "oh"}}}}
    return [rows[0], bad, rows[2]]


@pytest.mark.parametrize("retry", ["batch", "live"])
@pytest.mark.parametrize(
    ("state", "meddled", "again", "resampled"),
    [
        ("completed", expired, 2, ""),
        ("expired", expired, 2, ""),
        ("cancelled", lambda rows: [unexecuted(row, "batch_cancelled") for row in rows], 3, ""),
        ("completed", broken, 1, "b"),
        ("completed", lambda rows: rows[:2], 1, "c"),
        ("completed", lambda rows: [rows[0], b'{"custom_id": "', rows[2]], 1, "b"),
        ("completed", lambda rows: [*rows, {**rows[0], "custom_id": "foreign"}], 0, ""),
        ("completed", lambda rows: [*rows, rows[0]], 0, ""),
        ("completed", lambda rows: [*rows, {**rows[0], "response": rows[1]["response"]}], 1, "a"),
        ("expired", lambda _: [], 3, "abc"),
    ],
    ids=["unexecuted", "expired", "cancelled", "failed", "missing", "torn", "foreign", "same", "two", "none"],
)
def test_what_did_not_come_back_is_asked_once_more(
    server: BatchServer,
    tmp_path: Path,
    retry: str,
    state: str,
    meddled: Callable[[list[Json]], list[Json | bytes]],
    again: int,
    resampled: str,
) -> None:
    first(server, meddled)
    server.script = lambda _: ["in_progress", state if not server.batches else "completed"]
    found = ask(server.url, tmp_path / "k", retry=retry)
    assert found.replies == ALL
    assert "".join(sorted(found.resampled)) == resampled
    assert found.requests == 3 + again
    assert (len(server.live) if retry == "live" else len(server.submitted) - 3) == again
    assert not twice(server)


def test_what_never_comes_back_is_missing(server: BatchServer, tmp_path: Path) -> None:
    server.meddle = lambda rows: [unexecuted(row) for row in rows]
    server.script = lambda _: ["expired"]
    assert set(ask(server.url, tmp_path / "k").failed.values()) == {"expired in the batch"}
    assert len(server.submitted) == 6
    # A later session asks anew, since what the failures meant is written down.
    server.meddle, server.script = list, lambda _: ["completed"]
    assert ask(server.url, tmp_path / "k").replies == ALL
    assert not twice(server)


def test_a_deleted_output_file_is_told_and_what_was_in_it_asked_again(server: BatchServer, tmp_path: Path) -> None:
    server.fail = lambda method, path: (
        Answer({"error": {"message": "gone"}}, 404)
        if method == "GET" and path.startswith("/files/") and len(server.batches) == 1
        else None
    )
    found = ask(server.url, tmp_path / "k")
    assert found.replies == ALL
    assert found.resampled == set("abc")
    assert any("is gone" in line for line in found.told)


FAULTS = {
    "429": Answer(status=429, headers={"retry-after-ms": "30"}),
    "503": Answer(status=503),
    "hang-up": Answer(hang_up=True),
    "no-JSON": Answer(b"no JSON"),
}
CALLS = ("POST /files", "POST /batches", "GET /batches/", "GET /files/")


@pytest.mark.parametrize(
    ("call", "fault"),
    # A file may hold anything.
    [(call, fault) for call in CALLS for fault in FAULTS if (call, fault) != ("GET /files/", "no-JSON")],
)
def test_calls_that_fail_for_a_while_are_made_again(
    server: BatchServer, tmp_path: Path, call: str, fault: str
) -> None:
    left = [FAULTS[fault]] * 3
    method, path = call.split()

    def fail(sent: str, to: str) -> Answer | None:
        return left.pop() if left and sent == method and to.startswith(path) else None

    server.fail = fail
    assert ask(server.url, tmp_path / "k").replies == ALL
    assert len(server.batches) == 1


def test_a_create_without_an_answer_is_looked_for_before_it_is_made_again(
    server: BatchServer, tmp_path: Path
) -> None:
    lost: list[str] = []

    def fail(method: str, path: str) -> Answer | None:
        if method == "POST" and path == "/batches" and not lost:
            lost.append(path)
            for _ in range(3):  # of others, so that it stands on a later page
                server.create({"input_file_id": "file-0", "metadata": {}})
            server.batches.insert(0, server.batches.pop())
            server.create({"input_file_id": "file-0", "metadata": posted(tmp_path / "k")})
            server.batches.insert(0, server.batches.pop())
            return Answer(status=502)
        return None

    server.fail = fail
    found = ask(server.url, tmp_path / "k")
    assert found.replies == ALL
    assert len(server.batches) == 4


def posted(folder: Path) -> Json:
    (part,) = folder.glob("*.json")
    return {"domain-safety": "tag", "part": part.stem}


Told = Callable[[BatchServer, Json], Json]


def telling(server: BatchServer, change: Told) -> None:
    """Change what the endpoint says of its batches."""
    before = server._told  # noqa: SLF001 - a test's own server
    server._told = lambda batch: change(server, before(batch))  # type: ignore[method-assign] # noqa: SLF001


def test_a_batch_is_found_by_its_file_where_metadata_are_not_kept(server: BatchServer, tmp_path: Path) -> None:
    telling(server, lambda _, row: {**row, "metadata": None})
    lost: list[str] = []

    def fail(method: str, path: str) -> Answer | None:
        if (method, path) == ("POST", "/batches") and not lost:
            lost.append(path)
            server.create({"input_file_id": "file-0", "metadata": {}})
            return Answer(status=502)
        return None

    server.fail = fail
    assert ask(server.url, tmp_path / "k").replies == ALL
    assert not twice(server)


@pytest.mark.parametrize("row", [{"id": "x" * 3000, "status": "validating"}, {"id": "batch_0"}])
def test_a_batch_that_was_created_is_not_created_again_where_nobody_can_read_it(
    server: BatchServer, tmp_path: Path, row: Json
) -> None:
    telling(server, lambda _, __: row)
    stopped = ask(server.url, tmp_path / "k").stopped
    assert len(server.batches) == 1
    assert "cancel it there" in str(stopped)


def test_a_list_that_goes_on_nowhere_does_not_say_that_there_is_none(server: BatchServer, tmp_path: Path) -> None:
    def fail(method: str, path: str) -> Answer | None:
        if path == "/batches" and method == "POST":
            if not server.batches:
                server.create({"input_file_id": "file-0", "metadata": posted(tmp_path / "k")})
            return Answer(status=502)
        return Answer({"data": [{"id": "x"}], "has_more": True}) if path == "/batches" else None

    server.fail = fail
    assert "goes on nowhere" in str(ask(server.url, tmp_path / "k").stopped)
    server.fail = lambda _method, _path: None
    assert ask(server.url, tmp_path / "k").replies == ALL
    assert len(server.batches) == 1


def test_an_id_of_a_proxys_may_be_long(server: BatchServer, tmp_path: Path) -> None:
    telling(server, lambda _, row: {**row, "id": row["id"].replace("batch_", f"batch_{'x' * 500}")})
    path = server._state  # noqa: SLF001 - a test's own server
    server._state = lambda name: path(name.replace("x", ""))  # type: ignore[method-assign] # noqa: SLF001
    assert ask(server.url, tmp_path / "k").replies == ALL
    assert len(server.batches) == 1


@pytest.mark.parametrize("said", ["answer", "problem", "result"])
def test_a_key_that_the_endpoint_repeats_is_shown_nowhere(server: BatchServer, tmp_path: Path, said: str) -> None:
    sent = "key-of-a-client-of-mine"

    def words() -> str:
        # What the client really sends, which no setting names.
        return f"bad {server.headers[-1]['authorization']}"

    if said == "answer":
        server.fail = lambda _, path: Answer({"error": {"message": words()}}, 401) if path == "/batches" else None
    elif said == "problem":
        telling(server, lambda _, row: {**row, "status": "failed", "errors": [{"message": words()}]})
    else:
        body = {"error": {"message": "bad Bearer " + sent}}
        server.meddle = lambda rows: [{**row, "response": {"status_code": 401, "body": body}} for row in rows]
    stopped = f"{ask(server.url, tmp_path / 'k', key=sent).stopped}"
    assert "bad ***" in stopped
    assert sent not in stopped


@pytest.mark.parametrize("name", ["id", "output_file_id"])
def test_an_id_that_nobody_can_ask_for_stops_in_one_sentence(server: BatchServer, tmp_path: Path, name: str) -> None:
    telling(server, lambda _, row: {**row, name: ".."} if name == "id" or row[name] else row)
    found = ask(server.url, tmp_path / "k")
    assert not found.replies
    assert "cannot be asked (ValueError" in str(found.stopped)
    assert "--domain-safety-resume" in str(found.stopped)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "check the key in $KEY"),
        (403, "check the key in $KEY"),
        (404, "has no Batch API"),
        (405, "has no Batch API"),
        (400, "mend what it says"),
    ],
)
def test_an_endpoint_that_takes_no_batches_stops_with_the_mend(
    server: BatchServer, tmp_path: Path, status: int, said: str
) -> None:
    server.fail = lambda _method, _path: Answer({"error": {"message": "sk-secret-key is bad"}}, status)
    stopped = ask(server.url, tmp_path / "k").stopped
    assert stopped is not None
    assert said in str(stopped)
    assert "domain_safety_batch = no" in str(stopped)
    assert stopped.usage


def test_polls_that_never_work_again_stop_and_the_batch_stays(server: BatchServer, tmp_path: Path) -> None:
    server.fail = lambda method, path: (
        Answer(status=503) if method == "GET" and path.startswith("/batches/") else None
    )
    found = ask(server.url, tmp_path / "k")
    assert "--domain-safety-resume" in str(found.stopped)
    assert found.left_there == ["batch_0"]
    # A gateway may answer so for ever, and nobody should wait for its last call to hear of it.
    failing = [line for line in found.told if "in a row (HTTP 503), asked again in" in line]
    assert [line.split(" failed ")[1].split()[0] for line in failing] == ["2", "4", "8"]
    server.fail = lambda _method, _path: None
    assert ask(server.url, tmp_path / "k").replies == ALL
    assert not twice(server)


def test_a_budget_of_time_holds_before_anything_is_submitted(server: BatchServer, tmp_path: Path) -> None:
    found = ask(server.url, tmp_path / "k", late=lambda: "too late")
    assert str(found.stopped) == "too late"
    assert not server.files


STEPS = [("POST", "/files"), ("POST", "/batches"), ("GET", "/batches/"), ("GET", "/files/")]


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("method", "path"), STEPS, ids=["upload", "create", "poll", "download"])
def test_nothing_is_submitted_twice_by_a_session_that_was_killed(
    server: BatchServer, tmp_path: Path, method: str, path: str, *, done: bool
) -> None:
    killed: list[int] = []

    def seen(sent: str, to: str, finished: bool) -> None:  # noqa: FBT001 - the server's hook
        if (sent, finished) == (method, done) and to.startswith(path) and not killed:
            killed.append(process.pid)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()

    server.seen = seen
    process = subprocess.Popen(  # noqa: S603 - the arguments are the test's own
        [sys.executable, "-m", "support.batch_asking", server.url, str(tmp_path / "k")], cwd=TESTS
    )
    assert process.wait(timeout=60) == -signal.SIGKILL
    assert ask(server.url, tmp_path / "k").replies == ALL
    assert len(server.batches) == 1
    assert not twice(server)
