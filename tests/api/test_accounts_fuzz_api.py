"""Whatever JSON comes in, each endpoint of accounts, billing and notifications answers, and never with a 5xx."""

import json
from uuid import uuid4

import pytest
from accounts_cast import client_of, person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db

FIELDS = {
    "auth/register": ["email", "name", "password"],
    "auth/verify-email": ["token", "email", "code"],
    "auth/verify-email/resend": ["email"],
    "auth/login": ["email", "password"],
    "auth/refresh": [],
    "auth/logout": [],
    "auth/password/forgot": ["email"],
    "auth/password/reset": ["token", "password"],
    "auth/password/change": ["current", "new"],
    "auth/setup": ["token", "email", "name", "password"],
    "ws/ticket": ["purpose", "room"],
    "notifications/seen": ["ids"],
}
likely = st.sampled_from(
    ["alice@example.org", "123456", "updates", "room", "\x00", "\ud7ff", "a" * 300, str(uuid4()), "١٢٣٤٥٦", ""]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | likely
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2)
)


def bodies(fields):
    by_name = st.dictionaries(st.sampled_from([*fields, "more"]), values, max_size=5)
    return by_name | values


@pytest.fixture(autouse=True)
def _wide_limits(settings):
    settings.AUTH_LIMITS = dict.fromkeys(settings.AUTH_LIMITS, (1000000, 1))


@pytest.mark.parametrize("path", FIELDS)
@pytest.mark.parametrize("who", ["nobody", "charlie"])
def test_no_body_makes_the_server_fail(path, who):
    client = client_of(person("charlie")) if who == "charlie" else APIClient()

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(body=bodies(FIELDS[path]))
    def send(body):
        raw = json.dumps(body)
        answer = client.generic("POST", f"/api/v1/{path}", raw, content_type="application/json")
        assert answer.status_code < 500
        if answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["code"]

    send()


def test_a_body_beyond_the_limit_is_refused_before_it_is_read_whole():
    body = json.dumps({"email": "alice@example.org", "password": "a" * 2 * 1024 * 1024})
    answer = APIClient().generic("POST", "/api/v1/auth/login", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("path", FIELDS)
def test_other_content_types_are_refused_by_name(path):
    client = client_of(person("charlie"))
    answer = client.generic("POST", f"/api/v1/{path}", "email=a", content_type="application/x-www-form-urlencoded")
    assert answer.status_code in ({204, 401} if path in {"auth/refresh", "auth/logout"} else {415})


@pytest.mark.parametrize("path", [*FIELDS, "me", "outbox", "plans", "notifications", "auth/sessions"])
@pytest.mark.parametrize("method", ["PATCH", "TRACE"])
def test_other_methods_are_refused_by_name(path, method):
    answer = client_of(person("alice", is_staff=True)).generic(method, f"/api/v1/{path}")
    assert answer.status_code == 405
