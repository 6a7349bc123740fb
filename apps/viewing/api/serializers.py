"""Shapes of viewing on the wire."""

from typing import Any

from rest_framework import serializers

from apps.common.api import DURATION_MAX_S, PlayerSessionField, SecondsField, StrictSerializer
from apps.common.cards import TitleCardSerializer


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
    session = PlayerSessionField(help_text="made anew by each player that opens the film")
    height = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=10_000, help_text="lines of the picture on screen"
    )
