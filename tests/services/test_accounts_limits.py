from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.models import Bucket
from apps.accounts.services import limits
from apps.accounts.services.limits import Limit
from apps.common.errors import TooMany


@pytest.fixture(autouse=True)
def _small_buckets(settings):
    settings.AUTH_LIMITS = dict(settings.AUTH_LIMITS) | {
        "passwords_per_account": (3, 300),
        "calls_per_address": (2, 100),
        "calls_per_home_address": (50, 100),
    }


def draws(call, tries):
    return sum(1 for _ in range(tries) if _is_granted(call))


def _is_granted(call):
    try:
        call()
    except TooMany:
        return False
    return True


def age(seconds):
    Bucket.objects.update(filled_at=timezone.now() - timedelta(seconds=seconds))


@pytest.mark.django_db
class TestBuckets:
    def test_a_bucket_gives_its_size_and_then_refuses(self):
        assert draws(lambda: limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "alice"), 10) == 3

    def test_everybody_has_their_own(self):
        draws(lambda: limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "alice"), 10)
        assert draws(lambda: limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "bob"), 10) == 3

    def test_it_refills_with_time_but_never_over_its_size(self):
        draws(lambda: limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "alice"), 10)
        age(100)
        assert draws(lambda: limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "alice"), 10) == 1
        age(10_000)
        assert draws(lambda: limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "alice"), 10) == 3

    def test_being_refused_does_not_put_off_the_refill(self):
        draws(lambda: limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "alice"), 3)
        age(99)
        draws(lambda: limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "alice"), 5)
        assert Bucket.objects.get().filled_at < timezone.now() - timedelta(seconds=98)

    def test_the_refusal_says_when_the_next_token_comes(self):
        draws(lambda: limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "alice"), 3)
        with pytest.raises(TooMany) as refusal:
            limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "alice")
        assert refusal.value.retry_after_s == 100

    def test_refilling_forgets(self):
        draws(lambda: limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "alice"), 3)
        limits.refill(Limit.PASSWORDS_PER_ACCOUNT, "alice")
        assert limits.has_token(Limit.PASSWORDS_PER_ACCOUNT, "alice")

    def test_the_table_holds_no_address_in_the_clear(self):
        limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "alice@example.org")
        assert "alice" not in Bucket.objects.get().key

    def test_old_buckets_are_thrown_away(self):
        limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "alice")
        age(3 * 86_400)
        assert limits.drop_stale_buckets() == 1

    @pytest.mark.parametrize(
        "address", ["127.0.0.1", "::1", "192.168.1.7", "10.0.0.1", "fe80::1", "fd00::7", "", "unix:"]
    )
    def test_the_own_network_shares_a_large_bucket(self, address):
        assert draws(lambda: limits.draw_call(address), 60) == 50

    @pytest.mark.parametrize("address", ["203.0.114.9", "2001:4860::7"])
    def test_a_public_address_has_a_small_one(self, address):
        assert draws(lambda: limits.draw_call(address), 60) == 2

    def test_a_household_with_a_whole_ipv6_network_counts_once(self):
        assert draws(lambda: limits.draw_call("2001:4860::1"), 5) == 2
        assert draws(lambda: limits.draw_call("2001:4860::2"), 5) == 0
        assert draws(lambda: limits.draw_call("2001:4860:0:1::2"), 5) == 2


@pytest.mark.django_db(transaction=True)
def test_parallel_draws_never_take_more_than_there_is():
    def draw_many(_):
        try:
            return draws(lambda: limits.draw(Limit.PASSWORDS_PER_ACCOUNT, "alice"), 10)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(draw_many, range(4))) == 3
