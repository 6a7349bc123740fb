"""The servers that help two browsers to find each other. Invariant: none without settings, which does for a LAN.

A password for a TURN server names when it ends, so the server needs no list of people: coturn's ``use-auth-secret``
(draft-uberti-behave-turn-rest-00).
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IceServer:
    """As RTCPeerConnection takes it."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


def choose_ice_servers(
    *, stun: Sequence[str], turn: Sequence[str], secret: str, name: str, until_s: int
) -> list[IceServer]:
    """``until_s``: seconds since 1970 until which the TURN server lets ``name`` in."""
    servers = [IceServer(list(stun))] if stun else []
    if turn:
        username = f"{until_s}:{name}"
        servers.append(IceServer(list(turn), username, turn_credential(username, secret)))
    return servers


def turn_credential(username: str, secret: str) -> str:
    signature = hmac.new(secret.encode(), username.encode(), hashlib.sha1)  # what the scheme and every server use
    return base64.b64encode(signature.digest()).decode()
