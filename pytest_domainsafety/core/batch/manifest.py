"""What a folder of request files is of: written beside them, and looked at before a result counts."""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic import Field, ValidationError

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.record import Record

NAME: Final = "manifest.json"
FORMAT: Final = 1

_LONGEST_SHOWN: Final = 60
_MOST_NAMED: Final = 10


class RequestFile(Record):
    """A file of requests: its name in the folder, the digest of its bytes, and how many lines it has."""

    name: str = Field(pattern=r"^[a-z]+-[0-9]+\.jsonl$")
    sha256: str
    lines: int


class Manifest(Record):
    """A folder of request files.

    `tag` begins every id. `secret` makes the fences of judge requests. `written` is when it was made, in ISO format.
    `drawn` is what the order of asking is made of. `identity` is what a session that reads the results must share.
    `files` are the deployment's requests, `judge_files` the judge's, none before they are written.
    """

    format: int
    tag: str = Field(pattern=r"^[0-9a-f]{8}$")
    secret: str = Field(pattern=r"^(?:[0-9a-f]{2}){16,}$")
    written: str
    drawn: str
    identity: dict[str, Any]
    items: int
    repetitions: int
    url: str
    files: list[RequestFile]
    judge_files: list[RequestFile] = Field(default_factory=list)

    @property
    def requests(self) -> int:
        """How many requests to the deployment there are."""
        return sum(file.lines for file in self.files)

    @property
    def judge_requests(self) -> int:
        """How many requests to the judge there are."""
        return sum(file.lines for file in self.judge_files)


def read_manifest(text: str, place: str) -> Manifest:
    """Read a manifest.

    Args:
        text: Its text.
        place: Where it stands, for messages.

    Raises:
        ConfigurationError: In one sentence, if it is torn or of another format.
    """
    mend = "write the batch again with domain-safety batch write"
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{place} is torn: {mend}") from None
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise ConfigurationError(f"{place} is of the format {printable(f'{found!s:.20}')}, not {FORMAT}: {mend}")
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        where = printable(".".join(map(str, error.errors()[0]["loc"])))[:_LONGEST_SHOWN]
        raise ConfigurationError(f"{place} is no whole manifest ({where}): {mend}") from None


def check_identity(manifest: Manifest, identity: dict[str, Any], place: str) -> None:
    """Refuse a configuration that is another than the one that the requests were written by.

    Args:
        manifest: The manifest.
        identity: What is configured now, by name, as JSON.
        place: The folder, for messages.

    Raises:
        ConfigurationError: In one sentence that names what differs.
    """
    now, then = json.loads(json.dumps(identity)), manifest.identity
    differing = [name for name in {**now, **then} if now.get(name) != then.get(name)]
    if differing:
        name = differing[0]
        shown = [printable(f"{each.get(name)!s:.{_LONGEST_SHOWN}}") for each in (then, now)]
        more = f" and {len(differing) - _MOST_NAMED} more" if len(differing) > _MOST_NAMED else ""
        names = printable(", ".join(f"{each:.{_LONGEST_SHOWN}}" for each in differing[:_MOST_NAMED])) + more
        raise ConfigurationError(
            f"{place} was written for another {names} ({printable(name):.{_LONGEST_SHOWN}} was {shown[0]}, is "
            f"{shown[1]}): set it as it was, or write the batch again"
        )
