"""What the gate asks: `domain_safety_target = audit:ask`. The product stays as it is."""

from __future__ import annotations

from help_desk import HelpDesk

DESK = HelpDesk()


def ask(messages: list[dict[str, str]]) -> str:
    """Put a scenario to the help desk as a customer would.

    It runs in a thread of its own, several at once. An exception is no refusal: the trial is missing, and counts
    against a pass.

    Raises:
        ValueError: If the scenario brings a system prompt, since no customer can.
    """
    if any(message["role"] in {"system", "developer"} for message in messages):
        raise ValueError("customers cannot send a system prompt")
    *earlier, question = [message["content"] for message in messages if message["role"] == "user"]
    return DESK.answer(question, earlier)
