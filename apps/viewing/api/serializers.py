"""Shapes of viewing on the wire."""

import math
from typing import Any

from rest_framework import serializers

from apps.common.api import StrictSerializer
from apps.common.cards import TitleCardSerializer

DURATION_MAX_S = 400_000.0  # the same as the longest runtime a title may have


class SecondsField(serializers.FloatField):
    """A finite number of seconds: NaN passes every range check, and an integer of 400 digits is no float at all."""

    def to_internal_value(self, data: Any) -> float:
        try:
            value = super().to_internal_value(data)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise serializers.ValidationError("Must be a finite number.")
        return value


class ContinueItemSerializer(serializers.Serializer[Any]):
    title = TitleCardSerializer()
    position_s = serializers.FloatField()
    duration_s = serializers.FloatField()


class LibrarySerializer(serializers.Serializer[Any]):
    continue_watching = ContinueItemSerializer(many=True)
    ready = TitleCardSerializer(many=True)
    coming = TitleCardSerializer(many=True)
    watch_later = TitleCardSerializer(many=True)
    new = TitleCardSerializer(many=True)


class ProgressSerializer(serializers.Serializer[Any]):
    position_s = serializers.FloatField()
    duration_s = serializers.FloatField()
    watched = serializers.BooleanField()
    updated_at = serializers.DateTimeField(allow_null=True)


class HistoryItemSerializer(ProgressSerializer):
    title = TitleCardSerializer()


class ProgressSaveSerializer(StrictSerializer):
    position_s = SecondsField(min_value=0, max_value=DURATION_MAX_S)
    duration_s = SecondsField(min_value=0, max_value=DURATION_MAX_S)
    session = serializers.RegexField(r"^[A-Za-z0-9_-]{1,64}$", help_text="made anew by each player that opens the film")
    height = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=10_000, help_text="lines of the picture on screen"
    )
