"""Who judges: the members of a panel, each at the judge's address or at one of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_AT: Final = re.compile(r"\s*@\s*(?=https?://)|\s+@\s+")
"""Names of models hold `@` too, but neither with blanks around it nor before an address."""

_KEY: Final = "key="


@dataclass(frozen=True, slots=True)
class JudgeMember:
    """One judge model.

    Args:
        model: Its name.
        base_url: Its own address; None where it is asked at the judge's.
        key_env: The environment variable with the key for that address, or `none`; None where none is named.
    """

    model: str
    base_url: str | None = None
    key_env: str | None = None


def checked_address(address: str) -> str:
    """An endpoint's address without a slash at its end.

    Raises:
        ValueError: In a few words, if it is none, or could hold a key.
    """
    if not address.startswith(("http://", "https://")):
        raise ValueError("it must start with http:// or https://")
    parts = urlsplit(address)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            "an address with a user, password or query would stand in reports, so leave them out and name the "
            "variable with the key in the setting of the same name with api_key_env"
        )
    return address.rstrip("/")


def read_members(text: str) -> tuple[JudgeMember, ...]:
    """The members of a panel, parted by commas or lines.

    Args:
        text: Each is written `MODEL`, `MODEL @ ADDRESS` or `MODEL @ ADDRESS key=VARIABLE`.

    Raises:
        ValueError: In a few words, if one cannot be read.
    """
    parts = (each.strip() for line in text.splitlines() for each in line.split(","))
    return tuple(read_member(part) for part in parts if part)


def read_member(text: str) -> JudgeMember:
    """One judge model, written as `read_members` says.

    Raises:
        ValueError: In a few words, if it cannot be read.
    """
    model, *rest = _AT.split(text.strip(), maxsplit=1)
    if not rest:
        if re.search(rf"\s{_KEY}", model):
            raise ValueError(
                "a key is named for an address only: write MODEL @ https://host/v1 key=VARIABLE, or name the "
                "variable in the judge's setting with api_key_env"
            )
        return JudgeMember(model)
    address, *more = rest[0].split()
    keys = [word.removeprefix(_KEY) for word in more if word.startswith(_KEY)]
    if not model or len(more) > 1 or len(keys) < len(more) or not all(keys):
        raise ValueError("write MODEL @ https://host/v1, or MODEL @ https://host/v1 key=VARIABLE, or key=none")
    try:
        return JudgeMember(model, checked_address(address), keys[0] if keys else None)
    except ValueError as error:
        if "must start" in str(error):
            raise ValueError("the address after @ must start with http:// or https://") from None
        raise ValueError(
            "an address with a user, password or query would stand in reports, so leave them out and name the "
            "variable with the key behind the address, as key=VARIABLE"
        ) from None
