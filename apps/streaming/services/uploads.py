"""Subtitles that people add to a title: kept as they were sent, published as WebVTT into every film of the title.

Invariant: a row is committed after its files are there, and a published name belongs to one content for ever: another
offset is another name, and the old one stays while links to it last. Every file is in the account from before it is
written until it is gone; copies that went with their film stay in it, for the next film of the title.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from structlog import get_logger

from apps.catalog import selectors as catalog
from apps.common.errors import Conflict, Invalid, NotFound, TooLarge, TooMany, Unavailable
from apps.common.locks import hold_until_commit
from apps.streaming.adapters import store, tracks
from apps.streaming.domain.cues import Cue, fit, webvtt
from apps.streaming.domain.estimates import extras_estimate_bytes
from apps.streaming.domain.hls import quoted
from apps.streaming.domain.languages import language_name, language_tag
from apps.streaming.domain.signing import LASTING_LIFE_S, derive_keys, short_name
from apps.streaming.domain.states import AssetState
from apps.streaming.models import MediaAsset, StoredUpload, UploadedSubtitle
from apps.streaming.services import eviction, ledger

log = get_logger(__name__)

UPLOAD_MAX_BYTES = 2 * 1024 * 1024
PER_TITLE_MAX = 40
PER_PERSON_MAX = 400
NAMES_TRIED = 4  # a name is 32 bits; by chance another subtitle of the title may have it
NAMES_BEGIN = "u-"
FOR_UPLOAD = "Subtitles that somebody added need the room."
CHANGES_TRIED = 3
WRITING_LASTS = timedelta(minutes=10)
LINKS_LAST = timedelta(seconds=LASTING_LIFE_S)
LONGEST_FILM_S = 24 * 3600.0  # no cue of an added subtitle is cut off while the film is not there
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
    row.name = _free_name(row)
    _claim(row, {"": len(data), row.name: _published_bytes(row, cues)})
    with _stored_or_said(), transaction.atomic():
        hold_until_commit(f"streaming.uploads.{title_id}")
        _check_room(row)
        _check_name(row)
        row.save(force_insert=True)
        _stays(row)
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
    own = partial(_own, subtitle_id, user_id, is_operator=is_operator)
    wish = partial(_describe_anew, offset_ms=offset_ms, language=language, label=label)
    with _stored_or_said():
        for _ in range(CHANGES_TRIED):
            draft = own(UploadedSubtitle.objects.all())
            cues = _prepare(draft, wish)
            with transaction.atomic():
                row = own(UploadedSubtitle.objects.select_for_update())  # one change after the other
                hold_until_commit(f"streaming.uploads.{row.title_id}")
                before = row.name
                wish(row)
                is_prepared = cues is not None and row.name == draft.name
                if row.name == before or is_prepared:  # else somebody changed it meanwhile
                    _store_change(row, before, cues or [])
                    return row
    raise Unavailable("Others are changing this subtitle. Try again.")


def _prepare(draft: UploadedSubtitle, wish: Callable[[UploadedSubtitle], None]) -> list[Cue] | None:
    """Give the draft the name that it would get, and claim room for that; no row is held meanwhile.

    None: it has that name already, and nothing was read.
    """
    before = draft.name
    wish(draft)
    if draft.name == before:
        return None
    cues = _cues_in(store.read_bytes(_original(draft.pk)), draft.language)
    _claim(draft, {draft.name: _published_bytes(draft, cues)})
    return cues


def _store_change(row: UploadedSubtitle, before: str, cues: list[Cue]) -> None:
    row.save(update_fields=["language", "label", "offset_ms", "name"])
    if row.name != before:
        _publish(row, cues)
        _stays(row)
        leaves = timezone.now() + LINKS_LAST
        StoredUpload.objects.filter(subtitle_id=row.pk, name=before).update(goes_at=leaves)


def remove_subtitle(*, user_id: UUID, is_operator: bool, subtitle_id: UUID) -> None:
    """Raises NotFound for somebody else's, Unavailable; then it is still there."""
    with _stored_or_said(), transaction.atomic():
        row = _own(subtitle_id, user_id, UploadedSubtitle.objects.select_for_update(), is_operator=is_operator)
        UploadedSubtitle.objects.filter(pk=row.pk).delete()
        _discard(row)


def sweep_uploads() -> None:
    """Remove the files that nobody has a link to any more, and write down those of earlier versions."""
    for row in UploadedSubtitle.objects.exclude(pk__in=StoredUpload.objects.filter(name="").values("subtitle_id")):
        _note_stored(row)
    for upload_id in StoredUpload.objects.filter(goes_at__lt=timezone.now()).values_list("pk", flat=True):
        with transaction.atomic():
            rows = StoredUpload.objects.select_for_update(skip_locked=True)
            upload = rows.filter(pk=upload_id, goes_at__lt=timezone.now()).first()
            if upload is not None and _remove_files(upload):
                upload.delete()


def is_upload(path: Path) -> bool:
    """Whether a file of an asset's folder is in the account as an upload."""
    return path.name.startswith(NAMES_BEGIN) and path.suffix == ".vtt"


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
            _claim(row, {row.name: _published_bytes(row, cues, {asset.pk: duration_s})})
        except (TooMany, Unavailable):  # the next one to play sees to it
            log.info("subtitle.waits", asset=str(asset.pk))
            return
        except (Invalid, FileNotFoundError) as error:
            log.warning("subtitle.lost", subtitle=str(row.pk), error=str(error))
            continue
        _publish_into(asset, row, cues, duration_s)
        _stays_if_wanted(row)


def _own(subtitle_id: UUID, user_id: UUID, rows: QuerySet[UploadedSubtitle], *, is_operator: bool) -> UploadedSubtitle:
    row = rows.filter(pk=subtitle_id).first()
    if row is None or not (is_operator or row.owner_id == user_id):
        raise NotFound("There is no such subtitle of yours.")
    return row


def _describe(row: UploadedSubtitle, *, language: str, label: str) -> None:
    row.language = language_tag(language.lower().split("-")[0])
    row.label = quoted(label) if label.strip() else language_name(row.language) or "Subtitles"


def _describe_anew(row: UploadedSubtitle, *, offset_ms: int | None, language: str | None, label: str | None) -> None:
    """None: as it is."""
    _describe(row, language=row.language if language is None else language, label=row.label if label is None else label)
    row.offset_ms = row.offset_ms if offset_ms is None else offset_ms
    row.name = _free_name(row)


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


def _claim(row: UploadedSubtitle, sizes: Mapping[str, int]) -> None:
    """Bytes by name. The files may be written for ``WRITING_LASTS``; ``_stays`` keeps them. Raises Unavailable."""
    goes_at = timezone.now() + WRITING_LASTS
    claims = [
        StoredUpload(subtitle_id=row.pk, title_id=row.title_id, name=name, size_bytes=size_bytes, goes_at=goes_at)
        for name, size_bytes in sizes.items()
    ]
    short_bytes = ledger.reserve_uploads(claims)
    if short_bytes and eviction.make_room(short_bytes, FOR_UPLOAD):
        short_bytes = ledger.reserve_uploads(claims)
    if short_bytes:
        raise Unavailable("There is no room for the subtitle right now. Try again later.")


def _stays(row: UploadedSubtitle) -> None:
    StoredUpload.objects.filter(subtitle_id=row.pk, name__in=["", row.name]).update(goes_at=None)


def _stays_if_wanted(row: UploadedSubtitle) -> None:
    """Removed or changed meanwhile: the sweep removes what was published."""
    with transaction.atomic():
        rows = UploadedSubtitle.objects.select_for_update()
        if rows.filter(pk=row.pk, name=row.name).first() is not None:
            _stays(row)


def _published_bytes(row: UploadedSubtitle, cues: list[Cue], also: Mapping[UUID, float] | None = None) -> int:
    """Of its copies in all films of the title; in one, while there is none. ``also``: seconds of one that begins."""
    lengths = {asset.pk: asset.duration_s or 0.0 for asset in _assets_of(row.title_id)} | dict(also or {})
    return sum(len(_text_of(row, cues, duration_s)) for duration_s in lengths.values() or [LONGEST_FILM_S])


def _note_stored(row: UploadedSubtitle) -> None:
    files = {"": [_original(row.pk)], row.name: _copies(row.title_id, row.name)}
    for name, paths in files.items():
        size_bytes = sum(found.size_bytes for path in paths if (found := store.find(path)))
        with transaction.atomic():
            _, is_new = StoredUpload.objects.get_or_create(
                subtitle_id=row.pk, name=name, defaults={"title_id": row.title_id, "size_bytes": size_bytes}
            )
            if is_new and name:
                _have_extras_measured(row.title_id)


def _have_extras_measured(title_id: UUID) -> None:
    """Earlier versions may have measured the copies with the film's own extras: the same sweep measures them again."""
    for asset in MediaAsset.objects.filter(title_id=title_id, state=AssetState.COMPLETE, extra_bytes__gt=0):
        estimate_bytes = extras_estimate_bytes(asset.duration_s or 0.0)
        MediaAsset.objects.filter(pk=asset.pk, state=AssetState.COMPLETE).update(extra_bytes=estimate_bytes)


def _copies(title_id: UUID, name: str) -> list[Path]:
    return [store.folder(asset.pk, asset.epoch) / f"{name}.vtt" for asset in _assets_of(title_id)]


def _remove_files(upload: StoredUpload) -> bool:
    """False when the store refuses; the next sweep tries again, and the rest of the housekeeping goes on."""
    try:
        for path in _copies(upload.title_id, upload.name) if upload.name else [_original(upload.subtitle_id)]:
            store.remove_file(path)
    except OSError as error:
        log.warning("subtitle.not_removed", subtitle=str(upload.subtitle_id), name=upload.name, error=str(error))
        return False
    return True


def _check_room(row: UploadedSubtitle) -> None:
    if UploadedSubtitle.objects.filter(title_id=row.title_id).count() >= PER_TITLE_MAX:
        raise Conflict(f"This title has {PER_TITLE_MAX} added subtitles already. Remove one first.", code="too_many")
    if UploadedSubtitle.objects.filter(owner_id=row.owner_id).count() >= PER_PERSON_MAX:
        raise Conflict(f"You have added {PER_PERSON_MAX} subtitles already. Remove one first.", code="too_many")


def _original(subtitle_id: UUID) -> Path:
    """Beside the folders of assets: it outlives each of them."""
    return store.root() / "uploads" / f"{subtitle_id}.sub"


def _free_name(row: UploadedSubtitle) -> str:
    """The name of this content, that no other of the title has or had lately. Raises Conflict."""
    others = set(
        StoredUpload.objects.filter(title_id=row.title_id).exclude(subtitle_id=row.pk).values_list("name", flat=True)
    )
    others |= set(
        UploadedSubtitle.objects.filter(title_id=row.title_id).exclude(pk=row.pk).values_list("name", flat=True)
    )
    keys = derive_keys(settings.SECRET_KEY)
    content = f"{row.pk} {row.sha256} {row.language} {row.offset_ms}"  # the language decides about the charset
    names = (f"{NAMES_BEGIN}{short_name(keys, f'{content} {attempt}')}" for attempt in range(NAMES_TRIED))
    name = next((name for name in names if name not in others), None)
    if name is None:
        raise Conflict("This subtitle cannot be stored under a name of its own. Add the file again.")
    return name


def _check_name(row: UploadedSubtitle) -> None:
    """Under the title's lock: nobody else took the name meanwhile. Raises Conflict."""
    if UploadedSubtitle.objects.filter(title_id=row.title_id, name=row.name).exclude(pk=row.pk).exists():
        raise Conflict("This subtitle cannot be stored under a name of its own. Add the file again.")


def _assets_of(title_id: UUID) -> list[MediaAsset]:
    return list(MediaAsset.objects.filter(title_id=title_id, state__in=PUBLISHED_IN, duration_s__isnull=False))


def _publish(row: UploadedSubtitle, cues: list[Cue]) -> None:
    for asset in _assets_of(row.title_id):
        _publish_into(asset, row, cues, asset.duration_s or 0.0)


def _publish_into(asset: MediaAsset, row: UploadedSubtitle, cues: list[Cue], duration_s: float) -> None:
    store.publish_bytes(_text_of(row, cues, duration_s), store.folder(asset.pk, asset.epoch) / f"{row.name}.vtt")


def _text_of(row: UploadedSubtitle, cues: list[Cue], duration_s: float) -> bytes:
    return webvtt(fit(cues, duration_ms=round(duration_s * 1000), offset_ms=row.offset_ms)).encode()


def _discard(row: UploadedSubtitle) -> None:
    """All that was ever published of it, and the original."""
    names = {row.name, *StoredUpload.objects.filter(subtitle_id=row.pk).values_list("name", flat=True)} - {""}
    for path in [path for name in names for path in _copies(row.title_id, name)]:
        store.remove_file(path)
    store.remove_file(_original(row.pk))
    StoredUpload.objects.filter(subtitle_id=row.pk).delete()
