"""What a browser needs before it talks to the others of a room."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api import user_id
from apps.common.permissions import IsPerson
from apps.rooms import services


class IceServerSerializer(serializers.Serializer[Any]):
    urls = serializers.ListField(child=serializers.CharField())
    username = serializers.CharField(allow_null=True)
    credential = serializers.CharField(allow_null=True)


class VoiceSerializer(serializers.Serializer[Any]):
    ice_servers = IceServerSerializer(many=True, help_text="for RTCPeerConnection; none on a server for one LAN")


class VoiceView(APIView):
    permission_classes = [IsPerson]

    @extend_schema(operation_id="room_voice", responses=VoiceSerializer)
    def get(self, request: Request, room_id: UUID) -> Response:
        """The STUN and TURN servers of this house, with a password that ends with the evening."""
        servers = services.ice_servers_of(room_id=room_id, user_id=user_id(request))
        response = Response(VoiceSerializer({"ice_servers": servers}).data)
        response["Cache-Control"] = "no-store"
        return response
