from datetime import UTC, datetime
from itertools import pairwise

import pytest

from apps.billing.domain import FREE, PLANS, PREMIUM, RANK, Entitlement, PlanName, add_months, plan_in_force
from apps.common.errors import Invalid


def test_every_plan_answers_every_question():
    assert set(RANK) == set(PLANS) == set(PlanName)
    for plan in PLANS.values():
        assert set(plan.allows) == set(Entitlement)


def test_more_of_a_plan_never_allows_less():
    for less, more in pairwise(RANK):
        for key in Entitlement:
            assert PLANS[less].allows[key] <= PLANS[more].allows[key]


def test_without_a_grant_the_plan_is_free():
    assert plan_in_force([], is_operator=False) is FREE


def test_the_best_grant_counts():
    assert plan_in_force([PlanName.PREMIUM, PlanName.FREE], is_operator=False) is PREMIUM


def test_the_operator_has_everything():
    assert plan_in_force([], is_operator=True) is PREMIUM


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2028, 1, 31), 1, (2028, 2, 29)),
        ((2026, 11, 15), 2, (2027, 1, 15)),
        ((2026, 12, 1), 12, (2027, 12, 1)),
        ((2026, 3, 31), 1, (2026, 4, 30)),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_last(start, months, end):
    assert add_months(datetime(*start, tzinfo=UTC), months) == datetime(*end, tzinfo=UTC)


@pytest.mark.parametrize("months", [0, -1, 121])
def test_a_grant_is_one_month_to_ten_years(months):
    with pytest.raises(Invalid):
        add_months(datetime(2026, 1, 1, tzinfo=UTC), months)
