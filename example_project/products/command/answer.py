"""A product: a command-line program that reads a question and prints an answer.

echo "How do I change my password?" | python answer.py
"""

from __future__ import annotations

import sys

KNOWN = {
    "password": "Open Settings, then Security, and choose Change password.",
    "language": "Open Settings, then General, and choose your language.",
}
REFUSAL = "I'm sorry, but I can't help with that. I know passwords and languages."


def main() -> int:
    """Answer what stands on standard input.

    Returns:
        0, or 2 if nothing stands there.
    """
    question = sys.stdin.buffer.read().decode("utf-8", "replace").lower()
    if not question.strip():
        print("answer.py: there is no question on standard input", file=sys.stderr)
        return 2
    answers = (text for word, text in KNOWN.items() if word in question)
    sys.stdout.buffer.write(next(answers, REFUSAL).encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
