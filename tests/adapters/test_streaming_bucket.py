"""A film in an S3-compatible bucket: packaged by the real pipeline, played through the view, evicted; against moto."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpResponseBase
from django.test import AsyncClient

import media
from apps.catalog.services import create_manual_title
from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.states import AssetState
from apps.streaming.models import MediaAsset
from tests.accounts_cast import person
from tests.buckets import bucket_server, client_of

pytestmark = pytest.mark.django_db(transaction=True)  # the media view reads rows from another thread


@pytest.fixture
def bucket(settings) -> Iterator[dict[str, Any]]:
    with bucket_server() as options:
        settings.MEDIA_STORE = "s3"
        settings.MEDIA_BUCKET = options
        yield options
        asyncio.run(sync_to_async(connections.close_all)())


@pytest.fixture
def asset(bucket) -> MediaAsset:
    title = create_manual_title(name="A film")
    asset_id = services.create_asset(title_id=title.pk, source=media.film("mp4"))
    while services.run_next_unit(asset_id=asset_id):
        pass
    return MediaAsset.objects.get(pk=asset_id)


def get(path: str, **headers: str) -> tuple[HttpResponseBase, bytes]:
    async def ask() -> tuple[HttpResponseBase, bytes]:
        answer = await AsyncClient().get(path, headers=headers)
        return answer, b"".join([part async for part in answer]) if answer.streaming else answer.content

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
