"""Sound that is begun in the middle: the frames of one pass over the whole track, and nothing to be heard where it
meets what another pass made."""

import io
from array import array
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from packed_tracks import Plan, make_part, plan

import media
from apps.catalog.services import create_manual_title
from apps.streaming import services
from apps.streaming.adapters import ffmpeg, store
from apps.streaming.domain.grid import AAC_FRAME
from apps.streaming.domain.ladder import Mode, Track, TrackKind
from apps.streaming.domain.progress import missing
from apps.streaming.domain.states import AssetState, UnitKind
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services import demand
from apps.streaming.services.leases import MAX_FAILURES

LENGTH_S = 61  # 16 segments, the last one short
CUTS = (0, 5, 8, 15, 16)
LOUD = 0.2  # of the tone
# Of its energy. Another run's choices for few bits differ everywhere; sound of another moment differs by about two.
ALIKE = 0.3
LATE_MAX = 48  # samples: containers with millisecond clocks round each packet's time
CLICK = 2  # times what the tone alone has
SHAPES = {
    "ac3 5.1 mkv": media.Shape(suffix=".mkv", seconds=LENGTH_S, audio=("-c:a", "ac3", "-ac", "6", "-b:a", "448k")),
    "aac mp4, late": media.Shape(seconds=LENGTH_S, offset=7.7, audio=("-c:a", "aac", "-b:a", "160k", "-ac", "2")),
    "flac mp4": media.Shape(seconds=LENGTH_S, audio=("-c:a", "flac")),
    "opus mkv, long gop": media.Shape(suffix=".mkv", seconds=LENGTH_S, gop=900, audio=("-c:a", "libopus")),
    "mp3 44.1 kHz avi": media.Shape(
        suffix=".avi", seconds=LENGTH_S, audio=("-c:a", "libmp3lame"), audio_rate=44_100,
        video=("-c:v", "mpeg4", "-q:v", "5"),
    ),
    "ac3 mkv, after its picture": media.Shape(
        suffix=".mkv", seconds=LENGTH_S, audio=("-c:a", "ac3", "-filter:a", "asetpts=PTS+1.5/TB")
    ),
    "dts mkv, late": media.Shape(
        suffix=".mkv", seconds=LENGTH_S, offset=7.7, audio=("-c:a", "dca", "-strict", "-2", "-ac", "2")
    ),
}  # fmt: skip


@pytest.fixture(params=list(SHAPES))
def source(request) -> Path:
    media.SHAPES.setdefault(request.param, SHAPES[request.param])
    return media.film(request.param)


def sound_of(planned: Plan) -> Track:
    """The first one that is encoded: beside a copy, the one for slow lines."""
    sounds = (track for track in planned.ladder.tracks if track.kind == TrackKind.AUDIO)
    return next(track for track in sounds if track.recipe.mode == Mode.ENCODE)


def heard(data: bytes) -> array:
    """One channel, as floats, without the encoder's priming."""
    samples = array("f")
    with av.open(io.BytesIO(data)) as container:
        for frame in container.decode(audio=0):
            samples.frombytes(bytes(frame.planes[0])[: 4 * frame.samples])
    return samples


def difference(one: array, other: array, begin: int, lag: int) -> float:
    """Between 2,000 samples of each, as a part of their energy."""
    span = range(begin, begin + 2000)
    return sum((one[at + lag] - other[at]) ** 2 for at in span) / sum(other[at] ** 2 for at in span)


def bend(sound: array, at: int) -> float:
    """The most that a sample leaves the line through its neighbours."""
    near = range(at - 3 * AAC_FRAME, at + 3 * AAC_FRAME)
    return max(abs(sound[index - 1] - 2 * sound[index] + sound[index + 1]) for index in near)


def test_parts_that_were_made_one_by_one_sound_as_one_pass(source, tmp_path):
    planned = plan(source)
    track = sound_of(planned)
    assert (track.recipe.mode, len(track.segments)) == (Mode.ENCODE, CUTS[-1])
    init, whole = make_part(planned, track, tmp_path / "whole", 0, CUTS[-1])
    parts: dict[int, bytes] = {}
    for first, last in pairwise(CUTS):
        again, made = make_part(planned, track, tmp_path / str(first), first, last)
        assert again == init
        assert sorted(made) == list(range(first, last))
        parts |= made
    as_one, joined = (heard(init + b"".join(found[index] for index in sorted(found))) for found in (whole, parts))
    assert len(as_one) == len(joined) >= (sum(track.segments.frames) - 2) * AAC_FRAME
    assert max(map(abs, as_one)) > LOUD / 2
    for cut in CUTS[1:-1]:
        at = (sum(track.segments.frames[:cut]) - 1) * AAC_FRAME
        assert min(difference(as_one, joined, at + 5000, lag) for lag in range(-LATE_MAX, LATE_MAX + 1)) < ALIKE
        assert bend(joined, at) < CLICK * bend(as_one, at)


def made_of(sound: Rendition) -> list[int]:
    sound.refresh_from_db()
    lacking = missing(bytes(sound.bitmap), 0, sound.segment_count)
    return [index for index in range(sound.segment_count) if index not in lacking]


def work(asset_id, kind: UnitKind) -> bool:
    return services.run_next_unit(asset_id=asset_id, kind=kind)


def new_film(source: Path) -> MediaAsset:
    asset_id = services.create_asset(title_id=create_manual_title(name="A film").pk, source=source)
    assert work(asset_id, UnitKind.PREPARE)
    return MediaAsset.objects.get(pk=asset_id)


@pytest.mark.django_db
def test_a_viewer_who_seeks_far_ahead_has_sound_before_the_pass_gets_there(monkeypatch, tmp_path):
    monkeypatch.setattr(demand, "NEAR_SOUND", 2)
    media.SHAPES.setdefault("ac3 5.1 mkv", SHAPES["ac3 5.1 mkv"])
    asset = new_film(media.film("ac3 5.1 mkv"))
    sound = asset.renditions.get(kind=TrackKind.AUDIO, recipe_data__is_default=True)
    assert demand.want_segment(asset.pk, sound.name, 11) == demand.Answer.COMING
    assert work(asset.pk, UnitKind.AUDIO)
    assert made_of(sound) == list(range(11, 16))
    while any(work(asset.pk, kind) for kind in UnitKind):
        pass
    asset.refresh_from_db()
    assert (asset.state, asset.reason) == (AssetState.COMPLETE, "")
    assert made_of(sound) == list(range(16))
    assert len(media.decode(media.joined(store.folder(asset.pk, asset.epoch), sound.name), "audio").times) > 0


@pytest.mark.django_db
def test_languages_of_one_unit_stay_in_step_wherever_it_is_cut(monkeypatch, tmp_path):
    monkeypatch.setattr(demand, "NEAR_SEGMENTS", 1)
    film = media.three_languages(tmp_path / "three.mkv", ("ac3", "ac3", "ac3"), seconds=LENGTH_S, late_s=0.7)
    asset = new_film(film)
    [both] = [unit for unit in WorkUnit.objects.filter(asset=asset, kind=UnitKind.AUDIO) if len(unit.rungs) == 2]
    late, other = both.rungs
    assert demand.want_segment(asset.pk, other, 6) == demand.Answer.COMING
    while any(work(asset.pk, kind) for kind in UnitKind):
        pass
    parts = WorkUnit.objects.filter(asset=asset, kind=UnitKind.AUDIO, rungs__contains=[late])
    assert sorted(parts.values_list("first", flat=True)) == [0, 6]
    planned = plan(film)
    for name in (late, other):
        track = planned.track(name)
        init, whole = make_part(planned, track, tmp_path / "whole" / name, 0, len(track.segments))
        as_one = heard(init + b"".join(whole[index] for index in sorted(whole)))
        stored = heard(media.joined(store.folder(asset.pk, asset.epoch), name))
        for second in (10, 30, 50):
            at = second * 48_000
            assert min(difference(as_one, stored, at, lag) for lag in range(-LATE_MAX, LATE_MAX + 1)) < ALIKE


@pytest.mark.django_db
def test_where_the_sound_has_ended_already_there_is_silence(tmp_path):
    short = tmp_path / "short.mkv"
    pictures = "testsrc2=size=320x180:rate=25:duration=61"
    tone = "aevalsrc='0.2*sin(2*PI*330*t)|0.2*sin(2*PI*330*t)':s=48000:d=20"
    media.run_ffmpeg("-f", "lavfi", "-i", pictures, "-f", "lavfi", "-i", tone, "-c:v", "libx264", "-preset",
                     "ultrafast", "-g", "50", "-c:a", "ac3", str(short))  # fmt: skip
    asset = new_film(short)
    sound = asset.renditions.get(kind=TrackKind.AUDIO, recipe_data__is_default=True)
    assert demand.want_segment(asset.pk, sound.name, 14) == demand.Answer.COMING
    assert work(asset.pk, UnitKind.AUDIO)
    assert made_of(sound) == [14, 15]
    while any(work(asset.pk, kind) for kind in UnitKind):
        pass
    stored = heard(media.joined(store.folder(asset.pk, asset.epoch), sound.name))
    assert max(map(abs, stored[: 19 * 48_000])) > LOUD / 2
    assert max(map(abs, stored[21 * 48_000 :])) < LOUD / 100


@pytest.mark.django_db
def test_what_failed_in_the_middle_is_tried_from_the_start(monkeypatch):
    """A file that cannot be read there can be read as a whole."""
    media.SHAPES.setdefault("flac mp4", SHAPES["flac mp4"])
    asset = new_film(media.film("flac mp4"))
    sound = asset.renditions.get(kind=TrackKind.AUDIO, recipe_data__is_default=True)
    assert demand.want_segment(asset.pk, sound.name, 14) == demand.Answer.COMING
    commands: list[list[str]] = []
    run = ffmpeg.run

    def cannot_seek(args: list[str], **more: Any) -> ffmpeg.Outcome:
        commands.append(args)
        if "-ss" in args:
            raise ffmpeg.FfmpegFailed("the index is wrong")
        return run(args, **more)

    monkeypatch.setattr(ffmpeg, "run", cannot_seek)
    for _ in range(MAX_FAILURES):
        WorkUnit.objects.update(not_before=None)
        assert work(asset.pk, UnitKind.AUDIO)
    assert ["-ss" in args for args in commands] == [True, True, False]
    assert made_of(sound) == [14, 15]
