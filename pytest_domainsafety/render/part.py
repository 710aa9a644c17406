"""What a terminal tells of a measured part of the suite: how much there is, and nothing of what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pytest_domainsafety.core.escape import wrapped
from pytest_domainsafety.core.suite.shards import Shard
from pytest_domainsafety.render.sections import Line
from pytest_domainsafety.render.usage import estimated_usage

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.part import Part
    from pytest_domainsafety.core.reports.report import Usage


def part_lines(part: Part, unmeasured: Mapping[str, int], ended: int | None) -> list[Line]:
    """How many trials were measured, and why the others were not.

    Args:
        part: What the run came to.
        unmeasured: Trials by the reason they have no measurement.
        ended: The exit code.
    """
    number, _, of = part.shard.partition("/")
    head = f"{Shard(int(number), int(of)).words}: {part.measured} of {part.planned} trials were measured"
    code = "" if ended is None else f", exit code {ended:d}"
    lines = [Line(f"{head}{code}", "green" if part.is_whole else "yellow")]
    for reason, count in sorted(unmeasured.items(), key=lambda each: (-each[1], each[0])):
        lines += [Line(text, "yellow") for text in wrapped(f"{count} {reason}", "  ")]
    return lines


def cost_lines(usage: Usage) -> list[Line]:
    """What it cost."""
    cost = (
        f"{usage.requests} requests and {usage.judge_requests} judge requests in {usage.seconds:.0f} s, "
        f"{usage.prompt_tokens} tokens in and {usage.completion_tokens} out"
    )
    return [Line(text) for each in (cost, *estimated_usage(usage)) for text in wrapped(each, "  ")]


def merge_line(shard: Shard) -> Line:
    """How the verdict is taken."""
    return Line(f"domain-safety merge RUN1 RUN2 ... takes the verdict once all {shard.of} are there", "bold")
