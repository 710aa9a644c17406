"""Addresses: what goes unencrypted to another machine is told, and what may be a key is no part of them."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.configuration.settings import read_settings
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.traffic.address import clear_text_warning, public_address


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
