"""Liveness, readiness and metrics for supervisors, proxies and Prometheus. Nothing personal is shown."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from apps.streaming.services import storage_numbers

PROBE_TIMEOUT_S = 2
STORAGE = Gauge("matinee_storage_bytes", "The store of films: quota, used, reserved, and free on the disk.", ["what"])


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok", "checks": {}})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """The process can serve people: the database with its newest tables, Redis, and the media folder."""
    checks = {name: check() for name, check in CHECKS.items()}
    is_ready = all(result == "ok" for result in checks.values())
    return JsonResponse(
        {"status": "ok" if is_ready else "unavailable", "checks": checks}, status=200 if is_ready else 503
    )


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    with suppress(DatabaseError, OSError):  # the process has more to tell than the store
        for name, value in storage_numbers().items():
            STORAGE.labels(name).set(value)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


@cache
def _newest_migrations() -> frozenset[tuple[str, str]]:
    """Read from the files once: building the graph takes longer than everything else here."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _database() -> str:
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except DatabaseError:
        return "no answer"
    return "ok" if _newest_migrations() <= applied.keys() else "migrations are missing"


def _redis() -> str:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PROBE_TIMEOUT_S, socket_connect_timeout=PROBE_TIMEOUT_S
    )
    try:
        client.ping()
    except redis.RedisError:
        return "no answer"
    finally:
        client.close()
    return "ok"


def _media() -> str:
    return "ok" if settings.MEDIA_ROOT.is_dir() else "the media folder is missing"


CHECKS: dict[str, Callable[[], str]] = {"database": _database, "redis": _redis, "media": _media}
