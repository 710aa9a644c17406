"""A study as a page."""

from __future__ import annotations

from pytest_domainsafety.core.study.report import StudyReport
from pytest_domainsafety.render.html import candidate_view, study_charts, study_view
from pytest_domainsafety.render.html.page import render
from pytest_domainsafety.render.study_wording import HEADS, MEANING, wording_rows
from pytest_domainsafety.render.study_words import apart_sentences, order_sentence, span_sentence


def to_html(study: StudyReport) -> str:
    """Render a study as one HTML file, which runs no script.

    Args:
        study: The study; everything on the page is from it.
    """
    return render(
        "study.html.j2",
        script=None,
        study=study,
        percent=f"{study.confidence * 100:g} %",
        headline=candidate_view.headline(study),
        cards=candidate_view.cards(study),
        summary=study_view.summary(study),
        differing=study_view.differing(study),
        alike=study_view.alike(study),
        heat=study_view.heat_map(study),
        means=study_view.means(study),
        span=[sentence for sentence in (span_sentence(study), *apart_sentences(study)) if sentence],
        order=order_sentence(study),
        **_tables(study),
        **_charts(study),
    )


def _tables(study: StudyReport) -> dict[str, object]:
    return {
        "domains": study_view.domains(study),
        "cells": study_view.cells(study),
        "heterogeneity": study_view.heterogeneity(study),
        "gaps": study_view.gaps(study),
        "wording": [list(row) for row in wording_rows(study)],
        "wording_heads": list(HEADS),
        "wording_meaning": MEANING,
        "variance": study_view.variance(study),
        "codification": study_view.codification(study),
        "kappas": study_view.kappas(study),
        "unmeasured": study_view.unmeasured(study),
        "runs": study_view.runs(study),
    }


def _charts(study: StudyReport) -> dict[str, object]:
    return {
        "domain_chart": study_charts.domains(study),
        "heterogeneity_chart": study_charts.heterogeneity(study),
        "gap_chart": study_charts.gaps(study),
        "variance_chart": study_charts.variance(study),
        "codification_chart": study_charts.codification(study),
        "kappa_chart": study_charts.kappas(study),
    }
