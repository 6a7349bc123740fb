"""What request bodies are read with. Kept apart from ``api``, because the framework imports this while it starts."""

import io
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser, MultiPartParser

from apps.common.errors import TooLarge


class BoundedJSONParser(JSONParser):
    """JSON that can exhaust neither memory nor the stack.

    The framework's own reads past Django's limit on bodies, and answers 500 to ten thousand brackets.
    """

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge(f"A request may hold {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1_048_576} MB.")
        try:
            return super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - too many levels.") from error


class BoundedMultiPartParser(MultiPartParser):
    """A form with one file of at most ``max_bytes``; a longer body is refused by its length, before it is read."""

    max_bytes = 0
    FORM_BYTES = 64 * 1024  # the other fields, and the lines between the parts

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        request = (parser_context or {}).get("request")
        announced = request.META.get("CONTENT_LENGTH") or 0 if request is not None else 0
        if not str(announced).isdigit() or int(announced) > self.max_bytes + self.FORM_BYTES:
            raise TooLarge(f"This file may have {self.max_bytes // 1_048_576} MB at most.")
        return super().parse(stream, media_type, parser_context)
