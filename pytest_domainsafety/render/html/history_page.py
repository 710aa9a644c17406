"""A history as a page: a chart and a table a domain, then the runs."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_domainsafety.core.history.report import DomainHistory, History
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.render.history_words import (
    UNCHECKED,
    changes,
    end,
    figures,
    having,
    minute,
    model,
    series,
    state,
)
from pytest_domainsafety.render.html.figures import share
from pytest_domainsafety.render.html.history_charts import LOOKS, cut, over_runs
from pytest_domainsafety.render.html.page import render

Row = tuple[str, ...]
"""The cells of a table's row."""


def to_html(history: History) -> str:
    """Render a history as one HTML file, which runs no script.

    Args:
        history: At least one run; everything on the page is from it.
    """
    return render(
        "history_of_runs.html.j2",
        history=history,
        first=minute(history.runs[0].started),
        last=minute(history.runs[-1].started),
        cut=cut(history),
        unchecked=UNCHECKED,
        domains=[
            {
                "name": domain.domain,
                "rows": [
                    {
                        "name": name,
                        "chart": over_runs(history, domain, name, framing) if framing else None,
                        "table": list(_points(history, domain, framing)),
                    }
                    for name, framing in series(domain)
                ],
            }
            for domain in history.domains
        ],
        runs=list(_runs(history)),
    )


def _points(history: History, domain: DomainHistory, framing: str | None) -> Iterator[Row]:
    """A row a run that has the domain, the newest first."""
    for point in reversed(having(domain, framing)):
        run = history.runs[point.run]
        found, decision = figures(point, framing)
        shared = [change.words for change in run.changes]
        yield (
            f"#{point.run + 1}",
            minute(run.started),
            ", ".join(filter(None, [LOOKS[decision][0], end(run)])),
            share(found.rate if found else None),
            share(found.bound if found else None, "none"),
            share(found.threshold if found else None, "none"),
            model(run),
            run.judge.name,
            "; ".join([*shared, *(change.words for change in point.changes)]) or "-",
        )


def _runs(history: History) -> Iterator[Row]:
    for number, run in reversed([*enumerate(history.runs)]):
        yield (
            f"#{number + 1}",
            run.run,
            minute(run.started),
            state(run),
            model(run),
            run.base_url or "-",
            run.judge.name,
            f"{run.scenarios}",
            level(run.alpha),
            run.sha256[:12],
            "; ".join(changes(history, number)) or "-",
        )
