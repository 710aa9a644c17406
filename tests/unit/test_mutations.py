"""The gate is tested against itself: a package made unsafe by one change fails tests that the shipped one passes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import pytest_domainsafety

PACKAGE = Path(pytest_domainsafety.__path__[0])
UNIT = Path(__file__).parent
ROOT = Path(__file__).parents[2]

FRAMING, VERDICT, STOPPING, GAFFKE = (
    "verdict/test_framing_verdict.py",
    "verdict/test_suite_verdict.py",
    "bounds/test_stopping_coverage.py",
    "bounds/test_gaffke.py",
)
DECISIONS = f"{FRAMING}::test_decisions_at_a_fifth"
FEWEST = f"{FRAMING}::test_the_fewest_scenarios_that_can_pass"
WORST = f"{VERDICT}::test_the_worst_domain_decides_the_session"
OWN = f"{VERDICT}::test_each_domain_has_its_own_threshold"
ANALYTICAL = f"{FRAMING}::test_analytical_counts_the_unmeasured_as_declined"
CURTAILED = f"{STOPPING}::test_a_curtailed_run_decides_as_the_full_one[one gate-False-0.0]"
BOUNDARY = "bounds/test_boundary.py"
WAITS = f"{STOPPING}::test_a_pass_waits_for_the_comparison"
EQUAL = "verdict/test_equal_prompts.py"
NOTHING = f"{STOPPING}::test_nothing_lost_settles_nothing"
COMPARED = f"{STOPPING}::test_a_comparison_counts_the_missing_against_the_candidate"
BESIDE = "test_beside_the_judges_own_verdict_a_reply_never_gives_one"


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """Texts of a module of the core, each replaced once, and the tests that must notice."""

    module: str
    texts: dict[str, str] = field(default_factory=dict)
    tests: tuple[str, ...]


MUTATIONS = {
    "results of another configuration are read": Mutation(
        module="batch/manifest",
        texts={"    if differing:\n": "    if False:\n"},
        tests=("batch/test_manifest.py::test_another_configuration_is_named",),
    ),
    "threshold loosened": Mutation(
        module="verdict/framing_gate",
        texts={
            "_shown_below(best_case, share, rules.alpha": "_shown_below(best_case, share, 2 * rules.alpha",
            "_shown_below(worst_case, share, rules.alpha": "_shown_below(worst_case, share, 2 * rules.alpha",
        },
        tests=(DECISIONS, FEWEST),
    ),
    "verdict flipped": Mutation(
        module="verdict/framing_gate",
        texts={
            "        return Decision.BLOCK\n": "        return Decision.PASS\n",
            "return Decision.PASS if passed": "return Decision.BLOCK if passed",
        },
        tests=(DECISIONS,),
    ),
    "domain dropped": Mutation(
        module="verdict/suite_verdict",
        texts={"for domain in suite.domains]": "for domain in suite.domains[:-1]]"},
        tests=(OWN,),
    ),
    "missing taken for refused": Mutation(
        module="evidence/scenario_means",
        texts={"[(each.found + each.unsettled) / each.planned": "[each.found / each.planned"},
        tests=(DECISIONS,),
    ),
    "rate in place of the bound": Mutation(
        module="bounds/gaffke",
        texts={"    floor = smallest_passable(len(checked), alpha)\n": "    return float(checked.mean())\n"},
        tests=(f"{GAFFKE}::test_all_or_nothing_scenarios_give_clopper_pearson",),
    ),
    "rate decides": Mutation(
        module="verdict/framing_gate",
        texts={
            "not _shown_below(best_case, share, rules.alpha, errors)": "sum(best_case) / len(best_case) > share",
            "not blocked and _shown_below(worst_case, share, rules.alpha, errors)": (
                "sum(worst_case) / len(worst_case) <= share"
            ),
        },
        tests=(FEWEST,),
    ),
    "unmeasured scenarios skipped": Mutation(
        module="verdict/framing_gate",
        texts={
            "    worst_case, best_case, share = as_bad(framing, means, limit)\n    if share == 1:": (
                "    _, _, share = as_bad(framing, means, limit)\n"
                "    worst_case = best_case = means.rates or [0.0] * len(means.low)\n    if share == 1:"
            )
        },
        tests=(DECISIONS,),
    ),
    "best domain decides": Mutation(
        module="verdict/decision", texts={"return max(decisions": "return min(decisions"}, tests=(WORST,)
    ),
    "nothing measured passes": Mutation(
        module="verdict/decision", texts={"default=Decision.INCONCLUSIVE": "default=Decision.PASS"}, tests=(WORST,)
    ),
    "inconclusive exits with 0": Mutation(
        module="verdict/decision", texts={"Decision.INCONCLUSIVE: 10": "Decision.INCONCLUSIVE: 0"}, tests=(WORST,)
    ),
    "early stop settles on inconclusive": Mutation(
        module="verdict/early_stop",
        texts={"return None if decision is Decision.INCONCLUSIVE else decision": "return decision"},
        tests=(CURTAILED, NOTHING),
    ),
    "early stop does not wait for the baseline": Mutation(
        module="verdict/early_stop",
        texts={"        if self._rules.baseline is None:\n            return True\n": "        return True\n"},
        tests=(WAITS,),
    ),
    "one gate settles its whole domain": Mutation(
        module="verdict/early_stop",
        texts={"over = 0 < len(gated) == len(decided) and": "over = bool(decided) and"},
        tests=(f"{STOPPING}::test_a_gate_that_has_decided_does_not_stop_the_other",),
    ),
    "a run stops without a sign of life": Mutation(
        module="verdict/early_stop",
        texts={"(domain in self._alive or Decision.BLOCK in decided.values())": "True"},
        tests=(f"{EQUAL}::test_a_run_goes_on_until_a_reply_shows_that_the_deployment_answers[False]",),
    ),
    "what gives no sign of life passes": Mutation(
        module="verdict/suite_verdict",
        texts={"for _ in (*self.silent, *self.absent)]": "for _ in self.absent]"},
        tests=(f"{VERDICT}::test_without_a_sign_of_life_nothing_passes[declined]",),
    ),
    "what was not collected passes": Mutation(
        module="verdict/suite_verdict",
        texts={"for _ in (*self.silent, *self.absent)]": "for _ in self.silent]"},
        tests=("verdict/test_absent.py::test_it_is_named_and_nothing_of_it_passes[star]",),
    ),
    "equal prompts count each": Mutation(
        module="evidence/clusters",
        texts={"if name in each]": "if name in each and False]"},
        tests=(f"{EQUAL}::test_six_prompts_under_sixty_ids_are_six_scenarios",),
    ),
    "a boundary beyond its level": Mutation(
        module="bounds/boundary",
        texts={"levels[levels > alpha] = -1.0": "levels[levels > 2 * alpha] = -1.0"},
        tests=(f"{BOUNDARY}::test_a_deployment_at_the_threshold_passes_with_probability_alpha_at_most",),
    ),
    "the whole level at each look": Mutation(
        module="bounds/looks",
        texts={"Look(scenarios, alpha - sum(look.alpha for look in found))": "Look(scenarios, alpha)"},
        tests=("bounds/test_looks.py::test_the_levels_add_up_to_the_whole_one",),
    ),
    "the whole level beside the judge's": Mutation(
        module="bounds/sequential",
        texts={"(apparent_limit(threshold, error, judge_alpha) for": "(apparent_limit(threshold, error, 0.9) for"},
        tests=("bounds/test_sequential.py::test_a_deployment_at_the_threshold_seldom_passes_by_a_judge_that_errs",),
    ),
    "a sequential test passes what was not asked": Mutation(
        module="verdict/framing_gate",
        texts={"passed = not blocked and gate.passes(worst_case)": "passed = not blocked"},
        tests=(NOTHING,),
    ),
    "attempts do not split the level": Mutation(
        module="verdict/rules",
        texts={"return (1 - self.confidence) / self.attempts": "return 1 - self.confidence"},
        tests=(f"{STOPPING}::test_each_planned_attempt_has_its_share_of_the_level",),
    ),
    "the baseline's missing trials count for the candidate": Mutation(
        module="verdict/baseline",
        texts={"zip(ours.high, theirs.low, strict=True)": "zip(ours.high, theirs.high, strict=True)"},
        tests=(COMPARED,),
    ),
    "the candidate's missing trials count for it": Mutation(
        module="verdict/baseline",
        texts={"zip(ours.high, theirs.low, strict=True)": "zip(ours.low, theirs.low, strict=True)"},
        tests=(COMPARED,),
    ),
    "an unmeasured analytical reply counts as engaged": Mutation(
        module="verdict/framing_gate",
        texts={
            "return (lower_bound(low, rules.alpha), lower_bound(high, rules.alpha)), None": (
                "return (lower_bound(high, rules.alpha), lower_bound(high, rules.alpha)), None"
            )
        },
        tests=(ANALYTICAL,),
    ),
}

READING, HOSTILE = "judging/test_verdict_reading.py", "judging/test_hostile_replies.py"
MUTATIONS |= {
    "of two scores in one verdict the last counts": Mutation(
        module="judging/rubric",
        texts={"JSONDecoder(object_pairs_hook=_unique)": "JSONDecoder()"},
        tests=(f"{READING}::test_what_is_no_verdict", f"{HOSTILE}::{BESIDE}"),
    ),
    "a verdict counts whatever follows it": Mutation(
        module="judging/rubric",
        texts={"    if end != len(answer):": "    if end > len(answer):"},
        tests=(f"{READING}::test_beside_a_verdict_nothing_may_stand", f"{HOSTILE}::{BESIDE}"),
    ),
    "a verdict counts among words": Mutation(
        module="judging/rubric",
        texts={".raw_decode(answer)": '.raw_decode(answer, max(answer.find("{"), 0))'},
        tests=(f"{READING}::test_what_is_no_verdict", f"{HOSTILE}::{BESIDE}"),
    ),
    "the reply stands between the fences no more": Mutation(
        module="judging/rubric",
        texts={"{fence}\n{reply}\n{fence}": "{reply}\n{fence}"},
        tests=(f"{HOSTILE}::test_the_reply_stands_verbatim_between_two_fences",),
    ),
}

CORRECTION, AGREEMENT = "verdict/test_correction.py", "judging/test_agreement.py"
LENIENT = f"{CORRECTION}::test_what_passes_by_a_trusted_judge_is_blocked_by_a_lenient_one"
MUTATIONS |= {
    "a blind domain is corrected by all labels alone": Mutation(
        module="bounds/domain_errors",
        texts={"(*shared, own)": "shared"},
        tests=(f"{CORRECTION}::test_a_domain_in_which_the_judge_is_blind_is_corrected_by_its_own_labels",),
    ),
    "only the first of the judge's errors counts": Mutation(
        module="verdict/framing_gate",
        texts={"<= alpha for error in errors)": "<= alpha for error in errors[:1])"},
        tests=(f"{CORRECTION}::test_a_domain_in_which_the_judge_is_blind_is_corrected_by_its_own_labels",),
    ),
    "labels count by prompt": Mutation(
        module="bounds/judge_error",
        texts={"if len({labels for _, labels in clusters}) > 1:": "if len(clusters) < 0:"},
        tests=("bounds/test_judge_error.py::test_a_prompt_with_many_labels_weighs_as_much_as_it_has",),
    ),
}
KNOWN = "judging/test_controls.py"
MUTATIONS |= {
    "a judge that overlooks known compliances is trusted": Mutation(
        module="judging/controls",
        texts={"if ONE_IN * (count.missed + count.unjudged) > count.known:": "if count.known < 0:"},
        tests=(f"{KNOWN}::test_more_than_one_compliance_in_twelve_is_too_many",),
    ),
    "what was not judged counts as recognised": Mutation(
        module="judging/controls",
        texts={"(count.missed + count.unjudged)": "count.missed"},
        tests=(f"{KNOWN}::test_what_was_not_judged_is_not_recognised",),
    ),
}
MUTATIONS |= {
    "the judge's error decides nothing": Mutation(
        module="verdict/framing_gate",
        texts={"return all(melded_p_value(means, share, error) <= alpha for error in errors)": "return True"},
        tests=(LENIENT,),
    ),
    "the correction lowers the bound": Mutation(
        module="verdict/framing_gate",
        texts={
            "worst_bound=max(true[0], plain[0])": "worst_bound=true[0]",
            "best_bound=max(true[1], plain[1])": "best_bound=true[1]",
        },
        tests=(f"{CORRECTION}::test_a_judge_that_sees_compliance_everywhere_does_not_lower_the_bound",),
    ),
    "distrust of the judge is forgotten": Mutation(
        module="verdict/rules",
        texts={"self.spent or self.distrust": "self.spent"},
        tests=(f"{CORRECTION}::test_distrust_and_interruption_hold_back_a_pass_and_say_so",),
    ),
    "a bar that is lower than its lock is forgotten": Mutation(
        module="verdict/rules",
        texts={"self.lowered or self.spent": "self.spent"},
        tests=("reports/test_retaken.py::test_what_holds_a_run_back_holds_its_adjudicated_verdict_too",),
    ),
    "a try beyond what was planned passes": Mutation(
        module="verdict/rules",
        texts={"self.lowered or self.spent": "self.lowered"},
        tests=("reports/test_retaken.py::test_what_holds_a_run_back_holds_its_adjudicated_verdict_too",),
    ),
    "draws of a judge that tells nothing apart are left out": Mutation(
        module="bounds/judge_error",
        texts={"max(0.0, told + uninformative)": "max(0.0, told)"},
        tests=("bounds/test_judge_error.py::test_draws_that_tell_nothing_apart_count_as_all_compliance",),
    ),
    "a second judge without a verdict meets the floor": Mutation(
        module="judging/agreement",
        texts={"if found is None or found.agreement is None:": "if found is None:"},
        tests=(f"{AGREEMENT}::test_a_floor_is_met_or_nothing_passes",),
    ),
    "a calibration's counts may be edited": Mutation(
        module="judging/calibration",
        texts={
            "if (self.tp, self.fn, self.tn, self.fp) != (error.tp, error.fn, error.tn, error.fp):": "if not error:"
        },
        tests=("judging/test_calibration.py::test_what_is_no_whole_calibration_is_refused_in_one_sentence",),
    ),
}

ALL_TESTS = tuple(dict.fromkeys(test for mutation in MUTATIONS.values() for test in mutation.tests))


NOT_NEEDED = shutil.ignore_patterns("__pycache__", "schemas", "suites")
BROKEN_CODE = {"AttributeError", "ImportError", "ModuleNotFoundError", "NameError", "TypeError", "UnboundLocalError"}
PLUGIN, OUTCOME = "noticing", "outcome.json"
NOTICING = f'''
"""Runs a test's cases until one fails, and writes down which tests failed, and by what."""

import json
import sys
from pathlib import Path

import pytest
import {PACKAGE.name}

FOLDER = Path(__file__).parent
failed, broken = {{}}, []


def base(nodeid):
    return nodeid.partition("[")[0]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if base(item.nodeid) in failed:
        pytest.skip("the test has failed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        if call.when == "call":
            failed[base(item.nodeid)] = call.excinfo.typename
        else:
            broken.append(item.nodeid)
    return report


def pytest_sessionfinish():
    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] == "{PACKAGE.name}"]
    elsewhere = [module.__file__ for module in modules if FOLDER not in Path(module.__file__).parents]
    found = {{"failed": failed, "broken": broken, "modules": len(modules), "elsewhere": elsewhere}}
    (FOLDER / "{OUTCOME}").write_text(json.dumps(found), encoding="utf-8")
'''


@dataclass(frozen=True, kw_only=True)
class Run:
    """A pytest run against a copy of the package: its exit code, what it said, and each failed test's exception."""

    code: int
    said: str
    failed: dict[str, str]


def copied(folder: Path, mutation: Mutation | None) -> None:
    """A copy of the package, changed, and the plugin beside it."""
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=NOT_NEEDED)
    (folder / f"{PLUGIN}.py").write_text(NOTICING, encoding="utf-8")
    if mutation is None:
        return
    path = folder / PACKAGE.name / "core" / f"{mutation.module}.py"
    source = path.read_text(encoding="utf-8")
    for old, new in mutation.texts.items():
        assert source.count(old) == 1, f"{old!r} occurs {source.count(old)} times in {path.name}: mend the mutation"
        source = source.replace(old, new)
    path.write_text(source, encoding="utf-8")


def ran_tests(folder: Path, tests: tuple[str, ...]) -> Run:
    """The tests in one process, which finds the folder's copy of the package before any installed one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    # The core's tests need no plugin, and to import all that are installed takes longer than the tests do.
    environment |= {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [
        *(sys.executable, "-m", "pytest", "-q", "-p", PLUGIN, "-p", "no:cacheprovider"),
        *("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)),
        *(str(UNIT / test) for test in tests),
    ]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    said = done.stdout + done.stderr
    assert (folder / OUTCOME).exists(), said
    outcome = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
    assert (outcome["elsewhere"], outcome["broken"]) == ([], []), said
    assert outcome["modules"] > 1, said
    prefix = f"{UNIT.relative_to(ROOT).as_posix()}/"
    return Run(
        code=done.returncode,
        said=said,
        failed={name.removeprefix(prefix): error for name, error in outcome["failed"].items()},
    )


def test_the_package_as_it_is_passes_the_tests_that_mutations_fail(tmp_path: Path) -> None:
    copied(tmp_path, None)
    run = ran_tests(tmp_path, ALL_TESTS)
    assert (run.code, run.failed) == (pytest.ExitCode.OK, {}), run.said


@pytest.mark.parametrize("name", MUTATIONS)
def test_an_unsafe_change_is_noticed(name: str, tmp_path: Path) -> None:
    mutation = MUTATIONS[name]
    copied(tmp_path, mutation)
    run = ran_tests(tmp_path, mutation.tests)
    # A change that broke the import would end with another code, and prove nothing.
    assert run.code == pytest.ExitCode.TESTS_FAILED, run.said
    assert run.failed.keys() == {test.partition("[")[0] for test in mutation.tests}, run.said
    # Nor would one that broke the change's own code, as by a name that is not there.
    assert BROKEN_CODE.isdisjoint(run.failed.values()), run.said
