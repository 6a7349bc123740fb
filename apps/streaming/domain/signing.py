"""The media path token: HMAC over asset, epoch, viewer and expiry. Pure; the clock and the key come in as arguments."""

import hmac
from base64 import urlsafe_b64encode
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

LONGEST_LIFE_S = 6 * 3600
KEY_PURPOSE = b"matinee media path v1"


class Verdict(StrEnum):
    GOOD = "good"
    EXPIRED = "expired"
    FORGED = "forged"


def derive_key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), KEY_PURPOSE, sha256)


def sign(key: bytes, *, asset: UUID, epoch: int, viewer: UUID, expires_at: int) -> str:
    text = f"{asset}.{epoch}|{viewer}|{expires_at}"
    return urlsafe_b64encode(hmac.digest(key, text.encode(), sha256)).decode().rstrip("=")


def judge(key: bytes, signature: str, *, asset: UUID, epoch: int, viewer: UUID, expires_at: int, now: int) -> Verdict:
    """Authenticity first, so that only a link that was once good is told that it has expired."""
    expected = sign(key, asset=asset, epoch=epoch, viewer=viewer, expires_at=expires_at)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return Verdict.FORGED
    return Verdict.GOOD if now < expires_at <= now + LONGEST_LIFE_S else Verdict.EXPIRED


def media_base(signature: str, *, asset: UUID, epoch: int, viewer: UUID, expires_at: int) -> str:
    """The folder of a viewer's links; relative names inside playlists inherit it."""
    return f"/media/{signature},{expires_at}/{viewer}/{asset}.{epoch}"
