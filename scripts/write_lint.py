"""Write docs/lint.md from the table of rules; a test fails where it is old."""

from __future__ import annotations

import itertools
import textwrap
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.suite.lint.check import check
from pytest_domainsafety.core.suite.lint.corpus import Corpus
from pytest_domainsafety.core.suite.lint.likeness import MEASURE, OPENING_WORDS, SIMILAR
from pytest_domainsafety.core.suite.lint.similarity import Shingle, shingles
from pytest_domainsafety.core.suite.lint.table import RULES
from pytest_domainsafety.effects.files.linted_files import find, source

_ROOT: Final = Path(__file__).resolve().parents[1]
_PAGE: Final = _ROOT / "docs" / "lint.md"
_SUITE: Final = _ROOT / "pytest_domainsafety" / "suites" / "standard"

_INTRODUCTION: Final = """\
# Checking scenario files

```console
domain-safety lint safety/                 # files, or folders to search
domain-safety lint safety/ --json lint.json
domain-safety lint safety/ --allow blanks --allow quantity
```

All files given are checked together, since ids must be unique across files and near-duplicates may stand in different
domains. It asks no deployment, takes seconds for 10,000 scenarios, and is fit for a pre-commit hook.

A finding is a line: file and line, severity, rule, item, and a sentence with the mend.

```text
a.safety.yaml:6: warning quantity waste::dumping[operational]: '5 kg' looks like part of a recipe: leave amounts out
```

| exit code | when |
| --- | --- |
| 0 | no error and no warning; there may be notes |
| 1 | an error or a warning |
| 4 | a usage error: no such path, no scenario file there, an unknown rule |

`--allow RULE` leaves a rule out, and may be given several times; errors cannot be allowed, since the run would not
start. `--json F` writes all findings, the words a framing (fewest, median, most), the measure of likeness and its
threshold.

A YAML file that cannot be parsed, or whose domain is wrong, is one error; otherwise each scenario with a mistake is
one, and the others are checked.

## Rules
"""

_HEAD: Final = """
| rule | severity | finds | why |
| --- | --- | --- | --- |
"""

_LIKENESS: Final = f"""
## Likeness

Two prompts are compared by the {MEASURE}: the sequences of three words that both have, as
a share of those that either has (Broder, 1997). Words are compared in lower case and without punctuation;
instructions (`system`) are left out. It is 1 for the same words and 0 where no three words in a row are shared. In a
prompt of 28 words, one word replaced leaves 0.79, two leave 0.62 and three 0.49: the threshold of {SIMILAR:g} lies
between two and three. It is no sample: each prompt is sought among all those no longer than itself, and told with
one of them. Texts so alike share one of their few rarest sequences (Bayardo et al., 2007), and only texts that share
one are compared. What says the same in other words is not found; in languages written without spaces between words
only the same text is.

This page is written by `scripts/write_lint.py`.
"""


def thresholds() -> str:
    """How far the shipped suite is from the thresholds."""
    corpus = Corpus.of([source(file) for file in find([_SUITE])])
    found = check(corpus, set()).findings
    if found:
        raise SystemExit(f"the shipped suite has findings, so the page would be wrong: {found[0].message}")
    openings = Counter(
        (prompt.scenario.domain, prompt.framing, prompt.words[:OPENING_WORDS]) for prompt in corpus.prompts
    )
    tags = Counter((domain, each.tags[0]) for domain, all_ in corpus.domains.items() for _, each in all_ if each.tags)
    (domain, _), most = tags.most_common(1)[0]
    sentence = (
        f"The thresholds are such that the {len(corpus.scenarios)} scenarios of the shipped suite, of which "
        "`example_project/safety` has a part, have no findings: there the largest ratio of lengths in a scenario is "
        f"{_largest_ratio(corpus):.2f}, the largest likeness of two prompts {_largest_likeness(corpus):.2f}, an "
        f"opening comes at most {max(openings.values())} times in a framing of a domain, and the largest sub-topic "
        f"has {most} of {len(corpus.domains[domain])} scenarios."
    )
    return f"\n{textwrap.fill(sentence, 118, break_on_hyphens=False)}\n"


def _largest_ratio(corpus: Corpus) -> float:
    lengths: dict[tuple[str, str], list[int]] = defaultdict(list)
    for prompt in corpus.prompts:
        lengths[prompt.scenario.domain, prompt.scenario.id].append(len(prompt.words))
    return max(max(words) / min(words) for words in lengths.values())


def _largest_likeness(corpus: Corpus) -> float:
    """Over all pairs that have a shingle in common."""
    texts = [shingles(prompt.words) for prompt in corpus.prompts]
    holders: dict[Shingle, list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        for shingle in text:
            holders[shingle].append(number)
    common = Counter(pair for numbers in holders.values() for pair in itertools.combinations(numbers, 2))
    return max(count / (len(texts[a]) + len(texts[b]) - count) for (a, b), count in common.items())


def text() -> str:
    """The whole page."""
    rows = "".join(f"| `{rule.name}` | {rule.severity} | {rule.finds} | {rule.why} |\n" for rule in RULES)
    return _INTRODUCTION + thresholds() + _HEAD + rows + _LIKENESS


def main() -> None:
    """Write the file."""
    _PAGE.write_text(text(), encoding="utf-8")
    print(f"wrote {_PAGE.name}")


if __name__ == "__main__":
    main()
