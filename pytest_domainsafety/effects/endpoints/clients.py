"""Building the openai client so that nothing but what the user named reaches an endpoint."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.traffic.address import is_this_machine, same_server
from pytest_domainsafety.effects.loading.callables import describe
from pytest_domainsafety.effects.loading.imports import import_whole

if TYPE_CHECKING:
    import ssl

    import httpx2
    import openai

NO_KEY: Final = "none"
"""As a variable's name: send no key. As a key: what is sent then, since a client needs one and a server that asks for
none ignores it."""

_FROM_VARIABLES: Final = ("organization", "project", "admin_api_key", "webhook_secret")
"""What a client takes from `OPENAI_*` variables where it is not given."""

_NAME_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables."""

_FIRST: Final = "domain_safety_first_url"
_HARMLESS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
        "user-agent",
    }
)
"""Headers that may go to another host. The client reads its own, `x-stainless-...`, from the request afterwards."""

_LIBRARIES: Final = (
    "openai.resources.chat.chat",
    "openai.resources.chat.completions.messages",
    "openai.types.chat.completions.message_list_params",
    "aiohttp",
    "httpcore2",
    "httpcore",
    "concurrent.futures.thread",
    "resource",
)
"""The client and what it, its transport and the event loop import only when they are first used, in any version."""


def import_libraries() -> None:
    """Import all that a client imports until it is closed, so that it does so in this thread and in no other."""
    import_whole(_LIBRARIES)


def keep_headers_home(client: openai.AsyncOpenAI) -> None:
    """Let no key go to another host by a redirect.

    The client takes `Authorization` off there, but neither Azure's `api-key` nor any other header that may hold one.
    """
    hooks = client._client.event_hooks["request"]  # noqa: SLF001 - a client has no other place for what it sends
    if _strip_elsewhere not in hooks:
        hooks.append(_strip_elsewhere)


async def _strip_elsewhere(request: httpx2.Request) -> None:
    # A request that is redirected has the extensions of the one before.
    first = request.extensions.setdefault(_FIRST, request.url)
    if first is request.url:
        return
    upgraded = first.copy_with(scheme="https")
    if same_server(str(first), str(request.url)) or same_server(str(upgraded), str(request.url)):
        return
    for name in list(request.headers):
        if name not in _HARMLESS and not name.startswith("x-stainless-"):
            del request.headers[name]


def is_no_key(variable: str) -> bool:
    """Whether a setting names no variable but says that no key is sent."""
    return variable.strip().lower() == NO_KEY


def holds_key(variable: str) -> bool:
    """Whether there is a key in an environment variable."""
    return not is_no_key(variable) and bool(os.environ.get(variable, "").strip())


def api_key(variable: str, *, required_by: str | None) -> str:
    """The key in an environment variable.

    Args:
        variable: The variable's name, or `none` for no key.
        required_by: The setting that names the variable; None where it is the default, since servers on one's
            own machine ask for no key, and the others say so by themselves.

    Raises:
        ConfigurationError: If a variable that was named is not set.
    """
    if is_no_key(variable):
        return NO_KEY
    key = os.environ.get(variable, "").strip()
    if not key and required_by is not None:
        raise ConfigurationError(
            f"{required_by} = {variable}: this environment variable is not set; for a server that asks for "
            f"no key, as one on your own machine may, write {NO_KEY} in its place"
        )
    if not (key.isascii() and key.isprintable()):
        raise ConfigurationError(
            f"the key in ${variable} holds a character that no HTTP header can carry: copy it again"
        )
    return key or NO_KEY


def build_client(base_url: str, key: str, timeout_s: float) -> openai.AsyncOpenAI:
    """A client for one endpoint, its own retries off.

    No `OPENAI_*` variable is let in: an organisation's headers must not reach a third party's judge. What stays on
    this machine is sent to no proxy, whatever the environment says of one.
    """
    import openai

    client = openai.AsyncOpenAI(
        base_url=base_url,
        api_key=key,
        max_retries=0,
        timeout=timeout_s,
        http_client=openai.DefaultAioHttpClient(
            timeout=timeout_s,
            trust_env=not is_this_machine(base_url),
            # Certificates are still those that the environment names.
            verify=_certificates(*map(os.environ.get, _NAME_CERTIFICATES)),
        ),
    )
    for name in _FROM_VARIABLES:
        setattr(client, name, None)
    client._custom_headers = {}  # noqa: SLF001 - OPENAI_CUSTOM_HEADERS has no argument that turns it off
    return client


@functools.cache
def _certificates(*named: str | None) -> ssl.SSLContext:
    """The certificates that the environment names so: to read them takes longer than all else of a client."""
    del named
    import httpx2

    return httpx2.create_ssl_context()


async def client_of(
    setting: str, factory: Callable[[], Any], hidden: Callable[[str], str] = str
) -> openai.AsyncOpenAI:
    """The client that a user's callable returns, its own retries off.

    Args:
        setting: The setting's name, for messages.
        factory: The callable.
        hidden: Takes keys out of a message.

    Raises:
        ConfigurationError: If the callable fails or returns something else.
    """
    import openai

    try:
        client = factory()
        if inspect.isawaitable(client):
            client = await client
    except Exception as error:
        raise ConfigurationError(f"{setting}: the callable failed with {describe(error, hidden)}") from error
    if not isinstance(client, openai.AsyncOpenAI):
        raise ConfigurationError(
            f"{setting}: the callable must return an openai.AsyncOpenAI, not {type(client).__name__}"
        )
    copied = client.with_options(max_retries=0)
    # The copy is made as any client is, so it reads the variables again that the user may have turned off.
    for name in _FROM_VARIABLES:
        setattr(copied, name, getattr(client, name))
    copied._custom_headers = client._custom_headers  # noqa: SLF001 - the same
    return copied
