"""Shapes of the catalogue on the wire."""

from typing import Any

from rest_framework import serializers

from apps.catalog.domain.titles import NAME_MAX, OVERVIEW_MAX, YEAR_MAX, YEAR_MIN, Availability, ProviderState
from apps.common.api import StrictSerializer
from apps.common.cards import TitleCardSerializer


class TitleDetailSerializer(TitleCardSerializer):
    overview = serializers.CharField()
    genres = serializers.ListField(child=serializers.CharField())
    original_name = serializers.CharField()
    provider = serializers.CharField(help_text="who described the film: manual or tmdb")
    created_at = serializers.DateTimeField()


class SearchResponseSerializer(serializers.Serializer[Any]):
    results = TitleCardSerializer(many=True)
    provider = serializers.ChoiceField(
        choices=[state.value for state in ProviderState],
        help_text="unavailable: the film database does not answer, these are our own titles; off: none is set",
    )


class SearchQuerySerializer(StrictSerializer):
    q = serializers.CharField(max_length=200, allow_blank=True)


class TitlesQuerySerializer(StrictSerializer):
    availability = serializers.ChoiceField(choices=[value.value for value in Availability], required=False)
    cursor = serializers.CharField(required=False)
    page_size = serializers.IntegerField(required=False)


class TitleCreateSerializer(StrictSerializer):
    """A film typed by hand (name), or one of the provider (tmdb_id)."""

    name = serializers.CharField(required=False, max_length=NAME_MAX)
    year = serializers.IntegerField(required=False, allow_null=True, min_value=YEAR_MIN, max_value=YEAR_MAX)
    overview = serializers.CharField(required=False, allow_blank=True, max_length=OVERVIEW_MAX)
    tmdb_id = serializers.IntegerField(required=False, min_value=1, max_value=2_000_000_000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("name" in attrs) == ("tmdb_id" in attrs):
            raise serializers.ValidationError({"name": "Give a name, or a tmdb_id, and not both."})
        if "tmdb_id" in attrs and len(attrs) > 1:
            raise serializers.ValidationError({"tmdb_id": "The film database knows the rest; give nothing else."})
        return attrs
