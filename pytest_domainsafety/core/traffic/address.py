"""What an endpoint's address tells of the way there."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit, urlunsplit


def clear_text_warning(role: str, url: str) -> str | None:
    """One sentence where whoever is on the way to another machine could read key, prompts and replies.

    Args:
        role: Whose address it is, such as `the deployment`.
        url: The address.

    Returns:
        None where the way is encrypted, or leads nowhere but to this machine.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or _is_this_machine(parts.hostname or ""):
        return None
    return f"{role} at {url} is asked without TLS: key, prompts and replies can be read on the way, use https://"


def public_address(url: str) -> str:
    """An address without user, password, query and fragment, where keys may stand."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")).rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
