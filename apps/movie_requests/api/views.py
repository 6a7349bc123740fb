"""HTTP for requests: parse, one call, format."""

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api import NewestFirst, created, parse, user_id
from apps.common.errors import TooLarge
from apps.common.parsers import BoundedJSONParser
from apps.common.permissions import IsMember, IsOperator, IsVerified
from apps.movie_requests import selectors, services
from apps.movie_requests.api import serializers as shapes
from apps.movie_requests.models import Acquisition

MINE_OR_ALL = OpenApiParameter("scope", str, enum=["mine", "all"], description="all: for the operator only")


class PersonView(APIView):
    """A view for members that answers with one request as the caller sees it."""

    permission_classes = [IsMember]

    def person(self) -> tuple[UUID, bool]:
        return user_id(self.request), bool(getattr(self.request.user, "is_staff", False))

    def answer(self, acquisition: Acquisition, status: int = 200) -> Response:
        item = selectors.item(acquisition, self.person()[0])
        return Response(shapes.RequestItemSerializer(item).data, status=status)


class RequestsView(PersonView):
    parser_classes = [BoundedJSONParser, MultiPartParser]
    pagination_class = NewestFirst

    def get_permissions(self) -> list[Any]:
        return [IsVerified()] if self.request.method == "POST" else [IsMember()]

    @extend_schema(
        operation_id="requests",
        parameters=[MINE_OR_ALL],
        responses=shapes.RequestItemSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """What you asked for or follow, newest first."""
        person, is_operator = self.person()
        wants_all = is_operator and request.query_params.get("scope") == "all"
        pages = self.pagination_class()
        found = selectors.everything() if wants_all else selectors.visible_to(person)
        page = pages.paginate_queryset(found, request, view=self) or []
        return pages.get_paginated_response(shapes.RequestItemSerializer(selectors.items(page, person), many=True).data)

    @extend_schema(
        operation_id="request_create",
        request={
            "application/json": shapes.RequestCreateSerializer,
            "multipart/form-data": shapes.RequestCreateSerializer,
        },
        responses={200: shapes.RequestItemSerializer, 201: shapes.RequestItemSerializer},
    )
    def post(self, request: Request) -> Response:
        """Ask for a film; 200 when it is there or on its way already (you follow it then)."""
        given = parse(shapes.RequestCreateSerializer, request)
        film = services.Film(**{name: given[name] for name in ("title_id", "tmdb_id", "name", "year") if name in given})
        acquisition, is_new = services.submit_film(
            user_id=self.person()[0], film=film, torrent=_content(given.get("torrent")), magnet=given.get("magnet")
        )
        return self.answer(acquisition, created(is_new=is_new))


def _content(upload: "UploadedFile[Any] | None") -> bytes | None:
    if upload is None:
        return None
    if (upload.size or 0) > shapes.TORRENT_FILE_MAX:
        raise TooLarge("The torrent file is too large: 1 MB and 2,000 files are the limits.")
    return bytes(upload.read())


class RequestView(PersonView):
    @extend_schema(operation_id="request", responses=shapes.RequestItemSerializer)
    def get(self, request: Request, acquisition_id: UUID) -> Response:
        """One request of yours."""
        person, is_operator = self.person()
        return self.answer(selectors.visible_one(acquisition_id, user_id=person, is_operator=is_operator))


class RequestEventsView(PersonView):
    @extend_schema(
        operation_id="request_events",
        responses={(200, "application/json"): shapes.RequestEventSerializer(many=True)},
    )
    def get(self, request: Request, acquisition_id: UUID) -> Response:
        """What happened to it, in order."""
        person, is_operator = self.person()
        acquisition = selectors.visible_one(acquisition_id, user_id=person, is_operator=is_operator)
        return Response(shapes.RequestEventSerializer(selectors.log(acquisition), many=True).data)


class CancelView(PersonView):
    @extend_schema(operation_id="request_cancel", request=OpenApiTypes.NONE, responses=shapes.RequestItemSerializer)
    def post(self, request: Request, acquisition_id: UUID) -> Response:
        """Stop it and remove what was fetched; while others wait for it: leave. The operator stops it for all."""
        parse(shapes.NothingSerializer, request)
        person, is_operator = self.person()
        return self.answer(services.cancel(acquisition_id=acquisition_id, user_id=person, is_operator=is_operator))


class RetryView(PersonView):
    @extend_schema(operation_id="request_retry", request=OpenApiTypes.NONE, responses=shapes.RequestItemSerializer)
    def post(self, request: Request, acquisition_id: UUID) -> Response:
        """Try a failed one again."""
        parse(shapes.NothingSerializer, request)
        person, is_operator = self.person()
        return self.answer(services.retry(acquisition_id=acquisition_id, user_id=person, is_operator=is_operator))


class FollowView(PersonView):
    @extend_schema(operation_id="request_follow", request=OpenApiTypes.NONE, responses=shapes.RequestItemSerializer)
    def post(self, request: Request, acquisition_id: UUID) -> Response:
        """Come back to a request you left."""
        parse(shapes.NothingSerializer, request)
        return self.answer(services.follow(acquisition_id=acquisition_id, user_id=self.person()[0]))


class UnfollowView(PersonView):
    @extend_schema(operation_id="request_unfollow", request=OpenApiTypes.NONE, responses=shapes.RequestItemSerializer)
    def post(self, request: Request, acquisition_id: UUID) -> Response:
        """Leave; the request ends with its last follower."""
        parse(shapes.NothingSerializer, request)
        return self.answer(services.unfollow(acquisition_id=acquisition_id, user_id=self.person()[0]))


class ApproveView(PersonView):
    permission_classes = [IsOperator]

    @extend_schema(operation_id="request_approve", request=OpenApiTypes.NONE, responses=shapes.RequestItemSerializer)
    def post(self, request: Request, acquisition_id: UUID) -> Response:
        """Agree to a request that waits for approval."""
        parse(shapes.NothingSerializer, request)
        return self.answer(services.approve(acquisition_id=acquisition_id))


class DeclineView(PersonView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="request_decline", request=shapes.DeclineSerializer, responses=shapes.RequestItemSerializer
    )
    def post(self, request: Request, acquisition_id: UUID) -> Response:
        """Refuse a request that waits for approval, with a reason."""
        given = parse(shapes.DeclineSerializer, request)
        return self.answer(services.decline(acquisition_id=acquisition_id, reason=given["reason"]))
