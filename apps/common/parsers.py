"""What request bodies are read with. Kept apart from ``api``, because the framework imports this while it starts."""

import io
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

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
