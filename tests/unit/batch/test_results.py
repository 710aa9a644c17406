"""Lines of results, in the shapes that servers and offline runners write."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.batch.results import InvalidResultError, Result, read_result

_BODY = {"choices": [{"message": {"content": "no"}}]}
_ERROR = {"message": "too long", "type": "invalid_request_error", "code": "context_length_exceeded"}
_TOO_LONG = {
    "message": "max_tokens=2048 cannot be greater",
    "type": "BadRequestError",
    "param": "max_tokens",
    "code": 400,
}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        # OpenAI, Azure, LiteLLM
        (
            {"id": "r", "custom_id": "a", "response": {"status_code": 200, "body": _BODY}, "error": None},
            Result("a", 200, _BODY),
        ),
        (
            {"custom_id": "a", "response": {"status_code": 400, "body": {"error": _ERROR}}, "error": None},
            Result("a", 400, {"error": _ERROR}),
        ),
        # the body lies in the response itself
        ({"custom_id": "a", "response": _BODY}, Result("a", 200, _BODY)),
        ({"custom_id": "a", "response": {"body": _BODY}}, Result("a", 200, _BODY)),
        # an error beside a response without a body, and beside one with a body: it is told either way
        (
            {"custom_id": "a", "response": {"status_code": 400, "request_id": "r"}, "error": _ERROR},
            Result("a", 400, {"error": _ERROR}),
        ),
        (
            {"custom_id": "a", "response": {"status_code": 200, "body": _BODY}, "error": _ERROR},
            Result("a", 200, {**_BODY, "error": _ERROR}),
        ),
        ({"custom_id": "a", "response": {"status_code": "429", "body": {}}}, Result("a", 429, {})),
        # vLLM 0.32.0, run-batch: no body, and as error a whole answer or a sentence
        (
            {
                "id": "v",
                "custom_id": "a",
                "response": {"status_code": 200, "request_id": "r", "body": _BODY},
                "error": None,
            },
            Result("a", 200, _BODY),
        ),
        (
            {
                "custom_id": "a",
                "response": {"status_code": 400, "request_id": "r", "body": None},
                "error": {"error": _TOO_LONG},
            },
            Result("a", 400, {"error": _TOO_LONG}),
        ),
        (
            {
                "custom_id": "a",
                "response": {"status_code": 400, "request_id": "r", "body": None},
                "error": "URL /x was used.",
            },
            Result("a", 400, {"error": "URL /x was used."}),
        ),
        # never executed
        (
            {"custom_id": "a", "response": None, "error": {"code": "batch_expired", "message": "m"}},
            Result("a", unanswered="expired in the batch", unasked=True),
        ),
        (
            {"custom_id": "a", "error": {"code": "batch_cancelled"}},
            Result("a", unanswered="cancelled in the batch", unasked=True),
        ),
        # a status where others write a word, and nothing that says anything
        ({"custom_id": "a", "error": {"code": 503}}, Result("a", 503, {"error": {"code": 503}})),
        ({"custom_id": "a", "error": {"code": "server_error"}}, Result("a", unanswered="failed in the batch")),
        ({"custom_id": "a", "error": "words"}, Result("a", unanswered="failed in the batch")),
    ],
)
def test_a_line_says_what_became_of_a_request(row: object, expected: Result) -> None:
    assert read_result(row) == expected


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        {},
        {"custom_id": 1, "response": {}},
        {"custom_id": "a"},
        {"custom_id": "a", "response": None, "error": None},
        {"custom_id": "a", "response": "no"},
        {"custom_id": "a", "response": {"status_code": True, "body": {}}},
        {"custom_id": "a", "response": {"status_code": 99, "body": {}}},
        {"custom_id": "a", "response": {"status_code": None, "body": {}}},
    ],
)
def test_what_says_nothing_is_no_result(row: object) -> None:
    with pytest.raises(InvalidResultError):
        read_result(row)
