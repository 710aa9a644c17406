"""A model's thoughts that stand in its text, told apart from its answer.

Only what opens a text is a thought, so that no help can hide in one: a mark in the middle of an answer changes
nothing. The one exception is a closing mark whose opening one the chat template wrote, and so the server left out.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class _Marks(NamedTuple):
    """How a family of models marks its thoughts.

    Args:
        families: Whose marks they are.
        opening: A pattern without groups.
        closing: The same.
        lone: Whether a chat template may write the opening mark, so that only the closing one is in the text.
    """

    families: str
    opening: str
    closing: str
    lone: bool = True


_MARKS: Final = (
    _Marks("DeepSeek-R1, QwQ, Qwen3, GLM, MiniMax, Nemotron, Phi-4 and most others", "<think>", "</think>"),
    _Marks("models told to by a prompt, as Anthropic writes it; Reflection", "<thinking>", "</thinking>"),
    _Marks("EXAONE Deep; Gemini's OpenAI-compatible endpoint", "<thought>", "</thought>"),
    _Marks("models tuned for reasoning and answer tags, as recipes for GRPO do", "<reasoning>", "</reasoning>"),
    _Marks("Reflection", "<reflection>", "</reflection>"),
    _Marks("Seed-OSS", "<seed:think>", "</seed:think>"),
    _Marks("Magistral, Ministral 3", r"\[THINK\]", r"\[/THINK\]"),
    _Marks("Kimi", "◁think▷", "◁/think▷"),
    _Marks("Command A", r"<\|START_THINKING\|>", r"<\|END_THINKING\|>"),
    _Marks("Gemma 4", r"<\|channel>thought", r"<channel\|>"),
    _Marks("Sky-T1, OpenThinker", r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>"),
    # Those that think in plain words: without the words that end the thought, it is an answer as any other.
    _Marks(
        "Apriel",
        r"here are my reasoning steps:(?=.*?\[BEGIN FINAL RESPONSE\])",
        r"\[BEGIN FINAL RESPONSE\]",
    ),
    _Marks(
        "Granite 3.2",
        r"here(?:'s| is) my thought process:(?=.*?here(?:'s| is) my response:)",
        r"here(?:'s| is) my response:",
        lone=False,
    ),
    # Harmony. A channel with an addressee is a call, and the commentary is for the user: both are read as answers.
    _Marks(
        "gpt-oss",
        r"(?:(?:<\|start\|>)?assistant)?(?:<\|channel\|>analysis(?:<\|message\|>|\Z)|analysis<\|message\|>)",
        r"(?:<\|(?:end|return)\|>|(?=<\|(?:start|channel)\|>))",
        lone=False,
    ),
    _Marks(
        "gpt-oss: the answer's own head, which ends what needs no end",
        r"(?:(?:<\|start\|>)?assistant<\|channel\|>|<\|channel\|>)final(?:<\|message\|>|\Z)|(?-i:assistantfinal)",
        "",
        lone=False,
    ),
    _Marks(
        "gpt-oss with its special tokens taken out",
        r"(?-i:analysis(?=[A-Z]|\S.*?assistantfinal))",
        r"(?-i:assistantfinal|(?=assistantcommentary))",
        lone=False,
    ),
)

_LEADING: Final = re.compile(
    r"\s*+(?:" + "|".join(rf"(?:{marks.opening})(.*?)(?:{marks.closing}|\Z)" for marks in _MARKS) + ")",
    re.DOTALL | re.IGNORECASE,
)

_OPENINGS: Final = "|".join(marks.opening for marks in _MARKS if marks.lone)

_CLOSINGS: Final = "|".join(marks.closing for marks in _MARKS if marks.lone)

_CLOSING: Final = re.compile(_CLOSINGS, re.IGNORECASE)

_TOKEN: Final = re.compile(
    rf"""(?P<ticks>`+)|\\"|(?P<quote>")|(?P<line>\n)|['‘“«](?:{_CLOSINGS})['’”»]|"""  # noqa: RUF001 - quotation marks
    rf"(?P<closing>{_CLOSINGS})|(?P<opening>{_OPENINGS})",
    re.DOTALL | re.IGNORECASE,
)

_FENCE: Final = 3

_WRAPPING: Final = re.compile(
    r"<[|｜][^<>]{1,40}[|｜]>|</?s>|<(?:start|end)_of_turn>|\[(?:BEGIN|END) FINAL RESPONSE\]|"  # noqa: RUF001 - DeepSeek's
    r"</?(?:answer|response|output)>",
    re.IGNORECASE,
)
"""What is around an answer and says nothing: special tokens that a server left in, tags for the answer."""


def split_thought(text: str, *, lone: bool = False) -> tuple[str, str]:
    """Separate the thoughts that open a text from the answer after them.

    Args:
        text: The text.
        lone: Whether a closing mark without its opening one ends a thought too. Not for a judge's message: in what
            it quotes, a reply could end the judge's thoughts and give the verdict itself.

    Returns:
        The thoughts and the answer, which is the end of the text. A thought that is never closed leaves no answer.
    """
    thoughts: list[str] = []
    at = 0
    while True:
        if leading := _LEADING.match(text, at):
            thoughts.append(leading[leading.lastindex or 0])
            at = leading.end()
        elif lone and (closing := _lone_closing(text, at)):
            thoughts.append(text[at : closing.start()])
            at = closing.end()
        else:
            return "\n".join(thought.strip() for thought in thoughts if thought.strip()), text[at:]


def says_something(text: str) -> bool:
    """Whether there is anything in an answer that somebody could read."""
    # Zero-width and control characters alone are nothing either.
    return any(character.isprintable() and not character.isspace() for character in _WRAPPING.sub("", text))


def _lone_closing(text: str, at: int) -> re.Match[str] | None:
    """The last closing mark with no opening one before it; one that is quoted, or in code, is none."""
    if not _CLOSING.search(text, at):
        return None
    last = None
    fenced = ticked = quoted = False
    for token in _TOKEN.finditer(text, at):
        match token.lastgroup:
            case "opening":
                break
            case "closing" if not (fenced or ticked or quoted):
                last = token
            case "ticks" if len(token[0]) >= _FENCE:
                fenced = not fenced
            case "ticks":
                ticked = not ticked
            case "quote":
                quoted = not quoted
            case "line":
                ticked = quoted = False
            case _:
                pass
    return last
