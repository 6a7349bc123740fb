"""Asking to play a title."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api import parse, user_id
from apps.common.permissions import IsMember
from apps.streaming import services
from apps.streaming.api.serializers import PlaybackSerializer, PlayInput


class PlayView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="play_title", request=PlayInput, responses=PlaybackSerializer)
    def post(self, request: Request, title_id: UUID) -> Response:
        """Signed links to the title's streams, valid for ten minutes: ask again before they end."""
        playback = services.authorise_playback(
            viewer_id=user_id(request), title_id=title_id, **parse(PlayInput, request)
        )
        return Response(PlaybackSerializer(playback).data)
