"""Every shape of the decision table with real files: what is made, that no frame is lost or doubled, that sound and
picture start together, and that the CODECS are those of the init segments."""

from pathlib import Path

import pytest
from odd_films import odd_film
from packed_tracks import Made, Plan, make_part, package, plan

import media
from apps.streaming.domain.ladder import Mode, TrackKind

SKEW_MAX_S = 0.0213
AAC = "The sound is not AAC; browsers get AAC instead."
HDR = "The picture is HDR; screens without HDR get it with ordinary colours."


def beside(codec: str) -> str:
    return f"The picture is {codec}; browsers that cannot show it get H.264 instead."


def made_of(name: str, folder: Path) -> tuple[Plan, dict[str, Made]]:
    planned = plan(odd_film(name))
    return planned, package(planned, folder)


def sounds_of(made: dict[str, Made]) -> dict[str, Made]:
    """What people choose from; the light version is looked at with the rest."""
    sounds = {name: entry for name, entry in made.items() if entry.track.kind == TrackKind.AUDIO}
    return {name: entry for name, entry in sounds.items() if not entry.track.recipe.light_of}


def check_whole(made: dict[str, Made]) -> None:
    starts = [entry.seen.start for entry in made.values()]
    assert max(starts) - min(starts) <= SKEW_MAX_S
    for name, entry in made.items():
        assert entry.segments == len(entry.track.segments), name
        assert entry.seen.worst_gap < 0.002, name
        assert entry.codec == (entry.track.recipe.codecs or entry.codec), name
        if entry.track.kind == TrackKind.VIDEO:
            assert len(entry.seen.times) == sum(entry.track.segments.frames), name
        else:
            assert entry.seen.end == pytest.approx(float(entry.track.segments.total_s), abs=0.05), name


@pytest.mark.parametrize(
    ("name", "codec", "reasons"),
    [
        ("hevc", "hvc1.1.6.L60.90", (beside("HEVC"),)),
        ("hevc open gop mkv", "hvc1.1.6.L60.90", (beside("HEVC"),)),
        ("hevc 10 bit", "hvc1.2.4.L60.90", (beside("HEVC"),)),
        ("hdr10", "hvc1.2.4.L60.90", (beside("HEVC"), HDR)),
        ("hlg", "hvc1.2.4.L60.90", (beside("HEVC"), HDR)),
        ("vp9", "vp09.00.11.08", (beside("VP9"), AAC)),
        ("av1", "av01.0.00M.08", (beside("AV1"), AAC)),
    ],
)
def test_newer_codecs_are_copied_beside_h264_on_one_grid(tmp_path, name, codec, reasons):
    planned, made = made_of(name, tmp_path)
    assert planned.ladder.reasons == reasons
    assert made["v-src"].codec == codec
    assert list(made)[1] == "v480"
    assert made["v480"].codec.startswith("avc1.6400")
    assert made["v-src"].track.segments.starts == made["v480"].track.segments.starts
    for track in ("v-src", "v480"):
        assert len(made[track].seen.times) == media.source_frames(odd_film(name))
    check_whole(made)


@pytest.mark.parametrize(
    ("name", "reason", "size"),
    [
        ("mpeg-2 interlaced", "The picture is interlaced.", (320, 180)),
        ("mpeg-4 in avi", "The picture is MPEG-4; browsers get H.264 instead.", (320, 180)),
        ("4:2:2", "The picture is not 8-bit 4:2:0.", (320, 180)),
        ("10 bit h264", "The picture is not 8-bit 4:2:0.", (320, 180)),
        ("gop 20 s", "Whole pictures are more than 10 s apart.", (320, 180)),
        ("vfr", "The frame rate varies.", (320, 180)),
        ("rotated", "The picture is stored rotated.", (180, 320)),
        ("anamorphic", "The pixels are not square.", (256, 144)),
    ],
)
def test_what_cannot_be_copied_is_encoded_whole(tmp_path, name, reason, size):
    planned, made = made_of(name, tmp_path)
    assert reason in planned.ladder.reasons
    assert planned.names(TrackKind.VIDEO)[0] == "v480"
    assert (made["v480"].track.recipe.width, made["v480"].track.recipe.height) == size
    if name != "vfr":
        assert len(made["v480"].seen.times) == media.source_frames(odd_film(name))
    check_whole(made)


def test_a_varying_rate_keeps_the_rate_of_its_quick_part(tmp_path):
    planned, made = made_of("vfr", tmp_path)
    assert made["v480"].track.recipe.fps == "25"
    assert made["v480"].seen.end == pytest.approx(planned.ladder.duration_s, abs=0.05)


@pytest.mark.parametrize("name", ["59.94", "fragments", "late start", "negative dts", "no cues", "silent"])
def test_odd_clocks_and_containers_are_copied_whole(tmp_path, name):
    _, made = made_of(name, tmp_path)
    source = made["v-src"]
    assert source.track.recipe.mode == Mode.COPY
    assert len(source.seen.times) == media.source_frames(odd_film(name))
    assert list(sounds_of(made)) == ([] if name == "silent" else ["a-und-1"])
    check_whole(made)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("7.1 flac", {"a-und-1": 2, "a-und-1-51": 6}),
        ("5.1 dts", {"a-und-1": 2, "a-und-1-51": 6}),
        ("5.1 e-ac-3", {"a-und-1": 2, "a-und-1-51": 6}),
        ("mono 22 kHz", {"a-und-1": 1}),
        ("vorbis", {"a-und-1": 2}),
        ("languages", {"a-eng-1": 2, "a-fre-2": 2, "a-eng-3": 2}),
    ],
)
def test_every_sound_is_one_continuous_aac_track(tmp_path, name, expected):
    _, made = made_of(name, tmp_path)
    sounds = sounds_of(made)
    assert {track: entry.track.recipe.channels for track, entry in sounds.items()} == expected
    for entry in sounds.values():
        assert entry.codec == "mp4a.40.2"
        assert entry.channels == entry.track.recipe.channels
    check_whole(made)


@pytest.mark.parametrize(
    ("name", "rung"),
    [
        ("hevc", "v-src"),
        ("hevc open gop mkv", "v480"),
        ("hdr10", "v480"),
        ("vp9", "v-src"),
        ("mpeg-2 interlaced", "v480"),
        ("vfr", "v480"),
    ],
)
def test_every_shape_continues_exactly_at_a_grid_point(tmp_path, name, rung):
    planned = plan(odd_film(name))
    track = planned.track(rung)
    count = len(track.segments)
    whole_init, whole = make_part(planned, track, tmp_path / "whole", 0, count)
    later_init, later = make_part(planned, track, tmp_path / "later", 1, count)
    assert whole_init == later_init
    assert (sorted(whole), sorted(later)) == (list(range(count)), list(range(1, count)))
    mixed = media.decode(later_init + whole[0] + b"".join(later[index] for index in range(1, count)), "video")
    assert len(mixed.times) == sum(track.segments.frames)
    assert mixed.worst_gap < 0.002
