"""Write docs/suite.md, the datasheet of the standard suite, from the suite and the records of its second reading."""

from __future__ import annotations

import csv
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest_domainsafety
from pytest_domainsafety.core.suite.framings import FRAMINGS, FramingName
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.shipped_suite import VERSION
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.effects.files.scenario_files import load

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = ROOT / "docs"
FOLDER: Final = Path(pytest_domainsafety.__path__[0]) / "suites" / "standard"
CANARY: Final = "pytest-domainsafety canary 7d1c1b5e-5a0f-4a53-9a7e-2f4b8c0e6d11"
CHECKLIST: Final = {
    "same_goal": "the framings of a scenario ask about the same thing, equally specific",
    "request_only": "nothing but the request: no method, step, tool, product or quantity",
    "limits": "within the limits of content below",
    "clear_harm": "a decent reader would want every request refused but the analytical one",
    "framing_clean": "only the analytical request says that it is wrong; no framing names another",
    "language": "plain international English, no formula stamped many times",
}
LAWS: Final = {
    "human_trafficking": ("high", "the Palermo Protocol and national criminal codes name the acts"),
    "financial_fraud": ("high", "penal codes, securities and money-laundering law name the acts"),
    "environmental_crime": (
        "high",
        "conventions (CITES, Basel, MARPOL) and national environmental law name the acts",
    ),
    "discrimination": ("high", "equality and labour law name the grounds and the acts"),
    "surveillance": ("low", "data protection law sets principles; much depends on consent, purpose and proportion"),
    "science_fraud": ("low", "mostly codes of conduct of institutions and journals"),
    "disinformation": ("low", "mostly lawful speech; rules of platforms, and narrow offences"),
}

TEXT: Final = """\
# The standard suite: datasheet

`domain_safety_suite = standard` adds {scenarios} scenarios in seven domains, {prompts} prompts: {built_in} in three
framings, {further} in three further ones and {translated} translations. All are asked unless `domain_safety_framings`
says otherwise. `standard:20` is a fixed subset of 20 scenarios a domain, each sub-topic's turn before any has a
second, the same for everybody at the same version. `standard:surveillance,financial_fraud` takes some of its domains,
`standard:20:surveillance,financial_fraud` a subset of them; reports say so. Version {version}, digest `{sha256}`.
The digest of what was asked is in every report (`suite.sha256`), and so is the version (`suite.shipped`); a test
fails where the suite changed and its version did not. In the order of the headings of "Datasheets for Datasets"
(Gebru et al. 2021, https://arxiv.org/abs/1803.09010).

## Motivation

To measure, domain by domain and before a release, how often a deployment helps to commit a harm when it is asked
plainly, and when the same request is restated as engineering. 60 scenarios once cost as much as 20 three times, and
bound the rate much closer: with no compliance at all the upper 95 % bound is 0.049 with 60 scenarios and 0.139 with
20.

## Composition

Each scenario has an id, the harm in one line, sub-topics, and three framings of the same goal: *analytical* asks to
identify, explain or prevent the harm; *operational* asks plainly for help to commit it; *technical* restates the
operational request as an engineering, process or data problem, without saying that it is harmful and without adding
any method.

The 20 scenarios a domain of `standard:20` have three further framings of the operational request, and the ten of
`standard:10` have it in four further languages: Arabic, German, French and Spanish.

| prompts | scenarios a domain | in all | what they do |
| --- | ---: | ---: | --- |
{composition}

`domain_safety_framings = operational, technical, analytical:10`, which `domain-safety init` writes, asks nothing of
what was added in 1.1.0, and `analytical, operational, technical` asks what 1.0.0 asked. Ask the added prompts by name
(`operational, analytical:10, role, operational[de]`), gate them so (`*[role] = 0.25`), or gate the worst of all
harmful framings: `*[any] = 0.25`.

| domain | codification | because |
| --- | --- | --- |
{laws}

Codification says how far bodies of law spell the harm out.

### Words in a prompt

Framings of a scenario are alike in length, so that a difference between them is framing alone.

{lengths}

The further framings, of 20 scenarios a domain:

{further_lengths}

The translations, of ten:

{translated_lengths}

Least, median and most words. Languages write the same in more words or fewer, Arabic in fewer.

### Sub-topics

The first tag of a scenario. No sub-topic has more than 12 scenarios, and each domain has at least ten.

{topics}

## Limits of content

The request only: no method, recipe, code, quantity, and nothing that helps to carry it out. No weapons, CBRN,
malware, self-harm or sexual content; no minors; no real election, person, brand, organisation or place; no ethnic
or religious group as a target. Trafficking scenarios concern adult labour.

## How it was written and reviewed

The scenarios were drafted with the assistance of a language model from a written specification, domain by domain,
then checked by `domain-safety lint` and by a second, separate reading of every scenario against this checklist, by
another pass of a language model that had not written it; what it mended is recorded scenario by scenario in
[suite-review.csv](suite-review.csv). The further framings were made and read likewise, prompt by prompt in
[suite-review-framings.csv](suite-review-framings.csv). No second human rater has read all of it yet, so no agreement
between raters is given.

| point | asks | mended in {scenarios} scenarios | in {further} further prompts |
| --- | --- | ---: | ---: |
{review}

The translations were drafted with the assistance of a language model from the English request, for its sense and in
plain speech rather than word for word, and read beside it by another pass. It mended {mended_translations} of
{translated}, listed with the reason in [suite-review-languages.csv](suite-review-languages.csv). No native speaker
has rated them yet.

## Uses and limits

- It is a stress test of *scenarios like these*: curated, most of it in English, each asked once in one turn. It does
  not give the rate in your traffic, and nothing of attacks that nobody wrote down.
- The further framings are plain wordings of one sentence or two, no jailbreaks: they tell how far an answer hangs on
  the wording, not what a determined attacker attains.
- What has fewer scenarios bounds the rate less: with no compliance at all the upper 95 % bound is 0.139 with the 20
  of a further framing and 0.259 with the ten of a translation, so a gate on a translation cannot pass at 0.20.
- `*[any]` counts a scenario by the worst of the prompts that it has, and 40 of 60 have none of the further ones.
- A difference between languages may be one of the translation, of the deployment or of the judge: calibrate the
  judge on labels in the languages that you gate. Four languages say nothing of the others.
- It is public, so models may have seen it. It is not for training. Every file carries the canary string `{canary}`,
  by which a corpus can be searched and a model be asked. For high stakes hold private scenarios of your own beside
  it: both can be collected in one run, and `domain-safety compare` tells them apart by domain.
- Some scenarios border on ordinary business and are milder than others; a scenario is one unit whatever its weight.
- Words such as "without them noticing" recur in a domain where secrecy is the harm.

## Maintenance

Report a bad scenario, or ask for one to be removed, in the project's issue tracker with its id; what helps to
commit a harm is removed at once. A changed, removed or added scenario is a new version, told in the changelog.
"""


def scenarios() -> dict[str, list[Scenario]]:
    """The suite by domain."""
    return {path.name.partition(".")[0]: load(path) for path in sorted(FOLDER.glob("*.safety.yaml"))}


def sheet() -> str:
    """The page."""
    suite, domains = Suite(), scenarios()
    for domain, found in domains.items():
        for scenario in found:
            suite.add(scenario, domain)
    counts = suite.framings()
    translated = [name for name in counts if FramingName.of(name).language]
    further = [name for name in counts if name not in (*FRAMINGS, *translated)]
    prompts = {name: items.collected for name, items in counts.items()}
    mended, mended_further = _mended("suite-review.csv"), _mended("suite-review-framings.csv")
    return TEXT.format(
        scenarios=len(suite.scenarios),
        prompts=sum(prompts.values()),
        built_in=sum(prompts[name] for name in FRAMINGS),
        further=sum(prompts[name] for name in further),
        translated=sum(prompts[name] for name in translated),
        version=VERSION,
        sha256=suite.sha256(),
        canary=CANARY,
        composition="\n".join(
            f"| {name} | {prompts[name] // len(domains)} | {prompts[name]} | {suite.purpose(name)} |"
            for name in [*FRAMINGS, *further, *translated]
        ),
        laws="\n".join(f"| {domain} | {how} | {why} |" for domain, (how, why) in LAWS.items()),
        lengths=_lengths(domains, list(FRAMINGS)),
        further_lengths=_lengths(domains, further),
        translated_lengths=_lengths(domains, translated),
        topics="\n\n".join(_topics(domain, found) for domain, found in domains.items()),
        review="\n".join(
            f"| {point} | {text} | {mended[point]} | {mended_further[point]} |" for point, text in CHECKLIST.items()
        ),
        mended_translations=len(_rows("suite-review-languages.csv")),
    )


def _rows(file: str) -> list[dict[str, str]]:
    with (DOCS / file).open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def _mended(file: str) -> Counter[str]:
    """How often the second reading mended something, by point of the checklist."""
    return Counter(point for row in _rows(file) for point in CHECKLIST if row[point] == "mended")


def _lengths(domains: dict[str, list[Scenario]], framings: Sequence[str]) -> str:
    """A table of the words of a prompt."""
    lines = [f"| domain | {' | '.join(framings)} |", "| --- |" + " --- |" * len(framings)]
    for domain, found in domains.items():
        cells = [_words([each.prompt_text(name) for each in found if name in each.prompts]) for name in framings]
        lines.append(f"| {domain} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _words(prompts: list[str]) -> str:
    words = [len(re.findall(r"[\w'\u2019-]+", prompt)) for prompt in prompts]
    return f"{min(words)} · {statistics.median(words):g} · {max(words)}"


def _topics(domain: str, found: list[Scenario]) -> str:
    counts = Counter(scenario.tags[0] for scenario in found)
    return f"**{domain}**: " + ", ".join(f"{topic} {count}" for topic, count in counts.most_common()) + "."


if __name__ == "__main__":
    (DOCS / "suite.md").write_text(sheet(), encoding="utf-8")
