"""Bad input against the whole running server: each gets a clear error, and nothing is left behind."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from tests.product import TEST_LIMIT_S, Person, Product, frames_until, run_async, wait_for
from tests.swarm import Seeder, make_torrent, tracker

pytestmark = pytest.mark.timeout(TEST_LIMIT_S)

FIXED_PIECE_HASH = b"\x01" * 20
DEAD_MAGNET = f"magnet:?xt=urn:btih:{'ab' * 20}&dn=Nobody+has+this"


@pytest.fixture(scope="module")
def alice(product: Product, operator: Person) -> Person:
    return Person.member(product, "alice", operator)


@pytest.fixture(scope="module")
def charlie(product: Product, operator: Person) -> Person:
    return Person.member(product, "charlie", operator)


def bencode(value: Any) -> bytes:
    """Bencoding (BEP 3) of ints, bytes, lists and dicts with bytes keys."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(bencode(item) for item in value) + b"e"
    return b"d" + b"".join(bencode(key) + bencode(value[key]) for key in sorted(value)) + b"e"


def torrent_of(*files: bytes) -> bytes:
    listed = [{b"length": 1, b"path": [name]} for name in files]
    pieces = FIXED_PIECE_HASH * -(-len(files) // 16384)
    return bencode({b"info": {b"files": listed, b"name": b"x", b"piece length": 16384, b"pieces": pieces}})


def refusal(person: Person, path: str, **request: Any) -> dict[str, Any]:
    answer = person.http.post(path, **request)
    assert 400 <= answer.status_code < 500, f"{answer.status_code} {answer.text[:300]}"
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = dict(answer.json())
    assert len(problem["detail"]) >= 15, problem
    return problem


def left_behind(person: Person, media: Path) -> tuple[int, set[str]]:
    folders = {path.name for path in (media / "torrents").glob("*")} if (media / "torrents").exists() else set()
    return len(person.get("requests")["results"]), folders


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"d4:infod6:lengthi-5e", id="cut off"),
        pytest.param(b"<html>not a torrent</html>", id="not a torrent"),
        pytest.param(b"", id="empty"),
        pytest.param(torrent_of(*(b"f%d.mkv" % n for n in range(200_000))), id="200,000 files"),
        pytest.param(torrent_of(*(b"f%d.mkv" % n for n in range(2_001))), id="2,001 files"),
        pytest.param(torrent_of(b"readme.txt", b"setup.exe"), id="no video"),
    ],
)
def test_a_bad_torrent_is_refused_and_leaves_nothing(product: Product, alice: Person, data: bytes) -> None:
    before = left_behind(alice, product.data_dir / "media")
    refusal(alice, "requests", data={"name": "Broken"}, files={"torrent": ("x.torrent", data)})
    assert left_behind(alice, product.data_dir / "media") == before


def ended(person: Person, request_id: str) -> dict[str, Any] | None:
    row = person.get(f"requests/{request_id}")
    return row if row["state"] in {"failed", "needs_attention"} else None


def test_a_magnet_without_peers_fails_with_a_reason(alice: Person) -> None:
    row = alice.post("requests", {"name": "Nobody has this", "magnet": DEAD_MAGNET})
    failed = wait_for("the dead magnet to fail", lambda: ended(alice, row["id"]), limit_s=60)
    assert "peer" in failed["reason"].lower() or "nobody" in failed["reason"].lower()
    assert failed["fix"]


def test_a_playlist_disguised_as_a_film_fails_and_reads_nothing_else(
    product: Product, alice: Person, tmp_path: Path
) -> None:
    disguised = tmp_path / "movie.mp4"
    secret = f"file://{product.data_dir}/secrets.json"
    disguised.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{secret}\n#EXT-X-ENDLIST\n" + "#" * 70_000)
    with tracker() as announce_url:
        torrent = make_torrent(disguised, [announce_url])
        with Seeder(disguised, torrent):
            row = alice.post("requests", {"name": "Disguised"}, torrent=("movie.torrent", torrent))
            failed = wait_for("the disguise to be seen through", lambda: ended(alice, row["id"]), limit_s=90)
    assert len(failed["reason"]) >= 15
    assert failed["fix"]
    assert not failed["playable"]
    assert alice.get(f"titles/{failed['title']['id']}")["availability"] not in {"ready", "playable"}


@pytest.mark.parametrize("magnet", ["magnet:?dn=none", "http://example.org/x.torrent", "magnet:?xt=urn:btih:zz"])
def test_a_bad_magnet_is_refused(alice: Person, magnet: str) -> None:
    refusal(alice, "requests", json={"name": "Bad", "magnet": magnet})


def test_a_wrong_invite_is_refused(product: Product) -> None:
    with httpx.Client(base_url=f"{product.url}/api/v1") as nobody:
        answer = nobody.post("/auth/guest", json={"invite": "wrong", "name": "Mallory"})
        assert answer.status_code in {400, 403, 404}
        assert "invite" in answer.json()["detail"].lower() or "invitation" in answer.json()["detail"].lower()


def ready_title(operator: Person) -> str:
    return str(
        wait_for(
            "a ready film",
            lambda: next((title["id"] for title in operator.get("library")["ready"]), None),
            limit_s=240,
        )
    )


def test_an_expired_or_forged_media_signature_is_refused(product: Product, operator: Person, alice: Person) -> None:
    playback = alice.post(f"titles/{ready_title(operator)}/play")
    path = playback["master_url"].removeprefix(product.url)
    _, _, signature_and_expiry, rest = path.split("/", 3)
    signature, expiry = signature_and_expiry.split(",")
    assert httpx.get(product.url + path).status_code == 200
    forged = f"/media/{signature},{int(expiry) + 600}/{rest}"
    expired = f"/media/{signature},1000000000/{rest}"
    other_asset = f"/media/{signature},{expiry}/{rest.replace(playback['asset_id'][:8], '00000000')}"
    for bad in (forged, expired, other_asset, path.replace("master.m3u8", "..%2f..%2fsecret")):
        assert httpx.get(product.url + bad).status_code in {400, 403, 404}, bad


def test_poison_frames_hurt_only_their_sender(operator: Person, alice: Person) -> None:
    room = alice.post("rooms", {"title_id": ready_title(operator)})
    run_async(_send_poison(alice, room["id"]))


async def _send_poison(alice: Person, room_id: str) -> None:
    path = f"/ws/rooms/{room_id}"

    def open_socket() -> websockets.connect:
        return alice.socket(path, purpose="room", room=room_id)

    async with await asyncio.to_thread(open_socket) as good, await asyncio.to_thread(open_socket) as bad:
        for connection in (good, bad):
            await connection.send(json.dumps({"t": "hello", "v": 1, "room": room_id, "vis": True}))
            await frames_until(connection, lambda frame: frame["t"] == "welcome", limit_s=10)
        for number, value in enumerate(["NaN", "1e400", "-1", '"ten"', "null", "[1]"]):
            await bad.send(f'{{"t":"cmd","cid":"poison-{number}","base":0,"op":"seek","position":{value}}}')
            refusals = await frames_until(bad, lambda frame: frame["t"] == "res", limit_s=10)
            assert refusals[-1]["ok"] is False, value
            assert refusals[-1]["err"]["message"], value
        await bad.send("x" * 1_000_000)
        with pytest.raises(websockets.ConnectionClosed):
            await frames_until(bad, lambda _: False, limit_s=10)
        await good.send(json.dumps({"t": "clk", "n": 7, "c": 1.5}))
        frames = await frames_until(good, lambda frame: frame["t"] == "clk" and frame["n"] == 7, limit_s=5)
        assert not [frame for frame in frames if frame["t"] == "tl" and frame["rev"] > 1]


def test_charlie_is_refused_on_everything_of_alice(operator: Person, alice: Person, charlie: Person) -> None:
    title_id = ready_title(operator)
    request = alice.post("requests", {"name": "Alice's own", "magnet": f"magnet:?xt=urn:btih:{'cd' * 20}"})
    room = alice.post("rooms", {"title_id": title_id})
    attempts = [
        ("GET", f"requests/{request['id']}"),
        ("POST", f"requests/{request['id']}/cancel"),
        ("POST", f"requests/{request['id']}/retry"),
        ("GET", f"requests/{request['id']}/events"),
        ("GET", f"rooms/{room['id']}"),
        ("POST", f"rooms/{room['id']}/invites"),
        ("POST", f"rooms/{room['id']}/play"),
        ("POST", f"rooms/{room['id']}/close"),
        ("DELETE", f"rooms/{room['id']}/members/{alice.id}"),
        ("GET", "outbox"),
    ]
    for method, path in attempts:
        answer = charlie.http.request(method, path, json={} if method == "POST" else None)
        assert answer.status_code in {403, 404}, f"{method} {path} -> {answer.status_code}"
    refused = charlie.http.post("ws/ticket", json={"purpose": "room", "room": room["id"]})
    if refused.status_code == 200:
        run_async(_socket_is_refused(charlie, room["id"]))


async def _socket_is_refused(person: Person, room_id: str) -> None:
    with pytest.raises((websockets.ConnectionClosed, websockets.InvalidStatus)):
        async with person.socket(f"/ws/rooms/{room_id}", purpose="room", room=room_id) as connection:
            await connection.send(json.dumps({"t": "hello", "v": 1, "room": room_id, "vis": True}))
            await frames_until(connection, lambda frame: frame["t"] == "welcome", limit_s=10)
