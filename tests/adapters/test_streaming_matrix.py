"""Every shape of film through the real pipeline: each picture comes out once, in its place, and the sound with it."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import pytest
from media_matrix import BURST_AT_S, BURST_EVERY_S, MATRIX, Kind, matrix_film, number_of
from packaged import package

import media
from apps.streaming.adapters import store
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.states import AssetState, RenditionState
from apps.streaming.models import MediaAsset, Rendition

pytestmark = pytest.mark.django_db

SKEW_MAX_S = 0.0213
CLOCK_S = 0.002  # Matroska counts milliseconds
IN_STEP_S = 0.045  # what people notice (ITU-R BT.1359: sound early by 45 ms)
SOUND_RATE = 8_000
SUBTITLE_TIMES = ["00:00:01.000 --> 00:00:03.000", "00:00:05.000 --> 00:00:06.500"]
# Shapes that every browser plays as they are; the others must not be handed out untouched to everybody.
COPIED = {
    "23.976 fps", "25 fps", "29.97 fps", "59.94 fps", "720p", "start at 7.7 s, MP4", "start at 7.7 s, TS",
    "negative DTS", "no audio", "7.1", "mono 22 kHz", "AC-3", "E-AC-3", "DTS", "FLAC", "Opus", "Vorbis",
    "MP4 with the index first", "MP4 in fragments", "MKV without cues", "several languages, MKV",
    "several languages, MP4",
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """The pictures of a rendition in the order shown: their times, s, and the numbers they carry."""

    times: list[Fraction]
    numbers: list[int]
    size: tuple[int, int]

    def gaps(self, length: Fraction) -> list[float]:
        steps = zip(self.times, self.times[1:], strict=False)
        return [float(after) for before, after in steps if abs(after - before - length) > length / 2]


def pictures(source: bytes | Path) -> Seen:
    times: list[Fraction] = []
    numbers: list[int] = []
    size = (0, 0)
    with av.open(BytesIO(source) if isinstance(source, bytes) else str(source)) as container:
        for frame in container.decode(video=0):
            times.append(frame.pts * frame.time_base)
            numbers.append(number_of(frame))
            size = (frame.width, frame.height)
    return Seen(times, numbers, size)


def starts_of(folder: Path, track: Rendition) -> list[float]:
    """When each segment begins, by the playlist."""
    lines = (folder / f"{track.name}.m3u8").read_text().splitlines()
    lengths = [float(line[8:].split(",")[0]) for line in lines if line.startswith("#EXTINF:")]
    return [sum(lengths[:index]) for index in range(len(lengths))]


def loudness(data: bytes) -> Iterator[tuple[float, int]]:
    """(time, absolute level) of each sample, mixed to one channel."""
    mixer = av.AudioResampler(format="s16", layout="mono", rate=SOUND_RATE)
    with av.open(BytesIO(data)) as container:
        for frame in container.decode(audio=0):
            for mixed in mixer.resample(frame):
                start = float(mixed.pts * mixed.time_base)
                samples = array("h", bytes(mixed.planes[0])[: mixed.samples * 2])
                yield from ((start + at / SOUND_RATE, abs(level)) for at, level in enumerate(samples))


def first_burst(data: bytes) -> float:
    levels = list(loudness(data))
    loud = max(level for _, level in levels) / 2
    return next(time for time, level in levels if level > loud)


def expected_burst(kind: Kind, seen: Seen) -> float:
    """When the picture is shown at which the maker put the burst."""
    per_burst, first = BURST_EVERY_S * kind.fps, BURST_AT_S * kind.fps
    position = next(at for at, number in enumerate(seen.numbers) if (number - round(first)) % round(per_burst) == 0)
    return float(seen.times[position])


def check_pictures(kind: Kind, seen: Seen, source: Seen) -> None:
    length = 1 / kind.fps
    assert abs(seen.times[0]) <= CLOCK_S
    if kind.is_varying:
        # A fixed grid shows each picture until the next one comes.
        due = [float(number * length) for number in seen.numbers]
        assert max(abs(float(time) - at) for time, at in zip(seen.times, due, strict=True)) <= 3 * length
        assert seen.numbers == sorted(seen.numbers)
        assert set(seen.numbers) >= set(source.numbers)
        return
    first = seen.numbers[0] if kind.begins_hidden else source.numbers[0]
    due = list(range(first, source.numbers[0] + len(source.numbers)))
    assert seen.numbers == due, "pictures are missing, doubled or out of order"
    assert seen.gaps(length) == []


def check_subtitles(kind: Kind, asset: MediaAsset) -> None:
    """Every text of the maker is a track that the player is told about, with its lines at their times."""
    folder, found = store.folder(asset.pk, asset.epoch), finished(asset, TrackKind.SUBTITLE)
    assert sorted(track.recipe.language for track in found) == sorted(kind.subtitles)
    master = (folder / "master.m3u8").read_text()
    for track in found:
        assert f'URI="{track.name}.m3u8"' in master
        lines = (folder / f"{track.name}.vtt").read_text().splitlines()
        spoken = track.recipe.language
        assert [line for line in lines if "-->" in line] == SUBTITLE_TIMES
        assert [line for line in lines if line.startswith(spoken)] == [f"{spoken} one &amp; two", f"{spoken} three"]


def finished(asset: MediaAsset, kind: TrackKind) -> list[Rendition]:
    return list(asset.renditions.filter(kind=kind, state=RenditionState.READY).order_by("name"))


@pytest.mark.parametrize("name", MATRIX)
def test_every_shape_of_film_becomes_whole(name):
    kind = MATRIX[name]
    asset = package(name)
    assert (asset.state, asset.reason) == (AssetState.COMPLETE, "")
    assert not asset.renditions.filter(state=RenditionState.FAILED).exists()
    folder = store.folder(asset.pk, asset.epoch)
    source = pictures(matrix_film(name))
    rungs = finished(asset, TrackKind.VIDEO)
    seen = {rung.name: pictures(media.joined(folder, rung.name)) for rung in rungs}
    for pictures_of_rung in seen.values():
        check_pictures(kind, pictures_of_rung, source)
    assert len({tuple(starts_of(folder, rung)) for rung in rungs}) == 1, "the rungs' grids differ"
    assert ("v-src" in seen and seen["v-src"].size == source.size) or name not in COPIED
    check_subtitles(kind, asset)
    sounds = finished(asset, TrackKind.AUDIO)
    languages = [sound.recipe.language for sound in sounds if not sound.recipe.light_of]
    assert languages[: len(kind.audio_languages)] == list(kind.audio_languages if kind.audio else ())
    for track in sounds:
        data = media.joined(folder, track.name)
        heard = media.decode(data, "audio")
        assert heard.worst_gap < CLOCK_S, "a hole or an overlap in the sound"
        for rung in seen.values():
            assert abs(float(rung.times[0]) - heard.start) <= SKEW_MAX_S
            assert first_burst(data) == pytest.approx(expected_burst(kind, rung), abs=IN_STEP_S)


def shown(name: str) -> tuple[int, int]:
    asset = package(name)
    rung = finished(asset, TrackKind.VIDEO)[-1]
    return pictures(media.joined(store.folder(asset.pk, asset.epoch), rung.name)).size


def test_a_film_held_upright_is_stored_upright():
    assert shown("portrait with rotation") == (180, 320)


def test_wide_pixels_become_square():
    width, height = shown("anamorphic")
    assert width / height == pytest.approx(320 * 4 / 3 / 180, abs=0.02)
