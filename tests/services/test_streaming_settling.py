import errno
import time
from dataclasses import replace
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import connection
from django.test import TestCase
from django.utils import timezone
from streaming_rows import add_track, ready_asset, unit_of

from apps.catalog.services import create_manual_title
from apps.common.errors import Conflict, NotFound
from apps.streaming import selectors, services
from apps.streaming.adapters import ffmpeg, store
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services import settling
from apps.streaming.services.assets import fail_asset
from apps.streaming.services.settling import settle

pytestmark = pytest.mark.django_db


def building(*tracks: tuple[str, RenditionState, int, Mode], film: str = "A film") -> MediaAsset:
    """An asset in ``probing`` with these renditions: name, state, published segments, mode."""
    asset = ready_asset(film, state=AssetState.PROBING)
    asset.renditions.all().delete()
    for name, state, done, mode in tracks:
        add_track(asset, name, state=state, done=done, mode=mode)
    return asset


def state_after_settling(asset: MediaAsset) -> str:
    settle(asset.pk)
    asset.refresh_from_db()
    return asset.state


READY, BUILDING, PLANNED, FAILED = (RenditionState(name) for name in ("ready", "building", "planned", "failed"))


@pytest.mark.parametrize(
    ("tracks", "state"),
    [
        ([("v-src", READY, 3, Mode.COPY), ("a-eng-1", READY, 3, Mode.COPY)], AssetState.COMPLETE),
        ([("v-src", READY, 3, Mode.COPY), ("a-eng-1", BUILDING, 2, Mode.COPY)], AssetState.PLAYABLE),
        ([("v-src", READY, 3, Mode.COPY), ("a-eng-1", BUILDING, 1, Mode.COPY)], AssetState.PROBING),
        ([("v-src", BUILDING, 2, Mode.COPY), ("a-eng-1", READY, 3, Mode.COPY)], AssetState.PLAYABLE),
        ([("v-src", BUILDING, 1, Mode.COPY), ("a-eng-1", READY, 3, Mode.COPY)], AssetState.PROBING),
        ([("v480", BUILDING, 2, Mode.ENCODE), ("a-eng-1", READY, 3, Mode.COPY)], AssetState.PLAYABLE),
        ([("v480", BUILDING, 1, Mode.ENCODE), ("a-eng-1", READY, 3, Mode.COPY)], AssetState.PROBING),
        ([("v480", PLANNED, 0, Mode.ENCODE), ("a-eng-1", READY, 3, Mode.COPY)], AssetState.PROBING),
        ([("v480", BUILDING, 2, Mode.ENCODE)], AssetState.PLAYABLE),
        ([("v-src", READY, 3, Mode.COPY), ("v480", BUILDING, 1, Mode.ENCODE)], AssetState.PLAYABLE),
        ([("v-src", READY, 3, Mode.COPY), ("v480", FAILED, 1, Mode.ENCODE)], AssetState.COMPLETE),
        ([("v-src", FAILED, 0, Mode.COPY), ("v480", READY, 3, Mode.ENCODE)], AssetState.COMPLETE),
        ([("v-src", READY, 3, Mode.COPY), ("s-eng-2", FAILED, 0, Mode.ENCODE)], AssetState.COMPLETE),
        ([("v-src", READY, 3, Mode.COPY), ("s-eng-2", PLANNED, 0, Mode.ENCODE)], AssetState.PLAYABLE),
        ([("v-src", READY, 3, Mode.COPY), ("a-eng-1", FAILED, 1, Mode.COPY)], AssetState.FAILED),
        ([("v-src", FAILED, 1, Mode.COPY), ("v480", FAILED, 1, Mode.ENCODE)], AssetState.FAILED),
        ([], AssetState.PROBING),
    ],
)
def test_what_people_can_play_follows_from_the_renditions(tracks, state):
    assert state_after_settling(building(*tracks)) == state


def test_settling_twice_changes_nothing():
    asset = building(("v-src", READY, 3, Mode.COPY))
    assert [state_after_settling(asset) for _ in range(2)] == [AssetState.COMPLETE] * 2


def test_a_full_bitmap_without_decodable_files_is_not_ready():
    asset = building(("v-src", READY, 3, Mode.COPY), ("v480", BUILDING, 3, Mode.ENCODE))
    assert state_after_settling(asset) == AssetState.COMPLETE
    broken = asset.renditions.get(name="v480")
    assert (broken.state, broken.reason) == (RenditionState.FAILED, "A finished part cannot be decoded.")


def test_a_killed_decoder_is_no_verdict(monkeypatch):
    asset = building(("v-src", BUILDING, 3, Mode.COPY))
    outcomes = iter([ffmpeg.FfmpegFailed("ffmpeg ended with code -9."), *[ffmpeg.Outcome("", 100)] * 3])

    def run(*_, **__):
        outcome = next(outcomes)
        if isinstance(outcome, ffmpeg.FfmpegFailed):
            raise outcome
        return outcome

    monkeypatch.setattr(ffmpeg, "run", run)
    assert state_after_settling(asset) == AssetState.COMPLETE


def test_a_full_bitmap_with_an_empty_file_is_not_ready():
    asset = building(("v-src", READY, 3, Mode.COPY), ("v480", BUILDING, 3, Mode.ENCODE))
    (store.folder(asset.pk, 1) / "v480" / "00001.m4s").write_bytes(b"")
    settle(asset.pk)
    assert asset.renditions.get(name="v480").reason == "A finished part is missing on the disk."


def test_a_rendition_of_another_length_is_not_ready():
    asset = building(("v-src", READY, 3, Mode.COPY), ("v480", BUILDING, 3, Mode.ENCODE))
    MediaAsset.objects.filter(pk=asset.pk).update(duration_s=300)
    settle(asset.pk)
    assert asset.renditions.get(name="v480").reason == "It lasts 11.0 s instead of 300.0 s."


def test_the_master_lists_rungs_that_are_not_made_yet():
    asset = building(
        ("v-src", READY, 3, Mode.COPY), ("v480", PLANNED, 0, Mode.ENCODE), ("v240", FAILED, 0, Mode.ENCODE)
    )
    settle(asset.pk)
    master = (store.folder(asset.pk, 1) / "master.m3u8").read_text()
    assert "v480.m3u8" in master, "its segments are made when somebody asks for them"
    assert "v240.m3u8" not in master


def with_light_sound(state: RenditionState) -> MediaAsset:
    asset = building(
        ("v-src", READY, 3, Mode.COPY), ("v240", PLANNED, 0, Mode.ENCODE), ("a-eng-1", READY, 3, Mode.COPY)
    )
    track = add_track(asset, "a-eng-1-low", state=state, done=0, mode=Mode.ENCODE)
    recipe = replace(track.recipe, is_default=False, light_of="a-eng-1", max_kbps=64)
    Rendition.objects.filter(pk=track.pk).update(recipe_data=recipe.to_json())
    settle(asset.pk)
    return asset


def test_light_sound_is_listed_for_light_pictures_before_it_is_made_and_is_no_choice_of_its_own():
    asset = with_light_sound(PLANNED)
    lines = (store.folder(asset.pk, 1) / "master.m3u8").read_text().splitlines()
    pictures = {uri: line.partition('AUDIO="')[2].partition('"')[0] for line, uri in pairwise(lines) if uri[0] == "v"}
    assert pictures == {"v-src.m3u8": "audio", "v240.m3u8": "light"}
    assert any('GROUP-ID="light"' in line and 'URI="a-eng-1-low.m3u8"' in line for line in lines)
    choices = selectors.tracks_of(asset, "/media", uuid4())
    assert len(choices["audio"]) == 1
    assert {rung.name: rung.ready for rung in choices["renditions"]} == {"v-src": True, "v240": False}


def test_a_film_whose_light_sound_failed_plays_with_the_usual_one():
    asset = with_light_sound(FAILED)
    asset.refresh_from_db()
    assert asset.state != AssetState.FAILED
    assert "light" not in (store.folder(asset.pk, 1) / "master.m3u8").read_text()


def test_a_busy_server_lists_only_what_keeps_up():
    asset = building(
        ("v-src", READY, 3, Mode.COPY), ("v480", PLANNED, 0, Mode.ENCODE), ("v720", BUILDING, 1, Mode.ENCODE)
    )
    now = time.time()
    Rendition.objects.filter(asset=asset, name="v720").update(pace=[[now - 50, 4.0], [now, 200.0]])
    busy = add_track(ready_asset("Another film"), "v480", state=BUILDING, done=0, mode=Mode.ENCODE)
    for index in range(100):
        unit_of(busy, index, index + 1, priority=0, wanted_at=timezone.now())
    settle(asset.pk)
    master = (store.folder(asset.pk, 1) / "master.m3u8").read_text()
    assert "v-src.m3u8" in master
    assert "v720.m3u8" in master, "it is made four times as fast as it is watched"
    assert "v480.m3u8" not in master


def test_a_failed_asset_keeps_nothing_on_the_disk():
    asset = ready_asset(state=AssetState.PROBING)
    with TestCase.captureOnCommitCallbacks(execute=True):
        fail_asset(asset.pk, "This file is a picture, not a film.")
    assert not store.asset_folder(asset.pk).exists()
    status = selectors.asset_status(asset.pk)
    assert (status.state, status.reason) == ("failed", "This file is a picture, not a film.")


def test_a_failed_asset_can_be_tried_again_under_a_new_epoch():
    asset = ready_asset(state=AssetState.FAILED)
    services.retry_asset(asset.pk)
    asset.refresh_from_db()
    assert (asset.state, asset.epoch, asset.reason) == (AssetState.QUEUED, 2, "")
    assert not asset.renditions.exists()
    assert [unit.kind for unit in asset.units.all()] == [UnitKind.PREPARE]


def test_a_playing_asset_is_not_tried_again():
    asset = ready_asset()
    with pytest.raises(Conflict):
        services.retry_asset(asset.pk)


def test_unknown_assets_are_not_found():
    title = create_manual_title(name="Nothing")
    with pytest.raises(NotFound):
        services.retry_asset(title.pk)
    with pytest.raises(NotFound):
        selectors.asset_status(title.pk)
    with pytest.raises(NotFound):
        services.authorise_playback(viewer_id=title.pk, title_id=title.pk)
    assert selectors.current_asset(title.pk) is None
    assert selectors.duration(title.pk) is None


def test_status_shows_each_rung_and_weighs_encoding_more():
    asset = building(("v-src", READY, 3, Mode.COPY), ("v480", BUILDING, 0, Mode.ENCODE))
    status = selectors.asset_status(asset.pk)
    assert {rung.name: rung.share for rung in status.rungs} == {"v-src": 1.0, "v480": 0.0}
    assert 0 < status.progress < 0.1
    assert status.stage == "packaging"
    assert not status.playable


def test_status_tells_when_what_is_being_made_will_be_whole():
    asset = building(("v-src", READY, 3, Mode.COPY), ("v480", BUILDING, 1, Mode.ENCODE))
    assert selectors.asset_status(asset.pk).eta_s is None
    now = timezone.now().timestamp()
    Rendition.objects.filter(asset=asset, name="v480").update(pace=[[now - 50, 4.0], [now, 200.0]])
    assert selectors.asset_status(asset.pk).eta_s == pytest.approx(7 / 4, abs=0.5)  # 7 s are missing, at 4 s per second


def test_units_of_an_asset_that_is_over_are_dropped():
    asset = ready_asset(state=AssetState.EVICTED)
    unit_of(asset.renditions.get(name="v-src"))
    assert services.run_next_unit()
    assert WorkUnit.objects.get().state == UnitState.FAILED
    assert selectors.asset_status(asset.pk).state == "evicted"


def test_there_may_be_nothing_to_do():
    assert not services.run_next_unit()
    services.sweep()


def failing_run(error: OSError):
    def run(*_, **__):
        raise error

    return run


def test_a_full_disk_during_the_proof_is_no_verdict(monkeypatch):
    asset = building(("v-src", READY, 3, Mode.COPY), ("v480", BUILDING, 3, Mode.ENCODE))
    monkeypatch.setattr(ffmpeg, "run", failing_run(OSError(errno.ENOSPC, "No space left on device")))
    assert state_after_settling(asset) == AssetState.PLAYABLE
    assert asset.renditions.get(name="v480").state == BUILDING


def test_what_the_audit_takes_away_during_the_proof_is_no_verdict(monkeypatch):
    asset = building(("v-src", READY, 3, Mode.COPY), ("v480", BUILDING, 3, Mode.ENCODE))

    def run(*_, **__):
        Rendition.objects.filter(asset=asset, name="v480").update(bitmap=b"\x03")
        raise ffmpeg.FfmpegFailed("no")

    monkeypatch.setattr(ffmpeg, "run", run)
    settle(asset.pk)
    assert asset.renditions.get(name="v480").state == BUILDING


def test_the_sweep_proves_what_was_repaired_in_a_complete_film(monkeypatch):
    asset = ready_asset()
    track = add_track(asset, "v480", state=BUILDING, mode=Mode.ENCODE)
    planned = sum(track.segments.frames)
    monkeypatch.setattr(ffmpeg, "run", lambda *_, **__: ffmpeg.Outcome("", planned))
    services.sweep()
    track.refresh_from_db()
    assert track.state == READY


def test_one_film_that_cannot_be_settled_does_not_stop_the_others(monkeypatch):
    films = [ready_asset(name, state=AssetState.PROBING) for name in ("One", "Two", "Three")]
    bad = films[1].pk

    def publish(asset: MediaAsset) -> None:
        if asset.pk == bad:
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(settling, "publish_master", publish)
    services.sweep()
    states = dict(MediaAsset.objects.values_list("pk", "state"))
    assert [states[film.pk] for film in films] == [AssetState.COMPLETE, AssetState.PROBING, AssetState.COMPLETE]


def test_a_part_of_which_a_picture_cannot_be_decoded_is_no_proof(monkeypatch):
    asset = building(("v-src", READY, 3, Mode.COPY), ("v480", BUILDING, 3, Mode.ENCODE))
    planned = sum(asset.renditions.get(name="v480").segments.frames)
    monkeypatch.setattr(ffmpeg, "run", lambda *_, **__: ffmpeg.Outcome("", planned - 1))
    settle(asset.pk)
    assert asset.renditions.get(name="v480").state == RenditionState.FAILED


def test_a_track_that_somebody_proves_already_is_left_to_them(monkeypatch):
    asset = building(("v480", BUILDING, 3, Mode.ENCODE), ("a-eng-1", READY, 3, Mode.COPY))
    monkeypatch.setattr(settling, "_fault_of", lambda *_: None)
    other = connection.copy()
    name = f"streaming.proof.{asset.renditions.get(name='v480').pk}"
    try:
        other.cursor().execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        assert state_after_settling(asset) == AssetState.PLAYABLE
    finally:
        other.close()  # as when a worker is killed in the middle of it
    assert state_after_settling(asset) == AssetState.COMPLETE


def test_one_thread_of_a_process_proves_and_comes_to_what_was_left_out(monkeypatch):
    tracks = (("v480", BUILDING, 3, Mode.ENCODE), ("a-eng-1", READY, 3, Mode.COPY))
    one, two = building(*tracks), building(*tracks, film="Another film")
    monkeypatch.setattr(settling, "_fault_of", lambda *_: None)
    with settling._proving:
        assert state_after_settling(one) == AssetState.PLAYABLE, "others go on with what people wait for"
    assert state_after_settling(two) == AssetState.COMPLETE
    one.refresh_from_db()
    assert one.state == AssetState.COMPLETE


def test_what_needs_no_decoder_waits_for_none():
    asset = building(
        ("v480", BUILDING, 2, Mode.ENCODE), ("a-eng-1", READY, 3, Mode.COPY), ("s-eng-2", BUILDING, 3, Mode.ENCODE)
    )
    store.publish_bytes(b"WEBVTT", store.folder(asset.pk, 1) / "s-eng-2.vtt")
    with settling._proving:
        settle(asset.pk)
    assert asset.renditions.get(name="s-eng-2").state == READY


def test_one_sweep_settles_at_a_time_and_all_of_them_tidy_up(monkeypatch):
    asset = building(("v480", BUILDING, 3, Mode.ENCODE), ("a-eng-1", READY, 3, Mode.COPY))
    late = unit_of(asset.renditions.get(name="v480"), state=UnitState.LEASED, leased_until=timezone.now())
    monkeypatch.setattr(settling, "_fault_of", lambda *_: None)
    other = connection.copy()
    try:
        other.cursor().execute("SELECT pg_advisory_lock(hashtextextended('streaming.settling', 0))")
        services.sweep()
        asset.refresh_from_db()
        late.refresh_from_db()
        assert (asset.state, late.state) == (AssetState.PROBING, UnitState.PENDING)
    finally:
        other.close()
    services.sweep()
    asset.refresh_from_db()
    assert asset.state == AssetState.COMPLETE
