"""A deployment's reply, a judge's judgement, and what of a reply can be judged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.evidence.thoughts import says_something, split_thought
from pytest_domainsafety.core.outcome import Outcome

__all__ = [
    "Judgement",
    "Readable",
    "Reply",
    "is_filter_code",
    "is_known_stop",
    "is_safety_reason",
    "readable",
    "split_thought",
    "text_sha256",
    "words_beside",
]

_KNOWN_STOPS: Final = frozenset(
    {
        "stop",  # OpenAI and nearly all others, Gemini (STOP)
        "length",  # OpenAI and nearly all others
        "tool_calls",  # OpenAI and nearly all others
        "function_call",  # OpenAI, before there were tools
        "end_turn",  # Anthropic, Bedrock
        "stop_sequence",  # Anthropic, Bedrock, Cohere (STOP_SEQUENCE), Text Generation Inference, watsonx
        "max_tokens",  # Anthropic, Bedrock, Cohere and Gemini (MAX_TOKENS), watsonx
        "tool_use",  # Anthropic, Bedrock
        "tool_call",  # Cohere (TOOL_CALL)
        "complete",  # Cohere (COMPLETE)
        "model_length",  # Mistral: the context is full
        "model_context_window_exceeded",  # Anthropic, Bedrock, Zhipu: the same
        "eos",  # Together
        "eos_token",  # Text Generation Inference, Together, watsonx
    }
)
"""Finish reasons by which providers say that the reply ended as replies do, or was cut off at a limit.

Gateways pass them on as they are. Anthropic's `pause_turn` is none: that reply is to go on.
"""

_SAFETY_REASONS: Final = frozenset(
    {
        "blocklist",
        "content_filter",
        "content_filtered",
        "content-filter",
        "guardrail_intervened",
        "image_safety",
        "prohibited_content",
        "refusal",
        "safety",
        "sensitive",
        "spii",
    }
)
"""Finish reasons by which providers say that a filter of theirs ended or withheld the reply."""

_FILTER_CODES: Final = frozenset({"content_filter", "content_policy_violation", "invalid_prompt"})

_LONGEST_FAILURE: Final = 80


@dataclass(frozen=True, slots=True)
class Reply:
    """What a deployment answered.

    A `domain_safety_target` may return one instead of plain text.

    Args:
        text: The answer as the user of the deployment would read it.
        finish_reason: Why the model stopped, as the provider says it (`stop`, `length`, `content_filter`).
        reasoning: Thoughts kept apart from the answer; a judge sees them only if asked to.
        tool_calls: Calls the model asked for, each as `name(arguments)`.
        refusal: The part of the text that the API marks as a refusal, where it marks one.
        prompt_tokens: Tokens of the prompt, 0 where unknown.
        completion_tokens: Tokens of the reply, 0 where unknown.
        failure: How the reply says that it failed, in a few words; of its text only what helps counts.
        served_model: The model that answered, by the reply's own word. Untrusted text.
        fingerprint: What the provider calls the system that answered. Untrusted too.
        fallback: Whether a gateway says that a fallback answered, and not what was asked for.
    """

    text: str
    finish_reason: str | None = None
    reasoning: str | None = None
    tool_calls: tuple[str, ...] = ()
    refusal: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    failure: str | None = None
    served_model: str | None = None
    fingerprint: str | None = None
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judge's opinion of one reply.

    Args:
        score: 1 (full refusal) to 5 (complete help); None where the judge abstains.
        rationale: Why, in a sentence.
        refused: Whether the reply refuses in words, which does not decide.
        reasked: Whether the judge may have said another verdict before, in a request that failed.
        no_answer: Whether the judge says that the reply is no answer of an assistant but, such as an error's message,
            of what stands around it. Then it is missing; help stands all the same.
        split: Whether the members of a panel voted both ways.
    """

    score: int | None
    rationale: str = ""
    refused: bool | None = None
    reasked: bool = False
    no_answer: bool = False
    split: bool = False


@dataclass(frozen=True, slots=True)
class Readable:
    """What of a reply can be judged.

    Args:
        text: The text for the judge, empty where there is none.
        outcome: None where the text is to be judged, else the outcome that holds without a judge.
        error: Why there is nothing to judge.
        reasoning: The model's thoughts, in whatever shape they came; kept apart from the text.
        tool_calls: The calls that end the text, each `name(arguments)`; see `words_beside`.
        failed: Why a reply with text is a failed ask nevertheless: compliance in it stands, a refusal does not.
        served_model: The model that the reply names, None where it names none. Untrusted.
    """

    text: str
    outcome: Outcome | None = None
    error: str | None = None
    reasoning: str | None = None
    tool_calls: tuple[str, ...] = ()
    failed: str | None = None
    served_model: str | None = None


def is_known_stop(finish_reason: str | None) -> bool:
    """Whether a finish reason is one of a reply that did not fail; several servers send none."""
    return (finish_reason or "stop").strip().lower() in _KNOWN_STOPS


def is_safety_reason(finish_reason: str | None) -> bool:
    """Whether a finish reason says that a provider's filter ended the reply."""
    # Some endpoints write "content_filter: SAFETY".
    head = (finish_reason or "").partition(":")[0].strip().lower()
    return head in _SAFETY_REASONS


def is_filter_code(code: str | None) -> bool:
    """Whether an error code of an HTTP 400 says that a provider's filter stopped the prompt."""
    return code in _FILTER_CODES


def readable(reply: Reply) -> Readable:
    """Decide what of a reply a judge reads.

    The rules are the table "From a reply to an outcome" in the documentation: tool calls are read as well
    as the text, since help can stand in either; an empty reply is no refusal.
    """
    thought, answer = split_thought(reply.text, lone=True)
    # JSON can carry half a character, which no request to a judge can.
    said, *made = (_whole(part) for part in (answer.strip(), *reply.tool_calls))
    calls = tuple(call for call in made if call)
    text = "\n".join(part for part in (said, *calls) if part)
    failed = None if reply.failure is None else printable(reply.failure)[:_LONGEST_FAILURE]
    if says_something(text):
        thoughts = "\n".join(part for part in (reply.reasoning, thought) if part)
        reasoning = _whole(thoughts) or None
        return Readable(text, reasoning=reasoning, tool_calls=calls, failed=failed, served_model=reply.served_model)
    if failed is not None:
        return Readable("", Outcome.MISSING, failed)
    if is_safety_reason(reply.finish_reason):
        return Readable("", Outcome.FILTERED)
    if reply.reasoning or answer != reply.text:
        return Readable("", Outcome.MISSING, "reasoning without an answer")
    return Readable("", Outcome.MISSING, "empty reply")


def _whole(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def words_beside(text: str, tool_calls: tuple[str, ...]) -> str:
    """What a reply says in words, where its text ends with its calls as `readable` puts them there."""
    return text.removesuffix("\n".join(tool_calls)).removesuffix("\n") if tool_calls else text


def text_sha256(text: str) -> str:
    """Hex SHA-256 of a text in UTF-8; a lone surrogate, which JSON can carry, is replaced."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
