import time
from uuid import uuid4

import pytest
from accounts_cast import client_of, person
from rest_framework.test import APIClient
from streaming_rows import add_track, ready_asset, unit_of

from apps.accounts.models import User
from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services.settling import settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    alice = person("alice")
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    return client_of(alice)


@pytest.fixture
def asset() -> MediaAsset:
    """A film that plays from its copy while a rung is made at four times real time."""
    asset = ready_asset(state=AssetState.PLAYABLE)
    track = add_track(asset, "v480", state=RenditionState.BUILDING, done=1, mode=Mode.ENCODE)
    Rendition.objects.filter(pk=track.pk).update(pace=[[time.time() - 50, 4.0], [time.time(), 200.0]])
    unit_of(track)
    return asset


def act(client: APIClient, asset: MediaAsset, what: str):
    return client.post(f"/api/v1/jobs/{asset.pk}/{what}")


def test_the_operator_sees_progress_speed_and_the_time_that_is_left(operator, asset):
    [job] = operator.get("/api/v1/jobs").json()["jobs"]
    assert (job["asset_id"], job["title_id"], job["title"]) == (str(asset.pk), str(asset.title_id), "A film")
    assert (job["state"], job["reason"]) == ("playable", None)
    rungs = {rung["name"]: rung for rung in job["rungs"]}
    assert rungs["v-src"] == {"name": "v-src", "state": "ready", "progress": 1.0, "speed": None, "eta_s": 0.0}
    assert rungs["v480"]["progress"] == pytest.approx(1 / 3)
    assert rungs["v480"]["speed"] == pytest.approx(4.0, abs=0.01)
    assert rungs["v480"]["eta_s"] == pytest.approx(7 / 4, abs=0.01)


def test_a_finished_film_is_no_job(operator):
    ready_asset()
    assert operator.get("/api/v1/jobs").json() == {"jobs": []}


def test_a_failed_film_says_why(operator):
    failed = ready_asset(state=AssetState.FAILED)
    MediaAsset.objects.filter(pk=failed.pk).update(reason="This file is a picture, not a film.")
    [job] = operator.get("/api/v1/jobs").json()["jobs"]
    assert (job["state"], job["reason"]) == ("failed", "This file is a picture, not a film.")


def test_a_film_that_waits_for_room_says_so(operator, asset):
    MediaAsset.objects.filter(pk=asset.pk).update(pause_reason="The disk is full.")
    [job] = operator.get("/api/v1/jobs").json()["jobs"]
    assert (job["state"], job["reason"]) == ("playable", "The disk is full.")
    assert job["notes"] == ["The sound is not AAC; browsers get AAC instead."]


def test_fields_that_nobody_knows_are_refused(operator, asset):
    for what in ("retry", "cancel"):
        answer = operator.post(f"/api/v1/jobs/{asset.pk}/{what}", {"rung": "v480"}, format="json")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["rung"])
    assert WorkUnit.objects.filter(state=UnitState.PENDING).count() == 1


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_members_are_refused(name, asset):
    client = client_of(person(name))
    assert client.get("/api/v1/jobs").status_code == 403
    assert {act(client, asset, what).status_code for what in ("retry", "cancel")} == {403}
    assert WorkUnit.objects.filter(state=UnitState.PENDING).count() == 1


def test_charlie_without_a_sign_in_is_refused(asset):
    assert APIClient().get("/api/v1/jobs").status_code == 401
    assert {act(APIClient(), asset, what).status_code for what in ("retry", "cancel")} == {401}


def test_a_cancelled_film_keeps_what_can_be_watched_and_makes_the_rest_on_demand(operator, asset):
    assert act(operator, asset, "cancel").status_code == 204
    asset.refresh_from_db()
    assert asset.state == AssetState.COMPLETE
    assert not services.run_next_unit()
    assert asset.renditions.get(name="v480").on_demand
    assert operator.get("/api/v1/jobs").json() == {"jobs": []}


def test_cancelling_never_takes_the_sound_away(operator, asset):
    Rendition.objects.filter(asset=asset, name="a-eng-1").update(state=RenditionState.BUILDING, bitmap=b"\x03")
    sound = unit_of(asset.renditions.get(name="a-eng-1"), kind=UnitKind.AUDIO)
    assert act(operator, asset, "cancel").status_code == 204
    asset.refresh_from_db()
    assert asset.state == AssetState.PLAYABLE
    assert WorkUnit.objects.get() == sound


def test_cancelling_before_anything_plays_ends_it_with_a_reason(operator):
    asset = ready_asset(state=AssetState.PROBING)
    assert act(operator, asset, "cancel").status_code == 204
    asset.refresh_from_db()
    assert (asset.state, asset.reason) == (AssetState.FAILED, "It was stopped by the operator.")


def test_what_was_cancelled_can_be_tried_again(operator):
    asset = ready_asset(state=AssetState.PROBING)
    act(operator, asset, "cancel")
    assert act(operator, asset, "retry").status_code == 204
    asset.refresh_from_db()
    assert (asset.state, asset.reason, asset.units.count()) == (AssetState.QUEUED, "", 1)


def test_a_failed_rung_of_a_film_that_plays_is_made_again(operator, asset):
    track = asset.renditions.get(name="v480")
    WorkUnit.objects.update(state=UnitState.FAILED, failures=3)
    Rendition.objects.filter(pk=track.pk).update(state=RenditionState.FAILED, reason="It failed.")
    settle(asset.pk)
    assert act(operator, asset, "retry").status_code == 204
    track.refresh_from_db()
    unit = WorkUnit.objects.get()
    assert (track.state, track.reason, unit.state, unit.failures) == ("planned", "", UnitState.PENDING, 0)


def test_a_rung_that_failed_its_proof_is_made_afresh(operator, asset):
    track = add_track(asset, "v720", state=RenditionState.FAILED, mode=Mode.ENCODE)
    assert act(operator, asset, "retry").status_code == 204
    track.refresh_from_db()
    assert (track.state, bytes(track.bitmap), track.size_bytes) == ("planned", b"\x00", 0)
    assert not list((store.folder(asset.pk, 1) / "v720").glob("*"))
    [unit] = WorkUnit.objects.filter(rungs=["v720"])
    assert (unit.first, unit.last, unit.state) == (0, 3, UnitState.PENDING)


def test_nothing_to_do_is_a_conflict(operator):
    asset = ready_asset()
    assert act(operator, asset, "cancel").status_code == 409
    assert act(operator, asset, "retry").status_code == 409


def test_unknown_films_are_not_found(operator):
    unknown = MediaAsset(pk=uuid4())
    assert {act(operator, unknown, what).status_code for what in ("retry", "cancel")} == {404}


def test_subtitles_that_were_lost_are_made_again(operator, asset):
    lost = add_track(asset, "s-eng-2", state=RenditionState.FAILED, mode=Mode.ENCODE)
    Rendition.objects.filter(pk=lost.pk).update(segment_count=1, bitmap=b"\x01", reason="A finished part is missing.")
    unit_of(lost, 0, 1, kind=UnitKind.SUBTITLES, state=UnitState.DONE)
    assert act(operator, asset, "retry").status_code == 204
    [unit] = WorkUnit.objects.filter(rungs=["s-eng-2"], state=UnitState.PENDING)
    assert unit.kind == UnitKind.SUBTITLES
