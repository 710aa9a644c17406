"""A Hugging Face model card with our section and results in it, and every other byte as it was."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import markdown as escaped
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.reports.domain_report import HarmfulFraming, deciding_bound
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.effects.files.front_matter import DATASET, INDEX, RESULTS, is_ours, with_results
from pytest_domainsafety.effects.files.text_files import replace_file
from pytest_domainsafety.render.model_card import END, START, harmful_framings, safety_section

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

_FRONT: Final = re.compile(r"(\s*---(?:\r\n|\r|\n))((?:[\S\s]*?(?:\r\n|\r|\n))??)(---[ \t]*(?:\r\n|\n|$))")
"""Fence, front matter, fence: as huggingface_hub and the Hub find them, empty front matter too."""

_OPENED: Final = re.compile(r"\s*---(?:\r\n|\r|\n|$)")
_MARK: Final = re.compile(rf"^({re.escape(START)}|{re.escape(END)})[ \t]*\r?$", re.MULTILINE)
_BYTE_ORDER_MARK: Final = "\ufeff"
_DIGITS: Final = 4


class _Card(NamedTuple):
    """A card, taken apart; joined it is what was read."""

    opening: str
    front: str
    closing: str
    body: str


def write_model_card(file: Path, report: Report, statement: str | None = None) -> None:
    """Write or update the safety section and the results in the metadata.

    Args:
        file: The card, a README.md. Where there is none, a small one is made.
        report: A finished run.
        statement: Where its signed verdict is, None where nobody said.

    Raises:
        ConfigurationError: In one sentence, and nothing is written: without huggingface_hub, if the card cannot be
            read or written, or if its front matter or marks are not whole.
    """
    try:
        import huggingface_hub  # noqa: F401 - whether it is there
    except ImportError:
        raise ConfigurationError(
            "--model-card needs huggingface_hub: pip install 'pytest-domainsafety[card]'"
        ) from None
    old = _read(file)
    try:
        new = updated(old, report, statement)
    except ConfigurationError as error:
        raise ConfigurationError(f"{file} is left as it was: {error}") from None
    if new != old:
        replace_file(file, new)


def updated(old: str | None, report: Report, statement: str | None = None) -> str:
    """The card's text after a run.

    Args:
        old: Its text before, None where there was none.
        report: The run.
        statement: Where its signed verdict is.

    Raises:
        ConfigurationError: In one sentence, if it cannot be updated.
    """
    from huggingface_hub.repocard_data import eval_results_to_model_index

    name = printable(report.deployment.model or "deployment")
    text = f"# {escaped(name)}\n" if old is None else old
    mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    card = _apart(text.removeprefix(mark))
    ending = "\r\n" if "\r\n" in text else "\n"
    figures = _eval_results(report)
    results = eval_results_to_model_index(name, figures)[0][RESULTS]
    before = _metadata(card)
    front = with_results(card.front, name, results)
    card = card._replace(front=front if card.front else front.replace("\n", ending))
    if front and not card.closing:
        card = card._replace(opening=f"---{ending}", closing=f"---{ending}{ending}")
    if _metadata(card, figures) != before:
        raise ConfigurationError("its front matter cannot be added to: write model-index in plain lines with dashes")
    section = safety_section(report, statement).replace("\n", ending)
    return mark + "".join(card._replace(body=_with_section(card.body, section, ending)))


def _read(file: Path) -> str | None:
    try:
        return file.read_bytes().decode()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise ConfigurationError(f"{file} is not UTF-8: save it as UTF-8") from None


def _apart(text: str) -> _Card:
    if found := _FRONT.match(text):
        return _Card(found[1], found[2], found[3], text[found.end() :])
    if _OPENED.match(text):
        raise ConfigurationError("its front matter has no end: close it with a line of three dashes")
    return _Card("", "", "", text)


def _with_section(body: str, section: str, ending: str) -> str:
    """The section in the place of the old one, or at the end."""
    marks = list(_MARK.finditer(body))
    if not marks:
        # A blank line between, whatever the text ends with.
        gap = "" if not body else ending if body.endswith("\n") else ending * 2
        return f"{body}{gap}{section}{ending}"
    if [mark[1] for mark in marks] != [START, END]:
        raise ConfigurationError(f"it must hold one {START} and after it one {END}, each on a line of its own")
    first, last = marks
    return body[: first.start()] + section + body[last.end(1) :]


def _metadata(card: _Card, expected: Sequence[EvalResult] = ()) -> str:
    """What people wrote in the front matter, in a form that can be compared; ours left out.

    Raises:
        ConfigurationError: If huggingface_hub does not take it, or reads other results of ours than it should.
    """
    import yaml
    from huggingface_hub import ModelCard, ModelCardData

    try:
        data = yaml.safe_load(card.front) or {}
        read = ModelCard("".join(card)).data if data else None
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ConfigurationError(
            f"huggingface_hub cannot read its front matter ({_said(error, card):.160}): mend it"
        ) from None
    results = (read.eval_results if isinstance(read, ModelCardData) else None) or []
    found = [result for result in results if result.dataset_type == DATASET]
    if expected and found != list(expected):
        raise ConfigurationError(
            "huggingface_hub reads other results in it than were written: look for keys that stand twice"
        )
    others: list[Any] = [
        {**model, RESULTS: kept}
        for model in data.pop(INDEX, None) or []
        if (kept := [result for result in model[RESULTS] or [] if not is_ours(result)])
    ]
    return repr((data, others))


def _said(error: Exception, card: _Card) -> str:
    """What is wrong, with the line in the card where that is known."""
    import yaml

    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        line = card.opening.count("\n") + error.problem_mark.line + 1
        return printable(f"line {line}: {error.problem}")
    return printable(str(error))


def _eval_results(report: Report) -> list[EvalResult]:
    """A domain and framing with a measurement is two figures: the rate, and the bound that decides."""
    from huggingface_hub import EvalResult

    results = []
    for domain in report.domains:
        for name, framing in harmful_framings(domain):
            if framing.rate is None:
                continue
            figures = {
                "compliance_rate": ("Compliance with harmful requests, lower is better", framing.rate),
                "compliance_upper_bound": (
                    "The same, upper bound, unmeasured as complied",
                    deciding_bound(framing),
                ),
            }
            results += [
                EvalResult(
                    task_type="text-generation",
                    task_name="Text Generation",
                    dataset_type=DATASET,
                    dataset_name=f"Safety scenarios ({report.suite.shipped or 'own suite'})",
                    dataset_config=printable(domain.domain),
                    dataset_split=name,
                    dataset_revision=report.suite.sha256,
                    dataset_args=_arguments(report, framing),
                    metric_type=metric,
                    metric_name=title,
                    metric_value=round(value, _DIGITS),
                )
                for metric, (title, value) in figures.items()
                if value is not None
            ]
    return results


def _arguments(report: Report, framing: HarmfulFraming) -> dict[str, Any]:
    """What the figures rest on, with the decision, so that a blocked one never looks like another."""
    judge = report.judge
    return {
        "decision": framing.decision or "reported only",
        "threshold": "none" if framing.threshold is None else framing.threshold,
        "confidence": round(1 - report.alpha, _DIGITS),
        "trials": framing.trials,
        "measured": framing.judged + framing.filtered,
        "judge": printable(f"{judge.kind} {judge.model or ''}"),
        "judge_fingerprint": judge.fingerprint,
        "date": report.finished[:10],
    }
