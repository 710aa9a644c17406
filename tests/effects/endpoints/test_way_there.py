"""What is in the way of an endpoint is named: a certificate that is not trusted, a proxy that fails."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from pytest_domainsafety.core.evidence.failures import StoppedError
from support.effects_support import MESSAGES, open_endpoint

SELF_SIGNED = Path(__file__).parents[2] / "data" / "self_signed.pem"
"""A certificate of localhost, and its key, for tests alone."""


async def stopped(url: str) -> str:
    async with open_endpoint(url) as endpoint:
        with pytest.raises(StoppedError) as caught:
            await endpoint.ask(MESSAGES)
    return f"{caught.value}".replace(url, "URL")


def test_a_certificate_that_is_not_trusted_is_named_with_the_variable_for_another() -> None:
    async def nobody(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def main() -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(SELF_SIGNED)
        async with await asyncio.start_server(nobody, "127.0.0.1", 0, ssl=context) as server:
            return await stopped(f"https://localhost:{server.sockets[0].getsockname()[1]}/v1")

    said = asyncio.run(main())
    assert said.startswith("the deployment at URL has a certificate that is not trusted (self")
    assert said.endswith("in the environment variable SSL_CERT_FILE")


@pytest.mark.parametrize(
    ("scheme", "variable"), [("https", "HTTPS_PROXY"), ("http", "http_proxy"), ("https", "ALL_PROXY")]
)
def test_a_proxy_that_fails_is_named_by_its_variable(
    scheme: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    assert asyncio.run(stopped(f"{scheme}://endpoint.invalid/v1")) == (
        f"the deployment at URL is asked through the proxy in ${variable}, which fails: mend or unset it, or name "
        "the endpoint's host in the environment variable NO_PROXY"
    )
