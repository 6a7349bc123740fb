"""A film is made on a clock of the test's own: what people are told of it never falls and is never old."""

import heapq
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from apps.catalog import services as catalog
from apps.common import events, jobs
from apps.common.jobs import Job
from apps.movie_requests import services
from apps.movie_requests.models import Acquisition
from apps.streaming.domain.grid import Segments
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.progress import empty_bitmap, with_bit
from apps.streaming.domain.states import AssetState, RenditionState
from apps.streaming.models import MediaAsset, Rendition
from apps.streaming.services.announcing import announce_progress
from tests import acquisitions as at
from tests.accounts_cast import person
from tests.streaming_rows import add_track

pytestmark = pytest.mark.django_db

SEGMENTS = 60
GRID = Segments(25, tuple(range(0, SEGMENTS * 100, 100)), SEGMENTS * 100, (100,) * SEGMENTS)
PAUSES_S = (0.01, 0.1, 0.3, 0.6)
LOOKS = {
    Job.ASSET_CHANGED: services.on_asset_changed,
    Job.TORRENT_CHANGED: services.on_torrent_changed,
    Job.SHOW_REQUEST: services.look_again,
}


class House:
    """The broker and the sockets: messages come when they are due, and each push is noted with its time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capture: Any) -> None:
        self.begin = timezone.now()
        self.time_s = 0.0
        self.capture = capture
        self.due: list[tuple[float, str, str]] = []
        self.most_due = 0
        self.looks = 0
        self.told: list[tuple[float, float]] = []
        monkeypatch.setattr(timezone, "now", lambda: self.begin + timedelta(seconds=self.time_s))
        monkeypatch.setattr(jobs, "_send", self._note_job)
        monkeypatch.setattr(events, "_send", self._note_frame)

    def _note_job(self, job: Job, args: tuple[Any, ...], countdown_s: float) -> None:
        if job in LOOKS:
            heapq.heappush(self.due, (self.time_s + countdown_s, job, args[0]))
            self.most_due = max(self.most_due, len(self.due))

    def _note_frame(self, _group: str, frame: dict[str, Any]) -> None:
        if frame["t"] in {"prog", "req"}:
            self.told.append((self.time_s, frame["p"] if frame["t"] == "prog" else frame["progress"]))

    def wait(self, until_s: float) -> None:
        while self.due and self.due[0][0] <= until_s:
            self.time_s, job, row_id = heapq.heappop(self.due)
            self.looks += 1
            with self.capture(execute=True):
                LOOKS[Job(job)](UUID(row_id))
        self.time_s = until_s


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> House:
    return House(monkeypatch, django_capture_on_commit_callbacks)


@pytest.fixture
def asset() -> MediaAsset:
    """A film that is about to be made in two rungs."""
    title = catalog.create_manual_title(name="Big Buck Bunny")
    acquisition, _ = services.submit(user_id=person("alice").pk, title_id=title.pk, torrent=at.metainfo())
    for step in (lambda: at.download(acquisition, done=0.5), lambda: at.finish_download(acquisition)):
        step()
        services.on_torrent_changed(at.torrent_of(acquisition).pk)
    asset = MediaAsset.objects.get(pk=at.package(acquisition, AssetState.PLAYABLE))
    for name in ("v480", "v720"):
        track = add_track(asset, name, state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE)
        Rendition.objects.filter(pk=track.pk).update(
            segment_count=SEGMENTS, segment_data=GRID.to_json(), bitmap=empty_bitmap(SEGMENTS)
        )
    return asset


def publish(asset: MediaAsset, name: str, index: int) -> None:
    track = asset.renditions.get(name=name)
    Rendition.objects.filter(pk=track.pk).update(bitmap=with_bit(bytes(track.bitmap), index))
    announce_progress(asset.pk)


@pytest.mark.parametrize("seed", range(4))
def test_a_rung_that_fails_takes_nothing_back_and_each_segment_is_told_within_a_second(
    house: House, asset: MediaAsset, seed: int
) -> None:
    MediaAsset.objects.update(notified_at=house.begin)  # the database has a clock of its own
    dice = Random(seed)
    published_s = []
    for index in range(SEGMENTS):
        house.wait(house.time_s + dice.choice(PAUSES_S))
        with house.capture(execute=True):
            publish(asset, "v480", index)
            if index < SEGMENTS // 2:  # it is ahead of the other when it fails
                publish(asset, "v720", 2 * index)
                publish(asset, "v720", 2 * index + 1)
            if index == SEGMENTS // 2:
                asset.renditions.filter(name="v720").update(state=RenditionState.FAILED)
            if dice.random() < 0.3:  # states are told at once, whatever was told last
                jobs.enqueue(Job.ASSET_CHANGED, str(asset.pk))
        published_s.append(house.time_s)
    house.wait(house.time_s + 5)
    shares = [share for _, share in house.told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    ages_s = [min(told - at_s for told, _ in house.told if told >= at_s) for at_s in published_s]
    assert max(ages_s) <= 1.0
    assert house.most_due <= 4
    assert Acquisition.objects.get().state == "packaging"


def test_two_requests_of_one_torrent_come_to_rest(house: House) -> None:
    """Each has its own look when a notice came too early; neither has the other look again."""
    alice = person("alice")
    for name in ("Big Buck Bunny", "Big Buck Bunny, again"):
        title = catalog.create_manual_title(name=name)
        acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk, torrent=at.metainfo())
    at.download(acquisition, done=0.25)
    torrent = at.torrent_of(acquisition)
    assert Acquisition.objects.filter(torrent_id=torrent.pk).count() == 2
    for done in (0.4, 0.5, 0.6, 0.75):
        at.download(acquisition, done=done)
        with house.capture(execute=True):
            services.on_torrent_changed(torrent.pk)
        house.wait(house.time_s + 0.1)
    house.wait(60)
    assert house.due == []
    assert house.looks <= 4
    assert [share for _, share in house.told][-2:] == [0.75, 0.75]
