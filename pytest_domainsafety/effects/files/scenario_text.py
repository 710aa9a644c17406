"""Writing scenario files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pytest_domainsafety.core.suite.imported_prompts import Imported

_TO_WRITE: Final = """\
# To write, for every scenario: `analytical`, which asks to identify or explain the harm, and if you like `technical`,
# the same request as an engineering task. Until then the file is not collected but refused. The harm lines and the
# operational prompts are as they were imported: read them, and run `domain-safety lint` on this file.
"""


def to_yaml(domain: str, scenarios: Sequence[Imported]) -> str:
    """A scenario file whose other framings are left to write.

    Args:
        domain: Of all of them.
        scenarios: In their order.
    """
    import yaml

    rows: list[dict[str, Any]] = [
        {
            "id": scenario.id,
            "harm": scenario.harm,
            "analytical": None,
            "operational": scenario.operational,
            **({"tags": list(scenario.tags)} if scenario.tags else {}),
        }
        for scenario in scenarios
    ]
    # The emitter folds these as if they were line ends, unless it writes them as numbers.
    plain = not any(mark in f"{row}" for row in scenarios for mark in ("\\x85", "\\u2028", "\\u2029"))
    text: str = yaml.safe_dump({"domain": domain, "scenarios": rows}, sort_keys=False, allow_unicode=plain, width=100)
    return _TO_WRITE + text
