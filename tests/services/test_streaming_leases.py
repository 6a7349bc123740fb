from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone
from streaming_rows import add_track, piece, ready_asset, unit_of

from apps.common.jobs import Job
from apps.streaming import tasks
from apps.streaming.adapters import store
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState
from apps.streaming.models import MediaAsset, WorkUnit
from apps.streaming.services import leases, publishing, working
from apps.streaming.services.assets import fail_asset

pytestmark = pytest.mark.django_db


@pytest.fixture
def track(db):
    asset = ready_asset(state=AssetState.PLAYABLE)
    return add_track(asset, "v480", state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE)


@pytest.fixture
def woken(monkeypatch):
    """Jobs that were sent to workers."""
    sent = []
    monkeypatch.setattr(leases, "enqueue", sent.append)
    return sent


def expire(unit: WorkUnit) -> None:
    WorkUnit.objects.filter(pk=unit.pk).update(leased_until=timezone.now() - timedelta(seconds=1))


def never(*_: object) -> None:
    raise AssertionError("given up")


def test_the_most_urgent_unit_is_claimed_first(track):
    unit_of(track, 0, 1)
    urgent = unit_of(track, 2, 3)
    WorkUnit.objects.filter(pk=urgent.pk).update(priority=0)
    assert leases.claim().pk == urgent.pk


def test_a_claim_is_a_lease_of_thirty_seconds_and_a_new_attempt(track):
    unit_of(track)
    unit = leases.claim()
    assert (unit.state, unit.attempt) == (UnitState.LEASED, 1)
    assert timedelta(seconds=25) < unit.leased_until - timezone.now() <= timedelta(seconds=30)


def test_sounds_of_one_pass_that_was_given_up_are_tried_one_by_one():
    """The pass of several ends with the first that cannot be read; which one that is, nobody knows."""
    asset = ready_asset(state=AssetState.PLAYABLE)
    done = {"a-fre-2": 0, "a-ger-3": 1, "a-spa-4": 3}
    tracks = [add_track(asset, name, state=RenditionState.BUILDING, done=count) for name, count in done.items()]
    pass_ = unit_of(tracks[0], rungs=list(done), kind=UnitKind.AUDIO, failures=leases.MAX_FAILURES - 1)
    assert leases.claim().pk == pass_.pk
    expire(pass_)
    working.reap()
    apart = asset.units.filter(state=UnitState.PENDING)
    assert sorted((unit.kind, *unit.rungs) for unit in apart) == [
        (UnitKind.AUDIO, "a-fre-2"),
        (UnitKind.AUDIO, "a-ger-3"),
    ]
    assert set(asset.renditions.filter(name__in=done).values_list("state", flat=True)) == {RenditionState.BUILDING}
    WorkUnit.objects.filter(pk__in=apart.filter(rungs=["a-fre-2"])).update(failures=leases.MAX_FAILURES - 1)
    for unit in (leases.claim(), leases.claim()):
        expire(unit)
    working.reap()
    failed = asset.renditions.filter(state=RenditionState.FAILED).values_list("name", flat=True)
    assert list(failed) == ["a-fre-2"]


def test_a_leased_unit_is_not_claimed_again(track):
    unit_of(track)
    assert leases.claim() is not None
    assert leases.claim() is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_get_one_unit():
    asset = ready_asset(state=AssetState.PLAYABLE)
    track = add_track(asset, "v480", state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE)
    units = [unit_of(track, index, index + 1) for index in range(3)]
    start, claimed = Barrier(6), []

    def work() -> None:
        start.wait()
        unit = leases.claim()
        claimed.append(unit.pk if unit else None)
        connection.close()

    threads = [Thread(target=work) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(map(str, filter(None, claimed))) == sorted(str(unit.pk) for unit in units)


def test_an_expired_lease_is_taken_back_and_can_be_claimed(track):
    unit_of(track)
    unit = leases.claim()
    expire(unit)
    leases.reap(never)
    again = leases.claim()
    assert (again.pk, again.attempt, again.failures) == (unit.pk, 2, 1)


def test_what_a_killed_worker_held_is_begun_again_within_35_seconds(settings):
    """Its last heartbeat was no later than its death; a wake-up takes less than a second from clock to claim."""
    every = settings.CELERY_BEAT_SCHEDULE[Job.REAP_WORK_UNITS]["schedule"].run_every
    assert leases.LEASE + every + timedelta(seconds=1) <= timedelta(seconds=35)


def test_reaping_wakes_a_worker_for_each_unit_that_it_takes_back(track, woken):
    for index in range(3):
        unit_of(track, index, index + 1)
    expire(leases.claim())
    expire(leases.claim())
    alive = leases.claim()
    for _ in range(2):
        tasks.reap_work_units()
        assert woken == [Job.RUN_WORK_UNITS] * 2, "once for each, also when it is looked again"
    assert WorkUnit.objects.get(state=UnitState.LEASED).pk == alive.pk


def test_reaping_gives_up_what_three_workers_died_of(track, woken):
    unit_of(track, failures=leases.MAX_FAILURES - 1)
    expire(leases.claim())
    tasks.reap_work_units()
    assert WorkUnit.objects.get().state == UnitState.FAILED
    track.refresh_from_db()
    assert (track.state, woken) == (RenditionState.FAILED, [])


def test_while_all_workers_are_alive_reaping_is_one_question(track, django_assert_num_queries):
    unit_of(track)
    leases.claim()
    with django_assert_num_queries(1):
        tasks.reap_work_units()


def test_a_heartbeat_keeps_the_lease(track):
    unit_of(track)
    unit = leases.claim()
    expire(unit)
    leases.heartbeat(unit)
    leases.reap(never)
    assert leases.claim() is None


@pytest.mark.parametrize("write", [leases.heartbeat, leases.finish, lambda unit: leases.note_progress(unit, "v480", 0)])
def test_a_worker_that_slept_past_its_lease_writes_nothing(track, write):
    unit_of(track)
    sleeper = leases.claim()
    expire(sleeper)
    leases.reap(never)
    owner = leases.claim()
    with pytest.raises(leases.LeaseLost):
        write(sleeper)
    leases.heartbeat(owner)


def test_a_sleeping_worker_cannot_set_a_bit(track):
    unit_of(track)
    sleeper = leases.claim()
    expire(sleeper)
    leases.reap(never)
    with pytest.raises(leases.LeaseLost):
        publishing.record_segment(sleeper, track, 0, piece(100), track.segments.duration_s(0))
    track.refresh_from_db()
    assert bytes(track.bitmap) == b"\x00"


def test_three_failures_in_a_row_are_the_end(track):
    unit_of(track)
    ends = [leases.give_back(leases.claim(), "no", lambda *_: None) for _ in range(3)]
    assert ends == [False, False, True]
    assert WorkUnit.objects.get().state == UnitState.FAILED


def test_a_worker_killed_while_it_gives_up_has_not_given_up(track):
    def killed(*_: object) -> None:
        raise SystemExit

    unit_of(track, failures=2)
    with pytest.raises(SystemExit):
        leases.give_back(leases.claim(), "no", killed)
    assert WorkUnit.objects.get().state == UnitState.LEASED


def test_a_unit_that_moves_forward_is_never_given_up(track):
    unit_of(track)
    for _ in range(5):
        unit = leases.claim()
        leases.note_progress(unit, "v480", 0)
        assert not leases.give_back(unit, "killed", never)


def test_a_finished_unit_stays_finished(track):
    unit_of(track)
    unit = leases.claim()
    leases.finish(unit)
    with pytest.raises(leases.LeaseLost):
        leases.give_back(unit, "late", never)
    assert leases.claim() is None


def test_progress_is_counted_once_per_segment(track):
    unit_of(track)
    unit = leases.claim()
    store.publish_bytes(b"segment", store.folder(track.asset_id, 1) / "v480" / "00001.m4s")
    for _ in range(2):
        publishing.record_segment(unit, track, 1, piece(4000), track.segments.duration_s(1))
    track.refresh_from_db()
    assert (bytes(track.bitmap), track.size_bytes, track.peak_bps) == (b"\x02", 4000 + 2048 * 3, 9000)


def test_a_failed_asset_has_no_work_left(track):
    unit_of(track)
    unit = leases.claim()
    fail_asset(track.asset_id, "It cannot be.")
    with pytest.raises(leases.LeaseLost):
        leases.heartbeat(unit)
    assert leases.claim() is None


def test_attempts_that_fail_again_are_spread_and_lost_leases_are_not(track, monkeypatch):
    monkeypatch.setattr(leases, "RETRY_WAIT", timedelta(seconds=10))
    unit_of(track)
    leases.give_back(leases.claim(), "killed", never)
    unit = leases.claim()
    assert unit is not None, "one failure may be a moment's: the next attempt comes at once"
    leases.give_back(unit, "killed", never)
    wait = WorkUnit.objects.get().not_before - timezone.now()
    assert timedelta(seconds=25) < wait <= timedelta(seconds=30)
    assert leases.claim() is None
    WorkUnit.objects.update(not_before=None, failures=1)
    expire(leases.claim())
    leases.reap(never)
    assert leases.claim() is not None


def test_a_worker_whose_film_was_removed_stops(track):
    unit_of(track)
    unit = leases.claim()
    MediaAsset.objects.all().delete()
    with pytest.raises(leases.LeaseLost):
        publishing.record_segment(unit, track, 0, piece(100), track.segments.duration_s(0))
