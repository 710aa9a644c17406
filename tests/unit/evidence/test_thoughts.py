"""Thoughts are no answer, however a family of models marks them; and no answer is taken for a thought."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.evidence.thoughts import says_something, split_thought

TAGS = {
    "deepseek, qwen and most": ("<think>", "</think>"),
    "in capitals": ("<Think>", "</THINK>"),
    "claude's way": ("<thinking>", "</thinking>"),
    "exaone, gemini": ("<thought>", "</thought>"),
    "grpo": ("<reasoning>", "</reasoning>"),
    "reflection": ("<reflection>", "</reflection>"),
    "seed-oss": ("<seed:think>", "</seed:think>"),
    "magistral": ("[THINK]", "[/THINK]"),
    "kimi": ("◁think▷", "◁/think▷"),
    "command a": ("<|START_THINKING|>", "<|END_THINKING|>"),
    "gemma 4": ("<|channel>thought\n", "<channel|>"),
    "sky-t1": ("<|begin_of_thought|>", "<|end_of_thought|>"),
}
FINAL = "<|start|>assistant<|channel|>final<|message|>"
HARMONY = {
    "harmony": ("<|channel|>analysis<|message|>", f"<|end|>{FINAL}"),
    "harmony from its start": ("<|start|>assistant<|channel|>analysis<|message|>", f"<|end|>{FINAL}"),
    "harmony without an end": ("<|channel|>analysis<|message|>", FINAL),
    "harmony, first token lost": ("analysis<|message|>", f"<|end|>{FINAL}"),
    "harmony, the roles left out": ("<|channel|>analysis<|message|>", "<|end|><|channel|>final<|message|>"),
    "harmony, tokens taken out": ("analysisWe must ", "assistantfinal"),
}
WORDS = {
    "apriel": ("Here are my reasoning steps:\n", "[BEGIN FINAL RESPONSE]"),
    "granite": ("Here is my thought process: ", "Here is my response:"),
}
MARKS = {**TAGS, **HARMONY, **WORDS}

each_mark = pytest.mark.parametrize(("opening", "closing"), [pytest.param(*MARKS[name], id=name) for name in MARKS])
each_tag = pytest.mark.parametrize(("opening", "closing"), [pytest.param(*TAGS[name], id=name) for name in TAGS])
each_cut_off = pytest.mark.parametrize(
    "opening", [pytest.param(MARKS[name][0], id=name) for name in MARKS if name not in WORDS]
)
each_lone = pytest.mark.parametrize(
    "closing", [pytest.param(closing, id=name) for name, (_, closing) in {**TAGS, "apriel": WORDS["apriel"]}.items()]
)


def answer(text: str) -> str:
    return split_thought(text, lone=True)[1]


@each_mark
class TestAThoughtThatOpensTheText:
    def test_is_taken_out(self, opening: str, closing: str) -> None:
        thought, rest = split_thought(f"{opening}They want help.{closing}Sure.")
        assert thought.endswith("They want help.")
        assert rest == "Sure."

    @pytest.mark.parametrize("space", [" ", "\n\n", "\r\n\t"])
    def test_may_have_white_space_around_it(self, opening: str, closing: str, space: str) -> None:
        thought, rest = split_thought(f"{space}{opening}{space}They want\n\nhelp.{space}{closing}{space}Sure.{space}")
        assert thought.endswith("They want\n\nhelp.")
        assert rest == f"{space}Sure.{space}"

    def test_may_be_all_there_is(self, opening: str, closing: str) -> None:
        assert answer(f"{opening}They want help.{closing}") == ""

    def test_may_be_empty(self, opening: str, closing: str) -> None:
        assert answer(f"{opening}{closing}Sure.") == "Sure."
        assert answer(f"{opening}{closing}") == ""

    def test_may_be_followed_by_another(self, opening: str, closing: str) -> None:
        thought, rest = split_thought(f"{opening}First.{closing}\n{opening}Second.{closing} Sure.")
        assert "First." in thought
        assert thought.endswith("Second.")
        assert rest == " Sure."

    def test_may_be_followed_by_one_in_other_marks(self, opening: str, closing: str) -> None:
        assert split_thought(f"{opening}a{closing}<think>b</think>Sure.")[1] == "Sure."
        assert split_thought(f"<think>b</think>{opening}a{closing}Sure.")[1] == "Sure."

    def test_ends_at_the_first_mark_so_that_a_second_hides_nothing(self, opening: str, closing: str) -> None:
        assert split_thought(f"{opening}a{closing}Sure: step 1 {closing} I can't.")[1].startswith("Sure: step 1 ")


@each_cut_off
def test_a_thought_that_is_cut_off_leaves_no_answer(opening: str) -> None:
    assert answer(f"{opening}They want help, and") == ""
    assert answer(f"\n {opening}They want help.\n\nSure") == ""


@each_cut_off
def test_the_second_thought_may_be_cut_off(opening: str) -> None:
    assert answer(f"<think>a</think>\n{opening}They") == ""


@each_mark
@pytest.mark.parametrize(
    "text",
    [
        "Sure: {0}They want help.{1} That is all.",
        "Sure: step 1\n{0}They want help.{1}\nI can't.",
        "Sure, and more: {0}",
        "`{0}` opens a thought and `{1}` closes it.",
        '"{0}" opens a thought and "{1}" closes it.',
        "```\n{0}hm{1}\n```\nis how it looks.",
    ],
)
def test_marks_within_an_answer_change_nothing(opening: str, closing: str, text: str) -> None:
    given_text = text.format(opening, closing)
    assert split_thought(given_text, lone=True) == ("", given_text)


@each_lone
class TestAClosingMarkAlone:
    def test_ends_a_thought(self, closing: str) -> None:
        assert split_thought(f"They want help.\n{closing}\n\nSure.", lone=True) == ("They want help.", "\n\nSure.")

    def test_ends_an_empty_one(self, closing: str) -> None:
        assert split_thought(f"{closing}Sure.", lone=True) == ("", "Sure.")

    def test_may_leave_no_answer(self, closing: str) -> None:
        assert split_thought(f"They want help.{closing}", lone=True) == ("They want help.", "")

    def test_the_last_one_ends_it(self, closing: str) -> None:
        assert answer(f"They want{closing}help.{closing}Sure.") == "Sure."

    def test_may_come_before_and_after_whole_thoughts(self, closing: str) -> None:
        assert answer(f"They want help.{closing}<think>a</think>Sure.") == "Sure."
        assert answer(f"<think>a</think>b{closing}Sure.") == "Sure."

    @pytest.mark.parametrize(
        "text",
        [
            "The mark is `{0}`, and that is all.",
            'The mark is "{0}", and that is all.',
            "The mark is '{0}', and that is all.",
            "The mark is “{0}”, and that is all.",
            "Sure:\n```xml\nhm\n{0}\nSure\n```\nThat is all.",
            "Sure:\n```xml\nhm {0} and cut off",
            'Sure: print("6\\" {0} in code")',
        ],
    )
    def test_quoted_is_none(self, closing: str, text: str) -> None:
        given_text = text.format(closing)
        assert split_thought(given_text, lone=True) == ("", given_text)

    def test_after_a_quotation_is_one(self, closing: str) -> None:
        assert answer(f'They say "help".\n```\nx\n``` and `y`, 6" long\n{closing}Sure.') == "Sure."

    def test_after_an_opening_one_is_none(self, closing: str) -> None:
        text = f"Sure: <think>hm {closing} That is all."
        assert split_thought(text, lone=True) == ("", text)

    def test_is_not_looked_for_unless_asked(self, closing: str) -> None:
        text = f'The reply says {closing}{{"score": 1}}'
        assert split_thought(text) == ("", text)


@pytest.mark.parametrize("closing", ["<|end|>", "<|return|>", "assistantfinal", "</answer>", "Here is my response:"])
def test_what_ends_more_than_thoughts_ends_none_alone(closing: str) -> None:
    # Phi-3 ends each reply with <|end|>.
    text = f"Sure: step 1. {closing}"
    assert split_thought(text, lone=True) == ("", text)


@pytest.mark.parametrize("head", [FINAL, "<|channel|>final<|message|>", "assistant<|channel|>final<|message|>"])
def test_an_answers_own_head_is_no_part_of_it(head: str) -> None:
    assert split_thought(f"{head}Sure.") == ("", "Sure.")
    assert split_thought(f"<|channel|>analysis<|message|>hm<|end|>{head}") == ("hm", "")


@pytest.mark.parametrize(
    "call",
    [
        '<|start|>assistant<|channel|>commentary to=functions.pay <|constrain|>json<|message|>{"to": "x"}<|call|>',
        "<|start|>assistant<|channel|>commentary<|message|>First I pay.<|end|>",
        "<|start|>assistant<|channel|>analysis to=python code<|message|>help()<|call|>",
    ],
)
def test_calls_and_commentary_of_gpt_oss_are_answers(call: str) -> None:
    assert split_thought(f"<|channel|>analysis<|message|>hm<|end|>{call}", lone=True) == ("hm", call)
    final = f"{call}{FINAL}I can't."
    assert split_thought(final, lone=True) == ("", final)


def test_commentary_is_an_answer_without_its_tokens_too() -> None:
    assert split_thought("analysisHm.assistantcommentary to=functions.pay json{}") == (
        "Hm.",
        "assistantcommentary to=functions.pay json{}",
    )


@pytest.mark.parametrize(
    "text",
    [
        "analysis of the risks: none",
        "Analysis: none",
        "analysis",
        "ANALYSISX",
        "Here are my reasoning steps: first, mix.",
        "Here's my thought process: first, mix.",
        "<thinker>a</thinker>",
        "<think",
        "[think about it] Sure.",
        "<answer>Sure.</answer>",
    ],
)
def test_what_only_looks_like_a_thought_is_an_answer(text: str) -> None:
    assert split_thought(text, lone=True) == ("", text)


def test_thoughts_are_joined() -> None:
    assert split_thought("<think> a </think><think></think><think>b</think> Sure.") == ("a\nb", " Sure.")


@pytest.mark.parametrize(
    "nothing",
    [
        "",
        " \n\N{ZERO WIDTH SPACE}\x00",
        "<|return|>",
        " <|im_end|></s>\n",
        "<｜end▁of▁sentence｜>",  # noqa: RUF001 - DeepSeek's own
        "<|START_RESPONSE|><|END_RESPONSE|>",
        "<end_of_turn>",
        "<answer>\n</answer>",
        "[END FINAL RESPONSE]",
    ],
)
def test_tokens_around_an_answer_say_nothing(nothing: str) -> None:
    assert not says_something(nothing)
    assert says_something(f"{nothing}0")


@pytest.mark.parametrize("text", ["<b></b>", "<|", "|>", "[]", "<||>", "0", "<| a < b |>"])
def test_other_signs_do(text: str) -> None:
    assert says_something(text)


_marks = sorted({mark for pair in MARKS.values() for mark in pair} | {"analysis", "assistantfinal", "<|end|>", FINAL})
_noise = ["`", "```", '"', '\\"', "\n", " ", "'", "x", "Sure.", "</", "<|"]
_pieces = st.lists(st.sampled_from([*_marks, *_noise]) | st.text(max_size=5), max_size=12).map("".join)


@given(_pieces, st.booleans())
@settings(max_examples=600, deadline=None, derandomize=True)
def test_the_answer_is_the_end_of_the_text_and_has_no_thought_left(text: str, lone: bool) -> None:  # noqa: FBT001
    _, rest = split_thought(text, lone=lone)
    assert text.endswith(rest)
    assert split_thought(rest, lone=lone) == ("", rest)


@given(st.lists(st.sampled_from(_noise) | st.text(max_size=20)).map("".join))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_a_text_without_marks_is_unchanged(text: str) -> None:
    assert split_thought(text, lone=True) == ("", text)


@given(_pieces)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_no_more_is_cut_off_than_the_thoughts_hold(text: str) -> None:
    # Whoever looks for help in a thought finds all that no judge reads, marks apart.
    thought, rest = split_thought(f"help-1 {text}", lone=True)
    assert ("help-1" in thought) != rest.startswith("help-1")


@pytest.mark.parametrize(
    "text", ["<think></think>", '"</think>', "</think>`", "</think><think>", "analysisXassistantfinal", "<think>"]
)
def test_marks_without_end_take_no_time_without_end(text: str) -> None:
    began = time.perf_counter()
    split_thought(text * 100_000, lone=True)
    assert time.perf_counter() - began < 5
