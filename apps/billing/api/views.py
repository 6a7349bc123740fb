"""GET plans: what there is to have, and which one is mine."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.billing import services
from apps.billing.domain import PLANS
from apps.common.api import user_id
from apps.common.permissions import IsMember


class PlanSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    is_current = serializers.BooleanField()
    requests_per_week = serializers.IntegerField()
    max_height = serializers.IntegerField()
    party_size = serializers.IntegerField()
    pins = serializers.IntegerField()
    play_while_downloading = serializers.BooleanField()
    priority = serializers.BooleanField()


class PlanListView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="list_plans", responses=PlanSerializer(many=True))
    def get(self, request: Request) -> Response:
        mine = services.plan_of(user_id(request)).name
        plans = [{"name": name, "is_current": name == mine, **plan.allows} for name, plan in PLANS.items()]
        return Response(PlanSerializer(plans, many=True).data)
