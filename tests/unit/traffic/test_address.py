"""Addresses: what goes unencrypted to another machine is told, and what may be a key is no part of them."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.configuration.settings import read_settings
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.traffic.address import (
    clear_text_warning,
    is_near,
    is_this_machine,
    public_address,
    same_server,
)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/v1",
        "http://localhost:8000/v1",
        "http://LOCALHOST/v1",
        "http://app.localhost/v1",
        "http://127.0.0.1:1/v1",
        "http://127.9.8.7/v1",
        "http://[::1]:8000/v1",
        "http://[::ffff:127.0.0.1]/v1",
    ],
)
def test_what_is_encrypted_or_stays_here_is_no_warning(url: str) -> None:
    assert clear_text_warning("the deployment", url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/v1",
        "http://10.0.0.7:8000/v1",
        "http://192.168.1.2/v1",
        "http://[fe80::1]/v1",
        "http://[::ffff:10.0.0.7]/v1",
        "http://localhost.example.com/v1",
        "http://127.0.0.1.example.com/v1",
        "http://gpu-box:8000/v1",
        "HTTP://api.example.com/v1",
    ],
)
def test_clear_text_to_another_machine_is_a_warning(url: str) -> None:
    said = clear_text_warning("the judge", url)
    assert said is not None
    assert said.startswith(f"the judge at {url} is asked without TLS")
    assert said.endswith("use https://")


@pytest.mark.parametrize(
    "other",
    [
        "https://api.example.com/other/v1",
        "HTTPS://API.Example.COM/v1",
        "https://api.example.com:443",
        "http://api.example.com:443/v1",
    ],
)
def test_a_server_is_its_host_and_port(other: str) -> None:
    assert same_server("https://api.example.com/v1", other)
    assert same_server(other, "https://api.example.com/v1")


@pytest.mark.parametrize(
    "other",
    [
        "http://api.example.com/v1",
        "https://api.example.com:8443/v1",
        "https://api.example.com:0/v1",
        "https://api.example.com:99999/v1",
        "https://api.example.com:x/v1",
        "https://example.com/v1",
        "https://api.example.com.evil.net/v1",
        "https://evil.net/api.example.com",
        "https://api.example.com\\.evil.net/v1",
        None,
    ],
)
def test_another_host_or_port_is_another_server(other: str | None) -> None:
    assert not same_server("https://api.example.com/v1", other)
    assert not same_server(other, "https://api.example.com/v1")
    assert not same_server(None, other)


def test_without_a_port_it_is_the_schemes_own() -> None:
    assert same_server("http://[::1]/v1", "http://[::1]:80/v1")
    assert same_server("https://h", "https://h:443")
    assert not same_server("http://h:443", "http://h")


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:1/v1", True),
        ("https://127.8.9.10/v1", True),
        ("http://[::1]:1/v1", True),
        ("http://10.0.0.1/v1", False),
        ("http://0.0.0.0/v1", False),
        ("http://localhost.example.com/v1", False),
        ("http://127.0.0.1@example.com/v1", False),
        ("", False),
    ],
)
def test_this_machine_is_loopback(url: str, *, here: bool) -> None:
    assert is_this_machine(url) is here


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://user:pa%20ss@host:8443/v1/?api-key=k#f", "https://host:8443/v1"),
        ("https://host/v1/", "https://host/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ],
)
def test_an_address_is_told_without_keys(url: str, public: str) -> None:
    assert public_address(url) == public


@pytest.mark.parametrize("name", ["base_url", "judge_base_url", "second_judge_base_url"])
@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter22@host/v1",
        "https://hunter22@host/v1",
        "https://h/v1?key=hunter22",
        "https://h/#hunter22",
        "ftp://user:hunter22@host/v1",
    ],
)
def test_a_key_in_an_address_is_refused_and_not_repeated(name: str, url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_settings({name: url})
    said = str(caught.value)
    assert said.startswith(f"domain_safety_{name} = {url[:5]}")
    assert "user, password or query" in said or "must start with" in said
    assert "hunter22" not in said


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://localhost:8000/v1", True),
        ("http://[::1]/v1", True),
        ("http://10.0.0.5/v1", True),
        ("http://192.168.1.2:8000", True),
        ("http://vllm:8000/v1", True),
        ("http://box.local/v1", True),
        ("https://api.example.com/v1", False),
        ("https://8.8.8.8/v1", False),
        ("https://local.example.com/v1", False),
        ("https:///v1", False),
    ],
)
def test_addresses_of_one_s_own_network_are_near(url: str, near: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_near(url) is near
