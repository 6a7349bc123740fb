"""Writes of the catalogue: titles typed by hand or taken from the provider, their availability and their artwork."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from structlog import get_logger

from apps.catalog import selectors
from apps.catalog.adapters import artwork, poster, providers
from apps.catalog.domain.normalise import normalise
from apps.catalog.domain.titles import (
    NAME_MAX,
    OVERVIEW_MAX,
    ArtworkKind,
    Availability,
    ProviderName,
    TitleFacts,
    color_of,
    generated_key,
    manual_id,
)
from apps.catalog.models import Title
from apps.common.errors import Invalid, NotFound, Unavailable
from apps.common.jobs import Job, enqueue

log = get_logger(__name__)

INDEXED_MAX = 400  # characters; a btree entry holds 2,704 bytes and NFKD can make a name 18 times longer

REFRESH_AFTER = timedelta(days=30)  # TMDb's terms allow a cache of 6 months
ARTWORK_TRIES = 5
ARTWORK_BACK_OFF = timedelta(seconds=15)  # times 4 a try: 1 min (longer than a try takes), 4, 16, about an hour
SWEEP_BATCH = 100


def create_manual_title(
    *,
    name: str,
    year: int | None = None,
    overview: str = "",
    runtime_min: int | None = None,
    created_by: UUID | None = None,
) -> Title:
    """The title of that name and year, made when it is not there yet: asking twice gives one film.

    Raises Invalid for an empty or overlong name.
    """
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX:
        raise Invalid("Give the film a name of 1 to 300 characters.", fields={"name": "1 to 300 characters"})
    facts = TitleFacts(
        provider_id=manual_id(name, year),
        name=name,
        year=year,
        overview=overview[:OVERVIEW_MAX],
        runtime_min=runtime_min,
    )
    title, _ = Title.objects.get_or_create(
        provider=ProviderName.MANUAL,
        provider_id=facts.provider_id,
        defaults=_columns(facts) | _drawn_look(facts) | {"created_by_id": created_by},
    )
    return title


def ensure_tmdb_title(tmdb_id: int) -> Title:
    """The title of that TMDb number, fetched when it is not stored or old.

    A stored one stays when the provider is down, was taken away, or forgot the film. Raises NotFound, Unavailable.
    """
    known = Title.objects.filter(provider=ProviderName.TMDB, provider_id=str(tmdb_id)).first()
    if known is not None and timezone.now() - known.refreshed_at < REFRESH_AFTER:
        return known
    try:
        facts = providers.active().details(str(tmdb_id))
    except (Unavailable, NotFound):
        if known is None:
            raise
        return known
    return _store(facts)


def _store(facts: TitleFacts) -> Title:
    title, is_new = Title.objects.update_or_create(
        provider=ProviderName.TMDB,
        provider_id=facts.provider_id,
        defaults=_columns(facts),
        create_defaults=_columns(facts) | _drawn_look(facts) | {"artwork_due_at": timezone.now()},
    )
    if is_new:
        enqueue(Job.FETCH_ARTWORK, str(title.pk))
    return title


def sweep() -> None:
    """Wake up for the pictures that are due, whether their wake-up was lost, their worker died, or they must wait."""
    due = Title.objects.filter(artwork_due_at__lte=timezone.now()).order_by("artwork_due_at")
    for title_id in due.values_list("pk", flat=True)[:SWEEP_BATCH]:
        enqueue(Job.FETCH_ARTWORK, str(title_id))


def fetch_artwork(title_id: UUID) -> None:
    """Get the provider's pictures of a title if they are due; the row is tried again while they are not had.

    The next try is written down before this one begins, so neither a dead worker nor a doubled wake-up costs anything.
    """
    now = timezone.now()
    tries = Title.objects.filter(pk=title_id).values_list("artwork_tries", flat=True).first() or 0
    next_at = now + ARTWORK_BACK_OFF * 4 ** (tries + 1) if tries + 1 < ARTWORK_TRIES else None
    claim = Title.objects.filter(pk=title_id, artwork_tries=tries, artwork_due_at__lte=now)
    if claim.update(artwork_tries=F("artwork_tries") + 1, artwork_due_at=next_at) == 1 and _fetch(title_id):
        Title.objects.filter(pk=title_id).update(artwork_due_at=None)


def _fetch(title_id: UUID) -> bool:
    """Whether the pictures are settled: stored, or surely not to be had."""
    title = selectors.title(title_id)
    wanted = ((ArtworkKind.POSTER, title.poster_path), (ArtworkKind.BACKDROP, title.backdrop_path))
    for kind, path in wanted:
        if not path:
            continue
        try:
            store_artwork(title_id, kind, providers.active().image(path, kind))
        except (NotFound, Invalid) as error:
            log.info("artwork.unusable", title=str(title_id), kind=kind, reason=error.message)
        except Unavailable as error:
            log.info("artwork.later", title=str(title_id), kind=kind, reason=error.message)
            return False
    return True


def set_availability(title_id: UUID, availability: Availability) -> None:
    """Record what people can do with the title now; the same value again changes nothing."""
    Title.objects.filter(pk=title_id).exclude(availability=availability).update(availability=availability)


def set_leaving(title_id: UUID, leaves_at: datetime | None) -> None:
    """Record when the title may have to make room; None when it stays."""
    Title.objects.filter(pk=title_id).exclude(leaves_at=leaves_at).update(leaves_at=leaves_at)


def store_artwork(title_id: UUID, kind: ArtworkKind, image_bytes: bytes) -> str:
    """Re-encode and keep a poster or backdrop; returns its key. Raises Invalid for anything but a sane picture."""
    stored = artwork.store(artwork.decode(image_bytes))
    changes = (
        {"poster_key": stored.key, "color": stored.color}
        if kind == ArtworkKind.POSTER
        else {"backdrop_key": stored.key}
    )
    Title.objects.filter(pk=title_id).update(**changes)
    return stored.key


def artwork_file(file_name: str) -> bytes:
    """The bytes of one stored size. A drawn poster that is not on disk (any more) is drawn again.

    Raises NotFound for a name that is not of our pattern or that no title has.
    """
    match = artwork.FILE_NAME.fullmatch(file_name)
    if match is None or int(match["width"]) not in artwork.WIDTHS:
        raise NotFound("There is no such picture.")
    path = artwork.path_of(match["key"], int(match["width"]))
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return _draw_missing(match["key"], int(match["width"]))


def _draw_missing(key: str, width: int) -> bytes:
    title = Title.objects.filter(poster_key=key).first() if key.startswith("g") else None
    if title is None:
        raise NotFound("There is no such picture.")
    return artwork.store_size(poster.draw_poster(title.name, title.year, color_of(title.name)), key, width)


def _columns(facts: TitleFacts) -> dict[str, object]:
    words = normalise(facts.name)[:INDEXED_MAX]
    return {
        "name": facts.name,
        "original_name": facts.original_name,
        "year": facts.year,
        "overview": facts.overview,
        "runtime_min": facts.runtime_min,
        "genres": facts.genres,
        "poster_path": facts.poster_path,
        "backdrop_path": facts.backdrop_path,
        "popularity": facts.popularity,
        "normalised": words,
        "search_text": " ".join(filter(None, (words, normalise(facts.original_name)))),
        "refreshed_at": timezone.now(),
    }


def _drawn_look(facts: TitleFacts) -> dict[str, object]:
    return {"poster_key": generated_key(facts.name, facts.year), "color": color_of(facts.name)}
