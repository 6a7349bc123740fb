"""The operator's look at the rooms that people are in."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.permissions import IsOperator
from apps.rooms import services


class DriftSerializer(serializers.Serializer[Any]):
    p50_ms = serializers.IntegerField()
    p95_ms = serializers.IntegerField()
    p99_ms = serializers.IntegerField()
    samples = serializers.IntegerField()


class LiveRoomSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    title = serializers.CharField(help_text="the film")
    owner_name = serializers.CharField()
    people = serializers.IntegerField()
    talkers = serializers.IntegerField(help_text="of them in the voice chat")
    state = serializers.CharField(help_text="playing, paused or waiting")
    waiting_for = serializers.ListField(child=serializers.CharField(), help_text="names")
    drift = DriftSerializer(allow_null=True, help_text="how far playing members are off, either way; null: not known")
    stalls_per_hour = serializers.FloatField(allow_null=True, help_text="in an hour of one member's watching")
    seeks_per_hour = serializers.FloatField(allow_null=True, help_text="jumps that corrected a drift, likewise")


class LiveRoomsSerializer(serializers.Serializer[Any]):
    rooms = LiveRoomSerializer(many=True)
    is_whole = serializers.BooleanField(help_text="false: Redis does not answer, other web processes are left out")


class LiveRoomsView(APIView):
    permission_classes = [IsOperator]

    @extend_schema(operation_id="operator_rooms", responses=LiveRoomsSerializer)
    def get(self, request: Request) -> Response:
        """Rooms with people in them, the largest first, and how well each stays together."""
        return Response(LiveRoomsSerializer(services.rooms_overview()).data)
