import re
from datetime import timedelta
from uuid import uuid4

import pytest
from accounts_cast import PASSWORD, client_of, guest, person
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import services
from apps.accounts.models import RefreshToken, User

pytestmark = pytest.mark.django_db

ALICE = {"email": "alice@example.org", "name": "Alice", "password": PASSWORD}
COOKIE = "matinee_refresh"


def post(path, body=None, client=None, **headers):
    return (client or APIClient()).post(f"/api/v1/{path}", body or {}, format="json", **headers)


def signed_in():
    """Alice after signing in by password, with her cookie."""
    client = APIClient()
    answer = post("auth/login", {"email": ALICE["email"], "password": PASSWORD}, client)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    return client


def last_token():
    services.post_due_letters()
    return re.search(r"token=(\S+)", mail.outbox[-1].body)[1]


class TestRegistering:
    def test_it_answers_202_whatever_the_address(self):
        person("bob")
        fresh, known = post("auth/register", ALICE), post("auth/register", ALICE | {"email": "bob@example.org"})
        assert fresh.status_code == known.status_code == 202
        assert fresh.json() == known.json()

    def test_from_registering_to_verified_by_link(self):
        post("auth/register", ALICE)
        assert post("auth/verify-email", {"token": last_token()}).status_code == 200
        assert post("auth/login", {"email": ALICE["email"], "password": PASSWORD}).json()["user"]["is_verified"]

    def test_from_registering_to_verified_by_code(self):
        post("auth/register", ALICE)
        services.post_due_letters()
        code = re.search(r"code: (\d+)", mail.outbox[0].body)[1]
        assert post("auth/verify-email", {"email": ALICE["email"], "code": code}).status_code == 200

    @pytest.mark.parametrize(
        "bad",
        [
            {},
            {"email": "not an address"},
            {"email": "a@" + "x" * 300 + ".org"},
            {"email": 5},
            {"email": "a\x00@example.org"},
            {"name": ""},
            {"name": "x" * 61},
            {"name": "\u200b"},
            {"name": ["Alice"]},
            {"password": "short"},
            {"password": "x" * 257},
            {"password": None},
            {"is_staff": True},
        ],
    )
    def test_bad_input_names_the_field_and_leaves_nothing(self, bad):
        answer = post("auth/register", ALICE | bad if bad else {})
        assert answer.status_code == 400
        assert answer.json()["code"] in {"invalid", "password_weak"}
        assert set(answer.json()["fields"]) >= set(bad)
        assert not User.objects.exists()

    @pytest.mark.parametrize("body", ["[]", "5", "null", '"x"', "{", "NaN", '{"email": NaN}'])
    def test_a_body_that_is_no_object_is_refused(self, body):
        answer = APIClient().generic("POST", "/api/v1/auth/register", body, content_type="application/json")
        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"token": "x", "code": "123456"},
            {"email": "alice@example.org"},
            {"code": "123456"},
            {"email": "alice@example.org", "code": "12345"},
            {"email": "alice@example.org", "code": "abcdef"},
            {"email": "alice@example.org", "code": "123456"},
            {"token": "unknown"},
            {"token": "x" * 129},
        ],
    )
    def test_verifying_needs_a_good_token_or_a_good_code(self, body):
        assert post("auth/verify-email", body).status_code == 400

    @pytest.mark.parametrize("path", ["auth/verify-email/resend", "auth/password/forgot"])
    def test_asking_for_a_letter_answers_202_whatever_the_address(self, path):
        person("bob", is_verified=False)
        assert post(path, {"email": "bob@example.org"}).json() == post(path, {"email": "x@example.org"}).json()
        assert post(path, {"email": "x@example.org"}).status_code == 202
        assert post(path, {"email": "x"}).status_code == 400

    def test_too_many_calls_from_one_address_are_told_when_to_return(self, settings):
        settings.AUTH_LIMITS = dict(settings.AUTH_LIMITS) | {"calls_per_home_address": (2, 60)}
        answers = [post("auth/register", ALICE) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [202, 202, 429]
        assert answers[-1].headers["Retry-After"] == "30"

    def test_a_forwarded_header_does_not_buy_more_calls(self, settings):
        settings.AUTH_LIMITS = dict(settings.AUTH_LIMITS) | {"calls_per_home_address": (1, 60)}
        body = {"email": "x@example.org"}
        codes = [
            post("auth/password/forgot", body, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}").status_code for n in range(3)
        ]
        assert codes == [202, 429, 429]


class TestSigningIn:
    def test_the_answer_is_a_session_and_a_cookie_that_scripts_cannot_read(self):
        person("alice", password=PASSWORD)
        answer = post("auth/login", {"email": ALICE["email"], "password": PASSWORD})
        assert set(answer.json()) == {"access", "expires_in", "user"}
        assert answer.json()["expires_in"] == 600
        assert answer.json()["user"] == {
            "id": str(User.objects.get().pk),
            "name": "Alice",
            "email": "alice@example.org",
            "is_guest": False,
            "is_verified": True,
            "is_operator": False,
            "plan": "free",
            "room_id": None,
        }
        cookie = answer.cookies[COOKIE]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert cookie["path"] == "/api/v1/auth"
        assert cookie.value not in answer.content.decode()

    def test_the_cookie_is_secure_on_an_https_site(self, settings):
        settings.SECURE_COOKIES = True
        person("alice", password=PASSWORD)
        answer = post("auth/login", {"email": ALICE["email"], "password": PASSWORD})
        assert answer.cookies[COOKIE]["secure"]

    def test_charlie_is_refused_with_a_wrong_password(self):
        person("alice", password=PASSWORD)
        answer = post("auth/login", {"email": ALICE["email"], "password": "wrong"})
        assert answer.status_code == 401
        assert answer.json()["code"] == "bad_credentials"
        assert COOKIE not in answer.cookies

    @pytest.mark.parametrize("body", [{}, {"email": ALICE["email"]}, {"email": "x", "password": "x"}])
    def test_bad_input_is_refused(self, body):
        assert post("auth/login", body).status_code == 400

    @pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic abc", "Bearer a b", "nonsense", "Bearer x.y.z"])
    def test_a_bad_authorization_header_is_401(self, header):
        answer = APIClient().get("/api/v1/me", HTTP_AUTHORIZATION=header)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_nobody_gets_401_everywhere_a_person_is_needed(self):
        client = APIClient()
        for path in ("me", "auth/sessions", "outbox", "notifications", "plans", "notification-preferences"):
            assert client.get(f"/api/v1/{path}").status_code == 401
        for path in ("auth/logout-all", "auth/password/change", "ws/ticket", "notifications/seen"):
            assert post(path).status_code == 401


class TestRefreshing:
    def test_a_refresh_rotates_the_cookie(self):
        person("alice", password=PASSWORD)
        client = signed_in()
        before = client.cookies[COOKIE].value
        answer = post("auth/refresh", client=client)
        assert answer.status_code == 200
        assert client.cookies[COOKIE].value != before
        assert answer.json()["user"]["email"] == "alice@example.org"

    def test_without_a_cookie_it_is_401(self):
        assert post("auth/refresh").json()["code"] == "signed_out"

    def test_a_replayed_cookie_is_401_and_ends_the_session(self):
        person("alice", password=PASSWORD)
        client = signed_in()
        stolen = client.cookies[COOKIE].value
        post("auth/refresh", client=client)
        RefreshToken.objects.exclude(used_at=None).update(used_at=timezone.now() - timedelta(minutes=1))
        thief = APIClient()
        thief.cookies[COOKIE] = stolen
        assert post("auth/refresh", client=thief).json()["code"] == "replayed"
        assert post("auth/refresh", client=client).status_code == 401
        assert client.get("/api/v1/me").status_code == 401

    @pytest.mark.parametrize("origin", ["http://localhost:8000", "http://testserver"])
    def test_our_own_pages_may_refresh(self, origin):
        person("alice", password=PASSWORD)
        assert post("auth/refresh", client=signed_in(), HTTP_ORIGIN=origin).status_code == 200

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "http://testserver:9999", "https://testserver", "null", "", "x://["]
    )
    def test_a_foreign_page_may_not(self, origin):
        person("alice", password=PASSWORD)
        client = signed_in()
        assert post("auth/refresh", client=client, HTTP_ORIGIN=origin).status_code == 403
        assert post("auth/logout", client=client, HTTP_ORIGIN=origin).status_code == 403
        assert post("auth/refresh", client=client).status_code == 200


class TestSigningOut:
    def test_logout_ends_the_session_and_forgets_the_cookie(self):
        person("alice", password=PASSWORD)
        client = signed_in()
        answer = post("auth/logout", client=client)
        assert answer.status_code == 204
        assert answer.cookies[COOKIE].value == ""
        assert client.get("/api/v1/me").status_code == 401

    def test_logout_without_a_session_is_fine(self):
        assert post("auth/logout").status_code == 204

    def test_logout_all_ends_every_device(self):
        person("alice", password=PASSWORD)
        here, there = signed_in(), signed_in()
        assert post("auth/logout-all", client=here).status_code == 204
        assert there.get("/api/v1/me").status_code == 401
        assert post("auth/refresh", client=there).status_code == 401

    def test_the_list_of_devices_shows_mine_and_which_one_this_is(self):
        alice, charlie = person("alice", password=PASSWORD), person("charlie")
        client = signed_in()
        services.open_session(alice, services.Origin(address="10.0.0.9", device="Phone"))
        services.open_session(charlie, services.Origin())
        rows = client.get("/api/v1/auth/sessions").json()
        assert [(row["device"], row["is_current"]) for row in rows] == [("Phone", False), ("", True)]

    def test_a_device_can_be_signed_out_from_another(self):
        person("alice", password=PASSWORD)
        here, there = signed_in(), signed_in()
        other = next(row for row in here.get("/api/v1/auth/sessions").json() if not row["is_current"])
        assert here.delete(f"/api/v1/auth/sessions/{other['id']}").status_code == 204
        assert there.get("/api/v1/me").status_code == 401
        assert here.get("/api/v1/me").status_code == 200

    def test_charlie_is_refused_on_alices_devices(self):
        tokens = services.open_session(person("alice"), services.Origin())
        charlie = client_of(person("charlie"))
        assert charlie.delete(f"/api/v1/auth/sessions/{tokens.family}").status_code == 404
        assert services.authenticate(tokens.access)

    def test_an_unknown_device_is_404(self):
        assert client_of(person("alice")).delete(f"/api/v1/auth/sessions/{uuid4()}").status_code == 404


class TestPasswords:
    def test_from_forgotten_to_signed_in_again(self):
        person("alice", password=PASSWORD)
        post("auth/password/forgot", {"email": ALICE["email"]})
        new = "a whole new sentence"
        assert post("auth/password/reset", {"token": last_token(), "password": new}).status_code == 200
        assert post("auth/login", {"email": ALICE["email"], "password": new}).status_code == 200

    @pytest.mark.parametrize("body", [{}, {"token": "x"}, {"token": "x", "password": "a long enough one"}])
    def test_a_reset_needs_a_good_link(self, body):
        assert post("auth/password/reset", body).status_code == 400

    def test_changing_answers_a_fresh_session(self):
        person("alice", password=PASSWORD)
        client = signed_in()
        answer = post("auth/password/change", {"current": PASSWORD, "new": "a whole new sentence"}, client)
        assert answer.status_code == 200
        assert client.get("/api/v1/me").status_code == 401
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
        assert client.get("/api/v1/me").status_code == 200
        assert post("auth/refresh", client=client).status_code == 200

    @pytest.mark.parametrize("body", [{}, {"current": PASSWORD}, {"current": "wrong", "new": "a whole new one"}])
    def test_changing_needs_the_current_password(self, body):
        person("alice", password=PASSWORD)
        assert post("auth/password/change", body, signed_in()).status_code == 400

    def test_a_guest_has_no_password_to_change(self):
        answer = post("auth/password/change", {"current": "x", "new": "y"}, client_of(guest(uuid4())))
        assert answer.status_code == 403


class TestSetup:
    def test_the_link_makes_the_operator_and_signs_in(self):
        answer = post("auth/setup", ALICE | {"token": services.create_setup_token()})
        assert answer.status_code == 201
        assert answer.json()["user"]["is_operator"]
        assert answer.json()["user"]["plan"] == "premium"
        assert COOKIE in answer.cookies

    def test_charlie_is_refused_with_a_used_or_guessed_link(self):
        token = services.create_setup_token()
        post("auth/setup", ALICE | {"token": token})
        for guess in (token, "guess", ""):
            answer = post("auth/setup", ALICE | {"email": "charlie@example.org", "token": guess})
            assert answer.status_code == 400
        assert User.objects.filter(is_staff=True).count() == 1

    def test_the_command_prints_the_link_only_while_there_is_no_operator(self, capsys):
        from django.core.management import call_command

        call_command("setup_link")
        link = capsys.readouterr().out.strip()
        assert link.startswith("http://localhost:8000/setup/")
        post("auth/setup", ALICE | {"token": link.rsplit("/", 1)[1]})
        call_command("setup_link")
        assert capsys.readouterr().out == ""
