"""What a run asks, as requests of a batch, and by what the session is known that reads their results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pytest_domainsafety.core.batch.request_lines import asked_lines
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.replies import text_sha256
from pytest_domainsafety.effects.batches.recorded import DEPLOYMENT
from pytest_domainsafety.effects.endpoints.answers import asked_for
from pytest_domainsafety.shell.gate.other_runs import identity_of

if TYPE_CHECKING:
    from pytest_domainsafety.core.suite.item_key import ItemKey
    from pytest_domainsafety.shell.gate.opening import Run

Request = tuple[dict[str, Any], list[str]]
"""A body, and what it is asked for: one name for each repetition."""


def items_of(run: Run) -> list[ItemKey]:
    """The selected items, each once, in their order."""
    return list(dict.fromkeys(run.selected))


def requests_of(run: Run) -> Iterator[Request]:
    """The requests of all selected items."""
    for key in items_of(run):
        scenario = run.suite.scenarios[key.domain, key.scenario]
        trials = [asked_for((*key, number)) for number in range(run.settings.repetitions)]
        yield run.wiring.request(scenario, key.framing), trials


def lines_of(run: Run, tag: str) -> Iterator[str]:
    """The same as lines of a batch."""
    return asked_lines(tag, DEPLOYMENT, requests_of(run))


def check_askable(run: Run) -> None:
    """Refuse what cannot be asked in a batch of files.

    Raises:
        ConfigurationError: In one sentence.
    """
    if run.settings.target is not None:
        raise ConfigurationError(
            f"domain_safety_target = {run.settings.target} is a function, which no batch asks: ask it live, or name "
            "an endpoint (domain_safety_base_url, domain_safety_model)"
        )
    turns = sum(key.framing in run.suite.scenarios[key.domain, key.scenario].conversations for key in items_of(run))
    if turns:
        raise ConfigurationError(
            f"{turns} of the selected items are conversations of several turns, whose next question needs the answer "
            "before it: leave them out (-k or --deselect), or ask live"
        )


def batch_identity(run: Run) -> dict[str, Any]:
    """What the session that reads the results must share with the one that wrote the requests."""
    selected = sorted(f"{key}" for key in items_of(run))
    return {**identity_of(run), "selected items": text_sha256("\n".join(selected))}


def name_of(run: Run, tag: str, key: bytes) -> str:
    """The trial whose request has an id, for people."""
    wanted = f"{tag}-{key.hex()}"
    for item in items_of(run):
        body = run.wiring.request(run.suite.scenarios[item.domain, item.scenario], item.framing)
        for number in range(run.settings.repetitions):
            (line,) = asked_lines(tag, DEPLOYMENT, [(body, [asked_for((*item, number))])])
            if wanted in line[: len(wanted) + 20]:
                return f"{item}, repetition {number + 1}"
    return "a request to the judge"
