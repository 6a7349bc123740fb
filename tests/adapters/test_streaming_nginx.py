"""docker/nginx.conf in a real nginx, in front of the real application: which paths give bytes, and who is asked."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings

from apps.accounts.models import User
from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.signing import Claim, derive_keys, media_base, sign_lasting, sign_short
from apps.streaming.domain.states import AssetState, RenditionState
from apps.streaming.models import Admission, MediaAsset, WorkUnit
from tests.accounts_cast import person
from tests.nginx_server import TEMPLATE, nginx_server, rendered
from tests.rooms_servers import Server, free_port, running, test_database_url, wait_until
from tests.streaming_rows import SEGMENT, add_track, ready_asset, unit_of

pytestmark = pytest.mark.django_db(transaction=True)
FILE = "v-src/00000.m4s"
FLOOD_MAX = 20_000  # a slow machine needs more of them before it is faster than what is allowed


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def __getitem__(self, name: str) -> str:
        return self.headers[name]


@dataclass
class House:
    nginx: Server
    web: Server
    asset: MediaAsset
    alice: User

    def ask(self, path: str, method: str = "GET", limit_s: float = 40, **headers: str) -> Answer:
        """The path goes out as it is: nobody tidies it up on the way."""
        connection = http.client.HTTPConnection("127.0.0.1", self.nginx.port, timeout=limit_s)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def raw(self, path: bytes) -> int:
        """The status of a path that no client library would send."""
        with socket.create_connection(("127.0.0.1", self.nginx.port), timeout=10) as client:
            client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return int(client.makefile("rb").readline().split()[1])

    def link(self, name: str = FILE, *, lasts: bool = False, life_s: int = 600, secret: str = "", **changes) -> str:
        claim = Claim(self.asset.pk, 1, self.alice.pk, int(time.time()) + life_s)
        keys = derive_keys(secret or settings.SECRET_KEY)
        signature = (sign_lasting if lasts else sign_short)(keys, claim)
        moved = Claim(*(changes.get(field, getattr(claim, field)) for field in Claim.__slots__))
        return f"{media_base(signature, moved)}/{name}"

    def stop_python(self) -> None:
        self.web.kill()


@pytest.fixture(scope="module")
def servers(tmp_path_factory, django_db_setup) -> Iterator[tuple[Server, Server]]:
    port = free_port()
    daphne = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port)]
    env = {"DATABASE_URL": test_database_url(), "MEDIA_BY_NGINX": "1"}
    web = Server([*daphne, "project.asgi:application"], port, env)
    nginx = nginx_server(tmp_path_factory.mktemp("nginx"), app_port=port)
    with running(web, nginx):
        yield nginx, web


@pytest.fixture
def house(servers: tuple[Server, Server], transactional_db) -> House:
    nginx, web = servers
    if web.process is None:  # a test before this one stopped it
        web.start()
    return House(nginx, web, ready_asset(), person("alice"))


def let_in(house: House) -> tuple[str, str]:
    playback = services.authorise_playback(viewer_id=house.alice.pk, title_id=house.asset.title_id)
    return playback.master_url, playback.lasting_url


def test_hits_go_on_when_python_is_gone(house: House) -> None:
    master, _ = let_in(house)
    assert house.ask(master).status == 200
    house.stop_python()
    whole = house.ask(house.link())
    assert (whole.status, whole.body) == (200, SEGMENT)
    assert whole["Cache-Control"] == "private, max-age=31536000, immutable"
    assert whole["Content-Type"] == "video/mp4"
    assert whole["X-Content-Type-Options"] == "nosniff"
    assert whole["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert house.ask(house.link("v-src/init.mp4")).body == b"init"
    assert house.ask(house.link("a-eng-1/00002.m4s")).body == SEGMENT
    check_ranges(house)
    check_refusals_need_no_python(house)
    assert house.ask(master).status == 502, "a playlist is always judged"


def check_ranges(house: House) -> None:
    path = house.link()
    part = house.ask(path, Range="bytes=10-19")
    assert (part.status, part.body, part["Content-Range"]) == (206, SEGMENT[10:20], "bytes 10-19/2048")
    assert house.ask(path, Range="bytes=-10").body == SEGMENT[-10:]
    assert house.ask(path, Range="bytes=2048-").status == 416
    tag = house.ask(path)["ETag"]
    assert house.ask(path, If_None_Match=tag).status == 304
    assert house.ask(path, If_Range=tag, Range="bytes=0-3").status == 206
    assert house.ask(path, If_Range='"other"', Range="bytes=0-3").status == 200
    head = house.ask(path, "HEAD")
    assert (head.status, head["Content-Length"], head["ETag"], head.body) == (200, "2048", tag, b"")
    assert {house.ask(path, method).status for method in ("POST", "PUT", "DELETE", "PATCH")} == {405}


def check_refusals_need_no_python(house: House) -> None:
    forged = house.ask(house.link(secret="y" * 50))
    assert (forged.status, forged["Content-Type"]) == (403, "application/problem+json")
    assert b'"code": "link_invalid"' in forged.body
    expired = house.ask(house.link(life_s=-1))
    assert expired.status == 403
    assert b'"code": "link_expired"' in expired.body
    assert b"This link has expired. Open the film again" in expired.body
    assert expired["Cache-Control"] == "no-store"


def test_a_signature_is_good_for_its_own_path_only(house: House) -> None:
    """Charlie cannot make one, move one, or stretch one."""
    other = ready_asset("Another film")
    store.publish_bytes(SEGMENT, store.folder(house.asset.pk, 2) / FILE)
    good = house.link()
    signature = good.split("/")[2].split(",")[0]
    assert house.ask(good).status == 200
    later = int(time.time()) + 599
    forged = {
        "another asset": house.link(asset=other.pk),
        "another viewer": house.link(viewer=uuid4()),
        "another epoch": house.link(epoch=2),
        "another expiry": house.link(life_s=300, expires_at=later),
        "another secret": house.link(secret="y" * 50),
        "a changed first letter": good.replace(signature, _changed(signature, 0)),
        "a changed middle letter": good.replace(signature, _changed(signature, 42)),
        "a changed last part": good.replace(signature, _changed(signature, 50)),
        "no signature": good.replace(signature, "A" * 65),
        "a lasting signature of nobody": good.replace(signature, "A" * 43),
        "half of a short signature": good.replace(signature, signature[:43]),
        "expired": house.link(life_s=-1),
        "not let in": house.link("master.m3u8"),
        "not let in, lasting": house.link(lasts=True),
    }
    assert {what: house.ask(path).status for what, path in forged.items()} == dict.fromkeys(forged, 403)
    shape = {
        "a longer signature": good.replace(signature, signature + "A"),
        "a shorter signature": good.replace(signature, signature[:64]),
        "no expiry": good.replace(f",{good.split(',')[1].split('/')[0]}", ""),
        "a name in capitals": good.replace("v-src", "V-SRC"),
        "another folder": good.replace("v-src/", "work/"),
    }
    assert {what: house.ask(path).status for what, path in shape.items()} == dict.fromkeys(shape, 404)


def _changed(signature: str, place: int) -> str:
    letter = "B" if signature[place] == "A" else "A"
    return signature[:place] + letter + signature[place + 1 :]


def test_no_path_leads_elsewhere(house: House, tmp_path: Path) -> None:
    secret = Path(settings.MEDIA_ROOT) / "secret.m4s"
    secret.write_bytes(b"secret")
    store.publish_bytes(b"secret", store.root() / "work" / "v-src" / "00000.m4s")
    good = house.link()
    base = good.removesuffix(f"/{FILE}")
    escapes = [
        f"{base}/../{house.asset.pk}.1/{FILE}", f"{base}/v-src/../{FILE}", f"{base}/./{FILE}", f"{base}//{FILE}",
        f"{base}/v-src//00000.m4s", f"{base}/v-src%2f00000.m4s", f"{base}/v-src%5c00000.m4s",
        f"{base}/v%2dsrc/00000.m4s", f"{base}/v-src%2F..%2Fv-src/00000.m4s",
        f"{base}/v-src\\00000.m4s", f"{base}/v-src/00000.m4s%00", f"{base}/v-src/00000.m4s%00.m4s",
        f"{base}/%2e%2e/%2e%2e/secret.m4s", f"{base}/../../../../secret.m4s", f"{base}/v-src/00000.m4s/",
        f"{base}/v-src/", f"{base}/v-src", f"{base}/", base, "/media/", "/media/secret.m4s", "/media/../secret.m4s",
        "/media/streaming/work/v-src/00000.m4s", "/media..", "/media../secret.m4s", "/media/x/../../secret.m4s",
        f"/_media/{house.asset.pk}/1/{FILE}", "/_media/", "/_media/../secret.m4s", "/_media/%2e%2e/secret.m4s",
        f"/x/../_media/{house.asset.pk}/1/{FILE}", f"/%5fmedia/{house.asset.pk}/1/{FILE}", "/assets/../secret.m4s",
        "/assets/..%2f..%2fmedia/secret.m4s", "/assets/%2e%2e/nginx.conf", "/assets../nginx.conf",
        f"//{good}", f"/.{good}", f"/x/..{good}", good.replace("/media/", "/%6dedia/"), good.replace(".1/", ".%31/"),
    ]  # fmt: skip
    for path in escapes:
        answer = house.ask(path)
        assert SEGMENT not in answer.body, path
        assert b"secret" not in answer.body, path
        assert b"MEDIA" not in answer.body, path
        assert answer.status in {400, 404} or b"<html" in answer.body.lower(), (path, answer.status)
    for odd in (b"/v-src/00000.m4s\x00", b"/v-src/\x0000000.m4s", b"/v-src/..\\00000.m4s", b"/\xff/00000.m4s"):
        assert house.raw(base.encode() + odd) in {400, 404}, odd
    assert house.ask(good).status == 200
    assert house.ask(f"{good}?download=%2f..").status == 200, "a query names no file"
    secret.unlink()


def test_a_link_out_of_the_store_is_not_followed_by_any_name(house: House) -> None:
    """Files are named by the grammar; what else lies in a folder has no address."""
    folder = store.folder(house.asset.pk, 1) / "v-src"
    (folder / ".00000.m4s.draft").write_bytes(b"draft")
    (folder / "notes.txt").write_bytes(b"draft")
    for name in ("v-src/.00000.m4s.draft", "v-src/notes.txt", "v-src/0.m4s", "v-src/000000.m4s"):
        for lasts in (False, True):
            assert house.ask(house.link(name, lasts=lasts)).status in {403, 404}


def test_playlists_and_lasting_links_are_judged_and_sent_by_nginx(house: House) -> None:
    master, lasting = let_in(house)
    master_file = store.folder(house.asset.pk, 1) / "master.m3u8"
    for path in (master, lasting):
        answer = house.ask(path)
        assert (answer.status, answer.body) == (200, store.read_bytes(master_file))
        assert answer["Content-Type"] == "application/vnd.apple.mpegurl"
        assert answer["Cache-Control"] == "no-cache"
        assert "X-Accel-Redirect" not in answer.headers
    segment = lasting.replace("master.m3u8", FILE)
    part = house.ask(segment, Range="bytes=0-9")
    assert (part.status, part.body, part["Content-Type"]) == (206, SEGMENT[:10], "video/mp4")
    assert part["Cache-Control"] == "private, max-age=31536000, immutable"
    assert part["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert house.ask(segment, If_None_Match=part["ETag"]).status == 304
    assert house.ask(segment, "POST").status == 405


def kick_out(house: House) -> None:
    services.dismiss(viewer_id=house.alice.pk, title_id=house.asset.title_id)


def disable(house: House) -> None:
    User.objects.filter(pk=house.alice.pk).update(is_active=False)


def evict(house: House) -> None:
    MediaAsset.objects.filter(pk=house.asset.pk).update(state=AssetState.EVICTED)


@pytest.mark.parametrize("end", [kick_out, disable, evict])
def test_whoever_lost_the_right_loses_the_bytes(house: House, end: Callable[[House], None]) -> None:
    master, lasting = let_in(house)
    paths = [master, lasting, lasting.replace("master.m3u8", FILE)]
    assert [house.ask(path).status for path in paths] == [200, 200, 200]
    end(house)
    assert [house.ask(path).status for path in paths] == [403, 403, 403]
    Admission.objects.update(until="2000-01-01T00:00Z")
    ended = house.link(life_s=-1)  # what the viewer still holds, ten minutes later
    assert [house.ask(path).status for path in [*paths, ended]] == [403] * 4


def test_a_miss_waits_for_the_worker_and_is_sent_by_nginx(house: House) -> None:
    MediaAsset.objects.filter(pk=house.asset.pk).update(state=AssetState.PLAYABLE)
    track = add_track(house.asset, "v480", state=RenditionState.BUILDING, done=1, mode=Mode.ENCODE)
    unit_of(track)
    answers: list[Answer] = []
    waiting = threading.Thread(target=lambda: answers.append(house.ask(house.link("v480/00002.m4s"))))
    waiting.start()
    wanted = WorkUnit.objects.filter(priority=0, first__lte=2, last__gt=2)
    wait_until("the segment that somebody waits for comes first", wanted.exists)
    assert not answers
    store.publish_bytes(SEGMENT, store.folder(house.asset.pk, 1) / "v480" / "00002.m4s")
    waiting.join(30)
    assert (answers[0].status, answers[0].body) == (200, SEGMENT)
    assert answers[0]["Cache-Control"] == "private, max-age=31536000, immutable"
    house.stop_python()
    assert house.ask(house.link("v480/00002.m4s")).body == SEGMENT


@pytest.mark.parametrize("through", ["nginx", "web"])
def test_who_hangs_up_is_not_worked_for(house: House, through: str) -> None:
    MediaAsset.objects.filter(pk=house.asset.pk).update(state=AssetState.PLAYABLE)
    track = add_track(house.asset, "v480", state=RenditionState.BUILDING, done=1, mode=Mode.ENCODE)
    unit_of(track, priority=3, base_priority=3)
    wanted = WorkUnit.objects.filter(priority=0, first__lte=2, last__gt=2)
    with socket.create_connection(("127.0.0.1", getattr(house, through).port), timeout=10) as client:
        client.sendall(f"GET {house.link('v480/00002.m4s')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_until("the segment that somebody waits for comes first", wanted.exists)
    wait_until("it is as urgent as before", lambda: not wanted.exists(), limit_s=10)
    assert WorkUnit.objects.get(first__lte=2, last__gt=2).priority == 3


def test_a_segment_that_nobody_makes_is_not_there(house: House) -> None:
    assert house.ask(house.link("v-src/00099.m4s")).status == 404


def test_the_application_may_come_back(house: House) -> None:
    """nginx starts without it, and finds it again."""
    house.stop_python()
    assert house.ask("/livez").status == 502
    house.web.start()
    assert house.ask("/livez").status == 200


def test_a_flood_that_needs_python_is_slowed_down_and_hits_are_not(house: House, tmp_path: Path) -> None:
    with running(nginx_server(tmp_path, app_port=free_port())) as (own,):
        connection = http.client.HTTPConnection("127.0.0.1", own.port, timeout=10)

        def status(path: str) -> int:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status

        hit, judged = house.link(), house.link("master.m3u8")
        before = {status(hit) for _ in range(400)}
        seen: set[int] = set()
        for _ in range(FLOOD_MAX):
            if 429 in seen:
                break
            seen.add(status(judged))
        after = {status(hit) for _ in range(100)}
        connection.close()
    assert (before, seen, after) == ({200}, {502, 429}, {200})


def test_signatures_stay_out_of_the_log(capfd, house: House, tmp_path: Path) -> None:
    master, lasting = let_in(house)
    with running(nginx_server(tmp_path, app_port=house.web.port)) as (own,):
        mine = replace(house, nginx=own)
        assert mine.ask(master).status == mine.ask(f"{lasting}?x=1").status == 200
        own.stop()
    logged = capfd.readouterr().out
    assert f"GET /media/-/{house.alice.pk}/{house.asset.pk}.1/master.m3u8" in logged
    for link in (master, lasting):
        assert link.split("/")[2].split(",")[0] not in logged


def test_every_name_of_the_template_is_set_by_the_image() -> None:
    dockerfile = (TEMPLATE.parent / "Dockerfile").read_text()
    by_entrypoint = {"MEDIA_EDGE_SECRET", "NGINX_LOCAL_RESOLVERS"}

    class Seen(dict[str, str]):
        def __missing__(self, name: str) -> str:
            self[name] = ""
            return ""

    seen = Seen()
    rendered(seen, TEMPLATE.read_text())
    assert {name for name in seen if f" {name}=" not in dockerfile} == by_entrypoint


def test_the_container_derives_the_secret_that_the_application_signs_with() -> None:
    script = '. ./16-edge-secret.envsh; printf "%s %s" "$MEDIA_EDGE_SECRET" "${SECRET_KEY-forgotten}"'
    env = {"SECRET_KEY": "k" * 40, "PATH": os.environ["PATH"]}
    said = subprocess.run(
        ["sh", "-c", script], cwd=TEMPLATE.parent, env=env, capture_output=True, text=True, check=True
    )
    assert said.stdout == f"{derive_keys('k' * 40).edge} forgotten"
