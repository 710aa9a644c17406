"""Requests to a host's API: with a time limit, no redirect, and no token in what is said of them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.request import Request

Answer = dict[str, Any] | list[Any]

_TIMEOUT_S: Final = 30.0
_MOST_BYTES: Final = 50_000_000
_LONGEST_WAIT_S: Final = 60.0
_USUAL_WAIT_S: Final = 2.0


class Refused(Exception):  # noqa: N818 - what the host did
    """The host answered with a status that is no success.

    Args:
        status: The status.
        wait_s: How long to wait before asking again, in seconds.
    """

    def __init__(self, status: int, wait_s: float) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.wait_s = wait_s

    @property
    def may_pass(self) -> bool:
        """Whether it may be otherwise in a moment."""
        return self.status == HTTPStatus.TOO_MANY_REQUESTS or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


class Unreachable(Exception):  # noqa: N818 - what the host is
    """Nothing answered, or something that is no API."""


def ask(method: str, url: str, headers: Mapping[str, str], body: Mapping[str, str] | None = None) -> Answer:
    """Send one request.

    Returns:
        The JSON that came back.

    Raises:
        Refused: If the status is no success; a redirect is none, since the token must not go elsewhere.
        Unreachable: If nothing answers, or no JSON.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import Request

    sent = {"User-Agent": "pytest-domainsafety", "Content-Type": "application/json", **headers}
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, sent, method=method)  # noqa: S310 - the hosts let http and https through only
    try:
        with _opened(request) as response:
            found: object = json.loads(response.read(_MOST_BYTES))
    except HTTPError as error:
        with error:
            raise Refused(error.code, _wait_s(error.headers.get("Retry-After"))) from None
    except URLError as error:
        raise Unreachable(str(error.reason)) from None
    except (OSError, HTTPException) as error:
        raise Unreachable(type(error).__name__) from None
    except (ValueError, RecursionError):
        raise Unreachable("it gave no JSON") from None
    if not isinstance(found, dict | list):
        raise Unreachable("it gave no JSON object")
    return found


def pause(seconds: float) -> None:
    """Wait before asking again."""
    time.sleep(seconds)


def _opened(request: Request) -> HTTPResponse:
    from urllib.request import HTTPRedirectHandler, build_opener

    class NoRedirect(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            """None makes urllib raise the redirect as an error."""

    response: HTTPResponse = build_opener(NoRedirect).open(request, timeout=_TIMEOUT_S)
    return response


def _wait_s(header: str | None) -> float:
    """As long as the host asks, within reason; it may also give a date, which is not worth a clock."""
    return min(float(header), _LONGEST_WAIT_S) if header is not None and header.isdecimal() else _USUAL_WAIT_S
