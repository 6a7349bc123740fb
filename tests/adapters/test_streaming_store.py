"""The media store keeps one promise whatever is behind it: a local folder and an S3 server answer the same tests."""

import os
import shutil
from hashlib import sha256
from uuid import uuid4

import pytest

from apps.streaming.adapters import bucket, store
from tests.buckets import bucket_server, client_of


@pytest.fixture(scope="module")
def bucket_options():
    with bucket_server() as options:
        yield options


@pytest.fixture(autouse=True, params=["local", "s3"])
def media_store(request, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    if request.param == "s3":
        settings.MEDIA_STORE = "s3"
        settings.MEDIA_BUCKET = request.getfixturevalue("bucket_options")
    return request.param


@pytest.fixture
def asset_id():
    return uuid4()


def pieces_of(folder, *parts: bytes):
    folder.mkdir(exist_ok=True)
    paths = [folder / f"piece{index}" for index in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        path.write_bytes(part)
    return paths


def test_joined_pieces_are_one_file_and_the_pieces_are_gone(asset_id, tmp_path):
    target = store.folder(asset_id, 1) / "v480" / "00000.m4s"
    pieces = pieces_of(tmp_path / "work", b"moof", b"mdat")
    assert store.publish_joined(pieces, target) == store.Published(8, sha256(b"moofmdat").digest())
    assert store.read_bytes(target) == b"moofmdat"
    assert not any(piece.exists() for piece in pieces)


def test_a_playlist_is_replaced_and_its_version_changes(asset_id):
    target = store.folder(asset_id, 1) / "master.m3u8"
    store.publish_bytes(b"one\n", target)
    before = store.find(target)
    store.publish_bytes(b"two!\n", target)
    after = store.find(target)
    assert store.read_bytes(target) == b"two!\n"
    assert after.size_bytes == 5
    assert before.version != after.version


def test_a_file_that_cannot_be_joined_leaves_nothing(asset_id, tmp_path):
    target = store.folder(asset_id, 1) / "v480" / "00000.m4s"
    pieces = [*pieces_of(tmp_path / "work", b"moof"), tmp_path / "work" / "gone"]
    with pytest.raises(FileNotFoundError):
        store.publish_joined(pieces, target)
    assert store.find(target) is None
    assert store.sizes(store.asset_folder(asset_id)) == {}
    assert not list(store.root().rglob(".*"))


def test_what_was_never_published_is_not_there(asset_id):
    target = store.folder(asset_id, 1) / "v480" / "00000.m4s"
    assert store.find(target) is None
    assert not store.is_there(target)
    with pytest.raises(FileNotFoundError):
        store.read_bytes(target)
    with pytest.raises(FileNotFoundError):
        next(store.chunks(target, 0, 4))
    store.remove_file(target)


def test_an_empty_file_does_not_count_as_there(asset_id):
    target = store.folder(asset_id, 1) / "s-eng-3.vtt"
    store.publish_bytes(b"", target)
    assert store.find(target).size_bytes == 0
    assert not store.is_there(target)
    assert store.read_bytes(target) == b""


def test_ranges_are_half_open(asset_id):
    target = store.folder(asset_id, 1) / "v480" / "00000.m4s"
    data = bytes(range(256)) * 4096  # more than one chunk
    store.publish_bytes(data, target)
    assert b"".join(store.chunks(target, 0, len(data))) == data
    assert b"".join(store.chunks(target, 10, 20)) == data[10:20]
    assert b"".join(store.chunks(target, 5, 5)) == b""


def test_sizes_name_every_file_below_a_folder_and_no_neighbour(asset_id):
    folder = store.folder(asset_id, 1)
    store.publish_bytes(b"1234", folder / "v480" / "00000.m4s")
    store.publish_bytes(b"12", folder / "v480.m3u8")
    store.publish_bytes(b"1", store.folder(asset_id, 12) / "v480.m3u8")
    assert store.sizes(folder) == {folder / "v480" / "00000.m4s": 4, folder / "v480.m3u8": 2}
    assert store.sizes(folder / "v480") == {folder / "v480" / "00000.m4s": 4}
    assert sum(store.sizes(store.asset_folder(asset_id)).values()) == 7


def test_a_track_goes_and_everything_else_stays(asset_id):
    folder = store.folder(asset_id, 1)
    for name in ("v480/init.mp4", "v480/00000.m4s", "v480.m3u8", "v4800/00000.m4s", "v-src/00000.m4s"):
        store.publish_bytes(b"x", folder / name)
    store.remove_track(asset_id, 1, "v480")
    left = {path.relative_to(folder).as_posix() for path in store.sizes(folder)}
    assert left == {"v480.m3u8", "v4800/00000.m4s", "v-src/00000.m4s"}


def test_an_evicted_film_is_gone_and_its_neighbour_stays(asset_id):
    other = uuid4()
    for owner in (asset_id, other):
        store.publish_bytes(b"x", store.folder(owner, 1) / "master.m3u8")
        store.publish_bytes(b"x", store.folder(owner, 2) / "master.m3u8")
    store.discard(store.asset_folder(asset_id))
    assert store.sizes(store.asset_folder(asset_id)) == {}
    assert len(store.sizes(store.asset_folder(other))) == 2
    store.discard(store.asset_folder(asset_id))


def test_the_folders_of_assets_are_listed_with_their_epochs(asset_id):
    for epoch in (1, 12):
        store.publish_bytes(b"x", store.folder(asset_id, epoch) / "v480" / "00000.m4s")
    store.work_folder(uuid4(), 1)
    assert {key: sorted(epochs) for key, epochs in store.asset_folders().items() if key == asset_id} == {
        asset_id: [1, 12]
    }
    store.discard(store.asset_folder(asset_id))
    assert asset_id not in store.asset_folders()


def test_the_hash_is_of_the_stored_bytes(asset_id):
    target = store.folder(asset_id, 1) / "master.m3u8"
    store.publish_bytes(b"#EXTM3U", target)
    assert store.sha256_of(target) == sha256(b"#EXTM3U").digest()


def test_names_are_the_same_in_every_store(asset_id, media_store, bucket_options):
    target = store.folder(asset_id, 3) / "a-eng-1" / "00007.m4s"
    store.publish_bytes(b"x", target)
    name = f"{asset_id}/3/a-eng-1/00007.m4s"
    if media_store == "s3":
        found = client_of(bucket_options).list_objects_v2(Bucket="films", Prefix=f"matinee/{asset_id}")
        assert [entry["Key"] for entry in found["Contents"]] == [f"matinee/{name}"]
    else:
        assert (store.root() / name).read_bytes() == b"x"


def test_work_is_always_local(media_store):
    path = store.work_folder(uuid4(), 1)
    (path / "piece").write_bytes(b"x")
    assert store.work_folders() == [path]
    store.discard(path)
    assert not path.exists()
    assert store.free_bytes() > 0


def test_a_bucket_that_does_not_answer_is_a_fault_of_the_disk_kind(asset_id, media_store, settings):
    if media_store == "local":
        return
    settings.MEDIA_BUCKET = settings.MEDIA_BUCKET | {"endpoint_url": "http://127.0.0.1:9"}
    target = store.folder(asset_id, 1) / "v480" / "00000.m4s"
    for ask in (store.find, store.is_there, store.remove_file, lambda path: store.publish_bytes(b"x", path)):
        with pytest.raises(bucket.BucketFailed):
            ask(target)


def test_a_bucket_that_is_not_there_is_a_fault_of_the_disk_kind(asset_id, media_store, settings):
    if media_store == "local":
        return
    settings.MEDIA_BUCKET = settings.MEDIA_BUCKET | {"bucket_name": "elsewhere"}
    with pytest.raises(bucket.BucketFailed):
        store.publish_bytes(b"x", store.folder(asset_id, 1) / "master.m3u8")


def test_folders_that_go_while_they_are_looked_at_are_passed_by(asset_id, media_store, monkeypatch):
    if media_store == "s3":
        pytest.skip("a bucket has no folders")
    folder = store.folder(asset_id, 1)
    for name in ("v480", "v720"):
        store.publish_bytes(b"1234", folder / name / "init.mp4")
    look = os.scandir

    def scandir(path):
        if str(path) == str(folder / "v480"):
            shutil.rmtree(path)
        return look(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert store.sizes(folder) == {folder / "v720" / "init.mp4": 4}
    store.publish_bytes(b"1234", folder / "v480" / "init.mp4")
    assert store.work_bytes(folder) == 4
