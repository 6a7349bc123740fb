from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from accounts_cast import PASSWORD, guest, person
from django.core import mail
from django.db import connection
from django.utils import timezone

from apps.accounts import services
from apps.accounts.adapters import access_tokens
from apps.accounts.models import RefreshToken, SignIn, User
from apps.common.errors import NotFound, Unauthenticated

HOME = services.Origin(address="127.0.0.1", device="Firefox")


def in_threads(count, call):
    """Run ``call`` that many times at once, each with its own database connection."""
    barrier = Barrier(count)

    def run(_):
        try:
            barrier.wait()
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def make_it_old(token_age_s):
    RefreshToken.objects.exclude(used_at=None).update(used_at=timezone.now() - timedelta(seconds=token_age_s))


@pytest.mark.django_db
class TestAccessTokens:
    def test_a_good_token_names_its_person(self):
        alice = person("alice")
        user, claims = services.authenticate(services.open_session(alice, HOME).access)
        assert (user, claims.sub, claims.version) == (alice, alice.pk, 0)

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é", "x" * 5000])
    def test_garbage_is_refused(self, token):
        with pytest.raises(Unauthenticated):
            services.authenticate(token)

    def test_a_token_of_another_key_audience_or_algorithm_is_refused(self, settings):
        import jwt

        alice = person("alice")
        good = services.open_session(alice, HOME).access
        claims = jwt.decode(good, options={"verify_signature": False})
        forged = [
            jwt.encode(claims, "another key" * 5, algorithm="HS256"),
            jwt.encode(claims | {"aud": "other"}, settings.SECRET_KEY, algorithm="HS256"),
            jwt.encode(claims | {"iss": "other"}, settings.SECRET_KEY, algorithm="HS256"),
            jwt.encode(claims, settings.SECRET_KEY + "x" * 64, algorithm="HS512"),
            jwt.encode(claims, None, algorithm="none"),
            jwt.encode({**claims, "sub": 5}, settings.SECRET_KEY, algorithm="HS256"),
        ]
        for token in forged:
            with pytest.raises(Unauthenticated):
                services.authenticate(token)

    def test_a_token_ends_after_ten_minutes(self):
        alice = person("alice")
        tokens = services.open_session(alice, HOME)
        claims = access_tokens.decode(tokens.access)
        old = access_tokens.encode(claims, expires_at=timezone.now() - timedelta(seconds=1))
        with pytest.raises(Unauthenticated):
            services.authenticate(old)

    def test_a_disabled_person_is_out_on_the_next_request(self):
        alice = person("alice")
        tokens = services.open_session(alice, HOME)
        User.objects.update(is_active=False)
        with pytest.raises(Unauthenticated):
            services.authenticate(tokens.access)
        with pytest.raises(Unauthenticated):
            services.refresh(token=tokens.refresh, origin=HOME)


@pytest.mark.django_db
class TestRotation:
    def test_a_refresh_gives_a_new_token_of_the_same_family(self):
        first = services.open_session(person("alice"), HOME)
        second = services.refresh(token=first.refresh, origin=HOME)
        third = services.refresh(token=second.refresh, origin=HOME)
        assert len({first.refresh, second.refresh, third.refresh}) == 3
        assert first.family == second.family == third.family
        assert services.authenticate(third.access)

    def test_the_second_to_come_within_twenty_seconds_gets_the_same_successor(self):
        first = services.open_session(person("alice"), HOME)
        winner = services.refresh(token=first.refresh, origin=HOME)
        make_it_old(19)
        assert services.refresh(token=first.refresh, origin=HOME).refresh == winner.refresh

    def test_reuse_after_that_ends_the_family_and_tells_the_person(self):
        first = services.open_session(person("alice"), HOME)
        winner = services.refresh(token=first.refresh, origin=HOME)
        make_it_old(21)
        with pytest.raises(Unauthenticated) as refusal:
            services.refresh(token=first.refresh, origin=HOME)
        assert refusal.value.code == "replayed"
        with pytest.raises(Unauthenticated):
            services.refresh(token=winner.refresh, origin=HOME)
        with pytest.raises(Unauthenticated):
            services.authenticate(winner.access)
        services.post_due_letters()
        assert [letter.subject for letter in mail.outbox] == ["A Matinee session was closed for safety"]

    def test_a_replay_leaves_other_devices_alone(self):
        alice = person("alice")
        phone = services.open_session(alice, HOME)
        first = services.open_session(alice, HOME)
        services.refresh(token=first.refresh, origin=HOME)
        make_it_old(60)
        with pytest.raises(Unauthenticated):
            services.refresh(token=first.refresh, origin=HOME)
        assert services.refresh(token=phone.refresh, origin=HOME)

    def test_a_replay_is_told_once(self):
        first = services.open_session(person("alice"), HOME)
        services.refresh(token=first.refresh, origin=HOME)
        make_it_old(60)
        for _ in range(3):
            with pytest.raises(Unauthenticated):
                services.refresh(token=first.refresh, origin=HOME)
        services.post_due_letters()
        assert len(mail.outbox) == 1

    @pytest.mark.parametrize("token", ["", "nonsense", "x" * 5000])
    def test_an_unknown_token_is_refused(self, token):
        with pytest.raises(Unauthenticated):
            services.refresh(token=token, origin=HOME)

    def test_the_database_holds_no_token(self):
        first = services.open_session(person("alice"), HOME)
        second = services.refresh(token=first.refresh, origin=HOME)
        rows = str(list(RefreshToken.objects.values()))
        assert first.refresh not in rows
        assert second.refresh not in rows

    def test_a_sign_in_lives_on_while_it_is_used_and_ends_when_not(self):
        first = services.open_session(person("alice"), HOME)
        SignIn.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
        second = services.refresh(token=first.refresh, origin=HOME)
        assert SignIn.objects.get().expires_at > timezone.now() + timedelta(days=59)
        SignIn.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
        with pytest.raises(Unauthenticated):
            services.refresh(token=second.refresh, origin=HOME)


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_four_parallel_refreshes_all_stay_signed_in_with_one_successor(self):
        for round_number in range(10):
            first = services.open_session(person(f"alice{round_number}"), HOME)
            all_tokens = in_threads(4, lambda token=first.refresh: services.refresh(token=token, origin=HOME))
            assert len({tokens.refresh for tokens in all_tokens}) == 1
            assert RefreshToken.objects.filter(sign_in_id=first.family).count() == 2
            for tokens in all_tokens:
                services.authenticate(tokens.access)
            assert services.refresh(token=all_tokens[0].refresh, origin=HOME)

    def test_parallel_replays_end_the_family_once(self):
        first = services.open_session(person("alice"), HOME)
        services.refresh(token=first.refresh, origin=HOME)
        make_it_old(60)

        def replay():
            with pytest.raises(Unauthenticated):
                services.refresh(token=first.refresh, origin=HOME)

        in_threads(4, replay)
        assert SignIn.objects.get().revoke_reason == "replayed"
        services.post_due_letters()
        assert len(mail.outbox) == 1

    def test_registering_one_address_at_once_makes_one_account(self):
        in_threads(
            4,
            lambda: services.register(email="alice@example.org", name="Alice", password=PASSWORD, origin=HOME),
        )
        assert User.objects.count() == 1

    def test_twelve_parallel_guesses_of_a_code_get_five_tries(self):
        from apps.accounts.models import Letter
        from apps.common.errors import Invalid

        services.register(email="alice@example.org", name="Alice", password=PASSWORD, origin=HOME)
        services.post_due_letters()

        def guess():
            with pytest.raises(Invalid):
                services.verify_by_code(email="alice@example.org", code="not it", origin=HOME)

        in_threads(12, guess)
        assert Letter.objects.get().tries == 5

    def test_one_link_used_by_four_at_once_works_for_one(self):
        import re

        from apps.common.errors import Invalid

        services.register(email="alice@example.org", name="Alice", password=PASSWORD, origin=HOME)
        services.post_due_letters()
        token = re.search(r"token=(\S+)", mail.outbox[0].body)[1]

        def follow():
            try:
                services.verify_by_link(token=token, origin=HOME)
            except Invalid:
                return 0
            return 1

        assert sum(in_threads(4, follow)) == 1

    def test_one_ticket_for_the_set_up_makes_one_operator(self):
        token = services.create_setup_token()

        def set_up():
            from uuid import uuid4

            from apps.common.errors import Invalid

            try:
                services.set_up_first_operator(
                    token=token, email=f"{uuid4()}@example.org", name="A", password=PASSWORD, origin=HOME
                )
            except Invalid:
                return 0
            return 1

        assert sum(in_threads(4, set_up)) == 1
        assert User.objects.filter(is_staff=True).count() == 1


@pytest.mark.django_db
class TestRevoking:
    def test_signing_out_ends_this_device_only(self):
        alice = person("alice")
        here, there = services.open_session(alice, HOME), services.open_session(alice, HOME)
        services.sign_out(token=here.refresh)
        with pytest.raises(Unauthenticated):
            services.authenticate(here.access)
        assert services.authenticate(there.access)

    def test_signing_out_everywhere_ends_all(self):
        alice = person("alice")
        sessions = [services.open_session(alice, HOME) for _ in range(3)]
        services.sign_out_everywhere(alice.pk)
        for tokens in sessions:
            with pytest.raises(Unauthenticated):
                services.authenticate(tokens.access)
            with pytest.raises(Unauthenticated):
                services.refresh(token=tokens.refresh, origin=HOME)

    def test_signing_out_twice_or_with_garbage_is_not_an_error(self):
        tokens = services.open_session(person("alice"), HOME)
        services.sign_out(token="garbage")
        services.sign_out(token=tokens.refresh)
        services.sign_out(token=tokens.refresh)

    def test_charlie_cannot_end_alices_sign_in(self):
        tokens = services.open_session(person("alice"), HOME)
        with pytest.raises(NotFound):
            services.revoke_sign_in(user_id=person("charlie").pk, family=tokens.family)
        assert services.authenticate(tokens.access)

    def test_an_ended_guest_cannot_refresh(self):
        from uuid import uuid4

        room = uuid4()
        gwen = guest(room)
        tokens = services.open_session(gwen, HOME, until=gwen.guest_until)
        services.close_guests(room)
        with pytest.raises(Unauthenticated):
            services.refresh(token=tokens.refresh, origin=HOME)
