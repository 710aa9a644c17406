"""Why nothing more comes of a run's batches, each in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.evidence.failures import StoppedError

if TYPE_CHECKING:
    from pytest_domainsafety.effects.endpoints.chat import ChatEndpoint


def again(stop: StoppedError) -> StoppedError:
    """The same for another trial: each is given what was measured of its own."""
    return StoppedError(str(stop), usage=stop.usage, for_reports=stop.for_reports)


def unasked(endpoint: ChatEndpoint, error: Exception) -> StoppedError:
    """What neither a client of the user's nor an id from the endpoint should do."""
    said = printable(endpoint.secrets.hidden(f"{error}"))
    why = f"{type(error).__name__}: {said:.200}"
    mend = "mend what it says, and go on with --domain-safety-resume"
    return StoppedError(f"the Batch API at {endpoint.place} cannot be asked ({why}): {mend}", usage=False)


def unwritten(error: OSError) -> StoppedError:
    """What a full disk does."""
    return StoppedError(
        f"the run's directory cannot be written ({error.strerror}): make room there, and go on with "
        "--domain-safety-resume",
        usage=False,
    )
