"""The Playback answer: what a player needs to open a film. Streaming answers with it, and so do rooms."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers


class UnixTimeField(serializers.DateTimeField):
    """Seconds since 1970, shown as ISO 8601."""

    def to_representation(self, value: Any) -> Any:
        moment = datetime.fromtimestamp(value, UTC) if isinstance(value, int) else value
        return super().to_representation(moment)


class AudioChoiceSerializer(serializers.Serializer[Any]):
    lang = serializers.CharField()
    name = serializers.CharField()
    default = serializers.BooleanField()


class SubtitleChoiceSerializer(serializers.Serializer[Any]):
    lang = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField()


class RenditionChoiceSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    kbps = serializers.IntegerField()
    codec = serializers.CharField()


class PlaybackSerializer(serializers.Serializer[Any]):
    asset_id = serializers.UUIDField()
    master_url = serializers.CharField()
    lasting_url = serializers.CharField()
    expires_at = UnixTimeField()
    duration_s = serializers.FloatField()
    reasons = serializers.ListField(child=serializers.CharField())
    audio = AudioChoiceSerializer(many=True)
    subtitles = SubtitleChoiceSerializer(many=True)
    renditions = RenditionChoiceSerializer(many=True)
