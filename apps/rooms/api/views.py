"""HTTP for rooms: parse, one call, format. What happens inside a room goes over its socket."""

from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import Origin
from apps.common.api import NewestFirst, parse, user_id
from apps.common.permissions import Anyone, IsMember, IsPerson, IsVerified
from apps.common.playback import PlaybackSerializer
from apps.common.sessions import SessionSerializer, device_name, peer_address, session_response
from apps.rooms import selectors, services
from apps.rooms.api import serializers as shapes
from apps.rooms.domain.members import Preset


class RoomsView(APIView):
    pagination_class = NewestFirst

    def get_permissions(self) -> list[IsMember]:
        return [IsVerified()] if self.request.method == "POST" else [IsMember()]

    @extend_schema(
        operation_id="rooms",
        responses=shapes.RoomSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Open rooms that I am in, newest first."""
        pages = self.pagination_class()
        page = pages.paginate_queryset(selectors.rooms_of(user_id(request)), request, view=self)
        cards = selectors.cards(list(page or []), user_id(request))
        return pages.get_paginated_response(shapes.RoomSerializer(cards, many=True).data)

    @extend_schema(operation_id="create_room", request=shapes.CreateRoomInput, responses={201: shapes.RoomSerializer})
    def post(self, request: Request) -> Response:
        """Open a room for a film; I own it."""
        given = parse(shapes.CreateRoomInput, request)
        room = services.create_room(
            owner_id=user_id(request),
            title_id=given["title_id"],
            name=given.get("name", ""),
            preset=Preset(given["preset"]),
            starts_at=given.get("starts_at"),
            addresses=given["emails"],
        )
        return Response(_shown(room.pk, request), status=201)


class RoomView(APIView):
    permission_classes = [IsPerson]

    @extend_schema(operation_id="room", responses=shapes.RoomSerializer)
    def get(self, request: Request, room_id: UUID) -> Response:
        return Response(_shown(room_id, request))


class InvitesView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="create_invite", request=shapes.InviteInput, responses={201: shapes.InviteSerializer})
    def post(self, request: Request, room_id: UUID) -> Response:
        """A new link into the room. The token is shown this once."""
        token, expires_at = services.create_invite(
            room_id=room_id, by=user_id(request), **parse(shapes.InviteInput, request)
        )
        body = {"token": token, "url": f"{settings.SITE_URL}/join/{token}", "expires_at": expires_at}
        return Response(shapes.InviteSerializer(body).data, status=201)


class InviteView(APIView):
    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="invite", responses=shapes.InviteInfoSerializer)
    def get(self, request: Request, token: str) -> Response:
        """What a link leads to, for whoever holds it."""
        return Response(shapes.InviteInfoSerializer(selectors.invite_info(token)).data)


class GuestView(APIView):
    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="join_as_guest", request=shapes.GuestInput, responses={201: SessionSerializer})
    def post(self, request: Request) -> Response:
        """Come in with a name only. The session opens this room and nothing else."""
        given = parse(shapes.GuestInput, request)
        tokens = services.join_as_guest(
            token=given["invite"],
            name=given["name"],
            pin=given.get("pin"),
            origin=Origin(address=peer_address(request), device=device_name(request)),
        )
        return session_response(tokens, status=201)


class JoinView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="join_room", request=shapes.JoinInput, responses=shapes.RoomSerializer)
    def post(self, request: Request, room_id: UUID) -> Response:
        given = parse(shapes.JoinInput, request)
        services.join_by_invite(room_id=room_id, user_id=user_id(request), token=given["invite"], pin=given.get("pin"))
        return Response(_shown(room_id, request))


class PlayView(APIView):
    permission_classes = [IsPerson]

    @extend_schema(operation_id="play_in_room", request=shapes.PlayInRoomInput, responses=PlaybackSerializer)
    def post(self, request: Request, room_id: UUID) -> Response:
        """Signed links to the room's film, for people of the room; what is ready is said of where the room is."""
        given = parse(shapes.PlayInRoomInput, request)
        session = given.get("session", "")
        playback = services.play_in_room(room_id=room_id, user_id=user_id(request), session=session)
        return Response(PlaybackSerializer(playback).data)


class ReactionsView(APIView):
    permission_classes = [IsPerson]

    @extend_schema(operation_id="film_reactions", responses=shapes.FilmReactionsSerializer)
    def get(self, request: Request, room_id: UUID) -> Response:
        """Where on the room's film its people felt what, for people of the room."""
        return Response(shapes.FilmReactionsSerializer(selectors.film_reactions(room_id, user_id(request))).data)


class MemberView(APIView):
    permission_classes = [IsPerson]

    @extend_schema(operation_id="kick", responses={204: None})
    def delete(self, request: Request, room_id: UUID, member_id: UUID) -> Response:
        """Remove somebody from the room for good."""
        services.kick(room_id=room_id, by=user_id(request), user_id=member_id)
        return Response(status=204)


class CloseView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="close_room", request=shapes.NothingInput, responses={204: None})
    def post(self, request: Request, room_id: UUID) -> Response:
        """End the party for everybody."""
        parse(shapes.NothingInput, request)
        services.close_room(room_id=room_id, by=user_id(request))
        return Response(status=204)


def _shown(room_id: UUID, request: Request) -> dict[str, object]:
    room = selectors.room(room_id, user_id(request))
    return dict(shapes.RoomSerializer(selectors.card(room, user_id(request))).data)
