"""All rungs from one decode, on the real ffmpeg: equal grids, exact restarts, seeks into rungs not made yet."""

import hashlib
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import pytest

import media
from apps.catalog.services import create_manual_title
from apps.streaming import services
from apps.streaming.adapters import ffmpeg, pieces, probe, store
from apps.streaming.adapters.source import LocalFile
from apps.streaming.domain import ffmpeg as command
from apps.streaming.domain.assembly import PictureAssembler
from apps.streaming.domain.ladder import Mode, Recipe, Track, TrackKind, choose_ladder
from apps.streaming.domain.progress import count, empty_bitmap
from apps.streaming.domain.states import AssetState, RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services import demand, making, settling

FILMS = [media.Shape(size="1280x720", seconds=9), media.Shape(size="1280x720", rate="10", seconds=14, gop=600)]
NAMES = ["locked to keyframes", "on a fixed grid"]


def made(shape: media.Shape, name: str) -> Path:
    media.SHAPES.setdefault(name, shape)
    return media.film(name)


def rungs_of(source: Path) -> tuple[command.Source, list[Track]]:
    film = LocalFile(source)
    facts = probe.probe(film)
    ladder = choose_ladder(facts, probe.scan(film))
    pictures = [track for track in ladder.tracks if track.kind == TrackKind.VIDEO]
    encoded = [track for track in pictures if track.recipe.mode == Mode.ENCODE]
    return command.Source(film.address, facts.duration_s, ladder.origin_s), encoded


def run(
    source: command.Source, tracks: list[Track], folder: Path, first: int, last: int, *, threads: int | None = None
) -> None:
    recipes: dict[str, Recipe] = {track.name: track.recipe for track in tracks}
    for name in recipes:
        (folder / name).mkdir(parents=True)
    ffmpeg.run(command.encode_rungs(source, recipes, tracks[0].segments, first, last, threads=threads), cwd=folder)


def segments_in(folder: Path, track: Track, first: int, last: int) -> dict[int, bytes]:
    """What the plan accepts of a run."""
    init = pieces.init_facts(folder / command.INIT)
    assembler = PictureAssembler(track.segments, first, last, 1 / Fraction(track.recipe.fps) / 2)
    found = [assembler.add(path.name, init, pieces.piece_facts(path)) for path in sorted(folder.glob("*.m4s"))]
    return {seg.index: b"".join((folder / piece).read_bytes() for piece in seg.pieces) for seg in found if seg}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("threads", [None, 1], ids=["as before", "with other threads"])
@pytest.mark.parametrize(("shape", "name"), list(zip(FILMS, NAMES, strict=True)), ids=NAMES)
def test_a_restart_of_all_rungs_in_the_middle_continues_each_of_them_exactly(tmp_path, shape, name, threads):
    source, tracks = rungs_of(made(shape, name))
    assert len(tracks) >= 2
    length = len(tracks[0].segments)
    run(source, tracks, tmp_path / "whole", 0, length)
    run(source, tracks, tmp_path / "later", 1, length, threads=threads)
    for track in tracks:
        whole, later = tmp_path / "whole" / track.name, tmp_path / "later" / track.name
        early = segments_in(whole, track, 0, length)
        late = segments_in(later, track, 1, length)
        assert (sorted(early), sorted(late)) == (list(range(length)), list(range(1, length)))
        assert digest(whole / command.INIT) == digest(later / command.INIT)
        mixed = (whole / command.INIT).read_bytes() + early[0] + b"".join(late[index] for index in sorted(late))
        seen = media.decode(mixed, "video")
        assert len(seen.times) == sum(track.segments.frames)
        assert seen.worst_gap < 0.002


def test_rungs_of_one_decode_have_equal_grids_and_their_own_sizes(tmp_path):
    source, tracks = rungs_of(made(FILMS[0], NAMES[0]))
    run(source, tracks, tmp_path, 0, len(tracks[0].segments))
    times = {}
    for track in tracks:
        folder = tmp_path / track.name
        data = (folder / command.INIT).read_bytes() + b"".join(
            segments_in(folder, track, 0, len(track.segments)).values()
        )
        times[track.name] = media.decode(data, "video").times
        assert pieces.init_facts(folder / command.INIT).codec == track.recipe.codecs, "the playlist says it beforehand"
    assert len(set(times.values())) == 1


@pytest.fixture
def asset(db) -> MediaAsset:
    """A film on a fixed grid, made whole, with rungs that are made on demand only."""
    title = create_manual_title(name="A film")
    asset_id = services.create_asset(title_id=title.pk, source=made(FILMS[1], NAMES[1]))
    while services.run_next_unit(asset_id=asset_id):
        pass
    return MediaAsset.objects.get(pk=asset_id)


def files(asset: MediaAsset, track: str) -> list[str]:
    folder = store.folder(asset.pk, asset.epoch) / track
    return sorted(path.name for path in folder.glob("*")) if folder.exists() else []


def work(asset: MediaAsset) -> None:
    while services.run_next_unit(asset_id=asset.pk):
        pass


def test_people_can_watch_while_the_unit_that_makes_the_beginning_goes_on(db, monkeypatch):
    media.SHAPES.setdefault("no copy", media.Shape(size="1280x720", rate="10", seconds=14, gop=600))
    title = create_manual_title(name="Watched early")
    asset_id = services.create_asset(title_id=title.pk, source=media.film("no copy"))
    seen: list[tuple[str, int]] = []

    def open_and_look(film: UUID) -> None:
        settling.open_early(film)
        at_work = WorkUnit.objects.filter(asset_id=film, state=UnitState.LEASED)
        seen.append((MediaAsset.objects.get(pk=film).state, at_work.count()))

    monkeypatch.setattr(making, "open_early", open_and_look)
    while services.run_next_unit(asset_id=asset_id):
        pass
    assert seen[0] == (AssetState.PROBING, 1), "the picture alone is not enough"
    assert (AssetState.PLAYABLE, 1) in seen


def test_a_seek_lands_in_a_rung_that_does_not_exist_yet(asset):
    assert asset.state == AssetState.COMPLETE
    track = asset.renditions.get(on_demand=True, name="v240")
    assert f"{track.name}.m3u8" in store.read_bytes(store.folder(asset.pk, 1) / "master.m3u8").decode()
    assert files(asset, track.name) == []
    last = track.segment_count - 1
    assert demand.want_segment(asset.pk, track.name, last) == demand.Answer.COMING
    work(asset)
    assert files(asset, track.name) == [f"{last:05d}.m4s", "init.mp4"]
    for index in range(track.segment_count):
        demand.want_segment(asset.pk, track.name, index)
    work(asset)
    track.refresh_from_db()
    assert track.state == RenditionState.READY
    seen = media.decode(media.joined(store.folder(asset.pk, 1), track.name), "video")
    assert len(seen.times) == sum(track.segments.frames)
    assert seen.worst_gap < 0.002


def test_an_evicted_rung_comes_back_where_it_is_watched_and_fits_what_players_have(asset):
    track = asset.renditions.get(name="v480")
    init = store.read_bytes(store.folder(asset.pk, 1) / "v480" / "init.mp4")
    Rendition.objects.filter(pk=track.pk).update(
        state=RenditionState.EVICTED, bitmap=empty_bitmap(track.segment_count), size_bytes=0, on_demand=True
    )
    store.remove_track(asset.pk, 1, "v480")
    assert demand.want_segment(asset.pk, "v480", 1) == demand.Answer.COMING
    work(asset)
    track.refresh_from_db()
    assert (track.state, count(bytes(track.bitmap))) == (RenditionState.BUILDING, track.segment_count - 1)
    assert store.read_bytes(store.folder(asset.pk, 1) / "v480" / "init.mp4") == init
    asset.refresh_from_db()
    assert asset.state == AssetState.COMPLETE
