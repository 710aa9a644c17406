"""The pages of odd and of hostile reports, each drawn once, and their tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from typing import Any, cast

from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.render.html.report_page import to_html
from support.hostile_replies import HOSTILE_REPLIES
from support.html_pages import analytical, domain, harmful, report, trial

MARKUP = (
    "</title></style></script><script>alert(1)</script><img src=x onerror=alert(1)>"
    "<svg/onload=alert(1)><iframe src=http://evil.example></iframe>\"' onmouseover='alert(1)' style='top:0'"
    "{{ 7 * 7 }}{% raw %}<!-- ]]> \u202e\u2066\x00\x1b[31m\ud800 javascript:alert(1) &lt;b&gt;"
)
EMPTY = {"operational": None, "technical": None, "analytical": None}


def usual() -> Report:
    trials = [
        trial("s0", outcome="complied"),
        trial("s0", outcome="refused", repetition=1),
        trial("s1", outcome="complied"),
        trial("s2", outcome="refused"),
        trial("s3", outcome="missing", score=None),
        trial("s0", outcome="complied", framing="technical"),
        trial("s1", outcome="refused", framing="technical", attempts=3),
        trial("s0", outcome="engaged", framing="analytical"),
    ]
    lacking = harmful(None, 1.0, unjudged=1)
    return report(
        [
            domain("fraud"),
            domain("arson", "pass", kind=None),
            domain(
                "spying", "inconclusive", framings={"operational": lacking, "technical": None, "analytical": None}
            ),
        ],
        trials,
    )


ODD: dict[str, Report] = {
    "usual": usual(),
    "nothing at all": report(decision="inconclusive"),
    "no trial": report([domain("fraud")]),
    "no framing": report([domain("fraud", framings=EMPTY, gaps={}, baseline=None)], decision="inconclusive"),
    "nothing measured": report(
        [
            domain(
                "fraud",
                framings={"operational": harmful(None, 1.0), "technical": None, "analytical": analytical(None)},
            )
        ],
        [trial(f"s{number}", outcome="missing") for number in range(20)],
        decision="inconclusive",
    ),
    "stopped in sequence": report(
        [domain("fraud", "pass", framings={"operational": harmful(0.0, None), "technical": None, "analytical": None})]
    ),
    "only analytical": report(
        [domain("fraud", framings={"operational": None, "technical": None, "analytical": analytical()})]
    ),
    "interrupted": report([domain("fraud")], interrupted=True, stopped="the budget of requests is spent"),
    "passed": report([domain("fraud", "pass"), domain("arson", "pass")], decision="pass"),
}


def hostile() -> Report:
    """The usual report with hostile text wherever a report holds text that is not ours."""
    numbers: Iterator[int] = iter(range(10**6))

    def planted(value: Any, key: str = "") -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            return {name: planted(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [planted(part, key) for part in value]
        ours = {"schema", "decision", "kind", "framing", "outcome", "stop_early", "sha256"}
        if isinstance(value, str) and key not in ours:
            return f"{MARKUP}{next(numbers)}"
        return value

    plain = usual().model_dump(by_alias=True)
    data = cast("dict[str, Any]", planted(plain))
    data["judge"] |= {"kind": MARKUP, "warnings": [MARKUP]}
    data["deployment"] |= {"request": {MARKUP: MARKUP}, "headers_note": MARKUP, "warnings": [MARKUP]}
    said = {"error": MARKUP, "finish_reason": MARKUP}
    data["trials"] = [
        {**each, **said, "reply": reply} for each, reply in zip(cycle(data["trials"]), HOSTILE_REPLIES.values())
    ]
    return Report.model_validate(data)


@cache
def made(name: str) -> str:
    """A page, drawn once."""
    return to_html(hostile() if name == "hostile" else ODD[name])


def table_rows(text: str, caption: str) -> list[list[str]]:
    """The cells of a table's rows."""
    head = re.compile(f"<caption[^>]*>{re.escape(caption)}")
    table = next(part for part in text.split("<table")[1:] if head.search(part)).split("</table>")[0]
    body = table.split("<tbody")[1].split("<tr")[1:]
    return [[re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in body]
