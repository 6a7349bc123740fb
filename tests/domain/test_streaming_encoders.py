"""Every encoder is asked for the same rung: its rate cap, its level, and key pictures where they are forced."""

from dataclasses import replace

import pytest

from apps.streaming.domain import ffmpeg as command
from apps.streaming.domain.address import Address
from apps.streaming.domain.encoders import (
    CHOICES,
    HARDWARE,
    X264,
    Encoder,
    EncoderKind,
    encoder_arguments,
    encoder_of,
    made_by,
    try_arguments,
)
from apps.streaming.domain.ladder import Recipe, choose_ladder
from tests.domain.streaming_samples import VIDEO, facts, times

LADDER = choose_ladder(facts(video=replace(VIDEO, codec="mpeg4")), times())
RUNG = next(track for track in LADDER.tracks if track.name == "v480")
EVERY = [Encoder(kind, "/dev/dri/renderD128" if kind == EncoderKind.VAAPI else "") for kind in EncoderKind]


def value(args: list[str], option: str) -> str:
    return args[args.index(option) + 1]


@pytest.mark.parametrize("encoder", EVERY, ids=lambda encoder: encoder.kind)
def test_every_encoder_keeps_the_cap_and_the_level(encoder):
    args = encoder_arguments(encoder, RUNG.recipe)
    assert value(args, "-maxrate") == "1200k"
    assert value(args, "-bufsize") == "2400k"
    assert value(args, "-profile:v") == "high"
    assert value(args, "-level:v").replace(".", "") == str(RUNG.recipe.level)


@pytest.mark.parametrize(
    ("kind", "option"),
    [("x264", "-forced-idr"), ("nvenc", "-forced-idr"), ("qsv", "-forced_idr"), ("vaapi", "-idr_interval")],
)
def test_a_forced_key_picture_opens_a_segment(kind, option):
    assert option in encoder_arguments(Encoder(EncoderKind(kind)), RUNG.recipe)


@pytest.mark.parametrize("encoder", EVERY, ids=lambda encoder: encoder.kind)
def test_only_vaapi_uploads_and_names_a_device(encoder):
    rungs = {track.name: track.recipe for track in LADDER.tracks if track.name in {"v720", "v480"}}
    args = command.encode_rungs(
        command.Source(Address.of_file("/films/a.mp4"), 120.0, 0.0), rungs, RUNG.segments, 0, 15, encoder=encoder
    )
    first, *rest = value(args, "-filter_complex").split(";")
    if encoder.kind != EncoderKind.VAAPI:
        assert "hwupload" not in " ".join(args)
        assert len(rest) == 1
        return
    assert args.index("-vaapi_device") < args.index("-i")
    assert rest[0] == "[cut0]format=nv12,hwupload[rung0]"
    assert rest[1].endswith("format=nv12,hwupload[rung1]")
    assert first.endswith("split=2[cut0][feed0]"), "the next rung is scaled from what was not uploaded"


def test_x264_is_the_encoder_where_none_was_chosen():
    assert encoder_of(RUNG.recipe) == X264
    assert X264.kind not in HARDWARE
    assert set(CHOICES) == {"auto", "x264", "nvenc", "vaapi", "qsv", "videotoolbox"}


@pytest.mark.parametrize("encoder", EVERY, ids=lambda encoder: encoder.kind)
def test_a_rung_remembers_its_encoder_in_the_database(encoder):
    assert encoder_of(Recipe.from_json(made_by(RUNG.recipe, encoder).to_json())) == encoder


@pytest.mark.parametrize("encoder", EVERY, ids=lambda encoder: encoder.kind)
def test_the_trial_is_one_second_that_is_thrown_away(encoder):
    args = try_arguments(encoder)
    assert "duration=1" in value(args, "-i")
    assert args[-3:] == ["-f", "null", "-"]


def test_only_x264_is_told_how_many_threads_it_may_have():
    for kind in EncoderKind:
        args = encoder_arguments(Encoder(kind), RUNG.recipe, threads=2)
        assert ("-threads" in args) == (kind == EncoderKind.X264)
    assert "-threads" not in encoder_arguments(Encoder(EncoderKind.X264), RUNG.recipe)
