from uuid import uuid4

import pytest
from accounts_cast import client_of, guest, person

from apps.billing import services
from apps.billing.domain import PlanName

pytestmark = pytest.mark.django_db


def current(client):
    return [plan["name"] for plan in client.get("/api/v1/plans").json() if plan["is_current"]]


def test_the_plans_say_what_they_allow():
    free, premium = client_of(person("bob")).get("/api/v1/plans").json()
    assert free == {
        "name": "free",
        "is_current": True,
        "requests_per_week": 3,
        "max_height": 720,
        "party_size": 8,
        "pins": 0,
        "play_while_downloading": False,
        "priority": False,
    }
    assert (premium["requests_per_week"], premium["max_height"], premium["party_size"]) == (15, 1080, 50)


def test_a_grant_shows_at_once():
    alice = person("alice")
    client = client_of(alice)
    services.grant(alice.pk, PlanName.PREMIUM, 3)
    assert current(client) == ["premium"]
    assert client.get("/api/v1/me").json()["plan"] == "premium"


def test_charlie_is_not_on_alices_plan():
    services.grant(person("alice").pk, PlanName.PREMIUM, 3)
    assert current(client_of(person("charlie"))) == ["free"]


def test_a_guest_is_refused():
    assert client_of(guest(uuid4())).get("/api/v1/plans").status_code == 403
