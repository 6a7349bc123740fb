"""The Session answer as rooms uses it too: cookie lifetimes, what a device is called, and what is never stored."""

from datetime import timedelta
from email.utils import parsedate_to_datetime
from uuid import uuid4

import pytest
from accounts_cast import person
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.request import Request

from apps.accounts import services
from apps.accounts.models import SignIn
from apps.common.sessions import device_name, peer_address, session_response

pytestmark = pytest.mark.django_db


def request(**headers):
    return Request(RequestFactory().get("/", **headers))


def test_a_members_cookie_lives_as_long_as_the_sign_in():
    tokens = services.open_session(person("alice"), services.Origin())
    cookie = session_response(tokens).cookies["matinee_refresh"]
    assert cookie["max-age"] == 60 * 86_400
    assert cookie.value == tokens.refresh


def test_a_guests_cookie_ends_with_the_guest():
    until = timezone.now() + timedelta(hours=6)
    tokens = services.open_guest_session(name="Gwen", room_id=uuid4(), until=until)
    cookie = session_response(tokens, status=201).cookies["matinee_refresh"]
    assert abs(parsedate_to_datetime(cookie["expires"]) - until) < timedelta(seconds=2)
    assert SignIn.objects.get().expires_at == until


def test_a_refresh_does_not_lengthen_a_guests_stay():
    until = timezone.now() + timedelta(hours=6)
    tokens = services.open_guest_session(name="Gwen", room_id=uuid4(), until=until)
    services.refresh(token=tokens.refresh, origin=services.Origin())
    assert SignIn.objects.get().expires_at == until


def test_a_session_is_never_cached():
    tokens = services.open_session(person("alice"), services.Origin())
    assert session_response(tokens).headers["Cache-Control"] == "no-store"


def test_the_refresh_token_is_in_the_cookie_only():
    tokens = services.open_session(person("alice"), services.Origin())
    assert tokens.refresh not in str(session_response(tokens).data)


@pytest.mark.parametrize(
    ("header", "name"), [("Firefox", "Firefox"), ("a\x00b\nc", "abc"), ("x" * 999, "x" * 200), ("", "")]
)
def test_a_device_name_is_short_and_printable(header, name):
    assert device_name(request(HTTP_USER_AGENT=header)) == name


def test_the_peer_is_who_connected_and_not_who_they_say():
    assert peer_address(request(REMOTE_ADDR="10.0.0.7", HTTP_X_FORWARDED_FOR="1.2.3.4")) == "10.0.0.7"


def test_a_unix_socket_has_no_address_and_that_is_fine():
    assert peer_address(request(REMOTE_ADDR="")) == ""
    services.draw_call("")
