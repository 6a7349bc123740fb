from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from accounts_cast import guest, person
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.billing import services
from apps.billing.domain import Entitlement, PlanName
from apps.billing.models import Grant
from apps.common.errors import Invalid, NotFound


@pytest.mark.django_db
class TestEntitlements:
    def test_without_a_grant_everybody_is_free(self):
        bob = person("bob")
        assert services.entitlement(bob.pk, Entitlement.REQUESTS_PER_WEEK) == 3
        assert services.entitlement(bob.pk, Entitlement.PLAY_WHILE_DOWNLOADING) is False

    def test_a_grant_counts_at_once_and_shows_on_the_account(self):
        alice = person("alice")
        services.grant(alice.pk, PlanName.PREMIUM, 1)
        assert services.entitlement(alice.pk, Entitlement.PARTY_SIZE) == 50
        alice.refresh_from_db()
        assert alice.plan_label == "premium"

    def test_a_grant_ends_with_its_time(self):
        alice = person("alice")
        services.grant(alice.pk, PlanName.PREMIUM, 1)
        Grant.objects.update(ends_at=timezone.now())
        User.objects.update(plan_until=timezone.now())
        assert services.entitlement(alice.pk, Entitlement.MAX_HEIGHT) == 720
        alice.refresh_from_db()
        assert alice.plan_label == "free"

    def test_a_label_on_the_account_decides_nothing(self):
        bob = person("bob", plan="premium")
        assert services.entitlement(bob.pk, Entitlement.MAX_HEIGHT) == 720

    def test_a_second_grant_begins_where_the_first_ends(self):
        alice = person("alice")
        first = services.grant(alice.pk, PlanName.PREMIUM, 1)
        second = services.grant(alice.pk, PlanName.PREMIUM, 1)
        assert second - first > timedelta(days=27)
        assert list(Grant.objects.order_by("starts_at").values_list("starts_at", flat=True))[1] == first

    def test_the_operator_has_everything_without_a_grant(self):
        assert services.entitlement(person("alice", is_staff=True).pk, Entitlement.PARTY_SIZE) == 50

    def test_a_guest_and_a_stranger_are_free(self):
        for who in (guest(uuid4()).pk, uuid4()):
            assert services.entitlement(who, Entitlement.PINS) == 0

    def test_charlie_gets_nothing_from_alices_grant(self):
        services.grant(person("alice").pk, PlanName.PREMIUM, 1)
        assert services.entitlement(person("charlie").pk, Entitlement.PARTY_SIZE) == 8

    @pytest.mark.parametrize("months", [0, -3, 121])
    def test_a_silly_number_of_months_leaves_nothing(self, months):
        alice = person("alice")
        with pytest.raises(Invalid):
            services.grant(alice.pk, PlanName.PREMIUM, months)
        assert not Grant.objects.exists()

    def test_nobody_cannot_be_granted_anything(self):
        with pytest.raises(NotFound):
            services.grant(uuid4(), PlanName.PREMIUM, 1)


@pytest.mark.django_db(transaction=True)
def test_grants_at_the_same_moment_follow_each_other():
    alice = person("alice")

    def give(_):
        try:
            services.grant(alice.pk, PlanName.PREMIUM, 1)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(give, range(4)))
    grants = list(Grant.objects.order_by("starts_at"))
    assert all(later.starts_at == earlier.ends_at for earlier, later in pairwise(grants))
    assert len(grants) == 4
