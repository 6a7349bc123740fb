"""The browser client's page, the two API documents, and the answer for paths that are nobody's."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from consumers.schema import asyncapi_document

NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Matinee</title>
<h1>The pages are not built yet</h1>
<p>The server runs, but <code>frontend/dist</code> is empty. Run <code>make run</code>, which builds it, or
<code>npm ci &amp;&amp; npm run build</code> in <code>frontend/</code>, then load this page again.</p></html>"""


@require_safe
def browser_client(request: HttpRequest) -> HttpResponse:
    """index.html for every route of the single-page client; never cached, since it names the hashed assets."""
    index: Path = settings.FRONTEND_DIST / "index.html"
    if not index.is_file():
        return HttpResponse(NOT_BUILT, status=503)
    response = HttpResponse(index.read_bytes(), content_type="text/html; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def openapi(request: HttpRequest) -> JsonResponse:
    """The OpenAPI document of this very server."""
    return JsonResponse(openapi_document())


@require_safe
def asyncapi(request: HttpRequest) -> JsonResponse:
    """The AsyncAPI document of this server's sockets."""
    return JsonResponse(asyncapi_document())


def nothing_here(request: HttpRequest) -> JsonResponse:
    body = {
        "type": "urn:matinee:problem:not_found",
        "title": "Not found",
        "status": 404,
        "code": "not_found",
        "detail": "There is nothing here, or it is not yours to see.",
    }
    return JsonResponse(body, status=404, content_type="application/problem+json")


def openapi_document() -> dict[str, object]:
    """Built afresh; plain JSON values only, so that it compares equal to the checked-in copy."""
    generator: Any = SchemaGenerator  # drf-spectacular has no annotations here
    document = generator().get_schema(request=None, public=True)
    return dict(json.loads(json.dumps(document, default=str, sort_keys=True)))
