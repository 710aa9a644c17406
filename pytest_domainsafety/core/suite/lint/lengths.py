"""How long prompts are: in words beside each other, and in characters beside what they translate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pytest_domainsafety.core.suite.framings import FramingName
from pytest_domainsafety.core.suite.lint.corpus import Corpus, Found, Prompt
from pytest_domainsafety.core.suite.writing import UNSPACED, main_script, usual_ratio

RATIO: Final = 2.0
"""How many times as long as the shortest the longest prompt of a scenario may be, and a translation as usual."""

DIFFERENCE: Final = 10
"""Words by which it must be longer, since of short prompts one word more is a large ratio."""

CHARACTERS: Final = 40
"""The same in characters, for translations and for scripts without a space between words."""


def length_imbalance(corpus: Corpus) -> Iterator[Found]:
    """A scenario with a framing far longer than another: length would be compared, not framing."""
    for prompts in _by_scenario(corpus):
        own = {prompt.framing: prompt for prompt in prompts if not prompt.translated}
        yield from _framings(own)
        for prompt in prompts:
            base = own.get(FramingName.of(prompt.framing).base)
            if prompt.translated and base is not None:
                yield from _translation(prompt, base)


def _framings(own: Mapping[str, Prompt]) -> Iterator[Found]:
    unspaced = any(main_script(prompt.text) in UNSPACED for prompt in own.values())
    unit, least = ("characters", CHARACTERS) if unspaced else ("words", DIFFERENCE)
    sizes = {name: len(prompt.text if unspaced else prompt.words) for name, prompt in own.items()}
    if not sizes:
        return
    longest, shortest = max(sizes, key=sizes.__getitem__), min(sizes, key=sizes.__getitem__)
    long, short = sizes[longest], sizes[shortest]
    if long > RATIO * short and long - short >= least:
        yield Found(
            place=own[longest].place,
            sentence=f"the prompt has {long} {unit} and the {shortest} one {short}, {long / short:.1f} "
            f"times as many where {RATIO:g} is the most: shorten it or say more in the other",
        )


def _translation(prompt: Prompt, base: Prompt) -> Iterator[Found]:
    script, has, beside = main_script(prompt.text), len(prompt.text), len(base.text)
    usual = usual_ratio(script, main_script(base.text)) * beside
    if max(has, usual) > RATIO * min(has, usual) and abs(has - usual) >= CHARACTERS:
        least, most = (usual / beside * factor for factor in (1 / RATIO, RATIO))
        yield Found(
            place=prompt.place,
            sentence=f"the translation has {has} characters and the {base.framing} prompt {beside}, "
            f"{has / beside:.2f} times as many where {least:.2f} to {most:.2f} is usual: "
            "see that both say the same",
        )


def _by_scenario(corpus: Corpus) -> list[list[Prompt]]:
    scenarios: dict[tuple[str, int, str, str], list[Prompt]] = {}
    for prompt in corpus.prompts:
        scenario = prompt.scenario
        # A place too: ids may be there twice.
        name = (prompt.place.file, scenario.line, scenario.domain, scenario.id)
        scenarios.setdefault(name, []).append(prompt)
    return list(scenarios.values())
