"""Files beside picture and sound under signed links: their types, their caching, and who gets none of them."""

import asyncio
from uuid import UUID

import pytest
from accounts_cast import client_of, person
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import AsyncClient
from streaming_rows import ready_asset

from apps.streaming import services
from apps.streaming.adapters import store

pytestmark = pytest.mark.django_db(transaction=True)  # the media view reads rows from another thread

FILES = {
    "u-0123abcd.vtt": "text/vtt; charset=utf-8",
    "p-eng-4.json": "application/json",
    "p-eng-4/00012.png": "image/png",
    "trickplay.vtt": "text/vtt; charset=utf-8",
    "trickplay/t00.jpg": "image/jpeg",
}


@pytest.fixture(autouse=True)
def _own_store(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    yield
    asyncio.run(sync_to_async(connections.close_all)())


async def fetch(path: str):
    response = await AsyncClient().get(path)
    body = b"".join([part async for part in response]) if response.streaming else response.content
    return response, body


def played(asset, user) -> dict:
    return client_of(user).post(f"/api/v1/titles/{asset.title_id}/play", {}, format="json").json()


def test_side_files_are_served_with_their_types_to_whom_the_link_names():
    asset, alice = ready_asset(), person("alice")
    for name in FILES:
        store.publish_bytes(name.encode(), store.folder(asset.pk, asset.epoch) / name)
    body = played(asset, alice)
    for key in ("master_url", "lasting_url"):
        base = body[key].rsplit("/", 1)[0]
        for name, content_type in FILES.items():
            response, data = asyncio.run(fetch(f"{base}/{name}"))
            assert (response.status_code, data, response["Content-Type"]) == (200, name.encode(), content_type)
            assert response["Cache-Control"].endswith("immutable")
            assert response["X-Content-Type-Options"] == "nosniff"
        charlies = base.replace(str(alice.pk), str(person(f"charlie-{key}").pk))
        assert asyncio.run(fetch(f"{charlies}/trickplay/t00.jpg"))[0].status_code == 403
        services.dismiss(viewer_id=alice.pk, title_id=asset.title_id)
        assert asyncio.run(fetch(f"{base}/p-eng-4/00012.png"))[0].status_code == 403
        played(asset, alice)


def test_the_link_of_an_added_subtitle_opens_it():
    asset, bob = ready_asset(), person("bob")
    file = SimpleUploadedFile("a.srt", b"1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    path = f"/api/v1/titles/{asset.title_id}/subtitles"
    assert client_of(bob).post(path, {"file": file, "language": "en"}).status_code == 201
    [told] = played(asset, bob)["subtitles"]
    response, data = asyncio.run(fetch(told["url"]))
    assert (response.status_code, data) == (200, b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello\n")


@pytest.mark.parametrize(
    "name", ["uploads/x.sub", "../uploads/x.sub", f"../../uploads/{UUID(int=7)}.sub", "u-0123abcd.sub"]
)
def test_the_originals_are_never_served(name):
    asset = ready_asset()
    base = played(asset, person("alice"))["lasting_url"].rsplit("/", 1)[0]
    assert asyncio.run(fetch(f"{base}/{name}"))[0].status_code == 404
