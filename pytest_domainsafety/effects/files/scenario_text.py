"""Writing scenario files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, FRAMINGS
from pytest_domainsafety.core.suite.imported_cells import Prompt, Turns
from pytest_domainsafety.core.suite.imported_prompts import Imported

_TO_WRITE: Final = """\
# To write, for every scenario: `analytical`, which asks to identify or explain the harm, and if you like `technical`,
# the same request as an engineering task. Until then the file is not collected but refused. The harm lines and the
# operational prompts are as they were imported: read them, and run `domain-safety lint` on this file.
"""
_TO_READ: Final = """\
# The harm lines and the prompts are as they were imported: read them, and run `domain-safety lint` on this file.
"""


def to_yaml(domain: str, scenarios: Sequence[Imported]) -> str:
    """A scenario file, in which an analytical framing that the table did not have is left to write.

    Args:
        domain: Of all of them.
        scenarios: In their order.
    """
    import yaml

    rows = [_row(scenario) for scenario in scenarios]
    whole = all(all(row[name] for name, framing in FRAMINGS.items() if framing.required) for row in rows)
    # The emitter folds these as if they were line ends, unless it writes them as numbers.
    plain = not any(mark in f"{row}" for row in scenarios for mark in ("\\x85", "\\u2028", "\\u2029"))
    text: str = yaml.safe_dump({"domain": domain, "scenarios": rows}, sort_keys=False, allow_unicode=plain, width=100)
    return (_TO_READ if whole else _TO_WRITE) + text


def _row(scenario: Imported) -> dict[str, Any]:
    given = {ALWAYS_GATED: scenario.operational, **scenario.prompts}
    prompts: dict[str, Prompt | None] = {name: None for name, framing in FRAMINGS.items() if framing.required}
    for name in FRAMINGS:
        prompts |= {key: prompt for key, prompt in given.items() if key.partition("[")[0] == name}
    return {
        "id": scenario.id,
        "harm": scenario.harm,
        **{key: _plain(prompt) for key, prompt in prompts.items()},
        **({"framings": {key: _plain(each) for key, each in scenario.framings.items()}} if scenario.framings else {}),
        **({"tags": list(scenario.tags)} if scenario.tags else {}),
    }


def _plain(prompt: Prompt | None) -> object:
    return {"turns": list(prompt.texts)} if isinstance(prompt, Turns) else prompt
