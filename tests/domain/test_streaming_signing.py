"""Both kinds of signature: what is good, for how long, and that nothing signed can be moved or made elsewhere."""

from dataclasses import replace
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.streaming.domain.signing import (
    LASTING_LIFE_S,
    SHORT_LIFE_S,
    Claim,
    Verdict,
    derive_keys,
    is_lasting,
    judge,
    lasting_expiry,
    media_base,
    sign_lasting,
    sign_short,
)

KEYS = derive_keys("k" * 40)
CLAIM = Claim(asset=UUID(int=1), epoch=1, viewer=UUID(int=2), expires_at=100_000)
KINDS = [(sign_short, 65, SHORT_LIFE_S), (sign_lasting, 43, LASTING_LIFE_S)]
each_kind = pytest.mark.parametrize(("sign", "length", "life_s"), KINDS)


@each_kind
def test_a_signature_is_good_until_it_expires(sign, length, life_s):
    signature = sign(KEYS, CLAIM)
    assert len(signature) == length
    assert judge(KEYS, signature, CLAIM, now=99_999) == Verdict.GOOD
    assert judge(KEYS, signature, CLAIM, now=100_000) == Verdict.EXPIRED
    assert judge(KEYS, signature, CLAIM, now=100_000 - life_s) == Verdict.GOOD
    assert judge(KEYS, signature, CLAIM, now=100_000 - life_s - 1) == Verdict.EXPIRED


@each_kind
@pytest.mark.parametrize(
    "change", [{"asset": UUID(int=3)}, {"epoch": 2}, {"viewer": UUID(int=3)}, {"expires_at": 100_001}]
)
def test_a_signature_fits_one_link_only(sign, length, life_s, change):
    assert judge(KEYS, sign(KEYS, CLAIM), replace(CLAIM, **change), now=99_900) == Verdict.FORGED


@each_kind
def test_another_secret_signs_nothing_here(sign, length, life_s):
    assert judge(KEYS, sign(derive_keys("K" * 40), CLAIM), CLAIM, now=99_900) == Verdict.FORGED


@given(place=st.integers(0, 64), letter=st.sampled_from("ABCXYZabcxyz019-_"))
def test_no_letter_of_a_short_signature_can_change(place, letter):
    good = sign_short(KEYS, CLAIM)
    changed = good[:place] + letter + good[place + 1 :]
    verdict = judge(KEYS, changed, CLAIM, now=99_900)
    assert verdict == (Verdict.GOOD if changed == good else Verdict.FORGED)


def test_the_first_part_of_a_short_link_is_no_lasting_link():
    assert judge(KEYS, sign_short(KEYS, CLAIM)[:43], CLAIM, now=99_900) == Verdict.FORGED


@pytest.mark.parametrize("forged", ["", "A" * 43, "A" * 65, "ä" * 43])
def test_forged_signatures_are_forged_even_when_expired(forged):
    assert judge(KEYS, forged, CLAIM, now=999_999) == Verdict.FORGED


def test_nginx_is_told_a_secret_that_gives_nothing_else_away():
    """The same line as docker/16-edge-secret.envsh: printf 'matinee media edge v1|%s' "$SECRET_KEY" | sha256sum."""
    assert KEYS.edge == sha256(b"matinee media edge v1|" + b"k" * 40).hexdigest()
    assert KEYS.edge.encode() not in KEYS.path
    assert sign_short(replace(KEYS, path=b"other"), CLAIM)[:43] != sign_short(KEYS, CLAIM)[:43]


@given(now=st.integers(0, 4_000_000_000))
def test_lasting_links_last_three_to_six_hours(now):
    assert 3 * 3600 <= lasting_expiry(now) - now <= 6 * 3600


def test_lasting_links_of_one_afternoon_are_equal():
    assert lasting_expiry(3 * 3600) == lasting_expiry(6 * 3600 - 1)


def test_a_link_is_one_folder():
    signature = sign_lasting(KEYS, CLAIM)
    assert is_lasting(signature)
    assert media_base(signature, CLAIM) == f"/media/{signature},100000/{CLAIM.viewer}/{CLAIM.asset}.1"
