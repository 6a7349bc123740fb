"""The inbox, and the switches for what else reaches a person."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api import NewestFirst, StrictSerializer, parse, user_id
from apps.common.permissions import IsMember
from apps.notifications import selectors, services
from apps.notifications.domain import Category, Channel, Kind
from apps.notifications.models import Notification

SEEN_AT_ONCE = 500


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    kind = serializers.ChoiceField(source="announcement.kind", choices=[kind.value for kind in Kind])
    title = serializers.CharField(source="announcement.title")
    body = serializers.CharField(source="announcement.body")
    link = serializers.CharField(source="announcement.link")
    seen = serializers.SerializerMethodField()

    class Meta:
        model = Notification
        fields = ["id", "kind", "title", "body", "link", "created_at", "seen"]

    def get_seen(self, notification: Notification) -> bool:
        return notification.seen_at is not None


class SeenInput(StrictSerializer):
    """Without ``ids``: everything."""

    ids = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=SEEN_AT_ONCE)


class UnreadSerializer(serializers.Serializer[dict[str, int]]):
    unread = serializers.IntegerField()


class NotificationPreferenceInput(StrictSerializer):
    category = serializers.ChoiceField(choices=[category.value for category in Category])
    channel = serializers.ChoiceField(choices=[channel.value for channel in Channel])
    is_on = serializers.BooleanField()


class NotificationPreferenceSerializer(serializers.Serializer[dict[str, Any]]):
    category = serializers.ChoiceField(choices=[category.value for category in Category])
    channel = serializers.ChoiceField(choices=[channel.value for channel in Channel])
    is_on = serializers.BooleanField()


@extend_schema_view(get=extend_schema(operation_id="list_notifications"))
class InboxView(generics.ListAPIView[Notification]):
    permission_classes = [IsMember]
    serializer_class = NotificationSerializer
    pagination_class = NewestFirst
    queryset = Notification.objects.none()  # tells the schema the model; the rows come from below

    def get_queryset(self) -> QuerySet[Notification]:
        return selectors.inbox(user_id(self.request))


class SeenView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="mark_notifications_seen", request=SeenInput, responses=UnreadSerializer)
    def post(self, request: Request) -> Response:
        given = parse(SeenInput, request)
        return Response({"unread": services.mark_seen(user_id(request), given.get("ids"))})


class PreferencesView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="list_notification_preferences", responses=NotificationPreferenceSerializer(many=True))
    def get(self, request: Request) -> Response:
        switches = selectors.preferences(user_id(request))
        return Response(
            [
                {"category": category, "channel": channel, "is_on": is_on}
                for (category, channel), is_on in switches.items()
            ]
        )

    @extend_schema(
        operation_id="set_notification_preference",
        request=NotificationPreferenceInput,
        responses=NotificationPreferenceSerializer(many=True),
    )
    def put(self, request: Request) -> Response:
        given = parse(NotificationPreferenceInput, request)
        switch = (Category(given["category"]), Channel(given["channel"]))
        services.set_preferences(user_id(request), {switch: given["is_on"]})
        return self.get(request)
