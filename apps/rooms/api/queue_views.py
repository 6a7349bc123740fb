"""HTTP beside the queue: what people may put into it. The queue itself lives on the room's socket."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api import user_id
from apps.common.cards import TitleCardSerializer
from apps.common.permissions import IsPerson
from apps.rooms import selectors

QUERY_MAX = 200


class FilmsQuery(serializers.Serializer[dict[str, str]]):
    q = serializers.CharField(max_length=QUERY_MAX, required=False, allow_blank=True, default="")


class FilmsView(APIView):
    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="room_films",
        parameters=[OpenApiParameter("q", str, description="words of the name; without them the newest films")],
        responses=TitleCardSerializer(many=True),
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """Films that this room can watch, for its people, guests included."""
        given = FilmsQuery(data=request.query_params)
        given.is_valid(raise_exception=True)
        found = selectors.films(room_id, user_id(request), given.validated_data["q"])
        return Response(TitleCardSerializer(found, many=True).data)
