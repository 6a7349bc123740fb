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
    channels = serializers.IntegerField()
    codec = serializers.CharField()


class SubtitleChoiceSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    lang = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["text", "image"], help_text="text: WebVTT; image: JSON that names bitmaps")
    url = serializers.CharField()
    forced = serializers.BooleanField()
    default = serializers.BooleanField()
    uploaded = serializers.BooleanField()
    mine = serializers.BooleanField(help_text="this viewer added it")
    offset_ms = serializers.IntegerField()


class TrickplaySerializer(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="WebVTT whose cues name parts of sheets (#xywh=)")


class ChapterSerializer(serializers.Serializer[Any]):
    start_s = serializers.FloatField()
    end_s = serializers.FloatField()
    title = serializers.CharField()


class MarkSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["intro", "credits"])
    start_s = serializers.FloatField()
    end_s = serializers.FloatField()


class RenditionChoiceSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    kbps = serializers.IntegerField()
    codec = serializers.CharField()
    ready = serializers.BooleanField(help_text="where the film is opened it is there, or made first")


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
    trickplay = TrickplaySerializer(allow_null=True)
    chapters = ChapterSerializer(many=True)
    marks = MarkSerializer(many=True)
    leaves_at = serializers.DateTimeField(allow_null=True, help_text="when the film goes unless somebody keeps it")
