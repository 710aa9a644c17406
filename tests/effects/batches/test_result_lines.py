"""Results as they lie in files."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from pytest_domainsafety.core.batch.request_lines import body_text, request_id
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.failures import FailedAskError, StoppedError, UnrecordedError
from pytest_domainsafety.effects.batches.recorded import NotedRequests, RecordedAnswers
from pytest_domainsafety.effects.batches.result_lines import Results, files_of, kind_of, read_results
from pytest_domainsafety.effects.endpoints.answers import ASKED_FOR
from support.batch_engine import result
from support.fake_server import completion

TAG = "0a1b2c3d"
BODY: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
ID = request_id(TAG, "deployment", "a\0s\0operational\0000", body_text(BODY), 0)
KEY = bytes.fromhex(ID.partition("-")[2])

SUCCESS = result(ID, completion("yes"))
OTHER = result(ID, completion("no"))
FAULT = result(ID, {"error": {"message": "a fault"}}, 500)
BUSY = result(ID, {"error": {"message": "later"}}, 429)
TURNED_DOWN = result(ID, {"error": {"message": "strange"}}, 400)
EXPIRED = {"custom_id": ID, "response": None, "error": {"code": "batch_expired"}}
LOST = {"custom_id": ID, "response": None, "error": {"code": "internal"}}


def read(tmp_path: Path, *rows: object) -> Results:
    """Results of which each line lies in a file of its own."""
    files = [tmp_path / f"{number}.jsonl" for number in range(len(rows))]
    for file, row in zip(files, rows, strict=True):
        file.write_text(row if isinstance(row, str) else json.dumps(row), encoding="utf-8")
    return read_results(files, TAG, {KEY})


def attempts(results: Results) -> list[str]:
    """What each attempt at the request comes to, with `reasked` where another is another draw."""
    recorded, said = RecordedAnswers(results, TAG, "deployment", {KEY}, "note"), list[str]()

    async def all_of() -> None:
        ASKED_FOR.set("a\0s\0operational\0000")
        while True:
            try:
                said.append(f"{(await recorded.answer(BODY)).status_code}")
            except UnrecordedError as error:
                said.append(error.reason)
                return
            except FailedAskError as error:
                said.append(f"{error.reason}{', reasked' if error.resamples else ''}")

    run(all_of())
    return said


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(coroutine)


NONE = "not in the batch's results"


@pytest.mark.parametrize(
    ("rows", "said", "double"),
    [
        ([SUCCESS], ["200", NONE], 0),
        ([SUCCESS, SUCCESS], ["200", NONE], 1),
        ([FAULT, SUCCESS], ["HTTP 500, reasked", "200", NONE], 0),
        ([TURNED_DOWN, SUCCESS], ["HTTP 400, reasked", "200", NONE], 0),
        ([BUSY, SUCCESS], ["HTTP 429", "200", NONE], 0),
        ([EXPIRED, SUCCESS], ["200", NONE], 0),
        ([EXPIRED], ["expired in the batch"], 0),
        ([EXPIRED, FAULT], ["500", NONE], 0),
        ([LOST, SUCCESS], ["failed in the batch, reasked", "200", NONE], 0),
        ([FAULT], ["500", NONE], 0),
        ([SUCCESS, {**SUCCESS, "id": "another"}, FAULT, FAULT], ["HTTP 500, reasked", "200", NONE], 2),
        ([], [NONE], 0),
    ],
)
def test_results_of_one_request_in_any_order(tmp_path: Path, rows: list[Any], said: list[str], double: int) -> None:
    for order in itertools.islice(itertools.permutations(rows), 6):
        results = read(tmp_path, *order)
        assert attempts(results) == said
        assert (results.double, results.conflicts) == (double, [])


@pytest.mark.parametrize("rows", [[SUCCESS, OTHER], [SUCCESS, FAULT, OTHER], [EXPIRED, OTHER, SUCCESS]])
def test_two_different_successes_are_a_conflict(tmp_path: Path, rows: list[Any]) -> None:
    assert read(tmp_path, *rows).conflicts == [KEY]


FILTERED = result(ID, {"error": {"code": "content_filter", "message": "no"}}, 400)
NEITHER = result(ID, {"error": {"message": "odd"}, "n": float("nan")}, 500)


@pytest.mark.parametrize("rows", [[FILTERED, FAULT], [BUSY, FILTERED, LOST], [FAULT, NEITHER, NEITHER]])
def test_the_order_of_files_does_not_choose_which_failure_stands(tmp_path: Path, rows: list[Any]) -> None:
    said = {tuple(attempts(read(tmp_path, *order))) for order in itertools.permutations(rows)}
    assert len(said) == 1
    # Where something else came of it too, it is not the filter that says how safe the model is.
    assert "400" not in next(iter(said))
    found = {
        tuple(results.read(line).body is None or json.dumps(results.read(line).body) for line in results.of(KEY))
        for results in (read(tmp_path, *order) for order in itertools.permutations(rows))
    }
    assert len(found) == 1


def test_failures_without_end_are_refused(tmp_path: Path) -> None:
    lines = [json.dumps(result(ID, {"n": number}, 503)) for number in range(101)]
    assert len(read(tmp_path, "\n".join(lines[:100])).of(KEY)) == 100
    with pytest.raises(ConfigurationError, match="more than 100 different results of one request"):
        read(tmp_path, "\n".join(lines))


def test_a_line_beyond_all_bounds_is_none_and_what_follows_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps(SUCCESS)
    monkeypatch.setattr("pytest_domainsafety.effects.batches.result_lines.LONGEST_LINE", len(text) + 1)
    results = read(tmp_path, f'"{"x" * 5 * len(text)}"\n{text}\n{text} {text}')
    assert (len(results), results.torn) == (1, 2)
    assert attempts(results)[0] == "200"


def test_a_pipe_is_no_file_of_results(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jsonl")
    for place in (tmp_path, tmp_path / "a.jsonl"):
        with pytest.raises(ConfigurationError, match="is a folder, a pipe or a device"):
            files_of([place], set())


def test_lines_are_counted_by_what_they_are(tmp_path: Path) -> None:
    text = json.dumps(SUCCESS)
    lines = [
        text, " ", "", text[:40], "\x00", '{"custom_id": 1}', json.dumps({"custom_id": ID}), "[" * 100_000,
        json.dumps({**SUCCESS, "custom_id": f"{TAG}-{'0' * 32}"}), json.dumps({**SUCCESS, "custom_id": f"{TAG}-x"}),
        json.dumps({**SUCCESS, "custom_id": "another"}), text,
    ]  # fmt: skip
    results = read(tmp_path, "\n".join(lines))
    found = (len(results), results.torn, results.unknown, results.foreign, results.double)
    assert found == (1, 5, 2, 1, 1)
    assert attempts(results)[0] == "200"


def test_nothing_but_lines_of_others_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="those of another manifest"):
        read(tmp_path, {**SUCCESS, "custom_id": "another"})


def test_a_success_that_says_that_it_failed_is_none() -> None:
    from pytest_domainsafety.core.batch.results import read_result

    assert kind_of(read_result(SUCCESS)) == "success"
    assert kind_of(read_result({**SUCCESS, "error": {"message": "x"}})) == "failed"
    assert kind_of(read_result(result(ID, {"error": "x"}))) == "failed"
    assert kind_of(read_result(result(ID, ["x"]))) == "failed"


def test_a_file_that_changes_meanwhile_stops_the_run(tmp_path: Path) -> None:
    results = read(tmp_path, SUCCESS)
    (tmp_path / "0.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(StoppedError, match="was changed while it was read"):
        attempts(results)


def test_files_and_folders_are_taken_once_and_requests_left_out(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl", "requests-0001.jsonl", "notes.txt"):
        (tmp_path / name).write_text("", encoding="utf-8")
    own = {(tmp_path / "requests-0001.jsonl").resolve()}
    found = files_of([tmp_path, tmp_path / "b.jsonl"], own)
    assert [file.name for file in found] == ["a.jsonl", "b.jsonl"]
    with pytest.raises(ConfigurationError, match="what is meant for pytest comes after --"):
        files_of([tmp_path / "gone"], own)


def test_a_request_is_noted_once() -> None:
    noted = NotedRequests(TAG, "judge")

    async def twice() -> None:
        for _ in range(2):
            with pytest.raises(UnrecordedError):
                await noted.answer(BODY)

    run(twice())
    (line,) = noted.take()
    assert json.loads(line)["body"] == BODY
    assert noted.take() == []


def test_an_answer_is_read_from_where_its_line_was_and_nowhere_else(tmp_path: Path) -> None:
    found = read(tmp_path, SUCCESS)
    # Somebody exchanges the line between the two times that it is read.
    file, other = found.files[0], json.dumps({**SUCCESS, "custom_id": f"{TAG}-{'0' * 32}"})
    file.write_text(other, encoding="utf-8")

    async def asked() -> None:
        ASKED_FOR.set("a\0s\0operational\0000")
        await RecordedAnswers(found, TAG, "deployment", {KEY}, "note").answer(BODY)

    with pytest.raises(StoppedError, match="was changed while it was read: read the batch again"):
        asyncio.run(asked())
    found.close()
