"""HTTP for the catalogue: parse, one call, format."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.catalog import selectors, services
from apps.catalog.api import serializers as shapes
from apps.catalog.domain.titles import Availability
from apps.common.api import NewestFirst, parse, user_id
from apps.common.cards import AVAILABILITIES, TitleCardSerializer
from apps.common.errors import NotFound
from apps.common.permissions import IsMember, IsVerified

ONE_YEAR_S = 31_536_000


class SearchView(APIView):
    permission_classes = [IsMember]

    @extend_schema(
        operation_id="search",
        parameters=[OpenApiParameter("q", str, required=True)],
        responses=shapes.SearchResponseSerializer,
    )
    def get(self, request: Request) -> Response:
        """Films by name: what this server has first, then what the film database knows."""
        form = shapes.SearchQuerySerializer(data=request.query_params)
        form.is_valid(raise_exception=True)
        results, provider = selectors.find(form.validated_data["q"])
        return Response(shapes.SearchResponseSerializer({"results": results, "provider": provider}).data)


class TitlesView(APIView):
    pagination_class = NewestFirst

    def get_permissions(self) -> list[IsMember]:
        return [IsVerified()] if self.request.method == "POST" else [IsMember()]

    @extend_schema(
        operation_id="titles",
        parameters=[OpenApiParameter("availability", str, enum=AVAILABILITIES)],
        responses=TitleCardSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """All titles, newest first."""
        form = shapes.TitlesQuerySerializer(data=request.query_params)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data.get("availability")
        pages = self.pagination_class()
        page = pages.paginate_queryset(selectors.newest(Availability(wanted) if wanted else None), request, view=self)
        cards = [selectors.card(found) for found in page or []]
        return pages.get_paginated_response(TitleCardSerializer(cards, many=True).data)

    @extend_schema(
        operation_id="title_create",
        request=shapes.TitleCreateSerializer,
        responses={201: shapes.TitleDetailSerializer},
    )
    def post(self, request: Request) -> Response:
        """Store a film by name or by its number in the film database; one that is stored already is returned."""
        given = parse(shapes.TitleCreateSerializer, request)
        if "tmdb_id" in given:
            title = services.ensure_tmdb_title(given["tmdb_id"])
        else:
            title = services.create_manual_title(**given, created_by=user_id(request))
        return Response(shapes.TitleDetailSerializer(selectors.detail(title)).data, status=201)


class TitleView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="title", responses=shapes.TitleDetailSerializer)
    def get(self, request: Request, title_id: UUID) -> Response:
        """One title."""
        return Response(shapes.TitleDetailSerializer(selectors.detail(selectors.title(title_id))).data)


def artwork(request: HttpRequest, file_name: str) -> HttpResponse:
    """A picture, for everybody (img elements send no token): the name is a digest, the bytes never change."""
    try:
        data = services.artwork_file(file_name)
    except NotFound as error:
        return HttpResponse(error.message, status=404, content_type="text/plain; charset=utf-8")
    response = HttpResponse(data, content_type="image/webp")
    response["Cache-Control"] = f"public, max-age={ONE_YEAR_S}, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
