"""The ini keys, each an option too. This module is imported by every pytest run, so it imports next to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Key:
    """An ini key that is an option too.

    Args:
        name: Without the prefix.
        help: One line.
        lines: Whether it holds several lines.
        whole: Whether a comma in a line is a part of it.
        path: Whether it names a place, relative to the ini file or, as an option, to where pytest was invoked.
        words: Values that name no place all the same.
    """

    name: str
    help: str
    lines: bool = False
    whole: bool = False
    path: bool = False
    words: tuple[str, ...] = ()


KEYS: Final = (
    Key("base_url", "the deployment's OpenAI-compatible endpoint"),
    Key("model", "the deployment's model"),
    Key(
        "api_key_env",
        "environment variable that holds the deployment's key; none sends no key (default: OPENAI_API_KEY)",
    ),
    Key("client", "package.module:callable that returns the deployment's openai.AsyncOpenAI"),
    Key("target", "package.module:callable that is asked instead of an endpoint: messages in, reply out"),
    Key(
        "headers",
        "lines 'NAME = value', sent with each request to the deployment; a value env:VARIABLE is read from the "
        "environment",
        lines=True,
        whole=True,
    ),
    Key("request", "JSON merged into each request's body; null removes a field"),
    Key(
        "served_model",
        "regular expression that the whole model name in each reply must match, else its trial is missing (default: "
        "none)",
    ),
    Key(
        "error_replies",
        "lines, each a regular expression for the whole of a reply that is no answer but an error's message: its "
        "trial is missing (default: known sentences of gateways)",
        lines=True,
        whole=True,
    ),
    Key(
        "filtered",
        "lines 'STATUS pattern of the body', such as '400 blocked by our rule': such an answer is filtered (default: "
        "known shapes of guardrails)",
        lines=True,
        whole=True,
    ),
    Key("judge", "llm, embedded (an offline screen) or package.module:callable"),
    Key(
        "judge_model",
        "model of the LLM judge; an odd number of them, parted by commas, is a panel; 'MODEL @ URL key=VARIABLE' is "
        "asked at an address of its own",
    ),
    Key("judge_base_url", "endpoint of the LLM judge (default: the deployment's)"),
    Key(
        "judge_api_key_env",
        "environment variable that holds the judge's key; none sends no key (default: the deployment's, at the "
        "deployment's own host and port only)",
    ),
    Key("judge_client", "package.module:callable that returns the judge's openai.AsyncOpenAI"),
    Key("judge_request", "JSON merged into each judge request's body; null removes a field"),
    Key(
        "judge_served_model",
        "regular expression that the whole model name in each of the judge's replies must match, else the trial is "
        "unjudged (default: none)",
    ),
    Key("judge_calibration", "file that domain-safety calibrate wrote for this judge", path=True),
    Key("judge_reasoning", "yes shows the judge the model's reasoning beside its answer (default: no)"),
    Key("rubrics", "folder with a harmful.md or analytical.md that replaces the package's rubric", path=True),
    Key(
        "controls",
        "known exhibits judged among the others: shipped, a file of labelled rows beside them, or none (default: "
        "shipped)",
        path=True,
        words=("shipped", "none"),
    ),
    Key("second_judge_model", "model of a second judge, for a share of the replies, or 'MODEL @ URL key=VARIABLE'"),
    Key("second_judge_base_url", "endpoint of the second judge (default: the judge's)"),
    Key(
        "second_judge_api_key_env",
        "environment variable that holds the second judge's key; none sends no key (default: the judge's or the "
        "deployment's, at their own host and port only)",
    ),
    Key("second_judge_fraction", "share of the replies that the second judge scores too (default: 0.1)"),
    Key("min_kappa", "floor on the two judges' agreement (Cohen's kappa) below which nothing passes (default: none)"),
    Key("thresholds", "lines 'domain = 0.10', '* = 0.20', 'domain[technical] = 0.40'", lines=True),
    Key("confidence", "of the one-sided upper bound (default: 0.95)"),
    Key("attempts", "verdicts planned for this release candidate; each uses alpha / N (default: 1)"),
    Key(
        "attempts_file",
        "file in which tries are counted, kept from one to the next, such as in a CI's cache: beyond what was "
        "planned nothing passes (default: none, the runs directory alone tells)",
        path=True,
    ),
    Key("repetitions", "times each prompt is asked (default: 1)"),
    Key("temperature", "sampling temperature; none leaves it out (default: 0.7)"),
    Key("max_tokens", "longest reply; none leaves it out (default: 2048)"),
    Key("system_prompt", "system prompt of scenarios that bring none (default: none)"),
    Key(
        "batch",
        "yes: the deployment is asked through its endpoint's own Batch API, in hours and often at half the price "
        "(default: no)",
    ),
    Key("judge_batch", "yes: the same for the LLM judge and the known exhibits (default: no)"),
    Key(
        "batch_retry",
        "where what failed in a batch goes a second time: batch, or live by a request of its own (default: batch)",
    ),
    Key("concurrency", "requests in flight, all xdist workers together (default: 32)"),
    Key("timeout", "seconds for a whole reply (default: 120)"),
    Key("max_retries", "attempts after the first (default: 5)"),
    Key(
        "independent_failures",
        "statuses, and timeout, that come before the model answers, so that asking again leaves nothing open "
        "(default: none)",
    ),
    Key("requests_per_minute", "most requests a minute to an endpoint (default: unlimited)"),
    Key("max_requests", "budget of requests, judges included (default: unlimited)"),
    Key("max_tokens_total", "budget of tokens, judges included (default: unlimited)"),
    Key("max_seconds", "budget of seconds, after which nothing more is sent (default: unlimited)"),
    Key(
        "min_analytical",
        "lines 'domain = 0.5': floor on the lower bound of analytical engagement; 0: none is expected",
        lines=True,
    ),
    Key("baseline", "report.json or run directory of a finished run to compare with", path=True),
    Key(
        "margin", "lines 'domain = 0.1': allowed rise in compliance over the baseline (default: * = 0.2)", lines=True
    ),
    Key("stop_early", "no, curtail or sequential: ask no more than the decision needs (default: no)"),
    Key("runs_dir", "where finished runs are kept (default: .domain_safety)", path=True),
    Key(
        "prices",
        "lines 'input = 0.15', 'output', 'judge_input', 'judge_output': prices of a million tokens, for the plan",
        lines=True,
    ),
    Key("batch_prices", "the same lines as in domain_safety_prices: prices in a batch, for the plan", lines=True),
    Key("assumed_unjudged", "share of replies without a verdict that the plan assumes (default: 0.02)"),
    Key("resume_age", "hours since a run was begun after which --domain-safety-resume refuses it (default: 24)"),
    Key("keep_replies", "full keeps replies in the runs directory, hash only their digests (default: full)"),
    Key("seed", "of the bootstrap and of what a second judge is shown; not sent to the endpoint (default: 0)"),
    Key(
        "framings",
        "framings that are asked, such as 'operational, analytical:10', the latter of ten scenarios a domain; what "
        "is left out is neither missing nor gated (default: all)",
        lines=True,
    ),
    Key(
        "framing_purposes",
        "lines 'roleplay = asks as a character of a story': framings of your own, and what a prompt in them does",
        lines=True,
    ),
    Key(
        "suite",
        "standard: the suite shipped in the package, standard:20 for 20 scenarios a domain, "
        "standard:20:surveillance,disinformation for some of its domains",
    ),
    Key(
        "required",
        "yes: under CI ($CI or $BUILD_NUMBER) a session without --domain-safety ends as failed (default: no)",
    ),
)
