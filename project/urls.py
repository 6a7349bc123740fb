"""Every route of the server. Each app lists its own paths; the page of the browser client answers everything else."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from apps.catalog.urls import artwork_urlpatterns
from apps.streaming.urls import media_urlpatterns
from project import health, pages

API_APPS = ("accounts", "billing", "notifications", "catalog", "streaming", "movie_requests", "viewing", "rooms")

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.live),
    path("readyz", health.ready),
    path("metrics", health.metrics),
    path("api/v1/schema", pages.openapi, name="openapi"),
    path("api/v1/schema/asyncapi", pages.asyncapi, name="asyncapi"),
    *(path("api/v1/", include(f"apps.{app}.urls")) for app in API_APPS),
    *media_urlpatterns,
    *artwork_urlpatterns,
    re_path(r"^(?:api|ws|media|artwork|static)(?:/|$)", pages.nothing_here),
    re_path(r"^(?!assets/).*$", pages.browser_client),
]
