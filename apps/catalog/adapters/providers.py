"""The shape that every metadata source has, and the choice of the one in use.

``manual`` is the source without a network: people type names, and nothing else is known.
"""

from functools import cache
from typing import Protocol

from django.conf import settings

from apps.catalog.adapters.tmdb import Tmdb
from apps.catalog.domain.titles import ArtworkKind, ProviderName, ProviderState, TitleFacts
from apps.common.errors import NotFound


class MetadataProvider(Protocol):
    """Every method may raise Unavailable; ``details`` and ``image`` also NotFound."""

    name: ProviderName
    resting_state: ProviderState  # what a search reports when nothing went wrong

    def search(self, query: str) -> list[TitleFacts]: ...

    def details(self, provider_id: str) -> TitleFacts: ...

    def image(self, path: str, kind: ArtworkKind) -> bytes: ...


class Manual:
    name = ProviderName.MANUAL
    resting_state = ProviderState.OFF

    def search(self, query: str) -> list[TitleFacts]:
        return []

    def details(self, provider_id: str) -> TitleFacts:
        raise NotFound(f"No film database is connected, so number {provider_id} means nothing here.")

    def image(self, path: str, kind: ArtworkKind) -> bytes:
        raise NotFound(f"No film database is connected, so there is no {kind} {path}.")


def active() -> MetadataProvider:
    """TMDb when the operator gave a key, else ``manual``."""
    return _tmdb(settings.TMDB_BASE_URL, settings.TMDB_API_KEY) if settings.TMDB_API_KEY else Manual()


@cache
def _tmdb(base_url: str, key: str) -> Tmdb:
    return Tmdb(base_url=base_url, key=key)
