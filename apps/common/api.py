"""The HTTP edge shared by all apps: errors become problem+json, pages are cursors, unknown fields are refused."""

import math
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404
from rest_framework import exceptions, serializers, status
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from apps.common.errors import DomainError, Invalid, TooMany, Unauthenticated, Unavailable

PROBLEM_JSON = "application/problem+json"
DURATION_MAX_S = 400_000.0  # the same as the longest runtime a title may have


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer for input that answers 400 to fields it does not know, instead of ignoring a typing error."""

    def to_internal_value(self, data: Any) -> Any:
        if hasattr(data, "keys"):
            unknown = sorted(set(data.keys()) - set(self.fields))
            if unknown:
                raise serializers.ValidationError({name: ["This field is not known here."] for name in unknown})
        return super().to_internal_value(data)


class SecondsField(serializers.FloatField):
    """A finite number of seconds: NaN passes every range check, and an integer of 400 digits is no float at all."""

    def to_internal_value(self, data: Any) -> float:
        try:
            value = super().to_internal_value(data)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise serializers.ValidationError("Must be a finite number.")
        return value


class PlayerSessionField(serializers.RegexField):
    """What a player calls itself."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^[A-Za-z0-9_-]{1,64}$", **kwargs)


def parse(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The checked body of ``request``. Raises ValidationError, which the handler below answers with 400."""
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def user_id(request: Request) -> UUID:
    """The id of the signed-in person. Raises Unauthenticated where a view lets anybody in."""
    if not isinstance(request.user.pk if request.user else None, UUID):
        raise Unauthenticated("Sign in first.")
    return cast(UUID, request.user.pk)


class NewestFirst(CursorPagination):
    ordering = "-created_at"
    page_size = 30
    page_size_query_param = "page_size"
    max_page_size = 100

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except ValidationError as error:  # the framework checks that a cursor decodes, not that it holds a time
            raise Invalid("This cursor is not one of ours.", fields={"cursor": "Not one of ours."}) from error


def problem(*, http_status: int, code: str, detail: str, fields: dict[str, str] | None = None) -> Response:
    """Build the one error shape of the API."""
    body: dict[str, Any] = {
        "type": f"urn:matinee:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": http_status,
        "code": code,
        "detail": detail,
    }
    if fields:
        body["fields"] = fields
    return Response(body, status=http_status, content_type=PROBLEM_JSON)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook (``EXCEPTION_HANDLER``): domain, validation and framework errors in one shape; others stay a 500."""
    if isinstance(error, DomainError):
        response = problem(http_status=error.status, code=error.code, detail=error.message, fields=error.fields or None)
        if isinstance(error, TooMany | Unavailable):
            response["Retry-After"] = str(error.retry_after_s)
        return response
    if isinstance(error, Http404):
        return problem(http_status=404, code="not_found", detail="There is nothing here, or it is not yours to see.")
    if isinstance(error, serializers.ValidationError):
        fields = _flatten(error.detail)
        detail = "; ".join(f"{name}: {text}" if name else text for name, text in fields.items())
        return problem(http_status=400, code="invalid", detail=detail, fields=fields)
    response_or_none = drf_exception_handler(error, context)
    if response_or_none is None or not isinstance(error, exceptions.APIException):
        return response_or_none
    code = error.get_codes()
    answer = problem(
        http_status=response_or_none.status_code,
        code=code if isinstance(code, str) else "invalid",
        detail=str(error.detail),
    )
    for header in ("WWW-Authenticate", "Retry-After"):
        if header in response_or_none:
            answer[header] = response_or_none[header]
    return answer


def _flatten(detail: Any, prefix: str = "") -> dict[str, str]:
    if isinstance(detail, dict):
        flat: dict[str, str] = {}
        for name, value in detail.items():
            path = f"{prefix}.{name}" if prefix else str(name)
            flat.update(_flatten(value, "" if name == "non_field_errors" else path))
        return flat
    if isinstance(detail, list) and detail and isinstance(detail[0], dict | list):
        flat = {}
        for index, value in enumerate(detail):
            flat.update(_flatten(value, f"{prefix}.{index}" if prefix else str(index)))
        return flat
    return {prefix: " ".join(str(part) for part in detail) if isinstance(detail, list) else str(detail)}


def created(*, is_new: bool) -> int:
    """201 for a new thing, 200 when the same request found it already there."""
    return status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
