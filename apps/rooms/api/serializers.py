"""Shapes of the rooms API. Responses are allow-lists; inputs refuse fields they do not know."""

from typing import Any

from rest_framework import serializers

from apps.common.api import PlayerSessionField, StrictSerializer
from apps.common.cards import TitleCardSerializer
from apps.rooms.domain.members import Preset, Role
from apps.rooms.domain.schedule import INVITED_MAX
from apps.rooms.domain.talk import Emoji
from apps.rooms.models import NAME_MAX
from apps.rooms.services import INVITE_HOURS

GUEST_NAME_MAX = 60
TOKEN_MAX = 64


class PinField(serializers.RegexField):
    def __init__(self, **options: Any) -> None:
        super().__init__(r"^\d{4,8}$", **options)


class CreateRoomInput(StrictSerializer):
    title_id = serializers.UUIDField()
    name = serializers.CharField(max_length=NAME_MAX, required=False, allow_blank=True)
    preset = serializers.ChoiceField(choices=[preset.value for preset in Preset], default=Preset.FRIENDS.value)
    starts_at = serializers.DateTimeField(required=False)
    emails = serializers.ListField(child=serializers.EmailField(), max_length=INVITED_MAX, default=list)


class PlanInput(StrictSerializer):
    starts_at = serializers.DateTimeField()
    emails = serializers.ListField(child=serializers.EmailField(), max_length=INVITED_MAX, default=list)


class InviteInput(StrictSerializer):
    uses = serializers.IntegerField(min_value=1, max_value=1000, required=False)
    expires_h = serializers.IntegerField(min_value=1, max_value=24 * 90, default=INVITE_HOURS)
    pin = PinField(required=False)


class JoinInput(StrictSerializer):
    invite = serializers.CharField(max_length=TOKEN_MAX)
    pin = PinField(required=False)


class GuestInput(JoinInput):
    name = serializers.CharField(max_length=GUEST_NAME_MAX)


class PlayInRoomInput(StrictSerializer):
    session = PlayerSessionField(
        required=False,
        help_text="of a player that opens the film now: what it says as X-Player-Session with each request for media. "
        "What is ready is said of where the room is, and made first where nothing is; leave it out to renew the links",
    )


class NothingInput(StrictSerializer):
    """Nothing to say; unknown fields are refused."""


class RoomSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    title = TitleCardSerializer()
    preset = serializers.ChoiceField(choices=[preset.value for preset in Preset])
    role = serializers.ChoiceField(choices=[role.value for role in Role])
    owner_name = serializers.CharField()
    member_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    starts_at = serializers.DateTimeField(allow_null=True, help_text="when a planned party begins")


class PastRoomSerializer(serializers.Serializer[Any]):
    """A party that is over, or rests; ``position_s`` is where its film stopped."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    title = TitleCardSerializer()
    people = serializers.ListField(child=serializers.CharField())
    position_s = serializers.FloatField()
    duration_s = serializers.FloatField()
    is_open = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class InviteSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    url = serializers.CharField()
    expires_at = serializers.DateTimeField()


class InviteInfoSerializer(serializers.Serializer[Any]):
    """``room_id`` is where a signed-in member posts ``join``."""

    room_id = serializers.UUIDField()
    room_name = serializers.CharField()
    title = TitleCardSerializer()
    host_name = serializers.CharField()
    needs_pin = serializers.BooleanField()


class FilmReactionSerializer(serializers.Serializer[Any]):
    """``n`` times ``e`` in second ``mt`` of the film."""

    e = serializers.ChoiceField(choices=[emoji.value for emoji in Emoji])
    mt = serializers.IntegerField()
    n = serializers.IntegerField()


class FilmReactionsSerializer(serializers.Serializer[Any]):
    item = serializers.UUIDField()
    reactions = FilmReactionSerializer(many=True)
