"""Subtitles that members add to a title: one small upload, then a shift in time, a language, a name."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api import StrictSerializer, parse, user_id
from apps.common.parsers import BoundedMultiPartParser
from apps.common.permissions import IsMember
from apps.streaming import services
from apps.streaming.domain.cues import LONGEST_OFFSET_MS
from apps.streaming.services.uploads import UPLOAD_MAX_BYTES

LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$"
LABEL_MAX = 80


def _label() -> serializers.CharField:
    """Named in ``get_fields``, because an attribute ``label`` would hide the framework's own."""
    return serializers.CharField(max_length=LABEL_MAX, required=False, allow_blank=True)


class SubtitleFileParser(BoundedMultiPartParser):
    max_bytes = UPLOAD_MAX_BYTES


class AddSubtitleInput(StrictSerializer):
    file = serializers.FileField(allow_empty_file=True, help_text="SRT, ASS, SSA or WebVTT, at most 2 MiB, any charset")
    language = serializers.RegexField(LANGUAGE, help_text="a language tag such as en or pt-BR")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"label": _label()}


class ChangeSubtitleInput(StrictSerializer):
    offset_ms = serializers.IntegerField(
        min_value=-LONGEST_OFFSET_MS, max_value=LONGEST_OFFSET_MS, required=False, help_text="later when positive"
    )
    language = serializers.RegexField(LANGUAGE, required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"label": _label()}


class AddedSubtitleSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title_id = serializers.UUIDField()
    lang = serializers.CharField(source="language")
    name = serializers.CharField(source="label")
    offset_ms = serializers.IntegerField()


class AddSubtitleView(APIView):
    permission_classes = [IsMember]
    parser_classes = [SubtitleFileParser]

    @extend_schema(
        operation_id="add_subtitle",
        request={"multipart/form-data": AddSubtitleInput},
        responses={201: AddedSubtitleSerializer},
    )
    def post(self, request: Request, title_id: UUID) -> Response:
        """Add a subtitle file to a title, for everybody who watches it."""
        given = parse(AddSubtitleInput, request)
        row = services.add_subtitle(
            user_id=user_id(request),
            title_id=title_id,
            data=given["file"].read(),
            language=given["language"],
            label=given.get("label", ""),
        )
        return Response(AddedSubtitleSerializer(row).data, status=201)


class SubtitleView(APIView):
    permission_classes = [IsMember]

    @extend_schema(operation_id="change_subtitle", request=ChangeSubtitleInput, responses=AddedSubtitleSerializer)
    def patch(self, request: Request, subtitle_id: UUID) -> Response:
        """Move a subtitle of yours in time, or name it; the operator may do so with everybody's."""
        given = parse(ChangeSubtitleInput, request)
        row = services.change_subtitle(subtitle_id=subtitle_id, **_who(request), **given)
        return Response(AddedSubtitleSerializer(row).data)

    @extend_schema(operation_id="remove_subtitle", request=OpenApiTypes.NONE, responses={204: None})
    def delete(self, request: Request, subtitle_id: UUID) -> Response:
        """Remove a subtitle of yours; the operator may remove everybody's."""
        services.remove_subtitle(subtitle_id=subtitle_id, **_who(request))
        return Response(status=204)


def _who(request: Request) -> dict[str, Any]:
    return {"user_id": user_id(request), "is_operator": bool(getattr(request.user, "is_staff", False))}
