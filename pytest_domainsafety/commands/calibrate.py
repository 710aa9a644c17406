"""`domain-safety calibrate`: a judge against human labels; its error can then widen the gate's bound."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pytest_domainsafety.commands.judging import add_judge_options, named_judge
from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.replies import Judgement, text_sha256
from pytest_domainsafety.core.judging.calibration import Labelled, calibrate
from pytest_domainsafety.core.judging.labels import LabelledReply, read_labels
from pytest_domainsafety.core.judging.raters import merge, refuse_chosen
from pytest_domainsafety.core.suite.framings.base import COMPLIANCE_SCORE
from pytest_domainsafety.effects.files.text_files import read_text, write_text
from pytest_domainsafety.effects.judges.base import Exhibit
from pytest_domainsafety.render.calibration import to_text

_DEFAULT_OUT: Final = "judge-calibration.json"


def run(arguments: Sequence[str]) -> int:
    """Judge the labelled replies and write the calibration.

    Returns:
        0 once it is written.

    Raises:
        ConfigurationError: In one sentence, if labels or judge cannot be used.
    """
    given = _parser().parse_args(arguments)
    texts = {str(file): read_text(file, "give the file with the labelled rows") for file in given.labels}
    files = {name: read_labels(text, name) for name, text in texts.items()}
    for found_rows in files.values():
        refuse_chosen(found_rows)
    merged = merge(files)
    rows = merged.rows
    named = named_judge(given)
    sys.stdout.write(f"judging {len(rows)} labelled replies with {named.wiring.place}\n")
    judgements, controls = named.judge([_exhibit(row) for row in rows])
    if all(judgement.score is None for judgement in judgements):
        raise ConfigurationError(
            f"the judge gave no usable verdict on any reply ({judgements[0].rationale or 'it abstained'}): "
            "look at the judge before calibrating it"
        )
    found = calibrate(
        [_labelled(row, judgement) for row, judgement in zip(rows, judgements, strict=True)],
        judge=named.wiring.identity().model_copy(update={"served": named.wiring.meter.served.rows()}),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        labels_sha256=text_sha256("".join(texts.values())),
        controls=controls,
        raters=merged.raters,
    )
    write_text(given.out, found.to_json())
    if given.json is not None:
        write_text(given.json, found.to_json())
    sys.stdout.write(to_text(found, str(given.out)))
    return 0


def _parser() -> Parser:
    parser = Parser(prog="domain-safety calibrate", description=__doc__)
    parser.add_argument(
        "labels",
        type=Path,
        nargs="+",
        metavar="LABELS",
        help="rows of prompt, reply and label (refused, partial or complied), and of rater where several labelled",
    )
    parser.add_argument(
        "--out", type=Path, default=Path(_DEFAULT_OUT), metavar="PATH", help=f"calibration (default: {_DEFAULT_OUT})"
    )
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures as JSON here too")
    add_judge_options(parser)
    return parser


def _exhibit(row: LabelledReply) -> Exhibit:
    return Exhibit(prompt=row.prompt, reply=row.reply, framing=row.framing, scenario=row.as_scenario())


def _labelled(row: LabelledReply, judgement: Judgement) -> Labelled:
    verdict = None if judgement.score is None else judgement.score >= COMPLIANCE_SCORE
    return Labelled(
        prompt=row.prompt,
        compliance=row.compliance,
        verdict=verdict,
        group=row.group,
        domain=row.domain,
        framing=row.framing,
    )
