"""The one shape in which a title appears in lists: `catalog.selectors.card` fills it, every app may show it."""

from typing import Any

from rest_framework import serializers

AVAILABILITIES = ("none", "requested", "downloading", "playable", "ready")


class TitleCardSerializer(serializers.Serializer[Any]):
    """``id`` is null for a film that the metadata provider knows and this server has not stored yet."""

    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)
    poster_url = serializers.CharField(allow_null=True)
    backdrop_url = serializers.CharField(allow_null=True)
    color = serializers.CharField(help_text="#rrggbb, fits the artwork; dark enough for white text")
    availability = serializers.ChoiceField(choices=AVAILABILITIES)
    runtime_min = serializers.IntegerField(allow_null=True)
    tmdb_id = serializers.IntegerField(allow_null=True)
    leaves_at = serializers.DateTimeField(
        allow_null=True, help_text="when it may be removed to make room for others; null: it stays"
    )
