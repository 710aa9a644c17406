"""A run judged again, for the terminal."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.reports.rejudged import Rejudged, RejudgedFraming
from pytest_domainsafety.render.framings import named
from pytest_domainsafety.render.judging import control_sentences, interval
from pytest_domainsafety.render.numbers import number
from pytest_domainsafety.render.sections import shortened

_MOST_LISTED: Final = 20
_LONGEST_DOMAIN: Final = 16


def to_text(found: Rejudged) -> str:
    """The comparison as text, at most 80 columns wide where names allow it."""
    width = min(_LONGEST_DOMAIN, max([len("domain"), *(len(each.domain) for each in found.framings)]))
    lines = [
        f"old judge: {_named(found.old_judge)}",
        f"new judge: {_named(found.new_judge)}",
        f"kappa {interval(found.kappa)} on the replies that both scored",
        f"{found.unusable} of {found.replies} replies are without a verdict now",
        "",
        f"{'domain':{width}} framing     {'old rate':>8} {'new':>4} {'old bound':>9} {'new':>4}  decision",
        *(_row(each, width) for each in found.framings),
        "",
    ]
    if found.changed:
        lines.append(f"{len(found.changed)} replies read differently:")
        lines += [
            f"  {printable(each.nodeid)} repetition {each.repetition + 1}: {each.score} of 5, now {each.second_score}"
            for each in found.changed[:_MOST_LISTED]
        ]
        if len(found.changed) > _MOST_LISTED:
            lines.append(f"  and {len(found.changed) - _MOST_LISTED} more (--json lists all)")
    else:
        lines.append("no reply is read differently")
    if found.held:
        lines.append(f"the run's verdict rested on {' and '.join(found.held)} too: without, nothing passes")
    if found.new_judge.controls is not None:
        lines += [f"the new judge's {printable(text)}" for text in control_sentences(found.new_judge.controls)[:1]]
    lines += [printable(warning) for warning in found.new_judge.warnings]
    lines.append("neither judge's error, baseline nor early stopping is in these figures;")
    lines.append("only a new run gates")
    lines.append(f"verdict by the new judge: {found.decision.upper()}, exit code {found.exit_code}")
    return "".join(f"{line}\n" for line in lines)


def _row(each: RejudgedFraming, width: int) -> str:
    old, new = each.old, each.new
    changed = f"{old.decision} -> {new.decision}" if old.decision != new.decision else new.decision
    return (
        f"{shortened(printable(each.domain), width)} {named(each.framing)} {number(old.rate):>8} "
        f"{number(new.rate):>4} {number(old.bound):>9} {number(new.bound):>4}  {(changed or '').upper()}"
    ).rstrip()


def _named(judge: Judge) -> str:
    return printable(f"{judge.kind} {judge.model or ''} (fingerprint {judge.fingerprint})")
