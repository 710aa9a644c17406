"""Connections to endpoints: the user's callables, the keys and the clients, for deployment and judges alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pytest_domainsafety.core.configuration.answer_rules import FROM_ENVIRONMENT, read_headers
from pytest_domainsafety.core.configuration.judge_members import JudgeMember
from pytest_domainsafety.core.configuration.settings import PREFIX, Settings
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.traffic.address import (
    clear_text_warning,
    is_this_machine,
    public_address,
    redirect_warning,
    same_server,
)
from pytest_domainsafety.core.traffic.breaker import Breaker
from pytest_domainsafety.core.traffic.budget import Budget
from pytest_domainsafety.core.traffic.window import Window
from pytest_domainsafety.effects.batches.recorded import NotedRequests, RecordedAnswers
from pytest_domainsafety.effects.endpoints.answers import Answers
from pytest_domainsafety.effects.endpoints.chat import ChatEndpoint
from pytest_domainsafety.effects.endpoints.clients import (
    NO_KEY,
    api_key,
    build_client,
    client_of,
    holds_key,
    keep_headers_home,
)
from pytest_domainsafety.effects.endpoints.open_files import allow_connections
from pytest_domainsafety.effects.endpoints.prepared import Prepared
from pytest_domainsafety.effects.endpoints.redaction import Key, Secrets
from pytest_domainsafety.effects.judges.llm import new_fence
from pytest_domainsafety.effects.loading.callables import load_callable
from pytest_domainsafety.effects.loading.signatures import check_signature
from pytest_domainsafety.effects.traffic.allowance import Allowance
from pytest_domainsafety.effects.traffic.pace import Pace
from pytest_domainsafety.effects.traffic.retries import Meter, Retrying, patience_s
from pytest_domainsafety.effects.traffic.shared_traffic import Traffic
from pytest_domainsafety.effects.traffic.unhurried import Unhurried

DEFAULT_KEY: Final = "OPENAI_API_KEY"


@dataclass(slots=True)
class Connecting:
    """Makes the connections of one run.

    Args:
        settings: What the user configured, checked.
        root: Where the user's own modules are looked for.
        answers: By the prefix of an endpoint's settings, where its answers come otherwise than by a request each.
        fence: Makes the line that parts what a judge is shown.
    """

    settings: Settings
    root: Path
    callables: dict[str, Callable[..., Any]] = field(default_factory=dict)
    endpoints: list[ChatEndpoint] = field(default_factory=list)
    answers: dict[str, Answers] = field(default_factory=dict)
    fence: Callable[[Sequence[str]], str] = new_fence
    _traffic: dict[str | None, Traffic] = field(default_factory=dict)
    secrets: Secrets = field(init=False)
    _allowance: Allowance = field(init=False)

    def __post_init__(self) -> None:
        """One budget for all that is asked, and one place that knows all keys."""
        settings = self.settings
        budget = Budget(
            requests=settings.max_requests, tokens=settings.max_tokens_total, seconds=settings.max_seconds
        )
        self._allowance = Allowance(budget)
        named = [settings.api_key_env, settings.judge_api_key_env, settings.second_judge_api_key_env, DEFAULT_KEY]
        named += [judge.key_env for judge in self._judges]
        self.secrets = Secrets(tuple(name for name in named if name))

    @property
    def warnings(self) -> list[str]:
        """A sentence for each address to which the way is not encrypted, and for each host that it led on to."""
        settings = self.settings
        places = [("the deployment", None if settings.target else settings.base_url)]
        if settings.judge_kind == "llm":
            places.append(("the judge", settings.judge_base_url))
            places += [(judge_role(member), member.base_url) for member in settings.judge_members]
        second = settings.second_judge
        places.append(("the second judge", (second and second.base_url) or settings.second_judge_base_url))
        # What a client of the user's asks is known once it is built.
        places += [(endpoint.role, endpoint.place) for endpoint in self.endpoints]
        first = {url: role for role, url in reversed(places) if url is not None}
        open_ways = [clear_text_warning(role, url) for url, role in reversed(first.items())]
        redirected = [
            redirect_warning(endpoint.role, endpoint.place, other)
            for endpoint in self.endpoints
            for other in sorted(endpoint.elsewhere)
        ]
        return list(dict.fromkeys(text for text in (*open_ways, *redirected) if text is not None))

    @property
    def _judges(self) -> tuple[JudgeMember, ...]:
        """Whoever may have an address and a key of its own."""
        second = self.settings.second_judge
        return (*self.settings.judge_members, *([] if second is None else [second]))

    def load(self, name: str, spec: str | None) -> None:
        """Import a callable that a setting names, in the main thread.

        Raises:
            ConfigurationError: If it cannot be had, or cannot be called as it will be.
        """
        if spec is None:
            return
        if name not in self.callables:
            self.callables[name] = load_callable(PREFIX + name, spec, self.root, self._hidden)
            self.secrets.look()
        check_signature(name, f"{PREFIX}{name} = {spec}", self.callables[name])

    def _hidden(self, text: str) -> str:
        """The text without keys, those too that the user's module has just put into the environment."""
        self.secrets.look()
        return self.secrets.hidden(text)

    def named_key(self, name: str) -> Key | None:
        """The key in the environment variable that a setting names; None where it names none.

        Raises:
            ConfigurationError: If the variable is not set.
        """
        variable = getattr(self.settings, name)
        return Key(api_key(variable, required_by=PREFIX + name), variable) if variable else None

    def deployment_headers(self) -> dict[str, str]:
        """The headers that the user has sent to the deployment, those from the environment kept out of all text.

        Raises:
            ConfigurationError: If a variable that is named is not set.
        """
        if not self.asks(PREFIX):
            return {}
        headers = read_headers(self.settings.headers)
        for name, value in headers.items():
            if value.startswith(FROM_ENVIRONMENT):
                variable = value.removeprefix(FROM_ENVIRONMENT)
                headers[name] = api_key(variable, required_by=f"{PREFIX}headers: {name}")
                self.secrets.add(headers[name])
        self.secrets.add_headers(headers.items())
        return headers

    def deployment_key(self) -> Key:
        """The deployment's key, which is for the deployment's own host and port.

        Raises:
            ConfigurationError: If the variable that is named is not set.
        """
        return self.named_key("api_key_env") or Key(api_key(DEFAULT_KEY, required_by=None), DEFAULT_KEY)

    def asks(self, prefix: str) -> bool:
        """Whether an endpoint is asked at all, by the prefix of its settings; what is on record needs no key."""
        return not isinstance(self.answers.get(prefix), RecordedAnswers | NotedRequests)

    def member_key(self, role: str, name: str, member: JudgeMember) -> Key | None:
        """The key that a judge with an address of its own names beside it; None where it names none.

        Args:
            role: What it is to the run, for messages.
            name: The setting that it stands in.
            member: The judge.

        Raises:
            ConfigurationError: If the variable is not set.
        """
        variable = member.key_env
        named_by = f"key= of {role} in {PREFIX}{name}"
        return Key(api_key(variable, required_by=named_by), variable) if variable else None

    def lent_key(self, role: str, name: str, place: str | None, *, beside: bool = False) -> Key:
        """The deployment's key for a judge that has none of its own.

        Args:
            role: What it is to the run, for messages.
            name: The setting that would name its own key.
            place: Its address.
            beside: Whether it would name the key beside its address.

        Raises:
            ConfigurationError: If it is at another host or port; on this machine, only if there is a key at all.
        """
        settings = self.settings
        if same_server(place, settings.base_url):
            return self.deployment_key()
        others = [settings.api_key_env or DEFAULT_KEY, settings.judge_api_key_env or NO_KEY]
        others += [judge.key_env for judge in self._judges if judge.key_env]
        if place is not None and is_this_machine(place) and not any(map(holds_key, others)):
            return Key(NO_KEY, DEFAULT_KEY)
        lacks, mend = f"{PREFIX}{name} is not set", "name the environment variable with a key for it, or none to"
        if beside:
            lacks, mend = f"{PREFIX}{name} names no key", f"write {place} key=VARIABLE with its own, or key=none to"
        raise ConfigurationError(
            f"{lacks}, and {role} at {place} is not at the deployment's host and port, the only place that the "
            f"deployment's key is sent to: {mend} send no key"
        )

    def late(self) -> str | None:
        """One sentence once the budget's time is over."""
        return self._allowance.late()

    def retrying(self, meter: Meter, place: str | None, prefix: str) -> Retrying:
        """Retries as configured.

        Args:
            meter: Counts them.
            place: What is asked; all that ask the same share what it can take.
            prefix: Of the settings' names.
        """
        settings, answers = self.settings, self.answers.get(prefix)
        if place not in self._traffic:
            self._traffic[place] = Traffic(
                place=f"{place}",
                window=Window(settings.concurrency),
                breaker=Breaker(patience_s(settings.max_retries)),
                pace=Pace(settings.requests_per_minute),
            )
        self._allowance.counts(meter)
        return (Retrying if answers is None else Unhurried)(
            max_retries=settings.max_retries if answers is None else answers.retries,
            timeout_s=settings.timeout,
            meter=meter,
            traffic=self._traffic[place],
            independent=settings.independent_reasons,
            used_up=self._allowance.used_up,
        )

    async def endpoint(
        self,
        role: str,
        prefix: str,
        *,
        client: str | None,
        base_url: str | None,
        key: Key,
        body: dict[str, Any],
        beside: bool = False,
    ) -> ChatEndpoint:
        """Connect to an endpoint.

        Args:
            role: What it is to the run, for messages.
            prefix: Of its settings' names, for messages.
            client: The callable that makes its client, where one does.
            base_url: Its address otherwise.
            key: The key and the variable it came from.
            body: Fields of each request.
            beside: Whether its address and key are named beside its model, for messages.

        Raises:
            ConfigurationError: If the client cannot be built.
        """
        # The deployment and each judge may have all of them for a moment.
        allow_connections((1 + max(2, len(self._judges))) * self.settings.concurrency)
        prepared = None
        if client is not None:
            name = "client" if client == self.settings.client else "judge_client"
            built = await client_of(PREFIX + name, self.callables[name], self._hidden)
            self.secrets.add_address(str(built.base_url))
        else:
            built = build_client(base_url or "", key.value, self.settings.timeout)
            prepared = Prepared(built)
        keep_headers_home(built)
        endpoint = ChatEndpoint(
            role=role,
            prefix=prefix,
            client=built,
            place=public_address(str(built.base_url)),
            key_env=key.variable,
            body=body,
            secrets=self.secrets,
            beside=beside,
            prepared=prepared,
            answers=self.answers.get(prefix),
        )
        if isinstance(endpoint.answers, RecordedAnswers):
            endpoint.take_recorded(endpoint.answers.note, answered=endpoint.answers.answered)
        self.endpoints.append(endpoint)
        return endpoint


def judge_role(member: JudgeMember) -> str:
    """What a judge is to the run, for messages: by its model where it has an address of its own."""
    return "the judge" if member.base_url is None else f"the judge {printable(member.model):.80}"


def merged(body: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """The body with the user's fields; what is None is left out."""
    return {name: value for name, value in {**body, **request}.items() if value is not None}
