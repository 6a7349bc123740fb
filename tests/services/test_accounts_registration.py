import re
from datetime import timedelta

import pytest
from accounts_cast import PASSWORD, person
from django.core import mail
from django.utils import timezone

from apps.accounts import services
from apps.accounts.domain import LetterState
from apps.accounts.models import Letter, SetupToken, SignIn, User
from apps.common.errors import Invalid, TooMany, Unauthenticated

pytestmark = pytest.mark.django_db

HOME = services.Origin(address="192.168.1.7", device="Firefox")
OTHER_PASSWORD = "another long secret"


def register(email="alice@example.org", password=PASSWORD, origin=HOME):
    services.register(email=email, name="Alice", password=password, origin=origin)


def post_letters():
    services.post_due_letters()
    return mail.outbox


def link_token(message):
    return re.search(r"token=(\S+)", message.body)[1]


def code(message):
    return re.search(r"code: (\d{6})", message.body)[1]


def alice():
    return User.objects.get(email="alice@example.org")


def test_registering_makes_an_unverified_account_and_one_letter():
    register(email="Alice@Example.org")
    assert not alice().is_verified
    (letter,) = post_letters()
    assert letter.to == ["alice@example.org"]
    assert "http://localhost:8000/verify?token=" in letter.body


def test_the_link_verifies_once():
    register()
    token = link_token(post_letters()[0])
    services.verify_by_link(token=token, origin=HOME)
    assert alice().is_verified
    with pytest.raises(Invalid):
        services.verify_by_link(token=token, origin=HOME)


def test_the_code_verifies_once_and_ends_the_link():
    register()
    letter = post_letters()[0]
    services.verify_by_code(email=" ALICE@example.org", code=code(letter), origin=HOME)
    assert alice().is_verified
    with pytest.raises(Invalid):
        services.verify_by_code(email="alice@example.org", code=code(letter), origin=HOME)
    with pytest.raises(Invalid):
        services.verify_by_link(token=link_token(letter), origin=HOME)


def test_a_code_can_be_tried_five_times():
    register()
    right = code(post_letters()[0])
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(5):
        with pytest.raises(Invalid):
            services.verify_by_code(email="alice@example.org", code=wrong, origin=HOME)
    with pytest.raises(Invalid):
        services.verify_by_code(email="alice@example.org", code=right, origin=HOME)
    assert not alice().is_verified


def test_the_fifth_try_may_be_the_right_one():
    register()
    right = code(post_letters()[0])
    for _ in range(4):
        with pytest.raises(Invalid):
            services.verify_by_code(email="alice@example.org", code="x", origin=HOME)
    services.verify_by_code(email="alice@example.org", code=right, origin=HOME)
    assert alice().is_verified


def test_a_letter_is_worthless_after_fifteen_minutes():
    register()
    letter = post_letters()[0]
    Letter.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Invalid):
        services.verify_by_link(token=link_token(letter), origin=HOME)
    with pytest.raises(Invalid):
        services.verify_by_code(email="alice@example.org", code=code(letter), origin=HOME)


def test_the_time_of_a_letter_counts_from_its_posting():
    register()
    Letter.objects.update(created_at=timezone.now() - timedelta(hours=2))
    services.verify_by_link(token=link_token(post_letters()[0]), origin=HOME)
    assert alice().is_verified


def test_secrets_are_kept_as_digests_only():
    register()
    message = post_letters()[0]
    row = str(Letter.objects.values().get())
    assert link_token(message) not in row
    assert f"'{code(message)}'" not in row


def test_resending_makes_a_new_code_and_only_the_newest_counts():
    register()
    services.resend_verification(email="alice@example.org", origin=HOME)
    first, second = post_letters()
    services.verify_by_code(email="alice@example.org", code=code(second), origin=HOME)
    assert alice().is_verified
    with pytest.raises(Invalid):
        services.verify_by_link(token=link_token(first), origin=HOME)


def test_a_verified_person_gets_no_second_verification():
    person("alice")
    services.resend_verification(email="alice@example.org", origin=HOME)
    assert post_letters() == []
    assert Letter.objects.get().state == LetterState.DROPPED


def test_nobody_is_written_to_at_an_unknown_address():
    services.resend_verification(email="nobody@example.org", origin=HOME)
    assert post_letters() == []


def test_registering_a_known_address_changes_nothing_and_tells_its_owner():
    before = person("alice", password=PASSWORD)
    register(password=OTHER_PASSWORD)
    (letter,) = post_letters()
    assert letter.subject == "You already have a Matinee account"
    assert alice().password == before.password


def test_whoever_opens_the_letter_decides_the_password():
    """Charlie registers alice's address first; alice registers later and opens her letter: charlie is out."""
    register(password=OTHER_PASSWORD)
    charlies = services.login(email="alice@example.org", password=OTHER_PASSWORD, origin=HOME)
    register(password=PASSWORD)
    alices_letter = post_letters()[-1]
    services.verify_by_link(token=link_token(alices_letter), origin=HOME)
    services.login(email="alice@example.org", password=PASSWORD, origin=HOME)
    with pytest.raises(Unauthenticated):
        services.login(email="alice@example.org", password=OTHER_PASSWORD, origin=HOME)
    with pytest.raises(Unauthenticated):
        services.authenticate(charlies.access)


def test_a_letter_sent_again_confirms_the_newest_registration():
    """Charlie registers alice's address first; alice registers, loses her letter and asks again: charlie is out."""
    register(password=OTHER_PASSWORD)
    register(password=PASSWORD)
    services.resend_verification(email="alice@example.org", origin=HOME)
    services.verify_by_link(token=link_token(post_letters()[-1]), origin=HOME)
    services.login(email="alice@example.org", password=PASSWORD, origin=HOME)
    with pytest.raises(Unauthenticated):
        services.login(email="alice@example.org", password=OTHER_PASSWORD, origin=HOME)


def test_a_letter_sent_again_when_the_registrations_are_forgotten_confirms_nobodys_password():
    register(password=OTHER_PASSWORD)
    Letter.objects.all().delete()
    services.resend_verification(email="alice@example.org", origin=HOME)
    services.verify_by_link(token=link_token(post_letters()[-1]), origin=HOME)
    assert alice().is_verified
    with pytest.raises(Unauthenticated):
        services.login(email="alice@example.org", password=OTHER_PASSWORD, origin=HOME)


def test_verifying_does_not_sign_out_the_one_who_registered():
    register()
    tokens = services.login(email="alice@example.org", password=PASSWORD, origin=HOME)
    services.verify_by_link(token=link_token(post_letters()[0]), origin=HOME)
    assert services.authenticate(tokens.access)[0].is_verified


@pytest.mark.parametrize("weak", ["short", "password123", "alice@example"])
def test_weak_passwords_are_refused_with_a_reason(weak):
    with pytest.raises(Invalid) as refusal:
        register(password=weak)
    assert refusal.value.fields["password"]
    assert not User.objects.exists()


def test_a_recipient_gets_at_most_five_letters_an_hour():
    register()
    for _ in range(9):
        services.resend_verification(email="alice@example.org", origin=HOME)
    assert len(post_letters()) == 5


def test_a_public_address_makes_twenty_calls_an_hour():
    stranger = services.Origin(address="203.0.114.9")
    for _ in range(20):
        services.resend_verification(email="alice@example.org", origin=stranger)
    with pytest.raises(TooMany) as refusal:
        services.resend_verification(email="alice@example.org", origin=stranger)
    assert refusal.value.retry_after_s == 180


def test_the_set_up_link_makes_the_first_operator():
    token = services.create_setup_token()
    tokens = services.set_up_first_operator(
        token=token, email="Alice@example.org", name="Alice", password=PASSWORD, origin=HOME
    )
    assert alice().is_staff
    assert alice().is_verified
    assert services.authenticate(tokens.access)[0] == alice()


def test_the_set_up_link_works_once():
    token = services.create_setup_token()
    services.set_up_first_operator(token=token, email="a@example.org", name="A", password=PASSWORD, origin=HOME)
    with pytest.raises(Invalid):
        services.set_up_first_operator(token=token, email="b@example.org", name="B", password=PASSWORD, origin=HOME)
    assert services.create_setup_token() is None
    assert not SetupToken.objects.exists()


def test_a_newer_set_up_link_replaces_the_older():
    old = services.create_setup_token()
    new = services.create_setup_token()
    with pytest.raises(Invalid):
        services.set_up_first_operator(token=old, email="a@example.org", name="A", password=PASSWORD, origin=HOME)
    services.set_up_first_operator(token=new, email="a@example.org", name="A", password=PASSWORD, origin=HOME)


def test_a_weak_password_does_not_use_up_the_set_up_link():
    token = services.create_setup_token()
    with pytest.raises(Invalid):
        services.set_up_first_operator(token=token, email="a@example.org", name="A", password="short", origin=HOME)
    services.set_up_first_operator(token=token, email="a@example.org", name="A", password=PASSWORD, origin=HOME)


def test_setting_up_over_an_account_that_somebody_registered_ends_their_sessions():
    register(password=OTHER_PASSWORD)
    charlies = services.login(email="alice@example.org", password=OTHER_PASSWORD, origin=HOME)
    token = services.create_setup_token()
    services.set_up_first_operator(token=token, email="alice@example.org", name="Alice", password=PASSWORD, origin=HOME)
    with pytest.raises(Unauthenticated):
        services.authenticate(charlies.access)
    assert SignIn.objects.filter(revoked_at=None).count() == 1
