"""Shapes of requests on the wire; the fields of each response are listed here and nowhere else."""

from typing import Any

from rest_framework import serializers

from apps.catalog.domain.titles import NAME_MAX, YEAR_MAX, YEAR_MIN
from apps.common.api import StrictSerializer
from apps.common.cards import TitleCardSerializer
from apps.movie_requests.domain.health import Health
from apps.movie_requests.domain.states import State

TORRENT_FILE_MAX = 16 * 1024 * 1024  # read at most; the torrent wing refuses far smaller ones with its own words
MAGNET_MAX = 8_000


class RequestItemSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = TitleCardSerializer()
    state = serializers.ChoiceField(choices=[state.value for state in State])
    health = serializers.ChoiceField(choices=[health.value for health in Health])
    progress = serializers.FloatField(allow_null=True, help_text="0 to 1; null when there is nothing to measure")
    bps = serializers.IntegerField(allow_null=True, help_text="bytes per second")
    eta_s = serializers.IntegerField(allow_null=True)
    playable = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True, help_text="why it stands where it stands, for people")
    fix = serializers.CharField(allow_null=True, help_text="what can be done about it, for people")
    followers = serializers.IntegerField()
    is_following = serializers.BooleanField()
    is_requester = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()
    rungs = serializers.DictField(child=serializers.FloatField(), help_text="progress of each rendition by name")


class RequestEventSerializer(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=[state.value for state in State])
    text = serializers.CharField()
    created_at = serializers.DateTimeField()


class RequestCreateSerializer(StrictSerializer):
    """The film in one of three ways, and a torrent file or a magnet link when the person has one."""

    title_id = serializers.UUIDField(required=False)
    tmdb_id = serializers.IntegerField(required=False, min_value=1, max_value=2_000_000_000)
    name = serializers.CharField(required=False, max_length=NAME_MAX)
    year = serializers.IntegerField(required=False, min_value=YEAR_MIN, max_value=YEAR_MAX)
    torrent = serializers.FileField(required=False, allow_empty_file=True)
    magnet = serializers.CharField(required=False, max_length=MAGNET_MAX)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "year" in attrs and "name" not in attrs:
            raise serializers.ValidationError({"year": "A year goes with a name."})
        return attrs


class DeclineSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=400)


class NothingSerializer(StrictSerializer):
    """For commands without input: any field is a typing error."""
