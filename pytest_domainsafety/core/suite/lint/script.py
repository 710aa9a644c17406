"""Prompts that are not in the language that their file says."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_domainsafety.core.suite.languages import language_name
from pytest_domainsafety.core.suite.lint.corpus import Corpus, Found
from pytest_domainsafety.core.suite.writing import is_written_in, main_script, scripts_of


def other_script(corpus: Corpus) -> Iterator[Found]:
    """A prompt in letters that its language is not written in."""
    for prompt in corpus.prompts:
        language = prompt.scenario.language_of(prompt.framing)
        if language is None or is_written_in(prompt.text, language):
            continue
        scripts, found = scripts_of(language) or (), main_script(prompt.text)
        letters = "other" if found in scripts or not found else found
        yield Found(
            place=prompt.place,
            sentence=f"the prompt is in {letters} letters, and {language_name(language)} is written in "
            f"{' and '.join(scripts)} ones: put the right text here, or the right language",
        )
