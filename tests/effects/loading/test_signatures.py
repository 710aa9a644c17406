"""A callable that cannot be called as it will be is told of before anything is asked."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.loading.signatures import check_signature


class Held:
    def __call__(self, messages: object) -> str:
        return f"{messages}"


class Named:
    def __init__(self, model: str, url: str) -> None:
        self.model, self.url = model, url

    def __call__(self, messages: object) -> str:
        return f"{messages}"

    async def judge(self, *, prompt: str, reply: str, framing: str, scenario: object) -> int:
        return len((prompt, reply, framing, scenario))


def two(messages: object, model: str) -> str:
    return f"{messages}{model}"


async def waits(messages: object) -> str:
    return f"{messages}"


def judge(prompt: str, reply: str, **rest: object) -> int:
    return len((prompt, reply, rest))


def short(prompt: str, reply: str) -> int:
    return len((prompt, reply))


@functools.wraps(two)
def brings(*args: object) -> str:
    return two(args[0], "m")


@mock.patch("json.dumps")
def patched(messages: object, dumps: object) -> str:
    return f"{messages}{dumps}"


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("target", waits),
        ("target", Held()),
        ("target", functools.partial(two, model="m")),
        ("target", brings),
        ("target", patched),
        ("target", str),
        ("target", {}.get),
        ("target", mock.Mock()),
        ("judge", judge),
        ("judge", Named("m", "u").judge),
        ("judge", lambda **_: 1),
        ("client", dict),
        ("judge_client", lambda model="m": model),
    ],
)
def test_what_takes_its_arguments_is_taken(name: str, function: Callable[..., Any]) -> None:
    check_signature(name, "domain_safety_x = app:f", function)


@pytest.mark.parametrize(
    ("name", "function", "wanted"),
    [
        ("target", two, "f(messages): missing a required argument: 'model'"),
        ("target", lambda: "", "f(messages): too many positional arguments"),
        ("target", Named, "f(messages): missing a required argument: 'url'"),
        ("target", functools.partial(two, "m", "n"), "f(messages): too many positional arguments"),
        ("judge", short, "f(*, prompt, reply, framing, scenario): got an unexpected keyword argument 'framing'"),
        ("judge", waits, "f(*, prompt, reply, framing, scenario): "),
        ("client", two, "f(): missing a required argument: 'messages'"),
    ],
)
def test_what_does_not_is_one_sentence_that_names_it(name: str, function: Callable[..., Any], wanted: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_signature(name, "domain_safety_x = app:f", function)

    assert str(caught.value).startswith(f"domain_safety_x = app:f cannot be called as {wanted}")
    assert "\n" not in str(caught.value)
