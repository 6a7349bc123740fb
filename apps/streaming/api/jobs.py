"""The films being made: the operator sees how far they are, stops them, and has them tried again."""

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


class JobRungSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    state = serializers.CharField(help_text="planned, building, ready, failed or evicted")
    progress = serializers.FloatField(help_text="0 to 1, from published segments")
    speed = serializers.FloatField(allow_null=True, help_text="seconds of film per second; null while nothing moves")
    eta_s = serializers.FloatField(allow_null=True)


class JobSerializer(serializers.Serializer[Any]):
    asset_id = serializers.UUIDField()
    title_id = serializers.UUIDField()
    title = serializers.CharField()
    state = serializers.CharField(help_text="queued, probing, playable, complete, failed or evicted")
    reason = serializers.CharField(allow_null=True, help_text="why it failed or what it waits for, for people")
    notes = serializers.ListField(child=serializers.CharField(), help_text="why its tracks are as they are, for people")
    rungs = JobRungSerializer(many=True)


class JobsSerializer(serializers.Serializer[Any]):
    jobs = JobSerializer(many=True)


class JobsView(APIView):
    permission_classes = [IsOperator]

    @extend_schema(operation_id="jobs", responses=JobsSerializer)
    def get(self, request: Request) -> Response:
        """Films being made and films that failed, newest first."""
        return Response(JobsSerializer({"jobs": services.list_jobs()}).data)


class RetryJobView(APIView):
    permission_classes = [IsOperator]

    @extend_schema(operation_id="job_retry", request=NothingInput, responses={204: OpenApiTypes.NONE})
    def post(self, request: Request, asset_id: UUID) -> Response:
        """Begin again what failed."""
        parse(NothingInput, request)
        services.retry_job(asset_id)
        return Response(status=204)


class CancelJobView(APIView):
    permission_classes = [IsOperator]

    @extend_schema(operation_id="job_cancel", request=NothingInput, responses={204: OpenApiTypes.NONE})
    def post(self, request: Request, asset_id: UUID) -> Response:
        """Stop making it; what can be watched already stays."""
        parse(NothingInput, request)
        services.cancel_job(asset_id)
        return Response(status=204)
