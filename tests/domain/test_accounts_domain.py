import pytest

from apps.accounts.domain import LetterKind, clean_name, letters, normalise_email
from apps.common.errors import Invalid


def test_an_address_has_one_spelling():
    assert normalise_email("  Alice@Example.ORG ") == "alice@example.org"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [("  Alice  B. ", "Alice B."), ("Al\nice", "Al ice"), ("\u202eecila", "ecila"), ("Åsa", "Åsa"), ("李", "李")],
)
def test_a_name_is_one_printable_line(raw, clean):
    assert clean_name(raw) == clean


@pytest.mark.parametrize("raw", ["", "   ", "\x00\x07", "\u200b\u200b", "x" * 61])
def test_a_name_needs_something_to_read_and_an_end(raw):
    with pytest.raises(Invalid) as refusal:
        clean_name(raw)
    assert "name" in refusal.value.fields


@pytest.mark.parametrize("kind", LetterKind)
def test_every_letter_has_a_subject_and_links_to_the_site_only(kind):
    text = letters.compose(kind, site="https://films.example", token="tok", code="012345")
    assert text.subject
    links = [word for word in text.body.split() if "://" in word]
    assert links or kind == LetterKind.VERIFY_EMAIL
    assert all(link.startswith("https://films.example/") for link in links)
    assert "{" not in text.body


def test_the_verification_letter_carries_link_and_code():
    body = letters.compose(LetterKind.VERIFY_EMAIL, site="http://localhost:8000", token="tok", code="012345").body
    assert "http://localhost:8000/verify?token=tok" in body
    assert "012345" in body


@pytest.mark.parametrize(
    ("kind", "to_verified", "to_unverified"),
    [
        (LetterKind.VERIFY_EMAIL, False, True),
        (LetterKind.RESET_PASSWORD, True, True),
        (LetterKind.ALREADY_REGISTERED, True, False),
        (LetterKind.PASSWORD_CHANGED, True, False),
        (LetterKind.SIGN_IN_REVOKED, True, False),
    ],
)
def test_unproven_addresses_get_only_what_proves_them(kind, to_verified, to_unverified):
    assert letters.may_send(kind, is_verified=True) is to_verified
    assert letters.may_send(kind, is_verified=False) is to_unverified


def test_the_wait_between_tries_grows_and_then_stays():
    waits = [letters.backoff(attempt) for attempt in range(1, 8)]
    assert waits == sorted(waits)
    assert waits[-1] == letters.BACKOFF[-1]
