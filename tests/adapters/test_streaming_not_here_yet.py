"""A source of which parts are missing: work on them waits, nothing fails, and what is there is made meanwhile."""

import math
from dataclasses import dataclass
from pathlib import Path

import pytest
from subtitle_sources import Box, Show, film_with_pictures

import media
from apps.catalog.services import create_manual_title
from apps.streaming import services
from apps.streaming.adapters import probe
from apps.streaming.adapters.source import LocalFile, NotHereYet
from apps.streaming.domain.progress import count
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState
from apps.streaming.models import MediaAsset, WorkUnit
from apps.streaming.services import marks, sources

pytestmark = pytest.mark.django_db

WAITING = "The download has not come to this part yet."
CUT_S = 20  # of the film that is cut into two units


@dataclass
class Reach:
    """How far the download is."""

    has_index: bool = False
    until_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Holed(LocalFile):
    reach: Reach

    def require_index(self) -> None:
        if not self.reach.has_index:
            raise NotHereYet(WAITING)

    def require(self, start_s: float = 0.0, end_s: float = math.inf) -> None:
        if end_s > self.reach.until_s:
            raise NotHereYet(WAITING)


@pytest.fixture
def reach(monkeypatch) -> Reach:
    known = Reach()
    monkeypatch.setattr(sources, "open_source", lambda asset: Holed(Path(asset.source), known))
    return known


def new_asset(film: Path) -> MediaAsset:
    title = create_manual_title(name="A film")
    return MediaAsset.objects.get(pk=services.create_asset(title_id=title.pk, source=film))


def work(asset: MediaAsset) -> None:
    """Each unit that may be begun now is begun."""
    WorkUnit.objects.update(not_before=None)
    turns = WorkUnit.objects.filter(asset=asset).count() + 20
    while turns and services.run_next_unit(asset_id=asset.pk):
        turns -= 1
    asset.refresh_from_db()


def waiting(asset: MediaAsset) -> set[str]:
    """The kinds of work that wait; all of it waits without anything held against it."""
    units = WorkUnit.objects.filter(asset=asset).exclude(state=UnitState.DONE)
    told = {(unit.state, unit.failures, unit.error, unit.not_before is None) for unit in units}
    assert told <= {(UnitState.PENDING, 0, "", False)}
    assert not asset.renditions.filter(state=RenditionState.FAILED).exists()
    return {unit.kind for unit in units}


def cut_in_two(asset: MediaAsset) -> None:
    """Each unit of pictures becomes one up to CUT_S and one from there on, as units of a long film are."""
    for unit in WorkUnit.objects.filter(asset=asset, kind=UnitKind.VIDEO):
        segments = asset.renditions.get(name=unit.rungs[0]).segments
        middle = next(index for index in range(unit.last) if segments.start_s(index) >= CUT_S)
        WorkUnit.objects.filter(pk=unit.pk).update(last=middle)
        WorkUnit.objects.create(
            asset=asset, kind=unit.kind, rungs=unit.rungs, first=middle, last=unit.last, priority=unit.priority
        )


def test_a_film_is_probed_when_its_index_is_here_and_made_as_far_as_it_is(reach, monkeypatch):
    monkeypatch.setattr(marks, "listening_spans", lambda _: [(0.0, 10.0)])
    media.SHAPES.setdefault("far", media.Shape(size="1280x720", rate="10", seconds=40, gop=20))
    asset = new_asset(media.film("far"))
    work(asset)
    assert (asset.state, asset.reason, asset.pause_reason) == (AssetState.PROBING, "", WAITING)
    assert waiting(asset) == {UnitKind.PREPARE}

    reach.has_index = True
    WorkUnit.objects.update(not_before=None)
    assert services.run_next_unit(asset_id=asset.pk, kind=UnitKind.PREPARE)
    asset.refresh_from_db()
    cut_in_two(asset)
    work(asset)
    kinds = {UnitKind.VIDEO, UnitKind.AUDIO, UnitKind.TRICKPLAY, UnitKind.MARKS}
    assert (asset.state, asset.pause_reason, waiting(asset)) == (AssetState.PROBING, WAITING, kinds)

    reach.until_s = CUT_S + 5.0
    work(asset)
    pictures = list(asset.renditions.filter(kind="video", on_demand=False))
    assert {track.recipe.mode for track in pictures} == {"copy", "encode"}
    made = {float(track.segments.start_s(count(bytes(track.bitmap)))) for track in pictures}
    assert made == {CUT_S}, "what is here was made meanwhile"
    assert waiting(asset) == kinds - {UnitKind.MARKS}, "where it listens is here"

    reach.until_s = math.inf
    work(asset)
    assert (asset.state, asset.reason, asset.pause_reason) == (AssetState.COMPLETE, "", "")
    assert waiting(asset) == set()


def test_what_is_read_in_one_pass_waits_for_the_whole_film(reach, tmp_path):
    text, film = tmp_path / "a.srt", tmp_path / "film.mkv"
    text.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    pictures = film_with_pictures(tmp_path / "pictures.mkv", [Show(0), Show(1, (Box(800, 900, 320, 60),)), Show(3)])
    media.run_ffmpeg("-i", str(pictures), "-i", str(text), "-map", "0", "-map", "1", "-c", "copy", str(film))
    asset = new_asset(film)
    reach.has_index = True
    work(asset)
    assert (asset.state, waiting(asset)) == (AssetState.PROBING, {UnitKind.PREPARE}), "its packets are not here"

    reach.until_s = math.inf
    WorkUnit.objects.update(not_before=None)
    assert services.run_next_unit(asset_id=asset.pk, kind=UnitKind.PREPARE)
    reach.until_s = 0.0
    work(asset)
    assert waiting(asset) == set(UnitKind) - {UnitKind.PREPARE, UnitKind.MARKS}, "a short film has no marks"

    reach.until_s = math.inf
    work(asset)
    assert (asset.state, asset.pause_reason, waiting(asset)) == (AssetState.COMPLETE, "", set())


def test_a_film_that_is_gone_is_not_waited_for(tmp_path):
    asset = new_asset(tmp_path / "gone.mp4")
    work(asset)
    assert (asset.state, asset.pause_reason) == (AssetState.FAILED, "")
    assert "it is gone" in asset.reason


def test_a_scan_of_a_part_asks_the_index_alone():
    film = media.film("mp4")
    whole, part = probe.scan(LocalFile(film)), probe.scan(Holed(film, Reach(has_index=True)))
    assert part.from_index
    assert part == whole
    with pytest.raises(NotHereYet):
        probe.scan(Holed(media.film("mkv"), Reach(has_index=True)))


def test_a_film_says_how_far_it_can_be_played(reach):
    """What is made counts, and what could be made now; nobody waits for a rung that is merely not made yet."""
    media.SHAPES.setdefault("far, silent", media.Shape(size="320x180", rate="10", seconds=40, gop=20, audio=None))
    asset = new_asset(media.film("far, silent"))
    title = asset.title_id
    assert services.available_until_s(title, 0) is None, "nobody can play it yet"
    reach.has_index = True
    WorkUnit.objects.update(not_before=None)
    assert services.run_next_unit(asset_id=asset.pk, kind=UnitKind.PREPARE)
    asset.refresh_from_db()
    cut_in_two(asset)
    reach.until_s = CUT_S + 5.0
    work(asset)
    assert asset.state == AssetState.PLAYABLE
    assert services.available_until_s(title, 0) == CUT_S
    assert services.available_until_s(title, 18.5) == CUT_S
    assert services.available_until_s(title, 30) <= 30, "nothing is there"
    assert services.arrival_speed(title) > 0

    reach.until_s = CUT_S + 9.0
    assert services.available_until_s(title, 0) == CUT_S + 4, "one segment more could be made"
    reach.until_s = math.inf
    assert services.available_until_s(title, 0) is None
    assert services.available_until_s(title, 39) is None
    work(asset)
    reach.until_s = 0.0
    assert services.available_until_s(title, 0) is None, "whole, whatever becomes of the download"
