"""Cohen's kappa against the formula of Fleiss, Cohen & Everitt, worked out anew here."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.bounds.kappa import cohen_kappa, fleiss_kappa

_Z = 1.959963984540054
TABLES = [(20, 5, 10, 15), (40, 3, 2, 50), (1, 2, 3, 30), (5, 0, 0, 5), (0, 4, 6, 0)]


def pairs_of(table: tuple[int, int, int, int]) -> list[tuple[bool, bool]]:
    """Rows of a table: both yes, first only, second only, both no."""
    kinds = ((True, True), (True, False), (False, True), (False, False))
    return [kind for kind, count in zip(kinds, table, strict=True) for _ in range(count)]


def by_formula(table: tuple[int, int, int, int]) -> tuple[float, float]:
    """Kappa and its standard error as in Fleiss, Cohen & Everitt 1969, equation 13."""
    n = sum(table)
    cells = [[table[0] / n, table[1] / n], [table[2] / n, table[3] / n]]
    rows = [sum(row) for row in cells]
    columns = [cells[0][j] + cells[1][j] for j in range(2)]
    agreed = cells[0][0] + cells[1][1]
    chance = sum(rows[i] * columns[i] for i in range(2))
    diagonal = sum(cells[i][i] * ((1 - chance) - (columns[i] + rows[i]) * (1 - agreed)) ** 2 for i in range(2))
    apart = sum(cells[i][1 - i] * (columns[i] + rows[1 - i]) ** 2 for i in range(2))
    variance = diagonal + (1 - agreed) ** 2 * apart - (agreed * chance - 2 * chance + agreed) ** 2
    return (agreed - chance) / (1 - chance), math.sqrt(max(0.0, variance) / n) / (1 - chance) ** 2


@pytest.mark.parametrize("table", TABLES)
def test_estimate_and_interval_are_those_of_the_large_sample_formula(table: tuple[int, int, int, int]) -> None:
    found = cohen_kappa(pairs_of(table), 0.95)
    estimate, error = by_formula(table)
    assert found.estimate == pytest.approx(estimate, abs=1e-12)
    assert found.low == pytest.approx(max(-1, estimate - _Z * error), abs=1e-12)
    assert found.high == pytest.approx(min(1, estimate + _Z * error), abs=1e-12)
    assert found.n == sum(table)


def test_a_table_worked_by_hand() -> None:
    # 35 of 50 agree; the margins are 25 and 30 of 50, so chance is .5 * .6 + .5 * .4 = .5 and kappa .2 / .5.
    found = cohen_kappa(pairs_of((20, 5, 10, 15)))
    assert found.agreement == pytest.approx(0.7)
    assert found.estimate == pytest.approx(0.4)


def test_no_rows_have_no_kappa() -> None:
    found = cohen_kappa([])
    assert (found.estimate, found.low, found.high, found.agreement, found.n) == (None, None, None, None, 0)


@pytest.mark.parametrize("verdict", [True, False])
def test_one_verdict_only_has_no_kappa_but_full_agreement(verdict: bool) -> None:  # noqa: FBT001 - a verdict
    found = cohen_kappa([(verdict, verdict)] * 9)
    assert (found.estimate, found.agreement) == (None, 1.0)


def test_clusters_of_one_row_change_nothing() -> None:
    pairs = pairs_of((20, 5, 10, 15))
    assert cohen_kappa(pairs, clusters=range(50)) == cohen_kappa(pairs)


def test_rows_repeated_within_a_cluster_are_no_new_evidence() -> None:
    pairs = pairs_of((20, 5, 10, 15))
    clustered = cohen_kappa(pairs * 4, clusters=[*range(50)] * 4)
    once = cohen_kappa(pairs)
    assert clustered.estimate == pytest.approx(once.estimate)
    assert clustered.low == pytest.approx(once.low)
    assert clustered.high == pytest.approx(once.high)


@pytest.mark.parametrize("table", [(20, 5, 10, 15), (10, 0, 0, 10), (0, 3, 0, 0)])
def test_one_cluster_tells_nothing_of_the_error(table: tuple[int, int, int, int]) -> None:
    pairs = pairs_of(table)
    found = cohen_kappa(pairs, clusters=[0] * len(pairs))
    assert found.estimate == pytest.approx(cohen_kappa(pairs).estimate)
    assert (found.low, found.high) == (-1.0, 1.0)


def test_without_spread_nothing_is_known_of_the_error() -> None:
    constant = cohen_kappa([(True, False)] * 12)
    assert (constant.estimate, constant.low, constant.high) == (0.0, -1.0, 1.0)
    pairs = pairs_of((4, 1, 1, 4))
    alike = cohen_kappa(pairs * 3, clusters=[0] * 10 + [1] * 10 + [2] * 10)
    assert alike.estimate == pytest.approx(0.6)
    assert (alike.low, alike.high) == (-1.0, 1.0)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -1.0])
def test_a_confidence_out_of_range_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        cohen_kappa([(True, True)], confidence)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_the_interval_holds_the_estimate_within_the_range(pairs: list[tuple[bool, bool]]) -> None:
    found = cohen_kappa(pairs)
    if found.estimate is None or found.low is None or found.high is None:
        assert len({verdict for pair in pairs for verdict in pair}) == 1
        return
    assert -1 <= found.low <= found.estimate + 1e-12
    assert found.estimate - 1e-12 <= found.high <= 1


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_it_does_not_matter_who_is_first(pairs: list[tuple[bool, bool]]) -> None:
    one, other = cohen_kappa(pairs), cohen_kappa([(second, first) for first, second in pairs])
    assert one.estimate == pytest.approx(other.estimate)
    assert one.low == pytest.approx(other.low)


ROWS = [(True, True, True), (True, True, False), (False, False, False), (True, False, False)]


def test_fleiss_kappa_worked_by_hand() -> None:
    # Pairs agree in 1, 1/3, 1 and 1/3; half of the verdicts are yes, so chance is 1/2 and kappa (2/3 - 1/2) / (1/2).
    # With p = 1/2 an influence is twice its row's deviation, 2/3 each: the error is sqrt(4 * 4/9) / 4.
    found = fleiss_kappa(ROWS)
    assert found.n == 4
    assert found.agreement == pytest.approx(2 / 3)
    assert found.estimate == pytest.approx(1 / 3)
    assert found.low == pytest.approx(1 / 3 - _Z / 3)
    assert found.high == pytest.approx(1 / 3 + _Z / 3)


def test_fleiss_kappa_of_two_raters_is_scotts_pi() -> None:
    for a, b, c, d in TABLES:
        n = a + b + c + d
        share = (2 * a + b + c) / (2 * n)
        chance = share**2 + (1 - share) ** 2
        found = fleiss_kappa(pairs_of((a, b, c, d)))
        assert found.estimate == pytest.approx(((a + d) / n - chance) / (1 - chance))


def test_the_interval_of_fleiss_kappa_is_near_the_jackknifes() -> None:
    kinds = [(True,) * 3, (True, True, False), (True, False), (False,) * 3, (False, False), (False,) * 4]
    rows = [kinds[place % 6 if place % 5 else 3] for place in range(240)]
    found = fleiss_kappa(rows)
    left = [fleiss_kappa(rows[:place] + rows[place + 1 :]).estimate or 0.0 for place in range(len(rows))]
    mean = math.fsum(left) / len(left)
    error = math.sqrt((len(left) - 1) / len(left) * math.fsum((each - mean) ** 2 for each in left))
    assert found.high is not None
    assert found.estimate is not None
    assert found.high - found.estimate == pytest.approx(_Z * error, rel=0.02)


def test_rows_of_one_cluster_count_once_in_fleiss_kappa() -> None:
    once, twice = fleiss_kappa(ROWS), fleiss_kappa(ROWS * 2, clusters=[*range(4)] * 2)
    assert twice.low == pytest.approx(once.low)
    assert twice.high == pytest.approx(once.high)
    single = fleiss_kappa(ROWS, clusters=["one"] * 4)
    assert (single.low, single.high) == (-1.0, 1.0)


@given(st.lists(st.lists(st.booleans(), min_size=2, max_size=5), min_size=1, max_size=12))
def test_fleiss_kappa_has_an_interval_around_it_or_no_estimate(rows: list[list[bool]]) -> None:
    found = fleiss_kappa(rows)
    kinds = {verdict for row in rows for verdict in row}
    assert (found.estimate is None) == (len(kinds) == 1)
    if found.estimate is not None:
        assert found.low is not None
        assert found.high is not None
        assert -1 <= found.low <= found.estimate + 1e-12
        assert found.estimate - 1e-12 <= found.high <= 1


def test_what_has_no_fleiss_kappa_is_refused_or_told() -> None:
    assert fleiss_kappa([]).agreement is None
    with pytest.raises(ValueError, match="fewer than two"):
        fleiss_kappa([(True,)])
    with pytest.raises(ValueError, match="confidence"):
        fleiss_kappa(ROWS, 1.0)
