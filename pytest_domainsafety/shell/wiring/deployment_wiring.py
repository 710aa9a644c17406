"""From settings to a deployment: the one place that knows all kinds of it. Its judge is wired beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pytest_domainsafety.core.configuration.answer_rules import read_error_replies, read_filters
from pytest_domainsafety.core.configuration.sampling import longest_reply, sent_sampling
from pytest_domainsafety.core.configuration.settings import PREFIX, Settings
from pytest_domainsafety.core.evidence.replies import text_sha256
from pytest_domainsafety.core.evidence.served import served_warnings
from pytest_domainsafety.core.reports.report import Deployment
from pytest_domainsafety.core.suite.prompts import with_system
from pytest_domainsafety.effects.endpoints.chat import in_order
from pytest_domainsafety.effects.endpoints.clients import NO_KEY, import_libraries
from pytest_domainsafety.effects.endpoints.redaction import Key
from pytest_domainsafety.effects.engine.measure import Measurer
from pytest_domainsafety.effects.loading.imports import import_whole
from pytest_domainsafety.effects.runs.base import RunStore
from pytest_domainsafety.effects.runs.journal_rows import Used
from pytest_domainsafety.effects.targets.endpoint import EndpointTarget, tool_fields
from pytest_domainsafety.effects.targets.function import FunctionTarget
from pytest_domainsafety.effects.traffic.retries import Meter
from pytest_domainsafety.shell.wiring.connecting import DEFAULT_KEY, Connecting, merged
from pytest_domainsafety.shell.wiring.judge_wiring import JudgeWiring

if TYPE_CHECKING:
    from pytest_domainsafety.core.suite.scenarios import Scenario
    from pytest_domainsafety.effects.endpoints.answers import Answers
    from pytest_domainsafety.effects.targets.base import Target


_JUDGES: Final = "judge_"


@dataclass(slots=True)
class Wiring:
    """Builds what a run asks and judges with.

    Args:
        settings: What the user configured, checked.
        root: Where the user's own modules are looked for.
        keep_replies: Whether trials carry the reply's text.
        store: What is measured is written down there.
        known_address: Where a client of the user's asked that is not built here.
        earlier_notes: What sessions before this one learnt of deployment and judges.
    """

    settings: Settings
    root: Path
    keep_replies: bool
    store: RunStore
    meter: Meter = field(default_factory=Meter)
    judges: JudgeWiring = field(init=False)
    known_address: str | None = None
    earlier_notes: list[str] = field(default_factory=list)
    _connecting: Connecting = field(init=False)
    _target_notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Share the connections with the judges."""
        self._connecting = Connecting(self.settings, self.root)
        self.judges = JudgeWiring(self._connecting)

    def provide(self, callables: Mapping[str, Callable[..., Any]]) -> None:
        """Use these callables, by the setting that each stands for, in place of what settings name."""
        self._connecting.callables.update(callables)

    @property
    def connecting(self) -> Connecting:
        """The run's connections."""
        return self._connecting

    def load(self) -> None:
        """Import the user's callables, in the main thread, look the keys up and read the judge's calibration.

        Raises:
            ConfigurationError: If one cannot be had.
        """
        for name in ("client", "target"):
            self._connecting.load(name, getattr(self.settings, name))
        self._key()
        self._connecting.deployment_headers()
        self.judges.load()

    def used(self) -> Used:
        """What was sent and used up, by name, as the journal writes it."""
        return {**self.meter.to_json(), **self.judges.meter.to_json(_JUDGES)}

    def restore(self, used: Used) -> None:
        """Go on counting where an interrupted run ended."""
        for who, meter in {"": self.meter, _JUDGES: self.judges.meter}.items():
            meter.restore({name.removeprefix(who): count for name, count in used.items() if name.startswith(who)})

    def import_libraries(self) -> None:
        """Import, in the calling thread, what deployment and judges import once they are built or asked."""
        settings = self.settings
        if settings.target is None or settings.judge_kind == "llm" or settings.second_judge_model is not None:
            import_libraries()
        if "yes" in {settings.batch, settings.judge_batch}:
            import_whole(["openai.resources.batches", "openai.resources.files"])

    async def build(self) -> Measurer:
        """Build deployment and judge, while pytest collects; `import_libraries` comes first.

        Raises:
            ConfigurationError: If a client cannot be built.
        """
        target = await self._target()
        judge = await self.judges.build(kept=self.settings.keep_replies == "full")
        return Measurer(
            target=target,
            judge=judge,
            retrying=self._connecting.retrying(self.meter, self.place, PREFIX),
            place=self.place,
            system_prompt=self.settings.system_prompt,
            keep_replies=self.keep_replies,
            cut_off=self._cut_off(),
            longest_reply=longest_reply(self.settings),
            estimates_tokens=self.settings.target is None or self.settings.max_tokens_total is not None,
            asked_model=self._asked_model,
            served_model=self.settings.served_model,
            error_replies=read_error_replies(self.settings.error_replies),
            hidden=self._connecting.secrets.hidden,
            store=self.store,
            second_judge=await self.judges.build_second(),
        )

    def request(self, scenario: Scenario, framing: str) -> dict[str, Any]:
        """The whole body of the request that a prompt of one turn is asked by."""
        messages = with_system(scenario.prompts[framing], self.settings.system_prompt)
        return in_order({**self._body(), **tool_fields(scenario.tools)}, messages)

    def answer_by(self, answers: Mapping[str, Answers], fence: Callable[[Sequence[str]], str] | None) -> None:
        """Take the answers of endpoints from elsewhere, see `Connecting`; before anything is loaded or built."""
        self._connecting.answers.update(answers)
        if fence is not None:
            self._connecting.fence = fence

    @property
    def place(self) -> str:
        """Where the deployment is, for people."""
        return self.settings.target or self.settings.client or f"{self.settings.base_url}"

    @property
    def sampling(self) -> dict[str, Any]:
        """The sampling parameters that are sent, by their names there; None where one is left out."""
        return sent_sampling(self.settings)

    def _sampling(self) -> dict[str, Any]:
        """The same as reports hold it; the callable target knows none."""
        if self.settings.target is not None:
            return {"temperature": None, "max_tokens": None}
        return {"temperature": self.sampling["temperature"], "max_tokens": longest_reply(self.settings)}

    @property
    def _asked_model(self) -> str | None:
        return self.settings.asked_model or self.settings.target

    @property
    def notes(self) -> list[str]:
        """What the run learnt of deployment and judges and changed."""
        learnt = [f"{endpoint.role}: {note}" for endpoint in self._connecting.endpoints for note in endpoint.notes]
        return list(dict.fromkeys([*self.earlier_notes, *learnt, *self._target_notes]))

    def hidden(self, text: str) -> str:
        """A text without the keys of the run."""
        return self._connecting.secrets.hidden(text)

    @property
    def warnings(self) -> list[str]:
        """What may be wrong with the way to the endpoints."""
        answered = (("the deployment", self.meter), ("the judge", self.judges.meter))
        mixed = [said for role, meter in answered for said in served_warnings(role, meter.served.rows())]
        return [*self._connecting.warnings, *mixed]

    def deployment_info(self) -> Deployment:
        """The deployment, for the report."""
        settings = self.settings
        prompt = settings.system_prompt
        return Deployment(
            model=self._asked_model,
            base_url=self._base_url(),
            repetitions=settings.repetitions,
            system_prompt_sha256=None if prompt is None else text_sha256(prompt),
            request=self._connecting.secrets.masked(settings.request) or None,
            headers_note="; ".join(self.notes) or None,
            warnings=self.warnings,
            served=self.meter.served.rows(),
            **self._sampling(),
        )

    def _base_url(self) -> str | None:
        """The deployment's address; of a client of the user's it is known once that is built."""
        if self.settings.target is not None:
            return None
        if self.settings.client is None:
            return self.settings.base_url
        asked = (endpoint.place for endpoint in self._connecting.endpoints if endpoint.prefix == PREFIX)
        return next(asked, self.known_address)

    def _body(self) -> dict[str, Any]:
        """The fields of each request beside its messages."""
        settings = self.settings
        body = {"model": settings.model, "temperature": settings.temperature, "max_tokens": settings.max_tokens}
        return merged(body, settings.request)

    def _cut_off(self) -> str:
        longest = self._sampling()["max_tokens"]
        return "cut off" if longest is None else f"cut off at max_tokens = {longest}"

    async def _target(self) -> Target:
        if self.settings.target is not None:
            target = FunctionTarget(self._connecting.callables["target"], self._connecting.secrets)
            self._target_notes = target.notes
            return target
        settings = self.settings
        endpoint = await self._connecting.endpoint(
            "the deployment",
            PREFIX,
            client=settings.client,
            base_url=settings.base_url,
            key=self._key(),
            body=self._body(),
        )
        endpoint.filters = read_filters(settings.filtered)
        endpoint.headers = self._connecting.deployment_headers()
        return EndpointTarget(endpoint)

    def _key(self) -> Key:
        if not self._connecting.asks(PREFIX):
            return Key(NO_KEY, self.settings.api_key_env or DEFAULT_KEY)
        return self._connecting.deployment_key()
