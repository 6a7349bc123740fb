"""What requests push is what the socket protocol declares, field for field."""

from dataclasses import fields
from typing import Any

import pytest

from apps.catalog import services as catalog
from apps.common import events
from apps.movie_requests import selectors, services
from apps.movie_requests.api.serializers import RequestItemSerializer
from consumers.protocol import parts, updates
from tests import acquisitions as at
from tests.accounts_cast import person

pytestmark = pytest.mark.django_db


def test_an_item_has_the_same_fields_in_frames_and_over_http() -> None:
    alice = person("alice")
    title = catalog.create_manual_title(name="Big Buck Bunny")
    acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk, torrent=at.metainfo())
    item = selectors.item(acquisition, alice.pk)
    assert set(item) == {field.name for field in fields(updates.RequestBody)} == set(RequestItemSerializer().fields)
    assert set(item["title"]) == {field.name for field in fields(parts.TitleCard)}
    assert RequestItemSerializer(item).data == item


def test_pushed_frames_are_those_of_the_protocol(monkeypatch, django_capture_on_commit_callbacks) -> None:
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(events, "_send", lambda _group, frame: seen.append(frame))
    title = catalog.create_manual_title(name="Big Buck Bunny")
    with django_capture_on_commit_callbacks(execute=True):
        acquisition, _ = services.submit(user_id=person("alice").pk, title_id=title.pk, torrent=at.metainfo())
        at.download(acquisition, done=0.5)
        services.on_torrent_changed(at.torrent_of(acquisition).pk)
        services.on_torrent_changed(at.torrent_of(acquisition).pk)
    shapes = {"req": updates.Req, "prog": updates.Prog}
    assert {frame["t"] for frame in seen} == set(shapes)
    for frame in seen:
        assert set(frame) - {"t"} == {field.name for field in fields(shapes[frame["t"]])}
