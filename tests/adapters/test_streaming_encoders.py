"""The encoder that this machine has: found by trying, chosen by setting, and x264 when a card fails."""

from pathlib import Path

import pytest
from streaming_rows import SEGMENTS, add_track, ready_asset

import media
from apps.streaming.adapters import encoders, ffmpeg, store
from apps.streaming.domain.assembly import PlanBroken
from apps.streaming.domain.encoders import HARDWARE, X264, Encoder, EncoderKind
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.services import encoding
from project.env import BadEnvironment

CARD = Encoder(EncoderKind.NVENC)


@pytest.fixture(autouse=True)
def untried():
    encoders.forget()
    yield
    encoders.forget()


@pytest.fixture
def tried(monkeypatch):
    """Replaces the trial: the kinds in ``works`` pass; answers which were tried."""
    calls: list[str] = []

    def with_cards(*works: str) -> list[str]:
        def trial(encoder: Encoder) -> str | None:
            calls.append(encoder.kind)
            return None if encoder.kind in works else "no such card"

        monkeypatch.setattr(encoders, "fault_of", trial)
        return calls

    return with_cards


def test_x264_passes_the_trial_and_a_card_that_is_not_there_says_why():
    assert encoders.fault_of(X264) is None
    assert "ffmpeg ended with code" in (encoders.fault_of(Encoder(EncoderKind.VAAPI, "/dev/dri/renderD999")) or "")


def test_auto_takes_the_first_that_works_and_tries_once(tried, settings):
    settings.VIDEO_ENCODER = "auto"
    calls = tried("qsv", "videotoolbox")
    assert encoders.chosen_encoder() == encoders.chosen_encoder() == Encoder(EncoderKind.QSV)
    assert calls == ["nvenc", "qsv"]


def test_auto_without_any_card_is_x264(tried, settings):
    settings.VIDEO_ENCODER = "auto"
    calls = tried()
    assert encoders.chosen_encoder() == X264
    assert set(calls) <= set(HARDWARE)


@pytest.mark.parametrize("wanted", ["nvenc", "qsv", "videotoolbox", "vaapi"])
def test_a_named_card_that_does_not_work_falls_back(tried, settings, wanted):
    settings.VIDEO_ENCODER = wanted
    tried()
    assert encoders.chosen_encoder() == X264


def test_x264_is_not_tried(tried, settings):
    settings.VIDEO_ENCODER = "x264"
    assert encoders.chosen_encoder() == X264
    assert tried() == []


def test_render_nodes_are_tried_one_by_one(tried, settings, monkeypatch, tmp_path):
    settings.VIDEO_ENCODER = "vaapi"
    for name in ("renderD129", "renderD128", "card0"):
        (tmp_path / name).touch()
    monkeypatch.setattr(encoders, "RENDER_NODES", tmp_path)
    tried("vaapi")
    assert encoders.chosen_encoder() == Encoder(EncoderKind.VAAPI, str(tmp_path / "renderD128"))


def test_a_card_that_failed_is_not_used_again(tried, settings):
    settings.VIDEO_ENCODER = "auto"
    tried("nvenc")
    assert encoders.chosen_encoder() == CARD
    encoders.distrust(CARD, "it is gone")
    assert encoders.chosen_encoder() == X264


def test_a_setting_that_is_no_encoder_stops_the_start(monkeypatch):
    import importlib

    from project import settings as module

    monkeypatch.setenv("VIDEO_ENCODER", "abacus")
    with pytest.raises(BadEnvironment, match="VIDEO_ENCODER='abacus' must be one of auto, x264"):
        importlib.reload(module)
    monkeypatch.delenv("VIDEO_ENCODER")
    importlib.reload(module)


def begun_on_a_card() -> tuple[Rendition, WorkUnit]:
    """A title that a card has half made; its source is there."""
    asset = ready_asset()
    asset.source = str(media.film("large"))
    asset.save(update_fields=["source"])
    rung = add_track(asset, "v480", mode="encode", state="building", done=2)
    recipe = encoding.made_by(rung.recipe, CARD)
    Rendition.objects.filter(pk=rung.pk).update(recipe_data=recipe.to_json())
    unit = WorkUnit.objects.create(asset=asset, kind="video", rungs=["v480"], first=2, last=3, state="leased")
    return rung, unit


@pytest.mark.django_db
@pytest.mark.parametrize("error", [ffmpeg.FfmpegFailed("no device"), PlanBroken("a key picture too many")])
def test_a_title_that_a_card_fails_at_is_begun_again_by_x264(tried, error):
    tried()
    rung, unit = begun_on_a_card()
    folder = store.folder(rung.asset_id, 1) / "v480"
    with pytest.raises(type(error)), encoding.falling_back(unit):
        raise error
    rung.refresh_from_db()
    assert encoding.encoder_of(rung.recipe) == X264
    assert (rung.init_sha256, bytes(rung.bitmap)) == ("", b"\0")
    assert not (folder / "init.mp4").exists()
    assert not list(folder.glob("*.m4s"))
    held = set()
    for other in WorkUnit.objects.filter(asset=rung.asset, rungs__contains=["v480"], state__in=["pending", "leased"]):
        held |= set(range(other.first, other.last))
    assert held == set(range(len(SEGMENTS)))


@pytest.mark.django_db
def test_a_failure_of_x264_changes_nothing(tried):
    calls = tried()
    asset = ready_asset()
    unit = WorkUnit.objects.create(asset=asset, kind="video", rungs=["v480"], first=0, last=3, state="leased")
    before = {row.name: bytes(row.bitmap) for row in asset.renditions.all()}
    with pytest.raises(PlanBroken), encoding.falling_back(unit):
        raise PlanBroken("a film with holes")
    assert {row.name: bytes(row.bitmap) for row in asset.renditions.all()} == before
    assert calls == []


def test_the_default_trial_runs_in_a_folder_of_its_own():
    before = set(Path.cwd().iterdir())
    assert encoders.fault_of(X264) is None
    assert set(Path.cwd().iterdir()) == before
