"""The settings of a run, checked."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pytest_domainsafety.core.configuration.judge_members import (
    JudgeMember,
    read_member,
    read_members,
)
from pytest_domainsafety.core.configuration.setting_values import (
    Fields,
    Pattern,
    Url,
    checked_confidence,
    checked_error_replies,
    checked_failures,
    checked_filters,
    checked_framings,
    checked_headers,
    checked_member,
    checked_members,
    checked_purposes,
    checked_sampling,
    checked_suite,
    none_word,
    words_of,
)
from pytest_domainsafety.core.errors import ConfigurationError

PREFIX: Final = "domain_safety_"


class Settings(BaseModel):
    """What the user configured; the names are those of the ini keys without their prefix."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    base_url: Url | None = None
    model: str | None = None
    api_key_env: str | None = None
    client: str | None = None
    target: str | None = None
    headers: Annotated[tuple[str, ...], AfterValidator(checked_headers)] = ()
    request: Annotated[Fields, AfterValidator(checked_sampling)] = Field(default_factory=dict)
    served_model: Pattern = None
    error_replies: Annotated[tuple[str, ...], AfterValidator(checked_error_replies)] = ()
    filtered: Annotated[tuple[str, ...], AfterValidator(checked_filters)] = ()
    judge: str | None = None
    judge_model: Annotated[str | None, AfterValidator(checked_members)] = None
    judge_base_url: Url | None = None
    judge_api_key_env: str | None = None
    judge_client: str | None = None
    judge_request: Fields = Field(default_factory=dict)
    judge_served_model: Pattern = None
    judge_calibration: str | None = None
    batch: Literal["no", "yes"] = "no"
    judge_batch: Literal["no", "yes"] = "no"
    batch_retry: Literal["batch", "live"] = "batch"
    judge_reasoning: Literal["no", "yes"] = "no"
    rubrics: str | None = None
    controls: Annotated[str | None, BeforeValidator(none_word)] = "shipped"
    second_judge_model: Annotated[str | None, AfterValidator(checked_member)] = None
    second_judge_base_url: Url | None = None
    second_judge_api_key_env: str | None = None
    second_judge_fraction: float = Field(default=0.1, gt=0, le=1)
    min_kappa: float | None = Field(default=None, ge=-1, le=1)
    thresholds: tuple[str, ...] = ()
    confidence: Annotated[float, AfterValidator(checked_confidence)] = Field(default=0.95, gt=0, lt=1)
    attempts: int = Field(default=1, ge=1)
    attempts_file: str | None = None
    min_analytical: tuple[str, ...] = ()
    baseline: str | None = None
    margin: tuple[str, ...] = ()
    stop_early: Literal["no", "curtail", "sequential"] = "no"
    prices: tuple[str, ...] = ()
    batch_prices: tuple[str, ...] = ()
    assumed_unjudged: float = Field(default=0.02, ge=0, lt=1)
    runs_dir: str = ".domain_safety"
    resume_age: float = Field(default=24.0, gt=0)
    keep_replies: Literal["full", "hash"] = "full"
    repetitions: int = Field(default=1, ge=1)
    temperature: Annotated[float | None, BeforeValidator(none_word)] = Field(default=0.7, ge=0)
    max_tokens: Annotated[int | None, BeforeValidator(none_word)] = Field(default=2048, ge=1)
    system_prompt: Annotated[str | None, BeforeValidator(none_word)] = None
    concurrency: int = Field(default=32, ge=1)
    timeout: float = Field(default=120.0, gt=0)
    max_retries: int = Field(default=5, ge=0)
    independent_failures: Annotated[str | None, AfterValidator(checked_failures)] = None
    suite: Annotated[str | None, AfterValidator(checked_suite)] = None
    required: Literal["no", "yes"] = "no"
    framings: Annotated[tuple[str, ...], AfterValidator(checked_framings)] = ()
    framing_purposes: Annotated[tuple[str, ...], AfterValidator(checked_purposes)] = ()
    requests_per_minute: float | None = Field(default=None, gt=0)
    max_requests: int | None = Field(default=None, ge=1)
    max_tokens_total: int | None = Field(default=None, ge=1)
    max_seconds: float | None = Field(default=None, gt=0)
    seed: int = Field(default=0, ge=0)

    @property
    def independent_reasons(self) -> frozenset[str]:
        """The failures that leave nothing open, as they are called in reasons."""
        words = set(words_of(self.independent_failures)) - {"none"}
        return frozenset(word if word == "timeout" else f"HTTP {word}" for word in words)

    def check(self) -> None:
        """Check what must be there, and what cannot stand together.

        Raises:
            ConfigurationError: At the first problem.
        """
        self._check_deployment()
        self.check_judge()
        self._check_second_judge()
        self._check_batches()
        self._check_verdict()

    def _check_batches(self) -> None:
        """An endpoint's Batch API asks all of it, and a callable has none."""
        named = [f"{PREFIX}{name}" for name in ("batch", "judge_batch") if getattr(self, name) == "yes"]
        if self.batch == "yes" and self.target is not None:
            raise ConfigurationError(
                f"{PREFIX}batch has no effect on {PREFIX}target, a callable without a Batch API: remove one of them"
            )
        if self.judge_batch == "yes" and self.judge_kind != "llm":
            raise ConfigurationError(
                f"{PREFIX}judge_batch has no effect on the judge {self.judge_kind}, which is asked in no batch: "
                "leave it out"
            )
        if self.judge_batch == "yes" and any(member.base_url for member in self.judge_members):
            raise ConfigurationError(
                f"{PREFIX}judge_batch = yes asks one endpoint, and {PREFIX}judge_model names an address beside a "
                f"model: ask all of them at {PREFIX}judge_base_url, or set {PREFIX}judge_batch = no"
            )
        if named and self.stop_early != "no":
            raise ConfigurationError(
                f"{named[0]} = yes asks all at a time, so {PREFIX}stop_early = {self.stop_early} could leave nothing "
                f"unasked: set {PREFIX}stop_early = no"
            )
        if self.batch_retry != "batch" and not named:
            raise ConfigurationError(f"{PREFIX}batch_retry has no effect without {PREFIX}batch = yes: leave it out")

    def _check_verdict(self) -> None:
        if not self.thresholds:
            raise ConfigurationError(
                "domain_safety_thresholds is not set: give each domain the compliance its upper bound may not cross, "
                "such as '* = 0.20'"
            )

    def _check_deployment(self) -> None:
        if self.target is not None:
            for name in ("client", "request", "headers", "filtered"):
                if getattr(self, name):
                    raise ConfigurationError(
                        f"domain_safety_target asks a callable, so {PREFIX}{name} has no effect: remove one of them"
                    )
            return
        if self.base_url is None and self.client is None:
            raise ConfigurationError(
                "no deployment is named: set domain_safety_base_url and domain_safety_model (or domain_safety_client "
                "or domain_safety_target)"
            )
        if self.model is None and "model" not in self.request:
            raise ConfigurationError("domain_safety_model is not set: name the model that the deployment serves")

    def check_judge(self) -> None:
        """Check the judge alone, for what asks no deployment.

        Raises:
            ConfigurationError: If it cannot judge as configured.
        """
        if self.judge_kind != "llm":
            return
        if not self.judge_models:
            raise ConfigurationError("domain_safety_judge_model is not set: name the model that judges")
        if len(self.judge_models) % 2 == 0 or len(set(self.judge_models)) < len(self.judge_models):
            raise ConfigurationError(
                f"domain_safety_judge_model = {', '.join(self.judge_models):.80}: a panel decides by majority, so "
                "name an odd number of different models"
            )
        if len(self.judge_models) > 1 and "model" in self.judge_request:
            raise ConfigurationError(
                "domain_safety_judge_request names a model for all of the panel's judges: take the model out of it"
            )
        if self.judge_client is not None and self.judge_base_url is not None:
            raise ConfigurationError(
                "domain_safety_judge_base_url and domain_safety_judge_client both name the judge's place: remove one"
            )
        shares = any(member.base_url is None for member in self.judge_members)
        if shares and not any((self.judge_client, self.judge_base_url, self.base_url, self.client)):
            raise ConfigurationError(
                "domain_safety_judge_base_url is not set, and the deployment has no base URL for the judge to share"
            )

    def _check_second_judge(self) -> None:
        if self.judge_served_model is not None and self.judge_kind != "llm":
            raise ConfigurationError(
                f"{PREFIX}judge_served_model has no effect: only the judge llm names the model that answered"
            )
        second = self.second_judge
        if second is not None:
            for name in ("second_judge_base_url", "second_judge_api_key_env"):
                if second.base_url is not None and getattr(self, name) is not None:
                    raise ConfigurationError(
                        f"{PREFIX}{name} and the address in {PREFIX}second_judge_model both say how the second judge "
                        "is asked: remove one"
                    )
            elsewhere = second.base_url or self.second_judge_base_url
            if not any((elsewhere, self.judge_base_url, self.base_url)):
                raise ConfigurationError(
                    "domain_safety_second_judge_base_url is not set, and neither judge nor deployment has an address "
                    "to share"
                )
            theirs = {member.base_url for member in self.judge_members if member.model == second.model}
            itself = elsewhere in theirs and (elsewhere is not None or self.judge_client is None)
            if self.judge_kind == "llm" and itself:
                raise ConfigurationError(
                    f"domain_safety_second_judge_model = {self.second_judge_model}: the judge would be checked by "
                    "itself, name another model"
                )
            return
        for name in ("second_judge_base_url", "second_judge_api_key_env", "min_kappa"):
            if getattr(self, name) is not None:
                raise ConfigurationError(
                    f"{PREFIX}{name} has no effect without a second judge: set domain_safety_second_judge_model"
                )

    @property
    def asked_model(self) -> str | None:
        """The model that the deployment is asked for: a request's own fields win."""
        model = self.request.get("model")
        return self.model if model is None else f"{model}"

    @property
    def judge_members(self) -> tuple[JudgeMember, ...]:
        """The models of the LLM judge and where each is asked: one, or the members of a panel."""
        if self.judge_model:
            return read_members(self.judge_model)
        names = f"{self.judge_request.get('model') or ''}".split(",")
        return tuple(JudgeMember(name.strip()) for name in names if name.strip())

    @property
    def judge_models(self) -> tuple[str, ...]:
        """The names of these models."""
        return tuple(member.model for member in self.judge_members)

    @property
    def second_judge(self) -> JudgeMember | None:
        """The second judge's model and its own address, where it has one."""
        return None if self.second_judge_model is None else read_member(self.second_judge_model)

    @property
    def corrected(self) -> bool:
        """Whether a calibration corrects the bounds: the user's, or the one the embedded judge carries."""
        return self.judge_calibration is not None or self.judge == "embedded"

    @property
    def judge_kind(self) -> str:
        """`llm`, `embedded` or `package.module:callable`.

        Raises:
            ConfigurationError: If no judge is named, since a weak one is never a silent default.
        """
        if self.judge is not None:
            if self.judge not in {"llm", "embedded"} and ":" not in self.judge:
                raise ConfigurationError(
                    f"domain_safety_judge = {self.judge} is no judge: use llm, embedded or package.module:callable"
                )
            return self.judge
        if self.judge_model is not None or self.judge_client is not None:
            return "llm"
        raise ConfigurationError(
            "no judge is named: set domain_safety_judge_model for a release, or domain_safety_judge = embedded for "
            "an offline screen"
        )


def read_settings(values: dict[str, Any]) -> Settings:
    """Check the types and ranges of what was configured.

    Args:
        values: By name without prefix; text or native TOML values.

    Raises:
        ConfigurationError: At the first problem, in one sentence.
    """
    for name, value in values.items():
        if isinstance(value, bool):  # which pydantic would take for 0 or 1
            raise ConfigurationError(f"{PREFIX}{name} = {value}: it should be a number or text")
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = str(first["loc"][0])
        said = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
        mend = said if first["type"] == "value_error" else f"it should be {said}"
        # A header's value may be a key.
        shown = "" if name == "headers" else f" = {_shown(values.get(name)):.80}"
        raise ConfigurationError(f"{PREFIX}{name}{shown}: {mend}") from None


def _shown(value: object) -> str:
    """A value for a message, without what may be a key in an address."""
    return re.sub(r"(?<=://)[^/?#]*@|[?#].*", "***", f"{value}") if "://" in f"{value}" else f"{value}"
