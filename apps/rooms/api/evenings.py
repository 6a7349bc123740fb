"""HTTP for evenings before and after: what was watched, going on with it, and planned parties with their calendar."""

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api import NewestFirst, parse, user_id
from apps.common.permissions import Anyone, IsMember, IsPerson, IsVerified
from apps.rooms import selectors, services
from apps.rooms.api import serializers as shapes
from apps.rooms.domain.schedule import Party, calendar_file

CALENDAR = {(200, "text/calendar"): OpenApiTypes.STR}


class HistoryView(APIView):
    permission_classes = [IsMember]
    pagination_class = NewestFirst

    @extend_schema(operation_id="room_history", responses=shapes.PastRoomSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Parties of mine that are over or rest, newest first."""
        pages = self.pagination_class()
        page = pages.paginate_queryset(selectors.past_rooms(user_id(request)), request, view=self)
        cards = [selectors.past_card(room) for room in page or []]
        return pages.get_paginated_response(shapes.PastRoomSerializer(cards, many=True).data)


class ContinueView(APIView):
    permission_classes = [IsVerified]

    @extend_schema(operation_id="continue_room", request=shapes.NothingInput, responses=shapes.RoomSerializer)
    def post(self, request: Request, room_id: UUID) -> Response:
        """Go on where the party stopped: in the same room while it is open, else in a new one with the same members."""
        parse(shapes.NothingInput, request)
        room = services.continue_room(room_id=room_id, user_id=user_id(request))
        found = selectors.room(room.pk, user_id(request))
        return Response(shapes.RoomSerializer(selectors.card(found, user_id(request))).data)


class ScheduleView(APIView):
    permission_classes = [IsVerified]

    @extend_schema(operation_id="plan_party", request=shapes.PlanInput, responses=shapes.RoomSerializer)
    def put(self, request: Request, room_id: UUID) -> Response:
        """Set the time of the party, or another one; people who are invited hear of it once."""
        given = parse(shapes.PlanInput, request)
        services.plan_party(
            room_id=room_id, by=user_id(request), starts_at=given["starts_at"], addresses=given["emails"]
        )
        found = selectors.room(room_id, user_id(request))
        return Response(shapes.RoomSerializer(selectors.card(found, user_id(request))).data)


class CalendarView(APIView):
    permission_classes = [IsPerson]

    @extend_schema(operation_id="room_calendar", responses=CALENDAR)
    def get(self, request: Request, room_id: UUID) -> HttpResponse:
        """The planned party as a file for calendars."""
        selectors.membership(room_id, user_id(request))
        return _file(selectors.party(room_id, link=f"{settings.SITE_URL}/room/{room_id}"))


class InvitedCalendarView(APIView):
    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="invite_calendar", responses=CALENDAR)
    def get(self, request: Request, token: str) -> HttpResponse:
        """The same for whoever holds a link."""
        invite = selectors.open_invite(token)
        return _file(selectors.party(invite.room_id, link=f"{settings.SITE_URL}/join/{token}"))


def _file(party: Party) -> HttpResponse:
    answer = HttpResponse(calendar_file(party), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="party.ics"'
    return answer
