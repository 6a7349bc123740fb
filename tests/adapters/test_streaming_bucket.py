"""A film in an S3-compatible bucket: packaged by the real pipeline, played through the view, evicted; against moto."""

import asyncio
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpResponseBase
from django.test import AsyncClient

import media
from apps.catalog.services import create_manual_title
from apps.streaming import services
from apps.streaming.adapters import bucket as s3
from apps.streaming.adapters import store
from apps.streaming.domain.states import AssetState, UnitState
from apps.streaming.models import MediaAsset, StoredSegment, WorkUnit
from apps.streaming.services import audit
from tests.accounts_cast import person
from tests.buckets import bucket_server, client_of

pytestmark = pytest.mark.django_db(transaction=True)  # the media view reads rows from another thread
WISH_LIMIT_S = 60


@pytest.fixture
def bucket(settings) -> Iterator[dict[str, Any]]:
    with bucket_server() as options:
        settings.MEDIA_STORE = "s3"
        settings.MEDIA_BUCKET = options
        yield options
        asyncio.run(sync_to_async(connections.close_all)())


@pytest.fixture
def asset(bucket) -> MediaAsset:
    for folder in store.work_folders():
        store.discard(folder)  # of a worker that another test killed
    return packaged("mp4")


def packaged(film: str) -> MediaAsset:
    title = create_manual_title(name="A film")
    asset_id = services.create_asset(title_id=title.pk, source=media.film(film))
    work(asset_id)
    return MediaAsset.objects.get(pk=asset_id)


def work(asset_id: UUID) -> None:
    while services.run_next_unit(asset_id=asset_id):
        pass


def get(path: str, **headers: str) -> tuple[HttpResponseBase, bytes]:
    async def ask() -> tuple[HttpResponseBase, bytes]:
        try:
            answer = await AsyncClient().get(path, headers=headers)
            return answer, b"".join([part async for part in answer]) if answer.streaming else answer.content
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(ask())


def keys(options: dict[str, Any]) -> list[str]:
    found = client_of(options).list_objects_v2(Bucket=options["bucket_name"]).get("Contents", [])
    return [entry["Key"] for entry in found]


def test_a_film_is_packaged_into_a_bucket_played_from_it_and_evicted(asset, bucket):
    assert (asset.state, asset.reason) == (AssetState.COMPLETE, "")
    published = keys(bucket)
    assert f"matinee/{asset.pk}/{asset.epoch}/v-src/init.mp4" in published
    assert not store.asset_folder(asset.pk).exists(), "nothing of the film stays on the machine that made it"
    assert store.work_folders() == []
    playback = services.authorise_playback(viewer_id=person("alice").pk, title_id=asset.title_id)
    check_playing(playback.master_url)
    check_ranges(playback.lasting_url.replace("master.m3u8", "v-src/00000.m4s"))
    services.remove_asset(asset.pk)
    assert keys(bucket) == []
    assert get(playback.master_url)[0].status_code == 403
    assert get(playback.master_url.replace("master.m3u8", "v-src/00000.m4s"))[0].status_code == 404


def check_playing(master_url: str) -> None:
    base = master_url.removesuffix("master.m3u8")
    answer, text = get(master_url)
    assert answer.status_code == 200
    assert b"v-src.m3u8" in text
    playlist = get(f"{base}v-src.m3u8")[1].decode()
    names = [re.search(r'URI="([^"]+)"', playlist)[1], *re.findall(r"^[^#].*$", playlist, re.MULTILINE)]
    parts = [get(f"{base}{name}") for name in names]
    assert {answer.status_code for answer, _ in parts} == {200}
    seen = media.decode(b"".join(body for _, body in parts), "video")
    assert len(seen.times) == media.source_frames(media.film("mp4"))
    assert seen.worst_gap < 0.002


def check_ranges(segment: str) -> None:
    whole, body = get(segment)
    assert whole["Content-Length"] == str(len(body))
    assert whole["Cache-Control"] == "private, max-age=31536000, immutable"
    part, some = get(segment, range="bytes=10-19")
    assert (part.status_code, some) == (206, body[10:20])
    assert part["Content-Range"] == f"bytes 10-19/{len(body)}"
    assert get(segment, range=f"bytes={len(body)}-")[0].status_code == 416
    assert get(segment, **{"if-none-match": whole["ETag"]})[0].status_code == 304
    assert get(segment, range="bytes=0-3", **{"if-range": '"old"'})[0].status_code == 200


def test_a_bucket_that_does_not_answer_is_said_so_and_asked_again(asset, bucket, settings):
    playback = services.authorise_playback(viewer_id=person("alice").pk, title_id=asset.title_id)
    segment = playback.master_url.replace("master.m3u8", "v-src/00000.m4s")
    settings.MEDIA_BUCKET = bucket | {"endpoint_url": "http://127.0.0.1:9"}
    answer, body = get(segment)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert b"cannot be read at the moment" in body
    settings.MEDIA_BUCKET = bucket
    assert get(segment)[0].status_code == 200


def object_of(options: dict[str, Any], key: str) -> bytes:
    return client_of(options).get_object(Bucket=options["bucket_name"], Key=key)["Body"].read()


def get_while_a_worker_makes_it(asset: MediaAsset, path: str) -> tuple[HttpResponseBase, bytes]:
    """Somebody asks first; the worker begins once the wish is written down."""
    with ThreadPoolExecutor(1) as viewer:
        asked = viewer.submit(get, path)
        until = time.monotonic() + WISH_LIMIT_S
        while not WorkUnit.objects.filter(asset=asset, state=UnitState.PENDING, wanted_at__isnull=False).exists():
            assert not asked.done(), asked.result()
            assert time.monotonic() < until, "nobody wrote the wish down"
            time.sleep(0.05)
        work(asset.pk)
        return asked.result(timeout=WISH_LIMIT_S)


def test_what_is_not_made_yet_is_waited_for_and_served_from_the_bucket(bucket):
    asset = packaged("large")
    rungs = asset.renditions.filter(kind="video", on_demand=True).order_by("name").values_list("name", flat=True)
    base = services.authorise_playback(viewer_id=person("alice").pk, title_id=asset.title_id).master_url
    base = base.removesuffix("master.m3u8")
    for rung, name in zip(rungs, ("00001.m4s", "init.mp4"), strict=True):
        key = f"matinee/{asset.pk}/{asset.epoch}/{rung}/{name}"
        assert key not in keys(bucket)
        answer, body = get_while_a_worker_makes_it(asset, f"{base}{rung}/{name}")
        assert answer.status_code == 200
        assert body == object_of(bucket, key)
        assert get(f"{base}{rung}/init.mp4")[0].status_code == 200, "it comes with any segment"
    assert list(audit.findings()) == []


def test_altered_and_missing_objects_are_found_by_the_audit_and_made_again(asset, bucket):
    folder = f"matinee/{asset.pk}/{asset.epoch}/v-src"
    altered, missing, init = f"{folder}/00001.m4s", f"{folder}/00002.m4s", f"{folder}/init.mp4"
    before = {key: object_of(bucket, key) for key in (altered, missing, init)}
    client = client_of(bucket)
    for key in (altered, init):
        client.put_object(Bucket=bucket["bucket_name"], Key=key, Body=b"x" * len(before[key]))
    client.delete_object(Bucket=bucket["bucket_name"], Key=missing)
    found = sorted((finding.is_init, finding.index, finding.fault) for finding in audit.findings())
    assert found == [(False, 1, audit.Fault.ALTERED), (False, 2, audit.Fault.MISSING), (True, 0, audit.Fault.ALTERED)]
    assert audit.repair(asset.renditions.get(name="v-src").pk, [0, 1, 2])
    assert not {altered, missing, init} & set(keys(bucket)), "nobody is served what is wrong"
    work(asset.pk)
    assert {key: object_of(bucket, key) for key in before} == before
    assert list(audit.findings()) == []
    asset.refresh_from_db()
    assert asset.state == AssetState.COMPLETE


@pytest.fixture
def small_temp(tmp_path, monkeypatch) -> Iterator[Path]:
    """A file system of 1 MB for temporary files, which every upload of more than a few bytes passes."""
    media.film("mp4")  # it has its place before
    path = tmp_path / "temp"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1000000", "tmpfs", str(path)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this needs the right to mount a small file system (root)")
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    monkeypatch.setattr(s3, "SPOOL_BYTES", 1_000)
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def assert_only_what_is_recorded_is_stored(asset_id: UUID, options: dict[str, Any]) -> None:
    assert list(audit.findings()) == []
    rows = StoredSegment.objects.filter(rendition__asset_id=asset_id, rendition__kind__in=["video", "audio"])
    recorded = {f"{row.rendition.name}/{row.index:05d}.m4s" for row in rows.select_related("rendition")}
    mine = [key for key in keys(options) if str(asset_id) in key and key.endswith(".m4s")]
    stored = {"/".join(key.split("/")[-2:]) for key in mine}
    assert stored == recorded


@pytest.mark.parametrize("left_bytes", [0, 100_000])
def test_a_full_volume_for_temporary_files_publishes_nothing_bad_and_work_goes_on(bucket, small_temp, left_bytes):
    free = os.statvfs(small_temp)
    ballast = small_temp / "ballast"
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - left_bytes))
    title = create_manual_title(name="A film")
    asset_id = services.create_asset(title_id=title.pk, source=media.film("mp4"))
    for _ in range(4):  # what workers try in a minute
        work(asset_id)
        WorkUnit.objects.update(not_before=None)
    asset = MediaAsset.objects.get(pk=asset_id)
    assert asset.state not in {AssetState.COMPLETE, AssetState.FAILED}
    assert not WorkUnit.objects.exclude(failures=0).exists(), "nobody failed"
    assert_only_what_is_recorded_is_stored(asset_id, bucket)
    ballast.unlink()
    services.sweep()
    WorkUnit.objects.update(not_before=None)
    work(asset_id)
    asset.refresh_from_db()
    assert (asset.state, asset.reason, asset.pause_reason) == (AssetState.COMPLETE, "", "")
    assert_only_what_is_recorded_is_stored(asset_id, bucket)
    assert not list(small_temp.iterdir())
