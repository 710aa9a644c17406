"""From settings to a judge, its fingerprint and its calibration: the one place that knows all kinds of judges."""

from __future__ import annotations

import inspect
import json
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from pytest_domainsafety.core.configuration.judge_members import JudgeMember
from pytest_domainsafety.core.configuration.sampling import JUDGE_MAX_TOKENS
from pytest_domainsafety.core.configuration.settings import PREFIX
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.replies import text_sha256
from pytest_domainsafety.core.judging.calibration import CalibratedJudge, read_calibration
from pytest_domainsafety.core.judging.judge_notes import judge_report
from pytest_domainsafety.core.judging.served_judge import calibrated_names, drifted
from pytest_domainsafety.core.traffic.address import same_server
from pytest_domainsafety.effects.endpoints.clients import NO_KEY
from pytest_domainsafety.effects.endpoints.redaction import Key
from pytest_domainsafety.effects.files.control_files import load_controls
from pytest_domainsafety.effects.files.rubric_files import load_rubrics
from pytest_domainsafety.effects.judges.embedded import EmbeddedJudge, calibration_text, fingerprint
from pytest_domainsafety.effects.judges.function import FunctionJudge
from pytest_domainsafety.effects.judges.llm import LlmJudge
from pytest_domainsafety.effects.judges.panel import PanelJudge
from pytest_domainsafety.effects.judges.watched import Watch, WatchedJudge
from pytest_domainsafety.effects.traffic.retries import Meter
from pytest_domainsafety.shell.wiring.connecting import DEFAULT_KEY, Connecting, judge_role, merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_domainsafety.core.configuration.settings import Settings
    from pytest_domainsafety.core.evidence.served import ServedModel
    from pytest_domainsafety.core.judging.calibration import Calibration
    from pytest_domainsafety.core.judging.controls import Control
    from pytest_domainsafety.core.judging.judge_report import Agreement, Controls
    from pytest_domainsafety.core.judging.judge_report import Judge as JudgeInfo
    from pytest_domainsafety.core.judging.rubric import Rubrics
    from pytest_domainsafety.effects.judges.base import Judge

_MEND_MODEL: Final = (
    "name a judge model that can answer with the one JSON object it is asked for, or mend its request "
    "(max_tokens in domain_safety_judge_request, say)"
)
_MEND_SECOND: Final = "it was asked no more; name a model that can in domain_safety_second_judge_model"
_DIGITS: Final = 16
_JUDGE_KEPT: Final = ", and have the kept replies judged with --domain-safety-resume or domain-safety rejudge"


@dataclass(slots=True)
class JudgeWiring:
    """Builds the judges of a run.

    Args:
        connecting: Makes their connections.
        meter: Counts what is sent to them.
        controls: Known exhibits to be judged among the others, once loaded.
        watch: Counts what the judge says that is no verdict.
        second_watch: Counts the same of the second judge.
    """

    connecting: Connecting
    meter: Meter = field(default_factory=Meter)
    controls: list[Control] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
    second_watch: Watch = field(default_factory=lambda: Watch("the second judge", ends_run=False))
    _calibration: Calibration | None = None

    def load(self) -> None:
        """Import the user's callables, look the keys up, and read rubrics, known exhibits and calibration.

        Raises:
            ConfigurationError: If one cannot be had, or the calibration is of another judge.
        """
        settings = self.connecting.settings
        self.connecting.load("judge_client", settings.judge_client)
        if self._kind == "llm":
            for member in settings.judge_members:
                self._member_key(member)
        elif self.connecting.asks(PREFIX):
            self._key()
        if settings.second_judge is not None:
            self._second_key(settings.second_judge)
        self.read()

    def read(self) -> None:
        """Import the user's function and read rubrics, known exhibits and calibration: what a judge is known by.

        No key is needed.

        Raises:
            ConfigurationError: If one cannot be had, or the calibration is of another judge.
        """
        if ":" in self._kind:
            self.connecting.load("judge", self._kind)
        if self._kind == "llm":
            self._rubrics()
        self.controls = load_controls(self.connecting.settings.controls)
        self._calibration = self._read_calibration()

    @property
    def abstains(self) -> bool:
        """Whether no verdict on a known exhibit is no miss: the screen abstains where it is unsure."""
        return self._kind == "embedded"

    @property
    def calibration(self) -> Calibration | None:
        """The judge's calibration, once loaded: the user's, or the one that the embedded judge carries."""
        return self._calibration

    def drifted(self) -> str | None:
        """Why this run's verdicts are not all the calibrated judge's, once they are given; None where they are."""
        return drifted(self._calibrated_served, self.meter.served.rows())

    @property
    def place(self) -> str:
        """What judges and where, for people."""
        settings = self.connecting.settings
        if self._kind != "llm":
            return self._kind
        models: dict[str, list[str]] = {}
        for member in settings.judge_members:
            models.setdefault(f"{member.base_url or self._client or self._address}", []).append(member.model)
        return ", ".join(f"{' + '.join(names)} at {where}" for where, names in models.items())

    @property
    def same_as_deployment(self) -> bool:
        """Whether the deployment judges itself: the same model at the same endpoint."""
        settings = self.connecting.settings
        if self._kind != "llm" or settings.target is not None:
            return False
        return any(
            self._at_deployment(member) for member in settings.judge_members if member.model == settings.asked_model
        )

    def identity(self) -> CalibratedJudge:
        """What the judge is; the fingerprint changes with whatever may change its verdicts."""
        kind, settings = self._kind, self.connecting.settings
        if kind == "embedded":
            return CalibratedJudge(kind=kind, model=None, fingerprint=fingerprint())
        if kind != "llm":
            source = text_sha256(f"{kind}\0{self._source()}")[:16]
            return CalibratedJudge(kind="callable", model=kind, fingerprint=source)
        bodies = [self._body(model) for model in settings.judge_models]
        parts = [self._rubrics().sha256(), settings.judge_reasoning, *bodies]
        known = text_sha256(json.dumps(parts, sort_keys=True))[:_DIGITS]
        return CalibratedJudge(kind=kind, model=", ".join(settings.judge_models), fingerprint=known)

    def info(
        self, found: Agreement | None = None, problem: str | None = None, controls: Controls | None = None
    ) -> JudgeInfo:
        """The judge, for the report.

        Args:
            found: Its agreement with the second judge, where that was asked.
            problem: What kept the second judge from judging.
            controls: What it made of the known exhibits.
        """
        same = self.same_as_deployment
        return judge_report(
            self.identity(),
            self.calibration,
            found,
            controls=controls,
            controlled=self.connecting.settings.controls is not None,
            same_as_deployment=same,
            problem=problem,
            served=self.meter.served.rows(),
        )

    async def build(self, *, kept: bool = False) -> Judge:
        """Build the judge.

        Args:
            kept: Whether the replies are kept for another judge, should none of this one's verdicts be usable.

        Raises:
            ConfigurationError: If its client cannot be built.
        """
        settings, kind = self.connecting.settings, self._kind
        if kind == "embedded":
            return EmbeddedJudge()
        mend = _MEND_MODEL if kind == "llm" else f"mend {kind}"
        return WatchedJudge(await self._build(settings, kind), self.watch, mend + (_JUDGE_KEPT if kept else ""))

    async def _build(self, settings: Settings, kind: str) -> Judge:
        if kind != "llm":
            return FunctionJudge(self.connecting.callables["judge"], settings.timeout, self.connecting.secrets)
        members = [
            await self._llm(judge_role(member), f"{PREFIX}judge_", member, self._client, self._member_key(member))
            for member in settings.judge_members
        ]
        if len(members) == 1:
            return members[0]
        return PanelJudge(members)

    async def build_second(self) -> Judge | None:
        """Build the second judge, where there is one. It is asked as the first is, but by its own name.

        Raises:
            ConfigurationError: If its client cannot be built.
        """
        settings = self.connecting.settings
        second = settings.second_judge
        if second is None:
            return None
        prefix = f"{PREFIX}second_judge_"
        judge = await self._llm(self.second_watch.name, prefix, second, None, self._second_key(second))
        return WatchedJudge(judge, self.second_watch, _MEND_SECOND)

    async def _llm(self, role: str, prefix: str, member: JudgeMember, client: str | None, key: Key) -> Judge:
        settings, first = self.connecting.settings, prefix == f"{PREFIX}judge_"
        beside = member.base_url is not None
        client = None if beside else client
        base_url = member.base_url or (self._address if first else settings.second_judge_base_url or self._address)
        endpoint = await self.connecting.endpoint(
            role, prefix, client=client, base_url=base_url, key=key, body=self._body(member.model), beside=beside
        )
        shows = settings.judge_reasoning == "yes"
        retrying = self.connecting.retrying(self.meter, client or base_url, prefix)
        # The second judge is another model than the one that is pinned.
        return LlmJudge(
            endpoint,
            retrying,
            self._rubrics(),
            show_reasoning=shows,
            fence=self.connecting.fence,
            served_model=settings.judge_served_model if first else None,
            calibrated=calibrated_names(self._calibrated_served) if first else None,
        )

    @property
    def _calibrated_served(self) -> Sequence[ServedModel]:
        """What answered when the judge was calibrated; nothing where it was not, or that is not known."""
        return () if self._calibration is None else self._calibration.judge.served

    @property
    def _kind(self) -> str:
        return self.connecting.settings.judge_kind

    @property
    def _client(self) -> str | None:
        """The callable that makes the judge's client: its own, or the deployment's where it has no address."""
        settings = self.connecting.settings
        if settings.judge_client is not None or settings.judge_base_url or settings.base_url:
            return settings.judge_client
        return settings.client

    def _body(self, model: str) -> dict[str, Any]:
        body = {"model": model, "temperature": 0, "max_tokens": JUDGE_MAX_TOKENS}
        return merged(body, {**self.connecting.settings.judge_request, "model": model})

    @property
    def _address(self) -> str | None:
        """Where the judge is asked, unless a client of the user's asks it."""
        settings = self.connecting.settings
        return settings.judge_base_url or settings.base_url

    def _key(self) -> Key:
        """The judge's own key; the deployment's where it is asked at the same place, or is sent no key by us."""
        connecting = self.connecting
        if (own := connecting.named_key("judge_api_key_env")) is not None:
            return own
        if self._kind != "llm" or self._client is not None:
            return connecting.deployment_key()
        return connecting.lent_key("the judge", "judge_api_key_env", self._address)

    def _at_deployment(self, member: JudgeMember) -> bool:
        settings = self.connecting.settings
        if member.base_url is not None:
            return settings.client is None and member.base_url == settings.base_url
        if self._client is not None or settings.client is not None:
            return self._client == settings.client
        return settings.judge_base_url in {None, settings.base_url}

    def _member_key(self, member: JudgeMember) -> Key:
        """The key for a judge's own address, or the judge's."""
        if not self.connecting.asks(f"{PREFIX}judge_"):
            return Key(NO_KEY, self.connecting.settings.judge_api_key_env or DEFAULT_KEY)
        if member.base_url is None:
            return self._key()
        role, connecting = judge_role(member), self.connecting
        if (own := connecting.member_key(role, "judge_model", member)) is not None:
            return own
        return self._shared_key(member.base_url) or connecting.lent_key(
            role, "judge_model", member.base_url, beside=True
        )

    def _second_key(self, second: JudgeMember) -> Key:
        """The second judge's own key, or that of whoever is asked at the same place: the judge, or the deployment."""
        if not self.connecting.asks(f"{PREFIX}second_judge_"):
            return Key(NO_KEY, self.connecting.settings.second_judge_api_key_env or DEFAULT_KEY)
        role, connecting, beside = "the second judge", self.connecting, second.base_url is not None
        place = second.base_url or connecting.settings.second_judge_base_url or self._address
        name = "second_judge_model" if beside else "second_judge_api_key_env"
        own = connecting.member_key(role, name, second) if beside else connecting.named_key(name)
        if (key := own or self._shared_key(place)) is not None:
            return key
        return connecting.lent_key(role, name, place, beside=beside)

    def _shared_key(self, place: str | None) -> Key | None:
        """The key that is named for the judge's address, where a place is at the same host and port."""
        judges = self._address if self._client is None else None
        return self.connecting.named_key("judge_api_key_env") if same_server(place, judges) else None

    def _rubrics(self) -> Rubrics:
        folder = self.connecting.settings.rubrics
        return load_rubrics(None if folder is None else Path(folder))

    def _source(self) -> str:
        """The source of the module that holds the user's judge, so that a changed one is known for one.

        The module that the setting names counts as well, where the function is from another or is a partial one.
        """
        function = self.connecting.callables["judge"]
        while isinstance(function, partial):
            function = function.func
        named = sys.modules.get(self._kind.partition(":")[0])
        return "\0".join(map(_source_of, dict.fromkeys((named, inspect.getmodule(function)))))

    def _read_calibration(self) -> Calibration | None:
        where, judge = self.connecting.settings.judge_calibration, self.identity()
        if where is None:
            if judge.kind != "embedded":
                return None
            return read_calibration(calibration_text(), "the embedded judge's calibration")
        try:
            text = Path(where).read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise ConfigurationError(
                f"{PREFIX}judge_calibration = {where} cannot be read ({error}): make it with domain-safety calibrate"
            ) from None
        calibration = read_calibration(text, where)
        if calibration.judge.fingerprint != judge.fingerprint:
            raise ConfigurationError(
                f"{PREFIX}judge_calibration = {where} is stale: it is of {_named(calibration.judge)}, and this run's "
                f"judge is {_named(judge)}; run domain-safety calibrate again with this judge"
            )
        return calibration


def _source_of(module: ModuleType | None) -> str:
    try:
        return "" if module is None else inspect.getsource(module)
    except (OSError, TypeError):
        return ""


def _named(judge: CalibratedJudge) -> str:
    model = f" {judge.model}" if judge.model else ""
    return f"{judge.kind}{model} (fingerprint {judge.fingerprint})"
