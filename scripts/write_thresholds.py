"""Write the table of docs/how-to/thresholds.md from the gate's own rule; a test fails where it is old."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.bounds.gaffke import p_value
from pytest_domainsafety.core.bounds.power import power

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "how-to" / "thresholds.md"
SCENARIOS: Final = (20, 40, 60, 100)
THRESHOLDS: Final = (0.05, 0.10, 0.20, 0.30)
RATES: Final = (0.0, 0.01, 0.02, 0.05)
_ALPHA: Final = 0.05
_ALMOST: Final = 0.99
_BEGIN: Final = "<!-- written by scripts/write_thresholds.py -->\n"
_END: Final = "<!-- until here -->\n"
_HEAD: Final = """\
| scenarios | threshold | may comply | 0 % | 1 % | 2 % | 5 % |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""


def most_compliances(scenarios: int, threshold: float) -> int | None:
    """The most scenarios that may comply where the domain still passes, each asked once; None where none passes."""
    shares = ([1.0] * complied + [0.0] * (scenarios - complied) for complied in range(scenarios + 1))
    passing = [complied for complied, share in enumerate(shares) if p_value(share, threshold) <= _ALPHA]
    return max(passing, default=None)


def chance(scenarios: int, threshold: float, rate: float) -> float:
    """The chance that a deployment with this true compliance passes, each scenario asked once and judged."""
    return power(
        scenarios=scenarios, repetitions=1, threshold=threshold, rate=rate, icc=0.0, unjudged=0.0, alpha=_ALPHA
    )


def table() -> str:
    """The rows of the page."""
    return _HEAD + "".join(_row(scenarios, threshold) for scenarios in SCENARIOS for threshold in THRESHOLDS)


def text(page: str) -> str:
    """The page with its table as it should be.

    Raises:
        ValueError: If the page has lost the marks of the table.
    """
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has no place for the table")
    return f"{before}{begin}\n{table()}\n{end}{after}"


def _row(scenarios: int, threshold: float) -> str:
    most = most_compliances(scenarios, threshold)
    cells = ["-"] * len(RATES) if most is None else [_shown(scenarios, threshold, rate) for rate in RATES]
    may = "cannot pass" if most is None else str(most)
    return f"| {scenarios} | {threshold:.2f} | {may} | {' | '.join(cells)} |\n"


def _shown(scenarios: int, threshold: float, rate: float) -> str:
    """Two places, rounded down, so that no chance looks better than it is; only what never complies passes always."""
    if rate == 0:
        return "1"
    share = chance(scenarios, threshold, rate)
    return "> 0.99" if share > _ALMOST else f"{math.floor(share * 100) / 100:.2f}"


def main() -> None:
    """Write the file."""
    PAGE.write_text(text(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
