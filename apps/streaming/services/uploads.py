"""Subtitles that people add to a title: kept as they were sent, published as WebVTT into every film of the title.

Invariant: a row is committed after its files are there, and a published name belongs to one content for ever: another
offset is another name.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from structlog import get_logger

from apps.catalog import selectors as catalog
from apps.common.errors import Conflict, DomainError, Invalid, NotFound, TooLarge, TooMany, Unavailable
from apps.common.locks import hold_until_commit
from apps.streaming.adapters import store, tracks
from apps.streaming.domain.cues import Cue, fit, webvtt
from apps.streaming.domain.hls import quoted
from apps.streaming.domain.languages import language_name, language_tag
from apps.streaming.domain.signing import derive_keys, short_name
from apps.streaming.domain.states import AssetState
from apps.streaming.models import MediaAsset, UploadedSubtitle

log = get_logger(__name__)

UPLOAD_MAX_BYTES = 2 * 1024 * 1024
PER_TITLE_MAX = 40
PER_PERSON_MAX = 400
NAMES_TRIED = 4  # a name is 32 bits; by chance another subtitle of the title may have it
PARSER_WAIT_S = 5.0
BUSY_RETRY_AFTER_S = 10
PUBLISHED_IN = (AssetState.PROBING, AssetState.PLAYABLE, AssetState.COMPLETE)

_parsers = BoundedSemaphore(2)  # each is a child process of up to 2 GiB


def add_subtitle(*, user_id: UUID, title_id: UUID, data: bytes, language: str, label: str) -> UploadedSubtitle:
    """Raises NotFound, Invalid when there is no subtitle in the file, TooLarge, TooMany, Conflict when there are too
    many, Unavailable when it cannot be stored."""
    if len(data) > UPLOAD_MAX_BYTES:
        raise TooLarge(f"A subtitle file may hold {UPLOAD_MAX_BYTES // 1_048_576} MB.")
    catalog.title(title_id)
    row = UploadedSubtitle(title_id=title_id, owner_id=user_id, sha256=sha256(data).hexdigest())
    _describe(row, language=language, label=label)
    _check_room(row)
    with _stored_or_said():
        cues = _cues_in(data, row.language)
    with _stored_or_said(), transaction.atomic():
        hold_until_commit(f"streaming.uploads.{title_id}")
        _check_room(row)
        row.name = _free_name(row)
        row.save(force_insert=True)
        try:
            store.publish_bytes(data, _original(row.pk))
            _publish(row, cues)
        except OSError:
            with suppress(OSError):
                _discard(row)
            raise
    return row


def change_subtitle(
    *,
    user_id: UUID,
    is_operator: bool,
    subtitle_id: UUID,
    offset_ms: int | None = None,
    language: str | None = None,
    label: str | None = None,
) -> UploadedSubtitle:
    """Move it in time, or name it. Raises NotFound for somebody else's, TooMany, Unavailable."""
    with _stored_or_said(), transaction.atomic():
        row = _own(subtitle_id, user_id, is_operator=is_operator)
        hold_until_commit(f"streaming.uploads.{row.title_id}")
        before = row.name
        _describe(
            row, language=row.language if language is None else language, label=row.label if label is None else label
        )
        row.offset_ms = row.offset_ms if offset_ms is None else offset_ms
        row.name = _free_name(row)
        row.save(update_fields=["language", "label", "offset_ms", "name"])
        if row.name != before:
            _republish(row, before)
    return row


def remove_subtitle(*, user_id: UUID, is_operator: bool, subtitle_id: UUID) -> None:
    """Raises NotFound for somebody else's, Unavailable; then it is still there."""
    with _stored_or_said(), transaction.atomic():
        row = _own(subtitle_id, user_id, is_operator=is_operator)
        UploadedSubtitle.objects.filter(pk=row.pk).delete()
        _discard(row)


def heal_published(asset: MediaAsset) -> None:
    """Before somebody plays: what is missing is published again; when that fails the film plays without it."""
    try:
        ensure_published(asset, asset.duration_s or 0.0)
    except OSError as error:
        log.warning("subtitle.not_published", asset=str(asset.pk), error=str(error))


def ensure_published(asset: MediaAsset, duration_s: float) -> None:
    """Publish what a new plan, or a folder that was cleared, does not have. Raises OSError."""
    folder = store.folder(asset.pk, asset.epoch)
    for row in UploadedSubtitle.objects.filter(title_id=asset.title_id):
        if store.is_there(folder / f"{row.name}.vtt"):
            continue
        try:
            cues = _cues_in(store.read_bytes(_original(row.pk)), row.language)
        except TooMany:  # the next one to play sees to it
            log.info("subtitle.waits", asset=str(asset.pk))
            return
        except (Invalid, FileNotFoundError) as error:
            log.warning("subtitle.lost", subtitle=str(row.pk), error=str(error))
            continue
        _publish_into(asset, row, cues, duration_s)


def _own(subtitle_id: UUID, user_id: UUID, *, is_operator: bool) -> UploadedSubtitle:
    """Locked, so that two changes come one after the other."""
    row = UploadedSubtitle.objects.select_for_update().filter(pk=subtitle_id).first()
    if row is None or not (is_operator or row.owner_id == user_id):
        raise NotFound("There is no such subtitle of yours.")
    return row


def _describe(row: UploadedSubtitle, *, language: str, label: str) -> None:
    row.language = language_tag(language.lower().split("-")[0])
    row.label = quoted(label) if label.strip() else language_name(row.language) or "Subtitles"


@contextmanager
def _stored_or_said() -> Iterator[None]:
    """A full disk, or a bucket that does not answer, is told in words."""
    try:
        yield
    except OSError as error:
        log.warning("subtitle.not_stored", error=str(error))
        raise Unavailable("The subtitle cannot be stored at the moment. Try again later.") from error


@contextmanager
def _a_parser() -> Iterator[None]:
    if not _parsers.acquire(timeout=PARSER_WAIT_S):
        raise TooMany("Others are adding subtitles. Try again in a few seconds.", retry_after_s=BUSY_RETRY_AFTER_S)
    try:
        yield
    finally:
        _parsers.release()


def _cues_in(data: bytes, language: str) -> list[Cue]:
    """Raises Invalid with a sentence for the person who sent the file, TooMany, OSError."""
    with _a_parser():
        return _parsed(data, language)


def _parsed(data: bytes, language: str) -> list[Cue]:
    work = store.work_folder(uuid4(), 0)
    try:
        file = work / "upload"
        file.write_bytes(data)
        return tracks.upload_cues(file.absolute(), language)
    except tracks.TracksFailed as error:
        raise Invalid(str(error), fields={"file": str(error)}) from error
    finally:
        store.discard(work)


def _check_room(row: UploadedSubtitle) -> None:
    if UploadedSubtitle.objects.filter(title_id=row.title_id).count() >= PER_TITLE_MAX:
        raise Conflict(f"This title has {PER_TITLE_MAX} added subtitles already. Remove one first.", code="too_many")
    if UploadedSubtitle.objects.filter(owner_id=row.owner_id).count() >= PER_PERSON_MAX:
        raise Conflict(f"You have added {PER_PERSON_MAX} subtitles already. Remove one first.", code="too_many")


def _original(subtitle_id: UUID) -> Path:
    """Beside the folders of assets: it outlives each of them."""
    return store.root() / "uploads" / f"{subtitle_id}.sub"


def _free_name(row: UploadedSubtitle) -> str:
    """The name of this content; call it under the title's lock. Raises Conflict."""
    others = set(
        UploadedSubtitle.objects.filter(title_id=row.title_id).exclude(pk=row.pk).values_list("name", flat=True)
    )
    keys = derive_keys(settings.SECRET_KEY)
    content = f"{row.pk} {row.sha256} {row.language} {row.offset_ms}"  # the language decides about the charset
    names = (f"u-{short_name(keys, f'{content} {attempt}')}" for attempt in range(NAMES_TRIED))
    name = next((name for name in names if name not in others), None)
    if name is None:
        raise Conflict("This subtitle cannot be stored under a name of its own. Add the file again.")
    return name


def _assets_of(title_id: UUID) -> list[MediaAsset]:
    return list(MediaAsset.objects.filter(title_id=title_id, state__in=PUBLISHED_IN, duration_s__isnull=False))


def _publish(row: UploadedSubtitle, cues: list[Cue]) -> None:
    for asset in _assets_of(row.title_id):
        _publish_into(asset, row, cues, asset.duration_s or 0.0)


def _publish_into(asset: MediaAsset, row: UploadedSubtitle, cues: list[Cue], duration_s: float) -> None:
    text = webvtt(fit(cues, duration_ms=round(duration_s * 1000), offset_ms=row.offset_ms))
    store.publish_bytes(text.encode(), store.folder(asset.pk, asset.epoch) / f"{row.name}.vtt")


def _republish(row: UploadedSubtitle, before: str) -> None:
    try:
        _publish(row, _cues_in(store.read_bytes(_original(row.pk)), row.language))
        _unpublish(row.title_id, before)
    except (OSError, DomainError):
        with suppress(OSError):
            _unpublish(row.title_id, row.name)
        raise


def _unpublish(title_id: UUID, name: str) -> None:
    for asset in _assets_of(title_id):
        store.remove_file(store.folder(asset.pk, asset.epoch) / f"{name}.vtt")


def _discard(row: UploadedSubtitle) -> None:
    _unpublish(row.title_id, row.name)
    store.remove_file(_original(row.pk))
