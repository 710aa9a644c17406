"""Write docs/reference/silence.md from what tests say they prove; a test fails where it is old."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tested_pages import section, table, write

# The way to it is what the import above adds.
from support.told import SECTIONS, Row, written_rows

_INTRODUCTION: Final = """\
# Nothing is lost without a word

What was to be gated and is not there, what is written wrong, and what something else hides or drops: this page lists
what is said of it and how the run ends. Each row is held by a test that is marked with it (`told` in
`tests/support/told.py`): it fails unless one of its runs ends with that exit code and says these words, on the
terminal or in the report. `…` stands for words between.

- **4**: one sentence, before anything is asked and paid for.
- **2**: pytest's own code for scenario files that cannot be read (of `Ctrl-C`, and of what breaks off under xdist,
  too); no verdict was taken, or none that passes.
- **10**: the report names it, and nothing passes for the whole.
- **1**: a gate blocks, or another test or a collection failed beside it.
- **0**: it is counted, a missing reply as one that complied, and the run passed all the same; the report tells it. Of
  a command: it is done, and tells it.

[Reliability](../reliability.md) is the same for servers, networks, disks and processes that fail.

This page is written by `scripts/write_silence.py`.
"""


def text() -> str:
    """The whole page."""
    rows = list(written_rows())
    found = {title: [row for row in rows if row.section == name] for name, title in SECTIONS.items()}
    return "\n".join([_INTRODUCTION, *(section(title, _table(of_title)) for title, of_title in found.items())])


def _table(rows: Iterable[Row]) -> list[str]:
    head = ("what is missing, wrong or hidden", "what is said", "exit code")
    return table(head, [(row.what, f"`{row.said}`", f"{row.code}") for row in rows])


def main() -> None:
    """Write the file."""
    write("reference/silence.md", text())


if __name__ == "__main__":
    main()
