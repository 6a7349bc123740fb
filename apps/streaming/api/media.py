"""Serves media files under signed paths: ranges, ETags, immutable caching. The path judged is the path served."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any, BinaryIO

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse

from apps.common.api import PROBLEM_JSON
from apps.common.errors import DomainError, NotFound, Unavailable
from apps.streaming.domain.ranges import Unsatisfiable, parse_range
from apps.streaming.live import MediaFile, MediaLink, find_media

CHUNK_BYTES = 256 * 1024
IMMUTABLE = "public, max-age=31536000, immutable"
SANDBOX = "sandbox; default-src 'none'"


async def media(request: HttpRequest, **captured: Any) -> HttpResponseBase:
    """One file of a film for the viewer whom the link names."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})
    try:
        if _is_escaped(request):
            raise NotFound("There is no such file.")
        file = await find_media(MediaLink(**captured))
    except DomainError as error:
        return _problem(error)
    return await _answer(request, file)


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
    try:
        source = await asyncio.to_thread(file.path.open, "rb")
    except FileNotFoundError:
        return _problem(NotFound("There is no such file."))
    body = _chunks(source, start, end)
    return StreamingHttpResponse(body, status=status, headers=headers, content_type=file.content_type)


def _may_range(request: HttpRequest, file: MediaFile) -> bool:
    return request.headers.get("If-Range", file.etag) == file.etag


async def _chunks(source: BinaryIO, start: int, end: int) -> AsyncIterator[bytes]:
    with source:
        await asyncio.to_thread(source.seek, start)
        while start < end:
            data = await asyncio.to_thread(source.read, min(CHUNK_BYTES, end - start))
            if not data:
                return
            start += len(data)
            yield data


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
