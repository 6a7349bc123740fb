"""The store as the operator sees it, and what the operator wants to keep."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api import parse
from apps.common.permissions import IsOperator
from apps.streaming import services
from apps.streaming.api.serializers import NothingInput


class StoredRenditionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    bytes = serializers.IntegerField()
    state = serializers.CharField(help_text="planned, building, ready, failed; evicted: made where somebody watches")


class StoredTitleSerializer(serializers.Serializer[Any]):
    title_id = serializers.UUIDField()
    name = serializers.CharField()
    bytes = serializers.IntegerField(help_text="everything of this title on the disk")
    source_bytes = serializers.IntegerField(help_text="the download among them")
    renditions = StoredRenditionSerializer(many=True)
    watched_at = serializers.DateTimeField(allow_null=True)
    kept = serializers.BooleanField(help_text="never removed to make room")
    leaves_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="why its preparation waits for room, for people")


class StorageEventSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="rung, segments, payload, title, full_disk or damage")
    title = serializers.CharField()
    what = serializers.CharField()
    bytes = serializers.IntegerField(help_text="freed")
    reason = serializers.CharField()


class StorageSerializer(serializers.Serializer[Any]):
    quota_bytes = serializers.IntegerField()
    used_bytes = serializers.IntegerField()
    reserved_bytes = serializers.IntegerField(help_text="promised to downloads and preparations under way")
    free_bytes = serializers.IntegerField(help_text="on the disk")
    is_full = serializers.BooleanField(help_text="work waits until there is room")
    titles = StoredTitleSerializer(many=True)
    events = StorageEventSerializer(many=True)


class StorageView(APIView):
    permission_classes = [IsOperator]

    @extend_schema(operation_id="storage", responses=StorageSerializer)
    def get(self, request: Request) -> Response:
        """What takes the room, and what was removed for others, newest first."""
        return Response(StorageSerializer(services.storage()).data)


class KeepView(APIView):
    permission_classes = [IsOperator]

    @extend_schema(operation_id="title_keep", request=NothingInput, responses={204: OpenApiTypes.NONE})
    def post(self, request: Request, title_id: UUID) -> Response:
        """Never remove this title to make room; twice is once."""
        parse(NothingInput, request)
        services.keep(title_id)
        return Response(status=204)

    @extend_schema(operation_id="title_unkeep", request=NothingInput, responses={204: OpenApiTypes.NONE})
    def delete(self, request: Request, title_id: UUID) -> Response:
        """Let it make room like any other."""
        parse(NothingInput, request)
        services.unkeep(title_id)
        return Response(status=204)
