"""Whether the user's callables can be called as they will be, asked before anything else is."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError

_JUDGED: Final = ("prompt", "reply", "framing", "scenario")

_CALLS: Final[dict[str, tuple[str, tuple[object, ...], dict[str, object]]]] = {
    "target": ("f(messages)", ([],), {}),
    "judge": (f"f(*, {', '.join(_JUDGED)})", (), dict.fromkeys(_JUDGED)),
    "client": ("f()", (), {}),
    "judge_client": ("f()", (), {}),
}
"""How each is called: in words, and with what arguments."""


def check_signature(name: str, setting: str, function: Callable[..., Any]) -> None:
    """Check that a callable takes what it will be given.

    Args:
        name: What it is: target, judge, client or judge_client.
        setting: What names it, for the error message.
        function: The callable. One that does not tell its signature is taken as it is.

    Raises:
        ConfigurationError: If it cannot be called so.
    """
    wanted, args, kwargs = _CALLS[name]
    refused: list[TypeError] = []
    # What a decorator says of the function it wraps may not be what it takes itself.
    for follows in (True, False):
        try:
            signature = inspect.signature(function, follow_wrapped=follows)
        except (TypeError, ValueError):
            return
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            refused.append(error)
        else:
            return
    raise ConfigurationError(f"{setting} cannot be called as {wanted}: {refused[0]}; let it take these arguments")


def takes(function: Callable[..., Any], name: str) -> bool:
    """Whether a target names an argument that it can be given by name beside the messages."""
    try:
        named = name in inspect.signature(function).parameters
        # What a decorator says of the function it wraps may not be what it takes itself.
        inspect.signature(function, follow_wrapped=False).bind([], **{name: None})
    except (TypeError, ValueError):
        return False
    return named
