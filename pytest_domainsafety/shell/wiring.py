"""From settings to a deployment and a judge: the one place that knows all kinds of both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pytest_domainsafety.core.replies import text_sha256
from pytest_domainsafety.core.report import Deployment
from pytest_domainsafety.core.report import Judge as JudgeInfo
from pytest_domainsafety.core.settings import PREFIX, Settings
from pytest_domainsafety.effects.callables import load_callable
from pytest_domainsafety.effects.clients import api_key, build_client, client_of
from pytest_domainsafety.effects.measure import Measurer
from pytest_domainsafety.effects.retries import Meter, Retrying

if TYPE_CHECKING:
    from pytest_domainsafety.effects.chat import ChatEndpoint
    from pytest_domainsafety.effects.judges.base import Judge
    from pytest_domainsafety.effects.targets.base import Target

_DEFAULT_KEY: Final = "OPENAI_API_KEY"
_CALLABLES: Final = ("client", "target", "judge_client")
_JUDGE_MAX_TOKENS: Final = 1024


@dataclass(slots=True)
class Wiring:
    """Builds what a run asks and judges with.

    Args:
        settings: What the user configured, checked.
        root: Where the user's own modules are looked for.
        keep_replies: Whether trials carry the reply's text.
    """

    settings: Settings
    root: Path
    keep_replies: bool
    meter: Meter = field(default_factory=Meter)
    judge_meter: Meter = field(default_factory=Meter)
    _callables: dict[str, Callable[..., Any]] = field(default_factory=dict)
    _endpoints: list[ChatEndpoint] = field(default_factory=list)

    def load(self) -> None:
        """Import the user's callables, in the main thread, and look the keys up.

        Raises:
            ConfigurationError: If one cannot be had.
        """
        for name in _CALLABLES:
            spec = getattr(self.settings, name)
            if spec is not None:
                self._callables[name] = load_callable(PREFIX + name, spec, self.root)
        kind = self.settings.judge_kind
        if ":" in kind:
            self._callables["judge"] = load_callable(f"{PREFIX}judge", kind, self.root)
        self._key()
        self._judge_key()

    async def build(self) -> Measurer:
        """Build deployment and judge. What takes long to import is imported here, while pytest collects.

        Raises:
            ConfigurationError: If a client cannot be built.
        """
        target = await self._target()
        judge = await self._judge()
        return Measurer(
            target=target,
            judge=judge,
            retrying=self._retrying(self.meter),
            place=self.place,
            system_prompt=self.settings.system_prompt,
            keep_replies=self.keep_replies,
        )

    @property
    def place(self) -> str:
        """Where the deployment is, for people."""
        return self.settings.target or self.settings.client or f"{self.settings.base_url}"

    @property
    def judge_place(self) -> str:
        """What judges and where, for people."""
        settings = self.settings
        if settings.judge_kind != "llm":
            return settings.judge_kind
        return f"{self._judge_model} at {self._judge_client or settings.judge_base_url or settings.base_url}"

    @property
    def sampling(self) -> dict[str, Any]:
        """The sampling parameters in force; the callable target knows none."""
        if self.settings.target is not None:
            return {"temperature": None, "max_tokens": None}
        return {"temperature": self.settings.temperature, "max_tokens": self.settings.max_tokens}

    @property
    def notes(self) -> list[str]:
        """What the run learnt of the endpoints and changed."""
        return [f"{endpoint.role}: {note}" for endpoint in self._endpoints for note in endpoint.notes]

    def deployment_info(self) -> Deployment:
        """The deployment, for the report."""
        settings = self.settings
        prompt = settings.system_prompt
        return Deployment(
            model=settings.model or settings.request.get("model") or settings.target,
            base_url=self._base_url(),
            repetitions=settings.repetitions,
            system_prompt_sha256=None if prompt is None else text_sha256(prompt),
            request=settings.request or None,
            headers_note="; ".join(self.notes) or None,
            **self.sampling,
        )

    def _base_url(self) -> str | None:
        """The deployment's address; of a client of the user's it is known once that is built."""
        if self.settings.target is not None:
            return None
        if self.settings.client is None:
            return self.settings.base_url
        return next((endpoint.place for endpoint in self._endpoints if endpoint.prefix == PREFIX), None)

    def judge_info(self) -> JudgeInfo:
        """The judge, for the report; the fingerprint changes with whatever may change its verdicts."""
        kind = self.settings.judge_kind
        return JudgeInfo(
            kind="callable" if ":" in kind else kind,
            model=self._judge_model if kind == "llm" else kind if ":" in kind else None,
            fingerprint=self._fingerprint(kind),
        )

    def _fingerprint(self, kind: str) -> str:
        if kind == "embedded":
            from pytest_domainsafety.effects.judges.embedded import weights

            return hashlib.sha256(weights()).hexdigest()[:16]
        if kind != "llm":
            return text_sha256(kind)[:16]
        from pytest_domainsafety.core.rubric import rubric_sha256

        settings = self.settings
        where = self._judge_client or settings.judge_base_url or settings.base_url
        parts = [rubric_sha256(), where, self._judge_body()]
        return text_sha256(json.dumps(parts, sort_keys=True))[:16]

    @property
    def _judge_client(self) -> str | None:
        """The callable that makes the judge's client: its own, or the deployment's where it has no address."""
        settings = self.settings
        if settings.judge_client is not None or settings.judge_base_url or settings.base_url:
            return settings.judge_client
        return settings.client

    @property
    def _judge_model(self) -> str | None:
        return self.settings.judge_model or self.settings.judge_request.get("model")

    async def _target(self) -> Target:
        if "target" in self._callables:
            from pytest_domainsafety.effects.targets.function import FunctionTarget

            return FunctionTarget(self._callables["target"])
        from pytest_domainsafety.effects.targets.endpoint import EndpointTarget

        settings = self.settings
        body = {
            "model": settings.model,
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens,
        }
        return EndpointTarget(
            await self._endpoint(
                role="the deployment",
                prefix=PREFIX,
                client=settings.client,
                base_url=settings.base_url,
                key=self._key(),
                key_env=settings.api_key_env or _DEFAULT_KEY,
                body=_merged(body, settings.request),
            )
        )

    async def _judge(self) -> Judge:
        kind = self.settings.judge_kind
        if kind == "embedded":
            from pytest_domainsafety.effects.judges.embedded import EmbeddedJudge

            return EmbeddedJudge()
        if kind != "llm":
            from pytest_domainsafety.effects.judges.function import FunctionJudge

            return FunctionJudge(self._callables["judge"], self.settings.timeout)
        from pytest_domainsafety.effects.judges.llm import LlmJudge

        settings = self.settings
        endpoint = await self._endpoint(
            role="the judge",
            prefix=f"{PREFIX}judge_",
            client=self._judge_client,
            base_url=settings.judge_base_url or settings.base_url,
            key=self._judge_key(),
            key_env=settings.judge_api_key_env or settings.api_key_env or _DEFAULT_KEY,
            body=self._judge_body(),
        )
        return LlmJudge(endpoint, self._retrying(self.judge_meter))

    def _judge_body(self) -> dict[str, Any]:
        body = {"model": self.settings.judge_model, "temperature": 0, "max_tokens": _JUDGE_MAX_TOKENS}
        return _merged(body, self.settings.judge_request)

    def _retrying(self, meter: Meter) -> Retrying:
        return Retrying(max_retries=self.settings.max_retries, timeout_s=self.settings.timeout, meter=meter)

    def _key(self) -> str:
        named = self.settings.api_key_env
        return api_key(named or _DEFAULT_KEY, required_by=f"{PREFIX}api_key_env" if named else None)

    def _judge_key(self) -> str:
        named = self.settings.judge_api_key_env
        if named is None:
            return self._key()
        return api_key(named, required_by=f"{PREFIX}judge_api_key_env")

    async def _endpoint(
        self,
        *,
        role: str,
        prefix: str,
        client: str | None,
        base_url: str | None,
        key: str,
        key_env: str,
        body: dict[str, Any],
    ) -> ChatEndpoint:
        from pytest_domainsafety.effects.chat import ChatEndpoint

        if client is not None:
            name = "client" if client == self.settings.client else "judge_client"
            built = await client_of(PREFIX + name, self._callables[name])
        else:
            built = build_client(base_url or "", key, self.settings.timeout)
        place = str(built.base_url).rstrip("/")
        endpoint = ChatEndpoint(role=role, prefix=prefix, client=built, place=place, key_env=key_env, body=body)
        self._endpoints.append(endpoint)
        return endpoint


def _merged(body: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """The body with the user's fields; what is None is left out."""
    return {name: value for name, value in {**body, **request}.items() if value is not None}
