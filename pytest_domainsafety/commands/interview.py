"""The questions of `domain-safety init`: an answer is checked as it is given, and asked for again if it fails."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from pytest_domainsafety.commands.starter import Endpoint
from pytest_domainsafety.core.configuration.settings import read_settings
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable, wrapped
from pytest_domainsafety.core.traffic.address import is_near, is_this_machine, same_server
from pytest_domainsafety.effects.endpoints.clients import NO_KEY, api_key
from pytest_domainsafety.effects.endpoints.probe import Probe, ProbeError

_Checked = TypeVar("_Checked")

DEFAULT_KEY: Final = "OPENAI_API_KEY"
_TRIES: Final = 3
_OFFERED: Final = 8
_WIDTH: Final = 78


class _GivenUpError(ConfigurationError):
    """No answer to a question would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the options say of an endpoint, None where they say nothing."""

    base_url: str | None
    model: str | None
    key_env: str | None


@dataclass(slots=True)
class _Draft:
    """An endpoint that is being named."""

    role: str
    prefix: str
    base_url: str = ""
    key_env: str | None = None
    models: Sequence[str] = ()

    @property
    def probe(self) -> Probe:
        # Where no variable is written down, the gate takes the usual one if it is set.
        named = self.key_env is not None
        return Probe(self.role, self.prefix, self.base_url, self.key_env or DEFAULT_KEY, required=named)


@dataclass(slots=True, kw_only=True)
class Interview:
    """Takes what options say, and asks for the rest.

    Args:
        asks: Whether there is a person to ask.
        checks: Whether endpoints are asked too.
    """

    asks: bool
    checks: bool

    def say(self, text: str) -> None:
        """Tell something, on lines of a terminal's width that are set off from the questions."""
        sys.stdout.writelines(f"  {line}\n" for line in wrapped(text, "  ", width=_WIDTH))

    def show(self, text: str) -> None:
        """Tell lines of our own as they are."""
        sys.stdout.write(text)

    def answer(
        self, given: str | None, question: str, check: Callable[[str], _Checked], default: str = ""
    ) -> _Checked:
        """What a check makes of an option, or of an answer that will do.

        Args:
            given: The option's value, None where it was not given.
            question: Asked where it was not.
            check: Raises `ConfigurationError` or `ProbeError` with one sentence.
            default: Of an empty answer.

        Raises:
            ConfigurationError: If the option will not do, or three answers did not.
        """
        if given is not None or not self.asks:
            try:
                return check((given or default).strip())
            except ProbeError as error:
                raise ConfigurationError(f"{error}; --no-check writes without asking the endpoint") from None
        for left in reversed(range(_TRIES)):
            try:
                return check(self._line(question) or default)
            except _GivenUpError:
                raise
            except (ConfigurationError, ProbeError) as error:
                if not left:
                    raise _GivenUpError(f"{error}; nothing was written") from None
                self.say(str(error))
        raise AssertionError("the last try ends it")

    def _line(self, question: str) -> str:
        sys.stdout.write(f"{question} ")
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            raise _GivenUpError("init was given no answer: give --base-url and --model")
        return line.strip()

    def endpoint(self, role: str, prefix: str, named: Named, lent: Endpoint | None = None) -> Endpoint:
        """An endpoint that answered, where it was to be asked.

        Args:
            role: `the deployment` or `the judge`.
            prefix: Of its settings' names.
            named: What the options say.
            lent: The deployment, whose address and key a judge may share.

        Raises:
            ConfigurationError: If it cannot be had.
        """
        draft = _Draft(role, prefix)
        example = f"[{lent.base_url}]" if lent else "(such as https://api.example.com/v1)"

        def reach(address: str) -> None:
            draft.base_url = _address(prefix, address)
            draft.key_env = self._key(draft, named.key_env, lent)
            if self.checks:
                draft.models = self._keyed(draft, lambda probe: probe.models())

        self.answer(named.base_url, f"Address of {role} {example}:", reach, lent.base_url if lent else "")
        self._offer(draft)
        only = draft.models[0] if len(draft.models) == 1 else ""
        hint = f" [{only}]" if only else " (a number or a name)" if draft.models else ""
        question = f"Model of {role}{hint}:"
        model = self.answer(named.model, question, lambda text: self._hello(draft, text), only)
        return Endpoint(base_url=draft.base_url, model=model, key_env=draft.key_env)

    def _key(self, draft: _Draft, option: str | None, lent: Endpoint | None) -> str | None:
        """The variable with the key; servers of one's own are first asked without one."""
        if option is None and lent is not None and same_server(lent.base_url, draft.base_url):
            return lent.key_env
        if option is None and is_near(draft.base_url):
            # No other machine is sent a key that was meant for someone else.
            return None if is_this_machine(draft.base_url) and lent is None else NO_KEY
        default = DEFAULT_KEY if lent is None else ""
        return self.answer(option, _key_question(draft.role, default), self._variable(draft), default)

    def _variable(self, draft: _Draft) -> Callable[[str], str]:
        def check(name: str) -> str:
            option = f"--{draft.prefix.removeprefix('domain_safety_').replace('_', '-')}api-key-env"
            if not name:
                raise ConfigurationError(f"{option} names the variable with the key of {draft.role}, or none")
            if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
                raise ConfigurationError(
                    f"what was given for {option} is no name of an environment variable: name the variable, not "
                    "the key"
                )
            if self.checks:
                try:
                    api_key(name, required_by=option)
                except ConfigurationError as error:
                    raise ConfigurationError(f"{error}; --no-check writes without asking the endpoint") from None
            return name

        return check

    def _keyed(self, draft: _Draft, asked: Callable[[Probe], _Checked]) -> _Checked:
        """What an endpoint answers, with another key where it wants one."""
        try:
            return asked(draft.probe)
        except ProbeError as error:
            if error.at != "key" or not self.asks:
                raise
            self.say(str(error))

        def again(name: str) -> _Checked:
            draft.key_env = self._variable(draft)(name)
            return asked(draft.probe)

        return self.answer(None, _key_question(draft.role, DEFAULT_KEY), again, DEFAULT_KEY)

    def _offer(self, draft: _Draft) -> None:
        if not self.asks or not draft.models:
            return
        more = len(draft.models) - _OFFERED
        for number, name in enumerate(draft.models[:_OFFERED], 1):
            self.say(f"{number}. {name}")
        if more > 0:
            self.say(f"and {more} more")

    def _hello(self, draft: _Draft, text: str) -> str:
        """The model's name, by its number in what was offered too, once it has answered."""
        offered = draft.models[:_OFFERED] if self.asks else ()
        chosen = int(text) if re.fullmatch(r"[1-9]", text, re.ASCII) and text not in draft.models else 0
        model = offered[chosen - 1] if 0 < chosen <= len(offered) else text
        if not model:
            names = f"; it lists {', '.join(draft.models[:_OFFERED])}" if draft.models else ""
            whom = "what the gate is to ask" if draft.prefix == "domain_safety_" else "who judges"
            raise ConfigurationError(f"init was given no model of {draft.role}: name {whom}{names}")
        plain_line(f"{draft.prefix.removeprefix('domain_safety_')}model", model)
        if not self.checks:
            return model
        said = self._keyed(draft, lambda probe: probe.hello(model))
        self.say(f"it answered: {said}" if said else "it answered, without a word")
        return model


def plain_line(name: str, value: str) -> None:
    """Check what is to be written on a line.

    Raises:
        ConfigurationError: If it holds more than one, or what cannot be seen.
    """
    if not value.isprintable() or value != value.strip():
        raise ConfigurationError(f"--{name.replace('_', '-')} = {printable(value)}: it must be one plain line")


def _address(prefix: str, text: str) -> str:
    if not text:
        raise ConfigurationError(
            f"init was given no {prefix.removeprefix('domain_safety_').replace('_', ' ')}base url"
        )
    name = f"{prefix.removeprefix('domain_safety_')}base_url"
    plain_line(name, text)
    found: str = getattr(read_settings({name: text}), name)
    return found


def _key_question(role: str, default: str) -> str:
    shown = f" [{default}]" if default else " (none sends none)"
    return f"Environment variable with the key of {role}{shown}:"
