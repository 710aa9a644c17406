"""Running the rules over a corpus."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterator, Sequence

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.suite.framings import in_order
from pytest_domainsafety.core.suite.lint.corpus import Corpus, Found
from pytest_domainsafety.core.suite.lint.likeness import MEASURE, SIMILAR
from pytest_domainsafety.core.suite.lint.report import Finding, Lengths, LintReport, Similarity
from pytest_domainsafety.core.suite.lint.table import RULES, Rule


def check(corpus: Corpus, allowed: Collection[str] = (), rules: Sequence[Rule] = RULES) -> LintReport:
    """Check a suite.

    Args:
        corpus: All its files.
        allowed: Names of rules that are left out.
        rules: Those there are.
    """
    findings = [_finding(rule, found) for rule in rules if rule.name not in allowed for found in rule.check(corpus)]
    order = ["", *in_order(each.framing for each in findings if each.framing)]
    findings.sort(key=lambda each: (each.file, each.line, order.index(each.framing or "")))
    return LintReport(
        exit_code=int(any(finding.severity != "note" for finding in findings)),
        files=len(corpus.sources),
        scenarios=len(corpus.scenarios),
        allowed=sorted(allowed),
        similarity=Similarity(measure=MEASURE, threshold=SIMILAR),
        lengths=list(_lengths(corpus)),
        findings=findings,
    )


def _finding(rule: Rule, found: Found) -> Finding:
    scenario = found.place.scenario
    return Finding(
        rule=rule.name,
        severity=rule.severity,
        file=found.place.file,
        line=found.place.line,
        domain=scenario.domain if scenario else found.place.domain,
        scenario=scenario.id if scenario else None,
        framing=found.place.framing,
        message=printable(found.sentence),
    )


def _lengths(corpus: Corpus) -> Iterator[Lengths]:
    for framing in in_order(prompt.framing for prompt in corpus.prompts):
        counts = [len(prompt.words) for prompt in corpus.prompts if prompt.framing == framing]
        yield Lengths(
            framing=framing,
            prompts=len(counts),
            min=min(counts),
            median=float(statistics.median(counts)),
            max=max(counts),
        )
