"""The Session answer: who signed in, their access token, and the refresh cookie that scripts cannot read.

Here rather than in accounts, because rooms answers with it too when a guest comes in by an invite.
"""

from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

REFRESH_COOKIE = "matinee_refresh"
REFRESH_COOKIE_PATH = "/api/v1/auth"


class SignedInUser(Protocol):
    guest_until: datetime | None


class Tokens(Protocol):
    """What ``accounts.services`` hands out for a sign-in."""

    @property
    def access(self) -> str: ...
    @property
    def refresh(self) -> str: ...
    @property
    def expires_in_s(self) -> int: ...
    @property
    def user(self) -> SignedInUser: ...


class MeSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(read_only=True)
    email = serializers.EmailField(read_only=True, allow_null=True)
    is_guest = serializers.BooleanField(read_only=True)
    is_verified = serializers.BooleanField(read_only=True)
    is_operator = serializers.BooleanField(source="is_staff", read_only=True)
    plan = serializers.CharField(source="plan_label", read_only=True)
    room_id = serializers.UUIDField(source="guest_room_id", read_only=True, allow_null=True)


class SessionSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(read_only=True)
    expires_in = serializers.IntegerField(source="expires_in_s", read_only=True)
    user = MeSerializer(read_only=True)


def session_response(tokens: Tokens, *, status: int = 200) -> Response:
    """The Session body and its cookie; a guest's cookie ends with the guest."""
    response = Response(SessionSerializer(tokens).data, status=status, headers={"Cache-Control": "no-store"})
    until = tokens.user.guest_until
    response.set_cookie(
        REFRESH_COOKIE,
        tokens.refresh,
        max_age=None if until else int(settings.REFRESH_TOKEN_LIFETIME.total_seconds()),
        expires=until,
        path=REFRESH_COOKIE_PATH,
        secure=settings.SECURE_COOKIES,
        httponly=True,
        samesite="Strict",
    )
    return response


def peer_address(request: Request) -> str:
    """The peer as the server sees it. Forwarded headers are not read here: whoever calls can write them."""
    return str(request.META.get("REMOTE_ADDR") or "")


def device_name(request: Request) -> str:
    return "".join(filter(str.isprintable, request.headers.get("User-Agent", "")))[:200]
