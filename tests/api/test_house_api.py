"""The paths that belong to no app: health, documents, the browser client's page, and everything that is nobody's."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder
from django.utils.module_loading import import_string
from rest_framework.views import APIView

from apps.common.checks import every_view_names_its_permission, names_its_permission
from apps.common.permissions import IsMember

ROOT = Path(__file__).resolve().parent.parent.parent


def test_no_middleware_holds_a_thread_for_a_request_that_waits(settings) -> None:
    """One that is synchronous would keep a thread for each viewer who waits for a segment, up to 25 s."""
    assert [name for name in settings.MIDDLEWARE if not import_string(name).async_capable] == []


def test_livez_needs_nothing(client) -> None:
    assert client.get("/livez").json() == {"status": "ok", "checks": {}}


def test_readyz_names_each_thing_it_looked_at(client, db) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "checks": {"database": "ok", "redis": "ok", "media": "ok"}},
    )


def test_readyz_says_what_is_missing(client, db, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "gone"
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "database": "ok",
        "redis": "no answer",
        "media": "the media folder is missing",
    }


def test_readyz_says_that_a_migration_waits(client, db) -> None:
    newest = MigrationRecorder.Migration.objects.filter(app="streaming").order_by("-name").first()
    MigrationRecorder.Migration.objects.filter(pk=newest.pk).delete()
    assert client.get("/readyz").json()["checks"]["database"] == "migrations are missing"


def test_metrics_are_prometheus_text_and_say_how_full_the_store_is(client, db, settings) -> None:
    settings.MEDIA_QUOTA_BYTES = 123_000_000
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert b"# TYPE" in answer.content
    assert b'matinee_storage_bytes{what="quota"} 1.23e+08' in answer.content


@pytest.mark.parametrize("path", ["/", "/search", "/room/5e0", "/join/some-token", "/setup/x"])
def test_every_page_of_the_client_is_the_one_index_and_never_cached(client, settings, tmp_path, path) -> None:
    settings.FRONTEND_DIST = tmp_path
    (tmp_path / "index.html").write_text("<title>Matinee</title>")
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-cache"
    assert "default-src 'self'" in answer["Content-Security-Policy"]


def test_without_built_pages_the_answer_says_how_to_build_them(client, settings, tmp_path) -> None:
    settings.FRONTEND_DIST = tmp_path
    answer = client.get("/")
    assert answer.status_code == 503
    assert b"npm run build" in answer.content


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api", "/media/x", "/media/../secrets.env", "/ws/updates"])
def test_what_is_nobodys_is_a_problem_and_not_a_page(client, path) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_a_missing_asset_is_no_page(client) -> None:
    assert client.get("/assets/old-1234.js").status_code == 404


@pytest.mark.parametrize(("path", "copy"), [("schema", "docs/openapi.json"), ("schema/asyncapi", "docs/asyncapi.json")])
def test_the_served_documents_are_the_checked_in_ones(client, path, copy) -> None:
    assert client.get(f"/api/v1/{path}").json() == json.loads((ROOT / copy).read_text())


def test_the_checked_in_copies_are_up_to_date(capsys) -> None:
    call_command("schema", check=True)
    assert "up to date" in capsys.readouterr().out


def test_every_view_names_its_permission() -> None:
    assert every_view_names_its_permission() == []


def test_a_view_that_names_no_permission_is_found_out() -> None:
    class Silent(APIView):
        pass

    class Speaking(APIView):
        permission_classes = [IsMember]

    assert not names_its_permission(Silent)
    assert names_its_permission(Speaking)
