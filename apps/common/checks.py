"""A system check: every view of the API names its permission in its own class, so that none is open by oversight."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver


def _views(resolver: URLResolver) -> Iterator[type[Any]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _views(entry)
        elif isinstance(entry, URLPattern) and hasattr(entry.callback, "cls"):
            yield entry.callback.cls


def names_its_permission(view: type[Any]) -> bool:
    from rest_framework.views import APIView  # not at import: workers load this module and never need the API

    ours = [
        kind for kind in view.__mro__ if issubclass(kind, APIView) and not kind.__module__.startswith("rest_framework.")
    ]
    return any("permission_classes" in vars(kind) or "get_permissions" in vars(kind) for kind in ours)


@register("api")
def every_view_names_its_permission(**_: Any) -> list[CheckMessage]:
    silent = sorted({view.__qualname__ for view in _views(get_resolver()) if not names_its_permission(view)})
    return [
        Error(f"The view {name} does not name its permission.", hint="Set permission_classes.", id="matinee.E001")
        for name in silent
    ]
