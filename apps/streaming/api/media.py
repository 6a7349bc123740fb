"""Serves media files under signed paths: ranges, ETags, immutable caching. The path judged is the path served."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse

from apps.common.api import PROBLEM_JSON
from apps.common.errors import DomainError, NotFound, Unavailable
from apps.streaming.domain.players import player_of
from apps.streaming.domain.ranges import Unsatisfiable, parse_range
from apps.streaming.domain.signing import Claim
from apps.streaming.live import MediaFile, MediaLink, find_media, read_media

# Private: a cache that many share would go on giving to somebody whose rights have ended.
IMMUTABLE = "private, max-age=31536000, immutable"
PLAYER_HEADER = "X-Player-Session"  # a browser that plays by itself sends none
ACCEL = "/_media"  # docker/nginx.conf has this internal location
SANDBOX = "sandbox; default-src 'none'"


async def media(request: HttpRequest, **captured: Any) -> HttpResponseBase:
    """One file of a film for the viewer whom the link names."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})
    try:
        if _is_escaped(request):
            raise NotFound("There is no such file.")
        return await _answer(request, await find_media(_link_of(request, **captured)))
    except DomainError as error:
        return _problem(error)


def _link_of(
    request: HttpRequest, *, signature: str, expires_at: int, viewer: UUID, asset: UUID, epoch: int, name: str
) -> MediaLink:
    player = player_of(viewer, request.headers.get(PLAYER_HEADER, ""))
    return MediaLink(signature, Claim(asset, epoch, viewer, expires_at), name, player)


def _is_escaped(request: HttpRequest) -> bool:
    """Our links never need percent signs; an escaped slash or dot is somebody trying to be clever."""
    raw_path: bytes = getattr(request, "scope", {}).get("raw_path") or b""
    return b"%" in raw_path.split(b"?")[0]


async def _answer(request: HttpRequest, file: MediaFile) -> HttpResponseBase:
    headers = {
        "ETag": file.etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": IMMUTABLE if file.is_immutable else "no-cache",
        "Content-Security-Policy": SANDBOX,
    }
    if settings.MEDIA_BY_NGINX:
        headers["X-Accel-Redirect"] = f"{ACCEL}/{file.store_name}"
        return HttpResponse(headers=headers, content_type=file.content_type)
    if file.etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    try:
        span = parse_range(request.headers.get("Range", ""), file.size) if _may_range(request, file) else None
    except Unsatisfiable:
        headers["Content-Range"] = f"bytes */{file.size}"
        return HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    start, end = span or (0, file.size)
    headers["Content-Length"] = str(end - start)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    status = HTTPStatus.PARTIAL_CONTENT if span else HTTPStatus.OK
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers, content_type=file.content_type)
    body = await read_media(file, start, end)
    return StreamingHttpResponse(body, status=status, headers=headers, content_type=file.content_type)


def _may_range(request: HttpRequest, file: MediaFile) -> bool:
    return request.headers.get("If-Range", file.etag) == file.etag


def _problem(error: DomainError) -> HttpResponse:
    body = {
        "type": f"urn:matinee:problem:{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": error.status,
        "code": error.code,
        "detail": error.message,
    }
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
    return JsonResponse(body, status=error.status, content_type=PROBLEM_JSON, headers=headers)
