import re

import pytest
from accounts_cast import PASSWORD, person
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail

from apps.accounts import services
from apps.accounts.models import User
from apps.common.errors import Invalid, TooMany, Unauthenticated

pytestmark = pytest.mark.django_db

HOME = services.Origin(address="192.168.1.7")
NEW = "a whole new sentence"


@pytest.fixture(autouse=True)
def _few_tries(settings):
    """Production allows 20 of each; hashing that many passwords would cost these tests a minute."""
    settings.AUTH_LIMITS = dict(settings.AUTH_LIMITS) | {
        "passwords_per_account": (4, 86_400),
        "calls_per_address": (3, 3_600),
    }


def login(password=PASSWORD, email="alice@example.org", origin=HOME):
    return services.login(email=email, password=password, origin=origin)


def reset_token():
    services.forgot_password(email="alice@example.org", origin=HOME)
    services.post_due_letters()
    return re.search(r"token=(\S+)", mail.outbox[-1].body)[1]


def test_the_right_pair_signs_in():
    alice = person("alice", password=PASSWORD)
    assert login(email="ALICE@example.org").user == alice


def test_passwords_are_hashed_with_argon2():
    assert person("alice", password=PASSWORD).password.startswith("argon2$argon2id$")


@pytest.mark.parametrize(
    ("email", "password"),
    [("alice@example.org", "wrong"), ("nobody@example.org", PASSWORD), ("alice@example.org", PASSWORD + " ")],
)
def test_wrong_pairs_get_one_and_the_same_answer(email, password):
    person("alice", password=PASSWORD)
    with pytest.raises(Unauthenticated) as refusal:
        login(password, email)
    assert refusal.value.code == "bad_credentials"


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_known_and_unknown_addresses_cost_one_hash_each(email, monkeypatch):
    """The time of the answer does not tell who has an account."""
    person("alice", password=PASSWORD)
    hashes = []
    for name in ("encode", "verify"):
        original = getattr(Argon2PasswordHasher, name)
        monkeypatch.setattr(
            Argon2PasswordHasher, name, lambda *given, original=original: hashes.append(1) or original(*given)
        )
    with pytest.raises(Unauthenticated):
        login("wrong", email)
    assert len(hashes) == 1


def test_a_disabled_person_cannot_sign_in():
    person("alice", password=PASSWORD, is_active=False)
    with pytest.raises(Unauthenticated):
        login()


def test_guessing_stops_after_so_many_passwords_from_wherever_they_come():
    person("alice", password=PASSWORD)
    for number in range(4):
        with pytest.raises(Unauthenticated):
            login("wrong", origin=services.Origin(address=f"203.0.114.{number}"))
    with pytest.raises(TooMany):
        login(origin=services.Origin(address="203.0.114.99"))


def test_unknown_addresses_are_counted_the_same():
    for number in range(4):
        with pytest.raises(Unauthenticated):
            login(email="nobody@example.org", origin=services.Origin(address=f"203.0.114.{number}"))
    with pytest.raises(TooMany):
        login(email="nobody@example.org")


def test_production_allows_twenty_passwords_a_day_and_twenty_calls_an_hour():
    from project.settings import AUTH_LIMITS

    assert AUTH_LIMITS["passwords_per_account"] == (20, 86_400)
    assert AUTH_LIMITS["calls_per_address"] == (20, 3_600)


def test_the_right_password_gives_all_tries_back():
    person("alice", password=PASSWORD)
    for _ in range(2):
        for _ in range(3):
            with pytest.raises(Unauthenticated):
                login("wrong")
        login()


def test_a_household_behind_one_home_address_signs_in_as_often_as_it_likes():
    person("alice", password=PASSWORD)
    for _ in range(5):
        login(origin=services.Origin(address="203.0.114.9"))


def test_a_reset_link_sets_a_new_password_and_ends_every_session():
    person("alice", password=PASSWORD)
    before = login()
    services.reset_password(token=reset_token(), password=NEW, origin=HOME)
    with pytest.raises(Unauthenticated):
        services.authenticate(before.access)
    with pytest.raises(Unauthenticated):
        login()
    assert login(NEW)


def test_a_reset_link_works_once():
    person("alice", password=PASSWORD)
    token = reset_token()
    services.reset_password(token=token, password=NEW, origin=HOME)
    with pytest.raises(Invalid):
        services.reset_password(token=token, password="yet another one", origin=HOME)


def test_a_weak_new_password_does_not_use_up_the_link():
    person("alice", password=PASSWORD)
    token = reset_token()
    with pytest.raises(Invalid):
        services.reset_password(token=token, password="short", origin=HOME)
    services.reset_password(token=token, password=NEW, origin=HOME)


def test_an_older_reset_link_ends_with_the_change():
    person("alice", password=PASSWORD)
    older, newer = reset_token(), reset_token()
    services.reset_password(token=newer, password=NEW, origin=HOME)
    with pytest.raises(Invalid):
        services.reset_password(token=older, password="yet another one", origin=HOME)


def test_a_reset_proves_the_address():
    person("alice", password=PASSWORD, is_verified=False)
    services.reset_password(token=reset_token(), password=NEW, origin=HOME)
    assert User.objects.get().is_verified


def test_the_verification_link_is_no_reset_link():
    services.register(email="alice@example.org", name="Alice", password=PASSWORD, origin=HOME)
    services.post_due_letters()
    token = re.search(r"token=(\S+)", mail.outbox[-1].body)[1]
    with pytest.raises(Invalid):
        services.reset_password(token=token, password=NEW, origin=HOME)


def test_forgetting_at_an_unknown_address_writes_to_nobody():
    services.forgot_password(email="nobody@example.org", origin=HOME)
    services.post_due_letters()
    assert mail.outbox == []


def test_changing_signs_out_the_others_and_keeps_me():
    alice = person("alice", password=PASSWORD)
    there = login()
    here = services.change_password(user=alice, current=PASSWORD, new=NEW, origin=HOME)
    assert services.authenticate(here.access)
    with pytest.raises(Unauthenticated):
        services.authenticate(there.access)
    services.post_due_letters()
    assert mail.outbox[-1].subject == "Your Matinee password was changed"


def test_changing_needs_the_current_password():
    alice = person("alice", password=PASSWORD)
    with pytest.raises(Invalid) as refusal:
        services.change_password(user=alice, current="wrong", new=NEW, origin=HOME)
    assert "current" in refusal.value.fields
    assert login()


def test_a_stolen_session_cannot_guess_the_password_for_ever():
    alice = person("alice", password=PASSWORD)
    for _ in range(4):
        with pytest.raises(Invalid):
            services.change_password(user=alice, current="wrong", new=NEW, origin=HOME)
    with pytest.raises(TooMany):
        services.change_password(user=alice, current=PASSWORD, new=NEW, origin=HOME)
