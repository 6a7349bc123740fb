"""HTTP for viewing: parse, one call, format."""

from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api import NewestFirst, parse, user_id
from apps.common.cards import TitleCardSerializer
from apps.common.permissions import IsMember
from apps.viewing import selectors, services
from apps.viewing.api import serializers as shapes


class LastTouchedFirst(NewestFirst):
    ordering = "-updated_at"


class LibraryView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="library", responses=shapes.LibrarySerializer)
    def get(self, request: Request) -> Response:
        """Every shelf of the home page."""
        return Response(shapes.LibrarySerializer(selectors.library(user_id(request))).data)


class ProgressView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="progress", responses=shapes.ProgressSerializer)
    def get(self, request: Request, title_id: UUID) -> Response:
        """Where you are in a film."""
        return Response(shapes.ProgressSerializer(selectors.progress(user_id(request), title_id)).data)

    @extend_schema(
        operation_id="progress_save", request=shapes.ProgressSaveSerializer, responses=shapes.ProgressSerializer
    )
    def put(self, request: Request, title_id: UUID) -> Response:
        """Report where you are; answers what counts, which a newer player may have said."""
        given = parse(shapes.ProgressSaveSerializer, request)
        row = services.save_progress(user_id=user_id(request), title_id=title_id, **given)
        return Response(shapes.ProgressSerializer(selectors.progress_of(row)).data)


class HistoryView(APIView):
    permission_classes = [IsMember]
    pagination_class = LastTouchedFirst

    @extend_schema(operation_id="history", responses=shapes.HistoryItemSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What you watched, last first."""
        pages = self.pagination_class()
        page = pages.paginate_queryset(selectors.history(user_id(request)), request, view=self) or []
        items = [selectors.history_item(row) for row in page]
        return pages.get_paginated_response(shapes.HistoryItemSerializer(items, many=True).data)


class HistoryItemView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="history_forget", request=None, responses={204: OpenApiTypes.NONE})
    def delete(self, request: Request, title_id: UUID) -> Response:
        """Forget that you watched it."""
        services.forget(user_id=user_id(request), title_id=title_id)
        return Response(status=204)


class WatchLaterView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="watch_later", responses={(200, "application/json"): TitleCardSerializer(many=True)})
    def get(self, request: Request) -> Response:
        """Your list, the last one added first."""
        return Response(TitleCardSerializer(selectors.watch_later(user_id(request)), many=True).data)


class WatchLaterItemView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="watch_later_add", request=None, responses={204: OpenApiTypes.NONE})
    def put(self, request: Request, title_id: UUID) -> Response:
        """Put a film on your list."""
        services.watch_later(user_id=user_id(request), title_id=title_id)
        return Response(status=204)

    @extend_schema(operation_id="watch_later_remove", request=None, responses={204: OpenApiTypes.NONE})
    def delete(self, request: Request, title_id: UUID) -> Response:
        """Take a film off your list."""
        services.unwatch_later(user_id=user_id(request), title_id=title_id)
        return Response(status=204)
