"""What a run may spend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.configuration.settings import PREFIX

_TOKENS: Final = "max_tokens_total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Limits of a run, deployment and judges together; None where there is none.

    Args:
        requests: Sent, retries included.
        tokens: Of prompts and completions, as the endpoints count them; of those that do not, an upper estimate.
        seconds: Since the first request; no request is sent after them.
    """

    requests: int | None = None
    tokens: int | None = None
    seconds: float | None = None

    @property
    def is_unlimited(self) -> bool:
        """Whether it is never used up."""
        return self.requests is None and self.tokens is None and self.seconds is None

    def used_up(self, requests: int, tokens: int, seconds: float, estimated: int = 0) -> str | None:
        """Whether nothing more may be sent.

        Args:
            requests: Sent so far.
            tokens: Used so far.
            seconds: Passed so far.
            estimated: Replies whose tokens are an upper estimate.

        Returns:
            One sentence that names the budget, None while there is some left.
        """
        limits = {
            "max_requests": (self.requests, requests),
            _TOKENS: (self.tokens, tokens),
            "max_seconds": (self.seconds, seconds),
        }
        guessed = " by an upper estimate, since not every reply says its usage" if estimated else ""
        for name, (limit, used) in limits.items():
            if limit is not None and used >= limit:
                how = guessed if name == _TOKENS else ""
                return (
                    f"{PREFIX}{name} = {limit:g} is used up{how}: what was not asked counts as missing, so raise it "
                    "or measure less"
                )
        return None
