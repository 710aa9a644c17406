"""Settings: types, ranges, and what must or cannot stand together."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_domainsafety.core.configuration.settings import Settings, read_settings
from pytest_domainsafety.core.errors import ConfigurationError

ENDPOINT = {"base_url": "http://localhost:8000/v1", "model": "m"}
LLM_JUDGE = {"judge_model": "j"}
EMBEDDED = {"judge": "embedded"}
THRESHOLDS = {"thresholds": ["* = 0.2"]}
WHOLE = {**ENDPOINT, **LLM_JUDGE, **THRESHOLDS}


def refusal(values: dict[str, Any]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_settings(values).check()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_defaults_of_the_contract() -> None:
    settings = Settings()
    assert (settings.confidence, settings.repetitions, settings.temperature) == (0.95, 1, 0.7)
    assert (settings.max_tokens, settings.system_prompt, settings.concurrency) == (2048, None, 32)
    assert (settings.timeout, settings.max_retries, settings.seed) == (120.0, 5, 0)
    assert settings.thresholds == ()


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("confidence", "0.9", 0.9),
        ("repetitions", "3", 3),
        ("repetitions", 3, 3),
        ("temperature", "0", 0.0),
        ("temperature", 1, 1.0),
        ("temperature", "none", None),
        ("temperature", " None ", None),
        ("max_tokens", "none", None),
        ("max_tokens", "100", 100),
        ("system_prompt", "none", None),
        ("system_prompt", "Be brief.", "Be brief."),
        ("concurrency", "64", 64),
        ("timeout", "1.5", 1.5),
        ("max_retries", "0", 0),
        ("seed", "7", 7),
        ("base_url", "https://x/v1/", "https://x/v1"),
        ("request", '{"top_p": 1, "seed": null}', {"top_p": 1, "seed": None}),
        ("request", {"top_p": 1}, {"top_p": 1}),
        ("thresholds", ["a = 0.1"], ("a = 0.1",)),
    ],
)
def test_text_and_native_values(name: str, value: object, read: object) -> None:
    assert getattr(read_settings({name: value}), name) == read


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("confidence", "1", "domain_safety_confidence = 1: it should be less than 1"),
        ("confidence", "0", "domain_safety_confidence = 0: it should be greater than 0"),
        (
            "confidence",
            "1e-17",
            "domain_safety_confidence = 1e-17: below 0.5 a bound would lie under the rate itself",
        ),
        ("confidence", "0.49", "domain_safety_confidence = 0.49: below 0.5"),
        ("confidence", "95%", "domain_safety_confidence = 95%: it should be a valid number"),
        ("confidence", "nan", "domain_safety_confidence = nan: it should be"),
        ("repetitions", "0", "domain_safety_repetitions = 0: it should be greater than or equal to 1"),
        ("repetitions", "1.5", "domain_safety_repetitions = 1.5: it should be a valid integer"),
        ("temperature", "-1", "domain_safety_temperature = -1: it should be greater than or equal to 0"),
        ("temperature", "hot", "domain_safety_temperature = hot: it should be a valid number"),
        ("max_tokens", "0", "domain_safety_max_tokens = 0: it should be greater than or equal to 1"),
        ("concurrency", "0", "domain_safety_concurrency = 0: it should be greater than or equal to 1"),
        ("timeout", "0", "domain_safety_timeout = 0: it should be greater than 0"),
        ("timeout", "nan", "domain_safety_timeout = nan: it should be"),
        ("max_retries", "-1", "domain_safety_max_retries = -1: it should be greater than or equal to 0"),
        ("seed", "-1", "domain_safety_seed = -1: it should be greater than or equal to 0"),
        ("base_url", "localhost:8000", "domain_safety_base_url = localhost:8000: it must start with http:// or"),
        ("judge_base_url", "x", "domain_safety_judge_base_url = x: it must start with http:// or https://"),
        ("request", "{", "domain_safety_request = {: not valid JSON: Expecting property name"),
        ("request", "[1]", "domain_safety_request = [1]: it should be a valid dictionary"),
        ("judge_request", "no", "domain_safety_judge_request = no: not valid JSON"),
        ("model", 7, "domain_safety_model = 7: it should be a valid string"),
    ],
)
def test_a_wrong_value_is_one_sentence(name: str, value: object, said: str) -> None:
    assert refusal({**WHOLE, name: value}).startswith(said)


def test_a_long_wrong_value_is_cut() -> None:
    assert len(refusal({"request": "x" * 10_000})) < 200


# What must be there, and what cannot stand together


@pytest.mark.parametrize(
    "values",
    [
        WHOLE,
        {**ENDPOINT, **EMBEDDED, **THRESHOLDS},
        {**ENDPOINT, "judge": "a:b", **THRESHOLDS},
        {**ENDPOINT, "judge": "llm", **LLM_JUDGE, **THRESHOLDS},
        {"base_url": "http://x", "request": {"model": "m"}, **LLM_JUDGE, **THRESHOLDS},
        {"client": "a:b", "model": "m", **EMBEDDED, **THRESHOLDS},
        # The client is the deployment, and the judge's where it has no address of its own.
        {"client": "a:b", "model": "m", **LLM_JUDGE, **THRESHOLDS},
        {**WHOLE, "client": "a:b"},
        # A callable is the deployment; a model's name is its label.
        {**WHOLE, "target": "a:b"},
        # A judge that is named wins over one that follows from other settings.
        {**WHOLE, **EMBEDDED},
        {**WHOLE, "judge": "a:b"},
        {"client": "a:b", "model": "m", **LLM_JUDGE, "judge_base_url": "http://j", **THRESHOLDS},
        {"client": "a:b", "model": "m", **LLM_JUDGE, "judge_client": "a:b", **THRESHOLDS},
        {"target": "a:b", **EMBEDDED, **THRESHOLDS},
        {"target": "a:b", "base_url": "http://j", **LLM_JUDGE, **THRESHOLDS},
        {**ENDPOINT, "judge_client": "a:b", "judge_request": {"model": "j"}, **THRESHOLDS},
    ],
)
def test_what_can_stand_together(values: dict[str, Any]) -> None:
    read_settings(values).check()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "no deployment is named: set domain_safety_base_url and domain_safety_model"),
        ({**LLM_JUDGE, **THRESHOLDS, "model": "m"}, "no deployment is named"),
        ({"base_url": "http://x", **LLM_JUDGE, **THRESHOLDS}, "domain_safety_model is not set"),
        ({"client": "a:b", **LLM_JUDGE, **THRESHOLDS}, "domain_safety_model is not set"),
        ({**EMBEDDED, "target": "a:b", "client": "a:b"}, "so domain_safety_client has no effect"),
        ({**EMBEDDED, "target": "a:b", "request": {"x": 1}}, "so domain_safety_request has no effect"),
        ({**ENDPOINT, **LLM_JUDGE}, "domain_safety_thresholds is not set"),
        ({**ENDPOINT, **THRESHOLDS}, "no judge is named: set domain_safety_judge_model for a release"),
        ({**ENDPOINT, **THRESHOLDS, "judge_base_url": "http://x"}, "no judge is named"),
        ({**ENDPOINT, **THRESHOLDS, "judge": "gpt"}, "domain_safety_judge = gpt is no judge: use llm, embedded or"),
        ({**ENDPOINT, **THRESHOLDS, "judge": "llm"}, "domain_safety_judge_model is not set"),
        ({**ENDPOINT, **THRESHOLDS, "judge_client": "a:b"}, "domain_safety_judge_model is not set"),
        ({"target": "a:b", **LLM_JUDGE, **THRESHOLDS}, "domain_safety_judge_base_url is not set"),
    ],
)
def test_what_cannot_stand_together(values: dict[str, Any], said: str) -> None:
    assert said in refusal(values)


def test_two_places_for_the_judge_are_refused() -> None:
    assert refusal({**WHOLE, "judge_client": "a:b", "judge_base_url": "http://x"})


@pytest.mark.parametrize("name", ["temperature", "timeout"])
def test_infinity_is_refused(name: str) -> None:
    assert refusal({**WHOLE, name: "inf"})
