"""What an endpoint's address tells of the way there."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit, urlunsplit

_PORTS: Final = {"http": 80, "https": 443}


def clear_text_warning(role: str, url: str) -> str | None:
    """One sentence where whoever is on the way to another machine could read key, prompts and replies.

    Args:
        role: Whose address it is, such as `the deployment`.
        url: The address.

    Returns:
        None where the way is encrypted, or leads nowhere but to this machine.
    """
    if urlsplit(url).scheme != "http" or is_this_machine(url):
        return None
    return f"{role} at {url} is asked without TLS: key, prompts and replies can be read on the way, use https://"


def public_address(url: str) -> str:
    """An address without user, password, query and fragment, where keys may stand."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")).rstrip("/")


def same_server(one: str | None, other: str | None) -> bool:
    """Whether two addresses lead to the same host and port; an address that is not known leads nowhere."""
    return one is not None and other is not None and _server(one) == _server(other)


def server_name(url: str) -> str:
    """The host and port that an address leads to."""
    host, port = _server(url)
    return f"{host}:{port}"


def redirect_warning(role: str, url: str, elsewhere: str) -> str:
    """One sentence where another host answered than the one that is configured.

    Args:
        role: Whose address it is, such as `the deployment`.
        url: The address.
        elsewhere: Host and port of who answered.
    """
    asked = server_name(url)
    return (
        f"{role}: requests to {asked} were answered by {elsewhere}, which read them: name that host, if it is meant"
    )


def _server(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:  # the client will say that it is none
        return parts.netloc.lower(), None
    return parts.hostname or "", _PORTS.get(parts.scheme) if port is None else port


def is_this_machine(url: str) -> bool:
    """Whether an address leads nowhere but to this machine, by the loopback interface."""
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_near(url: str) -> bool:
    """Whether an address is of this machine or its own network, where servers seldom ask for a key."""
    if is_this_machine(url):
        return True
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and ("." not in host or host.endswith((".local", ".internal", ".lan")))
    return address.is_private or address.is_link_local
