"""Reads of streaming: an asset's status, its tracks, its master playlist."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.common.errors import NotFound
from apps.common.machine import cores
from apps.streaming.domain.encoders import planned_name
from apps.streaming.domain.hls import Alternative, Variant, master_playlist, quoted, unique_labels
from apps.streaming.domain.ladder import Mode, TrackKind
from apps.streaming.domain.languages import language_name, language_tag
from apps.streaming.domain.playback import (
    AssetStatus,
    AudioChoice,
    RenditionChoice,
    RungProgress,
    SubtitleChoice,
    SubtitleKind,
    Trickplay,
)
from apps.streaming.domain.priorities import WAITING_S, Priority, cost_cores, keeps_up, places
from apps.streaming.domain.progress import count, has_bit, missing, overall, share
from apps.streaming.domain.rungs import LIGHT_RUNGS
from apps.streaming.domain.speed import eta_s, speed
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState
from apps.streaming.models import Admission, MediaAsset, Rendition, TitleCare, UploadedSubtitle, WorkUnit

ENCODE_WEIGHT, COPY_WEIGHT = 20.0, 1.0  # a remux runs at more than 150x, an encode at a few times real time
PLAYABLE_SEGMENTS = 2
SUBTITLE_FILES = ((SubtitleKind.TEXT, TrackKind.SUBTITLE, "vtt"), (SubtitleKind.IMAGE, TrackKind.IMAGE, "json"))
COPY_RUNG = "v-src"
PLAYING = (AssetState.PLAYABLE, AssetState.COMPLETE)


def current_asset(title_id: UUID) -> MediaAsset | None:
    """The asset a title is played from: a playable one before any other, then the newest."""
    rank: list[str] = [AssetState.COMPLETE, AssetState.PLAYABLE, AssetState.PROBING, AssetState.QUEUED]
    assets = MediaAsset.objects.filter(title_id=title_id).order_by("-created_at")
    return min(assets, key=lambda asset: rank.index(asset.state) if asset.state in rank else len(rank), default=None)


def is_admitted(viewer_id: UUID, asset_id: UUID, epoch: int) -> bool:
    """Whether this person was let in lately, may still come in at all, and the film is still the same one."""
    admitted = Admission.objects.filter(
        viewer=viewer_id, asset=asset_id, until__gt=timezone.now(), asset__epoch=epoch, asset__state__in=PLAYING
    )
    version = admitted.values_list("token_version", flat=True).first()
    return version is not None and version == accounts.token_version(viewer_id)


def evicted_assets() -> list[UUID]:
    """Assets that went to make room; their rows go once their requests know."""
    return list(MediaAsset.objects.filter(state=AssetState.EVICTED).values_list("pk", flat=True))


def duration(title_id: UUID) -> float | None:
    asset = current_asset(title_id)
    return asset.duration_s if asset else None


def asset_status(asset_id: UUID) -> AssetStatus:
    """Raises NotFound."""
    asset = MediaAsset.objects.prefetch_related("renditions").filter(pk=asset_id).first()
    if asset is None:
        raise NotFound("This film is not on the server.")
    tracks = [track for track in asset.renditions.all() if track.state != RenditionState.FAILED and not track.on_demand]
    now_s = timezone.now().timestamp()
    parts = [(count(bytes(track.bitmap)), track.segment_count, _weight(track)) for track in tracks]
    rungs = tuple(rung_progress(track, now_s) for track in tracks)
    is_complete = asset.state == AssetState.COMPLETE
    stages = {AssetState.QUEUED: "queued", AssetState.PROBING: "packaging" if tracks else "probing"}
    return AssetStatus(
        state=asset.state,
        progress=1.0 if is_complete else overall(parts),
        playable=asset.state in {AssetState.PLAYABLE, AssetState.COMPLETE},
        reason=asset.reason or asset.pause_reason or None,
        stage=stages.get(AssetState(asset.state), "packaging" if asset.state == AssetState.PLAYABLE else None),
        rungs=rungs,
        duration_s=asset.duration_s,
        epoch=asset.epoch,
        eta_s=None if is_complete else max((rung.eta_s for rung in rungs if rung.eta_s), default=None),
    )


def rung_progress(track: Rendition, now_s: float) -> RungProgress:
    bitmap = bytes(track.bitmap)
    at_speed = speed(track.pace, now_s) if track.state == RenditionState.BUILDING else None
    segments = track.segments
    left_s = sum(float(segments.duration_s(index)) for index in missing(bitmap, 0, track.segment_count))
    return RungProgress(
        name=track.name,
        share=share(count(bitmap), track.segment_count),
        speed=round(at_speed, 2) if at_speed else None,
        eta_s=eta_s(left_s, at_speed),
    )


def _weight(track: Rendition) -> float:
    is_encode = track.kind == TrackKind.VIDEO and track.recipe.mode == Mode.ENCODE
    return ENCODE_WEIGHT if is_encode else COPY_WEIGHT


def master_text(asset_id: UUID) -> str:
    """The master playlist of what can be played now."""
    tracks = list(Rendition.objects.filter(asset_id=asset_id).select_related("asset").order_by("name"))
    audio = _alternatives(tracks, TrackKind.AUDIO)
    return master_playlist(
        [_variant(track) for track in shown_pictures(tracks)],
        audio,
        _alternatives(tracks, TrackKind.SUBTITLE),
        light=_lighter(audio, tracks),
    )


def _lighter(audio: list[Alternative], tracks: list[Rendition]) -> list[Alternative]:
    """The same sounds for slow lines. A light track is listed before anybody has asked for it."""
    usable = [track for track in tracks if track.kind == TrackKind.AUDIO and track.state != RenditionState.FAILED]
    found = {track.recipe.light_of: track for track in usable if track.recipe.light_of}
    if not any(entry.name in found for entry in audio):
        return []
    return [_light_entry(entry, found[entry.name]) if entry.name in found else entry for entry in audio]


def _light_entry(entry: Alternative, track: Rendition) -> Alternative:
    return replace(entry, name=track.name, average_bps=_average_bps(track), peak_bps=track.peak_bps)


def shown_pictures(tracks: list[Rendition]) -> list[Rendition]:
    """What a player may choose from: what is there, and what the machine can make as fast as it is watched."""
    pictures = [track for track in tracks if track.kind == TrackKind.VIDEO and track.state != RenditionState.FAILED]
    encodes = encodes_for_viewers()
    return [track for track in pictures if has_beginning(track) or _is_offered(track, encodes)]


def _is_offered(track: Rendition, encodes: int) -> bool:
    if track.recipe.mode == Mode.COPY:
        return track.state == RenditionState.EVICTED  # copied again while it is watched
    return encodes < places_for(track) or keeps_up(speed(track.pace, timezone.now().timestamp()))


def encodes_for_viewers() -> int:
    """Encodes that run, or are about to run, because somebody waits for them."""
    recently = timezone.now() - timedelta(seconds=WAITING_S)
    encodes = WorkUnit.objects.filter(kind=UnitKind.VIDEO, priority=Priority.WAITING).exclude(rungs=[COPY_RUNG])
    return encodes.filter(state__in=[UnitState.PENDING, UnitState.LEASED], wanted_at__gt=recently).count()


def places_for(track: Rendition) -> int:
    """How many encodes of this rung may run at once for viewers on this machine."""
    recipe = track.recipe
    source = track.asset.facts.get("video") or {}
    source_pixels = source.get("width", recipe.width) * source.get("height", recipe.height)
    cost = cost_cores(pixels=recipe.width * recipe.height, source_pixels=source_pixels, fps=float(Fraction(recipe.fps)))
    return places(cores(), cost)


def has_beginning(track: Rendition) -> bool:
    """Whether the first segments are there, so that a player can start while the rest is made."""
    if track.state == RenditionState.READY:
        return True
    needed = range(min(PLAYABLE_SEGMENTS, track.segment_count))
    is_made_now = track.state == RenditionState.BUILDING and track.kind != TrackKind.SUBTITLE
    return is_made_now and all(has_bit(bytes(track.bitmap), index) for index in needed)


def _average_bps(track: Rendition) -> int:
    done = count(bytes(track.bitmap))
    if track.state == RenditionState.READY or not track.recipe.max_kbps:
        length_s = sum(float(track.segments.duration_s(index)) for index in range(done))
        return int(track.size_bytes * 8 / length_s) if length_s and track.size_bytes else track.peak_bps
    return track.recipe.max_kbps * 1000


def _variant(track: Rendition) -> Variant:
    recipe = track.recipe
    average = _average_bps(track)
    return Variant(
        name=track.name,
        width=recipe.width,
        height=recipe.height,
        fps=Fraction(recipe.fps),
        codec=track.codec or recipe.codecs,
        peak_bps=max(track.peak_bps, average),
        average_bps=average,
        video_range=recipe.video_range,
        is_light=planned_name(track.name) in LIGHT_RUNGS,
    )


def _alternatives(tracks: list[Rendition], kind: TrackKind) -> list[Alternative]:
    """What people choose from; a light track is no choice of theirs."""
    chosen = [track for track in tracks if track.kind == kind and not track.recipe.light_of and has_beginning(track)]
    labels = unique_labels([label_of(track) for track in chosen])
    return [
        Alternative(
            name=track.name,
            label=label,
            language=language_tag(track.recipe.language),
            is_default=kind == TrackKind.AUDIO and track.recipe.is_default,
            is_forced=track.recipe.is_forced,
            is_special=track.recipe.is_special,
            codec=track.codec,
            channels=track.recipe.channels,
            average_bps=_average_bps(track),
            peak_bps=track.peak_bps,
        )
        for track, label in zip(chosen, labels, strict=True)
    ]


def label_of(track: Rendition) -> str:
    """The track's own name, else its language's, else a plain word."""
    recipe = track.recipe
    if recipe.label.strip():
        return quoted(recipe.label)
    return language_name(recipe.language) or ("Sound" if track.kind == TrackKind.AUDIO else "Subtitles")


def tracks_of(asset: MediaAsset, base: str, viewer_id: UUID) -> dict[str, Any]:
    """What a Playback says about the film's tracks, and what stands beside them."""
    tracks = list(asset.renditions.select_related("asset").order_by("name"))
    sheets = [track for track in tracks if track.kind == TrackKind.TRICKPLAY and track.state == RenditionState.READY]
    return {
        "audio": tuple(
            AudioChoice(track.language, track.label, track.is_default, track.channels, track.codec)
            for track in _alternatives(tracks, TrackKind.AUDIO)
        ),
        "subtitles": _subtitles(asset, tracks, base, viewer_id),
        "renditions": tuple(
            RenditionChoice(
                name=track.name,
                width=track.recipe.width,
                height=track.recipe.height,
                kbps=_average_bps(track) // 1000,
                codec=track.codec,
                ready=has_beginning(track),
            )
            for track in shown_pictures(tracks)
        ),
        "trickplay": Trickplay(f"{base}/{sheets[0].name}.vtt") if sheets else None,
        "chapters": tuple(asset.chapters),
        "marks": tuple(asset.marks),
        "leaves_at": TitleCare.objects.filter(pk=asset.title_id).values_list("leaves_at", flat=True).first(),
    }


def _subtitles(asset: MediaAsset, tracks: list[Rendition], base: str, viewer_id: UUID) -> tuple[SubtitleChoice, ...]:
    """The film's own texts, its images, then what people added; no two with one name."""
    ready = [track for track in tracks if track.state == RenditionState.READY]
    own = [
        SubtitleChoice(
            id=track.pk,
            lang=language_tag(track.recipe.language),
            name=label_of(track),
            kind=kind,
            url=f"{base}/{track.name}.{ending}",
            forced=track.recipe.is_forced,
            default=track.recipe.is_default,
        )
        for kind, track_kind, ending in SUBTITLE_FILES
        for track in ready
        if track.kind == track_kind
    ]
    added = [
        SubtitleChoice(
            id=row.pk,
            lang=row.language,
            name=row.label,
            kind=SubtitleKind.TEXT,
            url=f"{base}/{row.name}.vtt",
            uploaded=True,
            mine=row.owner_id == viewer_id,
            offset_ms=row.offset_ms,
        )
        for row in UploadedSubtitle.objects.filter(title_id=asset.title_id).order_by("created_at")
    ]
    found = [*own, *added]
    labels = unique_labels([choice.name for choice in found])
    return tuple(replace(choice, name=label) for choice, label in zip(found, labels, strict=True))
