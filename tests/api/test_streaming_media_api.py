import asyncio
import threading
import time
from urllib.parse import unquote
from uuid import UUID, uuid4

import pytest
from accounts_cast import client_of, guest, person
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.db import connection, connections
from django.test import AsyncClient, AsyncRequestFactory
from django.urls import resolve
from rest_framework.test import APIClient
from streaming_rows import SEGMENT, add_track, ready_asset, stored_files, unit_of

from apps.streaming import live
from apps.streaming.adapters import store
from apps.streaming.domain.grid import Segments
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.players import player_of
from apps.streaming.domain.progress import empty_bitmap
from apps.streaming.domain.signing import Claim, derive_keys, media_base, sign_lasting, sign_short
from apps.streaming.domain.states import AssetState, RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services import create_asset, demand, leases

in_database = pytest.mark.django_db
in_threads = pytest.mark.django_db(transaction=True)  # the media view reads rows from another thread


def link(
    asset: MediaAsset, name: str, *, viewer: UUID | None = None, life_s: int = 600, key: str = "", lasts: bool = False
) -> str:
    claim = Claim(asset.pk, asset.epoch, viewer or uuid4(), int(time.time()) + life_s)
    keys = derive_keys(key or settings.SECRET_KEY)
    return f"{media_base((sign_lasting if lasts else sign_short)(keys, claim), claim)}/{name}"


async def fetch(path: str, **headers: str):
    """Each request with a thread of its own for its synchronous parts, as the server gives it one."""
    async with ThreadSensitiveContext():
        try:
            response = await AsyncClient().get(path, headers=headers)
            body = b"".join([part async for part in response]) if response.streaming else response.content
        finally:
            await sync_to_async(connections.close_all)()
    return response, body


async def status_of(path: str) -> int:
    return (await fetch(path))[0].status_code


@pytest.fixture
async def closing():
    """Connections of the view's thread would keep the test database from being dropped."""
    yield
    await sync_to_async(connections.close_all)()


async def a_unit_is_wanted(asset: MediaAsset) -> None:
    until = time.monotonic() + 30
    while not await WorkUnit.objects.filter(asset=asset, priority=0).aexists():
        assert time.monotonic() < until, "nobody asked for it"
        await asyncio.sleep(0.05)


@pytest.fixture
def asset(db):
    return ready_asset()


def test_alice_gets_links_to_a_ready_film(asset):
    alice = person("alice")
    body = client_of(alice).post(f"/api/v1/titles/{asset.title_id}/play", {}, format="json").json()
    assert body["asset_id"] == str(asset.pk)
    assert body["master_url"].startswith("/media/")
    assert f"/{alice.pk}/{asset.pk}.1/master.m3u8" in body["master_url"]
    assert body["duration_s"] == 11.0
    assert body["reasons"] == ["The sound is not AAC; browsers get AAC instead."]
    [sound] = body["audio"]
    assert sound == {"lang": "en", "name": "English", "default": True, "channels": 2, "codec": "mp4a.40.2"}
    assert [rendition["name"] for rendition in body["renditions"]] == ["v-src"]


def test_a_player_may_say_where_it_opens_the_film(asset):
    client, url = client_of(person("alice")), f"/api/v1/titles/{asset.title_id}/play"
    assert client.post(url, {"position_s": 5.5}, format="json").json()["renditions"][0]["ready"]
    for bad in ("NaN", -1, "soon", 10**400, 400_001):
        answer = client.post(url, {"position_s": bad}, format="json")
        assert answer.status_code == 400, bad
        assert "position_s" in answer.json()["fields"]


def test_links_last_ten_minutes_or_six_hours_at_most(asset):
    body = client_of(person("alice")).post(f"/api/v1/titles/{asset.title_id}/play", {}, format="json").json()
    short, lasting = (int(body[name].split(",")[1].split("/")[0]) for name in ("master_url", "lasting_url"))
    assert 0 < short - time.time() <= 600
    assert 3 * 3600 - 60 <= lasting - time.time() <= 6 * 3600
    assert body["expires_at"].endswith("Z")


@in_threads
@pytest.mark.parametrize("name", ["master_url", "lasting_url"])
def test_the_answered_links_open_the_master_playlist(name, closing):
    asset = ready_asset()
    body = client_of(person("alice")).post(f"/api/v1/titles/{asset.title_id}/play", {}, format="json").json()
    response, data = asyncio.run(fetch(body[name]))
    assert response.status_code == 200
    assert b"v-src.m3u8" in data
    assert response["Content-Type"] == "application/vnd.apple.mpegurl"
    assert response["Cache-Control"] == "no-cache"


def test_charlie_without_a_sign_in_is_refused(asset):
    assert APIClient().post(f"/api/v1/titles/{asset.title_id}/play", {}, format="json").status_code == 401


def test_a_guest_plays_through_the_room_only(asset):
    client = client_of(guest(uuid4()))
    assert client.post(f"/api/v1/titles/{asset.title_id}/play", {}, format="json").status_code == 403


@in_database
def test_a_title_without_media_is_not_found():
    answer = client_of(person("alice")).post(f"/api/v1/titles/{uuid4()}/play", {}, format="json")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@in_database
@pytest.mark.parametrize("state", [AssetState.QUEUED, AssetState.PROBING, AssetState.FAILED, AssetState.EVICTED])
def test_a_film_that_is_not_ready_says_so(state):
    asset = ready_asset(state=state)
    answer = client_of(person("alice")).post(f"/api/v1/titles/{asset.title_id}/play", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")


def test_unknown_fields_are_refused(asset):
    answer = client_of(person("alice")).post(f"/api/v1/titles/{asset.title_id}/play", {"x": 1}, format="json")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("name", "content_type", "cache"),
    [
        ("v-src/00000.m4s", "video/mp4", "private, max-age=31536000, immutable"),
        ("v-src/init.mp4", "video/mp4", "private, max-age=31536000, immutable"),
        ("a-eng-1/00002.m4s", "audio/mp4", "private, max-age=31536000, immutable"),
    ],
)
async def test_files_have_their_type_length_and_caching(name, content_type, cache):
    asset = stored_files()
    response, body = await fetch(link(asset, name))
    assert response.status_code == 200
    assert response["Content-Type"] == content_type
    assert response["Cache-Control"] == cache
    assert int(response["Content-Length"]) == len(body) > 0
    assert response["Accept-Ranges"] == "bytes"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


async def test_head_answers_the_same_headers_without_a_body():
    asset = stored_files()
    response = await AsyncClient().head(link(asset, "v-src/00000.m4s"))
    assert (response.status_code, response["Content-Length"], response.content) == (200, str(len(SEGMENT)), b"")


async def test_a_known_etag_is_not_sent_again():
    asset = stored_files()
    first, _ = await fetch(link(asset, "v-src/00000.m4s"))
    second, body = await fetch(link(asset, "v-src/00000.m4s"), **{"if-none-match": first["ETag"]})
    assert (second.status_code, body) == (304, b"")


@pytest.mark.parametrize(
    ("header", "status", "start", "end"),
    [
        ("bytes=0-3", 206, 0, 4),
        ("bytes=100-", 206, 100, 2048),
        ("bytes=-10", 206, 2038, 2048),
        ("bytes=2000-9999", 206, 2000, 2048),
        ("bytes=-9999", 206, 0, 2048),
        ("bytes=0-0", 206, 0, 1),
        ("bytes=5-2", 200, 0, 2048),
        ("bytes=0-1,4-5", 200, 0, 2048),
        ("pages=1-2", 200, 0, 2048),
        ("bytes=-", 200, 0, 2048),
    ],
)
async def test_single_ranges_are_answered(header, status, start, end):
    asset = stored_files()
    response, body = await fetch(link(asset, "v-src/00000.m4s"), range=header)
    assert (response.status_code, body) == (status, SEGMENT[start:end])
    assert response["Content-Length"] == str(end - start)
    if status == 206:
        assert response["Content-Range"] == f"bytes {start}-{end - 1}/2048"


@pytest.mark.parametrize("header", ["bytes=2048-", "bytes=99999-100000", "bytes=-0"])
async def test_a_range_after_the_end_is_416(header):
    asset = stored_files()
    response, body = await fetch(link(asset, "v-src/00000.m4s"), range=header)
    assert (response.status_code, response["Content-Range"], body) == (416, "bytes */2048", b"")


async def test_if_range_with_another_etag_gets_the_whole_file():
    asset = stored_files()
    response, body = await fetch(link(asset, "v-src/00000.m4s"), range="bytes=0-3", **{"if-range": '"old"'})
    assert (response.status_code, body) == (200, SEGMENT)


async def test_writing_is_not_a_method_of_media():
    asset = stored_files()
    assert (await AsyncClient().post(link(asset, "v-src/00000.m4s"))).status_code == 405


async def test_an_expired_link_is_refused_with_a_clear_sentence():
    asset = stored_files()
    response, body = await fetch(link(asset, "v-src/00000.m4s", life_s=-1))
    assert response.status_code == 403
    assert response["Content-Type"] == "application/problem+json"
    assert b"This link has expired. Open the film again" in body
    assert b'"link_expired"' in body


@pytest.mark.parametrize(("lasts", "life_s"), [(False, 660), (False, 6 * 3600), (True, 7 * 3600)])
async def test_a_signature_for_longer_than_its_kind_lives_is_refused(lasts, life_s):
    asset = stored_files()
    assert await status_of(link(asset, "v-src/00000.m4s", life_s=life_s, lasts=lasts)) == 403


@pytest.mark.parametrize("lasts", [False, True])
async def test_the_signature_matrix(lasts):
    """A signature is good for exactly its asset, epoch, viewer and expiry; charlie cannot make or move one."""
    asset, other = stored_files(), stored_files()
    viewer, charlie = uuid4(), uuid4()
    good = link(asset, "v-src/00000.m4s", viewer=viewer, lasts=lasts)
    if not lasts:
        assert await status_of(good) == 200
    expiry = good.split(",")[1].split("/")[0]
    signature = good.split("/")[2].split(",")[0]
    moved = {
        "another asset": good.replace(str(asset.pk), str(other.pk)),
        "another viewer": good.replace(str(viewer), str(charlie)),
        "another epoch": good.replace(f"{asset.pk}.1", f"{asset.pk}.2"),
        "a later expiry": good.replace(expiry, str(int(expiry) + 60)),
        "another secret": link(asset, "v-src/00000.m4s", viewer=viewer, key="y" * 50, lasts=lasts),
        "one flipped letter": good.replace(signature, ("A" if signature[0] != "A" else "B") + signature[1:]),
        "another last letter": good.replace(signature, signature[:-1] + ("A" if signature[-1] != "A" else "Q")),
        "no signature": good.replace(signature, "A" * 43),
        "no short signature": good.replace(signature, "A" * 65),
    }
    assert {name: await status_of(path) for name, path in moved.items()} == dict.fromkeys(moved, 403)


@pytest.mark.parametrize(
    "name",
    [
        "../master.m3u8", "v-src/../master.m3u8", "v-src//00000.m4s", "v-src/..%2fmaster.m3u8",
        "%2e%2e/master.m3u8", "v-src\\00000.m4s", "master.m3u8%00", "master.m3u8\x00.mp4",
        "master.m3u8/", "/etc/passwd", "v-src/00000.m4s.tmp", "v-src/.00000.m4s.1", "v-src/0.m4s", "v-src", "v-src/",
        "work/x", "MASTER.M3U8", "v-src/\uff10\uff10\uff10\uff10\uff10.m4s", "x.mp4", "",
    ],
)  # fmt: skip
async def test_a_name_outside_the_grammar_does_not_exist(name):
    asset = stored_files()
    assert await status_of(link(asset, name)) == 404


@pytest.mark.parametrize(
    "escaped", ["v-src%2f00000.m4s", "v%2dsrc/00000.m4s", "v-src%5c00000.m4s", "v-src/%30%30000.m4s"]
)
async def test_an_escaped_name_does_not_exist_even_when_it_would_decode_to_a_good_one(escaped):
    path = link(stored_files(), escaped)
    request = AsyncRequestFactory().get(unquote(path))
    request.scope["raw_path"] = path.encode()
    match = resolve(unquote(path))
    assert (await match.func(request, **match.kwargs)).status_code == 404


async def test_a_link_inside_the_store_cannot_leave_it(tmp_path):
    asset = stored_files()
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    assert await status_of(link(asset, f"../../../../../..{secret}")) == 404


@pytest.mark.parametrize(
    "path",
    ["/media/", "/media/x", "/media/" + "A" * 42 + ",1/x", "/media/" + "A" * 43 + ",9" * 1, "/media/../etc/passwd"],
)
async def test_paths_that_are_no_links_do_not_exist(path):
    assert await status_of(path) == 404


async def test_a_number_longer_than_any_column_is_not_an_error():
    asset = stored_files()
    path = link(asset, "master.m3u8").replace(f"{asset.pk}.1", f"{asset.pk}." + "9" * 500)
    assert await status_of(path) == 404


@in_threads
@pytest.mark.usefixtures("closing")
async def test_a_segment_that_nobody_makes_is_not_found_at_once():
    asset = await sync_to_async(ready_asset)()
    began = time.monotonic()
    assert await status_of(link(asset, "v-src/00099.m4s")) == 404
    assert time.monotonic() - began < 5


@in_threads
@pytest.mark.usefixtures("closing")
async def test_a_missing_segment_comes_first_and_is_waited_for():
    asset = await sync_to_async(ready_asset)(state=AssetState.PLAYABLE)
    track = await sync_to_async(add_track)(asset, "v480", state=RenditionState.BUILDING, done=1, mode=Mode.ENCODE)
    await sync_to_async(unit_of)(track)
    waiting = asyncio.ensure_future(fetch(link(asset, "v480/00002.m4s")))
    await asyncio.sleep(0.6)
    assert not waiting.done()
    store.publish_bytes(b"here", store.folder(asset.pk, 1) / "v480" / "00002.m4s")
    response, body = await waiting
    assert (response.status_code, body) == (200, b"here")
    wanted = await WorkUnit.objects.aget(asset=asset, first__lte=2, last__gt=2)
    assert (wanted.priority, wanted.rungs) == (0, ["v480"])


@in_threads
@pytest.mark.usefixtures("closing")
async def test_players_without_a_name_do_not_end_each_others_wishes_again_and_again():
    asset = await sync_to_async(ready_asset)(state=AssetState.PLAYABLE)
    for name in ("v480", "v720"):
        track = await sync_to_async(add_track)(asset, name, state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE)
    await sync_to_async(unit_of)(track, 0, 3, rungs=["v480", "v720"], priority=3, base_priority=3)
    alice = uuid4()
    paths = [link(asset, f"{name}/00002.m4s", viewer=alice) for name in ("v480", "v720")]
    waiting = [asyncio.ensure_future(fetch(path)) for path in paths]
    await asyncio.sleep(2.0)  # each has said its wish again by now
    for _ in range(10):
        wanted = WorkUnit.objects.filter(asset=asset, priority=0, first__lte=2, last__gt=2)
        assert sorted([rung async for unit in wanted for rung in unit.rungs]) == ["v480", "v720"]
        await asyncio.sleep(0.2)
    for name in ("v480", "v720"):
        store.publish_bytes(b"here", store.folder(asset.pk, 1) / name / "00002.m4s")
    assert [response.status_code for response, _ in await asyncio.gather(*waiting)] == [200, 200]


async def wants(asset: MediaAsset) -> list[tuple[str, int]]:
    units = WorkUnit.objects.filter(asset=asset, priority=0)
    return sorted([(rung, unit.first) async for unit in units for rung in unit.rungs])


@pytest.fixture
def roomy(monkeypatch):
    monkeypatch.setattr(demand, "places_for", lambda _: 100)


@pytest.fixture
async def long_film(closing) -> MediaAsset:
    """Twenty minutes of two rungs, of which nothing is made."""
    asset = await sync_to_async(ready_asset)(state=AssetState.PLAYABLE)
    await asset.renditions.filter(kind="video").adelete()
    for name in ("v480", "v720"):
        track = await sync_to_async(add_track)(asset, name, state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE)
        grid = Segments(25, tuple(range(0, 30_000, 100)), 30_000, (100,) * 300)
        await Rendition.objects.filter(pk=track.pk).aupdate(
            segment_data=grid.to_json(), segment_count=300, bitmap=empty_bitmap(300)
        )
    await sync_to_async(unit_of)(track, 0, 300, rungs=["v480", "v720"], priority=3, base_priority=3)
    return asset


def asks(film: MediaAsset, index: int, viewer: UUID, *, player: str = "phone") -> "asyncio.Task[object]":
    """A request of one player of one person for one segment, on its way."""
    path = link(film, f"v480/{index:05}.m4s", viewer=viewer)
    return asyncio.ensure_future(fetch(path, X_Player_Session=player))


@in_threads
@pytest.mark.usefixtures("roomy")
async def test_two_devices_of_one_person_look_at_two_places_of_one_film(long_film):
    alice = uuid4()
    desk = asks(long_film, 200, alice, player="desk")
    await a_unit_is_wanted(long_film)
    made = await sync_to_async(leases.claim)(long_film.pk, ceiling=0)
    phone = asks(long_film, 20, alice)
    await asyncio.sleep(1.5)
    sought = asks(long_film, 100, alice)
    phone.cancel()
    await asyncio.sleep(1.5)
    assert await wants(long_film) == [("v480", 100), ("v480", 200)], "what the phone looked at before has ended"
    held = await WorkUnit.objects.aget(pk=made.pk)
    assert (held.first, held.last, held.attempt) == (200, 208, made.attempt), "the desk's encoder was never disturbed"
    for request in (desk, sought):
        request.cancel()
    await asyncio.gather(phone, desk, sought, return_exceptions=True)
    assert await wants(long_film) == [], "nobody waits any more"


@in_threads
@pytest.mark.usefixtures("roomy")
@pytest.mark.parametrize("session", ["phone", ""])
async def test_opening_a_film_and_asking_for_its_parts_are_one_players(long_film, session):
    alice = await sync_to_async(person)("alice")
    body = {"position_s": 400.0} | ({"session": session} if session else {})

    def play() -> int:
        return client_of(alice).post(f"/api/v1/titles/{long_film.title_id}/play", body, format="json").status_code

    assert await sync_to_async(play)() == 200
    names = {"X_Player_Session": session} if session else {}
    request = asyncio.ensure_future(fetch(link(long_film, "v480/00101.m4s", viewer=alice.pk), **names))
    await asyncio.sleep(1.0)
    unit = await WorkUnit.objects.aget(asset=long_film, priority=0)
    assert (unit.first, unit.wanted_by) == (100, player_of(alice.pk, session))
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    assert await wants(long_film) == []


@in_threads
@pytest.mark.usefixtures("roomy")
async def test_a_request_that_is_dropped_for_one_beside_it_leaves_their_encoder_alone(long_film):
    alice = uuid4()
    first = asks(long_film, 20, alice)
    await a_unit_is_wanted(long_film)
    beside = asks(long_film, 21, alice)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert await wants(long_film) == [("v480", 20)]
    beside.cancel()
    await asyncio.gather(beside, return_exceptions=True)
    assert await wants(long_film) == []


@in_threads
@pytest.mark.usefixtures("roomy")
async def test_a_wish_that_a_dropped_request_made_at_its_last_moment_ends_beside_another(long_film, monkeypatch):
    """Its thread is not stopped with it, and the next request may have looked for other wishes before."""
    alice, began = uuid4(), asyncio.Event()
    loop = asyncio.get_running_loop()
    want = demand.want_segment

    def slow(asset_id, rung, index, **given):
        if index == 20:
            loop.call_soon_threadsafe(began.set)
            time.sleep(0.6)
        return want(asset_id, rung, index, **given)

    monkeypatch.setattr(demand, "want_segment", slow)
    dropped = asks(long_film, 20, alice)
    await began.wait()
    sought = asks(long_film, 200, alice)
    dropped.cancel()
    await asyncio.gather(dropped, return_exceptions=True)
    assert await wants(long_film) == [("v480", 200)]
    sought.cancel()
    await asyncio.gather(sought, return_exceptions=True)


@in_threads
@pytest.mark.usefixtures("roomy")
async def test_an_init_segment_that_nobody_waits_for_is_not_worked_for(long_film):
    store.remove_file(store.folder(long_film.pk, 1) / "v480" / "init.mp4")
    request = asyncio.ensure_future(fetch(link(long_film, "v480/init.mp4"), X_Player_Session="phone"))
    await a_unit_is_wanted(long_film)
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    assert await wants(long_film) == []


@in_threads
@pytest.mark.usefixtures("roomy")
async def test_the_beginning_of_a_track_comes_with_the_segment_that_is_asked_for_beside_it(long_film):
    alice = uuid4()
    store.remove_file(store.folder(long_film.pk, 1) / "v480" / "init.mp4")
    path = link(long_film, "v480/init.mp4", viewer=alice)
    beginning = asyncio.ensure_future(fetch(path, X_Player_Session="phone"))
    segment = asks(long_film, 200, alice)
    await asyncio.sleep(1.5)
    assert await wants(long_film) == [("v480", 200)], "one encoder, and none for the first segment"
    for request in (beginning, segment):
        request.cancel()
    await asyncio.gather(beginning, segment, return_exceptions=True)


def test_a_player_says_its_name_in_letters_that_fit_a_header(asset):
    client, url = client_of(person("alice")), f"/api/v1/titles/{asset.title_id}/play"
    for bad in ("", "a b", "x" * 65, "Zoë", {"a": 1}):
        answer = client.post(url, {"position_s": 1, "session": bad}, format="json")
        assert answer.status_code == 400, bad
        assert "session" in answer.json()["fields"]


@in_threads
@pytest.mark.usefixtures("closing")
async def test_the_init_segment_of_a_rung_that_is_not_made_yet_is_waited_for():
    asset = await sync_to_async(ready_asset)()
    await sync_to_async(add_track)(asset, "v240", state=RenditionState.PLANNED, done=0, mode=Mode.ENCODE)
    init = store.folder(asset.pk, 1) / "v240" / "init.mp4"
    store.remove_file(init)
    waiting = asyncio.ensure_future(fetch(link(asset, "v240/init.mp4")))
    await a_unit_is_wanted(asset)
    assert not waiting.done()
    store.publish_bytes(b"begin", init)
    response, body = await waiting
    assert (response.status_code, body) == (200, b"begin")
    unit = await WorkUnit.objects.aget(asset=asset)
    assert (unit.first, unit.rungs, unit.priority) == (0, ["v240"], 0)


@in_threads
@pytest.mark.usefixtures("closing")
async def test_a_busy_server_says_when_to_come_back(monkeypatch):
    monkeypatch.setattr(demand, "encodes_for_viewers", lambda: 100)
    asset = await sync_to_async(ready_asset)(state=AssetState.PLAYABLE)
    track = await sync_to_async(add_track)(asset, "v480", state=RenditionState.BUILDING, done=1, mode=Mode.ENCODE)
    await sync_to_async(unit_of)(track)
    response, body = await fetch(link(asset, "v480/00002.m4s"))
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert b"for other viewers" in body


@in_threads
@pytest.mark.usefixtures("closing")
async def test_twenty_viewers_of_one_segment_cost_one_encode():
    asset = await sync_to_async(ready_asset)()
    track = await sync_to_async(add_track)(asset, "v480", state=RenditionState.EVICTED, done=0, mode=Mode.ENCODE)
    waiting = [asyncio.ensure_future(fetch(link(asset, "v480/00001.m4s"))) for _ in range(20)]
    await a_unit_is_wanted(asset)
    store.publish_bytes(b"here", store.folder(asset.pk, 1) / "v480" / "00001.m4s")
    answers = await asyncio.gather(*waiting)
    assert {(response.status_code, body) for response, body in answers} == {(200, b"here")}
    [unit] = [unit async for unit in WorkUnit.objects.filter(asset=asset)]
    assert (unit.rungs, unit.first, unit.last, unit.priority) == ([track.name], 1, 3, 0)


@in_threads
@pytest.mark.usefixtures("closing")
async def test_waiting_ends_with_retry_after(monkeypatch):
    monkeypatch.setattr(live, "WAIT_LIMIT_S", 0.3)
    asset = await sync_to_async(ready_asset)(state=AssetState.PLAYABLE)
    track = await sync_to_async(add_track)(asset, "v480", state=RenditionState.BUILDING, done=1, mode=Mode.ENCODE)
    await sync_to_async(unit_of)(track)
    response, body = await fetch(link(asset, "v480/00002.m4s"))
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert b"still being prepared" in body


@in_threads
@pytest.mark.usefixtures("closing")
async def test_whoever_waits_keeps_no_connection_to_the_database(monkeypatch):
    connected: list[bool] = []
    find = live._find

    async def looks(path):
        connected.append(await sync_to_async(lambda: connection.connection is not None)())
        return await find(path)

    monkeypatch.setattr(live, "WAIT_LIMIT_S", 0.3)
    monkeypatch.setattr(live, "_find", looks)
    asset = await sync_to_async(ready_asset)(state=AssetState.PLAYABLE)
    track = await sync_to_async(add_track)(asset, "v480", state=RenditionState.BUILDING, done=1, mode=Mode.ENCODE)
    await sync_to_async(unit_of)(track)
    assert await status_of(link(asset, "v480/00002.m4s")) == 503
    assert await WorkUnit.objects.filter(asset=asset, priority=0).aexists(), "it did ask the database"
    assert (len(connected) > 3, set(connected)) == (True, {False})


@in_threads
@pytest.mark.usefixtures("closing")
async def test_a_link_of_an_older_plan_is_not_found_at_once_and_orders_nothing():
    asset = await sync_to_async(ready_asset)(state=AssetState.PLAYABLE)
    track = await sync_to_async(add_track)(asset, "v480", state=RenditionState.BUILDING, done=1, mode=Mode.ENCODE)
    await sync_to_async(unit_of)(track)
    await MediaAsset.objects.filter(pk=asset.pk).aupdate(epoch=2)
    for name in ("v480/00002.m4s", "a-eng-1/00077.m4s", "v720/init.mp4"):
        assert await status_of(link(asset, name)) == 404
    assert not await WorkUnit.objects.filter(asset=asset, priority=0).aexists()


@in_threads
@pytest.mark.usefixtures("closing")
async def test_waiting_ends_when_the_unit_fails():
    asset = await sync_to_async(ready_asset)(state=AssetState.PLAYABLE)
    track = await sync_to_async(add_track)(asset, "v480", state=RenditionState.FAILED, done=1, mode=Mode.ENCODE)
    await sync_to_async(unit_of)(track, state=UnitState.FAILED)
    assert await status_of(link(asset, "v480/00002.m4s")) == 404


@in_database
def test_an_asset_is_not_playable_just_because_it_was_asked_for(tmp_path):
    asset = ready_asset()
    create_asset(title_id=asset.title_id, source=tmp_path / "second.mp4")
    answer = client_of(person("alice")).post(f"/api/v1/titles/{asset.title_id}/play", {}, format="json")
    assert answer.json()["asset_id"] == str(asset.pk), "the ready asset stays in use while a second one is made"


class SlowStore:
    """Answers nobody before ``let_go``."""

    def __init__(self, monkeypatch) -> None:
        self.asked, self._gate = 0, threading.Event()
        self._find = store.find
        monkeypatch.setattr(store, "find", self._slowly)

    def let_go(self) -> None:
        self._gate.set()

    async def is_asked(self, times: int) -> None:
        until = time.monotonic() + 20
        while self.asked < times:
            assert time.monotonic() < until
            await asyncio.sleep(0.01)

    def _slowly(self, path):
        self.asked += 1
        self._gate.wait(30)
        return self._find(path)


async def test_a_slow_store_holds_up_no_thread_of_others(monkeypatch):
    asset = stored_files()
    slow = SlowStore(monkeypatch)
    path = link(asset, "v-src/00000.m4s")
    viewers = [asyncio.create_task(status_of(path)) for _ in range(live.READERS + 8)]
    try:
        await slow.is_asked(live.READERS)
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "a page"), 20) == "a page"
    finally:
        slow.let_go()
    assert set(await asyncio.gather(*viewers)) == {200}


async def test_more_than_can_wait_for_a_slow_store_are_told_to_come_back(monkeypatch):
    asset = stored_files()
    monkeypatch.setattr(live, "_places", threading.BoundedSemaphore(1))
    slow = SlowStore(monkeypatch)
    path = link(asset, "v-src/00000.m4s")
    first = asyncio.create_task(status_of(path))
    try:
        await slow.is_asked(1)
        response, _ = await fetch(path)
        assert (response.status_code, response["Retry-After"]) == (503, str(live.RETRY_AFTER_S))
    finally:
        slow.let_go()
    assert await first == 200
    assert await status_of(path) == 200, "its place is free again"
