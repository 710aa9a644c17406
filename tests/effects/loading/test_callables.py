"""Finding and calling what the user's configuration names."""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import openai
import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.endpoints.clients import api_key, build_client, client_of
from pytest_domainsafety.effects.loading.callables import call, describe, load_callable
from support.fake_server import FakeServer, Request, answers, error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

SETTING = "domain_safety_target"

MODULE = """\
from functools import partial

number = 3


def target(messages):
    return "hi"


class Holder:
    def __call__(self, messages):
        return "held"


holder = Holder()
bound = partial(target)
"""


@pytest.fixture(autouse=True)
def _own_imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test imports or appends to the import path is forgotten afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("users_"):
            del sys.modules[name]


def sentence(spec: str, root: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_callable(SETTING, spec, root)
    said = str(caught.value)
    assert said.startswith(f"{SETTING} = {spec}")
    assert "\n" not in said
    return said.removeprefix(f"{SETTING} = {spec}")


@pytest.mark.parametrize("attribute", ["target", "holder", "Holder", "bound"])
def test_a_callable_of_the_users_own_module_is_found(tmp_path: Path, attribute: str) -> None:
    (tmp_path / "users_good.py").write_text(MODULE, encoding="utf-8")
    assert callable(load_callable(SETTING, f"users_good:{attribute}", tmp_path))


def test_a_module_in_a_package_is_found(tmp_path: Path) -> None:
    (tmp_path / "users_package").mkdir()
    (tmp_path / "users_package" / "inner.py").write_text(MODULE, encoding="utf-8")
    assert load_callable(SETTING, "users_package.inner:target", tmp_path)([]) == "hi"


def test_the_root_comes_last_on_the_import_path_and_only_once(tmp_path: Path) -> None:
    for _ in range(2):
        load_callable(SETTING, "json:dumps", tmp_path)
    assert sys.path[-1] == str(tmp_path)
    assert sys.path.count(str(tmp_path)) == 1


@pytest.mark.parametrize("spec", ["users_good", "users_good:", ":target", ""])
def test_another_spelling_is_refused(tmp_path: Path, spec: str) -> None:
    assert sentence(spec, tmp_path).endswith("must be written as package.module:callable")


def test_a_missing_module_is_named_with_where_it_was_looked_for(tmp_path: Path) -> None:
    said = sentence("users_absent:target", tmp_path)
    assert said == f": there is no module users_absent (looked in {tmp_path} and the import path)"


def test_a_module_missing_within_the_users_is_named(tmp_path: Path) -> None:
    (tmp_path / "users_needy.py").write_text("import users_needed\n", encoding="utf-8")
    assert "there is no module users_needed (" in sentence("users_needy:target", tmp_path)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise RuntimeError('two\\nlines')", "RuntimeError: two lines"),
        ("def target(:", "SyntaxError: "),
        ("from json import nothing_of_that_name", "ImportError: "),
    ],
)
def test_a_module_that_fails_to_import_is_told_in_one_line(tmp_path: Path, source: str, said: str) -> None:
    (tmp_path / "users_broken.py").write_text(source + "\n", encoding="utf-8")
    assert f": importing users_broken failed with {said}" in sentence("users_broken:target", tmp_path)


@pytest.mark.parametrize("attribute", ["absent", "number"])
def test_a_missing_or_uncallable_name_is_refused(tmp_path: Path, attribute: str) -> None:
    (tmp_path / "users_good.py").write_text(MODULE, encoding="utf-8")
    assert sentence(f"users_good:{attribute}", tmp_path) == f": users_good has no callable {attribute}"


@pytest.mark.parametrize("spec", [".users_good:target", "users good:target", "..:x"])
def test_a_strange_module_name_is_a_sentence_too(tmp_path: Path, spec: str) -> None:
    sentence(spec, tmp_path)


async def _double(number: int) -> int:
    return 2 * number


class _Awaited:
    async def __call__(self, number: int) -> int:
        return await _double(number)


def _later(number: int) -> Awaitable[int]:
    return _double(number)


@pytest.mark.parametrize(
    "function",
    [_double, _Awaited(), functools.partial(_double), _later, lambda number: 2 * number],
    ids=["async", "async-object", "partial", "awaitable-returned", "sync"],
)
def test_whatever_kind_of_function_is_called(function: Callable[..., object]) -> None:
    assert asyncio.run(call(function, 4)) == 8


def test_a_sync_function_runs_in_a_daemon_thread_of_its_own() -> None:
    thread = asyncio.run(call(threading.current_thread))
    assert thread is not threading.current_thread()
    assert thread.daemon


def test_an_exception_is_raised_where_the_call_is_awaited() -> None:
    def fails() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        asyncio.run(call(fails))


def test_a_stop_iteration_does_not_hang() -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(call(lambda: next(iter(()))))


def test_an_answer_after_the_call_was_given_up_is_ignored() -> None:
    release, ended = threading.Event(), threading.Event()

    def slow() -> int:
        release.wait(10)
        ended.set()
        return 1

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await call(slow)
        release.set()
        await asyncio.to_thread(ended.wait, 10)
        await asyncio.sleep(0.02)  # the answer arrives

    asyncio.run(main())


def test_an_exception_is_described_on_one_short_line() -> None:
    assert describe(ValueError("a\n  b\tc")) == "ValueError: a b c"
    assert describe(ValueError()) == "ValueError"
    assert len(describe(ValueError("x" * 1000))) == len("ValueError: ") + 200


def test_a_key_is_read_from_the_named_variable_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", " abc \n")
    monkeypatch.setenv("OPENAI_API_KEY", "other")
    assert api_key("MY_KEY", required_by="domain_safety_api_key_env") == "abc"


@pytest.mark.parametrize("word", ["none", "NONE", " None "])
def test_none_names_no_variable(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("none", "not a key")
    assert api_key(word, required_by="domain_safety_api_key_env") == "none"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_named_variable_must_be_set(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("MY_KEY", value)
    with pytest.raises(ConfigurationError) as caught:
        api_key("MY_KEY", required_by="domain_safety_api_key_env")
    assert str(caught.value) == (
        "domain_safety_api_key_env = MY_KEY: this environment variable is not set; for a server that asks for no "
        "key, as one on your own machine may, write none in its place"
    )
    # The default variable may be absent: a server of one's own asks for no key.
    assert api_key("MY_KEY", required_by=None)


def made(factory: Callable[[], object]) -> openai.AsyncOpenAI:
    return asyncio.run(client_of("domain_safety_client", factory))


def client_error(factory: Callable[[], object]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        made(factory)
    return str(caught.value)


def test_a_users_client_is_used_without_its_own_retries() -> None:
    async def ask(url: str, *, later: bool) -> list[Request]:
        def factory() -> openai.AsyncOpenAI:
            return openai.AsyncOpenAI(
                base_url=url, api_key="users", default_headers={"x-team": "blue"}, max_retries=4, timeout=5
            )

        async def later_factory() -> openai.AsyncOpenAI:
            return factory()

        async with await client_of("domain_safety_client", later_factory if later else factory) as client:
            with pytest.raises(openai.InternalServerError):
                await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}])
        return server.requests

    for later in (False, True):
        with FakeServer(lambda _: error(503)) as server:
            requests = asyncio.run(ask(server.url, later=later))
        assert [request.headers["x-team"] for request in requests] == ["blue"]
        assert requests[0].headers["authorization"] == "Bearer users"


def test_a_subclass_stays_what_it_is() -> None:
    async def main() -> type:
        async with await client_of(
            "domain_safety_client",
            lambda: openai.AsyncAzureOpenAI(
                azure_endpoint="http://127.0.0.1:9", api_version="2024-10-21", api_key="users"
            ),
        ) as client:
            return type(client)

    assert asyncio.run(main()) is openai.AsyncAzureOpenAI


def test_a_client_callable_that_fails_is_told() -> None:
    def fails() -> object:
        raise OSError("no\ncertificate")

    async def fails_later() -> object:
        raise LookupError

    assert client_error(fails) == "domain_safety_client: the callable failed with OSError: no certificate"
    assert client_error(fails_later) == "domain_safety_client: the callable failed with LookupError"
    assert "failed with TypeError: " in client_error(lambda needed: needed)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(("given", "kind"), [(None, "NoneType"), ("key", "str"), (openai.AsyncOpenAI, "type")])
def test_something_else_than_a_client_is_refused(given: object, kind: str) -> None:
    said = client_error(lambda: given)
    assert said == f"domain_safety_client: the callable must return an openai.AsyncOpenAI, not {kind}"


def test_a_sync_client_is_refused() -> None:
    with openai.OpenAI(api_key="x", base_url="http://127.0.0.1:9") as client:
        assert client_error(lambda: client).endswith("not OpenAI")


def test_our_own_client_does_not_retry() -> None:
    async def main(url: str) -> None:
        async with build_client(url, "k", 5.0) as client:
            with pytest.raises(openai.RateLimitError):
                await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}])

    with FakeServer(lambda _: error(429)) as server:
        asyncio.run(main(server.url))
    assert len(server.requests) == 1


def test_two_clients_of_one_process_are_apart() -> None:
    async def main(first: str, second: str) -> None:
        async with build_client(first, "a", 5.0) as one, build_client(second, "b", 5.0) as two:
            for client in (one, two):
                await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}])

    with FakeServer(answers("x")) as here, FakeServer(answers("y")) as there:
        asyncio.run(main(here.url, there.url))
    assert [server.requests[0].headers["authorization"] for server in (here, there)] == ["Bearer a", "Bearer b"]
