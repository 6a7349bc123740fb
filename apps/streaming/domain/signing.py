"""The signature in a media path. Pure; the clock and the secret come in as arguments.

A *lasting* link is signed by HMAC-SHA256 alone: only the application can judge it, and it asks the database each time.
A *short* link carries besides an MD5 that nginx computes by itself (``secure_link_md5``), so that its hits need no
application. Invariant: a path is good for exactly one asset, epoch, viewer and expiry. docs/decisions/0012 says why.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from hashlib import md5, sha256
from uuid import UUID

SHORT_LIFE_S = 600  # what somebody whose rights ended may still get
LASTING_LIFE_S = 6 * 3600
LASTING_STEP_S = 3 * 3600  # lasting links made within a step are equal, so what they name stays in a browser's cache
HMAC_LENGTH = 43  # base64url of 32 bytes
KEY_PURPOSE = b"matinee media path v2"
NAMES_PURPOSE = b"matinee media names v1"
EDGE_PURPOSE = b"matinee media edge v1|"  # docker/16-edge-secret.envsh computes the same


class Verdict(StrEnum):
    GOOD = "good"
    EXPIRED = "expired"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class Keys:
    path: bytes
    edge: str  # all that nginx is told
    names: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """What a link says: this viewer may have the files of this asset until then (seconds since 1970)."""

    asset: UUID
    epoch: int
    viewer: UUID
    expires_at: int


def derive_keys(secret: str) -> Keys:
    """One way: no key gives the secret, or another key, away."""
    return Keys(
        path=hmac.digest(secret.encode(), KEY_PURPOSE, sha256),
        edge=sha256(EDGE_PURPOSE + secret.encode()).hexdigest(),
        names=hmac.digest(secret.encode(), NAMES_PURPOSE, sha256),
    )


def short_name(keys: Keys, content: str) -> str:
    """Eight digits for a file. Nobody without the key can look for two contents of one name."""
    return hmac.digest(keys.names, content.encode(), sha256).hex()[:8]


def sign_lasting(keys: Keys, claim: Claim) -> str:
    return _hmac(keys, claim, "lasting")


def sign_short(keys: Keys, claim: Claim) -> str:
    inner = _hmac(keys, claim, "short")
    # The secret on both ends: neither a longer text nor two texts of one hash give another signature. The texts are
    # ids and numbers of ours, besides.
    text = f"{keys.edge}|{inner}|{claim.asset}.{claim.epoch}|{claim.viewer}|{claim.expires_at}|{keys.edge}"
    return inner + _base64url(md5(text.encode()).digest())  # noqa: S324 - the only hash that nginx's module offers


def is_lasting(signature: str) -> bool:
    return len(signature) == HMAC_LENGTH


def judge(keys: Keys, signature: str, claim: Claim, *, now: int) -> Verdict:
    """Authenticity first, so that only a link that was once good is told that it has expired."""
    lasts = is_lasting(signature)
    expected = sign_lasting(keys, claim) if lasts else sign_short(keys, claim)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return Verdict.FORGED
    longest_s = LASTING_LIFE_S if lasts else SHORT_LIFE_S
    return Verdict.GOOD if now < claim.expires_at <= now + longest_s else Verdict.EXPIRED


def lasting_expiry(now: int) -> int:
    """From three to six hours ahead, and the same for everybody within a step."""
    return (now // LASTING_STEP_S + 2) * LASTING_STEP_S


def media_base(signature: str, claim: Claim) -> str:
    """The folder of a viewer's links; relative names inside playlists inherit it."""
    return f"/media/{signature},{claim.expires_at}/{claim.viewer}/{claim.asset}.{claim.epoch}"


def _hmac(keys: Keys, claim: Claim, kind: str) -> str:
    text = f"{kind}|{claim.asset}.{claim.epoch}|{claim.viewer}|{claim.expires_at}"
    return _base64url(hmac.digest(keys.path, text.encode(), sha256))


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
