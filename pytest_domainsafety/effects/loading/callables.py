"""Finding and calling what the user's configuration names as `package.module:callable`."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable


def load_callable(setting: str, spec: str, root: Path, hidden: Callable[[str], str] = str) -> Callable[..., Any]:
    """Import what a setting names.

    Args:
        setting: The setting's name, for the error message.
        spec: `package.module:callable`.
        root: Where the user's own modules are looked for, after the import path.
        hidden: Takes keys out of a message.

    Raises:
        ConfigurationError: If it cannot be found, or is not callable.
    """
    module_name, _, attribute = spec.partition(":")
    if not module_name or not attribute:
        raise ConfigurationError(f"{setting} = {spec} must be written as package.module:callable")
    if str(root) not in sys.path:
        sys.path.append(str(root))
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"{setting} = {spec}: there is no module {error.name} (looked in {root} and the import path)"
        ) from None
    except Exception as error:
        raise ConfigurationError(
            f"{setting} = {spec}: importing {module_name} failed with {describe(error, hidden)}"
        ) from error
    found = getattr(module, attribute, None)
    if not callable(found):
        raise ConfigurationError(f"{setting} = {spec}: {module_name} has no callable {attribute}")
    return found  # type: ignore[no-any-return]  # whatever the user wrote, called below and checked there


async def call(function: Callable[..., Any], *args: object, **kwargs: object) -> Any:  # noqa: ANN401 - the user's
    """Call a function that may be sync or async, without blocking the event loop.

    A sync one runs in a daemon thread of its own: unlike an executor's threads it does not keep the process
    alive when the run is over and the function still hangs.
    """
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        return await _contained(function(*args, **kwargs))
    result = await _in_thread(lambda: function(*args, **kwargs))
    return await _contained(result) if inspect.isawaitable(result) else result


async def _contained(awaitable: Awaitable[Any]) -> Any:  # noqa: ANN401 - the user's
    """Await, without letting the user's function end the run: `SystemExit` is a failure like any other."""
    try:
        return await awaitable
    except Exception:
        raise
    except BaseException as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise  # it is the engine that stops, or a time-out
        raise RuntimeError(_named(error)) from error


async def _in_thread(function: Callable[[], Any]) -> Any:  # noqa: ANN401 - the user's
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(result: object, error: Exception | None) -> None:
        if future.done():  # given up meanwhile
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def run() -> None:
        result: object = None
        failure: Exception | None = None
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 - it is raised where the call is awaited
            # What is no plain exception would end the loop, and a StopIteration cannot pass through a future.
            plain = isinstance(error, Exception) and not isinstance(error, StopIteration)
            failure = error if plain else RuntimeError(_named(error))  # type: ignore[assignment]
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name="domain-safety-call", daemon=True).start()
    return await future


def describe(error: BaseException, hidden: Callable[[str], str] = str) -> str:
    """An exception on one printable line: its type and the beginning of its message.

    Args:
        error: The exception.
        hidden: Takes keys out of its message, before a part of one could be cut off.
    """
    text = printable(hidden(str(error)))[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _named(error: BaseException) -> str:
    """The same whole and as it is: whoever tells of it hides and cuts."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
