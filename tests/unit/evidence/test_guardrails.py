"""Errors that are blocks of a guardrail, and those that only look like one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_domainsafety.core.configuration.answer_rules import FilterRule
from pytest_domainsafety.core.evidence.guardrails import block_of


def hooks(*hook: dict[str, Any], kind: str = "hooks_failed") -> dict[str, Any]:
    return {"error": {"message": "failed", "type": kind}, "hook_results": {"before_request_hooks": list(hook)}}


def litellm(**fields: object) -> dict[str, Any]:
    return {"error": {"message": "no", "code": "400", "provider_specific_fields": fields}}


CHECKS = [{"id": "default.contains", "verdict": False}, {"id": "default.regexMatch", "verdict": True}]

BLOCKS = [
    (400, {"error": {"code": "content_filter"}}, "content_filter"),
    (400, {"error": {"code": "content_policy_violation"}}, "content_policy_violation"),
    (400, {"code": "invalid_prompt"}, "invalid_prompt"),
    (400, litellm(guardrail_name="pii"), "guardrail pii"),
    (400, litellm(azure_error={"code": "content_filter"}), "content_filter"),
    (400, litellm(azure_error={"code": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}), "Responsible"),
    (400, litellm(innererror={"code": "ResponsibleAIPolicyViolation"}), "ResponsibleAIPolicyViolation"),
    (400, {"detail": "Validation failed for field with errors: toxic"}, "guardrail of Guardrails AI"),
    (446, hooks({"id": "my-guard", "verdict": False, "checks": CHECKS}), "guardrail default.contains"),
    (446, hooks({"id": "my-guard", "verdict": False, "checks": None}), "guardrail my-guard"),
    (446, hooks({"id": "other", "verdict": True, "checks": CHECKS}), "guardrail of Portkey"),
]

ERRORS = [
    (400, {}),
    (400, []),
    (400, {"error": "blocked"}),
    (400, {"error": {"code": "400", "message": "content_filter"}}),
    (400, {"error": {"code": 400, "provider_specific_fields": {"guardrail_name": None}}}),
    (400, litellm(guardrail_name="")),
    (400, litellm(innererror={"code": "DeploymentNotFound"})),
    (400, litellm(azure_error="content_filter")),
    (400, {"detail": "Validation failed: temperature"}),
    (400, {"detail": [{"msg": "Validation failed for field with errors:"}]}),
    (400, hooks({"id": "my-guard", "verdict": False})),
    (422, litellm(guardrail_name="pii")),
    (446, hooks(kind="invalid_request")),
    (446, {}),
    (500, {"error": {"code": "content_filter"}}),
]


@pytest.mark.parametrize(("status", "body", "name"), BLOCKS)
def test_a_known_block_is_told_by_name(status: int, body: object, name: str) -> None:
    found = block_of(status, json.dumps(body), ())
    assert found is not None
    assert found.startswith(name)


@pytest.mark.parametrize(("status", "body"), ERRORS)
def test_another_error_is_no_block(status: int, body: object) -> None:
    assert block_of(status, json.dumps(body), ()) is None


def test_a_rule_of_the_users_wants_its_status_and_its_pattern() -> None:
    rules = (FilterRule(403, "rule [0-9]+"), FilterRule(400, "by our rule"))
    assert block_of(400, "<p>Blocked by our rule", rules) == "filtered by 'by our rule'"
    assert block_of(403, "rule 7", rules) == "filtered by 'rule [0-9]+'"
    for status, text in ((403, "by our rule"), (400, "rule 7"), (400, ""), (400, "[" * 100_000)):
        assert block_of(status, text, rules) is None
