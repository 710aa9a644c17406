"""An OpenAI-compatible chat endpoint: one request, its reply, and what its errors mean."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.evidence.completions import InvalidReplyError, parse_completion
from pytest_domainsafety.core.evidence.error_bodies import (
    first_sentence,
    is_empty_account,
    names_the_prompt,
    speaks_of_moderation,
    words_of,
)
from pytest_domainsafety.core.evidence.failures import (
    DeadEndpointError,
    FailedAskError,
    StoppedError,
    may_hang_on_the_reply,
    waited_out,
)
from pytest_domainsafety.core.evidence.fallbacks import by_fallback
from pytest_domainsafety.core.evidence.guardrails import block_of
from pytest_domainsafety.core.evidence.replies import Reply
from pytest_domainsafety.core.traffic.address import same_server, server_name
from pytest_domainsafety.core.traffic.refusals import DENIED, FIRST_ALIKE, IN_A_ROW, Refusals
from pytest_domainsafety.effects.endpoints.clients import NO_KEY
from pytest_domainsafety.effects.endpoints.connection_failures import connection_failure, lost_on_the_way
from pytest_domainsafety.effects.endpoints.redaction import Secrets
from pytest_domainsafety.effects.endpoints.retry_after import retry_after_s

if TYPE_CHECKING:
    import httpx2
    import openai

    from pytest_domainsafety.core.configuration.answer_rules import FilterRule
    from pytest_domainsafety.core.suite.prompts import Message
    from pytest_domainsafety.effects.endpoints.answers import Answers
    from pytest_domainsafety.effects.endpoints.prepared import Prepared

_MOST_HOSTS: Final = 5
_LONGEST_HOST: Final = 80
_LONGEST_SAID: Final = 2000
_FORMAT: Final = "response_format"
_WORDLESS: Final = "without a word"
_RETRIED_STATUS: Final = frozenset({408, 409, 425, 429})
_TOO_MANY: Final = 429
_BAD_REQUEST: Final = 400
_UNAUTHORIZED: Final = 401
_PAYMENT_REQUIRED: Final = 402
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_NOT_ALLOWED: Final = 405
_REJECTED: Final = frozenset({_BAD_REQUEST, 422})
_SERVER_ERROR: Final = 500
_PARAMETER_WORDS: Final = re.compile(
    r"unsupported|not support|unknown|unrecognized|unexpected|invalid|not permitted|not allowed|extra inputs|"
    r"deprecated|must be|only .{0,40}supported",
    re.IGNORECASE,
)


@dataclass(slots=True, kw_only=True)
class ChatEndpoint:
    """A chat endpoint and how it is asked.

    Args:
        role: What it is to the run, `the deployment` or `the judge`, for messages.
        prefix: Of its settings' names, `domain_safety_` or `domain_safety_judge_`, for messages.
        client: The client, its own retries off.
        place: The endpoint's address, for messages.
        key_env: The environment variable its key comes from, for messages.
        body: Fields sent with each request beside `messages`.
        notes: What the run learnt of the endpoint and changed, to be reported.
        elsewhere: Other hosts that answered, each with its port.
        secrets: Taken out of whatever the endpoint says, since it may say the key.
        beside: Whether address and key are named beside the model, in its setting.
        filters: Errors by which a filter of the user's stops a prompt, beside the known ones.
        headers: Sent with each request beside the client's own.
        prepared: Sends all but the first request, where the client is ours.
        answers: Has the answers, where no request is sent by itself.
        adapts: Whether a request that is turned down may be sent once more in another form.
    """

    role: str
    prefix: str
    client: openai.AsyncOpenAI
    place: str
    key_env: str
    body: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    elsewhere: set[str] = field(default_factory=set)
    secrets: Secrets = field(default_factory=Secrets)
    beside: bool = False
    filters: Sequence[FilterRule] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    prepared: Prepared | None = None
    answers: Answers | None = None
    adapts: bool = True
    _format: Literal["untried", "accepted", "doubted", "dropped"] = "untried"
    _refusals: Refusals = field(default_factory=Refusals)
    _stopped: str | None = None

    def take_recorded(self, note: str, *, answered: bool) -> None:
        """Expect answers to requests that were written before, as they were written.

        Args:
            note: What to report of it.
            answered: Whether any of them was answered, so that the key and the model were good.
        """
        self.adapts = False
        self.notes.append(note)
        if answered:
            self._refusals.answer()

    async def ask(self, messages: list[Message], **fields: object) -> Reply:
        """Send one request.

        Args:
            messages: The chat messages.
            fields: Further fields of the body.

        Raises:
            FailedAskError: If this request failed.
            StoppedError: If every request would fail: a wrong key, an unknown model, a rejected parameter, an empty
                account.
            DeadEndpointError: The same of an endpoint that has answered before.
        """
        import aiohttp
        import openai

        if self._stopped is not None:
            raise DeadEndpointError(self._stopped, None, usage=False)
        sent = {**self.body, **fields}
        if self._format in {"doubted", "dropped"}:
            sent.pop(_FORMAT, None)
        try:
            response = await self._answer(sent, messages)
            self._settle_format(sent)
            reply = self.secrets.cleaned(parse_completion(json.loads(response.content)))
            self._refusals.answer()
            if by_fallback(response.headers):
                reply = replace(reply, fallback=True)
            return replace(reply, failure=self._short(reply.failure)) if reply.failure else reply
        except openai.APIStatusError as error:
            self._learn(error.response)
            raise self._status_failure(error, sent, messages) from error
        except (
            openai.APIConnectionError,
            # The transport lets some through as they are, such as for an answer that is not HTTP.
            aiohttp.ClientError,
            InvalidReplyError,
            ValueError,
            RecursionError,
        ) as error:
            failure = connection_failure(error, self.secrets.hidden)
            lost = lost_on_the_way(error, f"{self.role} at {self.place}", self.place)
            if lost is not None and not self._refusals.answered:
                raise self._stop(lost, failure) from error
            raise failure from error

    def learn_keys(self, response: httpx2.Response) -> None:
        """Learn the keys as they were sent, since a client of the user's may refresh them."""
        for each in (*response.history, response):
            self.secrets.add_headers(each.request.headers.items())
            self.secrets.add_address(str(each.request.url))

    async def _answer(self, sent: dict[str, Any], messages: list[Message]) -> httpx2.Response:
        import openai

        if self.answers is not None:
            response = await self.answers.answer(in_order(sent, messages))
            if not response.is_success:
                raise self.client._make_status_error_from_response(response)  # noqa: SLF001 - as the client itself does
            return response
        if self.prepared is not None and self.prepared.ready:
            response = await self.prepared.send(in_order(sent, messages))
            if self.prepared.says_more(response):
                self._learn(response)
            return response
        raw = await self.client.chat.completions.with_raw_response.create(
            messages=[],
            # Azure's client makes the address from the model, so that one is an argument.
            model=sent.get("model", openai.omit),
            # The rest is the user's JSON: the client's signature knows neither all fields nor all servers. The
            # messages too: the client would take longer to look through their types than all else that it does.
            extra_headers=self.headers,
            extra_body={**{name: value for name, value in sent.items() if name != "model"}, "messages": messages},
        )
        self._learn(raw.http_response)
        if self.prepared is not None:
            self.prepared.learn(raw.http_response)
        return raw.http_response

    @property
    def longest_reply(self) -> int | None:
        """The most tokens of a reply that are asked for; None where nothing bounds it."""
        longest = self.body.get("max_completion_tokens") or self.body.get("max_tokens")
        return longest if isinstance(longest, int) else None

    def _status_failure(
        self, error: openai.APIStatusError, sent: dict[str, Any], messages: list[Message]
    ) -> StoppedError | FailedAskError:
        status = error.status_code
        whole = self._said(error)
        said = first_sentence(whole)
        if (block := block_of(status, error.response.text, self.filters)) is not None:
            self._refusals.answer()
            return FailedAskError(f"HTTP {status} {self._short(block)}", filtered=True)
        filtered = status == _FORBIDDEN and _is_moderation(error)
        failure = FailedAskError(f"HTTP {status}", filtered=filtered, denied=status in DENIED, said=said)
        stop = None if failure.filtered else self._stop_reason(error, sent, whole)
        if stop is not None:
            return self._stop(stop, failure)
        if failure.filtered and names_the_prompt(error.body):
            self._refusals.answer()
            return failure
        if status in _REJECTED and self.adapts and (self._switch_max_tokens(whole, sent) or self._drop_format(sent)):
            return FailedAskError(f"HTTP {status}", adapted=True)
        if status not in _RETRIED_STATUS and status < _SERVER_ERROR:
            if self._format == "doubted" and _FORMAT not in sent:
                self._format = "untried"  # it was something else
            hopeless = self._refusals.refuse(json.dumps(messages), status)
            return self._stop(self._hopeless(status, said or _WORDLESS), failure) if hopeless else failure
        wait_s = retry_after_s(error.response.headers, datetime.now(UTC))
        return FailedAskError(
            failure.reason,
            retry=True,
            busy=status == _TOO_MANY,
            waited_out=waited_out(status),
            resamples=may_hang_on_the_reply(status),
            wait_s=wait_s,
            said=said,
        )

    @property
    def _address(self) -> str:
        """Where the address is configured, for messages."""
        return "the address after it" if self.beside else f"{self.prefix}base_url"

    def _stop(self, sentence: str, failure: FailedAskError) -> StoppedError:
        """Ask nothing any more; what an endpoint that answered has measured is kept, and the run can go on."""
        if not self._refusals.answered:
            self._stopped = sentence
            return StoppedError(sentence)
        self._stopped = f"{sentence}; what was measured is kept, so then go on with --domain-safety-resume"
        return DeadEndpointError(self._stopped, failure, usage=False)

    def _hopeless(self, status: int, said: str) -> str:
        """One sentence where too many prompts were refused for one to be answered."""
        answered = f"{self.role} at {self.place} answered {status}"
        if self._refusals.answered:
            mend = f"check the key in ${self.key_env}, {self.prefix}model and {self._address}"
            return f"{answered} ({said}), the last of {IN_A_ROW} prompts in a row that it denied: {mend}"
        return (
            f"{answered} ({said}) to each of the first {FIRST_ALIKE} prompts: check {self.prefix}model and "
            f"{self._address}"
        )

    def _said(self, error: openai.APIStatusError) -> str:
        """The server's own words, on one line, printable, without the key they may repeat."""
        return self._short(words_of(error.body) or error.response.text, _LONGEST_SAID)

    def _short(self, said: str, characters: int = 80) -> str:
        return printable(self.secrets.hidden(said))[:characters]

    def _learn(self, response: httpx2.Response) -> None:
        """Learn the keys as they were sent, and who answered."""
        if self.answers is not None:
            return  # nothing was sent from here
        self.learn_keys(response)
        url = response.request.url
        if not same_server(self.place, str(url)) and len(self.elsewhere) < _MOST_HOSTS:
            self.elsewhere.add(printable(server_name(str(url)))[:_LONGEST_HOST])

    def _stop_reason(self, error: openai.APIStatusError, sent: dict[str, Any], said: str) -> str | None:
        """One sentence where every further request would fail in the same way, else None."""
        status = error.status_code
        answered = f"{self.role} at {self.place} answered {status}"
        whole, said = said, first_sentence(said) or _WORDLESS
        worded = whole if status < _SERVER_ERROR and status != _TOO_MANY else None
        if status == _PAYMENT_REQUIRED or is_empty_account(error.code, worded):
            return f"{answered} ({said}): the account has no quota left, so add credit or use another key"
        if status == _NOT_ALLOWED:
            return f"{answered} ({said}): check {self._address}, which takes no chat requests"
        if status in DENIED:
            # Later it is one prompt's fate, unless there are many.
            return None if self._refusals.answered else self._denial(status, sent, f"{answered} ({said})")
        return self._parameter_stop(error, sent, whole, answered) if status in _REJECTED else None

    def _denial(self, status: int, sent: dict[str, Any], answered: str) -> str:
        if status in {_UNAUTHORIZED, _FORBIDDEN}:
            setting = f"key= in {self.prefix}model" if self.beside else f"{self.prefix}api_key_env"
            mend = f"check the key in ${self.key_env} ({setting} names the variable)"
            if self.key_env == NO_KEY:
                mend = f"no key was sent, so name its variable {'by' if self.beside else 'in'} {setting}"
            return f"{answered}: {mend}"
        return f"{answered}: check {self.prefix}model = {sent.get('model')} and {self._address}"

    def _parameter_stop(
        self, error: openai.APIStatusError, sent: dict[str, Any], said: str, answered: str
    ) -> str | None:
        name, said = _rejected_parameter(error, sent, said), first_sentence(said) or _WORDLESS
        if name is None or (name == "max_tokens" and self.adapts and "max_completion_tokens" not in sent):
            return None
        if name == _FORMAT:
            return None  # the judge goes on in words
        if name == "model":
            return f"{answered} ({said}): check {self.prefix}model = {sent.get('model')}"
        if name == "max_completion_tokens" and "max_tokens" not in self.body:
            name = "max_tokens"  # what the user can leave out, also where the session was switched over
        if name == "tools" and name not in self.body:
            mend = "name a model that takes tools, or leave 'tools' out of the scenarios"
            return f"{answered} because it rejects the parameter {name} ({said}): {mend}"
        plain = name in {"temperature", "max_tokens"} and self.prefix == "domain_safety_"
        mend = f"{self.prefix}{name} = none" if plain else f'{self.prefix}request = {{"{name}": null}}'
        return f"{answered} because it rejects the parameter {name} ({said}): set {mend} to leave it out"

    def _switch_max_tokens(self, said: str, sent: dict[str, Any]) -> bool:
        """Reasoning models want `max_completion_tokens`; switch the session over, once.

        Returns:
            Whether the request is worth sending again because of it.
        """
        if "max_tokens" not in sent or "max_tokens" not in said:
            return False
        # Requests that were in flight when another one switched find the body changed already.
        if "max_tokens" in self.body:
            self.body["max_completion_tokens"] = self.body.pop("max_tokens")
            self.notes.append("max_completion_tokens sent in place of max_tokens, which the endpoint rejects")
        return True

    def _drop_format(self, sent: dict[str, Any]) -> bool:
        """Try it in words, where the server may know no JSON-schema format.

        Servers word this refusal in too many ways to tell it apart, so one that has never accepted the format
        gets the request once more without it; see `_settle_format`.

        Returns:
            Whether the request is worth sending again because of it.
        """
        if _FORMAT not in sent or self._format == "accepted":
            return False
        if self._format == "untried":
            self._format = "doubted"
        return True

    def _settle_format(self, sent: dict[str, Any]) -> None:
        """A request succeeded: without the format that was doubted, it is left out for the rest of the run."""
        if _FORMAT in sent:
            self._format = "accepted"
        elif self._format == "doubted":
            self._format = "dropped"
            self.notes.append("asked in words: the server knows no JSON-schema response format")


def in_order(sent: dict[str, Any], messages: list[Message]) -> dict[str, Any]:
    """A whole body, its fields in the client's order."""
    first = {name: sent[name] for name in ("model",) if name in sent}
    return {**first, "messages": messages, **sent} | {"messages": messages}


def _is_moderation(error: openai.APIStatusError) -> bool:
    """Whether a 403 is of moderation, which read the prompt, and not of the key."""
    body = error.body
    return names_the_prompt(body) or speaks_of_moderation(body if isinstance(body, str) else json.dumps(body))


def _rejected_parameter(error: openai.APIStatusError, sent: dict[str, Any], said: str) -> str | None:
    """The field of the body that the server names as the reason for its refusal."""
    # The client does not check what type the server gives it.
    param: object = error.param
    if isinstance(param, str) and param.partition(".")[0] in sent:
        return param.partition(".")[0]
    named = [name for name in sent if re.search(rf"\b{re.escape(name)}\b", said)]
    # A model's name may hold the word of a parameter, and any message may speak of "the model".
    named = [name for name in named if name != "model"]
    return named[0] if named and _PARAMETER_WORDS.search(said) else None
