"""Reads of the catalogue: one title, many titles, search, and the card every list shows."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import QuerySet

from apps.catalog.adapters import providers
from apps.catalog.domain.normalise import normalise, prefix_query
from apps.catalog.domain.titles import Availability, ProviderName, ProviderState, TitleFacts, color_of
from apps.catalog.models import Title
from apps.common.errors import NotFound, Unavailable

ENOUGH_HITS = 10  # below this the word search adds to the prefix search
QUERY_MAX = 200
CARD_POSTER_WIDTH = 500
CARD_BACKDROP_WIDTH = 1280


def title(title_id: UUID | str) -> Title:
    """Raises NotFound."""
    found = Title.objects.filter(pk=title_id).first()
    if found is None:
        raise NotFound("There is no such title.")
    return found


def titles(ids: Iterable[UUID]) -> dict[UUID, Title]:
    """The titles among ``ids`` that exist, by id."""
    return Title.objects.in_bulk(list(ids))


def newest(availability: Availability | None = None) -> QuerySet[Title]:
    found = Title.objects.order_by("-created_at")
    return found.filter(availability=availability) if availability else found


def with_availability(*availabilities: Availability, limit: int) -> list[Title]:
    return list(Title.objects.filter(availability__in=availabilities).order_by("-created_at")[:limit])


def search(query: str, limit: int = 20) -> list[Title]:
    """Titles that begin with ``query``, most popular first, then those that contain all its words."""
    wanted = normalise(query)
    if not wanted:
        return []
    rank = ("-popularity", "name", "pk")
    hits = list(Title.objects.filter(normalised__startswith=wanted).order_by(*rank)[:limit])
    if len(hits) < min(limit, ENOUGH_HITS):
        others = words_of(wanted).exclude(pk__in=[hit.pk for hit in hits])
        hits += others.order_by(*rank)[: limit - len(hits)]
    return hits


def words_of(normalised: str) -> QuerySet[Title]:
    """Titles that contain every word of ``normalised``, by the expression that ``title_words`` indexes."""
    query = SearchQuery(prefix_query(normalised), search_type="raw", config="simple")
    return Title.objects.annotate(words=SearchVector("search_text", config="simple")).filter(words=query)


def find(query: str, limit: int = 20) -> tuple[list[dict[str, Any]], ProviderState]:
    """Cards of stored titles, then of films that only the provider knows. A provider in trouble takes nothing away."""
    own = search(query, limit)
    provider = providers.active()
    if not normalise(query):
        return [], provider.resting_state
    try:
        foreign = provider.search(" ".join(query.split())[:QUERY_MAX])
    except (Unavailable, NotFound):
        return [card(found) for found in own], ProviderState.UNAVAILABLE
    stored = Title.objects.filter(provider=provider.name, provider_id__in=[facts.provider_id for facts in foreign])
    by_number = {found.provider_id: found for found in stored}
    shown = {found.pk for found in own}
    cards = [card(found) for found in own]
    for facts in foreign:
        known = by_number.get(facts.provider_id)
        if known is None:
            cards.append(card_of_facts(facts))
        elif known.pk not in shown:
            cards.append(card(known))
    return cards[:limit], provider.resting_state


def artwork_url(key: str, width: int) -> str | None:
    return f"/artwork/{key}.w{width}.webp" if key else None


def card(found: Title) -> dict[str, Any]:
    """The TitleCard shape of ``apps.common.cards``."""
    return {
        "id": str(found.pk),
        "name": found.name,
        "year": found.year,
        "poster_url": artwork_url(found.poster_key, CARD_POSTER_WIDTH),
        "backdrop_url": artwork_url(found.backdrop_key, CARD_BACKDROP_WIDTH),
        "color": found.color,
        "availability": found.availability,
        "runtime_min": found.runtime_min,
        "tmdb_id": int(found.provider_id) if found.provider == ProviderName.TMDB else None,
        "leaves_at": found.leaves_at.isoformat().replace("+00:00", "Z") if found.leaves_at else None,
    }


def card_of_facts(facts: TitleFacts) -> dict[str, Any]:
    """A card for a film that only the provider knows; it has no id and no local artwork yet."""
    return {
        "id": None,
        "name": facts.name,
        "year": facts.year,
        "poster_url": None,
        "backdrop_url": None,
        "color": color_of(facts.name),
        "availability": Availability.NONE.value,
        "runtime_min": facts.runtime_min,
        "tmdb_id": int(facts.provider_id),
        "leaves_at": None,
    }


def detail(found: Title) -> dict[str, Any]:
    """The TitleDetail shape: the card and what the title's own page shows."""
    return card(found) | {
        "overview": found.overview,
        "genres": found.genres,
        "original_name": found.original_name,
        "provider": found.provider,
        "created_at": found.created_at,
    }
