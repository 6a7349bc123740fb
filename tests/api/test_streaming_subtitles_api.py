"""Subtitles that people add: who may, what is refused, and what the player is told."""

import errno
import threading
import time
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from accounts_cast import client_of, guest, person
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.utils import timezone
from rest_framework.test import APIClient
from streaming_rows import ready_asset

from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.signing import lasting_expiry
from apps.streaming.models import MediaAsset, StoredUpload, UploadedSubtitle
from apps.streaming.services import eviction, ledger

pytestmark = pytest.mark.django_db

SRT = b"1\n00:00:01,000 --> 00:00:02,000\nHello <b>you</b>\n\n2\n00:00:09,000 --> 00:01:00,000\nLast\n"


@pytest.fixture(autouse=True)
def _own_store(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def asset():
    return ready_asset()


@pytest.fixture
def bob():
    return person("bob")


def send(client: APIClient, asset: MediaAsset, data: bytes = SRT, *, name: str = "a.srt", **fields: object):
    body = {"file": SimpleUploadedFile(name, data), "language": "de", "label": ""} | fields
    return client.post(f"/api/v1/titles/{asset.title_id}/subtitles", body, format="multipart")


def change(client: APIClient, subtitle: str, **fields: object):
    return client.patch(f"/api/v1/subtitles/{subtitle}", fields, format="json")


def listed(client: APIClient, asset: MediaAsset) -> list[dict]:
    answer = client.post(f"/api/v1/titles/{asset.title_id}/play", {}, format="json").json()
    return [entry for entry in answer["subtitles"] if entry["uploaded"]]


def published(asset: MediaAsset) -> dict[str, str]:
    return {path.name: path.read_text() for path in store.folder(asset.pk, asset.epoch).glob("u-*.vtt")}


def test_bob_adds_a_subtitle_and_alice_sees_it(asset, bob):
    answer = send(client_of(bob), asset, label='My "own" one')
    assert answer.status_code == 201
    body = answer.json()
    assert (body["lang"], body["name"], body["offset_ms"]) == ("de", "My own one", 0)
    [told] = listed(client_of(person("alice")), asset)
    assert (told["id"], told["lang"], told["name"], told["kind"]) == (body["id"], "de", "My own one", "text")
    assert (told["uploaded"], told["mine"], told["offset_ms"], told["default"]) == (True, False, 0, False)
    [(name, text)] = published(asset).items()
    assert told["url"].endswith(f"/{name}")
    assert text == ("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello you\n\n00:00:09.000 --> 00:00:11.000\nLast\n"), (
        "cut to the film's 11 s"
    )
    assert listed(client_of(bob), asset)[0]["mine"] is True


def test_an_offset_is_published_under_another_name(asset, bob):
    client = client_of(bob)
    subtitle = send(client, asset).json()["id"]
    [before] = published(asset)
    answer = change(client, subtitle, offset_ms=1500)
    assert (answer.status_code, answer.json()["offset_ms"]) == (200, 1500)
    after = listed(client, asset)[0]["url"].rpartition("/")[2]
    text = published(asset)[after]
    assert after != before
    assert "00:00:02.500 --> 00:00:03.500\nHello you" in text
    assert listed(client, asset)[0]["offset_ms"] == 1500
    change(client, subtitle, offset_ms=0)
    assert listed(client, asset)[0]["url"].endswith(f"/{before}"), "one name, one content"


def test_the_old_one_stays_for_those_who_watch_until_their_links_end(asset, bob):
    client = client_of(bob)
    subtitle = send(client, asset).json()["id"]
    [before] = published(asset)
    used = ledger.usage().used_bytes
    change(client, subtitle, offset_ms=1500)
    assert ledger.usage().used_bytes > used, "both are in the account"
    services.sweep()
    assert before in published(asset)
    assert len(published(asset)) == 2
    StoredUpload.objects.exclude(goes_at=None).update(goes_at=timezone.now() - timedelta(seconds=1))
    services.sweep()
    assert len(published(asset)) == 1
    assert before not in published(asset)
    assert ledger.usage().used_bytes == used


def test_the_old_one_is_kept_longer_than_any_link(asset, bob):
    client = client_of(bob)
    subtitle = send(client, asset).json()["id"]
    now = int(time.time())
    change(client, subtitle, offset_ms=1500)
    [goes_at] = StoredUpload.objects.exclude(goes_at=None).values_list("goes_at", flat=True)
    assert goes_at.timestamp() >= lasting_expiry(now)


def test_what_is_wanted_again_stays(asset, bob):
    client = client_of(bob)
    subtitle = send(client, asset).json()["id"]
    [before] = published(asset)
    change(client, subtitle, offset_ms=1500)
    change(client, subtitle, offset_ms=0)
    StoredUpload.objects.exclude(goes_at=None).update(goes_at=timezone.now() - timedelta(seconds=1))
    services.sweep()
    assert list(published(asset)) == [before]


def test_uploads_are_in_the_one_account(asset, bob):
    used = ledger.usage().used_bytes
    client = client_of(bob)
    subtitle = send(client, asset).json()["id"]
    files = [*store.folder(asset.pk, 1).glob("u-*.vtt"), *(store.root() / "uploads").glob("*")]
    assert len(files) == 2
    assert ledger.usage().used_bytes == used + sum(path.stat().st_size for path in files)
    client.delete(f"/api/v1/subtitles/{subtitle}")
    assert ledger.usage().used_bytes == used


def test_an_upload_without_room_is_refused_in_words_and_leaves_nothing(asset, bob, settings, monkeypatch):
    monkeypatch.setattr(eviction, "make_room", lambda *_: False)
    settings.MEDIA_QUOTA_BYTES = ledger.usage().total_bytes + 50
    answer = send(client_of(bob), asset)
    assert (answer.status_code, answer.json()["detail"].startswith("There is no room")) == (503, True)
    assert (published(asset), UploadedSubtitle.objects.count(), StoredUpload.objects.count()) == ({}, 0, 0)


def test_an_upload_that_was_killed_is_counted_until_the_sweep_removes_it(asset, bob, monkeypatch):
    used = ledger.usage().used_bytes
    publish = services.uploads._publish

    def killed(*args):
        publish(*args)
        raise SystemExit

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(services.uploads, "_publish", killed)
        services.add_subtitle(user_id=bob.pk, title_id=asset.title_id, data=SRT, language="de", label="")
    assert (len(published(asset)), UploadedSubtitle.objects.count()) == (1, 0)
    assert ledger.usage().used_bytes > used
    StoredUpload.objects.update(goes_at=timezone.now() - timedelta(seconds=1))
    services.sweep()
    assert (published(asset), list((store.root() / "uploads").glob("*"))) == ({}, [])
    assert ledger.usage().used_bytes == used


def test_uploads_of_earlier_versions_are_written_down_by_the_sweep(asset, bob):
    client = client_of(bob)
    subtitle = send(client, asset).json()["id"]
    used = ledger.usage().used_bytes
    StoredUpload.objects.all().delete()
    services.sweep()
    assert ledger.usage().used_bytes == used
    assert client.delete(f"/api/v1/subtitles/{subtitle}").status_code == 204
    assert published(asset) == {}


def test_a_name_and_a_language_can_be_changed(asset, bob):
    client = client_of(bob)
    subtitle = send(client, asset).json()["id"]
    assert change(client, subtitle, label="Better", language="pt-BR").json()["lang"] == "pt"
    assert [entry["name"] for entry in listed(client, asset)] == ["Better"]


def test_a_removed_subtitle_leaves_no_file(asset, bob):
    client = client_of(bob)
    subtitle = send(client, asset).json()["id"]
    assert client.delete(f"/api/v1/subtitles/{subtitle}").status_code == 204
    assert (published(asset), listed(client, asset)) == ({}, [])
    assert list((store.root() / "uploads").glob("*")) == []
    assert client.delete(f"/api/v1/subtitles/{subtitle}").status_code == 404


def test_charlie_is_refused_for_what_others_added(asset, bob):
    subtitle = send(client_of(bob), asset).json()["id"]
    charlie = client_of(person("charlie"))
    assert change(charlie, subtitle, offset_ms=5).status_code == 404
    assert charlie.delete(f"/api/v1/subtitles/{subtitle}").status_code == 404
    assert UploadedSubtitle.objects.get().offset_ms == 0
    assert len(published(asset)) == 1


def test_the_operator_may_change_and_remove_everybodys(asset, bob):
    subtitle = send(client_of(bob), asset).json()["id"]
    operator = client_of(person("olga", is_staff=True))
    assert change(operator, subtitle, offset_ms=5).status_code == 200
    assert operator.delete(f"/api/v1/subtitles/{subtitle}").status_code == 204


def test_guests_and_strangers_are_refused(asset, bob):
    subtitle = send(client_of(bob), asset).json()["id"]
    for client, status in ((client_of(guest(uuid4())), 403), (APIClient(), 401)):
        assert send(client, asset).status_code == status
        assert change(client, subtitle, offset_ms=5).status_code == status
        assert client.delete(f"/api/v1/subtitles/{subtitle}").status_code == status


def test_a_title_that_is_not_there_takes_nothing(bob):
    answer = client_of(bob).post(
        f"/api/v1/titles/{uuid4()}/subtitles", {"file": SimpleUploadedFile("a.srt", SRT), "language": "de"}
    )
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(range(256)) * 40,
        b"#EXTM3U\nhttp://127.0.0.1/secret\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"WEBVTT\n\n",
        b"1\nNaN --> 1e400\nx\n",
        b"1\n" + b"00:00:01,000 --> 00:00:02,000\nx\n\n" * 40_000,
    ],
)
def test_a_file_without_subtitles_is_refused_in_words(asset, bob, data):
    answer = send(client_of(bob), asset, data)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["fields"]["file"].startswith(("This ", "There "))
    assert (published(asset), UploadedSubtitle.objects.count()) == ({}, 0)
    assert list((store.root() / "uploads").glob("*")) == []


@pytest.mark.parametrize("size", [2 * 1024 * 1024 + 1, 10 * 1024 * 1024])
def test_a_file_that_is_too_large_is_refused(asset, bob, size):
    answer = send(client_of(bob), asset, SRT + b" " * (size - len(SRT)))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert not UploadedSubtitle.objects.exists()


def test_the_largest_allowed_file_is_taken(asset, bob):
    assert send(client_of(bob), asset, SRT + b"\n" * (2 * 1024 * 1024 - len(SRT))).status_code == 201


@pytest.mark.parametrize(
    "fields",
    [
        {"language": ""}, {"language": "x"}, {"language": "klingon"}, {"language": "../.."}, {"language": "12"},
        {"label": "x" * 81}, {"label": "a\x00b"}, {"more": "1"}, {"offset_ms": "5"}, {"file": "text"},
    ],
)  # fmt: skip
def test_bad_fields_are_refused(asset, bob, fields):
    assert send(client_of(bob), asset, **fields).status_code == 400
    assert not UploadedSubtitle.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        '{"offset_ms": NaN}', '{"offset_ms": 1e400}', '{"offset_ms": 3600001}', '{"offset_ms": -3600001}',
        '{"offset_ms": 1.5}', '{"offset_ms": "soon"}', '{"offset_ms": null}', '{"language": "klingon"}',
        '{"label": 7, "x": 1}', '{"name": "x"}', "[]", '{"offset_ms": true}',
    ],
)  # fmt: skip
def test_bad_changes_are_refused(asset, bob, body):
    client = client_of(bob)
    subtitle = send(client, asset).json()["id"]
    answer = client.patch(f"/api/v1/subtitles/{subtitle}", body, content_type="application/json")
    assert answer.status_code == 400
    assert UploadedSubtitle.objects.get().offset_ms == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a\\..\\b.srt", "\u202etrs.exe", "x" * 300])
def test_the_name_of_the_file_is_nothing(asset, bob, name):
    assert send(client_of(bob), asset, name=name).status_code == 201
    [only] = published(asset)
    assert len(only) == len("u-01234567.vtt")


def test_json_instead_of_a_form_is_refused(asset, bob):
    path = f"/api/v1/titles/{asset.title_id}/subtitles"
    assert client_of(bob).post(path, {"language": "de"}, format="json").status_code == 415


def test_a_title_takes_a_number_of_them_and_no_more(asset, bob, monkeypatch):
    monkeypatch.setattr(services.uploads, "PER_TITLE_MAX", 2)
    client = client_of(bob)
    assert [send(client, asset).status_code for _ in range(3)] == [201, 201, 409]
    assert (len(published(asset)), len(list((store.root() / "uploads").glob("*")))) == (2, 2)


def test_added_subtitles_come_back_with_a_new_plan(asset, bob):
    client = client_of(bob)
    subtitle = send(client, asset).json()["id"]
    change(client, subtitle, offset_ms=-500)
    before = {name: text for name, text in published(asset).items() if listed(client, asset)[0]["url"].endswith(name)}
    store.discard(store.asset_folder(asset.pk))
    MediaAsset.objects.filter(pk=asset.pk).update(epoch=2)
    asset.refresh_from_db()
    assert len(listed(client, asset)) == 1
    assert published(asset) == before


def test_a_subtitle_may_come_before_the_film(bob):
    from apps.catalog.services import create_manual_title

    title = create_manual_title(name="Later")
    path = f"/api/v1/titles/{title.pk}/subtitles"
    answer = client_of(bob).post(path, {"file": SimpleUploadedFile("a.srt", SRT), "language": "de"})
    assert answer.status_code == 201
    asset = ready_asset("Its film")
    MediaAsset.objects.filter(pk=asset.pk).update(title=title)
    asset.refresh_from_db()
    assert len(listed(client_of(bob), asset)) == 1
    assert len(published(asset)) == 1


def test_a_full_title_is_refused_before_a_parser_is_started(asset, bob, monkeypatch):
    monkeypatch.setattr(services.uploads, "PER_TITLE_MAX", 0)
    monkeypatch.setattr(services.uploads.tracks, "upload_cues", lambda *_: pytest.fail("a parser was started"))
    assert send(client_of(bob), asset).status_code == 409


def test_a_third_parser_is_not_started_but_refused_in_words(asset, bob, monkeypatch):
    monkeypatch.setattr(services.uploads, "PARSER_WAIT_S", 0.01)
    client = client_of(bob)
    assert send(client, asset).status_code == 201
    with services.uploads._parsers, services.uploads._parsers:
        answer = send(client, asset)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
        assert change(client, UploadedSubtitle.objects.get().pk, offset_ms=5).status_code == 429
        store.discard(store.asset_folder(asset.pk))
        assert len(listed(client, asset)) == 1, "the film plays without it for now"
    assert UploadedSubtitle.objects.get().offset_ms == 0
    listed(client, asset)
    assert len(published(asset)) == 1, "published by the next one to play"


def test_a_name_belongs_to_one_subtitle(asset, bob, monkeypatch):
    names = iter(["aaaaaaaa", "aaaaaaaa", "bbbbbbbb"])
    monkeypatch.setattr(services.uploads, "short_name", lambda *_: next(names))
    client = client_of(bob)
    assert [send(client, asset).status_code for _ in range(2)] == [201, 201]
    assert sorted(published(asset)) == ["u-aaaaaaaa.vtt", "u-bbbbbbbb.vtt"]
    monkeypatch.setattr(services.uploads, "short_name", lambda *_: "aaaaaaaa")
    before = published(asset)
    assert send(client, asset).status_code == 409
    assert change(client, UploadedSubtitle.objects.get(name="u-bbbbbbbb").pk, offset_ms=5).status_code == 409
    assert published(asset) == before
    assert len(list((store.root() / "uploads").glob("*"))) == 2


def test_a_name_cannot_be_computed_from_what_its_owner_knows(asset, bob):
    send(client_of(bob), asset)
    row = UploadedSubtitle.objects.get()
    known = (f"{row.pk} {row.sha256} {row.language} {row.offset_ms}{end}" for end in ("", " 0"))
    assert row.name not in {f"u-{sha256(content.encode()).hexdigest()[:8]}" for content in known}


def failing(times: int, real):
    """``real`` as a disk that is full after ``times`` files."""
    left = [times]

    def put(*args):
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        left[0] -= 1
        return real(*args)

    return put


@pytest.mark.parametrize("files", [0, 1])
def test_a_full_disk_leaves_nothing_of_a_new_subtitle(asset, bob, monkeypatch, files):
    monkeypatch.setattr(store, "publish_bytes", failing(files, store.publish_bytes))
    answer = send(client_of(bob), asset)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert (published(asset), UploadedSubtitle.objects.count()) == ({}, 0)
    assert list((store.root() / "uploads").glob("*")) == []


def test_a_full_disk_leaves_a_subtitle_as_it_was(asset, bob, monkeypatch):
    client = client_of(bob)
    subtitle = send(client, asset).json()["id"]
    before = published(asset)
    monkeypatch.setattr(store, "publish_bytes", failing(0, store.publish_bytes))
    assert change(client, subtitle, offset_ms=5).status_code == 503
    assert (published(asset), UploadedSubtitle.objects.get().offset_ms) == (before, 0)


def test_what_cannot_be_removed_now_can_be_removed_later(asset, bob, monkeypatch):
    client = client_of(bob)
    subtitle = send(client, asset).json()["id"]
    with monkeypatch.context() as away:
        away.setattr(store, "remove_file", failing(0, store.remove_file))
        assert client.delete(f"/api/v1/subtitles/{subtitle}").status_code == 503
    assert UploadedSubtitle.objects.count() == 1
    assert client.delete(f"/api/v1/subtitles/{subtitle}").status_code == 204
    assert published(asset) == {}


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_both_count(asset, bob, monkeypatch):
    subtitle = send(client_of(bob), asset).json()["id"]
    changing, other_done = threading.Event(), threading.Event()
    publish = services.uploads._publish

    def slowly(row, cues):
        changing.set()
        other_done.wait(1)  # it cannot be done while this one holds the row
        publish(row, cues)

    def move():
        try:
            change(client_of(bob), subtitle, offset_ms=1500)
        finally:
            connections.close_all()

    monkeypatch.setattr(services.uploads, "_publish", slowly)
    first = threading.Thread(target=move)
    first.start()
    assert changing.wait(30)
    change(client_of(bob), subtitle, label="Better")
    other_done.set()
    first.join(30)
    row = UploadedSubtitle.objects.get()
    assert (row.label, row.offset_ms) == ("Better", 1500)
    assert f"{row.name}.vtt" in published(asset)


def test_a_change_back_that_meets_another_change_publishes_all_of_its_cues(asset, bob, monkeypatch):
    subtitle = send(client_of(bob), asset).json()["id"]
    before, prepare, others = published(asset), services.uploads._prepare, [500]

    def slowly(draft, wish):
        prepared = prepare(draft, wish)
        if others:
            change(client_of(bob), subtitle, offset_ms=others.pop())
        return prepared

    monkeypatch.setattr(services.uploads, "_prepare", slowly)
    assert change(client_of(bob), subtitle, offset_ms=0).status_code == 200
    row = UploadedSubtitle.objects.get()
    assert (row.offset_ms, f"{row.name}.vtt") == (0, next(iter(before)))
    assert before.items() <= published(asset).items(), "one name, one content"


def test_an_upload_that_cannot_be_removed_does_not_stop_the_housekeeping(asset, bob, monkeypatch):
    client = client_of(bob)
    for offset_ms in (0, 500):
        subtitle = send(client, asset, SRT + b" ").json()["id"]
        change(client, subtitle, offset_ms=offset_ms + 1500)
    StoredUpload.objects.exclude(goes_at=None).update(goes_at=timezone.now() - timedelta(seconds=1))
    with monkeypatch.context() as patched:
        patched.setattr(store, "remove_file", failing(0, store.remove_file))
        services.uploads.sweep_uploads()
    assert StoredUpload.objects.exclude(goes_at=None).count() == 2
    services.uploads.sweep_uploads()
    assert not StoredUpload.objects.exclude(goes_at=None).exists()


def test_a_copy_in_a_new_film_of_the_title_is_in_the_account(asset, bob):
    send(client_of(bob), asset)
    used = ledger.usage().used_bytes
    other = MediaAsset.objects.create(title_id=asset.title_id, source="/films/other", state="probing", duration_s=11.0)
    services.uploads.ensure_published(other, 11.0)
    [text] = published(other).values()
    assert ledger.usage().used_bytes == used + len(text.encode())
    assert not StoredUpload.objects.exclude(goes_at=None).exists()


def test_a_copy_that_finds_no_room_waits(asset, bob, settings, monkeypatch):
    send(client_of(bob), asset)
    monkeypatch.setattr(eviction, "make_room", lambda *_: False)
    settings.MEDIA_QUOTA_BYTES = ledger.usage().total_bytes
    other = MediaAsset.objects.create(title_id=asset.title_id, source="/films/other", state="probing", duration_s=11.0)
    services.uploads.ensure_published(other, 11.0)
    assert published(other) == {}


def test_copies_that_an_earlier_version_measured_with_the_film_are_counted_once(asset, bob):
    send(client_of(bob), asset)
    StoredUpload.objects.all().delete()
    files = store.sizes(store.folder(asset.pk, 1))
    tracks_bytes = sum(track.size_bytes for track in asset.renditions.all())
    MediaAsset.objects.update(extra_bytes=sum(files.values()) - tracks_bytes)
    services.sweep()
    originals = sum(path.stat().st_size for path in (store.root() / "uploads").glob("*"))
    assert ledger.usage().used_bytes == sum(files.values()) + originals
