"""Files of requests: written as they come, read back for nothing but their digests and ids."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.batch.manifest import RequestFile
from pytest_domainsafety.core.batch.request_lines import MOST_BYTES, MOST_LINES, in_parts
from pytest_domainsafety.core.errors import ConfigurationError

_ID_BEGINS: Final = b'{"custom_id":"'
_DIGITS: Final = 32
_AT_A_TIME: Final = 64


def write_requests(
    folder: Path, name: str, lines: Iterable[str], *, most_lines: int = MOST_LINES, most_bytes: int = MOST_BYTES
) -> list[RequestFile]:
    """Write lines into `NAME-0001.jsonl` and so on, for nobody but the user, none of them held.

    Args:
        folder: Where; nothing of these names is there.
        name: How the files' names begin.
        lines: In ASCII, each with its end.
        most_lines: Of a file.
        most_bytes: The same.

    Raises:
        OSError: If they cannot be written.
    """
    written = []
    for number, part in enumerate(in_parts(lines, most_lines=most_lines, most_bytes=most_bytes), 1):
        file, digest, count = folder / f"{name}-{number:04}.jsonl", hashlib.sha256(), 0
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            # Many at a time, which takes half as long as each by itself.
            while some := list(itertools.islice(part, _AT_A_TIME)):
                data = "".join(some).encode("ascii")
                digest.update(data)
                opened.write(data)
                count += len(some)
        written.append(RequestFile(name=file.name, sha256=digest.hexdigest(), lines=count))
    return written


def known_ids(folder: Path, files: Iterable[RequestFile], tag: str) -> frozenset[bytes]:
    """The ids in files of requests, without their tag, once the files are found to be as they were written.

    Raises:
        ConfigurationError: In one sentence, if one is gone or was edited.
    """
    beginning, found = _ID_BEGINS + f"{tag}-".encode(), set[bytes]()
    for file in files:
        digest, path, before = hashlib.sha256(), folder / file.name, len(found)
        if path.exists() and not path.is_file():
            # A pipe is read for ever.
            raise ConfigurationError(f"{path} cannot be read (it is no file): {_MEND}")
        try:
            with path.open("rb") as opened:
                for line in opened:
                    digest.update(line)
                    if line.startswith(beginning):
                        found.add(_key(line[len(beginning) : len(beginning) + _DIGITS]))
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it was edited"
            raise ConfigurationError(f"{path} cannot be read ({why}): {_MEND}") from None
        if digest.hexdigest() != file.sha256:
            raise ConfigurationError(f"{path} was edited after it was written (its sha256 differs): {_MEND}")
        if len(found) - before != file.lines:
            raise ConfigurationError(f"{path} and the manifest beside it differ in their lines or ids: {_MEND}")
    return frozenset(found)


_MEND: Final = "put it back as it was, or write the batch again"


def _key(digits: bytes) -> bytes:
    return bytes.fromhex(digits.decode("ascii"))
