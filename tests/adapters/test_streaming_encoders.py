"""The encoder that this machine has: found by trying, chosen by setting, and x264 when a card fails."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest
from django.utils import timezone
from streaming_rows import SEGMENTS, add_track, piece, ready_asset, unit_of

import media
from apps.streaming.adapters import encoders, ffmpeg, pieces, store
from apps.streaming.domain.assembly import PlanBroken
from apps.streaming.domain.encoders import HARDWARE, X264, Encoder, EncoderKind, begun_again, planned_name
from apps.streaming.domain.media_names import parse_media_name
from apps.streaming.domain.mp4 import InitFacts
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.services import encoding, eviction, leases, publishing
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
        def trial(encoder: Encoder, _keep_alive: Callable[[], None]) -> str | None:
            calls.append(encoder.kind)
            return None if encoder.kind in works else "no such card"

        monkeypatch.setattr(encoders, "fault_of", trial)
        return calls

    return with_cards


def test_x264_passes_the_trial_and_a_card_that_is_not_there_says_why():
    assert encoders.fault_of(X264) is None
    assert "ffmpeg ended with code" in (encoders.fault_of(Encoder(EncoderKind.VAAPI, "/dev/dri/renderD999")) or "")


@pytest.fixture
def hanging_driver(settings, monkeypatch, tmp_path) -> None:
    """Every card is tried for two seconds, and never answers."""
    settings.VIDEO_ENCODER = "nvenc"
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr(ffmpeg, "binary", lambda: str(program))
    monkeypatch.setattr(ffmpeg, "stall_limit_s", lambda _: 2.0)
    monkeypatch.setattr(encoders, "KEEP_ALIVE_S", 0.1)


@pytest.mark.usefixtures("hanging_driver")
def test_whoever_tries_a_driver_that_hangs_says_that_it_lives():
    said: list[int] = []
    assert encoders.chosen_encoder(partial(said.append, 1)) == X264
    assert len(said) > 5


@pytest.mark.usefixtures("hanging_driver")
def test_whoever_waits_for_another_threads_trial_says_that_it_lives():
    has_begun, said = Event(), []
    other = Thread(target=encoders.chosen_encoder, args=(has_begun.set,))
    other.start()
    assert has_begun.wait(10)
    assert encoders.chosen_encoder(partial(said.append, 1)) == X264
    other.join()
    assert len(said) > 5


@pytest.mark.usefixtures("hanging_driver")
def test_a_trial_ends_with_the_lease_of_whoever_tries_and_the_next_one_tries_again(monkeypatch):
    def is_lost() -> None:
        raise leases.LeaseLost

    with pytest.raises(leases.LeaseLost):
        encoders.chosen_encoder(is_lost)
    monkeypatch.setattr(encoders, "fault_of", lambda *_: None)
    assert encoders.chosen_encoder() == CARD


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
    folder = store.folder(rung.asset_id, 1)
    with pytest.raises(type(error)), encoding.falling_back(unit):
        raise error
    rung.refresh_from_db()
    assert rung.name == "v480-x264"
    assert encoding.encoder_of(rung.recipe) == X264
    assert (rung.init_sha256, bytes(rung.bitmap)) == ("", b"\0")
    assert not (folder / "v480").exists()
    assert '#EXT-X-MAP:URI="v480-x264/init.mp4"' in (folder / "v480-x264.m3u8").read_text()
    held = set()
    for other in WorkUnit.objects.filter(asset=rung.asset, rungs=["v480-x264"], state__in=["pending", "leased"]):
        held |= set(range(other.first, other.last))
    assert held == set(range(len(SEGMENTS)))


@pytest.mark.django_db
def test_a_rung_that_nobody_has_seen_keeps_its_name(tried):
    tried()
    rung, unit = begun_on_a_card()
    Rendition.objects.filter(pk=rung.pk).update(init_sha256="", bitmap=b"\0")
    with pytest.raises(PlanBroken), encoding.falling_back(unit):
        raise PlanBroken("a key picture too many")
    rung.refresh_from_db()
    unit.refresh_from_db()
    assert (encoding.encoder_of(rung.recipe), rung.name, unit.rungs) == (X264, "v480", ["v480"])


@pytest.mark.django_db
@pytest.mark.parametrize("is_out", [True, False])
def test_another_worker_that_still_runs_the_card_publishes_nothing_more(tried, tmp_path, is_out):
    tried()
    rung, _ = begun_on_a_card()
    if not is_out:
        Rendition.objects.filter(pk=rung.pk).update(init_sha256="", bitmap=b"\0")
    as_planned = Rendition.objects.get(pk=rung.pk)
    other = unit_of(rung, 0, 2, state="leased", leased_until=timezone.now() + leases.LEASE)
    encoding.use_x264(rung.asset_id)
    part = tmp_path / "part"
    part.write_bytes(b"from the card")
    with pytest.raises(PlanBroken, match="another encoder"):
        publishing.publish_segment(other, as_planned, 0, [part], as_planned.segments.duration_s(0))
    with pytest.raises(PlanBroken, match="another encoder"):
        publishing.record_segment(other, as_planned, 0, piece(10), as_planned.segments.duration_s(0))
    init = tmp_path / "init.mp4"
    init.write_bytes(b"moov")
    facts = InitFacts(12800, 0, "avc1.64001e")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pieces, "init_facts", lambda _: facts)
        with pytest.raises(PlanBroken, match="another encoder"):
            publishing.publish_init(other, as_planned, init, store.folder(rung.asset_id, 1))
    rung.refresh_from_db()
    assert (rung.init_sha256, bytes(rung.bitmap)) == ("", b"\0")
    leases.heartbeat(other)
    assert other.rungs == [rung.name], "its worker goes on with what is wanted now"


@pytest.mark.django_db
def test_a_whole_rung_on_demand_that_is_begun_again_says_that_nothing_is_there(tried):
    tried()
    rung, _ = begun_on_a_card()
    Rendition.objects.filter(pk=rung.pk).update(
        state="ready", on_demand=True, bitmap=b"\7", peak_bps=9000, pace=[[1.0, 4.0]]
    )
    encoding.use_x264(rung.asset_id)
    rung.refresh_from_db()
    assert (rung.state, bytes(rung.bitmap), rung.peak_bps, rung.pace) == ("building", b"\0", 0, [])


@pytest.mark.django_db
def test_no_work_is_planned_for_a_rung_that_has_failed(tried):
    tried()
    rung, unit = begun_on_a_card()
    unit.delete()
    Rendition.objects.filter(pk=rung.pk).update(state="failed")
    encoding.use_x264(rung.asset_id)
    assert not WorkUnit.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("is_out", [True, False])
def test_only_a_rung_with_another_name_gets_another_playlist(tried, is_out):
    tried()
    rung, _ = begun_on_a_card()
    if not is_out:
        Rendition.objects.filter(pk=rung.pk).update(init_sha256="", bitmap=b"\0")
    encoding.use_x264(rung.asset_id)
    assert (store.folder(rung.asset_id, 1) / f"{begun_again('v480')}.m3u8").exists() == is_out


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["_rename_in_units", "audit.clear_bits", "planning.fill"])
def test_a_change_that_is_killed_has_not_happened(tried, monkeypatch, step):
    tried()
    rung, _ = begun_on_a_card()
    second = add_track(rung.asset, "v720", mode="encode", state="building", done=3)
    Rendition.objects.filter(pk=second.pk).update(recipe_data=encoding.made_by(second.recipe, CARD).to_json())
    folder = store.folder(rung.asset_id, 1)

    def state():
        rows = rung.asset.renditions.order_by("pk").values_list("name", "recipe_data", "bitmap", "init_sha256", "state")
        units = WorkUnit.objects.order_by("pk").values_list("rungs", "first", "last")
        return [(*row[:2], bytes(row[2]), *row[3:]) for row in rows], list(units), sorted(folder.rglob("*.m4s"))

    before, calls, target = state(), [], step.split(".")
    module = getattr(encoding, target[0]) if len(target) == 2 else encoding
    as_it_is = getattr(module, target[-1])

    def killed(*args):
        calls.append(args)
        if len(calls) == 2:
            raise SystemExit
        return as_it_is(*args)

    monkeypatch.setattr(module, target[-1], killed)
    with pytest.raises(SystemExit):
        encoding.use_x264(rung.asset_id)
    assert state() == before


@pytest.mark.django_db
def test_files_that_a_kill_left_under_the_first_name_are_swept(tried, monkeypatch):
    tried()
    rung, _ = begun_on_a_card()

    def killed(*_):
        raise SystemExit

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(store, "remove_track", killed)
        encoding.use_x264(rung.asset_id)
    folder = store.folder(rung.asset_id, 1)
    assert (folder / "v480").exists()
    eviction.clear_strays()
    assert not (folder / "v480").exists()
    assert (folder / "v-src").exists()


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


@pytest.mark.parametrize("name", ["v480", "v1080", "v240"])
def test_a_rung_that_is_begun_again_has_an_address_and_is_known_by_its_first_name(name):
    again = begun_again(name)
    assert begun_again(again) == again != name
    assert planned_name(again) == planned_name(name) == name
    found = parse_media_name(f"{again}/00001.m4s")
    assert found is not None
    assert found.parts == (again, "00001.m4s")
    assert parse_media_name(f"{again}.m3u8") is not None
