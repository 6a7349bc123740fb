"""What is published to a slow store: whoever uploads keeps its lease, and ends with its upload."""

import time
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import pytest
from django.db import connection
from streaming_rows import add_track, ready_asset, unit_of

from apps.streaming.adapters import pieces, store
from apps.streaming.adapters.bucket import BucketFailed
from apps.streaming.adapters.local_folder import LocalFolder
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.mp4 import InitFacts
from apps.streaming.domain.progress import has_bit
from apps.streaming.domain.states import AssetState, RenditionState, UnitState
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.services import leases, publishing

pytestmark = pytest.mark.django_db

PIECE = b"moofmdat"
LEASE_S, UPLOAD_S = 2.0, 5.0
SHORT = timedelta(seconds=LEASE_S)


@pytest.fixture
def unit(db, monkeypatch) -> WorkUnit:
    """Leased for two seconds, for the segments of a rung of which nothing is made."""
    monkeypatch.setattr(leases, "LEASE", SHORT)
    monkeypatch.setattr(leases, "HEARTBEAT_S", LEASE_S / 10)
    asset = ready_asset(state=AssetState.PLAYABLE)
    unit_of(add_track(asset, "v480", state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE))
    Rendition.objects.update(init_sha256="")
    monkeypatch.setattr(pieces, "init_facts", lambda _: InitFacts(12800, 0, "avc1.64001e"))
    claimed = leases.claim()
    assert claimed is not None
    return claimed


@pytest.fixture
def piece_of(tmp_path) -> Callable[[], Path]:
    def write() -> Path:
        path = tmp_path / "piece"
        path.write_bytes(PIECE)
        return path

    return write


def track_of(unit: WorkUnit) -> Rendition:
    return Rendition.objects.get(asset=unit.asset, name="v480")


def publish(unit: WorkUnit, path: Path) -> None:
    track = track_of(unit)
    publishing.publish_segment(unit, track, 0, [path], track.segments.duration_s(0))


def publish_beginning(unit: WorkUnit, path: Path) -> None:
    publishing.publish_init(unit, track_of(unit), path, store.folder(unit.asset_id, 1))


@contextmanager
def reaping(every_s: float = 0.1):
    """As the sweep does, only oftener: what is not kept alive is taken back."""
    is_over = Event()

    def reap() -> None:
        while not is_over.wait(every_s):
            leases.reap(lambda *_: None)
        connection.close()

    reaper = Thread(target=reap)
    reaper.start()
    try:
        yield
    finally:
        is_over.set()
        reaper.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("publish", [publish, publish_beginning])
def test_an_upload_that_takes_longer_than_a_lease_keeps_it(unit, piece_of, monkeypatch, publish):
    put = LocalFolder.put

    def slowly(folder: LocalFolder, name: str, parts: Iterable[Path | bytes]) -> None:
        time.sleep(UPLOAD_S)
        put(folder, name, parts)

    monkeypatch.setattr(LocalFolder, "put", slowly)
    with reaping():
        publish(unit, piece_of())
    row = WorkUnit.objects.get(pk=unit.pk)
    assert (row.state, row.attempt, row.failures) == (UnitState.LEASED, 1, 0)
    track = track_of(unit)
    assert has_bit(bytes(track.bitmap), 0) or track.init_sha256 == sha256(PIECE).hexdigest()


def test_whoever_loses_its_lease_ends_after_its_upload_and_records_nothing(unit, piece_of, monkeypatch):
    ended: list[float] = []

    def slowly(pieces: Iterable[Path], target: Path) -> store.Published:
        time.sleep(1)
        ended.append(time.monotonic())
        return store.Published(8, bytes(32))

    monkeypatch.setattr(store, "publish_joined", slowly)
    WorkUnit.objects.filter(pk=unit.pk).update(attempt=2)
    with pytest.raises(leases.LeaseLost):
        publish(unit, piece_of())
    assert ended, "nothing of an attempt goes on after it"
    assert not any(bytes(track_of(unit).bitmap))


@pytest.mark.parametrize("error", [BucketFailed("no answer"), TimeoutError("the disk"), OSError(28, "full")])
def test_what_the_store_says_reaches_the_maker(unit, piece_of, monkeypatch, error):
    def fail(*_: object) -> store.Published:
        raise error

    monkeypatch.setattr(store, "publish_joined", fail)
    with pytest.raises(type(error)) as caught:
        publish(unit, piece_of())
    assert caught.value is error
